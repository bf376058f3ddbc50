/* recording.c - writes down what happened. */

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <wchar.h>

#include "die.h"
#include "recorder.h"

double now(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
        die("clock_gettime");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The name of the distribution, from os-release(5). */
static void write_distribution(FILE *out, const char *mark)
{
    FILE *file = fopen("/etc/os-release", "r");
    char line[256], name[256] = "unknown";
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "PRETTY_NAME=\"%255[^\"\n]", name) == 1)
            break;
    if (file != NULL)
        fclose(file);
    fprintf(out, "%sdistribution %s\n", mark, name);
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
        die("gmtime_r");
    const char *mark = s->experiment ? "# " : "";
    fprintf(out, "%s %s\n%ssystem %s %s %s\n", s->experiment
            ? "# experiment" : "recording 1\nscenario", s->name, mark,
            u.sysname, u.release, u.machine);
    write_distribution(out, mark);
    fprintf(out, "%sdate %s\n", mark, date);
    for (int i = 0; i < s->host_count; i++) {
        fprintf(out, "host %s", s->hosts[i].name);
        for (int k = 0; k < s->hosts[i].count; k++)
            fprintf(out, " %s", s->hosts[i].addresses[k]);
        fputc('\n', out);
    }
}

void write_escaped(FILE *out, const char *text, size_t n)
{
    for (size_t i = 0, length; i < n; i += length) {
        mbstate_t state = {0};
        unsigned char c = (unsigned char)text[i];
        length = mbrlen(text + i, n - i, &state);
        bool printable = length <= n - i && c >= ' ' && c != 0x7f;
        if (!printable)
            length = 1;
        if (c == '\\' || c == '\n' || c == '\t')
            fputs(c == '\\' ? "\\\\" : c == '\n' ? "\\n" : "\\t", out);
        else if (printable)
            fwrite(text + i, 1, length, out);
        else
            fprintf(out, "\\x%02X", c);
    }
}

/* Begins a record. */
static void begin_record(struct recording *r, const char *word,
                         const struct terminal *t)
{
    fprintf(r->file, "%s %.6f %s", word, now() - r->start, t->name);
}

void record(struct recording *r, const char *word, const struct terminal *t,
            const char *text)
{
    begin_record(r, word, t);
    if (*text != '\0')
        fputc(' ', r->file);
    write_escaped(r->file, text, strlen(text));
    fputc('\n', r->file);
    if (r->live)
        live_record(r, word, t, text);
}

void record_stage(struct recording *r, const char *word,
                  const struct host *host, const char *text)
{
    fprintf(r->file, "stage %.6f %s %s", now() - r->start, word,
            host->declared->name);
    if (*text != '\0')
        fputc(' ', r->file);
    write_escaped(r->file, text, strlen(text));
    fputc('\n', r->file);
    if (r->live)
        live_stage(r, word, host, text);
}

/* Writes the marks that fall into a line of output: a-b,c-d or -. */
static void write_marks(FILE *out, const struct terminal *t, size_t from,
                        size_t to)
{
    const char *before = " ";
    for (size_t i = 0; i < t->mark_count; i++) {
        size_t a = t->marks[i].from < from ? from : t->marks[i].from;
        size_t b = t->marks[i].to > to ? to : t->marks[i].to;
        if (a < b) {
            fprintf(out, "%s%zu-%zu", before, a - from, b - from);
            before = ",";
        }
    }
    fputs(*before == ' ' ? " - " : " ", out);
}

void record_output(struct recording *r, struct terminal *t)
{
    while (t->written < t->accepted) {
        const char *line = t->out.data + t->written;
        size_t n = t->accepted - t->written;
        const char *end = memchr(line, '\n', n);
        if (end != NULL)
            n = (size_t)(end - line) + 1;
        begin_record(r, "out", t);
        write_marks(r->file, t, t->written, t->written + n);
        write_escaped(r->file, line, n);
        fputc('\n', r->file);
        if (r->live)
            live_output(r, t, t->written, t->written + n);
        t->written += n;
    }
    t->mark_count = 0;
}
