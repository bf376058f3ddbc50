/* WRONG, fails "returns": it returns what the last write wrote. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "net.h"

static ssize_t writen(int fd, const void *buf, size_t n)
{
    const char *from = buf;
    ssize_t put = 0;

    for (size_t left = n; left > 0; ) {
        put = write(fd, from, left);
        if (put >= 0) {
            from += put;
            left -= (size_t)put;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return put;
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

/* send_numbers: all of them, through a small buffer; then it closes. */
static void send_numbers(int connfd, int client, const char *text,
                         size_t size)
{
    int room = 4096;

    if (setsockopt(connfd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == -1)
        die("setsockopt SO_SNDBUF");
    ssize_t n = writen(connfd, text, size);
    if (n == -1)
        complain("write to client %d", client);
    else
        note("client %d: writen returned %zd", client, n);
    if (close(connfd) == -1)
        die("close client %d", client);
}

int main(int argc, char **argv)
{
    static char text[6 * 20000];
    struct address here;
    int size = 0, client = 0;

    for (int i = 1; i <= 20000; i++)
        size += sprintf(text + size, "%d\n", i);
    text[size] = '!';               /* so it is no string: size counts */
    address_from_args(&here, argc, argv, "Sends the numbers to 20000.");
    int listenfd = open_listener(&here);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        die("signal SIGPIPE");
    for (;;) {
        int connfd = accept(listenfd, NULL, NULL);
        if (connfd == -1) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;               /* nothing is lost: wait again */
            die("accept");
        }
        send_numbers(connfd, ++client, text, (size_t)size);
    }
}
