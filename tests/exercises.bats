#!/usr/bin/env bats
# The exercises as a reader meets them, what the checks do with programs that
# go very wrong, and what the tools say to an author. (That each exercise of the
# book is right is the business of exercises.t.)

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
load helpers

setup() {
    cd "$ROOT" || return
    export WORK=$BATS_TEST_TMPDIR/work L=en
    file=$WORK/5.10a/echo_server.c
}

exercise() {
    book/exercise.sh "$@"
}

# sandboxed: skip the test where no sandbox can be made.
sandboxed() {
    "$B/bin/record" --probe >/dev/null || skip "no sandbox on this machine"
}

# given SOURCE: this C file stands where the reader works.
given() {
    mkdir -p "${file%/*}"
    cp "$1" "$file"
}

# changed SED-PROGRAM: so does the solution, changed.
changed() {
    given code/exercises/5.10a/solution.c
    sed -i "$1" "$file"
    run cmp -s "$file" code/exercises/5.10a/solution.c
    [ "$status" -ne 0 ]
}

# fails_with STATUS TEXT...: the check says all this.
fails_with() {
    run exercise check 5.10a
    printf '%s\n' "$output"
    [ "$status" -eq "$1" ]
    shift
    local text
    for text; do has "$text"; done
}

# ---- list, start, hint, solution

@test "a list with difficulty and progress, in both languages" {
    run exercise list
    [ "$status" -eq 0 ]
    has '5.10a   ★☆☆  Reap them all (repair): -'
    L=ko run exercise list
    has '5.10a   ★☆☆  모두 거두기 (고치기): -'
    unset L
    LC_ALL=ko_KR.UTF-8 run exercise list
    has '모두 거두기'
    LC_ALL=C LANG=ko_KR.UTF-8 run exercise list
    has 'Reap them all'
    L=fr run exercise list
    [ "$status" -eq 2 ]
    is "exercise.sh: L is ko or en, not 'fr'"
}

@test "start puts the starter there, and never over what is there" {
    run exercise start 5.10a
    [ "$status" -eq 0 ]
    has 'Repair it before you read the next section.'
    cmp "$file" code/exercises/5.10a/starter.c
    echo mine >"$file"
    run exercise start 5.10a
    [ "$status" -eq 0 ]
    has "left as it is: $file"
    [ "$(cat "$file")" = mine ]
    [ "$(find "$WORK" -type f | wc -l)" -eq 1 ]
    rm "$file"
    exercise start 5.10a
    cmp "$file" code/exercises/5.10a/starter.c
}

@test "make clean leaves work/ alone" {
    run make -n clean
    is 'rm -rf build'
    grep -qx '/work/' .gitignore
}

@test "hints come one by one, then all" {
    run exercise hint 5.10a
    has 'Hint 1 of 3'
    hasnt 'Hint 2'
    run exercise hint 5.10a
    has 'Hint 2 of 3'
    hasnt 'Hint 1'
    L=ko run exercise hint 5.10a
    has '힌트 3/3'
    run exercise hint 5.10a
    has 'Hint 1 of 3'
    has 'Hint 3 of 3'
    has 'SHOW=1'
    exercise start 5.10a
    run exercise list
    has '(repair): begun, hints: 3'
}

@test "the solution is shown on request only, with a warning before" {
    run exercise solution 5.10a
    [ "$status" -eq 1 ]
    has 'make solution-5.10a SHOW=1'
    hasnt WNOHANG
    SHOW=1 run exercise solution 5.10a
    [ "$status" -eq 0 ]
    has '+    while (waitpid(-1, NULL, WNOHANG) > 0)'
}

@test "a section's number is enough if it has one exercise" {
    run exercise hint 5.10
    has 'Hint 1 of 3'
    grep -q '^5.10a hint 1' "$WORK/.progress"
}

@test "wrong use: one line, exit 2" {
    local arguments
    for arguments in 'hint 9.9a' 'hint 5' 'hint x' 'hint' 'sing 5.10a' ''; do
        # shellcheck disable=SC2086 # a list of words
        run exercise $arguments
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
    done
}

# ---- check

@test "nothing there to check: says how to begin" {
    run exercise check 5.10a
    [ "$status" -eq 1 ]
    has "$file is not there. make start-5.10a puts"
}

@test "the starter fails for its reason: claims, facts, processes, section" {
    sandboxed
    given code/exercises/5.10a/starter.c
    fails_with 1 '  ok  children that end one by one' \
        '  NO  five children that end while the parent is stopped' \
        'process 1003 has no children' \
        'Process 1003 has 4 children, 4 of them zombies.' '[echo_server]' \
        'Section 5.10.2' '#five-at-once' 'make hint-5.10a'
    L=ko fails_with 1 '  ✗ 부모가 멈춘 동안' '그 가운데 좀비가 4개' '5.10.2절'
    run exercise list
    has 'begun'
}

