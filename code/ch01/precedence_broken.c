/* BROKEN on purpose: the parentheses of the condition; build: gcc -g
 * Prints pid, which is not a PID. */
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pid_t pid;

    if (pid = fork() == 0) {
        printf("child: pid is %d\n", (int)pid);
    } else {
        wait(NULL);
        printf("parent: pid is %d\n", (int)pid);
    }
    return 0;
}
