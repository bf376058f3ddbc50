/* WRONG, fails "blocked": SIGCHLD is not blocked. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* What is changed while the command runs. */
struct signals {
    struct sigaction interrupt, quit;
    sigset_t mask;
};

/* restore: undo change; like change, it cannot fail. */
static void restore(const struct signals *old)
{
    sigaction(SIGINT, &old->interrupt, NULL);
    sigaction(SIGQUIT, &old->quit, NULL);
    sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

/* change: ignore INT and QUIT, block CHLD. old: as it was. None of these
 * calls can fail: the signals exist and may be ignored. */
static void change(struct signals *old)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t child;

    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &ignore, &old->interrupt);
    sigaction(SIGQUIT, &ignore, &old->quit);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &old->mask);
}

/* status_of: wait for this child, whatever interrupts. */
static int status_of(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return status;
}

static int run_command(const char *shell, const char *command)
{
    struct signals old;

    change(&old);
    sigprocmask(SIG_SETMASK, &old.mask, NULL);
    pid_t child = fork();
    if (child == 0) {
        restore(&old);
        execl(shell, "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status = child == -1 ? -1 : status_of(child);
    restore(&old);
    return status;
}

static void reap(int signo)
{
    int saved = errno;

    (void)signo;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static void say_done(void) { dprintf(STDOUT_FILENO, "all done\n"); }

/* start_other: a child that has nothing to do with the command. */
static pid_t start_other(void)
{
    pid_t child = fork();

    if (child == -1)
        die("fork");
    if (child == 0) {
        setpgid(0, 0);          /* ^C is not for this child */
        pause();
        _exit(EXIT_SUCCESS);
    }
    return child;
}

int main(int argc, char **argv)
{
    struct sigaction act = { .sa_handler = reap };
    char line[80];

    die_name(argv[0]);
    if (argc != 3)
        die_usage("usage: own_system SHELL COMMAND");
    pid_t other = start_other();
    act.sa_flags = SA_RESTART;
    sigemptyset(&act.sa_mask);
    if (atexit(say_done) != 0 || sigaction(SIGCHLD, &act, NULL) == -1)
        die("sigaction");
    printf("status %04x\n", (unsigned)run_command(argv[1], argv[2]));
    if (fflush(stdout) == EOF)
        die("standard output");
    while (read(STDIN_FILENO, line, sizeof line) == -1)
        if (errno != EINTR)
            die("read");
    (void)kill(other, SIGKILL);
    return EXIT_SUCCESS;
}
