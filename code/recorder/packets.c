/* packets.c - hears the TCP segments of all hosts, and the ICMP errors
   about them. */

#define _GNU_SOURCE     /* struct tcphdr with the names of its fields */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "recorder.h"

enum { HEADERS = 256, AT_ONCE = 10000 };

/* One direction of a connection, and the sequence number of its SYN. */
struct flow {
    char from[ENDPOINT], to[ENDPOINT];
    uint32_t first;
};

/* A packet that one host has sent or received. */
struct heard {
    double time;
    int host;
    bool outgoing;
    struct segment segment;
};

/* A packet that is on its way longer than this never comes: in seconds,
   far more than a busy machine needs. */
static const double JOURNEY = 0.1;

int packets_listen(struct packets *p, int host)
{
    int on = 1, room = 4 << 20;
    struct sockaddr_ll where = { .sll_family = AF_PACKET,
                                 .sll_protocol = htons(ETH_P_ALL) };
    bool loopback = p->hosts[host].declared == NULL;
    host_enter(&p->hosts[host]);
    if (loopback)
        where.sll_ifindex = (int)if_nametoindex("lo");
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    0);
    host_leave();
    if (fd == -1)
        return -1;
    p->fds[host] = fd;
    /* Every packet passes lo twice, on its way out and on its way in. */
    if ((loopback && setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING,
                                &on, sizeof on) == -1)
        || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == -1
        || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) == -1)
        return -1;
    return bind(fd, (struct sockaddr *)&where, sizeof where);
}

void packets_deafen(struct packets *p, int host)
{
    close(p->fds[host]);
    p->fds[host] = -1;
}

double realtime(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_REALTIME, &t) == -1)
        die("clock_gettime");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int packets_open(struct packets *p, const struct run *r, double start)
{
    p->start = realtime() - (now() - start);
    p->hosts = r->hosts;
    for (; p->host_count < r->host_count; p->host_count++)
        if (packets_listen(p, p->host_count) == -1)
            return -1;
    return 0;
}

/* Takes a TCP header apart, of which n bytes are there. An ICMP error may
   hold only the first eight. */
static bool decode_tcp(const char *header, size_t n, size_t payload,
                       struct segment *s)
{
    struct tcphdr tcp = {0};
    if (n < 8)
        return false;
    memcpy(&tcp, header, n < sizeof tcp ? n : sizeof tcp);
    size_t length = 4 * (size_t)tcp.th_off;
    s->length = payload > length ? payload - length : 0;
    s->sequence = ntohl(tcp.th_seq);
    s->acknowledged = ntohl(tcp.th_ack);
    s->flags = tcp.th_flags;
    snprintf(s->from + strlen(s->from), 8, ":%u", ntohs(tcp.th_sport));
    snprintf(s->to + strlen(s->to), 8, ":%u", ntohs(tcp.th_dport));
    return true;
}

/* Takes an IPv4 packet apart. False if it is no TCP segment and no ICMP
   error about one: that quotes the packet which it is about. */
static bool decode(const char *packet, size_t n, struct segment *s)
{
    struct ip ip;
    if (n < sizeof ip)
        return false;
    memcpy(&ip, packet, sizeof ip);
    size_t header = 4 * (size_t)ip.ip_hl, total = ntohs(ip.ip_len);
    if (n < header + 8 || total < header)
        return false;
    packet += header;
    if (ip.ip_p == IPPROTO_ICMP && s->type == -1) {
        s->type = (unsigned char)packet[0];
        s->code = (unsigned char)packet[1];
        inet_ntop(AF_INET, &ip.ip_src, s->reporter, sizeof s->reporter);
        inet_ntop(AF_INET, &ip.ip_dst, s->told, sizeof s->told);
        return (s->type == ICMP_UNREACH || s->type == ICMP_TIMXCEED)
               && decode(packet + 8, n - header - 8, s);
    }
    inet_ntop(AF_INET, &ip.ip_src, s->from, sizeof s->from);
    inet_ntop(AF_INET, &ip.ip_dst, s->to, sizeof s->to);
    s->id = ntohs(ip.ip_id);
    return ip.ip_p == IPPROTO_TCP
           && decode_tcp(packet, n - header, total - header, s);
}

