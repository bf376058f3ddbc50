#!/usr/bin/env bats
# The programs of the chapters, run on the machine's own loopback: what they
# do right, what they say when they cannot, what the broken ones break.
# Each server gets its port from the kernel (port 0), so no test disturbs
# another or is disturbed by what else runs here.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2119 # serve without arguments means its defaults
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch05
load programs

setup_file() {
    compile_peer
}

# ---- what goes in comes out

@test "1 GB through client and server unchanged" {
    serve
    # the stream holds every byte, NUL too, in lines of a million bytes
    "$peer" make 1000000000 | timeout 300 "$bin/echo_client" 127.0.0.1 \
        "$port" | "$peer" check 1000000000
    nothing_in err
}

@test "1 GB through the server, sent and read at the same time" {
    serve
    timeout 300 "$peer" stream 127.0.0.1 "$port" 1000000000
    nothing_in err
}

# echoes TEXT: the client prints exactly TEXT for TEXT (printf's escapes).
echoes() {
    # shellcheck disable=SC2059 # escapes are wanted
    printf "$1" >in
    timeout 60 "$bin/echo_client" 127.0.0.1 "$port" <in >out
    cmp in out
}

@test "lines: none, empty, Hangul, NUL bytes, without an end, too long" {
    serve
    echoes ''
    echoes '\n'
    echoes 'hello\n\n안녕하세요\n'
    echoes 'a\0b\0\n\0\n'
    echoes 'no newline'
    local length
    for length in 4094 4095 4096 4097 8192 100000; do
        echoes "$(head -c "$length" /dev/zero | tr '\0' x)\nand more\n"
    done
    nothing_in err
}

