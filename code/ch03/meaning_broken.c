/* BROKEN on purpose: signal() as notes use it; build: gcc -std=gnu17
 * What SIGINT does to it depends on how it is compiled. */
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

    signal(SIGINT, handler);
    while (read(STDIN_FILENO, &byte, 1) != 0)
        if (byte == '\n')
            printf("read a line, or was interrupted\n");
    return 0;
}
