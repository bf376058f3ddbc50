/* main.c - record plays a scenario in a sandbox and writes down what
   happened: the outer process. */

#define _GNU_SOURCE     /* getopt_long, asprintf, strerrorname_np */

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "recorder.h"

/* What the command line says. */
static struct options {
    const char *scenario, *output, *where, *evidence;
    bool bin;                   /* programs were given with --bin */
    struct manner manner;
} options = { .manner.slow = 1 };

static const char usage[] =
    "usage: record [--live] [--step] [--lang ko|en] [--titles TEXT]\n"
    "              [--bin DIR]... [--where COMMAND] [-o FILE]\n"
    "              SCENARIO|EXPERIMENT\n"
    "       record --exercise FILE [--set NAME=VALUE] [--slow N] ...\n"
    "       record --probe\n";

/* The language of --lang. */
static bool is_korean(const char *language)
{
    if (strcmp(language, "ko") != 0 && strcmp(language, "en") != 0)
        die_usage("--lang is ko or en, not '%s'", language);
    return *language == 'k';
}

/* Opens the programs in a folder named with --bin. */
static void open_named(const char *dir)
{
    options.bin = true;
    if (programs_open(dir) == -1) {
        complain("open the programs in %s", dir);
        exit(USAGE);
    }
}

/* NAME=VALUE of --set: the name is bound before the scenario begins. */
static void set_value(char *text)
{
    size_t n = strcspn(text, "=");
    if (text[n] == '\0')
        die_usage("--set takes NAME=VALUE, not '%s'", text);
    text[n] = '\0';
    bind_value(&options.manner.given, text, text + n + 1);
}

/* An option of the command line that is for exercises; a wrong one ends
   the program, and getopt_long has said why. */
static void exercise_option(int c)
{
    switch (c) {
    case 'e': options.evidence = optarg; break;
    case 'v': set_value(optarg); break;
    case 'x':
        options.manner.slow = atoi(optarg);
        if (options.manner.slow < 1)
            die_usage("--slow takes a number from 1, not '%s'", optarg);
        break;
    default: exit(USAGE);
    }
}

static void read_options(int argc, char **argv)
{
    static const struct option longs[] = {
        { "live", no_argument, NULL, 'l' },
        { "step", no_argument, NULL, 's' },
        { "bin", required_argument, NULL, 'b' },
        { "where", required_argument, NULL, 'w' },
        { "lang", required_argument, NULL, 'g' },
        { "titles", required_argument, NULL, 't' },
        { "probe", no_argument, NULL, 'p' },
        { "exercise", required_argument, NULL, 'e' },
        { "set", required_argument, NULL, 'v' },
        { "slow", required_argument, NULL, 'x' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 }
    };
    int c;
    while ((c = getopt_long(argc, argv, "ho:", longs, NULL)) != -1)
        switch (c) {
        case 'l': options.manner.live = true; break;
        case 's': options.manner.live = options.manner.step = true; break;
        case 'b': open_named(optarg); break;
        case 'w': options.where = optarg; break;
        case 'g': options.manner.korean = is_korean(optarg); break;
        case 't': options.manner.titles = optarg; break;
        case 'o': options.output = optarg; break;
        case 'p': options.manner.probe = true; break;
        case 'h': fputs(usage, stdout); exit(0);
        default: exercise_option(c);
        }
    if (optind + !options.manner.probe != argc)
        die_usage("expected one scenario (see record --help)");
    options.scenario = argv[optind];
    const char *no_colour = getenv("NO_COLOR");
    options.manner.colour = isatty(STDOUT_FILENO)
                            && (no_colour == NULL || *no_colour == '\0');
}

/* Process 1 of the sandbox, for the signal handler; 0 if there is none. */
static volatile sig_atomic_t inner;
static volatile sig_atomic_t caught;

static void stop(int sig)
{
    int saved = errno;
    caught = sig;
    if (inner > 0)
        kill(inner, SIGKILL);
    errno = saved;
}

/* Starts process 1 so that a signal can always end it. SIGHUP may have
   been ignored from the start, by nohup(1), and stays so. */
