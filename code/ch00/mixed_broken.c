/* BROKEN on purpose: printf and write on one descriptor; build: gcc -g
 * Prints two lines, in an order that depends on where they go. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("first\n");
    return write(STDOUT_FILENO, "second\n", 7) != 7;
}
