/* WRONG, fails "stopped": takes all low bits for a signal that kills. */
#define _XOPEN_SOURCE 700       /* for WCONTINUED, as in run_status.c */
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

static bool describe(int status)
{
    if ((status & 0x7f) == 0)
        printf("exit code %d\n", (status >> 8) & 0xff);
    else
        printf("killed by signal %d\n", status & 0x7f);
    return true;
}

/* start: a child that runs this command. */
static pid_t start(char **argv)
{
    pid_t child = fork();

    if (child == -1)
        die("fork");
    if (child == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    return child;
}

int main(int argc, char **argv)
{
    int status;

    die_name(argv[0]);
    if (argc < 2)
        die_usage("say a command");
    pid_t child = start(argv + 1);
    do
        if (waitpid(child, &status, WUNTRACED | WCONTINUED) == -1)
            die("waitpid");
    while (!describe(status));
    return 0;
}
