/* WRONG, fails "clean": never reaps the helper. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include <fcntl.h>

/* start_child: a child that ends with this code when the FIFO closes. */
static pid_t start_child(const char *fifo, int code)
{
    char c;
    pid_t child = fork();

    if (child == -1)
        die("fork");
    if (child == 0) {
        int fd = open(fifo, O_RDONLY);
        _exit(fd != -1 && read(fd, &c, 1) == 0 ? code : EXIT_FAILURE);
    }
    return child;
}

/* say: the exit code of the job, if it has one. */
static void say(int status)
{
    if (WIFEXITED(status))
        printf("job: exit code %d\n", WEXITSTATUS(status));
    else
        printf("job: no exit code\n");
    if (fflush(stdout) == EOF)
        die("standard output");
}

/* wait_for_line: wait for a line, or the end of the input. */
static void wait_for_line(void)
{
    char line[80];

    if (read(STDIN_FILENO, line, sizeof line) == -1)
        die("read");
}

int main(int argc, char **argv)
{
    int status;

    die_name(argv[0]);
    if (argc != 3)
        die_usage("usage: job HELPER JOB");
    start_child(argv[1], 9);
    pid_t job = start_child(argv[2], 3);
    dprintf(STDOUT_FILENO, "started\n");
    if (waitpid(job, &status, 0) == -1)
        die("waitpid");
    say(status);
    wait_for_line();
    return EXIT_SUCCESS;
}
