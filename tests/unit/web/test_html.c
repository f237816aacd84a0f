/*
 * Values that attack, in every context that a template offers: what comes out must read back as the
 * same text in that place, and as nothing else. And how fast harmless text goes through.
 */
#include "support/check.h"

#include "base/os.h"
#include "test_templates.h"

#define PAGE_MAX ((size_t)1 << 20)

static const char *const attacks[] = {
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "\"><svg/onload=alert(1)>",
    "'><img src=x onerror=alert(1)>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<!--",
    "<![CDATA[",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "&amp;",
    "&",
    "{{value}}",
    "${alert(1)}",
    "<a href=javascript:alert(1)>",
    "`onclick=alert(1)",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    " javascript:alert(1)",
    "javascript&colon;alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://x/1",
    "file:///etc/passwd",
    "//evil.example/x",
    "\\\\evil.example",
    "/\\evil.example",
    "https:evil",
    "x:y",
    "O'Brien & Sons <Ltd>",
    "Ångström 37 °C",
};

/* addresses that stay as they are */
static const char *const addresses[] = { "",
                                         "/record/1",
                                         "?q=1",
                                         "#top",
                                         "record/1",
                                         "../x",
                                         "https://www.nhs.uk/a?b=c:d",
                                         "HTTP://x.example/",
                                         "%41:b" };

static const char *const refused_addresses[] = {
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:x",
    "\x01javascript:x",
    " javascript:x",
    "data:text/html,x",
    "vbscript:x",
    "blob:https://x/1",
    "file:///etc/passwd",
    "//evil.example/x",
    "\\\\evil.example",
    "/\\evil.example",
    "x:y",
    "intent:x",
    "feed:javascript:x",
    "java\rscript:alert(1)",
    "jav\177ascript:x",
};

static bool take_entity(struct slice *rest, struct strbuf *out)
{
    static const struct {
        struct slice written;
        char is;
    } entities[] = { { SLICE_INIT("&amp;"), '&' },
                     { SLICE_INIT("&lt;"), '<' },
                     { SLICE_INIT("&gt;"), '>' },
                     { SLICE_INIT("&#34;"), '"' },
                     { SLICE_INIT("&#39;"), '\'' } };
    for (size_t i = 0; i < ARRAY_LENGTH(entities); i++) {
        if (slice_starts_with(*rest, entities[i].written)) {
            strbuf_add_byte(out, entities[i].is);
            *rest = slice_from(*rest, entities[i].written.len);
            return true;
        }
    }
    return false;
}

/* what a browser reads; fails on anything that would end a text or a quoted value */
static void read_back(struct slice written, struct strbuf *out)
{
    while (written.len > 0) {
        if (take_entity(&written, out)) {
            continue;
        }
        assert_null(memchr("<>\"'&", written.ptr[0], 5));
        strbuf_add_byte(out, written.ptr[0]);
        written = slice_from(written, 1);
    }
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 && *text != '\t' && *text != '\n') {
            return true;
        }
    }
    return false;
}

static void text_reads_back(void **state)
{
    (void)state;
    struct strbuf out;
    struct strbuf back;
    strbuf_init(&out, PAGE_MAX);
    strbuf_init(&back, PAGE_MAX);
    for (size_t i = 0; i < ARRAY_LENGTH(attacks); i++) {
        strbuf_clear(&out);
        strbuf_clear(&back);
        html_text(&out, slice_from_string(attacks[i]));
        read_back(strbuf_slice(&out), &back);
        if (!has_control(attacks[i])) {
            assert_slice(strbuf_slice(&back), attacks[i]);
        }
    }
    strbuf_release(&out);
    strbuf_release(&back);
}

static void address_keeps_only_known_schemes(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, PAGE_MAX);
    for (size_t i = 0; i < ARRAY_LENGTH(addresses); i++) {
        strbuf_clear(&out);
        html_address(&out, slice_from_string(addresses[i]));
        assert_slice(strbuf_slice(&out), addresses[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(refused_addresses); i++) {
        strbuf_clear(&out);
        html_address(&out, slice_from_string(refused_addresses[i]));
        assert_slice(strbuf_slice(&out), "#");
    }
    strbuf_release(&out);
}

static void address_part_is_percent_encoded(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, PAGE_MAX);
    html_address_part(&out, SLICE("a/b?c#d&e=f g\"<>'.. \xC3\xA9-._~"));
    assert_slice(strbuf_slice(&out), "a%2Fb%3Fc%23d%26e%3Df%20g%22%3C%3E%27..%20%C3%A9-._~");
    strbuf_release(&out);
}

static void hidden_characters_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written;
    } cases[] = {
        { "a\u202Eb", "a[U+202E]b" },
        { "\u2066x\u2069", "[U+2066]x[U+2069]" },
        { "\u200F\u200E\u061C", "[U+200F][U+200E][U+061C]" },
        { "pass\u2060word", "pass[U+2060]word" },
        { "[Mass/\u200Bvolume]", "[Mass/\u200Bvolume]" },
        { "\uFEFFx", "[U+FEFF]x" },
        { "\U000E0041", "[U+E0041]" },
        { "a\x1b[31m", "a[U+001B][31m" },
        { "\xC2\x9B", "[U+009B]" },
        { "a\tb\nc", "a\tb\nc" },
        { "\xFF\xC0\x80\xE2\x80", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD" },
        { "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD" },
        { "\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD" },
        { "नि\u200Dक \U0001F600", "नि\u200Dक \U0001F600" },
    };
    struct strbuf out;
    strbuf_init(&out, PAGE_MAX);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        strbuf_clear(&out);
        html_text(&out, slice_from_string(cases[i].text));
        assert_slice(strbuf_slice(&out), cases[i].written);
    }
    strbuf_clear(&out);
    html_text(&out, SLICE("a\0b"));
    assert_slice(strbuf_slice(&out), "a[U+0000]b");
    strbuf_release(&out);
}

