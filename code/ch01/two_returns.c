/* two_returns.c - one call of fork, two returns. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    int value = 7;
    pid_t pid;

    (void)argc;
    die_name(argv[0]);
    switch (pid = fork()) {
    case -1:
        die("fork");
    case 0:
        value = 8;
        printf("child %ld of %ld: fork returned %ld, value is %d\n",
            (long)getpid(), (long)getppid(), (long)pid, value);
        exit(EXIT_SUCCESS);
    default:
        if (wait(NULL) == -1)
            die("wait");
        printf("parent %ld: fork returned %ld, value is %d\n",
            (long)getpid(), (long)pid, value);
    }
    return EXIT_SUCCESS;
}
