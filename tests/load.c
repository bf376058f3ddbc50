/* load.c - many clients at once, for tests/load.bats: well-behaved ones and
 * others, and whether every byte of the well-behaved came back.
 *
 * usage: load crowd ADDRESS PORT CLIENTS SEED
 *            that many connections open at once. Prints "open" when each has
 *            had an echo, and waits for a line of standard input; then all
 *            do what is theirs to do (see enum kind). Prints "stuck" when
 *            only slow readers are left, which have read nothing so far, and
 *            waits for another line while they go on sending; then these
 *            read. Prints how many there were of each kind.
 *        load queue ADDRESS PORT CLIENTS SEED
 *            the same number one after another; "half" after half of them.
 * Exit 0 if no byte was lost that should have come back; otherwise 1 and a
 * line on stderr. The same seed gives the same clients. */
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BLOCK = 65537,                      /* a prime: see byte_of */
    CHUNK = 16384,
    LINE = 32,                          /* at most, of the first echo */
    MOST = 100000,                      /* bytes that one client sends */
    PER_VICTIM = 10,                    /* connections of one process */
    SECONDS = 150                       /* then it is killed */
};

enum kind {
    PLAIN,                              /* sends, reads all, closes */
    HALF,                               /* shuts down writing first */
    SLOW,                               /* reads only when told to */
    RESET,                              /* sends an RST half-way */
    KILLED,                             /* its process is killed */
    LEAVES,                             /* closes at once, says nothing */
    KINDS
};

static const char *const kind_names[KINDS] = {
    "plain", "half-closed", "slow", "reset", "killed", "left-at-once"
};

struct client {
    int fd;                             /* -1: it has done its work */
    int number;
    enum kind kind;
    uint64_t total, sent, received;     /* bytes after the first echo */
};

static struct addrinfo *server;
static unsigned char block[BLOCK + CHUNK];

/* fail: say what went wrong, with errno if it is set; exit 1. */
__attribute__((format(printf, 1, 2)))
static _Noreturn void fail(const char *format, ...)
{
    int error = errno;
    va_list args;

    fputs("load: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "%s%s\n", error != 0 ? ": " : "",
            error != 0 ? strerror(error) : "");
    exit(EXIT_FAILURE);
}

/* ---- chance, and the bytes that are sent */

static uint64_t chance_state;

/* chance: from 0 to n - 1 (Marsaglia's xorshift64). */
static uint64_t chance(uint64_t n)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state % n;
}

static void set_chance(const char *seed)
{
    chance_state = 88172645463325252ULL ^ strtoull(seed, NULL, 10);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = (unsigned char)chance(256);
    memcpy(block + BLOCK, block, CHUNK);
}

/* bytes_of: what a client sends from offset on, at least CHUNK bytes. Each
 * client begins elsewhere, so one client's bytes are not another's. */
static const unsigned char *bytes_of(const struct client *c, uint64_t offset)
{
    return block + ((uint64_t)c->number * 7919 + offset) % BLOCK;
}

/* ---- connections */

static void resolve(const char *host, const char *port)
{
    struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM
    };
    int error = getaddrinfo(host, port, &hints, &server);

    errno = 0;
    if (error != 0)
        fail("%s %s: %s", host, port, gai_strerror(error));
}

/* set_buffers: that soon are full, or that let the bytes through. */
static void set_buffers(int fd, int size)
{
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == -1)
        fail("SO_RCVBUF, SO_SNDBUF");
}

static void dial(struct client *c)
{
    c->fd = socket(server->ai_family, server->ai_socktype, 0);
    if (c->fd == -1)
        fail("socket");
    if (c->kind == SLOW)
        set_buffers(c->fd, 4096);
    if (connect(c->fd, server->ai_addr, server->ai_addrlen) == -1)
        fail("client %d: connect", c->number);
}

static void hang_up(struct client *c, int with_reset)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };

    if (with_reset && setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now,
                                 sizeof now) == -1)
        fail("SO_LINGER");
    if (close(c->fd) == -1)
        fail("close");
    c->fd = -1;
}

