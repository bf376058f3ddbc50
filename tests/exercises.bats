#!/usr/bin/env bats
# The exercises as a reader meets them, what the checks do with programs that
# go very wrong, and what the tools say to an author. (That each exercise of the
# book is right is the business of exercises.t.)

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2016 # Markdown has backquotes
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
    run env -u MAKEFLAGS -u MAKELEVEL make -n clean
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

@test "valgrind: who gives up may leave its descriptors to exit" {
    sandboxed
    changed '/str_echo(connfd);/{n;N;N;s/.*/            exit(EXIT_FAILURE);/}'
    grep -A 1 'str_echo(connfd);$' "$file" | grep -q FAILURE
    run exercise check 5.10a
    [ "$status" -eq 0 ]
}

@test "the state of a socket, expected and seen, in Korean too" {
    sandboxed
    mkdir -p "$WORK/5.4a"
    cp code/exercises/5.4a/wrong_no_family.c "$WORK/5.4a/echo_client.c"
    L=ko run exercise check 5.4a
    [ "$status" -eq 1 ]
    has '소켓 127.0.0.1:40000의 상태: ESTABLISHED'
    has '소켓 127.0.0.1:9877(상대 0.0.0.0:0)의 상태: LISTEN'
}

# ---- answers in words

# answered SED-PROGRAM STATUS TEXT...: with the answers of 5.12a changed, the
# check says all this.
answered() {
    mkdir -p "$WORK/5.12a"
    sed "$1" code/exercises/5.12a/solution.txt >"$WORK/5.12a/answers.txt"
    run exercise check 5.12a
    printf '%s\n' "$output"
    [ "$status" -eq "$2" ]
    local text
    for text in "${@:3}"; do has "$text"; done
}

@test "answers that are missing, or none of those to choose from" {
    exercise start 5.12a
    run exercise check 5.12a
    [ "$status" -eq 1 ]
    has 'every question has an answer'
    has 'unread_told = at_once next_line'
    answered 's/^read = .*/read = end/; s/^status/#&/' 1 \
        'read = 6 0 EPIPE ECONNRESET' 'status = 0 1 137 141'
    hasnt 'waits_on'
    answered 's/^read = 0$/&\nread = 6/' 1 'read = 6 0 EPIPE ECONNRESET'
    answered 's/^read = 0$/read = 0 6/' 1 'read = 6 0 EPIPE ECONNRESET'
}

