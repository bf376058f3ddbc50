/* recorder.h - what the files of the recorder share. */

#ifndef RECORDER_H
#define RECORDER_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { MAX_TERMINALS = 16, MAX_LINE = 1024, MAX_GROUPS = 32,
       MAX_HOSTS = 8, MAX_ADDRESSES = 4, ENDPOINT = 64 };
enum { FAILED = 1, USAGE = 2, NO_SANDBOX = 77 };    /* exit statuses */
#define EVIDENCE "/tmp/evidence"    /* what checks of exercises leave */

/* A growing string: data is NUL-terminated, len does not count the NUL.
   Begin with all zeros. */
struct text {
    char *data;
    size_t len, size;
};

/* Append n bytes, a string; drop the first n bytes, all but the first n. */
void text_add(struct text *t, const char *bytes, size_t n);
void text_puts(struct text *t, const char *s);
void text_drop(struct text *t, size_t n);
void text_cut(struct text *t, size_t n);

/* A copy of n bytes as a string; the caller frees it. */
char *copy_bytes(const char *bytes, size_t n);

/* Makes room for one element more than count; begin with NULL and 0.
   Returns the array, which may have moved. */
void *room_for_one(void *array, size_t count, size_t element);

/* Names that a scenario has bound, with their texts. */
struct values {
    struct value { char *name, *text; } *list;
    size_t count;
};

/* The text bound to the name of n bytes, or NULL. */
const char *value_of(const struct values *v, const char *name, size_t n);

/* Binds a name to a copy of text; a name that is bound stays as it is. */
void bind_value(struct values *v, const char *name, const char *text);

/* A copy of text with the values of all bound {name}; the caller frees
   it. */
char *with_values(const struct values *v, const char *text);

/* Binds all names of another set. */
void bind_values(struct values *v, const struct values *given);

/* Forgets all names. */
void free_values(struct values *v);

/* A scenario's pattern, ready to be matched. */
struct pattern {
    regex_t regex;
    size_t groups;                  /* subexpressions in regex */
    struct {
        size_t group;               /* a subexpression to highlight */
        char *name;                 /* and the name it binds, or NULL */
    } parts[MAX_GROUPS];
    size_t count;
};

/* Translates an ERE with {name=ERE}, {name} and {=ERE} and compiles it.
   Returns NULL, or what is wrong (then p need not be freed). */
const char *pattern_compile(struct pattern *p, const char *source,
                            const struct values *v);

/* Whether a line of n bytes matches; a group whose name is bound has to
   match the same text. Then found[i] holds the bytes of parts[i]. */
bool pattern_matches(const struct pattern *p, const struct values *v,
                     const char *line, size_t n, regmatch_t *found);

void pattern_free(struct pattern *p);

enum step_kind {
    TYPE_COMMAND, TYPE_LINE, TYPE_KEY, SHOWS_TEXT, SHOWS_LINE,
    NEVER_SHOWS, EXITS, UNORDERED, VARIES, BLOCKED, PROCESS_IS, SOCKET_IS,
    SIGNAL, PACKETS, PACKETS_REACH, PACKETS_END, LIMIT, ABOUT, LONG,
    HOST, AT_HOST, CUT, MEND, CRASH, REBOOT, SHUTDOWN, SYSCTL,
    CLAIM, RUNS, HAS_CHILD, HAS_MEMBERS, HAS_DESCRIPTORS, HAS_ENDED,
    ANSWERED
};

/* One line of a scenario. */
struct step {
    enum step_kind kind;
    int line, piece;
    int terminal;           /* number of the terminal named, or -1 */
    int host;               /* number of the host named, or -1 */
    char *source;           /* the line as written, for messages */
    char *text;             /* command, line, text, ERE, call, state,
                               name of a capture, value of a sysctl */
    char *subject;          /* {name}: the name; socket: local address */
    char *peer;             /* socket: the other address, or NULL;
                               about: the English text */
    char *key;              /* sysctl: its name, net.ipv4.x */
    char *binds;            /* a name that the step binds, or NULL */
    int number;             /* status, key, descriptor (or -1), signal,
                               packets, seconds, children */
};

