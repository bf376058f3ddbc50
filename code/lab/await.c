/* await.c - waits until a process or a socket is as an experiment needs
   it. Exit status: 0 it is, 1 it is not, 2 wrong usage. */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../recorder/recorder.h"
#include "die.h"

static const char usage[] =
    "usage: await [-t SECONDS] blocked PID CALL[(DESCRIPTOR)]\n"
    "       await [-t SECONDS] ended|zombie|stopped|gone PID...\n"
    "       await [-t SECONDS] socket A:P [to B:Q] STATE|gone\n";

/* What is waited for. */
struct wish {
    enum { A_CALL, A_STATE, A_SOCKET } kind;
    const char *what;           /* the call or the state */
    pid_t pid;
    int fd;                     /* of the call, or -1 */
    const char *local, *peer;   /* of the socket; peer may be NULL */
};

/* For sockets.c: the only network is the one that we are in. */
static struct run here = { .host_count = 1 };

void host_enter(const struct host *h)
{
    (void)h;
}

void host_leave(void)
{
}

static pid_t pid_of(const char *text)
{
    char *end;
    long pid = strtol(text, &end, 10);
    if (pid <= 0 || *end != '\0')
        die_usage("'%s' is no process", text);
    return (pid_t)pid;
}

/* PID CALL or PID CALL(DESCRIPTOR) */
static struct wish call_wish(const char *pid, char *call)
{
    struct wish w = { .kind = A_CALL, .what = call, .pid = pid_of(pid),
                      .fd = -1 };
    char *open = strchr(call, '('), *end;
    if (open != NULL) {
        *open = '\0';
        w.fd = (int)strtol(open + 1, &end, 10);
        if (end == open + 1 || strcmp(end, ")") != 0)
            die_usage("'%s' is no descriptor", open + 1);
    }
    if (!call_known(call))
        die_usage("'%s' is no call that can block", call);
    return w;
}

/* A:P STATE or A:P to B:Q STATE */
static struct wish socket_wish(int argc, char **argv)
{
    struct wish w = { .kind = A_SOCKET, .what = argv[argc - 1],
                      .local = argv[0] };
    if (argc == 4 && strcmp(argv[1], "to") == 0)
        w.peer = argv[2];
    else if (argc != 2)
        die_usage("expected socket A:P [to B:Q] STATE");
    if (!socket_state_known(w.what))
        die_usage("'%s' is no state of a socket", w.what);
    return w;
}

static bool state_known(const char *word)
{
    return strcmp(word, "ended") == 0 || strcmp(word, "zombie") == 0
           || strcmp(word, "stopped") == 0 || strcmp(word, "gone") == 0;
}

/* Whether a process with this state letter (0: gone) is in the state. */
static enum answer has_state(char letter, const char *word)
{
    bool ended = letter == 0 || letter == 'Z';
    if (strcmp(word, "ended") == 0)
        return ended ? YES : NOT_YET;
    if (strcmp(word, "gone") == 0)
        return letter == 0 ? YES : NOT_YET;
    if (strcmp(word, "zombie") == 0)
        return letter == 'Z' ? YES : letter == 0 ? HOPELESS : NOT_YET;
    return letter == 'T' ? YES : ended ? HOPELESS : NOT_YET;
}

static enum answer look(const struct wish *w)
{
    if (w->kind == A_SOCKET)
        return socket_is(&here, w->local, w->peer, w->what) ? YES : NOT_YET;
    if (w->kind == A_STATE)
        return has_state(process_state(w->pid), w->what);
    if (process_blocked(w->pid, w->what, w->fd))
        return YES;
    return has_state(process_state(w->pid), "ended") == YES ? HOPELESS
                                                            : NOT_YET;
}


static double seconds(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        die("clock_gettime");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Says that it did not come, and what is there instead. */
static void describe(const struct wish *w)
{
    if (w->kind == A_SOCKET) {
        fprintf(stderr, "await: no socket %s%s%s is %s:\n", w->local,
                w->peer == NULL ? "" : " to ",
                w->peer == NULL ? "" : w->peer, w->what);
        here.report = stderr;
        describe_sockets(&here);
        return;
    }
    fprintf(stderr, "await: process %ld is not %s%s:\n", (long)w->pid,
            w->kind == A_CALL ? "blocked in " : "", w->what);
    describe_process(stderr, w->pid);
}

/* Waits for it; if it does not come, or cannot, exits. */
static void await(struct wish w, double limit)
{
    double end = seconds() + limit;
    enum answer answer;
    while ((answer = look(&w)) == NOT_YET && seconds() < end)
        if (poll(NULL, 0, 1) == -1)
            die("poll");
    if (answer != YES) {
        describe(&w);
        exit(EXIT_FAILURE);
    }
}

/* Waits for each of these processes; if one is none, for no other. */
static void await_all(int count, char **pids, const char *state,
                      double limit)
{
    for (int i = 0; i < count; i++)
        (void)pid_of(pids[i]);
    for (int i = 0; i < count; i++)
        await((struct wish){ .kind = A_STATE, .what = state,
                             .pid = pid_of(pids[i]) }, limit);
}

int main(int argc, char **argv)
{
    double limit = 10;
    int option;
    die_name(argv[0]);
    while ((option = getopt(argc, argv, "+ht:")) != -1)
        if (option == 'h') {
            fputs(usage, stdout);
            return 0;
        } else if (option != 't' || (limit = atof(optarg)) <= 0)
            die_usage("expected a command (await -h lists them)");
    argc -= optind;
    argv += optind;
    if (argc == 3 && strcmp(argv[0], "blocked") == 0)
        await(call_wish(argv[1], argv[2]), limit);
    else if (argc >= 3 && strcmp(argv[0], "socket") == 0)
        await(socket_wish(argc - 1, argv + 1), limit);
    else if (argc >= 2 && state_known(argv[0]))
        await_all(argc - 1, argv + 1, argv[0], limit);
    else
        die_usage("expected a command (await -h lists them)");
    return 0;
}
