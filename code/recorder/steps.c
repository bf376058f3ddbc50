/* steps.c - what each kind of step does. */

#define _GNU_SOURCE     /* memmem, memrchr: POSIX searches only strings */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"

/* Something is about to be typed: output and rules begin anew. */
static void begin_typing(struct run *r)
{
    struct terminal *t = r->terminal;
    record_output(&r->recording, t);
    t->at_prompt = t->left = false;
    t->typed_at = t->look_from = t->out.len;
    t->typed_pid = 0;
    end_prohibitions(r, t);
}

static void type(struct run *r, const char *bytes, size_t n)
{
    if (!terminal_type(r->terminal, bytes, n))
        fail(r, r->step, "the terminal takes no more input");
}

/* Types the step's text and Enter. */
static void type_line(struct run *r)
{
    char *line = with_values(&r->values, r->step->text);
    record(&r->recording, "typed", r->terminal, line);
    text_puts(&r->terminal->screen, line);
    text_puts(&r->terminal->screen, "\n");
    type(r, line, strlen(line));
    type(r, "\n", 1);
    free(line);
}

static enum answer prompt_is_back(struct run *r)
{
    snprintf(r->why, sizeof r->why, "the shell has ended with status %d",
             r->terminal->status);
    if (r->terminal->at_prompt)
        return YES;
    return r->terminal->ended ? HOPELESS : NOT_YET;
}

static void type_command(struct run *r)
{
    struct terminal *t = r->terminal;
    wait_until(r, prompt_is_back);
    let_settle(r);
    look_at_states(r, true);
    if (t->left)
        require_all_accepted(r, t);
    t->accepted = t->out.len;
    begin_typing(r);
    t->command_line = r->step->line;
    record(&r->recording, "prompt", t, "");
    type_line(r);
}

/* Remembers who sleeps at the terminal: it has to wake up before it
   counts as blocked again. */
static void remember_sleeper(struct terminal *t)
{
    pid_t leader = terminal_leader(t);
    if (process_state(leader) == 'S') {
        t->typed_pid = leader;
        t->typed_switches = process_switches(leader);
    }
}

/* Types a line or a key for the program that runs there. */
static void type_into_program(struct run *r)
{
    struct terminal *t = r->terminal;
    char key[] = { '^', (char)r->step->number, '\n', '\0' };
    let_settle(r);
    look_at_states(r, true);
    require_all_accepted(r, t);
    if (t->at_prompt)
        fail(r, r->step, "no program runs in %s: the shell is at its prompt"
             ", status %d", t->name, t->status);
    begin_typing(r);
    if (r->step->kind == TYPE_LINE || r->step->number == 'D')
        remember_sleeper(t);
    if (r->step->kind == TYPE_LINE) {
        type_line(r);
    } else {
        text_puts(&t->screen, key);
        key[2] = '\0';
        record(&r->recording, "key", t, key + 1);
        key[1] &= 0x1f;                 /* ^C is C - 64 */
        type(r, key + 1, 1);
    }
}

/* A step has waited for the output up to there. */
static void accept_output(struct terminal *t, size_t upto)
{
    if (t->accepted < upto)
        t->accepted = upto;
}

/* Nothing more can come if the shell is at its prompt and no other
   process is left there. */
static enum answer no_output_yet(struct run *r)
{
    const struct terminal *t = r->terminal;
    if (!t->ended && (!t->at_prompt || session_lives(t->shell)))
        return NOT_YET;
    snprintf(r->why, sizeof r->why, "not seen; the command has ended with "
             "status %d", t->status);
    return HOPELESS;
}

static enum answer shows_text(struct run *r)
{
    struct terminal *t = r->terminal;
    char *text = with_values(&r->values, r->step->text);
    const char *at = t->look_from == t->out.len ? NULL
        : memmem(t->out.data + t->look_from, t->out.len - t->look_from,
                 text, strlen(text));
    size_t end = at == NULL ? 0 : (size_t)(at - t->out.data) + strlen(text);
    free(text);
    if (at == NULL)
        return no_output_yet(r);
    accept_output(t, end);
    return YES;
}

/* Beginning of the first line to look at: the whole line, even if a part
   of it was recorded before. */
