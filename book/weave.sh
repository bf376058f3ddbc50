#!/bin/sh
# Weaves one chapter in one edition.
#
#   book/weave.sh [-i INDEX] [-r RECORDINGS] html|latex ko|en CHAPTER [OUT]
#
# Reads the chapter, INDEX (default build/index.lua, made by book/index.lua) and
# the recordings below RECORDINGS (default build/recordings). Writes to OUT, or
# to standard output. Errors are FILE:LINE: message on standard error; then the
# exit status is not 0, and OUT is what it was before.
set -eu

usage() {
    echo "usage: weave.sh [-i INDEX] [-r RECORDINGS] html|latex ko|en CHAPTER [OUT]" >&2
    exit 2
}

index=build/index.lua recordings=build/recordings
while getopts i:r: option; do
    case $option in
    i) index=$OPTARG ;;
    r) recordings=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 3 ] || [ $# -eq 4 ] || usage
format=$1 lang=$2 chapter=$3 out=${4-}
book=$(dirname "$0")
noweb=${NOWEB:-/usr/lib/noweb}

case $format in
html) set -- -t html5 --template "$book/page.html" --no-highlight --wrap=none ;;
latex) set -- -t latex --no-highlight --wrap=none ;;
*) usage ;;
esac
case $lang in ko | en) ;; *) usage ;; esac
# Replacing /dev/null by a file, say, would be no help to anyone.
[ -z "$out" ] || [ ! -e "$out" ] || [ -f "$out" ] || {
    echo "weave.sh: $out is there and is no file" >&2
    exit 2
}
[ -r "$chapter" ] || { echo "$chapter: cannot be read" >&2; exit 1; }
[ -r "$index" ] || { echo "$index: cannot be read; book/index.lua makes it" >&2; exit 1; }

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
trap 'exit 1' HUP INT TERM
"$noweb/markup" "$chapter" >"$temporary/pipeline"
"$noweb/noidx" <"$temporary/pipeline" |
    pandoc -f "$book/noweb.lua" -L "$book/weave.lua" "$@" \
        -V lang="$lang" -M edition="$lang" -M index="$index" -M recordings="$recordings" \
        -o "$temporary/out"
if [ -n "$out" ]; then
    # Beside its place first, so that the last step is a rename.
    cp "$temporary/out" "$out.new"
    mv "$out.new" "$out"
else
    cat "$temporary/out"
fi
