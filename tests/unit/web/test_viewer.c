/*
 * The pages of a record as text: what they must say, what they must never say, and how long it
 * takes. (How they look and behave in a browser: tests/browser.)
 */
#include "support/check.h"

#include "base/limits.h"
#include "base/os.h"
#include "base/strbuf.h"
#include "invented_record.h"
#include "net/http_server.h"
#include "web/asset.h"
#include "web/viewer.h"

static const struct viewer_session session = {
    .frame = { .synthetic = true,
               .signed_in = true,
               .user_name = SLICE_INIT("Dr A Okafor"),
               .role = SLICE_INIT("Emergency doctor"),
               .organisation = SLICE_INIT("Oxford University Hospitals"),
               .form_token = SLICE_INIT("00ff") },
    .reason = SLICE_INIT("direct care"),
};

struct fixture {
    struct arena arena;
    struct strbuf out;
    struct record record;
    struct fault fault;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    arena_init(&fixture->arena, LIMIT_REQUEST_ARENA);
    strbuf_init(&fixture->out, LIMIT_RESPONSE_BODY);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    strbuf_release(&fixture->out);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static struct slice summary(struct fixture *fixture, enum invented_kind kind)
{
    strbuf_clear(&fixture->out);
    assert_true(invented_record(&fixture->arena, kind, &fixture->record));
    assert_true(viewer_summary_page(&fixture->record, &session, &fixture->arena, &fixture->out,
                                    &fixture->fault));
    return strbuf_slice(&fixture->out);
}

static struct slice section(struct fixture *fixture, enum invented_kind kind,
                            enum record_section which)
{
    strbuf_clear(&fixture->out);
    assert_true(invented_record(&fixture->arena, kind, &fixture->record));
    assert_true(viewer_section_page(&fixture->record, which, &session, &fixture->arena,
                                    &fixture->out, &fixture->fault));
    return strbuf_slice(&fixture->out);
}

static bool says(struct slice page, const char *text)
{
    struct slice needle = slice_from_string(text);
    return slice_find_slice(page, needle) < page.len;
}

static size_t count(struct slice page, const char *text)
{
    struct slice needle = slice_from_string(text);
    size_t hits = 0;
    for (size_t at; (at = slice_find_slice(page, needle)) < page.len; hits++) {
        page = slice_from(page, at + needle.len);
    }
    return hits;
}

#define assert_says(page, text)                                                                    \
    do {                                                                                           \
        if (!says((page), (text))) {                                                               \
            fail_msg("the page does not say: %s", (text));                                         \
        }                                                                                          \
    } while (0)

/* H3, CUI: the order of the banner, and the name in the title */
static void who_it_is(void **state)
{
    struct slice page = summary(*state, INVENTED_USUAL);
    static const char *const order[] = {
        "<title>HALLAM, Margaret (Mrs) · Summary · Evenlode</title>",
        "<b>HALLAM, Margaret (Mrs)</b>",
        "<dt>Born</dt> <dd>12-Mar-1944 (82y)</dd>",
        "<dt>Gender</dt> <dd>Female</dd>",
        "<dt>NHS No.</dt>",
        "999 000 0018",
        "Known allergies (2)",
        "OX2 8AZ"
    };
    for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
        struct slice needle = slice_from_string(order[i]);
        size_t at = slice_find_slice(page, needle);
        if (at == page.len) {
            fail_msg("not there, or not in order: %s", order[i]);
        }
        page = slice_from(page, at);
    }
}

static void deceased_is_plain(void **state)
{
    struct slice page = summary(*state, INVENTED_DECEASED);
    assert_says(page, "ev-patient--deceased");
    assert_says(page, "<dt>Born</dt> <dd>12-Mar-1944</dd>");
    assert_says(page, "<dt>Died</dt> <dd>20-Nov-2026</dd>");
    assert_says(page, "<dt>Age at Death</dt> <dd>82y</dd>");
    assert_false(says(summary(*state, INVENTED_USUAL), "ev-patient--deceased"));
}

/* the states of the box, and none for a role that sees no allergies */
static void allergies_have_states(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        enum allergy_state is;
        const char *words;
    } cases[] = { { ALLERGIES_KNOWN, "Known allergies (2)</a>" },
                  { ALLERGIES_NONE_KNOWN, "No known allergies</a>" },
                  { ALLERGIES_NO_DRUG_KNOWN, "No known drug allergies</a>" },
                  { ALLERGIES_NOT_RECORDED, "Allergies not recorded</a>" },
                  { ALLERGIES_UNAVAILABLE, "Allergies unavailable</a>" },
                  { ALLERGIES_NOT_FOR_ROLE, NULL } };
    assert_true(invented_record(&fixture->arena, INVENTED_USUAL, &fixture->record));
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        strbuf_clear(&fixture->out);
        fixture->record.allergies = cases[i].is;
        assert_true(viewer_summary_page(&fixture->record, &session, &fixture->arena, &fixture->out,
                                        &fixture->fault));
        for (size_t j = 0; j < ARRAY_LENGTH(cases); j++) {
            if (cases[j].words != NULL) {
                assert_int_equal(says(strbuf_slice(&fixture->out), cases[j].words), i == j);
            }
        }
    }
}

