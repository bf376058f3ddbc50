/* line_server.c - Exercise 5.3b: take lines from a stream.
 * Answers each line with its number and its length. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "net.h"

/* The bytes of a connection that have been read, but not handed out. */
struct lines {
    int fd;
    size_t next, end;           /* from buf[next] to buf[end - 1] */
    char buf[64];
};

/* next_line: the next line, with its newline. A line longer than size
 * comes in parts; only the last part ends in '\n'. The very last line may
 * lack its newline. Nothing is added behind the line.
 * Returns how many bytes it has, 0 at the end, or -1 with read's errno. */
static ssize_t next_line(struct lines *l, char *line, size_t size)
{
    (void)l;                    /* yours begins here */
    (void)line;
    (void)size;
    errno = ENOSYS;
    return -1;
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

/* answer: the number of a line, its length, and its (last) n bytes. */
static void answer(int connfd, int number, size_t length,
                   const char *text, ssize_t n)
{
    if (dprintf(connfd, "line %d: %zu bytes: %.*s\n", number, length,
                (int)n, text) < 0)
        complain("write to the client");
}

/* answer_lines: answer each line of a client, to the end of the stream. */
static void answer_lines(int connfd)
{
    struct lines lines = { .fd = connfd };
    char line[64];
    size_t length = 0;          /* of what has come of this line */
    ssize_t n, last = 0;        /* ... and of its last part */
    int number = 0;

    while ((n = next_line(&lines, line, sizeof line)) > 0) {
        length += (size_t)n;
        last = n;
        if (line[n - 1] == '\n') {
            answer(connfd, ++number, length, line, n - 1);
            length = 0;
        }
    }
    if (n == -1)
        complain("read from the client");
    else if (length > 0)
        answer(connfd, ++number, length, line, last);
}

int main(int argc, char **argv)
{
    struct address here;

    address_from_args(&here, argc, argv, "Says how long each line is.");
    int listenfd = open_listener(&here);
    for (;;) {
        int connfd = accept(listenfd, NULL, NULL);
        if (connfd == -1) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;               /* nothing is lost: wait again */
            die("accept");
        }
        answer_lines(connfd);
        if (close(connfd) == -1)
            die("close the connected socket");
    }
}
