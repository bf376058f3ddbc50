/* ignore_once.c - ignores SIGINT while it waits for one line. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
    char line[80];

    (void)argc;
    die_name(argv[0]);
    sigemptyset(&ignore.sa_mask);
    if (sigaction(SIGINT, &ignore, &old) == -1)
        die("sigaction");
    if (fgets(line, sizeof line, stdin) == NULL)
        return EXIT_FAILURE;
    if (sigaction(SIGINT, &old, NULL) == -1)
        die("sigaction");
    printf("SIGINT as before\n");
    fflush(stdout);
    pause();
    return EXIT_SUCCESS;
}