static void render(struct strbuf *out, const char *value, bool late, struct arena *arena)
{
    struct slice text = slice_from_string(value);
    struct view_every_context_rows_cells cells[] = { { text }, { SLICE("second") } };
    struct view_every_context_rows rows[] = {
        { .name = SLICE("one"), .cells = cells, .cells_count = 2 },
        { .name = SLICE("two") },
    };
    struct view_part parts[] = { { text }, { SLICE("p2") } };
    struct view_every_context view = {
        .value = text,
        .count = 18446744073709551615u,
        .late = late,
        .lines = html_lines(text, arena),
        .rows = rows,
        .rows_count = 2,
        .parts = parts,
        .parts_count = late ? 2 : 0,
        .one = late ? &parts[1] : NULL,
    };
    strbuf_clear(out);
    template_every_context(&view, out);
}

static void blocks_and_lists(void **state)
{
    (void)state;
    struct arena arena;
    struct strbuf out;
    arena_init(&arena, PAGE_MAX);
    strbuf_init(&out, PAGE_MAX);
    render(&out, "v", true, &arena);
    assert_slice(strbuf_slice(&out),
                 "<p>v</p>\n<p title=\"a v b\" data-x='v'>18446744073709551615</p>\n"
                 "<a href=\"v\">whole</a>\n<a href=\"/record/v/x?y=v#v\">part</a>\n"
                 "<form action=\"v\"><input checked value=\"v\"></form>\n"
                 "<svg><polyline points=\"v\"/></svg>\n<textarea>  v\n</textarea>\n"
                 "<b>late</b>\n<i>1 one v[1:v][2:second]</i>\n<i>2 two v</i>\n"
                 "<em>v</em><em>p2</em>\n<em>p2</em> p2\n<div>v</div>\n<title>v</title>");
    render(&out, "x\ny", false, &arena);
    struct slice page = strbuf_slice(&out);
    assert_true(slice_find_slice(page, SLICE("<input value=")) < page.len);
    assert_true(slice_find_slice(page, SLICE("<b>in time</b>")) < page.len);
    assert_true(slice_find_slice(page, SLICE("<div>x<br>y</div>")) < page.len);
    assert_true(slice_find_slice(page, SLICE("<em>")) == page.len);
    strbuf_release(&out);
    arena_release(&arena);
}

/* a page with a hostile value has the same tags as one with a harmless value */
static void attacks_add_no_tag(void **state)
{
    (void)state;
    struct arena arena;
    struct strbuf out;
    arena_init(&arena, PAGE_MAX);
    strbuf_init(&out, PAGE_MAX);
    render(&out, "v", true, &arena);
    size_t opened = 0;
    size_t quotes = 0;
    for (size_t i = 0; i < out.len; i++) {
        opened += out.ptr[i] == '<';
        quotes += out.ptr[i] == '"' || out.ptr[i] == '\'';
    }
    for (size_t a = 0; a < ARRAY_LENGTH(attacks); a++) {
        if (strchr(attacks[a], '\n') != NULL) {
            continue; /* {{raw lines}} rightly adds <br> */
        }
        render(&out, attacks[a], true, &arena);
        size_t tags = 0;
        size_t marks = 0;
        for (size_t i = 0; i < out.len; i++) {
            tags += out.ptr[i] == '<';
            marks += out.ptr[i] == '"' || out.ptr[i] == '\'';
        }
        assert_int_equal(tags, opened);
        assert_int_equal(marks, quotes);
        struct slice page = strbuf_slice(&out);
        assert_true(slice_find_slice(page, SLICE("href=\"java")) == page.len ||
                    strchr(attacks[a], '&') != NULL);
    }
    strbuf_release(&out);
    arena_release(&arena);
}

/* past the ceiling there is no half page */
static void a_full_buffer_gives_nothing(void **state)
{
    (void)state;
    struct arena arena;
    struct strbuf out;
    arena_init(&arena, PAGE_MAX);
    strbuf_init(&out, 100);
    render(&out, "v", true, &arena);
    assert_true(out.failed);
    assert_int_equal(strbuf_slice(&out).len, 0);
    strbuf_release(&out);
    arena_release(&arena);
}

/* the aim is a copy: text of a record's usual kind at more than 100 MB/s, also with sanitizers on
 */
static void harmless_text_is_copied(void **state)
{
    (void)state;
    struct strbuf out;
    strbuf_init(&out, PAGE_MAX);
    monotime start = os_monotonic();
    size_t bytes = 0;
    for (unsigned round = 0; round < 200; round++) {
        strbuf_clear(&out);
        for (unsigned i = 0; i < 1000; i++) {
            html_text(&out, SLICE("Chronic kidney disease stage 3b, reviewed 03-Nov-2026"));
        }
        bytes += out.len;
    }
    int64_t us = monotime_since(os_monotonic(), start) + 1;
    print_message("html_text: %.0f MB/s in texts of 53 bytes\n", (double)bytes / (double)us);
    assert_true(bytes / (uint64_t)us > 10);
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_reads_back),
        cmocka_unit_test(address_keeps_only_known_schemes),
        cmocka_unit_test(address_part_is_percent_encoded),
        cmocka_unit_test(hidden_characters_are_named),
        cmocka_unit_test(blocks_and_lists),
        cmocka_unit_test(attacks_add_no_tag),
        cmocka_unit_test(a_full_buffer_gives_nothing),
        cmocka_unit_test(harmless_text_is_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
