/* hosts.c - makes hosts out of network namespaces, and wires out of
   bridges. */

#define _GNU_SOURCE     /* unshare, setns, strerrorname_np, pipe2 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "io.h"
#include "recorder.h"

/* The namespace of process 1. If there are hosts, their wires are here. */
static int cables = -1;

/* This process's network namespace, kept open. */
static int open_namespace(void)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        die("open /proc/self/ns/net");
    return fd;
}

static void enter(int net)
{
    if (setns(net, CLONE_NEWNET) == -1)
        die("setns");
}

void host_enter(const struct host *h)
{
    enter(h->net);
}

void host_leave(void)
{
    enter(cables);
}

int write_sysctl(const char *key, const char *value)
{
    char path[256] = "/proc/sys/";
    size_t n = strlen(path);
    snprintf(path + n, sizeof path - n, "%s", key);
    for (char *c = path + n; *c != '\0'; c++)
        if (*c == '.')
            *c = '/';
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    ssize_t written = writen(fd, value, strlen(value));
    int error = errno;
    close(fd);
    errno = error;
    return written == -1 ? -1 : 0;
}

/* Adds a line to the commands for ip(8). */
__attribute__((format(printf, 2, 3)))
static void add(struct text *commands, const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text_puts(commands, line);
    text_puts(commands, "\n");
}

/* In the child: becomes ip, in that namespace, with all capabilities. */
_Noreturn static void become_ip(int net, int in, int err)
{
    static char *const arguments[] = { "ip", "-batch", "-", NULL };
    static char *const environment[] = { NULL };
    enter(net);
    if (dup2(in, STDIN_FILENO) == -1 || dup2(err, STDERR_FILENO) == -1)
        die("dup2");
    keep_capabilities();
    execve("/bin/ip", arguments, environment);
    die("exec /bin/ip");
}

/* Starts ip with the commands on its standard input; its exit status.
   The pipe holds them all before there is anyone to read them. */
