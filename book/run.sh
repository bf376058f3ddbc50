#!/bin/sh
# run.sh - play a chapter's scenarios live in this terminal.
# usage: book/run.sh CHAPTER [SCENARIO]     e.g. book/run.sh ch05 normal_startup
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
[ -z "$only" ] || [ -f "$code/$only.scenario" ] || {
    echo "run.sh: $chapter has no scenario '$only'; it has:" >&2
    (cd "$code" && printf '  %s\n' *.scenario | sed 's/\.scenario$//') >&2
    exit 2
}
step=
if [ -t 0 ] && [ -t 1 ]; then
    step=--step
fi
for scenario in "$code"/${only:-*}.scenario; do
    "$bin/record" --live $step --bin "$bin/$chapter" \
        --where './tangle.sh --where' "$scenario"
done
