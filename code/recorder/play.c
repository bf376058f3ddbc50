/* play.c - process 1 of the sandbox: types, waits, records. */

#define _GNU_SOURCE     /* memmem, memrchr */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "facts.h"
#include "packets.h"
#include "pattern.h"
#include "play.h"
#include "recording.h"

enum {
    FLOOD = 1 << 20,        /* so many bytes unwaited for are too many */
    QUIET = 10,             /* ms without output at the end of a piece */
    LINE_END = 50,          /* ms for the rest of a line that was begun */
    CERTAIN = 200           /* ms until hopeless is taken for certain */
};

/* "T never shows": in force until something is typed in T. */
struct prohibition {
    const struct step *step;
    struct pattern pattern;
    size_t checked;         /* output up to here is all right */
};

/* A scenario that is being played. */
struct run {
    const struct scenario *scenario;
    const struct step *step;            /* the one being done */
    struct recording recording;
    struct terminal terminals[MAX_TERMINALS];
    struct packets packets;
    struct values values;
    struct prohibition *never;
    size_t never_count;
    double limit, budget;   /* seconds for a step, for all that are left */
    char why[256];          /* why the step cannot succeed any more */
    FILE *report;
};

/* Whether what a step waits for has come. */
enum answer { NOT_YET, YES, HOPELESS };

/* Prints the bound names that stand in the step. */
static void describe_values(const struct run *r, const struct step *s)
{
    for (size_t i = 0; i < r->values.count; i++) {
        const char *name = r->values.list[i].name;
        const char *at = strstr(s->source, name);
        if (at != NULL && at > s->source && at[-1] == '{')
            fprintf(r->report, "  {%s} is %s\n", name,
                    r->values.list[i].text);
    }
}

/* The end of a scenario that went wrong: leaves the report to the outer
   process. Everything else in the sandbox ends with process 1. */
_Noreturn static void fail(struct run *r, const struct step *s,
                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(r->report, "%d\n%s: ", s == NULL ? 0 : s->line,
            s == NULL ? "start" : s->source);
    vfprintf(r->report, format, arguments);
    fputc('\n', r->report);
    va_end(arguments);
    if (s != NULL)
        describe_values(r, s);
    if (s != NULL && s->kind == SOCKET_IS)
        describe_sockets(r->report);
    if (s != NULL && (s->kind == BLOCKED || s->kind == PROCESS_IS)) {
        pid_t leader = s->terminal == -1 ? 0
                       : terminal_leader(&r->terminals[s->terminal]);
        const char *pid = s->subject == NULL ? NULL
            : value_of(&r->values, s->subject, strlen(s->subject));
        if (leader > 0 || pid != NULL)
            describe_process(r->report, pid == NULL ? leader
                                                    : (pid_t)atoi(pid));
    }
    for (int i = 0; i < r->scenario->terminal_count; i++)
        write_screen(r->report, &r->recording, i);
    fflush(NULL);
    _exit(1);
}

/* Process 1 gets every orphan of its namespace; all have to be reaped. */
static void reap(struct run *r)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < r->scenario->terminal_count; i++)
            if (r->terminals[i].shell == pid) {
                r->terminals[i].ended = true;
                r->terminals[i].status = WIFEXITED(status)
                    ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
}

/* End of the line at from: behind its '\n', or 0 if it has none yet. */
static size_t line_end(const struct terminal *t, size_t from)
{
    const char *end = from == t->out.len ? NULL
        : memchr(t->out.data + from, '\n', t->out.len - from);
    return end == NULL ? 0 : (size_t)(end - t->out.data) + 1;
}

/* Fails if a line that came since the last look is forbidden. */
static void check_prohibitions(struct run *r)
{
    for (size_t i = 0; i < r->never_count; i++) {
        struct prohibition *p = &r->never[i];
        struct terminal *t = &r->terminals[p->step->terminal];
        for (size_t end; (end = line_end(t, p->checked)) != 0;
             p->checked = end) {
            regmatch_t found[MAX_GROUPS];
            if (pattern_matches(&p->pattern, t->out.data + p->checked,
                                end - p->checked - 1, found))
                fail(r, p->step, "it does show this");
        }
    }
}

