/* peer.c - the other end of the book's echo programs, for tests/programs.bats.
 *
 * usage: peer make BYTES                  write a known stream
 *        peer check BYTES                 read it; exit 0 if it is the same
 *        peer stream ADDRESS PORT BYTES   send it, and read it at once
 *        peer half ADDRESS PORT BYTES     send it all, shut down writing,
 *                                         and only then read it
 *        peer many ADDRESS PORT N         N connections open at once, each
 *                                         with a text of its own
 *        peer hold ADDRESS PORT           one echo, then wait for the end of
 *                                         standard input
 *        peer reset ADDRESS PORT          one echo, then end with an RST
 *        peer bound ADDRESS               print a port that is taken but has
 *                                         no listener; then wait as hold does
 * Exit 0 if all was as it should be; otherwise 1 and a line on stderr. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 1000003, CHUNK = 65536, SECONDS = 300 };

/* fail: say what went wrong, with errno if it is set; exit 1. */
__attribute__((format(printf, 1, 2)))
static _Noreturn void fail(const char *format, ...)
{
    int error = errno;
    va_list args;

    fputs("peer: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "%s%s\n", error != 0 ? ": " : "",
            error != 0 ? strerror(error) : "");
    exit(EXIT_FAILURE);
}

/* ---- the known stream: blocks of a prime length that hold all bytes, NUL
 * too, start with their number and end in the only newline */

struct stream {
    unsigned char block[BLOCK];
    size_t at;                          /* position in the block */
    uint32_t number;                    /* of the block */
};

static void stamp(struct stream *s)
{
    char number[9];

    snprintf(number, sizeof number, "%08x", (unsigned)s->number);
    memcpy(s->block, number, 8);
}

static void stream_init(struct stream *s)
{
    uint32_t x = 2463534242U;

    for (size_t i = 0; i < BLOCK; i++) {
        x ^= x << 13;                   /* Marsaglia's xorshift */
        x ^= x >> 17;
        x ^= x << 5;
        s->block[i] = (unsigned char)(x >> 24);
        if (s->block[i] == '\n')
            s->block[i] = '\0';
    }
    s->block[BLOCK - 1] = '\n';
    s->at = s->number = 0;
    stamp(s);
}

/* stream_next: the next bytes, at most max of them; advances. */
static const unsigned char *stream_next(struct stream *s, size_t max,
                                        size_t *n)
{
    if (s->at == BLOCK) {
        s->at = 0;
        s->number++;
        stamp(s);
    }
    *n = BLOCK - s->at < max ? BLOCK - s->at : max;
    s->at += *n;
    return s->block + s->at - *n;
}

/* stream_check: buf holds the next n bytes of the stream, or fail. */
static void stream_check(struct stream *s, const unsigned char *buf, size_t n,
                         uint64_t offset)
{
    while (n > 0) {
        size_t part;
        const unsigned char *want = stream_next(s, n, &part);
        for (size_t i = 0; memcmp(want, buf, part) != 0 && i < part; i++)
            if (want[i] != buf[i]) {
                errno = 0;
                fail("byte %llu is %02x and should be %02x",
                     (unsigned long long)(offset + i), buf[i], want[i]);
            }
        buf += part;
        n -= part;
        offset += part;
    }
}

/* all_came: got is what was sent, or fail. */
static void all_came(uint64_t got, uint64_t sent)
{
    errno = 0;
    if (got != sent)
        fail("%llu bytes came, and %llu were sent", (unsigned long long)got,
             (unsigned long long)sent);
}

/* ---- sockets and whole amounts */

static void write_all(int fd, const void *buf, size_t n)
{
    const unsigned char *from = buf;

    while (n > 0) {
        ssize_t put = write(fd, from, n);
        if (put == -1)
            fail("write");
        from += put;
        n -= (size_t)put;
    }
}

/* read_some: as read, but the end of file and errors are failures. */
static size_t read_some(int fd, void *buf, size_t n)
{
    ssize_t got = read(fd, buf, n);

    if (got == -1)
        fail("read");
    errno = 0;
    if (got == 0)
        fail("the server closed the connection too early");
    return (size_t)got;
}

static struct addrinfo *resolve(const char *host, const char *port)
{
    struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM
    };
    struct addrinfo *found;
    int error = getaddrinfo(host, port, &hints, &found);

    errno = 0;
    if (error != 0)
        fail("%s %s: %s", host, port, gai_strerror(error));
    return found;
}

static int dial(char **args)
{
    struct addrinfo *to = resolve(args[0], args[1]);
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);

    if (fd == -1)
        fail("socket");
    if (connect(fd, to->ai_addr, to->ai_addrlen) == -1)
        fail("connect");
    freeaddrinfo(to);
    return fd;
}

/* echo: send text, expect the same back. */
static void echo(int fd, const char *text, size_t n)
{
    char back[64] = { 0 };
    size_t got = 0;

    write_all(fd, text, n);
    while (got < n)
        got += read_some(fd, back + got, n - got);
    errno = 0;
    if (memcmp(back, text, n) != 0)
        fail("another text came back");
}

/* read_to_end: the rest of the stream, then the end of file. */
static void read_to_end(int fd, struct stream *s, uint64_t total)
{
    static unsigned char buf[CHUNK];
    uint64_t got = 0;
    ssize_t n;

    while ((n = read(fd, buf, sizeof buf)) > 0) {
        stream_check(s, buf, (size_t)n, got);
        got += (uint64_t)n;
    }
    if (n == -1)
        fail("read after %llu bytes", (unsigned long long)got);
    all_came(got, total);
}

