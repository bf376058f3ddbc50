/* WRONG, fails "sleeps": asks again and again. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

static int reap(void)
{
    int n = 0;

    for (pid_t child = 0; child != -1; n += child > 0)
        child = waitpid(-1, NULL, WNOHANG);
    return n;
}

/* wait_behind: wait for the end of this input, and close it. */
static void wait_behind(int fd)
{
    char c;

    if (read(fd, &c, 1) == -1)
        die("read");
    close(fd);
}

/* start_child: a child that ends when the gate closes. */
static void start_child(int gate[2])
{
    switch (fork()) {
    case -1: die("fork");
    case 0:                     /* the child keeps gate[0] */
        close(gate[1]);
        wait_behind(gate[0]);
        _exit(EXIT_SUCCESS);
    default: break;             /* the parent keeps both for now */
    }
}

/* wait_for_line: wait for a line, or the end of the input. */
static void wait_for_line(void)
{
    char line[80];

    if (read(STDIN_FILENO, line, sizeof line) == -1)
        die("read");
}

int main(void)
{
    int gate[2];

    if (pipe(gate) == -1)
        die("pipe");
    for (int i = 0; i < 5; i++)
        start_child(gate);
    wait_for_line();
    close(gate[0]);
    close(gate[1]);
    printf("reaped %d\n", reap());
    if (fflush(stdout) == EOF)
        die("standard output");
    wait_for_line();
    return EXIT_SUCCESS;
}
