#!/usr/bin/env bats
# The PDF: first what pdf.sh and the LaTeX back end do with a small chapter,
# then the book's own PDFs, which `make pdf` has made.

# shellcheck disable=SC2016 # backquotes are Markdown, backslashes TeX here

load helpers

setup() {
    need xelatex xdvipdfmx pdffonts pdfinfo pdftotext pdftohtml rsvg-convert
}

# ---- a small book ----------------------------------------------------------

# small TEXT: write a chapter with this text after a chunk and a run, and make
# its index.
small() {
    mkdir -p "$BATS_TEST_TMPDIR/p/rec/ch09" && cd "$BATS_TEST_TMPDIR/p" || return
    mkdir -p chapters code/ch09 tex
    cat >chapters/ch09.nw <<'END'
---
id: ch09
number: 9
title: 작은 장 | A small chapter
chunks:
  say it: 말한다
terminals:
  server: 서버 | server
---
## 첫 절 | The first section {#first}

<<ch09/hello.c>>=
#include <stdio.h>

int main(void)
{
    <<say it>>
}
@

<<say it>>=
puts("안녕");
@

<<ch09/run.scenario>>=
server$ ./hello
@

END
    printf '%s\n' "$1" >>chapters/ch09.nw
    notangle -Rch09/hello.c chapters/ch09.nw >code/ch09/hello.c
    lua5.4 "$ROOT/book/index.lua" -c code index chapters/ch09.nw
}

# recorded RECORD...: the recording of the run, with these records in piece 1.
recorded() {
    printf '%s\n' 'recording 1' 'scenario ch09/run' \
        'system Linux 6.1.2 x86_64' 'distribution Test' 'date 2026-01-02' \
        'terminal server pts/0 $' 'piece 1' 'step 1 server' \
        'prompt 0.1 server' 'typed 0.1 server ./hello' "$@" 'end 0.2' \
        >rec/ch09/run.rec
}

# pdf LANG: weave the chapter and make LANG.pdf.
pdf() {
    FIGURES=tex "$ROOT/book/weave.sh" -i index -r rec latex "$1" \
        chapters/ch09.nw tex/ch09.tex &&
        "$ROOT/book/pdf.sh" "$1" "$1.pdf" tex/ch09.tex
}

@test "a chunk has a tag with its page, and references and uses show tags" {
    small '::: ko
`puts`를 봅니다.
:::
::: en
Look at `puts`.
:::'
    recorded 'out 0.1 server - 안녕\n' 'exit 0.1 server 0'
    pdf ko
    run pdftotext ko.pdf -
    has '⟨ch09/hello.c⟩'
    has '⟨말한다 1b⟩'
    has '⟨말한다⟩'
    has '쓰이는 곳 1a'
    has '1c'
    has 'puts를 봅니다'
    has '안녕'
    pdf en
    run pdftotext en.pdf -
    has '⟨say it 1b⟩'
    has 'Used in 1a'
}

@test "a second run with nothing changed is one pass of XeLaTeX" {
    small ''
    recorded 'exit 0.1 server 0'
    mkdir bin
    printf '#!/bin/sh\necho run >>"%s/runs"\nexec "%s" "$@"\n' \
        "$PWD" "$(command -v xelatex)" >bin/xelatex
    chmod +x bin/xelatex
    PATH=$PWD/bin:$PATH
    pdf en
    [ "$(wc -l <runs)" -ge 2 ]
    rm runs
    pdf en
    [ "$(wc -l <runs)" -eq 1 ]
}

