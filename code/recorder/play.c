/* play.c - process 1 of the sandbox plays a scenario from start to end. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder.h"

enum { QUIET = 10 };    /* ms without output at the end of a piece */

/* Whether a terminal starts now: all do at first, later those of the host
   that the step reboots. */
static bool starts(const struct run *r, const struct terminal *t)
{
    return r->step == NULL || t->host == &r->hosts[r->step->host];
}

static enum answer all_at_prompt(struct run *r)
{
    for (int i = 0; i < r->scenario->terminal_count; i++)
        if (starts(r, &r->terminals[i]) && !r->terminals[i].at_prompt)
            return NOT_YET;
    return YES;
}

/* What a shell showed before the recorder's prompt is forgotten. */
static void begin_anew(struct terminal *t, size_t out, size_t screen)
{
    text_cut(&t->out, out);
    text_cut(&t->screen, screen);
    text_puts(&t->screen, t->privileged ? "# " : "$ ");
    t->prompt_at = t->typed_at = t->look_from = out;
    t->accepted = t->written = out;
    t->left = false;
}

void start_terminals(struct run *r)
{
    size_t out[MAX_TERMINALS], screen[MAX_TERMINALS];
    int count = r->scenario->terminal_count;
    for (int i = 0; i < count; i++) {
        struct terminal *t = &r->terminals[i];
        out[i] = t->out.len;
        screen[i] = t->screen.len;
        if (starts(r, t))
            terminal_start(t);
    }
    wait_until(r, all_at_prompt);
    for (int i = 0; i < count; i++)
        if (starts(r, &r->terminals[i]))
            begin_anew(&r->terminals[i], out[i], screen[i]);
}

/* Starts all shells, in the order in which the scenario names them. */
static void begin(struct run *r)
{
    const struct scenario *s = r->scenario;
    for (int i = 0; i < s->terminal_count; i++) {
        r->terminals[i].name = s->terminals[i].name;
        r->terminals[i].privileged = s->terminals[i].privileged;
        r->terminals[i].host = &r->hosts[s->terminals[i].host];
    }
    start_terminals(r);
    write_header(r->recording.file, s);
    for (int i = 0; i < s->terminal_count; i++) {
        const struct terminal *t = &r->terminals[i];
        fprintf(r->recording.file, "terminal %s %s %c%s%s\n", t->name,
                t->tty, t->privileged ? '#' : '$',
                t->host->declared == NULL ? "" : " ",
                t->host->declared == NULL ? "" : t->host->declared->name);
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
    r->recording.named = NULL;
    if (r->recording.live && r->titles != NULL)
        live_title(&r->recording, r->titles, piece);
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
        if (!do_family_step(r))
            do_step(r);
    }
    if (r->step != NULL)
        end_piece(r);
}


/* The machine does not let us. */
_Noreturn static void no_sandbox(const struct run *r, const char *what,
                                 const char *why)
{
    fprintf(r->report, "%s: %s", what, why);
    fflush(NULL);
    _exit(NO_SANDBOX);
}

/* What works; most scenarios can do without hosts. */
static void probe(struct run *r)
{
    static const struct scenario pair = { .host_count = 2, .hosts = {
        { "a", { "192.0.2.1" }, 1 }, { "b", { "192.0.2.2" }, 1 } } };
    puts("ok packets (AF_PACKET)\nok shells on terminals");
    r->scenario = &pair;
    r->host_count = 0;
    if (hosts_start(r))
        puts("ok hosts (ip, veth, bridge)");
    else
        printf("without hosts (ip, veth, bridge): %s\n", r->why);
    fflush(NULL);
    _exit(0);
}

void play(const struct scenario *s, const struct manner *manner,
          FILE *recording, FILE *report)
{
    static struct run r;
    r.scenario = s;
    r.report = report;
    r.evidence = manner->evidence;
    r.slow = manner->slow;
    r.limit = 10 * r.slow;
    r.budget = (s->total > 0 ? s->total : 10.0 * s->limit) * r.slow;
    bind_values(&r.values, &manner->given);
    if (r.evidence != NULL && mkdir(EVIDENCE, 0755) == -1)
        no_sandbox(&r, "mkdir " EVIDENCE, strerror(errno));
    r.korean = manner->korean;
    r.titles = manner->titles;
    r.recording = (struct recording){ .file = recording, .start = now(),
        .live = manner->live, .colour = manner->colour };
    if (!hosts_start(&r))
        no_sandbox(&r, "hosts", r.why);
    if (packets_open(&r.packets, &r, r.recording.start) == -1)
        no_sandbox(&r, "packets", strerror(errno));
    begin(&r);
    if (manner->probe)
        probe(&r);
    if (manner->live && manner->titles == NULL)
        puts(s->name);
    play_steps(&r, manner->step);
    if (r.evidence != NULL)
        end_exercise(&r);
    fprintf(recording, "end %.6f\n", now() - r.recording.start);
    fflush(NULL);
    _exit(ferror(recording) ? FAILED : 0);
}
