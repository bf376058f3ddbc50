/* echo_client_burst.c - opens five connections to an echo server, uses
 * the first, and ends: five connections are closed at once. */
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
    enum { CONNECTIONS = 5 };
    int sockfd[CONNECTIONS];
    struct address server;

    address_from_args(&server, argc, argv,
                      "Opens five connections, sends lines on one.");
    for (int i = 0; i < CONNECTIONS; i++) {
        sockfd[i] = socket(server.sa.ss_family, SOCK_STREAM, 0);
        if (sockfd[i] == -1)
            die("socket");
        if (connect(sockfd[i], (const struct sockaddr *)&server.sa,
                    server.len) == -1) {
            char text[ADDRESS_TEXT];
            die("connect %s", address_to_text(&server, text));
        }
    }
    str_cli(sockfd[0]);
    return EXIT_SUCCESS;        /* this closes all five */
}