@test "200 clients at once, each with its own child" {
    serve
    pipe
    background "$peer" many 127.0.0.1 "$port" 200 <pipe >out 2>peer_err
    local clients=$pid
    eventually says out "all open"
    has_children 200 "$server" S
    exec 9>&-
    ends "$clients" 0
    nothing_in peer_err
    # every child ends with its client, and nobody waits for it: zombies
    eventually has_children 200 "$server" Z
    # the parent has closed its copies: no connection is left to it
    [ "$(find "/proc/$server/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
    nothing_in err
}

@test "half-close: the server still sends everything back, then closes" {
    serve
    timeout 60 "$peer" half 127.0.0.1 "$port" 100000
    timeout 60 "$peer" half 127.0.0.1 "$port" 0
    nothing_in err
}

@test "IPv6" {
    has_ipv6
    serve ::1
    timeout 60 "$peer" half ::1 "$port" 100000
    run timeout 60 "$bin/echo_client" ::1 "$port" <<<"over IPv6"
    is "over IPv6"
    [ "$status" -eq 0 ]
    nothing_in err
}

@test "without arguments: 127.0.0.1, port 9877" {
    need unshare
    unshare --user --net --map-root-user true 2>/dev/null ||
        skip "no private network can be made here"
    # in a network of its own, so that the port is free
    # shellcheck disable=SC2016 # for the inner shell
    run timeout 60 unshare --user --net --map-root-user bash -c '
        ip link set lo up
        "$0/echo_server1" &
        until ss -Hltn | grep -q " 127.0.0.1:9877 "; do :; done
        "$0/echo_client" <<<hello
        kill %1' "$bin"
    is hello
}

# ---- what ends badly for one side

@test "a client that resets the connection ends its child only" {
    serve
    timeout 60 "$peer" reset 127.0.0.1 "$port"
    eventually has_children 1 "$server" Z
    says err "echo_server1: read from the client: ECONNRESET \
(Connection reset by peer)"
    [ "$(wc -l <err)" -eq 1 ]
    timeout 60 "$peer" half 127.0.0.1 "$port" 1000
}

@test "a server that dies: the client says so and fails" {
    serve
    pipe
    background "$bin/echo_client" 127.0.0.1 "$port" <pipe >out 2>client_err
    local client=$pid
    echo one >&9
    eventually says out one
    kill -KILL -- "-$server"
    # the end of the connection has reached the client's side
    eventually connection_is CLOSE-WAIT
    echo two >&9
    ends "$client" 1
    [ "$(cat out)" = one ]
    [ "$(cat client_err)" = \
        "echo_client: server terminated prematurely" ]
}

# connection_is STATE: a connection to or from $port is in that state.
connection_is() {
    [ -n "$(ss -Htan state "$1" "( sport = :$port or dport = :$port )")" ]
}

@test "a client that cannot write its output says so and fails" {
    serve
    run --separate-stderr bash -c "echo x | '$bin/echo_client' 127.0.0.1 \
        $port >/dev/full"
    [ "$status" -eq 1 ]
    one_line echo_client "standard output: ENOSPC"
}

# ---- a peer that resets or dies

# connection_gone: no connection to or from $port is left, only the listener.
connection_gone() {
    [ -z "$(ss -Htan state connected "( sport = :$port or dport = :$port )")" ]
}

@test "echo_client_reset: the child reads its data, then ECONNRESET" {
    serve
    timeout 60 "$bin/echo_client_reset" 127.0.0.1 "$port" </dev/null
    eventually has_children 1 "$server" Z
    says err "echo_server1: read from the client: ECONNRESET \
(Connection reset by peer)"
    eventually connection_gone
}

@test "accept_probe tells what each call returned" {
    pipe
    background "$bin/accept_probe" 127.0.0.1 0 <pipe >out 2>err
    local probe=$pid
    eventually listening "$probe"
    timeout 60 "$bin/echo_client_reset" 127.0.0.1 "$port" </dev/null
    eventually connection_gone
    printf '%s\n' read accept getpeername read read write nonsense >&9
    exec 9>&-
    ends "$probe" 0
    diff - <(sed 's/[0-9]*$//' out) <<<"accept: 
from 127.0.0.1:
read: 
and SIGPIPE came"
    says out "read: 0"
    diff - err <<<"accept_probe: read: EBADF (Bad file descriptor)
accept_probe: getpeername: ENOTCONN (Transport endpoint is not connected)
accept_probe: read: ECONNRESET (Connection reset by peer)
accept_probe: write: EPIPE (Broken pipe)
type accept, getpeername, read or write"
}

@test "the clients that send ahead print every echo" {
    serve
    local program
    printf 'one\n안녕\0\nno end' >in
    for program in "$bin/echo_client_ahead" "$bin/echo_client_ahead_sigign" \
        "$bin/echo_client_ahead_nosignal"; do
        timeout 60 "$program" 127.0.0.1 "$port" <in >out
        cmp out <(printf 'sent 4 bytes\nsent 8 bytes\nsent 6 bytes\n'
            cat in)
    done
}

# two_writes PROGRAM STATUS: its server's child dies; then it writes twice,
# and ends with that status. ./out and ./client_err are what it wrote.
two_writes() {
    serve
    rm -f pipe
    pipe
    background env --default-signal=PIPE "$bin/$1" 127.0.0.1 "$port" \
        <pipe >out 2>client_err
    local client=$pid
    eventually has_children 1 "$server" S
    kill -KILL "$(children "$server")"
    eventually connection_is CLOSE-WAIT
    echo one >&9
    eventually connection_gone
    echo two >&9
    ends "$client" "$2"
}

@test "the second write after the server's death brings SIGPIPE" {
    two_writes echo_client_ahead 141
    nothing_in client_err
    nothing_in out                      # what stdio had kept is lost
}

@test "SIGPIPE ignored, or MSG_NOSIGNAL: EPIPE instead, nothing lost" {
    two_writes echo_client_ahead_sigign 1
    says client_err "echo_client_ahead_sigign: write to the server: EPIPE \
(Broken pipe)"
    says out "sent 4 bytes"
    two_writes echo_client_ahead_nosignal 1
    says client_err "echo_client_ahead_nosignal: send to the server: EPIPE \
(Broken pipe)"
    says out "sent 4 bytes"
}

# ---- messages

@test "wrong arguments: one line that names the argument, exit 2" {
    local program
    for program in echo_server1 echo_client; do
        refuses nonsense "'nonsense'" "$program"
        refuses 127.0.0.1.5 "'127.0.0.1.5'" "$program"
        refuses '' "''" "$program"
        refuses "127.0.0.1 65536" "'65536'" "$program"
        refuses "127.0.0.1 http" "'http'" "$program"
        refuses "127.0.0.1 98x" "'98x'" "$program"
        refuses "127.0.0.1 9877 more" "'more'" "$program"
        refuses "-x" "'-x'" "$program"
    done
}

# refuses ARGUMENTS TEXT PROGRAM
refuses() {
    local words
    IFS=' ' read -ra words <<<"$1"
    [ -n "$1" ] || words=('')
    run --separate-stderr timeout 60 "$bin/$3" "${words[@]}" </dev/null
    [ "$status" -eq 2 ]
    one_line "$3" "$2"
}

@test "-h explains the program on standard output" {
    local program
    for program in "$bin"/*; do
        # an exhibit has its source beside it, and knows no -h
        [ "${program%.c}" = "$program" ] && [ ! -e "$program.c" ] || continue
        # an experiment's program; experiments.bats has its wrong usage
        [ "${program##*/}" != peer_events ] || continue
        run --separate-stderr timeout 60 "$program" -h </dev/null
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        has "usage: ${program##*/} ["
        has "[address] [port]"
        has 9877
    done
}

