/* play.c - process 1 of the sandbox plays a scenario from start to end. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "play.h"
#include "run.h"

enum { QUIET = 10 };    /* ms without output at the end of a piece */

static enum answer all_at_prompt(struct run *r)
{
    for (int i = 0; i < r->scenario->terminal_count; i++)
        if (!r->terminals[i].at_prompt)
            return NOT_YET;
    return YES;
}

/* Starts all shells, in the order in which the scenario names them. What
   they showed before the recorder's prompt is forgotten. */
static void start_terminals(struct run *r)
{
    for (int i = 0; i < r->scenario->terminal_count; i++) {
        r->terminals[i].name = r->scenario->terminals[i].name;
        r->terminals[i].privileged = r->scenario->terminals[i].privileged;
        terminal_start(&r->terminals[i]);
    }
    wait_until(r, all_at_prompt);
    for (int i = 0; i < r->scenario->terminal_count; i++) {
        struct terminal *t = &r->terminals[i];
        text_drop(&t->out, t->out.len);
        text_drop(&t->screen, t->screen.len - strlen("$ "));
        t->prompt_at = 0;
    }
}

/* Notes which terminal the scenario speaks of. A terminal that it comes
   back to shows what has not been recorded yet. */
static void turn_to(struct run *r, int terminal)
{
    struct terminal *t = terminal == -1 ? NULL : &r->terminals[terminal];
    r->terminal = t;
    if (t == NULL)
        return;
    if (t->left && t->look_from < t->recorded)
        t->look_from = t->recorded;
    for (int i = 0; i < r->scenario->terminal_count; i++)
        if (i != terminal)
            r->terminals[i].left = true;
}

/* At the end of a piece everything that was shown must be recorded, since
   the page shows it there. */
static void end_piece(struct run *r)
{
    bool more = true;
    let_settle(r);
    while (more)
        more = pump(r, QUIET);
    for (int i = 0; i < r->scenario->terminal_count; i++)
        require_all_recorded(r, &r->terminals[i]);
}

/* Waits until the reader presses Enter; at the end of input it goes on. */
static void wait_for_enter(void)
{
    char c = 0;
    fputs("-- Enter --", stdout);
    fflush(stdout);
    while (c != '\n')
        if (read(STDIN_FILENO, &c, 1) != 1)
            c = '\n';
}

/* Does one step. */
static void play_step(struct run *r, const struct step *s)
{
    r->step = s;
    turn_to(r, s->terminal);
    record(&r->recording, STEP, now(), -1, "%d %s", s->line,
           s->terminal == -1 ? "-" : r->terminal->name);
    do_step(r);
}

static void play_steps(struct run *r, bool wait)
{
    const struct step *s = r->scenario->steps;
    for (size_t i = 0; i < r->scenario->count; i++) {
        bool first = i == 0, next = first || s[i].piece != s[i - 1].piece;
        if (next && !first)
            end_piece(r);
        if (next && !first && wait)
            wait_for_enter();
        if (next)
            record(&r->recording, PIECE, now(), -1, "%d", s[i].piece);
        play_step(r, &s[i]);
    }
    if (r->step != NULL)
        end_piece(r);
}

/* The run, before its first step. */
static void begin(struct run *r, const struct scenario *s,
                  const struct manner *manner, FILE *report)
{
    r->scenario = s;
    r->report = report;
    r->limit = 10;
    r->budget = 10.0 * s->limit;
    r->recording = (struct recording){ .scenario = s,
        .terminals = r->terminals, .start = now(), .live = manner->live,
        .colour = manner->colour, .live_terminal = -1 };
    if (packets_open(&r->packets) == -1) {
        fprintf(report, "packets: %s", strerror(errno));
        fflush(NULL);
        _exit(NO_SANDBOX);
    }
    start_terminals(r);
    if (manner->probe)
        puts("ok packets (AF_PACKET)\nok shells on terminals");
}

void play(const struct scenario *s, const struct manner *manner,
          FILE *recording, FILE *report)
{
    static struct run r;
    begin(&r, s, manner, report);
    if (manner->live)
        live_begin(&r.recording);
    play_steps(&r, manner->step);
    if (manner->live)
        live_end(&r.recording);
    write_header(recording, s);
    write_recording(recording, &r.recording);
    fflush(NULL);
    _exit(ferror(recording) ? FAILED : 0);
}
