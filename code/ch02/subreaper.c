/* subreaper.c - a process that takes the orphans of its descendants.
 * prctl(2) is Linux only; POSIX leaves the new parent to the system.
 * The 1 is a long: the kernel takes a long, and nothing converts it. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* grandchild: wait until a byte comes, then say who the parent is. */
static _Noreturn void grandchild(int gate)
{
    char byte;

    if (read(gate, &byte, 1) == -1)
        die("read");
    printf("grandchild: my parent is %ld\n", (long)getppid());
    fflush(stdout);
    _exit(2);
}

int main(int argc, char **argv)
{
    int gate[2];                /* we write, the grandchild reads */
    int status;

    (void)argc;
    die_name(argv[0]);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1L) == -1)
        die("prctl");
    if (pipe(gate) == -1)
        die("pipe");
    switch (fork()) {
    case -1:
        die("fork");
    case 0:                         /* the child: only to make another */
        switch (fork()) {
        case -1:
            die("fork");
        case 0:
            grandchild(gate[0]);
        }
        _exit(1);
    }
    if (wait(&status) == -1)
        die("wait");
    if (WIFEXITED(status))
        printf("%ld: reaped the child, exit code %d\n", (long)getpid(),
               WEXITSTATUS(status));
    fflush(stdout);
    if (write(gate[1], "", 1) == -1 || wait(&status) == -1)
        die("let the grandchild go and reap it");
    if (WIFEXITED(status))
        printf("reaped the grandchild, exit code %d\n", WEXITSTATUS(status));
    return EXIT_SUCCESS;
}
