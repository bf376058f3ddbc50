/* with_log.c - notes what it starts.
 * usage: ./with_log COMMAND... */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "die.h"

/* open_log: open the log to write at its end, for this program alone. */
static int open_log(void)
{
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                   0600);

    if (log == -1)
        die("open log");
    return log;
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc < 2)
        die_usage("say a command");
    int log = open_log();
    dprintf(log, "starting %s\n", argv[1]);
    execvp(argv[1], argv + 1);
    dprintf(log, "%s failed\n", argv[1]);
    return 127;
}
