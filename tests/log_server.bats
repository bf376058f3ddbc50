#!/usr/bin/env bats
# The log-printing servers of section 5.5: what is wrong with the one of the
# handouts, fault by fault, and that the other does right where it fails.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch05
load programs

setup_file() {
    compile_peer
}

# handout [COMMAND...]: start log_server_broken, or what is given instead, on
# a free port: as serve does, with what it prints in ./out, line by line.
handout() {
    [ $# -gt 0 ] || set -- "$bin/log_server_broken"
    # its only argument is a port; serve adds an address, and that comes first
    serve 0 env --default-signal=PIPE stdbuf -oL "$@" >out
}

# with_asan: the handout's server compiled as the chapter does, ./with_asan.
with_asan() {
    gcc -std=gnu89 -g -fsanitize=address \
        "$ROOT/code/ch05/log_server_broken.c" -o with_asan
}

# built_server FOLDER VARIABLE...: log_server compiled that way, in $bin.
built_server() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u DEBUG make -C "$ROOT" \
        --no-print-directory B="$1" CODE="$1/code" "${@:2}" \
        "$1/bin/ch05/log_server" "$1/bin/ch05/echo_client" >"$1.log" || {
        cat "$1.log"
        return 1
    }
    bin=$1/bin/ch05
}

# no_fork: ./no_fork.so, with which every fork fails, for root too (to whom
# the limit of processes does not apply), and stdout goes line by line.
no_fork() {
    gcc -shared -fPIC -x c -o no_fork.so - <<'END'
#include <errno.h>
#include <stdio.h>
#include <sys/types.h>
pid_t fork(void) { errno = EAGAIN; return -1; }
__attribute__((constructor)) static void start(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}
END
}

# exit_signal PID: the signal that this zombie has died of.
exit_signal() {
    echo $(($(sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 50) & 127))
}

# ---- the compiler (E8, E14)

@test "gnu89 takes the handout without a word; today's C and -Wall do not" {
    local source=$ROOT/code/ch05/log_server_broken.c name
    run gcc -std=gnu89 "$source" -o x
    is ""
    [ "$status" -eq 0 ]
    run gcc -std=gnu17 -c "$source" -o x.o
    for name in fork close read write getpid; do
        [[ $output =~ (warning|error):\ implicit\ declaration\ of\ function\ .$name. ]]
    done
    run gcc -std=gnu89 -Wall -c "$source" -o x.o
    has "differ in signedness"
    hasnt errProc
}

# ---- errProc without its argument (E7)

# taken PROGRAM...: start it where $port is taken; ./said is what it says.
taken() {
    run timeout 60 env ASAN_OPTIONS=detect_leaks=0 "$@" "$port"
    printf '%s\n' "$output" | tee said
    [ "$status" -ne 0 ]
    [ "$status" -ne 124 ]
}

@test "errProc without its argument: bind is never named, with any compiler" {
    handout
    local flags
    taken "$bin/log_server_broken"
    run grep -w bind said
    is ""
    for flags in -O0 -O2; do
        gcc -std=gnu89 -w "$flags" "$ROOT/code/ch05/log_server_broken.c" -o x
        taken ./x
        run grep -w bind said
        is ""
    done
    # what the chapter says of clang
    need clang
    clang -std=gnu89 -w -O2 "$ROOT/code/ch05/log_server_broken.c" -o x
    taken ./x
    is "(null): Address already in use"
}

@test "with a prototype the compiler finds the calls; in C23 it must be there" {
    local source=$ROOT/code/ch05/log_server_broken.c
    sed '/^void errProc()/s/()/(const char *)/' "$source" >declared.c
    run gcc -std=gnu89 -c declared.c
    [ "$status" -ne 0 ]
    [ "$(grep -c "too few arguments to function" <<<"$output")" -eq 3 ]
    echo 'int f(); int f(int n) { return n; }' >c23.c
    ! gcc -std=c2x -c c23.c 2>/dev/null || skip "this gcc has an older C23"
    run gcc -std=c2x -w -c "$source" -o x.o
    [ "$status" -ne 0 ]
    has "conflicting types for ‘errProc’"
}

@test "log_server: port in use, and which" {
    serve 127.0.0.1 "$bin/log_server"
    taken "$bin/log_server" 127.0.0.1
    is "log_server: bind 127.0.0.1:$port: EADDRINUSE (Address already in use)"
}

# ---- fork fails (E6)

@test "no child: the handout's log claims child -1, log_server says why" {
    no_fork
    handout env LD_PRELOAD="$PWD/no_fork.so" "$bin/log_server_broken"
    run timeout 60 "$bin/echo_client" 127.0.0.1 "$port" <<<hello
    [ "$status" -eq 1 ]
    eventually grep -qE '^127\.0\.0\.1:[0-9]+ connected, child -1$' out
    nothing_in err
    serve 127.0.0.1 env LD_PRELOAD="$PWD/no_fork.so" "$bin/log_server"
    run timeout 60 "$bin/echo_client" 127.0.0.1 "$port" <<<hello
    [ "$status" -eq 1 ]
    grep -qE '^log_server: fork for 127\.0\.0\.1:[0-9]+: EAGAIN ' err
}

