# exercise_check.sh - how an exercise is checked; a part of exercise.sh.
# shellcheck shell=sh disable=SC2154 # exercise.sh sets number, program, lang ...

record=$build/bin/record
library=$build/lib/libecho.a
seconds=180             # for one way of running a scenario
warnings="-std=c17 -D_POSIX_C_SOURCE=200809L -I$code/lib -Wall -Wextra -Werror"
# One runtime for both: two of them would each write a part of a report.
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all
    -static-libasan -static-libubsan"

# compile SOURCE OUT [FLAG...]: the program under test, as the reader's own
# compiler would, with the guard.
compile() {
    from=$1 out=$2
    shift 2
    # shellcheck disable=SC2086 # lists of words
    timeout "${COMPILE_TIME:-60}" gcc $warnings -g -O1 -fno-omit-frame-pointer "$@" -o "$out" \
        "$from" "$code/exercises/lib/guard.c" "$library"
}

# furnish FOLDER: what else the scenario starts goes beside the program: the
# clients, and programs of the chapter.
furnish() {
    chapter=${number%%.*}
    [ ${#chapter} -gt 1 ] || chapter=0$chapter
    grep -oE '\./[a-z_0-9]+' "$source/check.scenario" | sort -u |
        while read -r name; do
            name=${name#./}
            for from in "$build/bin/exercises/$name" \
                "$build/bin/ch$chapter/$name"; do
                [ -e "$1/$name" ] || [ ! -x "$from" ] || cp "$from" "$1/$name"
            done
        done
}

# under_valgrind FOLDER: a script in the program's place starts valgrind. The
# program keeps its name, which its messages begin with.
under_valgrind() {
    mv "$1/$program" "$1/$program.checked"
    cat >"$1/$program" <<END
#!/bin/sh
mkdir -p .checked
[ -e .checked/$program ] || ln $program.checked .checked/$program
export UNDER_VALGRIND=1
exec valgrind --leak-check=full --show-leak-kinds=definite,indirect \\
    --track-fds=yes --trace-children=yes --num-callers=12 \\
    --log-file=/tmp/evidence/valgrind.%p .checked/$program "\$@"
END
    chmod +x "$1/$program"
}

# report WAY STATUS: what came of playing the scenario this way; the verdict
# (passed, or the claim that failed) goes to $run/verdict.
report() {
    lua5.4 "$(dirname "$0")/exercise_report.lua" "$lang" "$1" "$2" \
        "$source/check.scenario" "$run" "$texts/links" "$subject" \
        "$program"
}

# play WAY SLOW: play the scenario with the program in $run/WAY.
play() {
    status=0
    # shellcheck disable=SC2086 # a list of words
    timeout -k 5 $((seconds * $2)) "$record" --exercise "$run/evidence" \
        --slow "$2" --bin "$run/$1" $answers "$source/check.scenario" \
        2>"$run/said" || status=$?
    [ "$status" -ne 77 ] || return 77
    report "$1" "$status" >"$run/report"
    [ "$(cat "$run/verdict")" = passed ]
}

# crashed: the program was killed by a signal that sanitizers explain.
crashed() {
    grep -qE 'Segmentation fault|Aborted|Bus error|Floating point|Illegal' \
        "$run/said"
}

# compiled WAY [FLAG...]: make $run/WAY for this way of running: the program,
# and what goes beside it. If it does not compile, $run/report says why.
compiled() {
    way=$1
    shift
    mkdir "$run/$way"
    compile "$subject" "$run/$way/$program" "$@" 2>"$run/said" || {
        report compile 1 >"$run/report"
        return 1
    }
    furnish "$run/$way"
}

# play_plain, play_sanitized, play_valgrind: compile it for this way, and
# play the scenario. What is not needed is not compiled: linking with the
# sanitizers takes longer than most scenarios.
play_plain() { compiled plain && play plain 1; }
# shellcheck disable=SC2086 # a list of words
play_sanitized() { compiled sanitized $sanitizers && play sanitized 2; }
play_valgrind() {
    compiled valgrind && under_valgrind "$run/valgrind" && play valgrind 6
}

# examine SUBJECT: check this source file. Sets verdict; $run/report is for
# the reader. Returns 0 if all holds, 1 if not, 77 without a sandbox.
examine() {
    subject=$1 answers=
    rm -rf "$run"
    mkdir -p "$run"
    result=0
    if [ "$suffix" = txt ]; then
        take_answers && mkdir "$run/plain" && furnish "$run/plain" &&
            play plain 1 || result=$?
    else
        play_plain || {
            result=$?
            ! crashed || play_sanitized || true
        }
        [ $result -ne 0 ] || play_sanitized || result=$?
        [ $result -ne 0 ] || play_valgrind || result=$?
    fi
    [ $result -ne 77 ] || {
        cat "$run/said" >&2
        return 77
    }
    verdict=$(cat "$run/verdict")
    [ "$verdict" = passed ]
}

# answer NAME: what the reader has written behind NAME =, if it is one word.
answer() {
    sed -n "s/^ *$1 *= *\([A-Za-z0-9_.-]\{1,\}\) *\$/\1/p" "$subject"
}

# take_answers: the answers of an exercise that is answered in words, as
# options of the recorder. The starter has a line NAME = for each question,
# and the words to choose from, if they are given. $run/report says which
# answers are missing, or are none of these.
take_answers() {
    answers=
    : >"$run/said"
    while read -r name choices; do
        given=$(answer "$name")
        case " ${choices:-$given} " in
        *" ${given:-/} "*) answers="$answers --set $name=$given" ;;
        *) echo "$name = $choices" >>"$run/said" ;;
        esac
    done <<END
$(sed -n 's/^ *\([a-z][a-z0-9_]*\) *= */\1 /p' "$source/starter.txt")
END
    [ ! -s "$run/said" ] || {
        report answers 1 >"$run/report"
        return 1
    }
}

check() {
    [ -f "$file" ] || {
        say "$file: 없습니다. make start-$number 가 출발점을 둡니다." \
            "$file is not there. make start-$number puts the starter there." >&2
        exit 1
    }
    run=$(mktemp -d)
    trap 'rm -rf "$run"' EXIT
    trap 'exit 1' HUP INT TERM
    echo "$number $title"
    status=0
    examine "$file" || status=$?
    if [ $status -eq 77 ]; then
        say "이 컴퓨터에서는 실험실을 만들 수 없어서 검사하지 못합니다. make doctor가 까닭을 말해 줍니다." \
            "No sandbox can be made on this machine, so nothing can be checked. make doctor says why." >&2
        exit 77
    fi
    cat "$run/report"
    if [ $status -eq 0 ]; then
        note passed
        say "
통과했습니다. 책의 풀이와 견주어 보려면 make solution-$number." "
Passed. To compare with the book's solution: make solution-$number."
    else
        [ -n "$hinted" ] || say "
막히면 make hint-$number." "
If you are stuck: make hint-$number."
    fi
    exit $status
}
hinted=

watch() {
    command -v entr >/dev/null || {
        say "entr가 없습니다. make setup이 설치합니다." \
            "entr is not installed; make setup installs it." >&2
        exit 1
    }
    [ -f "$file" ] || check
    say "$file 을 저장할 때마다 검사합니다. Ctrl-C로 끝냅니다." \
        "Checks whenever $file is saved. Ctrl-C ends it."
    # entr stops when the file was replaced by another, as editors do
    while :; do
        status=0
        echo "$file" | entr -nr "$0" check "$number" || status=$?
        [ $status -eq 2 ] && [ -f "$file" ] || exit $status
    done
}

# expect CLAIM FILE: for prove: one line, whether the check says this of FILE.
expect() {
    status=0
    examine "$source/$2" || status=$?
    [ $status -ne 77 ] || exit 77
    if [ "$verdict" = "$1" ]; then
        echo "ok - $number $2: $1"
    else
        echo "not ok - $number $2: $1, but the check says $verdict"
        sed 's/^/# /' "$run/report"
        failed=1
    fi
}

prove() {
    run=$(mktemp -d) failed=0
    trap 'rm -rf "$run"' EXIT
    trap 'exit 1' HUP INT TERM
    expect "$fails" "starter.$suffix"
    for wrong in "$source"/wrong_*; do
        expect "$(sed -n '1s/^.*WRONG, fails "\([a-z0-9_]*\)".*/\1/p' "$wrong")" \
            "${wrong##*/}"
    done
    for _ in $(seq "${2:-1}"); do
        expect passed "solution.$suffix"
    done
    exit $failed
}
