/* exec_six.c - run show_arguments by one of the six exec functions.
 * usage: exec_six FUNCTION */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 2)
        die_usage("expected the name of a function");
    const char *name = argv[1];
    char *const arguments[] = { "anything", "v", NULL };
    char *const given[] = { "COLOR=blue", NULL };
    if (strcmp(name, "execl") == 0)
        execl("./show_arguments", "anything", "l", (char *)NULL);
    else if (strcmp(name, "execle") == 0)
        execle("./show_arguments", "anything", "l", (char *)NULL, given);
    else if (strcmp(name, "execv") == 0)
        execv("./show_arguments", arguments);
    else if (strcmp(name, "execve") == 0)
        execve("./show_arguments", arguments, given);
    else if (strcmp(name, "execlp") == 0)
        execlp("show_arguments", "anything", "l", (char *)NULL);
    else if (strcmp(name, "execvp") == 0)
        execvp("show_arguments", arguments);
    else
        die_usage("'%s' is none of the six", name);
    die("%s", name);            /* exec returns only if it fails */
}