@test "a prediction is compared with what is observed, and answered by its reason" {
    sandboxed
    answered 's/ = /=/; s/^status/  &/; $s/$/  /' 0 'the client'"'"'s exit code'
    answered 's/^client_socket = .*/client_socket = none/' 1 'Observed' \
        'client_socket = CLOSE_WAIT' 'client_socket = none' \
        'the socket stays until the client closes it' 'Section 5.12.1'
    hasnt 'it is the kernel that receives a FIN'
    L=ko answered 's/^client_socket = .*/client_socket = TIME_WAIT/' 1 \
        '관찰한 것' '클라이언트는 아직 닫지 않았습니다'
    answered 's/at_once/next_line/' 1 'nobody typed another line'
    hasnt 'Observed'
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

# ---- what authors are told

# book: a small book in the current folder, with one exercise.
book() {
    mkdir -p "$BATS_TEST_TMPDIR/book/chapters" && cd "$BATS_TEST_TMPDIR/book" ||
        return
    cat >chapters/ch01-one.nw <<'END'
---
id: ch01
number: 1
title: 하나 | One
chunks:
  the bug: 벌레
  the cure: 약
---

## 절 | Section {#sec}

:::: {.exercise #ex number=1.1a kind=repair level=1 program=prog fails=works title="문제 | Task"}
::: ko
고칩니다.
:::
::: en
Repair.
:::
::::

:::: hint
::: ko
하나 [](#sec)
:::
::: en
one [](#sec)
:::
::::

:::: hint
::: ko
둘
:::
::: en
two
:::
::::

:::: hint
::: ko
셋
:::
::: en
three
:::
::::

<<exercises/1.1a/starter.c>>=
int main(void) { <<the bug>> }
@

<<the bug>>=
return 1;
@

<<exercises/1.1a/check.scenario>>=
claim works 된다 | it works (#sec)
otherwise 안 된다 | it does not
a$ ./prog
a exits 0
@

<<exercises/1.1a/solution.c>>=
int main(void) { <<the cure>> }
@

<<the cure>>=
return 0;
@

:::: answer
::: ko
약 `make`
:::
::: en
The cure.
:::
::::

<<exercises/1.1a/wrong_two.c>>=
/* WRONG, fails "works": two. */
int main(void) { return 2; }
@

::: ko
다음 글
:::
::: en
More text.
:::
END
    cat >chapters/appH.nw <<'END'
---
id: appH
number: H
title: 풀이 | Answers
---

## 장 | Chapter {#answers}

::: {.exercises of="ch01"}
:::
END
    CODE=code "$ROOT/tangle.sh"
}

# index: book/index.lua over the small book.
index() {
    run lua5.4 "$ROOT/book/index.lua" -c code index.lua chapters/*.nw
}

# woven PAGE LANG: the page's HTML.
woven() {
    run "$ROOT/book/weave.sh" -i index.lua html "$2" "chapters/$1.nw"
    [ "$status" -eq 0 ]
}

@test "a page shows the task, the page of answers all the rest" {
    need lua5.4 ctags pandoc
    book
    index
    is ""
    woven ch01-one en
    has 'Exercise 1.1a ★☆☆'
    has 'make check-1.1a'
    has 'appH.html#ex-answer'
    has 'More text.'
    hasnt 'three'
    hasnt 'The cure'
    hasnt 'return'
    woven appH ko
    local text
    for text in '힌트 1' '>1.1절<' '힌트 3' '출발점' '틀린 풀이 two' \
        '검사의 답: ✗ 된다' '⟨벌레⟩' 'ch01.html#ex'; do
        has "$text"
    done
    hasnt 'three'
    hasnt 'a exits 0'
}

@test "plain texts for the terminal" {
    need lua5.4 ctags
    book
    index
    lua5.4 "$ROOT/book/exercise_texts.lua" index.lua texts chapters/*.nw
    run cat texts/list
    is $'1.1a\tprog\trepair\t1\tworks\tex\t문제\tTask'
    run cat texts/1.1a/task.en texts/1.1a/hint1.en texts/1.1a/answer.ko
    is 'Repair.
one Section 1.1 “Section”
약 `make`'
    grep -qx $'sec\tch01.html#sec\t1.1절 ‘절’\tSection 1.1 “Section”' texts/links
}

# refused SED-PROGRAM MESSAGE: with the chapter changed, the index complains so.
refused() {
    (
        book
        sed -i "$1" chapters/ch01-one.nw
        CODE=code "$ROOT/tangle.sh"
        index
        [ "$status" -eq 1 ]
        has "chapters/ch01-one.nw:"
        has "$2"
        [ ! -e index.lua ]
    )
}

@test "an exercise that is not complete stops the weave" {
    need lua5.4 ctags
    refused 's/number=1.1a/number=1.2a/; s|exercises/1.1a|exercises/1.2a|' \
        'exercise 1.2a stands in section 1.1: its number is that and a letter'
    refused '0,/:::: hint/s//:::: answer/' 'it has 2 hints, not 3'
    refused 's/kind=repair/kind=odd/' 'exercise 1.1a: unknown kind'
    refused 's/level=1/level=5/' 'level is 1, 2 or 3'
    refused 's/fails=works/fails=other/' 'fails= names no claim'
    refused 's/ (#sec)$//' 'claim works names no section (#id)'
    refused 's/fails "works"/fails "more"/' 'the first line of wrong_two.c'
    refused 's/^otherwise/claim works 또 | again (#sec)\n&/' 'a second claim works'
    refused 's/wrong_two/other_two/' 'it has no wrong_NAME'
    refused 's/solution.c/other.c/' 'it has no solution'
    refused 's|exercises/1.1a/starter|exercises/1.9z/starter|' \
        'stands behind exercise 1.9z'
    refused 's/^claim works 된다/prose/' 'fails= names no claim'
    refused 's/^otherwise/& x=1: /' 'nobody can answer x=1'
}

@test "prove: a wrong solution that gets another diagnosis is found out" {
    sandboxed
    local texts=$BATS_TEST_TMPDIR/b
    mkdir "$texts" "$BATS_TEST_TMPDIR/code"
    cp -r code/. "$BATS_TEST_TMPDIR/code"
    cp -r "$B"/. "$texts"
    sed -i '1s/fails "alive"/fails "many"/' \
        "$BATS_TEST_TMPDIR/code/exercises/5.10a/wrong_wait_loop.c"
    CODE=$BATS_TEST_TMPDIR/code run exercise prove 5.10a
    [ "$status" -eq 1 ]
    has 'not ok - 5.10a wrong_wait_loop.c: many, but the check says alive'
    has 'ok - 5.10a solution.c: passed'
}

# in_words: a small book in the current folder, whose exercise is answered in
# words: both kinds of answers, a name of the author's and a value that a step
# binds; B and CODE are its own.
in_words() {
    local bin=$B/bin
    book
    sed -i '/^<<exercises/,$d; /^chunks/,/cure/d; s/kind=repair/kind=predict/
        s/fails=works/fails=answers_given/' chapters/ch01-one.nw
    cat >>chapters/ch01-one.nw <<'END'
<<exercises/1.1a/starter.txt>>=
which =
many =
@

<<exercises/1.1a/check.scenario>>=
claim which 그것이다 | it is that (#sec)
answer which is b
claim counts 센다 | it counts (#sec)
a$ echo 4
a shows /^{many=[0-9]+}$/
@

<<exercises/1.1a/solution.txt>>=
which = b
many = 4
@

<<exercises/1.1a/wrong_many.txt>>=
# WRONG, fails "counts": five.
which = b
many = 5
@
END
    rm -rf code
    CODE=code "$ROOT/tangle.sh"
    index
    is ""
    export CODE=code B=$PWD/b
    mkdir b
    ln -s "$bin" b/bin
    lua5.4 "$ROOT/book/exercise_texts.lua" index.lua b/exercises chapters/*.nw
}

@test "prove: answers in words are checked like programs" {
    need lua5.4 ctags
    sandboxed
    in_words
    run "$ROOT/book/exercise.sh" prove 1.1a 2
    [ "$status" -eq 0 ]
    is 'ok - 1.1a starter.txt: answers_given
ok - 1.1a wrong_many.txt: counts
ok - 1.1a solution.txt: passed
ok - 1.1a solution.txt: passed'
    sed -i s/4/3/ code/exercises/1.1a/solution.txt
    sed -i s/5/4/ code/exercises/1.1a/wrong_many.txt
    run "$ROOT/book/exercise.sh" prove 1.1a
    [ "$status" -eq 1 ]
    has 'not ok - 1.1a wrong_many.txt: counts, but the check says passed'
    has 'not ok - 1.1a solution.txt: passed, but the check says counts'
}

@test "check: answers in words, one of them missing, wrong, right" {
    need lua5.4 ctags
    sandboxed
    in_words
    "$ROOT/book/exercise.sh" start 1.1a
    cmp "$WORK/1.1a/answers.txt" code/exercises/1.1a/starter.txt
    echo 'which = a' >"$WORK/1.1a/answers.txt"
    run "$ROOT/book/exercise.sh" check 1.1a
    [ "$status" -eq 1 ]
    has 'many'
    printf 'which = a\nmany=4\n' >"$WORK/1.1a/answers.txt"
    run "$ROOT/book/exercise.sh" check 1.1a
    [ "$status" -eq 1 ]
    has 'NO  it is that'
    printf 'which = b\nmany=4\n' >"$WORK/1.1a/answers.txt"
    run "$ROOT/book/exercise.sh" check 1.1a
    [ "$status" -eq 0 ]
}

# proof COMMAND: exercises.t over two exercises, where COMMAND stands for what
# book/exercise.sh does.
proof() {
    local here=$BATS_TEST_TMPDIR/proof number
    mkdir -p "$here/tests" "$here/book" "$here/b/exercises"
    cp "$ROOT/tests/exercises.t" "$here/tests"
    printf '#!/bin/sh\n%s\n' "$1" >"$here/book/exercise.sh"
    chmod +x "$here/book/exercise.sh"
    printf '%s\tprog\n' 1.1a 1.1b >"$here/b/exercises/list"
    for number in 1.1a 1.1b; do
        mkdir -p "$here/code/exercises/$number"
        touch "$here/code/exercises/$number/"{check.scenario,starter.c,wrong_x.c,solution.c}
    done
    CODE=code B=b RUNS=2 run prove --exec '' -v "$here/tests/exercises.t"
    printf '%s\n' "$output"
}

@test "a check that dies is not ok, and so is an exercise that none speaks of" {
    local all='for f in starter wrong_x solution solution; do
        echo "ok - $2 $f.c: works"; done'
    proof "$all"
    [ "$status" -eq 0 ]
    has 1..8
    has 'ok - 1.1b wrong_x.c: works'
    proof "if [ \$2 = 1.1a ]; then kill -KILL \$PPID; else $all; fi"
    [ "$status" -ne 0 ]
    has 1..8
    has 'not ok - 1.1a starter.c: the check has died'
    proof "if [ \$2 = 1.1b ]; then echo 'ok - 1.1b starter.c: works'; kill -KILL \$\$; else
        $all; fi"
    [ "$status" -ne 0 ]
    has 'Failed tests:  6-8'
    proof 'echo "ok - $2 solution.c: works"; exit 77'
    [ "$status" -eq 0 ]
    has 'ok - 1.1a wrong_x.c # skip'
    proof "$all"' | sed "s/^ok/not ok/"; exit 1'
    [ "$status" -ne 0 ]
    has 'Failed 8/8'
    : >"$BATS_TEST_TMPDIR/proof/b/exercises/list"
    CODE=code B=b run prove --exec '' "$BATS_TEST_TMPDIR/proof/tests/exercises.t"
    [ "$status" -ne 0 ]
}

# ---- reading valgrind's logs

# faults FILE PROGRAM: kind, process and first line of each fault.
faults() {
    run lua5.4 - "$@" <<'END'
        package.path = "book/?.lua"
        local faults, processes = require("valgrind").faults(
            io.open(arg[1]):read("a"), arg[2])
        for _, f in ipairs(faults) do print(f.kind, f.pid, f.lines[1]) end
        print(processes)
END
}

@test "logs of valgrind 3.19: what counts, and what does not" {
    cat >"$BATS_TEST_TMPDIR/log" <<'END'
==> valgrind.10 <==
==10== Memcheck, a memory error detector
==10== Command: .checked/prog
==10==
==10==
==10== Process terminating with default action of signal 15 (SIGTERM)
==10==    at 0x1: accept (accept.c:26)
==10==
==10== FILE DESCRIPTORS: 4 open (3 std) at exit.
==10== Open AF_INET socket 3: 127.0.0.1:9877 <-> unbound
==10==    at 0x1: socket (s.S:1)
==10==

==> valgrind.11 <==
==11== Command: .checked/prog
==11==
==11== Conditional jump or move depends on uninitialised value(s)
==11==    at 0x1: main (prog.c:5)
==11==
==11== FILE DESCRIPTORS: 5 open (3 std) at exit.
==11== Open file descriptor 7: /etc/passwd
==11==    at 0x1: open (open64.c:41)
==11==
==11== Open file descriptor 251:
==11==    <inherited from parent>
==11==
==11== HEAP SUMMARY:
==11==     in use at exit: 30 bytes in 2 blocks
==11==
==11== 10 bytes in 1 blocks are definitely lost in loss record 1 of 2
==11==    at 0x1: malloc (vg_replace_malloc.c:381)
==11==
==11== LEAK SUMMARY:
==11==    definitely lost: 10 bytes in 1 blocks
==11==    still reachable: 20 bytes in 1 blocks

==> valgrind.12 <==
==12== Command: /usr/bin/date
==12==
==12== Invalid read of size 4
==12==    at 0x1: main (date.c:5)

==> failed.13 <==

==> valgrind.13 <==
==13== Command: .checked/prog
==13==
==13== FILE DESCRIPTORS: 4 open (3 std) at exit.
==13== Open AF_INET socket 3: 127.0.0.1:40000 <-> 127.0.0.1:9877
==13==    at 0x1: socket (s.S:1)
==13==
==13== 7 bytes in 1 blocks are definitely lost in loss record 1 of 1
==13==    at 0x1: malloc (vg_replace_malloc.c:381)
END
    faults "$BATS_TEST_TMPDIR/log" prog
    is $'memory\t11\tConditional jump or move depends on uninitialised value(s)
leak\t11\t10 bytes in 1 blocks are definitely lost in loss record 1 of 2
leak\t13\t7 bytes in 1 blocks are definitely lost in loss record 1 of 1
descriptors\t11\tOpen file descriptor 7: /etc/passwd
4'
}

@test "logs of valgrind 3.24: a descriptor that is closed twice" {
    cat >"$BATS_TEST_TMPDIR/log" <<'END'
==> valgrind.10 <==
==10== Command: .checked/prog
==10==
==10== File descriptor 4: AF_INET socket 4: 127.0.0.1:9 <-> 127.0.0.1:8 is already closed
==10==    at 0x1: close (close.c:27)
==10==    by 0x1: main (prog.c:9)
==10==  Previously closed
==10==    at 0x1: close (close.c:27)
==10==
==10== FILE DESCRIPTORS: 3 open (3 inherited) at exit.
==10==
==> sanitizer.11 <==
=================================================================
==11==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7
WRITE of size 1 at 0x7 thread T0
    #0 0x5 in main work/prog.c:4

Address 0x7 is located in stack
END
    faults "$BATS_TEST_TMPDIR/log" prog
    is $'sanitizer\t11\tERROR: AddressSanitizer: stack-buffer-overflow on address 0x7
descriptors\t10\tFile descriptor 4: AF_INET socket 4: 127.0.0.1:9 <-> 127.0.0.1:8 is already closed
1'
}

# ---- the recorder's steps for exercises

# plays STATUS TEXT LINE...: a scenario of these lines ends with STATUS, and
# what record says holds TEXT. OPTIONS are options of record.
plays() {
    sandboxed
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p bin
    printf '%s\n' "${@:3}" >x.scenario
    # shellcheck disable=SC2086 # a list of words
    run "$B/bin/record" --exercise evidence --bin bin ${OPTIONS-} x.scenario
    printf '%s\n' "$output"
    [ "$status" -eq "$1" ]
    has "$2"
}

family=('a$ sh -c "sleep 3600 & sleep 3600 & exec sleep 3600"' 'a runs {p}'
    '{p} has child {one}' '{p} has child {two}')

@test "steps: children and zombies" {
    plays 0 '' "${family[@]}" '{p} has 2 children' '{p} has 0 zombies' \
        'signal KILL to {one}' '{one} has ended' '{one} is zombie' \
        '{p} has 1 zombie' '{p} has 2 children' '{p} has child {one}'
    plays 1 'x.scenario:6: {p} has 3 children: not seen within 1 s' 'limit 1' \
        "${family[@]}" '{p} has 3 children'
    has 'has 2 children, 0 zombies'
    has '---- processes ----'
    plays 1 '{p} has 1 zombies: not seen' 'limit 1' "${family[@]}" \
        '{p} has 1 zombies'
    plays 1 '{p} has child {three}: not seen' 'limit 1' "${family[@]}" \
        '{p} has child {three}'
    plays 1 '{one} has ended: not seen' 'limit 1' "${family[@]}" '{one} has ended'
    plays 1 '{p} has 0 children: the process is gone' 'a$ sleep 3600' 'a runs {p}' \
        'a^C' 'a exits 130' '{p} has 0 children'
}

@test "steps: asleep, in whatever call" {
    plays 0 '' 'a$ sleep 3600' 'a runs {p}' '{p} is asleep' 'a^C' 'a exits 130' \
        'a$ cat' 'a runs {q}' '{q} is asleep'
    plays 1 '{p} is asleep: not seen within 1 s' 'limit 1' \
        'a$ sh -c "while :; do :; done"' 'a runs {p}' '{p} is asleep'
    has ' has state R'
    plays 1 '{p} is asleep: the process is gone' 'a$ sleep 3600' 'a runs {p}' \
        'a^C' 'a exits 130' '{p} is asleep'
}

@test "clients: bytes that are no lines, a drip, a chat" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    cp "$B/bin/ch05/echo_server" "$B/bin/exercises/clients" "$BATS_TEST_TMPDIR/bin"
    start=('s$ ./echo_server -t 1' 's is blocked in ppoll' 'c$ ./clients'
        'c> connect 1')
    plays 0 '' "${start[@]}" 'c> bytes 1 ab' 'c shows /^1: sent$/' 'c> bytes 1 c\n\n' \
        'c> read 1' 'c shows /^1: abc$/' 'c> read 1' 'c shows /^1: $/' \
        'c> bytes 1 x\0y\\z\n' 'c> read 1' 'c shows /^1: x$/' \
        'c> fill 1 4000' 'c shows /^1: sent$/' 'c> send 1' 'c> read 1' \
        'c shows /^1: x{4000}$/' 'c> chat 1 1500' 'c shows /^1: chatted$/' \
        'c> read 1' 'c shows /^1: end$/'
    plays 1 'c shows /^1: dropped$/: not seen within 3 s' 'limit 3' "${start[@]}" \
        'c> drip 1' 'c shows /^1: dropped$/'
    plays 0 '' "${start[@]}" 's runs {s}' '{s} has child {one}' 'signal KILL to {one}' \
        'c> drip 1' 'c shows /^1: dropped$/'
}

@test "steps: descriptors" {
    plays 0 '' 'a$ sleep 3600 7</etc/passwd 5>/dev/null' 'a runs {p}' \
        '{p} has descriptors 0 1 2 5 7'
    plays 1 'has descriptors 0 1 2 5 7' 'limit 1' \
        'a$ sleep 3600 7</etc/passwd 5>/dev/null' 'a runs {p}' \
        '{p} has descriptors 0 1 2'
}

@test "steps: answers, and predictions" {
    OPTIONS='--set x=4 --set y=b' plays 0 '' 'answer y is b' 'a$ echo 4' \
        'a shows /^{x=[0-9]+}$/'
    OPTIONS='--set x=3' plays 1 'a shows /^{x=[0-9]+}$/: not seen' 'a$ echo 4' \
        'a shows /^{x=[0-9]+}$/'
    has '{x} is 3'
    OPTIONS='--set y=a' plays 1 'answer y is b: the answer was a' 'answer y is b'
    plays 2 'this answer is not given' 'answer y is b'
    OPTIONS='--set x=5' plays 0 '' 'a$ echo 5' 'a shows /^{seen=[0-9]+}$/' \
        'answer x is {seen}'
    OPTIONS='--set x=4' plays 1 'answer x is {seen}: the answer was 4' \
        'a$ echo 5' 'a shows /^{seen=[0-9]+}$/' 'answer x is {seen}'
    has '{seen} is 5'
    OPTIONS='--set x=4' plays 2 'no step before has bound this name' \
        'answer x is {seen}'
    OPTIONS='--set y' plays 2 '--set takes NAME=VALUE'
}

@test "the clients of a check: how far the lines count" {
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    cp "$B/bin/exercises/clients" "$B/bin/ch05/echo_server1" "$BATS_TEST_TMPDIR/bin"
    plays 0 '' 's$ ./echo_server1' 's is blocked in accept' 'c$ ./clients' \
        'c> connect 3' 'c> send 1 1' 'c> send 1 2' 'c> half 1' 'c> numbers 1' \
        'c shows /^1: 4 bytes, 1 to 2$/' 'c> send 2 1' 'c> send 2 3' 'c> send 2 2' \
        'c> half 2' 'c> numbers 2' 'c shows /^2: 6 bytes, 1 to 1, then 3$/' \
        'c> half 3' 'c> numbers 3' 'c shows /^3: 0 bytes, 1 to 0$/' \
        'c> numbers 4' 'c shows /^4: not open$/'
}

@test "claims are for the reader, output of any kind is allowed" {
    plays 0 '' 'claim one 하나 | one (#x)' 'otherwise 둘 | two' 'a$ echo more' \
        'a exits 0' 'b$ true' 'b exits 0'
    plays 2 'expected claim NAME KO | EN' 'claim one'
}

@test "slow: every limit is so many times longer" {
    OPTIONS='--slow 3' plays 1 'not seen within 3 s' 'limit 1' 'a$ sleep 3600' \
        'a exits 0'
    OPTIONS='--slow 0' plays 2 '--slow takes a number from 1' 'limit 1'
}

@test "evidence: what stands in its folder at the end, after SIGTERM" {
    plays 0 '' 'a$ sh -c "trap \"echo ended >/tmp/evidence/x; exit\" TERM; while :; do sleep 3600 & wait; done"' \
        'a is blocked in sigsuspend'
    run cat evidence
    is '==> x <==
ended'
}
