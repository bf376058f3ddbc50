/* three_children.c - makes three children. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

int main(void)
{
    for (int i = 1; i <= 3; i++)
        switch (fork()) {
        case -1: die("fork");
        case 0:
            dprintf(STDOUT_FILENO, "child %d of %ld\n", i,
                    (long)getppid());
            exit(EXIT_SUCCESS);
        default: break;
        }
    while (wait(NULL) != -1)
        ;
    dprintf(STDOUT_FILENO, "done\n");
    return 0;
}
