/* scenario.c - reads a scenario into steps. */

#define _GNU_SOURCE     /* sigabbrev_np: POSIX has no names of signals */

#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "recorder.h"

#define NAME "[a-z][a-z0-9_]*"
#define SUBJECT "(" NAME "|[{]" NAME "[}])"
#define ADDRESS "([][0-9a-f.:]+:[0-9a-z_{}]+)"
#define STATE "([A-Z0-9_]+|gone)"
#define NUMBER "([0-9]{1,5})"
#define KEY "([a-z0-9_]+([.][a-z0-9_]+)+)"

/* What a step looks like, and what its parts are, one letter a group:
   c C a terminal at its first command ($, #)   t a terminal   k a key
   s a terminal or {name}   a b addresses   x a text   n a number
   h a host   N a new name   K a setting   v a name that the step binds. */
static const struct form {
    enum step_kind kind;
    const char *ere, *parts;
    const char *word;           /* a line with it was meant to be ... */
    const char *usage;          /* ... this */
} forms[] = {
    { TYPE_COMMAND, "^(" NAME ")[$] ?(.+)$", "cx", "$", "T$ COMMAND" },
    { TYPE_COMMAND, "^(" NAME ")# ?(.+)$", "Cx", "#", "T# COMMAND" },
    { TYPE_LINE, "^(" NAME ")> ?(.*)$", "tx", ">", "T> LINE" },
    { TYPE_KEY, "^(" NAME ")\\^([CDZSQ\\])$", "tk", "^",
      "T^C T^D T^Z T^S T^Q T^\\" },
    { NEVER_SHOWS, "^(" NAME ") never shows /(.+)/$", "tx", " never ",
      "T never shows /ERE/" },
    { SHOWS_TEXT, "^(" NAME ") shows \"(.+)\"$", "tx", "\"",
      "T shows \"TEXT\"" },
    { SHOWS_LINE, "^(" NAME ") shows /(.+)/$", "tx", " shows",
      "T shows \"TEXT\" or T shows /ERE/" },
    { EXITS, "^(" NAME ") exits " NUMBER "$", "tn", " exits",
      "T exits STATUS" },
    { UNORDERED, "^(" NAME ") unordered$", "t", " unordered",
      "T unordered" },
    { VARIES, "^(" NAME ") varies /(.+)/$", "tx", " varies",
      "T varies /ERE/" },
    { BLOCKED, "^" SUBJECT " is blocked in (" NAME ")([(]" NUMBER "[)])?$",
      "sx-n", " blocked", "T is blocked in CALL or CALL(DESCRIPTOR)" },
    { SOCKET_IS, "^socket " ADDRESS " (to " ADDRESS " )?is " STATE "$",
      "a-bx", "socket", "socket A:P [to B:Q] is STATE" },
    { PROCESS_IS, "^([{]" NAME "[}]) is (asleep|zombie|stopped|gone)$",
      "sx", " is ", "{name} is asleep, zombie, stopped or gone" },
    { SIGNAL, "^signal ([A-Z0-9]+) to " SUBJECT "$", "xs", "signal",
      "signal NAME to T or {name}" },
    { PACKETS_END, "^packets end( " NUMBER ")?$", "-n", "packets end",
      "packets end [NUMBER]" },
    { PACKETS_REACH, "^packets reach " NUMBER "$", "n", "packets reach",
      "packets reach NUMBER" },
    { PACKETS, "^packets (" NAME ")$", "x", "packets", "packets NAME" },
    { LIMIT, "^limit " NUMBER "$", "n", "limit", "limit SECONDS" },
    { CLAIM, "^(claim " NAME "|otherwise) (.+) [|] (.+)$", "-xb", "claim ",
      "claim NAME KO | EN" },
    { RUNS, "^(" NAME ") runs [{](" NAME ")[}]$", "tv", " runs ",
      "T runs {name}" },
    { HAS_CHILD, "^([{]" NAME "[}]) has child [{](" NAME ")[}]$", "sv",
      " has child ", "{name} has child {name}" },
    { HAS_MEMBERS, "^([{]" NAME "[}]) has " NUMBER
      " (child|children|zombie|zombies)$", "snx", " has ",
      "{name} has N children or N zombies" },
    { HAS_DESCRIPTORS, "^([{]" NAME "[}]) has descriptors( [0-9 ]+)$",
      "sx", " descriptors", "{name} has descriptors N ..." },
    { HAS_ENDED, "^([{]" NAME "[}]) has ended$", "s", " ended",
      "{name} has ended" },
    { ANSWERED, "^answer (" NAME ") is (.+)$", "vx", "answer ",
      "answer NAME is TEXT" },
    { LONG, "^long " NUMBER "$", "n", "long", "long SECONDS" },
    { ABOUT, "^about (.+) [|] (.+)$", "xb", "about", "about KO | EN" },
    { HOST, "^host (" NAME ") (.+)$", "Nx", "host ",
      "host NAME ADDRESS [ADDRESS...]" },
    { AT_HOST, "^(" NAME ") on (" NAME ")$", "Nh", " on ", "T on HOST" },
    { CUT, "^cut (" NAME ")$", "h", "cut ", "cut HOST" },
    { MEND, "^mend (" NAME ")$", "h", "mend ", "mend HOST" },
    { CRASH, "^crash (" NAME ")$", "h", "crash ", "crash HOST" },
    { REBOOT, "^reboot (" NAME ")$", "h", "reboot ", "reboot HOST" },
    { SHUTDOWN, "^shutdown (" NAME ")( " NUMBER ")?$", "h-n", "shutdown ",
      "shutdown HOST [SECONDS]" },
    { SYSCTL, "^sysctl (" NAME ") " KEY " = (.+)$", "hK-x", "sysctl ",
      "sysctl HOST KEY = VALUE" },
};
enum { GRACE = 5 };     /* seconds of a shutdown that names none */
enum { FORMS = sizeof forms / sizeof forms[0], PARTS = 6 };

