/* careful.c - ignores SIGINT while it reads the first of two lines. */
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
    struct sigaction ignore = { .sa_handler = SIG_IGN }, old;

    sigemptyset(&ignore.sa_mask);
    if (sigaction(SIGINT, &ignore, &old) == -1)
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
