/* terminal.c - shells on pseudo-terminals. */

#define _GNU_SOURCE     /* posix_openpt, close_range, TIOCSCTTY, IUTF8 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "die.h"
#include "recorder.h"

enum { SCREEN_LINES = 24, SCREEN_COLUMNS = 80 };

/* The shell prints its prompt behind this mark, an escape sequence that
   carries the exit status: ESC ] e ; STATUS BEL. */
#define MARK "\033]e;"

/* Makes the tty what the recorder expects: 80 columns, no echo (what is
   typed goes into the recording, not onto the screen). */
static void set_up_tty(int slave)
{
    struct termios tty;
    struct winsize size = { .ws_row = SCREEN_LINES,
                            .ws_col = SCREEN_COLUMNS };
    if (tcgetattr(slave, &tty) == -1)
        die("tcgetattr");
    tty.c_lflag &= ~(tcflag_t)ECHO;
    tty.c_iflag |= IUTF8;               /* backspace deletes a character */
    if (tcsetattr(slave, TCSANOW, &tty) == -1)
        die("tcsetattr");
    if (ioctl(slave, TIOCSWINSZ, &size) == -1)
        die("ioctl TIOCSWINSZ");
}

char *const usual_environment[] = {
    "HOME=/home/reader", "LANG=C.UTF-8", "LOGNAME=reader", "NO_COLOR=1",
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SHELL=/bin/sh", "TERM=dumb",
    "TZ=UTC", "USER=reader", NULL
};

/* In the child: becomes the shell of the terminal. */
_Noreturn static void become_shell(int slave, const struct terminal *t)
{
    static char *const arguments[] = { "sh", NULL };
    host_enter(t->host);
    if (setsid() == -1)
        die("setsid");
    if (ioctl(slave, TIOCSCTTY, 0) == -1)
        die("ioctl TIOCSCTTY");
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(slave, fd) == -1)
            die("dup2");
    if (close_range(3, ~0U, 0) == -1)
        die("close_range");
    if (t->privileged)
        keep_capabilities();
    execve("/bin/sh", arguments, usual_environment);
    die("exec /bin/sh");
}

/* Types the assignment of the prompt before the shell reads its first
   line: as a shell variable it is not in the environment of the programs.
   No echo, so it never shows. */
static void set_prompt(struct terminal *t)
{
    const char *assignment = t->privileged
        ? "PS1='\033]e;$?\007# '\n" : "PS1='\033]e;$?\007$ '\n";
    if (!terminal_type(t, assignment, strlen(assignment)))
        die("type the prompt");
}

/* Opens the two ends of a pty; returns the slave. The terminal of a host
   that comes back has its master still. */
static int open_pty(struct terminal *t)
{
    char name[32];
    t->master = t->kept > 0 ? t->kept
                : posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    t->kept = 0;
    if (t->master == -1)
        die("posix_openpt");
    if (grantpt(t->master) == -1 || unlockpt(t->master) == -1)
        die("unlockpt");
    if (ptsname_r(t->master, name, sizeof name) != 0)
        die("ptsname_r");
    snprintf(t->tty, sizeof t->tty, "%s", name + strlen("/dev/"));
    int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave == -1)
        die("open %s", name);
    if (fcntl(t->master, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl F_SETFL");
    return slave;
}

void terminal_start(struct terminal *t)
{
    int slave = open_pty(t);
    set_up_tty(slave);
    t->at_prompt = t->ended = false;
    set_prompt(t);
    fflush(NULL);               /* or the child might print it again */
    switch (t->shell = fork()) {
    case -1:
        die("fork");
    case 0:                     /* the child owns the slave */
        become_shell(slave, t);
    default:                    /* the parent keeps only the master */
        close(slave);
    }
}

/* A prompt mark at p. Returns its length with the prompt, 0 if more bytes
   are needed to know, -1 if this is no mark. */
static int prompt_length(const char *p, size_t n, int *status)
{
    size_t mark = strlen(MARK), digits = 0;
    if (memcmp(p, MARK, n < mark ? n : mark) != 0)
        return -1;
    *status = 0;
    while (mark + digits < n && p[mark + digits] >= '0'
           && p[mark + digits] <= '9' && digits < 4)
        *status = 10 * *status + (p[mark + digits++] - '0');
    if (mark + digits < n && (digits == 0 || p[mark + digits] != '\007'))
        return -1;
    size_t all = mark + digits + 3;             /* BEL, "$ " */
    return n < all ? 0 : (int)all;
}

/* The terminal has shown n more bytes. */
static void show(struct terminal *t, const char *bytes, size_t n)
{
    text_add(&t->out, bytes, n);
    text_add(&t->screen, bytes, n);
}

/* Understands what begins at p: a prompt, an end of line, or a byte.
   Returns the number of bytes used, 0 if more are needed. */
static size_t understand(struct terminal *t, const char *p, size_t n)
{
    int status;
    if (*p == '\r' && n == 1)
        return 0;
    if (*p == '\r' && p[1] == '\n') {   /* the tty's way to end a line */
        show(t, "\n", 1);
        return 2;
    }
    int length = *p == '\033' ? prompt_length(p, n, &status) : -1;
    if (length == -1) {
        show(t, p, 1);
        return 1;
    }
    if (length > 0) {
        t->at_prompt = true;
        t->prompt_at = t->out.len;
        t->status = status;
        text_puts(&t->screen, t->privileged ? "# " : "$ ");
    }
    return (size_t)length;
}

bool terminal_read(struct terminal *t)
{
    char buf[4096];
    if (t->master == -1)
        return false;
    ssize_t n = read(t->master, buf, sizeof buf);
    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {               /* EIO: nobody has the tty open any more */
        close(t->master);
        t->master = -1;
        return false;
    }
    text_add(&t->raw, buf, (size_t)n);
    size_t i = 0, used = 1;
    while (i < t->raw.len && used > 0)
        i += used = understand(t, t->raw.data + i, t->raw.len - i);
    text_drop(&t->raw, i);
    return true;
}

void terminal_halt(struct terminal *t)
{
    if (t->master != -1)
        t->kept = t->master;
    t->master = -1;
    text_drop(&t->raw, t->raw.len);
}

bool terminal_type(struct terminal *t, const char *bytes, size_t n)
{
    return t->master != -1 && write(t->master, bytes, n) == (ssize_t)n;
}

void terminal_write_screen(const struct terminal *t, FILE *out)
{
    const char *s = t->screen.data + t->screen.len;
    fprintf(out, "---- %s (%s) ----\n", t->name, t->tty);
    for (int lines = 0; s > t->screen.data; s--)
        if (s[-1] == '\n' && lines++ == SCREEN_LINES)
            break;
    for (; *s != '\0'; s++)
        if (*s == '\n' || *s == '\t' || (unsigned char)*s >= ' ')
            fputc(*s, out);
    fputc('\n', out);
}

pid_t terminal_leader(const struct terminal *t)
{
    pid_t leader = t->master == -1 ? 0 : tcgetpgrp(t->master);
    return leader <= 0 || leader == t->shell ? 0 : leader;
}
