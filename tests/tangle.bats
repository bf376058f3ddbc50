#!/usr/bin/env bats
# tangle.sh, with small chapters in a folder of its own, and the one check
# that the committed code/ is what chapters/ tangle into.

load helpers

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/project/chapters"
    cd "$BATS_TEST_TMPDIR/project" || return
    export CHAPTERS=chapters CODE=code
    unset DEBUG NOWEB
}

# chapter NAME: write chapters/NAME.nw from standard input.
chapter() {
    cat >"chapters/$1.nw"
}

# a_program: a chapter with one C program of two chunks.
a_program() {
    chapter one <<'END'
Some prose.

<<ch01/a.c>>=
int main(void)
{
    <<body>>
}
@

More prose.

<<body>>=
return 3;
@
END
}

# tangle [ARGUMENT...]: run it; `run` keeps its status and output.
tangle() {
    run "$ROOT/tangle.sh" "$@"
}

# tangled: run it; it must succeed and say nothing.
tangled() {
    tangle
    is ""
    [ "$status" -eq 0 ]
}

# snapshot: name, inode, time and content of everything in the project.
snapshot() {
    find . -printf '%p %y %i %T@ %l\n' -type f -exec cksum {} \; | sort
}

# refused TEXT...: tangling fails with exit 1 and says each TEXT, line for
# line and nothing else; it leaves everything as it was.
refused() {
    snapshot >../before
    tangle
    [ "$status" -eq 1 ]
    is "$(printf '%s\n' "$@")"
    snapshot | diff ../before -
}

# ---- what it writes

@test "a root chunk becomes a file, its chunks put in place and indented" {
    a_program
    tangled
    printf 'int main(void)\n{\n    return 3;\n}\n' | cmp - code/ch01/a.c
    [ "$(find code -type f)" = code/ch01/a.c ]
}

@test "every root of every chapter becomes a file, in folders made for it" {
    a_program
    chapter two <<'END'
<<ch02/deep/er/x-1.2.txt>>=
x
@
<<lib/Y_y.h>>=
y
@
END
    tangled
    [ "$(find code -type f | sort | xargs)" = \
        "code/ch01/a.c code/ch02/deep/er/x-1.2.txt code/lib/Y_y.h" ]
}

@test "a chunk in pieces is joined in order; used twice, it stands twice" {
    chapter one <<'END'
<<ch01/a.c>>=
<<part>>
-
<<part>>
@
<<part>>=
1
@
<<part>>=
2
@
END
    tangled
    printf '1\n2\n-\n1\n2\n' | cmp - code/ch01/a.c
}

@test "equal chunk names in two chapters are two chunks" {
    chapter one <<'END'
<<ch01/a.c>>=
<<body>>
@
<<body>>=
one
@
END
    sed 's/ch01/ch02/; s/^one/two/' chapters/one.nw >chapters/two.nw
    tangled
    [ "$(cat code/ch01/a.c code/ch02/a.c | xargs)" = "one two" ]
}

@test "text passes unchanged: backslashes, percents, UTF-8, @<<" {
    chapter one <<'END'
<<ch01/a.txt>>=
\n %s %L "%F" 안녕하세요 $HOME `x` 'y'
a << b
c >> d
@<<not a chunk@>>
@@ at
@
END
    tangled
    # shellcheck disable=SC2016 # to be printed as it is
    printf '%s\n' '\n %s %L "%F" 안녕하세요 $HOME `x` '"'y'" \
        'a << b' 'c >> d' '<<not a chunk>>' '@ at' | cmp - code/ch01/a.txt
}

@test "C files have no blanks at line ends, not from empty lines either" {
    chapter one <<'END'
<<ch01/a.c>>=
{
    <<body>>
}
@
<<body>>=

a;

b;
@
END
    tangled
    printf '{\n\n    a;\n\n    b;\n}\n' | cmp - code/ch01/a.c
}

@test "tabs stay tabs" {
    printf '<<ch01/a.txt>>=\n\ta\tb\n@\n' | chapter one
    tangled
    printf '\ta\tb\n' | cmp - code/ch01/a.txt
}

