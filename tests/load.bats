#!/usr/bin/env bats
# The last server of chapter 5 under load (tests/load.c): 1000 clients at once
# and 10 000 one after another, of many kinds, while descriptors run out. What
# was counted is printed. Another seed: LOAD_SEED=7 tests/run.sh tests/load.bats

# shellcheck disable=SC2030,SC2031,SC2154 # `run` sets them, in each test anew
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch05
load programs

setup_file() {
    # shellcheck disable=SC2046 # a list of words
    gcc -D_POSIX_C_SOURCE=200809L $(flags) -o "$BATS_FILE_TMPDIR/load" \
        "$ROOT/tests/load.c"
}

# tell TEXT...: a line of the test's output, also if it passes.
tell() {
    echo "# $*" >&3
}

# clients WHAT N: start so many, a crowd or a queue. What they say comes on
# descriptor 8; they wait for lines on descriptor 9.
clients() {
    rm -f pipe said
    pipe
    mkfifo said
    # shellcheck disable=SC2016 # for the inner shell, which opens the pipe
    background bash -c 'exec "$@" >said 2>load_err' - \
        "$BATS_FILE_TMPDIR/load" "$1" 127.0.0.1 "$port" "$2" \
        "${LOAD_SEED:-1}" <pipe
    clients=$pid
    exec 8<said
}

# reach WORD: the clients say it, and before it nothing else.
reach() {
    local line=''
    read -r -t 150 -u 8 line || true
    [ "$line" = "$1" ] || {
        echo "the clients said: $line"
        cat load_err
        return 1
    }
}

# clients_end: they are content; what they have counted goes to ./counts.
clients_end() {
    local code=0
    wait "$clients" || code=$?      # they end by themselves after 240 s
    exec 9>&-
    cat load_err
    [ "$code" -eq 0 ]
    cat <&8 >counts
}

# count WHAT: how many the clients have counted.
count() {
    awk -v what="$1" '$1 == what { n = $2 } END { print n + 0 }' counts
}

# log REGEX: how many lines the server has written that match.
log() {
    grep -cE -- "$1" err || true
}

# descriptors PID
descriptors() {
    find "/proc/$1/fd" -mindepth 1 | wc -l
}

# all_write PID: all of its children are blocked in write.
all_write() {
    local child call write=1        # its number on x86-64
    [ "$(uname -m)" = x86_64 ] || write=64
    for child in $(children "$1"); do
        read -r call _ <"/proc/$child/syscall" || return
        [ "$call" = "$write" ] || return
    done
}

# interrupted PID: all of its children are stopped, and go on.
interrupted() {
    local child list
    mapfile -t list < <(children "$1")
    kill -STOP "${list[@]}"
    for child in "${list[@]}"; do
        eventually is_stopped "$child"
    done
    kill -CONT "${list[@]}"
}

@test "1000 clients at once, then 10 000 one after another" {
    serve 127.0.0.1 "$bin/echo_server" -v -c 1000 -t 200
    local before
    before=$(descriptors "$server")
    tell "seed ${LOAD_SEED:-1}"

    clients crowd 1000
    reach open
    has_children 1000 "$server"
    tell "children at once: $(children "$server" | wc -l)"
    echo go >&9
    reach stuck
    # Only slow readers are left. A child that is stopped and goes on while it
    # is in write has written a part, and must write the rest.
    eventually all_write "$server"
    tell "of them blocked in write: $(children "$server" | wc -l)"
    interrupted "$server"
    echo go >&9
    clients_end
    tell "at once: $(tr '\n' ' ' <counts)"
    eventually has_children 0 "$server"
    [ "$(descriptors "$server")" -eq "$before" ]
    [ "$(log ' connected, ')" -eq 1000 ]
    [ "$(log ' ended, exit code ')" -eq 1000 ]
    # a child fails only if its client breaks the connection
    [ "$(log ' exit code 1$')" -le $(($(count reset) + $(count killed))) ]

    clients queue 10000
    reach half
    prlimit --pid "$server" --nofile=4:
    eventually says err "echo_server: accept: EMFILE (Too many open files)"
    prlimit --pid "$server" --nofile=1024:
    clients_end
    tell "one after another: $(tr '\n' ' ' <counts)"
    eventually has_children 0 "$server"
    [ "$(descriptors "$server")" -eq "$before" ]
    [ "$(log ' connected, ')" -eq 11000 ]
    [ "$(log ' ended, exit code ')" -eq 11000 ]
    [ "$(log 'killed by|EMFILE')" -eq 1 ]

    echo alive | timeout 60 "$bin/echo_client" 127.0.0.1 "$port" >out
    says out alive
    kill -TERM "$server"
    ends "$server" 0
}
