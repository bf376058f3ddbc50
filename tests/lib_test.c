/* lib_test.c - unit tests of the library (code/lib), with cmocka.
 *
 * Link with -Wl,--wrap=read,--wrap=write -lcmocka and libecho.a: every
 * read() and write() of the library and of this file goes through
 * __wrap_read and __wrap_write below, which can make a call short, fail or
 * be interrupted. CMOCKA_MESSAGE_OUTPUT=TAP makes the output TAP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"

enum { SECONDS = 60 };                  /* for all tests together */

/* ---- read and write under the tests' control */

/* A step of a script: what one call does. error: it fails with this errno;
 * otherwise it transfers at most limit bytes (0: it returns 0). */
struct step {
    size_t limit;
    int error;
};

struct script {
    const struct step *steps;
    size_t count, calls;
};

static struct script reads, writes;
static volatile sig_atomic_t interrupted;   /* real calls that met EINTR */

ssize_t __real_read(int fd, void *buf, size_t n);
ssize_t __real_write(int fd, const void *buf, size_t n);
ssize_t __wrap_read(int fd, void *buf, size_t n);
ssize_t __wrap_write(int fd, const void *buf, size_t n);

/* next_step: the script's next step, or NULL when it has come to its end. */
static const struct step *next_step(struct script *s)
{
    return s->calls++ < s->count ? &s->steps[s->calls - 1] : NULL;
}

ssize_t __wrap_read(int fd, void *buf, size_t n)
{
    const struct step *step = next_step(&reads);

    if (step != NULL && step->error != 0) {
        errno = step->error;
        return -1;
    }
    if (step != NULL && step->limit < n)
        n = step->limit;
    ssize_t got = __real_read(fd, buf, n);
    if (got == -1 && errno == EINTR)
        interrupted++;
    return got;
}

ssize_t __wrap_write(int fd, const void *buf, size_t n)
{
    const struct step *step = next_step(&writes);

    if (step != NULL && step->error != 0) {
        errno = step->error;
        return -1;
    }
    if (step != NULL && step->limit < n)
        n = step->limit;
    if (step != NULL && n == 0)
        return 0;
    ssize_t put = __real_write(fd, buf, n);
    if (put == -1 && errno == EINTR)
        interrupted++;
    return put;
}

#define SCRIPT(name, ...)                                               \
    do {                                                                \
        static const struct step steps_[] = { __VA_ARGS__ };            \
        name = (struct script){ steps_, sizeof steps_ / sizeof *steps_, \
                                0 };                                    \
    } while (0)

/* ---- a pipe and nothing scripted, before each test */

static int ends[2];                     /* [0] to read, [1] to write */

static int set_up(void **state)
{
    (void)state;
    reads = writes = (struct script){ NULL, 0, 0 };
    interrupted = 0;
    return pipe(ends);
}

/* close_end: close one end of the pipe, if it is still open. */
static void close_end(int which)
{
    if (ends[which] != -1)
        close(ends[which]);
    ends[which] = -1;
}

static int tear_down(void **state)
{
    (void)state;
    close_end(0);
    close_end(1);
    return 0;
}

/* feed: put n bytes into the pipe, unscripted. */
static void feed(const char *bytes, size_t n)
{
    assert_int_equal(__real_write(ends[1], bytes, n), n);
}

/* drained: what the pipe holds, unscripted, after closing its write end. */
static size_t drained(char *to, size_t size)
{
    size_t n = 0;
    ssize_t got;

    close_end(1);
    while ((got = __real_read(ends[0], to + n, size - n)) > 0)
        n += (size_t)got;
    assert_int_equal(got, 0);
    return n;
}

/* pattern: n bytes that differ from place to place and hold NULs. */
static void pattern(char *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(i * 7 + i / 256);
}

/* ---- a timer that interrupts slow system calls */

static timer_t timer;
static void (*on_tick)(void);

static void tick(int signo)
{
    int saved = errno;

    (void)signo;
    on_tick();
    errno = saved;
}

