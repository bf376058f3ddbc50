#!/usr/bin/env bats
# The programs of chapter 3's second page: calls that signals interrupt, ways
# to reap, system(). Its scenarios and experiments show what they do; here is
# what takes more: every argument, many runs, races left to chance, valgrind.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch03
load programs

# blocked PID CALL: it sleeps in this call, or will not any more.
blocked() { "$B/bin/lab/await" -t 20 blocked "$@"; }

# none_pending PID: no signal that was sent to it waits.
none_pending() {
    grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$1/status"
}

@test "stuck_broken: all is well until a signal comes into syslog" {
    run -0 "$bin/stuck_broken" <<<hello
    is 'stuck: 6 bytes'
    pipe
    background "$bin/stuck_broken" <pipe 2>out
    blocked "$pid" 'read(0)'
    kill -INT "$pid"
    eventually says out 'stuck: signal 2'       # luck: main was not in syslog
    kill -KILL "$pid"
}

@test "interrupted: EINTR without SA_RESTART, of every call but sleep" {
    mkfifo gate
    local pair name call
    for pair in read_terminal:read read_pipe:read write_pipe:write \
        open_fifo:open waitpid:waitpid sleep:sleep nanosleep:nanosleep \
        pause:pause sigsuspend:sigsuspend poll:poll; do
        name=${pair%:*} call=${pair#*:}
        background "$bin/interrupted" "$name" >out
        blocked "$pid" "$call"
        kill -USR1 "$pid"
        ends "$pid" 0
        if [ "$name" = sleep ]; then
            says out early
        else
            says out EINTR
        fi
    done
    usage 'no call is named' "$bin/interrupted" nosuch
    usage usage "$bin/interrupted"
}

@test "told: stops are told unless SA_NOCLDSTOP" {
    local child
    background "$bin/told" >out
    eventually has_children 1 "$pid" S
    child=$(children "$pid")
    blocked "$pid" sigsuspend
    kill -STOP "$child"
    eventually is_stopped "$child"
    blocked "$pid" sigsuspend
    kill -TERM "$child"
    kill -CONT "$child"
    ends "$pid" 0
    says out 'SIGCHLD: CLD_STOPPED, it has stopped'
    background "$bin/told" ends >out
    eventually has_children 1 "$pid" S
    child=$(children "$pid")
    kill -STOP "$child"
    eventually is_stopped "$child"
    kill -KILL "$child"
    ends "$pid" 0
    says out 'SIGCHLD: CLD_KILLED, a signal has killed it'
    [ "$(wc -l <out)" -eq 2 ]
}

@test "reap: fifty children that end when they like, none stays, 10 times each" {
    local n way call
    mkfifo gate
    for way in loop:pause suspend:sigsuspend self_pipe:poll ignore:pause \
        no_zombies:pause; do
        call=${way#*:} way=${way%:*}
        for n in $(seq 10); do
            exec 9<>gate
            background "$bin/reap" "$way" <gate >out
            eventually says out ready
            has_children 50 "$pid"
            exec 9>&-
            eventually has_children 0 "$pid"
            blocked "$pid" "$call"
            kill -KILL "$pid"
        done
    done
    usage 'not the name of a way' "$bin/reap" nosuch
    usage 'not the name of a way' "$bin/reap"
}

@test "reap_once_broken: some stay, if all end while it is stopped" {
    local way
    mkfifo gate
    for way in wait_once waitpid_once; do
        exec 9<>gate
        background "$bin/reap_once_broken" $way <gate >out
        eventually says out ready
        kill -STOP "$pid"
        eventually is_stopped "$pid"
        exec 9>&-
        eventually has_children 50 "$pid" Z
        kill -CONT "$pid"
        eventually has_children 49 "$pid"
        blocked "$pid" pause
        has_children 49 "$pid" Z
        kill -KILL "$pid"
    done
    usage 'not the name of a way' "$bin/reap_once_broken" loop
}

@test "by_descriptor: each SIGINT, then the end of the child" {
    pipe
    background "$bin/by_descriptor" <pipe >out
    local n
    for n in 1 2 3; do
        blocked "$pid" poll
        kill -INT "$pid"
        eventually none_pending "$pid"
    done
    blocked "$pid" poll
    exec 9>&-
    ends "$pid" 0
    [ "$(grep -cx interrupted out)" -eq 3 ]
    [ "$(tail -n 1 out)" = 'the child has ended' ]
}

@test "real_system: the status of the library's system, whatever the command" {
    # shellcheck disable=SC2016 # for the shell that is run
    "$bin/real_system" : false 'exit 255' nosuch 'kill -HUP $$' \
        'kill -QUIT $$' 'cd /nowhere' '( exit 4 )' 'x=' >out 2>/dev/null
    [ "$(wc -l <out)" -eq 9 ]
    [ -z "$(awk '$1 != $2' out)" ]
    grep -qx 'ff00 ff00  exit 255' out
    # no output that waits in a buffer comes twice, and none is lost
    [ "$(grep -c . out)" -eq "$(sort -u out | grep -c .)" ]
    # dispositions and mask are as before
    run -0 strace -o trace -e trace=rt_sigaction,rt_sigprocmask \
        "$bin/real_system" true
    [ "$(grep -c 'sigprocmask(SIG_SETMASK, \[\]' trace)" -ge 2 ]
}

@test "system_broken: with no step left out it is system" {
    run -0 "$bin/system_broken" nothing 'exit 3'
    is 'exit code 3'
    # shellcheck disable=SC2016 # for the shell that is run
    run -0 "$bin/system_broken" nothing 'kill -TERM $$'
    is 'killed by signal 15'
    usage usage "$bin/system_broken" nothing
}

@test "valgrind: the programs of this page" {
    need valgrind
    run -0 "${memcheck[@]}" "$bin/stuck_broken" <<<hello
    run -0 "${memcheck[@]}" --child-silent-after-fork=yes "$bin/real_system" true 'exit 3'
    run -0 "${memcheck[@]}" --child-silent-after-fork=yes \
        "$bin/system_broken" nothing true
    # (by_descriptor is left out: valgrind 3.19 does not know pidfd_open)
    [ "$(printf '%s\n' vg.* | wc -l)" -ge 3 ]
    no_errors
}
