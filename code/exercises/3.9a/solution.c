/* count.c - counts the bytes of standard input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

/* read_block: read, again if interrupted. Returns 0 at the end. */
static ssize_t read_block(char *block, size_t size)
{
    ssize_t n;

    do
        n = read(STDIN_FILENO, block, size);
    while (n == -1 && errno == EINTR);
    if (n == -1)
        die("read");
    return n;
}

/* count: the number of bytes of standard input. */
static long count(void)
{
    char block[4096];
    long total = 0;
    ssize_t n;

    while ((n = read_block(block, sizeof block)) > 0)
        total += n;
    return total;
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    printf("%ld bytes\n", count());
    return EXIT_SUCCESS;
}
