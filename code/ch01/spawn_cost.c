/* spawn_cost.c - time the start of a program from a parent of some size.
 * usage: spawn_cost fork|vfork|posix_spawn MEGABYTES CHILDREN
 * Prints the shortest time in microseconds. _DEFAULT_SOURCE is for vfork
 * and madvise; POSIX has neither. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

extern char **environ;

static char *arguments[] = { "true", NULL };

/* Starts it by vfork and exec. */
static pid_t start_vfork(void)
{
    pid_t pid = vfork();
    if (pid == 0) {             /* in the parent's memory: only exec */
        execv("/bin/true", arguments);
        _exit(127);
    }
    return pid;
}

/* Starts it by fork and exec. */
static pid_t start_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) {             /* the child owns 0, 1, 2, as we do */
        execv("/bin/true", arguments);
        _exit(127);
    }
    return pid;
}

/* Starts it by posix_spawn. */
static pid_t start_spawn(void)
{
    pid_t pid;
    errno = posix_spawn(&pid, "/bin/true", NULL, NULL, arguments,
                        environ);
    return errno == 0 ? pid : -1;
}

typedef pid_t starter(void);

/* Returns the function for this name, or NULL. */
static starter *way(const char *name)
{
    return strcmp(name, "fork") == 0 ? start_fork
           : strcmp(name, "vfork") == 0 ? start_vfork
           : strcmp(name, "posix_spawn") == 0 ? start_spawn : NULL;
}

/* Takes this much memory and writes to each page of it. */
static char *take(size_t megabytes)
{
    void *memory = NULL;
    size_t size = megabytes << 20;
    if (size == 0)
        return NULL;
    errno = posix_memalign(&memory, 4096, size);
    if (errno != 0)
        die("posix_memalign");
    if (madvise(memory, size, MADV_NOHUGEPAGE) == -1 && errno != EINVAL)
        die("madvise");
    return memset(memory, 1, size);
}

/* The time now, in microseconds. Only differences have a meaning. */
static long microseconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
        die("clock_gettime");
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

/* Starts n children, one after the other. Returns the shortest time. */
static long shortest_time(starter *start, int n)
{
    long shortest = LONG_MAX;
    while (n-- > 0) {
        long before = microseconds();
        pid_t pid = start();
        if (pid == -1 || waitpid(pid, NULL, 0) == -1)
            die("start or await a child");
        long time = microseconds() - before;
        if (time < shortest)
            shortest = time;
    }
    return shortest;
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 4 || way(argv[1]) == NULL || atoi(argv[2]) < 0
        || atoi(argv[3]) < 1)
        die_usage("expected fork, vfork or posix_spawn, and two numbers");
    char *memory = take((size_t)atoi(argv[2]));
    printf("%ld\n", shortest_time(way(argv[1]), atoi(argv[3])));
    free(memory);
    return EXIT_SUCCESS;
}
