/* WRONG, fails "careful": a handler that does nothing is not ignoring. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

/* read_line: ask for a line, and read it. */
static void read_line(const char *what)
{
    char line[80];

    dprintf(STDOUT_FILENO, "%s\n", what);
    if (read(STDIN_FILENO, line, sizeof line) == -1)
        die("read");
}

static void nothing(int signo)
{
    (void)signo;
}

static void protect(void)
{
    struct sigaction act = { .sa_handler = nothing }, old;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGINT, &act, &old) == -1)
        die("sigaction");
    read_line("first line");
    if (sigaction(SIGINT, &old, NULL) == -1)
        die("sigaction");
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    protect();
    read_line("second line");
    return EXIT_SUCCESS;
}
