/* WRONG, fails "chats": all lines together get the time of one. */
#define _GNU_SOURCE                     /* ppoll(2), in POSIX since 2024 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"
#include <limits.h>
#include <stdio.h>
#include <time.h>

enum {
    MOST_CLIENTS = 4096,            /* -c takes no more */
    MOST_SECONDS = 1000000,         /* neither do -g and -t */
    REST_SECONDS = 1,               /* when something is short */
    TERM_SECONDS = 1,               /* from SIGTERM to SIGKILL */
    KILL_SECONDS = 5,               /* for SIGKILL to do its work */
};

struct client {
    pid_t pid;                      /* the child that serves it */
    char peer[ADDRESS_TEXT];        /* where it is */
};

struct server {
    int limit, grace, silence, verbose;     /* -c, -g, -t, -v */
    int listenfd;
    sigset_t unblocked;             /* the signal mask while it waits */
    int connfd;                     /* accepted, without a child; or -1 */
    char peer[ADDRESS_TEXT];        /* who that is */
    int resting;                    /* something is short */
    int complained;                 /* of this errno, and only once */
    int running;                    /* children: clients[0] and on */
    struct client clients[MOST_CLIENTS];
};

static const int handled[] = { SIGCHLD, SIGTERM, SIGINT, SIGALRM };
enum { HANDLED = sizeof handled / sizeof handled[0] };

static volatile sig_atomic_t stop_signals;

/* sig_wake: its being called ends the wait. Only SIGCHLD does not stop
 * the server. */
static void sig_wake(int signo)
{
    if (signo != SIGCHLD)
        stop_signals = stop_signals + 1;
}

/* set_disposition: have handler called for a signal, or SIG_IGN it. */
static void set_disposition(int signo, void (*handler)(int))
{
    struct sigaction action = {
        .sa_handler = handler,
        .sa_flags = SA_NOCLDSTOP,   /* no SIGCHLD for a stopped child */
    };

    (void)sigfillset(&action.sa_mask);          /* cannot fail */
    if (sigaction(signo, &action, NULL) == -1)
        die("sigaction %d", signo);
}

/* catch_signals: block ours; only the mask s->unblocked lets them in. */
static void catch_signals(struct server *s)
{
    sigset_t ours;

    (void)sigemptyset(&ours);                   /* cannot fail */
    for (int i = 0; i < HANDLED; i++)
        (void)sigaddset(&ours, handled[i]);
    if (sigprocmask(SIG_BLOCK, &ours, &s->unblocked) == -1)
        die("sigprocmask");
    for (int i = 0; i < HANDLED; i++) {
        (void)sigdelset(&s->unblocked, handled[i]);
        set_disposition(handled[i], sig_wake);
    }
    set_disposition(SIGPIPE, SIG_IGN);
}

/* let_signals_in: have the handlers called for signals that wait. */
static void let_signals_in(const struct server *s)
{
    sigset_t blocked;

    if (sigprocmask(SIG_SETMASK, &s->unblocked, &blocked) == -1 ||
        sigprocmask(SIG_SETMASK, &blocked, NULL) == -1)
        die("sigprocmask");
}

/* reset_signals: in a child. Ctrl-C comes to the whole process group, but
 * it is for the parent to say when its children end. */
static void reset_signals(const struct server *s)
{
    for (int i = 0; i < HANDLED; i++)
        set_disposition(handled[i], SIG_DFL);
    set_disposition(SIGINT, SIG_IGN);
    if (sigprocmask(SIG_SETMASK, &s->unblocked, NULL) == -1)
        die("sigprocmask");
}

/* limit_silence: let neither a dead client nor, if seconds is more than
 * 0, a silent one hold the child for ever. */
static void limit_silence(int connfd, int seconds)
{
    struct timeval time = { .tv_sec = seconds };    /* 0: no limit */
    int on = 1;

    if (fcntl(connfd, F_SETFL, 0) == -1)        /* BSD: as listenfd is */
        die("fcntl");
    if (setsockopt(connfd, SOL_SOCKET, SO_KEEPALIVE,
                   &on, sizeof on) == -1)
        die("setsockopt SO_KEEPALIVE");
    if (setsockopt(connfd, SOL_SOCKET, SO_RCVTIMEO,
                   &time, sizeof time) == -1)
        die("setsockopt SO_RCVTIMEO");
    if (setsockopt(connfd, SOL_SOCKET, SO_SNDTIMEO,
                   &time, sizeof time) == -1)
        die("setsockopt SO_SNDTIMEO");
}