/* first_line: which one client sends to see that it has a server's child. */
static size_t first_line(const struct client *c, char line[static LINE])
{
    return (size_t)snprintf(line, LINE, "client %d\n", c->number);
}

static void greet(const struct client *c)
{
    char line[LINE];
    size_t n = first_line(c, line);

    if (send(c->fd, line, n, MSG_NOSIGNAL) != (ssize_t)n)
        fail("client %d: first line", c->number);
}

static void expect_greeting(const struct client *c)
{
    char line[LINE], back[LINE] = { 0 };
    size_t n = first_line(c, line), got = 0;

    while (got < n) {
        ssize_t part = read(c->fd, back + got, n - got);
        if (part == -1)
            fail("client %d: first echo", c->number);
        errno = 0;
        if (part == 0)
            fail("client %d: no first echo but the end", c->number);
        got += (size_t)part;
    }
    if (memcmp(back, line, n) != 0)
        fail("client %d: another's first echo", c->number);
}

/* send_some: what the socket takes now. */
static void send_some(struct client *c)
{
    uint64_t left = c->total - c->sent;
    size_t n = left < CHUNK ? (size_t)left : CHUNK;
    ssize_t put;

    if (n == 0)
        return;
    put = send(c->fd, bytes_of(c, c->sent), n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put == -1 && errno != EAGAIN)
        fail("client %d: send", c->number);
    if (put > 0)
        c->sent += (uint64_t)put;
    if (c->kind == HALF && c->sent == c->total &&
        shutdown(c->fd, SHUT_WR) == -1)
        fail("client %d: shutdown", c->number);
}

/* receive_some: what is there now, and it must be what was sent. Returns 1
 * at the end of file. */
static int receive_some(struct client *c)
{
    static unsigned char buf[CHUNK];
    ssize_t n = recv(c->fd, buf, sizeof buf, MSG_DONTWAIT);

    if (n == -1 && errno != EAGAIN)
        fail("client %d: receive", c->number);
    if (n == 0)
        return 1;
    errno = 0;
    if (n > 0 && memcmp(buf, bytes_of(c, c->received), (size_t)n) != 0)
        fail("client %d: other bytes came back after %" PRIu64, c->number,
             c->received);
    if (n > 0)
        c->received += (uint64_t)n;
    return 0;
}

/* finish: the client has done its work if all of it has come back. */
static void finish(struct client *c, int end_of_file)
{
    errno = 0;
    if (end_of_file && c->received != c->total)
        fail("client %d (%s): %" PRIu64 " bytes came back of %" PRIu64,
             c->number, kind_names[c->kind], c->received, c->total);
    if (c->received == c->total && (c->kind != HALF || end_of_file))
        hang_up(c, 0);
}

/* ---- clients whose process is killed */

struct victim {
    pid_t pid;
    int talk;                           /* a socket; one byte each way */
};

/* suffer: open some connections, say so, and when told to, send and receive
 * on them until killed. Half of them never read. */
static _Noreturn void suffer(struct client *clients, int n, int talk)
{
    struct pollfd p[PER_VICTIM];
    char c = 0;

    for (int i = 0; i < n; i++) {
        dial(&clients[i]);
        greet(&clients[i]);
    }
    for (int i = 0; i < n; i++) {
        expect_greeting(&clients[i]);
        p[i] = (struct pollfd){ clients[i].fd, POLLIN | POLLOUT, 0 };
    }
    if (write(talk, &c, 1) != 1 || read(talk, &c, 1) != 1)
        fail("talk to the parent");
    for (;;) {
        if (poll(p, (nfds_t)n, -1) == -1)
            fail("poll");
        for (int i = 0; i < n; i++) {
            send_some(&clients[i]);
            if (clients[i].number % 2 == 0 && receive_some(&clients[i]))
                fail("client %d: end of file", clients[i].number);
        }
    }
}

static struct victim start_victim(struct client *clients, int n)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        fail("socketpair");
    pid_t pid = fork();
    if (pid == -1)
        fail("fork");
    if (pid == 0) {
        alarm(SECONDS);                 /* fork does not hand it on */
        close(ends[0]);
        suffer(clients, n, ends[1]);
    }
    close(ends[1]);
    return (struct victim){ pid, ends[0] };
}

