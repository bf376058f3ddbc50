/* peer_events.c - makes something happen to the peer of four connections
 * and prints what the calls say then: a row of a table.
 *
 * _GNU_SOURCE is for strerrorname_np(3) and for TCP_INFO, which tells how
 * far the kernel has got (tcp(7)); POSIX has neither. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "net.h"

/* One connection for each column, or pair of columns. */
enum { READS, WRITES, POLLS, ERRORS, CONNECTIONS };

/* Our end, and that of the peer, or -1 if it is not in this process. */
struct pair {
    int fd, peer;
};

/* connect_to: the new socket, connected to there. */
static int connect_to(const struct address *there)
{
    int fd = socket(there->sa.ss_family, SOCK_STREAM, 0);

    if (fd == -1)
        die("socket");
    if (connect(fd, (const struct sockaddr *)&there->sa, there->len) == -1)
        die("connect");
    return fd;
}

/* address: that of a host in numbers, with a port. */
static struct address address(const char *host, const char *port)
{
    struct address a;

    if (address_from_text(&a, host, port) != 0)
        die_usage("'%s' is no address", host);
    return a;
}

/* away_pair: our end of a connection to the server at that host. */
static struct pair away_pair(const char *host)
{
    struct address there = address(host, "9877");

    return (struct pair){ .fd = connect_to(&there), .peer = -1 };
}

static void close_end(int fd)
{
    if (close(fd) == -1)
        die("close");
}

/* settle: wait until what was written is acknowledged, or is sent again,
 * or the connection is broken. */
static void settle(int fd)
{
    struct tcp_info info;

    do {
        socklen_t length = sizeof info;
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == -1)
            die("getsockopt TCP_INFO");
        if (poll(NULL, 0, 1) == -1)         /* a millisecond */
            die("poll");
    } while (info.tcpi_unacked > 0 && info.tcpi_retransmits == 0
             && info.tcpi_state != TCP_CLOSE);
}

/* arrive: wait until poll reports one of these events. */
static void arrive(int fd, short events)
{
    struct pollfd end = { .fd = fd, .events = events };

    do
        if (poll(&end, 1, -1) == -1)
            die("poll");
    while ((end.revents & events) == 0);
}

static void write_byte(int fd)
{
    if (write(fd, "x", 1) != 1)
        die("write");
}

/* listener: a socket that listens at *here; its port is filled in. */
static int listener(struct address *here)
{
    int fd = socket(here->sa.ss_family, SOCK_STREAM, 0);

    if (fd == -1)
        die("socket");
    if (bind(fd, (const struct sockaddr *)&here->sa, here->len) == -1)
        die("bind");
    if (listen(fd, 1) == -1)
        die("listen");
    if (getsockname(fd, (struct sockaddr *)&here->sa, &here->len) == -1)
        die("getsockname");
    return fd;
}

static struct pair local_pair(void)
{
    struct address here = address("127.0.0.1", "0");
    int listenfd = listener(&here);
    struct pair p = { .fd = connect_to(&here) };

    p.peer = accept(listenfd, NULL, NULL);
    if (p.peer == -1)
        die("accept");
    close_end(listenfd);
    return p;
}

static void do_nothing(const struct pair *p)
{
    (void)p;
}

static void finish(const struct pair *p)
{
    close_end(p->peer);
}

static void finish_half(const struct pair *p)
{
    if (shutdown(p->peer, SHUT_WR) == -1)
        die("shutdown");
}

static void close_unread(const struct pair *p)
{
    write_byte(p->fd);
    arrive(p->peer, POLLIN);
    close_end(p->peer);
}

static void reset(int fd)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
                   sizeof at_once) == -1)
        die("setsockopt SO_LINGER");
    close_end(fd);
}

static void close_reset(const struct pair *p)
{
    reset(p->peer);
}

static void send_and_reset(const struct pair *p)
{
    write_byte(p->peer);
    settle(p->peer);
    reset(p->peer);
}

