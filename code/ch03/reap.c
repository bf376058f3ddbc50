/* reap.c - reaps children in one of five ways.
 * usage: reap loop|suspend|self_pipe|ignore|no_zombies <gate
 * The children end when the gate closes; reap itself does not end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

enum { CHILDREN = 50 };

/* start_children: make children that live until standard input ends. */
static void start_children(void)
{
    char c;

    for (int i = 0; i < CHILDREN; i++)
        switch (fork()) {
        case -1: die("fork");
        case 0: _exit(read(STDIN_FILENO, &c, 1) == 0 ? 0 : 1);
        default: break;
        }
}

/* A way to reap: what is done before there are children, and then for
   ever. */
struct way {
    const char *name;
    void (*begin)(void);
    void (*wait)(void);
};

/* react: have this handler called for SIGCHLD. */
static void react(void (*handler)(int), int flags)
{
    struct sigaction act = { .sa_handler = handler,
                             .sa_flags = flags };

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGCHLD, &act, NULL) == -1)
        die("sigaction");
}

static void wait_in_pause(void)
{
    (void)pause();              /* the handler does the work */
}

/* reap_all: reap the children that have ended, without waiting. */
static void reap_all(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

static void loop(int signo)
{
    int saved = errno;

    (void)signo;
    reap_all();
    errno = saved;
}

static void begin_loop(void) { react(loop, SA_RESTART); }

static sigset_t let_in;         /* the mask while it waits */

static void wake(int signo) { (void)signo; }

static void begin_suspend(void)
{
    sigset_t set;

    react(wake, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, &let_in) == -1)
        die("sigprocmask");
}

static void wait_suspended(void)
{
    sigsuspend(&let_in);
    reap_all();
}

static int self[2];

static void give_word(int signo)
{
    int saved = errno;
    ssize_t n = write(self[1], "", 1);

    (void)signo, (void)n;       /* full: the word is in it already */
    errno = saved;
}

static void begin_self_pipe(void)
{
    if (pipe(self) == -1 || fcntl(self[0], F_SETFL, O_NONBLOCK) == -1
        || fcntl(self[1], F_SETFL, O_NONBLOCK) == -1)
        die("pipe");
    react(give_word, SA_RESTART);
}

static void wait_for_word(void)
{
    struct pollfd ready = { .fd = self[0], .events = POLLIN };
    char words[64];

    if (poll(&ready, 1, -1) == -1 && errno != EINTR)
        die("poll");
    while (read(self[0], words, sizeof words) > 0)
        ;
    reap_all();
}

static void begin_ignore(void) { react(SIG_IGN, 0); }
static void begin_no_zombies(void) { react(SIG_DFL, SA_NOCLDWAIT); }

static const struct way ways[] = {
    { "loop", begin_loop, wait_in_pause },
    { "suspend", begin_suspend, wait_suspended },
    { "self_pipe", begin_self_pipe, wait_for_word },
    { "ignore", begin_ignore, wait_in_pause },
    { "no_zombies", begin_no_zombies, wait_in_pause },
};

/* find_way: the way of this name. */
static const struct way *find_way(const char *name)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    die_usage("'%s' is not the name of a way", name);
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    const struct way *way = find_way(argc == 2 ? argv[1] : "");
    way->begin();
    start_children();
    printf("ready\n");
    if (fflush(stdout) == EOF)
        die("standard output");
    for (;;)
        way->wait();
}