/* H4, invariant 3 */
static void unavailable_is_never_empty(void **state)
{
    struct slice page = summary(*state, INVENTED_NOTHING);
    assert_says(page, "One source is missing.");
    assert_says(page, "South Central Ambulance Service: did not answer in time");
    assert_says(page, "Nothing recorded in the sources that are shown. Others may hold something.");
    assert_false(says(page, "Nothing recorded in any source"));
    assert_false(says(page, ">0<"));
    page = section(*state, INVENTED_COMPLETE, SECTION_CARE_PLANS);
    assert_false(says(page, "missing"));
    page = section(*state, INVENTED_NOTHING, SECTION_ALLERGIES);
    assert_says(page, "Others may hold something");
    assert_says(page, "South Central Ambulance Service: did not answer in time");
}

static void no_source_asked_is_said(void **state)
{
    struct fixture *fixture = *state;
    assert_true(invented_record(&fixture->arena, INVENTED_NOTHING, &fixture->record));
    for (size_t i = 0; i < fixture->record.source_count; i++) {
        fixture->record.sources[i].asked = false;
        fixture->record.sources[i].state = SOURCE_NOT_ASKED;
        for (size_t s = 0; s < SECTION_COUNT; s++) {
            fixture->record.sections[s].states[i] = SOURCE_NOT_ASKED;
        }
    }
    fixture->record.answered = 0;
    assert_true(viewer_section_page(&fixture->record, SECTION_PROBLEMS, &session, &fixture->arena,
                                    &fixture->out, &fixture->fault));
    struct slice page = strbuf_slice(&fixture->out);
    assert_says(page, "No source was asked");
    assert_says(page, "Not all sources are shown.");
    assert_says(page, "/record/k3vq7m2x5b9t4h6w8y1zc0dfgj/problems?chosen=1\"");
}

/* what a role may not see is said, not shown as none */
static void a_role_is_told(void **state)
{
    struct slice page = summary(*state, INVENTED_ROLE);
    assert_says(page, "Your role does not see everything.");
    assert_false(says(page, "/medication"));
    page = section(*state, INVENTED_ROLE, SECTION_MEDICATION);
    assert_says(page, "Your role does not see this.");
    assert_false(says(page, "Nothing recorded"));
}

/* the choice of sources goes along with every link, and is the same after a reload */
static void chosen_sources_stay(void **state)
{
    struct slice page = summary(*state, INVENTED_USUAL);
    assert_says(page, "/medication?chosen=1&amp;source=K84001&amp;source=RTH&amp;source=RNU&amp;"
                      "source=922&amp;source=RYE\"");
    assert_int_equal(count(page, " checked>"), 5);
    page = summary(*state, INVENTED_COMPLETE);
    assert_int_equal(count(page, " checked>"), 6);
    assert_false(says(page, "?chosen"));
    const struct http_parameter query[] = { { SLICE_INIT("chosen"), SLICE_INIT("1") },
                                            { SLICE_INIT("source"), SLICE_INIT("RTH") } };
    assert_true(viewer_source_asked(query, 0, SLICE("RTH")));
    assert_true(viewer_source_asked(query, 2, SLICE("RTH")));
    assert_false(viewer_source_asked(query, 2, SLICE("RNU")));
    assert_false(viewer_source_asked(query, 1, SLICE("RTH")));
}

/* H7, H8, H10, H11, H12 */
static void facts_are_told_exactly(void **state)
{
    struct slice page = section(*state, INVENTED_COMPLETE, SECTION_MEDICATION);
    assert_says(page, "Dose differs: Oxford University Hospitals 2.5 mg since 09-Sep-2026");
    assert_says(page, "<s>warfarin 1 mg tablet</s>");
    assert_says(page, "withdrawn by the source");
    assert_says(page, "to <span class=\"ev-nowrap\">09-Sep-2026</span>");
    assert_says(page, "Past medication");
    page = section(*state, INVENTED_COMPLETE, SECTION_RESULTS);
    assert_says(page, "4.60 mmol/L");
    assert_says(page, "3.5–5.3");
    assert_says(page, "≥ 60");
    assert_says(page, "<s>4 mL/min/1.73m²</s>");
    assert_says(page, "09-Sep-2026 06:40");
    page = section(*state, INVENTED_COMPLETE, SECTION_OBSERVATIONS);
    assert_says(page, "136 / 76 mm[Hg]");
    assert_int_equal(count(page, "<line class=\"ev-stem\""), 4);
    page = section(*state, INVENTED_COMPLETE, SECTION_ALLERGIES);
    assert_says(page, "refuted");
    assert_says(page, "No longer, or not so");
}

