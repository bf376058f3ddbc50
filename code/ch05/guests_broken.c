/* BROKEN on purpose: it frees nothing; build: gcc -g
 * Writes its arguments down as guests and says how many there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct guest {
    char *name;
    struct guest *next;
};

/* write_down: a new guest before the others. */
static struct guest *write_down(const char *name, struct guest *others)
{
    struct guest *guest = malloc(sizeof *guest);
    if (guest == NULL || (guest->name = strdup(name)) == NULL) {
        perror("malloc");
        exit(EXIT_FAILURE);
    }
    guest->next = others;
    return guest;
}

/* count: how many guests the arguments are. */
static int count(int argc, char **argv)
{
    struct guest *list = NULL;
    int n = 0;
    for (int i = 1; i < argc; i++)
        list = write_down(argv[i], list);
    for (const struct guest *g = list; g != NULL; g = g->next)
        n++;
    return n;                   /* the last pointer to the list is gone */
}

int main(int argc, char **argv)
{
    printf("%d guests\n", count(argc, argv));
    return EXIT_SUCCESS;
}
