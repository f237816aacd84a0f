#!/bin/sh
# The same seed gives the same bytes whoever compiled the program: makes a county with the build's
# own compiler on one thread and one with clang, which evaluates arguments in another order than gcc,
# on three, and compares the files.
#
#   other_compiler.sh ROOT COUNTY
set -eu
root=$1
county=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v clang-14 >/dev/null; then
    echo "skipped: no clang-14; script/bootstrap installs it"
    exit 77
fi
cd "$root"
clang-14 -std=gnu17 -O1 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc -o "$work/county" \
    src/synth/*.c src/synth/generated/*.c src/hl7v2/*.c $(ls src/cda/*.c 2>/dev/null) \
    src/nhs/nhs_number.c src/base/*.c \
    tests/unit/synth/county.c -lcrypto -lzstd -lxxhash -lutf8proc -lpthread -lm
"$county" "$work/ours" 400 20262 1
"$work/county" "$work/theirs" 400 20262 3
diff -r "$work/ours" "$work/theirs"