/* a medicine issued every month is one line, its entries counted, its dates kept */
static void repeats_are_counted(void **state)
{
    struct fixture *fixture = *state;
    assert_true(invented_record(&fixture->arena, INVENTED_COMPLETE, &fixture->record));
    struct record_line *line = &fixture->record.sections[SECTION_MEDICATION].current[0];
    struct record_item *items = arena_array(&fixture->arena, 500, struct record_item);
    const struct record_item **list = arena_array(&fixture->arena, 500, const struct record_item *);
    assert_non_null(items);
    assert_non_null(list);
    for (size_t i = 0; i < 500; i++) {
        items[i] = *line->items[0];
        items[i].date.year = (int16_t)(2026 - i / 12);
        items[i].date.month = (uint8_t)(12 - i % 12);
        list[i] = &items[i];
    }
    line->items = list;
    line->count = 500;
    assert_true(viewer_summary_page(&fixture->record, &session, &fixture->arena, &fixture->out,
                                    &fixture->fault));
    assert_int_equal(count(strbuf_slice(&fixture->out), "500 entries"), 1);
    assert_false(says(strbuf_slice(&fixture->out), "11-Mar-1990"));
    strbuf_clear(&fixture->out);
    assert_true(viewer_section_page(&fixture->record, SECTION_MEDICATION, &session, &fixture->arena,
                                    &fixture->out, &fixture->fault));
    assert_says(strbuf_slice(&fixture->out), "<summary>500 entries</summary>");
    assert_says(strbuf_slice(&fixture->out), "11-Mar-1990");
}

/* H13 */
static void nothing_is_cut(void **state)
{
    struct slice page = summary(*state, INVENTED_LONG);
    assert_says(page, "averylongnamethatmustneverbecutbecausetwodrugsmaydifferonlyattheend");
    assert_true(count(page, "oral suspension sugar free A") > 8);
    assert_says(page, "WOLFESCHLEGELSTEINHAUSENBERGERDORFF-FEATHERSTONEHAUGH-CHOLMONDELEY-"
                      "MARJORIBANKS, Maximiliana-Konstantina Alexandrowna (Mrs)");
}

static void hostile_text_stays_text(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i <= SECTION_COUNT; i++) {
        struct slice page = i == SECTION_COUNT
                                ? summary(fixture, INVENTED_HOSTILE)
                                : section(fixture, INVENTED_HOSTILE, (enum record_section)i);
        assert_int_equal(count(page, "<script"), 1);
        assert_int_equal(count(page, "<img"), 0);
        assert_false(says(page, "\u202E"));
        assert_int_equal(count(page, "' onmouseover"), 0);
    }
    assert_says(section(fixture, INVENTED_HOSTILE, SECTION_PROBLEMS), "[U+202E]");
}

/* every page says what it is: synthetic, when, to whom, why, not all */
static void the_page_says_what_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct slice page = section(fixture, INVENTED_USUAL, SECTION_DOCUMENTS);
    assert_says(page, "Synthetic data: nobody here is real");
    assert_says(page, "Shown 24-Nov-2026 12:31 to Dr A Okafor for direct care. HALLAM, Margaret");
    assert_says(page, "It is not the full record");
    assert_says(page, "Thank you for looking after Mrs Hallam");
    /* in summer the clock is an hour ahead */
    strbuf_clear(&fixture->out);
    fixture->record.made = 1782876600000000; /* 2026-07-01T03:30:00Z */
    assert_true(viewer_timeline_page(&fixture->record, &session, &fixture->arena, &fixture->out,
                                     &fixture->fault));
    assert_says(strbuf_slice(&fixture->out), "Shown 01-Jul-2026 04:30");
}

static void what_cannot_be_shown_is_counted(void **state)
{
    struct fixture *fixture = *state;
    assert_true(invented_record(&fixture->arena, INVENTED_COMPLETE, &fixture->record));
    fixture->record.sources[1].counts.unreadable = 3;
    fixture->record.sources[2].counts.not_shown_types = SLICE("12 Claim");
    assert_true(viewer_summary_page(&fixture->record, &session, &fixture->arena, &fixture->out,
                                    &fixture->fault));
    struct slice page = strbuf_slice(&fixture->out);
    assert_says(page, "Oxford University Hospitals NHS Foundation Trust: 3 items");
    assert_says(page, "Oxford Health 12 Claim");
}

