#!/usr/bin/env bats
# What make does again after a change, and what it leaves alone. All in copies
# of the tree, of what is committed or not; HTML only, PDFs take their time.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
load helpers

setup_file() {
    # the copy of the tree that all tests copy, brought up to date
    local base=$BATS_FILE_TMPDIR/base
    mkdir "$base"
    cd "$ROOT" || return
    cp -a .luacheckrc ./* "$base"
    rm -rf "$base"/build/debug
    cd "$base" || return
    make_here html >"$BATS_FILE_TMPDIR/log" 2>&1 || {
        cat "$BATS_FILE_TMPDIR/log"
        return 1
    }
}

setup() {
    cp -a "$BATS_FILE_TMPDIR/base" "$BATS_TEST_TMPDIR/tree"
    cd "$BATS_TEST_TMPDIR/tree" || return
    chapter=chapters/ch05-echo.nw
    # everything made from now on is newer than this
    touch "$BATS_TEST_TMPDIR/mark"
}

teardown() {
    cd / && rm -rf "$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/other"
}

# make_here GOAL...: make, as somebody types it in this folder.
make_here() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u B -u CODE -u DEBUG -u V \
        make --no-print-directory "$@" 3>&-
}

# made PATH: what was made below PATH since the test began.
made() {
    find "$1" -type f -newer "$BATS_TEST_TMPDIR/mark" | sort
}

# recorded: skip the test where nothing can be recorded.
recorded() {
    ! grep -q '^skipped ' build/recordings/ch05/*.rec ||
        skip "$(sed -n 's/^skipped //p' build/recordings/ch05/*.rec |
            head -n 1)"
}

@test "make alone, and make help, say what can be done" {
    local goal
    run make_here
    [ "$status" -eq 0 ]
    for goal in help doctor setup tangle build run-ch record-long recordings \
        html pdf book check stress clean; do
        grep -q "^$goal" <<<"$output" || {
            echo "make help does not name $goal"
            return 1
        }
    done
    local help=$output
    run make_here help
    is "$help"
    run made .
    is ""
}

@test "make html a second time does nothing" {
    recorded
    run make_here html
    [ "$status" -eq 0 ]
    is "make: Nothing to be done for 'html'."
    run made .
    is ""
}

@test "make book a second time does nothing" {
    recorded
    [ -f build/pdf/echo-en.pdf ] && [ -z "$(find Makefile tangle.sh book \
        chapters -type f -newer build/pdf/echo-en.pdf)" ] ||
        skip "the PDFs are not made, or not from the present sources"
    run make_here book
    [ "$status" -eq 0 ]
    is "make: Nothing to be done for 'book'."
    run made .
    is ""
}

@test "a word of prose: the pages with it are woven, nothing is recorded" {
    recorded
    # one more word in the first English paragraph
    awk '!done && english && NF { sub(/$/, " Indeedindeed."); done = 1 }
         /^::: *en/ { english = 1 } { print }' "$chapter" >new
    mv new "$chapter"
    run make_here html
    [ "$status" -eq 0 ]
    hasnt RECORD
    grep -q Indeedindeed build/html/en/ch05.html
    # its own pages, and the page of answers to its exercises
    run made build/html
    is "$(printf 'build/html/%s.html\n' {en,ko}/{appH,ch05})"
    run made build/recordings
    is ""
    run made build/bin
    is ""
    run made code
    is ""
    run make_here html
    is "make: Nothing to be done for 'html'."
}

# What changes below is log_server, which one scenario runs: the test is what
# make does with a changed program, not how long all of them take.

@test "a word that a program prints: the transcript changes in the page" {
    recorded
    run grep 'log_server: get from' build/html/en/ch05.html
    is ""
    sed -i 's/die("read from %s"/die("get from %s"/
        s/log_server: read from 127/log_server: get from 127/' "$chapter"
    run make_here html
    echo "$output"
    [ "$status" -eq 0 ]
    local lang
    for lang in en ko; do
        grep -q 'log_server: get from 127.0.0.1:40000' \
            "build/html/$lang/ch05.html"
        run grep 'log_server: read from 127' "build/html/$lang/ch05.html"
        is ""
    done
    # no other program was linked, no other scenario played, and the chapters
    # without it were not woven
    run made build/bin
    is build/bin/ch05/log_server
    run made build/recordings
    is build/recordings/ch05/log_repaired.rec
    run made build/html
    hasnt preface
    hasnt appA
}

# expected: the chapter's line that expects the message of log_server's.
expected() {
    grep -n '^server shows /^log_server: read from 127' "$chapter" |
        cut -d : -f 1
}

@test "a changed output that a scenario does not expect stops make" {
    recorded
    sed -i 's/die("read from %s"/die("get from %s"/' "$chapter"
    cp build/html/en/ch05.html before.html
    run make_here -k html
    [ "$status" -ne 0 ]
    has "$chapter:$(expected):"
    has "log_server: get from 127.0.0.1:40000"
    cmp before.html build/html/en/ch05.html
    # and it does not count as done
    run make_here html
    [ "$status" -ne 0 ]
}

@test "a broken expectation stops make, which names the chapter's line" {
    recorded
    sed -i "$(expected)s/ECONNRESET/ECONNREFUSED/" "$chapter"
    run make_here recordings
    [ "$status" -ne 0 ]
    has "$chapter:$(expected):"
    has ECONNRESET
    has ECONNREFUSED
}

@test "a fault in a chapter stops make, which names its line" {
    printf '\n<<left over>>=\nx\n@\n' >>"$chapter"
    run make_here html
    [ "$status" -ne 0 ]
    has "$chapter:$(grep -n '^<<left over>>=' "$chapter" | cut -d : -f 1):"
    run made code
    is ""
}

@test "two copies at once, the port taken: both succeed, the same recordings" {
    recorded
    build/bin/ch05/echo_server1 2>/dev/null 3>&- & # or it is taken already
    local server=$! one two
    cp -a . ../other
    rm build/recordings/ch05/[a-e]*.rec ../other/build/recordings/ch05/[a-e]*.rec
    make_here recordings >../log1 2>&1 &
    one=$!
    (cd ../other && make_here recordings >../log2 2>&1) &
    two=$!
    wait $one || { cat ../log1; kill $server; return 1; }
    wait $two || { cat ../log2; kill $server; return 1; }
    kill $server || true
    local recording
    for recording in build/recordings/ch05/[a-e]*.rec; do
        echo "$recording"
        awk -f code/recorder/same.awk "$recording" "../other/$recording"
    done
    diff -r code ../other/code
}

@test "DEBUG=1: programs that name the chapter, below build/debug" {
    need readelf
    run make_here DEBUG=1 build
    [ "$status" -eq 0 ]
    readelf --debug-dump=decodedline build/debug/bin/ch05/echo_client \
        >"$BATS_TEST_TMPDIR/lines"
    grep -q ch05-echo.nw "$BATS_TEST_TMPDIR/lines"
    grep -q appA-library.nw "$BATS_TEST_TMPDIR/lines"
    run made code
    is ""
    run find build -path build/debug -prune -o -type f -newer \
        "$BATS_TEST_TMPDIR/mark" -print
    is ""
}

@test "what takes long: recorded on request, kept, dated on the page" {
    recorded
    cat >>"$chapter" <<'END'

### 오래 걸리는 것 | What takes long {#what-takes-long}

<<ch05/patience.scenario>>=
long 20
about 하나 | one
client$ ./log_server none
client exits 2
@

::: ko
그리고
:::
::: en
and
:::

<<ch05/patience.scenario>>=
about 둘 | two
client$ echo enough
client exits 0
@
END
    run make_here html
    [ "$status" -ne 0 ]
    has "recordings/ch05/patience.rec: missing; make record-long S=patience"
    run make_here record-long S=patience
    [ "$status" -eq 0 ]
    sed -i 's/^date .*/date 1999-12-31/' recordings/ch05/patience.rec
    run make_here html
    [ "$status" -eq 0 ]
    hasnt "RECORD "
    hasnt stale
    # the date stands at each of its pieces, and below the page
    local lang
    for lang in ko en; do
        [ "$(grep -o '<span>1999-12-31</span>' "build/html/$lang/ch05.html" |
            wc -l)" -eq 3 ]
    done
    grep -q 'recorded apart, since it takes long' build/html/en/ch05.html
    # its program changes: not played again, but everybody is told
    sed -i 's/die("read from %s"/die("get from %s"/
        s/log_server: read from 127/log_server: get from 127/' "$chapter"
    run make_here html
    [ "$status" -eq 0 ]
    has "recordings/ch05/patience.rec: stale, its scenario or programs"
    grep -q '<span>1999-12-31</span>' build/html/en/ch05.html
    run env B=build book/long.sh check
    [ "$status" -eq 1 ]
    has "recordings/ch05/patience.rec: stale"
}