/* start_timer: call f in a handler without SA_RESTART every millisecond. */
static void start_timer(void (*f)(void))
{
    struct sigaction act = { .sa_handler = tick };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = SIGUSR1 };
    struct itimerspec ms = { { 0, 1000000 }, { 0, 1000000 } };

    on_tick = f;
    sigemptyset(&act.sa_mask);
    assert_int_equal(sigaction(SIGUSR1, &act, NULL), 0);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    assert_int_equal(timer_settime(timer, 0, &ms, NULL), 0);
}

static void stop_timer(void)
{
    struct sigaction act = { .sa_handler = SIG_IGN };

    timer_delete(timer);
    sigaction(SIGUSR1, &act, NULL);
}

/* ---- readn */

static void readn_joins_short_reads(void **state)
{
    char buf[10];

    (void)state;
    SCRIPT(reads, { 1, 0 }, { 3, 0 }, { 2, 0 });
    feed("0123456789", 10);
    assert_int_equal(readn(ends[0], buf, 10), 10);
    assert_memory_equal(buf, "0123456789", 10);
    assert_int_equal(reads.calls, 4);
}

static void readn_reads_no_more_than_n(void **state)
{
    char buf[8] = "-------";

    (void)state;
    SCRIPT(reads, { 1, 0 });            /* nor after a short read */
    feed("abcdef", 6);
    assert_int_equal(readn(ends[0], buf, 4), 4);
    assert_string_equal(buf, "abcd---");
    assert_int_equal(readn(ends[0], buf, 2), 2);
    assert_string_equal(buf, "efcd---");
}

static void readn_returns_less_at_eof(void **state)
{
    char buf[10];

    (void)state;
    feed("abc", 3);
    close_end(1);
    assert_int_equal(readn(ends[0], buf, 10), 3);
    assert_memory_equal(buf, "abc", 3);
    assert_int_equal(readn(ends[0], buf, 10), 0);
}

static void readn_of_nothing_reads_nothing(void **state)
{
    (void)state;
    assert_int_equal(readn(ends[0], NULL, 0), 0);
    assert_int_equal(reads.calls, 0);
}

static void readn_survives_scripted_eintr(void **state)
{
    char buf[6];

    (void)state;
    SCRIPT(reads, { 0, EINTR }, { 2, 0 }, { 0, EINTR }, { 0, EINTR });
    feed("abcdef", 6);
    assert_int_equal(readn(ends[0], buf, 6), 6);
    assert_memory_equal(buf, "abcdef", 6);
    assert_int_equal(reads.calls, 5);
}

static void readn_reports_an_error(void **state)
{
    char buf[6];

    (void)state;
    errno = 0;
    assert_int_equal(readn(-1, buf, 6), -1);
    assert_int_equal(errno, EBADF);
    SCRIPT(reads, { 2, 0 }, { 0, ECONNRESET });
    feed("abcdef", 6);
    assert_int_equal(readn(ends[0], buf, 6), -1);
    assert_int_equal(errno, ECONNRESET);
}

/* send_after_two: when two calls were interrupted, send what they want. */
static void send_after_two(void)
{
    if (interrupted == 2) {
        interrupted++;
        (void)!__real_write(ends[1], "late\n", 5);
    }
}

static void readn_survives_real_signals(void **state)
{
    char buf[5];

    (void)state;
    start_timer(send_after_two);
    ssize_t got = readn(ends[0], buf, 5);
    stop_timer();
    assert_int_equal(got, 5);
    assert_memory_equal(buf, "late\n", 5);
    assert_true(interrupted > 2);
}

/* ---- writen */

static void writen_joins_short_writes(void **state)
{
    char buf[20];

    (void)state;
    SCRIPT(writes, { 1, 0 }, { 4, 0 }, { 2, 0 });
    assert_int_equal(writen(ends[1], "0123456789", 10), 10);
    assert_int_equal(writes.calls, 4);
    assert_int_equal(drained(buf, sizeof buf), 10);
    assert_memory_equal(buf, "0123456789", 10);
}

