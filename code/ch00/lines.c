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
        size_t n = strlen(buf);

        printf("%zu bytes: ", n);
        if (fputs(buf, stdout) == EOF)
            die("write standard output");
        if (buf[n - 1] != '\n')
            putchar('\n');
    }
    if (ferror(stdin))
        die("read standard input");
    return EXIT_SUCCESS;
}
