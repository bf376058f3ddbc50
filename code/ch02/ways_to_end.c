/* ways_to_end.c - end in one of four ways, and see what is still done.
 * usage: ways_to_end return|exit|_exit|abort */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

/* at_the_end: what atexit(3) was given. */
static void at_the_end(void)
{
    printf(", then at_the_end\n");
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 2)
        die_usage("usage: ways_to_end return|exit|_exit|abort");
    if (atexit(at_the_end) != 0)
        die_usage("atexit: no room");
    printf("in the buffer");
    if (strcmp(argv[1], "exit") == 0)
        exit(7);
    if (strcmp(argv[1], "_exit") == 0)
        _exit(7);
    if (strcmp(argv[1], "abort") == 0)
        abort();
    if (strcmp(argv[1], "return") != 0)
        die_usage("'%s' is no way to end", argv[1]);
    return 7;
}
