#!/usr/bin/env bats
# The last server of chapter 5, echo_server: its options, its signals, its
# limits, and what it does when something is short. Under load: load.bats.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch05
load programs

setup_file() {
    compile_peer
}

# start [OPTION...]: echo_server -v with these options, on a free port.
start() {
    serve "${address-127.0.0.1}" "${run[@]}" "${program:-$bin/echo_server}" \
        -v "$@"
}

# failing: echo_server with an accept, a fork and a ppoll that do as ACCEPT,
# FORK and PPOLL say; see tests/faults.c. It is what `start` will start.
failing() {
    program=$BATS_TEST_TMPDIR/echo_server
    # shellcheck disable=SC2046 # a list of words
    gcc -D_POSIX_C_SOURCE=200809L -I"$ROOT/code/lib" $(flags) \
        -Wl,--wrap=accept,--wrap=fork,--wrap=ppoll -o "$program" \
        "$ROOT/code/ch05/echo_server.c" "$ROOT/tests/faults.c" \
        "$ROOT"/code/lib/*.c
}

# hold NAME: a client that has had one echo and stays until `release NAME`.
hold() {
    hold_silent "$1"
    eventually echoed_or_dead "$1" "$(cat "$1.pid")"
    says "$1.out" echoed
}

# echoed_or_dead NAME PID
echoed_or_dead() {
    says "$1.out" echoed || dead "$2"
}

# hold_silent NAME: the same, but do not wait for the echo.
hold_silent() {
    mkfifo "$1"
    exec 9<>"$1"
    background "$peer" hold 127.0.0.1 "$port" <"$1" >"$1.out" 2>"$1.err"
    echo "$pid" >"$1.pid"
    # as long as this runs, the client has no end of file
    background tail -f /dev/null 1<>"$1"
    echo "$pid" >"$1.open"
    exec 9>&-
}

release() {
    kill -KILL "$(cat "$1.open")"
    ends "$(cat "$1.pid")" 0
}

# waiting N: so many connections are in the queue of the listening socket.
waiting() {
    [ "$(ss -Hltn "( sport = :$port )" | awk '{ print $2 }')" = "$1" ]
}

# log REGEX: how many lines the server has written that match.
log() {
    grep -cE -- "$1" err || true
}

# logged N REGEX
logged() {
    [ "$(log "$2")" -eq "$1" ]
}

# served: it serves one more client.
served() {
    timeout 60 "$peer" half 127.0.0.1 "$port" 100000
}

# refused: nobody listens at its port any more.
refused() {
    run timeout 60 "$bin/echo_client" 127.0.0.1 "$port" </dev/null
    has ECONNREFUSED
}

# ---- what it is for

@test "bytes, half-close, many clients, no child and no descriptor left" {
    start
    timeout 60 "$peer" stream 127.0.0.1 "$port" 50000000
    timeout 60 "$peer" half 127.0.0.1 "$port" 100000
    timeout 60 "$peer" half 127.0.0.1 "$port" 0
    timeout 60 "$peer" many 127.0.0.1 "$port" 40 </dev/null
    eventually has_children 0 "$server"
    eventually logged 43 ' ended, exit code 0$'
    [ "$(find "/proc/$server/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
}

@test "IPv6" {
    has_ipv6
    address=::1 start
    timeout 60 "$peer" half ::1 "$port" 100000
    eventually logged 1 ': \[::1\]:[0-9]+ connected, 1 of 40$'
}

@test "the log: where it listens, who comes, how it ends" {
    start
    served
    eventually has_children 0 "$server"
    kill -TERM "$server"
    ends "$server" 0
    diff - <(sed -E "s/$server:/PARENT:/; s/$port/PORT/; s/echo_server: [0-9]+/echo_server: CHILD/
        s/1:[0-9]+ /1:CLIENT /" err) <<<"echo_server: PARENT: listening at 127.0.0.1:PORT
echo_server: CHILD: 127.0.0.1:CLIENT connected, 1 of 40
echo_server: CHILD: 127.0.0.1:CLIENT ended, exit code 0
echo_server: PARENT: ending; 0 left, at most 10 s"
}

@test "without -v it says nothing" {
    serve 127.0.0.1 "$bin/echo_server"
    served
    timeout 60 "$peer" reset 127.0.0.1 "$port"
    eventually has_children 0 "$server"
    kill -TERM "$server"
    ends "$server" 0
    nothing_in err
}

@test "a child holds its own connection and nothing else" {
    start
    hold a
    local child
    child=$(children "$server")
    [ "$(find "/proc/$child/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
    [ "$(find "/proc/$server/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
    # the server's accept must not block, the child's read must
    non_blocking "$server"
    ! non_blocking "$child" || return
    release a
}

# non_blocking PID: its socket is (O_NONBLOCK is octal 4000 on Linux).
non_blocking() {
    local fd flags
    fd=$(find "/proc/$1/fd" -lname 'socket:*')
    flags=$(sed -n 's/^flags:\t*//p' "/proc/$1/fdinfo/${fd##*/}")
    ((flags & 04000))
}