static void writen_keeps_nul_bytes(void **state)
{
    char sent[1000], buf[1001];

    (void)state;
    pattern(sent, sizeof sent);
    assert_non_null(memchr(sent, '\0', sizeof sent));
    assert_int_equal(writen(ends[1], sent, sizeof sent), sizeof sent);
    assert_int_equal(drained(buf, sizeof buf), sizeof sent);
    assert_memory_equal(buf, sent, sizeof sent);
}

static void writen_of_nothing_writes_nothing(void **state)
{
    (void)state;
    assert_int_equal(writen(ends[1], NULL, 0), 0);
    assert_int_equal(writes.calls, 0);
}

static void writen_survives_scripted_eintr(void **state)
{
    char buf[20];

    (void)state;
    SCRIPT(writes, { 0, EINTR }, { 2, 0 }, { 0, EINTR });
    assert_int_equal(writen(ends[1], "abcdef", 6), 6);
    assert_int_equal(writes.calls, 4);
    assert_int_equal(drained(buf, sizeof buf), 6);
    assert_memory_equal(buf, "abcdef", 6);
}

static void writen_gives_up_when_nothing_moves(void **state)
{
    (void)state;
    SCRIPT(writes, { 2, 0 }, { 0, 0 });
    errno = 0;
    assert_int_equal(writen(ends[1], "abcdef", 6), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(writes.calls, 2);
}

static void writen_reports_an_error(void **state)
{
    (void)state;
    errno = 0;
    assert_int_equal(writen(-1, "abc", 3), -1);
    assert_int_equal(errno, EBADF);
    SCRIPT(writes, { 2, 0 }, { 0, ENOSPC });
    assert_int_equal(writen(ends[1], "abcdef", 6), -1);
    assert_int_equal(errno, ENOSPC);
}

static void writen_reports_epipe(void **state)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, old;

    (void)state;
    assert_int_equal(sigaction(SIGPIPE, &ignore, &old), 0);
    close_end(0);
    errno = 0;
    ssize_t put = writen(ends[1], "abc", 3);
    int error = errno;
    assert_int_equal(sigaction(SIGPIPE, &old, NULL), 0);
    assert_int_equal(put, -1);
    assert_int_equal(error, EPIPE);
}

enum { LARGE = 300000 };                /* more than a pipe holds */
static char large[LARGE], arrived[LARGE];
static size_t arrived_count;

/* drain_after_two: when two calls were interrupted, begin to empty. */
static void drain_after_two(void)
{
    if (interrupted >= 2) {
        ssize_t got = __real_read(ends[0], arrived + arrived_count,
                                  LARGE - arrived_count);
        if (got > 0)
            arrived_count += (size_t)got;
    }
}

static void writen_survives_real_signals(void **state)
{
    (void)state;
    int flags = fcntl(ends[0], F_GETFL);
    assert_int_equal(fcntl(ends[0], F_SETFL, flags | O_NONBLOCK), 0);
    pattern(large, LARGE);
    arrived_count = 0;
    start_timer(drain_after_two);
    ssize_t put = writen(ends[1], large, LARGE);
    stop_timer();
    assert_int_equal(put, LARGE);
    drain_after_two();
    while (arrived_count < LARGE) {
        size_t before = arrived_count;
        drain_after_two();
        assert_true(arrived_count > before);
    }
    assert_memory_equal(arrived, large, LARGE);
    assert_true(interrupted >= 2);
}

/* ---- readline */

static struct reader reader;
static char line[10000];

/* expect_line: the next line, read with room for size bytes. */
static void expect_line(size_t size, const char *text, size_t n)
{
    memset(line, '#', sizeof line);
    assert_int_equal(readline(&reader, line, size), n);
    assert_memory_equal(line, text, n);
    assert_int_equal(line[n], '\0');
    assert_int_equal(line[n + 1], '#');
}

static void expect_eof(void)
{
    assert_int_equal(readline(&reader, line, sizeof line), 0);
    assert_int_equal(line[0], '\0');
}

