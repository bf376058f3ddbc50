/* experiment.c - process 1 of the sandbox runs an experiment, a shell
   script that prints a table, and looks at every row. */

#define _GNU_SOURCE     /* pipe2, O_DIRECT, close_range */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "recorder.h"

/* A trace begins with MARK; bash writes traces to the descriptor TRACE. */
enum { MARK = '\036', TRACE = 9 };

/* An experiment that runs. */
struct trial {
    FILE *table, *report;
    FILE *said;             /* what came on standard error */
    bool live;
    int pipe;               /* rows and traces; -1 when it has ended */
    bool in_trace;          /* the next packet goes on with a trace */
    pid_t shell;
    int status;             /* of the shell, when it has ended */
    struct place {          /* what was done last: */
        pid_t pid;          /* by whom, */
        int line;           /* in which line of the script, */
        struct text command;    /* and how it reads */
    } last, own;            /* by anyone, and by the shell itself */
    struct text row;        /* the beginning of a row */
    struct values columns, rows, values;    /* their names */
};

/* One line of the head. Returns what is wrong with it, or NULL. */
static const char *declare(struct scenario *s, const char *line)
{
    int limit;
    char more;
    if (strncmp(line, "#:", 2) != 0 || strcmp(line, "#: fixed") == 0)
        return NULL;            /* a comment; fixed is for the tests */
    if (strcmp(line, "#: privileged") == 0)
        s->privileged = true;
    else if (sscanf(line, "#: limit %5d%c", &limit, &more) == 1
             && limit > 0)
        s->limit = limit;
    else
        return "expected #: limit SECONDS, #: privileged or #: fixed";
    return NULL;
}

/* The head: the lines before the first that is no comment. Returns the
   number of its errors. */
static int read_head(struct scenario *s)
{
    int errors = 0, number = 0;
    for (const char *at = s->source; *at == '#'; at += *at == '\n') {
        char *line = copy_bytes(at, strcspn(at, "\n"));
        const char *wrong = declare(s, line);
        number++;
        if (wrong != NULL) {
            complain_at(s->path, number, "%s: %s", wrong, line);
            errors++;
        }
        at += strlen(line);
        free(line);
    }
    return errors;
}

int experiment_read(struct scenario *s, const char *path)
{
    *s = (struct scenario){ .path = path, .limit = 60, .experiment = true,
                            .name = scenario_name(path) };
    s->source = read_whole(path);
    if (s->source == NULL) {
        complain("read the experiment %s", path);
        return 1;
    }
    if (strncmp(s->source, "#!/bin/sh\n", 10) != 0) {
        complain_at(path, 1, "an experiment begins with #!/bin/sh");
        return 1;
    }
    return read_head(s);
}

/* Whether a process has become another program than bash and runs. */
static bool runs_program(pid_t pid)
{
    char name[32], state = process_state(pid);
    return state != 0 && state != 'Z'
           && process_name(pid, name, sizeof name)
           && strcmp(name, "bash") != 0;
}

/* The end of an experiment that went wrong: leaves a message about the
   command that runs now. Everything in the sandbox ends. */
_Noreturn static void give_up(struct trial *t, const char *format, ...)
{
    enum { SHOWN = 60 };
    const struct place *place = t->last.pid != t->shell
                    && runs_program(t->last.pid) ? &t->own : &t->last;
    const char *command = place->command.len == 0 ? ""
                          : place->command.data;
    va_list arguments;
    int c, n = (int)strcspn(command, "\n");
    fprintf(t->report, "%d\n", place->line);
    if (n > 0)
        fprintf(t->report, "%.*s%s: ", n > SHOWN ? SHOWN : n, command,
                n > SHOWN ? "..." : "");
    va_start(arguments, format);
    vfprintf(t->report, format, arguments);
    va_end(arguments);
    fputc('\n', t->report);
    rewind(t->said);
    while ((c = getc(t->said)) != EOF)
        if (c == '\n' || c == '\t' || c >= ' ')
            fputc(c, t->report);
    fflush(NULL);
    _exit(FAILED);
}

/* Notes a name that may stand there only once. */
static void note_name(struct trial *t, struct values *names,
                      const char *name, const char *text)
{
    if (value_of(names, name, strlen(name)) != NULL)
        give_up(t, "the name %s stands there twice", name);
    bind_value(names, name, text);
}