/* be_killed: the peer's end moves to a child, and the child is killed. */
static void be_killed(const struct pair *p)
{
    pid_t child = fork();

    switch (child) {
    case -1:
        die("fork");
    case 0:                     /* the child has the peer's end only */
        close_end(p->fd);
        for (;;)
            pause();
    default:                    /* the parent has ours only */
        close_end(p->peer);
    }
    if (kill(child, SIGKILL) == -1)
        die("kill");
    if (waitpid(child, NULL, 0) == -1)
        die("waitpid");
}

static bool has_peer(int fd)
{
    struct address peer = { .len = sizeof peer.sa };

    if (getpeername(fd, (struct sockaddr *)&peer.sa, &peer.len) == 0)
        return true;
    if (errno != ENOTCONN)
        die("getpeername");
    return false;
}

/* reset_pair: our end of a connection that was reset before accept. */
static struct pair reset_pair(void)
{
    struct address here = address("127.0.0.1", "0");
    int listenfd = listener(&here);
    struct pair p = { .fd = -1, .peer = -1 };

    do {                        /* again, if the RST was not there yet */
        if (p.fd != -1)
            close_end(p.fd);
        reset(connect_to(&here));
        p.fd = accept(listenfd, NULL, NULL);
        if (p.fd == -1)
            die("accept");
    } while (has_peer(p.fd));
    close_end(listenfd);
    return p;
}

/* keep_alive: after a second of silence ask, after another give up. */
static void keep_alive(const struct pair *p)
{
    static const int options[] = { TCP_KEEPIDLE, TCP_KEEPINTVL,
                                   TCP_KEEPCNT };
    int one = 1;

    if (setsockopt(p->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == -1)
        die("setsockopt SO_KEEPALIVE");
    for (int i = 0; i < 3; i++)
        if (setsockopt(p->fd, IPPROTO_TCP, options[i], &one,
                       sizeof one) == -1)
            die("setsockopt TCP_KEEP...");
}

/* struct event: what happens. First make, then happen, for an event away
 * from here what the script does, then, if write, a byte is written.
 * When it has reached us, poll reports arrives, if that is not 0. */
static const struct event {
    const char *name;
    struct pair (*make)(void);
    void (*happen)(const struct pair *);
    bool away, write;
    short arrives;
} events[] = {
    { "nothing", local_pair, do_nothing, false, false, 0 },
    { "fin", local_pair, finish, false, false, POLLIN },
    { "half", local_pair, finish_half, false, false, POLLIN },
    { "killed", local_pair, be_killed, false, false, POLLIN },
    { "fin_write", local_pair, finish, false, true, POLLHUP },
    { "unread", local_pair, close_unread, false, false, POLLHUP },
    { "linger", local_pair, close_reset, false, false, POLLHUP },
    { "data_linger", local_pair, send_and_reset, false, false, POLLHUP },
    { "before_accept", reset_pair, do_nothing, false, false, POLLHUP },
    { "silent", NULL, do_nothing, true, false, 0 },
    { "icmp", NULL, do_nothing, true, true, 0 },
    { "gave_up", NULL, do_nothing, true, true, POLLHUP },
    { "unreachable", NULL, do_nothing, true, true, POLLHUP },
    { "keepalive", NULL, keep_alive, true, false, POLLHUP },
    { "reboot", NULL, do_nothing, true, true, POLLHUP },
};

static const struct event *event_named(const char *name)
{
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (strcmp(events[i].name, name) == 0)
            return &events[i];
    die_usage("there is no event '%s'", name);
}

/* print_cell: the cell of a call that returned n; success: how to print
 * an n that is not -1, or NULL for the number. */
static void print_cell(ssize_t n, const char *success)
{
    if (n == -1 && errno == EAGAIN)
        printf("\twaits");
    else if (n == -1)
        printf("\t%s", strerrorname_np(errno));
    else if (success != NULL)
        printf("\t%s", success);
    else
        printf("\t%zd", n);
}

static void print_read(int fd)
{
    char buf[80];

    print_cell(recv(fd, buf, sizeof buf, MSG_DONTWAIT), NULL);
}

static volatile sig_atomic_t sigpipe_came;

static void sig_pipe(int signo)
{
    (void)signo;
    sigpipe_came = 1;
}

/* notice_sigpipe: do not die of SIGPIPE, but remember that it came. */
static void notice_sigpipe(void)
{
    struct sigaction action = { .sa_handler = sig_pipe };

    sigemptyset(&action.sa_mask);
    if (sigaction(SIGPIPE, &action, NULL) == -1)
        die("sigaction SIGPIPE");
}

/* print_write: writes a byte; SIGPIPE has to come if and only if it gives
 * EPIPE. */
static void print_write(int fd)
{
    sigpipe_came = 0;
    ssize_t n = write(fd, "x", 1);
    if ((n == -1 && errno == EPIPE) != (sigpipe_came == 1))
        die("SIGPIPE %s: write", sigpipe_came ? "came" : "did not come");
    print_cell(n, "ok");
}

static void print_poll(int fd)
{
    static const struct {
        short flag;
        const char *name;
    } flags[] = { { POLLIN, "IN" }, { POLLOUT, "OUT" }, { POLLERR, "ERR" },
                  { POLLHUP, "HUP" } };
    struct pollfd end = { .fd = fd, .events = POLLIN | POLLOUT };
    char before = '\t';

    if (poll(&end, 1, 0) == -1)
        die("poll");
    for (int i = 0; i < 4; i++)
        if (end.revents & flags[i].flag) {
            printf("%c%s", before, flags[i].name);
            before = ' ';
        }
}

/* print_error: the error of the socket. Asking has to take it, so that
 * reading does not report it any more. */
static void print_error(int fd)
{
    int error;
    char c;
    socklen_t length = sizeof error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == -1)
        die("getsockopt SO_ERROR");
    printf("\t%s", error == 0 ? "0" : strerrorname_np(error));
    if (recv(fd, &c, 1, MSG_DONTWAIT) == -1 && errno != EAGAIN)
        die("recv after SO_ERROR");
}

