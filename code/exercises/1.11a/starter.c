/* run_each.c - Exercise 1.11a: fill in run.
 * usage: ./run_each NAME... */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* run: run a program that PATH has, and wait for it.
 * Returns its exit code; 127 if there is no such program. */
static int run(char *name)
{
    (void)name;                 /* in your code this goes */
    return 127;
}

/* say_done: what is said at the end of the program. */
static void say_done(void)
{
    dprintf(STDOUT_FILENO, "all done\n");
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (atexit(say_done) != 0)
        die("atexit");
    for (int i = 1; i < argc; i++) {
        printf("running %s\n", argv[i]);
        int code = run(argv[i]);
        printf("%s: %d\n", argv[i], code);
    }
    return EXIT_SUCCESS;
}