@test "a root without text becomes an empty file" {
    printf '<<ch01/a.txt>>=\n@\n<<ch01/b.txt>>=\nb\n@\n' | chapter one
    tangled
    [ "$(cat code/ch01/a.txt)" = "" ]
    [ "$(cat code/ch01/b.txt)" = b ]
}

@test "a scenario has a mark where each piece begins, and no line number" {
    chapter one <<'END'
## One | One {#one}
<<ch01/s.scenario>>=
a$ one
@
## Two | Two {#two}
<<ch01/s.scenario>>=
a$ two
@
END
    tangled
    printf '# piece\na$ one\n# piece\na$ two\n' | cmp - code/ch01/s.scenario
    # an edit of prose above it changes nothing
    sed -i '1i More prose.\n' chapters/one.nw
    snapshot | grep code >../before
    tangled
    snapshot | grep code | diff ../before -
}

# ---- what it leaves alone, and what it removes

@test "an unchanged file is not touched, a changed one is replaced" {
    a_program
    chapter two <<'END'
<<ch02/b.c>>=
int b;
@
END
    tangled
    touch -d 2001-01-01 code/ch01/a.c code/ch02/b.c
    sed -i 's/int b;/int bb;/' chapters/two.nw
    tangled
    [ "$(date -r code/ch01/a.c +%Y)" = 2001 ]
    [ "$(date -r code/ch02/b.c +%Y)" != 2001 ]
    [ "$(cat code/ch02/b.c)" = "int bb;" ]
}

@test "a file that was edited by hand is put right" {
    a_program
    tangled
    echo "/* mine */" >>code/ch01/a.c
    tangled
    [ "$(tail -n 1 code/ch01/a.c)" = "}" ]
}

@test "a file that no chunk produces any more is removed, empty folders too" {
    a_program
    mkdir -p code/ch01 code/ch09/deep
    touch code/ch01/old.c code/ch01/.hidden code/ch09/deep/old.h code/top \
        "code/ch01/with blank "
    tangled
    [ "$(find code | sort | xargs)" = "code code/ch01 code/ch01/a.c" ]
}

@test "a file may become a folder, and a folder a file" {
    chapter one <<'END'
<<ch01/x>>=
file
@
<<ch01/y/z>>=
below
@
END
    tangled
    chapter one <<'END'
<<ch01/x/z>>=
below
@
<<ch01/y>>=
file
@
END
    tangled
    [ "$(cat code/ch01/x/z code/ch01/y | xargs)" = "below file" ]
}

# ---- never outside code/

@test "removal never follows a file name with a newline out of code/" {
    a_program
    touch precious
    mkdir code
    touch code/$'stale\nprecious'
    tangled
    [ -f precious ]
    [ "$(find code -type f)" = code/ch01/a.c ]
}

@test "a symbolic link in code/ is refused, and nothing goes through it" {
    a_program
    mkdir -p code/ch01 outside
    echo mine >outside/a.c
    ln -s ../../outside/a.c code/ch01/a.c
    refused "tangle.sh: code/ch01/a.c is a symbolic link"
    rm -r code/ch01
    ln -s ../outside code/ch01
    refused "tangle.sh: code/ch01 is a symbolic link"
    [ "$(cat outside/a.c)" = mine ]
}

@test "code/ itself may be no symbolic link" {
    a_program
    mkdir outside
    touch outside/file
    ln -s outside code
    refused "tangle.sh: code is a symbolic link"
}

@test "a name that leads outside is no file" {
    local name
    for name in ../x.c ch01/../../x.c ch01/.. ch01/./x.c /tmp/x.c \
        ch01//x.c .git/config Ch01/x.c x.c 'ch01/a b.c'; do
        printf '<<%s>>=\nx\n@\n' "$name" >chapters/one.nw
        echo "$name"
        snapshot >../before
        tangle
        [ "$status" -eq 1 ]
        has "chapters/one.nw:1: chunk <<$name>> is not used"
        snapshot | diff ../before -
    done
}

