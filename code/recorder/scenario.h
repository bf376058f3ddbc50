#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_TERMINALS = 16, MAX_LINE = 1024 };

enum step_kind {
    TYPE_COMMAND, TYPE_LINE, TYPE_KEY, SHOWS_TEXT, SHOWS_LINE,
    NEVER_SHOWS, EXITS, UNORDERED, BLOCKED, PROCESS_IS, SOCKET_IS,
    SIGNAL, PACKETS, PACKETS_END, LIMIT
};

/* One line of a scenario. The strings belong to the scenario. */
struct step {
    enum step_kind kind;
    int line, piece;
    int terminal;           /* number of the terminal named, or -1 */
    char *source;           /* the line as written, for messages */
    char *text;             /* command, line, text, ERE, call, state,
                               name of a capture */
    char *subject;          /* {name}: the name; socket: local address */
    char *peer;             /* socket: the other address, or NULL */
    int number;             /* status, key, descriptor (or -1), signal,
                               seconds */
};

struct scenario {
    const char *path;       /* code/ch05/normal_startup.scenario */
    char *name;             /* ch05/normal_startup */
    char *text, *source;    /* the file, cut up for the steps, and whole */
    struct step *steps;
    size_t count;
    struct scenario_terminal {
        char *name;
        bool privileged;    /* prompt "# ", capabilities */
    } terminals[MAX_TERMINALS];
    int terminal_count;
    int limit;              /* the largest time limit, in seconds */
};

/* Reads the scenario in the file path. Every error is reported with
   complain_at(). Returns the number of errors. */
int scenario_read(struct scenario *s, const char *path);

/* Given by main.c: prints "where: message" for a line of the scenario,
   where that line is from. */
void complain_at(const char *path, int line, const char *format, ...);

#endif