@test "a line over the margin is an error with its place; the PDF stays" {
    small ''
    recorded 'exit 0.1 server 0'
    pdf en
    cp en.pdf before.pdf
    word=$(printf 'x%.0s' {1..120})
    small "## 다음 절 | The next section {#next}

::: ko
\`$word\`
:::
::: en
\`$word\`
:::"
    run pdf en
    [ "$status" -eq 1 ]
    has 'over the margin'
    line=$(grep -n '{#next}' chapters/ch09.nw | cut -d: -f1)
    has "chapters/ch09.nw:$line: (9.2)"
    cmp en.pdf before.pdf
}

@test "an error of TeX is shown with its place, and the next run is clean" {
    small '::: ko
\undefinedcommand
:::
::: en
\undefinedcommand
:::'
    recorded 'exit 0.1 server 0'
    run pdf ko
    [ "$status" -eq 1 ]
    has 'chapters/ch09.nw:10: (9.1): Undefined control sequence'
    [ ! -e ko.pdf ]
    small ''
    pdf ko
    [ -e ko.pdf ]
}

@test "a character that no font has is an error" {
    small '::: ko
코드 `ꦄ`.
:::
::: en
Code `ꦄ`.
:::'
    recorded 'exit 0.1 server 0'
    run pdf en
    [ "$status" -eq 1 ]
    has 'no ꦄ'
}

@test "a run that was not recorded says so and shows its script" {
    small ''
    printf 'recording 1\nscenario ch09/run\nskipped no user namespaces\n' \
        >rec/ch09/run.rec
    pdf en
    run pdftotext -layout en.pdf -
    has 'Not recorded on this machine: no user namespaces'
    has 'server$ ./hello'
}

@test "a line of 80 columns fits; a longer one goes on in the next" {
    small ''
    eighty=$(printf '1234567890%.0s' {1..8})
    hangul=$(printf '가%.0s' {1..41})
    recorded "out 0.1 server - $eighty\\n" "out 0.1 server - $hangul\\n" \
        'exit 0.1 server 0'
    pdf en
    run pdftotext -layout en.pdf -
    has "$eighty"
    hasnt "$hangul"
    has "$(printf '가%.0s' {1..40})"
}

@test "bytes that are no text, tabs and controls are shown, code is not hyphenated" {
    words=$(for n in {1..60}; do printf '%*s`connect`' "$((n % 7 + 1))" x; done)
    small "::: ko
$words
:::
::: en
$words
:::"
    recorded 'out 0.1 server - a\tb\x1bc\xffd\n' 'exit 0.1 server 0'
    pdf en
    run pdftotext -layout en.pdf -
    has 'a       b^[c\xFFd'
    hasnt 'con-'
    hasnt 'connec-'
}

@test "a run says what was done to hosts and where a terminal is; a tall chart fits" {
    local n packets=()
    small '![긴 그림 | A tall chart](packets:ch09/run/all){#fig-all}'
    for n in {1..40}; do
        packets+=("packet $n.1 all 192.0.2.1:40000 192.0.2.2:9877 ACK $n 1 0")
    done
    recorded 'out 0.1 server - one\n' 'stage 0.2 crash far' \
        'stage 0.25 kill far x x' 'prompt 0.3 watch' 'typed 0.3 watch date' 'stage 0.4 reboot far' \
        'host far 192.0.2.2' 'terminal watch pts/1 $ far' "${packets[@]}"
    pdf ko
    run pdftotext -layout ko.pdf -
    has 'far 호스트가 죽는다'
    has 'far 호스트가 다시 켜진다'
    has '@far'
    has '그림 9.1'
    has 'seq 40'
    pdf en
    run pdftotext -layout en.pdf -
    has 'far host: SIGKILL → x ×2'
}

@test "tables, figures, boxes, lists and addresses of the web" {
    small ':::: {.pitfall #E99 title="함정의 제목 | The title of the pitfall"}
::: ko
> 틀린 말

*강조*한 글입니다.[^1]

[^1]: 각주입니다.
:::
::: en
> A wrong claim

Some *emphasis*.[^2]

[^2]: A footnote.
:::
::::

::: ko
| 하나 | 둘 |
|---|---|
| `a_b` | 긴 글이 들어가는 칸입니다. 이 칸은 한 줄에 들어가지 않으므로 나뉘어야 합니다. 그래도 여백을 넘지 않습니다. |

: 표의 제목

[](#E99)을 보십시오. [표준](https://example.org/a_b%20c#d)도 있습니다.
:::
::: en
| one | two |
|---|---|
| `a_b` | 1 |

: The caption

See [](#E99) and [the standard](https://example.org/a_b%20c#d).
:::

![그림의 제목 | The caption of the chart](packets:ch09/run/all){#fig-all}'
    recorded 'exit 0.1 server 0' \
        'packet 0.1 all 127.0.0.1:40000 127.0.0.1:9877 SYN 0 - 0' \
        'packet 0.1 all 127.0.0.1:9877 127.0.0.1:40000 SYN+ACK 0 1 0'
    pdf ko
    run pdftotext ko.pdf -
    has '함정 E99'
    has '함정의 제목'
    has '강조한 글입니다'
    has '각주입니다'
    has '표의 제목'
    has 'https://example.org/a_b%20c#d'
    has '그림 9.1'
    pdf en
    run pdftotext en.pdf -
    has 'Pitfall E99'
    has 'The caption of the chart'
    run pdffonts en.pdf
    hasnt 'Type 3'
}

# ---- the book --------------------------------------------------------------

# book LANG: the PDF of this edition must be there.
book() {
    pdf=$B/pdf/echo-$1.pdf
    work=$B/pdf/echo-$1.d
    [ -e "$pdf" ] || {
        echo "$pdf: not there; make pdf makes it"
        return 1
    }
}

# titles LANG: the titles of the chapters, one a line, without code marks.
titles() {
    sed -n '/^title: /{s///p;q;}' -s "$ROOT"/chapters/*.nw |
        if [ "$1" = ko ]; then sed 's/ | .*//'; else sed 's/.* | //'; fi |
        tr -d '`'
}

