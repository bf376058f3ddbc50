/* facts.c - what the kernel says about processes. */

#define _GNU_SOURCE     /* SYS_read and its like: numbers of system calls */

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "die.h"
#include "recorder.h"

/* The name in a scenario and the system call that a C library may make
   of it. Sleeping calls go on as restart_syscall after SIGCONT. */
static const struct {
    const char *name;
    long number;
} calls[] = {
    { "accept", SYS_accept }, { "accept", SYS_accept4 },
    { "clock_nanosleep", SYS_clock_nanosleep },
    { "clock_nanosleep", SYS_restart_syscall },
    { "connect", SYS_connect }, { "epoll_wait", SYS_epoll_pwait },
    { "fcntl", SYS_fcntl }, { "flock", SYS_flock }, { "futex", SYS_futex },
    { "nanosleep", SYS_nanosleep }, { "nanosleep", SYS_clock_nanosleep },
    { "nanosleep", SYS_restart_syscall }, { "open", SYS_openat },
    { "pause", SYS_ppoll }, { "poll", SYS_ppoll },
    { "poll", SYS_restart_syscall }, { "ppoll", SYS_ppoll },
    { "pselect", SYS_pselect6 }, { "read", SYS_read },
    { "readv", SYS_readv }, { "recv", SYS_recvfrom },
    { "recvfrom", SYS_recvfrom }, { "recvmsg", SYS_recvmsg },
    { "select", SYS_pselect6 }, { "send", SYS_sendto },
    { "sendmsg", SYS_sendmsg }, { "sendto", SYS_sendto },
    { "sigsuspend", SYS_rt_sigsuspend }, { "sigwait", SYS_rt_sigtimedwait },
    { "sleep", SYS_clock_nanosleep }, { "sleep", SYS_nanosleep },
    { "sleep", SYS_restart_syscall }, { "wait", SYS_wait4 },
    { "wait", SYS_waitid }, { "waitid", SYS_waitid },
    { "waitpid", SYS_wait4 }, { "write", SYS_write },
#ifdef SYS_poll     /* calls that arm64 has only in a newer form */
    { "epoll_wait", SYS_epoll_wait }, { "open", SYS_open },
    { "pause", SYS_pause }, { "poll", SYS_poll }, { "select", SYS_select },
#endif
};
enum { CALLS = sizeof calls / sizeof calls[0] };

bool call_known(const char *call)
{
    for (size_t i = 0; i < CALLS; i++)
        if (strcmp(calls[i].name, call) == 0)
            return true;
    return false;
}

/* Reads the start of a file in /proc/PID as a string; false if it cannot
   be read: the process has gone. */
static bool read_proc(char *buf, size_t size, pid_t pid, const char *file)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return false;
    ssize_t n = read(fd, buf, size - 1);
    close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* Number and first argument of the call a process sleeps in; false if it
   runs, or sleeps in none, or is gone. */
static bool sleeping_call(pid_t pid, long *number, unsigned long *arg)
{
    char line[256];
    return process_state(pid) == 'S'
           && read_proc(line, sizeof line, pid, "syscall")
           && sscanf(line, "%ld %lx", number, arg) == 2;
}

bool process_asleep(pid_t pid)
{
    long number;
    unsigned long arg;
    return sleeping_call(pid, &number, &arg);
}

bool process_blocked(pid_t pid, const char *call, int fd)
{
    long number;
    unsigned long arg;
    if (!sleeping_call(pid, &number, &arg))
        return false;
    for (size_t i = 0; i < CALLS; i++)
        if (calls[i].number == number && strcmp(calls[i].name, call) == 0)
            return fd == -1 || (unsigned long)fd == arg;
    return false;
}

/* The state letter and the session from /proc/PID/stat; the command's
   name before them may hold anything, even blanks and parentheses. */
static char state_and_session(pid_t pid, long *session)
{
    char line[512], state;
    if (!read_proc(line, sizeof line, pid, "stat"))
        return 0;
    char *end = strrchr(line, ')');
    if (end == NULL
        || sscanf(end, ") %c %*d %*d %ld", &state, session) != 2)
        return 0;
    return state;
}

