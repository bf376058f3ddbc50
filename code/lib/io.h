/* io.h - reading and writing whole amounts on a byte stream.
 *
 * For blocking descriptors: on a non-blocking one EAGAIN is an error here
 * like any other. EINTR is never returned: an interrupted call is made
 * again. No function closes a descriptor. */
#ifndef ECHO_IO_H
#define ECHO_IO_H

#include <stddef.h>
#include <sys/types.h>

/* readn: read n bytes, however many calls of read(2) that takes.
 * buf: room for n bytes, the caller's; n: at most SSIZE_MAX.
 * Returns n; or less if the end of file came first (0: at once); or -1
 * with read's errno, and then bytes read before the error are lost. */
ssize_t readn(int fd, void *buf, size_t n);

/* writen: write n bytes, however many calls of write(2) that takes.
 * buf: n bytes, the caller's; n: at most SSIZE_MAX.
 * Returns n, or -1 with write's errno; then part of the bytes may have
 * been written. If write reports 0 bytes, errno is EIO: going on could
 * last for ever. Before EPIPE (the peer is gone) comes SIGPIPE. */
ssize_t writen(int fd, const void *buf, size_t n);

/* struct reader: a descriptor and the bytes read from it that nobody has
 * asked for yet: buf[next] to buf[end - 1]. One reader per descriptor, and
 * no read(2) beside it, or bytes go astray. */
struct reader {
    int fd;
    size_t next, end;
    char buf[4096];
};

/* reader_init: start with an empty buffer. fd stays the caller's. */
void reader_init(struct reader *r, int fd);

/* readline: the next line, with its newline, and a NUL byte after it.
 * line: room for size bytes, the caller's; size: at least 2.
 * Returns the number of bytes without the added NUL. The line itself may
 * hold NUL bytes: believe the count, not strlen. A line longer than
 * size - 1 comes in parts; only the last part ends in '\n'. So does the
 * last line of a file that lacks one: it comes as it is.
 * 0: end of file. -1: errno as read(2) has it, or EINVAL for size < 2;
 * the start of an unfinished line is lost. */
ssize_t readline(struct reader *r, char *line, size_t size);

#endif
