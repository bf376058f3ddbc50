/* sandbox.c - private namespaces and what has to be in them. */

#define _GNU_SOURCE     /* namespaces: clone flags, mounts, capabilities */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "recorder.h"

enum { READER = 1000, NOBODY = 65534 };

/* Process 1 holds the read end of a pipe whose write end the outer
   process holds: when it has gone, the pipe says so. */
static int lifeline = -1;

/* The programs that will stand in the reader's home folder. */
static struct program { char *name; int fd; mode_t mode; } *programs;
static size_t program_count;

/* Writes one small file. Returns 0, or -1 with errno set. */
static int write_file(const char *path, int flags, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
    if (fd == -1)
        return -1;
    int result = writen(fd, text, strlen(text)) == -1 ? -1 : 0;
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

/* Writes /proc/PID/FILE with "1000 ID 1": 1000 inside is ID outside. */
static int write_map(pid_t pid, const char *file, unsigned id)
{
    char path[64], map[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
    snprintf(map, sizeof map, "%d %u 1", READER, id);
    return write_file(path, 0, map);
}

/* Gives the child of sandbox_fork its user. Host root becomes nobody on
   the outside, so that limits count for it as for any user; an ordinary
   user can only map itself, and has to give up setgroups(2) first. */
static int map_user(pid_t pid)
{
    char path[64];
    if (geteuid() == 0 && write_map(pid, "uid_map", NOBODY) == 0)
        return write_map(pid, "gid_map", NOBODY);
    snprintf(path, sizeof path, "/proc/%ld/setgroups", (long)pid);
    if (write_file(path, 0, "deny") == -1)
        return -1;
    if (write_map(pid, "uid_map", geteuid()) == -1)
        return -1;
    return write_map(pid, "gid_map", getegid());
}

/* The child waits until it has been given its user. */
static pid_t wait_for_map(int pipe_end[2])
{
    char go;
    close(pipe_end[1]);
    lifeline = pipe_end[0];
    if (readn(lifeline, &go, 1) != 1)
        _exit(1);               /* the outer process has gone */
    return 0;
}

pid_t sandbox_fork(void)
{
    const long flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS
        | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD;
    int pipe_end[2];
    if (pipe2(pipe_end, O_CLOEXEC) == -1)
        die("pipe2");
    /* Without a stack, clone(2) is fork(2) with flags. */
    pid_t pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
    if (pid == 0)
        return wait_for_map(pipe_end);
    close(pipe_end[0]);
    if (pid > 0 && (map_user(pid) == -1
                    || writen(pipe_end[1], "m", 1) != 1)) {
        int error = errno;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        errno = error;
        pid = -1;
    }
    return pid;                 /* pipe_end[1] stays open: the lifeline */
}

/* Becomes the reader. Capabilities stay: 0 is no user here, so changing
   from one user to another is nothing special to the kernel. */
static int become_reader(void)
{
    if (setgroups(0, NULL) == -1 && errno != EPERM)
        return -1;              /* EPERM: an ordinary user must keep them */
    if (setresgid(READER, READER, READER) == -1)
        return -1;
    return setresuid(READER, READER, READER);
}

/* From now on, if the outer process dies, so does this one, and with it
   everything in its PID namespace. (setresuid would have undone it.) If
   it has died already, nobody holds the other end of the lifeline. */
static int die_with_parent(void)
{
    struct pollfd end = { .fd = lifeline, .events = POLLIN };
    if (prctl(PR_SET_PDEATHSIG, (long)SIGKILL) == -1
        || prctl(PR_SET_DUMPABLE, 1L) == -1)
        return -1;
    if (poll(&end, 1, 0) != 0)
        _exit(1);
    return 0;
}

/* The same signals, limits and umask for everyone. */
static int usual_limits(void)
{
    static const struct { int which; rlim_t limit; } limits[] = {
        { RLIMIT_NOFILE, 1024 }, { RLIMIT_NPROC, 1000 },
        { RLIMIT_CORE, 1 }, { RLIMIT_STACK, 8 << 20 },
    };
    sigset_t none;
    umask(022);
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
        return -1;
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);   /* fails for KILL, STOP and glibc's own */
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit have;
        if (getrlimit(limits[i].which, &have) == -1)
            return -1;
        have.rlim_cur = have.rlim_max < limits[i].limit ? have.rlim_max
                                                        : limits[i].limit;
        if (setrlimit(limits[i].which, &have) == -1)
            return -1;
    }
    return 0;
}

