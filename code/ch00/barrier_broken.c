/* BROKEN on purpose: the child keeps the writing side; build: gcc -g
 * The child of barrier.c, without its first close: it waits for itself. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int gate[2];
    char byte;

    if (pipe(gate) == -1)
        return EXIT_FAILURE;
    switch (fork()) {
    case -1:
        return EXIT_FAILURE;
    case 0:
        if (read(gate[0], &byte, 1) == 0)
            printf("child: after you\n");
        return EXIT_SUCCESS;
    }
    printf("parent: first\n");
    close(gate[1]);             /* not the last one of the writing side */
    return wait(NULL) == -1;
}
