/* scenario.c - reads a scenario into steps. */

#define _GNU_SOURCE     /* sigabbrev_np: POSIX has no names of signals */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "facts.h"
#include "pattern.h"
#include "scenario.h"
#include "text.h"

/* What the reader of a scenario knows while it reads. */
struct parser {
    struct scenario *scenario;
    struct step step;       /* the step of this line */
    char *s;                /* the rest of the line */
    struct values names;    /* bound by the steps so far */
    bool capturing;
    int errors;
};

/* Reports an error in this line; false, so that parsers can return it. */
static bool wrong(struct parser *p, const char *what)
{
    complain_at(p->scenario->path, p->step.line, "%s: %s", what,
                p->step.source);
    p->errors++;
    return false;
}

/* If the rest begins with word, and the word ends there, skips it and
   the blanks behind it. */
static bool word(struct parser *p, const char *w)
{
    size_t n = strlen(w);
    if (strncmp(p->s, w, n) != 0 || (p->s[n] != ' ' && p->s[n] != '\0'))
        return false;
    p->s += n + strspn(p->s + n, " ");
    return true;
}

/* Takes the next word; NULL at the end of the line. */
static char *any_word(struct parser *p)
{
    char *w = p->s;
    size_t n = strcspn(w, " ");
    if (n == 0)
        return NULL;
    p->s += n + strspn(w + n, " ");
    w[n] = '\0';
    return w;
}

/* A decimal number 0 to max that is the rest of the line, or -1. */
static int rest_number(struct parser *p, long max)
{
    char *end;
    long n = strtol(p->s, &end, 10);
    if (end == p->s || *end != '\0' || *p->s < '0' || *p->s > '9'
        || n > max)
        return -1;
    return (int)n;
}

/* Adds the step of this line to the scenario. */
static bool add(struct parser *p, enum step_kind kind)
{
    struct scenario *s = p->scenario;
    p->step.kind = kind;
    p->step.piece += p->step.piece == 0;    /* written by hand: one piece */
    s->steps = room_for_one(s->steps, s->count, sizeof *s->steps);
    s->steps[s->count++] = p->step;
    return true;
}

/* Number of the terminal, or -1. */
static int find_terminal(const struct scenario *s, const char *name)
{
    for (int i = 0; i < s->terminal_count; i++)
        if (strcmp(s->terminals[i].name, name) == 0)
            return i;
    return -1;
}

/* name$ or name#: the first command makes the terminal. */
static bool command(struct parser *p, char *name, bool privileged)
{
    struct scenario *s = p->scenario;
    int t = find_terminal(s, name);
    if (t == -1) {
        if (s->terminal_count == MAX_TERMINALS)
            return wrong(p, "too many terminals");
        t = s->terminal_count++;
        s->terminals[t].name = name;
        s->terminals[t].privileged = privileged;
    }
    if (s->terminals[t].privileged != privileged)
        return wrong(p, "a terminal has the prompt $ or # throughout");
    if (*p->s == '\0')
        return wrong(p, "no command");
    p->step.terminal = t;
    p->step.text = p->s;
    return add(p, TYPE_COMMAND);
}

/* name^C */
static bool key(struct parser *p)
{
    if (strlen(p->s) != 1 || strchr("CDZ\\", *p->s) == NULL)
        return wrong(p, "the keys are ^C ^D ^Z ^\\");
    p->step.number = *p->s;
    return add(p, TYPE_KEY);
}

/* The names that a pattern binds are known in the steps after it. */
static bool check_pattern(struct parser *p)
{
    struct pattern pattern;
    const char *error = pattern_compile(&pattern, p->step.text, &p->names);
    if (error != NULL)
        return wrong(p, error);
    for (size_t i = 0; i < pattern.count; i++) {
        const char *name = pattern.parts[i].name;
        if (name != NULL)
            bind_value(&p->names, name, strlen(name), "0");
    }
    pattern_free(&pattern);
    return true;
}

