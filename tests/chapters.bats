#!/usr/bin/env bats
# Rules of the source format that a program can see and that neither
# tangle.sh nor the weave looks at. (Those two have tests of their own:
# tangle.bats and weave.bats; here the real chapters go through both.)

# shellcheck disable=SC2016 # the programs are awk, in quotes
load helpers

setup() {
    cd "$ROOT" || return
    need gawk
}

# scan PROGRAM [FILE...]: run an awk program over the chapters, or the FILEs.
# It prints file:line: message for each fault; any output is a failure.
# What each program may use:
#   prose     1 in lines outside chunks and fenced code
#   chunk     the name of the chunk this line is part of, or ""
#   at        where the chunk begins
#   fault(m)  print m with file and line
scan() {
    local program=$1
    shift
    [ $# -gt 0 ] || set -- chapters/*.nw
    gawk '
    function fault(m) { print FILENAME ":" FNR ": " m }
    function width(s) {             # in columns: Hangul takes two
        gsub(/[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠]/, "&&", s)
        return length(s)
    }
    BEGINFILE { chunk = ""; fence = 0; begins = ends = 0 }
    { begins = ends = 0 }
    chunk == "" && /^(```|~~~)/ { fence = !fence }
    !fence && /^<<.*>>=$/ {
        chunk = substr($0, 3, length($0) - 5); at = FNR; begins = 1
    }
    chunk != "" && /^@( |$)/ { ends = 1 }
    { prose = chunk == "" && !fence }
    '"$program"'
    ends { chunk = "" }
    ' "$@" >"$BATS_TEST_TMPDIR/faults"
    nothing_in "$BATS_TEST_TMPDIR/faults"
}

@test "the chapters that are promised are here" {
    local id
    for id in preface ch05 appA appB; do
        grep -qx "id: $id" chapters/*.nw
    done
}

@test "the weave finds no fault in any chapter" {
    need lua5.4 ctags
    lua5.4 book/index.lua "$BATS_TEST_TMPDIR/index.lua" chapters/*.nw
    [ -s "$BATS_TEST_TMPDIR/index.lua" ]
}

@test "every call of the chapters' programs and of the library has its card" {
    need lua5.4 ctags
    lua5.4 book/index.lua "$BATS_TEST_TMPDIR/index.lua" chapters/*.nw
    run lua5.4 -e "
        local index = dofile('$BATS_TEST_TMPDIR/index.lua')
        assert(index.calls.fork and #index.calls.fork.sections > 3)
        for name, where in pairs(index.strangers) do print(name, where) end"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "a chunk has at most 12 lines of code, in an appendix 40" {
    # An outline of references, headers and braces is no more to read than its
    # references; a scenario is not printed, its transcript is.
    scan '
    begins { n = 0 }
    chunk && !begins && !ends && !/^ *$/ && !/^ *(<<.*>>|[{}])$/ &&
        !/^ *(\/\*|\*)/ && !/^#/ { n++ }
    ends && chunk !~ /\.scenario$/ {
        limit = FILENAME ~ /app/ ? 40 : 12
        if (n > limit)
            fault("<<" chunk ">> of line " at " has " n " lines, at most " \
                  limit " are allowed")
    }'
}

@test "no line of a chunk is wider than 76 columns" {
    scan '
    chunk && chunk !~ /\.scenario$/ && width($0) > 76 {
        fault(width($0) " columns in <<" chunk ">>")
    }'
}

@test "no tab, no blank at a line's end, no carriage return" {
    scan '
    /\t/ { fault("a tab") }
    /[ \r]$/ { fault("a blank at the end of the line") }'
}

@test "a chunk ends with a line @, and nothing is left open at the end" {
    scan '
    begins && open { fault("<<" chunk ">> begins before the one of line " \
                           open " has ended with @") }
    begins { open = FNR }
    ends { open = 0 }
    ends && $0 != "@" { fault("the line that ends a chunk is a lone @") }
    ENDFILE {
        if (chunk) fault("<<" chunk ">> of line " at " is not ended by @")
        if (fence) fault("a fence is open at the end")
    }'
}

@test "as many Korean sides as English ones, each followed by its other" {
    # (that a side holds text and no chunk is the weave business; this is
    # a second, independent look)
    scan '
    prose && /^:::+ *ko *$/ {
        if (want) fault("::: ko, and no ::: en yet for line " want)
        want = FNR; inside = 1; sides++; next
    }
    prose && /^:::+ *en *$/ {
        if (!want || inside) fault("::: en without a ::: ko before it")
        want = 0; inside = 1; sides--; next
    }
    prose && inside && /^:::+ *$/ { inside = 0; next }
    begins && inside { fault("a chunk inside ::: ko or ::: en") }
    !inside && want && !/^ *$/ { fault("half a pair: ::: en is missing") }
    ENDFILE {
        if (want || inside || sides) fault("half a pair")
        want = inside = sides = 0
    }'
}

@test "the two sides of a pair have the same links" {
    scan '
    function links(s,    list) {
        while (match(s, /\]\([^)]*\)/)) {
            list = list " " substr(s, RSTART + 2, RLENGTH - 3)
            s = substr(s, RSTART + RLENGTH)
        }
        return list
    }
    function sorted(s,    n, a, i) {
        n = split(s, a)
        asort(a)
        s = ""
        for (i = 1; i <= n; i++) s = s " " a[i]
        return s
    }
    prose && /^:::+ *(ko|en) *$/ {
        side = $2; found[side] = ""; first[side] = FNR; next
    }
    prose && side && /^:::+ *$/ {
        if (side == "en" && sorted(found["ko"]) != sorted(found["en"]))
            fault("the links differ: ko" sorted(found["ko"]) "; en" \
                  sorted(found["en"]))
        side = ""
    }
    prose && side { found[side] = found[side] links($0) }'
}

@test "every heading has two titles and an id that no other has" {
    scan '
    prose && /^#+ / {
        if (!/^###? .* \| .* \{#[a-z][a-z0-9-]*\}$/)
            fault("no \"한국어 | English {#id}\" heading of level 2 or 3")
    }
    prose && match($0, /\{[^}]*#[A-Za-z][A-Za-z0-9-]*/) {
        id = substr($0, RSTART, RLENGTH)
        sub(/.*#/, "", id)
        if (id in seen) fault("id " id " is already at " seen[id])
        seen[id] = FILENAME ":" FNR
    }'
}

@test "a pitfall has the number of a claim, E1 to E94, once, and two titles" {
    scan '
    prose && /\.pitfall/ {
        boxes++
        if (!match($0, /\{\.pitfall #E[1-9][0-9]* title=".+ \| .+"\}$/))
            fault("no {.pitfall #E… title=\"한국어 | English\"}")
        number = gensub(/.*#E([0-9]*).*/, "\\1", 1) + 0
        if (number < 1 || number > 94) fault("no claim E" number)
        if (number in seen) fault("E" number " is already at " seen[number])
        seen[number] = FILENAME ":" FNR
    }
    END { if (!boxes) print "no pitfall in any chapter" }'
}

@test "a broken program says so in its first line" {
    local file broken=0
    while IFS= read -r file; do
        broken=$((broken + 1))
        head -n 1 "$file" | grep -q '^/\* BROKEN on purpose: .' || {
            echo "$file:1: no /* BROKEN on purpose: why"
            return 1
        }
    done < <(find code -name '*_broken.c')
    [ "$broken" -gt 0 ]
}

@test "a program that is not broken does not say it is" {
    run grep -rlE 'BROKEN on purpose' code --include='*.[ch]' \
        --exclude='*_broken.c'
    is ""
}
