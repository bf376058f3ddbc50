/* alarm_read.c - a read with a limit of one second. */
#include <errno.h>
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

/* set_handler: handler for signo; only SIGALRM interrupts calls. */
static void set_handler(int signo, void (*handler)(int))
{
    struct sigaction act = { .sa_handler = handler };

    sigemptyset(&act.sa_mask);
    if (signo != SIGALRM)
        act.sa_flags |= SA_RESTART;
    if (sigaction(signo, &act, NULL) == -1)
        die("sigaction");
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    set_handler(SIGALRM, nothing);
    char byte;

    alarm(1);
    if (read(STDIN_FILENO, &byte, 1) == -1)
        die("read");
    return EXIT_SUCCESS;
}
