/* family.c - steps about a process's children and descriptors. */

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"

enum {
    MANY = 1024,            /* more processes than a sandbox may have */
    PROGRAM_FDS = 1000      /* valgrind's own descriptors are above */
};

/* The living and the dead children of a process, the oldest first. */
struct family {
    pid_t child[MANY];
    size_t count, zombies;
};

static int by_age(const void *a, const void *b)
{
    pid_t left = *(const pid_t *)a, right = *(const pid_t *)b;
    return (left > right) - (left < right);
}

static void read_family(struct family *f, pid_t parent)
{
    DIR *proc = opendir("/proc");
    struct dirent *d;
    f->count = f->zombies = 0;
    while (proc != NULL && (d = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)atoi(d->d_name);
        if (pid <= 0 || process_parent(pid) != parent || f->count == MANY)
            continue;
        f->child[f->count++] = pid;
        f->zombies += process_state(pid) == 'Z';
    }
    if (proc != NULL)
        closedir(proc);
    qsort(f->child, f->count, sizeof f->child[0], by_age);
}

/* Whether a descriptor is one of the program's own. Valgrind has files
   open too: that of its report, and others whose numbers it keeps above
   those that it lets the program have. */
static bool own_descriptor(pid_t pid, int fd)
{
    char path[64], target[64];
    if (fd >= PROGRAM_FDS)
        return false;
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)pid, fd);
    ssize_t n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    return n > 0 && strncmp(target, EVIDENCE, strlen(EVIDENCE)) != 0;
}

static int by_number(const void *a, const void *b)
{
    int left = *(const int *)a, right = *(const int *)b;
    return (left > right) - (left < right);
}

/* The descriptors of a process as " 0 1 2 3"; the caller frees it. */
static char *descriptors_of(pid_t pid)
{
    char path[64], number[16];
    int fd[MANY];
    size_t count = 0;
    struct text text = {0};
    struct dirent *d;
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    DIR *dir = opendir(path);
    while (dir != NULL && count < MANY && (d = readdir(dir)) != NULL)
        if (*d->d_name != '.' && own_descriptor(pid, atoi(d->d_name)))
            fd[count++] = atoi(d->d_name);
    if (dir != NULL)
        closedir(dir);
    qsort(fd, count, sizeof fd[0], by_number);
    text_add(&text, "", 0);
    for (size_t i = 0; i < count; i++) {
        snprintf(number, sizeof number, " %d", fd[i]);
        text_puts(&text, number);
    }
    return text.data;
}

/* Binds the step's name to a PID, here and in the recording. */
static void bind_pid(struct run *r, pid_t pid)
{
    char text[16];
    snprintf(text, sizeof text, "%ld", (long)pid);
    bind_value(&r->values, r->step->binds, text);
    fprintf(r->recording.file, "value %s %s\n", r->step->binds, text);
}

/* The name that a PID is bound to, or NULL. */
static const char *name_of(const struct run *r, pid_t pid)
{
    for (size_t i = 0; i < r->values.count; i++)
        if (atol(r->values.list[i].text) == (long)pid)
            return r->values.list[i].name;
    return NULL;
}

/* T runs {name}: the foreground of the terminal is not the shell. */
static enum answer runs(struct run *r)
{
    pid_t pid = terminal_leader(r->terminal);
    if (pid > 0) {
        bind_pid(r, pid);
        return YES;
    }
    snprintf(r->why, sizeof r->why, "its command has ended with status %d",
             r->terminal->status);
    return r->terminal->at_prompt ? HOPELESS : NOT_YET;
}

/* {name} has child {name}: the one of that name, or the oldest one that
   has no name yet. */
static enum answer has_child(struct run *r)
{
    struct family f;
    const char *wanted = r->step->binds;
    bool bound = value_of(&r->values, wanted, strlen(wanted)) != NULL;
    read_family(&f, subject(r));
    for (size_t i = 0; i < f.count; i++) {
        const char *name = name_of(r, f.child[i]);
        if (bound && name != NULL && strcmp(name, wanted) == 0)
            return YES;
        if (!bound && name == NULL) {
            bind_pid(r, f.child[i]);
            return YES;
        }
    }
    return NOT_YET;
}

/* {name} has N children (which counts the dead), N zombies. */
static enum answer has_members(struct run *r)
{
    struct family f;
    read_family(&f, subject(r));
    size_t count = *r->step->text == 'z' ? f.zombies : f.count;
    return count == (size_t)r->step->number ? YES : NOT_YET;
}

static enum answer has_descriptors(struct run *r)
{
    char *have = descriptors_of(subject(r));
    bool same = strcmp(have, r->step->text) == 0;
    free(have);
    return same ? YES : NOT_YET;
}

/* {name} has ended: it is a zombie, or gone. */
static enum answer has_ended(struct run *r)
{
    char state = process_state(subject(r));
    return state == 0 || state == 'Z' ? YES : NOT_YET;
}

/* The step's check, unless its process is gone. */
static enum answer check(struct run *r)
{
    snprintf(r->why, sizeof r->why, "the process is gone");
    switch (r->step->kind) {
    case RUNS: return runs(r);
    case HAS_ENDED: return has_ended(r);
    default: break;
    }
    if (process_state(subject(r)) == 0)
        return HOPELESS;
    return r->step->kind == HAS_CHILD ? has_child(r)
         : r->step->kind == HAS_MEMBERS ? has_members(r)
         : has_descriptors(r);
}

/* answer NAME is TEXT: what --set has bound the name to. */
static void check_answer(struct run *r)
{
    const char *name = r->step->binds;
    const char *given = value_of(&r->values, name, strlen(name));
    char *wanted = with_values(&r->values, r->step->text);
    if (strcmp(given, wanted) != 0)
        fail(r, r->step, "the answer was %s", given);
    free(wanted);
}

bool do_family_step(struct run *r)
{
    switch (r->step->kind) {
    case CLAIM: return true;            /* for whoever reads the result */
    case ANSWERED: check_answer(r); return true;
    case RUNS:
    case HAS_CHILD:
    case HAS_MEMBERS:
    case HAS_DESCRIPTORS:
    case HAS_ENDED: wait_until(r, check); return true;
    default: return false;
    }
}


void describe_family(const struct run *r)
{
    struct family f;
    pid_t pid;
    if (r->step->kind != HAS_CHILD && r->step->kind != HAS_MEMBERS
        && r->step->kind != HAS_DESCRIPTORS)
        return;
    pid = subject(r);
    if (r->step->kind == HAS_DESCRIPTORS) {
        char *have = descriptors_of(pid);
        fprintf(r->report, "  process %ld has descriptors%s\n", (long)pid,
                have);
        free(have);
        return;
    }
    read_family(&f, pid);
    fprintf(r->report, "  process %ld has %zu children, %zu zombies\n",
            (long)pid, f.count, f.zombies);
}
