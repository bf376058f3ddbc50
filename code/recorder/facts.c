/* facts.c - what the kernel says about processes and sockets. */

#define _GNU_SOURCE     /* SYS_read and its like: numbers of system calls */

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "facts.h"

/* The name in a scenario and the system calls that a C library makes of
   it. Newer machines (arm64) have only the second of some pairs. */
#ifdef SYS_poll
#define OLD(call) SYS_##call
#else
#define OLD(call) -1
#endif
static const struct call {
    const char *name;
    long number[2];
} calls[] = {

    { "accept", { SYS_accept, SYS_accept4 } },
    { "clock_nanosleep", { SYS_clock_nanosleep, -1 } },
    { "connect", { SYS_connect, -1 } },
    { "epoll_wait", { OLD(epoll_wait), SYS_epoll_pwait } },
    { "fcntl", { SYS_fcntl, -1 } },
    { "flock", { SYS_flock, -1 } },
    { "futex", { SYS_futex, -1 } },
    { "nanosleep", { SYS_nanosleep, SYS_clock_nanosleep } },
    { "open", { OLD(open), SYS_openat } },
    { "pause", { OLD(pause), SYS_ppoll } },
    { "poll", { OLD(poll), SYS_ppoll } },
    { "ppoll", { SYS_ppoll, -1 } },
    { "pselect", { SYS_pselect6, -1 } },
    { "read", { SYS_read, -1 } },
    { "readv", { SYS_readv, -1 } },
    { "recv", { SYS_recvfrom, -1 } },
    { "recvfrom", { SYS_recvfrom, -1 } },
    { "recvmsg", { SYS_recvmsg, -1 } },
    { "select", { OLD(select), SYS_pselect6 } },
    { "send", { SYS_sendto, -1 } },
    { "sendmsg", { SYS_sendmsg, -1 } },
    { "sendto", { SYS_sendto, -1 } },
    { "sigsuspend", { SYS_rt_sigsuspend, -1 } },
    { "sigtimedwait", { SYS_rt_sigtimedwait, -1 } },
    { "sigwait", { SYS_rt_sigtimedwait, -1 } },
    { "sleep", { SYS_clock_nanosleep, SYS_nanosleep } },
    { "wait", { SYS_wait4, SYS_waitid } },
    { "waitid", { SYS_waitid, -1 } },
    { "waitpid", { SYS_wait4, SYS_waitid } },
    { "write", { SYS_write, -1 } },
    { "writev", { SYS_writev, -1 } },
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
           && (number == c->number[0] || number == c->number[1])
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

bool session_lives(pid_t leader)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return true;
    bool lives = false;
    struct dirent *d;
    while (!lives && (d = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)atoi(d->d_name);
        long session = 0;
        char state = pid > 0 ? state_and_session(pid, &session) : 0;
        lives = state != 0 && state != 'Z' && pid != leader
                && session == leader;
    }
    closedir(proc);
    return lives;
}

/* The address as /proc/net/tcp{,6} writes it: the bytes of the address as
   numbers of 32 bits in the byte order of this machine, then the port.
   False if text is no address. */
static bool kernel_address(const char *text, char *hex, size_t size)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - text);
    uint32_t word[4];
    if (n == 0 || n >= sizeof host || !isdigit((unsigned char)colon[1]))
        return false;
    bool six = text[0] == '[' && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(n - 2 * six), text + six);
    if (inet_pton(six ? AF_INET6 : AF_INET, host, word) != 1)
        return false;
    unsigned port = (unsigned)atoi(colon + 1);
    if (six)
        snprintf(hex, size, "%08X%08X%08X%08X:%04X", (unsigned)word[0],
                 (unsigned)word[1], (unsigned)word[2], (unsigned)word[3],
                 port);
    else
        snprintf(hex, size, "%08X:%04X", (unsigned)word[0], port);
    return true;
}

