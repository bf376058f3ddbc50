#!/bin/sh
# lists.sh - print the part of the Makefile that depends on what chapters/
# tangles into: the names of programs, scenarios, experiments and pages, and what
# each of them needs. Run from the project's root, after tangle.sh.
#
# How a program is compiled changes what it does, so a program that shows how
# others write (an exhibit) says in its first line with which command:
#     /* BROKEN on purpose: as in handouts. build: gcc -std=gnu89
# The command is all that follows "build:"; make adds only -o, the program's
# name and the source's, no flags of its own and no library.
#
# environment: CODE, where the tangled files are (default code).
# No arguments. Exit 1, with one line on stderr for each, if chapters have no id
# or exhibits no command.
set -eu

code=${CODE:-code}

# The chapters as the book has them, the preface first.
first='' middle='' last=''
for chapter in chapters/*.nw; do
    case ${chapter#chapters/} in
    preface*) first="$first $chapter" ;;
    ch[0-9]*) middle="$middle $chapter" ;;
    *) last="$last $chapter" ;;
    esac
done

# The names of the tangled files come on standard input; then awk reads the
# chapters, and then the scenarios and experiments, to see what each of them
# names. These are recorded again when a program changes that they start as ./x or
# compile from x.c, a page is woven again when its chapter changes, or a recording,
# a table or a figure that it shows. What begins with the step "long" is recorded on request
# only. The programs of lab/ are for experiments.
# shellcheck disable=SC2086 # lists of words
(cd "$code" && find . -name '*.c' -o -name '*.scenario' -o \
    -name '*.experiment') | sort |
    LC_ALL=C awk -v code="$code/" '
    # Adds what matches the pattern in this line to what its file names, once.
    function notice(pattern,    text, name) {
        text = $0
        while (match(text, pattern)) {
            name = substr(text, RSTART, RLENGTH)
            text = substr(text, RSTART + RLENGTH)
            if (!((FILENAME, name) in noticed)) {
                noticed[FILENAME, name]
                named[FILENAME] = named[FILENAME] " " name
            }
        }
    }
    function folder(name) { return substr(name, 1, index(name, "/") - 1) }
    function recording(name) {
        return " $(B)/recordings/" name (name in is_experiment ? ".tsv" : ".rec")
    }
    function fault(file, message) {
        print file ":1: " message | "cat >&2"
        failed = 1
    }
    # What the first line of this program says after "build:", or nothing.
    # (The line #line, which DEBUG=1 puts there, does not count.)
    function build_command(name,    file, text) {
        file = code name ".c"
        while ((getline text <file) > 0 && text ~ /^#line /)
            ;
        close(file)
        if (!sub(/^.*build: */, "", text)) return ""
        sub(/ *(\*\/.*)?$/, "", text)
        if (text == "") fault(file, "build: is followed by no command")
        return text
    }

    FILENAME == "-" {
        name = substr($0, 3)
        if (name ~ /^exercises\/.*\//) {
            if (sub(/\.c$/, "", name)) list["answers"] = list["answers"] " " name
        } else if (sub(/\.c$/, "", name)) {
            is_program[name]
            kind = name ~ /^(ch|lab\/|exercises\/)/ ? "programs" : folder(name)
            if (kind == "programs" && (build[name] = build_command(name)))
                kind = "exhibits"
            list[kind] = list[kind] " " name
            if (name ~ /^lab\//) list["lab"] = list["lab"] " " name
        } else if (sub(/\.(scenario|experiment)$/, "", name)) {
            scenarios[++scenario_count] = name
            file_of[name] = ARGV[ARGC++] = code substr($0, 3)
            if (/\.experiment$/) is_experiment[name]
        }
        next
    }
    FILENAME ~ /\.nw$/ {
        if (FNR == 1) chapters[++chapter_count] = FILENAME
        if (!(FILENAME in id) && sub(/^id: */, "")) id[FILENAME] = $0
        if (/figures\//) notice("figures/[A-Za-z0-9_-]+\\.svg")
        if (/^:::.*[.]exercises/) notice("\"ch[0-9]+[a-z]*\"")
        if (/ch[0-9]/) notice("ch[0-9]+[a-z]*/[A-Za-z0-9_]+")
        next
    }
    !/^(#|$)/ && !(FILENAME in begins) { begins[FILENAME] = $1 }
    /\.\//                             { notice("\\./[a-z_0-9]+") }
    /\.c/                              { notice("[a-z_0-9]+\\.c") }

    # What a scenario or an experiment needs, and a page.
    function print_scenario(name,    i, n, words, program, seen) {
        n = split(named[file_of[name]], words)
        for (i = 1; i <= n; i++) {
            program = words[i]
            gsub(/^\.\/|\.c$/, "", program)
            program = folder(name) "/" program
            if (program in is_program && !seen[program]++)
                print substr(recording(name), 2) ": $(B)/bin/" program
        }
        if (name in is_experiment)
            print substr(recording(name), 2) ": $(lab:%=$(B)/bin/%)"
    }
    function print_page(file,    i, n, words, needs) {
        n = split(named[file], words)
        for (i = 1; i <= n; i++)
            if (words[i] ~ /^figures/)
                needs = needs " book/" words[i]
            else if (gsub(/"/, "", words[i]))    # whose exercises it answers
                needs = needs " $(wildcard chapters/" words[i] "*.nw)"
            else if (words[i] in file_of)
                needs = needs recording(words[i])
        print "pages += " id[file]
        print "chapter_" id[file] " := " file
        print "needs_" id[file] " :=" needs
    }
    END {
        for (i = 1; i <= scenario_count; i++) {
            name = scenarios[i]
            kind = name in is_experiment ? "experiments" : \
                   begins[file_of[name]] == "long" ? "long" : "scenarios"
            list[kind] = list[kind] " " name
        }
        n = split("programs exhibits lab library recorder scenarios long " \
                  "experiments answers", kinds)
        list["library"] = list["lib"]
        for (i = 1; i <= n; i++)
            print kinds[i] " :=" list[kinds[i]]
        n = split(list["exhibits"], exhibits)
        for (i = 1; i <= n; i++)
            print "$(B)/bin/" exhibits[i] ": BUILD := " build[exhibits[i]]
        for (i = 1; i <= scenario_count; i++)
            print_scenario(scenarios[i])
        for (i = 1; i <= chapter_count; i++)
            if (chapters[i] in id)
                print_page(chapters[i])
            else
                fault(chapters[i], "the metadata block has no id")
        close("cat >&2")
        exit failed
    }' - $first $middle $last
