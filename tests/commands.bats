#!/usr/bin/env bats
# The programs of chapter 1's second page: exec, run_command, system_sketch,
# vfork and posix_spawn, fork under a limit. The scenarios show what they do;
# here is what no scenario shows, and that each broken one breaks.

# shellcheck disable=SC2031,SC2154 # `run` and helpers.bash set them
# shellcheck disable=SC2034 # for programs.bash
load helpers
chapter=ch01
load programs

# said STATUS STDOUT TEXT COMMAND...: the command ends so, prints that, and
# TEXT is in its one line on stderr (none if TEXT is empty).
said() {
    local status_wanted=$1 output_wanted=$2 text=$3
    shift 3
    run -"$status_wanted" --separate-stderr timeout 60 "$@" </dev/null
    is "$output_wanted"
    [[ $stderr == *"$text"* && $stderr != *$'\n'* ]]
    [ -n "$text" ] || [ -z "$stderr" ]
}

@test "each of the six calls gives its arguments and its environment" {
    local name letter count
    cd "$bin"
    for name in execl execle execlp execv execve execvp; do
        letter=${name:4:1} count=2
        [[ $name != *e ]] || count=1
        run env -i PATH=. HOME=/ "$bin/exec_six" "$name"
        [ "$status" -eq 0 ]
        has "argv[0] is \"anything\""
        has "argv[1] is \"$letter\""
        hasnt "argv[2]"
        has "environ has $count, the first is "
    done
    said 2 "" "'execvpe'" "$bin/exec_six" execvpe
    said 0 $'argv[0] is "'"$bin/show_arguments"$'"\nenviron has 0' "" \
        env -i "$bin/show_arguments"
}

@test "run_path: 127 for what is not there, 126 for what cannot be run" {
    echo 'echo two' >script
    said 127 "" ENOENT "$bin/run_path" nosuch
    said 126 "" EACCES "$bin/run_path" ./script
    chmod +x script
    said 0 two "" "$bin/run_path" ./script
    said 2 "" "expected a program" "$bin/run_path"
}

@test "exec_keeps: a handler and a descriptor less, the rest is the same" {
    cd "$bin"
    run "$bin/exec_keeps" </dev/null 3>&- 4>&-
    [ "$status" -eq 0 ]
    has "SIGUSR1 handler, SIGUSR2 ignored, SIGTERM blocked"
    has "SIGUSR1 default, SIGUSR2 ignored, SIGTERM blocked"
}

@test "run_command: prints and passes on the exit code" {
    said 0 $'running true\nexit code 0' "" "$bin/run_command" true
    said 7 $'running sh\nexit code 7' "" "$bin/run_command" sh -c 'exit 7'
    said 127 $'running nosuch\nexit code 127' ENOENT \
        "$bin/run_command" nosuch
    # shellcheck disable=SC2016 # for the shell that is run
    said 1 $'running sh\nthe command did not exit by itself' "" \
        "$bin/run_command" sh -c 'kill -9 $$'
}

@test "goes_on_broken: the child goes on, and 127 is lost" {
    run timeout 60 "$bin/run_command_goes_on_broken" nosuch
    [ "$status" -eq 1 ]
    has "waitpid: ECHILD"
    has "exit code 1"
}

@test "exit_broken: the parent's line comes twice" {
    said 127 $'running nosuch\nrunning nosuch\nexit code 127' "" \
        "$bin/run_command_exit_broken" nosuch
}

@test "system_sketch: redirects, and returns the shell's exit code" {
    said 0 "" "" "$bin/system_sketch" 'echo hello >file'
    [ "$(cat file)" = hello ]
    said 3 "" "" "$bin/system_sketch" 'exit 3'
    said 127 "" "not found" "$bin/system_sketch" nosuch
    # shellcheck disable=SC2016 # for the shell that is run
    said 1 "" "" "$bin/system_sketch" 'kill -9 $$'
}

@test "vfork_shares_broken: the child of vfork changes the parent's value" {
    run timeout 60 "$bin/vfork_shares_broken" fork <<<line
    has "after fork, the parent has value 1"
    run timeout 60 "$bin/vfork_shares_broken" vfork <<<line
    has "after vfork, the parent has value 2"
    said 2 "" "fork or vfork" "$bin/vfork_shares_broken" clone
}

@test "vfork_shares_broken: SIGTERM ends a parent that sleeps in vfork" {
    pipe
    background "$bin/vfork_shares_broken" vfork <pipe >out
    # shellcheck disable=SC2317 # for eventually
    sleeps_in_vfork() { [ "$(state "$pid")" = D ]; }
    eventually sleeps_in_vfork
    eventually says out "child: type a line"
    kill -TERM "$pid"
    ends "$pid" 143
}

@test "spawn_command: output in the file, the error with its name" {
    said 0 "" "" "$bin/spawn_command" file echo hello
    [ "$(cat file)" = hello ]
    said 1 "" "posix_spawnp nosuch: ENOENT" "$bin/spawn_command" file nosuch
    said 1 "" ENOENT "$bin/spawn_command" no/file true
}

@test "spawn_cost: a number for each way" {
    local way
    for way in fork vfork posix_spawn; do
        run timeout 60 "$bin/spawn_cost" $way 1 3
        [ "$status" -eq 0 ]
        [[ $output =~ ^[0-9]+$ ]]
    done
    said 2 "" "expected fork" "$bin/spawn_cost" fork 1
    said 2 "" "expected fork" "$bin/spawn_cost" clone 1 1
}

@test "fork_limit: where no limit holds it stops at 100" {
    # a limit of 1 holds for an ordinary user: no children, and a message
    run --separate-stderr timeout 60 "$bin/fork_limit" 1
    [ "$status" -eq 0 ]
    [ "$output" = "100 children" ] ||
        [[ $output == "0 children" && $stderr == *EAGAIN* ]]
    said 2 "" "expected a limit" "$bin/fork_limit"
}

@test "valgrind: nothing lost, nothing left open" {
    need valgrind
    run -0 "${memcheck[@]}" "$bin/run_command" true </dev/null
    run -127 "${memcheck[@]}" "$bin/run_command" nosuch </dev/null
    run -127 "${memcheck[@]}" "$bin/run_path" nosuch </dev/null
    run -0 "${memcheck[@]}" "$bin/system_sketch" true </dev/null
    run -0 "${memcheck[@]}" "$bin/spawn_command" file true </dev/null
    run -0 "${memcheck[@]}" "$bin/fork_limit" 1 </dev/null
    run -0 "${memcheck[@]}" "$bin/spawn_cost" fork 1 2 </dev/null
    # the log of a process that has become another program just stops
    local log summed=0
    for log in vg.*; do
        if grep -q 'ERROR SUMMARY' "$log"; then
            summed=$((summed + 1))
            # the children of fork_limit leave their pipe to exit
            grep -q /fork_limit "$log" || left_open "$log"
        else
            rm "$log"
        fi
    done >open
    [ "$summed" -ge 7 ]
    nothing_in open
    no_errors
}
