/* linger.c - say who we are, and stay until the input ends. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    int c;

    (void)argc;
    die_name(argv[0]);
    printf("I am %ld, my parent is %ld\n", (long)getpid(), (long)getppid());
    do
        c = getchar();
    while (c != EOF);
    if (ferror(stdin))
        die("read standard input");
    return EXIT_SUCCESS;
}
