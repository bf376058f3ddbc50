/* echo_client.c - Exercise 5.13a: the peer is gone.
 * It sends ahead, and believes that nothing can go wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"

/* str_cli: send all lines, then print all echoes. */
static void str_cli(int sockfd)
{
    struct reader input;
    char line[4096];
    ssize_t n;
    size_t owed = 0;            /* sent, and not yet come back */

    reader_init(&input, STDIN_FILENO);
    while ((n = readline(&input, line, sizeof line)) > 0) {
        writen(sockfd, line, (size_t)n);
        printf("sent %zd bytes\n", n);
        owed += (size_t)n;
    }
    while (owed > 0) {
        n = read(sockfd, line, owed < sizeof line ? owed : sizeof line);
        if (n <= 0)
            break;                  /* there is no more */
        fwrite(line, 1, (size_t)n, stdout);
        owed -= (size_t)n;
    }
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
    str_cli(sockfd);
    if (close(sockfd) == -1)
        die("close");
    return EXIT_SUCCESS;
}
