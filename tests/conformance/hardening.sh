#!/bin/bash
# The program that ships must bear the marks of its hardening. Flags in meson.build are only asked
# for: a compiler that does not know one, or an option that undoes it, drops it silently. So the
# ELF headers of the built program are read. usage: hardening.sh PROGRAM ITS-MESON-BUILD
set -u
program=$1
number=0
failures=0

if [ ! -e "$2" ]; then
    echo "skipped: this tree has no src/program"
    exit 77
fi
if [ ! -x "$program" ]; then
    echo "not ok 1 - $program was not built"
    exit 1
fi
command -v readelf >/dev/null || { echo 'not ok 1 - readelf is not installed'; exit 1; }

headers=$(readelf -W -h -l -d -n "$program") || exit 1
symbols=$(readelf -W --dyn-syms "$program") || exit 1

# has NAME TEXT PATTERN / lacks NAME TEXT PATTERN
has() { grep -qE "$3" <<<"$2"; result $? "$1"; }
lacks() { ! grep -qE "$3" <<<"$2"; result $? "$1"; }
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failures=$((failures + 1))
    fi
}

has 'position-independent executable: type DYN' "$headers" '^ *Type: *DYN'
has 'position-independent executable: the PIE flag' "$headers" 'FLAGS_1.*PIE'
has 'relocations read-only after start' "$headers" 'GNU_RELRO'
has 'all relocations resolved at start' "$headers" 'FLAGS_1.*NOW|\(BIND_NOW\)|FLAGS\).*BIND_NOW'
has 'a stack header' "$headers" 'GNU_STACK'
lacks 'no executable stack' "$headers" 'GNU_STACK.* RWE '
lacks 'no segment both writable and executable' "$headers" '^ *LOAD .* RWE '
has 'stack protector in use' "$symbols" '__stack_chk_fail'
has 'fortified functions in use' "$symbols" '__[a-z]+_chk(@|$)'
lacks 'no run path in the program' "$headers" '\((RPATH|RUNPATH)\)'
# The note that a whole program is ready for control-flow enforcement cannot be asked for here:
# Debian 12's own start files lack it, so the linker rightly drops it. What is ours is looked at:
# its functions begin with the mark of a legitimate target.
if [ "$(uname -m)" = x86_64 ]; then
    code=$(objdump -d --no-show-raw-insn --disassemble=main "$program") || exit 1
    has 'control-flow marks: main begins with endbr64' "$(grep -A 1 '<main>:' <<<"$code")" 'endbr64'
fi

echo "1..$number"
[ $failures -eq 0 ]