/* What is known while a scenario is read. */
struct parser {
    regex_t regex[FORMS];
    struct scenario *scenario;
    struct step step;       /* the step of this line */
    struct values names;    /* bound by the steps so far */
    bool capturing;
    enum condition { UP, CUT_OFF, DOWN } hosts[MAX_HOSTS];
    struct seat {
        char *terminal;
        int host, line;
        char *source;
    } seats[MAX_TERMINALS];             /* terminals that said where */
    int seat_count;
    int errors;
};

/* Reports an error in this line; false, so that parsers can return it. */
static bool wrong(struct parser *p, const char *what)
{
    complain_at(p->scenario->path, p->step.line, "%s: %s", what,
                p->step.source);
    p->errors++;
    return false;
}

/* Number of the terminal, or -1. */
static int find_terminal(const struct scenario *s, const char *name)
{
    for (int i = 0; i < s->terminal_count; i++)
        if (strcmp(s->terminals[i].name, name) == 0)
            return i;
    return -1;
}

/* Where a new terminal is, or -1: it has said so, or has a host's name. */
static int host_of_terminal(const struct parser *p, const char *name)
{
    for (int i = 0; i < p->seat_count; i++)
        if (strcmp(p->seats[i].terminal, name) == 0)
            return p->seats[i].host;
    return p->scenario->host_count == 0 ? 0
                                        : find_host(p->scenario, name);
}

