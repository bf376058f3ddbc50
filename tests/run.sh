#!/bin/sh
# run.sh - run every test once; `make check` calls this after building.
# usage: tests/run.sh [FILE...]     only these test files
# environment: B as in the Makefile; JOBS, how many files at a time.
# Each test file is a program that prints TAP; prove runs them and shows what has
# failed, with what it says. Its summary comes last. Exit 0 if all passed.
set -eu

cd "$(dirname "$0")/.."
# The longest come first, so that none is left to run alone in the end.
[ $# -gt 0 ] || set -- tests/*.t tests/*.bats
# One more than the cores: much of the time, a test waits for something.
exec prove --timer --merge --failures --comments -j "${JOBS:-$(($(nproc) + 1))}" --exec '' "$@"
