#!/bin/sh
# stress.sh - play every scenario many times while all cores are busy.
# usage: tests/stress.sh [RUNS [SCENARIO]]   e.g. tests/stress.sh 50 ch05/restart
# environment: B and CODE as in the Makefile; JOBS, how many scenarios at a time
# (twice the cores if not given; most of the time they wait). RUNS: 100 if not
# given. Scenarios that take long (step "long") are left out unless named.
# Every run must succeed and show what the first one showed, and no sandbox may
# be left at the end. Prints a line per scenario and the first
# failures; exit 0 if all is well, 1 if not, 2 for wrong arguments, 77 if this
# machine cannot make the sandbox.
set -eu

cd "$(dirname "$0")/.."
build=${B:-build} code=${CODE:-code}
runs=${1:-100}
case $runs in
'' | *[!0-9]* | 0)
    echo "stress.sh: '$runs' is no number of runs" >&2
    exit 2
    ;;
esac
scenarios=${2:-$(cd "$code" && grep -rLE '^long [0-9]+$' \
    --include='*.scenario' ch* | sed 's|^\./||; s|\.scenario$||' | sort)}
for scenario in $scenarios; do
    [ -f "$code/$scenario.scenario" ] || {
        echo "stress.sh: there is no scenario '$scenario'" >&2
        exit 2
    }
done
"$build/bin/record" --probe >/dev/null || exit 77

work=$(mktemp -d)
busy='' players=
# shellcheck disable=SC2086 # a list of PIDs
trap 'rm -rf "$work"; [ -z "$busy$players" ] || kill $busy $players' EXIT
trap 'exit 1' HUP INT TERM

# once SCENARIO N FOLDER: play it, compare it with the first time.
once() {
    ECHO_STRESS=$$ "$build/bin/record" --bin "$build/bin/${1%/*}" \
        --where './tangle.sh --where' -o "$3/$2" \
        "$code/$1.scenario" 2>"$3/said" || return 1
    awk -f "$code/recorder/same.awk" "$3/1" "$3/$2" >"$3/said"
}

# many SCENARIO FOLDER: play it so many times; say how it went.
many() {
    bad=0 n=0
    while [ "$n" -lt "$runs" ]; do
        n=$((n + 1))
        once "$1" "$n" "$2" || {
            bad=$((bad + 1))
            echo "$1, run $n:"
            sed 's/^/    /' "$2/said"
        }
        [ "$n" -eq 1 ] || rm -f "$2/$n"
    done
    echo "$1: $((runs - bad)) of $runs"
    [ "$bad" -eq 0 ] || : >"$work/failed"
}

for _ in $(seq "$(nproc)"); do
    while :; do :; done &
    busy="$busy $!"
done
# Each job plays every JOBS-th scenario.
jobs=${JOBS:-$((2 * $(nproc)))} players=
for job in $(seq "$jobs"); do
    mkdir "$work/$job"
    # shellcheck disable=SC2086 # a list of words
    (set -- $scenarios
        shift $((job - 1 < $# ? job - 1 : $#))
        while [ $# -gt 0 ]; do
            many "$1" "$work/$job" >"$work/$job.out"
            cat "$work/$job.out"
            rm -f "$work/$job"/*
            shift $((jobs < $# ? jobs : $#))
        done) &
    players="$players $!"
done
# shellcheck disable=SC2086 # a list of PIDs
wait $players
players='' status=0
[ ! -e "$work/failed" ] || status=1
# Process 1 of a sandbox has the recorder's environment; if it is gone, so is
# all that it started.
left=$(grep -lsxz "ECHO_STRESS=$$" /proc/[0-9]*/environ || true)
[ -z "$left" ] || {
    echo "stress.sh: left running: $left" >&2
    status=1
}
exit "$status"
