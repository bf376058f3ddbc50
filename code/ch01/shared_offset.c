/* shared_offset.c - parent and child read one open file in turn. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* show: read three bytes and print them. */
static void show(const char *who, int fd)
{
    char buf[4] = "";

    if (read(fd, buf, 3) == -1)
        die("read");
    printf("%s reads %s\n", who, buf);
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 2)
        die_usage("usage: shared_offset FILE");
    int fd = open(argv[1], O_RDONLY);

    if (fd == -1)
        die("open %s", argv[1]);
    switch (fork()) {
    case -1:
        die("fork");
    case 0:                         /* both processes hold fd */
        show("child", fd);
        exit(EXIT_SUCCESS);
    }
    if (wait(NULL) == -1)
        die("wait");
    show("parent", fd);
    return EXIT_SUCCESS;
}
