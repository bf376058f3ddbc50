/* WRONG, fails "answers": the connection is closed before the fork. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"

/* str_echo: send back what comes, until the client's end of file. */
static void str_echo(int connfd)
{
    char buf[4096];

    for (;;) {
        ssize_t n = read(connfd, buf, sizeof buf);
        if (n > 0) {
            if (writen(connfd, buf, (size_t)n) == -1)
                die("write to the client");
        } else if (n == 0) {
            return;                     /* the client has sent its FIN */
        } else if (errno != EINTR) {
            die("read from the client");
        }
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

int main(int argc, char **argv)
{
    struct address here;

    address_from_args(&here, argc, argv,
                      "Sends every client its own bytes back.");
    int listenfd = open_listener(&here);
    for (;;) {
        int connfd = accept(listenfd, NULL, NULL);
        if (connfd == -1) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;               /* nothing is lost: wait again */
            die("accept");
        }
        if (close(connfd) == -1)
            die("close the connected socket");
        switch (fork()) {
        case -1:                        /* no child: refuse this client */
            complain("fork");
            break;
        case 0:                         /* the child */
            str_echo(connfd);
            exit(EXIT_SUCCESS);
        default:                        /* the parent */
            break;
        }
    }
}
