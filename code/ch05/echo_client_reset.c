/* echo_client_reset.c - sends its standard input to an echo server and
 * then, instead of waiting for the echo, resets the connection. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"

/* send_input: send standard input up to its end. */
static void send_input(int sockfd)
{
    char buf[4096];
    ssize_t n;

    while ((n = read(STDIN_FILENO, buf, sizeof buf)) > 0)
        if (writen(sockfd, buf, (size_t)n) == -1)
            die("write to the server");
    if (n == -1)                /* no handler here: no EINTR */
        die("read standard input");
}

/* reset: close sockfd with an RST instead of a FIN. */
static void reset(int sockfd)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    if (setsockopt(sockfd, SOL_SOCKET, SO_LINGER,
                   &at_once, sizeof at_once) == -1)
        die("setsockopt SO_LINGER");
    if (close(sockfd) == -1)
        die("close");
}

int main(int argc, char **argv)
{
    struct address server;

    address_from_args(&server, argc, argv,
                      "Sends its input to a server, then an RST.");
    int sockfd = socket(server.sa.ss_family, SOCK_STREAM, 0);
    if (sockfd == -1)
        die("socket");
    if (connect(sockfd, (const struct sockaddr *)&server.sa,
                server.len) == -1) {
        char text[ADDRESS_TEXT];
        die("connect %s", address_to_text(&server, text));
    }
    send_input(sockfd);
    reset(sockfd);
    return EXIT_SUCCESS;
}
