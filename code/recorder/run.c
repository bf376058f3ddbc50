/* run.c - takes what comes, waits until a fact is there, or fails. */

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "recorder.h"

enum {
    FLOOD = 1 << 20,        /* so many bytes unwaited for are too many */
    LINE_END = 50,          /* ms for the rest of a line that was begun */
    BUSY = 500,             /* ms that are waited for a busy process */
    CERTAIN = 200           /* ms until hopeless is taken for certain */
};

/* Prints the bound names that the step speaks of. */
static void describe_values(const struct run *r)
{
    for (size_t i = 0; i < r->values.count; i++)
        if (strstr(r->step->source, r->values.list[i].name) != NULL)
            fprintf(r->report, "  {%s} is %s\n", r->values.list[i].name,
                    r->values.list[i].text);
}

/* Prints what is known about what the step waits for. */
static void describe(const struct run *r)
{
    const struct step *s = r->step;
    describe_values(r);
    describe_family(r);
    if (s->kind == SOCKET_IS)
        describe_sockets(r);
    else if (s->kind == PACKETS_REACH || s->kind == PACKETS_END)
        fprintf(r->report, "  the capture holds %zu packets\n",
                r->packets.capture.count);
    else if (s->subject != NULL || s->terminal != -1)
        describe_process(r->report, subject(r));
}

void fail(struct run *r, const struct step *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(r->report, "%d\n%s: ", s == NULL ? 0 : s->line,
            s == NULL ? "start" : s->source);
    vfprintf(r->report, format, arguments);
    fputc('\n', r->report);
    va_end(arguments);
    if (s != NULL && s == r->step)
        describe(r);
    if (r->evidence != NULL) {
        describe_processes(r->report);
        write_evidence(r->evidence);
    }
    for (int i = 0; i < r->scenario->terminal_count; i++)
        terminal_write_screen(&r->terminals[i], r->report);
    fflush(NULL);
    _exit(FAILED);
}

pid_t subject(const struct run *r)
{
    const char *name = r->step->subject;
    if (name == NULL)
        return terminal_leader(r->terminal);
    char *end;
    long pid = strtol(value_of(&r->values, name, strlen(name)), &end, 10);
    return *end == '\0' ? (pid_t)pid : 0;
}

/* Process 1 gets every orphan of its namespace; all have to be reaped. */
static void reap(struct run *r)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < r->scenario->terminal_count; i++)
            if (r->terminals[i].shell == pid) {
                r->terminals[i].ended = true;
                r->terminals[i].status = WIFEXITED(status)
                    ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
}

size_t line_end(const struct terminal *t, size_t from)
{
    const char *end = from == t->out.len ? NULL
        : memchr(t->out.data + from, '\n', t->out.len - from);
    return end == NULL ? 0 : (size_t)(end - t->out.data) + 1;
}

void check_prohibitions(struct run *r)
{
    for (size_t i = 0; i < r->never_count; i++) {
        struct prohibition *p = &r->never[i];
        struct terminal *t = &r->terminals[p->step->terminal];
        for (size_t end; (end = line_end(t, p->checked)) != 0;
             p->checked = end) {
            regmatch_t found[MAX_GROUPS];
            if (pattern_matches(&p->pattern, &r->values,
                                t->out.data + p->checked,
                                end - p->checked - 1, found))
                fail(r, p->step, "it does show this");
        }
    }
}

void end_prohibitions(struct run *r, const struct terminal *t)
{
    for (size_t i = r->never_count; i-- > 0; )
        if (&r->terminals[r->never[i].step->terminal] == t) {
            pattern_free(&r->never[i].pattern);
            r->never[i] = r->never[--r->never_count];
        }
}

bool pump(struct run *r, int timeout)
{
    struct pollfd fds[MAX_TERMINALS + MAX_HOSTS];
    int count = r->scenario->terminal_count;
    bool any = false;
    for (int i = 0; i < count; i++)
        fds[i] = (struct pollfd){ r->terminals[i].master, POLLIN, 0 };
    for (int i = 0; i < r->host_count; i++)
        fds[count + i] = (struct pollfd){ r->packets.fds[i], POLLIN, 0 };
    if (poll(fds, (nfds_t)(count + r->host_count), timeout) == -1
        && errno != EINTR)
        die("poll");
    packets_take(&r->packets);
    for (int i = 0; i < count; i++) {
        struct terminal *t = &r->terminals[i];
        if (terminal_read(t))
            any = true;
        if (t->out.len - t->accepted > FLOOD)
            fail(r, r->step, "%s floods its terminal", t->name);
    }
    reap(r);
    check_prohibitions(r);
    return any;
}

void wait_until(struct run *r, enum answer (*check)(struct run *))
{
    double start = now(), hope = start;
    double limit = r->limit < r->budget ? r->limit : r->budget;
    enum answer answer;
    pump(r, 0);
    while ((answer = check(r)) != YES) {
        double time = now();
        if (answer == NOT_YET)
            hope = time;
        if (time - hope > CERTAIN / 1e3)
            fail(r, r->step, "%s", r->why);
        if (time - start > limit)
            fail(r, r->step, limit < r->limit
                 ? "the scenario takes too long"
                 : "not seen within %g s", limit);
        pump(r, 1);
    }
    r->budget -= now() - start;
}

void let_settle(struct run *r)
{
    double start = now();
    long last = -1, sum = activity();
    while ((sum == -1 || sum != last) && now() - start < BUSY / 1e3) {
        pump(r, 1);
        last = sum;
        sum = activity();
    }
}


void settle_line(struct run *r, struct terminal *t)
{
    double start = now();
    if (t->accepted == t->typed_at || t->out.data[t->accepted - 1] == '\n')
        return;
    while (t->accepted == t->out.len && !t->at_prompt
           && now() - start < LINE_END / 1e3)
        pump(r, 1);
    if (t->accepted < t->out.len && t->out.data[t->accepted] == '\n')
        t->accepted++;
}

void record_current(struct run *r)
{
    if (r->current != NULL) {
        settle_line(r, r->current);
        record_output(&r->recording, r->current);
    }
}

void require_all_accepted(struct run *r, struct terminal *t)
{
    settle_line(r, t);
    if (r->evidence != NULL)            /* whatever else a reader prints */
        t->accepted = t->out.len;
    if (t->accepted < t->out.len)
        fail(r, r->step, "%s has output that no step waited for; add "
             "'%s shows ...' or '%s exits N'", t->name, t->name, t->name);
}
