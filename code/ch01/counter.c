/* counter.c - parent and child each add 1000 to the number in the file
 * total, in turns. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* value: the number in the file. */
static long value(int fd)
{
    char text[32] = "";

    if (pread(fd, text, sizeof text - 1, 0) == -1) {
        perror("pread");
        exit(EXIT_FAILURE);
    }
    return strtol(text, NULL, 10);
}

/* store: the number is n now. */
static void store(int fd, long n)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%-8ld\n", n);

    if (pwrite(fd, text, (size_t)length, 0) != length) {
        perror("pwrite");
        exit(EXIT_FAILURE);
    }
}

/* wait_turn: sleep until the other process has called give_turn. */
static void wait_turn(int from)
{
    char turn;

    if (read(from, &turn, 1) != 1)
        die("read the turn");
}

/* give_turn: let the other process go on. */
static void give_turn(int to)
{
    if (write(to, "", 1) != 1)
        die("write the turn");
}

/* add: 1, a thousand times, each time when it is our turn. */
static void add(int fd, int from, int to)
{
    for (int i = 0; i < 1000; i++) {
        wait_turn(from);
        store(fd, value(fd) + 1);
        give_turn(to);
    }
}

int main(int argc, char **argv)
{
    int to_child[2], to_parent[2];      /* both keep all four */
    int fd = open("total", O_RDWR | O_CREAT | O_TRUNC, 0600);

    (void)argc;
    die_name(argv[0]);
    if (fd == -1)
        die("open total");
    if (pipe(to_child) == -1 || pipe(to_parent) == -1)
        die("pipe");
    store(fd, 0);
    switch (fork()) {
    case -1:
        die("fork");
    case 0:
        add(fd, to_child[0], to_parent[1]);
        exit(EXIT_SUCCESS);
    }
    give_turn(to_parent[1]);        /* the first turn is the parent's */
    add(fd, to_parent[0], to_child[1]);
    if (wait(NULL) == -1)
        die("wait");
    printf("%ld\n", value(fd));
    return EXIT_SUCCESS;
}
