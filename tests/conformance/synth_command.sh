#!/bin/bash
# evenlode synth as a person at a terminal meets it: what is refused, with which exit status, and that
# nothing half-written looks whole.
#
#   synth_command.sh EVENLODE
set -u
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
faults=0

say() {
    echo "FAILED: $1"
    sed 's/^/    /' err 2>/dev/null
    faults=$((faults + 1))
}

# refused STATUS TEXT WORD...: ends with that status, says TEXT, and leaves nothing
refused() {
    local status=$1 text=$2
    shift 2
    "$program" synth "$@" >out 2>err </dev/null
    local ended=$?
    [ "$ended" = "$status" ] || say "synth $*: status $ended instead of $status"
    grep -qF -- "$text" err || say "synth $*: does not say \"$text\""
    [ "$(wc -l <err)" -le 2 ] || say "synth $*: says it in more than two lines"
    [ ! -e new ] || say "synth $*: something that looks whole is there"
    [ ! -e new.partial ] || say "synth $*: something half-written is there"
    rm -rf new new.partial
}

made() {
    "$program" synth "$@" >out 2>err </dev/null || say "synth $*: status $?"
}

refused 1 '--out DIR is needed' --people 3
refused 1 'at least one person' --out new --people 0
refused 1 'at most 1000000 people' --out new --people 1000001
refused 1 '--people needs a number, not "many"' --out new --people many
refused 1 '--people needs a number, not "-1"' --out new --people -1
refused 1 '--people needs a number, not ""' --out new --people=
refused 1 '--seed needs a number, not "0x7"' --out new --people 3 --seed 0x7
refused 1 '--seed needs a number, not "18446744073709551616"' \
    --out new --people 3 --seed 18446744073709551616
refused 1 'years' --out new --people 3 --years 0
refused 1 'years' --out new --people 3 --years 21
refused 1 'threads' --out new --people 3 --threads 65
refused 1 'the format papyrus is not available' --out new --people 3 --formats own,papyrus
refused 1 'available: own, fhir' --out new --people 3 --formats papyrus
refused 1 'available: demographics, events' --out new --people 3 --only music
refused 1 'has its own format' --out new --people 3 --only events --formats fhir
refused 1 '--compress is zstd or none' --out new --people 3 --compress lzw
refused 4 'cannot make the folder' --out no/such/new --people 3
touch file
refused 4 'cannot read the folder' --out file/new --people 3
mkdir full
touch full/one
refused 1 'the folder full is not empty' --out full --people 3
[ "$(ls full)" = one ] || say 'a folder that was refused has changed'

# one person, in every way
made --out one --people 1
made --out one-fhir --people 1 --formats fhir
made --out one-all --people 1 --formats own,fhir --compress zstd
made --out one-demographics --people 1 --only demographics
made --out one-events --people 1 --only events --compress zstd
for folder in one one-fhir one-all one-demographics one-events; do
    grep -q '^people  *1, ' "$folder/README.txt" || say "$folder is not there, or not of one person"
    [ ! -e "$folder/.journal" ] || say "$folder has a journal"
done
zstd -dq -c one-all/truth.ndjson.zst | jq -e '.person == 0' >/dev/null || say 'the truth of one person'
zstd -tq one-all/*.zst one-events/*.zst || say 'a frame is not whole'

# a second run into the same folder
refused 1 'the folder one is not empty' --out one --people 1
[ -s one/truth.ndjson ] || say 'the first run has gone'

# a file that may not grow is a full disk: it fails, and once there is room the same command ends it
(ulimit -f 4096; "$program" synth --out big --people 2000 --formats fhir >out 2>err </dev/null)
[ $? = 4 ] || say 'a full disk: status'
[ ! -e big ] || say 'a full disk: something that looks whole is there'
made --out big --people 2000 --formats fhir
made --out whole --people 2000 --formats fhir
diff -rq big whole >err || say 'after a full disk the bytes are others'

# killed after some seconds of work, and continued
"$program" synth --out killed --people 60000 --compress zstd --only events >out 2>err </dev/null &
pid=$!
for _ in $(seq 600); do
    [ ! -e killed.partial/.journal ] || break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
if kill -KILL "$pid" 2>/dev/null; then
    wait "$pid" 2>/dev/null
    [ ! -e killed ] || say 'killed: something that looks whole is there'
    if [ -e killed.partial/.journal ]; then
        "$program" synth --out killed --people 59999 --compress zstd --only events >out 2>err
        [ $? = 1 ] || say 'other options: status'
        grep -q 'other options' err && grep -q -- '--restart' err || say 'other options: what is said'
    fi
fi
[ -e killed ] || made --out killed --people 60000 --compress zstd --only events
made --out straight --people 60000 --compress zstd --only events --threads 1
diff -rq killed straight >err || say 'killed and continued, the bytes are others'
[ ! -e killed.partial ] || say 'the unfinished folder is still there'

[ $faults = 0 ] || { echo "$faults faults"; exit 1; }
