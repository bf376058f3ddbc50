#ifndef PACKETS_H
#define PACKETS_H

#include "recording.h"

/* A capture of everything on the loopback interface. */
struct packets {
    int fd;
    double clocks;          /* realtime clock minus now() */
    struct flow *flows;     /* where the sequence numbers began */
    size_t flow_count;
};

/* Begins to capture. Returns 0, or -1 with errno set. */
int packets_open(struct packets *p);

/* Takes every packet that has come so far; records them as belonging to
   the capture of that name, or forgets them if it is NULL. */
void packets_take(struct packets *p, struct recording *r,
                  const char *capture);

/* Number of packets that the kernel had no room for since the last call. */
unsigned packets_lost(struct packets *p);

#endif
