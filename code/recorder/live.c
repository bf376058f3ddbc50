/* live.c - shows a recording while it is made. */

#include <string.h>

#include "recorder.h"

/* Starts a look, if there are colours: SGR 1 bold, 2 faint, 4 underlined,
   31 to 36 colours, 0 plain (ECMA-48). */
static void look(const struct recording *r, int sgr)
{
    if (r->colour)
        printf("\033[%dm", sgr);
}

static void end_line(struct recording *r)
{
    if (r->line != NULL)
        putchar('\n');
    r->line = NULL;
    fflush(stdout);
}

/* Shows a line that belongs to no terminal. */
static void show_line(struct recording *r, int sgr, const char *text, int n)
{
    end_line(r);
    r->named = NULL;
    look(r, sgr);
    printf("%.*s", n, text);
    look(r, 0);
    putchar('\n');
    fflush(stdout);
}

/* Begins a line of this terminal, unless the cursor is in one. Above the
   first stands the name, in a colour that goes with the number of the
   tty. */
static void begin_line(struct recording *r, const struct terminal *t)
{
    const struct scenario_host *at = t->host->declared;
    if (r->line == t)
        return;
    end_line(r);
    if (r->named != t) {
        look(r, 31 + (t->tty[strlen("pts/")] - '0' + 2) % 6);
        printf("-- %s", t->name);
        if (at != NULL && strcmp(at->name, t->name) != 0)
            printf(" @ %s", at->name);
        look(r, 0);
        putchar('\n');
    }
    r->line = r->named = t;
}

void live_record(struct recording *r, const char *word,
                 const struct terminal *t, const char *text)
{
    bool prompt = strcmp(word, "prompt") == 0;
    bool status = strcmp(word, "exit") == 0;
    if (status && strcmp(text, "0") == 0)
        return;                         /* success says nothing */
    if (prompt)
        end_line(r);
    begin_line(r, t);
    look(r, status ? 2 : 1);
    if (prompt)
        fputs(t->privileged ? "# " : "$ ", stdout);
    else if (status)
        printf("(exit status %s)", text);
    else
        printf("%s%s", strcmp(word, "key") == 0 ? "^" : "", text);
    look(r, 0);
    if (!prompt)
        end_line(r);
}

/* Whether a mark begins, or ends, at this byte. */
static bool mark_at(const struct terminal *t, size_t i, bool end)
{
    for (size_t m = 0; m < t->mark_count; m++)
        if (i == (end ? t->marks[m].to : t->marks[m].from))
            return true;
    return false;
}

/* The length of the control character at s, 0 if there is none. UTF-8
   writes some as two bytes, C2 80 to C2 9F. Tabs do no harm. */
static size_t control_length(const char *s)
{
    const unsigned char *c = (const unsigned char *)s;
    if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
        return 2;
    return (*c < ' ' && *c != '\t') || *c == 0x7f;
}

/* Control characters could do things to the reader's terminal, so they
   are left out. */
void live_output(struct recording *r, const struct terminal *t,
                 size_t from, size_t to)
{
    begin_line(r, t);
    for (size_t i = from; i < to; i++) {
        if (mark_at(t, i, true))
            look(r, 0);
        if (mark_at(t, i, false))
            look(r, 4);
        size_t control = control_length(t->out.data + i);
        if (control == 0)
            putchar(t->out.data[i]);
        else
            i += control - 1;
    }
    look(r, 0);
    if (t->out.data[to - 1] == '\n')
        end_line(r);
}

void live_packets(struct recording *r, const char *lines)
{
    char word[16], packet[256];
    show_line(r, 2, "-- packets", 10);
    for (; sscanf(lines, "%15s %*s %255[^\n]", word, packet) == 2;
         lines += strcspn(lines, "\n") + 1)
        if (strcmp(word, "packet") == 0)
            puts(packet);
        else if (strcmp(word, "state") != 0)
            printf("%s %s\n", word, packet);
    fflush(stdout);
}

void live_stage(struct recording *r, const char *word,
                const struct host *host, const char *text)
{
    char line[256];
    int n = snprintf(line, sizeof line, "-- lab: %s %s%s%s", word,
                     host->declared->name, *text ? " " : "", text);
    show_line(r, 1, line, n);
}

/* How many columns n bytes of UTF-8 take. What has three bytes or more is
   taken for two columns wide, as Hangul is. */
static int columns(const char *text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        if ((text[i] & 0xc0) != 0x80)           /* a character begins */
            count += (unsigned char)text[i] >= 0xe0 ? 2 : 1;
    return count;
}

/* How many bytes of a text to show in one line of 80 columns: as many
   words as fit, and one at least. */
static size_t line_of(const char *text)
{
    size_t n = strcspn(text, " ");
    while (text[n] != '\0') {
        size_t next = n + strspn(text + n, " ");
        next += strcspn(text + next, " ");
        if (columns(text, next) > 80)
            break;
        n = next;
    }
    return n;
}

void live_about(struct recording *r, const char *text)
{
    for (size_t n; *text != '\0'; text += n + strspn(text + n, " ")) {
        n = line_of(text);
        show_line(r, 0, text, (int)n);
    }
}

void live_title(struct recording *r, const char *titles, int n)
{
    for (; n > 1; n--) {
        titles += strcspn(titles, "\n");
        titles += *titles == '\n';
    }
    if (*titles != '\0' && *titles != '\n')
        show_line(r, 1, titles, (int)strcspn(titles, "\n"));
}
