/* end_with.c - end with this exit code. usage: end_with NUMBER */
#include <stdlib.h>

#include "die.h"

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc != 2)
        die_usage("usage: end_with NUMBER");
    exit(atoi(argv[1]));
}
