#!/usr/bin/env bats
# The code as code: compilers, sanitizers, linters, the library's unit tests.

load helpers

# lib_test FOLDER [FLAG...]: compile the unit tests against code/lib. The
# sources go in, not an archive: what the tests do to read and write must
# reach every call of the library (see the top of tests/lib_test.c).
lib_test() {
    local out=$1
    shift
    # shellcheck disable=SC2046 # a list of words
    "${CC:-gcc}" -D_POSIX_C_SOURCE=200809L -I"$ROOT/code/lib" $(flags) "$@" \
        -Wl,--wrap=read,--wrap=write -o "$out" \
        "$ROOT"/tests/lib_test.c "$ROOT"/code/lib/*.c -lcmocka
}

# passes COMMAND...: the unit tests pass and there are some.
passes() {
    run --separate-stderr env CMOCKA_MESSAGE_OUTPUT=TAP "$@"
    printf '%s\n%s\n' "$output" "${stderr-}"
    [ "$status" -eq 0 ]
    [[ $output == *"ok 20 "* ]]
    hasnt "not ok"
}

# scripts: every shell script of the project, by its first line or its name.
scripts() {
    find "$ROOT" \( -name build -o -name .git \) -prune -o -type f -print |
        while IFS= read -r file; do
            case $file in
            *.bats | *.bash | *.sh) echo "$file" ;;
            *) head -c 40 "$file" | head -n 1 | tr -d '\0' |
                grep -qE '^#!.*[/ ](ba|da)?sh' && echo "$file" ;;
            esac
        done
}

# ---- the compilers

@test "clang compiles all of code/ without a warning" {
    need clang
    built "$BATS_TEST_TMPDIR" CC=clang
}

@test "gcc compiles every C file of code/ without a warning, optimising or not" {
    built "$BATS_TEST_TMPDIR/0" CFLAGS="$(flags) -O0"
    built "$BATS_TEST_TMPDIR" CFLAGS="$(flags) -O3"
    local file
    find "$ROOT/code" -name '*.c' -printf '%P\n' | while read -r file; do
        [ -f "$BATS_TEST_TMPDIR/obj/${file%.c}.o" ] ||
            { is_exhibit "${file%.c}" &&
                [ -x "$BATS_TEST_TMPDIR/bin/${file%.c}" ]; } ||
            echo "code/$file is never compiled"
    done >"$BATS_TEST_TMPDIR/out"
    nothing_in "$BATS_TEST_TMPDIR/out"
}

@test "an exhibit is compiled with the command of its first line alone" {
    local program command
    exhibits >"$BATS_TEST_TMPDIR/exhibits"
    [ -s "$BATS_TEST_TMPDIR/exhibits" ]
    while read -r program; do
        command=$(sed -n '1s/.*build: *//p' "$ROOT/code/$program.c")
        run env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u DEBUG \
            make -C "$ROOT" -n B="$BATS_TEST_TMPDIR/b" CODE=code \
            CFLAGS=-Wrong CC=wrong "$BATS_TEST_TMPDIR/b/bin/$program"
        [ "$status" -eq 0 ]
        has "&& $command -o $BATS_TEST_TMPDIR/b/bin/$program code/$program.c "
        hasnt rong
    done <"$BATS_TEST_TMPDIR/exhibits"
}

@test "every header of code/ can be included alone" {
    local header
    find "$ROOT/code" -name '*.h' | while read -r header; do
        # shellcheck disable=SC2046 # a list of words
        echo "#include \"$header\"" |
            gcc -D_POSIX_C_SOURCE=200809L -I"$ROOT/code/lib" $(flags) \
                -fsyntax-only -x c -
    done
}

# ---- the library's unit tests

@test "unit tests of the library: gcc" {
    CC=gcc lib_test "$BATS_TEST_TMPDIR/t"
    passes "$BATS_TEST_TMPDIR/t"
}

@test "unit tests of the library: clang" {
    need clang
    CC=clang lib_test "$BATS_TEST_TMPDIR/t"
    passes "$BATS_TEST_TMPDIR/t"
}

