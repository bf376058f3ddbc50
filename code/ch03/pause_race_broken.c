/* BROKEN on purpose: a signal in the gap; build: gcc -std=gnu17
 * Waits for SIGUSR1, and may wait for ever. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t flag;

static void set_flag(int signo)
{
    (void)signo;
    flag = 1;
}

int main(void)
{
    struct sigaction act = { .sa_handler = set_flag,
                             .sa_flags = SA_RESTART };

    sigemptyset(&act.sa_mask);
    sigaction(SIGUSR1, &act, NULL);
    if (!flag) {
        char line[80];

        if (read(STDIN_FILENO, line, sizeof line) == -1)    /* a long gap */
            perror("read");
        pause();
    }
    printf("SIGUSR1 has come\n");
    return 0;
}