@test "port in use: EADDRINUSE, and which, exit 1" {
    serve
    run --separate-stderr timeout 60 "$bin/echo_server1" 127.0.0.1 "$port"
    [ "$status" -eq 1 ]
    one_line echo_server1 "127.0.0.1:$port" EADDRINUSE "Address already in use"
}

@test "an address that is not here: EADDRNOTAVAIL, and which, exit 1" {
    run --separate-stderr timeout 60 "$bin/echo_server1" 192.0.2.1 0
    [ "$status" -eq 1 ]
    one_line echo_server1 "192.0.2.1:0" EADDRNOTAVAIL
}

# taken_port ADDRESS: $port is one where nothing listens or can listen.
taken_port() {
    pipe
    background "$peer" bound "$1" <pipe >port
    eventually test -s port
    port=$(cat port)
}

@test "server not there: ECONNREFUSED, and where, exit 1" {
    taken_port 127.0.0.1
    run --separate-stderr timeout 60 "$bin/echo_client" 127.0.0.1 "$port" \
        </dev/null
    [ "$status" -eq 1 ]
    one_line echo_client "connect 127.0.0.1:$port: ECONNREFUSED" \
        "Connection refused"
}

@test "server not there: the same with IPv6" {
    has_ipv6
    taken_port ::1
    run --separate-stderr timeout 60 "$bin/echo_client" ::1 "$port" </dev/null
    [ "$status" -eq 1 ]
    one_line echo_client "connect [::1]:$port: ECONNREFUSED"
}

# ---- the broken ones break as they say