/* One cell: the first row names the columns, its first cell each row. */
static void take_cell(struct trial *t, const char *cell, size_t column,
                      bool head)
{
    size_t n = strlen(cell);
    if (n == 0)
        give_up(t, "cell %zu is empty", column + 1);
    if (head && strspn(cell, "abcdefghijklmnopqrstuvwxyz0123456789_") != n)
        give_up(t, "a column is named by a to z, 0 to 9 and _, not: %s",
                cell);
    if (head)
        note_name(t, &t->columns, cell, "");
    else if (column == 0)
        note_name(t, &t->rows, cell, "");
}

static void take_row(struct trial *t, const char *row)
{
    bool head = t->columns.count == 0;
    size_t cells = 0;
    for (const char *at = row; at != NULL; cells++) {
        char *cell = copy_bytes(at, strcspn(at, "\t"));
        at = at[strlen(cell)] == '\t' ? at + strlen(cell) + 1 : NULL;
        take_cell(t, cell, cells, head);
        free(cell);
    }
    if (head && cells == 1)
        give_up(t, "a table has at least two columns, not: %s", row);
    if (cells != t->columns.count)
        give_up(t, "%zu cells, but the table has %zu columns: %s", cells,
                t->columns.count, row);
}

static void take_value(struct trial *t, const char *line)
{
    char name[64];
    int at = 0;
    if (sscanf(line, "# value %63[a-z0-9_] %n", name, &at) != 1
        || line[at] == '\0')
        give_up(t, "expected # value NAME TEXT, not: %s", line);
    note_name(t, &t->values, name, line + at);
}

/* One line of the output, n bytes. */
static void take_line(struct trial *t, const char *line, size_t n)
{
    if (mbstowcs(NULL, line, 0) == (size_t)-1)
        give_up(t, "a line that is no UTF-8");
    for (size_t i = 0; i < n; i++)
        if ((line[i] >= 0 && line[i] < ' ' && line[i] != '\t')
            || line[i] == 0x7f)
            give_up(t, "a control character in a line");
    if (*line == '#')
        take_value(t, line);
    else
        take_row(t, line);
    fprintf(t->table, "%s\n", line);
    if (t->live && puts(line) != EOF)
        fflush(stdout);
}

static void set_place(struct place *p, pid_t pid, int line,
                      const char *command)
{
    p->pid = pid;
    p->line = line;
    text_drop(&p->command, p->command.len);
    text_puts(&p->command, command);
}

/* A trace: marks, the PID, the number of the line, the command. */
static void take_trace(struct trial *t, const char *trace, size_t n)
{
    char *copy, *command;
    for (; n > 0 && *trace == MARK; n--)
        trace++;
    copy = copy_bytes(trace, n);
    pid_t pid = (pid_t)strtol(copy, &command, 10);
    int line = (int)strtol(command, &command, 10);
    command += strspn(command, " ");
    set_place(&t->last, pid, line, command);
    if (pid == t->shell)
        set_place(&t->own, pid, line, command);
    free(copy);
}

/* A part of one row, or several rows. */
static void take_rows(struct trial *t, const char *bytes, size_t n)
{
    char *end;
    text_add(&t->row, bytes, n);
    while (t->row.len > 0
           && (end = memchr(t->row.data, '\n', t->row.len)) != NULL) {
        *end = '\0';
        n = (size_t)(end - t->row.data);
        take_line(t, t->row.data, n);
        text_drop(&t->row, n + 1);
    }
    if (t->row.len > MAX_LINE)
        give_up(t, "a line of the table is too long");
}


/* Takes a packet, if one comes within so many ms. Returns whether it
   did. */
static bool take(struct trial *t, int timeout)
{
    char packet[PIPE_BUF];
    struct pollfd end = { .fd = t->pipe, .events = POLLIN };
    if (poll(&end, 1, timeout) == -1 && errno != EINTR)
        die("poll");
    if (end.revents == POLLHUP)
        t->pipe = -1;           /* nobody can write any more */
    if ((end.revents & POLLIN) == 0)
        return false;
    ssize_t n = read(t->pipe, packet, sizeof packet);
    if (n == -1)
        die("read the pipe");
    bool trace = t->in_trace || *packet == MARK;
    if (!trace)
        take_rows(t, packet, (size_t)n);
    else if (!t->in_trace)
        take_trace(t, packet, (size_t)n);
    t->in_trace = trace && n == PIPE_BUF;
    return true;
}

