# helpers.bash - what the test files share. `load helpers` at the top of one.
# Tests read the tree and write only below BATS_TEST_TMPDIR.

# shellcheck shell=bash disable=SC2154 # output, set by `run`

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
B=${B:-build}
case $B in
/*) ;;
*) B=$ROOT/$B ;;
esac
export LC_ALL=C.UTF-8

# need PROGRAM...: skip the test, visibly, where a program is missing.
need() {
    local program
    for program; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

# has TEXT: the last `run` printed TEXT somewhere.
has() {
    [[ $output == *"$1"* ]] || {
        printf 'expected: %s\nin:\n%s\n' "$1" "$output"
        return 1
    }
}

# hasnt TEXT: the last `run` did not print TEXT.
hasnt() {
    [[ $output != *"$1"* ]] || {
        printf 'not expected: %s\nin:\n%s\n' "$1" "$output"
        return 1
    }
}

# is TEXT: the last `run` printed TEXT and nothing else.
is() {
    [[ $output == "$1" ]] || {
        printf 'expected:\n%s\ngot:\n%s\n' "$1" "$output"
        return 1
    }
}

# nothing_in FILE: FILE is empty, or its content is the test's message.
nothing_in() {
    [ ! -s "$1" ] || {
        cat "$1"
        return 1
    }
}

# eventually COMMAND...: try until it succeeds, for two minutes at most. Between
# two tries the CPU is left to what it waits for: a look at a pipe that nobody
# writes to.
eventually() {
    local end=$((SECONDS + 120)) never=$BATS_FILE_TMPDIR/never
    [ -p "$never" ] || mkfifo "$never"
    until "$@"; do
        ((SECONDS < end)) || {
            echo "waited in vain: $*"
            return 1
        }
        read -rt 0.01 <>"$never" || true
    done
}

# built FOLDER [VARIABLE=VALUE...]: tangle and compile everything by the
# Makefile's own rules, below FOLDER instead of in the tree.
built() {
    local folder=$1
    shift
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u DEBUG \
        make -C "$ROOT" --no-print-directory -j2 \
        B="$folder" CODE="$folder/code" "$@" build answers
}

# flags: CFLAGS as the Makefile has them.
flags() {
    env -u MAKEFLAGS -u DEBUG make -C "$ROOT" -npq help |
        sed -n 's/^CFLAGS := //p'
}

# exhibits: the programs of code/ that are compiled as their first line says,
# by name (ch05/x). They show the faults of others and are neither clean nor
# polite: tests that ask for that leave them out by asking here.
exhibits() {
    local file
    (cd "$ROOT/code" && find ch* -name '*.c') | while IFS= read -r file; do
        ! head -n 1 "$ROOT/code/$file" | grep -q 'build:' || echo "${file%.c}"
    done
}

# is_exhibit NAME: of this name, with its chapter (ch05/x).
is_exhibit() {
    exhibits | grep -qxF -- "$1"
}

# shellcheck disable=SC2034 # for the test files
SANITIZE="-g -fsanitize=address,undefined -fno-sanitize-recover=all \
-fno-omit-frame-pointer"
