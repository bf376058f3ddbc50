/* net.c - see net.h. */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

/* is_port: decimal digits and nothing else, at most 65535. */
static int is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits >= 1 && digits <= 5 && text[digits] == '\0' &&
           strtol(text, NULL, 10) <= 65535;
}

/* is_host: four decimal numbers with dots, or something with a colon, as
 * every IPv6 address has. getaddrinfo would take more: "9877" for
 * 0.0.38.149 (see inet_addr(3)), and glibc's takes "*" for loopback. */
static int is_host(const char *text)
{
    struct in_addr in;

    return strchr(text, ':') != NULL || inet_pton(AF_INET, text, &in) == 1;
}

int address_from_text(struct address *a, const char *host,
                      const char *port)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,     /* one result, not one per type */
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
    };
    struct addrinfo *found;

    if (!is_port(port))
        return EAI_SERVICE;
    if (!is_host(host))
        return EAI_NONAME;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0)
        return error;
    memcpy(&a->sa, found->ai_addr, found->ai_addrlen);
    a->len = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

const char *address_to_text(const struct address *a,
                            char text[static ADDRESS_TEXT])
{
    int saved = errno;
    char host[ADDRESS_TEXT - sizeof "[]:65535"], port[sizeof "65535"];

    if (getnameinfo((const struct sockaddr *)&a->sa, a->len,
                    host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(text, ADDRESS_TEXT, "unknown address");
    else if (a->sa.ss_family == AF_INET6)
        snprintf(text, ADDRESS_TEXT, "[%s]:%s", host, port);
    else
        snprintf(text, ADDRESS_TEXT, "%s:%s", host, port);
    errno = saved;
    return text;
}

void address_usage(const char *options, const char *about)
{
    printf("usage: %s %s[address] [port]\n"
           "%s\n"
           "address: IPv4 or IPv6 (default 127.0.0.1)\n"
           "port: 0 to 65535 (default 9877)\n",
           die_name(NULL), options, about);
    if (fflush(stdout) == EOF)
        die("write the usage");
    exit(EXIT_SUCCESS);
}

void address_from_operands(struct address *a, char **operands)
{
    const char *host = "127.0.0.1", *port = "9877";

    if (*operands != NULL)
        host = *operands++;
    if (*operands != NULL)
        port = *operands++;
    if (*operands != NULL)
        die_usage("one argument too many: '%s' (-h explains)", *operands);
    int error = address_from_text(a, host, port);
    if (error == EAI_SERVICE)
        die_usage("port '%s' is no number from 0 to 65535", port);
    if (error == EAI_NONAME)
        die_usage("address '%s' is no IPv4 or IPv6 address in numbers",
                  host);
    if (error == EAI_SYSTEM)
        die("getaddrinfo %s", host);
    if (error != 0)
        die_usage("address '%s': %s", host, gai_strerror(error));
}

void address_from_args(struct address *a, int argc, char **argv,
                       const char *about)
{
    int option;

    die_name(argv[0]);
    opterr = 0;                         /* the message below is ours */
    while ((option = getopt(argc, argv, "h")) != -1) {
        if (option == 'h')
            address_usage("", about);
        die_usage("unknown option '-%c' (-h explains)", optopt);
    }
    address_from_operands(a, argv + optind);
}
