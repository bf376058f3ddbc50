/* BROKEN on purpose: a system() with one step left out.
 * usage: system_broken ignore|block|restore|nothing COMMAND */
#include <errno.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

static void reap(int signo)
{
    int saved = errno;

    (void)signo;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
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

/* run_without: run a command, without this step. Returns as system. */
static int run_without(const char *step, const char *command)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
    sigset_t child, mask;

    sigemptyset(&ignore.sa_mask);
    sigemptyset(&child);
    sigaction(SIGINT, strcmp(step, "ignore") ? &ignore : NULL, &old);
    if (strcmp(step, "block") != 0)
        sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &mask);
    pid_t pid = fork();
    if (pid == 0) {
        if (strcmp(step, "restore") != 0)
            sigaction(SIGINT, &old, NULL);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (strcmp(step, "block") == 0) {
        char line[80];

        if (read(STDIN_FILENO, line, sizeof line) == -1)
            die("read");
    }
    return pid == -1 ? -1 : wait_for(pid);
}

int main(int argc, char **argv)
{
    struct sigaction act = { .sa_handler = reap,
                             .sa_flags = SA_RESTART };

    die_name(argv[0]);
    if (argc != 3)
        die_usage("usage: system_broken STEP COMMAND");
    sigemptyset(&act.sa_mask);
    if (sigaction(SIGCHLD, &act, NULL) == -1)
        die("sigaction");
    int status = run_without(argv[1], argv[2]);
    if (status == -1)
        complain("the command");
    else if (WIFSIGNALED(status))
        printf("killed by signal %d\n", WTERMSIG(status));
    else
        printf("exit code %d\n", WEXITSTATUS(status));
    return EXIT_SUCCESS;
}
