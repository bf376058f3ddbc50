/* real_system.c - runs commands by a system() of its own and the
 * library's, and prints what both return.
 * usage: real_system COMMAND... */
#include <errno.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

/* What is changed while the command runs. */
struct signals {
    struct sigaction interrupt, quit;
    sigset_t mask;
};

/* change_signals: ignore INT and QUIT, block CHLD; old: as it was.
 * With these arguments none of the calls can fail. */
static void change_signals(struct signals *old)
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

/* restore_signals: undo change_signals. */
static void restore_signals(const struct signals *old)
{
    sigaction(SIGINT, &old->interrupt, NULL);
    sigaction(SIGQUIT, &old->quit, NULL);
    sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

/* become_shell: in the child. A command obeys ^C as it always does. */
_Noreturn static void become_shell(const char *command,
                                   const struct signals *old)
{
    restore_signals(old);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* wait_for: wait for this child, whatever interrupts.
 * Returns its status word, or -1 with errno. */
static int wait_for(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return status;
}

/* run_command: run a command by the shell and wait for it.
 * Returns its status word, or -1 with errno: no child could be made. */
static int run_command(const char *command)
{
    struct signals old;

    change_signals(&old);
    pid_t child = fork();
    if (child == 0)             /* the child owns 0, 1, 2, as we do */
        become_shell(command, &old);
    int status = child == -1 ? -1 : wait_for(child);
    int saved = errno;
    restore_signals(&old);
    errno = saved;
    return status;
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    for (char **command = argv + 1; *command != NULL; command++) {
        int ours = run_command(*command);
        int theirs = system(*command);
        printf("%04x %04x  %s\n", (unsigned)ours, (unsigned)theirs,
               *command);
    }
    return EXIT_SUCCESS;
}
