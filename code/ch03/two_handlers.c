/* two_handlers.c - the handler of SIGINT keeps SIGQUIT waiting. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

/* say: write(2) is async-signal-safe, printf is not. */
static void say(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) == -1)
        _exit(EXIT_FAILURE);
}

static void on_quit(int signo)
{
    (void)signo;
    say("QUIT begins and ends\n");
}

static void on_int(int signo)
{
    char line[80];

    (void)signo;
    say("INT begins\n");
    if (read(STDIN_FILENO, line, sizeof line) == -1)
        say("read was interrupted\n");
    say("INT ends\n");
}

int main(int argc, char **argv)
{
    (void)argc;
    die_name(argv[0]);
    struct sigaction quit = { .sa_handler = on_quit };
    struct sigaction interrupt = { .sa_handler = on_int };

    sigemptyset(&quit.sa_mask);
    sigemptyset(&interrupt.sa_mask);
    sigaddset(&interrupt.sa_mask, SIGQUIT);
    if (sigaction(SIGQUIT, &quit, NULL) == -1 ||
        sigaction(SIGINT, &interrupt, NULL) == -1)
        die("sigaction");
    for (;;)
        pause();
}