/* A terminal's first command makes the terminal. */
static bool command_terminal(struct parser *p, char *name, bool privileged)
{
    struct scenario *s = p->scenario;
    int t = find_terminal(s, name);
    if (t == -1 && s->terminal_count == MAX_TERMINALS)
        return wrong(p, "too many terminals");
    if (t == -1) {
        int host = host_of_terminal(p, name);
        if (host == -1)
            return wrong(p, "at which host? (say 'T on HOST' before)");
        t = s->terminal_count++;
        s->terminals[t] = (struct scenario_terminal){ name, privileged,
                                                      host };
    }
    p->step.terminal = t;
    return s->terminals[t].privileged == privileged
           || wrong(p, "a terminal has the prompt $ or # throughout");
}

/* The terminal must be there; {name} must be bound. */
static bool known_subject(struct parser *p, char *text)
{
    size_t n = strlen(text);
    if (*text == '{') {
        text[n - 1] = '\0';
        p->step.subject = text + 1;
        return value_of(&p->names, text + 1, n - 2) != NULL
               || wrong(p, "no step before has bound this name");
    }
    p->step.terminal = find_terminal(p->scenario, text);
    return p->step.terminal != -1
           || wrong(p, "no command was typed in this terminal yet");
}

/* The host must be declared. */
static bool known_host(struct parser *p, const char *name)
{
    p->step.host = find_host(p->scenario, name);
    return p->step.host != -1 || wrong(p, "no such host is declared");
}

/* Puts one part of a step in its place. */
static bool take_part(struct parser *p, char part, char *text)
{
    switch (part) {
    case 'c':
    case 'C': return command_terminal(p, text, part == 'C');
    case 't':
    case 's': return known_subject(p, text);
    case 'k': p->step.number = *text; break;
    case 'n': p->step.number = (int)strtol(text, NULL, 10); break;
    case 'a': p->step.subject = text; break;
    case 'b': p->step.peer = text; break;
    case 'v': p->step.binds = text; break;
    case 'x': p->step.text = text; break;
    case 'h': return known_host(p, text);
    case 'N': p->step.subject = text; break;
    case 'K': p->step.key = text; break;
    default: break;
    }
    return true;
}

/* An answer has been bound by --set; what it has to be, if that is a name,
   by a step before. */
static bool check_answered(struct parser *p)
{
    const char *name = p->step.binds;
    char *wanted = with_values(&p->names, p->step.text);
    bool known = strchr(wanted, '{') == NULL;
    free(wanted);
    if (value_of(&p->names, name, strlen(name)) == NULL)
        return wrong(p, "this answer is not given");
    return known || wrong(p, "no step before has bound this name");
}

/* A name that a step binds is known from there on. */
static bool check_binding(struct parser *p)
{
    if (p->step.kind == ANSWERED)
        return check_answered(p);
    bind_value(&p->names, p->step.binds, "0");
    return true;
}

/* The names that a pattern binds are known in the steps after it. */
static bool check_pattern(struct parser *p)
{
    struct pattern pattern;
    const char *error = pattern_compile(&pattern, p->step.text, &p->names);
    if (error != NULL)
        return wrong(p, error);
    for (size_t i = 0; i < pattern.count; i++) {
        const char *name = pattern.parts[i].name;
        if (name != NULL)
            bind_value(&p->names, name, "0");
    }
    pattern_free(&pattern);
    return true;
}

/* What varies is for awk, which knows no names. */
static bool check_varying(struct parser *p)
{
    if (strchr(p->step.text, '{') != NULL)
        return wrong(p, "what varies has no { }");
    return check_pattern(p);
}

/* The number of a signal from its name without SIG; 0 if there is none. */
static int signal_number(const char *name)
{
    for (int i = 1; i < NSIG; i++)
        if (sigabbrev_np(i) != NULL && strcmp(sigabbrev_np(i), name) == 0)
            return i;
    return 0;
}

/* Captures do not nest. */
static bool check_packets(struct parser *p)
{
    bool begin = p->step.kind == PACKETS;
    if (begin == p->capturing)
        return wrong(p, begin ? "the capture before has no packets end"
                              : "no capture is open");
    p->capturing = p->step.kind != PACKETS_END;
    return true;
}