/* Takes what has come from terminals and network, waiting at most so many
   ms for it. Returns whether a terminal showed anything. */
static bool pump(struct run *r, int timeout)
{
    struct pollfd fds[MAX_TERMINALS + 1];
    int count = r->scenario->terminal_count;
    bool any = false;
    for (int i = 0; i < count; i++)
        fds[i] = (struct pollfd){ r->terminals[i].master, POLLIN, 0 };
    fds[count] = (struct pollfd){ r->packets.fd, POLLIN, 0 };
    if (poll(fds, (nfds_t)count + 1, timeout) == -1 && errno != EINTR)
        die("poll");
    packets_take(&r->packets);
    for (int i = 0; i < count; i++) {
        struct terminal *t = &r->terminals[i];
        if (terminal_read(t))
            any = true;
        if (t->out.len - t->recorded > FLOOD)
            fail(r, r->step, "%s floods its terminal", t->name);
    }
    reap(r);
    check_prohibitions(r);
    return any;
}

/* Waits until check says yes. Fails when the time is over, or when for
   some time nothing can come any more. */
static void wait_until(struct run *r,
                       enum answer (*check)(struct run *, struct terminal *))
{
    struct terminal *t = r->step == NULL || r->step->terminal == -1 ? NULL
                         : &r->terminals[r->step->terminal];
    double start = now(), hope = start;
    double limit = r->limit < r->budget ? r->limit : r->budget;
    enum answer answer;
    pump(r, 0);
    while ((answer = check(r, t)) != YES) {
        double time = now();
        if (answer == NOT_YET)
            hope = time;
        if (time - hope > CERTAIN / 1e3)
            fail(r, r->step, "%s", r->why);
        if (time - start > limit)
            fail(r, r->step, limit < r->limit
                 ? "the scenario takes too long"
                 : "not seen within %g s", limit);
        pump(r, 1);
    }
    r->budget -= now() - start;
}

/* A text step may end within a line. The line's end comes at once if it
   comes at all: it belongs to the text, so that it never depends on luck
   in which step it is found. */
static void settle_line(struct run *r, struct terminal *t)
{
    double start = now();
    while (t->open_line && t->recorded == t->out.len && !t->at_prompt
           && now() - start < LINE_END / 1e3)
        pump(r, 1);
    if (t->open_line && t->recorded < t->out.len
        && t->out.data[t->recorded] == '\n')
        record_output(&r->recording, (int)(t - r->terminals),
                      t->recorded + 1);
}

/* Fails if t has shown something that no step waited for. */
static void require_all_recorded(struct run *r, struct terminal *t)
{
    settle_line(r, t);
    if (t->recorded < t->out.len)
        fail(r, r->step, "%s has output that no step waited for; add "
             "'%s shows ...' or '%s exits N'", t->name, t->name, t->name);
}

/* Notes which terminal the scenario speaks of. A terminal that it turns
   to shows what has not been recorded yet. */
static void turn_to(struct run *r, int terminal)
{
    if (terminal == -1)
        return;
    struct terminal *t = &r->terminals[terminal];
    if (t->left && t->look_from < t->recorded)
        t->look_from = t->recorded;
    for (int i = 0; i < r->scenario->terminal_count; i++)
        r->terminals[i].left |= i != terminal;
}

/* Notes that something is about to be typed in t. */
static void prepare_typing(struct run *r, struct terminal *t)
{
    t->at_prompt = t->left = t->open_line = false;
    t->typed_at = t->look_from = t->out.len;
    t->typed_pid = 0;
    for (size_t i = r->never_count; i-- > 0; )
        if (&r->terminals[r->never[i].step->terminal] == t) {
            pattern_free(&r->never[i].pattern);
            r->never[i] = r->never[--r->never_count];
        }
}

static void type(struct run *r, struct terminal *t, const char *bytes,
                 size_t n)
{
    if (!terminal_type(t, bytes, n))
        fail(r, r->step, "the terminal takes no more input");
}

