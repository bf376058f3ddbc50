/* lives.c - ends at the tenth SIGINT, or the Nth. usage: lives [N] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

static volatile sig_atomic_t lives = 10;

static void count_down(int signo)
{
    (void)signo;
    lives--;
}

int main(int argc, char **argv)
{
    struct sigaction act = { .sa_handler = count_down };
    sigset_t none;

    die_name(argv[0]);
    if (argc > 1)
        lives = atoi(argv[1]);
    sigset_t blocked;

    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    if (sigprocmask(SIG_BLOCK, &blocked, NULL) == -1)
        die("sigprocmask");
    sigemptyset(&act.sa_mask);
    if (sigaction(SIGINT, &act, NULL) == -1)
        die("sigaction");
    while (lives > 0) {
        printf("%d left\n", (int)lives);
        sigsuspend(&none);          /* SIGINT comes in here, and only here */
    }
    printf("none left\n");
    return EXIT_SUCCESS;
}
