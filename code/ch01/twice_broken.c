/* BROKEN on purpose: stdio's buffer is copied by fork; build: gcc -g
 * Prints one line; into a pipe, two. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    printf("only once\n");
    if (fork() > 0)
        wait(NULL);
    return EXIT_SUCCESS;
}
