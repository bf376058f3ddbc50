#!/bin/sh
# Makes the PDF of one edition from its woven chapters.
#
#   book/pdf.sh ko|en OUT.pdf CHAPTER.tex...
#
# The chapters are book/weave.sh's, in any order; their figures stand beside
# them. XeLaTeX runs in OUT.d/, until page numbers and tags stay the
# same; what it left there makes the next time shorter. An error, a line over
# the margin or a character that no font has is printed with its place in the
# chapter; then the exit status is 1 and OUT.pdf is what it was before.
set -eu

usage() {
    echo "usage: pdf.sh ko|en OUT.pdf CHAPTER.tex..." >&2
    exit 2
}

[ $# -ge 3 ] || usage
lang=$1 out=$2
shift 2
case $lang in ko | en) ;; *) usage ;; esac
for chapter; do
    [ -r "$chapter" ] || { echo "$chapter: cannot be read" >&2; exit 1; }
done

book=$(cd "$(dirname "$0")" && pwd)
work=${out%.pdf}.d
mkdir -p "$work"
folders=$(for chapter; do (cd "$(dirname "$chapter")" && pwd); done | sort -u |
    tr '\n' ':')
trap 'rm -f "$work/new.pdf"' EXIT
trap 'exit 1' HUP INT TERM

# matter CHAPTER...: title, colophon, lists; from the last run's .aux file.
matter() {
    lua5.4 "$book/matter.lua" "$lang" "$work" "$work/book.aux" "$@"
}

# state: what decides whether another run would change anything.
state() {
    cat "$work/book.aux" "$work/book.toc" "$work/book.out" \
        "$work/identifiers.tex" 2>/dev/null | cksum
}

# run_xelatex: one run, without the PDF.
run_xelatex() {
    (cd "$work" && max_print_line=2000 TEXINPUTS="$folders$book:" \
        xelatex -no-pdf -no-shell-escape -interaction=nonstopmode \
        -halt-on-error -file-line-error book.tex >/dev/null)
}

# not_made: end.
not_made() {
    echo "$out: not made; the log is $work/book.log" >&2
    exit 1
}

matter "$@"
for run in 1 2 3 4 5 6; do
    before=$(state)
    run_xelatex || {
        # A broken .aux file must not break the next run too.
        rm -f "$work/book.aux" "$work/book.toc" "$work/book.out"
        lua5.4 "$book/texlog.lua" "$work/book.log" "$@" || :
        not_made
    }
    matter "$@"
    [ "$(state)" != "$before" ] || break
    [ "$run" -lt 6 ] || {
        echo "$out: page numbers do not settle" >&2
        exit 1
    }
done
lua5.4 "$book/texlog.lua" "$work/book.log" "$@" || not_made
(cd "$work" && TEXINPUTS="$folders$book:" xdvipdfmx -q -o new.pdf book.xdv)
mv "$work/new.pdf" "$out"
