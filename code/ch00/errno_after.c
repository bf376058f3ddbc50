/* errno_after.c - what errno holds after a failure and after a success. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* try: open a file, print what open returned and what errno is then. */
static void try(const char *name)
{
    int fd = open(name, O_RDONLY);
    int error = errno;

    printf("open %-12s returns %2d, errno is %d\n", name, fd, error);
}

int main(void)
{
    try("missing");
    try("/etc/passwd");
    return EXIT_SUCCESS;
}
