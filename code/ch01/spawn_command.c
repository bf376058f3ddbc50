/* spawn_command.c - run a program with its output sent to a file.
 * usage: spawn_command FILE PROGRAM [ARGUMENT]... */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

extern char **environ;

/* What the child does before exec: opens the file as 1. */
static void output_to(posix_spawn_file_actions_t *actions,
                      const char *file)
{
    int error = posix_spawn_file_actions_init(actions);
    if (error == 0)
        error = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
            file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (error != 0) {
        errno = error;          /* it is returned, not set */
        die("list what the child does");
    }
}

/* Starts the program. Returns its PID. The child owns 0, 2, the file. */
static pid_t spawn(const char *file, char **argv)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    output_to(&actions, file);
    int error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        errno = error;
        die("posix_spawnp %s", argv[0]);
    }
    return pid;
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc < 3)
        die_usage("expected a file and a program");
    int status;
    if (waitpid(spawn(argv[1], argv + 2), &status, 0) == -1)
        die("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
