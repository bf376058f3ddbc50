/* fork_limit.c - fork under a limit until it fails.
 * usage: fork_limit LIMIT */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

enum { ENOUGH = 100 };          /* where no limit holds: for root */

/* Sets the soft limit: how many processes this user may have. */
static void set_limit(int limit)
{
    struct rlimit processes;
    if (getrlimit(RLIMIT_NPROC, &processes) == -1)
        die("getrlimit");
    processes.rlim_cur = (rlim_t)limit;
    if (setrlimit(RLIMIT_NPROC, &processes) == -1)
        die("setrlimit");
}

/* The child owns the pipe's read end; it ends when all writers have. */
_Noreturn static void wait_at(const int *gate)
{
    char byte;
    if (close(gate[1]) == -1 || read(gate[0], &byte, 1) == -1)
        _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

/* Makes children until fork fails. Returns how many there are. */
static int make_children(const int *gate)
{
    for (int n = 0; n < ENOUGH; n++)
        switch (fork()) {
        case -1:
            complain("fork");
            return n;
        case 0:                 /* the child owns gate[0] */
            wait_at(gate);
        default:                /* the parent keeps gate[1] */
            break;
        }
    return ENOUGH;
}

/* Closes the pipe, on which the children wait, and reaps them. */
static void let_go(const int *gate, int children)
{
    if (close(gate[0]) == -1 || close(gate[1]) == -1)
        die("close");
    while (children-- > 0)
        if (wait(NULL) == -1)
            die("wait");
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 2 || atoi(argv[1]) < 1)
        die_usage("expected a limit");
    set_limit(atoi(argv[1]));
    int gate[2];
    if (pipe(gate) == -1)
        die("pipe");
    int children = make_children(gate);
    printf("%d children\n", children);
    let_go(gate, children);
    return EXIT_SUCCESS;
}