/* A long scenario says so first. */
static bool check_long(struct parser *p)
{
    if (p->scenario->count > 0 || p->scenario->host_count > 0)
        return wrong(p, "long stands before all else");
    return p->step.number > 0 || wrong(p, "no time at all");
}

/* Hosts stand at the beginning. */
static bool check_declaration(struct parser *p)
{
    for (size_t i = 0; i < p->scenario->count; i++)
        if (p->scenario->steps[i].kind != ABOUT)
            return wrong(p, "hosts are declared before the first step");
    const char *error = declare_host(p->scenario, p->step.subject,
                                     p->step.text);
    return error == NULL || wrong(p, error);
}


/* A terminal says once where it is, before anything is typed there. */
static bool check_seat(struct parser *p)
{
    char *name = p->step.subject;
    if (find_terminal(p->scenario, name) != -1)
        return wrong(p, "a terminal says where it is before all else");
    if (find_host(p->scenario, name) != -1)
        return wrong(p, "a terminal with a host's name is at that host");
    if (host_of_terminal(p, name) != -1)
        return wrong(p, "this terminal has said where it is");
    if (p->seat_count == MAX_TERMINALS)
        return wrong(p, "too many terminals");
    p->seats[p->seat_count++] = (struct seat){ name, p->step.host,
        p->step.line, p->step.source };
    return true;
}

/* What can happen to a host depends on what has happened to it. */
static bool check_stage(struct parser *p)
{
    enum condition *is = &p->hosts[p->step.host];
    enum step_kind kind = p->step.kind;
    if (kind == REBOOT && *is != DOWN)
        return wrong(p, "this host is running");
    if (kind != REBOOT && *is == DOWN)
        return wrong(p, "this host is down");
    if (kind == CUT && *is == CUT_OFF)
        return wrong(p, "its cables are cut already");
    if (kind == MEND && *is != CUT_OFF)
        return wrong(p, "its cables are not cut");
    if (kind == SYSCTL && strncmp(p->step.key, "net.", 4) != 0)
        return wrong(p, "only settings of the network belong to a host");
    if (kind != SYSCTL)
        *is = kind == CUT ? CUT_OFF
              : kind == CRASH || kind == SHUTDOWN ? DOWN : UP;
    return true;
}

/* What a form cannot say: whether the step's parts make sense. */
static bool check(struct parser *p)
{
    struct step *s = &p->step;
    if (s->terminal != -1
        && p->hosts[p->scenario->terminals[s->terminal].host] == DOWN)
        return wrong(p, "the host of this terminal is down");
    switch (s->kind) {
    case HOST: return check_declaration(p);
    case AT_HOST: return check_seat(p);
    case LONG: p->scenario->total = s->number;
               return check_long(p);
    case SHOWS_LINE:
    case NEVER_SHOWS: return check_pattern(p);
    case VARIES: return check_varying(p);
    case EXITS: return s->number <= 255 || wrong(p, "a status is 0 to 255");
    case BLOCKED: return call_known(s->text)
                         || wrong(p, "unknown system call");
    case SOCKET_IS: return socket_state_known(s->text)
                           || wrong(p, "unknown state of a socket");
    case SIGNAL: s->number = signal_number(s->text);
                 return s->number != 0 || wrong(p, "unknown signal");
    case PACKETS:
    case PACKETS_REACH:
    case PACKETS_END: return check_packets(p);
    case LIMIT: if (s->number > p->scenario->limit)
                    p->scenario->limit = s->number;
                return s->number > 0 || wrong(p, "no time at all");
    case CUT:
    case MEND:
    case CRASH:
    case REBOOT:
    case SHUTDOWN:
    case SYSCTL: return check_stage(p);
    default: return s->binds == NULL || check_binding(p);
    }
}

