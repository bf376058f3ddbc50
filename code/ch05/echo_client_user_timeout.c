/* echo_client_user_timeout.c - echo_client that gives up when a line is not
 * acknowledged for a second.
 * TCP_USER_TIMEOUT of <netinet/tcp.h> is Linux's. POSIX has no such option;
 * there a program can limit its waiting for the answer, with poll. */
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
    unsigned int limit = 1000;      /* milliseconds */
    if (setsockopt(sockfd, IPPROTO_TCP, TCP_USER_TIMEOUT,
                   &limit, sizeof limit) == -1)
        die("setsockopt TCP_USER_TIMEOUT");
    str_cli(sockfd);
    if (close(sockfd) == -1)
        die("close");
    return EXIT_SUCCESS;
}
