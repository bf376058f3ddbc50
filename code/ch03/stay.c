/* stay.c - do nothing until a signal ends it. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("I am %ld\n", (long)getpid());
    for (;;)
        pause();
}
