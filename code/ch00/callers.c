/* callers.c - five calls: which of them reach the kernel? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    char text[40];

    if (write(STDOUT_FILENO, "here\n", 5) != 5)
        return EXIT_FAILURE;
    snprintf(text, sizeof text, "length %zu\n", strlen("here"));
    if (getppid() > 0)
        printf("%s", text);
    return EXIT_SUCCESS;
}
