/* run_status.c - run a command, tell how it stops, goes on and ends.
 * _XOPEN_SOURCE is for WCONTINUED and WIFCONTINUED, which POSIX has as an
 * option (XSI); _DEFAULT_SOURCE for WCOREDUMP, which is in POSIX from 2024.
 * usage: run_status COMMAND [ARGUMENT...] */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* tell: what this status word says. Returns whether the child has ended. */
static int tell(int status)
{
    printf("0x%04x ", (unsigned)status);
    if (WIFSTOPPED(status))
        printf("stopped by %s\n", strsignal(WSTOPSIG(status)));
    else if (WIFCONTINUED(status))
        puts("goes on");
    else if (WIFEXITED(status))
        printf("exit code %d\n", WEXITSTATUS(status));
    else
        printf("killed by %s%s\n", strsignal(WTERMSIG(status)),
               WCOREDUMP(status) ? ", core dumped" : "");
    fflush(stdout);
    return WIFEXITED(status) || WIFSIGNALED(status);
}

int main(int argc, char **argv)
{
    pid_t pid;

    die_name(argv[0]);
    if (argc < 2)
        die_usage("usage: run_status COMMAND [ARGUMENT...]");
    switch (pid = fork()) {
    case -1:
        die("fork");
    case 0:                         /* the child holds what we hold */
        execvp(argv[1], argv + 1);
        complain("%s", argv[1]);
        _exit(127);
    }
    for (;;) {
        int status;

        if (waitpid(pid, &status, WUNTRACED | WCONTINUED) == -1)
            die("waitpid");
        if (tell(status))
            return EXIT_SUCCESS;
    }
}
