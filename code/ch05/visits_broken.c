/* BROKEN on purpose: parent and child each lose something; build: gcc -g
 * A child writes a visitor down, as the child of a server might. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* visit: the work of the child. */
static void visit(const char *name)
{
    char *copy = strdup(name);
    int log = open("visits", O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (copy == NULL || log == -1)
        exit(EXIT_FAILURE);
    dprintf(log, "%s\n", copy);
}

int main(void)
{
    char *before = strdup("allocated before the fork");
    if (before == NULL)
        return EXIT_FAILURE;
    before = NULL;
    switch (fork()) {
    case -1:
        return EXIT_FAILURE;
    case 0:
        visit("Kim");
        return EXIT_SUCCESS;
    default:
        return wait(NULL) == -1 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
}