/* Every mount becomes private (none of ours is seen outside) and
   read-only (nothing of the host can be changed from here). */
static int private_mounts(void)
{
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY,
                                     .propagation = MS_PRIVATE };
    return mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attributes,
                         sizeof attributes);
}

static int mount_proc(void)
{
    return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                 NULL);
}

/* The terminals of this sandbox, and empty places to write to. */
static int mount_folders(void)
{
    static const struct { const char *type, *place, *data; } mounts[] = {
        { "devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=620" },
        { "tmpfs", "/run", "mode=755" }, { "tmpfs", "/home", "mode=755" },
        { "tmpfs", "/tmp", "mode=1777" },
        { "tmpfs", "/var/tmp", "mode=1777" },
        { "tmpfs", "/dev/shm", "mode=1777" },
    };
    for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++)
        if (mount(mounts[i].type, mounts[i].place, mounts[i].type,
                  MS_NOSUID, mounts[i].data) == -1
            && (errno != ENOENT || i == 0))
            return -1;
    return 0;
}

/* A link in /etc for each file of the host's /etc, except where there is
   one of ours. What is a link there is the same link here. */
static int link_etc(DIR *host)
{
    struct dirent *e;
    while ((e = readdir(host)) != NULL) {
        char name[NAME_MAX + 16], to[PATH_MAX];
        ssize_t n = readlinkat(dirfd(host), e->d_name, to, sizeof to - 1);
        if (n == -1)
            snprintf(to, sizeof to, "/run/etc/%s", e->d_name);
        else
            to[n] = '\0';
        snprintf(name, sizeof name, "/etc/%s", e->d_name);
        if (e->d_name[0] != '.' && symlink(to, name) == -1
            && errno != EEXIST)
            return -1;
    }
    return 0;
}

/* Has an empty folder for /etc, and the host's in /run/etc. */
static int cover_etc(void)
{
    if (mkdir("/run/etc", 0755) == -1
        || mount("/etc", "/run/etc", NULL, MS_BIND | MS_REC, NULL) == -1)
        return -1;
    return mount("tmpfs", "/etc", "tmpfs", MS_NOSUID, "mode=755");
}

static int write_etc(void)
{
    static const char *const files[][2] = {
        { "/etc/passwd",
          "reader:x:1000:1000:reader:/home/reader:/bin/sh\n"
          "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n" },
        { "/etc/group", "reader:x:1000:\nnogroup:x:65534:\n" },
        { "/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 echo\n"
                        "::1 localhost\n" },
        { "/etc/nsswitch.conf", "passwd: files\ngroup: files\n"
          "hosts: files\nservices: files\nprotocols: files\n"
          "networks: files\n" },
    };
    if (cover_etc() == -1)
        return -1;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (write_file(files[i][0], O_CREAT, files[i][1]) == -1)
            return -1;
    DIR *host = opendir("/run/etc");
    if (host == NULL)
        return -1;
    int result = link_etc(host);
    closedir(host);
    if (result == -1)
        return -1;
    return mount(NULL, "/etc", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY
                 | MS_NOSUID, NULL);
}

int programs_open(const char *dir)
{
    DIR *d = opendir(dir);
    if (d == NULL)
        return -1;
    struct dirent *e;
    while ((e = readdir(d)) != NULL) {
        struct stat st;
        if (fstatat(dirfd(d), e->d_name, &st, 0) == -1
            || !S_ISREG(st.st_mode))
            continue;
        int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
        if (fd == -1) {
            closedir(d);
            return -1;
        }
        programs = room_for_one(programs, program_count, sizeof *programs);
        programs[program_count++] = (struct program){
            copy_bytes(e->d_name, strlen(e->d_name)), fd,
            (st.st_mode & 0111) != 0 ? 0755 : 0644 };
    }
    closedir(d);
    return 0;
}

