#!/usr/bin/env bats
# make run-chN: the scenarios of a chapter, told in the reader's terminal. Most
# of it in a small project of its own.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
load helpers

setup_file() {
    "$B/bin/record" --probe >"$BATS_FILE_TMPDIR/probe" 2>&1 ||
        echo "$?" >"$BATS_FILE_TMPDIR/probe-status"
}

setup() {
    unset L LC_ALL LC_MESSAGES LANG CODE
    mkdir -p "$BATS_TEST_TMPDIR/project" && cd "$BATS_TEST_TMPDIR/project" ||
        return
    mkdir -p chapters build/bin/ch01
    ln -s "$ROOT/tangle.sh" .
    ln -s "$B/bin/record" build/bin
    cat >chapters/ch01-a.nw <<'END'
---
id: ch01
number: 1
title: 하나 | One
---

## 첫 절 | The `first` section {#first}

```
## 절이 아님 | No section
```

### 제비 | The swallow {#swallow}

<<ch01/swallow.scenario>>=
about 제비가 하나를 말합니다. | The swallow says one.
a$ echo one
a exits 0
@

<<ch01/swallow.scenario>>=
about 제비가 둘을 말합니다. | The swallow says two.
a$ echo two
a exits 0
@

<<ch01/notes.txt>>=
## not a section either
@
END
    cat >chapters/ch01-b.nw <<'END'
---
id: ch01b
number: 1
title: 하나 더 | One more
---

## 둘째 절 | The second section {#second}

<<ch01/magpie.scenario>>=
a$ echo magpie
a exits 0
@

<<ch01/swallow.scenario>>=
a$ echo three
a exits 0
@

<<ch01/heron.scenario>>=
long 300
a$ echo heron
a exits 0
@
END
    CODE=code CHAPTERS=chapters ./tangle.sh
}

# sandbox: skip the test where there can be none; any other trouble fails it.
sandbox() {
    [ "$(cat "$BATS_FILE_TMPDIR/probe-status" 2>/dev/null)" != 77 ] ||
        skip "no sandbox here: $(grep FAILED "$BATS_FILE_TMPDIR/probe")"
}

# told ARGUMENT...: run.sh ch01 plays them.
told() {
    sandbox
    B=build run --separate-stderr "$ROOT/book/run.sh" ch01 "$@" </dev/null
    printf 'status %s\n%s\n%s\n' "$status" "$output" "$stderr"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
}

# in_order TEXT...: the last `run` printed these lines in this order.
in_order() {
    local line text
    while IFS= read -r line; do
        [ $# -gt 0 ] || return 0
        text=$1
        [ "$line" != "$text" ] || shift
    done <<<"$output"
    [ $# -eq 0 ] || {
        echo "not there, or not in this order: $1"
        return 1
    }
}

# refused STATUS TEXT...: run.sh with the arguments after -- says each TEXT.
refused() {
    local expected=$1 texts=() text
    shift
    while [ "$1" != -- ]; do
        texts+=("$1")
        shift
    done
    shift
    B=build run "$ROOT/book/run.sh" "$@"
    [ "$status" -eq "$expected" ]
    for text in "${texts[@]}"; do
        has "$text"
    done
}

@test "scenarios in the order of the chapter, with headings and context" {
    told
    in_order '1.1.1 The swallow' 'The swallow says one.' '$ echo one' one \
        'The swallow says two.' '$ echo two' two '1.2 The second section' \
        '$ echo three' three '1.2 The second section' '$ echo magpie' magpie
    hasnt 제비
    hasnt heron
    hasnt 'No section'
    # one heading for two pieces of one section
    [ "$(grep -c 'The swallow$' <<<"$output")" -eq 1 ]
}

@test "in Korean" {
    export L=ko
    told swallow
    in_order '1.1.1 제비' '제비가 하나를 말합니다.' '$ echo one' \
        '제비가 둘을 말합니다.' '$ echo two' '1.2 둘째 절' '$ echo three'
    hasnt swallow
}

@test "the language: L, then LC_ALL, LC_MESSAGES, LANG, else English" {
    # language EXPECTED VARIABLE=VALUE...: of a message that is always there
    language() {
        run env "${@:2}" B=build "$ROOT/book/run.sh" ch01 nothing
        [ "$status" -eq 2 ]
        case $1 in
        ko) has "ch01에는 'nothing'" ;;
        en) has "ch01 has no scenario 'nothing'" ;;
        esac
    }
    language en A=
    language ko LANG=ko_KR.UTF-8
    language en LANG=ko_KR.UTF-8 LC_MESSAGES=C
    language ko LANG=C LC_MESSAGES=ko_KR.utf8
    language ko LC_MESSAGES=C LC_ALL=ko
    language en LC_ALL=ko L=en
    language ko LC_ALL=C.UTF-8 L=ko
    language ko LANG=ko_KR.UTF-8 L=
    L=fr refused 2 "L is ko or en, not 'fr'" -- ch01
}

