#!/usr/bin/env bats
# The programs of chapter 1's first page. Its scenarios and experiments show
# what they print; here is what takes more: wrong arguments, many runs,
# valgrind, and that each broken one breaks.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch01
load programs

@test "linger: says who it is and stays until the input ends" {
    run -0 "$bin/linger" <<<anything
    [[ $output =~ ^I\ am\ [0-9]+,\ my\ parent\ is\ [0-9]+$ ]]
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr sh -c 'exec "$0" <&-' "$bin/linger"
    [ "$status" -eq 1 ]
    [[ $stderr == *EBADF* ]]
}

@test "two_returns: 0 and the child's PID, two values, in 100 runs" {
    local n
    for n in $(seq 100); do "$bin/two_returns"; done >got
    awk '
        NR % 2 { child = $2; parent = $4; sub(":", "", parent)
                 if ($7 != "0," || $NF != 8) print NR ": " $0; next }
        $2 != parent ":" || $5 != child "," || $NF != 7 { print NR ": " $0 }
        END { if (NR != 200) print NR " lines" }' got >wrong
    nothing_in wrong
}

@test "precedence_broken: 1 in the child, 0 in the parent" {
    run -0 "$bin/precedence_broken"
    is $'child: pid is 1\nparent: pid is 0'
}

@test "copy_on_write: writing copies, reading does not; wrong arguments" {
    "$bin/copy_on_write" 8 >got
    awk '$1 == "read" { read = $2 } $1 == "write" { write = $2 }
         END { exit !(write >= 4 && read < write) }' got
    for size in '' 0 x; do
        run --separate-stderr "$bin/copy_on_write" ${size:+"$size"}
        [ "$status" -eq 2 ]
        one_line copy_on_write usage
    done
}

@test "who_first: the parent or the child, always one of them" {
    local n
    for n in $(seq 50); do "$bin/who_first"; done >got
    [ "$(grep -cE '^(parent|child)$' got)" -eq 50 ]
}

@test "inherit: what differs between parent and child, and what does not" {
    run -0 "$bin/inherit"
    [ "${#lines[@]}" -eq 12 ]
    [ "$(grep -cE ' +yes +no$' <<<"$output")" -eq 2 ]
    grep -qE '^the file is locked by +me +my parent$' <<<"$output"
    grep -qE '^SIGUSR1 blocked +yes +yes$' <<<"$output"
    chmod 0 locked
    if ! : <>locked; then
        run --separate-stderr "$bin/inherit"
        [ "$status" -eq 1 ]
        one_line inherit 'lock locked' EACCES
    fi 2>/dev/null
}

@test "shared_offset: the parent goes on where the child stopped" {
    echo abcdefghi >letters
    run -0 "$bin/shared_offset" letters
    is $'child reads abc\nparent reads def'
    run --separate-stderr "$bin/shared_offset" missing
    [ "$status" -eq 1 ]
    one_line shared_offset 'open missing' ENOENT
    run --separate-stderr "$bin/shared_offset"
    [ "$status" -eq 2 ]
    one_line shared_offset usage
}

@test "twice_broken: once on a terminal, twice into a pipe" {
    run -0 "$bin/twice_broken"
    is $'only once\nonly once'
    run -0 script -qec "$bin/twice_broken" /dev/null
    is $'only once\r'
}

@test "counter: 2000 each time; counter_broken loses some at times" {
    local n
    for n in $(seq 20); do "$bin/counter"; done | sort -u >got
    [ "$(cat got)" = 2000 ]
    loses() { [ "$("$bin/counter_broken")" -lt 2000 ]; }
    eventually loses
}

@test "valgrind: every process of the first page" {
    need valgrind
    echo abcdefghi >letters
    "${memcheck[@]}" "$bin/linger" </dev/null >got
    "${memcheck[@]}" "$bin/two_returns" >got
    "${memcheck[@]}" "$bin/shared_offset" letters >got
    "${memcheck[@]}" "$bin/who_first" >got
    "${memcheck[@]}" "$bin/inherit" >got
    "${memcheck[@]}" "$bin/counter" >got
    [ "$(printf '%s\n' vg.* | wc -l)" -eq 11 ]
    no_errors
}
