#!/bin/bash
# How script/test counts: one line of meson's log in, one line a case out.
# usage: test_script_test_cases.sh FILTER
set -u
filter=$1
number=0
failures=0

# counts NAME RESULT OUTPUT EXPECTED...: EXPECTED is "case=result" in the order of the filter
counts() {
    local name=$1 log got wanted
    log=$(jq -nc --arg result "$2" --arg out "$3" '{name: "p", result: $result, stdout: $out}')
    shift 3
    wanted=$(printf '%s\n' "$@" | sort)
    got=$(printf '%s' "$log" | jq -r --arg build b -f "$filter" | awk -F '\t' '{ print $3 "=" $4 }' | sort)
    number=$((number + 1))
    if [ "$got" = "$wanted" ]; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        printf 'wanted %s\ngot %s\n' "$wanted" "$got" | sed 's/^/# /'
        failures=$((failures + 1))
    fi
}

run_a=$'[ RUN      ] a\n' run_b=$'[ RUN      ] b\n' ok_a=$'[       OK ] a\n' failed_b=$'[  FAILED  ] b\n'
counts 'two cases that pass' OK "$run_a$ok_a$run_b"$'[       OK ] b\n' a=passed b=passed
counts 'a failed case, listed again at the end' FAIL \
    "$run_a$ok_a$run_b$failed_b[  FAILED  ] 1 test(s), listed below:"$'\n'"$failed_b" a=passed b=failed
counts 'a skipped case' OK "$run_a$ok_a$run_b"$'[  SKIPPED ] b\n' a=passed b=skipped
counts 'a crash in the second case' FAIL "$run_a$ok_a$run_b" a=passed =failed
counts 'a leak after all passed' FAIL "$run_a$ok_a" a=passed =failed
counts 'out of time' TIMEOUT "$run_a" =failed
counts 'an OK line that other output ran into' OK "$run_a"$'noise[       OK ] a\n' a=passed
counts 'TAP' FAIL $'ok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no data\n1..3\n' a=passed b=failed c=skipped
counts 'TAP that died' FAIL $'ok 1 - a\n' a=passed =failed
counts 'a plain program that passes' OK 'whatever' =passed
counts 'a plain program that skips' SKIP '' =skipped
counts 'a plain program that fails' FAIL '' =failed

echo "1..$number"
[ $failures -eq 0 ]
