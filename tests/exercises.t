#!/bin/sh
# Every exercise as a test: what the reader starts with fails for its reason,
# each wrong solution gets its own diagnosis, the solution passes. (That an
# exercise is complete, with three hints in both languages, index.lua sees.)
# environment: B and CODE as in the Makefile; RUNS, how often to check each
# solution (default 1). An exercise that cannot be checked on this machine is
# skipped. The plan comes from the files of the exercises, not from what the
# checks say: a check that dies and says nothing is not ok.
set -u

cd "$(dirname "$0")/.." || exit 1
build=${B:-build} code=${CODE:-code} runs=${RUNS:-1}
L=en
export L
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# files NUMBER: what prove has to say something about, a line each.
files() {
    (
        cd "$code/exercises/$1" && ls starter.* wrong_* || exit
        for _ in $(seq "$runs"); do ls solution.*; done
    ) | sed "s/^/$1 /"
}

# results NUMBER: its lines of TAP: those of prove, and one for each file that
# prove says nothing about.
results() {
    awk '
        FILENAME == ARGV[1] { missing[$0]++; next }
        !/^((not )?ok - |#)/ { $0 = "# " $0 }
        { print; sub(/^(not )?ok - /, ""); sub(/:.*/, ""); missing[$0]-- }
        END {
            for (file in missing)
                while (missing[file]-- > 0)
                    print "not ok - " file ": the check has died"
        }' "$work/$1.files" "$work/$1"
}

cut -f 1 "$build/exercises/list" >"$work/list"
[ -s "$work/list" ] || exit 1
while read -r number; do
    files "$number" >"$work/$number.files"
    : >"$work/$number"
done <"$work/list"
echo "1..$(cat "$work"/*.files | wc -l)"

# Several at a time: each runs in a sandbox of its own, and most of what it does
# is to wait for what a wrong solution never does.
# shellcheck disable=SC2016 # for the inner shell
xargs -P "$((2 * $(nproc)))" -I @@ sh -c '
    book/exercise.sh prove @@ "$1" >"$2/@@" 2>&1 || echo $? >"$2/@@.status"
    ' sh "$runs" "$work" <"$work/list"
while read -r number; do
    if [ "$(cat "$work/$number.status" 2>/dev/null)" = 77 ]; then
        sed "s|.*|ok - & # skip $(tail -n 1 "$work/$number")|" "$work/$number.files"
    else
        results "$number"
    fi
done <"$work/list"
