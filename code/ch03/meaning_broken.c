/* BROKEN on purpose: signal() as notes use it; build: gcc -std=gnu17
 * What SIGINT does to it depends on how it is compiled. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void handler(int signo)
{
    (void)signo;
}

int main(void)
{
    char byte;
    ssize_t n;

    signal(SIGINT, handler);
    while ((n = read(STDIN_FILENO, &byte, 1)) != 0) {
        if (n == -1 && errno != EINTR)
            break;
        if (n == -1)
            puts("read was interrupted");
    }
    return 0;
}
