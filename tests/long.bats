#!/usr/bin/env bats
# What takes long: book/long.sh, in a small project of its own, and how a page
# shows what it kept.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
load helpers

setup_file() {
    "$B/bin/record" --probe >"$BATS_FILE_TMPDIR/probe" 2>&1 ||
        echo "$?" >"$BATS_FILE_TMPDIR/probe-status"
}

setup() {
    unset CODE
    mkdir -p "$BATS_TEST_TMPDIR/project" && cd "$BATS_TEST_TMPDIR/project" ||
        return
    mkdir -p code/ch01 code/lib build/bin/ch01
    ln -s "$ROOT/tangle.sh" .
    ln -s "$B/bin/record" build/bin
    echo 'int answer; /* 41 */' >code/ch01/server.c
    echo 'int spare;' >code/ch01/spare.c
    echo 'void die(void);' >code/lib/die.h
    printf '# piece\nlong 5\nabout 하나 | one\na$ : ./server; echo slow\n%s\n' \
        'a exits 0' >code/ch01/slow.scenario
    printf '# piece\na$ echo quick\na exits 0\n' >code/ch01/quick.scenario
}

# sandbox: skip the test where there can be none; any other trouble fails it.
sandbox() {
    [ "$(cat "$BATS_FILE_TMPDIR/probe-status" 2>/dev/null)" != 77 ] ||
        skip "no sandbox here: $(grep FAILED "$BATS_FILE_TMPDIR/probe")"
}

# long STATUS ARGUMENT...: long.sh ends with that status.
long() {
    B=build run "$ROOT/book/long.sh" "${@:2}"
    printf 'status %s\n%s\n' "$status" "$output"
    [ "$status" -eq "$1" ]
}

# recorded: slow is recorded and kept.
recorded() {
    sandbox
    long 0 record
    [ -f recordings/ch01/slow.rec ]
}

@test "record plays all that is long, and keeps its recording" {
    recorded
    has 'ch01/slow takes about 5 seconds'
    grep -q '^out .* slow.n$' recordings/ch01/slow.rec
    [ "$(sed -n '5,6s/ .*//p' recordings/ch01/slow.rec | xargs)" = "date long" ]
    [ "$(find recordings -type f)" = recordings/ch01/slow.rec ]
    rm recordings/ch01/slow.rec
    long 0 record slow
    [ -f recordings/ch01/slow.rec ]
    rm recordings/ch01/slow.rec
    long 0 record ch01/slow
    [ -f recordings/ch01/slow.rec ]
}

@test "check: nothing to say about what was recorded" {
    recorded
    long 0 check
    is ""
    # what cannot change the recording
    echo 'int answer;   /* 42 */ // and so on' >code/ch01/server.c
    echo 'int spare = 1;' >code/ch01/spare.c
    sed -i 's/^about .*/about 둘 | two/' code/ch01/slow.scenario
    long 0 check
    is ""
}

@test "check: missing, stale by scenario, program or library, left over" {
    local stale='recordings/ch01/slow.rec: stale, its scenario or programs have
 changed; make record-long S=slow makes it again'
    stale=${stale/$'\n'/}
    long 1 check
    is "recordings/ch01/slow.rec: missing; make record-long S=slow makes it"
    recorded
    sed -i 's/echo slow/echo slower/' code/ch01/slow.scenario
    long 1 check
    is "$stale"
    sed -i 's/echo slower/echo slow/' code/ch01/slow.scenario
    echo 'int answer = 42;' >code/ch01/server.c
    long 1 check
    is "$stale"
    echo 'int answer; /* 41 */' >code/ch01/server.c
    echo 'int die(void);' >code/lib/die.h
    long 1 check slow
    is "$stale"
    echo 'void die(void);' >code/lib/die.h
    long 0 check
    cp recordings/ch01/slow.rec recordings/ch01/quick.rec
    long 1 check
    is "recordings/ch01/quick.rec: there is no long scenario of this name"
}

@test "a recording that fails leaves the kept one" {
    recorded
    cp recordings/ch01/slow.rec before
    sed -i 's/a exits 0/a exits 1/' code/ch01/slow.scenario
    long 1 record
    has 'a exits 1: it ended with status 0'
    cmp before recordings/ch01/slow.rec
    [ "$(find recordings -type f)" = recordings/ch01/slow.rec ]
}

@test "copy: for the pages; of a stale recording too, with a warning" {
    long 1 copy ch01/slow out.rec
    has "missing"
    [ ! -e out.rec ]
    recorded
    long 0 copy ch01/slow out.rec
    is ""
    cmp out.rec recordings/ch01/slow.rec
    sed -i 's/echo slow/echo slower/' code/ch01/slow.scenario
    long 0 copy ch01/slow out.rec
    has "stale"
}

@test "bad arguments: one message, exit 2" {
    long 2
    long 2 play
    long 2 copy ch01/slow
    long 2 record quick
    has "there is no long scenario 'quick'; there are:"
    has "  ch01/slow"
    [ ! -e recordings ]
}

@test "no sandbox: exit 77, nothing is kept" {
    unshare -Ur true 2>/dev/null || skip "no user namespace to forbid it in"
    # shellcheck disable=SC2016 # for the inner shell
    B=build run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$@"' sh "$ROOT/book/long.sh" record
    [ "$status" -eq 77 ]
    [ -z "$(find recordings -type f)" ]
}
