/* exec_keeps.c - change what a process has, exec, and compare. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "die.h"

/* Says in a word what happens when this signal comes. */
static const char *disposition(int signal)
{
    struct sigaction now;
    if (sigaction(signal, NULL, &now) == -1)
        die("sigaction");
    return now.sa_handler == SIG_DFL ? "default"
           : now.sa_handler == SIG_IGN ? "ignored" : "handler";
}

/* Prints the dispositions, and whether SIGTERM is blocked. */
static void print_signals(void)
{
    sigset_t blocked;
    if (sigprocmask(SIG_BLOCK, NULL, &blocked) == -1)
        die("sigprocmask");
    printf("  SIGUSR1 %s, SIGUSR2 %s, SIGTERM %s\n", disposition(SIGUSR1),
           disposition(SIGUSR2),
           sigismember(&blocked, SIGTERM) ? "blocked" : "let in");
}

/* Prints which of the descriptors 0 to 9 are open. */
static void print_descriptors(void)
{
    printf("  descriptors");
    for (int fd = 0; fd < 10; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            printf(" %d", fd);
    putchar('\n');
}

/* Prints the three lines that are compared. */
static void print_state(const char *when)
{
    printf("%s: PID %ld, parent %ld\n", when, (long)getpid(),
           (long)getppid());
    print_signals();
    print_descriptors();
    if (fflush(stdout) == EOF)  /* exec throws the buffer away */
        die("write");
}

/* A handler: it is enough that there is one. */
static void do_nothing(int signal) { (void)signal; }

/* Sets what happens when this signal comes. */
static void set(int signal, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    if (sigaction(signal, &action, NULL) == -1)
        die("sigaction");
}

/* Handles SIGUSR1, ignores SIGUSR2, blocks SIGTERM; opens 3 and 4. */
static void change_state(void)
{
    sigset_t blocked;
    set(SIGUSR1, do_nothing);
    set(SIGUSR2, SIG_IGN);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &blocked, NULL) == -1)
        die("sigprocmask");
    if (open("/dev/null", O_RDONLY) == -1
        || open("/dev/null", O_RDONLY | O_CLOEXEC) == -1)
        die("open /dev/null");
}

int main(int argc, char **argv)
{
    die_name(argv[0]);
    if (argc > 1) {             /* the second time, after exec */
        print_state(argv[1]);
        return EXIT_SUCCESS;
    }
    change_state();
    print_state("before");
    execl("./exec_keeps", "exec_keeps", "after", (char *)NULL);
    die("execl");
}