/* expect_victim: its connections are open. */
static void expect_victim(const struct victim *v)
{
    char c;

    if (read(v->talk, &c, 1) != 1)
        fail("a process with clients has not got them");
}

static void let_go(const struct victim *v)
{
    if (write(v->talk, "", 1) != 1)
        fail("talk to a process with clients");
    close(v->talk);
}

static void kill_victim(const struct victim *v)
{
    int status;

    if (kill(v->pid, SIGKILL) == -1 || waitpid(v->pid, &status, 0) == -1)
        fail("kill");
    errno = 0;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        fail("a process with clients had ended before it was killed");
}

/* ---- a crowd */

/* announce: print one line now; somebody waits for it. */
static void announce(const char *line)
{
    puts(line);
    if (fflush(stdout) == EOF)
        fail("standard output");
}

static void wait_for_line(void)
{
    char c;

    while (read(STDIN_FILENO, &c, 1) == 1)
        if (c == '\n')
            return;
    fail("standard input has ended");
}

/* kind_of_many: about four slow ones of a hundred (they send megabytes),
 * twenty that are reset, thirty that half-close. */
static enum kind kind_of_many(void)
{
    int what = (int)chance(100);

    return what < 4 ? SLOW : what < 24 ? RESET : what < 54 ? HALF : PLAIN;
}

/* choose: what each of the clients will be. The first ones are those whose
 * processes are killed. */
static void choose(struct client *clients, int n, int killed)
{
    for (int i = 0; i < n; i++) {
        struct client *c = &clients[i];
        *c = (struct client){ .fd = -1, .number = i };
        c->kind = i < killed ? KILLED : kind_of_many();
        c->total = c->kind == KILLED || c->kind == SLOW ? UINT64_MAX
                                                        : 1 + chance(MOST);
    }
}

/* step: one client does what it can do now; slow ones only send. */
static void step(struct client *c, int revents, int slow_ones_read)
{
    if ((revents & POLLOUT) != 0)
        send_some(c);
    if (c->kind == RESET && c->sent > c->total / 2) {
        hang_up(c, 1);
        return;
    }
    if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
        (c->kind != SLOW || slow_ones_read))
        finish(c, receive_some(c));
}

/* interest: what poll is to tell of a client. */
static short interest(const struct client *c, int slow_ones_read)
{
    short in = c->kind == SLOW && !slow_ones_read ? 0 : POLLIN;

    return (short)(in | (c->sent < c->total ? POLLOUT : 0));
}

/* turn: wait until something can be done, then let all clients do what they
 * can. p has room for n and one more, which is standard input if listen;
 * returns 1 if that has something to read. */
static int turn(struct client *clients, struct pollfd *p, int n,
                int slow_ones_read, int listen)
{
    for (int i = 0; i < n; i++)
        p[i] = (struct pollfd){ clients[i].fd,
                                interest(&clients[i], slow_ones_read), 0 };
    p[n] = (struct pollfd){ listen ? STDIN_FILENO : -1, POLLIN, 0 };
    if (poll(p, (nfds_t)n + 1, -1) == -1)
        fail("poll");
    for (int i = 0; i < n; i++)
        if (p[i].revents != 0)
            step(&clients[i], p[i].revents, slow_ones_read);
    return p[n].revents != 0;
}

/* count_open: those that are not done; not the slow ones, if so asked. */
static int count_open(const struct client *clients, int n, int and_slow)
{
    int count = 0;

    for (int i = 0; i < n; i++)
        count += clients[i].fd != -1 && (and_slow || clients[i].kind != SLOW);
    return count;
}

static void open_all(struct client *clients, int n)
{
    for (int i = 0; i < n; i++) {
        dial(&clients[i]);
        greet(&clients[i]);
    }
    for (int i = 0; i < n; i++)
        expect_greeting(&clients[i]);
}

static void print_counts(const int *count)
{
    for (int k = 0; k < KINDS; k++)
        if (count[k] > 0)
            printf("%s %d\n", kind_names[k], count[k]);
}

