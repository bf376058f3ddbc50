#!/bin/sh
# tangle.sh - turn chapters/*.nw into the files under code/.
#
# usage: ./tangle.sh                  write code/
#        ./tangle.sh --where FILE N   print the chapter line that line N of a
#                                     scenario (code/ch05/x.scenario) or of an
#                                     experiment is from
#        ./tangle.sh --help
# environment:
#   DEBUG=1       put #line directives into C files, so that the compiler and
#                 gdb point into the chapter (use it with another CODE)
#   CODE=DIR      write below DIR instead of code/
#   CHAPTERS=DIR  read DIR/*.nw instead of chapters/
#   NOWEB=DIR     noweb's own programs (default /usr/lib/noweb)
#
# Files whose names are alike up to the first "-" are one chapter on several
# pages (ch05-echo.nw, ch05-hosts.nw): they share their chunks. Every root
# chunk whose name is a path (ch05/echo_client.c) becomes a file.
# An unchanged file is not touched; a file that no chunk produces any more is
# removed. Either everything is tangled or, after an error (exit 1, one line
# per error, "chapter:line: message"), nothing is changed. Bad usage: exit 2.
set -eu

chapters=${CHAPTERS:-chapters}
code=${CODE:-code}
noweb=${NOWEB:-/usr/lib/noweb}
tab=$(printf '\t')
mark=$(printf '\001')    # no chapter holds this character

# fail MESSAGE...: one line on stderr, exit 1.
fail() {
    echo "tangle.sh: $*" >&2
    exit 1
}

# usage_error MESSAGE...: one line on stderr, exit 2.
usage_error() {
    echo "tangle.sh: $* (see ./tangle.sh --help)" >&2
    exit 2
}

