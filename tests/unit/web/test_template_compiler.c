/*
 * What the template compiler refuses, each with file, line and reason. The compiler is the guard
 * that makes forgetting to escape impossible, so every place where no value may stand is tried.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"

struct refusal {
    const char *text;
    unsigned line;
    const char *reason;
};

#define VIEW "{{!view\ntext x\nnumber n\nflag f\nhtml h\nlist l\n text y\nend\n}}\n"

/* the view takes 9 lines, so what follows it is line 10 */
static const struct refusal refusals[] = {
    /* where no field may stand */
    { VIEW "<{{x}}>", 10, "no field may stand in the name of a tag" },
    { VIEW "<a {{x}}>", 10, "no field may stand in a tag" },
    { VIEW "<a b{{x}}=\"1\">", 10, "no field may stand in the name of an attribute" },
    { VIEW "<a title={{x}}>", 10, "no field may stand in a value without quotes" },
    { VIEW "<!-- {{x}} -->", 10, "no field may stand in a comment" },
    { VIEW "<!-- a--b {{x}} -->", 10, "no field may stand in a comment" },
    { VIEW "<!doctype {{x}}>", 10, "no field may stand in a declaration" },
    { VIEW "<script src=\"/a\">{{x}}</script>", 10, "no field may stand in a script" },
    { VIEW "<script src=\"{{x}}\"></script>", 10,
      "no field may stand in attribute 'src' of <script>" },
    { VIEW "<meta http-equiv=\"refresh\" content=\"{{x}}\">", 10, "attribute 'content' of <meta>" },
    { VIEW "<img srcset=\"{{x}}\">", 10, "no field may stand in attribute 'srcset'" },
    { VIEW "<div srcdoc=\"{{x}}\">", 10, "no field may stand in attribute 'srcdoc'" },
    { VIEW "<a href=\"java{{x}}\">", 10, "must stand at its start or behind" },
    { VIEW "<a href=\"{{x}}{{x}}\">", 10, "must stand at its start or behind" },
    { VIEW "<a\nhref=\"javascript:{{x}}\">", 11, "address with a scheme" },
    { VIEW "<A HREF=\"data{{x}}\">", 10, "must stand at its start or behind" },
    /* what no page may hold, with or without a field */
    { "<p style=\"color:red\">", 1, "inline style" },
    { "<p STYLE='x'>", 1, "inline style" },
    { "<p onclick=\"x()\">", 1, "event handler 'onclick'" },
    { "<p ONCLICK>", 1, "event handler 'onclick'" },
    { "<style>p{}</style>", 1, "<style> is not allowed" },
    { "<iframe src=\"/x\">", 1, "<iframe> is not allowed" },
    { "<base href=\"/x\">", 1, "<base> is not allowed" },
    { "<object data=\"/x\">", 1, "<object> is not allowed" },
    { "<svg><animate></svg>", 1, "<animate> is not allowed" },
    { "<script>alert(1)</script>", 1, "inline script" },
    { "<p title=plain>", 1, "must be quoted" },
    { "<p title=\"a<b\">", 1, "is a quote missing?" },
    { "1 < 2", 1, "write &lt;" },
    { "<a href=\"javascript:alert(1)\">", 1, "address with a scheme" },
    { "<p title=\"a\"class=\"b\">", 1, "white space is missing" },
    { "\n\n<p", 3, "the template ends in the name of a tag" },
    /* blocks */
    { VIEW "{{#if f}}<a href=\"{{/if}}x\">", 10, "leaves the HTML in" },
    { VIEW "{{#if f}}<a title=\"{{else}}<a href=\"{{/if}}{{x}}\">", 10, "leaves the HTML in" },
    { VIEW "{{#each l}}<a title=\"{{/each}}\">", 10, "leaves the HTML in" },
    { VIEW "<a title=\"x\"{{#if f}}class=\"y\"{{/if}}>", 10, "white space is missing" },
    { VIEW "<a{{#if f}} b{{/if}}c>", 10, "white space is missing" },
    { VIEW "<{{#if f}}a{{/if}}>", 10, "no block may begin or end in the name of a tag" },
    { VIEW "<a href=\"{{#if f}}java{{/if}}script\">", 10, "leaves the HTML in" },
    { VIEW "{{#if f}}", 10, "is not closed by {{/if}}" },
    { VIEW "{{#if f}}{{/each}}", 10, "is not closed by {{/if}}" },
    { VIEW "{{/if}}", 10, "closes no block" },
    { VIEW "{{#while f}}{{/while}}", 10, "unknown block" },
    /* names and types */
    { VIEW "{{nobody}}", 10, "there is no field 'nobody'" },
    { VIEW "{{y}}", 10, "there is no field 'y'" },
    { VIEW "\n{{x.y}}", 11, "'x' is no view" },
    { VIEW "{{f}}", 10, "cannot be written out" },
    { VIEW "{{l}}", 10, "cannot be written out" },
    { VIEW "{{h}}", 10, "cannot be written out: use {{raw}}" },
    { VIEW "{{raw x}}", 10, "only a field of type html" },
    { VIEW "{{raw n}}", 10, "only a field of type html" },
    { VIEW "<p title=\"{{raw h}}\">", 10, "{{raw}} stands between tags only" },
    { VIEW "{{#each x}}{{/each}}", 10, "'x' is no list" },
    { VIEW "{{> nothing}}", 10, "there is no template 'nothing'" },
    { VIEW "{{> self}}", 10, "needs a view of its own type" },
    { VIEW "{{> self x}}", 10, "needs a view of its own type" },
    { VIEW "<p {{> self this}}>", 10, "a partial stands between tags" },
    { VIEW "{{@number}}", 10, "only in {{#each}}" },
    { VIEW "{{asset a.css}}", 10, "is the whole value of an address" },
    { VIEW "{{x y}}", 10, "is not understood" },
    { VIEW "{{x", 10, "'{{' without '}}'" },
    { VIEW "{{}}", 10, "is not the name of a field" },
    { "{{!view\ntext a\ntext a\n}}", 3, "field 'a' is there twice" },
    { "{{!view\nstring a\n}}", 2, "unknown type 'string'" },
    { "{{!view\ntext A\n}}", 2, "must be a name" },
    { "{{!view\nlist a\n text b\n}}", 3, "the list has no 'end'" },
    { "{{!view\ntext a b\n}}", 2, "is too much" },
    { "{{!view\nview a of missing\n}}", 2, "there is no template 'missing'" },
};

