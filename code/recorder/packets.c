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

enum { ENDPOINT = INET6_ADDRSTRLEN + 8, HEADERS = 256,
       AT_ONCE = 10000 };

/* One direction of a connection, and the sequence number of its SYN. */
struct flow {
    char from[ENDPOINT], to[ENDPOINT];
    uint32_t first;
};

/* A TCP segment, or an ICMP error about one. */
struct segment {
    char from[ENDPOINT], to[ENDPOINT];
    struct tcphdr tcp;
    size_t length;          /* of the data */
    unsigned id;            /* of the IP packet */
    char sender[INET6_ADDRSTRLEN], receiver[INET6_ADDRSTRLEN];
    int type, code;         /* of the error; type -1: there is none */
    char reporter[INET_ADDRSTRLEN], told[INET_ADDRSTRLEN];  /* of it */
};

/* A packet that one host has sent or received. */
struct heard {
    double time;
    int host;
    bool outgoing;
    struct segment segment;
};

/* Something in a capture. */
struct event {
    double time;
    char *line;             /* the record, without its end */
    bool moving;            /* it left and has not been received yet */
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

/* The clock by which the kernel dates packets. */
static double realtime(void)
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

/* Takes a TCP segment of which n bytes are there apart. */
static bool decode_tcp(const char *tcp, size_t n, struct segment *s)
{
    if (n < 8)                  /* an ICMP error holds at least so much */
        return false;
    memset(&s->tcp, 0, sizeof s->tcp);
    memcpy(&s->tcp, tcp, n < sizeof s->tcp ? n : sizeof s->tcp);
    const char *form = strchr(s->sender, ':') == NULL ? "%s:%u"
                                                      : "[%s]:%u";
    snprintf(s->from, ENDPOINT, form, s->sender, ntohs(s->tcp.th_sport));
    snprintf(s->to, ENDPOINT, form, s->receiver, ntohs(s->tcp.th_dport));
    return true;
}

/* Takes an IPv4 packet apart. False if it is no TCP segment and no ICMP
   error about one. */
static bool decode(const char *packet, size_t n, struct segment *s)
{
    struct ip ip;
    if (n < sizeof ip)
        return false;
    memcpy(&ip, packet, sizeof ip);
    size_t header = 4 * (size_t)ip.ip_hl, total = ntohs(ip.ip_len);
    if (n < header + 8)
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
    if (ip.ip_p != IPPROTO_TCP)
        return false;
    inet_ntop(AF_INET, &ip.ip_src, s->sender, sizeof s->sender);
    inet_ntop(AF_INET, &ip.ip_dst, s->receiver, sizeof s->receiver);
    s->id = ntohs(ip.ip_id);
    if (!decode_tcp(packet, n - header, s))
        return false;
    header += 4 * (size_t)s->tcp.th_off;
    s->length = total > header ? total - header : 0;
    return true;
}

/* The same for IPv6, where ICMP is left alone. */
static bool decode6(const char *packet, size_t n, struct segment *s)
{
    struct ip6_hdr ip6;
    if (n < sizeof ip6)
        return false;
    memcpy(&ip6, packet, sizeof ip6);
    inet_ntop(AF_INET6, &ip6.ip6_src, s->sender, sizeof s->sender);
    inet_ntop(AF_INET6, &ip6.ip6_dst, s->receiver, sizeof s->receiver);
    if (ip6.ip6_nxt != IPPROTO_TCP
        || !decode_tcp(packet + sizeof ip6, n - sizeof ip6, s))
        return false;
    size_t header = 4 * (size_t)s->tcp.th_off, total = ntohs(ip6.ip6_plen);
    s->length = total > header ? total - header : 0;
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

/* Adds something to the open capture. */
static struct event *add_event(struct packets *p, double time,
                               const char *line)
{
    p->events = room_for_one(p->events, p->event_count, sizeof *p->events);
    struct event *e = &p->events[p->event_count++];
    *e = (struct event){ .time = time,
                         .line = copy_bytes(line, strlen(line)) };
    return e;
}

/* Whether the open capture holds what happens at that time. */
static bool captured(const struct packets *p, double time)
{
    return p->capture != NULL && time >= p->since;
}

/* Remembers where the numbers of a segment's flow begin; adds it to the
   capture if one is open. */
static void take(struct packets *p, const struct heard *h)
{
    char flags[32], ack[16] = "-", line[256];
    const struct segment *s = &h->segment;
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
    if (!captured(p, h->time))
        return;
    flag_names(s->tcp.th_flags, flags, sizeof flags);
    snprintf(line, sizeof line, "packet %.6f %s %s %s %s %u %s %zu",
             h->time - p->start, p->capture, s->from, s->to, flags,
             (unsigned)sequence, ack, s->length);
    struct event *e = add_event(p, h->time, line);
    e->moving = h->outgoing;
    e->segment = *s;
    p->count++;
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
             h->time - p->start, p->capture, s->reporter, s->told, what,
             s->from, s->to);
    add_event(p, h->time, line);
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
    return a->id == b->id && a->length == b->length
           && a->tcp.th_seq == b->tcp.th_seq
           && a->tcp.th_ack == b->tcp.th_ack
           && a->tcp.th_flags == b->tcp.th_flags
           && strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0;
}

/* A segment has come to its receiver: the last one of its kind that left.
   Returns whether there is one. */
static bool arrive(struct packets *p, const struct heard *h)
{
    for (size_t i = p->event_count; i-- > 0; )
        if (p->events[i].moving
            && same_segment(&p->events[i].segment, &h->segment)) {
            p->events[i].moving = false;
            return true;
        }
    return false;
}

/* Whether a host hears its own affairs: routers also hear others'. */
static bool concerns(const struct packets *p, const struct heard *h)
{
    const struct scenario_host *host = p->hosts[h->host].declared;
    const struct segment *s = &h->segment;
    const char *own = h->outgoing ? s->sender : s->receiver;
    if (s->type != -1)
        own = h->outgoing ? "" : s->told;
    if (host == NULL || strncmp(own, "127.", 4) == 0)
        return true;
    for (int i = 0; i < host->count; i++)
        if (strcmp(host->addresses[i], own) == 0)
            return true;
    return false;
}

/* Does what has to be done about a packet, when its turn has come. What
   comes without having left was sent by a router in a host's name. */
static void sort_in(struct packets *p, const struct heard *h)
{
    if (h->segment.type == -1) {
        if (h->outgoing || !arrive(p, h))
            take(p, h);
    } else if (captured(p, h->time)) {
        take_error(p, h);
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
    for (int i = 0; i < p->host_count; i++)
        for (int n = 0; p->fds[i] != -1 && n < AT_ONCE && hear(p, i); n++)
            continue;
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
    double time = realtime();
    for (size_t i = p->event_count; i-- > 0; )
        if (p->events[i].moving && time - p->events[i].time < JOURNEY)
            return true;
    return p->waiting_count > 0;
}

void packets_begin(struct packets *p, const char *capture)
{
    packets_take(p);            /* what came before is not part of it */
    p->capture = capture;
    p->since = realtime();
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
    packets_take(p);
    for (size_t i = 0; i < p->event_count; i++) {
        text_puts(&lines, p->events[i].line);
        text_puts(&lines, p->events[i].moving ? " lost\n" : "\n");
        free(p->events[i].line);
    }
    if (lines.len > 0) {
        fputs(lines.data, r->file);
        if (r->live)
            live_packets(r, lines.data);
    }
    free(lines.data);
    free(p->events);
    p->events = NULL;
    p->event_count = p->count = 0;
    p->capture = NULL;
    for (int i = 0; i < p->host_count; i++)
        complete = !lost_packets(p->fds[i]) && complete;
    return complete;
}
