# language.sh - in which language to speak to the reader: `. book/language.sh`.
# Sets lang to ko or en: what L says, else what LC_ALL, LC_MESSAGES or LANG say;
# whatever is not Korean is English. An L that is neither: one line, exit 2.
# shellcheck shell=sh

case ${L-} in
ko | en) lang=$L ;;
'')
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-en}}} in
    ko*) lang=ko ;;
    *) lang=en ;;
    esac
    ;;
*)
    echo "${0##*/}: L is ko or en, not '$L'" >&2
    exit 2
    ;;
esac

# say KOREAN ENGLISH: a line in the reader's language.
say() {
    case $lang in
    ko) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$2" ;;
    esac
}
