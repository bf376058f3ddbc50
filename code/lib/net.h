/* net.h - socket addresses from text and back, IPv4 and IPv6 alike. */
#ifndef ECHO_NET_H
#define ECHO_NET_H

#include <sys/socket.h>

/* struct address: a socket address of any family and its length, as
 * bind(2) and connect(2) want them:
 *     bind(fd, (struct sockaddr *)&a.sa, a.len)
 * Before accept(2) or getpeername(2) set len to sizeof a.sa. */
struct address {
    struct sockaddr_storage sa;
    socklen_t len;
};

/* address_from_text: fill in *a; no name is looked up, nothing blocks.
 * host: "127.0.0.1" (four decimal numbers), "::1" or "fe80::1%eth0";
 * port: decimal digits, 0 to 65535; 0 lets the kernel choose.
 * Returns 0; or EAI_SERVICE for a bad port, EAI_NONAME for a bad host, or
 * another code of getaddrinfo(3) that gai_strerror(3) puts into words
 * (EAI_SYSTEM: errno). Then *a is unchanged. */
int address_from_text(struct address *a, const char *host,
                      const char *port);

/* address_to_text: "127.0.0.1:9877", "[::1]:9877"; "unknown address" if
 * getnameinfo(3) fails. Returns text, so that it can stand in a call of
 * printf or die; errno stays as it was. */
enum { ADDRESS_TEXT = 80 };
const char *address_to_text(const struct address *a,
                            char text[static ADDRESS_TEXT]);

/* address_from_args: the address that `program [address] [port]` names,
 * 127.0.0.1 and 9877 where an argument is missing. It calls die_name.
 * about: one line for -h, what the program does.
 * With -h it prints the usage on standard output and exits 0; on bad
 * arguments it names the bad one on standard error and exits 2; if the
 * system fails, it dies (1). */
void address_from_args(struct address *a, int argc, char **argv,
                       const char *about);

/* address_from_operands: the same for a program that has options of its
 * own and has read them with getopt(3). Call die_name before.
 * operands: what follows the options, argv + optind: at most an address
 * and a port, then NULL. Bad arguments and failures as above. */
void address_from_operands(struct address *a, char **operands);

/* address_usage: print how to call the program that die_name has named,
 * on standard output, and exit 0; if that fails, die (1).
 * options: what stands before [address], "" or "[-v] ";
 * about: what the program does, and a line for each of its options. */
_Noreturn void address_usage(const char *options, const char *about);

#endif