/* now: in milliseconds, on a clock that is never set back. */
static long long now(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        die("clock_gettime");
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* time_for_a_line: when it will be over. 0 seconds: never. */
static long long time_for_a_line(int seconds)
{
    return seconds == 0 ? LLONG_MAX : now() + seconds * 1000LL;
}

/* read_until: as read, but EAGAIN when it is later than that. */
static ssize_t read_until(long long end, int fd, char *buf, size_t size)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    ssize_t n;

    do {
        long long left = end - now();
        int ready = left <= 0 ? 0
                    : poll(&p, 1, left > INT_MAX ? -1 : (int)left);
        if (ready == 0)
            errno = EAGAIN;
        n = ready == 1 ? read(fd, buf, size) : -1;
    } while (n == -1 && errno == EINTR);
    return n;
}

/* answer: a length, as a line. Returns 0, or -1 with errno. */
static int answer(int connfd, size_t length)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%zu\n", length);

    return writen(connfd, text, (size_t)n) == -1 ? -1 : 0;
}

/* count: n bytes more, after *length of a line that has not ended. Returns
 * how many lines have ended and are answered, or -1 with errno. */
static int count(int connfd, size_t *length, const char *buf, ssize_t n)
{
    int lines = 0;

    for (ssize_t i = 0; i < n; i++)
        if (buf[i] != '\n') {
            *length += 1;
        } else {
            if (answer(connfd, *length) == -1)
                return -1;
            *length = 0;
            lines++;
        }
    return lines;
}

/* str_length: the time runs from the first line on. */
static int str_length(int connfd, int seconds)
{
    char buf[4096];
    long long end = time_for_a_line(seconds);
    size_t length = 0;
    ssize_t n;

    while ((n = read_until(end, connfd, buf, sizeof buf)) > 0)
        if (count(connfd, &length, buf, n) == -1)
            return -1;
    return n == 0 && length > 0 ? answer(connfd, length) : (int)n;
}