static size_t first_line(const struct terminal *t)
{
    const char *newline = t->look_from == t->typed_at ? NULL
        : memrchr(t->out.data + t->typed_at, '\n',
                  t->look_from - t->typed_at);
    return newline == NULL ? t->typed_at
                           : (size_t)(newline - t->out.data) + 1;
}

/* Compiles the step's pattern with the names bound by now. */
static void compile(struct run *r, struct pattern *p)
{
    const char *error = pattern_compile(p, r->step->text, &r->values);
    if (error != NULL)
        fail(r, r->step, "%s", error);
}

/* Notes what to highlight in a line that has matched, binds names. */
static void use_match(struct run *r, size_t line, const regmatch_t *found)
{
    struct terminal *t = r->terminal;
    for (size_t i = 0; i < r->pattern.count; i++) {
        const char *name = r->pattern.parts[i].name;
        if (found[i].rm_so == -1)
            fail(r, r->step, "a {...} of it matches nothing");
        size_t from = line + (size_t)found[i].rm_so;
        size_t to = line + (size_t)found[i].rm_eo;
        t->marks = room_for_one(t->marks, t->mark_count, sizeof *t->marks);
        t->marks[t->mark_count++] = (struct mark){ from, to };
        if (name == NULL || value_of(&r->values, name, strlen(name)))
            continue;
        char *value = copy_bytes(t->out.data + from, to - from);
        bind_value(&r->values, name, value);
        fprintf(r->recording.file, "value %s ", name);
        write_escaped(r->recording.file, value, strlen(value));
        fputc('\n', r->recording.file);
        free(value);
    }
}

static enum answer line_is_shown(struct run *r)
{
    struct terminal *t = r->terminal;
    regmatch_t found[MAX_GROUPS];
    size_t line = first_line(t), end;
    while ((end = line_end(t, line)) != 0
           && !pattern_matches(&r->pattern, &r->values, t->out.data + line,
                               end - line - 1, found))
        line = end;
    if (end == 0)
        return no_output_yet(r);
    use_match(r, line, found);
    accept_output(t, end);
    return YES;
}

static void shows_line(struct run *r)
{
    compile(r, &r->pattern);
    wait_until(r, line_is_shown);
    pattern_free(&r->pattern);
}

static void never_shows(struct run *r)
{
    r->never = room_for_one(r->never, r->never_count, sizeof *r->never);
    struct prohibition *p = &r->never[r->never_count];
    compile(r, &p->pattern);
    p->step = r->step;
    p->checked = r->terminal->typed_at;
    r->never_count++;
    check_prohibitions(r);
}

static enum answer exits(struct run *r)
{
    struct terminal *t = r->terminal;
    bool gone = t->ended && t->master == -1;
    if (!t->at_prompt && !gone)
        return NOT_YET;
    if (t->status != r->step->number)
        fail(r, r->step, "it ended with status %d", t->status);
    char status[16];
    snprintf(status, sizeof status, "%d", t->status);
    accept_output(t, gone ? t->out.len : t->prompt_at);
    record_output(&r->recording, t);
    record(&r->recording, "exit", t, status);
    return YES;
}

static enum answer is_blocked(struct run *r)
{
    const struct terminal *t = r->terminal;
    pid_t pid = subject(r);
    bool woken = t == NULL || pid != t->typed_pid
                 || process_switches(pid) != t->typed_switches;
    if (woken && process_blocked(pid, r->step->text, r->step->number))
        return YES;
    if (t != NULL && t->at_prompt && pid <= 0) {
        snprintf(r->why, sizeof r->why, "its command has ended with status "
                 "%d", t->status);
        return HOPELESS;
    }
    snprintf(r->why, sizeof r->why, "the process is gone");
    return t == NULL && process_state(pid) == 0 ? HOPELESS : NOT_YET;
}

static enum answer process_is(struct run *r)
{
    pid_t pid = subject(r);
    char state = process_state(pid);
    const char *name = state == 0 ? "gone" : state == 'Z' ? "zombie"
                       : state == 'T' ? "stopped"
                       : process_asleep(pid) ? "asleep" : "";
    snprintf(r->why, sizeof r->why, "the process is gone");
    if (strcmp(name, r->step->text) == 0)
        return YES;
    return state == 0 ? HOPELESS : NOT_YET;
}