struct scenario {
    const char *path;       /* code/ch05/normal_startup.scenario */
    char *name;             /* ch05/normal_startup */
    char *text, *source;    /* the file, cut up for the steps, and whole */
    struct step *steps;
    size_t count;
    struct scenario_terminal {
        char *name;
        bool privileged;    /* prompt "# ", capabilities */
        int host;           /* where it is; 0 if there are none */
    } terminals[MAX_TERMINALS];
    int terminal_count;
    struct scenario_host {
        char *name;
        char *addresses[MAX_ADDRESSES];     /* eth0, eth1, ... */
        int count;          /* more than one: a router */
    } hosts[MAX_HOSTS];
    int host_count;         /* 0: all happens on one machine */
    int limit;              /* the largest time limit, in seconds */
    int total;              /* "long": seconds for all, or 0 */
    bool experiment;        /* it has no steps: source is a script, ... */
    bool privileged;        /* ... which gets all capabilities */
};

/* topology.c: number of the host of that name, or -1. */
int find_host(const struct scenario *s, const char *name);

/* Declares a host with its addresses, separated by blanks; they are cut
   up in place. Returns NULL, or what is wrong. */
const char *declare_host(struct scenario *s, char *name, char *addresses);

/* Whether two addresses are on one wire: all but the last number the
   same. */
bool same_wire(const char *a, const char *b);

/* The number of an address's wire: that of the first interface on it. */
int wire_number(const struct scenario *s, const char *address);

/* The address of the router on the wire of an address, or NULL. */
const char *router_for(const struct scenario *s, const char *address);

/* Reads a scenario in which some names are bound already; reports its
   errors with complain_at(). Returns how many there are. */
int scenario_read(struct scenario *s, const char *path,
                  const struct values *given);

/* ch05/normal_startup for code/ch05/normal_startup.scenario; the whole file
   as a string, or NULL with errno set. The caller frees them. */
char *scenario_name(const char *path);
char *read_whole(const char *path);

/* Prints "where: message" on stderr, where a line of the scenario is
   from. */
void complain_at(const char *path, int line, const char *format, ...);

/* Opens every file of the folder: inside, where another user works, they
   could not be read. Returns 0, or -1 with errno set. */
int programs_open(const char *dir);

/* Like fork(2), but the child is process 1 of new namespaces, owned by a
   new user namespace in which the caller's user is 1000. Returns the
   child's PID to the caller, 0 in the child, -1 with errno set if the
   system does not allow it. */
pid_t sandbox_fork(void);

/* Called by process 1: makes the namespaces a small machine of its own,
   with copies of the opened programs. Prints "ok NAME" for each step to
   steps, if that is not NULL. Returns true, or false and the reason. */
bool sandbox_furnish(FILE *steps, char *why, size_t size);

/* Called before exec: lets the program keep the capabilities of process 1
   in its namespaces. Ends the process on errors. */
void keep_capabilities(void);

struct run;

/* A host: a network namespace with its interfaces. Where a scenario
   declares none there is one, the sandbox itself. */
struct host {
    const struct scenario_host *declared;   /* or NULL: the sandbox */
    int net;                /* its network namespace, -1: it is down */
};

/* Makes all hosts of the run; one of them, anew. Returns false if that
   cannot be done, and then r->why says why. */
bool hosts_start(struct run *r);
bool host_start(struct run *r, struct host *host);

/* CUT: the host's cables carry nothing any more; MEND: they do again;
   CRASH: it has none any more. False: r->why says why not. */
bool host_cables(struct run *r, const struct host *host,
                 enum step_kind what);

/* Gives up the namespace of a host; it vanishes with its last process. */
void host_forget(struct host *host);

/* Makes a host's network this process's own; goes back. In between, the
   files in /proc/net and /proc/sys/net and new sockets are its. */
void host_enter(const struct host *host);
void host_leave(void);

/* Writes a value to a kernel setting, as net.ipv4.ip_forward. Returns 0,
   or -1 with errno set. */
int write_sysctl(const char *key, const char *value);

/* A shell on a pseudo-terminal, seen from the other side. Positions are
   numbers of bytes in out. */
