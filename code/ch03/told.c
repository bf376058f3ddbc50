/* told.c - what SIGCHLD tells about a child. usage: told [ends] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

static volatile sig_atomic_t code;      /* si_code of the last SIGCHLD */

/* note_code: what a handler gets with SA_SIGINFO. */
static void note_code(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    code = info->si_code;
}

/* in_words: what this si_code means. */
static const char *in_words(int what)
{
    switch (what) {
    case CLD_EXITED: return "CLD_EXITED, it has exited";
    case CLD_KILLED: return "CLD_KILLED, a signal has killed it";
    case CLD_DUMPED: return "CLD_DUMPED, killed, with a core file";
    case CLD_STOPPED: return "CLD_STOPPED, it has stopped";
    case CLD_CONTINUED: return "CLD_CONTINUED, it goes on";
    default: return "something else";
    }
}

int main(int argc, char **argv)
{
    sigset_t set, before;
    pid_t pid;

    die_name(argv[0]);
    struct sigaction act = { .sa_sigaction = note_code,
                             .sa_flags = SA_SIGINFO };

    if (argc > 1)
        act.sa_flags |= SA_NOCLDSTOP;
    sigemptyset(&act.sa_mask);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigaction(SIGCHLD, &act, NULL) == -1 ||
        sigprocmask(SIG_BLOCK, &set, &before) == -1)
        die("SIGCHLD");
    switch (pid = fork()) {
    case -1:
        die("fork");
    case 0:                         /* the child owns what we own */
        for (;;)
            pause();
    }
    printf("the child is %ld\n", (long)pid);
    for (;;) {
        sigsuspend(&before);
        printf("SIGCHLD: %s\n", in_words(code));
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return EXIT_SUCCESS;
    }
}
