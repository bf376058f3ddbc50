#!/bin/sh
# Every scenario of the book as a test: it is played again, all that it expects
# must happen, and what it shows must be what the pages show. A scenario that
# cannot be played on this machine is reported as skipped, with the reason. Those
# that take long are not played: what is kept of them must be theirs.
set -u

cd "$(dirname "$0")/.." || exit 1
build=${B:-build} code=${CODE:-code}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# comment FILE: its lines as TAP diagnostics.
comment() {
    sed 's/^/# /' "$1"
}

# play SCENARIO (ch05/name): its line of TAP, without the number.
play() {
    recording=$build/recordings/$1.rec
    "$build/bin/record" --bin "$build/bin/${1%/*}" \
        --where './tangle.sh --where' -o "$work/again.rec" \
        "$code/$1.scenario" >"$work/said" 2>&1
    case $? in
    0)
        if awk -f "$code/recorder/same.awk" "$recording" "$work/again.rec" \
            >"$work/said" 2>&1; then
            echo "ok $2 - $1"
        else
            echo "not ok $2 - $1 shows what the pages show"
            comment "$work/said"
        fi
        ;;
    77) echo "ok $2 - $1 # skip $(sed -n 's/^skipped //p' "$work/again.rec")" ;;
    *)
        echo "not ok $2 - $1"
        comment "$work/said"
        ;;
    esac
}

# shellcheck disable=SC2046 # a list of words
set -- $(cd "$code" && grep -rLE '^long [0-9]+$' --include='*.scenario' ch* |
    sed 's|^\./||; s|\.scenario$||' | sort)
echo "1..$(($# + 1))"
n=1
if book/long.sh check >"$work/said" 2>&1; then
    echo "ok 1 - recordings/ holds the recordings of the long scenarios"
else
    echo "not ok 1 - recordings/ holds the recordings of the long scenarios"
    comment "$work/said"
fi
for scenario; do
    n=$((n + 1))
    play "$scenario" "$n"
done
