#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* Opens every executable file of the folder: inside, where another user
   works, they could not be read. Returns 0, or -1 with errno set. */
int programs_open(const char *dir);

/* Like fork(2), but the child is process 1 of new namespaces, owned by a
   new user namespace in which the caller's user is 1000. Returns the
   child's PID to the caller, 0 in the child, -1 with errno set if the
   system does not allow it. */
pid_t sandbox_fork(void);

/* Called by process 1: makes the namespaces a small machine of its own,
   with copies of the opened programs in the reader's home folder.
   With a step list, prints "ok NAME" for each step. Returns true; or
   false and the reason in why (the name of the step and the error). */
bool sandbox_furnish(FILE *steps, char *why, size_t size);

/* Called before exec: lets the program keep the capabilities of process 1
   in its namespaces. Ends the process on errors. */
void keep_capabilities(void);

#endif
