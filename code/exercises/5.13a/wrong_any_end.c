/* WRONG, fails "owed": whatever has come by the end is taken for all. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"

/* send_line: send n bytes to the server. */
static void send_line(int sockfd, const char *line, size_t n)
{
    if (writen(sockfd, line, n) == -1)
        die("write to the server");
}

/* str_cli: send all lines, then print the echoes. */
static void str_cli(int sockfd)
{
    struct reader input;
    char line[4096];
    ssize_t n;
    size_t owed = 0;            /* sent, and not yet come back */

    reader_init(&input, STDIN_FILENO);
    while ((n = readline(&input, line, sizeof line)) > 0) {
        send_line(sockfd, line, (size_t)n);
        if (printf("sent %zd bytes\n", n) < 0)
            die("write to standard output");
        owed += (size_t)n;
    }
    if (n == -1)
        die("read standard input");
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

    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigemptyset(&ignore.sa_mask);
    if (sigaction(SIGPIPE, &ignore, NULL) == -1)
        die("sigaction SIGPIPE");
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