struct terminal {
    const char *name;
    bool privileged;
    const struct host *host;
    int master;             /* our end; -1 once the shell has gone */
    int kept;               /* our end while the host is down */
    pid_t shell;
    char tty[32];           /* "pts/0" */
    struct text raw;        /* bytes read that are not understood yet */
    struct text out;        /* what was shown, without prompts */
    struct text screen;     /* the same with prompts and what was typed */
    size_t typed_at;        /* where something was typed last */
    size_t look_from;       /* where "shows" begins to look */
    size_t accepted;        /* a step has waited for all up to here */
    size_t written;         /* up to here it is in the recording */
    struct mark { size_t from, to; } *marks;    /* to highlight, of what */
    size_t mark_count;                          /* is not written yet */
    bool left;              /* another terminal was named since typing */
    bool at_prompt;         /* since typing, the prompt has come ... */
    size_t prompt_at;       /* ... here ... */
    int status;             /* ... and carried this exit status */
    bool ended;             /* the shell has ended, with this status */
    int command_line;       /* scenario line of the last command */
    pid_t typed_pid;        /* who was asleep when a line was typed, */
    long typed_switches;    /* and how often it had been until then */
};

/* Opens a pty, starts its shell. All of t must be zero but name, host and
   privileged, or it was halted. Ends the program on errors. */
void terminal_start(struct terminal *t);

/* The host goes down: shows nothing any more. The pty is kept. */
void terminal_halt(struct terminal *t);

/* Takes what the terminal has shown, at most a few KiB; never waits.
   Returns whether there was anything. */
bool terminal_read(struct terminal *t);

/* Types n bytes. False if the terminal does not take them all. */
bool terminal_type(struct terminal *t, const char *bytes, size_t n);

/* Leader of the foreground process group, 0 if that is the shell. */
pid_t terminal_leader(const struct terminal *t);

/* Writes the last lines of the screen. */
void terminal_write_screen(const struct terminal *t, FILE *out);

/* What every shell of the lab has in its environment, for execve. */
extern char *const usual_environment[];

/* Whether a scenario may say "blocked in call". */
bool call_known(const char *call);

/* Whether the process sleeps, in whatever call. */
bool process_asleep(pid_t pid);

/* Whether the process sleeps in that call; fd -1 stands for any
   descriptor. */
bool process_blocked(pid_t pid, const char *call, int fd);

/* State letter of the process as in ps (R S D T Z), 0 if it is gone. */
char process_state(pid_t pid);

/* Its parent, 0 if the process is gone. */
pid_t process_parent(pid_t pid);

/* Where it sleeps, "accept(3)"; "" if it runs or is gone. */
void process_call(pid_t pid, char *text, size_t size);

/* How often the process has given up the processor, -1 if it is gone. A
   process that was woken and sleeps again has a higher count. */
long process_switches(pid_t pid);

/* Whether any process but the leader itself lives in its session. */
bool session_lives(pid_t leader);

/* The sum of process_switches() of all other processes; -1 if one of them
   runs. Twice the same: nothing ran in between. */
long activity(void);

/* The living process with the lowest number over after whose network is
   that of the open namespace; 0 if there is none. */
pid_t process_at(int net, pid_t after);

/* The name of a process; false if it is gone. */
bool process_name(pid_t pid, char *name, size_t size);

/* Prints what is known about a process, if pid is one. */
void describe_process(FILE *out, pid_t pid);

/* The TCP sockets of all hosts. Begin with all zeros; free the list. */
struct sockets {
    struct tcp_socket {
        int host;
        char local[ENDPOINT], peer[ENDPOINT];
        const char *state;          /* in netstat's words */
        bool passing;               /* as state_passes() has it */
        bool unacked;               /* not all it sent is acknowledged */
    } *list;
    size_t count;
};

/* Reads them anew. */
void sockets_read(struct sockets *s, const struct run *r);

/* Whether text is a state of a TCP socket in netstat's words, or gone;
   whether it is one that the next segment from the peer ends. */
bool socket_state_known(const char *state);
bool state_passes(const char *state);

/* Whether a TCP socket with these addresses (127.0.0.1:9877, [::1]:9877;
   peer NULL stands for any) is in that state at any host. */
bool socket_is(const struct run *r, const char *local, const char *peer,
               const char *state);

/* Prints all TCP sockets into the report. */
void describe_sockets(const struct run *r);

/* A recording that is being made. */
struct recording {
    FILE *file;
    double start;           /* of now() */
    bool live, colour;      /* shown while it is made; with colours */
    const struct terminal *line;    /* live: whose line is not ended */
    const struct terminal *named;   /* live: whose name was shown last */
};

/* Seconds on the monotonic clock. */
double now(void);

/* Writes the lines with which every recording begins. */
void write_header(FILE *out, const struct scenario *s);

/* Writes n bytes of text so that they fit in a line: \\ \n \t \xHH. */
void write_escaped(FILE *out, const char *text, size_t n);

