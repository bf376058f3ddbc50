/* copy_on_write.c - page faults of a child that reads its parent's
 * memory, and then writes to it.
 * usage: copy_on_write MIB */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* faults: how many page faults this process has had that needed no disk. */
static long faults(void)
{
    struct rusage used;

    if (getrusage(RUSAGE_SELF, &used) == -1)
        die("getrusage");
    return used.ru_minflt;
}

/* touch: read one byte of each page, or write it; return the faults. */
static long touch(volatile char *memory, size_t size, int writing)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    long before = faults();

    for (size_t i = 0; i < size; i += page)
        if (writing)
            memory[i] = 2;
        else
            (void)memory[i];
    return faults() - before;
}

int main(int argc, char **argv)
{
    size_t size;
    char *memory;

    die_name(argv[0]);
    if (argc != 2 || atoi(argv[1]) < 1)
        die_usage("usage: copy_on_write MIB");
    size = (size_t)atoi(argv[1]) << 20;
    memory = malloc(size);
    if (memory == NULL)
        die("malloc");
    (void)touch(memory, size, 1);   /* now there are pages behind it */
    switch (fork()) {
    case -1:
        die("fork");
    case 0:
        printf("read %ld\n", touch(memory, size, 0));
        printf("write %ld\n", touch(memory, size, 1));
        exit(EXIT_SUCCESS);
    default:
        if (wait(NULL) == -1)
            die("wait");
        free(memory);
    }
    return EXIT_SUCCESS;
}