@test "all fonts are embedded and their text can be copied" {
    for lang in ko en; do
        book $lang
        pdffonts "$pdf" | awk 'NR > 2 && $0 !~ / yes +yes +yes +[0-9]+ +[0-9]+$/' \
            >"$BATS_TEST_TMPDIR/bad"
        nothing_in "$BATS_TEST_TMPDIR/bad"
        [ "$(pdffonts "$pdf" | wc -l)" -gt 6 ]
    done
}

@test "pages of 188 x 257 mm" {
    for lang in ko en; do
        book $lang
        pdfinfo "$pdf" | awk '/^Page size:/ {
            x = $3 * 25.4 / 72 - 188; y = $5 * 25.4 / 72 - 257
            good = x * x < .04 && y * y < .04 } END { exit !good }'
    done
}

@test "the titles of all chapters are in the text and in the bookmarks" {
    for lang in ko en; do
        book $lang
        pdftotext "$pdf" "$BATS_TEST_TMPDIR/text"
        pdftohtml -xml -i -stdout -f 1 -l 1 "$pdf" |
            sed -n '/<outline>/,$p' >"$BATS_TEST_TMPDIR/outline"
        titles $lang >"$BATS_TEST_TMPDIR/titles"
        [ -s "$BATS_TEST_TMPDIR/titles" ]
        while read -r title; do
            grep -qF "$title" "$BATS_TEST_TMPDIR/text" ||
                { echo "$lang: not in the text: $title"; return 1; }
            grep -qF "$title" "$BATS_TEST_TMPDIR/outline" ||
                { echo "$lang: no bookmark: $title"; return 1; }
        done <"$BATS_TEST_TMPDIR/titles"
    done
}

@test "pages stand in the book's order; what continues a chapter is in it" {
    local lang
    INDEX=$B/index.lua lua5.4 -e 'for _, page in
        ipairs(dofile(os.getenv("INDEX")).chapters) do print(page.id) end' \
        >"$BATS_TEST_TMPDIR/pages"
    for lang in ko en; do
        book $lang
        grep -o '\\input{[^}]*}' "$work/edition.tex" |
            sed 's/.*{\(.*\)}/\1/' | diff "$BATS_TEST_TMPDIR/pages" -
    done
    # as deep in the bookmarks as the sections of the chapter's first page
    pdftohtml -xml -i -stdout -f 1 -l 1 "$pdf" | sed -n '/<outline>/,$p' |
        awk '/<outline>/ { depth++ } /<\/outline>/ { depth-- }
            /<item/ { gsub(/<[^>]*>/, ""); print depth, $0 }' \
            >"$BATS_TEST_TMPDIR/outline"
    grep '^2 5\.1 ' "$BATS_TEST_TMPDIR/outline"
    grep '^2 Children that end' "$BATS_TEST_TMPDIR/outline"
    grep '^3 5\.8 ' "$BATS_TEST_TMPDIR/outline"
    grep '^4 5\.8\.1 ' "$BATS_TEST_TMPDIR/outline"
}

