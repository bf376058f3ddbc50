#!/bin/sh
# lists.sh - print the part of the Makefile that depends on what chapters/
# tangles into: the names of programs, scenarios and pages, and what each
# scenario and page needs. Run from the project's root, after tangle.sh.
# environment: CODE, where the tangled files are (default code).
# No arguments. Exit 1 with one line on stderr if a chapter has no id.
set -eu

code=${CODE:-code}

# names SUFFIX DIR...: the files below the DIRs that end in SUFFIX, without it.
names() {
    suffix=$1
    shift
    (cd "$code" && find "$@" -name "*$suffix") | sed "s/\\$suffix\$//" | sort |
        tr '\n' ' '
}

# page CHAPTER: its id in the metadata block, the name of its page.
page() {
    id=$(sed -n '/^id: */{s///p;q;}' "$1")
    [ -n "$id" ] || {
        echo "$1:1: the metadata block has no id" >&2
        exit 1
    }
    echo "$id"
}

chapter_dirs=$(cd "$code" && find . -path './ch*' -type d | sort)
scenarios=
if [ -n "$chapter_dirs" ]; then
    # shellcheck disable=SC2086 # a list of words
    set -- $chapter_dirs
    echo "programs := $(names .c "$@" | sed 's|\./||g')"
    scenarios=$(names .scenario "$@" | sed 's|\./||g')
fi
echo "library := $(names .c lib)"
echo "recorder := $(names .c recorder)"
echo "scenarios := $scenarios"

# A scenario is recorded again when a program changes that it names as ./x.
for scenario in $scenarios; do
    chapter=${scenario%%/*}
    grep -oE '\./[a-z_0-9]+' "$code/$scenario.scenario" | sort -u |
        while read -r program; do
            [ ! -f "$code/$chapter/$program.c" ] ||
                echo "\$(B)/recordings/$scenario.rec:" \
                    "\$(B)/bin/$chapter/${program#./}"
        done
done

# in_order: the chapters as the book has them, the preface first.
in_order() {
    for chapter in chapters/*.nw; do
        case ${chapter#chapters/} in
        preface*) echo "0 $chapter" ;;
        ch[0-9]*) echo "1 $chapter" ;;
        *) echo "2 $chapter" ;;
        esac
    done | sort | cut -d ' ' -f 2
}

# A page is woven again when its chapter or what it shows changes: the
# recordings and figures that the chapter names.
for chapter in $(in_order); do
    id=$(page "$chapter")
    echo "pages += $id"
    echo "chapter_$id := $chapter"
    needs=$(grep -oE 'figures/[A-Za-z0-9_-]+\.svg' "$chapter" |
        sort -u | sed 's|^|book/|')
    for scenario in $scenarios; do
        ! grep -qF "$scenario" "$chapter" ||
            needs="$needs \$(B)/recordings/$scenario.rec"
    done
    # shellcheck disable=SC2086 # a list of words
    echo "needs_$id :=" $needs
done
