/* BROKEN on purpose: a child whose exec fails goes on as a parent.
 * Otherwise this is run_command.c. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* Starts a program in a child. Returns the child's PID. */
static pid_t start(char **argv)
{
    pid_t pid = fork();
    if (pid == -1)
        die("fork");
    if (pid == 0)               /* the child owns 0, 1, 2, as we do */
        execvp(argv[0], argv);
    return pid;
}

/* Waits for the child and prints how it ended. Returns an exit code. */
static int finish(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) == -1)
        die("waitpid");
    if (!WIFEXITED(status)) {   /* a signal: more in chapter 2 */
        printf("the command did not exit by itself\n");
        return EXIT_FAILURE;
    }
    printf("exit code %d\n", WEXITSTATUS(status));
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc < 2)
        die_usage("expected a program");
    printf("running %s\n", argv[1]);
    if (fflush(stdout) == EOF)  /* before fork copies the buffer */
        die("write");
    return finish(start(argv + 1));
}
