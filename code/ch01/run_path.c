/* run_path.c - become the program that the arguments name.
 * usage: run_path PROGRAM [ARGUMENT]... */
#include <errno.h>
#include <unistd.h>

#include "die.h"

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc < 2)
        die_usage("expected a program");
    execvp(argv[1], argv + 1);
    complain("execvp %s", argv[1]);     /* keeps errno */
    return errno == ENOENT ? 127 : 126;
}