static pid_t start_inner(void)
{
    static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
    struct sigaction action = { .sa_handler = stop }, inherited;
    sigset_t set, before;
    sigemptyset(&set);
    for (size_t i = 0; i < 3; i++) {
        sigaddset(&set, signals[i]);
        if (sigaction(signals[i], NULL, &inherited) == -1
            || ((signals[i] != SIGHUP || inherited.sa_handler != SIG_IGN)
                && sigaction(signals[i], &action, NULL) == -1))
            die("sigaction");
    }
    if (sigprocmask(SIG_BLOCK, &set, &before) == -1)
        die("sigprocmask");
    pid_t pid = sandbox_fork();
    inner = pid > 0 ? pid : 0;
    int error = errno;
    if (pid != 0 && sigprocmask(SIG_SETMASK, &before, NULL) == -1)
        die("sigprocmask");
    errno = error;
    return pid;
}

/* Waits for process 1. If a signal came meanwhile, dies of it. */
static int wait_for_inner(pid_t pid)
{
    int status;
    siginfo_t ended;
    while (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT) == -1)
        if (errno != EINTR)
            die("waitid");
    inner = 0;                  /* before the PID can be anyone else's */
    if (waitpid(pid, &status, 0) == -1)
        die("waitpid");
    if (caught != 0) {
        signal(caught, SIG_DFL);
        raise(caught);
    }
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    fprintf(stderr, "record: process 1 of the sandbox was killed\n");
    return FAILED;
}

/* Asks --where for the chapter's line, "chapters/ch05-echo.nw:345". The
   shell gets the path in a variable, so that it may hold anything. */
static void ask_where(const char *path, int line, char *place, int size)
{
    char *command;
    if (asprintf(&command, "%s \"$scenario\" %d", options.where, line) == -1
        || setenv("scenario", path, 1) == -1)
        die("remember the scenario's name");
    FILE *pipe = popen(command, "r");
    free(command);
    if (pipe == NULL)
        return;
    if (fgets(place, size, pipe) == NULL)
        *place = '\0';
    if (pclose(pipe) != 0)
        *place = '\0';
    place[strcspn(place, "\n")] = '\0';
}

/* Prints where a line of the scenario is from: in the chapter, or in the
   scenario itself if there is no --where or it says nothing. */
static void print_place(const char *path, int line)
{
    char place[512] = "";
    if (options.where != NULL && line > 0)
        ask_where(path, line, place, sizeof place);
    if (*place != '\0')
        fprintf(stderr, "%s: ", place);
    else
        fprintf(stderr, "%s:%d: ", path, line);
}