/* Writes a record "WORD TIME TERMINAL [TEXT]". */
void record(struct recording *r, const char *word, const struct terminal *t,
            const char *text);

/* Writes a record "stage TIME WORD HOST [TEXT]". */
void record_stage(struct recording *r, const char *word,
                  const struct host *host, const char *text);

/* Writes the output of the terminal that was accepted. */
void record_output(struct recording *r, struct terminal *t);

/* live.c: show a record, n bytes of output in one line, some packets. */
void live_record(struct recording *r, const char *word,
                 const struct terminal *t, const char *text);
void live_output(struct recording *r, const struct terminal *t,
                 size_t from, size_t to);
void live_packets(struct recording *r, const char *lines);

/* live.c: show that something happens to a host; a line about it all; the
   nth of the titles, which stand one a line. */
void live_stage(struct recording *r, const char *word,
                const struct host *host, const char *text);
void live_about(struct recording *r, const char *text);
void live_title(struct recording *r, const char *titles, int n);

/* A TCP segment, or an ICMP error about one. Then sequence, flags and so
   on may not be known. */
struct segment {
    char from[ENDPOINT], to[ENDPOINT];
    uint32_t sequence, acknowledged;
    unsigned flags;
    size_t length;              /* of the data */
    unsigned id;                /* of the IP packet */
    int type, code;             /* of the error; type -1: it is none */
    char reporter[20], told[20];        /* addresses: of whom, to whom */
};

/* What has happened since "packets NAME". Begin with all zeros. */
struct capture {
    const char *name;       /* NULL: it is not open */
    double since, until;    /* it holds what happens between these */
    double looked;          /* when states were looked at last */
    struct event *events;
    size_t event_count;
    struct end *ends;       /* of connections, captured or not */
    size_t end_count;
    size_t count;           /* how many segments */
};

/* Opens a capture. Whether it is open, and was at that time. Times are
   those of realtime(). */
void capture_begin(struct capture *c, const char *name, double time);
bool capture_holds(const struct capture *c, double time);

/* Adds a packet with its record; it moves if it has not come yet. */
void capture_packet(struct capture *c, double time, const char *line,
                    const struct segment *s, bool moving);

/* A segment has come: the last one of its kind that left. Returns whether
   there is one. */
bool capture_arrival(struct capture *c, const struct segment *s);

/* Whether a packet that left after that time has not come yet. */
bool capture_moves(const struct capture *c, double time);

/* Takes the states that all sockets had at that time. */
void capture_states(struct capture *c, const struct sockets *s,
                    double time);

/* The state that was seen last at this end of a connection. */
const char *capture_state_of(const struct capture *c, const char *local,
                             const char *peer);

/* Ends the capture; adds its records, with times since start. */
void capture_end(struct capture *c, double start, struct text *lines);

/* Seconds on the clock by which the kernel dates packets. */
double realtime(void);

/* Hears everything that the hosts send and receive. */
struct packets {
    const struct host *hosts;
    int fds[MAX_HOSTS];     /* one for each host; -1 while it is down */
    int host_count;
    double start;           /* of the recording, on the realtime clock */
    struct heard *waiting;  /* what was heard and has to be put in order */
    size_t waiting_count;
    struct flow *flows;     /* where the sequence numbers began */
    size_t flow_count;
    size_t heard;           /* how many packets, in all */
    struct capture capture;
};

/* Begins to listen at the hosts of the run; start is that of the
   recording. Returns 0, or -1 with errno set. */
int packets_open(struct packets *p, const struct run *r, double start);

/* Listens at one host, again; does not any more. */
int packets_listen(struct packets *p, int host);
void packets_deafen(struct packets *p, int host);

/* Takes all packets that have come into the open capture; with none open,
   only their sequence numbers are remembered. */
void packets_take(struct packets *p);

/* Whether a packet is still on its way, or lost only a moment ago. */
bool packets_moving(const struct packets *p);

/* Ends the open capture and puts it into the recording. Returns whether
   the kernel has lost no packets. */
bool packets_end(struct packets *p, struct recording *r);

