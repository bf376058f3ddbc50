/* WRONG, fails "codes": returns the status word. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

static int run(char *name)
{
    char *arguments[] = { name, NULL };
    int status;
    pid_t child = fork();

    if (child == -1)
        die("fork");
    if (child == 0) {
        execvp(name, arguments);
        _exit(127);
    }
    if (waitpid(child, &status, 0) == -1)
        die("waitpid");
    return status;
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
