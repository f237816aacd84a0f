#!/bin/bash
# check_layers on small trees: one that is right, and one wrong tree for each rule, which must be
# refused with the file, the line and the header. usage: test_check_layers.sh PROGRAM TABLE
set -u
program=$1 table=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
failures=0

# result STATUS-OF-THE-CHECK NAME
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$work/said"
        failures=$((failures + 1))
    fi
}

# source PATH LINE...: a file of the tree
source_file() {
    local path=$work/src/$1
    shift
    mkdir -p "$(dirname "$path")"
    printf '%s\n' "$@" >"$path"
}

start() {
    rm -rf "$work/src"
    source_file base/arena.h '#include <stddef.h>'
}

run() { "$program" "$work/src" "${1:-$table}" >"$work/said" 2>&1; }

accepts() {
    run
    [ $? -eq 0 ]
    result $? "$1"
}

# refuses NAME PLACE HEADER: exit status 1 and a line that names both
refuses() {
    run
    local status=$?
    [ $status -eq 1 ] && grep -qF "src/$2: includes $3:" "$work/said"
    result $? "$1"
}

start
source_file store/decision.c '#include "store/decision_private.h"' '#include "base/arena.h"'
source_file store/sqlite/store.c '#include "store/sqlite/schema.h"' '#include "store/record_store.h"'
source_file governance/policy.c '#include "governance/decision_make.h"' '#include "store/decision_private.h"' \
    '#include "audit/log.h"' '#include "governance/role_internal.h"'
source_file organisation/register.c '#include "store/exchange_store.h"'
source_file program/main.c '#include "store/sqlite/store.h"' '#include "web/viewer.h"'
source_file net/server.c '#include <microhttpd.h>' '#  include "base/arena.h"'
accepts 'a tree that keeps to the table'

start; source_file base/log.c '#include "store/decision.h"'
refuses 'base includes nothing of ours' base/log.c:1 store/decision.h
start; source_file store/read.c '' '' '#include "web/viewer.h"'
refuses 'a lower folder includes a higher one' store/read.c:3 web/viewer.h
start; source_file nhs/name.c '#include "net/http_server.h"'
refuses 'neighbours do not include each other' nhs/name.c:1 net/http_server.h
start; source_file identity/link.h '#include "store/store_pool.h"'
refuses 'of the store, identity sees only what its line names' identity/link.h:1 store/store_pool.h
start; source_file store/pool.c '#include "store/sqlite/schema.h"'
refuses 'the store itself does not name a concrete store' store/pool.c:1 store/sqlite/schema.h
start; source_file web/page.c '#include "store/memory/store.h"'
refuses 'the web does not name a concrete store' web/page.c:1 store/memory/store.h
start; source_file store/memory/store.c '#include "store/sqlite/schema.h"'
refuses 'one concrete store does not use another' store/memory/store.c:1 store/sqlite/schema.h
start; source_file web/page.c '#include "governance/decision_make.h"'
refuses 'only governance makes a decision' web/page.c:1 governance/decision_make.h
start; source_file program/main.c '#include "governance/decision_make.h"'
refuses 'not even the program makes a decision' program/main.c:1 governance/decision_make.h
start; source_file store/sqlite/read.c '#include "store/decision_private.h"'
refuses 'a store does not look inside a decision' store/sqlite/read.c:1 store/decision_private.h
start; source_file web/page.c '#include "record/gather_internal.h"'
refuses 'an internal header stays in its folder' web/page.c:1 record/gather_internal.h
start; source_file store/pool.c '#include "store/sqlite/schema_internal.h"'
refuses 'an internal header stays in its sub-folder' store/pool.c:1 store/sqlite/schema_internal.h
start; source_file web/page.c '#include <microhttpd.h>'
refuses 'a library stays behind net' web/page.c:1 '<microhttpd.h>'
start; source_file base/log.c '#include "log.h"'
refuses 'an include is written from src/' base/log.c:1 log.h
start; source_file base/log.c '#include "base/../web/viewer.h"'
refuses 'no way around through ..' base/log.c:1 base/../web/viewer.h
start; source_file unheard/log.c '#include "base/arena.h"'
refuses 'a folder without a line' unheard/log.c:1 base/arena.h
start; source_file base/log.c '#if 0' ' # include "web/viewer.h"'
refuses 'spaces and conditions hide nothing' base/log.c:2 web/viewer.h

printf 'layer base: net\nlayer net: base\n' >"$work/circle"
start; run "$work/circle"; [ $? -eq 2 ]; result $? 'a table with a circle is refused'
printf '# nothing\n' >"$work/empty"
start; run "$work/empty"; [ $? -eq 2 ]; result $? 'an empty table is refused'
rm -rf "$work/src"; mkdir "$work/src"
run; [ $? -eq 2 ]; result $? 'an empty tree is refused: a check that saw nothing did not pass'

echo "1..$number"
[ $failures -eq 0 ]
