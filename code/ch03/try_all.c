/* try_all.c - which signals can have a handler? */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

static void nothing(int signo)
{
    (void)signo;
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    struct sigaction act = { .sa_handler = nothing };

    sigemptyset(&act.sa_mask);
    for (int signo = 1; signo <= 31; signo++)
        if (sigaction(signo, &act, NULL) == -1)
            complain("%d (%s)", signo, strsignal(signo));
    return EXIT_SUCCESS;
}