/* A scenario that is being played. */
struct run {
    const struct scenario *scenario;
    const struct step *step;            /* the one being done, or NULL */
    struct terminal *terminal;          /* the one it names, or NULL */
    struct terminal *current;           /* the one named last, or NULL */
    struct terminal terminals[MAX_TERMINALS];
    struct host hosts[MAX_HOSTS];
    int host_count;                     /* at least 1 */
    struct recording recording;
    struct packets packets;
    struct values values;
    struct pattern pattern;             /* of the step */
    struct prohibition {                /* a "T never shows" in force */
        const struct step *step;
        struct pattern pattern;
        size_t checked;                 /* up to here it is kept */
    } *never;
    size_t never_count;
    double limit, budget;   /* seconds for a step, for all that are left */
    int slow;               /* how many times slower than usual it may be */
    char why[128];          /* why the step cannot succeed any more */
    bool korean;            /* the language of "about" */
    const char *titles;     /* of the pieces, or NULL */
    FILE *report, *evidence;            /* evidence: of an exercise */
};

/* Whether what a step waits for has come. */
enum answer { NOT_YET, YES, HOPELESS };

/* The end of a scenario that went wrong: leaves a message about this step
   and all screens in the report. Everything in the sandbox ends. */
_Noreturn void fail(struct run *r, const struct step *s,
                    const char *format, ...);

/* The process that the step speaks of: a bound PID or the foreground
   leader of its terminal; 0 if there is none. */
pid_t subject(const struct run *r);

/* Takes what has come from terminals and network, waiting at most so many
   ms for it. Returns whether a terminal showed anything. */
bool pump(struct run *r, int timeout);

/* Fails if a line that came since the last look is forbidden; ends what
   is forbidden to a terminal. */
void check_prohibitions(struct run *r);
void end_prohibitions(struct run *r, const struct terminal *t);

/* End of the line at from: behind its '\n', or 0 if it has none yet. */
size_t line_end(const struct terminal *t, size_t from);

/* Pumps until check says yes. Fails when the time is over, or when for
   some time there has been no hope (then check has said why). */
void wait_until(struct run *r, enum answer (*check)(struct run *));

/* Waits until all processes sleep, but not for ever: one may be busy. */
void let_settle(struct run *r);

/* states.c: waits until all that was sent is acknowledged, but not for
   ever. */
void let_network_settle(struct run *r);

/* Opens the capture that the step names; notes what has changed in it, if
   one is open. The patient wait until no state is about to pass. */
void begin_capture(struct run *r);
void look_at_states(struct run *r, bool patient);

/* Accepts the end of a line whose beginning was waited for. */
void settle_line(struct run *r, struct terminal *t);

/* Writes down what the terminal named last has shown: it comes before
   what the step records. */
void record_current(struct run *r);

/* Fails if t has shown something that no step waited for. */
void require_all_accepted(struct run *r, struct terminal *t);

/* steps.c: does r->step. */
void do_step(struct run *r);

/* stage.c: does it if it is about a host. */
void do_stage(struct run *r);

/* play.c: starts the shells of the step's host, before the first step all
   shells, and waits for their prompts. */
void start_terminals(struct run *r);

/* How a scenario is played. */
struct manner {
    bool live, colour;      /* show it on stdout; with colours */
    bool step;              /* wait for Enter between pieces */
    bool probe;             /* say what works */
    bool korean;            /* the language of "about" */
    const char *titles;     /* of the pieces, one a line; or NULL */
    int slow;               /* so many times slower than usual it may be */
    FILE *evidence;         /* an exercise is checked, see --exercise */
    struct values given;    /* names bound from the start */
};

/* Called by process 1 of a furnished sandbox: plays the scenario. Exits
   with 0; or with 1, and then the report holds the number of the
   scenario's line and the message. */
_Noreturn void play(const struct scenario *s, const struct manner *manner,
                    FILE *recording, FILE *report);

/* Reads an experiment, a script that prints a table; reports its errors
   with complain_at(). Returns how many there are. */
int experiment_read(struct scenario *s, const char *path);

/* Called by process 1 of a furnished sandbox: runs the script and writes
   the table, live also on stdout. Exits as play() does. */
_Noreturn void experiment_run(const struct scenario *s, bool live,
                              FILE *table, FILE *report);

/* Does r->step, if it is one of those for exercises; whether it is. */
bool do_family_step(struct run *r);

/* Prints what is known about children and descriptors, if the step is
   about them. */
void describe_family(const struct run *r);

/* Prints a table of all processes, as ps does. */
void describe_processes(FILE *out);

/* Ends all programs as politely as a terminal that is closed: the shells
   stay, the others get SIGTERM and some time; then keeps the evidence. */
void end_exercise(struct run *r);

/* Writes the names and contents of all files in /tmp/evidence. */
void write_evidence(FILE *out);

#endif
