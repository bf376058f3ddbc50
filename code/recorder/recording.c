/* recording.c - what happened, in order, and how it is written down. */

#define _GNU_SOURCE     /* vasprintf */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <wchar.h>

#include "die.h"
#include "recording.h"
#include "text.h"

/* How the kinds of events are written, and which fields they have. */
static const struct {
    const char *word;
    bool time, terminal;
} kinds[] = {
    [PIECE] = { "piece", false, false },
    [STEP] = { "step", false, false },
    [PROMPT] = { "prompt", true, true },
    [TYPED] = { "typed", true, true },
    [KEY] = { "key", true, true },
    [OUT] = { "out", true, true },
    [EXIT] = { "exit", true, true },
    [UNORDERED_OUT] = { "unordered", false, false },
    [VALUE] = { "value", false, false },
    [PACKET] = { "packet", true, false },
};

double now(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        die("clock_gettime");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add_event(struct recording *r, const struct event *e)
{
    r->events = room_for_one(r->events, r->count, sizeof *r->events);
    r->events[r->count++] = *e;
    if (r->live)
        live_event(r, &r->events[r->count - 1]);
}

void record(struct recording *r, enum event_kind kind, double time,
            int terminal, const char *format, ...)
{
    struct event e = { kind, time - r->start, terminal, 0, 0, NULL };
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&e.text, format, arguments) == -1)
        die("vasprintf");
    va_end(arguments);
    add_event(r, &e);
    if (kind == TYPED || kind == KEY)
        r->terminals[terminal].last_event = -1;
}

/* The end of a line whose beginning a step waited for belongs to that
   step, whenever it came. */
static void record_newline(struct recording *r, struct terminal *t)
{
    r->events[t->last_event].to++;
    t->recorded++;
    if (r->live)
        live_newline(r, r->events[t->last_event].terminal);
}

void record_output(struct recording *r, int terminal, size_t upto)
{
    struct terminal *t = &r->terminals[terminal];
    if (upto <= t->recorded)
        return;
    if (t->out.data[t->recorded] == '\n'
        && t->open_line && t->last_event != -1)
        record_newline(r, t);
    while (t->recorded < upto) {
        const char *line = t->out.data + t->recorded;
        const char *end = memchr(line, '\n', upto - t->recorded);
        size_t to = end == NULL ? upto
                                : (size_t)(end - t->out.data) + 1;
        struct event e = { OUT, now() - r->start, terminal, t->recorded, to,
                           NULL };
        t->recorded = to;
        add_event(r, &e);
        t->last_event = (int)r->count - 1;
    }
    t->open_line = t->out.data[upto - 1] != '\n';
}

/* Writes text so that it fits in a line: \\ \n \t, \xHH for what is no
   character. */
static void write_escaped(FILE *out, const char *s, size_t n)
{
    for (size_t i = 0, length; i < n; i += length) {
        mbstate_t state = {0};
        length = mbrlen(s + i, n - i, &state);
        bool printable = length <= n - i && (unsigned char)s[i] >= ' '
                         && s[i] != 0x7f;
        if (!printable || s[i] == '\\')
            length = 1;
        if (s[i] == '\\' || s[i] == '\n' || s[i] == '\t')
            fputs(s[i] == '\\' ? "\\\\" : s[i] == '\n' ? "\\n" : "\\t",
                  out);
        else if (printable)
            fwrite(s + i, 1, length, out);
        else
            fprintf(out, "\\x%02X", (unsigned char)s[i]);
    }
}

/* Writes the marks that fall into an output event: a-b,c-d or -. */
static void write_marks(FILE *out, const struct terminal *t,
                        const struct event *e)
{
    const char *comma = "";
    for (size_t i = 0; i < t->mark_count; i++) {
        size_t from = t->marks[i].from, to = t->marks[i].to;
        if (from < e->from)
            from = e->from;
        if (to > e->to)
            to = e->to;
        if (from < to) {
            fprintf(out, "%s%zu-%zu", comma, from - e->from, to - e->from);
            comma = ",";
        }
    }
    fputs(*comma == '\0' ? "- " : " ", out);
}

static void write_event(FILE *out, const struct recording *r,
                        const struct event *e)
{
    fputs(kinds[e->kind].word, out);
    if (kinds[e->kind].time)
        fprintf(out, " %.6f", e->time);
    if (kinds[e->kind].terminal)
        fprintf(out, " %s", r->terminals[e->terminal].name);
    if (e->kind == OUT) {
        const struct terminal *t = &r->terminals[e->terminal];
        fputc(' ', out);
        write_marks(out, t, e);
        write_escaped(out, t->out.data + e->from, e->to - e->from);
    } else if (e->kind != PROMPT) {
        fputc(' ', out);
        write_escaped(out, e->text, strlen(e->text));
    }
    fputc('\n', out);
}

/* The name of the distribution, from os-release(5). */
static void write_distribution(FILE *out)
{
    FILE *file = fopen("/etc/os-release", "r");
    char line[256], name[256] = "unknown";
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "PRETTY_NAME=\"%255[^\"\n]", name) == 1)
            break;
    if (file != NULL)
        fclose(file);
    fprintf(out, "distribution %s\n", name);
}

void write_header(FILE *out, const struct scenario *s)
{
    struct utsname u;
    time_t t = time(NULL);
    struct tm tm;
    char date[32];
    if (uname(&u) == -1)
        die("uname");
    if (gmtime_r(&t, &tm) == NULL
        || strftime(date, sizeof date, "%Y-%m-%d", &tm) == 0)
        die("gmtime");
    fprintf(out, "recording 1\nscenario %s\nsystem %s %s %s\n", s->name,
            u.sysname, u.release, u.machine);
    write_distribution(out);
    fprintf(out, "date %s\n", date);
}

void write_recording(FILE *out, const struct recording *r)
{
    for (int i = 0; i < r->scenario->terminal_count; i++) {
        const struct terminal *t = &r->terminals[i];
        fprintf(out, "terminal %s %s %c\n", t->name, t->tty,
                t->privileged ? '#' : '$');
    }
    for (size_t i = 0; i < r->count; i++)
        write_event(out, r, &r->events[i]);
    fprintf(out, "end %.6f\n", now() - r->start);
}
