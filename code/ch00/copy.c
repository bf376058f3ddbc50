/* copy.c - copy standard input to standard output, N bytes at a time. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

/* write_all: write these n bytes, in as many calls as it takes. */
static void write_all(int fd, const char *buf, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, buf, n);

        if (written == -1 && errno != EINTR)
            die("write");
        if (written > 0) {
            buf += written;
            n -= (size_t)written;
        }
    }
}

int main(int argc, char **argv)
{
    static char buf[65536];
    size_t size = sizeof buf;
    ssize_t n;

    die_name(argv[0]);
    if (argc > 1) {
        char *end;
        unsigned long value = strtoul(argv[1], &end, 10);

        if (*end != '\0' || value < 1 || value > sizeof buf)
            die_usage("'%s' is not a number from 1 to 65536", argv[1]);
        size = value;
    }
    while ((n = read(STDIN_FILENO, buf, size)) > 0)
        write_all(STDOUT_FILENO, buf, (size_t)n);
    if (n == -1)
        die("read");
    return EXIT_SUCCESS;
}