/* The same for IPv6, where ICMP is left alone. */
static bool decode6(const char *packet, size_t n, struct segment *s)
{
    struct ip6_hdr ip6;
    char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
    if (n < sizeof ip6)
        return false;
    memcpy(&ip6, packet, sizeof ip6);
    inet_ntop(AF_INET6, &ip6.ip6_src, from, sizeof from);
    inet_ntop(AF_INET6, &ip6.ip6_dst, to, sizeof to);
    snprintf(s->from, sizeof s->from, "[%s]", from);
    snprintf(s->to, sizeof s->to, "[%s]", to);
    return ip6.ip6_nxt == IPPROTO_TCP
           && decode_tcp(packet + sizeof ip6, n - sizeof ip6,
                         ntohs(ip6.ip6_plen), s);
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
static void take(struct packets *p, const struct heard *h)
{
    char flags[32], ack[16] = "-", line[256];
    const struct segment *s = &h->segment;
    struct flow *there = flow(p, s->from, s->to, s->sequence);
    if (s->flags & TH_SYN)
        there->first = s->sequence;
    uint32_t sequence = s->sequence - there->first;
    if (s->flags & TH_ACK)
        snprintf(ack, sizeof ack, "%u", (unsigned)(s->acknowledged
            - flow(p, s->to, s->from, s->acknowledged - 1)->first));
    if (!capture_holds(&p->capture, h->time))
        return;
    flag_names(s->flags, flags, sizeof flags);
    snprintf(line, sizeof line, "packet %.6f %s %s %s %s %u %s %zu",
             h->time - p->start, p->capture.name, s->from, s->to, flags,
             (unsigned)sequence, ack, s->length);
    capture_packet(&p->capture, h->time, line, s, h->outgoing);
}

/* An ICMP error, in words. */
static void take_error(struct packets *p, const struct heard *h)
{
    static const struct { int type, code; const char *name; } names[] = {
        { ICMP_UNREACH, ICMP_UNREACH_NET, "net-unreachable" },
        { ICMP_UNREACH, ICMP_UNREACH_HOST, "host-unreachable" },
        { ICMP_UNREACH, ICMP_UNREACH_PROTOCOL, "protocol-unreachable" },
        { ICMP_UNREACH, ICMP_UNREACH_PORT, "port-unreachable" },
        { ICMP_UNREACH, ICMP_UNREACH_NEEDFRAG, "fragmentation-needed" },
        { ICMP_UNREACH, ICMP_UNREACH_NET_PROHIB, "net-prohibited" },
        { ICMP_UNREACH, ICMP_UNREACH_HOST_PROHIB, "host-prohibited" },
        { ICMP_UNREACH, ICMP_UNREACH_FILTER_PROHIB, "admin-prohibited" },
        { ICMP_TIMXCEED, ICMP_TIMXCEED_INTRANS, "time-exceeded" },
    };
    const struct segment *s = &h->segment;
    char line[256], what[32];
    snprintf(what, sizeof what, "type-%d-code-%d", s->type, s->code);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].type == s->type && names[i].code == s->code)
            snprintf(what, sizeof what, "%s", names[i].name);
    snprintf(line, sizeof line, "icmp %.6f %s %s %s %s %s %s",
             h->time - p->start, p->capture.name, s->reporter, s->told,
             what, s->from, s->to);
    capture_packet(&p->capture, h->time, line, s, false);
}

/* Whether an endpoint has this address. */
static bool has_address(const char *endpoint, const char *address)
{
    size_t n = strlen(address);
    return strncmp(endpoint, address, n) == 0
           && (endpoint[n] == ':' || endpoint[n] == '\0');
}

/* Whether a host has heard something of its own. A router also hears what
   it passes on, and what it tells others has not come yet. */
