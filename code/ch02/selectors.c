/* selectors.c - which of three children does waitpid reap?
 * usage: selectors child|own|any|group */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

static pid_t children[3];       /* the first two are a group */

/* make_child: the child number i, which ends at once. The parent puts it
 * into its group, while it is a zombie at the latest. */
static pid_t make_child(int i)
{
    siginfo_t info;
    pid_t pid = fork();

    if (pid == 0)
        _exit(EXIT_SUCCESS);
    if (pid == -1)
        die("fork");
    if (i < 2 && setpgid(pid, children[0]) == -1)
        die("setpgid");
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == -1)
        die("waitid");
    return pid;
}

/* selector: the first argument of waitpid for this word. */
static pid_t selector(const char *word)
{
    if (strcmp(word, "child") == 0)
        return children[1];
    if (strcmp(word, "own") == 0)
        return 0;
    if (strcmp(word, "any") == 0)
        return -1;
    if (strcmp(word, "group") != 0)
        die_usage("'%s' is none of child, own, any, group", word);
    return -children[0];
}

int main(int argc, char **argv)
{
    pid_t whom;

    die_name(argv[0]);
    if (argc != 2)
        die_usage("usage: selectors child|own|any|group");
    for (int i = 0; i < 3; i++)
        children[i] = make_child(i);
    whom = selector(argv[1]);
    pid_t pid;

    while ((pid = waitpid(whom, NULL, 0)) > 0)
        for (int i = 0; i < 3; i++)
            if (children[i] == pid)
                printf("reaped child %d\n", i + 1);
    if (errno != ECHILD)
        die("waitpid");
    printf("then ECHILD\n");
    return EXIT_SUCCESS;
}
