/* who_first.c - does the parent or the child write first? */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    int race[2];                /* both processes write to [1] */
    char first;

    (void)argc;
    die_name(argv[0]);
    if (pipe(race) == -1)
        die("pipe");
    switch (fork()) {
    case -1:
        die("fork");
    case 0:
        if (write(race[1], "c", 1) == -1)
            die("write");
        exit(EXIT_SUCCESS);
    default:
        if (write(race[1], "p", 1) == -1)
            die("write");
        if (wait(NULL) == -1)
            die("wait");
    }
    if (read(race[0], &first, 1) == -1)
        die("read");
    puts(first == 'p' ? "parent" : "child");
    return EXIT_SUCCESS;
}
