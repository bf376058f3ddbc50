/* show.c - print files on standard output, as cat does. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"
#include "io.h"

/* show: copy this file to standard output. */
static void show(const char *name)
{
    char buf[4096];
    ssize_t n;
    int fd = open(name, O_RDONLY);

    if (fd == -1)
        die("open %s", name);
    while ((n = read(fd, buf, sizeof buf)) > 0)
        if (writen(STDOUT_FILENO, buf, (size_t)n) == -1)
            die("write standard output");
    if (n == -1)
        die("read %s", name);
    if (close(fd) == -1)
        die("close %s", name);
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc < 2)
        die_usage("usage: show FILE...");
    for (int i = 1; i < argc; i++)
        show(argv[i]);
    return EXIT_SUCCESS;
}
