#!/bin/sh
# run.sh - run every test once; `make check` calls this after building.
# usage: tests/run.sh [FILE...]     only these test files
# environment: B as in the Makefile; JOBS, how many files at a time.
# Each test file is a program that prints TAP; prove runs them and its summary
# comes last. Exit 0 if all passed.
set -eu

cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- tests/*.bats tests/*.t
exec prove --timer --merge -j "${JOBS:-$(nproc)}" --exec '' "$@"