static void readline_gives_line_after_line(void **state)
{
    (void)state;
    feed("one\n\nthree\n", 11);
    close_end(1);
    reader_init(&reader, ends[0]);
    expect_line(100, "one\n", 4);
    expect_line(100, "\n", 1);
    expect_line(100, "three\n", 6);
    assert_int_equal(reads.calls, 1);   /* it is buffered */
    expect_eof();
}

static void readline_joins_short_reads(void **state)
{
    (void)state;
    SCRIPT(reads, { 1, 0 }, { 2, 0 }, { 3, 0 }, { 1, 0 });
    feed("first\nsecond\n", 13);
    reader_init(&reader, ends[0]);
    expect_line(100, "first\n", 6);
    assert_int_equal(reads.calls, 3);
    expect_line(100, "second\n", 7);
}

static void readline_keeps_nul_bytes(void **state)
{
    (void)state;
    feed("a\0b\0\n\0\n", 7);
    reader_init(&reader, ends[0]);
    expect_line(100, "a\0b\0\n", 5);
    expect_line(100, "\0\n", 2);
}

static void readline_takes_hangul_as_bytes(void **state)
{
    (void)state;
    feed("안녕하세요\n", 16);
    reader_init(&reader, ends[0]);
    expect_line(100, "안녕하세요\n", 16);
}

static void readline_cuts_long_lines_into_parts(void **state)
{
    (void)state;
    feed("abcdefghij\nk\n", 13);
    reader_init(&reader, ends[0]);
    expect_line(5, "abcd", 4);
    expect_line(5, "efgh", 4);
    expect_line(5, "ij\n", 3);
    expect_line(5, "k\n", 2);
}

static void readline_with_exactly_enough_room(void **state)
{
    (void)state;
    feed("abc\nabcd\nxy\n", 12);
    reader_init(&reader, ends[0]);
    expect_line(5, "abc\n", 4);
    expect_line(5, "abcd", 4);
    expect_line(5, "\n", 1);
    expect_line(2, "x", 1);
    expect_line(2, "y", 1);
    expect_line(2, "\n", 1);
}

static void readline_beyond_the_readers_buffer(void **state)
{
    static char sent[9001];

    (void)state;
    memset(sent, 'x', sizeof sent);
    sent[4095] = 'y';
    sent[4096] = 'z';
    sent[9000] = '\n';
    feed(sent, sizeof sent);
    feed("next\n", 5);
    reader_init(&reader, ends[0]);
    expect_line(sizeof line, sent, sizeof sent);
    assert_int_equal(reads.calls, 3);
    expect_line(sizeof line, "next\n", 5);
}

static void readline_when_buffer_ends_at_newline(void **state)
{
    static char sent[4096];

    (void)state;
    memset(sent, 'x', sizeof sent);
    sent[4095] = '\n';
    feed(sent, sizeof sent);
    feed("y\n", 2);
    reader_init(&reader, ends[0]);
    expect_line(sizeof line, sent, sizeof sent);
    assert_int_equal(reads.calls, 1);   /* it did not wait for more */
    expect_line(sizeof line, "y\n", 2);
}

static void readline_gives_last_line_without_newline(void **state)
{
    (void)state;
    feed("whole\nlast", 10);
    close_end(1);
    reader_init(&reader, ends[0]);
    expect_line(100, "whole\n", 6);
    expect_line(100, "last", 4);
    expect_eof();
    expect_eof();
}

static void readline_survives_scripted_eintr(void **state)
{
    (void)state;
    SCRIPT(reads, { 0, EINTR }, { 3, 0 }, { 0, EINTR }, { 0, EINTR });
    feed("abcdef\n", 7);
    reader_init(&reader, ends[0]);
    expect_line(100, "abcdef\n", 7);
    assert_int_equal(reads.calls, 5);
}

static void readline_survives_real_signals(void **state)
{
    (void)state;
    reader_init(&reader, ends[0]);
    start_timer(send_after_two);
    ssize_t got = readline(&reader, line, sizeof line);
    stop_timer();
    assert_int_equal(got, 5);
    assert_string_equal(line, "late\n");
    assert_true(interrupted > 2);
}