void complain_at(const char *path, int line, const char *format, ...)
{
    va_list arguments;
    print_place(path, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* A file that nobody sees and that both processes can use. */
static FILE *shared_file(void)
{
    FILE *file = tmpfile();
    if (file == NULL)
        die("tmpfile");
    return file;
}

/* Copies the rest of a file. Returns whether all was written. */
static bool copy(FILE *from, FILE *to)
{
    int c;
    while ((c = getc(from)) != EOF)
        putc(c, to);
    return fflush(to) == 0 && !ferror(to);
}

/* Puts the recording where it belongs: all of it or none. */
static void keep_recording(FILE *recording)
{
    char *name;
    mode_t mask = umask(0);
    umask(mask);
    if (asprintf(&name, "%s.XXXXXX", options.output) == -1)
        die("asprintf");
    int fd = mkstemp(name);
    if (fd == -1)
        die("create %s", name);
    FILE *file = fdopen(fd, "w");
    rewind(recording);
    if (file == NULL || !copy(recording, file)
        || fchmod(fd, 0666 & ~mask) == -1 || fclose(file) == EOF
        || rename(name, options.output) == -1) {
        complain("write %s", options.output);
        unlink(name);
        exit(FAILED);
    }
    free(name);
}

/* There is no sandbox here: says so, also in the recording. */
static int skip(const struct scenario *s, const char *why)
{
    fprintf(stderr, "record: no sandbox on this machine: %s\n", why);
    if (options.output != NULL) {
        FILE *recording = shared_file();
        write_header(recording, s);
        fprintf(recording, "%sskipped %s\n", s->experiment ? "# " : "",
                why);
        keep_recording(recording);
        fclose(recording);
    }
    return NO_SANDBOX;
}

/* Prints what process 1 has to say: a line number, then a message. */
static void print_report(FILE *report, const char *path)
{
    int line = 0;
    rewind(report);
    if (fscanf(report, "%d", &line) == 1 && getc(report) == '\n') {
        print_place(path, line);
        copy(report, stderr);
    }
}

/* Puts what the check found into the file of --exercise. */
static void keep_evidence(FILE *evidence)
{
    FILE *file = fopen(options.evidence, "w");
    if (file == NULL)
        die("create %s", options.evidence);
    rewind(evidence);
    if (!copy(evidence, file) || fclose(file) == EOF)
        die("write %s", options.evidence);
    fclose(evidence);
}

/* Process 1. A session of its own has no terminal: when the reader's is
   pts/0, "ps -t pts/0" would show process 1 to be there. */
_Noreturn static void inside(const struct scenario *s, FILE *recording,
                             FILE *report)
{
    char why[256];
    FILE *steps = options.manner.probe ? stdout : NULL;
    if (setsid() == -1)
        die("setsid");
    if (!sandbox_furnish(steps, why, sizeof why)) {
        fputs(why, report);
        fflush(NULL);
        _exit(NO_SANDBOX);
    }
    if (s->experiment)
        experiment_run(s, options.manner.live, recording, report);
    play(s, &options.manner, recording, report);
}

/* Plays the scenario; the exit status. */
static int run(const struct scenario *s)
{
    FILE *report = shared_file(), *recording = shared_file();
    char why[256] = "";
    if (options.evidence != NULL)
        options.manner.evidence = shared_file();
    fflush(NULL);
    pid_t pid = start_inner();
    if (pid == 0)
        inside(s, recording, report);
    if (pid == -1) {
        snprintf(why, sizeof why, "namespaces: %s (%s)",
                 strerrorname_np(errno), strerror(errno));
        if (options.manner.probe)
            printf("FAILED %s\n", why);
        return skip(s, why);
    }
    int status = wait_for_inner(pid);
    if (status == NO_SANDBOX) {
        rewind(report);
        if (fgets(why, sizeof why, report) == NULL)
            snprintf(why, sizeof why, "unknown");
        skip(s, why);
    } else if (status != 0) {
        print_report(report, s->path);
        status = FAILED;
    } else if (options.output != NULL) {
        keep_recording(recording);
    }
    if (options.evidence != NULL)
        keep_evidence(options.manner.evidence);
    fclose(report);
    fclose(recording);
    return status;
}

/* Opens the programs in build/bin/DIR, if there is such a folder. */
static void open_usual(const char *dir, int length)
{
    char *path;
    if (asprintf(&path, "build/bin/%.*s", length, dir) == -1)
        die("asprintf");
    if (programs_open(path) == -1 && errno != ENOENT)
        die("open the programs in %s", path);
    free(path);
}

/* The programs of the chapter; for an experiment also those of the lab. */
static void open_usual_programs(const struct scenario *s)
{
    open_usual(s->name, (int)strcspn(s->name, "/"));
    if (s->experiment)
        open_usual("lab", (int)strlen("lab"));
}

/* Reads a scenario or an experiment. Returns the number of errors. */
static int read_either(struct scenario *s, const char *path)
{
    const char *suffix = strrchr(path, '.');
    if (suffix != NULL && strcmp(suffix, ".experiment") == 0)
        return experiment_read(s, path);
    return scenario_read(s, path, &options.manner.given);
}

int main(int argc, char **argv)
{
    static struct scenario scenario = { .name = "probe", .limit = 10,
        .terminals = { { .name = "probe" } }, .terminal_count = 1 };
    die_name(argv[0]);
    setlocale(LC_CTYPE, "C.UTF-8");     /* . in a pattern: a character */
    read_options(argc, argv);
    if (!options.manner.probe) {
        if (read_either(&scenario, options.scenario) > 0)
            return USAGE;
        if (!options.bin)
            open_usual_programs(&scenario);
    }
    return run(&scenario);
}
