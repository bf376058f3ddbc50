/* two_children.c - which of two children does wait return?
 * usage: two_children ORDER [together]     ORDER: 12 or 21 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

static int gates[2][2];         /* the parent writes to [i][1] */
static pid_t children[2];

/* child: wait until a byte comes through gate i, then end with i + 1. */
static _Noreturn void child(int i)
{
    char byte;

    if (read(gates[i][0], &byte, 1) == -1)
        die("read");
    _exit(i + 1);
}

/* reap: wait for one child and say which it was. */
static void reap(void)
{
    int status;
    pid_t pid = wait(&status);

    if (pid == -1)
        die("wait");
    if (WIFEXITED(status))
        printf("wait: child %d, exit code %d\n",
               pid == children[0] ? 1 : 2, WEXITSTATUS(status));
}

/* open_gate: let child i go, and see to it that it has ended. */
static void open_gate(int i, int look)
{
    siginfo_t info;

    if (write(gates[i][1], "", 1) == -1)
        die("write");
    if (look && waitid(P_PID, (id_t)children[i], &info,
                       WEXITED | WNOWAIT) == -1)
        die("waitid");
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc < 2 || (strcmp(argv[1], "12") != 0 &&
                     strcmp(argv[1], "21") != 0))
        die_usage("usage: two_children 12|21 [together]");
    for (int i = 0; i < 2; i++)
        if (pipe(gates[i]) == -1)
            die("pipe");
    for (int i = 0; i < 2; i++)
        switch (children[i] = fork()) {
        case -1:
            die("fork");
        case 0:
            child(i);
        }
    int together = argc > 2, first = argv[1][0] - '1';

    printf("first child %d\n", first + 1);
    open_gate(first, together);
    if (!together)
        reap();
    open_gate(!first, together);
    if (together)
        reap();
    reap();
    return EXIT_SUCCESS;
}