/* A line that has no step's form: says which one was probably meant. */
static bool no_step(struct parser *p)
{
    char message[128] = "this is no step";
    for (size_t i = FORMS; i-- > 0; )
        if (strstr(p->step.source, forms[i].word) != NULL)
            snprintf(message, sizeof message, "expected %s",
                     forms[i].usage);
    return wrong(p, message);
}

/* One line: a step, a comment, or nothing. */
static bool parse_line(struct parser *p, char *line)
{
    regmatch_t at[PARTS];
    size_t i = 0;
    if (*line == '\0' || *line == '#')
        return true;
    if (strlen(line) > MAX_LINE)
        return wrong(p, "this line is too long");
    while (i < FORMS && regexec(&p->regex[i], line, PARTS, at, 0) != 0)
        i++;
    if (i == FORMS)
        return no_step(p);
    p->step.kind = forms[i].kind;
    p->step.number = p->step.kind == BLOCKED ? -1
                     : p->step.kind == SHUTDOWN ? GRACE : 0;
    for (size_t g = 0; forms[i].parts[g] != '\0'; g++) {
        if (at[g + 1].rm_so == -1)
            continue;
        line[at[g + 1].rm_eo] = '\0';
        if (!take_part(p, forms[i].parts[g], line + at[g + 1].rm_so))
            return false;
    }
    if (!check(p) || p->step.kind == HOST || p->step.kind == AT_HOST
        || p->step.kind == LONG)
        return false;           /* wrong, or nothing to do later */
    struct scenario *s = p->scenario;
    s->steps = room_for_one(s->steps, s->count, sizeof *s->steps);
    s->steps[s->count++] = p->step;
    return true;
}

char *scenario_name(const char *path)
{
    const char *from = strrchr(path, '/'), *dot = strrchr(path, '.');
    while (from != NULL && from > path && from[-1] != '/')
        from--;
    if (from == NULL)
        from = path;
    return copy_bytes(from, dot > from ? (size_t)(dot - from)
                                       : strlen(from));
}

char *read_whole(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    if (getdelim(&text, &size, '\0', file) == -1) {
        free(text);
        text = ferror(file) ? NULL : copy_bytes("", 0);     /* empty */
    }
    fclose(file);
    return text;
}

/* Reads the steps line by line; the text is cut up in place. */
static void parse_lines(struct parser *p)
{
    struct scenario *s = p->scenario;
    int piece = 0, number = 0;
    for (char *next, *line = s->text; *line != '\0'; line = next) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        line[n] = '\0';
        s->source[line + n - s->text] = '\0';
        piece += strcmp(line, "# piece") == 0;
        p->step = (struct step){ .line = ++number, .terminal = -1,
            .host = -1, .piece = piece == 0 ? 1 : piece,
            .source = s->source + (line - s->text) };
        parse_line(p, line);
    }
    if (p->capturing)
        wrong(p, "the last capture has no packets end");
    for (int i = 0; i < p->seat_count; i++)
        if (find_terminal(s, p->seats[i].terminal) == -1) {
            p->step.line = p->seats[i].line;
            p->step.source = p->seats[i].source;
            wrong(p, "nothing is typed in this terminal");
        }
}

int scenario_read(struct scenario *s, const char *path,
                  const struct values *given)
{
    struct parser p = { .scenario = s };
    *s = (struct scenario){ .path = path, .limit = 10,
                            .name = scenario_name(path) };
    s->text = read_whole(path);
    if (s->text == NULL) {
        complain("read the scenario %s", path);
        return 1;
    }
    s->source = copy_bytes(s->text, strlen(s->text));
    bind_values(&p.names, given);
    for (size_t i = 0; i < FORMS; i++)
        if (regcomp(&p.regex[i], forms[i].ere, REG_EXTENDED) != 0)
            die("regcomp %s", forms[i].ere);
    parse_lines(&p);
    for (size_t i = 0; i < FORMS; i++)
        regfree(&p.regex[i]);
    free_values(&p.names);
    return p.errors;
}
