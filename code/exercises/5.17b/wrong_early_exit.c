/* WRONG, fails "descriptors": who has heard nothing does not close. */
#define _GNU_SOURCE
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

enum {
    MOST_CLIENTS = 4096,            /* -c takes no more */
    MOST_SECONDS = 1000000,         /* neither do -g and -t */
    REST_SECONDS = 1,               /* when something is short */
    TERM_SECONDS = 1,               /* from SIGTERM to SIGKILL */
    KILL_SECONDS = 5,               /* for SIGKILL to do its work */
};

struct client {
    pid_t pid;                      /* the child that serves it */
    char *peer;                     /* where it is, from strdup */
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

enum { MOST_ROOM = 1 << 16 };

/* room_for: memory for so many bytes, to be freed. */
static char *room_for(size_t size)
{
    char *room = malloc(size);
    if (room == NULL)
        die("malloc");
    return room;
}

/* str_echo: send back what comes, until the client's end of file.
 * Returns how many bytes; or -1 with errno, EAGAIN if nothing moved for
 * -t seconds. */
static long str_echo(int connfd)
{
    size_t room = 64;
    char *buf = room_for(room);
    long count = 0;

    ssize_t n;
    while ((n = read(connfd, buf, room)) != 0) {
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 || writen(connfd, buf, (size_t)n) == -1) {
            count = -1;
            break;
        }
        count += n;
        if ((size_t)n == room && room < MOST_ROOM) {
            free(buf);                      /* all of it has been sent back */
            buf = room_for(room *= 2);
        }
    }
    int saved = errno;                  /* free may change it */
    free(buf);
    errno = saved;
    return count;
}

/* serve: the child's whole life. */
static _Noreturn void serve(const struct server *s)
{
    long me = (long)getpid();
    long result;

    if (close(s->listenfd) == -1)
        die("close the listening socket");
    reset_signals(s);
    limit_silence(s->connfd, s->silence);
    if (s->verbose)
        note("%ld: %s connected, %d of %d", me, s->peer, s->running + 1,
             s->limit);
    result = str_echo(s->connfd);
    if (result == 0)
        exit(EXIT_SUCCESS);         /* it has left without a word */
    if (result > 0 && s->verbose)
        note("%ld: %s sent %ld bytes", me, s->peer, result);
    if (result == -1 && s->verbose) {
        if (errno == EAGAIN)
            note("%ld: %s silent for %d s", me, s->peer, s->silence);
        else
            complain("%ld: %s", me, s->peer);
    }
    if (close(s->connfd) == -1)
        die("close the connected socket");
    exit(result > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
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
    free(s->clients[i].peer);           /* its last use was the log */
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
    c->peer = strdup(s->peer);
    if (c->peer == NULL)
        die("strdup");
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

/* await_children: until all have ended, the time is over, or one more
 * signal says stop. */
static void await_children(struct server *s, int seconds)
{
    int so_far = stop_signals;

    (void)alarm((unsigned)seconds);             /* 0: no alarm */
    while (s->running > 0 && seconds > 0 && stop_signals == so_far) {
        (void)sigsuspend(&s->unblocked);        /* always EINTR */
        reap(s);
    }
    (void)alarm(0);
    let_signals_in(s);          /* a late one is not for the next wait */
}

/* signal_children: those that are left. */
static void signal_children(const struct server *s, int signo,
                            const char *name)
{
    if (s->verbose && s->running > 0)
        note("%ld: %s to %d", (long)getpid(), name, s->running);
    for (int i = 0; i < s->running; i++)
        if (kill(s->clients[i].pid, signo) == -1)
            complain("kill %ld", (long)s->clients[i].pid);
}

/* finish: no new client; time for those that are here. */
static void finish(struct server *s)
{
    if (close(s->listenfd) == -1)
        die("close the listening socket");
    if (s->connfd != -1 && close(s->connfd) == -1)
        die("close the connected socket");
    if (s->verbose)
        note("%ld: ending; %d left, at most %d s", (long)getpid(),
             s->running, s->grace);
    await_children(s, s->grace);
    signal_children(s, SIGTERM, "SIGTERM");
    await_children(s, TERM_SECONDS);
    signal_children(s, SIGKILL, "SIGKILL");
    await_children(s, KILL_SECONDS);
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

static const char options[] = "[-v] [-c N] [-g SECONDS] [-t SECONDS] ";
static const char about[] =
    "Sends every client its own bytes back.\n"
    "-v: tell on standard error who comes and goes\n"
    "-c N: serve at most N at once (default 40), the next ones wait\n"
    "-g SECONDS: when told to end, give clients this long (default 10)\n"
    "-t SECONDS: drop a client after so long a silence (default 0: never)";

static void read_options(struct server *s, int argc, char **argv)
{
    int option;

    die_name(argv[0]);
    opterr = 0;                         /* the messages are ours */
    s->limit = 40;
    s->grace = 10;
    while ((option = getopt(argc, argv, ":c:g:t:vh")) != -1)
        switch (option) {
        case 'c': s->limit = number(option, optarg, 1, MOST_CLIENTS); break;
        case 'g': s->grace = number(option, optarg, 0, MOST_SECONDS); break;
        case 't': s->silence = number(option, optarg, 0, MOST_SECONDS); break;
        case 'v': s->verbose = 1; break;
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
    static struct server s;         /* all zero, and not on the stack */
    struct address here;

    read_options(&s, argc, argv);
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
