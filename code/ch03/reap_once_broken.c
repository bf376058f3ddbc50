/* BROKEN on purpose: its handler reaps one child a time.
 * usage: reap_once_broken wait_once|waitpid_once <gate */
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

static void one_wait(int signo)
{
    (void)signo, (void)wait(NULL);
}

static void one_waitpid(int signo)
{
    (void)signo, (void)waitpid(-1, NULL, WNOHANG);
}

static void begin_wait(void) { react(one_wait, 0); }
static void begin_waitpid(void) { react(one_waitpid, 0); }

static const struct way ways[] = {
    { "wait_once", begin_wait, wait_in_pause },
    { "waitpid_once", begin_waitpid, wait_in_pause },
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
