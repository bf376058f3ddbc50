#!/usr/bin/env bats
# The recorder: what it records, and above all what it says and leaves behind
# when a scenario is wrong or a program misbehaves.

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
load helpers

setup_file() {
    "$B/bin/record" --probe >"$BATS_FILE_TMPDIR/probe" 2>&1 ||
        echo "$?" >"$BATS_FILE_TMPDIR/probe-status"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    record=$B/bin/record
    same=$ROOT/code/recorder/same.awk
    mark=7$BATS_TEST_NUMBER$$.5     # `sleep $mark` is a process of this test
    mkdir bin
}

teardown() {
    local pid
    for pid in $(marked); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

# sandbox: skip the test where there can be none; any other trouble fails it.
sandbox() {
    [ "$(cat "$BATS_FILE_TMPDIR/probe-status" 2>/dev/null)" != 77 ] ||
        skip "no sandbox here: $(grep FAILED "$BATS_FILE_TMPDIR/probe")"
}

# scenario NAME LINE...: write NAME.scenario.
scenario() {
    printf '%s\n' "${@:2}" >"$1.scenario"
}

# plays LINE...: this scenario succeeds and is recorded in x.rec.
plays() {
    sandbox
    scenario x "$@"
    run --separate-stderr "$record" --bin bin -o x.rec x.scenario
    printf 'status %s\n%s\n%s\n' "$status" "$output" "$stderr"
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

# fails TEXT LINE...: this scenario fails with a message that holds TEXT, on
# one line, and leaves no recording.
fails() {
    sandbox
    scenario x "${@:2}"
    run "$record" --bin bin -o x.rec x.scenario
    printf 'status %s\n%s\n' "$status" "$output"
    [ "$status" -eq 1 ]
    has "$1"
    [ ! -e x.rec ]
}

# shown TEXT: the recording has this output, as a line of its own.
shown() {
    grep -qxE 'out [0-9.]+ [a-z0-9_]+ [-0-9,]+ .*' x.rec
    sed -n 's/^out [0-9.]* [^ ]* [^ ]* //p' x.rec | grep -qxF -- "$1" || {
        echo "not shown: $1"
        cat x.rec
        return 1
    }
}

# marked: the processes of this test, wherever they are.
marked() {
    pgrep -f "sleep ${mark/./\\.}" || true
}

some_marked() { [ -n "$(marked)" ]; }
none_marked() { [ -z "$(marked)" ]; }

# ---- reading a scenario

@test "syntax errors: every one with file and line, in one run, exit 2" {
    scenario bad 'a$ cat' 'b shows "x"' 'a shows x' 'a shows /(/' \
        'a shows /{x/' 'a is blocked in frobnicate' 'a is blocked in read(x)' \
        'a^X' 'a exits 256' 'a# id' 'socket localhost:1 is LISTEN' \
        'socket 127.0.0.1:1 is LISTENING' 'signal FOO to a' 'packets end' \
        'limit 0' '1x$ id' 'a never shows "x"' 'a$' 'nonsense' 'packets p' \
        'packets q'
    run "$record" bad.scenario
    [ "$status" -eq 2 ]
    local line
    for line in {2..19} 21; do
        has "bad.scenario:$line: "
    done
    hasnt "bad.scenario:1: "
    hasnt "bad.scenario:20: "
    has 'bad.scenario:2: no command was typed in this terminal yet: b shows'
    has 'bad.scenario:3: expected T shows "TEXT" or T shows /ERE/: a shows x'
    has 'bad.scenario:21: the last capture has no packets end'
}

@test "names: unknown ones in a pattern or as a process are errors" {
    scenario bad 'a$ cat' 'a shows /{pid} x/' '{pid} is gone' \
        'signal TERM to {pid}' '{pid} is blocked in read' \
        'a shows /{pid=[0-9]+}/' '{pid} is gone'
    run "$record" bad.scenario
    [ "$status" -eq 2 ]
    local line
    for line in 2 3 4 5; do
        has "bad.scenario:$line: "
    done
    [ "${#lines[@]}" -eq 4 ]
}

@test "a scenario with an error starts nothing" {
    scenario bad "a\$ sleep $mark" 'b shows "x"'
    run "$record" -o bad.rec bad.scenario
    [ "$status" -eq 2 ]
    [ ! -e bad.rec ]
}

@test "wrong usage: exit 2; help: exit 0" {
    run "$record"
    [ "$status" -eq 2 ]
    run "$record" --nonsense x.scenario
    [ "$status" -eq 2 ]
    run "$record" x.scenario y.scenario
    [ "$status" -eq 2 ]
    run "$record" missing.scenario
    [ "$status" -eq 2 ]
    has "missing.scenario: ENOENT"
    scenario x 'a$ true' 'a exits 0'
    run "$record" --bin missing x.scenario
    [ "$status" -eq 2 ]
    has "missing: ENOENT"
    run --separate-stderr "$record" --help
    [ "$status" -eq 0 ]
    has "usage: record"
    [ -z "$stderr" ]
}

# ---- what fails, and what is said about it

@test "text that never comes: fails as soon as the command has ended" {
    SECONDS=0
    fails 'x.scenario:2: a shows "hello": not seen; the command has ended' \
        "a\$ echo 'h'ello | tr h j" 'a shows "hello"' 'a exits 0'
    ((SECONDS < 5))
    has '---- a (pts/0) ----'
    has 'jello'
}

@test "a line that never comes" {
    fails 'x.scenario:2: a shows /^b+$/' 'a$ echo abba' 'a shows /^b+$/'
}

@test "a program that hangs: time limit, what it does, its screen" {
    fails 'x.scenario:4: a exits 0: not seen within 1 s' \
        "a\$ echo begun; sleep $mark" 'a shows "begun"' 'limit 1' 'a exits 0'
    has '(sleep) has state S, sleeps in clock_nanosleep'
    has '---- a (pts/0) ----'
    has 'begun'
    none_marked
}

@test "a program that dies while it should be waiting" {
    SECONDS=0
    fails 'x.scenario:2: a is blocked in read(0): its command has ended with'\
' status 139' "a\$ sh -c 'kill -SEGV \$\$'" 'a is blocked in read(0)'
    ((SECONDS < 5))
}

@test "a program that floods its terminal" {
    SECONDS=0
    fails 'x.scenario:2: a exits 0: a floods its terminal' 'a$ yes' 'a exits 0'
    ((SECONDS < 10))
    [ "${#lines[@]}" -lt 40 ]
}

@test "a program that forks without end" {
    fails 'x.scenario:3: a exits 0' \
        'a$ bomb() { bomb & bomb & sleep '"$mark"'; }; bomb' 'limit 2' \
        'a exits 0'
    none_marked
}

@test "wrong exit status" {
    fails 'x.scenario:2: a exits 0: it ended with status 3' \
        'a$ sh -c "exit 3"' 'a exits 0'
}

@test "a shell that ends: its status, and nothing more can be typed" {
    plays 'a$ exit 7' 'a exits 7'
    rm x.rec
    fails 'x.scenario:3: a$ true: the shell has ended with status 7' \
        'a$ exit 7' 'a exits 7' 'a$ true'
}

@test "output that no step waited for: at the end, of a piece, when typing" {
    fails 'x.scenario:3: b exits 0: a has output that no step waited for' \
        'a$ echo hi' 'b$ echo ho' 'b exits 0'
    fails 'x.scenario:2: a$ echo hi: a has output that no step waited for' \
        '# piece' 'a$ echo hi' '# piece' 'a exits 0'
    fails 'x.scenario:6: b exits 0: a has output that no step waited for' \
        '# piece' 'a$ cat' 'a> hi' 'a is blocked in read(0)' 'b$ true' \
        'b exits 0' '# piece' 'a^D' 'a exits 0'
    fails 'x.scenario:4: a> there: a has output that no step waited for' \
        'a$ cat' 'a> hi' 'a is blocked in read(0)' 'a> there'
}

@test "a bound value that differs: not seen, with the value" {
    fails 'x.scenario:3: a shows /b {v}/' 'a$ echo a 1; echo b 2' \
        'a shows /a {v=[0-9]}/' 'a shows /b {v}/'
    has '{v} is 1'
    fails 'x.scenario:3: a shows /b {v=[0-9]}/' 'a$ echo a 1; echo b 2' \
        'a shows /a {v=[0-9]}/' 'a shows /b {v=[0-9]}/'
}

@test "never shows: before and after the step, until something is typed" {
    fails 'x.scenario:3: a never shows /b/: it does show this' \
        'a$ echo a; echo b' 'a shows "b"' 'a never shows /b/' 'a exits 0'
    fails 'x.scenario:2: a never shows /b/: it does show this' \
        'a$ cat' 'a never shows /b/' 'b$ echo b >/dev/pts/0' 'b exits 0' \
        'a^D' 'a exits 0'
    plays 'a$ echo a' 'a never shows /b/' 'a exits 0' 'a$ echo b' 'a exits 0'
}

@test "a process that is gone, a socket that is not there, a wrong signal" {
    cp "$B/bin/ch05/echo_server1" bin
    fails 'x.scenario:4: {p} is blocked in read: the process is gone' \
        'a$ sh -c "echo \$\$"' 'a shows /^{p=[0-9]+}$/' 'a exits 0' \
        '{p} is blocked in read'
    fails 'x.scenario:3: socket [::1]:9877 is LISTEN: not seen within 1 s' \
        'a$ ./echo_server1' 'limit 1' 'socket [::1]:9877 is LISTEN'
    has '  socket 127.0.0.1:9877 to 0.0.0.0:0 is LISTEN'
    fails 'x.scenario:3: signal TERM to a: no program runs there' 'a$ true' \
        'a exits 0' 'signal TERM to a'
}

@test "typing for a program when none runs" {
    fails 'x.scenario:3: a> x: no program runs in a' 'a$ true' 'a exits 0' \
        'a> x'
    fails 'x.scenario:3: a^D: no program runs in a' 'a$ true' 'a exits 0' 'a^D'
}

@test "--where: messages name the chapter's line" {
    sandbox
    mkdir chapters
    cat >chapters/ch01-x.nw <<'END'
Text before.

<<ch01/x.scenario>>=
a$ echo hi
a exits 0
@

More text.

<<ch01/x.scenario>>=
a$ echo hi
a shows "ho"
a exits 0
@
END
    env CHAPTERS=chapters CODE=code "$ROOT/tangle.sh"
    run "$record" --bin bin -o x.rec \
        --where "env CHAPTERS=chapters CODE=code '$ROOT/tangle.sh' --where" \
        code/ch01/x.scenario
    [ "$status" -eq 1 ]
    has 'chapters/ch01-x.nw:12: a shows "ho": not seen'
    [ ! -e x.rec ]
    run "$record" --bin bin --where 'false' code/ch01/x.scenario
    has 'code/ch01/x.scenario:6: a shows "ho": not seen'
    echo 'nonsense' >>code/ch01/x.scenario
    # shellcheck disable=SC2016 # for the shell that runs the command
    run "$record" --where 'echo place of' code/ch01/x.scenario
    [ "$status" -eq 2 ]
    has 'place of code/ch01/x.scenario 8: this is no step: nonsense'
}

@test "a breach of an expectation in chapter 5 names its line there" {
    sandbox
    mkdir chapters
    sed 's/+LISTEN /+LISTENING /' "$ROOT/chapters/ch05-echo.nw" \
        >chapters/ch05-echo.nw
    local line
    line=$(diff "$ROOT/chapters/ch05-echo.nw" chapters/ch05-echo.nw |
        sed -n '1s/[^0-9].*//p')
    [ -n "$line" ]
    env CHAPTERS=chapters CODE=code "$ROOT/tangle.sh"
    run "$record" --bin "$B/bin/ch05" \
        --where "env CHAPTERS=chapters CODE=code '$ROOT/tangle.sh' --where" \
        code/ch05/normal_startup.scenario
    [ "$status" -eq 1 ]
    has "chapters/ch05-echo.nw:$line: "
    has "LISTENING"
}

# ---- nothing is left

# dies_of SIGNAL STATUS: killed by it, the recorder takes everything along.
dies_of() {
    sandbox
    scenario x "a\$ (trap '' TERM INT HUP; sleep $mark) & sh -c \"trap '' TERM\
 INT HUP QUIT; sleep $mark & wait\"" 'limit 60' 'a exits 0'
    # whoever runs the tests may ignore signals, as nohup does
    env --default-signal=TERM,INT,HUP setsid "$record" -o x.rec x.scenario \
        >out 2>&1 3>&- &
    local pid=$! code=0
    eventually some_marked
    kill "-$1" "$pid"
    wait "$pid" || code=$?
    [ "$code" -eq "$2" ]
    eventually none_marked
    run ls
    hasnt x.rec
}

@test "killed by SIGKILL: nothing is left" {
    dies_of KILL 137
}

@test "SIGTERM, SIGINT, SIGHUP: nothing is left, and it dies of the signal" {
    dies_of TERM 143
    dies_of INT 130
    dies_of HUP 129
}

@test "after success: programs that run on, ignore signals, made sessions" {
    plays "a\$ (trap '' TERM INT HUP; sleep $mark) & setsid sleep $mark & :" \
        'a exits 0' "b\$ sleep $mark" 'b is blocked in sleep'
    none_marked
}

# ---- what is recorded

@test "every line of a recording has a known form" {
    cp "$B/bin/ch05/echo_server1" "$B/bin/ch05/echo_client" bin
    plays '# piece' 'a$ ./echo_server1' 'a is blocked in accept(3)' \
        'packets p' 'b$ ./echo_client' 'b is blocked in read(0)' \
        'packets end 3' '# piece' 'b> 안녕' 'b shows /^{w=안.}$/' 'c# id -u' \
        'c unordered' 'c varies /[0-9]\./' 'c exits 0' 'b^D' 'b exits 0'
    local t='[0-9]+\.[0-9]{6}'
    run grep -vxE "recording 1|scenario x|system Linux [^ ]+ [^ ]+|\
distribution .+|date [0-9]{4}-[0-9]{2}-[0-9]{2}|terminal [abc] pts/[012] [#$]|\
piece [12]|step [0-9]+ [-abc]|prompt $t [abc]|typed $t [abc] .+|\
key $t b D|out $t [abc] (-|[0-9]+-[0-9]+(,[0-9]+-[0-9]+)*) .+|\
exit $t [abc] 0|unordered 11|varies 11 \[0-9\]\\\\\\\\\.|value w 안녕|packet $t p 127\.0\.0\.1:[0-9]+ \
127\.0\.0\.1:[0-9]+ [A-Z+]+ [0-9]+ (-|[0-9]+) [0-9]+|state $t p \
127\.0\.0\.1:[0-9]+ 127\.0\.0\.1:[0-9]+ (CLOSED|ESTABLISHED)|end $t" x.rec
    is ""
    run sed -n 's/^packet [^ ]* //p' x.rec
    is 'p 127.0.0.1:40000 127.0.0.1:9877 SYN 0 - 0
p 127.0.0.1:9877 127.0.0.1:40000 SYN+ACK 0 1 0
p 127.0.0.1:40000 127.0.0.1:9877 ACK 1 1 0'
    grep -qxE "out $t b 0-6 안녕.n" x.rec
}

@test "escapes: backslash, tab, control characters, what is no UTF-8" {
    printf 'a\\b\tc\001\377\355\225 \355\225\234\n' >bin/bytes
    chmod +x bin/bytes
    plays 'a$ cat bytes' 'a exits 0'
    shown 'a\\b\tc\x01\xFF\xED\x95 한\n'
}

@test "output without an end of line, and a prompt of the program's own" {
    # shellcheck disable=SC2016 # for the shell of the terminal
    plays 'a$ sh -c "printf \"Name: \"; read n; echo \"[\$n]\"; printf end"' \
        'a shows "Name: "' 'a is blocked in read(0)' 'a> kim' \
        'a shows /^\[{=kim}\]$/' 'a exits 0'
    shown 'Name: '
    shown '[kim]\n'
    shown 'end'
    grep -q '^out [^ ]* a 1-4 ' x.rec
}

@test "job control: stopped, continued, killed" {
    plays "a\$ sleep $mark" 'a is blocked in sleep' 'a^Z' 'a exits 148' \
        'a$ ps -t pts/0 -o pid,comm' 'a shows /^ *{s=[0-9]+} sleep$/' \
        'a exits 0' '{s} is stopped' 'a$ fg' 'a is blocked in sleep' \
        'signal TERM to {s}' 'a exits 143' '{s} is gone'
}

@test "a second shows waits for a second time" {
    plays 'a$ cat' 'a> hi' 'a shows "hi"' 'b$ echo hi >/dev/pts/0' \
        'b exits 0' 'a shows "hi"' 'a^D' 'a exits 0'
    [ "$(grep -c '^out .* a - hi.n$' x.rec)" -eq 2 ]
}

@test "packets: a wrong number of them is a failure" {
    cp "$B/bin/ch05/echo_server1" "$B/bin/ch05/echo_client" bin
    fails 'packets end 2: the capture holds 3 packets' 'a$ ./echo_server1' \
        'a is blocked in accept' 'packets p' 'b$ ./echo_client' \
        'b is blocked in read(0)' 'packets end 2'
    fails 'packets end 4: not seen within 1 s' 'a$ ./echo_server1' \
        'a is blocked in accept' 'packets p' 'b$ ./echo_client' 'limit 1' \
        'b is blocked in read(0)' 'packets end 4'
}

@test "packets over IPv6" {
    cp "$B/bin/ch05/echo_server1" "$B/bin/ch05/echo_client" bin
    plays 'a$ ./echo_server1 ::1' 'socket [::1]:9877 is LISTEN' 'packets p' \
        'b$ ./echo_client ::1' 'b is blocked in read(0)' \
        'socket [::1]:40000 to [::1]:9877 is ESTABLISHED' 'packets end 3'
    grep -qE '^packet [0-9.]+ p \[::1\]:40000 \[::1\]:9877 SYN 0 - 0$' x.rec
}

@test "the sandbox: user, host, numbers, environment, limits, capabilities" {
    plays 'a$ id; hostname; pwd; echo $$; tty; ulimit -n; ulimit -c' \
        'a exits 0' 'a$ env | sort' 'a exits 0' \
        'a$ grep CapEff /proc/self/status; stty -a | grep -o "columns [0-9]*"' \
        'a exits 0' 'b# id -u; hostname test; hostname; echo $$' 'b exits 0' \
        "a\$ echo 'x' 2>/dev/null >/etc/x || echo read-only" 'a exits 0' \
        "a\$ grep 'core file' /proc/self/limits | tr -s ' '" 'a exits 0' \
        'a$ ls' 'a exits 0' 'a$ ps -e -o pid= | wc -l' 'a exits 0'
    local line
    for line in 'uid=1000(reader) gid=1000(reader)' echo /home/reader 1001 \
        /dev/pts/0 1024 0 HOME=/home/reader LANG=C.UTF-8 TERM=dumb TZ=UTC \
        NO_COLOR=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin 'CapEff:\t0000000000000000' \
        'columns 80' 1000 test 1002 read-only 'core file size 1 ' 5; do
        sed -n 's/^out [0-9.]* [^ ]* [^ ]* //p' x.rec |
            grep -qF -- "$line" || {
            echo "not shown: $line"
            cat x.rec
            return 1
        }
    done
    run grep 'PS1=' x.rec
    is ""
}

@test "names are the lab's own, also on a machine that has no /etc/hosts" {
    plays 'a$ id -un; getent hosts 127.0.0.1; readlink -e /etc/os-release' \
        'a exits 0'
    shown 'reader\n'
    shown '127.0.0.1       localhost\n'
    shown "$(readlink -e /etc/os-release)\n"
    mv x.rec here.rec
    mkdir etc
    cp -a /etc/os-release /etc/ld.so.cache /etc/alternatives etc
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -Urm sh -c 'mount --bind etc /etc && exec "$@"' sh \
        "$record" --bin bin -o x.rec x.scenario
    is ""
    run awk -f "$same" here.rec x.rec
    is ""
    # shellcheck disable=SC1091 # of the machine
    [ "$(sed -n 's/^distribution //p' x.rec)" = \
        "$(. /etc/os-release && echo "$PRETTY_NAME")" ]
}

# ---- hosts

# network: the hosts of the tests that follow, as arguments.
network=('host client 192.0.2.10' 'host router 192.0.2.1 198.51.100.1'
    'host server 198.51.100.10')
# connection: a client of the server on another host.
connection=('server$ ./echo_server1 198.51.100.10'
    'server is blocked in accept' 'client$ ./echo_client 198.51.100.10'
    'client is blocked in read(0)')

programs() {
    cp "$B/bin/ch05/echo_server1" "$B/bin/ch05/echo_client" bin
}

# recorded WORD: the records of this word in x.rec, without their times.
recorded() {
    sed -nE "s/^$1 [0-9.]+ //p" x.rec
}

@test "hosts: errors in declarations and places, with file and line" {
    scenario bad 'host a 192.0.2.1' 'host a 192.0.2.2' 'host b 192.0.2.1' \
        'host c 192.0.2' 'host d 127.0.0.1' 'host e 192.0.2.255' \
        'host f 192.0.2.5 192.0.2.6' 'host r 192.0.2.7 198.51.100.1' \
        'host q 192.0.2.8 203.0.113.1' 'host g 1.0.0.1 1.0.1.1 1.0.2.1 1.0.3.1 1.0.4.1' \
        'host h' 't on nowhere' 'a on a' 't on a' 't on a' 'x$ true' \
        'a$ true' 'host z 192.0.2.9' 'y on a' 'u on a' 'long 5' 'y$ true' \
        'y on a'
    run "$record" bad.scenario
    [ "$status" -eq 2 ]
    has 'bad.scenario:2: this host is declared already: host a 192.0.2.2'
    has 'bad.scenario:3: another host has this address: host b 192.0.2.1'
    has 'bad.scenario:4: no IPv4 address of a host: host c 192.0.2'
    has 'bad.scenario:5: no IPv4 address of a host: host d 127.0.0.1'
    has 'bad.scenario:6: no IPv4 address of a host: host e 192.0.2.255'
    has 'bad.scenario:7: two addresses on one wire: host f 192.0.2.5 192.0.2.6'
    has 'bad.scenario:9: this wire has a router already: host q 192.0.2.8 203'
    has 'bad.scenario:10: too many addresses: host g 1.0.0.1 1.0.1.1 1.0.2.1'
    has 'bad.scenario:11: expected host NAME ADDRESS [ADDRESS...]: host h'
    has 'bad.scenario:12: no such host is declared: t on nowhere'
    has "bad.scenario:13: a terminal with a host's name is at that host: a on a"
    has 'bad.scenario:14: nothing is typed in this terminal: t on a'
    has 'bad.scenario:15: this terminal has said where it is: t on a'
    has "bad.scenario:16: at which host? (say 'T on HOST' before): x\$ true"
    has 'bad.scenario:18: hosts are declared before the first step: host z'
    has 'bad.scenario:20: nothing is typed in this terminal: u on a'
    has 'bad.scenario:21: long stands before all else: long 5'
    has 'bad.scenario:23: a terminal says where it is before all else: y on a'
    [ "${#lines[@]}" -eq 18 ]
}

@test "hosts: errors in what happens to them" {
    scenario bad 'host a 192.0.2.1' 'host b 192.0.2.2' 'crash c' 'reboot a' \
        'mend a' 'cut a' 'cut a' 'mend a' 'sysctl a kernel.hostname = x' \
        'sysctl a net.ipv4.tcp_sack' 'a$ true' 'crash a' 'crash a' 'cut a' \
        'shutdown a' 'sysctl a net.ipv4.tcp_sack = 0' 'a$ true' 'a exits 0' \
        'reboot a' 'a$ true' 'shutdown b x' 'about no bar' 'packets reach 3'
    run "$record" bad.scenario
    [ "$status" -eq 2 ]
    has 'bad.scenario:3: no such host is declared: crash c'
    has 'bad.scenario:4: this host is running: reboot a'
    has 'bad.scenario:5: its cables are not cut: mend a'
    has 'bad.scenario:7: its cables are cut already: cut a'
    has 'bad.scenario:9: only settings of the network belong to a host: sysctl'
    has 'bad.scenario:10: expected sysctl HOST KEY = VALUE: sysctl a net'
    has 'bad.scenario:13: this host is down: crash a'
    has 'bad.scenario:14: this host is down: cut a'
    has 'bad.scenario:15: this host is down: shutdown a'
    has 'bad.scenario:16: this host is down: sysctl a net.ipv4.tcp_sack = 0'
    has 'bad.scenario:17: the host of this terminal is down: a$ true'
    has 'bad.scenario:18: the host of this terminal is down: a exits 0'
    has 'bad.scenario:21: expected shutdown HOST [SECONDS]: shutdown b x'
    has 'bad.scenario:22: expected about KO | EN: about no bar'
    has 'bad.scenario:23: no capture is open: packets reach 3'
    [ "${#lines[@]}" -eq 15 ]
    # Without hosts there are none to do something to.
    scenario bad 'a$ true' 'crash a' 'b on a'
    run "$record" bad.scenario
    [ "${#lines[@]}" -eq 2 ]
    has 'bad.scenario:2: no such host is declared: crash a'
}

@test "a crash is silent: what is sent is lost, read ends with ETIMEDOUT" {
    programs
    plays "${network[@]}" 'watch on client' \
        'sysctl client net.ipv4.tcp_retries2 = 2' "${connection[@]}" \
        'packets p' 'crash server' 'client> hello' \
        'client is blocked in read(3)' 'client shows /: ETIMEDOUT /' \
        'client exits 1' 'packets end' 'watch$ netstat -tan' 'watch exits 0' \
        'socket 198.51.100.10:9877 is gone'
    # Nothing came from the server, not even a FIN; all else was lost.
    run recorded packet
    hasnt 'p 198.51.100.10:9877'
    [ "$(grep -vcx 'p 192.0.2.10:40000 198.51.100.10:9877 ACK+PSH 1 1 6 lost' \
        <<<"$output")" -eq 0 ]
    [ "${#lines[@]}" -ge 3 ]
    run recorded stage
    is 'sysctl client net.ipv4.tcp_retries2 = 2
crash server'
    run recorded state
    is 'p 192.0.2.10:40000 198.51.100.10:9877 ESTABLISHED
p 198.51.100.10:9877 192.0.2.10:40000 ESTABLISHED
p 198.51.100.10:9877 192.0.2.10:40000 CLOSED
p 192.0.2.10:40000 198.51.100.10:9877 CLOSED
p 192.0.2.10:40000 198.51.100.10:9877 CLOSED
p 198.51.100.10:9877 192.0.2.10:40000 CLOSED'
    run grep -E '^(host|terminal) ' x.rec
    is 'host client 192.0.2.10
host router 192.0.2.1 198.51.100.1
host server 198.51.100.10
terminal server pts/0 $ server
terminal client pts/1 $ client
terminal watch pts/2 $ client'
}

@test "a router that has forgotten the host says so: EHOSTUNREACH, and why" {
    programs
    plays "${network[@]}" 'sysctl client net.ipv4.tcp_retries2 = 3' \
        "${connection[@]}" 'crash server' \
        'router# ip neigh del 198.51.100.10 dev eth1' 'router exits 0' \
        'packets p' 'client> hello' 'client shows /: EHOSTUNREACH /' \
        'client exits 1' 'packets end'
    run recorded icmp
    [ "${#lines[@]}" -ge 1 ]
    [ "${lines[0]}" = "p 192.0.2.1 192.0.2.10 host-unreachable\
 192.0.2.10:40000 198.51.100.10:9877" ]
    [ "$(sort -u <<<"$output" | wc -l)" -eq 1 ]
}

@test "a host that is back knows nothing: RST, ECONNRESET, new shells" {
    programs
    plays "${network[@]}" 'two on server' \
        'sysctl server net.ipv4.tcp_fin_timeout = 7' 'two$ echo $$' \
        'two exits 0' "${connection[@]}" 'packets p' 'crash server' \
        'reboot server' 'two$ tty; sysctl -n net.ipv4.tcp_fin_timeout' \
        'two exits 0' 'client> hello' 'client shows /: ECONNRESET /' \
        'client exits 1' 'packets end' 'server$ ./echo_server1 198.51.100.10' \
        'server is blocked in accept' 'client$ ./echo_client 198.51.100.10' \
        'client> again' 'client shows "again"' 'client^D' 'client exits 0'
    run recorded packet
    is 'p 192.0.2.10:40000 198.51.100.10:9877 ACK+PSH 1 1 6
p 198.51.100.10:9877 192.0.2.10:40000 RST 1 - 0'
    shown '/dev/pts/0\n'
    shown '60\n'
    run grep -E '^(terminal|stage)' x.rec
    has 'terminal two pts/0 $ server'
    has 'terminal server pts/1 $ server'
}

@test "a cut cable: sent again and again, until it is mended" {
    programs
    plays "${network[@]}" "${connection[@]}" 'packets p' 'cut server' \
        'client> hello' 'packets reach 3' 'client is blocked in read(3)' \
        'mend server' 'client shows "hello"' 'packets end'
    run recorded packet
    [ "$(grep -c ' ACK+PSH 1 1 6 lost$' <<<"$output")" -ge 3 ]
    [ "$(grep -c '^p 192.* ACK+PSH 1 1 6$' <<<"$output")" -eq 1 ]
    has 'p 198.51.100.10:9877 192.0.2.10:40000 ACK+PSH 1 7 6
'
    run recorded stage
    is 'cut server
mend server'
    # Whose cable is cut does not matter, nor does the direction.
    plays "${network[@]}" "${connection[@]}" 'packets p' 'cut client' \
        'client> hello' 'packets reach 2' 'mend client' \
        'client shows "hello"' 'packets end'
    [ "$(recorded packet | grep -c ' lost$')" -ge 2 ]
    plays "${network[@]}" "${connection[@]}" 'packets p' 'cut router' \
        'client> hello' 'packets reach 2' 'mend router' \
        'client shows "hello"' 'packets end'
    [ "$(recorded packet | grep -c ' lost$')" -ge 2 ]
}

@test "a shutdown: SIGTERM, FIN, and nothing more from there" {
    programs
    plays "${network[@]}" "${connection[@]}" 'packets p' 'shutdown server' \
        'packets end 2' 'client> hello' \
        'client shows /terminated prematurely/' 'client exits 1'
    run recorded packet
    is 'p 198.51.100.10:9877 192.0.2.10:40000 ACK+FIN 1 1 0
p 192.0.2.10:40000 198.51.100.10:9877 ACK 1 2 0'
    run recorded stage
    is 'shutdown server'
    shown 'Terminated\n'
    run recorded state
    is 'p 198.51.100.10:9877 192.0.2.10:40000 ESTABLISHED
p 192.0.2.10:40000 198.51.100.10:9877 ESTABLISHED
p 198.51.100.10:9877 192.0.2.10:40000 FIN_WAIT2
p 192.0.2.10:40000 198.51.100.10:9877 CLOSE_WAIT
p 198.51.100.10:9877 192.0.2.10:40000 CLOSED
p 198.51.100.10:9877 192.0.2.10:40000 CLOSED
p 192.0.2.10:40000 198.51.100.10:9877 CLOSE_WAIT'
}

@test "a shutdown kills, after the grace, what did not end; and stopped ones" {
    SECONDS=0
    plays 'host a 192.0.2.1' 'host b 192.0.2.2' 'two on a' 'three on a' \
        "a\$ sh -c \"trap '' TERM; sleep $mark & wait; sleep $mark\"" \
        'a is blocked in sigsuspend' "two\$ sleep $mark" 'two is blocked in sleep' \
        'two^Z' 'two exits 148' "three\$ sleep $mark" \
        'three is blocked in sleep' 'shutdown a 1' "b\$ ps -e -o args=" \
        'b never shows /sleep/' 'b exits 0' 'reboot a' 'a$ echo back' \
        'a exits 0'
    ((SECONDS < 5))
    run recorded stage
    is 'shutdown a
kill a sh sleep
reboot a'
    shown 'Killed\n'
    shown 'Terminated\n'
    shown 'back\n'
    none_marked
}

@test "before a host goes down, its output must have been waited for" {
    fails 'x.scenario:4: crash a: a has output that no step waited for' \
        'host a 192.0.2.1' 'a$ echo x; cat' 'a is blocked in read' 'crash a'
    fails 'x.scenario:4: shutdown a: a has output that no step waited for' \
        'host a 192.0.2.1' 'a$ echo x; cat' 'a is blocked in read' 'shutdown a'
}

@test "hosts are alone with their networks, and share all else" {
    plays 'host a 192.0.2.1' 'host b 192.0.2.2' 'root on b' \
        'root# tcpdump --version >/dev/null 2>&1 && ip -br addr' \
        'root shows /^eth0@[a-z0-9]+ +UP +192\.0\.2\.2\/24 *$/' \
        'root exits 0' 'root# sysctl -w net.ipv4.tcp_sack=0' \
        'root shows "= 0"' 'root exits 0' \
        'a$ sysctl -n net.ipv4.tcp_sack; sysctl net.ipv4.tcp_keepalive_time' \
        'a shows /^1$/' 'a exits 0' 'sysctl a net.ipv4.tcp_keepalive_time = 9' \
        'b$ sysctl -n net.ipv4.tcp_keepalive_time' 'b shows "7200"' 'b exits 0' \
        'a$ sysctl -n net.ipv4.tcp_keepalive_time; echo $$; grep Cap.*0000 /pro'\
'c/self/status | wc -l; id -un; touch here' 'a shows "9"' 'a exits 0' \
        'b$ ls' 'b shows "here"' 'b exits 0'
    shown '1002\n'
    shown 'reader\n'
    rm x.rec
    fails 'x.scenario:3: sysctl a net.ipv4.nonsense = 1: this kernel has no such' \
        'host a 192.0.2.1' 'a$ true' 'sysctl a net.ipv4.nonsense = 1'
    fails 'x.scenario:2: sysctl a net.ipv4.ip_local_port_range = 9 1: Inv' \
        'host a 192.0.2.1' 'sysctl a net.ipv4.ip_local_port_range = 9 1' 'a$ true'
}

@test "sockets of every host are looked at, and told with their hosts" {
    programs
    plays "${network[@]}" "${connection[@]}" \
        'socket 198.51.100.10:9877 to 192.0.2.10:40000 is ESTABLISHED' \
        'socket 192.0.2.10:40000 to 198.51.100.10:9877 is ESTABLISHED'
    rm x.rec
    fails 'socket 192.0.2.10:1 is LISTEN: not seen within 1 s' \
        "${network[@]}" "${connection[@]}" 'limit 1' \
        'socket 192.0.2.10:1 is LISTEN'
    has '  socket 198.51.100.10:9877 to 0.0.0.0:0 is LISTEN at server'
    has '  socket 192.0.2.10:40000 to 198.51.100.10:9877 is ESTABLISHED at client'
    fails 'packets reach 9: not seen within 1 s' "${network[@]}" 'packets p' \
        "${connection[@]}" 'limit 1' 'packets reach 9' 'packets end'
    has '  the capture holds 3 packets'
}

@test "an RST that a router sends in the server's name was never sent by it" {
    need nft
    programs
    plays "${network[@]}" "${connection[@]}" \
        'router# nft add table ip f; nft "add chain ip f c { type filter hook fo'\
'rward priority 0; }"; nft add rule ip f c tcp dport 9877 reject with tcp reset' \
        'router exits 0' 'packets p' 'client> hello' \
        'client shows /: ECONNRESET /' 'client exits 1' 'packets end'
    run recorded packet
    is 'p 192.0.2.10:40000 198.51.100.10:9877 ACK+PSH 1 1 6 lost
p 198.51.100.10:9877 192.0.2.10:40000 RST 1 - 0'
}

@test "killed by SIGKILL while there are hosts: nothing is left" {
    sandbox
    local before after code=0
    before=$(lsns -t net -n 2>/dev/null | wc -l)
    scenario x "${network[@]}" \
        "server\$ sh -c \"trap '' TERM INT HUP; sleep $mark & wait\"" \
        'limit 60' 'server exits 0'
    setsid "$record" -o x.rec x.scenario >out 2>&1 3>&- &
    local pid=$!
    eventually some_marked
    kill -KILL "$pid"
    wait "$pid" || code=$?
    [ "$code" -eq 137 ]
    eventually none_marked
    no_more() {
        after=$(lsns -t net -n 2>/dev/null | wc -l)
        [ "$after" -le "$before" ]
    }
    eventually no_more
    [ ! -e x.rec ]
}

@test "hosts for root and an ordinary user: the same recording" {
    sandbox
    [ "$(id -u)" -eq 0 ] || skip "only root can try both"
    local user=(setpriv --reuid=54321 --regid=54321 --clear-groups)
    mkdir user bin2
    chmod 777 user
    cp "$record" bin2/record
    programs
    scenario x "${network[@]}" "${connection[@]}" 'packets p' \
        'client> hello' 'client shows "hello"' 'crash server' 'reboot server' \
        'router# ip -br addr' 'router exits 0' 'client> hello' \
        'client shows /: ECONNRESET /' 'client exits 1' 'packets end'
    "${user[@]}" test -r x.scenario ||
        skip "an ordinary user cannot read $BATS_TEST_TMPDIR"
    "$record" --bin bin -o root.rec x.scenario
    "${user[@]}" bin2/record --bin bin -o user/user.rec x.scenario
    run awk -f "$same" root.rec user/user.rec
    is ""
}

@test "^S stops the output of a terminal, ^Q lets it go on" {
    plays 'a$ cat' 'a^S' 'a> hello' 'a is blocked in write(1)' 'a^Q' \
        'a shows "hello"' 'a^D' 'a exits 0'
    run recorded key
    is 'a S
a Q
a D'
}

@test "long: a time for the whole scenario" {
    fails 'x.scenario:4: a exits 0: the scenario takes too long' 'long 1' \
        "a\$ sleep $mark" 'limit 30' 'a exits 0'
    ((SECONDS < 10))
    plays 'long 60' 'a$ true' 'a exits 0'
}

@test "states: what the kernel's table said at settled moments" {
    programs
    plays 'a$ ./echo_server1' 'a is blocked in accept(3)' \
        'b$ ./echo_client' 'b is blocked in read(0)' 'packets p' 'b^D' \
        'b exits 0' 'packets end' 'a^C' 'a exits 130'
    run recorded state
    is 'p 127.0.0.1:40000 127.0.0.1:9877 ESTABLISHED
p 127.0.0.1:9877 127.0.0.1:40000 ESTABLISHED
p 127.0.0.1:40000 127.0.0.1:9877 TIME_WAIT
p 127.0.0.1:9877 127.0.0.1:40000 CLOSED
p 127.0.0.1:40000 127.0.0.1:9877 TIME_WAIT
p 127.0.0.1:9877 127.0.0.1:40000 CLOSED'
    cp x.rec other.rec
    sed -i 's/TIME_WAIT$/CLOSE_WAIT/' other.rec
    run awk -f "$same" x.rec other.rec
    [ "$status" -eq 1 ]
    sed 's/^\(state\|packet\) [0-9.]*/\1 9.999999/' x.rec >times.rec
    run awk -f "$same" x.rec times.rec
    is ""
    [ "$status" -eq 0 ]
}

# ---- the same again

@test "same.awk: times and unordered lines do not count, all else does" {
    plays 'a$ printf "2\n1\n"' 'a unordered' 'a exits 0' 'a$ echo 3' \
        'a exits 0'
    sed 's/^\(out\|exit\|typed\|end\) [0-9.]*/\1 9.999999/
        s/^date .*/date 1999-01-01/; s/^system .*/system Linux 1 arm64/' \
        x.rec >times.rec
    run awk -f "$same" x.rec times.rec
    is ""
    [ "$status" -eq 0 ]
    sed 's/- 1.n$/- X/; s/- 2.n$/- 1\\n/; s/- X$/- 2\\n/' x.rec >order.rec
    run cmp -s x.rec order.rec
    [ "$status" -eq 1 ]
    run awk -f "$same" x.rec order.rec
    is ""
    [ "$status" -eq 0 ]
    sed 's/- 3.n$/- 4\\n/' x.rec >other.rec
    run awk -f "$same" x.rec other.rec
    [ "$status" -eq 1 ]
    has 'x.rec:'
    has 'other.rec:'
    has '- 4\n'
    grep -v '^exit ' x.rec >less.rec
    run awk -f "$same" x.rec less.rec
    [ "$status" -eq 1 ]
    run awk -f "$same" x.rec
    [ "$status" -eq 2 ]
}

@test "same.awk: what varies does not count, in that command's output alone" {
    scenario bad 'a$ echo' 'a varies /{x=.}/' 'a varies /(/'
    run "$record" bad.scenario
    [ "$status" -eq 2 ]
    has 'bad.scenario:2: what varies has no { }: a varies /{x=.}/'
    has 'bad.scenario:3: '
    plays 'a$ echo at 12.34' 'a varies / [0-9]+\.[0-9]+/' 'a varies / nine/' \
        'a exits 0' \
        'a$ echo at 56.78' 'a exits 0'
    sed 's/- at 12.34/- at 9.10/' x.rec >other.rec
    run cmp -s x.rec other.rec
    [ "$status" -eq 1 ]
    run awk -f "$same" x.rec other.rec
    is ""
    [ "$status" -eq 0 ]
    sed 's/- at 12.34/- at nine/' x.rec >other.rec
    run awk -f "$same" x.rec other.rec
    [ "$status" -eq 0 ]
    local change
    for change in 's/- at 12.34/- at ten/' 's/- at 12.34/- at 12x34/' 's/- at 12.34/- in 12.34/' \
        's/- at 56.78/- at 56.79/'; do
        sed "$change" x.rec >other.rec
        run awk -f "$same" x.rec other.rec
        [ "$status" -eq 1 ]
    done
}

@test "two recorders side by side, and the port taken outside" {
    sandbox
    cp "$B/bin/ch05/echo_server1" "$B/bin/ch05/echo_client" bin
    local port pid i
    setsid setpriv --pdeathsig KILL bin/echo_server1 127.0.0.1 0 \
        >/dev/null 2>&1 3>&- &
    pid=$!
    listens() {
        port=$(ss -Hltnp | sed -n "s/^.*:\([0-9]*\) .*pid=$pid,.*/\1/p")
        [ -n "$port" ]
    }
    eventually listens
    scenario x "a\$ ./echo_server1 127.0.0.1 $port" 'a is blocked in accept' \
        "b\$ ./echo_client 127.0.0.1 $port" 'b> hi' 'b shows "hi"' \
        'c$ ps -t pts/0 -o pid,args' 'c exits 0' 'b^D' 'b exits 0'
    local jobs=()
    for i in 1 2 3 4; do
        "$record" --bin bin -o "x$i.rec" x.scenario 3>&- &
        jobs+=($!)
    done
    for i in 0 1 2 3; do
        wait "${jobs[i]}"
    done
    kill "$pid"
    for i in 2 3 4; do
        run awk -f "$same" x1.rec "x$i.rec"
        is ""
    done
}

@test "busy processors: the same recording" {
    sandbox
    local i busy=() name=normal_startup bad=0
    "$record" --bin "$B/bin/ch05" -o 0.rec "$ROOT/code/ch05/$name.scenario"
    for i in $(seq "$(nproc)"); do
        sh -c 'while :; do :; done' 3>&- &
        busy+=($!)
    done
    for i in 1 2 3 4 5 6 7 8 9 10; do
        "$record" --bin "$B/bin/ch05" -o "$i.rec" \
            "$ROOT/code/ch05/$name.scenario" || bad=1
    done
    kill "${busy[@]}"
    [ "$bad" -eq 0 ]
    for i in 1 2 3 4 5 6 7 8 9 10; do
        run awk -f "$same" 0.rec "$i.rec"
        is ""
    done
}

@test "root and an ordinary user: the same recording" {
    sandbox
    [ "$(id -u)" -eq 0 ] || skip "only root can try both"
    local user=(setpriv --reuid=54321 --regid=54321 --clear-groups)
    mkdir user bin2
    chmod 777 user
    cp "$record" bin2/record
    cp "$B"/bin/ch05/* bin
    cp "$ROOT/code/ch05/normal_startup.scenario" .
    "${user[@]}" test -r normal_startup.scenario ||
        skip "an ordinary user cannot read $BATS_TEST_TMPDIR"
    "$record" --bin bin -o root.rec normal_startup.scenario
    "${user[@]}" bin2/record --bin bin -o user/user.rec normal_startup.scenario
    run awk -f "$same" root.rec user/user.rec
    is ""
    [ "$(stat -c %u user/user.rec)" -eq 54321 ]
}

# ---- elsewhere, and live

@test "--probe says what works" {
    sandbox
    run "$record" --probe
    [ "$status" -eq 0 ]
    has "ok user reader"
    has "ok shells on terminals"
    has "ok hosts (ip, veth, bridge)"
    hasnt FAILED
}

@test "no namespaces: exit 77, a recording that says so" {
    unshare -Ur true 2>/dev/null || skip "no user namespace to forbid it in"
    scenario x 'a$ true' 'a exits 0'
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$@"' sh "$record" --bin bin -o x.rec x.scenario
    [ "$status" -eq 77 ]
    has "no sandbox on this machine: namespaces: ENOSPC"
    run sed 1,5d x.rec
    is "skipped namespaces: ENOSPC (No space left on device)"
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$@"' sh "$record" --probe
    [ "$status" -eq 77 ]
    has "FAILED namespaces"
}

@test "--live: names and lines; colours on a terminal only, and not always" {
    sandbox
    scenario x 'one$ echo 안녕' 'one exits 0' 'two$ false' 'two exits 1' \
        'one$ echo again' 'one exits 0' 'one$ echo more' 'one exits 0'
    run "$record" --bin bin --live x.scenario
    [ "$status" -eq 0 ]
    is $'x\n\n-- one\n$ echo 안녕\n안녕\n-- two\n$ false\n(exit status 1)
-- one\n$ echo again\nagain\n$ echo more\nmore'
    hasnt $'\033'
    need script
    run script -qec "'$record' --bin bin --live x.scenario" /dev/null
    has $'\033'
    has '안녕'
    run env NO_COLOR=1 script -qec "'$record' --bin bin --live x.scenario" \
        /dev/null
    hasnt $'\033'
    has '안녕'
}

@test "--live: titles, a line about it in two languages, 80 columns wide" {
    sandbox
    local ko='한글 여섯 글자는 열두 칸' en='five words make one line'
    ko="$ko $ko $ko $ko" en="$en $en $en $en"
    scenario x '# piece' "about $ko | $en" 'a$ echo 1' 'a exits 0' '# piece' \
        'a$ echo 2' 'a exits 0' '# piece' 'a$ echo 3' 'a exits 0'
    run "$record" --bin bin --live --titles $'First\n\nThird' x.scenario
    is "
First
five words make one line five words make one line five words make one line five
words make one line
-- a
\$ echo 1
1

-- a
\$ echo 2
2

Third
-- a
\$ echo 3
3"
    run "$record" --bin bin --live --lang ko x.scenario
    has "x

한글 여섯 글자는 열두 칸 한글 여섯 글자는 열두 칸 한글 여섯 글자는 열두 칸 한글
여섯 글자는 열두 칸
-- a"
    run "$record" --bin bin --lang fr x.scenario
    [ "$status" -eq 2 ]
    has "--lang is ko or en, not 'fr'"
}

@test "--live: what happens to hosts" {
    sandbox
    scenario x 'host a 192.0.2.1' 'host b 192.0.2.2' 'a$ true' 'a exits 0' \
        'crash b' 'sysctl a net.ipv4.tcp_sack = 0'
    run "$record" --bin bin --live x.scenario
    [ "$status" -eq 0 ]
    has $'\n-- lab: crash b\n'
    has $'\n-- lab: sysctl a net.ipv4.tcp_sack = 0'
}

@test "ps shows nothing of the recorder, though it is started at pts/0" {
    sandbox
    need script
    unshare -Urm true 2>/dev/null || skip "no user namespace to try it in"
    scenario x 'a$ ps -t pts/0 -o args' 'a exits 0'
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -Urm sh -c 'mount -t devpts -o newinstance,ptmxmode=0666 x \
        /dev/pts && exec script -qec "tty; \"$1\" --bin bin -o x.rec \
        x.scenario" /dev/null' sh "$record"
    is $'/dev/pts/0\r'
    shown 'sh\n'
    run grep record x.rec
    is "recording 1"
}

@test "--step waits for Enter between pieces, not at the end of input" {
    sandbox
    scenario x '# piece' 'a$ echo one' 'a exits 0' '# piece' 'a$ echo two' \
        'a exits 0' '# piece' 'a$ echo three' 'a exits 0'
    run "$record" --bin bin --step x.scenario </dev/null
    [ "$status" -eq 0 ]
    [ "$(grep -c -- '-- Enter --' <<<"$output")" -eq 2 ]
    mkfifo enter
    "$record" --bin bin --step x.scenario <enter >out 3>&- &
    local pid=$!
    exec 9>enter
    eventually grep -q -- '-- Enter --' out
    run grep 'echo two' out
    is ""
    echo >&9
    eventually grep -qx two out
    run grep 'echo three' out
    is ""
    exec 9>&-
    wait "$pid"
    grep -qx three out
}

@test "ASan and UBSan find nothing, in success and in failure" {
    sandbox
    # shellcheck disable=SC2046,SC2086 # lists of words
    gcc -D_POSIX_C_SOURCE=200809L -I"$ROOT/code/lib" $(flags) $SANITIZE \
        -o asan "$ROOT"/code/recorder/*.c "$ROOT"/code/lib/*.c
    record=$PWD/asan
    run "$record" --bin "$B/bin/ch05" -o x.rec \
        "$ROOT/code/ch05/normal_startup.scenario"
    is ""
    [ "$status" -eq 0 ]
    rm x.rec
    fails 'a exits 1: it ended with status 0' 'a$ echo a1; seq 20000' \
        'a shows /{x=[[:alpha:]]}{y=1}/' 'a shows "19999"' 'a exits 1'
    hasnt Sanitizer
    programs
    plays "${network[@]}" "${connection[@]}" 'packets p' 'client> hello' \
        'client shows "hello"' 'crash server' 'reboot server' \
        'shutdown server 0' 'router# ip neigh del 198.51.100.10 dev eth1' \
        'router exits 0' 'client> hello' 'packets reach 6' 'cut client' \
        'mend client' 'packets end'
    rm x.rec
    scenario bad 'host a 192.0.2.1' 'host a 192.0.2.1' 'b on a' 'crash b' \
        'sysctl a net.x.y = 1' 'about x | y'
    run "$record" bad.scenario
    [ "$status" -eq 2 ]
    hasnt Sanitizer
    scenario bad 'a shows /{x/' 'a$ cat' 'a shows /{x=(}/' 'packets p'
    run "$record" bad.scenario
    [ "$status" -eq 2 ]
    hasnt Sanitizer
}
