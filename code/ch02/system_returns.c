/* system_returns.c - what system(3) returns for this command. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "die.h"

int main(int argc, char **argv)
{
    int status;

    die_name(argv[0]);
    if (argc != 2)
        die_usage("usage: system_returns COMMAND");
    status = system(argv[1]);
    if (status == -1)
        die("system");
    if (WIFEXITED(status))
        printf("%d: exit code %d\n", status, WEXITSTATUS(status));
    else
        printf("%d: signal %d\n", status, WTERMSIG(status));
    return EXIT_SUCCESS;
}