# roots: read a markup stream, check the rules for chunks, print one
# "chapter<TAB>root" line per file to write; the chapter is the part of its
# files' names that is alike (chapters/ch05). Errors go to stderr, exit 1.
# The rules are those of the source format: every chunk that is used is
# defined, every defined one is used or has a path for a name, none contains
# itself, a root belongs to one chapter, and a chunk goes on only inside the
# section of its first piece (scenarios may go on anywhere in the chapter).
roots() {
    awk '
    function error(where, message) {
        print where ": " message | "cat >&2"
        failed = 1
    }
    function below_no_file(key,    i, n, part, folder) {
        n = split(name_of[key], part, "/")
        folder = part[1]
        for (i = 2; i < n; i++) {
            folder = folder "/" part[i]
            if (folder in root_file)
                error(defined[key], "<<" name_of[key] \
                      ">> is below the file <<" folder ">>")
        }
    }
    function visit(key, name,    i, n, list) {   # depth first, for cycles
        if (state[key] == 2)
            return
        state[key] = 1
        n = split(uses[key], list, "\n")
        for (i = 2; i <= n; i++) {
            if (state[chapter_of[key], list[i]] == 1)
                error(use_at[key, list[i]], "chunk <<" list[i] \
                      ">> contains itself")
            else if ((chapter_of[key], list[i]) in defined)
                visit(chapter_of[key] SUBSEP list[i], list[i])
        }
        state[key] = 2
    }
    BEGIN { path = "^[a-z0-9_]+(/[A-Za-z0-9_.-]+)+$" }
    /^@file / { file = chapter = substr($0, 7); line = 1; fence = 0; start = 1
                sub(/\.nw$/, "", chapter); sub(/-[^\/]*$/, "", chapter)
                section = file; next }
    /\001/          { error(file ":" line, "a control character") }
    /^@nl$/         { line++; start = 1; next }
    /^@begin code / { code = 1; next }
    /^@begin docs / { code = 0; next }
    /^@text / && !code && start {
        text = substr($0, 7)
        if (text ~ /^(```|~~~)/) fence = !fence
        if (!fence && text ~ /^##+ /) section = file ":" line
    }
    /^@defn / {
        name = substr($0, 7); key = chapter SUBSEP name
        if (!(key in defined)) {
            defined[key] = file ":" line; order[++count] = key
            chapter_of[key] = chapter; name_of[key] = name
            section_of[key] = section
            if (name ~ path && name in root_file)
                error(file ":" line, "<<" name ">> is also in " \
                      root_file[name])
            if (!(name in root_file)) root_file[name] = file
        } else if (section_of[key] != section && name !~ /\.scenario$/)
            error(file ":" line, "chunk <<" name ">> of " defined[key] \
                  " goes on in another section")
        next
    }
    /^@use / && code {
        used_name = substr($0, 6)
        if (name ~ /\.scenario$/)
            error(file ":" line, "<<" used_name ">> in a scenario: a " \
                  "scenario is written in pieces, not in chunks")
        uses[key] = uses[key] "\n" used_name
        if (!((key, used_name) in use_at))
            use_at[key, used_name] = file ":" line
        if (!((chapter, used_name) in used)) {
            used[chapter, used_name] = file ":" line
            wanted[++uses_count] = chapter SUBSEP used_name
        }
        next
    }
    { start = 0 }
    END {
        for (i = 1; i <= uses_count; i++)
            if (!(wanted[i] in defined)) {
                split(wanted[i], part, SUBSEP)
                error(used[wanted[i]], "chunk <<" part[2] \
                      ">> is not defined")
            }
        for (i = 1; i <= count; i++) {
            key = order[i]
            if (name_of[key] ~ path && name_of[key] !~ /(^|\/)\.\.?(\/|$)/) {
                if (key in used)
                    error(used[key], "<<" name_of[key] \
                          ">> is a file and cannot be used in a chunk")
                below_no_file(key)
                twin = name_of[key]
                if (sub(/\.experiment$/, ".scenario", twin) &&
                    (chapter_of[key], twin) in defined)
                    error(defined[key], "<<" name_of[key] ">> and <<" twin \
                          ">> have the same name")
                print chapter_of[key] "\t" name_of[key]
            } else if (!(key in used))
                error(defined[key], "chunk <<" name_of[key] \
                      ">> is not used" (name_of[key] ~ /\// ? \
                      " (and is no path below code/)" : ""))
            if (!state[key]) visit(key, name_of[key])
        }
        close("cat >&2")
        exit failed
    }'
}

# marked_up CHAPTER...: them as a markup stream. Tabs stay tabs (-t).
marked_up() {
    for page; do
        "$noweb/markup" -t "$page"
    done
}

# with_marks: read a markup stream and print it for expand(): names of chunks
# stand behind their chapter's, so that all chapters fit in one stream, and each
# root has a chunk of its own, named by mark, that holds the mark and its name.
# Pieces of scenarios begin with a line that the recorder counts; it holds no
# line number, so that an edit of prose does not change the file.
with_marks() {
    awk -v mark="$mark" '
    /^@file / { chapter = substr($0, 7)
                sub(/\.nw$/, "", chapter); sub(/-[^\/]*$/, "", chapter)
                line = 1 }
    /^@nl$/   { line++ }
    /^@defn / { scenario = /\.scenario$/; sub(/ /, " " chapter ":") }
    /^@use /  { sub(/ /, " " chapter ":") }
    { print }
    /^@nl$/ && scenario {
        print "@text # piece\n@nl\n@line " line + 1
        scenario = 0
    }
    END {
        print "@file " mark
        while ((getline root <roots) > 0) {
            sub(/.*\t/, "", root)
            print "@begin code 0\n@defn " mark root "\n@nl\n@text " mark root
            print "@nl\n@end code 0"
        }
    }' roots="$1" -
}

# expand [OPTION...]: write the files of the roots on standard input (as roots()
# prints them) below $work/code, all by one run of noweb's nt, which gets the
# OPTIONs. What holds chunks loses the blanks that nt leaves at the ends of
# lines.
expand() {
    none=$#
    while IFS=$tab read -r chapter root; do
        set -- "$@" "-R$mark$root" "-R$chapter:$root"
    done
    [ $# -gt "$none" ] || return 0
    "$noweb/nt" -t "$@" <"$work/stream" >"$work/text" || fail "nt failed"
    awk -v mark="$mark" -v code="$work/code" '
    $0 ~ mark "\"$"      { next }       # the #line of a mark
    index($0, mark) == 1 { close(file); file = code "/" substr($0, 2)
                           printf "" >file; next }
    file ~ /\.([ch]|experiment)$/ { sub(/[ \t]+$/, "") }
    { print >file }' "$work/text"
}

# where FILE N: the chapter line of line N of a scenario or an experiment. (The
# pages of a chapter come in the order of their names.)
where() {
    root=${1#"$code"/} line=$2
    case $1 in
    *.scenario) place=in_pieces ;;
    *.experiment) place=in_chunks ;;
    *) usage_error "'$1' is no scenario and no experiment" ;;
    esac
    case $line in
    '' | *[!0-9]*) usage_error "line number '$line' is no number" ;;
    esac
    set --
    for page in "$chapters"/*.nw; do
        ! grep -qFx "<<$root>>=" "$page" || set -- "$@" "$page"
    done
    [ $# -gt 0 ] || fail "$code/$root: no chapter has <<$root>>="
    $place "$@" || fail "$code/$root has no line $line"
}

# in_pieces PAGE...: print the place of line $line of scenario $root, which
# holds no chunks. Exit 1 if there is no such line.
in_pieces() {
    marked_up "$@" | awk -v root="$root" -v n="$line" '
    /^@file /  { file = substr($0, 7); line = 1 }
    /^@begin / { inside = 0 }
    /^@defn /  { inside = substr($0, 7) == root; mark = 1 }
    /^@nl$/    { if (inside && ++count == n) {
                     print file ":" line + mark
                     exit found = 1
                 }
                 mark = 0; line++ }
    END        { exit !found }'
}

# in_chunks PAGE: the same for an experiment whose first piece is there: go
# through its chunks as nt does. The newline that ends a chunk is not part of it.
in_chunks() {
    chapter=${1##*/}
    chapter=${chapter%.nw}
    chapter=$chapters/${chapter%%-*}
    set --
    for page in "$chapter".nw "$chapter"-*.nw; do
        [ ! -f "$page" ] || set -- "$@" "$page"
    done
    marked_up "$@" | awk -v root="$root" -v wanted="$line" '
    function add(kind, text) {
        kinds[name, ++count[name]] = kind
        texts[name, count[name]] = text
        places[name, count[name]] = file ":" line
    }
    function walk(name,    i) {
        for (i = 1; i <= count[name]; i++)
            if (kinds[name, i] == "use")
                walk(texts[name, i])
            else {
                if (n == wanted && !place && (kinds[name, i] == "newline" ||
                                              texts[name, i] ~ /[^ \t]/))
                    place = places[name, i]
                n += kinds[name, i] == "newline"
            }
    }
    /^@file /        { file = substr($0, 7); line = 1 }
    /^@begin code /  { code = 1; newline = "" }
    /^@end code /    { code = 0 }
    /^@defn /        { name = substr($0, 7); newline = "none yet"
                       if (count[name]) add("newline") }
    code && newline == "held" && /^@(text|use|nl)/ {
        line--; add("newline"); line++; newline = "" }
    code && /^@text / { add("text", substr($0, 7)) }
    code && /^@use /  { add("use", substr($0, 6)) }
    /^@nl$/           { line++; newline = newline == "none yet" ? "" : "held" }
    END               { n = 1; walk(root); if (place) print place
                        exit !place }'
}

case ${1-} in
--help | -h)
    [ $# -eq 1 ] || usage_error "$1 takes no argument"
    sed -n '/^#!/d; /^#/!q; s/^# \{0,1\}//; p' "$0"
    exit 0
    ;;
--where)
    [ $# -eq 3 ] || usage_error "--where takes a file and a line number"
    where "$2" "$3"
    exit 0
    ;;
'') ;;
*) usage_error "unknown argument '$1'" ;;
esac

[ -x "$noweb/nt" ] || fail "noweb is not installed: make setup"
set -- "$chapters"/*.nw
[ -f "$1" ] || fail "no chapters in $chapters/"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

marked_up "$@" >"$work/markup"
roots <"$work/markup" >"$work/roots" || exit 1
with_marks "$work/roots" <"$work/markup" >"$work/stream"
mkdir "$work/code"
cut -f 2 "$work/roots" >"$work/names"
sed 's|/[^/]*$||' "$work/names" | sort -u |
    (cd "$work/code" && xargs -r mkdir -p)
if [ "${DEBUG:-}" = 1 ]; then
    grep '\.[ch]$' "$work/roots" | expand '-L#line %L "%F"%N'
    grep -v '\.[ch]$' "$work/roots" | expand
else
    expand <"$work/roots"
fi

# Everything is tangled: now change code/. First make sure that nothing but
# files of ours can be in there: a wrong CODE would have all its files removed,
# a symbolic link could lead a write or a removal outside.
if [ -d "$code" ]; then
    code_path=$(cd "$code" && pwd -P)
    case $(cd "$chapters" && pwd -P)/ in
    "${code_path%/}"/*) usage_error "CODE=$code holds the chapters" ;;
    esac
    link=$(find "$code" -type l | head -n 1)
    [ -z "$link" ] || fail "$link is a symbolic link"
fi
mkdir -p "$code"

# Removing comes first, so that a file may become a folder or the reverse.
# shellcheck disable=SC2016 # the inner shell expands them
find "$code" ! -type d -exec sh -c '
    new=$1 code=$2
    shift 2
    for file; do
        [ -f "$new/${file#"$code"/}" ] || rm -f "$file"
    done' sh "$work/code" "$code" {} +
find "$code" -mindepth 1 -type d -empty -delete

# sums FOLDER: checksum and name of each of our files that is there.
sums() {
    (cd "$1" && xargs -r sha256sum 2>/dev/null) <"$work/names" | sort
}

sums "$code" >"$work/old"
sums "$work/code" | comm -13 "$work/old" - | while read -r _ root; do
    mkdir -p "$(dirname "$code/$root")"
    cp "$work/code/$root" "$code/$root.new"
    mv "$code/$root.new" "$code/$root"
done