/* T shows "TEXT" or T shows /ERE/; the rest is "TEXT" or /ERE/. */
static bool shows(struct parser *p, bool never)
{
    size_t n = strlen(p->s);
    if (n < 3 || p->s[0] != p->s[n - 1]
        || (p->s[0] != '/' && (p->s[0] != '"' || never)))
        return wrong(p, never ? "expected /ERE/"
                              : "expected \"TEXT\" or /ERE/");
    bool ere = p->s[0] == '/';
    p->s[n - 1] = '\0';
    p->step.text = p->s + 1;
    if (ere && !check_pattern(p))
        return false;
    return add(p, never ? NEVER_SHOWS : ere ? SHOWS_LINE : SHOWS_TEXT);
}

static bool exits(struct parser *p)
{
    p->step.number = rest_number(p, 255);
    if (p->step.number == -1)
        return wrong(p, "expected an exit status, 0 to 255");
    return add(p, EXITS);
}

/* CALL or CALL(FD) */
static bool blocked(struct parser *p)
{
    p->step.number = -1;
    char *paren = strchr(p->s, '(');
    if (paren != NULL) {
        char *end;
        p->step.number = (int)strtol(paren + 1, &end, 10);
        if (end == paren + 1 || strcmp(end, ")") != 0)
            return wrong(p, "expected CALL or CALL(DESCRIPTOR)");
        *paren = '\0';
    }
    if (!call_known(p->s))
        return wrong(p, "unknown system call");
    p->step.text = p->s;
    return add(p, BLOCKED);
}

/* {name}: takes it and leaves its name in step.subject. */
static bool subject(struct parser *p)
{
    size_t n = *p->s == '{' ? name_length(p->s + 1) : 0;
    if (n == 0 || p->s[n + 1] != '}')
        return wrong(p, "expected {name}");
    p->step.subject = p->s + 1;
    p->s += n + 2 + strspn(p->s + n + 2, " ");
    p->step.subject[n] = '\0';
    if (value_of(&p->names, p->step.subject, n) == NULL)
        return wrong(p, "no step before has bound this name");
    return true;
}

/* {name} is ... */
static bool process(struct parser *p)
{
    if (!subject(p))
        return false;
    if (!word(p, "is"))
        return wrong(p, "expected {name} is ...");
    if (word(p, "blocked") && word(p, "in"))
        return blocked(p);
    if (strcmp(p->s, "zombie") != 0 && strcmp(p->s, "stopped") != 0
        && strcmp(p->s, "gone") != 0)
        return wrong(p, "expected blocked in CALL, zombie, stopped or gone");
    p->step.text = p->s;
    return add(p, PROCESS_IS);
}

/* socket A:P [to B:Q] is STATE */
static bool socket_step(struct parser *p)
{
    p->step.subject = any_word(p);
    if (word(p, "to"))
        p->step.peer = any_word(p);
    if (!word(p, "is"))
        return wrong(p, "expected socket A:P [to B:Q] is STATE");
    if (!address_known(p->step.subject)
        || (p->step.peer != NULL && !address_known(p->step.peer)))
        return wrong(p, "an address is 127.0.0.1:9877 or [::1]:9877");
    if (!socket_state_known(p->s))
        return wrong(p, "unknown state of a socket");
    p->step.text = p->s;
    return add(p, SOCKET_IS);
}

/* signal NAME to T | {name} */
static bool signal_to(struct parser *p)
{
    char *name = any_word(p);
    for (int i = 1; name != NULL && i < NSIG; i++)
        if (sigabbrev_np(i) != NULL && strcmp(sigabbrev_np(i), name) == 0)
            p->step.number = i;
    if (p->step.number == 0 || !word(p, "to"))
        return wrong(p, "expected signal NAME to T or {name}");
    if (*p->s == '{')
        return subject(p) && (*p->s == '\0' ? add(p, SIGNAL)
                              : wrong(p, "something behind {name}"));
    p->step.terminal = find_terminal(p->scenario, p->s);
    if (p->step.terminal == -1)
        return wrong(p, "no command was typed in this terminal yet");
    return add(p, SIGNAL);
}

/* packets NAME | packets end [N] */
static bool packets(struct parser *p)
{
    bool end = word(p, "end");
    size_t n = name_length(p->s);
    if (end && *p->s != '\0')
        p->step.number = rest_number(p, 10000);
    if (p->step.number == -1 || (!end && (n == 0 || p->s[n] != '\0')))
        return wrong(p, "expected packets NAME or packets end [NUMBER]");
    if (end != p->capturing)
        return wrong(p, end ? "no capture is open"
                            : "the capture before has no packets end");
    p->capturing = !end;
    p->step.text = p->s;
    return add(p, end ? PACKETS_END : PACKETS);
}

