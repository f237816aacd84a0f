# From meson's log of tests (one object a line) to one line a case:
# build, program, case, passed|failed|skipped, separated by tabs.
#
# A program that speaks as cmocka does ("[ RUN      ] name") or as TAP does ("ok 1 - name") is
# counted case by case; any other is one case, judged by its exit status (77: skipped). A program
# that failed without naming a failed case (it crashed, leaked or ran out of time) has one more,
# failed, that bears no name.

def lines: [(.stdout // ""), (.stderr // "")] | join("\n") | split("\n");
def named($mark): map(select(startswith($mark)) | .[($mark | length):])
    | map(select(test("^[0-9]+ test\\(s\\)") | not));
def bad: .result | IN("OK", "SKIP", "EXPECTEDFAIL") | not;

def cmocka_cases:
    . as $program | lines as $lines
    | ($lines | named("[ RUN      ] ")) as $run
    | ($lines | named("[  FAILED  ] ") + named("[  ERROR   ] ") | map(select(startswith("---") | not)) | unique) as $failed
    | ($lines | named("[  SKIPPED ] ") | unique) as $skipped
    | ($lines | named("[       OK ] ")) as $ok
    | ($run - $failed - $skipped) as $rest
    | (if $program | bad then $ok | map([., "passed"]) else $rest | map([., "passed"]) end)
      + ($failed | map([., "failed"])) + ($skipped | map([., "skipped"]));

def tap_cases:
    lines | map(capture("^(?<not>not )?ok( [0-9]+)?( - | )?(?<name>[^#]*?)\\s*(?<skip># ?(SKIP|skip).*)?(#.*)?$")?)
    | map([.name, if .skip != null then "skipped" elif .not != null then "failed" else "passed" end]);

(.name | sub("^.* / "; "")) as $name
| (if any(lines[]; startswith("[ RUN      ] ")) then cmocka_cases
   elif any(lines[]; test("^(not )?ok [0-9]")) then tap_cases
   else [] end) as $cases
| (if bad then
       if any($cases[]; .[1] == "failed") then $cases else $cases + [["", "failed"]] end
   elif ($cases | length) > 0 then $cases
   else [["", if .result == "SKIP" then "skipped" else "passed" end]] end)[]
| [$build, $name, .[0], .[1]] | join("\t")
