#!/usr/bin/env bats
# The weave, with small chapters in a folder of its own: the reader, the
# index, the two editions, chunks, recordings, charts, and every error.

# shellcheck disable=SC2016 # backquotes are Markdown here

load helpers


setup() {
    need pandoc lua5.4 ctags notangle
    mkdir -p "$BATS_TEST_TMPDIR/p/chapters" "$BATS_TEST_TMPDIR/p/rec/ch09"
    cd "$BATS_TEST_TMPDIR/p" || return
    noweb=${NOWEB:-/usr/lib/noweb}
}

# chapter ID NUMBER [HEAD LINE...]: write chapters/ID.nw, its head made from
# the arguments, its text from standard input.
chapter() {
    local id=$1 number=$2
    shift 2
    {
        printf -- '---\nid: %s\nnumber: %s\ntitle: 제목 | Title\n' "$id" "$number"
        [ $# -eq 0 ] || printf '%s\n' "$@"
        printf -- '---\n'
        cat
    } >"chapters/$id.nw"
}

# pair KOREAN ENGLISH: print a pair of these paragraphs.
pair() {
    printf '::: ko\n%s\n:::\n::: en\n%s\n:::\n\n' "$1" "$2"
}

# tangle ROOT...: write these root chunks of chapters/ch09.nw below code/.
tangle() {
    local root
    for root; do
        mkdir -p "code/${root%/*}"
        notangle -R"$root" chapters/ch09.nw >"code/$root"
    done
}

# shellcheck disable=SC2153 # ROOT comes from helpers.bash
index() {
    lua5.4 "$ROOT/book/index.lua" -c code index chapters/*.nw
}

# weave LANG [ID]: make the page LANG.html.
weave() {
    "$ROOT/book/weave.sh" -i index -r rec html "$1" "chapters/${2:-ch09}.nw" \
        "$1.html"
}

# woven: make the index and both editions; nothing may be said.
woven() {
    run --separate-stderr both
    printf '%s\n%s\n' "$output" "$stderr"
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

both() {
    index && weave ko && weave en
}

# refused MESSAGE...: indexing or weaving fails, says these lines and nothing
# else, and leaves the pages as they were.
refused() {
    echo before >ko.html
    echo before >en.html
    run both
    printf '%s\n' "$output"
    [ "$status" -ne 0 ]
    [ "$output" = "$(printf '%s\n' "$@")" ]
    [ "$(cat ko.html en.html)" = "$(printf 'before\nbefore')" ]
    [ -z "$(find . -name '*.new')" ]
}

# shows PAGE TEXT / omits PAGE TEXT: the page has this text, or has it not.
shows() {
    grep -qF -- "$2" "$1" || {
        echo "not in $1: $2"
        sed -n '/<main/,/<\/main/p' "$1"
        return 1
    }
}
omits() {
    ! grep -F -- "$2" "$1"
}

# recording [RECORD...]: write rec/ch09/run.rec with these records after the
# usual first ones.
recording() {
    {
        printf '%s\n' 'recording 1' 'scenario ch09/run' \
            'system Linux 6.1.2-x x86_64' 'distribution Debian 12' \
            'date 2026-01-02' 'terminal server pts/0 $' \
            'terminal client pts/1 #'
        printf '%s\n' "$@"
    } >rec/ch09/run.rec
}

# ---- the reader

@test "reader: chunks keep their place, name, line and code" {
    cat >a.nw <<'END'
Text.[^n]

<<one>>=
a[1] @<<b; <<two>>
    c
@ after

[^n]: A note.

<<two>>=
x
END
    run --separate-stderr sh -c "$noweb/markup a.nw | $noweb/noidx |
        pandoc -f $ROOT/book/noweb.lua -t native -s"
    [ "$status" -eq 0 ]
    has '( "name" , "one" ) , ( "line" , "3" )'
    has '( "name" , "two" ) , ( "line" , "10" )'
    has '"a[1] @<<b; <<two>>\n    c"'
    has 'Note [ Para'
    has '( "noweb-file" , MetaString "a.nw" )'
}

@test "reader: [[quoted code]] becomes a code span, whatever is in it" {
    printf 'Use [[a`b]] and [[c]].\n' >a.nw
    run sh -c "$noweb/markup a.nw | pandoc -f $ROOT/book/noweb.lua -t html"
    is '<p>Use <code>a`b</code> and <code>c</code>.</p>'
}

@test "reader: a fence after a footnote or a list still closes its div" {
    {
        printf '::: ko\n하나.[^a]\n\n[^a]: 각주\n:::\n::: en\n- one\n:::\n\n'
        pair '둘' 'two'
    } | chapter ch09 9
    woven
    omits ko.html ':::'
    omits en.html ':::'
    omits ko.html '>one<'
    shows en.html '<p>two</p>'
}

# ---- editions, numbers, references

@test "each edition has its own language and the same ids" {
    {
        printf '## 첫 절 | First section {#first}\n\n'
        pair '한국어만' 'only English'
        printf '### `a | b` 속 | Inside `a | b` {#inside}\n\n'
        pair '다시' 'again'
        printf '::: {.aside #note title="곁 | side"}\n'
        pair '속 글' 'inner text'
        printf ':::\n'
    } | chapter ch09 9
    woven
    shows ko.html '한국어만'
    omits ko.html 'only English'
    omits ko.html 'First section'
    shows en.html 'only English'
    omits en.html '한국어만'
    omits en.html '첫 절'
    shows ko.html '<code>a | b</code> 속'
    shows en.html 'Inside <code>a | b</code>'
    shows en.html 'inner text'
    omits en.html '속 글'
    local ids='id="[^"]*"'
    diff <(grep -o "$ids" ko.html) <(grep -o "$ids" en.html)
}

@test "sections and figures are numbered, references filled in" {
    {
        printf '## 가 | A {#sa}\n\n'
        pair '[](#sb), [](#sb1), [](#fig-x), [](#E7), [](#appz), [내 말](#sa)' \
            '[](#sb), [](#sb1), [](#fig-x), [](#E7), [](#appz), [my words](#sa)'
        printf '## 나 | B {#sb}\n\n### 다 | C {#sb1}\n\n'
        printf '![그림 | picture](figures/echo-pair.svg){#fig-x}\n\n'
        printf '::: {.pitfall #E7 title="함정 | trap"}\n'
        pair '> 말' '> claim'
        printf ':::\n'
    } | chapter ch09 9
    pair '[](#sb)' '[](#sb)' | chapter appz Z
    woven
    shows ko.html '<a href="#sb">9.2절</a>, <a href="#sb1">9.2.1절</a>'
    shows en.html '<a href="#sb">Section 9.2</a>, <a href="#sb1">Section 9.2.1</a>'
    shows ko.html '<a href="#fig-x">그림 9.1</a>'
    shows en.html '<a href="#fig-x">Figure 9.1</a>'
    shows en.html '<a href="#E7">Pitfall E7</a>'
    shows ko.html '<a href="appz.html">부록 Z</a>'
    shows en.html '<a href="appz.html">Appendix Z</a>'
    shows ko.html '<a href="#sa">내 말</a>'
    weave en appz
    shows en.html '<a href="ch09.html#sb">Section 9.2</a>'
}

@test "the pages of a chapter share numbers and chunks" {
    {
        printf '## 하나 | One {#one}\n\n## 둘 | Two {#two}\n\n'
        printf '<<ch09/a.c>>=\n<<body>>\n@\n\n'
        pair '[](#three)과 [](#ch09b)' 'See [](#three), [](#ch09b).'
    } | chapter ch09 9
    {
        printf '## 셋 | Three {#three}\n\n## 넷 | Four {#four}\n\n'
        printf '<<body>>=\nint answer;\n@\n'
    } | chapter ch09b 9 'chunks:' '  body: 몸'
    mv chapters/ch09b.nw chapters/ch09-more.nw
    mkdir -p code/ch09
    notangle -Rch09/a.c chapters/ch09.nw chapters/ch09-more.nw >code/ch09/a.c
    run index
    is ""
    weave en ch09
    shows en.html 'See <a href="ch09b.html#three">Section 9.3</a>,'
    shows en.html '<a href="ch09b.html">Sections 9.3–9.4</a>'
    shows en.html 'href="ch09b.html#ch09-body-1"'
    shows en.html '<li class="ch"><a href="#top" aria-current="page"><span class="n">9</span> Title</a><ol><li><a href="#one">9.1 One</a></li><li><a href="#two">9.2 Two</a></li></ol><ol class="parts"><li class="part"><a href="ch09b.html"><span class="n">9.3–9.4</span> Title</a></li></ol></li>'
    weave ko ch09-more
    shows ko.html '<ol class="parts"><li class="part"><a href="#top" aria-current="page"><span class="n">9.3–9.4</span> 제목</a><ol><li><a href="#three">'
    shows ko.html '9.3–9.4절'
    shows ko.html 'id="ch09-body-1"'
    shows ko.html 'href="ch09.html#ch09-a-c-1"'
}

@test "a Korean word is not broken at a bracket, nor before a particle" {
    pair '교착 상태(deadlock)입니다. `fork`가 (둘째) 뜻.' 'A state (deadlock)s.' |
        chapter ch09 9
    woven
    run cat ko.html en.html
    has '교착 <span class="nb">상태(deadlock)입니다.</span>'
    has '<span class="nb"><code>fork</code>가</span> (둘째) 뜻.'
    has 'A state (deadlock)s.'
}

@test "the front page shows what continues a chapter inside it" {
    printf '## 하나 | One {#one}\n' | chapter ch09 9
    printf '## 둘 | Two {#two}\n' | chapter ch09b 9
    printf '## 셋 | Three {#three}\n' | chapter ch09c 9
    mv chapters/ch09b.nw chapters/ch09-b.nw
    mv chapters/ch09c.nw chapters/ch09-c.nw
    index
    lua5.4 "$ROOT/book/front.lua" -i index en >front.html
    lua5.4 "$ROOT/tests/pages.lua" structure front.html
    shows front.html '</ol><div class="part"><a href="ch09b.html">Title</a><ol><li><a href="ch09b.html#two"><span class="n">9.2</span><span>Two</span></a></li></ol></div><div class="part"><a href="ch09c.html">'
    shows front.html '<span>Three</span></a></li></ol></div></li></ol>'
}

@test "pages link to the other language, to their neighbours, to every section" {
    printf '## 가 | A {#sa}\n' | chapter ch09 9
    printf '## 나 | B {#sz}\n' | chapter appz Z
    woven
    shows ko.html 'href="../en/ch09.html"'
    shows en.html 'href="../ko/ch09.html"'
    shows ko.html '<link rel="next" href="appz.html">'
    omits ko.html 'rel="prev"'
    shows en.html '<li><a href="#sa">9.1 A</a></li>'
}

# ---- code

# a_program: a chapter whose C program has three chunks, one of them used by
# another, and a header in lib/.
a_program() {
    chapter ch09 9 'chunks:' '  the loop: 고리' '  give up: 포기' <<'END'
## 가 | A {#sa}

<<lib/tool.h>>=
struct work { int n; };
int work(struct work *w);
@

<<ch09/a.c>>=
#include "tool.h"
#define LIMIT 3
static int helper(int x);
int main(void)
{
    struct work w = { .n = LIMIT };  /* helper of LIMIT */
    <<the loop>>
    return helper(work(&w));         // "work"
}
@

<<the loop>>=
for (;;) { puts("LIMIT <b>"); <<give up>> }
@

<<give up>>=
if (w.n @<<1) exit(0);
@

<<ch09/a.c>>=
static int helper(int x) { return x; }
@

::: ko
`helper`와 `LIMIT()`, [`main`](#sa), `nobody`.
:::
::: en
`helper` and `LIMIT()`, [`main`](#sa), `nobody`, `struct work`.
:::
END
    tangle lib/tool.h ch09/a.c
}

@test "a chunk says its name, where it goes, where it is used, what it defines" {
    a_program
    woven
    shows ko.html '<span class="nm">⟨고리⟩</span>'
    shows en.html '<span class="nm">⟨the loop⟩</span>'
    shows ko.html '<a href="#ch09-a-c-1">a.c</a> › <a href="#ch09-a-c-1">main</a>'
    shows ko.html '<a class="use" href="#ch09-the-loop-1">⟨고리⟩</a>'
    shows en.html 'Used in <a class="nm" href="#ch09-the-loop-1">⟨the loop⟩</a>'
    shows en.html '↓ <a href="#ch09-a-c-2">'
    shows en.html '↑ <a href="#ch09-a-c-1">'
    shows en.html 'Defines <code>LIMIT</code>, <code>main</code>'
    shows en.html '(w.n &lt;&lt;<span class="n">1</span>)'
}

@test "identifiers link to their definition, never from comments or strings" {
    a_program
    woven
    shows en.html '{ .n = LIMIT };  <span class="c">/* helper of LIMIT */</span>'
    shows en.html 'puts(<span class="s">&quot;LIMIT &lt;b&gt;&quot;</span>)'
    shows en.html '<span class="c">// &quot;work&quot;</span>'
    shows en.html 'return</span> <a href="#ch09-a-c-2">helper</a>('
    shows en.html 'struct</span> <a href="#ch09-lib-tool-h-1">work</a> w = {'
    shows en.html '<a class="s" href="#ch09-lib-tool-h-1">&quot;tool.h&quot;</a>'
    shows en.html ') exit(<span class="n">0</span>);'
    # in prose
    shows en.html '<a href="#ch09-a-c-2" class="id"><code>helper</code></a>'
    shows en.html '<a href="#ch09-a-c-1" class="id"><code>LIMIT()</code></a>'
    shows en.html '<a href="#sa"><code>main</code></a>, <code>nobody</code>, <a href="#ch09-lib-tool-h-1"'
}

# a_card NAMES [BODY]: print a card that describes NAMES.
a_card() {
    printf '::::: {.call #call-x names="%s" title="`x` | `x`"}\n' "$1"
    printf '```c\nint fork(void);\n```\n\n'
    pair "${2:-결과
:   둘}" "${2:-Returns
:   two}"
    printf ':::::\n'
}

@test "code links to the card of a call, which says in which sections it is used" {
    {
        printf '## 가 | A {#sa}\n\n'
        printf '<<ch09/a.c>>=\nint main(void)\n{\n    <<one>>\n    <<two>>\n}\n@\n'
        printf '## 나 | B {#sb}\n\n'
        printf '<<one>>=\nfork();   /* wait() */\n@\n'
        printf '## 다 | C {#sc}\n\n'
        printf '<<two>>=\nwait(0);\nother.wait(1);\nputs("x");\n@\n'
        pair '[](#call-x)를 봅니다.' 'See [](#call-x).'
    } | chapter ch09 9 'chunks:' '  one: 하나' '  two: 둘'
    a_card 'fork wait vfork' | chapter appz Z
    tangle ch09/a.c
    woven
    shows en.html '<a href="appz.html#call-x">fork</a>();'
    shows en.html '<span class="c">/* wait() */</span>'
    shows en.html '<a href="appz.html#call-x">wait</a>('
    shows en.html 'other.wait('
    shows en.html 'puts('
    omits en.html '>puts</a>'
    shows en.html '<a href="appz.html#call-x"><code>x</code></a>'
    weave ko appz
    shows ko.html '<p class="title"><code>x</code></p>'
    shows ko.html '<dt>쓰이는 곳</dt>'
    shows ko.html '<a href="ch09.html#sb">9.2</a> · <a href="ch09.html#sc">9.3</a>'
    omits ko.html '>9.1<'
    # what the chapters call, and no card describes
    grep -A1 '"strangers"' index | grep -F '["puts"]="ch09#ch09-two-1"'
}

@test "error: a card without names, two cards of one call, a card without a list" {
    printf '::: {.call #call-x title="x | x"}\n%s\n:::\n' "$(pair 가 a)" |
        chapter ch09 9
    refused 'chapters/ch09.nw:6: a card has an id and names="…", the calls that it describes'
    a_card 'fork fork' | chapter ch09 9
    refused 'chapters/ch09.nw:6: fork has a card already'
    a_card 'fork' '글 text' | chapter ch09 9
    refused 'chapters/ch09.nw:6: a card ends with a list of definitions'
}

@test "a local name hides the book's" {
    chapter ch09 9 'chunks:' '  use it: 쓴다' <<'END'
<<ch09/a.c>>=
static int now(int when) { return when; }
static int other(int x) { return now(x); }
int main(void)
{
    <<use it>>
    return other(3);
}
@
<<use it>>=
struct { int at; } now;
now.at = 3;
@
END
    tangle ch09/a.c
    woven
    shows en.html ' now;'
    omits en.html '>now</a>.'
    omits en.html '>now</a>;'
}

@test "a name that two programs define has no link where it is ambiguous" {
    chapter ch09 9 <<'END'
::: ko
`same`
:::
::: en
`same`
:::

<<ch09/a.c>>=
int same(void) { return 1; }
int a(void) { return same(); }
@
<<ch09/b.c>>=
int same(void) { return 2; }
int b(void) { return same(); }
@
END
    tangle ch09/a.c ch09/b.c
    woven
    shows en.html '<p><code>same</code></p>'
    omits en.html '#ch09-a-c-1">same'
}

# ---- recordings

# a_run: a chapter that shows the recording rec/ch09/run.rec in two pieces.
a_run() {
    chapter ch09 9 'terminals:' '  server: 서버 | the server' \
        '  client: 손님 | the client' <<'END'
<<ch09/run.scenario>>=
server$ ./a
# look
@

::: ko
`pid`{of="ch09/run"}번
:::
::: en
number `pid`{of="ch09/run"}
:::

<<ch09/run.scenario>>=
client^D
@

![패킷 | packets](packets:ch09/run/all){#fig-p}
END
}

# a_recording [RECORD...]: its recording, and these records in piece 2.
a_recording() {
    recording 'piece 1' 'step 1 server' 'prompt 0.1 server' \
        'typed 0.1 server ./a <&' 'out 0.2 server 0-3,4-7 one 한글\ttab\\\n' \
        'out 0.3 server - Name: ' 'typed 0.4 server Kim' \
        'prompt 0.4 client' 'typed 0.5 client id' 'out 0.6 client - uid=0\n' \
        'exit 0.7 client 0' 'prompt 0.7 client' 'value pid 1006' \
        'packet 0.5 all 127.0.0.1:40000 127.0.0.1:9877 SYN 0 - 0' \
        'packet 0.5002 all 127.0.0.1:9877 127.0.0.1:40000 SYN+ACK 0 1 0' \
        'packet 0.5003 all 127.0.0.1:40000 127.0.0.1:9877 ACK 1 1 0' \
        'packet 0.6 all 127.0.0.1:40000 127.0.0.1:9877 PSH+ACK 1 1 6' \
        'packet 0.7 all 127.0.0.1:9877 127.0.0.1:40000 FIN+ACK 1 7 0' \
        'piece 2' 'step 3 client' 'key 0.8 client D' "$@" 'end 1.5'
}

@test "a transcript shows who typed what and what came, piece by piece" {
    a_run
    a_recording 'out 0.9 server - bye\n'
    woven
    shows ko.html 'id="ch09-run-scenario-1"><div class="t1 c1"><span class="who">서버</span>'
    shows en.html '<span class="who">the client</span>'
    shows ko.html '<span class="ps">$ </span><b>./a &lt;&amp;</b>'
    shows ko.html "<mark>one</mark> <mark>한</mark>글$(printf '\t')tab\\"
    shows ko.html 'Name: <b>Kim</b>'
    # the prompt that came back in piece 1 stands before what piece 2 types
    shows ko.html '<pre><span class="ps"># </span><kbd>^D</kbd></pre>'
    shows ko.html '<pre>bye</pre>'
    shows ko.html '<code class="value">1006</code>번'
    shows en.html 'ch09/run · 1/2'
    shows en.html '<span class="c"># look</span>'
    shows en.html '<span>Linux 6.1.2</span> · <span>Debian 12</span> · <span>2026-01-02</span>'
}

@test "a chart names the ends, the segments and the states" {
    a_run
    a_recording
    woven
    shows ko.html '>클라이언트</text>'
    shows en.html '>127.0.0.1:9877</text>'
    shows en.html '>SYN, ACK<tspan'
    shows en.html '>data 6 bytes<tspan'
    shows ko.html '>데이터 6바이트<tspan'
    shows en.html 'server → client: FIN, ACK (200 ms; client CLOSE_WAIT, server FIN_WAIT1)'
    for state in LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 CLOSE_WAIT; do
        shows en.html ">$state</text>"
    done
    omits en.html '>TIME_WAIT</text>'
}

# ---- charts of what the recorder saw of a connection

# a_chart RECORD...: weave a chapter whose chart shows the capture "all" of
# these records, between client (C) and server (S) in two hosts. Nothing may
# overlap in it.
a_chart() {
    a_capture "$@"
    woven
    lua5.4 "$ROOT/tests/pages.lua" charts ko.html en.html
}
a_capture() {
    chapter ch09 9 <<'END'
<<ch09/run.scenario>>=
server$ ./a
@

![패킷 | packets](packets:ch09/run/all){#fig-p}

END
    local C=192.0.2.10:40000 S=198.51.100.10:9877 record
    recording 'host client 192.0.2.10' 'host router 192.0.2.1 198.51.100.1' \
        'host server 198.51.100.10' 'piece 1' 'step 1 server'
    for record; do
        record=${record/ C / $C } record=${record/ S / $S }
        printf '%s\n' "$record"
    done >>rec/ch09/run.rec
    echo 'end 99' >>rec/ch09/run.rec
}

# bold PAGE STATE N / pale PAGE STATE N: the wide chart of the page shows this
# state N times as seen in the kernel's table, or as derived from segments.
bold() {
    is_set 'font-size="12" fill="currentColor" font-weight="700"' "$@"
}
pale() {
    is_set 'font-size="12" fill="var(--soft)"' "$@"
}
is_set() {
    local n
    n=$(grep -oF "$1>$3</text>" "$2" | wc -l)
    [ "$n" -eq "$4" ] || {
        echo "$3 is $n times, not $4 times, $1 in $2"
        return 1
    }
}

handshake=(
    'packet 1 all C S SYN 0 - 0' 'packet 1.01 all S C SYN+ACK 0 1 0'
    'packet 1.02 all C S ACK 1 1 0'
)
established=('state 1 all C S ESTABLISHED' 'state 1 all S C ESTABLISHED')

@test "states that the kernel's table had are bold, those between looks pale" {
    local state
    a_chart "${handshake[@]}" 'state 1.03 all C S ESTABLISHED' \
        'state 1.03 all S C ESTABLISHED' 'packet 1.04 all C S FIN+ACK 1 1 0' \
        'packet 1.05 all S C ACK 1 2 0' 'state 1.06 all C S FIN_WAIT2' \
        'packet 1.07 all S C FIN+ACK 1 2 0' 'packet 1.08 all C S ACK 2 2 0' \
        'state 1.09 all C S TIME_WAIT' 'state 1.09 all S C CLOSED'
    bold en.html ESTABLISHED 2
    bold en.html FIN_WAIT2 1
    for state in LISTEN SYN_SENT SYN_RECV FIN_WAIT1 CLOSE_WAIT LAST_ACK; do
        pale en.html $state 1
    done
    # at the segment, and once more at the end of the lane
    bold en.html TIME_WAIT 2
    bold en.html CLOSED 2
    pale en.html CLOSED 1
    shows en.html "Bold states: read from the kernel's socket table · Pale states: derived from segments (RFC 9293)</text>"
    shows ko.html '굵은 상태: 커널의 소켓 표에서 읽음</text>'
    shows en.html 'at last client TIME_WAIT, server CLOSED.</desc>'
}

@test "a capture that begins in mid-connection starts from the recorded states" {
    a_chart 'state 1 all C S FIN_WAIT2' 'state 1 all S C CLOSE_WAIT' \
        'packet 1.1 all S C FIN+ACK 7 9 0' 'packet 1.2 all C S ACK 9 8 0' \
        'state 1.3 all C S TIME_WAIT' 'state 1.3 all S C CLOSED'
    shows en.html 'at first client FIN_WAIT2, server CLOSE_WAIT. server'
    bold en.html FIN_WAIT2 1
    bold en.html CLOSE_WAIT 1
    pale en.html LAST_ACK 1
    bold en.html TIME_WAIT 2
    omits en.html '>ESTABLISHED<'
}

@test "error: a recorded state that the segments contradict" {
    local message="chapters/ch09.nw:10: the recording of ch09/run cannot be \
shown: in its packets all, after segment 2 (ACK, 192.0.2.10:40000 to \
198.51.100.10:9877) the kernel's table had 192.0.2.10:40000 in ESTABLISHED, \
but by RFC 9293 its state was CLOSE_WAIT"
    a_capture "${established[@]}" 'packet 1.1 all S C FIN+ACK 7 9 0' \
        'packet 1.2 all C S ACK 9 8 0' 'state 1.3 all C S ESTABLISHED'
    refused "$message"
}

@test "a socket may go without a segment if it gave up or its host is gone" {
    # nothing unacknowledged: it cannot have given up
    a_capture "${established[@]}" 'packet 1.1 all C S PSH+ACK 1 1 5' \
        'packet 1.11 all S C ACK 1 6 0' 'state 1.2 all C S CLOSED'
    run both
    [ "$status" -ne 0 ]
    has 'had 192.0.2.10:40000 in CLOSED, but by RFC 9293 its state was ESTABLISHED'
    a_chart "${established[@]}" 'packet 1.1 all C S PSH+ACK 1 1 5 lost' \
        'state 1.2 all C S CLOSED'
    bold en.html CLOSED 1
    a_chart "${established[@]}" 'stage 1.05 crash server' \
        'state 1.09 all S C CLOSED' 'packet 2.15 all C S ACK 1 1 0 lost'
    bold en.html CLOSED 1
    shows en.html 'server host crashes (0 ms; server CLOSED).'
    shows en.html '>1.10 s later</text>'
    a_chart "${established[@]}" 'stage 1.05 crash server' \
        'packet 1.1 all C S ACK 1 1 0 lost' 'state 1.2 all S C CLOSED'
    bold en.html CLOSED 1
    local stage
    for stage in 'crash client' 'cut server'; do
        a_capture "${established[@]}" "stage 1.05 $stage" \
            'packet 1.1 all C S ACK 1 1 0 lost' 'state 1.2 all S C CLOSED'
        run both
        [ "$status" -ne 0 ]
    done
}

@test "RFC 9293: a FIN before the ACK of one's own, sent again, before its data" {
    a_chart "${established[@]}" 'packet 1.1 all C S FIN+ACK 1 1 0' \
        'packet 1.11 all S C FIN+ACK 1 1 0' 'packet 1.12 all S C ACK 2 2 0' \
        'packet 1.13 all C S ACK 2 2 0' 'state 1.14 all C S TIME_WAIT'
    pale en.html CLOSING 1
    bold en.html TIME_WAIT 2
    a_chart "${established[@]}" 'packet 1.1 all C S FIN+ACK 1 1 0' \
        'packet 1.11 all S C FIN+ACK 1 2 0 lost' \
        'packet 1.32 all S C FIN+ACK 1 2 0' 'packet 1.33 all C S ACK 2 2 0' \
        'state 1.34 all C S TIME_WAIT' 'state 1.34 all S C CLOSED'
    pale en.html LAST_ACK 1
    pale en.html FIN_WAIT1 1
    a_chart "${established[@]}" 'packet 1.1 all C S PSH+ACK 1 1 5 lost' \
        'packet 1.11 all C S FIN+ACK 6 1 0' 'state 1.12 all S C ESTABLISHED' \
        'packet 1.32 all C S PSH+ACK 1 1 5' 'packet 1.33 all S C ACK 1 7 0' \
        'state 1.34 all C S FIN_WAIT2' 'state 1.34 all S C CLOSE_WAIT'
    bold en.html CLOSE_WAIT 2
}

@test "a segment sent again and a keepalive probe are called that" {
    a_chart "${established[@]}" 'packet 1.1 all C S PSH+ACK 14 14 13' \
        'packet 1.3 all C S PSH+ACK 14 14 13' 'packet 1.31 all S C ACK 14 27 0' \
        'packet 1.32 all S C ACK 14 27 0' 'packet 1.33 all C S PSH+ACK 27 14 13' \
        'packet 1.34 all S C ACK 14 40 0' \
        'packet 3.4 all C S ACK 39 14 0' 'packet 3.5 all S C ACK 14 40 0'
    [ "$(grep -oF '>데이터 13바이트 재전송<' ko.html | wc -l)" -eq 2 ]
    [ "$(grep -oF '>data 13 bytes, retransmission<' en.html | wc -l)" -eq 2 ]
    [ "$(grep -oF '>data 13 bytes<' en.html | wc -l)" -eq 4 ]
    [ "$(grep -oF '>keepalive<' en.html | wc -l)" -eq 2 ]
    # probes that nobody answers: only the one after tells what they are
    a_chart "${established[@]}" 'packet 2 all C S ACK 13 14 0 lost' \
        'packet 3 all C S ACK 13 14 0 lost' \
        'packet 4 all C S RST+ACK 14 14 0 lost' 'state 4.1 all C S CLOSED'
    [ "$(grep -oF '>keepalive<' ko.html | wc -l)" -eq 4 ]
    shows en.html 'client → server: keepalive (1.00 s; never arrives)'
    bold en.html CLOSED 2
}

# gap TEXT: the height of the band with this text in the wide chart.
gap() {
    tr '\n' ' ' <en.html | sed 's/<svg/\n&/g' | grep 'class="w"' |
        grep -oE '<rect [^>]*/><text [^>]*>[^<]*' | grep -F ">$1" |
        sed 's/.*<rect.* height="\([0-9]*\).*/\1/'
}

@test "a silence is a gap that says how long, growing with the logarithm" {
    local a b c
    a_chart "${established[@]}" 'packet 1.1 all C S PSH+ACK 1 1 5 lost' \
        'packet 1.5 all C S PSH+ACK 1 1 5 lost' \
        'packet 1.59 all C S PSH+ACK 1 1 5 lost' \
        'packet 2.39 all C S PSH+ACK 1 1 5 lost' \
        'packet 3.99 all C S PSH+ACK 1 1 5 lost'
    shows ko.html '>0.40초 뒤</text>'
    shows en.html '>1.60 s later</text>'
    omits en.html '>0.09 s later</text>'
    a=$(gap '0.40 s') b=$(gap '0.80 s') c=$(gap '1.60 s')
    [ "$a" -gt 20 ]
    [ $((b - a)) -gt 8 ]
    [ $((c - b)) -eq $((b - a)) ]
    # what never arrived ends half way, in a cross, and says so
    shows en.html '✕ never arrives</text>'
    [ "$(grep -oF 'l10 10m0 -10l-10 10' en.html | wc -l)" -eq 10 ]
    [ "$(grep -oE '<path d="M164 [0-9.]+l176 7.5"' en.html | wc -l)" -eq 5 ]
}

@test "ICMP brings the router into the chart, what was done to a host a mark" {
    a_chart "${established[@]}" 'stage 1.05 cut server' \
        'packet 1.1 all C S PSH+ACK 1 1 5 lost' \
        'icmp 1.11 all 192.0.2.1 192.0.2.10 host-unreachable C S' \
        'icmp 1.12 all 192.0.2.1 192.0.2.10 strange-thing C S' \
        'icmp 1.121 all 192.0.2.1 192.0.2.10 strange-thing C S' \
        'stage 1.15 sysctl server net.ipv4.x = 1' \
        'state 1.2 all C S ESTABLISHED' 'stage 1.3 mend server'
    shows ko.html '>라우터</text>'
    shows ko.html '>ICMP: 호스트에 전할 수 없음</text>'
    shows en.html 'router → client: ICMP: host unreachable (60 ms)'
    shows en.html '>ICMP: strange-thing ×2</text>'
    shows ko.html '>서버 호스트의 케이블이 빠진다</text>'
    shows en.html '>server host: cable cut</text>'
    # settings, and what comes after the capture's end, are not in the chart
    sed -n '/<figure/,$p' en.html >figure
    omits figure 'net.ipv4.x'
    omits figure 'mended'
    shows en.html '<p class="stage">server host: cable mended</p>'
    a_chart "${established[@]}" 'packet 1.1 all C S PSH+ACK 1 1 5 lost'
    omits ko.html '>라우터</text>'
}

@test "the lane of a host that is off is hardly there" {
    local off='stroke-dasharray="1 6"'
    a_chart "${established[@]}" 'packet 1.1 all C S PSH+ACK 1 1 5 lost' \
        'stage 0.5 crash server'
    [ "$(grep -oF "$off" en.html | wc -l)" -eq 2 ]
    a_chart "${established[@]}" 'packet 1.1 all C S PSH+ACK 1 1 5 lost' \
        'stage 0.5 crash server' 'stage 0.6 reboot server'
    omits en.html "$off"
    a_chart "${established[@]}" 'stage 1.05 crash server' \
        'stage 1.06 reboot server' 'packet 1.1 all C S PSH+ACK 1 1 5 lost'
    [ "$(grep -oF "$off" en.html | wc -l)" -eq 2 ]
}

@test "error: two connections in one chart" {
    a_capture "${handshake[@]}" \
        'packet 1.1 all 192.0.2.10:40001 S SYN 0 - 0'
    run both
    [ "$status" -ne 0 ]
    has 'chapters/ch09.nw:10: the recording of ch09/run cannot be shown: in its packets all, there are two connections: between 192.0.2.10:40000 and 198.51.100.10:9877, and between 192.0.2.10:40001 and 198.51.100.10:9877'
}

@test "a transcript says what was done to hosts, and where a terminal is" {
    chapter ch09 9 'terminals:' '  server: 섭 | srv' <<'END'
<<ch09/run.scenario>>=
server$ ./a
crash server
@

<<ch09/run.scenario>>=
watch$ date
@
END
    recording 'host server 192.0.2.1' 'terminal watch pts/2 $ server' \
        'piece 1' 'step 1 server' 'stage 0.1 sysctl server net.ipv4.x = 1' \
        'prompt 0.1 server' 'typed 0.1 server ./a' 'out 0.2 server - one\n' \
        'stage 0.3 crash server' 'out 0.4 server - two\n' \
        'stage 0.45 kill server a b a' 'piece 2' \
        'prompt 0.5 watch' 'typed 0.5 watch date' 'end 1'
    woven
    shows ko.html '<p class="stage">섭 호스트: net.ipv4.x = 1</p><div class="t1 c1">'
    shows ko.html 'one</pre></div><p class="stage">섭 호스트가 죽는다</p><div class="t1 c1"><span class="who">섭</span><pre>two</pre>'
    shows en.html '<p class="stage">srv host crashes</p>'
    shows en.html '<p class="stage">srv host: SIGKILL → a ×2, b</p>'
    shows en.html '<span class="who">watch<small>@srv</small></span>'
}

# quotes FACT...: Markdown that quotes these numbers.
quotes() {
    local fact
    for fact; do printf '`%s`{of="ch09/run"} ' "$fact"; done
}

# quoted PAGE: the numbers in the page's paragraphs.
quoted() {
    sed -n 's/<code class="value">\([0-9.]*\)<\/code>/\1/g
        s/^<p>\([0-9. ]*\)<\/p>$/\1/p' "$1"
}

@test "a tree is drawn from what ps listed, one box a process" {
    {
        printf '<<ch09/run.scenario>>=\na\n@\n\n'
        printf '![나무 | tree](tree:ch09/run/client){#fig-t nth=2}\n'
    } | chapter ch09 9
    tangle ch09/run.scenario
    recording 'piece 1' 'typed 0.1 client ps' 'out 0.2 client - PID PPID CMD\n' \
        'out 0.2 client - 7 1 other\n' 'typed 0.3 client ps' \
        'out 0.4 client -   PID  PPID STAT COMMAND\n' \
        'out 0.4 client -   20    10 Ss   sh\n' \
        'out 0.4 client -   31    20 Z+   [a b] <defunct>\n' \
        'out 0.4 client -   30    20 S+   ./run\n' 'end 0.5'
    woven
    omits en.html '>other<'
    shows en.html '<desc id="fig-t-d">sh 20 → [a b] &lt;defunct&gt; 31, ./run 30</desc>'
    [ "$(grep -o '<rect' en.html | wc -l)" -eq 3 ]
    [ "$(grep -o '<rect[^>]*stroke-dasharray' en.html | wc -l)" -eq 1 ]
    shows en.html '>[a b] &lt;defunct&gt;</text>'
    shows ko.html '<b>그림 9.1</b> 나무'
}

@test "a timeline is drawn from strace -r, a silence is longer" {
    {
        printf '<<ch09/run.scenario>>=\na\n@\n\n'
        printf '![때 | time](timeline:ch09/run/client){#fig-t}\n'
    } | chapter ch09 9
    tangle ch09/run.scenario
    recording 'piece 1' 'typed 0.1 client strace' \
        'out 0.2 client -      0.500000 alarm(1)     = 0\n' \
        'out 0.2 client - words of the program\n' \
        'out 0.2 client -      0.000100 read(0, x, 1) = ? ERESTARTSYS (To be)\n' \
        'out 0.2 client -      1.500000 --- SIGALRM {si_signo=SIGALRM} ---\n' \
        'out 0.2 client -      0.000100 +++ exited with 1 +++\n' 'end 0.5'
    woven
    shows en.html '0.00 s alarm(1) = 0; 0.00 s read(0, x, 1) = ? ERESTARTSYS; 1.50 s SIGALRM; 1.50 s exited with 1</desc>'
    [ "$(grep -o '<circle[^>]* r="4"' en.html | wc -l)" -eq 4 ]
    [ "$(grep -o '<path[^>]*stroke-dasharray' en.html | wc -l)" -eq 1 ]
    shows ko.html '>1.50초</text>'
    omits en.html '>words of the program</text>'
}

@test "error: no list of processes and no trace to draw; skipped ones are said" {
    {
        printf '<<ch09/run.scenario>>=\na\n@\n\n'
        printf '![나무 | tree](tree:ch09/run/client){#fig-t nth=2}\n\n'
        printf '![때 | time](timeline:ch09/run/server){#fig-u}\n'
    } | chapter ch09 9
    tangle ch09/run.scenario
    recording 'piece 1' 'typed 0.1 client ps' 'out 0.2 client - PID PPID CMD\n' \
        'out 0.2 client - 7 1 other\n' 'end 0.5'
    refused 'chapters/ch09.nw:10: the recording of ch09/run has no table 2 with PID, PPID and COMMAND in client' \
        'chapters/ch09.nw:12: the recording of ch09/run has no output of strace -r in server'
    recording 'skipped no namespaces'
    woven
    [ "$(grep -o 'Not recorded on this machine: no namespaces' en.html | wc -l)" -ge 3 ]
}

@test "prose quotes numbers of a capture" {
    a_capture "${established[@]}" 'packet 1.1 all C S PSH+ACK 1 1 5 lost' \
        'packet 1.3 all C S PSH+ACK 1 1 5 lost' \
        'icmp 1.31 all 192.0.2.1 192.0.2.10 host-unreachable C S' \
        'packet 1.741 all C S PSH+ACK 1 1 5 lost' \
        'packet 13.1 all C S PSH+ACK 1 1 5 lost' 'state 40.1 all C S CLOSED' \
        'packet 50 probes S C ACK 0 6 0 lost' 'packet 51.5 probes S C ACK 0 6 0'
    pair "$(quotes all.count all.retransmissions all.lost all.icmp \
        all.keepalives)" "$(quotes all.duration all.gap1 all.gap2 all.gap3 \
        all.given_up probes.keepalives probes.gap1)" >>chapters/ch09.nw
    woven
    [ "$(quoted ko.html)" = '4 3 4 1 0' ]
    [ "$(quoted en.html)" = '12.0 0.20 0.44 11.4 39.0 2 1.50' ]
    pair "$(quotes all.gap4)" "$(quotes all.gap4)" >>chapters/ch09.nw
    run both
    [ "$status" -ne 0 ]
    has 'the recording of ch09/run has no value all.gap4'
}

@test "a skipped recording is said at every place that needs it" {
    a_run
    recording 'skipped no user namespaces: EPERM'
    woven
    [ "$(grep -oF '이 컴퓨터에서는 기록하지 못했습니다: no user namespaces: EPERM' \
        ko.html | wc -l)" -eq 4 ]
    shows en.html 'Not recorded on this machine: no user namespaces: EPERM'
}

# ---- the index

@test "an edit of prose leaves the index alone; the same chapters, the same bytes" {
    a_program
    index
    cp -p index first
    printf '\n::: ko\n새 글\n:::\n::: en\nnew text\n:::\n' >>chapters/ch09.nw
    sed -i '/^## /i\
\
::: ko\
앞\
:::\
::: en\
before\
:::\
' chapters/ch09.nw
    index
    [ "$(stat -c '%i %Y' index)" = "$(stat -c '%i' index) $(stat -c '%Y' first)" ]
    cmp index first
    rm index
    index
    cmp index first
}

@test "code that is not what the chapters say is an error" {
    a_program
    echo 'int x;' >>code/ch09/a.c
    refused 'chapters/ch09.nw:16: code/ch09/a.c is not what this chunk tangles into; run ./tangle.sh'
    rm code/ch09/a.c
    refused 'chapters/ch09.nw:16: code/ch09/a.c is not what this chunk tangles into; run ./tangle.sh'
}

# ---- errors, each with its line (the text begins in line 6)

@test "error: half a pair" {
    printf '\n::: ko\n가\n:::\n\n## 나 | B {#b}\n\n::: en\nc\n:::\n' | chapter ch09 9
    refused 'chapters/ch09.nw:7: half a pair: ::: ko is not followed by ::: en' \
        'chapters/ch09.nw:13: half a pair: no ::: ko right before this ::: en'
}

@test "error: a pair whose order is wrong" {
    printf '::: en\na\n:::\n::: ko\n가\n:::\n' | chapter ch09 9
    refused 'chapters/ch09.nw:6: half a pair: no ::: ko right before this ::: en' \
        'chapters/ch09.nw:9: half a pair: ::: ko is not followed by ::: en'
}

@test "error: a pair that spans a chunk" {
    printf '::: ko\n가\n\n<<ch09/a.txt>>=\nx\n@\n:::\n::: en\na\n:::\n' | chapter ch09 9
    run both
    [ "$status" -eq 1 ]
    has 'chapters/ch09.nw:6: ::: ko spans the code chunk of line 9'
}

@test "error: a side in a side, a fence too many, a fence never closed" {
    printf '::: ko\n::: en\n:::\n:::\n:::\n::: {.aside title="a | b"}\n' | chapter ch09 9
    run both
    [ "$status" -eq 1 ]
    has 'chapters/ch09.nw:7: ::: en inside ::: ko of line 6'
    has 'chapters/ch09.nw:10: ::: closes nothing'
    has 'chapters/ch09.nw:11: ::: aside is never closed'
}

@test "error: text outside a pair, but not in fenced code" {
    printf '```\n::: ko\n```\n\nShared words\ngo on.\n' | chapter ch09 9
    refused 'chapters/ch09.nw:10: text outside a pair: ::: ko or ::: en is missing'
}

@test "error: a title with one side, a section without an id, an id twice" {
    printf '## only one {#a}\n\n## 가 | A\n\n## 나 | B {#b}\n\n## 다 | C {#b}\n' | chapter ch09 9
    run both
    [ "$status" -eq 1 ]
    has 'chapters/ch09.nw:6: a title has two sides: 한국어 | English'
    has 'chapters/ch09.nw:8: a section needs an id of its own: {#…}'
    printf '## 나 | B {#b}\n\n## 다 | C {#b}\n' | chapter ch09 9
    refused 'chapters/ch09.nw:8: id b stands already in chapters/ch09.nw:6'
}

@test "error: a chunk without a Korean name" {
    printf '<<ch09/a.txt>>=\n<<x>>\n@\n<<x>>=\n1\n@\n' | chapter ch09 9
    refused "chapters/ch09.nw:9: chunk <<x>> has no Korean name in the chapter's head"
}

@test "error: a reference to nothing, and one without words" {
    pair 'a [](#nowhere)' 'b [](#nowhere)' | chapter ch09 9
    refused 'chapters/ch09.nw:7: nothing has the id nowhere'
    pair '[가]{#here} [](#here)' 'b' | chapter ch09 9
    refused 'chapters/ch09.nw:7: a link to here needs words of its own'
}

@test "error: a recording that is missing, or has too little in it" {
    a_run
    run both
    [ "$status" -ne 0 ]
    has 'chapters/ch09.nw:9: no recording of ch09/run (rec/ch09/run.rec: No such file or directory)'
    recording 'piece 1' 'end 1'
    run both
    [ "$status" -ne 0 ]
    has 'chapters/ch09.nw:15: the recording of ch09/run has no value pid'
    has 'chapters/ch09.nw:21: the recording of ch09/run has 1 piece(s), not 2'
    has 'chapters/ch09.nw:25: the recording of ch09/run has no packets named all'
}

@test "error: wrong arguments" {
    run "$ROOT/book/weave.sh" html de chapters/x.nw
    [ "$status" -eq 2 ]
    run "$ROOT/book/weave.sh" html ko chapters/none.nw out
    [ "$status" -eq 1 ]
    is 'chapters/none.nw: cannot be read'
    [ ! -e out ]
    printf '::: ko\n가\n:::\n::: en\na\n:::\n' | chapter ch09 9
    mkdir folder
    run "$ROOT/book/weave.sh" html ko chapters/ch09.nw folder
    [ "$status" -eq 2 ]
    is 'weave.sh: folder is there and is no file'
}
