#!/bin/sh
# run.sh - play a chapter's scenarios live in this terminal, and do its
# experiments, in the order in which the chapter tells them.
# usage: book/run.sh CHAPTER [NAME]     e.g. book/run.sh ch05 normal_startup
# environment: CODE and B as in the Makefile; L for the language (language.sh).
# What takes long (step "long") is left out unless named. Waits for Enter
# between pieces and between scenarios if a person is watching.
# Exit 1 if one of them does not go as the book says, 2 for a wrong argument,
# 77 if this machine cannot make the sandbox.
set -eu

chapter=$1
only=${2-}
code=${CODE:-code}/$chapter
bin=${B:-build}/bin
tab=$(printf '\t')

# shellcheck source=book/language.sh
. "$(dirname "$0")/language.sh"

# told PAGE...: what the pages of a chapter tell, a line for each piece of a
# scenario and for each experiment: the name of its file, a tab, number and
# title of the section.
told() {
    awk -v lang="$lang" -v chapter="$chapter" '
    function title(text) {
        sub(/^#+ */, "", text)
        sub(/ *\{#[^}]*\}$/, "", text)
        sub(lang == "ko" ? " [|] .*" : "^.* [|] ", "", text)
        gsub(/[`*]/, "", text)
        return text
    }
    FNR == 1                   { chunk = fence = 0 }
    FNR < 10 && /^number: /    { if ($2 != number) sections = 0
                                 number = $2 }
    !chunk && /^(```|~~~)/     { fence = !fence }
    chunk || fence             { if (/^@( |$)/) chunk = 0; next }
    /^## /  { section = number "." ++sections; subsections = 0
              heading = section " " title($0) }
    /^### / { heading = section "." ++subsections " " title($0) }
    /^<<.*>>=$/ {
        chunk = 1
        if (sub("^<<" chapter "/", "") &&
            sub(/\.scenario>>=$/, ".scenario") + \
            sub(/\.experiment>>=$/, ".experiment"))
            print $0 "\t" heading
    }' "$@"
}

# is_long FILE: it takes long.
is_long() {
    grep -qE '^long [0-9]+$' "$code/$1"
}

# titles FILE: a line for each of its pieces: number and title of the section,
# or nothing if that is the section of the piece before.
titles() {
    sed -n "s/^$1$tab//p" "$work/told" |
        awk '{ print $0 == before ? "" : $0; before = $0 }'
}

# list: the names of all of them, and where they are told.
list() {
    while read -r file; do
        note=
        ! is_long "$file" || note=$(say ' (오래 걸림)' ' (takes long)')
        printf '  %-22s %s%s\n' "${file%.*}" \
            "$(titles "$file" | sed -n 1p)" "$note"
    done <"$work/order"
}

# play FILE: in this terminal. Ends the program if it goes wrong.
play() {
    file=$1 name=${1%.*}
    titles=$(titles "$file")
    again="make run-$(echo "$chapter" | sed 's/^ch0*/ch/') S=$name"
    set -- --bin "$bin/$chapter"
    case $file in
    *.experiment)
        printf '\n%s\n' "$titles"
        set -- "$@" --bin "$bin/lab"
        ;;
    esac
    status=0
    "$bin/record" --live $step --lang "$lang" --titles "$titles" "$@" \
        --where './tangle.sh --where' "$code/$file" || status=$?
    [ "$status" -ne 0 ] || return 0
    [ "$status" -ge 128 ] || say "
$name: 책에 적힌 대로 되지 않았습니다. 위의 메시지가 각본의 어느 줄에서 무엇을
기다렸는지 말해 줍니다. 프로그램을 고쳤다면 그 때문일 수 있습니다.
    다시 보기: $again
    이 컴퓨터에서 되는 것과 안 되는 것: make doctor" "
$name: this did not go as the book says. The message above names the line of the
scenario and what it waited for. If you have changed a program, that may be why.
    to see it again: $again
    what this machine can and cannot do: make doctor" >&2
    exit "$status"
}

[ -d "$code" ] || {
    say "run.sh: '$chapter': 그런 장이 없거나, 있어도 프로그램이 없습니다" \
        "run.sh: there is no chapter '$chapter' with programs" >&2
    exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP TERM

set --
for page in "chapters/$chapter.nw" "chapters/$chapter"-*.nw chapters/app*.nw; do
    [ ! -f "$page" ] || set -- "$@" "$page" # appendices tell some too
done
told "$@" >"$work/told"
cut -f 1 "$work/told" | awk '!seen[$0]++' >"$work/order"

if [ -n "$only" ]; then
    found=$(grep -Fx -e "$only.scenario" -e "$only.experiment" \
        "$work/order") || {
        say "run.sh: $chapter에는 '$only'라는 각본이 없습니다. 있는 것은" \
            "run.sh: $chapter has no scenario '$only'; it has:" >&2
        list >&2
        exit 2
    }
    set -- "$found"
else
    set --
    while read -r file; do
        is_long "$file" || set -- "$@" "$file"
    done <"$work/order"
fi

"$bin/record" --probe >/dev/null || {
    say "이 컴퓨터에서는 각본을 실행할 수 없습니다. 무엇이 안 되는지는 make doctor가
말해 줍니다." "No scenario can be played on this machine. make doctor says what is
missing." >&2
    exit 77
}
step=
if [ -t 0 ] && [ -t 1 ]; then
    step=--step
fi
while [ $# -gt 0 ]; do
    play "$1"
    shift
    if [ $# -gt 0 ] && [ -n "$step" ]; then
        printf -- '-- Enter --'
        read -r _ || echo
    fi
done
