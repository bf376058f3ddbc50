/* orphan.c - a child whose parent ends first. usage: orphan FIFO */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    long first = (long)getpid();
    pid_t pid;
    char byte;
    int fd;

    die_name(argv[0]);
    if (argc != 2)
        die_usage("usage: orphan FIFO");
    switch (pid = fork()) {
    case -1:
        die("fork");
    case 0:
        fd = open(argv[1], O_RDONLY);   /* waits for somebody to write */
        if (fd == -1 || read(fd, &byte, 1) == -1)
            die("%s", argv[1]);
        fprintf(stderr, "my parent was %ld, now it is %ld\n", first,
                (long)getppid());
        exit(EXIT_SUCCESS);
    }
    printf("parent %ld leaves its child %ld\n", first, (long)pid);
    return EXIT_SUCCESS;
}
