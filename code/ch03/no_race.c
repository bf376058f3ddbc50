/* no_race.c - waits for SIGUSR1, whenever it comes. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

static volatile sig_atomic_t flag;

static void set_flag(int signo)
{
    (void)signo;
    flag = 1;
}

int main(int argc, char **argv)
{
    struct sigaction act = { .sa_handler = set_flag,
                             .sa_flags = SA_RESTART };
    sigset_t set, old;

    (void)argc;
    die_name(argv[0]);
    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) == -1)
        die("sigaction");
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &set, &old) == -1)
        die("sigprocmask");
    while (!flag) {
        char line[80];

        if (read(STDIN_FILENO, line, sizeof line) == -1)
            die("read");
        sigsuspend(&old);           /* returns after a handler: look again */
    }
    printf("SIGUSR1 has come\n");
    return EXIT_SUCCESS;
}
