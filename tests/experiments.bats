#!/usr/bin/env bats
# Experiments: what the recorder makes of their scripts, await, how tables and
# plots come into a page, and every error. Last, the book's own experiments.

# shellcheck disable=SC2016 # what is in quotes is for other shells, or Markdown
# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
load helpers

setup_file() {
    "$B/bin/record" --probe >"$BATS_FILE_TMPDIR/probe" 2>&1 ||
        echo "$?" >"$BATS_FILE_TMPDIR/probe-status"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p bin
    record=("$B/bin/record" --bin bin --bin "$B/bin/lab")
    mark=7$BATS_TEST_NUMBER$$.5     # `sleep $mark` is a process of this test
}

# sandbox: skip the test where there can be none; any other trouble fails it.
sandbox() {
    [ "$(cat "$BATS_FILE_TMPDIR/probe-status" 2>/dev/null)" != 77 ] ||
        skip "no sandbox here: $(grep FAILED "$BATS_FILE_TMPDIR/probe")"
}

# experiment LINE...: write x.experiment; its first line is there already.
experiment() {
    printf '%s\n' '#!/bin/sh' "$@" >x.experiment
}

# measures LINE...: this experiment succeeds, and its table is in x.tsv.
measures() {
    sandbox
    experiment "$@"
    run --separate-stderr "${record[@]}" -o x.tsv x.experiment
    printf 'status %s\n%s\n%s\n' "$status" "$output" "$stderr"
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

# fails TEXT LINE...: this experiment fails, the message begins with TEXT, and
# there is no table.
fails() {
    sandbox
    experiment "${@:2}"
    run "${record[@]}" -o x.tsv x.experiment
    printf 'status %s\n%s\n' "$status" "$output"
    [ "$status" -eq 1 ]
    [[ $output == "$1"* ]]
    [ -z "$(find . -name 'x.tsv*')" ]
}

# table: x.tsv without what it says of machine and day.
table() {
    sed '/^# \(system\|distribution\|date\) /d' x.tsv
}

head="printf 'a\tb\n'"

# ---- the recorder

@test "a table: head, system, values, rows as they were printed" {
    measures 'set -eu' "$head" 'for i in 1 2; do' 'printf "%s" "$i"' \
        'printf "\t%s\n" "가 나"' 'done' 'echo "# value runs 2 and more"'
    run table
    is $'# experiment x\na\tb\n1\t가 나\n2\t가 나\n# value runs 2 and more'
    grep -qx "# system Linux $(uname -r) $(uname -m)" x.tsv
    grep -qE '^# distribution .' x.tsv
    grep -qE '^# date 20[0-9]{2}-[0-9]{2}-[0-9]{2}$' x.tsv
}

@test "rows of other programs, and a large table" {
    measures "$head" "awk 'BEGIN { for (i = 1; i <= 5000; i++)" \
        'print i "\t" i * i' "}'"
    [ "$(grep -vc '^#' x.tsv)" -eq 5001 ]
    grep -qx $'5000\t25000000' x.tsv
}

@test "where it runs: user, folder, ports, no terminal, one capability" {
    echo 'echo hi' >bin/hi
    chmod +x bin/hi
    measures "$head" 'who=$(id -un) here=$(pwd) hi=$(./hi)' \
        'ports=$(tr "\t" - </proc/sys/net/ipv4/ip_local_port_range)' \
        'caps=$(sed -n "s/^CapEff:.//p" /proc/self/status)' \
        'tty=no; if (: </dev/tty) 2>/dev/null; then tty=yes; fi' \
        'printf "%s\t%s\n" who "$who" here "$here" hi "$hi" ports "$ports"' \
        'printf "%s\t%s\n" caps "$caps" tty "$tty" input "$(cat | wc -c)"'
    run sed 1,5d x.tsv
    is $'who\treader\nhere\t/home/reader\nhi\thi\nports\t32768-60999\ncaps\t'\
$'0000000000080000\ntty\tno\ninput\t0'
}

@test "#: privileged gives all capabilities inside the lab" {
    measures '#: privileged' "$head" 'ip netns add other' \
        'printf "1\t%s\n" "$(ip netns list)"'
    grep -qx $'1\tother' x.tsv
    rm x.tsv
    fails "x.experiment:2: ip netns add other: the script ended with status " \
        'set -e; ip netns add other'
}

@test "--live shows the rows while they come" {
    sandbox
    experiment "$head" "printf '1\t2\n'" 'echo "# value x y"'
    run --separate-stderr "${record[@]}" --live x.experiment
    [ "$status" -eq 0 ]
    is $'x\n\na\tb\n1\t2\n# value x y'
}

@test "the example of Appendix B3 does what it says" {
    sandbox
    cp "$B/bin/ch05/echo_server1" "$B/bin/ch05/echo_server4" bin
    awk '/^```$/ { fence = !fence; next } fence { seen = 1; print }
         seen && !fence { exit }' "$ROOT/chapters/appB-trials.nw" >x.experiment
    run "${record[@]}" -o x.tsv x.experiment
    is ""
    run table
    is $'# experiment x\nserver\tbacklog\necho_server1\t4096\necho_server4\t4096'
}

@test "a wrong head of the file: file and line, exit 2, nothing runs" {
    experiment '#: limt 1' '#: limit 0' '# a comment' '#: limit 1x' \
        "touch $BATS_TEST_TMPDIR/ran"
    run "${record[@]}" -o x.tsv x.experiment
    [ "$status" -eq 2 ]
    is 'x.experiment:2: expected #: limit SECONDS, #: privileged or '\
$'#: fixed: #: limt 1\nx.experiment:3: expected #: limit SECONDS, '\
$'#: privileged or #: fixed: #: limit 0\nx.experiment:5: expected #: limit '\
'SECONDS, #: privileged or #: fixed: #: limit 1x'
    echo 'true' >x.experiment
    run "${record[@]}" -o x.tsv x.experiment
    [ "$status" -eq 2 ]
    is 'x.experiment:1: an experiment begins with #!/bin/sh'
    run "${record[@]}" missing.experiment
    [ "$status" -eq 2 ]
    has 'missing.experiment: ENOENT'
    [ ! -e x.tsv ]
}

@test "a row with too many or too few cells: the line that printed it" {
    fails "x.experiment:4: printf '1\\t2\\t3\\n': 3 cells, but the table has 2 \
columns: 1	2	3" "$head" 'f() {' 'printf "1\t2\t3\n"' '}' ':' f
    fails 'x.experiment:3: echo 1: 1 cells, but the table has 2 columns: 1' \
        "$head" 'echo 1'
    # the command holds line ends, and other commands come after it
    fails 'x.experiment:5: awk' "$head" "awk 'BEGIN {" 'print "1"' "}'" true true
}

@test "empty cells, wrong names, what stands there twice" {
    fails "x.experiment:3: printf '1\\t\\n': cell 2 is empty" "$head" \
        'printf "1\t\n"'
    fails "x.experiment:3: echo '': cell 1 is empty" "$head" 'echo ""'
    fails 'x.experiment:2: echo a: a table has at least two columns, not: a' \
        'echo a'
    fails "x.experiment:2: printf 'a\\tB c\\n': a column is named by a to z, 0 \
to 9 and _, not: B c" "printf 'a\\tB c\\n'"
    fails "x.experiment:2: printf 'a\\ta\\n': the name a stands there twice" \
        'printf "a\ta\n"'
    fails "x.experiment:3: printf '1\\t2\\n1\\t3\\n': the name 1 stands there \
twice" "$head" 'printf "1\t2\n1\t3\n"'
    fails "x.experiment:4: echo '# value x 2': the name x stands there twice" \
        "$head" 'echo "# value x 1"' 'echo "# value x 2"'
    fails "x.experiment:2: echo '# value x': expected # value NAME TEXT, not: # \
value x" 'echo "# value x"'
    fails "x.experiment:2: echo '# valu x 1': expected # value NAME TEXT" \
        'echo "# valu x 1"'
}

@test "what cannot stand on a page: control characters, no UTF-8, length" {
    fails 'x.experiment:3: printf' "$head" 'printf "1\t\001\n"'
    has 'a control character in a line'
    fails 'x.experiment:3: printf' "$head" 'printf "1\t2\0003\n"'
    has 'a control character in a line'
    fails 'x.experiment:3: printf' "$head" 'printf "1\t\377\n"'
    has 'a line that is no UTF-8'
    fails 'x.experiment:2: head -c 2000 /dev/zero: a line of the table is too' \
        'head -c 2000 /dev/zero'
    SECONDS=0
    fails 'x.experiment:2: yes: a table has at least two columns' yes
    ((SECONDS < 10))
}

@test "no rows, and a last line without an end" {
    fails "x.experiment:2: printf 'a\\tb\\n': the script printed no rows" "$head"
    fails 'x.experiment:2: true: the script printed no rows' true
    fails "x.experiment:3: printf '1\\t2': the last line has no end: 1	2" \
        "$head" 'printf "1\t2"'
}

@test "a command that fails, an assertion, a signal: line, command, status" {
    fails "x.experiment:5: '[' 3 -eq 4 ']': the script ended with status 1" \
        'set -eu' "$head" 'x=3' '[ $x -eq 4 ]' 'printf "1\t2\n"'
    fails 'x.experiment:3: nonsense: the script ended with status 127' \
        'set -e' nonsense "$head"
    has 'nonsense: command not found'
    fails 'x.experiment:2: exit 3: the script ended with status 3' 'exit 3'
    fails 'x.experiment:2: kill -KILL 1001: the script ended with status 137' \
        'kill -KILL $$'
}

@test "standard error must stay empty; what came is shown" {
    fails $'x.experiment:4: printf \'1\\t2\\n\': the script wrote to standard '\
$'error\nsomething is odd' "$head" 'echo something is odd >&2' 'printf "1\t2\n"'
}

@test "#: limit: a script that hangs, its line, and nothing is left" {
    SECONDS=0
    fails "x.experiment:5: sleep $mark: not finished within 1 s" '#: limit 1' \
        'set -e' "sleep $mark &" "sleep $mark"
    ((SECONDS < 10))
    run grep -ls "sleep.$mark" /proc/[0-9]*/cmdline
    is ""
}

@test "a script that closes its output is waited for all the same" {
    measures "$head" 'printf "1\t2\n"' 'exec >/dev/null 9>&1' \
        './await ended 999999' 'exit 0'
    table | grep -qx $'1\t2'
}

@test "a command longer than a packet is not taken for rows" {
    local long
    long=$(head -c 9000 /dev/zero | tr '\0' x)
    measures "$head" ": $long" 'printf "1\t2\n"'
    run table
    is $'# experiment x\na\tb\n1\t2'
}

@test "--where: messages name the chapter's line, through chunks" {
    mkdir chapters
    cat >chapters/ch01-x.nw <<'END'
<<ch01/x.experiment>>=
#!/bin/sh
printf 'a\tb\n'
for i in 1 2; do
    <<one row>>
done
@

Text between.

<<one row>>=

printf '%s\t' $i
echo
@
END
    env CHAPTERS=chapters CODE=code "$ROOT/tangle.sh"
    [ "$(sed -n 4p code/ch01/x.experiment)" = "" ]
    sandbox
    run "${record[@]}" -o x.tsv --where \
        "env CHAPTERS=chapters CODE=code '$ROOT/tangle.sh' --where" \
        code/ch01/x.experiment
    [ "$status" -eq 1 ]
    is "chapters/ch01-x.nw:14: echo: cell 2 is empty"
    [ ! -e x.tsv ]
}

@test "no namespaces: exit 77, a table that says so" {
    unshare -Ur true 2>/dev/null || skip "no user namespace to forbid it in"
    experiment "$head" 'printf "1\t2\n"'
    run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$@"' sh "${record[@]}" -o x.tsv x.experiment
    [ "$status" -eq 77 ]
    has "no sandbox on this machine: namespaces: ENOSPC"
    run table
    is $'# experiment x\n# skipped namespaces: ENOSPC (No space left on device)'
}

@test "a table that was there stays as it was when the experiment fails" {
    sandbox
    echo before >x.tsv
    experiment 'exit 1'
    run "${record[@]}" -o x.tsv x.experiment
    [ "$status" -eq 1 ]
    [ "$(cat x.tsv)" = before ]
}

@test "ASan and UBSan find nothing, in success and in failure" {
    sandbox
    # shellcheck disable=SC2046,SC2086 # lists of words
    gcc -D_POSIX_C_SOURCE=200809L -I"$ROOT/code/lib" $(flags) $SANITIZE \
        -o asan "$ROOT"/code/recorder/*.c "$ROOT"/code/lib/*.c
    # shellcheck disable=SC2046,SC2086 # lists of words
    gcc -D_POSIX_C_SOURCE=200809L -I"$ROOT/code/lib" $(flags) $SANITIZE \
        -o bin/await "$ROOT"/code/lab/await.c "$ROOT"/code/lib/*.c \
        "$ROOT"/code/recorder/{facts,sockets,text}.c
    record=(./asan --bin bin)
    measures "$head" 'sleep 1000 & ./await blocked $! sleep' \
        './await gone 999999' 'printf "1\t2\n"' 'kill $!'
    rm x.tsv
    fails 'x.experiment:3: printf' "$head" 'printf "1\t2\t3\n"'
    hasnt Sanitizer
    fails 'x.experiment:2: ./await -t 0.01 socket' \
        'set -e; ./await -t 0.01 socket 127.0.0.1:1 to 127.0.0.1:2 LISTEN'
    hasnt Sanitizer
}

# ---- await

@test "await: processes that block, stop, end, and are gone" {
    measures 'set -eu' 'sleep 1000 & one=$!' 'sleep 1000 & two=$!' \
        './await blocked $one sleep' './await blocked $two "sleep(0)"' \
        'kill -STOP $one $two' './await stopped $one $two' \
        'kill -KILL $one $two' './await ended $one $two' \
        'wait $one 2>/dev/null || [ $? -eq 137 ]' \
        'wait $two 2>/dev/null || [ $? -eq 137 ]' './await gone $one $two' \
        "$head" 'printf "1\t2\n"'
}

@test "await: a zombie, until it is reaped" {
    measures 'set -eu' 'mkfifo gate go' \
        "(sh -c 'echo \$\$ >child; cat go >/dev/null' & exec cat gate >child2) &" \
        'parent=$!' './await blocked $parent open' 'echo >go' \
        'child=$(cat child)' \
        './await zombie $child' './await ended $child' 'echo >gate' \
        'wait $parent' './await gone $child' "$head" 'printf "1\t2\n"'
}

@test "await: sockets" {
    cp "$B/bin/ch05/echo_server1" "$B/bin/ch05/echo_client" bin
    measures 'set -eu' './echo_server1 &' \
        './await socket 127.0.0.1:9877 LISTEN' './echo_client </dev/null' \
        './await socket 127.0.0.1:9877 to 127.0.0.1:1 gone' 'kill $!' \
        './await socket 127.0.0.1:9877 gone' "$head" 'printf "1\t2\n"'
}

@test "await: what does not come is told, and what cannot at once" {
    fails $'x.experiment:3: ./await -t 0.01 blocked 1 \'read(0)\': the script '\
$'ended with status 1\nawait: process 1 is not blocked in read:\n'\
'  process 1 (record) has state ' \
        'set -e' './await -t 0.01 blocked 1 "read(0)"'
    SECONDS=0
    fails 'x.experiment:4: ./await blocked' 'set -e' 'true & wait $!' \
        './await blocked $! read'
    has "is not blocked in read:"
    has "is gone"
    fails 'x.experiment:3: ./await stopped 999999' 'set -e' \
        './await stopped 999999'
    fails 'x.experiment:3: ./await zombie 999999' 'set -e' \
        './await zombie 999999'
    ((SECONDS < 8))
    fails 'x.experiment:3: ./await -t' 'set -e' \
        './await -t 0.01 socket 127.0.0.1:1 to 127.0.0.1:2 LISTEN'
    has 'await: no socket 127.0.0.1:1 to 127.0.0.1:2 is LISTEN:'
}

@test "await: wrong usage: one line, exit 2; help: exit 0" {
    local arguments
    for arguments in '' 'ended' 'blocked 1' 'blocked 0 read' 'blocked x read' \
        'blocked 1 frobnicate' 'blocked 1 read(' 'blocked 1 read(x)' \
        'ended 1 x' 'dead 1' 'socket 127.0.0.1:1' 'socket 1:1 NOTHING' \
        'socket 1:1 at 1:2 LISTEN' '-t 0 gone 1' '-x gone 1'; do
        # shellcheck disable=SC2086 # the words of a command line
        run "$B/bin/lab/await" $arguments
        echo "$arguments: $output"
        [ "$status" -eq 2 ]
        [[ $output == *await:* ]]
    done
    run --separate-stderr "$B/bin/lab/await" -h
    [ "$status" -eq 0 ]
    has "usage: await"
    [ -z "$stderr" ]
}

# ---- tangling

@test "tangle: an experiment is a file with chunks, --where goes through them" {
    mkdir chapters
    cat >chapters/ch01-a.nw <<'END'
<<ch01/x.experiment>>=
one
  <<inner>>
four
<<inner>>
@
<<inner>>=
two

three
@
END
    cat >chapters/ch01.nw <<'END'
Nothing.
END
    export CHAPTERS=chapters CODE=code
    "$ROOT/tangle.sh"
    run cat code/ch01/x.experiment
    is $'one\n  two\n\n  three\nfour\ntwo\n\nthree'
    local n expected=(2 8 9 10 4 8 9 10)
    for n in 1 2 3 4 5 6 7 8; do
        run "$ROOT/tangle.sh" --where code/ch01/x.experiment "$n"
        is "chapters/ch01-a.nw:${expected[n - 1]}"
    done
    for n in 0 9; do
        run "$ROOT/tangle.sh" --where code/ch01/x.experiment "$n"
        [ "$status" -eq 1 ]
        is "tangle.sh: code/ch01/x.experiment has no line $n"
    done
}

@test "tangle: an experiment and a scenario cannot have the same name" {
    mkdir chapters
    printf '<<ch01/x.scenario>>=\na$ true\n@\n\n<<ch01/x.experiment>>=\nx\n@\n' \
        >chapters/ch01.nw
    run env CHAPTERS=chapters CODE=code "$ROOT/tangle.sh"
    [ "$status" -eq 1 ]
    is "chapters/ch01.nw:5: <<ch01/x.experiment>> and <<ch01/x.scenario>> have \
the same name"
    [ ! -e code ]
}

# ---- weaving

# chapter LINE...: write ch09.nw with an experiment, these words in its head
# (`words`, set before), and these lines.
chapter() {
    need pandoc lua5.4 ctags notangle gnuplot
    mkdir -p chapters rec/ch09 code/ch09
    {
        printf -- '---\nid: ch09\nnumber: 9\ntitle: 제목 | Title\n'
        printf '%s\n' 'words:' '  left: 남은 것 | what is left' \
            '  two: 둘 | two of them' '  good: 좋음 | fine' \
            '  srv: "`echo_server1`"' "$@" | sed -n '/^  /p; /^words/p'
        printf -- '---\n\n'
        printf '%s\n' "$@" | sed '/^  /d'
        printf '\n<<ch09/z.experiment>>=\n#!/bin/sh\n@\n'
    } >chapters/ch09.nw
    echo '#!/bin/sh' >code/ch09/z.experiment
}

# tsv LINE...: write rec/ch09/z.tsv with these lines after a head.
tsv() {
    mkdir -p rec/ch09
    printf '%s\n' '# experiment ch09/z' '# system Linux 6.1.2-x x86_64' \
        '# distribution Debian 12' '# date 2026-01-02' "$@" >rec/ch09/z.tsv
}

# weave: make the index, ko.html, en.html, ko.tex.
weave() {
    lua5.4 "$ROOT/book/index.lua" -c code index chapters/*.nw &&
        "$ROOT/book/weave.sh" -i index -r rec html ko chapters/ch09.nw ko.html &&
        "$ROOT/book/weave.sh" -i index -r rec html en chapters/ch09.nw en.html &&
        FIGURES=. "$ROOT/book/weave.sh" -i index -r rec latex ko \
            chapters/ch09.nw ko.tex
}

# woven: weave says nothing and succeeds.
woven() {
    run --separate-stderr weave
    printf '%s\n%s\n' "$output" "$stderr"
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

# refused MESSAGE: weave fails with this message and makes no page.
refused() {
    run weave
    printf '%s\n' "$output"
    [ "$status" -ne 0 ]
    is "$1"
    [ ! -e ko.html ]
}

# shows FILE TEXT / omits FILE TEXT
shows() {
    tr '\n' ' ' <"$1" | grep -qF -- "$2" || {
        echo "not in $1: $2"
        sed -n '/<main/,/<\/main/p' "$1"
        return 1
    }
}
omits() {
    ! tr '\n' ' ' <"$1" | grep -F -- "$2"
}

numbers=($'left\ttwo\tsrv' $'0\t50\tgood' $'1\t7\tEPIPE x' $'10\t-\tgood')

@test "a table: caption, number, heads and cells in both languages" {
    chapter '![표의 제목 | The caption](table:ch09/z){#tab-z}' '' '::: ko' \
        '[](#tab-z)을 봅니다.' ':::' '::: en' 'See [](#tab-z).' ':::'
    tsv "${numbers[@]}"
    woven
    shows ko.html '<caption><b>표 9.1</b> 표의 제목</caption>'
    shows en.html '<caption><b>Table 9.1</b> The caption</caption>'
    shows ko.html '<th style="text-align: right;">남은 것</th>'
    shows en.html '<th style="text-align: right;">what is left</th>'
    shows en.html '<th style="text-align: left;"><code>echo_server1</code></th>'
    shows ko.html '<th style="text-align: right;">10</th>'
    shows en.html '<td style="text-align: right;">50</td>'
    shows en.html '<td style="text-align: right;">–</td>'
    shows ko.html '<td style="text-align: left;">좋음</td>'
    shows en.html '<td style="text-align: left;"><code>EPIPE</code> <code>x</code></td>'
    shows ko.html '<a href="#tab-z">표 9.1</a>을'
    shows en.html 'See <a href="#tab-z">Table 9.1</a>.'
    shows ko.html 'id="tab-z"'
    shows ko.html '<p class="meta"><span>Linux 6.1.2</span>'
    shows ko.html '<div class="colophon">'
    shows ko.tex '\tableid{tab-z}{표 9.1}'
    shows ko.tex '\tablemade{Linux 6.1.2 · Debian 12 · 2026-01-02}'
    shows ko.tex '\begin{echotable}{rrl}'
}

@test "tables and figures are counted apart" {
    chapter '![하나 | One](plot:ch09/z){#fig-1 kind=bars y=two}' '' \
        '![둘 | Two](table:ch09/z){#tab-1}' '' '![셋 | Three](table:ch09/z){#tab-2}'
    tsv $'left\ttwo' $'0\t1'
    woven
    shows en.html '<b>Figure 9.1</b> One'
    shows en.html '<b>Table 9.1</b> Two'
    shows en.html '<b>Table 9.2</b> Three'
}

@test "a plot: two shapes, in the page's words and colours, told in words" {
    chapter '![그래프 | A plot](plot:ch09/z){#fig-z kind=bars label="횟수 | runs"}'
    tsv $'left\ttwo\tsrv' $'0\t50\t3' $'1\t7\t20'
    woven
    local lang
    for lang in ko en; do
        [ "$(grep -o '<svg [^>]*aria-labelledby="fig-z' $lang.html | wc -l)" -eq 2 ]
        shows $lang.html 'fill="var(--s1)"'
        shows $lang.html 'fill="var(--s2)"'
        shows $lang.html '>echo_server1</text>'
        run grep -oE '#[0-9a-f]{6}|rgb\(|font-family="|gnuplot' $lang.html
        is ""
    done
    shows ko.html '>둘</text>'
    shows ko.html '>횟수</text>'
    shows ko.html '>남은 것</text>'
    shows en.html '>two of them</text>'
    shows en.html '>runs</text>'
    shows en.html 'what is left 0: two of them 50, echo_server1 3; what is left 1:'
    shows ko.tex '\echopicture{ch09-fig-z}'
    [ -s ch09-fig-z.pdf ]
    grep -q '#0b6866' ch09-fig-z.svg
    grep -q '횟수' ch09-fig-z.svg
}

@test "a plot of lines: only the columns asked for, a logarithmic axis" {
    chapter '![선 | Lines](plot:ch09/z){#fig-z kind=lines x=srv y=two log=x}'
    tsv $'left\ttwo\tsrv' $'a\t0.5\t1' $'b\t7\t10' $'c\t8.25\t100'
    woven
    shows en.html '<circle '
    shows en.html '>100</text>'
    omits en.html 'fill="var(--s2)"'
    shows en.html 'echo_server1 100: two of them 8.25'
}

@test "a plot's words may hold whatever they like" {
    chapter '![가 | A "b" \<c\>](plot:ch09/z){#fig-z kind=bars label="$x_1` \\ & a < b | 100% '"'"'ok'"'"' 1 < 2 & {_}"}'
    tsv $'left\ttwo' $'0\t50' $'1\t7'
    woven
    shows en.html "1 &lt; 2 &amp; {_}</text>"
    shows ko.html '&amp; a &lt; b</text>'
    tidy -q -e -utf8 en.html 2>&1 | grep -i 'missing\|unescaped\|unexpected' >bad || true
    nothing_in bad
}

@test "values in the prose: a cell by row and column, a value by its name" {
    chapter '::: ko' '`1/two`{of="ch09/z"}번과 `runs`{of="ch09/z"}번.' ':::' \
        '::: en' 'In `1/two`{of="ch09/z"} of `runs`{of="ch09/z"}.' ':::'
    tsv '# value runs 57' "${numbers[@]}"
    woven
    shows ko.html '<code class="value">7</code>번'
    shows en.html 'In <code class="value">7</code> of <code class="value">57</code>.'
    shows en.html '<span>Debian 12</span>'
}

@test "not recorded on this machine: table, plot and value say so" {
    chapter '![표 | T](table:ch09/z){#tab-z}' '' \
        '![그래프 | P](plot:ch09/z){#fig-z kind=bars}' '' '::: ko' \
        '`runs`{of="ch09/z"}번' ':::' '::: en' '`runs`{of="ch09/z"} times' ':::'
    tsv '# skipped namespaces: EPERM'
    woven
    [ "$(grep -o 'Not recorded on this machine: namespaces: EPERM' en.html |
        wc -l)" -eq 3 ]
    shows ko.html '이 컴퓨터에서는 기록하지 못했습니다: namespaces: EPERM'
    shows en.html '<code class="value">…</code>'
    omits en.html '<table'
    omits en.html '<text'
    shows ko.tex '\nopicture{'
}

@test "errors of the weave: chapter and line, no page" {
    tsv "${numbers[@]}"
    chapter '![표 | T](table:ch09/none){#t}'
    refused 'chapters/ch09.nw:12: there is no experiment ch09/none'
    chapter '![표 | T](plot:ch09/z){#t}'
    refused 'chapters/ch09.nw:12: a plot has kind=bars or kind=lines'
    chapter '![표 | T](plot:ch09/z){#t kind=bars y="two four"}'
    refused 'chapters/ch09.nw:12: a plot needs numbers, and not - in two
chapters/ch09.nw:12: the table has no column four'
    chapter '::: ko' '`none`{of="ch09/z"}' ':::' '::: en' '`none`{of="ch09/z"}' ':::'
    refused 'chapters/ch09.nw:13: the table of ch09/z has no value none'
    tsv $'left\tother' $'1\t2'
    chapter '![표 | T](table:ch09/z){#t}'
    refused "chapters/ch09.nw:12: the column other has no words in the chapter's \
head"
    rm rec/ch09/z.tsv
    refused 'chapters/ch09.nw:12: no table of ch09/z (rec/ch09/z.tsv: No such file or directory); make recordings makes it'
}

# ---- the programs of the book's experiments

@test "peer_events: wrong usage: one line, exit 2" {
    local arguments
    for arguments in '' 'nonsense' 'fin 127.0.0.1' 'silent' 'fin x y' \
        'silent localhost'; do
        # shellcheck disable=SC2086 # the words of a command line
        run "$B/bin/ch05/peer_events" $arguments
        echo "$arguments: $output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == peer_events:* ]]
    done
}

# every_event COMMAND...: COMMAND makes a row for each event on this computer.
every_event() {
    local event
    for event in nothing fin half killed fin_write unread linger data_linger \
        before_accept; do
        run --separate-stderr "$@" "$event"
        printf '%s\n%s\n' "$output" "$stderr"
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [[ $output == "$event"$'\t'* ]]
        [ "$(tr -cd '\t' <<<"$output" | wc -c)" -eq 6 ]
    done
}

@test "peer_events: ASan, UBSan and valgrind find nothing" {
    # shellcheck disable=SC2046,SC2086 # lists of words
    gcc -D_POSIX_C_SOURCE=200809L -I"$ROOT/code/lib" $(flags) $SANITIZE \
        -o peer_events "$ROOT/code/ch05/peer_events.c" "$ROOT"/code/lib/*.c
    every_event ./peer_events
    need valgrind
    every_event valgrind -q --error-exitcode=99 "$B/bin/ch05/peer_events"
}

# ---- the experiments of the book

@test "shellcheck finds nothing in the book's experiments" {
    need shellcheck
    find "$ROOT/code" -name '*.experiment' >list
    [ -s list ]
    xargs -d '\n' shellcheck -s sh <list
}

@test "every experiment can be done again; a fixed one makes the same table" {
    sandbox
    local file name bad=0
    while read -r file; do
        name=${file#"$ROOT/code/"}
        name=${name%.experiment}
        echo "$name"
        "$B/bin/record" --bin "$B/bin/${name%/*}" --bin "$B/bin/lab" \
            --where "cd '$ROOT' && ./tangle.sh --where" -o again.tsv "$file" || {
            bad=1
            continue
        }
        if grep -qx '#: fixed' "$file"; then
            diff <(grep -v '^# date' "$B/recordings/$name.tsv") \
                <(grep -v '^# date' again.tsv) || bad=1
        fi
    done < <(find "$ROOT/code" -name '*.experiment')
    [ "$bad" -eq 0 ]
}
