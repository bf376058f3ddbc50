#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "text.h"

/* A shell on a pseudo-terminal, seen from the other side. */
struct terminal {
    const char *name;
    bool privileged;
    int master;             /* our end; -1 once the shell has gone */
    pid_t shell;
    char tty[32];           /* "pts/0" */
    struct text raw;        /* bytes read that are not understood yet */
    struct text out;        /* what was shown, without prompts */
    struct text screen;     /* the same with prompts and what was typed */
    size_t recorded;        /* out up to here is in the recording */
    struct mark { size_t from, to; } *marks;    /* what to highlight */
    size_t mark_count;
    size_t look_from;       /* where "shows" begins to look */
    size_t typed_at;        /* length of out when something was typed */
    bool at_prompt;         /* since then the prompt has come ... */
    size_t prompt_at;       /* ... here in out */
    int status;             /* exit status that the prompt carried */
    bool ended;             /* the shell has ended, with this status */
    bool left;              /* another terminal was named since then */
    bool open_line;         /* "shows" ended within a line */
    int last_event;         /* number of its last out record, or -1 */
    int command_line;       /* scenario line of the last command */
    pid_t typed_pid;        /* who was asleep when a line was typed, */
    long typed_switches;    /* and how often it had been until then */
};

/* Opens a pty, starts its shell. The terminal must be all zeros but for
   name and privileged. Ends the program on errors. */
void terminal_start(struct terminal *t);

/* Takes what the terminal has shown, at most a few KiB; never waits.
   Returns whether there was anything. */
bool terminal_read(struct terminal *t);

/* Types n bytes. False if the terminal does not take them all. */
bool terminal_type(struct terminal *t, const char *bytes, size_t n);

/* Writes the last lines of the screen. */
void terminal_write_screen(const struct terminal *t, FILE *out);

/* Leader of the foreground process group, 0 if that is the shell. */
pid_t terminal_leader(const struct terminal *t);

#endif