static char directory[] = "/tmp/evenlode-template-XXXXXX";

static void path_of(char path[256], const char *name)
{
    int len = snprintf(path, 256, "%s/%s", directory, name);
    assert_in_range(len, 1, 255);
}

static void write_file(const char *name, const char *text, size_t len)
{
    char path[256];
    path_of(path, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* runs the compiler on self.html; its exit status, its stderr in `said` */
static int compile(char *said, size_t size)
{
    char source[256];
    char header[256];
    char input[256];
    char errors[256];
    path_of(source, "out.c");
    path_of(header, "out.h");
    path_of(input, "self.html");
    path_of(errors, "errors");
    const char *compiler = getenv("EVENLODE_TEMPLATE_COMPILER");
    if (compiler == NULL) {
        fail_msg("EVENLODE_TEMPLATE_COMPILER names no program");
        return -1;
    }
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (fd < 0 || dup2(fd, 2) < 0) {
            _exit(99);
        }
        execl(compiler, compiler, source, header, input, (char *)NULL);
        _exit(98);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    FILE *file = fopen(errors, "rb");
    assert_non_null(file);
    size_t len = fread(said, 1, size - 1, file);
    said[len] = '\0';
    fclose(file);
    return WEXITSTATUS(status);
}

static void refuses_with_place_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        char said[4096];
        char place[64];
        write_file("self.html", refusals[i].text, strlen(refusals[i].text));
        int status = compile(said, sizeof said);
        snprintf(place, sizeof place, "self.html:%u: ", refusals[i].line);
        if (status != 1 || strstr(said, place) == NULL ||
            strstr(said, refusals[i].reason) == NULL) {
            fail_msg("%s\nexpected %s...%s\nstatus %d, said: %s", refusals[i].text, place,
                     refusals[i].reason, status, said);
        }
    }
}

static void refuses_a_nul(void **state)
{
    (void)state;
    char said[4096];
    write_file("self.html", "a\0b", 3);
    assert_int_equal(compile(said, sizeof said), 1);
    assert_non_null(strstr(said, "NUL"));
}

/* every case above fails for its own reason: the same view with a harmless body is fine */
static void accepts_the_view_itself(void **state)
{
    (void)state;
    static const char good[] = VIEW "<a{{#if f}} title=\"{{x}}\"{{/if}} href='{{x}}'>{{n}}</a>"
                                    "{{#each l}}{{y}}{{x}}{{@number}}{{/each}}{{raw h}}";
    char said[4096];
    write_file("self.html", good, strlen(good));
    assert_int_equal(compile(said, sizeof said), 0);
    assert_string_equal(said, "");
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL;
}

static int remove_directory(void **state)
{
    (void)state;
    static const char *const names[] = { "self.html", "out.c", "out.h", "errors" };
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        char path[256];
        path_of(path, names[i]);
        unlink(path);
    }
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_the_view_itself),
        cmocka_unit_test(refuses_with_place_and_reason),
        cmocka_unit_test(refuses_a_nul),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