static bool concerns(const struct packets *p, const struct heard *h)
{
    const struct scenario_host *host = p->hosts[h->host].declared;
    const struct segment *s = &h->segment;
    const char *own = h->outgoing ? s->from : s->to;
    if (s->type != -1)
        own = h->outgoing ? "" : s->told;
    if (host == NULL || strncmp(own, "127.", 4) == 0)
        return true;
    for (int i = 0; i < host->count; i++)
        if (has_address(own, host->addresses[i]))
            return true;
    return false;
}

/* A packet's turn has come. What comes without having left was sent by a
   router in a host's name. */
static void sort_in(struct packets *p, const struct heard *h)
{
    bool open = capture_holds(&p->capture, h->time);
    if (h->segment.type != -1) {
        if (open)
            take_error(p, h);
    } else if (h->outgoing || !open
               || !capture_arrival(&p->capture, &h->segment)) {
        take(p, h);
    }
}

/* The kernel's time of a packet. */
static double packet_time(struct msghdr *message)
{
    struct timespec t = {0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL;
         c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
            memcpy(&t, CMSG_DATA(c), sizeof t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Reads a packet that a host has heard. False if there is none. */
static bool hear(struct packets *p, int host)
{
    char packet[HEADERS];
    _Alignas(struct cmsghdr) char control[256];
    struct sockaddr_ll from;
    struct iovec part = { packet, sizeof packet };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
        .msg_name = &from, .msg_namelen = sizeof from,
        .msg_control = control, .msg_controllen = sizeof control };
    struct heard h = { .host = host, .segment = { .type = -1 } };
    ssize_t n = recvmsg(p->fds[host], &message, 0);
    if (n == -1 && errno != EAGAIN && errno != EINTR && errno != ENETDOWN)
        die("recvmsg");
    if (n <= 0)
        return n == -1 && errno != EAGAIN;
    h.time = packet_time(&message);
    h.outgoing = from.sll_pkttype == PACKET_OUTGOING;
    bool known = (packet[0] & 0xf0) == 0x60
                 ? decode6(packet, (size_t)n, &h.segment)
                 : decode(packet, (size_t)n, &h.segment);
    if (known && concerns(p, &h)) {
        p->waiting = room_for_one(p->waiting, p->waiting_count, sizeof h);
        p->waiting[p->waiting_count++] = h;
        p->heard++;
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct heard *x = a, *y = b;
    return (x->time > y->time) - (x->time < y->time);
}

void packets_take(struct packets *p)
{
    double begin = realtime();
    size_t done = 0;
    for (int i = 0; i < p->host_count; i++) {
        int n = p->fds[i] == -1 ? 0 : AT_ONCE;
        while (n > 0 && hear(p, i))
            n--;
    }
    if (p->waiting_count == 0)
        return;
    qsort(p->waiting, p->waiting_count, sizeof *p->waiting, by_time);
    while (done < p->waiting_count && p->waiting[done].time < begin)
        sort_in(p, &p->waiting[done++]);
    p->waiting_count -= done;
    memmove(p->waiting, p->waiting + done,
            p->waiting_count * sizeof *p->waiting);
}

bool packets_moving(const struct packets *p)
{
    return p->waiting_count > 0
           || capture_moves(&p->capture, realtime() - JOURNEY);
}

/* Asks whether the kernel has lost packets since it was asked last. */
static bool lost_packets(int fd)
{
    struct tpacket_stats lost;
    socklen_t size = sizeof lost;
    if (fd == -1)
        return false;
    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &lost, &size) == -1)
        die("getsockopt PACKET_STATISTICS");
    return lost.tp_drops > 0;
}

bool packets_end(struct packets *p, struct recording *r)
{
    bool complete = true;
    struct text lines = {0};
    capture_end(&p->capture, p->start, &lines);
    if (lines.len > 0) {
        fputs(lines.data, r->file);
        if (r->live)
            live_packets(r, lines.data);
    }
    free(lines.data);
    for (int i = 0; i < p->host_count; i++)
        complete = !lost_packets(p->fds[i]) && complete;
    return complete;
}
