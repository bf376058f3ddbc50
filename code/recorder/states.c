/* states.c - looks at the states of captured connections, when things have
   settled. */

#include <stdlib.h>
#include <string.h>

#include "recorder.h"

enum { ANSWER = 120 };  /* ms; an acknowledgement is at most 40 late */

/* Whether a socket waits for an answer of its peer's. */
static bool network_moves(const struct run *r)
{
    struct sockets s = {0};
    bool moves = false;
    sockets_read(&s, r);
    for (size_t i = 0; i < s.count; i++)
        moves = moves || s.list[i].passing || s.list[i].unacked;
    free(s.list);
    return moves;
}

void let_network_settle(struct run *r)
{
    double start = now();
    while (network_moves(r) && now() - start < ANSWER / 1e3)
        pump(r, 1);
}

/* Whether two readings of the tables have found the same. */
static bool agree(const struct sockets *a, const struct sockets *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->list[i].state == b->list[i].state
               && strcmp(a->list[i].local, b->list[i].local) == 0
               && strcmp(a->list[i].peer, b->list[i].peer) == 0;
    return same;
}

/* Whether a socket is in a state that the next segment is going to end,
   and was not in it at the last look. */
static bool passes(const struct capture *c, const struct sockets *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].passing
            && strcmp(capture_state_of(c, s->list[i].local,
                                       s->list[i].peer),
                      s->list[i].state) != 0)
            return true;
    return false;
}

/* Reads the tables until they agree twice and no packet has come in
   between. Returns the time, on the clock of the packets. */
static double read_settled(struct run *r, struct sockets *s, bool patient)
{
    struct sockets before = {0};
    double start = now(), time;
    bool settled = false;
    sockets_read(s, r);
    do {
        struct sockets spare = before;
        before = *s;
        *s = spare;
        size_t heard = r->packets.heard;
        time = realtime();
        pump(r, 1);
        sockets_read(s, r);
        settled = heard == r->packets.heard && agree(&before, s)
                  && !(patient && passes(&r->packets.capture, s));
    } while (!settled && now() - start < ANSWER / 1e3);
    free(before.list);
    return time;
}

void begin_capture(struct run *r)
{
    struct sockets s = {0};
    let_settle(r);
    double time = read_settled(r, &s, true);
    capture_begin(&r->packets.capture, r->step->text, time);
    capture_states(&r->packets.capture, &s, time);
    free(s.list);
}

void look_at_states(struct run *r, bool patient)
{
    struct sockets s = {0};
    if (r->packets.capture.name == NULL)
        return;
    if (patient)
        let_settle(r);
    double time = read_settled(r, &s, patient);
    capture_states(&r->packets.capture, &s, time);
    free(s.list);
}
