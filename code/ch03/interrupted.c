/* interrupted.c - says what a call returns that a signal interrupts.
 * usage: interrupted CALL [restart]   ends when SIGUSR1 has ended the call
 * _GNU_SOURCE is for strerrorname_np. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

/* tell: write a line, in a way that a handler may. */
static void tell(int signo)
{
    static const char line[] = "handler\n";
    ssize_t n = write(STDOUT_FILENO, line, sizeof line - 1);

    (void)signo, (void)n;       /* who reads this has gone: so what */
}

/* make_pipe: make a pipe in ends, or die. */
static void make_pipe(int ends[2])
{
    if (pipe(ends) == -1)
        die("pipe");
}

static int read_pipe(void)
{
    int ends[2];
    char c;

    make_pipe(ends);
    return (int)read(ends[0], &c, 1);
}

static int write_pipe(void)
{
    static const char block[512];
    int ends[2];
    ssize_t n;

    make_pipe(ends);
    while ((n = write(ends[1], block, sizeof block)) > 0)
        ;                       /* until it is full */
    return (int)n;
}

static int read_terminal(void)
{
    char c;
    int master = posix_openpt(O_RDWR | O_NOCTTY);

    if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
        die("posix_openpt");
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (terminal == -1)
        die("open %s", ptsname(master));
    return (int)read(terminal, &c, 1);
}

static int wait_for_child(void)
{
    int ends[2];
    char c;

    make_pipe(ends);
    pid_t child = fork();
    switch (child) {
    case -1: die("fork");
    case 0:                     /* the child keeps ends[0], we ends[1] */
        close(ends[1]);
        _exit(read(ends[0], &c, 1) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    default: return (int)waitpid(child, NULL, 0);
    }
}

static int open_fifo(void) { return open("gate", O_RDONLY); }
static int sleep_long(void) { return (int)sleep(100); }
static int wait_in_poll(void) { return poll(NULL, 0, -1); }

static int sleep_exactly(void)
{
    struct timespec hundred = { .tv_sec = 100 };

    return nanosleep(&hundred, NULL);
}

static int suspend(void)
{
    sigset_t none;

    sigemptyset(&none);
    return sigsuspend(&none);
}

static const struct {
    const char *name;
    int (*block)(void);
} calls[] = {
    { "read_terminal", read_terminal }, { "read_pipe", read_pipe },
    { "write_pipe", write_pipe },       { "open_fifo", open_fifo },
    { "waitpid", wait_for_child },      { "sleep", sleep_long },
    { "nanosleep", sleep_exactly },     { "pause", pause },
    { "sigsuspend", suspend },          { "poll", wait_in_poll },
};

static int (*find_call(const char *name))(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].block;
    die_usage("no call is named '%s'", name);
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc < 2 || argc > 3)
        die_usage("usage: interrupted CALL [restart]");
    int (*block)(void) = find_call(argv[1]);
    struct sigaction act = { .sa_handler = tell,
                             .sa_flags = argc == 3 ? SA_RESTART : 0 };

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) == -1)
        die("sigaction");
    int result = block();
    if (result == -1)
        printf("%s\n", strerrorname_np(errno));
    else
        printf("%s\n", result > 0 ? "early" : "ended");
    return EXIT_SUCCESS;
}
