/* zombie.c - a child that has ended, first not reaped, then reaped. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* wait_for_line: until a line has been typed, or the input ends. */
static void wait_for_line(void)
{
    int c;

    do
        c = getchar();
    while (c != '\n' && c != EOF);
}

int main(int argc, char **argv)
{
    pid_t pid;

    (void)argc;
    die_name(argv[0]);
    switch (pid = fork()) {
    case -1:
        die("fork");
    case 0:
        _exit(7);
    }
    wait_for_line();
    int status;

    if (waitpid(pid, &status, 0) == -1)
        die("waitpid");
    if (WIFEXITED(status))
        printf("reaped: exit code %d\n", WEXITSTATUS(status));
    wait_for_line();
    return EXIT_SUCCESS;
}