static void readline_reports_an_error(void **state)
{
    (void)state;
    SCRIPT(reads, { 6, 0 }, { 0, ECONNRESET });
    feed("one\ntwo\n", 8);
    reader_init(&reader, ends[0]);
    expect_line(100, "one\n", 4);
    errno = 0;
    assert_int_equal(readline(&reader, line, sizeof line), -1);
    assert_int_equal(errno, ECONNRESET);
    expect_line(100, "o\n", 2);         /* "tw" went with the error */
}

static void readline_needs_room(void **state)
{
    (void)state;
    feed("a\n", 2);
    reader_init(&reader, ends[0]);
    for (size_t size = 0; size < 2; size++) {
        errno = 0;
        assert_int_equal(readline(&reader, line, size), -1);
        assert_int_equal(errno, EINVAL);
    }
    assert_int_equal(reads.calls, 0);
    expect_line(100, "a\n", 2);
}

/* ---- addresses */

/* expect_text: the texts make an address of that family, and it prints. */
static void expect_text(const char *host, const char *port, int family,
                        const char *printed)
{
    struct address a = {0};
    char text[ADDRESS_TEXT];

    assert_int_equal(address_from_text(&a, host, port), 0);
    assert_int_equal(a.sa.ss_family, family);
    assert_string_equal(address_to_text(&a, text), printed);
}

static void addresses_v4(void **state)
{
    struct address a;

    (void)state;
    expect_text("127.0.0.1", "9877", AF_INET, "127.0.0.1:9877");
    expect_text("0.0.0.0", "0", AF_INET, "0.0.0.0:0");
    expect_text("255.255.255.255", "65535", AF_INET,
                "255.255.255.255:65535");
    assert_int_equal(address_from_text(&a, "127.0.0.1", "9877"), 0);
    assert_int_equal(a.len, sizeof(struct sockaddr_in));
    struct sockaddr_in in;
    memcpy(&in, &a.sa, sizeof in);
    assert_int_equal(in.sin_port, htons(9877));
    assert_int_equal(in.sin_addr.s_addr, htonl(0x7f000001));
}

static void addresses_v6(void **state)
{
    struct address a;

    (void)state;
    expect_text("::1", "9877", AF_INET6, "[::1]:9877");
    expect_text("::", "1", AF_INET6, "[::]:1");
    expect_text("2001:DB8:0:0:0:0:0:1", "80", AF_INET6,
                "[2001:db8::1]:80");
    expect_text("::ffff:192.0.2.1", "7", AF_INET6, "[::ffff:192.0.2.1]:7");
    assert_int_equal(address_from_text(&a, "::1", "9877"), 0);
    assert_int_equal(a.len, sizeof(struct sockaddr_in6));
}

/* expect_bad: refused with that code, and the address is left alone. */
static void expect_bad(const char *host, const char *port, int code)
{
    struct address a, before;

    memset(&a, 0x5a, sizeof a);
    memcpy(&before, &a, sizeof a);
    assert_int_equal(address_from_text(&a, host, port), code);
    assert_memory_equal(&a, &before, sizeof a);
}

