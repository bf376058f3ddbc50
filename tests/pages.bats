#!/usr/bin/env bats
# The woven pages of build/html: valid, complete, the two editions alike,
# light, and nothing fetched from elsewhere.

load helpers

setup() {
    cd "$B/html" || {
        echo "no pages: run make html first"
        return 1
    }
    shopt -s nullglob
    pages=(*.html ko/*.html en/*.html)
}

# look WHAT ...: one of the looks of tests/pages.lua; any fault is a failure.
look() {
    need lua5.4
    lua5.4 "$ROOT/tests/pages.lua" "$@"
}

# packed FILE...: the size in bytes, after gzip.
packed() {
    cat "$@" | gzip -9c | wc -c
}

@test "there is a start page, and every chapter in both languages" {
    local chapter id lang
    [ -f index.html ]
    for chapter in "$ROOT"/chapters/*.nw; do
        id=$(sed -n '/^id: */{s///p;q;}' "$chapter")
        for lang in ko en; do
            [ -s "$lang/$id.html" ] || {
                echo "$lang/$id.html is missing"
                return 1
            }
        done
    done
}

@test "the editions have the same pages, with the same ids in the same order" {
    local page
    diff <(cd ko && find . -type f | sort) <(cd en && find . -type f | sort)
    for page in ko/*.html; do
        page=${page#ko/}
        echo "$page"
        look ids "ko/$page" >"$BATS_TEST_TMPDIR/ko"
        look ids "en/$page" >"$BATS_TEST_TMPDIR/en"
        diff "$BATS_TEST_TMPDIR/ko" "$BATS_TEST_TMPDIR/en"
        [ -s "$BATS_TEST_TMPDIR/ko" ]
    done
}

@test "tags are closed in order, every id is unique, there is one <main>" {
    look structure "${pages[@]}"
}

@test "tidy finds no fault in any page" {
    need tidy
    # What tidy (5.6 of Debian 12, 5.8 of 13) does not know: attributes of
    # drawings and of WAI-ARIA, variables as their values, that HTML has
    # <ol type> and may have an empty <span>. All else it says counts.
    local page
    for page in "${pages[@]}"; do
        tidy -errors -quiet -utf8 --gnu-emacs yes --show-warnings yes \
            "$page" 2>&1 |
            grep -vE 'Warning: <(svg|title|g|text|path|rect|a)> proprietary '\
'attribute "(aria-[a-z]+|id|fill|stroke|stroke-[a-z]+|font-[a-z]+|role)"' |
            grep -vE 'attribute "[a-z]+" has invalid value "var\(--[a-z]+\)"' |
            grep -v 'Warning: <ol> attribute "type" not allowed for HTML5' |
            grep -v 'Warning: trimming empty <span>' || true
    done >"$BATS_TEST_TMPDIR/faults"
    nothing_in "$BATS_TEST_TMPDIR/faults"
}

@test "every link leads somewhere; nothing is fetched from elsewhere" {
    look links "${pages[@]}"
    run grep -rnE '@import|url\( *["'\'']?(https?:|//)' --include='*.css' .
    is ""
    run grep -rnE 'fetch\(|XMLHttpRequest|import\(|https?://|[^:]//[a-z]+\.' \
        --include='*.js' .
    is ""
}

@test "in no chart does a text lie on another or on an arrow, or leave it" {
    run look charts "${pages[@]}"
    printf '%s\n' "$output"
    [ "$status" -eq 0 ]
    if grep -q '^skipped ' "$B"/recordings/*/*.rec; then
        skip "$(sed -n 's/^skipped //p' "$B"/recordings/*/*.rec | head -n 1)"
    fi
    # two shapes, two languages
    [ "${output%% *}" -eq $((4 * $(cat "$ROOT"/chapters/*.nw |
        grep -c '](packets:'))) ]
}

@test "pages say their language, and their text is in it" {
    look lang ko ko/*.html
    look lang en en/*.html
}

# A chapter is one page; the words of chapter 5 alone, with its transcripts
# and scripts, are 43 KB gzipped. Markup may not double that.
@test "a page has at most 80 KB gzipped; CSS and JavaScript 20 KB together" {
    local page size
    for page in "${pages[@]}"; do
        size=$(packed "$page")
        [ "$size" -le $((80 * 1024)) ] ||
            echo "$page: $size bytes gzipped, at most $((80 * 1024))"
    done >"$BATS_TEST_TMPDIR/faults"
    size=$(packed ./*.css ./*.js)
    [ "$size" -le $((20 * 1024)) ] ||
        echo "CSS and JavaScript: $size bytes" >>"$BATS_TEST_TMPDIR/faults"
    nothing_in "$BATS_TEST_TMPDIR/faults"
}

# used_recordings PAGE: those whose pieces the page shows.
used_recordings() {
    grep -oE 'id="[A-Za-z0-9-]+-scenario-[0-9]+"' "$1" |
        sed 's/^id="//; s/^app[A-Z]-//; s/-scenario-[0-9]*"$//' | sort -u |
        awk 'NR == FNR {
                 name = $0
                 sub(/^.*\/recordings\//, "", name)
                 sub(/\.rec$/, "", name)
                 gsub(/[\/_]/, "-", name)
                 file[name] = $0
                 next
             }
             $0 in file { print file[$0] }' \
            <(printf '%s\n' "$B/recordings"/*/*.rec) -
}

@test "a page with recordings says kernel, distribution and date of each" {
    local page recording fact shown=0
    for page in ko/*.html en/*.html; do
        if ! grep -q 'class="run"' "$page"; then
            continue
        fi
        used_recordings "$page" >"$BATS_TEST_TMPDIR/used"
        [ -s "$BATS_TEST_TMPDIR/used" ]
        shown=$((shown + 1))
        sed -n '/class="colophon"/,/<\/div>/p' "$page" \
            >"$BATS_TEST_TMPDIR/colophon"
        while read -r recording; do
            if grep -q '^skipped ' "$recording"; then
                skip "$(sed -n 's/^skipped //p' "$recording")"
            fi
            sed -n 's/^system \(Linux [0-9.]*\).*/\1/p
                s/^distribution //p; s/^date //p' "$recording" |
                while IFS= read -r fact; do
                    grep -qF "$fact" "$BATS_TEST_TMPDIR/colophon" || {
                        echo "$page does not say: $fact ($recording)"
                        return 1
                    }
                done
        done <"$BATS_TEST_TMPDIR/used"
    done
    [ "$shown" -ge 2 ]
}

@test "transcripts show the recordings, character for character" {
    local recordings=("$B"/recordings/ch05/*.rec) lang page used
    if grep -q '^skipped ' "${recordings[@]}"; then
        skip "$(sed -n 's/^skipped //p' "${recordings[@]}" | head -n 1)"
    fi
    for lang in ko en; do
        : >"$BATS_TEST_TMPDIR/all"
        for page in "$lang"/ch05*.html; do
            used_recordings "$page" >"$BATS_TEST_TMPDIR/used"
            cat "$BATS_TEST_TMPDIR/used" >>"$BATS_TEST_TMPDIR/all"
            mapfile -t used <"$BATS_TEST_TMPDIR/used"
            [ "${#used[@]}" -eq 0 ] || look shown "$page" "${used[@]}"
        done
        # Every scenario of these pages is shown.
        diff <(sed -n 's|^<<\(ch05/.*\)\.scenario>>=$|\1|p' \
            "$ROOT"/chapters/ch05-*.nw | sort -u |
            sed "s|.*|$B/recordings/&.rec|") \
            <(sort -u "$BATS_TEST_TMPDIR/all")
    done
}
