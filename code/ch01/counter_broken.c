/* BROKEN on purpose: nobody waits for a turn; build: gcc -g
 * Parent and child each add 1000 to the number in the file total. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* add: 1, a thousand times. */
static void add(int fd)
{
    for (int i = 0; i < 1000; i++)
        store(fd, value(fd) + 1);
}

int main(void)
{
    int fd = open("total", O_RDWR | O_CREAT | O_TRUNC, 0600);

    store(fd, 0);
    if (fork() == 0) {
        add(fd);
        exit(EXIT_SUCCESS);
    }
    add(fd);
    wait(NULL);
    printf("%ld\n", value(fd));
    return EXIT_SUCCESS;
}