/* wait_for_script: the script closes our input when it has done it. */
static void wait_for_script(void)
{
    char line[80];
    ssize_t n;

    while ((n = read(STDIN_FILENO, line, sizeof line)) > 0)
        ;
    if (n == -1)
        die("read standard input");
}

static void make_it_happen(const struct event *e, const struct pair *pairs)
{
    for (int i = 0; i < CONNECTIONS; i++)
        e->happen(&pairs[i]);
    if (e->away)
        wait_for_script();
    for (int i = 0; i < CONNECTIONS && e->write; i++)
        write_byte(pairs[i].fd);
    for (int i = 0; i < CONNECTIONS; i++)
        if (e->arrives != 0)
            arrive(pairs[i].fd, e->arrives);
        else if (e->write)
            settle(pairs[i].fd);
}

static void print_row(const struct event *e, const struct pair *pairs)
{
    printf("%s", e->name);
    print_read(pairs[READS].fd);
    print_read(pairs[READS].fd);
    print_write(pairs[WRITES].fd);
    settle(pairs[WRITES].fd);
    print_write(pairs[WRITES].fd);
    print_poll(pairs[POLLS].fd);
    print_error(pairs[ERRORS].fd);
    if (putchar('\n') == EOF || fflush(stdout) == EOF)
        die("write to standard output");
}

int main(int argc, char **argv)
{
    struct pair pairs[CONNECTIONS];

    die_name(argv[0]);
    if (argc < 2 || argc > 3)
        die_usage("expected an event and perhaps an address");
    const struct event *e = event_named(argv[1]);
    if (e->away != (argc == 3))
        die_usage("%s happens %s", e->name, e->away
                  ? "at an address, which is missing" : "here");
    notice_sigpipe();
    for (int i = 0; i < CONNECTIONS; i++)
        pairs[i] = e->away ? away_pair(argv[2]) : e->make();
    make_it_happen(e, pairs);
    print_row(e, pairs);
    return EXIT_SUCCESS;
}