@test "CODE may not be a folder that holds the chapters" {
    a_program
    touch precious
    local folder
    for folder in . .. "$PWD" "$PWD/chapters"; do
        snapshot >../before
        CODE=$folder tangle
        echo "$folder: $output"
        [ "$status" -eq 2 ]
        has "CODE=$folder"
        snapshot | diff ../before -
    done
}

# ---- errors: one line each, chapter:line, and nothing is changed

@test "undefined chunk" {
    a_program
    tangled
    sed -i 's/<<body>>$/<<boby>>/; s/return 3/return 4/' chapters/one.nw
    refused "chapters/one.nw:6: chunk <<boby>> is not defined" \
        "chapters/one.nw:12: chunk <<body>> is not used"
}

@test "a chunk is not defined by another chapter" {
    a_program
    chapter two <<'END'
<<ch02/b.c>>=
<<body>>
@
END
    refused "chapters/two.nw:2: chunk <<body>> is not defined"
}

@test "a control character that could look like tangle.sh's own mark" {
    printf '<<ch01/a.txt>>=\n\001../../x\n@\n' | chapter one
    refused "chapters/one.nw:2: a control character"
}

@test "unused chunk" {
    a_program
    printf '<<left over>>=\nx\n@\n' >>chapters/one.nw
    refused "chapters/one.nw:15: chunk <<left over>> is not used"
}

@test "recursive chunk, direct and in a circle" {
    chapter one <<'END'
<<ch01/a.c>>=
<<one>>
@
<<one>>=
<<two>>
@
<<two>>=
<<one>>
@
<<self>>=
<<self>>
@
END
    refused "chapters/one.nw:8: chunk <<one>> contains itself" \
        "chapters/one.nw:11: chunk <<self>> contains itself"
}

@test "a file used as a chunk" {
    a_program
    cat >>chapters/one.nw <<'END'
<<ch01/b.c>>=
<<ch01/a.c>>
@
END
    refused "chapters/one.nw:16: <<ch01/a.c>> is a file and cannot be used \
in a chunk"
}

@test "a chunk that goes on in another section" {
    chapter one <<'END'
## One | One {#one}
<<ch01/a.c>>=
<<body>>
@
<<body>>=
1
@
```
## no heading
```
<<body>>=
2
@
### Two | Two {#two}
<<body>>=
3
@
END
    refused "chapters/one.nw:15: chunk <<body>> of chapters/one.nw:5 goes on \
in another section"
}

@test "a program that goes on in another section" {
    chapter one <<'END'
<<ch01/a.c>>=
1
@
## One | One {#one}
<<ch01/a.c>>=
2
@
END
    refused "chapters/one.nw:5: chunk <<ch01/a.c>> of chapters/one.nw:1 goes \
on in another section"
}

@test "a chunk used in a scenario" {
    chapter one <<'END'
<<ch01/s.scenario>>=
<<steps>>
@
<<steps>>=
x$ true
@
END
    refused "chapters/one.nw:2: <<steps>> in a scenario: a scenario is \
written in pieces, not in chunks"
}

@test "files whose names begin alike share their chunks" {
    chapter ch01-one <<'END'
<<ch01/a.c>>=
<<body>>
<<other>>
@
<<other>>=
int b;
@
<<ch01/s.scenario>>=
x$ true
@
END
    chapter ch01-two <<'END'
<<body>>=
int a;
@
More prose.
<<ch01/s.scenario>>=
x exits 0
@
END
    chapter ch011-three <<'END'
<<ch02/b.c>>=
<<body>>
@
<<body>>=
int c;
@
END
    tangled
    [ "$(cat code/ch01/a.c)" = $'int a;\nint b;' ]
    [ "$(cat code/ch02/b.c)" = 'int c;' ]
    [ "$(cat code/ch01/s.scenario)" = $'# piece\nx$ true\n# piece\nx exits 0' ]
    tangle --where code/ch01/s.scenario 2
    is chapters/ch01-one.nw:9
    tangle --where code/ch01/s.scenario 4
    is chapters/ch01-two.nw:6
    sed -i 's/^<<body>>=/<<bodi>>=/' chapters/ch01-two.nw
    refused "chapters/ch01-one.nw:2: chunk <<body>> is not defined" \
        "chapters/ch01-two.nw:1: chunk <<bodi>> is not used"
    sed -i 's/^<<bodi>>=/<<other>>=/' chapters/ch01-two.nw
    refused "chapters/ch01-two.nw:1: chunk <<other>> of chapters/ch01-one.nw:5 \
goes on in another section" "chapters/ch01-one.nw:2: chunk <<body>> is not defined"
}