/* Copies one open program into the current folder. */
static int copy_program(const struct program *program)
{
    char buf[65536];
    ssize_t n;
    int to = open(program->name, O_WRONLY | O_CREAT | O_CLOEXEC,
                  program->mode);
    if (to == -1)
        return -1;
    while ((n = readn(program->fd, buf, sizeof buf)) > 0)
        if (writen(to, buf, (size_t)n) == -1)
            break;
    close(to);
    close(program->fd);
    return n == 0 ? 0 : -1;
}

static int make_home(void)
{
    if (mkdir("/home/reader", 0755) == -1 || chdir("/home/reader") == -1)
        return -1;
    for (size_t i = 0; i < program_count; i++)
        if (copy_program(&programs[i]) == -1)
            return -1;
    return 0;
}

static int name_host(void)
{
    return sethostname("echo", strlen("echo"));
}

/* Raises lo; a new network namespace has nothing else. */
static int raise_loopback(void)
{
    struct ifreq request = { .ifr_name = "lo" };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    int result = ioctl(fd, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    if (result == 0)
        result = ioctl(fd, SIOCSIFFLAGS, &request);
    close(fd);
    return result;
}

/* Two ports to choose from: connect(2) takes them in turn, where it would
   otherwise begin at a random one. */
static int choose_ports(void)
{
    return write_file("/proc/sys/net/ipv4/ip_local_port_range", 0,
                      "40000 40001");
}

static int choose_pids(void)
{
    return write_file("/proc/sys/kernel/ns_last_pid", 0, "1000");
}

/* What sandbox_furnish does, in this order. */
static const struct {
    const char *name;
    int (*run)(void);
    bool optional;
} furnishings[] = {
    { "user reader", become_reader, false },
    { "death with the parent", die_with_parent, false },
    { "signals and limits", usual_limits, false },
    { "private, read-only files", private_mounts, false },
    { "processes (/proc)", mount_proc, false },
    { "/dev/pts /run /home /tmp", mount_folders, false },
    { "users and hosts (/etc)", write_etc, false },
    { "home folder", make_home, false },
    { "host name", name_host, false },
    { "network (lo)", raise_loopback, false },
    { "ephemeral ports", choose_ports, false },
    { "process numbers", choose_pids, true },
};

/* Reports a step that failed; true if one can do without it. */
static bool failed(const char *name, bool optional, FILE *steps, char *why,
                   size_t size)
{
    snprintf(why, size, "%s: %s (%s)", name, strerrorname_np(errno),
             strerror(errno));
    if (steps != NULL)
        fprintf(steps, "%s %s\n", optional ? "without" : "FAILED", why);
    return optional;
}

bool sandbox_furnish(FILE *steps, char *why, size_t size)
{
    size_t count = sizeof furnishings / sizeof furnishings[0];
    for (size_t i = 0; i < count; i++) {
        const char *name = furnishings[i].name;
        bool optional = furnishings[i].optional;
        if (furnishings[i].run() == -1) {
            if (!failed(name, optional, steps, why, size))
                return false;
        } else if (steps != NULL) {
            fprintf(steps, "ok %s\n", name);
        }
    }
    return true;
}

void keep_capabilities(void)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) == -1)
        die("capget");
    for (int i = 0; i < 2; i++)
        data[i].inheritable = data[i].permitted;
    if (syscall(SYS_capset, &header, data) == -1)
        die("capset");
    for (long cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (prctl(PR_CAP_AMBIENT, (long)PR_CAP_AMBIENT_RAISE, cap,
                  0L, 0L) == -1
            && errno != EINVAL && errno != EPERM)
            die("prctl PR_CAP_AMBIENT");        /* newer than the kernel */
}
