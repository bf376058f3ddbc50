/* play.c - process 1 of the sandbox plays a scenario from start to end. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"

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
    write_header(r->recording.file, r->scenario);
    for (int i = 0; i < r->scenario->terminal_count; i++) {
        struct terminal *t = &r->terminals[i];
        text_drop(&t->out, t->out.len);
        text_drop(&t->screen, t->screen.len - strlen("$ "));
        t->prompt_at = 0;
        fprintf(r->recording.file, "terminal %s %s %c\n", t->name, t->tty,
                t->privileged ? '#' : '$');
    }
}

/* The scenario names a terminal. The one that it leaves shows, when it
   comes back, only what was not accepted by now. */
static void turn_to(struct run *r, struct terminal *t)
{
    struct terminal *old = r->current;
    r->terminal = t;
    if (t == NULL || t == old)
        return;
    if (old != NULL) {
        settle_line(r, old);
        record_output(&r->recording, old);
        old->left = true;
        old->look_from = old->accepted;
    }
    r->current = t;
}

/* At the end of a piece everything that was shown must be accepted, since
   the page shows it there. */
static void end_piece(struct run *r)
{
    bool more = true;
    let_settle(r);
    while (more)
        more = pump(r, QUIET);
    for (int i = 0; i < r->scenario->terminal_count; i++) {
        require_all_accepted(r, &r->terminals[i]);
        record_output(&r->recording, &r->terminals[i]);
    }
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

/* Between two pieces, and before the first. */
static void next_piece(struct run *r, int piece, bool wait)
{
    if (r->step != NULL)
        end_piece(r);
    if (r->step != NULL && wait)
        wait_for_enter();
    if (r->recording.live)
        putchar('\n');
    fprintf(r->recording.file, "piece %d\n", piece);
}

static void play_steps(struct run *r, bool wait)
{
    for (size_t i = 0; i < r->scenario->count; i++) {
        const struct step *s = &r->scenario->steps[i];
        if (r->step == NULL || r->step->piece != s->piece)
            next_piece(r, s->piece, wait);
        r->step = s;
        turn_to(r, s->terminal == -1 ? NULL : &r->terminals[s->terminal]);
        fprintf(r->recording.file, "step %d %s\n", s->line,
                s->terminal == -1 ? "-" : r->terminal->name);
        do_step(r);
    }
    if (r->step != NULL)
        end_piece(r);
}

void play(const struct scenario *s, const struct manner *manner,
          FILE *recording, FILE *report)
{
    static struct run r;
    r.scenario = s;
    r.report = report;
    r.limit = 10;
    r.budget = 10.0 * s->limit;
    r.recording = (struct recording){ .file = recording, .start = now(),
        .live = manner->live, .colour = manner->colour };
    if (packets_open(&r.packets, r.recording.start) == -1) {
        fprintf(report, "packets: %s", strerror(errno));
        fflush(NULL);
        _exit(NO_SANDBOX);
    }
    start_terminals(&r);
    if (manner->probe)
        puts("ok packets (AF_PACKET)\nok shells on terminals");
    if (manner->live)
        puts(s->name);
    play_steps(&r, manner->step);
    fprintf(recording, "end %.6f\n", now() - r.recording.start);
    fflush(NULL);
    _exit(ferror(recording) ? FAILED : 0);
}