@test "a child that is stopped and goes on has lost nothing (EINTR)" {
    start -t 1000
    local child client
    pipe
    background "$bin/echo_client" 127.0.0.1 "$port" <pipe >out 2>client_err
    client=$pid
    echo before >&9
    eventually says out before
    child=$(children "$server")
    # its read has a time limit, and so it fails with EINTR
    kill -STOP "$child"
    eventually is_stopped "$child"
    kill -CONT "$child"
    echo after >&9
    eventually says out after
    exec 9>&-
    ends "$client" 0
    eventually logged 1 ' ended, exit code 0$'
}

# ---- options

@test "wrong options: one line that names the option, exit 2" {
    local words
    for words in "-c 0" "-c 4097" "-c x" "-c 5x" "-c -5" "-g -1" "-g 1000001" \
        "-t 1000001" "-t 99999999999999999999" "-c" "-x" "-v -x"; do
        # shellcheck disable=SC2086 # a list of words
        run --separate-stderr timeout 60 "$bin/echo_server" $words </dev/null
        [ "$status" -eq 2 ]
        words=${words#-v }
        one_line echo_server "${words%% *}"
    done
    run --separate-stderr "$bin/echo_server" -c ""
    [ "$status" -eq 2 ]
    one_line echo_server "-c ''"
    run --separate-stderr "$bin/echo_server" -v nonsense
    [ "$status" -eq 2 ]
    one_line echo_server "'nonsense'"
    run --separate-stderr "$bin/echo_server" -v 127.0.0.1 0 more
    [ "$status" -eq 2 ]
    one_line echo_server "'more'"
}

@test "-h tells of every option" {
    run -0 --separate-stderr "$bin/echo_server" -h
    [ -z "$stderr" ]
    has "usage: echo_server [-v] [-c N] [-g SECONDS] [-t SECONDS] [address]"
    local option
    for option in v c g t; do
        [[ $output == *$'\n'"-$option"* ]]
    done
}

@test "-c: no more children than that; the next clients wait their turn" {
    start -c 2
    hold a
    hold b
    hold_silent c
    eventually waiting 1                # so that c comes before d
    hold_silent d
    eventually waiting 2
    has_children 2 "$server"
    [ ! -s c.out ]
    release a
    eventually says c.out echoed
    eventually has_children 2 "$server"
    eventually waiting 1
    [ ! -s d.out ]
    release b
    eventually says d.out echoed
    release c
    release d
    eventually has_children 0 "$server"
    served
}

@test "children that end while the parent is stopped are all reaped" {
    start -c 5
    local name
    for name in a b c d e; do hold "$name"; done
    kill -STOP "$server"
    eventually is_stopped "$server"
    for name in a b c d e; do release "$name"; done
    eventually has_children 5 "$server" Z
    kill -CONT "$server"
    eventually has_children 0 "$server"
    served
}

@test "-t: a silent client is dropped, a busy one is not" {
    start -t 2
    hold a
    eventually logged 1 ' silent for 2 s$'
    eventually logged 1 ' ended, exit code 1$'
    release a
    # for longer than that something moves all the time
    local begin=$SECONDS
    while [ $((SECONDS - begin)) -lt 4 ]; do echo on; done |
        timeout 60 "$bin/echo_client" 127.0.0.1 "$port" >out
    eventually logged 1 ' ended, exit code 0$'
    logged 1 ' silent for '
}

@test "-t: a client that sends and never reads is dropped" {
    start -t 2
    # half sends all before it reads, and so much fits into no buffer
    run timeout 60 "$peer" half 127.0.0.1 "$port" 100000000
    [ "$status" -eq 1 ]
    eventually logged 1 ' silent for 2 s$'
    eventually has_children 0 "$server"
}

@test "a connection is watched for a dead peer (SO_KEEPALIVE)" {
    start
    hold a
    ss -Htno "( sport = :$port )" | grep "timer:(keepalive"
    release a
}

# ---- told to end

@test "SIGTERM without clients: exit 0 at once" {
    start -g 1000
    kill -TERM "$server"
    ends "$server" 0
    refused
}

@test "SIGTERM: clients are served to their end, new ones are refused" {
    start -g 1000
    serve_to_the_end TERM "$server"
}

@test "SIGINT to the whole process group, as Ctrl-C does: the same" {
    start -g 1000
    serve_to_the_end INT "-$server"
}

# serve_to_the_end SIGNAL WHERE
serve_to_the_end() {
    local client
    pipe
    background "$bin/echo_client" 127.0.0.1 "$port" <pipe >out 2>client_err
    client=$pid
    echo before >&9
    eventually says out before
    kill "-$1" -- "$2"
    eventually logged 1 ' ending; 1 left, at most 1000 s$'
    refused
    echo after >&9
    eventually says out after
    exec 9>&-
    ends "$client" 0
    nothing_in client_err
    ends "$server" 0
    logged 1 ' ended, exit code 0$'
    logged 0 SIGTERM
}

@test "-g: when the time is over, children get SIGTERM" {
    start -g 1
    hold a
    kill -TERM "$server"
    ends "$server" 0
    logged 1 ': SIGTERM to 1$'
    logged 1 ' killed by signal 15$'
    logged 0 SIGKILL
}

@test "-g 0: no time at all" {
    start -g 0
    hold a
    kill -TERM "$server"
    ends "$server" 0
    logged 1 ' killed by signal 15$'
}

@test "a second signal: not one second more" {
    start -g 1000
    hold a
    kill -TERM "$server"
    eventually logged 1 ' ending; '
    kill -INT "$server"
    ends "$server" 0
    logged 1 ' killed by signal 15$'
}

@test "a stopped child does not die of SIGTERM, but of SIGKILL" {
    start -g 0
    hold a
    local child
    child=$(children "$server")
    kill -STOP "$child"
    eventually is_stopped "$child"
    kill -TERM "$server"
    ends "$server" 0
    logged 1 ': SIGTERM to 1$'
    logged 1 ': SIGKILL to 1$'
    logged 1 ' killed by signal 9$'
    [ ! -d "/proc/$child" ]
}

@test "it hears SIGTERM although there is always one more client" {
    failing
    PPOLL="OK SIGTERM" start -c 1000
    # 300 connections wait in its queue when it is told to end, and so ppoll
    # never sleeps and never lets the signal in
    kill -STOP "$server"
    eventually is_stopped "$server"
    pipe
    background "$peer" many 127.0.0.1 "$port" 300 <pipe >out 2>peer_err
    eventually waiting 300
    kill -CONT "$server"
    eventually logged 1 ' ending; '
    [ "$(log ' connected, ')" -le 2 ]
}

@test "it hears a SIGTERM that comes just before it waits" {
    failing
    PPOLL="OK SIGTERM" start -g 1000
    hold a                              # and now it waits a second time
    eventually logged 1 ' ending; 1 left'
    release a
    ends "$server" 0
}

@test "SIGTERM during a crowd of clients: all children end, exit 0" {
    start -c 300 -g 0
    pipe
    background "$peer" many 127.0.0.1 "$port" 300 <pipe >out 2>peer_err
    eventually says out "all open"
    has_children 300 "$server"
    local list
    mapfile -t list < <(children "$server")
    kill -TERM "$server"
    ends "$server" 0
    logged 300 ' killed by signal 15$'
    local child
    for child in "${list[@]}"; do
        [ ! -d "/proc/$child" ]
    done
}

@test "it can be started again at once while its clients still talk" {
    start -g 1000
    hold a
    kill -TERM "$server"
    eventually logged 1 ' ending; '
    serve_again=$port
    background "$bin/echo_server" 127.0.0.1 "$serve_again" 2>again </dev/null
    eventually listening "$pid"
    nothing_in again
    served
    release a
    ends "$server" 0
}

# ---- what it has inherited

@test "SIGCHLD ignored, SIGTERM blocked by who started it: no difference" {
    run=(env --ignore-signal=CHLD --block-signal=TERM --block-signal=CHLD)
    start -c 1
    served
    served
    eventually has_children 0 "$server"
    logged 2 ' ended, exit code 0$'
    kill -TERM "$server"
    ends "$server" 0
}

@test "children that it had before it was echo_server do not count" {
    # shellcheck disable=SC2016 # for the inner shell
    run=(bash -c 'tail -f /dev/null & exec "$@"' -)
    start -c 1
    kill -KILL "$(children "$server")"
    eventually has_children 0 "$server"
    hold a
    has_children 1 "$server"
    hold_silent b
    eventually waiting 1
    has_children 1 "$server"
    release a
    eventually says b.out echoed
    release b
}

@test "a log that nobody reads does not end it" {
    mkfifo log
    # shellcheck disable=SC2016 # for the inner shell
    run=(env --default-signal=PIPE bash -c 'exec "$@" 2>log' -)
    head -n 1 log >/dev/null &
    local reader=$!
    start
    wait "$reader"
    served
    served
    eventually has_children 0 "$server"
    kill -TERM "$server"
    ends "$server" 0
}

# ---- what may fail

@test "the client has gone: EPIPE in one child, and no SIGPIPE" {
    run=(env --default-signal=PIPE)
    start
    # its FIN comes first; what the child then sends brings an RST
    kill -STOP "$server"
    eventually is_stopped "$server"
    exec 7<>"/dev/tcp/127.0.0.1/$port"
    head -c 100000 /dev/zero >&7
    exec 7>&-
    kill -CONT "$server"
    eventually logged 1 ' ended, exit code 1$'
    logged 1 ': EPIPE \(Broken pipe\)$'
    served
}

@test "accept: errors of one connection are passed over in silence" {
    failing
    ACCEPT=$(printf 'ECONNABORTED EAGAIN EINTR %.0s' {1..100})
    export ACCEPT
    start
    local begin=$SECONDS
    served
    [ $((SECONDS - begin)) -lt 60 ]     # no second of rest for each of 300
    eventually has_children 0 "$server"
    logged 0 accept
}

@test "accept: out of descriptors or memory: said once, no client is lost" {
    failing
    export ACCEPT="ENFILE EMFILE EMFILE EMFILE OK EMFILE"
    start
    local begin=$SECONDS
    served
    # four failures, each with a second's rest, and no spinning
    [ $((SECONDS - begin)) -ge 3 ]
    logged 1 'accept: EMFILE'
    logged 1 'accept: ENFILE'
    served                              # a new failure is said again
    logged 2 'accept: EMFILE'
}

@test "accept: out of descriptors, really: the client waits, and is served" {
    start -c 3
    hold a
    prlimit --pid "$server" --nofile=4:
    hold_silent b
    eventually says err "echo_server: accept: EMFILE (Too many open files)"
    waiting 1
    prlimit --pid "$server" --nofile=1024:
    eventually says b.out echoed
    release a
    release b
    eventually has_children 0 "$server"
}

@test "fork fails: the client waits, and is served" {
    failing
    export FORK="ENOMEM EAGAIN EAGAIN OK EAGAIN"
    start
    local begin=$SECONDS
    served
    [ $((SECONDS - begin)) -ge 2 ]
    logged 1 'fork: EAGAIN'
    logged 1 'fork: ENOMEM'
    served
    logged 2 'fork: EAGAIN'
    eventually has_children 0 "$server"
    [ "$(find "/proc/$server/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
}

@test "fork fails, and then SIGTERM comes: exit 0" {
    failing
    FORK=$(printf 'EAGAIN %.0s' {1..1000})
    export FORK
    start
    hold_silent a
    eventually logged 1 'fork: EAGAIN'
    kill -TERM "$server"
    ends "$server" 0
}

# ---- valgrind and the sanitizers: every process

@test "valgrind: echo_server and its children" {
    need valgrind
    run=("${memcheck[@]}")
    start -c 2 -t 100 -g 0
    served
    timeout 60 "$peer" reset 127.0.0.1 "$port"
    hold a
    hold b
    hold_silent c
    eventually waiting 1
    kill -TERM "$server"
    ends "$server" 0
    [ "$(printf '%s\n' vg.* | wc -l)" -eq 5 ]
    no_errors
    # one was killed while it had its connection, the others closed theirs
    for log in vg.*; do left_open "$log"; done >open
    [ "$(wc -l <open)" -le 2 ]
}

@test "ASan and UBSan: echo_server" {
    # shellcheck disable=SC2154 # from helpers.bash
    built "$PWD/asan" CFLAGS="$(flags) $SANITIZE"
    bin=$PWD/asan/bin/ch05
    start -c 20 -t 100 -g 0
    timeout 60 "$peer" stream 127.0.0.1 "$port" 10000000
    timeout 60 "$peer" many 127.0.0.1 "$port" 20 </dev/null
    served
    timeout 60 "$peer" reset 127.0.0.1 "$port"
    # the sanitizer looks for leaks in each child before that ends
    eventually has_children 0 "$server"
    hold a
    kill -TERM "$server"
    ends "$server" 0
    logged 0 Sanitizer
    logged 1 ' killed by signal 15$'
    run -0 "$bin/echo_server" -h
    run -2 "$bin/echo_server" -c 0
}
