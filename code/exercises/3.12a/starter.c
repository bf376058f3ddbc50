/* own_system.c - Exercise 3.12a: make run_command what system is.
 * usage: ./own_system SHELL COMMAND */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* run_command: run a command by this shell and wait for it.
 * Returns its status word, or -1 with errno. */
static int run_command(const char *shell, const char *command)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        execl(shell, "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (child == -1 || waitpid(child, &status, 0) == -1)
        return -1;
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
