/* BROKEN on purpose: main and its handler both call syslog(3). */
#include <errno.h>
#include <syslog.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

/* log_it: note a signal in the log, which a handler must not do. */
static void log_it(int signo)
{
    int saved = errno;

    syslog(LOG_NOTICE, "signal %d", signo);
    errno = saved;
}

int main(int argc, char **argv)
{
    struct sigaction act = { .sa_handler = log_it,
                             .sa_flags = SA_RESTART };

    (void)argc;
    die_name(argv[0]);
    openlog("stuck", LOG_PERROR, LOG_USER);
    sigemptyset(&act.sa_mask);
    if (sigaction(SIGINT, &act, NULL) == -1)
        die("sigaction");
    char line[80];
    ssize_t n;

    while ((n = read(STDIN_FILENO, line, sizeof line)) > 0)
        syslog(LOG_NOTICE, "%zd bytes", n);
    if (n == -1)
        die("read");
    return EXIT_SUCCESS;
}
