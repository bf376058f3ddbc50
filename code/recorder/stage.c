/* stage.c - what happens to hosts: cuts, crashes, shutdowns. */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "recorder.h"

/* The host that the step names. */
static struct host *stage(struct run *r)
{
    return &r->hosts[r->step->host];
}

static bool is_shell(const struct run *r, pid_t pid)
{
    for (int i = 0; i < r->scenario->terminal_count; i++)
        if (r->terminals[i].shell == pid)
            return true;
    return false;
}

/* Sends a signal to the processes of a host, to its terminals' shells
   only if they are meant too. Returns how many there are. Parents have
   the lower numbers, so they do not see their children die. */
static int send_to_all(struct run *r, int sig, bool shells)
{
    int count = 0;
    for (pid_t pid = 0; (pid = process_at(stage(r)->net, pid)) != 0; )
        if (shells || !is_shell(r, pid)) {
            kill(pid, sig);
            if (sig == SIGTERM)
                kill(pid, SIGCONT);     /* a stopped one would not hear */
            count++;
        }
    return count;
}

static enum answer all_killed(struct run *r)
{
    return send_to_all(r, SIGKILL, true) == 0 ? YES : NOT_YET;
}

static enum answer programs_killed(struct run *r)
{
    return send_to_all(r, SIGKILL, false) == 0 ? YES : NOT_YET;
}

/* What is shown at the terminals of the host must be accepted by now; or
   it is accepted, if all of it belongs to this step. */
static void settle_terminals(struct run *r, bool accept)
{
    for (int i = 0; i < r->scenario->terminal_count; i++) {
        struct terminal *t = &r->terminals[i];
        if (t->host != stage(r))
            continue;
        if (accept)
            t->accepted = t->out.len;
        require_all_accepted(r, t);
        record_output(&r->recording, t);
    }
}

/* Does something with the cables. */
static void with_cables(struct run *r, enum step_kind what)
{
    if (!host_cables(r, stage(r), what))
        fail(r, r->step, "%s", r->why);
}

/* Without cables no FIN can tell anyone; then everything is killed and
   the network given up. */
static void take_down(struct run *r)
{
    packets_take(&r->packets);
    with_cables(r, CRASH);
    for (int i = 0; i < r->scenario->terminal_count; i++)
        if (r->terminals[i].host == stage(r)) {
            end_prohibitions(r, &r->terminals[i]);
            terminal_halt(&r->terminals[i]);
        }
    wait_until(r, all_killed);
    packets_deafen(&r->packets, r->step->host);
    host_forget(stage(r));
}

/* The names of the programs that run at a host. */
static void list_programs(struct run *r, char *names, size_t size)
{
    size_t n = 0;
    for (pid_t pid = 0; (pid = process_at(stage(r)->net, pid)) != 0; )
        if (!is_shell(r, pid) && n < size) {
            char name[32] = "";
            process_name(pid, name, sizeof name);
            n += (size_t)snprintf(names + n, size - n, "%s%s",
                                  n > 0 ? " " : "", name);
        }
}

/* As init does it: all are asked to end, those that do not are killed
   when the time is over, then the network goes. */
static void shut_down(struct run *r)
{
    char names[256] = "";
    double end = now() + r->step->number;
    send_to_all(r, SIGTERM, true);
    while (send_to_all(r, 0, false) > 0 && now() < end)
        pump(r, 1);
    list_programs(r, names, sizeof names);
    if (*names != '\0') {
        record_stage(&r->recording, "kill", stage(r), names);
        wait_until(r, programs_killed);
    }
    let_settle(r);
    let_network_settle(r);
    look_at_states(r, true);
    settle_terminals(r, true);
    take_down(r);
}

static void reboot(struct run *r)
{
    if (!host_start(r, stage(r)))
        fail(r, r->step, "%s", r->why);
    if (packets_listen(&r->packets, r->step->host) == -1)
        fail(r, r->step, "packets: %s", strerror(errno));
    start_terminals(r);
}

static void set_sysctl(struct run *r)
{
    host_enter(stage(r));
    int result = write_sysctl(r->step->key, r->step->text);
    int error = errno;
    host_leave();
    if (result == -1)
        fail(r, r->step, "%s", error == ENOENT
             ? "this kernel has no such setting" : strerror(error));
}

/* The step's text as the recording has it. */
static void record_it(struct run *r, const char *word)
{
    char text[MAX_LINE] = "";
    if (r->step->kind == SYSCTL)
        snprintf(text, sizeof text, "%s = %s", r->step->key,
                 r->step->text);
    record_stage(&r->recording, word, stage(r), text);
}

void do_stage(struct run *r)
{
    enum step_kind kind = r->step->kind;
    let_settle(r);
    record_current(r);
    if (kind == CRASH || kind == SHUTDOWN)
        settle_terminals(r, false);
    if (kind == CRASH || kind == SHUTDOWN || kind == CUT)
        let_network_settle(r);
    switch (kind) {
    case CUT: record_it(r, "cut"); with_cables(r, CUT); break;
    case MEND: record_it(r, "mend"); with_cables(r, MEND); break;
    case CRASH: record_it(r, "crash"); take_down(r); break;
    case REBOOT: record_it(r, "reboot"); reboot(r); break;
    case SHUTDOWN: record_it(r, "shutdown"); shut_down(r); break;
    case SYSCTL: set_sysctl(r); record_it(r, "sysctl"); break;
    default: break;
    }
    look_at_states(r, true);
}