@test "the solution passes, and then the book's solution is shown" {
    sandboxed
    given code/exercises/5.10a/solution.c
    run exercise check 5.10a
    [ "$status" -eq 0 ]
    has 'nor did valgrind in 11 processes'
    run exercise solution 5.10a
    [ "$status" -eq 0 ]
    has 'It goes on only'
    run exercise list
    has 'passed'
}

@test "what does not compile: the reader's file and line" {
    changed 's/int saved = errno;/int saved = errno; int unused;/'
    fails_with 1 'it compiles without a warning' "$file:" 'unused'
}

@test "printing is allowed" {
    sandboxed
    changed '/die.h/a #include <stdio.h>
        s/int connfd = accept/puts("waiting"); int connfd = accept/'
    run exercise check 5.10a
    [ "$status" -eq 0 ]
}

@test "a sanitizer's report names the reader's line" {
    sandboxed
    changed 's/ssize_t n = read(connfd, buf, sizeof buf);/ssize_t n = read(connfd, buf, sizeof buf); buf[n + sizeof buf - 6] = 0;/'
    fails_with 1 'no undefined behaviour' "$file:$(grep -n 'sizeof buf - 6' "$file" | cut -d : -f 1):"
}

@test "a crash is explained by the sanitizer" {
    sandboxed
    changed 's/str_echo(connfd);$/str_echo(connfd); *(volatile int *)0 = 1;/'
    fails_with 1
    changed 's/^    if (sigaction(SIGCHLD/    *(volatile int *)8 = 1;\n&/'
    fails_with 1 'no memory is touched that is not its own' 'volatile int'
}

@test "valgrind: an uninitialised value in a child" {
    sandboxed
    changed 's/^        if (n > 0) {/        if (n == 0 \&\& buf[4000] == 77)\n            die("77");\n&/'
    fails_with 1 'no variable is read that has no value' 'uninitialised' str_echo
}

@test "valgrind: a leak in a child, a descriptor left open in one" {
    sandboxed
    changed '/die.h/a #include <string.h>
        s/^    char buf\[4096\];/&\n    char *copy = strdup("leak");\n    if (copy == NULL) die("strdup");\n    copy = NULL;/'
    fails_with 1 'all memory that was allocated is freed' 'definitely lost' str_echo
    changed '/str_echo(connfd);/{n;N;d}'
    fails_with 1 'closes what it has opened' 'Open AF_INET socket 4'
}

# ---- programs that go very wrong: contained, reported, nothing left

# nothing_left: no sandbox is left of this test.
nothing_left() {
    run grep -lsxz "ECHO_TEST=$BATS_TEST_TMPDIR" /proc/[0-9]*/environ
    local pid
    for pid in $output; do
        pid=${pid#/proc/}
        [ "${pid%/environ}" = $$ ] || ! grep -aq record "/proc/$pid/cmdline"
    done
}

@test "a fork bomb" {
    sandboxed
    changed 's/^    catch_sigchld();/&\n    for (;;) fork();/'
    fails_with 1 'the server sends a client'
    nothing_left
}

@test "an endless loop" {
    sandboxed
    changed 's/^    catch_sigchld();/&\n    for (volatile int i = 0; ; i++) ;/'
    fails_with 1 'runs and never rests'
}

@test "a flood of output" {
    sandboxed
    changed '/die.h/a #include <stdio.h>
        s/^    catch_sigchld();/&\n    for (;;) puts("more and more and more and more");/'
    fails_with 1 'flooded'
    [ "${#output}" -lt 5000 ]
}

@test "ever more memory" {
    sandboxed
    changed 's/^    catch_sigchld();/&\n    for (char *p; (p = malloc(1 << 20)) != NULL; ) p[0] = p[4096] = 1;\n    die("malloc");/'
    fails_with 1 'malloc: ENOMEM'
}

@test "a compiler that never ends" {
    echo '#include "/dev/zero"' >"$BATS_TEST_TMPDIR/zero.c"
    given "$BATS_TEST_TMPDIR/zero.c"
    COMPILE_TIME=2 run exercise check 5.10a
    [ "$status" -eq 1 ]
    has 'it compiles without a warning'
}

@test "the file vanishes between two checks of watch" {
    need entr
    sandboxed
    given code/exercises/5.10a/starter.c
    exercise watch 5.10a >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    local pid=$!
    eventually grep -q 'make hint-5.10a' "$BATS_TEST_TMPDIR/said"
    cp code/exercises/5.10a/solution.c "$BATS_TEST_TMPDIR/new.c"
    mv "$BATS_TEST_TMPDIR/new.c" "$file"        # as editors save
    eventually grep -q '^Passed' "$BATS_TEST_TMPDIR/said"
    rm "$file"
    wait "$pid" || true
    [ ! -e "$file" ]
}

# eventually COMMAND...: try until it succeeds, two minutes at most.
eventually() {
    local end=$((SECONDS + 120))
    until "$@"; do
        ((SECONDS < end)) || {
            echo "waited in vain: $*"
            return 1
        }
    done
}