/* announce: print one line now; somebody waits for it. */
static void announce(const char *line)
{
    puts(line);
    if (fflush(stdout) == EOF)
        fail("standard output");
}

static void wait_for_end_of_input(void)
{
    char c;

    while (read(STDIN_FILENO, &c, 1) > 0)
        ;
}

/* ---- what it can be asked for */

static struct stream sent, received;

static void make(char **args)
{
    uint64_t left = strtoull(args[0], NULL, 10);

    while (left > 0) {
        size_t n;
        const unsigned char *from =
            stream_next(&sent, left < CHUNK ? (size_t)left : CHUNK, &n);
        write_all(STDOUT_FILENO, from, n);
        left -= n;
    }
}

static void check(char **args)
{
    read_to_end(STDIN_FILENO, &received, strtoull(args[0], NULL, 10));
}

static void half(char **args)
{
    int fd = dial(args);
    uint64_t total = strtoull(args[2], NULL, 10), left = total;

    while (left > 0) {
        size_t n;
        const unsigned char *from =
            stream_next(&sent, left < CHUNK ? (size_t)left : CHUNK, &n);
        write_all(fd, from, n);
        left -= n;
    }
    if (shutdown(fd, SHUT_WR) == -1)
        fail("shutdown");
    announce("shut down");
    read_to_end(fd, &received, total);
}

/* pump: send what the socket takes; returns what is left to send. A part
 * that is not taken stays in *pending for the next time. */
static uint64_t pump(int fd, uint64_t left)
{
    static const unsigned char *pending;
    static size_t size;

    if (size == 0)
        pending = stream_next(&sent, left < CHUNK ? (size_t)left : CHUNK,
                              &size);
    ssize_t put = send(fd, pending, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put == -1 && errno != EAGAIN)
        fail("send");
    if (put > 0) {
        pending += put;
        size -= (size_t)put;
        left -= (uint64_t)put;
    }
    if (left == 0 && shutdown(fd, SHUT_WR) == -1)
        fail("shutdown");
    return left;
}

static void stream(char **args)
{
    static unsigned char buf[CHUNK];
    uint64_t total = strtoull(args[2], NULL, 10), left = total, got = 0;
    struct pollfd p = { .fd = dial(args), .events = POLLIN | POLLOUT };

    for (;;) {
        if (poll(&p, 1, -1) == -1)
            fail("poll");
        if ((p.revents & POLLOUT) != 0 && left > 0)
            left = pump(p.fd, left);
        if (left == 0)
            p.events = POLLIN;
        if ((p.revents & (POLLIN | POLLHUP | POLLERR)) == 0)
            continue;
        ssize_t n = recv(p.fd, buf, sizeof buf, MSG_DONTWAIT);
        if (n == 0)
            break;
        if (n == -1 && errno != EAGAIN)
            fail("recv after %llu bytes", (unsigned long long)got);
        if (n > 0) {
            stream_check(&received, buf, (size_t)n, got);
            got += (uint64_t)n;
        }
    }
    all_came(got, total);
}

static void many(char **args)
{
    int n = atoi(args[2]);
    int *fd = calloc((size_t)n, sizeof *fd);
    char text[32];

    if (fd == NULL)
        fail("calloc");
    for (int i = 0; i < n; i++)
        fd[i] = dial(args);
    for (int round = 0; round < 2; round++)
        for (int i = n; i-- > 0;) {
            int length = snprintf(text, sizeof text, "%d: client %d\n",
                                  round, i);
            echo(fd[i], text, (size_t)length);
        }
    announce("all open");
    wait_for_end_of_input();
    for (int i = 0; i < n; i++)
        close(fd[i]);
    free(fd);
}

static void hold(char **args)
{
    int fd = dial(args);

    echo(fd, "hold\n", 5);
    announce("echoed");
    wait_for_end_of_input();
    close(fd);
}

static void reset(char **args)
{
    int fd = dial(args);
    struct linger now = { .l_onoff = 1, .l_linger = 0 };

    echo(fd, "reset\n", 6);
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == -1)
        fail("SO_LINGER");
    close(fd);
}

static void bound(char **args)
{
    struct addrinfo *at = resolve(args[0], "0");
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    char port[sizeof "65535"];
    int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);

    if (fd == -1 || bind(fd, at->ai_addr, at->ai_addrlen) == -1)
        fail("bind");
    freeaddrinfo(at);
    if (getsockname(fd, (struct sockaddr *)&sa, &len) == -1)
        fail("getsockname");
    if (getnameinfo((struct sockaddr *)&sa, len, NULL, 0, port, sizeof port,
                    NI_NUMERICSERV) != 0)
        fail("getnameinfo");
    announce(port);
    wait_for_end_of_input();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int arguments;
        void (*run)(char **args);
    } jobs[] = {
        { "make", 1, make }, { "check", 1, check }, { "bound", 1, bound },
        { "stream", 3, stream }, { "half", 3, half }, { "many", 3, many },
        { "hold", 2, hold }, { "reset", 2, reset },
    };

    alarm(SECONDS);
    stream_init(&sent);
    stream_init(&received);
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
        if (argc >= 2 && strcmp(argv[1], jobs[i].name) == 0 &&
            argc == jobs[i].arguments + 2) {
            jobs[i].run(argv + 2);
            return EXIT_SUCCESS;
        }
    fputs("peer: see the top of peer.c\n", stderr);
    return 2;
}
