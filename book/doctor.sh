#!/bin/sh
# doctor.sh - say what this machine can do for the book, and what it cannot.
# Does the recorder's real sandbox set-up, looks for the programs and fonts of
# packages.txt, and says what is skipped. environment: B as in the Makefile.
# Exit 0 if everything is there, 1 if something is missing.
set -u

record=${B:-build}/bin/record
missing=0

# report WORD TEXT: one line, "ok" in front or what to do about it.
report() {
    printf '%-8s%s\n' "$1" "$2"
}

echo "Sandbox (real shells in private namespaces), step by step:"
if "$record" --probe; then
    report ok "all scenarios can be recorded here"
else
    report SKIPPED "scenarios cannot be recorded here; the book will say so,"
    report "" "and 'make check' reports their tests as skipped"
    missing=1
fi

echo "Programs:"
for program in notangle pandoc lua5.4 ctags xelatex rsvg-convert gnuplot ss netstat \
    ps gcc clang valgrind entr cppcheck shellcheck luacheck bats prove tidy \
    pdffonts; do
    if command -v "$program" >/dev/null; then
        report ok "$program"
    else
        report MISSING "$program (make setup installs it)"
        missing=1
    fi
done

echo "Fonts of the PDF:"
for font in NanumMyeongjo NanumBarunGothic D2Coding Pagella; do
    if fc-list 2>/dev/null | grep -q "$font"; then
        report ok "$font"
    else
        report MISSING "$font (make setup installs it)"
        missing=1
    fi
done
exit $missing
