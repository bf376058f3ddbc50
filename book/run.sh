#!/bin/sh
# run.sh - play a chapter's scenarios live in this terminal, and do its
# experiments.
# usage: book/run.sh CHAPTER [NAME]     e.g. book/run.sh ch05 normal_startup
# environment: CODE and B as in the Makefile.
# Waits for Enter between the pieces of a scenario if a person is watching.
# Exit 1 if a scenario does not go as the book says, 2 for a wrong argument,
# 77 if this machine cannot make the sandbox.
set -eu

chapter=$1
only=${2-}
code=${CODE:-code}/$chapter
bin=${B:-build}/bin

[ -d "$code" ] || {
    echo "run.sh: there is no chapter '$chapter' with programs" >&2
    exit 2
}
set --
for file in "$code"/${only:-*}.scenario "$code"/${only:-*}.experiment; do
    [ ! -f "$file" ] || set -- "$@" "$file"
done
[ $# -gt 0 ] || [ -z "$only" ] || {
    echo "run.sh: $chapter has no scenario '$only'; it has:" >&2
    (cd "$code" && find . -name '*.scenario' -o -name '*.experiment') | sort |
        sed 's|^\./|  |; s|\.[a-z]*$||' >&2
    exit 2
}
step=
if [ -t 0 ] && [ -t 1 ]; then
    step=--step
fi
for file; do
    set -- --bin "$bin/$chapter"
    case $file in *.experiment) set -- "$@" --bin "$bin/lab" ;; esac
    "$bin/record" --live $step "$@" --where './tangle.sh --where' "$file"
done
