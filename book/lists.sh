#!/bin/sh
# lists.sh - print the part of the Makefile that depends on what chapters/
# tangles into: the names of programs, scenarios and pages, and what each
# scenario and page needs. Run from the project's root, after tangle.sh.
# environment: CODE, where the tangled files are (default code).
# No arguments. Exit 1, with one line on stderr for each, if chapters have no id.
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
# chapters, and then the scenarios, to see what each of them names. A scenario
# is recorded again when a program changes that it starts as ./x, a page is woven
# again when its chapter changes, or a recording or a figure that it shows. What
# begins with the step "long" is recorded on request only.
# shellcheck disable=SC2086 # lists of words
(cd "$code" && find . -name '*.c' -o -name '*.scenario') | sort |
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
    function recording(name) { return " $(B)/recordings/" name ".rec" }

    FILENAME == "-" {
        name = substr($0, 3)
        if (sub(/\.c$/, "", name)) {
            is_program[name]
            kind = name ~ /^ch/ ? "programs" : folder(name)
            list[kind] = list[kind] " " name
        } else if (sub(/\.scenario$/, "", name)) {
            scenarios[++scenario_count] = name
            file_of[name] = ARGV[ARGC++] = code name ".scenario"
        }
        next
    }
    FILENAME ~ /\.nw$/ {
        if (FNR == 1) chapters[++chapter_count] = FILENAME
        if (!(FILENAME in id) && sub(/^id: */, "")) id[FILENAME] = $0
        if (/figures\//) notice("figures/[A-Za-z0-9_-]+\\.svg")
        if (/ch[0-9]/) notice("ch[0-9]+[a-z]*/[A-Za-z0-9_]+")
        next
    }
    !/^(#|$)/ && !(FILENAME in begins) { begins[FILENAME] = $1 }
    /\.\//                             { notice("\\./[a-z_0-9]+") }

    # What a scenario and a page need.
    function print_scenario(name,    i, n, words, program) {
        n = split(named[file_of[name]], words)
        for (i = 1; i <= n; i++) {
            program = folder(name) substr(words[i], 2)
            if (program in is_program)
                print substr(recording(name), 2) ": $(B)/bin/" program
        }
    }
    function print_page(file,    i, n, words, needs) {
        n = split(named[file], words)
        for (i = 1; i <= n; i++)
            if (words[i] ~ /^figures/)
                needs = needs " book/" words[i]
            else if (words[i] in file_of)
                needs = needs recording(words[i])
        print "pages += " id[file]
        print "chapter_" id[file] " := " file
        print "needs_" id[file] " :=" needs
    }
    END {
        for (i = 1; i <= scenario_count; i++) {
            name = scenarios[i]
            kind = begins[file_of[name]] == "long" ? "long" : "scenarios"
            list[kind] = list[kind] " " name
        }
        n = split("programs library recorder scenarios long", kinds)
        list["library"] = list["lib"]
        for (i = 1; i <= n; i++)
            print kinds[i] " :=" list[kinds[i]]
        for (i = 1; i <= scenario_count; i++)
            print_scenario(scenarios[i])
        for (i = 1; i <= chapter_count; i++)
            if (chapters[i] in id)
                print_page(chapters[i])
            else {
                print chapters[i] ":1: the metadata block has no id" | "cat >&2"
                failed = 1
            }
        close("cat >&2")
        exit failed
    }' - $first $middle $last