/* Types a line; the recording shows it as event kind. */
static void type_line(struct run *r, struct terminal *t)
{
    char *line = with_values(&r->values, r->step->text);
    record(&r->recording, TYPED, now(), r->step->terminal, "%s", line);
    type(r, t, line, strlen(line));
    type(r, t, "\n", 1);
    free(line);
}

static enum answer prompt_is_back(struct run *r, struct terminal *t)
{
    snprintf(r->why, sizeof r->why, "the shell has ended with status %d",
             t->status);
    return t->at_prompt ? YES : t->ended ? HOPELESS : NOT_YET;
}

static void type_command(struct run *r, struct terminal *t)
{
    wait_until(r, prompt_is_back);
    if (t->left)
        require_all_recorded(r, t);
    record_output(&r->recording, r->step->terminal, t->out.len);
    prepare_typing(r, t);
    t->command_line = r->step->line;
    record(&r->recording, PROMPT, now(), r->step->terminal, "%s", "");
    type_line(r, t);
}

/* A line or a key for the program in t. Whoever sleeps there now has to
   wake up before it counts as blocked again. */
static void type_into_program(struct run *r, struct terminal *t)
{
    require_all_recorded(r, t);
    if (t->at_prompt)
        fail(r, r->step, "no program runs in %s: the shell is at its prompt"
             ", status %d", t->name, t->status);
    prepare_typing(r, t);
    char key = (char)(r->step->number & 0x1f);      /* ^C is C - 64 */
    pid_t leader = terminal_leader(t);
    if ((r->step->kind == TYPE_LINE || r->step->number == 'D')
        && process_state(leader) == 'S') {
        t->typed_pid = leader;
        t->typed_switches = process_switches(leader);
    }
    if (r->step->kind == TYPE_LINE) {
        type_line(r, t);
    } else {
        record(&r->recording, KEY, now(), r->step->terminal, "%c",
               r->step->number);
        type(r, t, &key, 1);
    }
}

/* Nothing more can come from t if its shell is at the prompt and no other
   process is left there. */
static enum answer no_more_output(struct run *r, struct terminal *t)
{
    if (!t->ended && (!t->at_prompt || session_lives(t->shell)))
        return NOT_YET;
    snprintf(r->why, sizeof r->why, "not seen; the command has ended with "
             "status %d", t->status);
    return HOPELESS;
}

static enum answer shows_text(struct run *r, struct terminal *t)
{
    char *text = with_values(&r->values, r->step->text);
    const char *at = t->look_from == t->out.len ? NULL
        : memmem(t->out.data + t->look_from, t->out.len - t->look_from,
                 text, strlen(text));
    size_t end = at == NULL ? 0 : (size_t)(at - t->out.data) + strlen(text);
    free(text);
    if (at == NULL)
        return no_more_output(r, t);
    if (end > t->recorded)
        record_output(&r->recording, r->step->terminal, end);
    return YES;
}

/* A line has matched: binds names, notes what to highlight. */
static void use_match(struct run *r, struct terminal *t, size_t line,
                      const struct pattern *p, const regmatch_t *found)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t from = line + (size_t)found[i].rm_so;
        size_t to = line + (size_t)found[i].rm_eo;
        const char *name = p->parts[i].name;
        if (found[i].rm_so == -1)
            continue;
        t->marks = room_for_one(t->marks, t->mark_count, sizeof *t->marks);
        t->marks[t->mark_count++] = (struct mark){ from, to };
        if (name == NULL || value_of(&r->values, name, strlen(name)))
            continue;
        char *value = copy_bytes(t->out.data + from, to - from);
        bind_value(&r->values, name, strlen(name), value);
        record(&r->recording, VALUE, now(), -1, "%s %s", name, value);
        free(value);
    }
}

/* Beginning of the first line to look at. */
static size_t first_line(const struct terminal *t)
{
    const char *newline = t->look_from == t->typed_at ? NULL
        : memrchr(t->out.data + t->typed_at, '\n',
                  t->look_from - t->typed_at);
    return newline == NULL ? t->typed_at
                           : (size_t)(newline - t->out.data) + 1;
}

