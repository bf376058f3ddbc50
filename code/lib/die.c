/* die.c - see die.h.
 *
 * _GNU_SOURCE is for strerrorname_np(3), glibc 2.32 and later, which
 * turns 98 into "EADDRINUSE". POSIX offers strerror(), the text without
 * the name; elsewhere let error_name() return strerror(error). */
#define _GNU_SOURCE
#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

static const char *program = "?";

const char *die_name(const char *argv0)
{
    if (argv0 != NULL) {
        const char *slash = strrchr(argv0, '/');
        program = slash != NULL ? slash + 1 : argv0;
    }
    return program;
}

struct line {
    size_t used;
    char text[1024];
};

/* add_list: append to the line; what does not fit is cut. The last byte
 * is kept free for the newline. */
static void add_list(struct line *l, const char *format, va_list args)
{
    size_t room = sizeof l->text - 1 - l->used;
    int n = vsnprintf(l->text + l->used, room, format, args);

    if (n > 0)
        l->used += (size_t)n < room ? (size_t)n : room - 1;
}

/* add: the same with the arguments written out. */
static void add(struct line *l, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_list(l, format, args);
    va_end(args);
}

static const char *error_name(int error)
{
    const char *name = strerrorname_np(error);

    return name != NULL ? name : "unknown errno";
}

/* print: "program: message", with ": ENAME (text)" unless error is -1. */
static void print(int error, const char *format, va_list args)
{
    struct line l = {0};

    add(&l, "%s: ", program);
    add_list(&l, format, args);
    if (error != -1)
        add(&l, ": %s (%s)", error_name(error), strerror(error));
    l.text[l.used++] = '\n';
    (void)writen(STDERR_FILENO, l.text, l.used);  /* no one to tell */
}

void complain(const char *format, ...)
{
    int error = errno;
    va_list args;

    va_start(args, format);
    print(error, format, args);
    va_end(args);
    errno = error;
}

void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print(errno, format, args);
    va_end(args);
    exit(EXIT_FAILURE);
}

void note(const char *format, ...)
{
    int error = errno;
    va_list args;

    va_start(args, format);
    print(-1, format, args);
    va_end(args);
    errno = error;
}

void die_usage(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print(-1, format, args);
    va_end(args);
    exit(2);
}
