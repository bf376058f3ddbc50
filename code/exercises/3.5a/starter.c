/* careful.c - Exercise 3.5a: put SIGINT back as it was. */
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

/* protect: while a line is read, ignore SIGINT. */
static void protect(void)
{
    struct sigaction act = { .sa_handler = SIG_IGN };

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGINT, &act, NULL) == -1)
        die("sigaction");
    read_line("first line");
    act.sa_handler = SIG_DFL;
    if (sigaction(SIGINT, &act, NULL) == -1)
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
