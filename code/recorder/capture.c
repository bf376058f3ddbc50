/* capture.c - what has happened in a capture: packets, and the states of
   the connections that they belong to. */

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "recorder.h"

/* A packet, or a new state of one end of a connection. */
struct event {
    double time;
    char *line;             /* a packet's record without its end, or NULL */
    bool moving;            /* it left and has not been received yet */
    struct segment segment;
    size_t end;             /* else: which end, and its state */
    const char *state;
};

/* One end of a connection, as a socket table has it. */
struct end {
    char local[ENDPOINT], peer[ENDPOINT];
    const char *first, *state;      /* at the beginning, and now */
};

void capture_begin(struct capture *c, const char *name, double time)
{
    c->name = name;
    c->since = time;
    c->until = DBL_MAX;
}

bool capture_holds(const struct capture *c, double time)
{
    return c->name != NULL && time >= c->since && time <= c->until;
}

/* Adds an event. They stay in the order of their times. */
static struct event *add_event(struct capture *c, double time)
{
    c->events = room_for_one(c->events, c->event_count, sizeof *c->events);
    size_t i = c->event_count++;
    for (; i > 0 && c->events[i - 1].time > time; i--)
        c->events[i] = c->events[i - 1];
    c->events[i] = (struct event){ .time = time };
    return &c->events[i];
}

void capture_packet(struct capture *c, double time, const char *line,
                    const struct segment *s, bool moving)
{
    struct event *e = add_event(c, time);
    e->line = copy_bytes(line, strlen(line));
    e->segment = *s;
    e->moving = moving;
    c->count += s->type == -1;
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
    return a->id == b->id && a->length == b->length
           && a->sequence == b->sequence
           && a->acknowledged == b->acknowledged
           && a->flags == b->flags
           && strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0;
}

bool capture_arrival(struct capture *c, const struct segment *s)
{
    for (size_t i = c->event_count; i-- > 0; )
        if (c->events[i].moving && same_segment(&c->events[i].segment, s)) {
            c->events[i].moving = false;
            return true;
        }
    return false;
}

bool capture_moves(const struct capture *c, double time)
{
    for (size_t i = c->event_count; i-- > 0; )
        if (c->events[i].moving && c->events[i].time > time)
            return true;
    return false;
}

/* Number of the end with these addresses. A new one is closed. */
static size_t end_of(struct capture *c, const char *local, const char *peer)
{
    for (size_t i = 0; i < c->end_count; i++)
        if (strcmp(c->ends[i].local, local) == 0
            && strcmp(c->ends[i].peer, peer) == 0)
            return i;
    c->ends = room_for_one(c->ends, c->end_count, sizeof *c->ends);
    struct end *e = &c->ends[c->end_count];
    *e = (struct end){ .first = "CLOSED", .state = "CLOSED" };
    snprintf(e->local, sizeof e->local, "%s", local);
    snprintf(e->peer, sizeof e->peer, "%s", peer);
    return c->end_count++;
}

/* Notes the state of an end, if it is new. */
static void see(struct capture *c, size_t end, const char *state,
                double time)
{
    struct end *e = &c->ends[end];
    if (strcmp(e->state, state) == 0)
        return;
    e->state = state;
    if (time <= c->since) {
        e->first = state;
    } else {
        struct event *event = add_event(c, time);
        event->end = end;
        event->state = state;
    }
}

void capture_states(struct capture *c, const struct sockets *s, double time)
{
    size_t before = c->end_count;
    bool *there = calloc(before + 1, sizeof *there);
    if (there == NULL)
        die("calloc");
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->list[i].state, "LISTEN") == 0)
            continue;
        size_t end = end_of(c, s->list[i].local, s->list[i].peer);
        see(c, end, s->list[i].state, time);
        if (end < before)
            there[end] = true;
    }
    for (size_t end = 0; end < before; end++)
        if (!there[end])
            see(c, end, "CLOSED", time);
    free(there);
    c->looked = time;
}

const char *capture_state_of(const struct capture *c, const char *local,
                             const char *peer)
{
    for (size_t i = 0; i < c->end_count; i++)
        if (strcmp(c->ends[i].local, local) == 0
            && strcmp(c->ends[i].peer, peer) == 0)
            return c->ends[i].state;
    return "CLOSED";
}

/* Adds an end to the list if it is not there yet. */
static void list_end(size_t **list, size_t *count, size_t end)
{
    for (size_t i = 0; i < *count; i++)
        if ((*list)[i] == end)
            return;
    *list = room_for_one(*list, *count, sizeof **list);
    (*list)[(*count)++] = end;
}

/* The ends of connections of which a packet was captured, in the order of
   the packets; the caller frees the list. */
static size_t *captured_ends(struct capture *c, size_t *count)
{
    size_t *list = NULL;
    *count = 0;
    for (size_t i = 0; i < c->event_count; i++) {
        const struct segment *s = &c->events[i].segment;
        if (c->events[i].line == NULL || s->type != -1)
            continue;
        list_end(&list, count, end_of(c, s->from, s->to));
        list_end(&list, count, end_of(c, s->to, s->from));
    }
    return list;
}

/* Adds a record of a state. */
static void put_state(struct text *lines, const struct capture *c,
                      double time, double start, size_t end,
                      const char *state)
{
    char line[256];
    snprintf(line, sizeof line, "state %.6f %s %s %s %s\n", time - start,
             c->name, c->ends[end].local, c->ends[end].peer, state);
    text_puts(lines, line);
}

/* Adds what one look has found new, from event i on: in the order of the
   ends, since tables have none. Returns the number of the next event. */
static size_t put_look(struct text *lines, const struct capture *c,
                       double start, size_t i, const size_t *ends,
                       size_t count)
{
    size_t next = i;
    while (next < c->event_count && c->events[next].line == NULL
           && c->events[next].time <= c->events[i].time)
        next++;
    for (size_t n = 0; n < count; n++)
        for (size_t k = i; k < next; k++)
            if (c->events[k].end == ends[n])
                put_state(lines, c, c->events[k].time, start, ends[n],
                          c->events[k].state);
    return next;
}

void capture_end(struct capture *c, double start, struct text *lines)
{
    size_t count, i = 0, *ends = captured_ends(c, &count);
    for (size_t n = 0; n < count; n++)
        put_state(lines, c, c->since, start, ends[n],
                  c->ends[ends[n]].first);
    while (i < c->event_count) {
        struct event *e = &c->events[i];
        if (e->line == NULL) {
            i = put_look(lines, c, start, i, ends, count);
            continue;
        }
        text_puts(lines, e->line);
        text_puts(lines, e->moving ? " lost\n" : "\n");
        free(e->line);
        i++;
    }
    for (size_t n = 0; n < count; n++)
        put_state(lines, c, c->looked, start, ends[n],
                  c->ends[ends[n]].state);
    free(ends);
    free(c->events);
    free(c->ends);
    *c = (struct capture){0};
}