bool address_known(const char *text)
{
    char hex[64];
    return text != NULL && (strchr(text, '{') != NULL
                            || kernel_address(text, hex, sizeof hex));
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

/* One row of /proc/net/tcp. */
struct row {
    char local[64], peer[64];
    unsigned state;
};

/* Calls visit for every TCP socket; stops and returns true when visit
   does. */
static bool each_socket(bool (*visit)(const struct row *, void *), void *arg)
{
    static const char *const files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
    bool found = false;
    for (size_t i = 0; i < 2 && !found; i++) {
        FILE *file = fopen(files[i], "re");
        char line[512];
        struct row row;
        while (file != NULL && !found
               && fgets(line, sizeof line, file) != NULL)
            if (sscanf(line, " %*d: %63s %63s %x", row.local, row.peer,
                       &row.state) == 3)
                found = visit(&row, arg);
        if (file != NULL)
            fclose(file);
    }
    return found;
}

/* What socket_is looks for. */
struct wanted {
    char local[64], peer[64];
    const char *state;
};

static bool is_wanted(const struct row *row, void *arg)
{
    const struct wanted *w = arg;
    return strcmp(row->local, w->local) == 0
           && (w->peer[0] == '\0' || strcmp(row->peer, w->peer) == 0)
           && (w->state == NULL || (row->state < STATES
                   && strcmp(states[row->state], w->state) == 0));
}

bool socket_is(const char *local, const char *peer, const char *state)
{
    struct wanted w = { .state = state };
    if (!kernel_address(local, w.local, sizeof w.local)
        || (peer != NULL && !kernel_address(peer, w.peer, sizeof w.peer)))
        return false;
    if (strcmp(state, "gone") != 0)
        return each_socket(is_wanted, &w);
    w.state = NULL;                     /* none in any state */
    return !each_socket(is_wanted, &w);
}

void describe_process(FILE *out, pid_t pid)
{
    char comm[64], line[256];
    char state = process_state(pid);
    if (state == 0 || !read_proc(comm, sizeof comm, pid, "comm")) {
        fprintf(out, "  process %ld is gone\n", (long)pid);
        return;
    }
    comm[strcspn(comm, "\n")] = '\0';
    fprintf(out, "  process %ld (%s) has state %c", (long)pid, comm, state);
    long number;
    unsigned long arg;
    if (sleeping_call(pid, &number, &arg)) {
        snprintf(line, sizeof line, "system call %ld", number);
        for (size_t i = CALLS; i-- > 0; )
            if (calls[i].number[0] == number)
                snprintf(line, sizeof line, "%s", calls[i].name);
        fprintf(out, " in %s(%lu)", line, arg);
    }
    fputc('\n', out);
}

/* Prints an address of the kernel's form: the reverse of
   kernel_address(). */
static void print_address(FILE *out, const char *hex)
{
    uint32_t word[4] = {0};
    char host[INET6_ADDRSTRLEN];
    unsigned part[4] = {0}, port = 0;
    bool six = strcspn(hex, ":") > 8;
    if (six)
        sscanf(hex, "%8x%8x%8x%8x:%x", &part[0], &part[1], &part[2],
               &part[3], &port);
    else
        sscanf(hex, "%8x:%x", &part[0], &port);
    for (size_t i = 0; i < 4; i++)
        word[i] = part[i];
    if (inet_ntop(six ? AF_INET6 : AF_INET, word, host, sizeof host) != NULL)
        fprintf(out, six ? "[%s]:%u" : "%s:%u", host, port);
}

static bool print_row(const struct row *row, void *arg)
{
    FILE *out = arg;
    fputs("  socket ", out);
    print_address(out, row->local);
    fputs(" to ", out);
    print_address(out, row->peer);
    fprintf(out, " is %s\n", row->state < STATES ? states[row->state] : "?");
    return false;
}

void describe_sockets(FILE *out)
{
    if (!each_socket(print_row, out))
        fputs("  (these are all TCP sockets)\n", out);
}
