#!/usr/bin/env bats
# The servers of section 5.8 whose handlers print. What they print to is full,
# as a terminal is after ^S, so that a child ends while main is in the middle
# of a line.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch05
load programs

# waits_in PID WORD: it sleeps in a function of the kernel with such a name.
waits_in() {
    [ "$(state "$1")" = S ] && grep -q "$2" "/proc/$1/wchan"
}

# fill: put into the pipe of descriptor 8 all that it takes; $filled bytes.
fill() {
    filled=$(dd if=/dev/zero of=log bs=4096 oflag=nonblock 2>&1 |
        sed -n 's/+.* records out//p')
    [ "$filled" -gt 0 ]
    filled=$((filled * 4096))
}

# drain: take it out again.
drain() {
    head -c "$filled" <&8 >/dev/null
}

# logged TEXT: this is the next line of the log.
logged() {
    local line
    read -r -t 60 line <&8
    [ "$line" = "$1" ] || {
        echo "expected: $1"
        echo "logged: $line"
        return 1
    }
}

# a_client: one more client; $pid is its process, $child the server's.
a_client() {
    local before
    before=$(children "$server")
    background "$bin/echo_client" 127.0.0.1 "$port" <pipe
    child=
    eventually a_new_child "$before"
}

a_new_child() {
    child=$(comm -13 <(sort <<<"$1") <(children "$server" | sort))
    [ -n "$child" ]
}

# interrupted PROGRAM PREFIX DESCRIPTOR: its first child ends while main writes
# the line about its second child and its log takes no more; $one, $two are the
# children, $second the second client.
interrupted() {
    mkfifo log
    exec 8<>log
    pipe
    case $3 in
    1) background "$1" 127.0.0.1 0 >log </dev/null ;;
    2) background "$1" 127.0.0.1 0 2>log </dev/null ;;
    esac
    server=$pid
    eventually listening "$server"
    a_client
    local first=$pid
    one=$child
    logged "$2child $one serves a client"
    fill
    a_client
    second=$pid
    two=$child
    eventually waits_in "$server" pipe
    kill -KILL "$first"
    eventually test ! -d "/proc/$one"
}

@test "printf_broken: a line twice, and the tail of another" {
    interrupted "$bin/echo_server_printf_broken" "" 1
    eventually waits_in "$server" pipe
    kill -KILL "$second"
    eventually has_children 1 "$server" Z
    drain
    logged "child $two serves a client"
    logged "child $one has ended"
    logged "child $two has ended"
    logged "child $two has ended"
    logged "lient"
    eventually has_children 0 "$server"
}

@test "printf_broken: nothing wrong while the log takes every line" {
    mkfifo log
    exec 8<>log
    pipe
    background "$bin/echo_server_printf_broken" 127.0.0.1 0 >log </dev/null
    server=$pid
    eventually listening "$server"
    for _ in 1 2 3; do
        a_client
        logged "child $child serves a client"
        kill -KILL "$pid"
        logged "child $child has ended"
    done
}

@test "syslog_broken: handler and main wait for each other for ever" {
    interrupted "$bin/echo_server_syslog_broken" "echo_server: " 2
    eventually waits_in "$server" futex
    drain                           # too late
    kill -KILL "$second"
    eventually has_children 1 "$server" Z
    waits_in "$server" futex
    # nobody accepts the next client: its connection waits in the queue
    background "$bin/echo_client" 127.0.0.1 "$port" <pipe
    eventually queued
    waits_in "$server" futex
    has_children 1 "$server" Z
}

# queued: a connection waits for accept.
queued() {
    ss -Hltn "sport = :$port" | grep -q '^LISTEN *1 '
}
