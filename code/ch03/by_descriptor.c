/* by_descriptor.c - waits for SIGINT and for a child with one poll.
 * signalfd(2) and pidfd_open(2) are Linux only. */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

/* watch_interrupts: block SIGINT. Returns a descriptor to read it from. */
static int watch_interrupts(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
        die("sigprocmask");
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fd == -1)
        die("signalfd");
    return fd;
}

static pid_t start_child(void)
{
    char line[80];
    pid_t child = fork();

    if (child == -1)
        die("fork");
    if (child == 0) {           /* SIGINT stays blocked in the child */
        while (read(STDIN_FILENO, line, sizeof line) > 0)
            ;
        _exit(EXIT_SUCCESS);
    }
    return child;
}

/* wait_for: wait. Returns 1 after a SIGINT, 0 if the child has ended. */
static int wait_for(struct pollfd either[2])
{
    struct signalfd_siginfo signal;

    if (poll(either, 2, -1) == -1)
        die("poll");
    if (either[0].revents == 0)
        return 0;
    if (read(either[0].fd, &signal, sizeof signal) == -1)
        die("read");
    return 1;
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    int interrupts = watch_interrupts();
    pid_t child = start_child();
    int end = pidfd_open(child, 0);
    if (end == -1)
        die("pidfd_open");
    struct pollfd either[] = { { .fd = interrupts, .events = POLLIN },
                               { .fd = end, .events = POLLIN } };
    while (wait_for(either))
        printf("interrupted\n");
    if (waitpid(child, NULL, 0) == -1)
        die("waitpid");
    printf("the child has ended\n");
    return EXIT_SUCCESS;
}
