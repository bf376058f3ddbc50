/* accept_probe.c - a server by hand. Each line of standard input names
 * one call; the program makes it and prints what it returned. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"

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

/* report: print what a call returned. */
static void report(const char *call, ssize_t result)
{
    if (result == -1)
        complain("%s", call);
    else
        printf("%s: %zd\n", call, result);
}

/* probe: make one call, on the listening or the connected socket. */
static void probe(const char *call, int listenfd, int *connfd)
{
    struct address peer = { .len = sizeof peer.sa };
    char buf[80];

    if (strcmp(call, "accept") == 0) {
        if (*connfd != -1 && close(*connfd) == -1)
            die("close");
        *connfd = accept(listenfd, (struct sockaddr *)&peer.sa, &peer.len);
        report(call, *connfd);
        if (*connfd != -1)
            printf("from %s\n", address_to_text(&peer, buf));
    } else if (strcmp(call, "getpeername") == 0) {
        report(call, getpeername(*connfd, (struct sockaddr *)&peer.sa,
                                 &peer.len));
    } else if (strcmp(call, "read") == 0) {
        report(call, read(*connfd, buf, sizeof buf));
    } else if (strcmp(call, "write") == 0) {
        sigpipe_came = 0;
        report(call, write(*connfd, "x", 1));
        if (sigpipe_came)
            puts("and SIGPIPE came");
    } else {
        fputs("type accept, getpeername, read or write\n", stderr);
    }
}

int main(int argc, char **argv)
{
    struct address here;
    struct reader input;
    char line[80];
    ssize_t n;
    int connfd = -1;            /* none yet */

    address_from_args(&here, argc, argv,
                      "Makes the socket calls that you type.");
    int listenfd = open_listener(&here);
    notice_sigpipe();
    reader_init(&input, STDIN_FILENO);
    while ((n = readline(&input, line, sizeof line)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        probe(line, listenfd, &connfd);
    }
    if (n == -1)
        die("read standard input");
    return EXIT_SUCCESS;
}