static void summary(const struct client *clients, int n)
{
    int count[KINDS] = { 0 };
    uint64_t bytes = 0;

    for (int i = 0; i < n; i++) {
        count[clients[i].kind]++;
        bytes += clients[i].received;
    }
    print_counts(count);
    printf("bytes %" PRIu64 "\n", bytes);
}

/* run: all clients to their end, and the victims', one by one, to theirs. */
static void run(struct client *clients, struct pollfd *p, int n,
                const struct victim *victims, int victim_count)
{
    for (int i = 0; i < victim_count; i++)
        let_go(&victims[i]);
    while (count_open(clients, n, 0) > 0) {
        turn(clients, p, n, 0, 0);
        if (victim_count > 0 && chance(3) == 0)
            kill_victim(&victims[--victim_count]);
    }
    while (victim_count > 0)
        kill_victim(&victims[--victim_count]);
    announce("stuck");
    while (turn(clients, p, n, 0, 1) == 0)
        ;
    wait_for_line();
    for (int i = 0; i < n; i++)
        if (clients[i].kind == SLOW) {
            clients[i].total = clients[i].sent;
            set_buffers(clients[i].fd, 65536);
        }
    while (count_open(clients, n, 1) > 0)
        turn(clients, p, n, 1, 0);
}

static void crowd(int n)
{
    int victim_count = n / 8 / PER_VICTIM, killed = victim_count * PER_VICTIM;
    struct client *clients = calloc((size_t)n, sizeof *clients);
    struct pollfd *p = calloc((size_t)n + 1, sizeof *p);
    struct victim *victims = calloc((size_t)victim_count + 1, sizeof *victims);

    if (clients == NULL || p == NULL || victims == NULL)
        fail("calloc");
    choose(clients, n, killed);
    for (int i = 0; i < victim_count; i++)
        victims[i] = start_victim(clients + i * PER_VICTIM, PER_VICTIM);
    open_all(clients + killed, n - killed);
    for (int i = 0; i < victim_count; i++)
        expect_victim(&victims[i]);
    announce("open");
    wait_for_line();
    run(clients + killed, p, n - killed, victims, victim_count);
    summary(clients, n);
    free(clients);
    free(p);
    free(victims);
}

/* ---- one after another */

/* visit: one client, alone. Of ten, one leaves without a word, one sends an
 * RST and does not wait, two half-close, the others wait for their echo. */
static enum kind visit(int number)
{
    static const enum kind kinds[] = {
        LEAVES, RESET, HALF, HALF, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN
    };
    struct client c = { .number = number, .total = 1 + chance(200) };
    struct pollfd p = { .events = POLLIN };

    c.kind = kinds[chance(10)];
    dial(&c);
    if (c.kind != LEAVES)
        send_some(&c);
    if (c.kind == LEAVES || c.kind == RESET) {
        hang_up(&c, c.kind == RESET);
        return c.kind;
    }
    p.fd = c.fd;
    while (c.fd != -1) {
        if (poll(&p, 1, -1) == -1)
            fail("poll");
        finish(&c, receive_some(&c));
    }
    return c.kind;
}

static void queue(int n)
{
    int count[KINDS] = { 0 };

    for (int i = 0; i < n; i++) {
        if (i == n / 2)
            announce("half");
        count[visit(i)]++;
    }
    print_counts(count);
}

/* raise_limit: as many descriptors as the system lets us have. */
static void raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        fail("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        fail("setrlimit");
}

int main(int argc, char **argv)
{
    alarm(SECONDS);
    if (argc == 6) {
        resolve(argv[2], argv[3]);
        set_chance(argv[5]);
        raise_limit();
        if (strcmp(argv[1], "crowd") == 0)
            crowd(atoi(argv[4]));
        else if (strcmp(argv[1], "queue") == 0)
            queue(atoi(argv[4]));
        else
            argc = 0;
        freeaddrinfo(server);
    }
    if (argc != 6) {
        fputs("load: see the top of load.c\n", stderr);
        return 2;
    }
    return EXIT_SUCCESS;
}
