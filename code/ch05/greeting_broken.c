/* BROKEN on purpose: no room for the end, no first value; build: gcc -g
 * Reads a name and says whether it is long. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    enum { ROOM = 6 };
    int letters;
    char *name = malloc(ROOM);
    if (name == NULL)
        return EXIT_FAILURE;
    ssize_t n = read(STDIN_FILENO, name, ROOM);
    if (n == -1)
        return EXIT_FAILURE;
    name[n] = '\0';
    for (const char *c = name; *c != '\0'; c++)
        letters++;
    if (letters > 4)
        puts("what a long name");
    free(name);
    return EXIT_SUCCESS;
}
