#ifndef PLAY_H
#define PLAY_H

#include <stdio.h>

#include "scenario.h"

/* Exit statuses of record(1). */
enum { FAILED = 1, USAGE = 2, NO_SANDBOX = 77 };

/* How a scenario is played. */
struct manner {
    bool live, colour;      /* show it on stdout; with colours */
    bool step;              /* wait for Enter between pieces */
    bool probe;             /* say what works */
};

/* Called by process 1 of a furnished sandbox: plays the scenario and
   writes the recording. Does not return: exit status 0; or 1, and the
   report holds the scenario's line and the message. */
_Noreturn void play(const struct scenario *s, const struct manner *manner,
                    FILE *recording, FILE *report);

#endif
