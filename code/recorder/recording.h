#ifndef RECORDING_H
#define RECORDING_H

#include <stdio.h>

#include "scenario.h"
#include "terminal.h"

enum event_kind {
    PIECE, STEP, PROMPT, TYPED, KEY, OUT, EXIT, UNORDERED_OUT, VALUE, PACKET
};

/* Something that the recording tells. */
struct event {
    enum event_kind kind;
    double time;            /* seconds since the start */
    int terminal;           /* its number, or -1 */
    size_t from, to;        /* OUT: these bytes of the terminal's output */
    char *text;             /* the others: what follows, unescaped */
};

struct recording {
    const struct scenario *scenario;
    struct terminal *terminals;
    struct event *events;
    size_t count;
    double start;           /* on the monotonic clock */
    bool live, colour;      /* shown while it is made; with colours */
    int live_terminal;      /* whose line the cursor stands in, or -1 */
};

/* Seconds on the monotonic clock. */
double now(void);

/* Adds an event that happened at time (of now()); the text is made as by
   printf. Shows it if the recording is live. */
void record(struct recording *r, enum event_kind kind, double time,
            int terminal, const char *format, ...);

/* Records the output of a terminal up to byte upto of it. */
void record_output(struct recording *r, int terminal, size_t upto);

/* Writes the lines with which a recording begins. */
void write_header(FILE *out, const struct scenario *s);

/* Writes the rest: terminals, events, end. */
void write_recording(FILE *out, const struct recording *r);

/* live.c: shows an event, the end of a line, a heading, the end. */
void live_event(struct recording *r, const struct event *e);
void live_newline(struct recording *r, int terminal);
void live_begin(struct recording *r);
void live_end(struct recording *r);

#endif
