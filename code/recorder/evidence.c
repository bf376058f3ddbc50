/* evidence.c - what a check leaves behind for the reader. */

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"

enum { ROWS = 20, GRACE = 3, LARGE = 1 << 18 };

/* The command line of a process as ps shows it: its arguments, or its
   name in brackets if it has none any more. */
static void command_of(pid_t pid, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
    FILE *file = fopen(path, "re");
    size_t n = file == NULL ? 0 : fread(text, 1, size - 1, file);
    if (file != NULL)
        fclose(file);
    for (size_t i = 0; i < n; i++)
        if (!isprint((unsigned char)text[i]))
            text[i] = ' ';
    while (n > 0 && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
    if (n == 0 && process_name(pid, text + 1, size - 2)) {
        *text = '[';
        strcat(text, "]");
    }
}

/* The PIDs of all processes but this one, in order; returns how many. */
static size_t all_processes(pid_t *list, size_t max)
{
    DIR *proc = opendir("/proc");
    struct dirent *d;
    size_t count = 0;
    while (proc != NULL && count < max && (d = readdir(proc)) != NULL)
        if (atoi(d->d_name) > 1)
            list[count++] = (pid_t)atoi(d->d_name);
    if (proc != NULL)
        closedir(proc);
    return count;
}

void describe_processes(FILE *out)
{
    pid_t list[1024];
    char call[64], command[64];
    size_t count = all_processes(list, sizeof list / sizeof list[0]);
    fprintf(out, "---- processes ----\n%7s %7s %-5s %-18s %s\n", "PID",
            "PPID", "STATE", "CALL", "COMMAND");
    for (size_t i = 0; i < count && i < ROWS; i++) {
        char state = process_state(list[i]);
        if (state == 0)
            continue;
        process_call(list[i], call, sizeof call);
        command_of(list[i], command, sizeof command);
        fprintf(out, "%7ld %7ld %-5c %-18s %s\n", (long)list[i],
                (long)process_parent(list[i]), state, call, command);
    }
    if (count > ROWS)
        fprintf(out, "... and %zu more\n", count - ROWS);
}

/* Whether no program runs any more: every process is a terminal's shell,
   or dead. */
static enum answer only_shells(struct run *r)
{
    pid_t list[1024];
    size_t count = all_processes(list, sizeof list / sizeof list[0]);
    size_t shells = 0, dead = 0;
    for (size_t i = 0; i < count; i++) {
        char state = process_state(list[i]);
        dead += state == 0 || state == 'Z';
        for (int t = 0; t < r->scenario->terminal_count; t++)
            shells += r->terminals[t].shell == list[i];
    }
    return shells + dead >= count ? YES : NOT_YET;
}

void end_exercise(struct run *r)
{
    double start = now();
    kill(-1, SIGTERM);          /* interactive shells ignore it */
    while (only_shells(r) != YES && now() - start < GRACE * r->slow)
        pump(r, 1);
    write_evidence(r->evidence);
}

/* One file: its name in the way of head(1) and tail(1), its beginning. */
static void write_file_evidence(FILE *out, const char *name)
{
    FILE *file = fopen(name, "re");
    int c;
    if (file == NULL)
        return;
    fprintf(out, "==> %s <==\n", name);
    for (int n = 0; n < LARGE && (c = getc(file)) != EOF; n++)
        putc(c, out);
    putc('\n', out);
    fclose(file);
}

void write_evidence(FILE *out)
{
    struct dirent **list;
    if (chdir(EVIDENCE) == -1)
        return;
    int count = scandir(".", &list, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (*list[i]->d_name != '.')
            write_file_evidence(out, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    fflush(out);
}