@test "unit tests of the library: ASan and UBSan" {
    # shellcheck disable=SC2086 # a list of words
    lib_test "$BATS_TEST_TMPDIR/t" $SANITIZE
    passes "$BATS_TEST_TMPDIR/t"
}

@test "unit tests of the library: valgrind" {
    need valgrind
    lib_test "$BATS_TEST_TMPDIR/t" -g
    # a child that exits in the middle of a test still holds cmocka's memory
    passes valgrind -q --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect,possible \
        "$BATS_TEST_TMPDIR/t"
}

# ---- linters

@test "cppcheck finds nothing" {
    need cppcheck
    # Debian 13's version also asks for const where a pointer could have it,
    # and tells how deep it looked: other rules than those of Debian 12. Where
    # a variable is declared is a matter of reading. Exhibits have faults. A
    # starter has members for the reader to use, a wrong solution may not, and
    # what a starter leaves out makes its conditions always true. Version 2.17
    # does not know _Noreturn, but the attribute.
    local ignore=() program
    while read -r program; do
        ignore+=("-i$ROOT/code/$program.c")
    done < <(exhibits)
    run cppcheck "${ignore[@]}" --quiet --enable=warning,style,performance,portability \
        --inline-suppr --error-exitcode=1 --std=c11 --language=c \
        --suppress=missingIncludeSystem --suppress=variableScope \
        '--suppress=unusedStructMember:*/exercises/*/starter.c' \
        '--suppress=unusedStructMember:*/exercises/*/wrong_*.c' \
        '--suppress=knownConditionTrueFalse:*/exercises/*/starter.c' \
        '-D_Noreturn=__attribute__((noreturn))' \
        --suppress=constVariablePointer \
        --suppress=constParameterPointer --suppress=constParameterCallback \
        --suppress=normalCheckLevelMaxBranches -D_POSIX_C_SOURCE=200809L \
        -I"$ROOT/code/lib" "$ROOT/code" "$ROOT/tests"
    is ""
    [ "$status" -eq 0 ]
}

@test "a suppression of cppcheck says why" {
    run grep -rnE 'cppcheck-suppress +[A-Za-z]+ *(\*/)? *$' "$ROOT/code"
    is ""
}

@test "shellcheck finds nothing in any shell script" {
    need shellcheck
    scripts >"$BATS_TEST_TMPDIR/scripts"
    grep -q '/tangle\.sh$' "$BATS_TEST_TMPDIR/scripts"
    grep -q '/\.ci/run$' "$BATS_TEST_TMPDIR/scripts"
    grep -q '/helpers\.bash$' "$BATS_TEST_TMPDIR/scripts"
    cd "$ROOT"
    xargs -d '\n' shellcheck -x <"$BATS_TEST_TMPDIR/scripts"
}

@test "luacheck finds nothing in book/" {
    need luacheck
    cd "$ROOT"
    luacheck --no-color book
}

# ---- rules of style that a program can see

@test "no function is longer than 40 lines" {
    need ctags
    find "$ROOT/code" -name '*.c' -exec ctags -x \
        --languages=C --kinds-C=f --fields=+e \
        --_xformat='%n %{end} %F %N' {} + |
        awk '
        { seen++ }
        $2 - $1 + 1 > 40 { print $3 ":" $1 ": " $4 " has " $2 - $1 + 1 \
                           " lines" }
        END { if (seen < 10) print "only " seen " functions seen" }
        ' >"$BATS_TEST_TMPDIR/out"
    nothing_in "$BATS_TEST_TMPDIR/out"
}

@test "nothing sleeps in the hope that something happens meanwhile" {
    cd "$ROOT"
    # A program may stay for long (100 seconds and more) in order to be there,
    # never for a moment in order to wait.
    local s=sleep
    run grep -rnE "\\b$s +([0-9]{0,2}\\.[0-9]+|[0-9]{1,2})\\b" code tests
    is ""
    # chapter 3 shows what wakes a sleep(3) and a nanosleep(2), on those that
    # would take too long
    run bash -c "grep -rnE '\\b(u|nano)?$s *\\(|os\\.$s' --include='*.c' \
        --include='*.lua' code book tests | grep -vF -e '$s(100)' -e 'nano$s(&hundred'"
    is ""
}
