/* short_sleep.c - how long does sleep(100) sleep when SIGINT comes? */
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
    struct sigaction act = { .sa_handler = nothing,
                             .sa_flags = SA_RESTART };

    (void)argc;
    die_name(argv[0]);
    sigemptyset(&act.sa_mask);
    if (sigaction(SIGINT, &act, NULL) == -1)
        die("sigaction");
    if (sleep(100) > 90)
        printf("awake early, more than 90 seconds are left\n");
    return EXIT_SUCCESS;
}