static enum answer shows_line(struct run *r, struct terminal *t)
{
    struct pattern p;
    regmatch_t found[MAX_GROUPS];
    const char *error = pattern_compile(&p, r->step->text, &r->values);
    if (error != NULL)
        fail(r, r->step, "%s", error);
    size_t line = first_line(t), end;
    while ((end = line_end(t, line)) != 0
           && !pattern_matches(&p, t->out.data + line, end - line - 1,
                               found))
        line = end;
    if (end != 0) {
        if (end > t->recorded)
            record_output(&r->recording, r->step->terminal, end);
        use_match(r, t, line, &p, found);
    }
    pattern_free(&p);
    return end != 0 ? YES : no_more_output(r, t);
}

static void never_shows(struct run *r, struct terminal *t)
{
    struct prohibition p = { .step = r->step, .checked = t->typed_at };
    const char *error = pattern_compile(&p.pattern, r->step->text,
                                        &r->values);
    if (error != NULL)
        fail(r, r->step, "%s", error);
    r->never = room_for_one(r->never, r->never_count, sizeof *r->never);
    r->never[r->never_count++] = p;
    check_prohibitions(r);
}

static enum answer exits(struct run *r, struct terminal *t)
{
    bool gone = t->ended && t->master == -1;
    if (!t->at_prompt && !gone)
        return NOT_YET;
    if (t->status != r->step->number)
        fail(r, r->step, "it ended with status %d", t->status);
    size_t end = gone ? t->out.len : t->prompt_at;
    if (end > t->recorded)
        record_output(&r->recording, r->step->terminal, end);
    record(&r->recording, EXIT, now(), r->step->terminal, "%d", t->status);
    return YES;
}

/* The process that a step speaks of: a bound PID or the foreground leader
   of a terminal; 0 if there is none. */
static pid_t subject(const struct run *r, const struct terminal *t)
{
    const char *name = r->step->subject;
    if (name == NULL)
        return terminal_leader(t);
    return (pid_t)atoi(value_of(&r->values, name, strlen(name)));
}

static enum answer is_blocked(struct run *r, struct terminal *t)
{
    pid_t pid = subject(r, t);
    if (t != NULL && t->at_prompt && pid <= 0) {
        snprintf(r->why, sizeof r->why, "its command has ended with status "
                 "%d", t->status);
        return HOPELESS;
    }
    if (t != NULL && pid == t->typed_pid
        && process_switches(pid) == t->typed_switches)
        return NOT_YET;             /* has not noticed the line yet */
    if (process_blocked(pid, r->step->text, r->step->number))
        return YES;
    snprintf(r->why, sizeof r->why, "the process is gone");
    return t == NULL && process_state(pid) == 0 ? HOPELESS : NOT_YET;
}

static enum answer process_is(struct run *r, struct terminal *t)
{
    char state = process_state(subject(r, t));
    const char *text = r->step->text;
    if (strcmp(text, state == 0 ? "gone" : state == 'Z' ? "zombie"
                     : state == 'T' ? "stopped" : "") == 0)
        return YES;
    snprintf(r->why, sizeof r->why, "the process is gone");
    return state == 0 ? HOPELESS : NOT_YET;
}

static enum answer socket_has_state(struct run *r, struct terminal *t)
{
    char *local = with_values(&r->values, r->step->subject);
    char *peer = r->step->peer == NULL ? NULL
                 : with_values(&r->values, r->step->peer);
    (void)t;
    bool yes = socket_is(local, peer, r->step->text);
    free(local);
    free(peer);
    return yes ? YES : NOT_YET;
}

static void send_signal(struct run *r, struct terminal *t)
{
    pid_t pid = subject(r, t);
    if (pid <= 1)
        fail(r, r->step, "no program runs there");
    if (kill(pid, r->step->number) == -1)
        fail(r, r->step, "kill: %s", strerror(errno));
}

/* packets end N: the capture has to hold so many packets, no more. A
   delayed acknowledgement, say, comes only after some 40 ms. */
