/* sockets.c - what the kernel says about TCP sockets, at all hosts. */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"

/* TCP states by the kernel's numbers. */
static const char *const states[] = {
    "gone", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1",
    "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN",
    "CLOSING", "NEW_SYN_RECV"
};
enum { STATES = sizeof states / sizeof states[0] };

bool socket_state_known(const char *state)
{
    for (size_t i = 0; i < STATES; i++)
        if (strcmp(states[i], state) == 0)
            return true;
    return false;
}

/* /proc/net/tcp{,6} shows an address as numbers of 32 bits in the byte
   order of this machine, and the port. */
static void address_text(const char *hex, char *text, size_t size)
{
    unsigned part[4] = {0}, port = 0;
    uint32_t word[4];
    char host[INET6_ADDRSTRLEN] = "";
    bool six = strcspn(hex, ":") > 8;
    if (six)
        sscanf(hex, "%8x%8x%8x%8x:%x", &part[0], &part[1], &part[2],
               &part[3], &port);
    else
        sscanf(hex, "%8x:%x", &part[0], &port);
    for (size_t i = 0; i < 4; i++)
        word[i] = part[i];
    if (six && word[0] == 0 && word[1] == 0 && word[2] == htonl(0xffff)) {
        six = false;                    /* IPv4 on a socket of IPv6 */
        word[0] = word[3];
    }
    inet_ntop(six ? AF_INET6 : AF_INET, word, host, sizeof host);
    snprintf(text, size, six ? "[%s]:%u" : "%s:%u", host, port);
}

bool state_passes(const char *state)
{
    static const char *const passing[] = { "SYN_SENT", "SYN_RECV",
        "FIN_WAIT1", "LAST_ACK", "CLOSING", "NEW_SYN_RECV" };
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (strcmp(passing[i], state) == 0)
            return true;
    return false;
}

/* Adds the sockets of one file of this network. */
static void read_table(struct sockets *s, const char *file_name, int host)
{
    FILE *file = fopen(file_name, "re");
    char line[512], from[64], to[64];
    unsigned number;
    unsigned long unacked;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, " %*d: %63s %63s %x %lx", from, to, &number,
                   &unacked) != 4 || number >= STATES)
            continue;
        s->list = room_for_one(s->list, s->count, sizeof *s->list);
        struct tcp_socket *socket = &s->list[s->count++];
        *socket = (struct tcp_socket){ .host = host,
            .state = states[number],
            .passing = state_passes(states[number]),
            .unacked = unacked > 0 && number != 10 };
        address_text(from, socket->local, sizeof socket->local);
        address_text(to, socket->peer, sizeof socket->peer);
    }
    if (file != NULL)
        fclose(file);
}

void sockets_read(struct sockets *s, const struct run *r)
{
    s->count = 0;
    for (int i = 0; i < r->host_count; i++) {
        if (r->hosts[i].net == -1)
            continue;
        host_enter(&r->hosts[i]);
        read_table(s, "/proc/net/tcp", i);
        read_table(s, "/proc/net/tcp6", i);
        host_leave();
    }
}

/* Whether there is such a socket; NULL stands for any. */
static bool find_socket(const struct run *r, const char *local,
                        const char *peer, const char *state)
{
    struct sockets s = {0};
    bool found = false;
    sockets_read(&s, r);
    for (size_t i = 0; i < s.count && !found; i++)
        found = strcmp(s.list[i].local, local) == 0
                && (peer == NULL || strcmp(s.list[i].peer, peer) == 0)
                && (state == NULL || strcmp(s.list[i].state, state) == 0);
    free(s.list);
    return found;
}

bool socket_is(const struct run *r, const char *local, const char *peer,
               const char *state)
{
    bool gone = strcmp(state, "gone") == 0;
    const char *wanted = gone ? NULL : state;
    bool found = find_socket(r, local, peer, wanted)
                 || (gone && find_socket(r, local, peer, wanted));
    return found != gone;
}

void describe_sockets(const struct run *r)
{
    struct sockets s = {0};
    sockets_read(&s, r);
    for (size_t i = 0; i < s.count; i++) {
        const struct scenario_host *h = r->hosts[s.list[i].host].declared;
        fprintf(r->report, "  socket %s to %s is %s%s%s\n",
                s.list[i].local, s.list[i].peer, s.list[i].state,
                h == NULL ? "" : " at ", h == NULL ? "" : h->name);
    }
    free(s.list);
}
