/* fifty.c - fifty signals while they are blocked: how many deliveries? */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

static volatile sig_atomic_t count;

static void counter(int signo)
{
    (void)signo;
    count++;
}

int main(int argc, char **argv)
{
    struct sigaction act = { .sa_handler = counter };
    sigset_t set, pending;

    (void)argc;
    die_name(argv[0]);
    sigemptyset(&act.sa_mask);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (sigaction(SIGUSR1, &act, NULL) == -1)
        die("sigaction");
    if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
        die("sigprocmask");
    for (int i = 0; i < 50; i++)
        if (kill(getpid(), SIGUSR1) == -1)
            die("kill");
    if (sigpending(&pending) == -1)
        die("sigpending");
    printf("pending: %s, delivered: %d\n",
           sigismember(&pending, SIGUSR1) ? "yes" : "no", (int)count);
    if (sigprocmask(SIG_UNBLOCK, &set, NULL) == -1)
        die("sigprocmask");
    printf("unblocked, delivered: %d\n", (int)count);
    return EXIT_SUCCESS;
}
