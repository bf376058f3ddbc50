/* lines.c - read lines into 8 bytes, and show what each call got. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

int main(int argc, char **argv)
{
    char buf[8];

    (void)argc;
    die_name(argv[0]);
    while (fgets(buf, sizeof buf, stdin) != NULL) {
        printf("%zu bytes: ", strlen(buf));
        if (fputs(buf, stdout) == EOF)
            die("write standard output");
        if (strchr(buf, '\n') == NULL)
            putchar('\n');
    }
    if (ferror(stdin))
        die("read standard input");
    return EXIT_SUCCESS;
}