# ---- NUL bytes (E10)

@test "NUL bytes: the handout loses what follows, log_server nothing" {
    handout
    run timeout 60 "$peer" half 127.0.0.1 "$port" 100000
    [ "$status" -eq 1 ]
    serve 127.0.0.1 "$bin/log_server"
    timeout 60 "$peer" half 127.0.0.1 "$port" 100000
}

@test "NUL bytes: the handout's client waits for ever" {
    handout
    printf 'one\0two\n' >in
    background "$bin/echo_client" 127.0.0.1 "$port" <in >echoed
    eventually grep -qE '^child [0-9]+ received: one$' out
    # nothing is on its way, and all three sleep
    eventually nothing_on_its_way
    eventually has_children 1 "$server" S
    eventually is_asleep "$pid"
    nothing_in echoed
}

# nothing_on_its_way: both ends are connected, their queues empty.
nothing_on_its_way() {
    [ "$(ss -Htn state established \
        "( sport = :$port or dport = :$port )" |
        awk '$1 == 0 && $2 == 0' | wc -l)" -eq 2 ]
}

# ---- read returns -1 (E9)

@test "an RST: the handout logs the old text again and dies of SIGPIPE" {
    handout
    timeout 60 "$peer" reset 127.0.0.1 "$port"
    eventually has_children 1 "$server" Z
    [ "$(exit_signal "$(children "$server")")" -eq 13 ]
    [ "$(grep -cE '^child [0-9]+ received: reset$' out)" -eq 2 ]
    run grep closed out
    is ""
    nothing_in err
}

@test "an RST under ASan: rBuff[-1]" {
    with_asan
    handout env ASAN_OPTIONS=verify_asan_link_order=0 ./with_asan
    timeout 60 "$peer" reset 127.0.0.1 "$port"
    eventually has_children 1 "$server" Z
    grep -E "'rBuff' .* underflows this variable" err
    local line
    line=$(sed -n 's/^SUMMARY: .*\.c:\([0-9]*\) in echoProc$/\1/p' err)
    run sed -n "${line}p" "$ROOT/code/ch05/log_server_broken.c"
    is "        rBuff[readLen] = '\0';"
    [ "$(grep -c received out)" -eq 1 ]
}

@test "an RST before any data: the handout logs memory that was never set" {
    need valgrind
    handout valgrind --log-file=vg.%p "$bin/log_server_broken"
    timeout 60 "$bin/echo_client_reset" 127.0.0.1 "$port" </dev/null
    eventually has_children 1 "$server" Z
    grep -q 'received: ' out
    grep -q 'uninitialised value' "vg.$(children "$server")"
}

@test "an RST: log_server says which client, and serves the others" {
    serve 127.0.0.1 "$bin/log_server"
    timeout 60 "$peer" reset 127.0.0.1 "$port"
    eventually has_children 1 "$server" Z
    [ "$(exit_signal "$(children "$server")")" -eq 0 ]
    local client
    client=$(sed -n 's/^log_server: \(127.*\) connected$/\1/p' err)
    diff - err <<END
log_server: $client connected
log_server: $client: 6 bytes
log_server: read from $client: ECONNRESET (Connection reset by peer)
END
    timeout 60 "$peer" half 127.0.0.1 "$port" 1000
}

# ---- the repaired server as a server

# log_serves: bytes of all kinds, many clients, IPv6 if there is any; each has
# its lines in the log.
log_serves() {
    serve "$@"
    local n host=$1
    timeout 120 "$peer" stream "$host" "$port" 10000000
    timeout 60 "$peer" half "$host" "$port" 0
    timeout 60 "$peer" many "$host" "$port" 50 </dev/null
    printf 'a\0b\0\n\n안녕\nno newline' >in
    timeout 60 "$bin/echo_client" "$host" "$port" <in >out
    cmp in out
    eventually has_children 53 "$server" Z
    for n in connected closed; do
        [ "$(grep -cE "^log_server: .* $n\$" err)" -eq 53 ]
    done
    # no line is broken into another, no byte is forgotten
    awk '!/^log_server: .*(:[0-9]+ (connected|closed)|: [0-9]+ bytes)$/ {
            print; bad = 1 }
        / bytes$/ { sum += $(NF - 1) }
        END { if (sum < 10000000) print sum; exit bad || sum < 10000000 }' err
}

@test "log_server: what goes in comes out, and each client is in the log" {
    log_serves 127.0.0.1 "$bin/log_server"
}

@test "log_server: the same over IPv6" {
    has_ipv6
    log_serves ::1 "$bin/log_server"
}

@test "log_server: the same under ASan and UBSan" {
    built_server "$PWD/asan" CFLAGS="$(flags) $SANITIZE"
    log_serves 127.0.0.1 "$bin/log_server"
}

@test "log_server: the same compiled by clang" {
    need clang
    built_server "$PWD/clang" CC=clang
    log_serves 127.0.0.1 "$bin/log_server"
}
