#ifndef RUN_H
#define RUN_H

#include "packets.h"
#include "pattern.h"
#include "recording.h"
#include "scenario.h"
#include "terminal.h"

/* "T never shows": in force until something is typed in T. */
struct prohibition {
    const struct step *step;
    struct pattern pattern;
    size_t checked;         /* output up to here is all right */
};

/* A scenario that is being played. */
struct run {
    const struct scenario *scenario;
    const struct step *step;            /* the one being done, or NULL */
    struct terminal *terminal;          /* the one it names, or NULL */
    struct terminal terminals[MAX_TERMINALS];
    struct recording recording;
    struct packets packets;
    struct values values;
    struct pattern pattern;             /* that of the step */
    struct prohibition *never;
    size_t never_count;
    double limit, budget;   /* seconds for a step, for all that are left */
    char why[128];          /* why the step cannot succeed any more */
    FILE *report;
};

/* Whether what a step waits for has come. */
enum answer { NOT_YET, YES, HOPELESS };

/* run.c ----------------------------------------------------------- */

/* The end of a scenario that went wrong: leaves a message about this step
   and all screens in the report. Everything in the sandbox ends. */
_Noreturn void fail(struct run *r, const struct step *s,
                    const char *format, ...);

/* The process that the step speaks of: a bound PID or the foreground
   leader of its terminal; 0 if there is none. */
pid_t subject(const struct run *r);

/* Takes what has come from terminals and network, waiting at most so many
   ms for it. Returns whether a terminal showed anything. */
bool pump(struct run *r, int timeout);

/* Fails if a line that came since the last look is forbidden. */
void check_prohibitions(struct run *r);

/* End of the line at from: behind its '\n', or 0 if it has none yet. */
size_t line_end(const struct terminal *t, size_t from);

/* Pumps until check says yes. Fails when the time is over, or when for
   some time nothing can come any more (check has said why). */
void wait_until(struct run *r, enum answer (*check)(struct run *));

/* Waits until all processes sleep, but not for ever: one may be busy. */
void let_settle(struct run *r);

/* Fails if t has shown something that no step waited for. */
void require_all_recorded(struct run *r, struct terminal *t);

/* steps.c --------------------------------------------------------- */

/* Does r->step. */
void do_step(struct run *r);

#endif
