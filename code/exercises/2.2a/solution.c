/* report.c - says what happens to a command. */
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* say: print a line at once. */
static void say(const char *what, int number)
{
    printf("%s %d\n", what, number);
    if (fflush(stdout) == EOF)
        die("standard output");
}

/* describe: say what has happened to the child.
 * Returns whether it has ended. */
static bool describe(int status)
{
    if (WIFEXITED(status))
        say("exit code", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        say("killed by signal", WTERMSIG(status));
    else if (WIFSTOPPED(status))
        say("stopped by signal", WSTOPSIG(status));
    else
        printf("goes on\n");
    return WIFEXITED(status) || WIFSIGNALED(status);
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