static void bad_addresses(void **state)
{
    static const char *const hosts[] = {
        "", "localhost", "9877", "127.1", "0x7f.0.0.1", "127.0.0.256",
        "127.0.0.1.", " 127.0.0.1", "127.0.0.1:9877", ":::", "::1]", "[::1]",
        "12345::", "*", "a:b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        expect_bad(hosts[i], "9877", EAI_NONAME);
}

static void bad_ports(void **state)
{
    static const char *const ports[] = {
        "", "abc", "http", "-1", "+1", " 1", "1 ", "1.5", "0x10", "65536",
        "99999", "70000", "000080", "4294967297",
    };

    (void)state;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        expect_bad("127.0.0.1", ports[i], EAI_SERVICE);
}

static void to_text_without_an_address(void **state)
{
    struct address a = { .len = 0 };
    char text[ADDRESS_TEXT];

    (void)state;
    assert_ptr_equal(address_to_text(&a, text), text);
    assert_string_equal(text, "unknown address");
}

static void to_text_keeps_errno(void **state)
{
    struct address a;
    char text[ADDRESS_TEXT];

    (void)state;                        /* no interface has this number */
    assert_int_equal(address_from_text(&a, "fe80::1%2147483646", "1"), 0);
    errno = EADDRINUSE;
    address_to_text(&a, text);
    assert_int_equal(errno, EADDRINUSE);
    assert_string_equal(text, "[fe80::1%2147483646]:1");
}

/* ---- functions that end the program: run in a child */

static char out[4096], err[4096];       /* what the child wrote */

/* slurp: all of what comes from fd, as a string; closes fd. */
static void slurp(int fd, char *to, size_t size)
{
    size_t n = 0;
    ssize_t got;

    while ((got = __real_read(fd, to + n, size - 1 - n)) > 0)
        n += (size_t)got;
    to[n] = '\0';
    close(fd);
}

/* expect_exit: call f in a child; it exits with that status. The stdio
 * buffers are emptied first, or the child would print them once more. */
static void expect_exit(void (*f)(void), int wanted)
{
    int o[2], e[2], status;

    fflush(NULL);
    assert_int_equal(pipe(o), 0);
    assert_int_equal(pipe(e), 0);
    pid_t pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0) {                     /* the child owns all write ends */
        dup2(o[1], STDOUT_FILENO);
        dup2(e[1], STDERR_FILENO);
        close(o[0]), close(o[1]), close(e[0]), close(e[1]);
        f();
        _exit(99);                      /* f should not have returned */
    }
    close(o[1]);
    close(e[1]);
    slurp(o[0], out, sizeof out);
    slurp(e[0], err, sizeof err);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), wanted);
}

static void call_die(void)
{
    die_name("./some/where/echo_server1");
    printf("kept");                     /* die must not lose it */
    errno = EADDRINUSE;
    die("bind %s:%d", "127.0.0.1", 9877);
}

static void die_names_program_call_and_errno(void **state)
{
    (void)state;
    expect_exit(call_die, 1);
    assert_string_equal(err, "echo_server1: bind 127.0.0.1:9877: "
                             "EADDRINUSE (Address already in use)\n");
    assert_string_equal(out, "kept");
}

static void call_die_with_address(void)
{
    struct address a = { .len = 0 };
    char text[ADDRESS_TEXT];

    die_name("p");
    errno = ENETUNREACH;
    die("connect %s", address_to_text(&a, text));
}

static void die_prints_the_first_errno(void **state)
{
    (void)state;
    expect_exit(call_die_with_address, 1);
    assert_string_equal(err, "p: connect unknown address: "
                             "ENETUNREACH (Network is unreachable)\n");
}

static void call_complain(void)
{
    die_name("p");
    errno = 4095;                       /* no such error */
    complain("odd");
    errno = EINTR;
    complain("accept");
    _exit(errno == EINTR ? 7 : 8);
}

static void complain_goes_on_and_keeps_errno(void **state)
{
    (void)state;
    expect_exit(call_complain, 7);
    assert_string_equal(err, "p: odd: unknown errno (Unknown error 4095)\n"
                             "p: accept: EINTR (Interrupted system call)\n");
}

static void call_complain_scripted(void)
{
    die_name("p");
    errno = EPERM;
    complain("whole");
    if (writes.calls != 1)
        _exit(8);                       /* not in one write */
    SCRIPT(writes, { 3, 0 }, { 0, EINTR });
    complain("pieces");
    _exit(writes.calls == 3 ? 0 : 9);
}

static void complain_is_one_write(void **state)
{
    (void)state;
    expect_exit(call_complain_scripted, 0);
    assert_string_equal(err, "p: whole: EPERM (Operation not permitted)\n"
                             "p: pieces: EPERM (Operation not permitted)\n");
}

static void call_complain_at_length(void)
{
    char *much = malloc(5001);

    die_name("p");
    if (much == NULL)
        _exit(98);
    memset(much, 'x', 5000);
    much[5000] = '\0';
    complain("%s", much);
    free(much);
    _exit(0);
}

