/* system_sketch.c - a first sketch of system(3).
 * usage: system_sketch COMMAND */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* Runs a command by the shell. Returns its wait status, or -1. */
static int run_shell(const char *command)
{
    int status;
    pid_t pid = fork();
    switch (pid) {
    case -1:
        return -1;
    case 0:                     /* the child owns 0, 1, 2, as we do */
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    default:
        return waitpid(pid, &status, 0) == -1 ? -1 : status;
    }
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 2)
        die_usage("expected one argument, the command");
    int status = run_shell(argv[1]);
    if (status == -1)
        die("run the shell");
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