@test "one file in two chapters" {
    a_program
    cp chapters/one.nw chapters/two.nw
    refused "chapters/two.nw:3: <<ch01/a.c>> is also in chapters/one.nw"
}

@test "a file whose folder is a file" {
    chapter one <<'END'
<<ch01/a>>=
1
@
<<ch01/a/b>>=
2
@
END
    refused "chapters/one.nw:4: <<ch01/a/b>> is below the file <<ch01/a>>"
}

@test "all errors of all chapters are reported in one run" {
    a_program
    sed -i 's/<<body>>$/<<boby>>/' chapters/one.nw
    chapter two <<'END'
<<ch02/b.c>>=
<<gone>>
@
END
    refused "chapters/one.nw:6: chunk <<boby>> is not defined" \
        "chapters/two.nw:2: chunk <<gone>> is not defined" \
        "chapters/one.nw:12: chunk <<body>> is not used"
}

@test "no chapters, no noweb" {
    refused "tangle.sh: no chapters in chapters/"
    a_program
    export NOWEB=/nowhere
    refused "tangle.sh: noweb is not installed: make setup"
}

# ---- DEBUG, --where, the command line

@test "DEBUG=1: the compiler and its debug information name the chapter" {
    need gcc readelf
    a_program
    sed -i 's/return 3/return missing/' chapters/one.nw
    DEBUG=1 tangled
    run gcc -c -o a.o code/ch01/a.c
    [ "$status" -ne 0 ]
    has "chapters/one.nw:13:"
    sed -i 's/return missing/return 3/' chapters/one.nw
    DEBUG=1 tangled
    gcc -g -c -o a.o code/ch01/a.c
    run readelf --debug-dump=decodedline a.o
    has "one.nw"
    hasnt " a.c "
}

@test "without DEBUG there is no #line; scenarios never have one" {
    a_program
    printf '<<ch01/s.scenario>>=\nx$ true\n@\n' >>chapters/one.nw
    tangled
    run grep -r '#line' code
    is ""
    DEBUG=1 tangled
    run grep -rl '#line' code
    is code/ch01/a.c
}

@test "--where maps every line of a scenario to its chapter line" {
    chapter two <<'END'
x
END
    chapter one <<'END'
## One | One {#one}

<<ch01/s.scenario>>=
a$ one

a shows "one"
@

## Two | Two {#two}
<<ch01/s.scenario>>=
a$ two
@
END
    tangled
    cp code/ch01/s.scenario ../lines
    local n=0 line where
    while IFS= read -r line; do
        n=$((n + 1))
        tangle --where code/ch01/s.scenario "$n"
        [ "$status" -eq 0 ]
        where=$output
        case $line in
        '# piece') [[ $where =~ ^chapters/one.nw:(4|11)$ ]] ;;
        *) [ "$(sed -n "${where#chapters/one.nw:}p" chapters/one.nw)" = \
            "$line" ] ;;
        esac
    done <../lines
    [ "$n" -eq 6 ]
    tangle --where code/ch01/s.scenario 2
    is chapters/one.nw:4
    tangle --where code/ch01/s.scenario 6
    is chapters/one.nw:11
}

