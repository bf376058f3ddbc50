# same.awk - tells whether two recordings say the same.
#
# usage: awk -f same.awk A B
#
# Times do not count, nor machine and date, nor what the scenario says
# varies in the output of a command; the lines of a command that it calls
# unordered are compared sorted. Prints the first difference. Exit status:
# 0 the same, 1 different, 2 bad usage.

# Adds one line to what counts of file f; n is its number there.
function keep(f, n, text) {
    kept[f, ++count[f]] = text
    number[f, count[f]] = n
}

# Ends the unordered output of a terminal: adds its lines, sorted.
function flush(f, terminal,    n, i, j, text) {
    n = held[terminal]
    for (i = 1; i <= n; i++) {
        text = hold[terminal, i]
        for (j = i - 1; j > 0 && sorted[j] > text; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = text
    }
    for (i = 1; i <= n; i++)
        keep(f, first[terminal], sorted[i])
    delete held[terminal]
    delete free[terminal]
}

# Goes through file f again, knowing which commands are unordered, and
# what varies.
function reduce(f,    n, text, field, terminal, step, now) {
    for (n = 1; n <= lines[f]; n++) {
        text = line[f, n]
        split(text, field, " ")
        terminal = field[3]
        if (field[1] ~ /^(system|distribution|date)$/)
            continue
        if (field[1] == "step")
            step = field[2]
        if (field[1] ~ /^(prompt|typed|key|out|exit|end)$/ \
            || field[1] ~ /^(stage|packet|icmp|state)$/)
            sub(/ [0-9.]+/, "", text)
        if (field[1] ~ /^(typed|key)$/)
            flush(f, terminal)
        if (field[1] == "typed" && (f, step) in loose)
            free[terminal] = 1
        if (field[1] == "typed")
            now[terminal] = differs[f, step]
        if (field[1] == "out" && now[terminal] != "")
            gsub(now[terminal], "~", text)
        if (field[1] == "out" && terminal in free) {
            hold[terminal, ++held[terminal]] = text
            first[terminal] = n
        } else
            keep(f, n, text)
    }
    for (terminal in free)
        flush(f, terminal)
}

FNR == 1 { file++; name[file] = FILENAME }
{ line[file, FNR] = $0; lines[file] = FNR }
$1 == "unordered" { loose[file, $2] = 1 }
$1 == "varies" {
    what = substr($0, length($1 $2) + 3)
    gsub(/\\\\/, "\\", what)
    if ((file, $2) in differs)
        what = differs[file, $2] "|" what
    differs[file, $2] = what
}

END {
    if (ARGC != 3 || file != 2) {
        print "usage: awk -f same.awk RECORDING RECORDING" >"/dev/stderr"
        exit 2
    }
    reduce(1)
    reduce(2)
    n = count[1] > count[2] ? count[1] : count[2]
    for (i = 1; i <= n; i++)
        if (kept[1, i] != kept[2, i]) {
            for (f = 1; f <= 2; f++)
                print name[f] ":" number[f, i] ": " kept[f, i]
            exit 1
        }
}