static bool limit(struct parser *p)
{
    p->step.number = rest_number(p, 3600);
    if (p->step.number <= 0)
        return wrong(p, "expected a number of seconds, 1 to 3600");
    if (p->step.number > p->scenario->limit)
        p->scenario->limit = p->step.number;
    return add(p, LIMIT);
}

/* What follows the name of a terminal that is there already. */
static bool expectation(struct parser *p)
{
    if (word(p, "shows"))
        return shows(p, false);
    if (word(p, "never") && word(p, "shows"))
        return shows(p, true);
    if (word(p, "exits"))
        return exits(p);
    if (strcmp(p->s, "unordered") == 0)
        return add(p, UNORDERED);
    if (word(p, "is") && word(p, "blocked") && word(p, "in"))
        return blocked(p);
    return wrong(p, "expected shows, never shows, exits, unordered or "
                 "is blocked in");
}

/* A step that begins with the name of a terminal. */
static bool terminal_step(struct parser *p)
{
    size_t n = name_length(p->s);
    if (n == 0 || (p->s[n] != '\0' && strchr("$#>^ ", p->s[n]) == NULL))
        return wrong(p, "this is no step");
    char *name = p->s, what = p->s[n];
    p->s += n + (what != '\0');
    name[n] = '\0';
    if (what != '^')
        p->s += *p->s == ' ';
    if (what == '$' || what == '#')
        return command(p, name, what == '#');
    p->step.terminal = find_terminal(p->scenario, name);
    if (p->step.terminal == -1)
        return wrong(p, "no command was typed in this terminal yet");
    p->step.text = p->s;
    if (what == '>')
        return add(p, TYPE_LINE);
    return what == '^' ? key(p) : expectation(p);
}

/* One line: a step, a comment, or nothing. */
static bool parse_line(struct parser *p)
{
    if (strlen(p->s) > MAX_LINE)
        return wrong(p, "this line is too long");
    if (strcmp(p->s, "# piece") == 0)
        p->step.piece++;
    if (*p->s == '\0' || *p->s == '#')
        return true;
    if (*p->s == '{')
        return process(p);
    if (word(p, "socket"))
        return socket_step(p);
    if (word(p, "signal"))
        return signal_to(p);
    if (word(p, "packets"))
        return packets(p);
    if (word(p, "limit"))
        return limit(p);
    return terminal_step(p);
}

/* ch05/normal_startup for code/ch05/normal_startup.scenario */
static char *scenario_name(const char *path)
{
    const char *from = path;
    for (const char *s = path; (s = strchr(s, '/')) != NULL; s++)
        if (strchr(s + 1, '/') != NULL
            && strchr(strchr(s + 1, '/') + 1, '/') == NULL)
            from = s + 1;
    size_t n = strlen(from), suffix = strlen(".scenario");
    if (n > suffix && strcmp(from + n - suffix, ".scenario") == 0)
        n -= suffix;
    return copy_bytes(from, n);
}

/* The whole file as a string, or NULL; the caller frees it. */
static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    struct text all = {0};
    char part[4096];
    size_t n;
    text_add(&all, "", 0);
    while ((n = fread(part, 1, sizeof part, file)) > 0)
        text_add(&all, part, n);
    bool bad = ferror(file);
    fclose(file);
    if (bad) {
        free(all.data);
        return NULL;
    }
    return all.data;
}

int scenario_read(struct scenario *s, const char *path)
{
    *s = (struct scenario){ .path = path, .limit = 10,
                            .name = scenario_name(path) };
    s->text = read_whole(path);
    if (s->text == NULL)
        die("read the scenario %s", path);
    s->source = copy_bytes(s->text, strlen(s->text));
    struct parser p = { .scenario = s };
    for (char *next, *line = s->text; *line != '\0'; line = next) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        line[n] = '\0';
        s->source[line + n - s->text] = '\0';
        p.step = (struct step){ .line = p.step.line + 1,
            .piece = p.step.piece, .terminal = -1,
            .source = s->source + (line - s->text) };
        p.s = line;
        parse_line(&p);
    }
    if (p.capturing)
        wrong(&p, "the last capture has no packets end");
    free_values(&p.names);
    return p.errors;
}