static int start_ip(int net, const struct text *commands, int err)
{
    int in[2], status;
    pid_t pid;
    if (pipe2(in, O_CLOEXEC) == -1)
        die("pipe2");
    if (writen(in[1], commands->data, commands->len) == -1)
        die("write to ip");
    close(in[1]);
    switch (pid = fork()) {
    case -1:
        die("fork");
    case 0:                     /* the child reads the commands */
        become_ip(net, in[0], err);
    default:
        close(in[0]);
    }
    if (waitpid(pid, &status, 0) == -1)
        die("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The number of the last process, or "" where nobody may choose it. */
static void last_pid(char *number, size_t size)
{
    FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "re");
    if (file == NULL || fgets(number, (int)size, file) == NULL)
        *number = '\0';
    if (file != NULL)
        fclose(file);
}

/* Has ip do the commands in a namespace. Returns true, or false and what
   it said. The processes of the scenario get the numbers that they would
   get without it. */
static bool ip(struct run *r, int net, struct text *commands)
{
    char number[32];
    FILE *said = tmpfile();
    if (said == NULL)
        die("tmpfile");
    fflush(NULL);               /* or the child might print it again */
    last_pid(number, sizeof number);
    int status = start_ip(net, commands, fileno(said));
    if (*number != '\0')
        write_sysctl("kernel.ns_last_pid", number);
    if (status != 0) {
        rewind(said);
        if (fgets(r->why, sizeof r->why, said) == NULL)
            snprintf(r->why, sizeof r->why, "ip exits %d", status);
        r->why[strcspn(r->why, "\n")] = '\0';
    }
    fclose(said);
    free(commands->data);
    return status == 0;
}

/* A hardware address that goes with the address. */
static void hardware_address(const char *address, char *text, size_t size)
{
    unsigned char byte[4];
    inet_pton(AF_INET, address, byte);
    snprintf(text, size, "02:00:%02x:%02x:%02x:%02x", byte[0], byte[1],
             byte[2], byte[3]);
}

/* What a new host is set to, whatever the machine is set to. */
static bool set_up_kernel(struct run *r, bool router)
{
    const char *const settings[][2] = {
        { "net.ipv6.conf.default.disable_ipv6", "1" },
        { "net.ipv4.ip_forward", router ? "1" : "0" },
        { "net.ipv4.conf.all.rp_filter", "0" },
        { "net.ipv4.conf.default.rp_filter", "0" },
        { "net.ipv4.ip_local_port_range", "40000 40001" },
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (write_sysctl(settings[i][0], settings[i][1]) == -1
            && errno != ENOENT) {
            snprintf(r->why, sizeof r->why, "%s: %s", settings[i][0],
                     strerrorname_np(errno));
            return false;
        }
    return true;
}

/* The cables of a host: from each interface to its wire. */
static bool plug_in(struct run *r, const struct host *host)
{
    const struct scenario *s = r->scenario;
    const struct scenario_host *h = host->declared;
    int number = (int)(h - s->hosts);
    struct text commands = {0};
    char mac[32];
    for (int k = 0; k < h->count; k++) {
        hardware_address(h->addresses[k], mac, sizeof mac);
        add(&commands, "link add name h%de%d type veth peer name eth%d "
            "address %s netns /proc/1/fd/%d", number, k, k, mac,
            host->net);
        add(&commands, "link set dev h%de%d up master wire%d", number,
            k, wire_number(s, h->addresses[k]));
    }
    return ip(r, cables, &commands);
}

/* Tells an interface which other hosts there are on its wire. */
static void add_neighbours(const struct scenario *s, const char *address,
                           int interface, struct text *commands)
{
    char mac[32];
    for (int i = 0; i < s->host_count; i++)
        for (int k = 0; k < s->hosts[i].count; k++) {
            const char *other = s->hosts[i].addresses[k];
            hardware_address(other, mac, sizeof mac);
            if (other != address && same_wire(other, address))
                add(commands, "neigh add %s lladdr %s nud permanent dev "
                    "eth%d", other, mac, interface);
        }
}

/* Addresses, neighbours, routes: what the host itself has to know. */
static bool configure(struct run *r, const struct host *host)
{
    const struct scenario *s = r->scenario;
    const struct scenario_host *h = host->declared;
    struct text commands = {0};
    add(&commands, "link set dev lo up");
    for (int k = 0; k < h->count; k++) {
        add(&commands, "addr add %s/24 dev eth%d", h->addresses[k], k);
        add(&commands, "link set dev eth%d up", k);
        add_neighbours(s, h->addresses[k], k, &commands);
    }
    const char *router = router_for(s, h->addresses[0]);
    if (h->count == 1 && router != NULL)
        add(&commands, "route add default via %s", router);
    return ip(r, host->net, &commands);
}

bool host_start(struct run *r, struct host *host)
{
    if (unshare(CLONE_NEWNET) == -1) {
        snprintf(r->why, sizeof r->why, "unshare: %s",
                 strerrorname_np(errno));
        return false;
    }
    host->net = open_namespace();
    bool ready = set_up_kernel(r, host->declared->count > 1);
    host_leave();
    return ready && plug_in(r, host) && configure(r, host);
}

/* A bridge for each wire. */
static bool lay_wires(struct run *r)
{
    const struct scenario *s = r->scenario;
    struct text commands = {0};
    int interface = 0;
    for (int i = 0; i < s->host_count; i++)
        for (int k = 0; k < s->hosts[i].count; k++, interface++)
            if (wire_number(s, s->hosts[i].addresses[k]) == interface)
                add(&commands, "link add name wire%d up type bridge "
                    "mcast_snooping 0", interface);
    return set_up_kernel(r, false) && ip(r, cables, &commands);
}

bool hosts_start(struct run *r)
{
    const struct scenario *s = r->scenario;
    cables = open_namespace();
    if (s->host_count == 0) {
        r->hosts[r->host_count++].net = cables;
        return true;
    }
    if (!lay_wires(r))
        return false;
    for (int i = 0; i < s->host_count; i++) {
        r->hosts[r->host_count].declared = &s->hosts[i];
        if (!host_start(r, &r->hosts[r->host_count++]))
            return false;
    }
    return true;
}

bool host_cables(struct run *r, const struct host *host,
                 enum step_kind what)
{
    const struct scenario_host *h = host->declared;
    struct text commands = {0};
    int number = (int)(h - r->scenario->hosts);
    for (int k = 0; k < h->count; k++)
        if (what == CUT)
            add(&commands, "link set dev h%de%d nomaster", number, k);
        else if (what == MEND)
            add(&commands, "link set dev h%de%d master wire%d", number, k,
                wire_number(r->scenario, h->addresses[k]));
        else
            add(&commands, "link del dev h%de%d", number, k);
    return ip(r, cables, &commands);
}

void host_forget(struct host *host)
{
    close(host->net);
    host->net = -1;
}
