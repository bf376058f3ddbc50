#!/usr/bin/env bats
# The programs of chapter 2. Its scenarios show what they print; here is what
# takes more: wrong arguments, many runs, valgrind.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch02
load programs

@test "ways_to_end: what exit does and _exit does not" {
    local way
    for way in return exit; do
        run -7 "$bin/ways_to_end" $way
        is 'in the buffer, then at_the_end'
    done
    run -7 "$bin/ways_to_end" _exit
    is ""
    run -134 "$bin/ways_to_end" abort
    hasnt at_the_end
    usage usage "$bin/ways_to_end"
}

@test "run_status: every exit code, and signals" {
    local code
    for code in 0 1 127 255; do
        run -0 "$bin/run_status" "$bin/end_with" $code
        is "$(printf '0x%02x00 exit code %d' $code $code)"
    done
    run -0 "$bin/run_status" "$bin/end_with" 256
    is '0x0000 exit code 0'
    # shellcheck disable=SC2016 # for the shell that is run
    run -0 "$bin/run_status" sh -c 'kill -KILL $$'
    is '0x0009 killed by Killed'
    run -0 "$bin/run_status" nosuch
    has 'run_status: nosuch: ENOENT'
    has '0x7f00 exit code 127'
    usage usage "$bin/run_status"
    usage usage "$bin/end_with"
}

@test "zombie: one until it is reaped" {
    pipe
    background "$bin/zombie" <pipe >out
    eventually has_children 1 "$pid" Z
    echo go >&9
    eventually has_children 0 "$pid"
    echo end >&9
    ends "$pid" 0
    says out 'reaped: exit code 7'
}

@test "two_children: a wait that waits returns the next that ends, 50 times" {
    local n
    for n in $(seq 50); do
        run -0 "$bin/two_children" 21
        is $'first child 2\nwait: child 2, exit code 2\nwait: child 1, exit code 1'
    done
    run -0 "$bin/two_children" 12 together
    [ "${#lines[@]}" -eq 3 ]
    usage usage "$bin/two_children" 11
}

@test "selectors: whom each reaps, 20 times" {
    local n
    for n in $(seq 20); do
        run -0 "$bin/selectors" child
        is $'reaped child 2\nthen ECHILD'
        run -0 "$bin/selectors" own
        is $'reaped child 3\nthen ECHILD'
        [ "$("$bin/selectors" group | sort | tr -d '\n')" = \
            'reaped child 1reaped child 2then ECHILD' ]
        [ "$("$bin/selectors" any | wc -l)" -eq 4 ]
    done
    usage "'all'" "$bin/selectors" all
}

@test "ask: 0, then the PID, then ECHILD" {
    pipe
    background "$bin/ask" <pipe >out 2>err
    eventually has_children 1 "$pid" S
    local child
    child=$(children "$pid")
    kill -TERM "$child"
    eventually has_children 1 "$pid" Z
    printf 'one\ntwo\n' >&9
    ends "$pid" 1
    says out "waitpid returns $child"
    grep -q ECHILD err
}

@test "orphan and subreaper: who the new parent is" {
    mkfifo gate
    "$bin/orphan" gate >out 2>said
    echo go >gate
    eventually grep -q 'my parent was' said
    run -0 "$bin/subreaper"
    local old=${lines[0]%%:*}
    is "$old: reaped the child, exit code 1
grandchild: my parent is $old
reaped the grandchild, exit code 2"
    usage usage "$bin/orphan"
}

@test "system_returns: the status word" {
    run -0 "$bin/system_returns" 'exit 200'
    is "$((200 * 256)): exit code 200"
    run --separate-stderr env --ignore-signal=CHLD "$bin/system_returns" true
    [ "$status" -eq 1 ]
    one_line system_returns 'system: ECHILD'
    usage usage "$bin/system_returns"
}

@test "valgrind: every process of chapter 2" {
    need valgrind
    run -7 "${memcheck[@]}" "$bin/ways_to_end" exit
    run -0 "${memcheck[@]}" "$bin/zombie" </dev/null
    run -0 "${memcheck[@]}" "$bin/two_children" 21
    run -0 "${memcheck[@]}" "$bin/selectors" any
    run -0 "${memcheck[@]}" "$bin/subreaper"
    [ "$(printf '%s\n' vg.* | wc -l)" -eq 13 ]
    no_errors
}
