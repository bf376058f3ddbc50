/* child_first.c - the parent prints after the child has ended. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    switch (fork()) {
    case -1:
        die("fork");
    case 0:                         /* the child */
        printf("child: here\n");
        exit(EXIT_SUCCESS);
    default:                        /* the parent */
        if (wait(NULL) == -1)
            die("wait");
        printf("parent: the child has ended\n");
    }
    return EXIT_SUCCESS;
}
