/* packets.c - captures TCP segments on lo. */

#define _GNU_SOURCE     /* struct tcphdr with the names of its fields */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "recorder.h"

enum { ENDPOINT = INET6_ADDRSTRLEN + 8, HEADERS = 256,
       AT_ONCE = 10000 };

/* One direction of a connection, and the sequence number of its SYN. */
struct flow {
    char from[ENDPOINT], to[ENDPOINT];
    uint32_t first;
};

/* A TCP segment. */
struct segment {
    char from[ENDPOINT], to[ENDPOINT];
    struct tcphdr tcp;
    size_t length;          /* of the data */
};

int packets_open(struct packets *p, double start)
{
    int on = 1, room = 4 << 20;
    struct timespec t;
    struct sockaddr_ll lo = { .sll_family = AF_PACKET,
                              .sll_protocol = htons(ETH_P_ALL),
                              .sll_ifindex = (int)if_nametoindex("lo") };
    p->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->fd == -1 || clock_gettime(CLOCK_REALTIME, &t) == -1)
        return -1;
    p->start = (double)t.tv_sec + (double)t.tv_nsec / 1e9 - (now() - start);
    /* Every packet passes lo twice, on its way out and on its way in. */
    if (setsockopt(p->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
                   sizeof on) == -1
        || setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on,
                      sizeof on) == -1
        || setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &room,
                      sizeof room) == -1)
        return -1;
    return bind(p->fd, (struct sockaddr *)&lo, sizeof lo);
}

/* Takes an IP packet apart. False if it is no TCP segment. */
static bool decode(const char *packet, size_t n, struct segment *s)
{
    struct ip ip;
    struct ip6_hdr ip6;
    char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
    size_t header, total;
    bool six = n > 0 && (packet[0] & 0xf0) == 0x60;
    if (n < (six ? sizeof ip6 : sizeof ip))
        return false;
    memcpy(&ip, packet, sizeof ip);
    if (six) {
        memcpy(&ip6, packet, sizeof ip6);
        header = sizeof ip6;
        total = header + ntohs(ip6.ip6_plen);
        inet_ntop(AF_INET6, &ip6.ip6_src, from, sizeof from);
        inet_ntop(AF_INET6, &ip6.ip6_dst, to, sizeof to);
    } else {
        header = 4 * (size_t)ip.ip_hl;
        total = ntohs(ip.ip_len);
        inet_ntop(AF_INET, &ip.ip_src, from, sizeof from);
        inet_ntop(AF_INET, &ip.ip_dst, to, sizeof to);
    }
    if ((six ? ip6.ip6_nxt : ip.ip_p) != IPPROTO_TCP
        || n < header + sizeof s->tcp)
        return false;
    memcpy(&s->tcp, packet + header, sizeof s->tcp);
    header += 4 * (size_t)s->tcp.th_off;
    s->length = total > header ? total - header : 0;
    snprintf(s->from, ENDPOINT, six ? "[%s]:%u" : "%s:%u", from,
             ntohs(s->tcp.th_sport));
    snprintf(s->to, ENDPOINT, six ? "[%s]:%u" : "%s:%u", to,
             ntohs(s->tcp.th_dport));
    return true;
}

/* The flow between two endpoints; a new one begins at first. */
static struct flow *flow(struct packets *p, const char *from,
                         const char *to, uint32_t first)
{
    for (size_t i = p->flow_count; i-- > 0; )
        if (strcmp(p->flows[i].from, from) == 0
            && strcmp(p->flows[i].to, to) == 0)
            return &p->flows[i];
    p->flows = room_for_one(p->flows, p->flow_count, sizeof *p->flows);
    struct flow *f = &p->flows[p->flow_count++];
    snprintf(f->from, sizeof f->from, "%s", from);
    snprintf(f->to, sizeof f->to, "%s", to);
    f->first = first;
    return f;
}

/* Names of the flags, joined by +, or "-". */
static void flag_names(unsigned flags, char *text, size_t size)
{
    static const struct { unsigned flag; const char *name; } names[] = {
        { TH_SYN, "SYN" }, { TH_ACK, "ACK" }, { TH_FIN, "FIN" },
        { TH_RST, "RST" }, { TH_PUSH, "PSH" },
    };
    size_t n = 0;
    snprintf(text, size, "-");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].flag)
            n += (size_t)snprintf(text + n, size - n, "%s%s",
                                  n > 0 ? "+" : "", names[i].name);
}

/* Remembers where the numbers of a segment's flow begin; adds it to the
   capture if one is open. */
static void take(struct packets *p, const struct segment *s, double time)
{
    char flags[32], ack[16] = "-", line[256];
    uint32_t sequence = ntohl(s->tcp.th_seq);
    struct flow *there = flow(p, s->from, s->to, sequence);
    if (s->tcp.th_flags & TH_SYN)
        there->first = sequence;
    sequence -= there->first;
    if (s->tcp.th_flags & TH_ACK) {
        uint32_t number = ntohl(s->tcp.th_ack);
        number -= flow(p, s->to, s->from, number - 1)->first;
        snprintf(ack, sizeof ack, "%u", (unsigned)number);
    }
    if (p->capture == NULL)
        return;
    flag_names(s->tcp.th_flags, flags, sizeof flags);
    snprintf(line, sizeof line, "packet %.6f %s %s %s %s %u %s %zu\n", time,
             p->capture, s->from, s->to, flags, (unsigned)sequence, ack,
             s->length);
    text_puts(&p->lines, line);
    p->count++;
}

/* The kernel's time of a packet, since the start of the recording. */
static double packet_time(const struct packets *p, struct msghdr *message)
{
    struct timespec t = {0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL;
         c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
            memcpy(&t, CMSG_DATA(c), sizeof t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9 - p->start;
}

void packets_take(struct packets *p)
{
    for (int count = 0; count < AT_ONCE; count++) {
        char packet[HEADERS];
        _Alignas(struct cmsghdr) char control[256];
        struct iovec part = { packet, sizeof packet };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
            .msg_control = control, .msg_controllen = sizeof control };
        struct segment s;
        ssize_t n = recvmsg(p->fd, &message, 0);
        if (n == -1 && errno == EAGAIN)
            return;
        if (n == -1 && errno != EINTR && errno != ENETDOWN)
            die("recvmsg");
        if (n > 0 && decode(packet, (size_t)n, &s))
            take(p, &s, packet_time(p, &message));
    }
}

void packets_begin(struct packets *p, const char *capture)
{
    packets_take(p);            /* what came before is not part of it */
    p->capture = capture;
}

bool packets_end(struct packets *p, struct recording *r)
{
    struct tpacket_stats lost;          /* since it was asked last */
    socklen_t size = sizeof lost;
    packets_take(p);
    if (p->count > 0) {
        fputs(p->lines.data, r->file);
        if (r->live)
            live_packets(r, p->lines.data);
    }
    text_drop(&p->lines, p->lines.len);
    p->count = 0;
    p->capture = NULL;
    if (getsockopt(p->fd, SOL_PACKET, PACKET_STATISTICS, &lost, &size)
        == -1)
        die("getsockopt PACKET_STATISTICS");
    return lost.tp_drops == 0;
}
