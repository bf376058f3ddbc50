/* ask.c - ask for a child with WNOHANG, once for each line of input. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    char line[80];
    pid_t pid;

    (void)argc;
    die_name(argv[0]);
    switch (pid = fork()) {
    case -1:
        die("fork");
    case 0:                         /* stays until a signal ends it */
        for (;;)
            pause();
    }
    printf("the child is %ld\n", (long)pid);
    while (fgets(line, sizeof line, stdin) != NULL) {
        int status;
        pid_t answer = waitpid(pid, &status, WNOHANG);

        if (answer == -1)
            die("waitpid");
        printf("waitpid returns %ld\n", (long)answer);
        if (answer == pid && WIFSIGNALED(status))
            printf("it was killed by signal %d\n", WTERMSIG(status));
    }
    return EXIT_SUCCESS;
}
