/* WRONG, fails "total": begins to count again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

static long count(void)
{
    char block[4096];
    long total = 0;
    ssize_t n;

    while ((n = read(STDIN_FILENO, block, sizeof block)) > 0)
        total += n;
    if (n == -1 && errno == EINTR)
        return count();
    if (n == -1)
        die("read");
    return total;
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    printf("%ld bytes\n", count());
    return EXIT_SUCCESS;
}
