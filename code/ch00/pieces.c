/* pieces.c - print two lines in three pieces: how many writes is that? */
#include <stdio.h>
#include <stdlib.h>

#include "die.h"

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    printf("one ");
    printf("two\n");
    printf("three\n");
    return EXIT_SUCCESS;
}
