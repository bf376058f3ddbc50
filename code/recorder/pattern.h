#ifndef PATTERN_H
#define PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* Names that a scenario has bound, with their texts. */
struct values {
    struct value { char *name, *text; } *list;
    size_t count;
};

/* The text bound to the name of n bytes, or NULL. */
const char *value_of(const struct values *v, const char *name, size_t n);

/* Binds name (n bytes) to text, of which a copy is kept. */
void bind_value(struct values *v, const char *name, size_t n,
                const char *text);

/* Forgets all names. */
void free_values(struct values *v);

/* Length of the name at s ([a-z][a-z0-9_]*), 0 if there is none. */
size_t name_length(const char *s);

/* A copy of text in which every bound {name} is replaced by its value;
   the caller frees it. */
char *with_values(const struct values *v, const char *text);

enum { MAX_GROUPS = 32 };

/* A scenario's pattern, ready to be matched. */
struct pattern {
    regex_t regex;
    size_t groups;                  /* subexpressions in regex */
    struct {
        size_t group;               /* a subexpression to highlight */
        char *name;                 /* and the name it binds, or NULL */
    } parts[MAX_GROUPS];
    size_t count;
};

/* Translates a scenario's ERE with {name=ERE}, {name} and {=ERE} and
   compiles it. Returns NULL, or a static text saying what is wrong (then
   p need not be freed). */
const char *pattern_compile(struct pattern *p, const char *source,
                            const struct values *v);

/* Matches one line (n bytes); a group with a bound name must match the
   same text. If it matches: true, and found[i] holds the bytes of
   parts[i]. */
bool pattern_matches(const struct pattern *p, const struct values *v,
                     const char *line, size_t n,
                     regmatch_t found[static MAX_GROUPS]);

void pattern_free(struct pattern *p);

#endif