char process_state(pid_t pid)
{
    long session;
    return state_and_session(pid, &session);
}

pid_t process_parent(pid_t pid)
{
    char line[512];
    long parent = 0;
    char *end = read_proc(line, sizeof line, pid, "stat")
                ? strrchr(line, ')') : NULL;
    return end != NULL && sscanf(end, ") %*c %ld", &parent) == 1
           ? (pid_t)parent : 0;
}

long process_switches(pid_t pid)
{
    char status[4096];
    if (!read_proc(status, sizeof status, pid, "status"))
        return -1;
    long sum = 0;
    for (char *s = status; (s = strstr(s, "ctxt_switches:")) != NULL; ) {
        s += strlen("ctxt_switches:");
        sum += strtol(s, NULL, 10);
    }
    return sum;
}

/* Next process in an open /proc; 0 when there is no more. */
static pid_t next_process(DIR *proc)
{
    struct dirent *d;
    while ((d = readdir(proc)) != NULL)
        if (atoi(d->d_name) > 0)
            return (pid_t)atoi(d->d_name);
    return 0;
}

bool session_lives(pid_t leader)
{
    DIR *proc = opendir("/proc");
    bool lives = proc == NULL;
    pid_t pid;
    while (!lives && (pid = next_process(proc)) != 0) {
        long session = 0;
        char state = state_and_session(pid, &session);
        lives = session == leader && pid != leader && state != 0
                && state != 'Z';
    }
    if (proc != NULL)
        closedir(proc);
    return lives;
}

long activity(void)
{
    DIR *proc = opendir("/proc");
    long sum = proc == NULL ? -1 : 0;
    pid_t pid;
    while (sum != -1 && (pid = next_process(proc)) != 0)
        if (pid != getpid()) {
            char state = process_state(pid);
            sum = state == 'R' || state == 'D' ? -1
                  : sum + process_switches(pid);
        }
    if (proc != NULL)
        closedir(proc);
    return sum;
}

bool process_name(pid_t pid, char *name, size_t size)
{
    if (!read_proc(name, size, pid, "comm"))
        return false;
    name[strcspn(name, "\n")] = '\0';
    return true;
}

void process_call(pid_t pid, char *text, size_t size)
{
    long number;
    unsigned long arg;
    size_t i = 0;
    *text = '\0';
    if (!sleeping_call(pid, &number, &arg))
        return;
    while (i < CALLS && calls[i].number != number)
        i++;
    int n = snprintf(text, size, "%s", i < CALLS ? calls[i].name : "call");
    if ((int)arg >= -1 && (int)arg < 65536)     /* no address */
        snprintf(text + n, size - (size_t)n, "(%d)", (int)arg);
}

void describe_process(FILE *out, pid_t pid)
{
    char comm[64], call[64], state = pid > 0 ? process_state(pid) : 0;
    if (pid <= 0)
        return;
    if (state == 0 || !process_name(pid, comm, sizeof comm)) {
        fprintf(out, "  process %ld is gone\n", (long)pid);
        return;
    }
    process_call(pid, call, sizeof call);
    fprintf(out, "  process %ld (%s) has state %c%s%s\n", (long)pid, comm,
            state, *call != '\0' ? ", sleeps in " : "", call);
}

pid_t process_at(int net, pid_t after)
{
    struct stat ours, theirs;
    DIR *proc = opendir("/proc");
    pid_t pid, first = 0;
    if (fstat(net, &ours) == -1)
        die("fstat");
    while (proc != NULL && (pid = next_process(proc)) != 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%ld/ns/net", (long)pid);
        if (pid > after && pid != getpid() && (first == 0 || pid < first)
            && stat(path, &theirs) == 0 && theirs.st_ino == ours.st_ino)
            first = pid;
    }
    if (proc != NULL)
        closedir(proc);
    return first;
}