static void complain_cuts_what_is_too_long(void **state)
{
    (void)state;
    expect_exit(call_complain_at_length, 0);
    size_t n = strlen(err);
    assert_in_range(n, 1000, 1024);
    assert_int_equal(err[n - 1], '\n');
    assert_null(memchr(err, '\n', n - 1));
    assert_memory_equal(err, "p: xxx", 6);
}

static void call_complain_without_stderr(void)
{
    close(STDERR_FILENO);
    errno = EPERM;
    complain("nobody hears this");
    _exit(errno == EPERM ? 0 : 8);
}

static void complain_without_stderr(void **state)
{
    (void)state;
    expect_exit(call_complain_without_stderr, 0);
}

static void call_note(void)
{
    die_name("p");
    errno = EMFILE;
    note("%d clients", 3);
    complain("accept");                 /* note has kept errno */
    _exit(0);
}

static void note_is_without_errno_and_keeps_it(void **state)
{
    (void)state;
    expect_exit(call_note, 0);
    assert_string_equal(err, "p: 3 clients\n"
                             "p: accept: EMFILE (Too many open files)\n");
    assert_string_equal(out, "");
}

static void call_die_usage(void)
{
    die_name("/usr/bin/p");
    errno = EPERM;
    die_usage("port '%s' is no number", "abc");
}

static void die_usage_exits_2_without_errno(void **state)
{
    (void)state;
    expect_exit(call_die_usage, 2);
    assert_string_equal(err, "p: port 'abc' is no number\n");
    assert_string_equal(out, "");
}

static void names_of_programs(void **state)
{
    (void)state;
    assert_string_equal(die_name("a/b"), "b");
    assert_string_equal(die_name("c"), "c");
    assert_string_equal(die_name(NULL), "c");
}

/* ---- address_from_args */

static const char *args[5];             /* the child's argv, NULL at the end */

static void call_from_args(void)
{
    struct address a;
    char text[ADDRESS_TEXT], *argv[5];
    int argc = 0;

    for (; args[argc] != NULL; argc++)
        argv[argc] = strdup(args[argc]);
    argv[argc] = NULL;
    address_from_args(&a, argc, argv, "What it does.");
    printf("%s", address_to_text(&a, text));
    fflush(stdout);
    while (argc > 0)
        free(argv[--argc]);
    _exit(0);
}

/* expect_args: `program one two three` exits with that status; it writes
 * text and nothing else (on stdout for status 0, else on stderr). */
static void expect_args(const char *one, const char *two, const char *three,
                        int status, const char *text)
{
    args[0] = "bin/program";
    args[1] = one;
    args[2] = two;
    args[3] = three;
    expect_exit(call_from_args, status);
    assert_string_equal(status == 0 ? out : err, text);
    assert_string_equal(status == 0 ? err : out, "");
}

static void args_good(void **state)
{
    (void)state;
    expect_args(NULL, NULL, NULL, 0, "127.0.0.1:9877");
    expect_args("0.0.0.0", NULL, NULL, 0, "0.0.0.0:9877");
    expect_args("::1", "80", NULL, 0, "[::1]:80");
    expect_args("--", "::1", "80", 0, "[::1]:80");
}

static void args_help(void **state)
{
    (void)state;
    expect_args("-h", NULL, NULL, 0,
                "usage: program [address] [port]\n"
                "What it does.\n"
                "address: IPv4 or IPv6 (default 127.0.0.1)\n"
                "port: 0 to 65535 (default 9877)\n");
}

static void args_bad(void **state)
{
    (void)state;
    expect_args("localhost", NULL, NULL, 2, "program: address 'localhost' "
                "is no IPv4 or IPv6 address in numbers\n");
    expect_args("9877", NULL, NULL, 2, "program: address '9877' "
                "is no IPv4 or IPv6 address in numbers\n");
    expect_args("::1", "abc", NULL, 2, "program: port 'abc' "
                "is no number from 0 to 65535\n");
    expect_args("::1", "-1", NULL, 2, "program: port '-1' "
                "is no number from 0 to 65535\n");
    expect_args("::1", "80", "90", 2, "program: one argument too many: "
                "'90' (-h explains)\n");
    expect_args("-x", NULL, NULL, 2, "program: unknown option '-x' "
                "(-h explains)\n");
}

