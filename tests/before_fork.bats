#!/usr/bin/env bats
# The programs of chapter 0. Its scenarios show what they print; here is what
# takes more: any bytes, every way to fail, many runs, valgrind.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch00
load programs

setup() {
    begin
    seq 20000 >numbers
    printf 'a\0b\nno newline' >bytes
}

@test "copy: any bytes, any size, through files and pipes" {
    local size
    for size in 1 7 4096 65536; do
        "$bin/copy" $size <numbers >copied
        cmp numbers copied
        cat numbers bytes | "$bin/copy" $size | cat >copied
        cat numbers bytes | cmp - copied
    done
    "$bin/copy" <bytes >copied
    cmp bytes copied
    "$bin/copy" </dev/null >copied
    [ ! -s copied ]
}

@test "copy: wrong sizes, a full disk, no input" {
    local size
    for size in 0 65537 -1 4k ''; do
        run --separate-stderr "$bin/copy" "$size" <bytes
        [ "$status" -eq 2 ]
        one_line copy "'$size'" 65536
    done
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr sh -c '"$1" <bytes >/dev/full' sh "$bin/copy"
    [ "$status" -eq 1 ]
    one_line copy write ENOSPC
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr sh -c '"$1" <&-' sh "$bin/copy"
    [ "$status" -eq 1 ]
    one_line copy read EBADF
}

@test "show: several files, and the first that fails ends it" {
    "$bin/show" numbers bytes >copied
    cat numbers bytes | cmp - copied
    run --separate-stderr "$bin/show" missing numbers
    [ "$status" -eq 1 ]
    one_line show 'open missing' ENOENT
    run --separate-stderr "$bin/show" .
    [ "$status" -eq 1 ]
    one_line show 'read .' EISDIR
    run --separate-stderr "$bin/show"
    [ "$status" -eq 2 ]
    one_line show usage
}

@test "offsets: two opens, two offsets; a copy has none of its own" {
    run -0 "$bin/offsets" numbers </dev/null
    [ "${#lines[@]}" -gt 4 ]
    run --separate-stderr "$bin/offsets" missing
    [ "$status" -eq 1 ]
    one_line offsets 'open missing' ENOENT
    run --separate-stderr "$bin/offsets"
    [ "$status" -eq 2 ]
    one_line offsets usage
}

@test "lines: what fgets takes adds up, whatever the lines" {
    "$bin/lines" <numbers >got
    [ "$(awk '{ n += $1 } END { print n }' got)" -eq "$(wc -c <numbers)" ]
    run -0 "$bin/lines" </dev/null
    is ""
    printf '\0abc\nend' | "$bin/lines" >got   # to C, the line is empty
    [ "$(cat got)" = $'0 bytes: \n3 bytes: end' ]
}

@test "pieces and mixed_broken: one order for the terminal, one for a pipe" {
    run -0 "$bin/pieces"
    is $'one two\nthree'
    run -0 "$bin/mixed_broken"
    is $'second\nfirst'
    run -0 script -qec "$bin/mixed_broken" /dev/null
    is $'first\r\nsecond\r'
}

@test "callers and errno_after: what they print" {
    run -0 "$bin/callers"
    is $'here\nlength 4'
    run -0 "$bin/errno_after"
    has 'returns -1, errno is 2'
    [[ ${lines[1]} =~ ^open\ /etc/passwd\ +returns\ +[3-9],\ errno\ is\ 2$ ]]
}

@test "child_first and barrier: the same order in 100 runs" {
    local i
    for i in $(seq 100); do
        "$bin/child_first"
        "$bin/barrier"
    done >got
    sort got | uniq -c | awk '{ print $1 }' | sort -u >counts
    [ "$(cat counts)" = 100 ]
    awk 'NR % 4 == 1 && !/^child: here/ || NR % 4 == 3 && !/^parent: first/ {
             print NR ": " $0 }' got >wrong
    nothing_in wrong
}

@test "barrier_broken: the child waits for itself, the parent for the child" {
    background "$bin/barrier_broken" >out
    eventually has_children 1 "$pid" S
    local child
    child=$(children "$pid")
    eventually grep -q 'pipe_read' "/proc/$child/wchan"
    eventually grep -q 'do_wait' "/proc/$pid/wchan"
    kill -KILL "$child"
    ends "$pid" 0
}

@test "valgrind: every process of chapter 0" {
    need valgrind
    "${memcheck[@]}" "$bin/copy" 7 <numbers >copied
    cmp numbers copied
    "${memcheck[@]}" "$bin/show" numbers >copied
    cmp numbers copied
    "${memcheck[@]}" "$bin/lines" <bytes >got
    "${memcheck[@]}" "$bin/offsets" numbers </dev/null >got
    "${memcheck[@]}" "$bin/pieces" >got
    "${memcheck[@]}" "$bin/callers" >got
    "${memcheck[@]}" "$bin/errno_after" >got
    "${memcheck[@]}" "$bin/child_first" >got
    "${memcheck[@]}" "$bin/barrier" >got
    [ "$(printf '%s\n' vg.* | wc -l)" -eq 11 ]
    no_errors
}
