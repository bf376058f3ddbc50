/* echo_client_keepalive.c - echo_client that asks a silent server's kernel
 * whether it is still there.
 * TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT of <netinet/tcp.h> are not in
 * POSIX. It has SO_KEEPALIVE, with times that the system chooses. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"

/* str_cli: send each line of standard input and print its echo. */
static void str_cli(int sockfd)
{
    struct reader input;
    char line[4096];
    ssize_t n;

    reader_init(&input, STDIN_FILENO);
    while ((n = readline(&input, line, sizeof line)) > 0) {
        if (writen(sockfd, line, (size_t)n) == -1)
            die("write to the server");
        ssize_t got = readn(sockfd, line, (size_t)n);
        if (got == -1)
            die("read from the server");
        if (writen(STDOUT_FILENO, line, (size_t)got) == -1)
            die("write to standard output");
        if (got < n) {
            fputs("echo_client: server terminated prematurely\n", stderr);
            exit(EXIT_FAILURE);
        }
    }
    if (n == -1)
        die("read standard input");
}

/* set_option: set an int option of the socket; name is for the message. */
static void set_option(int sockfd, int level, int option, int value,
                       const char *name)
{
    if (setsockopt(sockfd, level, option, &value, sizeof value) == -1)
        die("setsockopt %s", name);
}

/* keep_alive: after 3 s of silence ask whether the peer is there; without
 * an answer ask again after 1 s, and 1 s later give up. */
static void keep_alive(int sockfd)
{
    set_option(sockfd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE");
    set_option(sockfd, IPPROTO_TCP, TCP_KEEPIDLE, 3, "TCP_KEEPIDLE");
    set_option(sockfd, IPPROTO_TCP, TCP_KEEPINTVL, 1, "TCP_KEEPINTVL");
    set_option(sockfd, IPPROTO_TCP, TCP_KEEPCNT, 2, "TCP_KEEPCNT");
}

int main(int argc, char **argv)
{
    struct address server;

    address_from_args(&server, argc, argv,
                      "Sends lines to an echo server and prints the echo.");
    int sockfd = socket(server.sa.ss_family, SOCK_STREAM, 0);
    if (sockfd == -1)
        die("socket");
    if (connect(sockfd, (const struct sockaddr *)&server.sa,
                server.len) == -1) {
        char text[ADDRESS_TEXT];
        die("connect %s", address_to_text(&server, text));
    }
    keep_alive(sockfd);
    str_cli(sockfd);
    if (close(sockfd) == -1)
        die("close");
    return EXIT_SUCCESS;
}