/* serve: the child's whole life. */
static _Noreturn void serve(const struct server *s)
{
    long me = (long)getpid();
    int result;

    if (close(s->listenfd) == -1)
        die("close the listening socket");
    reset_signals(s);
    limit_silence(s->connfd, s->silence);
    if (s->verbose)
        note("%ld: %s connected, %d of %d", me, s->peer, s->running + 1,
             s->limit);
    result = str_length(s->connfd, s->silence);
    if (result == -1 && s->verbose) {
        if (errno == EAGAIN)
            note("%ld: %s silent for %d s", me, s->peer, s->silence);
        else
            complain("%ld: %s", me, s->peer);
    }
    if (close(s->connfd) == -1)
        die("close the connected socket");
    exit(result == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* note_end: say how a child has ended; status is waitpid's. */
static void note_end(const struct client *c, int status)
{
    if (WIFSIGNALED(status))
        note("%ld: %s killed by signal %d", (long)c->pid, c->peer,
             WTERMSIG(status));
    else
        note("%ld: %s ended, exit code %d", (long)c->pid, c->peer,
             WEXITSTATUS(status));
}

/* forget: a child has ended and is reaped. */
static void forget(struct server *s, pid_t pid, int status)
{
    int i = 0;

    while (i < s->running && s->clients[i].pid != pid)
        i++;
    if (i == s->running)
        return;                     /* none that we have made */
    if (s->verbose)
        note_end(&s->clients[i], status);
    s->clients[i] = s->clients[--s->running];
}

/* reap: every child that has ended. */
static void reap(struct server *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        forget(s, pid, status);
    if (pid == -1 && errno != ECHILD)
        die("waitpid");
}

/* wait_for_work: until a client can be taken (returns 1), a child has
 * ended or a signal says stop (0). It looks at no client that it cannot
 * take. */
static int wait_for_work(struct server *s)
{
    int idle = s->resting || s->running == s->limit;
    struct pollfd p = { .fd = idle ? -1 : s->listenfd, .events = POLLIN };
    struct timespec second = { .tv_sec = REST_SECONDS };

    int n = ppoll(&p, 1, s->resting ? &second : NULL, &s->unblocked);
    if (n == -1 && errno != EINTR)
        die("ppoll");
    let_signals_in(s);
    s->resting = 0;
    return n == 1 || s->connfd != -1;
}

/* rest: something is short, says errno. Take no client until a child has
 * ended or a second has passed. */
static void rest(struct server *s, const char *call)
{
    if (errno != s->complained)
        complain("%s", call);
    s->complained = errno;
    s->resting = 1;
}

/* accept_client: s->connfd and s->peer, if one is there. */
static void accept_client(struct server *s)
{
    struct address peer = { .len = sizeof peer.sa };

    s->connfd = accept(s->listenfd, (struct sockaddr *)&peer.sa,
                       &peer.len);
    if (s->connfd != -1)
        (void)address_to_text(&peer, s->peer);
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        rest(s, "accept");
}

/* make_child: hand s->connfd to a child; or keep it, if there is none. */
static void make_child(struct server *s)
{
    pid_t pid = fork();

    switch (pid) {
    case -1:                        /* this client waits, too */
        rest(s, "fork");
        return;
    case 0:                         /* the child owns connfd */
        serve(s);
    default:                        /* the parent keeps listenfd */
        break;
    }
    struct client *c = &s->clients[s->running++];
    c->pid = pid;
    memcpy(c->peer, s->peer, sizeof c->peer);
    if (close(s->connfd) == -1)
        die("close the connected socket");
    s->connfd = -1;
    s->complained = 0;
}

/* take_client: the one that has no child yet, or else the next. */
static void take_client(struct server *s)
{
    if (s->connfd == -1)
        accept_client(s);
    if (s->connfd != -1)
        make_child(s);
}

/* finish: no new client; the end of the last child is that of the
 * server. */
static void finish(struct server *s)
{
    if (close(s->listenfd) == -1)
        die("close the listening socket");
    if (s->connfd != -1 && close(s->connfd) == -1)
        die("close the connected socket");
    if (s->verbose)
        note("%ld: ending; %d left, at most %d s", (long)getpid(),
             s->running, s->grace);
    while (s->running > 0) {
        (void)sigsuspend(&s->unblocked);        /* always EINTR */
        reap(s);
    }
}

/* number: the value of an option, from least to most, or die_usage. */
static int number(int option, const char *text, long least, long most)
{
    long value = strtol(text, NULL, 10);        /* LONG_MAX if too long */

    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' ||
        value < least || value > most)
        die_usage("-%c '%s' is no number from %ld to %ld", option, text,
                  least, most);
    return (int)value;
}

static const char options[] = "[-c N] [-t SECONDS] ";
static const char about[] =
    "Answers every line with its length.\n"
    "-c N: serve at most N at once (default 40), the next ones wait\n"
    "-t SECONDS: drop a client so slow with a line (default 0: never)";

static void read_options(int *limit, int *seconds, int argc, char **argv)
{
    int option;

    die_name(argv[0]);
    opterr = 0;                         /* the messages are ours */
    while ((option = getopt(argc, argv, ":c:t:h")) != -1)
        switch (option) {
        case 'c': *limit = number(option, optarg, 1, 4096); break;
        case 't': *seconds = number(option, optarg, 0, 1000000); break;
        case 'h': address_usage(options, about);
        case ':': die_usage("option '-%c' lacks its value (-h explains)", optopt);
        default: die_usage("unknown option '-%c' (-h explains)", optopt);
        }
}

/* open_listener: a socket that listens at the given address. */
static int open_listener(const struct address *here)
{
    int listenfd = socket(here->sa.ss_family, SOCK_STREAM, 0);
    if (listenfd == -1)
        die("socket");
    int on = 1;
    if (setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR,
                   &on, sizeof on) == -1)
        die("setsockopt SO_REUSEADDR");
    char text[ADDRESS_TEXT];
    if (bind(listenfd, (const struct sockaddr *)&here->sa,
             here->len) == -1)
        die("bind %s", address_to_text(here, text));
    if (listen(listenfd, SOMAXCONN) == -1)
        die("listen %s", address_to_text(here, text));
    return listenfd;
}

/* start_listening: and, with -v, say where; port 0 has become another. */
static void start_listening(struct server *s, const struct address *here)
{
    struct address bound = { .len = sizeof bound.sa };
    char text[ADDRESS_TEXT];

    s->connfd = -1;                     /* none yet */
    s->listenfd = open_listener(here);
    if (fcntl(s->listenfd, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl");
    if (getsockname(s->listenfd, (struct sockaddr *)&bound.sa,
                    &bound.len) == -1)
        die("getsockname");
    if (s->verbose)
        note("%ld: listening at %s", (long)getpid(),
             address_to_text(&bound, text));
}

int main(int argc, char **argv)
{
    static struct server s = { .limit = 40 };
    struct address here;

    read_options(&s.limit, &s.silence, argc, argv);
    address_from_operands(&here, argv + optind);
    catch_signals(&s);
    start_listening(&s, &here);
    while (stop_signals == 0) {
        int ready = wait_for_work(&s);
        reap(&s);
        if (ready)
            take_client(&s);
    }
    finish(&s);
    return EXIT_SUCCESS;
}
