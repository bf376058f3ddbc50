#!/bin/sh
# exercise.sh - the exercises, for the reader; the Makefile's goals call it.
# usage: book/exercise.sh list
#        book/exercise.sh start|check|hint|watch|solution NUMBER
#        book/exercise.sh prove NUMBER [RUNS]
# NUMBER is that of the book (5.10a), or of the section if it has one exercise.
# start puts the starter into work/NUMBER/; nothing that is there is changed.
# check compiles what stands there, plays its scenario with it, once more with
# sanitizers and once under valgrind, and says what holds and what does not.
# hint gives the next of three hints, solution the solution if the check has
# passed once or SHOW=1. watch checks again whenever the file is saved. prove is
# for authors: the starter and every wrong solution must get the diagnosis that
# they name, the solution must pass RUNS times (default 1).
# environment: CODE and B as in the Makefile, L (see language.sh), WORK (the
# reader's folder, default work).
# Exit 0 if all is well, 1 if a check fails, 2 for a wrong argument, 77 if this
# machine cannot make the sandbox.
set -eu

# shellcheck source=book/language.sh
. "$(dirname "$0")/language.sh"

code=${CODE:-code}
build=${B:-build}
home=${WORK:-work}
texts=$build/exercises
tab=$(printf '\t')

# wrong_use KOREAN ENGLISH: one line on standard error, exit 2.
wrong_use() {
    say "$@" >&2
    exit 2
}

# choose NUMBER: sets number and all else that is known of the exercise.
choose() {
    found=$(grep -E "^${1%[a-z]}[a-z]$tab" "$texts/list" || true)
    case $1 in
    *[a-z]) found=$(printf '%s\n' "$found" | grep "^$1$tab" || true) ;;
    esac
    case $(printf '%s' "$found" | grep -c .) in
    0) wrong_use "연습 $1은 없습니다. make exercises가 모두 보여 줍니다." \
        "There is no exercise $1. make exercises lists them all." ;;
    1) ;;
    *) wrong_use "$1절에는 연습이 여럿입니다: $(printf '%s' "$found" |
        cut -f 1 | tr '\n' ' ')" "Section $1 has several exercises: $(
        printf '%s' "$found" | cut -f 1 | tr '\n' ' ')" ;;
    esac
    # shellcheck disable=SC2034 # for exercise_check.sh
    IFS=$tab read -r number program kind level fails _ title_ko title_en <<END
$found
END
    title=$(say "$title_ko" "$title_en")
    source=$code/exercises/$number
    suffix=c file=$home/$number/$program.c
    if [ -f "$source/starter.txt" ]; then
        suffix=txt file=$home/$number/answers.txt
    fi
}

# note WORD [N]: remember how far the reader has come.
note() {
    mkdir -p "$home"
    echo "$number $*" >>"$home/.progress"
}

# noted WORD: how often note has had that word for this exercise.
noted() {
    [ -f "$home/.progress" ] || {
        echo 0
        return
    }
    grep -c "^$number $1" "$home/.progress" || true
}

stars() {
    case $1 in
    1) echo '★☆☆' ;;
    2) echo '★★☆' ;;
    *) echo '★★★' ;;
    esac
}

# kind_name KIND: what kind of exercise it is.
kind_name() {
    case $1 in
    repair) say 고치기 repair ;;
    fill) say 채우기 'fill in' ;;
    extend) say 넓히기 extend ;;
    predict) say '맞혀 보기' predict ;;
    choose) say 고르기 choose ;;
    leak) say '새는 곳 찾기' 'find the leak' ;;
    *) say 프로젝트 project ;;
    esac
}

# state: how far the reader is with this exercise.
state() {
    hints=$(noted hint)
    if [ "$(noted passed)" -gt 0 ]; then
        say '통과' 'passed'
    elif [ -f "$file" ]; then
        say "하는 중${hints:+, 힌트 $hints}" "begun${hints:+, hints: $hints}" |
            sed 's/, [^,]* 0$//; s/, [^,]*: 0$//'
    else
        say '-' '-'
    fi
}

list() {
    cut -f 1 "$texts/list" | while read -r one; do
        choose "$one"
        printf '%-7s %s  %s (%s): %s\n' "$number" "$(stars "$level")" \
            "$title" "$(kind_name "$kind")" "$(state)"
    done
    say "
시작하기 make start-5.10a  검사하기 make check-5.10a  힌트 make hint-5.10a" "
To begin: make start-5.10a   to check: make check-5.10a   a hint: make hint-5.10a"
}

start() {
    mkdir -p "${file%/*}"
    if [ -e "$file" ]; then
        say "이미 있어서 그대로 두었습니다: $file" \
            "There already, and left as it is: $file"
    else
        cp "$source/starter.$suffix" "$file.new$$"
        ln "$file.new$$" "$file" # unlike mv, this never replaces a file
        rm "$file.new$$"
    fi
    echo "$number $title  $(stars "$level")"
    echo
    cat "$texts/$number/task.$lang"
    say "
고칠 파일은 $file 입니다. 검사는 make check-$number, 힌트는 make hint-$number." "
Edit $file, then: make check-$number. If you are stuck: make hint-$number."
}

hint() {
    given=$(noted hint)
    [ "$given" -ge 3 ] || {
        given=$((given + 1))
        note hint "$given"
    }
    first=$given
    [ "$(noted hint)" -lt 3 ] || first=1
    for n in $(seq "$first" "$given"); do
        say "힌트 $n/3" "Hint $n of 3"
        sed 's/^/  /' "$texts/$number/hint$n.$lang"
    done
    [ "$given" -lt 3 ] || say "
힌트는 이것이 전부입니다. 그래도 풀리지 않으면 make solution-$number SHOW=1" "
These are all hints. If it still does not work: make solution-$number SHOW=1"
}

solution() {
    if [ "$(noted passed)" -eq 0 ] && [ "${SHOW-}" != 1 ]; then
        say "아직 검사를 통과하지 않았습니다. 풀이를 먼저 보면 얻는 것이 적습니다.
그래도 보려면 make solution-$number SHOW=1. 힌트는 make hint-$number." \
            "The check has not passed yet. You learn less if you see the solution
first. To see it all the same: make solution-$number SHOW=1. Hints: make
hint-$number."
        exit 1
    fi
    cat "$texts/$number/answer.$lang"
    say "
풀이 전체는 $source/solution.$suffix 에 있습니다. 출발점과 다른 곳:" "
The whole solution is $source/solution.$suffix. It differs from the starter here:"
    diff -U 2 "$source/starter.$suffix" "$source/solution.$suffix" | sed 1,2d ||
        true
}

case ${1-} in
list) [ $# -eq 1 ] || wrong_use "list에는 인수가 없습니다" "list takes no argument" ;;
start | check | hint | watch | solution | prove)
    [ $# -ge 2 ] || wrong_use "연습의 번호가 빠졌습니다" "which exercise?"
    choose "$2"
    ;;
*) wrong_use "exercise.sh: list, start, check, hint, watch, solution, prove" \
    "exercise.sh: list, start, check, hint, watch, solution or prove" ;;
esac
case $1 in
check | watch | prove)
    # shellcheck source=book/exercise_check.sh
    . "$(dirname "$0")/exercise_check.sh"
    ;;
esac
"$@"
