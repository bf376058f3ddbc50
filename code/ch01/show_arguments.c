/* show_arguments.c - print what exec has given to this program. */
#include <stdio.h>
#include <stdlib.h>

#include "die.h"

extern char **environ;          /* POSIX: no header declares it */

int main(int argc, char **argv)
{
    die_name("show_arguments"); /* argv[0] is the caller's to choose */
    for (int i = 0; i < argc; i++)
        printf("argv[%d] is \"%s\"\n", i, argv[i]);
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    printf("environ has %zu", n);
    if (n > 0)
        printf(", the first is %s", environ[0]);
    putchar('\n');
    if (fflush(stdout) == EOF)
        die("write");
    return EXIT_SUCCESS;
}