/* Keeps, of all capabilities, the one that await needs on systems where a
   process may look only into its descendants (Yama; see ptrace(2)). */
static void keep_ptrace_only(void)
{
    keep_capabilities();
    for (long cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (cap != CAP_SYS_PTRACE
            && prctl(PR_CAP_AMBIENT, (long)PR_CAP_AMBIENT_LOWER, cap,
                     0L, 0L) == -1
            && errno != EINVAL)
            die("prctl PR_CAP_AMBIENT");
}

/* In the child: becomes the shell that does the script. */
_Noreturn static void become_script(const struct trial *t, int output,
                                    char *script, bool privileged)
{
    static char commands[] =
        "BASH_XTRACEFD=9; PS4='\036$BASHPID $LINENO '; set -x; . \"./$0\"";
    char *arguments[] = { "bash", "--posix", "-c", commands, script, NULL };
    int null = open("/dev/null", O_RDONLY);
    if (null == -1)
        die("open /dev/null");
    if (dup2(null, 0) == -1 || dup2(output, 1) == -1
        || dup2(fileno(t->said), 2) == -1 || dup2(output, TRACE) == -1)
        die("dup2");
    if (close_range(3, TRACE - 1, 0) == -1
        || close_range(TRACE + 1, ~0U, 0) == -1)
        die("close_range");
    if (setsid() == -1)
        die("setsid");
    if (privileged)
        keep_capabilities();
    else
        keep_ptrace_only();
    execve("/bin/bash", arguments, usual_environment);
    die("exec /bin/bash");
}

/* Writes a small file. */
static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) == EOF)
        die("write %s", path);
}

static void start_script(struct trial *t, const struct scenario *s)
{
    const char *slash = strrchr(s->name, '/');
    char *script;
    int ends[2];
    if (asprintf(&script, "%s.experiment", slash == NULL ? s->name
                                                         : slash + 1) == -1)
        die("asprintf");
    write_text(script, s->source);
    if (pipe2(ends, O_DIRECT) == -1)
        die("pipe2");
    t->pipe = ends[0];
    fflush(NULL);               /* or the child might print it again */
    switch (t->shell = fork()) {
    case -1:
        die("fork");
    case 0:                     /* the child writes */
        become_script(t, ends[1], script, s->privileged);
    default:                    /* the parent reads */
        close(ends[1]);
    }
    free(script);
}

/* Reaps whatever has ended. Returns whether the script's shell has. */
static bool script_ended(struct trial *t)
{
    bool ended = false;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == t->shell) {
            ended = true;
            t->status = WIFEXITED(status) ? WEXITSTATUS(status)
                                          : 128 + WTERMSIG(status);
        }
    return ended;
}

/* The script has ended: was it right? */
static void check_end(struct trial *t)
{
    if (t->status != 0)
        give_up(t, "the script ended with status %d", t->status);
    if (fseek(t->said, 0, SEEK_END) == -1)
        die("fseek");
    if (ftell(t->said) > 0)
        give_up(t, "the script wrote to standard error");
    if (t->row.len > 0)
        give_up(t, "the last line has no end: %s", t->row.data);
    if (t->rows.count == 0)
        give_up(t, "the script printed no rows");
}


void experiment_run(const struct scenario *s, bool live, FILE *table,
                    FILE *report)
{
    static struct trial t;
    t = (struct trial){ .table = table, .report = report, .live = live,
                        .said = tmpfile(), .last.line = 1 };
    if (t.said == NULL)
        die("tmpfile");
    write_text("/proc/sys/net/ipv4/ip_local_port_range", "32768 60999");
    write_header(table, s);
    if (live)
        printf("%s\n\n", s->name);
    start_script(&t, s);
    double end = now() + s->limit;
    while (!script_ended(&t)) {
        take(&t, 1);
        if (now() > end)
            give_up(&t, "not finished within %d s", s->limit);
    }
    while (take(&t, 0))
        ;                       /* what it has printed at the end */
    check_end(&t);
    fflush(NULL);
    _exit(ferror(table) ? FAILED : 0);
}
