/* barrier.c - the child waits at a pipe until the parent lets it go on. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    int gate[2];                /* the parent holds [1], the child [0] */
    char byte;

    (void)argc;
    die_name(argv[0]);
    if (pipe(gate) == -1)
        die("pipe");
    switch (fork()) {
    case -1:
        die("fork");
    case 0:
        if (close(gate[1]) == -1)
            die("close the writing side");
        if (read(gate[0], &byte, 1) == -1)
            die("read");
        printf("child: after you\n");
        exit(EXIT_SUCCESS);
    default:
        if (close(gate[0]) == -1)
            die("close the reading side");
        printf("parent: first\n");
        if (fflush(stdout) == EOF)
            die("write standard output");
        if (close(gate[1]) == -1)       /* now the child's read returns 0 */
            die("close the writing side");
        if (wait(NULL) == -1)
            die("wait");
    }
    return EXIT_SUCCESS;
}