@test "--where: no such line, no such scenario" {
    printf '<<ch01/s.scenario>>=\nx$ true\n@\n' | chapter one
    local n
    for n in 0 3 99; do
        tangle --where code/ch01/s.scenario "$n"
        [ "$status" -eq 1 ]
        is "tangle.sh: code/ch01/s.scenario has no line $n"
    done
    tangle --where code/ch01/t.scenario 1
    [ "$status" -eq 1 ]
    is "tangle.sh: code/ch01/t.scenario: no chapter has \
<<ch01/t.scenario>>="
}

@test "--help says what the program does and what it listens to" {
    local flag
    for flag in --help -h; do
        tangle $flag
        [ "$status" -eq 0 ]
        has "usage: ./tangle.sh"
        has "DEBUG=1"
        has "CODE=DIR"
        has "CHAPTERS=DIR"
        hasnt "set -eu"
    done
    [ ! -e code ]
}

@test "bad arguments: one line, exit 2, nothing done" {
    a_program
    local arguments
    for arguments in x --x "--where" "--where code/ch01/s.scenario" \
        "--where a b c" "--where code/ch01/s.scenario x" \
        "--where code/ch01/s.scenario -1" "--where code/ch01/a.c 1" \
        "--help me" "-h x"; do
        # shellcheck disable=SC2086 # the words of a command line
        tangle $arguments
        echo "$arguments: $output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        has "tangle.sh: "
        has "see ./tangle.sh --help"
    done
    [ ! -e code ]
}

# ---- the book itself

# pages_of CHAPTER: the files of one chapter (chapters/ch05).
pages_of() {
    find "$ROOT/chapters" -name "${1##*/}.nw" -o -name "${1##*/}-*.nw" | sort
}

# files: "chapter file" of every file that the book tangles into.
files() {
    grep -H '^<<[a-z0-9_]*/.*>>=$' "$ROOT"/chapters/*.nw |
        sed 's/\(-[^\/:]*\)\{0,1\}\.nw:<</ /; s/>>=$//' | sort -u
}

@test "every file of the book is what notangle makes of its chapter" {
    need notangle
    cd "$ROOT"
    CODE=$BATS_TEST_TMPDIR/code tangled
    cd "$BATS_TEST_TMPDIR"
    local chapter file format
    files >list
    [ "$(find code -type f | wc -l)" -eq "$(wc -l <list)" ]
    while read -r chapter file; do
        format=
        case $file in *.scenario) format='-L# piece%N' ;; esac
        # shellcheck disable=SC2046 # a list of words
        notangle -t ${format:+"$format"} -R"$file" $(pages_of "$chapter") |
            case $file in *.[ch]) sed 's/[[:blank:]]*$//' ;; *) cat ;; esac |
            cmp - "code/$file"
    done <list
}

@test "DEBUG=1: every C file is what notangle -L makes of its chapter" {
    need notangle
    cd "$ROOT"
    CODE=$BATS_TEST_TMPDIR/code CHAPTERS=$ROOT/chapters DEBUG=1 tangled
    cd "$BATS_TEST_TMPDIR"
    local chapter file
    files | grep '\.[ch]$' >list
    while read -r chapter file; do
        # shellcheck disable=SC2046 # a list of words
        notangle -t '-L#line %L "%F"%N' -R"$file" $(pages_of "$chapter") |
            sed 's/[[:blank:]]*$//' | cmp - "code/$file"
    done <list
}

@test "code/ is what chapters/ tangle into" {
    cd "$ROOT"
    CODE=$BATS_TEST_TMPDIR/code tangled
    diff -r "$BATS_TEST_TMPDIR/code" "$ROOT/code"
}

@test "in the last commit, code/ is what chapters/ tangle into" {
    need git
    git=(git -c safe.directory="$ROOT" -C "$ROOT")   # whoever owns the tree
    "${git[@]}" rev-parse HEAD || skip "this is no git checkout"
    "${git[@]}" archive HEAD tangle.sh chapters code | tar x
    mv code committed
    run ./tangle.sh
    is ""
    [ "$status" -eq 0 ]
    diff -r code committed
}