/* a program with options of its own */

static char *operands[4];

static void call_operands(void)
{
    struct address a;
    char text[ADDRESS_TEXT];

    die_name("bin/other");
    address_from_operands(&a, operands);
    printf("%s", address_to_text(&a, text));
    fflush(stdout);
    _exit(0);
}

static void operands_after_options(void **state)
{
    char host[] = "::1", port[] = "80", more[] = "90";

    (void)state;
    operands[0] = NULL;
    expect_exit(call_operands, 0);
    assert_string_equal(out, "127.0.0.1:9877");
    operands[0] = host;
    operands[1] = NULL;
    expect_exit(call_operands, 0);
    assert_string_equal(out, "[::1]:9877");
    operands[1] = port;
    operands[2] = NULL;
    expect_exit(call_operands, 0);
    assert_string_equal(out, "[::1]:80");
    operands[2] = more;
    operands[3] = NULL;
    expect_exit(call_operands, 2);
    assert_string_equal(err, "other: one argument too many: '90' "
                             "(-h explains)\n");
}

static void call_usage(void)
{
    die_name("bin/other");
    address_usage("[-v] ", "What it does.\n-v: say more");
}

static void usage_with_options(void **state)
{
    (void)state;
    expect_exit(call_usage, 0);
    assert_string_equal(out, "usage: other [-v] [address] [port]\n"
                             "What it does.\n"
                             "-v: say more\n"
                             "address: IPv4 or IPv6 (default 127.0.0.1)\n"
                             "port: 0 to 65535 (default 9877)\n");
    assert_string_equal(err, "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(readn_joins_short_reads),
        TEST(readn_reads_no_more_than_n),
        TEST(readn_returns_less_at_eof),
        TEST(readn_of_nothing_reads_nothing),
        TEST(readn_survives_scripted_eintr),
        TEST(readn_reports_an_error),
        TEST(readn_survives_real_signals),
        TEST(writen_joins_short_writes),
        TEST(writen_keeps_nul_bytes),
        TEST(writen_of_nothing_writes_nothing),
        TEST(writen_survives_scripted_eintr),
        TEST(writen_gives_up_when_nothing_moves),
        TEST(writen_reports_an_error),
        TEST(writen_reports_epipe),
        TEST(writen_survives_real_signals),
        TEST(readline_gives_line_after_line),
        TEST(readline_joins_short_reads),
        TEST(readline_keeps_nul_bytes),
        TEST(readline_takes_hangul_as_bytes),
        TEST(readline_cuts_long_lines_into_parts),
        TEST(readline_with_exactly_enough_room),
        TEST(readline_beyond_the_readers_buffer),
        TEST(readline_when_buffer_ends_at_newline),
        TEST(readline_gives_last_line_without_newline),
        TEST(readline_survives_scripted_eintr),
        TEST(readline_survives_real_signals),
        TEST(readline_reports_an_error),
        TEST(readline_needs_room),
        TEST(addresses_v4),
        TEST(addresses_v6),
        TEST(bad_addresses),
        TEST(bad_ports),
        TEST(to_text_without_an_address),
        TEST(to_text_keeps_errno),
        TEST(die_names_program_call_and_errno),
        TEST(die_prints_the_first_errno),
        TEST(complain_goes_on_and_keeps_errno),
        TEST(complain_is_one_write),
        TEST(complain_cuts_what_is_too_long),
        TEST(complain_without_stderr),
        TEST(note_is_without_errno_and_keeps_it),
        TEST(die_usage_exits_2_without_errno),
        TEST(names_of_programs),
        TEST(args_good),
        TEST(args_help),
        TEST(args_bad),
        TEST(operands_after_options),
        TEST(usage_with_options),
    };

    alarm(SECONDS);                     /* a test that hangs is killed */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
