/* count.c - Exercise 3.9a: count on when interrupted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

/* count: the number of bytes of standard input. */
static long count(void)
{
    char block[4096];
    long total = 0;

    for (;;) {
        ssize_t n = read(STDIN_FILENO, block, sizeof block);
        if (n == -1)
            die("read");
        if (n == 0)
            return total;
        total += n;
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    printf("%ld bytes\n", count());
    return EXIT_SUCCESS;
}
