/* inherit.c - twelve facts about a process before fork and in its child. */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

struct fact {
    const char *name;
    char value[32];
};

/* tell: store one fact and return where the next one goes. */
__attribute__((format(printf, 3, 4)))
static struct fact *tell(struct fact *f, const char *name,
                         const char *format, ...)
{
    va_list args;

    f->name = name;
    va_start(args, format);
    vsnprintf(f->value, sizeof f->value, format, args);
    va_end(args);
    return f + 1;
}

/* holder: who keeps this process from locking the file; nobody keeps it
 * from a file that it has locked itself. */
static const char *holder(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    if (fcntl(fd, F_GETLK, &lock) == -1)
        die("fcntl F_GETLK");
    if (lock.l_type == F_UNLCK)
        return "me";
    return lock.l_pid == getppid() ? "my parent" : "another";
}

static struct fact *who(struct fact *f)
{
    f = tell(f, "PID", "%ld", (long)getpid());
    f = tell(f, "parent's PID", "%ld", (long)getppid());
    f = tell(f, "real, effective user", "%ld %ld", (long)getuid(),
             (long)geteuid());
    return tell(f, "group, supplementary", "%ld, %d more",
                (long)getgid(), getgroups(0, NULL));
}

static struct fact *where(struct fact *f)
{
    f = tell(f, "process group", "%ld", (long)getpgrp());
    return tell(f, "session", "%ld", (long)getsid(0));
}

static struct fact *given(struct fact *f)
{
    mode_t mask = umask(0);     /* the only way to read it is to set it */
    const char *home = getenv("HOME");

    umask(mask);
    f = tell(f, "HOME", "%s", home != NULL ? home : "none");
    return tell(f, "umask", "%03o", (unsigned)mask);
}

static struct fact *waiting(struct fact *f, int fd)
{
    sigset_t blocked, pending;

    if (sigprocmask(SIG_BLOCK, NULL, &blocked) == -1 ||
        sigpending(&pending) == -1)
        die("look at the signals");
    f = tell(f, "SIGUSR1 blocked", "%s",
             sigismember(&blocked, SIGUSR1) ? "yes" : "no");
    f = tell(f, "SIGUSR1 pending", "%s",
             sigismember(&pending, SIGUSR1) ? "yes" : "no");
    f = tell(f, "alarm set", "%s", alarm(0) > 0 ? "yes" : "no");
    return tell(f, "the file is locked by", "%s", holder(fd));
}

/* prepare: what waits for the process: a lock, a signal, an alarm.
 * Returns the descriptor of the file that is locked. */
static int prepare(const char *name)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(name, O_RDWR | O_CREAT, 0600);

    if (fd == -1 || fcntl(fd, F_SETLK, &lock) == -1)
        die("lock %s", name);
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
        die("sigprocmask");
    if (raise(SIGUSR1) != 0)
        die("raise");
    alarm(1000);
    return fd;
}

/* collect: all facts about this process, and a name NULL behind them.
 * Clears the alarm: it can only be asked for by setting it. */
static void collect(struct fact *facts, int fd)
{
    struct fact *end = waiting(given(where(who(facts))), fd);

    end->name = NULL;
}

int main(int argc, char **argv)
{
    struct fact before[13], after[13];
    int fd;

    (void)argc;
    die_name(argv[0]);
    fd = prepare("locked");
    collect(before, fd);
    alarm(1000);                /* collecting has cleared it */
    switch (fork()) {
    case -1:
        die("fork");
    case 0:                         /* the child: both have the file open */
        collect(after, fd);
        for (int i = 0; before[i].name != NULL; i++)
            printf("%-22s%-15s%s\n", before[i].name, before[i].value,
                   after[i].value);
        exit(EXIT_SUCCESS);
    }
    if (wait(NULL) == -1)
        die("wait");
    return EXIT_SUCCESS;
}
