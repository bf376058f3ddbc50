#!/usr/bin/env bats
# book/lists.sh: what make learns from the chapters, in a small project.

# shellcheck disable=SC2016 # what is in quotes is for make
load helpers

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/project" && cd "$BATS_TEST_TMPDIR/project" ||
        return
    mkdir -p chapters code/ch01 code/lib code/recorder
    unset CODE
    touch code/ch01/server.c code/ch01/client.c code/ch01/notes.txt \
        code/lib/die.c code/lib/die.h code/recorder/main.c
    echo 'a$ ./server & ./client; ./server; ./nothing' \
        >code/ch01/one.scenario
    printf '# piece\n\nlong 900\na$ true\n' >code/ch01/two.scenario
    page ch01-b chb 'packets:ch01/one/p figures/a-b.svg ch01/one figures/a-b.svg'
    page ch01-a cha '`x`{of="ch01/two"} ch01/one_more ch01/server.c'
    page appA app 'nothing'
    page preface pre 'nothing'
}

# page NAME ID TEXT: write chapters/NAME.nw.
page() {
    printf -- '---\nid: %s\n---\n\n%s\nid: no\n' "$2" "$3" >"chapters/$1.nw"
}

# lists LINE...: it succeeds and prints each line, among others.
lists() {
    run --separate-stderr "$ROOT/book/lists.sh"
    printf '%s\n' "$output"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    local line
    for line; do
        grep -qFx -- "$line" <<<"$output" || {
            echo "expected: $line"
            return 1
        }
    done
}

@test "experiments: their own list; programs, those of lab/ too, are needed" {
    mkdir code/lab
    touch code/lab/await.c
    printf '#!/bin/sh\nfor s in ./server; do "$s" & ./await gone $!; done\n' \
        >code/ch01/count.experiment
    page ch01-a cha '![a | b](table:ch01/count){#t} `x`{of="ch01/one"}'
    lists 'programs := ch01/client ch01/server lab/await' 'lab := lab/await' \
        'scenarios := ch01/one' 'experiments := ch01/count' \
        'needs_cha := $(B)/recordings/ch01/count.tsv $(B)/recordings/ch01/one.rec'
    run grep '^\$(B)/recordings.*tsv' <<<"$output"
    is '$(B)/recordings/ch01/count.tsv: $(B)/bin/ch01/server
$(B)/recordings/ch01/count.tsv: $(lab:%=$(B)/bin/%)'
}

@test "names of programs, library, recorder, scenarios" {
    lists 'programs := ch01/client ch01/server' 'library := lib/die' \
        'recorder := recorder/main' 'scenarios := ch01/one' 'long := ch01/two'
}

@test "an exhibit: its command, its scenario, also if that compiles it" {
    echo '/* BROKEN on purpose: old; build: cc -O3 -w   ' >code/ch01/old.c
    printf '#line 9 "chapters/x.nw"\n/* build: cc -g */ int x;\n' \
        >code/ch01/new.c
    printf '/* builds: nothing */\n/* build: not here */\n' >code/ch01/client.c
    echo 'a$ cc old.c -o x; ./old; ./x; ls anew.c' \
        >code/ch01/two.scenario
    lists 'programs := ch01/client ch01/server' \
        'exhibits := ch01/new ch01/old' \
        '$(B)/bin/ch01/old: BUILD := cc -O3 -w' \
        '$(B)/bin/ch01/new: BUILD := cc -g'
    run grep '^\$(B)/recordings/ch01/two' <<<"$output"
    is '$(B)/recordings/ch01/two.rec: $(B)/bin/ch01/old'
}

@test "an exhibit without a command: one line, exit 1" {
    echo '/* BROKEN on purpose: x; build: */' >code/ch01/old.c
    run --separate-stderr "$ROOT/book/lists.sh"
    [ "$status" -eq 1 ]
    # shellcheck disable=SC2154 # set by `run`
    [ "$stderr" = "code/ch01/old.c:1: build: is followed by no command" ]
}

@test "a scenario needs the programs that it starts, each once" {
    lists
    run grep '^\$(B)/recordings' <<<"$output"
    is '$(B)/recordings/ch01/one.rec: $(B)/bin/ch01/server
$(B)/recordings/ch01/one.rec: $(B)/bin/ch01/client'
}

@test "a page needs the recordings and figures that it names, each once" {
    lists 'chapter_chb := chapters/ch01-b.nw' \
        'needs_cha := $(B)/recordings/ch01/two.rec' \
        'needs_chb := book/figures/a-b.svg $(B)/recordings/ch01/one.rec' \
        'needs_app :='
}

@test "pages come in the book's order" {
    lists
    run grep '^pages' <<<"$output"
    is 'pages += pre
pages += cha
pages += chb
pages += app'
}

@test "chapters without an id: one line each, exit 1" {
    printf -- '---\ntitle: x\n---\n' | tee chapters/ch02.nw >chapters/ch03.nw
    run --separate-stderr "$ROOT/book/lists.sh"
    [ "$status" -eq 1 ]
    # shellcheck disable=SC2154 # set by `run`
    [ "$stderr" = "chapters/ch02.nw:1: the metadata block has no id
chapters/ch03.nw:1: the metadata block has no id" ]
}

@test "no code at all" {
    rm -r code/*
    lists 'programs :=' 'scenarios :=' 'needs_cha :='
}
