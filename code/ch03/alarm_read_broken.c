/* BROKEN on purpose: copied; build: gcc -std=c17 -D_POSIX_C_SOURCE=200809L
 * Signal() as it is copied. The read is to last one second at most. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void nothing(int signo)
{
    (void)signo;
}

static void set_handler(int signo, void (*handler)(int))
{
    struct sigaction act = { .sa_handler = handler };

    sigemptyset(&act.sa_mask);
    if (signo == SIGALRM) {
#ifdef SA_INTERRUPT
        act.sa_flags |= SA_INTERRUPT;
#else
        act.sa_flags |= SA_RESTART;
#endif
    }
    sigaction(signo, &act, NULL);
}

int main(void)
{
    char byte;

    set_handler(SIGALRM, nothing);
    alarm(1);
    if (read(STDIN_FILENO, &byte, 1) == -1)
        perror("read");
    return 0;
}
