/* WRONG, fails "together": waits for each before it makes the next. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* wait_behind: wait for the end of this input, and close it. */
static void wait_behind(int fd)
{
    char c;

    if (read(fd, &c, 1) == -1)
        die("read");
    close(fd);
}

/* start_child: a child that ends when the gate closes. */
static void start_child(int gate[2])
{
    switch (fork()) {
    case -1: die("fork");
    case 0:                     /* the child keeps gate[0] */
        close(gate[1]);
        wait_behind(gate[0]);
        _exit(EXIT_SUCCESS);
    default: break;             /* the parent keeps both for now */
    }
}

int main(void)
{
    int gate[2], n = 0;

    if (pipe(gate) == -1)
        die("pipe");
    for (int i = 0; i < 5; i++) {
        start_child(gate);
        n += wait(NULL) > 0;
    }
    printf("reaped %d\n", n);
    return EXIT_SUCCESS;
}
