/* guard.c - is linked into a program that is checked. It lets the check
 * interrupt the program, limits it, and tells the sanitizers where to
 * write. What it needs beyond POSIX: constructors, which run before main
 * (gcc, clang), and RLIMIT_AS, which POSIX has but some systems ignore. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void do_nothing(int sig)
{
    (void)sig;
}

/* SIGUSR2 interrupts: whatever slow call it comes into fails with EINTR. */
__attribute__((constructor)) static void be_interrupted(void)
{
    struct sigaction action = { .sa_handler = do_nothing };

    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR2, &action, NULL);
}

/* A program that takes ever more memory, or fills a disk, is stopped. The
 * sanitizers and valgrind need more room than any limit allows. */
__attribute__((constructor)) static void be_limited(void)
{
    struct rlimit file = { 1 << 24, 1 << 24 };
    setrlimit(RLIMIT_FSIZE, &file);
#ifndef __SANITIZE_ADDRESS__
    struct rlimit memory = { 1 << 30, 1 << 30 };
    if (getenv("UNDER_VALGRIND") == NULL)
        setrlimit(RLIMIT_AS, &memory);
#endif
}

/* Valgrind (before 3.24) leaves the descriptor open through which it
 * opened its log; the program's own numbers would begin one later. */
__attribute__((constructor)) static void close_log(void)
{
    char path[32], target[64];

    for (int fd = 3; fd < 8; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        target[n > 0 ? n : 0] = '\0';
        if (strncmp(target, "/tmp/evidence/", 14) == 0)
            close(fd);
    }
}

/* Their reports go into files, one for each process. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "log_path=/tmp/evidence/sanitizer:detect_leaks=0:exitcode=99";
}

const char *__ubsan_default_options(void)
{
    return "log_path=/tmp/evidence/sanitizer:print_stacktrace=1";
}
