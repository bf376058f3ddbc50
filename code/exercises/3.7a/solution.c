/* wait_for_word.c - waits for SIGUSR1, whenever it comes. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

static volatile sig_atomic_t flag;

static void set_flag(int signo)
{
    (void)signo;
    flag = 1;
}

/* gap: whatever a program does between looking and sleeping. */
static void gap(void)
{
    char line[80];

    dprintf(STDOUT_FILENO, "in the gap\n");
    if (read(STDIN_FILENO, line, sizeof line) == -1)
        die("read");
    dprintf(STDOUT_FILENO, "out of the gap\n");
}

/* block: block SIGUSR1. old: the mask before. */
static void block(sigset_t *old)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &set, old) == -1)
        die("sigprocmask");
}

/* wait_for_word: return when SIGUSR1 has come. */
static void wait_for_word(void)
{
    sigset_t old;

    block(&old);
    while (!flag) {
        gap();
        sigsuspend(&old);
    }
    if (sigprocmask(SIG_SETMASK, &old, NULL) == -1)
        die("sigprocmask");
}

int main(void)
{
    struct sigaction act = { .sa_handler = set_flag,
                             .sa_flags = SA_RESTART };

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) == -1)
        die("sigaction");
    wait_for_word();
    dprintf(STDOUT_FILENO, "SIGUSR1 has come\n");
    return EXIT_SUCCESS;
}