# without_namespaces COMMAND...: run it where none can be made.
without_namespaces() {
    # shellcheck disable=SC2016 # for the inner shell
    run unshare --user --map-root-user sh -c '
        for kind in user pid mnt net uts ipc; do
            echo 0 >/proc/sys/user/max_${kind}_namespaces
        done
        exec "$@"' sh env -u MAKEFLAGS -u MAKELEVEL -u B -u CODE -u DEBUG "$@"
}

@test "where no namespaces can be made, the pages say that and make succeeds" {
    unshare --user --map-root-user true 2>/dev/null ||
        skip "the machine cannot be made one without namespaces"
    local recording gone=(build/recordings/ch05/{log_repaired,no_server}.rec)
    rm "${gone[@]}"
    without_namespaces make html
    [ "$status" -eq 0 ]
    for recording in "${gone[@]}"; do
        grep -q '^skipped .' "$recording"
        run grep -E '^(out|typed|packet) ' "$recording"
        is ""
    done
    grep -q 'Not recorded on this machine: namespaces' \
        build/html/en/ch05.html
    run grep -c '<pre>log_server: read from 127' build/html/en/ch05.html
    is 0
    # the tests of the pages skip what there is none of, and say so
    run env B="$PWD/build" tests/pages.bats -f recording
    [ "$status" -eq 0 ]
    has '# skip namespaces: '
    # without a change, nothing is woven again
    touch "$BATS_TEST_TMPDIR/mark"
    without_namespaces make html
    [ "$status" -eq 0 ]
    has RECORD
    run made build
    is ""
    # and where they can be made, make records
    run make_here html
    [ "$status" -eq 0 ]
    run grep -l '^skipped ' build/recordings/ch05/*.rec
    is ""
    run grep -c 'Not recorded on this machine' build/html/en/ch05.html
    is 0
    grep -q '<pre>log_server: read from 127' build/html/en/ch05.html
}

@test "make clean removes build/ and nothing else" {
    find . -path ./build -prune -o -type f -print | sort >../before
    run make_here clean
    [ "$status" -eq 0 ]
    [ ! -e build ]
    find . -type f | sort | diff ../before -
}