@test "noclose_broken: the client never gets its end of file" {
    serve 127.0.0.1 "$bin/echo_server1_noclose_broken"
    background timeout 60 "$peer" half 127.0.0.1 "$port" 1000 >out
    # the child has done its work and is gone; the parent's copy of the
    # descriptor keeps the connection open, and nobody will ever close it
    eventually has_children 1 "$server" Z
    eventually connection_is FIN-WAIT-2
    connection_is CLOSE-WAIT
    [ "$(find "/proc/$server/fd" -lname 'socket:*' | wc -l)" -eq 2 ]
    kill -0 "$pid"
    # the right one, in the same test: nothing is left open
    serve
    timeout 60 "$peer" half 127.0.0.1 "$port" 1000
    eventually has_children 1 "$server" Z
    [ "$(find "/proc/$server/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
}

# restarted_while_serving PROGRAM: start it, connect, kill the parent; the
# child still serves. Then start it again at the same port: $again.
restarted_while_serving() {
    serve 127.0.0.1 "$1"
    pipe
    background "$peer" hold 127.0.0.1 "$port" <pipe >out
    eventually says out echoed
    kill -KILL "$server"
    eventually test ! -d "/proc/$server"
    background "$1" 127.0.0.1 "$port" 2>again_err </dev/null
    again=$pid
}

@test "noreuse_broken: it cannot start again while an old child serves" {
    restarted_while_serving "$bin/echo_server1_noreuse_broken"
    ends "$again" 1
    grep -F "bind 127.0.0.1:$port: EADDRINUSE" again_err
}

@test "echo_server1 can start again while an old child serves" {
    restarted_while_serving "$bin/echo_server1"
    eventually listening "$again"
    nothing_in again_err
}

@test "noretry_broken: the first child that ends ends the server" {
    serve 127.0.0.1 "$bin/echo_server2_noretry_broken"
    pipe
    background "$bin/echo_client" 127.0.0.1 "$port" <pipe >out
    echo hello >&9
    eventually says out hello
    "$B/bin/lab/await" -t 60 blocked "$server" accept
    exec 9>&-
    ends "$server" 1
    says err "echo_server2_noretry_broken: accept: EINTR \
(Interrupted system call)"
}

# ---- children that end

# zombies_of_five N PROGRAM: five children end while the parent is stopped;
# when it has gone on and accepts again, N zombies are left.
zombies_of_five() {
    serve 127.0.0.1 "$2"
    pipe
    background "$bin/echo_client_burst" 127.0.0.1 "$port" <pipe >out
    echo five >&9
    eventually says out five
    eventually has_children 5 "$server"
    kill -STOP "$server"
    eventually is_stopped "$server"     # or it handles one SIGCHLD before
    exec 9>&-
    ends "$pid" 0
    eventually has_children 5 "$server" Z
    kill -CONT "$server"
    # a client that is served after that shows that no handler is to come
    rm pipe
    pipe
    background "$bin/echo_client" 127.0.0.1 "$port" <pipe >out
    echo after >&9
    eventually says out after
    children "$server" Z
    has_children "$1" "$server" Z
    has_children "$(($1 + 1))" "$server"
    exec 9>&-
    ends "$pid" 0
    rm pipe
    nothing_in err
}

@test "five children end at once: what each version leaves behind" {
    zombies_of_five 5 "$bin/echo_server1"
    zombies_of_five 4 "$bin/echo_server2"
    zombies_of_five 4 "$bin/echo_server2_restart"
    zombies_of_five 4 "$bin/echo_server3"
    zombies_of_five 0 "$bin/echo_server4"
}

@test "200 clients at once: echo_server4 reaps every child" {
    serve 127.0.0.1 "$bin/echo_server4"
    timeout 120 "$peer" many 127.0.0.1 "$port" 200 </dev/null
    eventually has_children 0 "$server"
    nothing_in err
}

@test "guests_broken loses the guests, and through each its name" {
    need valgrind
    run "$bin/guests_broken" Ann Kim
    is "2 guests"
    "${memcheck[@]}" "$bin/guests_broken" Ann Kim
    run cat vg.*
    has "definitely lost in loss record"
    has "indirectly lost in loss record"
}

@test "greeting_broken writes and reads behind its block, tests no value" {
    need valgrind
    printf Minseo | valgrind --log-file=vg.%p "$bin/greeting_broken"
    run cat vg.*
    has "Invalid write of size 1"
    has "Invalid read of size 1"
    has "depends on uninitialised value"
}

@test "visits_broken: parent and child lose memory, the child a file" {
    need valgrind
    "${memcheck[@]}" "$bin/visits_broken"
    [ "$(grep -lc 'definitely lost in loss record' vg.* | wc -l)" -eq 2 ]
    grep -q 'Open file descriptor [0-9]*: .*visits' vg.*
}

@test "every broken program has a test that shows it breaking" {
    local program name
    while IFS= read -r program; do
        name=${program##*/}
        grep -qF "bin/${name%.c}" "$ROOT"/tests/*.bats ||
            echo "$program: no test in tests/*.bats"
    done < <(find "$ROOT/code" -name '*_broken.c') >untested
    nothing_in untested
}

# ---- valgrind: every program, every process of it

# valgrind_serves PROGRAM [N]: three clients, one after the other; when their
# children have ended, N of them zombies (3 if not said), the server is ended.
# Its log is vg.$server.
valgrind_serves() {
    serve 127.0.0.1 "${memcheck[@]}" "$1"
    local line
    for line in one two three; do
        timeout 60 "$bin/echo_client" 127.0.0.1 "$port" <<<"$line" >out
    done
    eventually has_children "${2-3}" "$server" Z
    eventually has_children "${2-3}" "$server"
    kill -TERM "$server"
    ends "$server"
    grep -qF "Process terminating with default action of signal 15" \
        "vg.$server"
    [ "$(printf '%s\n' vg.* | wc -l)" -eq 4 ]
    no_errors
}

# children_left_open: what the children's logs say about that.
children_left_open() {
    local log
    for log in vg.*; do
        [ "$log" = "vg.$server" ] || left_open "$log"
    done
}

@test "valgrind: echo_server1 and its children" {
    need valgrind
    valgrind_serves "$bin/echo_server1"
    run left_open "vg.$server"
    [ "${#lines[@]}" -eq 1 ]            # the listening socket
    run children_left_open
    is ""
}

@test "valgrind: echo_server4 and its children, handler and all" {
    need valgrind
    valgrind_serves "$bin/echo_server4" 0
    run left_open "vg.$server"
    [ "${#lines[@]}" -eq 1 ]
    run children_left_open
    is ""
}

@test "valgrind: log_server and its children" {
    need valgrind
    valgrind_serves "$bin/log_server"
    run left_open "vg.$server"
    [ "${#lines[@]}" -eq 1 ]
    run children_left_open
    is ""
}

@test "valgrind: noreuse_broken is broken in nothing else" {
    need valgrind
    valgrind_serves "$bin/echo_server1_noreuse_broken"
    run left_open "vg.$server"
    [ "${#lines[@]}" -eq 1 ]
    run children_left_open
    is ""
}

@test "valgrind: noclose_broken leaks one descriptor for each client" {
    need valgrind
    valgrind_serves "$bin/echo_server1_noclose_broken"
    run left_open "vg.$server"
    [ "${#lines[@]}" -eq 4 ]
    run children_left_open
    # none, but what a child inherits of its parent's: nothing for the first
    # client, one for the second, two for the third
    [ "${#lines[@]}" -eq 3 ]
}

@test "valgrind: echo_client" {
    need valgrind
    serve
    printf 'one\n안녕\0\nno end' >in
    "${memcheck[@]}" "$bin/echo_client" 127.0.0.1 "$port" <in >out
    cmp in out
    no_errors
    run left_open vg.*
    is ""
}

@test "valgrind: ways to fail" {
    need valgrind
    run -2 "${memcheck[@]}" "$bin/echo_client" nonsense </dev/null
    run -2 "${memcheck[@]}" "$bin/echo_server1" 127.0.0.1 x </dev/null
    run -0 "${memcheck[@]}" "$bin/echo_server1" -h </dev/null
    taken_port 127.0.0.1
    run -1 "${memcheck[@]}" "$bin/echo_client" 127.0.0.1 "$port" </dev/null
    serve 127.0.0.1 "${memcheck[@]}" "$bin/echo_server1"
    run -1 "${memcheck[@]}" "$bin/echo_server1" 127.0.0.1 "$port"
    timeout 60 "$peer" reset 127.0.0.1 "$port"
    eventually has_children 1 "$server" Z
    grep ECONNRESET err
    kill -TERM "$server"
    ends "$server"
    [ "$(printf '%s\n' vg.* | wc -l)" -eq 7 ]
    no_errors
}

@test "every program of the chapters is in these tests" {
    local program
    for program in "$B"/bin/ch*/*; do
        program=${program%.c}           # the source of an exhibit
        grep -qE "bin/(ch[0-9]+/)?${program##*/}\\b" "$ROOT"/tests/*.bats ||
            echo "${program##*/} is not in tests/*.bats"
    done >untested
    nothing_in untested
}

# ---- the same under ASan and UBSan

@test "ASan and UBSan: the echo tests, every program" {
    # shellcheck disable=SC2154 # from helpers.bash
    built "$PWD/asan" CFLAGS="$(flags) $SANITIZE"
    bin=$PWD/asan/bin/ch05
    local program
    for program in "$bin"/echo_server[0-9]*; do
        case $program in *noretry*) continue ;; esac    # it dies of it
        serve 127.0.0.1 "$program"
        timeout 60 "$peer" make 10000000 |
            timeout 60 "$bin/echo_client" 127.0.0.1 "$port" |
            "$peer" check 10000000
        echoes 'a\0b\0\n\n안녕\nno newline'
        timeout 60 "$peer" many 127.0.0.1 "$port" 20 </dev/null
        case $program in
        *noclose*) ;;                   # it would wait for ever
        *) timeout 60 "$peer" half 127.0.0.1 "$port" 100000 ;;
        esac
        nothing_in err
        timeout 60 "$peer" reset 127.0.0.1 "$port"
        eventually grep -q ECONNRESET err
        [ "$(wc -l <err)" -eq 1 ]
    done
    port=9877
    refuses nonsense "'nonsense'" echo_client
    refuses "127.0.0.1 65536" "'65536'" echo_server1
    run -0 "$bin/echo_server1" -h
}
