#!/bin/bash
# The checks of script/lint that are scripts, each on a small tree that is right and on trees that
# are wrong in one thing: a check that lets everything pass must not go unnoticed.
# usage: test_checks.sh TOOLS-FOLDER
set -u
tools=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
failures=0

start() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/tools" "$work/tree/src/base"
    cd "$work/tree" || exit 1
    cp "$tools"/check_functions "$tools"/check_words "$tools"/check_docs tools/
    printf '# none\n' >tools/function_exemptions.txt
    printf '# tools\n' >tools/README.md
    printf '# base\n[here](add.c) [part](../base/README.md#x) `[not](one)`\n' >src/base/README.md
    printf 'int add(int a, int b);\nint add(int a, int b)\n{\n    return a + b;\n}\n' >src/base/add.c
    git init -q .
}

# expect STATUS CHECK PATTERN NAME: the check ends with STATUS and says PATTERN
expect() {
    git add -A
    "tools/$2" >"$work/said" 2>&1
    local status=$?
    number=$((number + 1))
    if [ $status -eq "$1" ] && grep -qE -- "$3" "$work/said"; then
        echo "ok $number - $4"
    else
        echo "not ok $number - $4 (status $status)"
        sed 's/^/# /' "$work/said"
        failures=$((failures + 1))
    fi
}

# function_of NAME COUNT LINE: a function whose body is COUNT times LINE
function_of() {
    printf 'int %s(int a)\n{\n' "$1"
    for ((i = 0; i < $2; i++)); do echo "$3"; done
    printf '    return a;\n}\n'
}

start; expect 0 check_functions '^1 functions, 0 over 60 lines, 0 faults$' 'functions: a tree that is right'
start; function_of lengthy 105 '    a++;' >src/base/x.c
expect 1 check_functions 'src/base/x.c:1: lengthy: 109 lines' 'functions: too long'
echo 'src/base/x.c:lengthy one table, read from top to bottom' >>tools/function_exemptions.txt
expect 0 check_functions ' 0 faults$' 'functions: exempt, with a reason'
echo 'src/base/x.c:lengthy' >tools/function_exemptions.txt
expect 1 check_functions 'no reason for' 'functions: exempt without a reason'
start; function_of knotty 26 '    if (a) a++;' >src/base/x.c
expect 1 check_functions 'knotty: complexity 27' 'functions: too complex'
start; echo 'src/base/add.c:add no need' >>tools/function_exemptions.txt
expect 1 check_functions 'not needed: src/base/add.c:add' 'functions: an exemption that nothing needs'
start; for ((i = 0; i < 901; i++)); do echo '/* a line */'; done >src/base/x.h
expect 1 check_functions 'src/base/x.h: 901 lines' 'functions: a file too long'
mkdir src/base/generated && mv src/base/x.h src/base/generated/
expect 0 check_functions ' 0 faults$' 'functions: generated files are left out'

start; expect 0 check_words ' 0 faults$' 'words: a tree that is right'
start; echo '/* F''IXME: later */' >src/base/x.c
expect 1 check_words 'src/base/x.c:1:.*unfinished work' 'words: unfinished work'
start; echo 'data=/ho''me/someone/data' >src/base/x.sh
expect 1 check_words 'src/base/x.sh:1:.*path of one machine' 'words: a path of one machine'

start; expect 0 check_docs ' 0 faults$' 'docs: a tree that is right'
start; rm src/base/README.md
expect 1 check_docs '^src/base: no README.md' 'docs: a folder without README.md'
start; mkdir -p tests/unit/base; echo 'int x;' >tests/unit/base/test_x.c
expect 1 check_docs '^tests/unit/base: no README.md' 'docs: tests without any README.md'
echo '# tests' >tests/README.md
expect 0 check_docs ' 0 faults$' 'docs: tests share the README.md above them'
start; echo '[gone](gone.md)' >>src/base/README.md
expect 1 check_docs 'src/base/README.md:3: leads nowhere: gone.md' 'docs: a link that leads nowhere'

echo "1..$number"
[ $failures -eq 0 ]