static enum answer packets_complete(struct run *r, struct terminal *t)
{
    size_t wanted = (size_t)r->step->number;
    (void)t;
    if (r->packets.count > wanted)
        fail(r, r->step, "the capture holds %zu packets", r->packets.count);
    return r->packets.count == wanted ? YES : NOT_YET;
}

static void end_packets(struct run *r)
{
    if (r->step->number > 0)
        wait_until(r, packets_complete);
    packets_end(&r->packets, &r->recording);
    if (packets_lost(&r->packets) > 0)
        fail(r, r->step, "the kernel lost packets");
}

static void do_step(struct run *r, struct terminal *t)
{
    const struct step *s = r->step;
    switch (s->kind) {
    case TYPE_COMMAND: type_command(r, t); break;
    case TYPE_LINE:
    case TYPE_KEY: type_into_program(r, t); break;
    case SHOWS_TEXT: wait_until(r, shows_text); break;
    case SHOWS_LINE: wait_until(r, shows_line); break;
    case NEVER_SHOWS: never_shows(r, t); break;
    case EXITS: wait_until(r, exits); break;
    case UNORDERED:
        record(&r->recording, UNORDERED_OUT, now(), -1, "%d",
               t->command_line);
        break;
    case BLOCKED: wait_until(r, is_blocked); break;
    case PROCESS_IS: wait_until(r, process_is); break;
    case SOCKET_IS: wait_until(r, socket_has_state); break;
    case SIGNAL: send_signal(r, t); break;
    case PACKETS: packets_begin(&r->packets, s->text); break;
    case PACKETS_END: end_packets(r); break;
    case LIMIT: r->limit = s->number; break;
    }
}

/* At the end of a piece everything that was shown must be recorded, since
   the page shows it there. */
static void end_piece(struct run *r)
{
    while (pump(r, QUIET))
        continue;
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
            break;
    if (c != '\n')
        putchar('\n');
}

static enum answer all_at_prompt(struct run *r, struct terminal *t)
{
    (void)t;
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
        text_drop(&r->terminals[i].out, r->terminals[i].out.len);
        r->terminals[i].prompt_at = 0;
    }
}

static void play_steps(struct run *r, bool wait)
{
    int piece = 0;
    for (size_t i = 0; i < r->scenario->count; i++) {
        const struct step *s = &r->scenario->steps[i];
        if (s->piece != piece && piece != 0) {
            end_piece(r);
            if (wait)
                wait_for_enter();
        }
        r->step = s;
        if (s->piece != piece)
            record(&r->recording, PIECE, now(), -1, "%d", s->piece);
        piece = s->piece;
        turn_to(r, s->terminal);
        record(&r->recording, STEP, now(), -1, "%d %s", s->line,
               s->terminal == -1 ? "-" : r->terminals[s->terminal].name);
        do_step(r, s->terminal == -1 ? NULL : &r->terminals[s->terminal]);
    }
    if (r->step != NULL)
        end_piece(r);
}

_Noreturn void play(const struct scenario *s, const struct manner *manner,
                    FILE *recording, FILE *report)
{
    static struct run r;
    r.scenario = s;
    r.report = report;
    r.limit = 10;
    r.budget = 10.0 * s->limit;
    r.recording = (struct recording){ .scenario = s,
        .terminals = r.terminals, .start = now(), .live = manner->live,
        .colour = manner->colour, .live_terminal = -1 };
    if (packets_open(&r.packets) == -1) {
        fprintf(report, "packets: %s", strerror(errno));
        fflush(NULL);
        _exit(NO_SANDBOX);
    }
    start_terminals(&r);
    if (manner->probe)
        puts("ok packets (AF_PACKET)\nok shells on terminals");
    if (manner->live)
        live_begin(&r.recording);
    play_steps(&r, manner->step);
    if (manner->live)
        live_end(&r.recording);
    write_header(recording, s);
    write_recording(recording, &r.recording);
    fflush(NULL);
    _exit(ferror(recording) ? 1 : 0);
}
