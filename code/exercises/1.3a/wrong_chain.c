/* WRONG, fails "parent": each child makes the next. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* chain: the rest of the children, each made by the one before. */
static void chain(int i)
{
    if (i > 3 || fork() != 0)
        return;
    dprintf(STDOUT_FILENO, "child %d of %ld\n", i, (long)getppid());
    chain(i + 1);
    wait(NULL);
    _exit(0);
}

int main(void)
{
    chain(1);
    while (wait(NULL) != -1)
        ;
    dprintf(STDOUT_FILENO, "done\n");
    return 0;
}
