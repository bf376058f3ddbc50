/* faults.c - accept and fork that fail, and signals that come just before a
 * wait, when a test wants them to; for tests/server.bats. Link it with
 * -Wl,--wrap=accept,--wrap=fork,--wrap=ppoll.
 *
 * environment: ACCEPT and FORK, names of errors with blanks between them,
 * as in ACCEPT="EMFILE EMFILE OK EINTR". Each call takes the next name and
 * fails so; with OK, and when there are no more names, it is the real call.
 * accept takes nothing from the queue when it fails so. PPOLL, names of
 * signals in the same way: the process gets the signal, then waits. */
#define _GNU_SOURCE                     /* ppoll */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int __real_accept(int fd, struct sockaddr *address, socklen_t *len);
int __wrap_accept(int fd, struct sockaddr *address, socklen_t *len);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
int __real_ppoll(struct pollfd *p, nfds_t n, const struct timespec *limit,
                 const sigset_t *mask);
int __wrap_ppoll(struct pollfd *p, nfds_t n, const struct timespec *limit,
                 const sigset_t *mask);

static const struct {
    const char *name;
    int number;
} errors[] = {
    { "OK", 0 }, { "SIGTERM", SIGTERM }, { "EAGAIN", EAGAIN }, { "ECONNABORTED", ECONNABORTED },
    { "EINTR", EINTR }, { "EMFILE", EMFILE }, { "ENFILE", ENFILE },
    { "ENOBUFS", ENOBUFS }, { "ENOMEM", ENOMEM }, { "EPROTO", EPROTO },
};

/* next_fault: of the call's list, which moves on; 0 if there is none. */
static int next_fault(const char *variable, const char **list)
{
    if (*list == NULL && (*list = getenv(variable)) == NULL)
        *list = "";
    size_t n = strcspn(*list, " ");

    if (n == 0)
        return 0;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (strlen(errors[i].name) == n &&
            strncmp(*list, errors[i].name, n) == 0) {
            *list += n + strspn(*list + n, " ");
            return errors[i].number;
        }
    fprintf(stderr, "faults.c: %s=%s\n", variable, *list);
    abort();
}

int __wrap_accept(int fd, struct sockaddr *address, socklen_t *len)
{
    static const char *list;
    int fault = next_fault("ACCEPT", &list);

    if (fault == 0)
        return __real_accept(fd, address, len);
    errno = fault;
    return -1;
}

pid_t __wrap_fork(void)
{
    static const char *list;
    int fault = next_fault("FORK", &list);

    if (fault == 0)
        return __real_fork();
    errno = fault;
    return -1;
}

int __wrap_ppoll(struct pollfd *p, nfds_t n, const struct timespec *limit,
                 const sigset_t *mask)
{
    static const char *list;
    int signo = next_fault("PPOLL", &list);

    if (signo != 0 && raise(signo) != 0)
        abort();
    return __real_ppoll(p, n, limit, mask);
}
