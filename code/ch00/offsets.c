/* offsets.c - one file, three descriptors: which of them move together? */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

/* show: read three bytes through fd and print them. */
static void show(const char *name, int fd)
{
    char buf[4] = "";

    if (read(fd, buf, 3) == -1)
        die("read");
    printf("%-6s  descriptor %d  %s\n", name, fd, buf);
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 2)
        die_usage("usage: offsets FILE");
    int first, second, copy;

    if ((first = open(argv[1], O_RDONLY)) == -1)
        die("open %s", argv[1]);
    if ((second = open(argv[1], O_RDONLY)) == -1)
        die("open %s again", argv[1]);
    if ((copy = dup(first)) == -1)
        die("dup");
    show("first", first);
    show("second", second);
    show("copy", copy);
    show("first", first);
    if (getchar() == EOF && ferror(stdin))
        die("read standard input");
    return EXIT_SUCCESS;
}