static enum answer socket_has_state(struct run *r)
{
    char *local = with_values(&r->values, r->step->subject);
    char *peer = r->step->peer == NULL ? NULL
                 : with_values(&r->values, r->step->peer);
    bool yes = socket_is(r, local, peer, r->step->text);
    free(local);
    free(peer);
    return yes ? YES : NOT_YET;
}

static void send_signal(struct run *r)
{
    pid_t pid = subject(r);
    if (pid <= 1)
        fail(r, r->step, "no program runs there");
    if (kill(pid, r->step->number) == -1)
        fail(r, r->step, "kill: %s", strerror(errno));
}

/* packets end N: the capture has to hold so many packets, no more. A
   delayed acknowledgement, say, comes only after some 40 ms. */
static enum answer capture_is_complete(struct run *r)
{
    size_t wanted = (size_t)r->step->number;
    size_t count = r->packets.capture.count;
    if (count > wanted)
        fail(r, r->step, "the capture holds %zu packets", count);
    snprintf(r->why, sizeof r->why, "the capture holds %zu packets", count);
    return count == wanted ? YES : NOT_YET;
}

/* packets reach N: it goes on after that. */
static enum answer capture_reaches(struct run *r)
{
    return r->packets.capture.count >= (size_t)r->step->number ? YES
                                                               : NOT_YET;
}

static void end_packets(struct run *r)
{
    struct capture *c = &r->packets.capture;
    if (r->step->number > 0) {
        wait_until(r, capture_is_complete);
        c->until = realtime();
    }
    record_current(r);
    look_at_states(r, r->step->number == 0);
    if (r->step->number == 0)
        c->until = c->looked;
    while (packets_moving(&r->packets))
        pump(r, 1);
    if (!packets_end(&r->packets, &r->recording))
        fail(r, r->step, "the kernel lost packets");
}

/* Whether the step has waited for something. */
static bool waits(enum step_kind kind)
{
    return kind == SHOWS_TEXT || kind == SHOWS_LINE || kind == EXITS
           || kind == BLOCKED || kind == PROCESS_IS || kind == SOCKET_IS
           || kind == PACKETS_REACH;
}

/* Notes what may differ from run to run in the output of a command. */
static void say_what_varies(struct run *r)
{
    fprintf(r->recording.file, "varies %d ", r->terminal->command_line);
    write_escaped(r->recording.file, r->step->text, strlen(r->step->text));
    fputc('\n', r->recording.file);
}

void do_step(struct run *r)
{
    const char *name = r->step->kind == SOCKET_IS ? NULL : r->step->subject;
    if (name != NULL && subject(r) <= 1)
        fail(r, r->step, "{%s} is no PID: '%s'", name,
             value_of(&r->values, name, strlen(name)));
    switch (r->step->kind) {
    case TYPE_COMMAND: type_command(r); break;
    case TYPE_LINE:
    case TYPE_KEY: type_into_program(r); break;
    case SHOWS_TEXT: wait_until(r, shows_text); break;
    case SHOWS_LINE: shows_line(r); break;
    case NEVER_SHOWS: never_shows(r); break;
    case EXITS: wait_until(r, exits); break;
    case UNORDERED:
        fprintf(r->recording.file, "unordered %d\n",
                r->terminal->command_line);
        break;
    case VARIES: say_what_varies(r); break;
    case BLOCKED: wait_until(r, is_blocked); break;
    case PROCESS_IS: wait_until(r, process_is); break;
    case SOCKET_IS: wait_until(r, socket_has_state); break;
    case SIGNAL: send_signal(r); break;
    case PACKETS: begin_capture(r); break;
    case PACKETS_REACH: wait_until(r, capture_reaches); break;
    case PACKETS_END: end_packets(r); break;
    case LIMIT: r->limit = r->step->number * r->slow; break;
    case ABOUT:
        if (r->recording.live)
            live_about(&r->recording,
                       r->korean ? r->step->text : r->step->peer);
        break;
    default: do_stage(r); break;
    }
    if (waits(r->step->kind))
        look_at_states(r, r->step->kind != SOCKET_IS
                          || !state_passes(r->step->text));
}
