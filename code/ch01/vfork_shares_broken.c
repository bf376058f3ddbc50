/* BROKEN on purpose: a child of vfork may change no variable.
 * usage: vfork_shares_broken fork|vfork
 * _DEFAULT_SOURCE is for vfork; POSIX has removed it, see posix_spawn. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

static volatile int value = 1;

/* Waits for a line, changes value, ends. Does not return. */
_Noreturn static void change(void)
{
    static const char question[] = "child: type a line\n";
    char line[80];
    if (write(STDOUT_FILENO, question, strlen(question)) == -1
        || read(STDIN_FILENO, line, sizeof line) == -1)
        _exit(EXIT_FAILURE);
    value = 2;
    _exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 2 || (strcmp(argv[1], "fork") != 0
                      && strcmp(argv[1], "vfork") != 0))
        die_usage("expected fork or vfork");
    switch (*argv[1] == 'v' ? vfork() : fork()) {
    case -1:
        die("%s", argv[1]);
    case 0:                         /* the child owns standard input */
        change();
    default:
        break;
    }
    if (wait(NULL) == -1)
        die("wait");
    printf("after %s, the parent has value %d\n", argv[1], value);
    return EXIT_SUCCESS;
}
