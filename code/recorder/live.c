/* live.c - shows a recording while it is made. */

#include <string.h>

#include "recording.h"

enum { NAME_WIDTH = 10 };

/* Starts a look, if there are colours: SGR 1 bold, 2 faint, 31.. colours,
   0 plain (ECMA-48). */
static void look(const struct recording *r, int sgr)
{
    if (r->colour)
        printf("\033[%dm", sgr);
}

/* Prints text in a look. */
static void print_in(const struct recording *r, int sgr, const char *text)
{
    look(r, sgr);
    fputs(text, stdout);
    look(r, 0);
}

/* Ends the line in which the cursor stands, if any. */
static void end_line(struct recording *r)
{
    if (r->live_terminal != -1)
        putchar('\n');
    r->live_terminal = -1;
}

/* Begins a line of this terminal, unless the cursor is in one. */
static void line_of(struct recording *r, int terminal)
{
    if (r->live_terminal == terminal)
        return;
    end_line(r);
    look(r, 31 + (terminal + 2) % 6);
    printf("%*s ", NAME_WIDTH, r->terminals[terminal].name);
    look(r, 0);
    print_in(r, 2, "| ");
    r->live_terminal = terminal;
}

/* Whether a step has asked to highlight from, or up to, this byte. */
static bool mark_at(const struct terminal *t, size_t i, bool end)
{
    for (size_t m = 0; m < t->mark_count; m++)
        if (i == (end ? t->marks[m].to : t->marks[m].from))
            return true;
    return false;
}

/* Output: one line, or a part of one. Control characters could do things
   to the reader's terminal, so they are left out. */
static void print_output(struct recording *r, const struct event *e)
{
    const struct terminal *t = &r->terminals[e->terminal];
    line_of(r, e->terminal);
    for (size_t i = e->from; i < e->to; i++) {
        if (mark_at(t, i, true))
            look(r, 0);
        if (mark_at(t, i, false))
            look(r, 4);                 /* underlined */
        if (t->out.data[i] == '\t' || (unsigned char)t->out.data[i] >= ' ')
            putchar(t->out.data[i]);
    }
    look(r, 0);
    if (t->out.data[e->to - 1] == '\n')
        end_line(r);
}

/* Typed text stands behind the prompt if there is one. */
static void print_typed(struct recording *r, const struct event *e)
{
    line_of(r, e->terminal);
    look(r, 1);
    printf("%s%s", e->kind == KEY ? "^" : "", e->text);
    look(r, 0);
    end_line(r);
}

void live_event(struct recording *r, const struct event *e)
{
    switch (e->kind) {
    case PIECE:
        end_line(r);
        putchar('\n');
        break;
    case PROMPT:
        end_line(r);
        line_of(r, e->terminal);
        print_in(r, 1, r->terminals[e->terminal].privileged ? "# " : "$ ");
        break;
    case TYPED:
    case KEY:
        print_typed(r, e);
        break;
    case OUT:
        print_output(r, e);
        break;
    case EXIT:
        if (strcmp(e->text, "0") != 0) {
            line_of(r, e->terminal);
            print_in(r, 2, "(exit status ");
            print_in(r, 2, e->text);
            print_in(r, 2, ")");
            end_line(r);
        }
        break;
    case PACKET:
        end_line(r);
        print_in(r, 2, "    packet | ");
        printf("%s\n", e->text);
        break;
    default:
        break;
    }
    fflush(stdout);
}

void live_newline(struct recording *r, int terminal)
{
    if (r->live_terminal == terminal)
        end_line(r);
}

void live_begin(struct recording *r)
{
    r->live_terminal = -1;
    print_in(r, 1, r->scenario->name);
    putchar('\n');
    fflush(stdout);
}

void live_end(struct recording *r)
{
    end_line(r);
    putchar('\n');
    fflush(stdout);
}