@test "title, author and both scripts" {
    for lang in ko en; do
        book $lang
        run pdfinfo "$pdf"
        has '메아리 · Echo'
        run pdftotext "$pdf" -
        has '안녕하세요'
        has 'ESTABLISHED'
    done
    book ko
    run pdftotext "$pdf" -
    has '바이트 스트림'
    book en
    run pdftotext "$pdf" -
    has 'byte stream'
}

@test "no line stands over the margin, and no character is missing" {
    for lang in ko en; do
        book $lang
        lua5.4 "$ROOT/book/texlog.lua" "$work/book.log" "$B/tex/$lang"/*.tex
        run grep -c 'Output written\|no pages' "$work/book.log"
        [ "$output" -ge 1 ]
    done
}

@test "every chunk's tag stands on its page" {
    book en
    first=$(pdfinfo -dests "$pdf" | awk '$NF == "\"page.1\"" { print $1 }')
    [ -n "$first" ]
    sed -n 's/^\\chunkpage{.*}{\(.*\)}$/\1/p' "$work/book.aux" |
        awk '{ n = $1 == last ? n + 1 : 1; last = $1
               print $1, $1 substr("abcdefghijklmnopqrstuvwxyz", n, 1) }' \
            >"$BATS_TEST_TMPDIR/tags"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/tags")" -gt 50 ]
    pdftotext -f "$first" "$pdf" "$BATS_TEST_TMPDIR/text"
    awk 'NR == FNR { want[$1] = want[$1] " " $2; next }
        BEGIN { page = 1 }
        { while (i = index($0, "\f")) {
              check(text " " substr($0, 1, i - 1)); $0 = substr($0, i + 1)
              text = ""; page++ }
          text = text " " $0 " " }
        function check(t,  n, k, tag) {
            n = split(want[page], tag, " ")
            for (k = 1; k <= n; k++)
                if (!index(" " t " ", " " tag[k] " "))
                    { print "page " page ": no " tag[k]; bad = 1 } }
        END { exit bad }' "$BATS_TEST_TMPDIR/tags" "$BATS_TEST_TMPDIR/text"
}

@test "every link leads somewhere" {
    for lang in ko en; do
        book $lang
        cat "$B/tex/$lang"/*.tex "$work/chunks.tex" |
            grep -oE '\\(hyperlink|link|cid|use|taglink)\{[^{}]+\}' |
            sed 's/.*{\(.*\)}/\1/' | sort -u >"$BATS_TEST_TMPDIR/links"
        pdfinfo -dests "$pdf" | sed -n 's/.* "\(.*\)"$/\1/p' | sort -u \
            >"$BATS_TEST_TMPDIR/dests"
        comm -23 "$BATS_TEST_TMPDIR/links" "$BATS_TEST_TMPDIR/dests" \
            >"$BATS_TEST_TMPDIR/bad"
        [ -s "$BATS_TEST_TMPDIR/links" ]
        nothing_in "$BATS_TEST_TMPDIR/bad"
    done
}

@test "the index of identifiers knows where str_echo is defined" {
    for lang in ko en; do
        book $lang
        page=$(sed -n 's/^\\identifier{str_echo}{def}{\(.*\)}$/\1/p' \
            "$work/book.aux" | head -n 1)
        [ -n "$page" ]
        run grep -F '{str\_echo}' "$work/identifiers.tex"
        has "\\defpage{\\pagelink{$page}}"
    done
}
