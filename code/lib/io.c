/* io.c - see io.h. */
#include "io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

ssize_t readn(int fd, void *buf, size_t n)
{
    char *to = buf;
    size_t done = 0;

    while (done < n) {
        ssize_t got = read(fd, to + done, n - done);
        if (got == 0)
            break;                      /* end of file */
        if (got > 0)
            done += (size_t)got;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)done;
}

ssize_t writen(int fd, const void *buf, size_t n)
{
    const char *from = buf;
    size_t done = 0;

    while (done < n) {
        ssize_t put = write(fd, from + done, n - done);
        if (put > 0) {
            done += (size_t)put;
        } else if (put == 0) {
            errno = EIO;                /* no progress, and no reason */
            return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return (ssize_t)done;
}

void reader_init(struct reader *r, int fd)
{
    r->fd = fd;
    r->next = r->end = 0;
}

/* fill: read once into the empty buffer. Returns as read(2) does, but
 * never with EINTR. */
static ssize_t fill(struct reader *r)
{
    ssize_t got;

    do
        got = read(r->fd, r->buf, sizeof r->buf);
    while (got == -1 && errno == EINTR);
    r->next = 0;
    r->end = got > 0 ? (size_t)got : 0;
    return got;
}

ssize_t readline(struct reader *r, char *line, size_t size)
{
    const char *newline = NULL;
    size_t done = 0;

    if (size < 2) {
        errno = EINVAL;
        return -1;
    }
    while (newline == NULL && done < size - 1) {
        if (r->next == r->end) {
            ssize_t got = fill(r);
            if (got == -1)
                return -1;
            if (got == 0)
                break;                  /* end of file */
        }
        const char *from = r->buf + r->next;
        size_t n = r->end - r->next;
        if (n > size - 1 - done)
            n = size - 1 - done;
        newline = memchr(from, '\n', n);
        if (newline != NULL)
            n = (size_t)(newline - from) + 1;
        memcpy(line + done, from, n);
        r->next += n;
        done += n;
    }
    line[done] = '\0';
    return (ssize_t)done;
}
