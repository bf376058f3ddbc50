#!/usr/bin/env bats
# The programs of the page on hosts that fail (sections 5.14 to 5.16). What
# they see of a dead host, the scenarios test, in namespaces; here they run
# on the machine's own loopback.

# shellcheck disable=SC2154 # set by `run` and by serve
# shellcheck disable=SC2119 # serve without arguments means its defaults
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch05
load programs

# connected PID: how ss -o shows this process's established TCP socket.
connected() {
    ss -Htnop | grep "pid=$1,"
}

# waits PROGRAM: start a client that has been answered once and now waits
# for its input; its process is $client.
waits() {
    background "$bin/$1" 127.0.0.1 "$port" <pipe >out
    client=$pid
    echo hello >&9
    eventually says out hello
}

@test "the clients that notice a dead host are echo clients" {
    serve
    printf 'one\n안녕\0\n\nno end' >in
    local program
    for program in "$bin/echo_client_keepalive" \
        "$bin/echo_client_user_timeout"; do
        timeout 60 "$program" 127.0.0.1 "$port" <in >out
        cmp in out
    done
    nothing_in err
}

@test "echo_client_keepalive: the kernel asks, whenever 3 s were silent" {
    serve
    pipe
    waits echo_client_keepalive
    run -0 connected "$client"
    has "timer:(keepalive,"
    # two questions without a word from either program, and it lives on
    eventually asked 2
    run -0 connected "$client"
    has "ESTAB"
}

# asked N: the peer's socket has received so many segments since it began
# to serve the client: the handshake, the line, the ACK of its echo, probes.
asked() {
    local seen
    seen=$(ss -Htni state established sport = ":$port" |
        sed -n 's/.* segs_in:\([0-9]*\).*/\1/p')
    [ "${seen:-0}" -ge $((3 + $1)) ]
}

@test "echo_client asks nothing" {
    serve
    pipe
    waits echo_client
    run -0 connected "$client"
    has "ESTAB"
    hasnt "timer:"
}

# sets PROGRAM: what a client sets on its socket, a line for each option.
sets() {
    strace -qq -e trace=setsockopt -o calls "$bin/$1" 127.0.0.1 "$port" \
        </dev/null
    sed 's/^setsockopt([0-9]*, //; s/) *= 0$//' calls
}

@test "which options the clients set, and to what" {
    need strace
    serve
    run sets echo_client
    is ""
    run sets echo_client_keepalive
    is "SOL_SOCKET, SO_KEEPALIVE, [1], 4
SOL_TCP, TCP_KEEPIDLE, [3], 4
SOL_TCP, TCP_KEEPINTVL, [1], 4
SOL_TCP, TCP_KEEPCNT, [2], 4"
    run sets echo_client_user_timeout
    is "SOL_TCP, TCP_USER_TIMEOUT, [1000], 4"
}

# refused PROGRAM N OPTION: its Nth setsockopt fails, and it names the OPTION.
refused() {
    run -1 --separate-stderr strace -qq -o calls \
        -e inject=setsockopt:error=ENOPROTOOPT:when="$2" \
        "$bin/$1" 127.0.0.1 "$port" </dev/null
    one_line "$1" "setsockopt $3: ENOPROTOOPT"
}

@test "an option that the system refuses: which, and why, exit 1" {
    need strace
    serve
    refused echo_client_keepalive 1 SO_KEEPALIVE
    refused echo_client_keepalive 2 TCP_KEEPIDLE
    refused echo_client_keepalive 3 TCP_KEEPINTVL
    refused echo_client_keepalive 4 TCP_KEEPCNT
    refused echo_client_user_timeout 1 TCP_USER_TIMEOUT
}

@test "valgrind: the clients that notice a dead host" {
    need valgrind
    serve
    printf 'one\nno end' >in
    local program
    for program in echo_client_keepalive echo_client_user_timeout; do
        valgrind -q --error-exitcode=99 --leak-check=full \
            "$bin/$program" 127.0.0.1 "$port" <in >out
        cmp in out
    done
}

@test "a program that needs an option that POSIX lacks says so" {
    local file files=0
    while IFS= read -r file; do
        files=$((files + 1))
        head -n 6 "$file" | grep -q POSIX || {
            echo "$file: nothing about POSIX in its first lines"
            return 1
        }
    done < <(grep -rlE 'TCP_(KEEP|USER)' "$ROOT/code" --include='*.c')
    [ "$files" -ge 2 ]
}
