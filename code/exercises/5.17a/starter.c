/* length_server.c - Exercise 5.17a: a server that lasts.
 * It serves one polite client, and then the next. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "net.h"
#include <stdio.h>

/* number: the value of an option, from least to most, or die_usage. */
static int number(int option, const char *text, long least, long most)
{
    long value = strtol(text, NULL, 10);        /* LONG_MAX if too long */

    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' ||
        value < least || value > most)
        die_usage("-%c '%s' is no number from %ld to %ld", option, text,
                  least, most);
    return (int)value;
}

static const char options[] = "[-c N] [-t SECONDS] ";
static const char about[] =
    "Answers every line with its length.\n"
    "-c N: serve at most N at once (default 40), the next ones wait\n"
    "-t SECONDS: drop a client so slow with a line (default 0: never)";

static void read_options(int *limit, int *seconds, int argc, char **argv)
{
    int option;

    die_name(argv[0]);
    opterr = 0;                         /* the messages are ours */
    while ((option = getopt(argc, argv, ":c:t:h")) != -1)
        switch (option) {
        case 'c': *limit = number(option, optarg, 1, 4096); break;
        case 't': *seconds = number(option, optarg, 0, 1000000); break;
        case 'h': address_usage(options, about);
        case ':': die_usage("option '-%c' lacks its value (-h explains)", optopt);
        default: die_usage("unknown option '-%c' (-h explains)", optopt);
        }
}

/* open_listener: a socket that listens at the given address. */
static int open_listener(const struct address *here)
{
    int listenfd = socket(here->sa.ss_family, SOCK_STREAM, 0);
    if (listenfd == -1)
        die("socket");
    char text[ADDRESS_TEXT];
    if (bind(listenfd, (const struct sockaddr *)&here->sa,
             here->len) == -1)
        die("bind %s", address_to_text(here, text));
    if (listen(listenfd, SOMAXCONN) == -1)
        die("listen %s", address_to_text(here, text));
    return listenfd;
}

/* str_length: answer each line with its length. */
static void str_length(int connfd)
{
    char line[4096], text[24];
    ssize_t n;

    while ((n = read(connfd, line, sizeof line - 1)) > 0) {
        line[n] = '\0';
        int length = snprintf(text, sizeof text, "%zu\n",
                              strcspn(line, "\n"));
        if (writen(connfd, text, (size_t)length) == -1)
            return;
    }
}

int main(int argc, char **argv)
{
    int limit = 40, seconds = 0;        /* -c, -t: not used yet */
    struct address here;

    read_options(&limit, &seconds, argc, argv);
    address_from_operands(&here, argv + optind);
    int listenfd = open_listener(&here);
    for (;;) {
        int connfd = accept(listenfd, NULL, NULL);
        if (connfd == -1) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;               /* nothing is lost: wait again */
            die("accept");
        }
        str_length(connfd);
        if (close(connfd) == -1)
            die("close the connected socket");
    }
}
