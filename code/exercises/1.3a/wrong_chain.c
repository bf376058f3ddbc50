/* WRONG, fails "parent": each child makes the next. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* chain: the rest of the children, each made by the one before. */
static void chain(int i)
{
    if (i > 3)
        return;
    pid_t pid = fork();
    if (pid == -1)
        die("fork");
    if (pid == 0) {
        dprintf(STDOUT_FILENO, "child %d of %ld\n", i, (long)getppid());
        chain(i + 1);
        wait(NULL);
        exit(EXIT_SUCCESS);
    }
}

int main(void)
{
    chain(1);
    while (wait(NULL) != -1)
        ;
    dprintf(STDOUT_FILENO, "done\n");
    return 0;
}
