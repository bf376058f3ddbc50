#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* What the kernel says in /proc: the facts that a scenario waits for. */

/* Whether a scenario may say "blocked in call". */
bool call_known(const char *call);

/* Whether the process sleeps in that call; fd -1 stands for any
   descriptor. False as well if there is no such process. */
bool process_blocked(pid_t pid, const char *call, int fd);

/* State letter of the process as ps shows it (R S D T t Z), 0 if it is
   gone. */
char process_state(pid_t pid);

/* How often the process has given up the processor so far, -1 if it is
   gone. A process that was woken and sleeps again has a higher count. */
long process_switches(pid_t pid);

/* Whether any process but the leader itself lives in its session. */
bool session_lives(pid_t leader);

/* How often all other processes have given up the processor so far, -1
   if one of them is running. Twice the same: nothing ran in between. */
long activity(void);

/* Whether text is a state of a TCP socket, as netstat calls it, or gone. */
bool socket_state_known(const char *state);

/* Whether a TCP socket with these addresses (127.0.0.1:9877, [::1]:9877)
   is in that state; peer NULL stands for any. */
bool socket_is(const char *local, const char *peer, const char *state);

/* Prints what is known about a process, about all TCP sockets. */
void describe_process(FILE *out, pid_t pid);
void describe_sockets(FILE *out);

#endif
