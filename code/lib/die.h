/* die.h - error messages that name the program, the call and the errno.
 *
 * Each function writes one line on standard error, in one write(2):
 *   echo_client: connect 127.0.0.1:9877: ECONNREFUSED (Connection refused)
 * A line over 1023 bytes is cut. None of these functions is
 * async-signal-safe: a signal handler must not call them. */
#ifndef ECHO_DIE_H
#define ECHO_DIE_H

/* die_name: remember the program's name for all later messages.
 * argv0: main's argv[0] (not copied: it must live on, as argv does);
 *     only what follows the last '/' is used.
 * Returns the name. Call it first in main. */
const char *die_name(const char *argv0);

/* complain: print the program's name, the message and errno; go on.
 * format, ...: as for printf(3), without a newline.
 * errno is the same afterwards as before. */
void complain(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* note: print the program's name and the message, without errno
 * (nothing has failed); go on. errno is the same afterwards as before. */
void note(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* die: complain, then exit(EXIT_FAILURE), which is status 1. exit(3)
 * flushes stdio's buffers and runs the atexit functions. */
_Noreturn void die(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* die_usage: print the program's name and the message, without errno
 * (nothing has failed yet), then exit with status 2. */
_Noreturn void die_usage(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