static void timeline_is_newest_first(void **state)
{
    struct fixture *fixture = *state;
    assert_true(invented_record(&fixture->arena, INVENTED_COMPLETE, &fixture->record));
    assert_true(viewer_timeline_page(&fixture->record, &session, &fixture->arena, &fixture->out,
                                     &fixture->fault));
    struct slice page = strbuf_slice(&fixture->out);
    size_t new = slice_find_slice(page, SLICE(">2026</h2>"));
    size_t old = slice_find_slice(page, SLICE(">1987</h2>"));
    assert_true(new < old &&old < page.len);
    assert_says(page, "61 mmol/mol");
}

/* past a ceiling, or without memory at any one place: a fault and no page, never half of one */
static void half_a_page_is_no_page(void **state)
{
    struct fixture *fixture = *state;
    assert_true(invented_record(&fixture->arena, INVENTED_USUAL, &fixture->record));
    struct strbuf small;
    strbuf_init(&small, 20000);
    assert_false(
        viewer_summary_page(&fixture->record, &session, &fixture->arena, &small, &fixture->fault));
    assert_int_equal(fixture->fault.code, FAULT_TOO_LARGE);
    assert_int_equal(strbuf_slice(&small).len, 0);
    strbuf_release(&small);
    for (size_t ceiling = 0; ceiling < KIB(200); ceiling += 777) {
        struct arena arena;
        arena_init(&arena, ceiling);
        strbuf_clear(&fixture->out);
        bool good =
            viewer_summary_page(&fixture->record, &session, &arena, &fixture->out, &fixture->fault);
        assert_int_equal(good, strbuf_slice(&fixture->out).len > 0);
        if (!good) {
            assert_true(fixture->fault.code == FAULT_TOO_LARGE ||
                        fixture->fault.code == FAULT_NO_MEMORY);
        }
        strbuf_clear(&fixture->out);
        good = viewer_section_page(&fixture->record, SECTION_RESULTS, &session, &arena,
                                   &fixture->out, &fixture->fault);
        assert_int_equal(good, strbuf_slice(&fixture->out).len > 0);
        arena_release(&arena);
    }
}

/* a thousand facts; the aim is well under a millisecond for the summary in a release build */
static void a_thousand_facts_are_quick(void **state)
{
    struct fixture *fixture = *state;
    assert_true(invented_large_record(&fixture->arena, 950, &fixture->record));
    static const char *const names[] = { "summary", "results", "timeline" };
    for (size_t kind = 0; kind < 3; kind++) {
        int64_t best = INT64_MAX;
        struct arena arena;
        arena_init(&arena, LIMIT_REQUEST_ARENA);
        for (unsigned round = 0; round < 20; round++) {
            arena_reset(&arena);
            strbuf_clear(&fixture->out);
            monotime start = os_monotonic();
            bool good = kind == 0 ? viewer_summary_page(&fixture->record, &session, &arena,
                                                        &fixture->out, &fixture->fault)
                        : kind == 1
                            ? viewer_section_page(&fixture->record, SECTION_RESULTS, &session,
                                                  &arena, &fixture->out, &fixture->fault)
                            : viewer_timeline_page(&fixture->record, &session, &arena,
                                                   &fixture->out, &fixture->fault);
            int64_t us = monotime_since(os_monotonic(), start);
            assert_true(good);
            best = us < best ? us : best;
        }
        print_message("%s of %zu items: %lld us, %zu bytes\n", names[kind],
                      fixture->record.item_count, (long long)best, fixture->out.len);
        assert_true(best < 50000); /* far above, for sanitizers and busy machines */
        arena_release(&arena);
    }
}

/* the address of an asset holds the digest of its bytes; the NHS typeface is in none */
static void assets_are_named_by_content(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; assets[i] != NULL; i++, found++) {
        assert_ptr_equal(asset_find(assets[i]->url), assets[i]);
        assert_true(slice_starts_with(assets[i]->url, SLICE("/assets/")));
        assert_true(assets[i]->body.len > 100);
        assert_false(says(assets[i]->body, "Frutiger"));
        assert_false(says(assets[i]->body, "assets.nhs.uk"));
        assert_false(says(assets[i]->body, "@asset("));
    }
    assert_int_equal(found, 5);
    assert_null(asset_find(SLICE("/assets/viewer.css")));
    assert_null(asset_find(SLICE("/assets/")));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_it_is),
        TEST(deceased_is_plain),
        TEST(allergies_have_states),
        TEST(unavailable_is_never_empty),
        TEST(no_source_asked_is_said),
        TEST(a_role_is_told),
        TEST(chosen_sources_stay),
        TEST(facts_are_told_exactly),
        TEST(repeats_are_counted),
        TEST(nothing_is_cut),
        TEST(hostile_text_stays_text),
        TEST(the_page_says_what_it_is),
        TEST(what_cannot_be_shown_is_counted),
        TEST(timeline_is_newest_first),
        TEST(half_a_page_is_no_page),
        TEST(a_thousand_facts_are_quick),
        cmocka_unit_test(assets_are_named_by_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
