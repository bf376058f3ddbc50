#ifndef PACKETS_H
#define PACKETS_H

#include "recording.h"

/* Hears everything on the loopback interface. */
struct packets {
    int fd;
    double clocks;          /* realtime clock minus now() */
    struct flow *flows;     /* where the sequence numbers began */
    size_t flow_count;
    const char *capture;    /* name of the open capture, or NULL */
    struct captured { double time; char *text; } *captured;
    size_t count;           /* segments in the capture */
};

/* Begins to listen. Returns 0, or -1 with errno set. */
int packets_open(struct packets *p);

/* Takes every packet that has come so far into the open capture; with
   none open, only their sequence numbers are remembered. */
void packets_take(struct packets *p);

/* Opens a capture of that name. */
void packets_begin(struct packets *p, const char *capture);

/* Ends it and puts its packets into the recording. */
void packets_end(struct packets *p, struct recording *r);

/* Number of packets that the kernel had no room for since the last call. */
unsigned packets_lost(struct packets *p);

#endif
