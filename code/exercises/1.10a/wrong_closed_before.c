/* WRONG, fails "failed": closed before it is known whether exec works. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc < 2)
        die_usage("say a command");
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log == -1)
        die("open log");
    dprintf(log, "starting %s\n", argv[1]);
    close(log);
    execvp(argv[1], argv + 1);
    dprintf(log, "%s failed\n", argv[1]);
    return 127;
}
