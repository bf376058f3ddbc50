/* facts.c - what the kernel says about processes and sockets. */

#define _GNU_SOURCE     /* SYS_read and its like: numbers of system calls */

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "facts.h"

/* Numbers that not every machine has: arm64 has only newer calls. */
#ifdef SYS_poll
#define OLD(call) SYS_##call
#else
#define OLD(call) -1
#endif
#define AGAIN SYS_restart_syscall   /* goes on after SIGSTOP, SIGCONT */

/* The name in a scenario and the system calls that a C library may make
   of it. */
static const struct call {
    const char *name;
    long number[3];
} calls[] = {
    { "accept", { SYS_accept, SYS_accept4, -1 } },
    { "clock_nanosleep", { SYS_clock_nanosleep, AGAIN, -1 } },
    { "connect", { SYS_connect, -1, -1 } },
    { "epoll_wait", { OLD(epoll_wait), SYS_epoll_pwait, -1 } },
    { "fcntl", { SYS_fcntl, -1, -1 } },
    { "flock", { SYS_flock, -1, -1 } },
    { "futex", { SYS_futex, AGAIN, -1 } },
    { "nanosleep", { SYS_nanosleep, SYS_clock_nanosleep, AGAIN } },
    { "open", { OLD(open), SYS_openat, -1 } },
    { "pause", { OLD(pause), SYS_ppoll, -1 } },
    { "poll", { OLD(poll), SYS_ppoll, AGAIN } },
    { "ppoll", { SYS_ppoll, -1, -1 } },
    { "pselect", { SYS_pselect6, -1, -1 } },
    { "read", { SYS_read, -1, -1 } },
    { "recv", { SYS_recvfrom, -1, -1 } },
    { "recvfrom", { SYS_recvfrom, -1, -1 } },
    { "recvmsg", { SYS_recvmsg, -1, -1 } },
    { "select", { OLD(select), SYS_pselect6, -1 } },
    { "send", { SYS_sendto, -1, -1 } },
    { "sendmsg", { SYS_sendmsg, -1, -1 } },
    { "sendto", { SYS_sendto, -1, -1 } },
    { "sigsuspend", { SYS_rt_sigsuspend, -1, -1 } },
    { "sigwait", { SYS_rt_sigtimedwait, -1, -1 } },
    { "sleep", { SYS_clock_nanosleep, SYS_nanosleep, AGAIN } },
    { "wait", { SYS_wait4, -1, -1 } },
    { "waitid", { SYS_waitid, -1, -1 } },
    { "waitpid", { SYS_wait4, -1, -1 } },
    { "write", { SYS_write, -1, -1 } },
};
enum { CALLS = sizeof calls / sizeof calls[0] };

static const struct call *find_call(const char *name)
{
    for (size_t i = 0; i < CALLS; i++)
        if (strcmp(calls[i].name, name) == 0)
            return &calls[i];
    return NULL;
}

bool call_known(const char *call)
{
    return find_call(call) != NULL;
}

/* Reads the start of a file in /proc as a string; false if it cannot be
   read (the process has gone). */
static bool read_proc(char *buf, size_t size, pid_t pid, const char *file)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return false;
    ssize_t n = read(fd, buf, size - 1);
    close(fd);
    if (n < 0)
        return false;
    buf[n] = '\0';
    return true;
}

/* Number and first argument of the call a process sleeps in; false if it
   runs, or sleeps in none, or is gone. */
static bool sleeping_call(pid_t pid, long *number, unsigned long *arg)
{
    char line[256];
    return process_state(pid) == 'S'
           && read_proc(line, sizeof line, pid, "syscall")
           && sscanf(line, "%ld %lx", number, arg) == 2 && *number >= 0;
}

bool process_blocked(pid_t pid, const char *call, int fd)
{
    const struct call *c = find_call(call);
    long number;
    unsigned long arg;
    return sleeping_call(pid, &number, &arg)
           && (number == c->number[0] || number == c->number[1]
               || number == c->number[2])
           && (fd == -1 || (unsigned long)fd == arg);
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
    bool lives = false;
    pid_t pid;
    if (proc == NULL)
        return true;
    while (!lives && (pid = next_process(proc)) != 0) {
        long session = 0;
        char state = state_and_session(pid, &session);
        lives = session == leader && pid != leader && state != 0
                && state != 'Z';
    }
    closedir(proc);
    return lives;
}

