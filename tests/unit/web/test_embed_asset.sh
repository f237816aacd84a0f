#!/bin/sh
# What embed_asset makes of files, and what it says when one is missing or not as expected.
#   test_embed_asset.sh EMBED_ASSET
set -u
embed=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
number=0
failed=0
check() { # NAME STATUS: the last command's status must be 0
    number=$((number + 1))
    if [ "$2" -eq 0 ]; then echo "ok $number - $1"; else echo "not ok $number - $1"; failed=1; fi
}
echo 1..7

printf '@font-face{src:url(//x)}p{color:red}' >a.css
printf 'import "@asset(a.css)"' >b.js
"$embed" out.c out.h --omit-rule @font-face a.css=a.css b.js=b.js
check 'two assets' $?
url=$(grep -o '/assets/a\.[0-9a-f]*\.css' out.c | head -n 1)
digest=$(printf 'p{color:red}' | sha256sum | cut -c1-20)
[ "$url" = "/assets/a.$digest.css" ]
check 'the address holds the digest of what is left of the file' $?
grep -q "import .\"$url" out.c
check 'a name becomes an address' $?
! grep -q font-face out.c && grep -q 'extern const struct asset asset_b_js;' out.h
check 'the rule is left out, and the header names the asset' $?

said=$("$embed" out.c out.h a.css=node_modules/nothing/a.css 2>&1)
[ $? -eq 1 ] && printf '%s' "$said" | grep -q 'node_modules/nothing/a.css: not found: run script/bootstrap'
check 'a missing package is said, with what installs it' $?
said=$("$embed" out.c out.h --omit Frutiger a.css=a.css 2>&1)
[ $? -eq 1 ] && printf '%s' "$said" | grep -q 'has the package changed?'
check 'what is to be left out and is not there is a fault' $?
said=$("$embed" out.c out.h b.js=b.js 2>&1)
[ $? -eq 1 ] && printf '%s' "$said" | grep -q 'names an asset that is not listed before it'
check 'an unknown name is a fault' $?
exit "$failed"
