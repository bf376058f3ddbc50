# programs.bash - what the tests of the chapters' programs share: servers on
# free ports, waiting for facts. `chapter=chNN` and `load programs` after
# `load helpers`; $bin is the folder of that chapter's programs.

# shellcheck shell=bash disable=SC2030,SC2031,SC2154 # `run` sets them
# shellcheck disable=SC2034 # for the test files

setup() {
    begin
}

# begin: what a setup has to do.
begin() {
    cd "$BATS_TEST_TMPDIR" || return
    bin=$B/bin/$chapter
    peer=$BATS_FILE_TMPDIR/peer
    started=()
}

# compile_peer: $peer, a client that misbehaves, for setup_file to call.
compile_peer() {
    # shellcheck disable=SC2046 # a list of words
    gcc -D_POSIX_C_SOURCE=200809L $(flags) -o "$BATS_FILE_TMPDIR/peer" \
        "$ROOT/tests/peer.c"
}

teardown() {
    local pid
    for pid in "${started[@]}"; do
        kill -KILL -- "-$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

# background COMMAND...: start it in a session of its own, which teardown
# kills; $pid is its process.
background() {
    setsid setpriv --pdeathsig KILL "$@" <&0 3>&- 9>&- &
    pid=$!
    started+=("$pid")
}

# pipe: the named pipe `pipe`, open for writing as descriptor 9.
pipe() {
    mkfifo pipe
    exec 9<>pipe
}

# listening PID: it listens; $port is where. Fails at once if it is dead.
listening() {
    port=$(ss -Hltnp | sed -n "s/^.*:\([0-9]*\) .*pid=$1,.*/\1/p")
    [ -n "$port" ]
}

# serve [ADDRESS [COMMAND...]]: start a server on a free port, by default
# echo_server1 at 127.0.0.1, and wait until it listens: $server is its
# process, $port its port, ./err what it says.
# shellcheck disable=SC2120 # the defaults are the usual case
serve() {
    local address=${1-127.0.0.1}
    shift $(($# > 0))
    [ $# -gt 0 ] || set -- "$bin/echo_server1"
    background "$@" "$address" 0 2>err </dev/null
    server=$pid
    eventually listening_or_dead "$server"
    listening "$server" || {
        echo "the server does not listen; it says:"
        cat err
        return 1
    }
}

listening_or_dead() {
    listening "$1" || dead "$1"
}

# dead PID: it has ended, whether or not this shell has reaped it.
dead() {
    [ ! -d "/proc/$1" ] || [ "$(state "$1")" = Z ]
}

# ends PID [N]: this background process ends, with exit status N.
ends() {
    local code=0
    eventually dead "$1"
    wait "$1" || code=$?
    [ "$code" -eq "${2-$code}" ] || {
        echo "exit status $code, not $2"
        return 1
    }
}

# state PID: the letter ps shows, or nothing.
state() {
    sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null
}

# children PID [STATE]: its child processes, of that state.
children() {
    local list=() child
    read -ra list <"/proc/$1/task/$1/children" || true  # it has no newline
    for child in "${list[@]}"; do
        [ -n "${2-}" ] && [ "$(state "$child")" != "$2" ] || echo "$child"
    done
}

# has_children N PID [STATE]
has_children() {
    [ "$(children "$2" ${3+"$3"} | wc -l)" -eq "$1" ]
}

# is_stopped PID
is_stopped() {
    [ "$(state "$1")" = T ]
}

# is_asleep PID
is_asleep() {
    [ "$(state "$1")" = S ]
}

# says FILE TEXT: TEXT is a line of FILE.
says() {
    grep -qxF -- "$2" "$1"
}

# one_line PREFIX TEXT...: the last `run --separate-stderr` wrote nothing on
# stdout and one line on stderr, which starts with PREFIX and holds each TEXT.
one_line() {
    printf 'status %s, stdout:\n%s\nstderr:\n%s\n' "$status" "$output" \
        "$stderr"
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "$1: "* ]]
    local text
    for text in "${@:2}"; do
        [[ $stderr == *"$text"* ]]
    done
}

# usage TEXT COMMAND...: it fails with status 2, in one line that holds TEXT.
usage() {
    run --separate-stderr "${@:2}" </dev/null
    [ "$status" -eq 2 ]
    one_line "$(basename "$2")" "$1"
}

has_ipv6() {
    [ -n "$(ip -6 addr show dev lo 2>/dev/null)" ] ||
        skip "this machine has no IPv6 loopback"
}

# ---- valgrind

# memcheck COMMAND...: the words that run it so; one log per process, vg.PID.
memcheck=(valgrind --leak-check=full --show-leak-kinds=all
    --errors-for-leak-kinds=all --track-fds=yes --log-file=vg.%p)

# left_open LOG: the descriptors that its process opened and left open.
left_open() {
    awk '
    /Open (file|AF_|unix|socket)/ { if (open) print open; open = $0; next }
    /<inherited from parent>/     { open = "" }
    /^==[0-9]+== *$/              { if (open) print open; open = "" }
    ' "$1"
}

# no_errors: in no log. Since 3.24 valgrind counts each open descriptor as an
# error, inherited ones too; left_open looks at them.
no_errors() {
    local log expected=0 since_3_24=''
    printf '%s\n' valgrind-3.24 "$(valgrind --version)" | sort -VC &&
        since_3_24=yes
    for log in vg.*; do
        [ -z "$since_3_24" ] ||
            expected=$(grep -cE "^==[0-9]+== Open " "$log" || true)
        grep -q "ERROR SUMMARY: $expected errors" "$log" || cat "$log"
    done >errors
    nothing_in errors
}
