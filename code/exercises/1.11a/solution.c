/* run_each.c - runs programs one after the other.
 * usage: ./run_each NAME... */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* code_of: wait for this child. Returns its exit code. */
static int code_of(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) == -1)
        die("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* run: run a program that PATH has, and wait for it.
 * Returns its exit code; 127 if there is no such program. */
static int run(char *name)
{
    char *arguments[] = { name, NULL };
    pid_t child = fork();

    switch (child) {
    case -1: die("fork");
    case 0:                     /* the child owns 0, 1, 2, as we do */
        execvp(name, arguments);
        _exit(127);
    default: return code_of(child);
    }
}

/* say_done: what is said at the end of the program. */
static void say_done(void)
{
    dprintf(STDOUT_FILENO, "all done\n");
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (atexit(say_done) != 0)
        die("atexit");
    for (int i = 1; i < argc; i++) {
        printf("running %s\n", argv[i]);
        int code = run(argv[i]);
        printf("%s: %d\n", argv[i], code);
    }
    return EXIT_SUCCESS;
}
