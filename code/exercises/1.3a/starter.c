/* three_children.c - Exercise 1.3a: three children, and no more. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

int main(void)
{
    for (int i = 1; i <= 3; i++) {
        pid_t pid = fork();
        if (pid == -1)
            die("fork");
        if (pid == 0)
            dprintf(STDOUT_FILENO, "child %d of %ld\n", i,
                    (long)getppid());
    }
    while (wait(NULL) != -1)
        ;
    dprintf(STDOUT_FILENO, "done\n");
    return 0;
}
