/* clients.c - many clients of an echo server, moved by lines of standard
 * input:
 *   connect N     N connections more, numbered on from the last
 *   echo K TEXT   send TEXT as a line on connection K, read a line
 *   send K TEXT   send it only
 *   bytes K TEXT  send TEXT as it is, no newline added; in it \n stands for
 *                 a newline and \0 for a zero byte
 *   fill K N      send N bytes without a newline
 *   drip K        send a byte again and again, until the peer has left
 *   chat K MS     exchange one short line after the other, for MS ms
 *   read K        read a line, or the end of the stream
 *   numbers K     read lines that count 1, 2, 3 ... to the end
 *   half K        send no more: shutdown(SHUT_WR)
 *   close K       close the connection
 *   reset K       close it with an RST
 *   visit N       N times: connect, echo a line, half, read the end, close
 * Each line is answered by one line. Connection K has port 41000 + K, and
 * little room to receive, so that who sends it much soon has to wait. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"

enum { PORTS = 41000, MANY = 1000, LINE = 4096, PAUSE = 50 };

/* The connections, from 1 on; fd is -1 where there is none. */
static struct connection {
    int fd;
    struct reader reader;
} connections[MANY + 1];
static int count;

/* connection: the open connection of that number, or NULL with a
 * message. */
static struct connection *connection(int k)
{
    if (k < 1 || k > count || connections[k].fd == -1) {
        printf("%d: not open\n", k);
        return NULL;
    }
    return &connections[k];
}

/* say_errno: what went wrong on connection k, by errno's name. */
static void say_errno(int k, const char *call)
{
    printf("%d: %s: %s\n", k, call, errno == ECONNREFUSED ? "ECONNREFUSED"
           : errno == ECONNRESET ? "ECONNRESET"
           : errno == EPIPE ? "EPIPE" : strerror(errno));
}

/* open_next: one more connection, from a port of its own. Returns 0, or
 * -1 with a message. */
static int open_next(const struct address *server)
{
    struct address here = *server;
    struct connection *c = &connections[count + 1];
    int on = 1, room = 16384;

    if (here.sa.ss_family != AF_INET || count == MANY) {
        puts("only IPv4, and at most 1000 connections");
        return -1;
    }
    ((struct sockaddr_in *)&here.sa)->sin_port =
        htons((in_port_t)(PORTS + count + 1));
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd == -1)
        die("socket");
    count++;
    reader_init(&c->reader, c->fd);
    if (setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1
        || setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room)
           == -1
        || bind(c->fd, (struct sockaddr *)&here.sa, here.len) == -1)
        die("bind port %d", PORTS + count);
    if (connect(c->fd, (const struct sockaddr *)&server->sa, server->len)
        == -1) {
        say_errno(count, "connect");
        close(c->fd);
        c->fd = -1;
        return -1;
    }
    return 0;
}

/* open_more: n connections more. */
static void open_more(const struct address *server, int n)
{
    for (int i = 0; i < n; i++)
        if (open_next(server) == -1)
            return;
    printf("connected %d\n", count);
}

/* send_all: n bytes on connection k. Returns 0, or -1 with a message. */
static int send_all(int k, const char *bytes, size_t n)
{
    struct connection *c = connection(k);

    if (c == NULL)
        return -1;
    if (writen(c->fd, bytes, n) == -1) {
        say_errno(k, "write");
        return -1;
    }
    return 0;
}

/* send_line: the text and a newline; returns as send_all does. */
static int send_line(int k, const char *text)
{
    char line[LINE + 1];
    int n = snprintf(line, sizeof line, "%s\n", text);

    return send_all(k, line, (size_t)n);
}

/* read_line: prints the next line of connection k, or how it ends. */
static void read_line(int k)
{
    char line[LINE];
    struct connection *c = connection(k);

    if (c == NULL)
        return;
    ssize_t n = readline(&c->reader, line, sizeof line);
    if (n == -1)
        say_errno(k, "read");
    else if (n == 0)
        printf("%d: end\n", k);
    else
        printf("%d: %.*s\n", k, (int)strcspn(line, "\n"), line);
}

/* send_bytes: the text, with \n and \0 in it as what they stand for. */
static void send_bytes(int k, const char *text)
{
    char bytes[LINE] = "";
    size_t n = 0;

    for (; *text != '\0'; text++) {
        int escape = *text == '\\' && (text[1] == 'n' || text[1] == '0');
        bytes[n++] = !escape ? *text : text[1] == 'n' ? '\n' : '\0';
        text += escape;
    }
    if (send_all(k, bytes, n) == 0)
        printf("%d: sent\n", k);
}

/* fill: send n bytes on connection k, in blocks. */
static void fill(int k, int n)
{
    char block[LINE];

    memset(block, 'x', sizeof block);
    for (; n > LINE; n -= LINE)
        if (send_all(k, block, sizeof block) == -1)
            return;
    if (n >= 0 && send_all(k, block, (size_t)n) == 0)
        printf("%d: sent\n", k);
}

/* drip: a byte on connection k every PAUSE ms, until the peer has left;
 * what it says is thrown away. */