@test "a scenario that there is not: which there are; no such chapter" {
    refused 2 "ch01 has no scenario 'sparrow'" "  swallow " "1.1.1 The swallow" \
        "  magpie " "  heron " "(takes long)" -- ch01 sparrow
    refused 2 "no scenario 'swallo'" -- ch01 swallo
    refused 2 "there is no chapter 'ch77'" -- ch77
}

@test "what takes long is played only by its name" {
    told heron
    in_order '1.2 The second section' '$ echo heron' heron
}

@test "an experiment is done in its place, under its heading" {
    sandbox
    mkdir build/bin/lab
    cat >>chapters/ch01-a.nw <<'END'

### 황새 | The stork {#stork}

<<ch01/stork.experiment>>=
#!/bin/sh
printf 'bird\tlegs\nstork\t2\n'
@
END
    CODE=code CHAPTERS=chapters ./tangle.sh
    told
    in_order three '1.1.2 The stork' $'bird\tlegs' '$ echo magpie'
    L=ko told stork
    in_order '1.1.2 황새' $'stork\t2'
    refused 2 "  stork " "1.1.2 The stork" -- ch01 sparrow
}

@test "a scenario that goes wrong: where, what to do, and nothing after it" {
    sandbox
    sed -i '/^a\$ echo two/a a shows "zwei"' chapters/ch01-a.nw
    CODE=code CHAPTERS=chapters ./tangle.sh
    B=build run "$ROOT/book/run.sh" ch01 </dev/null
    [ "$status" -eq 1 ]
    has 'chapters/ch01-a.nw:24: a shows "zwei": not seen'
    has "swallow: this did not go as the book says."
    has "make run-ch1 S=swallow"
    hasnt magpie
    hasnt "no sandbox"
}

@test "where no sandbox can be made it says so, once" {
    unshare -Ur true 2>/dev/null || skip "no user namespace to forbid it in"
    # shellcheck disable=SC2016 # for the inner shell
    B=build run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$@"' sh "$ROOT/book/run.sh" ch01
    [ "$status" -eq 77 ]
    [ "$(grep -c 'no sandbox' <<<"$output")" -eq 1 ]
    has "make doctor"
}

@test "at a terminal it waits for Enter, between scenarios too" {
    sandbox
    need script
    printf '\n\n\n\n' >enter
    B=build run script -qec "$ROOT/book/run.sh ch01" /dev/null <enter
    [ "$status" -eq 0 ]
    [ "$(grep -c -- '-- Enter --' <<<"$output")" -eq 3 ]
}

# ---- the book itself

# headings LANGUAGE: number and title of every section, as the weave has them.
headings() {
    lua5.4 - "$BATS_TEST_TMPDIR/index.lua" "$1" <<'END'
for _, chapter in ipairs(dofile(arg[1]).chapters) do
  for _, s in ipairs(chapter.sections) do
    if s.number then print(s.number .. " " .. s[arg[2]]) end
  end
end
END
}

@test "chapter 5: all that is played, under the headings of the pages" {
    need lua5.4 ctags
    cd "$ROOT"
    lua5.4 book/index.lua "$BATS_TEST_TMPDIR/index.lua" chapters/*.nw
    local lang
    for lang in ko en; do
        headings "$lang" | tr -d '`' | sort >"$BATS_TEST_TMPDIR/headings"
        L=$lang run book/run.sh ch05 nosuch
        [ "$status" -eq 2 ]
        tail -n +2 <<<"$output" | sed 's/^  [^ ]* *//; s/ ([^)]*)$//' |
            sort -u | comm -23 - "$BATS_TEST_TMPDIR/headings" \
            >"$BATS_TEST_TMPDIR/out"
        nothing_in "$BATS_TEST_TMPDIR/out"
    done
    tail -n +2 <<<"$output" | sed 's/^  \([^ ]*\).*/\1/' | sort |
        diff - <(find code/ch05 -name '*.scenario' -printf '%f\n' -o \
            -name '*.experiment' -printf '%f\n' | sed 's/\.[a-z]*$//' | sort)
}

@test "every scenario begins each piece with what to watch for" {
    cd "$ROOT"
    gawk '/^# piece$/ { begins = 1; next }
        /^(host|long|limit|sysctl|packets) / || / on [a-z0-9_]+$/ { next }
        begins && !/^about / { print FILENAME ":" FNR ": " $0 }
        { begins = 0 }' code/ch*/*.scenario >"$BATS_TEST_TMPDIR/out"
    nothing_in "$BATS_TEST_TMPDIR/out"
}
