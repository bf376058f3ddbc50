/* pattern.c - a scenario's patterns: EREs that bind and require names. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"

const char *value_of(const struct values *v, const char *name, size_t n)
{
    for (size_t i = 0; i < v->count; i++)
        if (strlen(v->list[i].name) == n
            && memcmp(v->list[i].name, name, n) == 0)
            return v->list[i].text;
    return NULL;
}

void bind_value(struct values *v, const char *name, const char *text)
{
    if (value_of(v, name, strlen(name)) != NULL)
        return;
    v->list = room_for_one(v->list, v->count, sizeof *v->list);
    v->list[v->count].name = copy_bytes(name, strlen(name));
    v->list[v->count++].text = copy_bytes(text, strlen(text));
}

void free_values(struct values *v)
{
    while (v->count > 0) {
        free(v->list[--v->count].name);
        free(v->list[v->count].text);
    }
    free(v->list);
    v->list = NULL;
}

/* Length of the name at s ([a-z][a-z0-9_]*), 0 if there is none. */
static size_t name_length(const char *s)
{
    if (*s < 'a' || *s > 'z')
        return 0;
    return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

void bind_values(struct values *v, const struct values *given)
{
    for (size_t i = 0; i < given->count; i++)
        bind_value(v, given->list[i].name, given->list[i].text);
}

char *with_values(const struct values *v, const char *text)
{
    struct text out = {0};
    text_add(&out, "", 0);
    for (const char *s = text; *s != '\0'; s++) {
        size_t n = *s == '{' ? name_length(s + 1) : 0;
        const char *value = n > 0 && s[1 + n] == '}'
                            ? value_of(v, s + 1, n) : NULL;
        if (value != NULL) {
            text_puts(&out, value);
            s += n + 1;
        } else {
            text_add(&out, s, 1);
        }
    }
    return out.data;
}

/* What a translation has at hand. */
struct translation {
    const char *s;                  /* the rest of the source */
    struct text ere;                /* the ERE made so far */
    struct pattern *p;
    const struct values *values;
    size_t open;                    /* named groups not closed yet */
    const char *wrong;
};

/* Appends a text so that it stands for itself in an ERE. */
static void add_literal(struct text *ere, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\[](){}.*+?^$|", *text) != NULL)
            text_puts(ere, "\\");
        text_add(ere, text, 1);
    }
}

/* Length of the element at s that holds no named group: an escaped
   character, a bracket expression, an interval, or one byte. */
static size_t element_length(const char *s)
{
    if (*s == '\\' && s[1] != '\0')
        return 2;
    if (*s == '{' && isdigit((unsigned char)s[1]))
        return strcspn(s, "}") + (strchr(s, '}') != NULL);
    if (*s != '[')
        return 1;
    size_t n = 1 + (s[1] == '^');
    n += s[n] == ']';                   /* a ] here is an ordinary one */
    while (s[n] != '\0' && s[n] != ']') {
        if (s[n] == '[' && s[n + 1] == ':')         /* [:digit:] */
            n += strcspn(s + n, "]");
        n += s[n] != '\0';
    }
    return n + (s[n] == ']');
}

/* {name=ERE} or {=ERE}: opens a group. */
static void open_group(struct translation *t, size_t n)
{
    struct pattern *p = t->p;
    if (p->count == MAX_GROUPS) {
        t->wrong = "too many {...} in one pattern";
        return;
    }
    p->parts[p->count].group = ++p->groups;
    p->parts[p->count++].name = n == 0 ? NULL : copy_bytes(t->s + 1, n);
    text_puts(&t->ere, "(");
    t->s += n + 2;
    t->open++;
}

/* A { that begins no interval. */
static void brace(struct translation *t)
{
    size_t n = name_length(t->s + 1);
    if (t->s[1 + n] == '=') {
        open_group(t, n);
    } else if (n > 0 && t->s[1 + n] == '}') {
        const char *value = value_of(t->values, t->s + 1, n);
        if (value == NULL)
            t->wrong = "a {name} that no step before has bound";
        else
            add_literal(&t->ere, value);
        t->s += n + 2;
    } else {
        t->wrong = "a { that begins neither a name nor an interval";
    }
}

/* Translates one element of the source. */
static void translate(struct translation *t)
{
    size_t n = element_length(t->s);
    if (n == 1 && *t->s == '{') {
        brace(t);
        return;
    }
    if (n == 1 && *t->s == '}' && t->open > 0) {
        text_puts(&t->ere, ")");
        t->open--;
    } else if (n == 2 && t->s[1] == '/') {
        text_puts(&t->ere, "/");
    } else {
        t->p->groups += n == 1 && *t->s == '(';
        text_add(&t->ere, t->s, n);
    }
    t->s += n;
}

const char *pattern_compile(struct pattern *p, const char *source,
                            const struct values *v)
{
    static char message[128];
    struct translation t = { .s = source, .p = p, .values = v };
    p->groups = p->count = 0;
    text_add(&t.ere, "", 0);
    while (*t.s != '\0' && t.wrong == NULL)
        translate(&t);
    if (t.wrong == NULL && t.open > 0)
        t.wrong = "a { without its }";
    if (t.wrong == NULL && p->groups >= MAX_GROUPS)
        t.wrong = "too many groups in one pattern";
    if (t.wrong == NULL) {
        int error = regcomp(&p->regex, t.ere.data, REG_EXTENDED);
        if (error != 0) {
            regerror(error, &p->regex, message, sizeof message);
            t.wrong = message;
        }
    }
    free(t.ere.data);
    if (t.wrong != NULL)
        while (p->count > 0)
            free(p->parts[--p->count].name);
    return t.wrong;
}

bool pattern_matches(const struct pattern *p, const struct values *v,
                     const char *line, size_t n, regmatch_t *found)
{
    regmatch_t groups[MAX_GROUPS];
    char *copy = copy_bytes(line, n);
    bool yes = regexec(&p->regex, copy, MAX_GROUPS, groups, 0) == 0;
    for (size_t i = 0; yes && i < p->count; i++) {
        const char *name = p->parts[i].name;
        const char *value = name == NULL ? NULL
                            : value_of(v, name, strlen(name));
        found[i] = groups[p->parts[i].group];
        size_t length = (size_t)(found[i].rm_eo - found[i].rm_so);
        if (value != NULL)
            yes = strlen(value) == length
                  && memcmp(copy + found[i].rm_so, value, length) == 0;
    }
    free(copy);
    return yes;
}

void pattern_free(struct pattern *p)
{
    regfree(&p->regex);
    while (p->count > 0)
        free(p->parts[--p->count].name);
}