static void drip(int k)
{
    struct connection *c = connection(k);
    char answer[LINE];

    if (c == NULL)
        return;
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    while (writen(c->fd, "x", 1) == 1)
        if (poll(&p, 1, PAUSE) == 1
            && read(c->fd, answer, sizeof answer) <= 0)
            break;
    printf("%d: dropped\n", k);
}

/* chat: send a line and read one on connection k, every PAUSE ms, for so
 * many ms. */
static void chat(int k, int ms)
{
    struct connection *c = connection(k);
    char line[LINE];

    for (; c != NULL && ms > 0; ms -= PAUSE) {
        if (send_line(k, "chat") == -1)
            return;
        if (readline(&c->reader, line, sizeof line) <= 0) {
            printf("%d: dropped\n", k);
            return;
        }
        poll(NULL, 0, PAUSE);
    }
    if (c != NULL)
        printf("%d: chatted\n", k);
}

/* read_numbers: reads connection k to its end. Prints how many bytes came,
 * how far their lines count, and the first that does not. */
static void read_numbers(int k)
{
    char line[LINE], odd[LINE] = "";
    struct connection *c = connection(k);
    long bytes = 0, last = 0;
    ssize_t n;

    if (c == NULL)
        return;
    while ((n = readline(&c->reader, line, sizeof line)) > 0) {
        bytes += n;
        if (*odd == '\0' && strtol(line, NULL, 10) == last + 1)
            last++;
        else if (*odd == '\0')
            snprintf(odd, sizeof odd, ", then %.*s",
                     (int)strcspn(line, "\n"), line);
    }
    if (n == -1)
        say_errno(k, "read");
    else
        printf("%d: %ld bytes, 1 to %ld%s\n", k, bytes, last, odd);
}

/* end_connection: close connection k; with an RST if so asked. */
static void end_connection(int k, int reset)
{
    struct linger linger = { .l_onoff = reset, .l_linger = 0 };
    struct connection *c = connection(k);

    if (c == NULL)
        return;
    if (setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger)
        == -1)
        die("setsockopt SO_LINGER");
    if (close(c->fd) == -1)
        die("close");
    c->fd = -1;
    printf("%d: closed\n", k);
}

/* half_close: no more is sent on connection k. */
static void half_close(int k)
{
    struct connection *c = connection(k);

    if (c == NULL)
        return;
    if (shutdown(c->fd, SHUT_WR) == -1)
        say_errno(k, "shutdown");
    else
        printf("%d: half\n", k);
}

/* visit: one client after the other comes, has a line answered, and leaves
 * when the server has closed its side. Stops at the first that fails. */
static void visit(const struct address *server, int n)
{
    char line[LINE];
    int i;

    for (i = 0; i < n; i++) {
        if (open_next(server) == -1)
            return;
        struct connection *c = &connections[count];
        if (send_line(count, "visitor") == -1)
            return;
        if (readline(&c->reader, line, sizeof line) <= 0
            || shutdown(c->fd, SHUT_WR) == -1
            || readline(&c->reader, line, sizeof line) != 0) {
            say_errno(count, "echo");
            return;
        }
        close(c->fd);
        c->fd = -1;
    }
    printf("visited %d\n", i);
}

/* obey: do what one line of input says. */
static void obey(const struct address *server, const char *line)
{
    char word[16] = "";
    int k = 0, at = 0;

    if (sscanf(line, "%15s %d%n", word, &k, &at) != 2 || k < 1) {
        printf("not understood: %s\n", line);
        return;
    }
    const char *text = line[at] == ' ' ? line + at + 1 : line + at;
    if (strcmp(word, "connect") == 0)
        open_more(server, k);
    else if (strcmp(word, "visit") == 0)
        visit(server, k);
    else if (strcmp(word, "read") == 0)
        read_line(k);
    else if (strcmp(word, "numbers") == 0)
        read_numbers(k);
    else if (strcmp(word, "half") == 0)
        half_close(k);
    else if (strcmp(word, "bytes") == 0)
        send_bytes(k, text);
    else if (strcmp(word, "fill") == 0)
        fill(k, atoi(text));
    else if (strcmp(word, "drip") == 0)
        drip(k);
    else if (strcmp(word, "chat") == 0)
        chat(k, atoi(text));
    else if (strcmp(word, "close") == 0 || strcmp(word, "reset") == 0)
        end_connection(k, *word == 'r');
    else if (strcmp(word, "send") == 0 && send_line(k, text) == 0)
        printf("%d: sent\n", k);
    else if (strcmp(word, "echo") == 0 && send_line(k, text) == 0)
        read_line(k);
    else if (strcmp(word, "send") != 0 && strcmp(word, "echo") != 0)
        printf("not understood: %s\n", line);
}

int main(int argc, char **argv)
{
    struct reader input;
    struct address server;
    char line[LINE];
    ssize_t n;

    address_from_args(&server, argc, argv,
                      "Many clients, moved by lines of input.");
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        die("signal SIGPIPE");
    setvbuf(stdout, NULL, _IOLBF, 0);
    reader_init(&input, STDIN_FILENO);
    while ((n = readline(&input, line, sizeof line)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        obey(&server, line);
    }
    if (n == -1)
        die("read standard input");
    return EXIT_SUCCESS;
}
