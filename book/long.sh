#!/bin/sh
# long.sh - the recordings that are kept in recordings/, because the scenarios
# take too long to be played whenever a page is made (their first step is
# "long").
# usage: book/long.sh record [SCENARIO...]  play them, keep what was recorded
#        book/long.sh check [SCENARIO...]   see whether what is kept is theirs
#        book/long.sh copy SCENARIO OUT     for the pages; warns like check
# A SCENARIO is a name like ch05/silence, or its last part; without one it is
# all that are long. environment: CODE and B as in the Makefile.
# A kept recording has one more line in its head, "long FINGERPRINT": what the
# scenario was, and its programs with the library, without their comments.
# Exit 1 if something is wrong, each with one line, 2 for wrong arguments, 77 if
# this machine cannot make the sandbox.
set -eu

code=${CODE:-code}
build=${B:-build}
kept=recordings

# all: the names of the long scenarios.
all() {
    grep -rlE '^long [0-9]+$' --include='*.scenario' "$code" |
        sed "s|^$code/||; s|\.scenario\$||" | sort
}

# named NAME: the long scenario of that name.
named() {
    all | grep -E "(^|/)$1\$" || {
        echo "long.sh: there is no long scenario '$1'; there are:" >&2
        all | sed 's/^/  /' >&2
        exit 2
    }
}

# sources SCENARIO: the C files of the programs that it starts, and the library.
sources() {
    grep -oE '\./[a-z_0-9]+' "$code/$1.scenario" | sort -u |
        sed "s|^\.|$code/${1%/*}|; s|\$|.c|" | while read -r file; do
            [ ! -f "$file" ] || echo "$file"
        done
    ls "$code"/lib/*
}

# fingerprint SCENARIO: changes if what is recorded could have changed.
fingerprint() {
    {
        sed 's/^about .*/about/' "$code/$1.scenario"
        sources "$1" | while read -r file; do
            gcc -fpreprocessed -dD -E -P -x c "$file" | tr -s '[:space:]' ' '
        done
    } | sha256sum | cut -c -16
}

# record SCENARIO: play it; its recording becomes the kept one.
record() {
    print=$(fingerprint "$1")
    mkdir -p "$kept/${1%/*}"
    "$build/bin/record" --bin "$build/bin/${1%/*}" \
        --where './tangle.sh --where' -o "$kept/$1.new" \
        "$code/$1.scenario" || {
        status=$?
        rm -f "$kept/$1.new"
        return "$status"
    }
    sed "/^date /a long $print" "$kept/$1.new" >"$kept/$1.rec"
    rm "$kept/$1.new"
    echo "$kept/$1.rec"
}

# check SCENARIO: print what is wrong with its recording; then the status is 1.
check() {
    [ -f "$kept/$1.rec" ] || {
        echo "$kept/$1.rec: missing; make record-long S=${1#*/} makes it"
        return 1
    }
    grep -qFx "long $(fingerprint "$1")" "$kept/$1.rec" || {
        echo "$kept/$1.rec: stale, its scenario or programs have changed;" \
            "make record-long S=${1#*/} makes it again"
        return 1
    }
}

# check_named SCENARIO...
check_named() {
    bad=0
    for scenario; do
        check "$scenario" || bad=1
    done
    return "$bad"
}

# check_all: every scenario, and that nothing else is kept.
check_all() {
    # shellcheck disable=SC2046 # a list of words
    check_named $(all) || bad=1
    for file in "$kept"/*/*; do
        name=${file#"$kept"/}
        if [ -e "$file" ] && ! all | grep -qFx "${name%.rec}"; then
            echo "$file: there is no long scenario of this name"
            bad=1
        fi
    done
    return "$bad"
}

# record_all SCENARIO...: all at the same time; they mostly wait.
record_all() {
    pids=
    for scenario; do
        seconds=$(sed -n 's/^long //p' "$code/$scenario.scenario")
        echo "$scenario takes about $seconds seconds"
        record "$scenario" &
        pids="$pids $!"
    done
    status=0
    for pid in $pids; do
        wait "$pid" || status=$?
    done
    return "$status"
}

# usage_error MESSAGE: one line on stderr, exit 2.
usage_error() {
    echo "long.sh: $*" >&2
    exit 2
}

job=${1-}
[ $# -eq 0 ] || shift
case $job in
record | check)
    names=
    for name; do
        name=$(named "$name")
        names="$names $name"
    done
    # shellcheck disable=SC2046,SC2086 # lists of words
    case $job:$# in
    record:*) record_all ${names:-$(all)} ;;
    check:0) check_all ;;
    check:*) check_named $names ;;
    esac
    ;;
copy)
    [ $# -eq 2 ] || usage_error "copy takes a scenario and a file"
    check "$1" >&2 || [ -f "$kept/$1.rec" ]
    cp "$kept/$1.rec" "$2"
    ;;
*) usage_error "usage: long.sh record|check|copy (see its first lines)" ;;
esac