long activity(void)
{
    DIR *proc = opendir("/proc");
    long sum = 0;
    pid_t pid;
    if (proc == NULL)
        return -1;
    while (sum != -1 && (pid = next_process(proc)) != 0)
        if (pid != getpid()) {
            char state = process_state(pid);
            sum = state == 'R' || state == 'D' ? -1
                  : sum + process_switches(pid);
        }
    closedir(proc);
    return sum;
}

/* TCP states by the kernel's numbers. */
static const char *const states[] = {
    "gone", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1",
    "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN",
    "CLOSING", "NEW_SYN_RECV"
};
enum { STATES = sizeof states / sizeof states[0] };

bool socket_state_known(const char *state)
{
    for (size_t i = 0; i < STATES; i++)
        if (strcmp(states[i], state) == 0)
            return true;
    return false;
}

/* One row of /proc/net/tcp, addresses as a scenario writes them. */
struct row {
    char local[64], peer[64];
    unsigned state;
};

/* /proc/net/tcp{,6} shows an address as numbers of 32 bits in the byte
   order of this machine, and the port. */
static void address_text(const char *hex, char *text, size_t size)
{
    unsigned part[4] = {0}, port = 0;
    uint32_t word[4];
    char host[INET6_ADDRSTRLEN] = "";
    bool six = strcspn(hex, ":") > 8;
    if (six)
        sscanf(hex, "%8x%8x%8x%8x:%x", &part[0], &part[1], &part[2],
               &part[3], &port);
    else
        sscanf(hex, "%8x:%x", &part[0], &port);
    for (size_t i = 0; i < 4; i++)
        word[i] = part[i];
    inet_ntop(six ? AF_INET6 : AF_INET, word, host, sizeof host);
    snprintf(text, size, six ? "[%s]:%u" : "%s:%u", host, port);
}

/* Calls visit for every TCP socket; stops and returns true when visit
   does. */
static bool each_socket(bool (*visit)(const struct row *, void *),
                        void *arg)
{
    static const char *const file_names[] = { "/proc/net/tcp",
                                              "/proc/net/tcp6" };
    bool found = false;
    for (size_t i = 0; i < 2 && !found; i++) {
        FILE *file = fopen(file_names[i], "re");
        char line[512], local[64], peer[64];
        struct row row;
        while (file != NULL && !found
               && fgets(line, sizeof line, file) != NULL)
            if (sscanf(line, " %*d: %63s %63s %x", local, peer, &row.state)
                == 3 && row.state < STATES) {
                address_text(local, row.local, sizeof row.local);
                address_text(peer, row.peer, sizeof row.peer);
                found = visit(&row, arg);
            }
        if (file != NULL)
            fclose(file);
    }
    return found;
}

/* What socket_is looks for; NULL is anything. */
struct wanted {
    const char *local, *peer, *state;
};

static bool is_wanted(const struct row *row, void *arg)
{
    const struct wanted *w = arg;
    return strcmp(row->local, w->local) == 0
           && (w->peer == NULL || strcmp(row->peer, w->peer) == 0)
           && (w->state == NULL
               || strcmp(states[row->state], w->state) == 0);
}

bool socket_is(const char *local, const char *peer, const char *state)
{
    bool gone = strcmp(state, "gone") == 0;
    struct wanted w = { local, peer, gone ? NULL : state };
    return each_socket(is_wanted, &w) != gone;
}

void describe_process(FILE *out, pid_t pid)
{
    char comm[64], state = process_state(pid);
    if (pid <= 0)
        return;
    if (state == 0 || !read_proc(comm, sizeof comm, pid, "comm")) {
        fprintf(out, "  process %ld is gone\n", (long)pid);
        return;
    }
    comm[strcspn(comm, "\n")] = '\0';
    fprintf(out, "  process %ld (%s) has state %c", (long)pid, comm, state);
    long number;
    unsigned long arg;
    if (sleeping_call(pid, &number, &arg)) {
        const char *name = "system call";
        for (size_t i = CALLS; i-- > 0; )
            if (calls[i].number[0] == number)
                name = calls[i].name;
        fprintf(out, ", sleeps in %s(%lu)", name, arg);
    }
    fputc('\n', out);
}

static bool print_row(const struct row *row, void *out)
{
    fprintf(out, "  socket %s to %s is %s\n", row->local, row->peer,
            states[row->state]);
    return false;
}

void describe_sockets(FILE *out)
{
    if (!each_socket(print_row, out))
        fputs("  (these are all TCP sockets)\n", out);
}
