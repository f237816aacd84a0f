#!/bin/sh
# Trains a zstd dictionary for resource bodies on synthetic people, and writes it as the next
# number into src/store/dictionaries. Run by hand when bodies have changed so much that a new one
# is worth its 110 KB; an old one is never removed or replaced, for stores hold bodies made with it.
#
#   tools/train_dictionary.sh BUILD [PEOPLE [SEED]]
#
# The seed is one that neither demo nor tests use: what a dictionary is measured on must not be what
# it was made from.
set -eu
cd "$(dirname "$0")/.."
build=${1:?usage: tools/train_dictionary.sh BUILD [PEOPLE [SEED]]}
people=${2:-3000}
seed=${3:-990001}
target=src/store/dictionaries
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/tests/unit/synth/synth_county" "$work/county" "$people" "$seed"
node tools/dictionary_bodies.mjs "$work/county" "$work/bodies"

number=1
while [ -e "$target/$(printf %04d "$number").dict" ]; do
    number=$((number + 1))
done
file=$target/$(printf %04d "$number").dict
find "$work/bodies" -type f | sort >"$work/list"
zstd -q --train-fastcover -T1 --maxdict=112640 --dictID="$number" \
    --filelist "$work/list" -o "$work/dict"
[ "$(wc -c <"$work/dict")" -le 114688 ]
mkdir -p "$target"
mv "$work/dict" "$file"
chmod 644 "$file"

# how well it does on people it has not seen: bodies one by one, level 3
"$build/tests/unit/synth/synth_county" "$work/others" 200 7
node tools/dictionary_bodies.mjs "$work/others" "$work/unseen"
# (blocks of one file each: -B0 is the whole file)
mkdir "$work/packed"
find "$work/unseen" -type f >"$work/unseen.list"
zstd -q -3 -D "$file" --no-check --output-dir-flat "$work/packed" --filelist "$work/unseen.list"
before=$(find "$work/unseen" -type f -printf '%s\n' | awk '{ s += $1 } END { print s }')
after=$(find "$work/packed" -type f -printf '%s\n' | awk '{ s += $1 } END { print s }')
echo "$file: $(wc -c <"$file") bytes; unseen bodies $before -> $after bytes, one by one"
