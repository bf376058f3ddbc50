#!/usr/bin/env bats
# The programs of chapter 3. Its scenarios show what they print; here is what
# takes more: many runs, valgrind, and that each broken one breaks.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch03
load programs

# in_call PID NAME: it sleeps in the kernel function of this name.
in_call() {
    grep -q "$2" "/proc/$1/wchan"
}

# caught PID MASK: this is its set of signals with a handler.
caught() {
    [ "$((0x$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status")))" -eq "$(($2))" ]
}

# ignores PID SIGNO
ignores() {
    (((0x$(sed -n 's/^SigIgn:\t//p' "/proc/$1/status") >> ($2 - 1)) & 1))
}

@test "stay: the default actions" {
    background "$bin/stay" >out
    eventually in_call "$pid" sigsuspend\\\|pause
    kill -CHLD "$pid"
    kill -WINCH "$pid"
    kill -URG "$pid"
    [ "$(state "$pid")" = S ]
    kill -USR2 "$pid"
    ends "$pid" 140
}

@test "try_all: KILL and STOP, no other" {
    run -0 "$bin/try_all"
    [ "${#lines[@]}" -eq 2 ]
    has '9 (Killed): EINVAL'
    has '19 (Stopped (signal)): EINVAL'
}

@test "lives: one less for each SIGINT, none lost, 10 times" {
    local n left
    for n in $(seq 10); do
        background env --default-signal=INT "$bin/lives" 4 >out
        for left in 3 2 1; do
            eventually in_call "$pid" sigsuspend
            kill -INT "$pid"
        done
        while kill -INT "$pid" 2>/dev/null && [ "$(state "$pid")" != Z ]; do
            :
        done
        ends "$pid" 0
        says out 'none left'
    done
}

@test "meaning_broken: as gnu17 the handler stays, as c17 it is used once" {
    gcc -std=c17 "$ROOT/code/ch03/meaning_broken.c" -o c17
    local program expected
    for program in "$bin/meaning_broken" ./c17; do
        pipe
        background env --default-signal=INT "$program" <pipe >out
        eventually caught "$pid" 2
        kill -INT "$pid"
        if [ "$program" = ./c17 ]; then
            eventually caught "$pid" 0
            kill -INT "$pid"
            ends "$pid" 130
        else
            kill -INT "$pid"
            caught "$pid" 2
            kill -KILL "$pid"
            ends "$pid" 137
        fi
        exec 9>&-
        rm pipe
    done
}

@test "alarm_read: one second; alarm_read_broken: no end" {
    pipe
    run --separate-stderr "$bin/alarm_read" <pipe
    [ "$status" -eq 1 ]
    one_line alarm_read 'read: EINTR'
    run -0 strace -qq -e trace=read -o trace "$bin/alarm_read_broken" < <(
        until grep -q 'SIGALRM' trace 2>/dev/null; do :; done)
    grep -q 'ERESTARTSYS' trace
    [ "$(grep -c '^read(0' trace)" -eq 2 ]
}

@test "two_handlers: QUIT waits until INT has ended" {
    pipe
    background env --default-signal=INT,QUIT "$bin/two_handlers" <pipe >out
    eventually caught "$pid" 6
    kill -INT "$pid"
    eventually says out 'INT begins'
    kill -QUIT "$pid"
    eventually grep -q '^ShdPnd:.*4$' "/proc/$pid/status"
    echo go >&9
    eventually says out 'QUIT begins and ends'
    [ "$(sed -n 2p out)" = 'INT ends' ]
}

@test "ignore_once: ignored, then as before" {
    pipe
    background env --default-signal=INT "$bin/ignore_once" <pipe >out
    eventually ignores "$pid" 2
    kill -INT "$pid"
    echo go >&9
    eventually says out 'SIGINT as before'
    kill -INT "$pid"
    ends "$pid" 130
}

@test "short_sleep: awake at the first signal" {
    background env --default-signal=INT "$bin/short_sleep" >out
    eventually caught "$pid" 2
    eventually in_call "$pid" nanosleep
    kill -INT "$pid"
    ends "$pid" 0
    grep -q 'awake early' out
}

@test "fifty: one delivery, 20 times" {
    local n
    for n in $(seq 20); do
        run -0 "$bin/fifty"
        is $'pending: yes, delivered: 0\nunblocked, delivered: 1'
    done
}

@test "pause_race_broken hangs where no_race goes on" {
    pipe
    background "$bin/pause_race_broken" <pipe >out
    eventually caught "$pid" 0x200
    eventually in_call "$pid" pipe_read
    kill -USR1 "$pid"
    echo go >&9
    eventually in_call "$pid" sigsuspend\\\|pause
    kill -USR1 "$pid"               # only another signal wakes it
    ends "$pid" 0
    background "$bin/no_race" <pipe >out
    eventually caught "$pid" 0x200
    eventually in_call "$pid" pipe_read
    kill -USR1 "$pid"
    echo go >&9
    ends "$pid" 0
    says out 'SIGUSR1 has come'
}

@test "valgrind: the programs of chapter 3" {
    need valgrind
    run -0 "${memcheck[@]}" "$bin/try_all"
    run -0 "${memcheck[@]}" "$bin/fifty"
    [ "$(printf '%s\n' vg.* | wc -l)" -eq 2 ]
    no_errors
}
