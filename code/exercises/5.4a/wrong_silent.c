/* WRONG, fails "refused": it does not say what connect said. */
#include <arpa/inet.h>
#include <netinet/in.h>
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

static int connect_to(const char *address, in_port_t port)
{
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(port) };
    if (inet_pton(AF_INET, address, &server.sin_addr) != 1) {
        note("'%s' is no IPv4 address", address);
        return -1;
    }
    int sockfd = socket(AF_INET, SOCK_STREAM, 0);
    if (sockfd == -1)
        die("socket");
    if (connect(sockfd, (const struct sockaddr *)&server,
                sizeof server) == -1) {
        if (close(sockfd) == -1)
            die("close");
        return -1;
    }
    return sockfd;
}

/* port_from_text: the number that the text is, or the program ends. */
static in_port_t port_from_text(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);

    if (end == text || *end != '\0' || port < 1 || port > 65535)
        die_usage("port '%s' is no number from 1 to 65535", text);
    return (in_port_t)port;
}

int main(int argc, char **argv)
{
    int sockfd = -1;

    die_name(argv[0]);
    if (argc < 3)
        die_usage("say at least one address, and the port");
    in_port_t port = port_from_text(argv[argc - 1]);
    for (int i = 1; i < argc - 1 && sockfd == -1; i++)
        sockfd = connect_to(argv[i], port);
    if (sockfd == -1)
        return EXIT_FAILURE;
    str_cli(sockfd);
    if (close(sockfd) == -1)
        die("close");
    return EXIT_SUCCESS;
}
