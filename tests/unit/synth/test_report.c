/* The report: counts add up, what it says of them is right, and the page is strict and whole. */
#include "support/check.h"

#include "base/limits.h"
#include "synth/report.h"
#include "synth/synth.h"

static struct arena arena;
static struct fault failure;
static struct strbuf text;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, MIB(32));
    strbuf_init(&text, LIMIT_SYNTH_REPORT);
    failure = (struct fault)FAULT_INIT;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&text);
    arena_release(&arena);
    return 0;
}

static void survey_of(uint64_t people, uint64_t seed, struct synth_survey *ret_survey,
                      struct synth_survey_of *ret_of)
{
    struct synth_survey_options options = { .people = people, .seed = seed };
    assert_true(synth_survey_run(&options, ret_survey, ret_of, &arena, &failure));
}

static struct synth_survey one, two;
static struct synth_survey_of of;

static void test_counts_add_up(void **state)
{
    (void)state;
    survey_of(700, 3, &one, &of);
    assert_int_equal(one.people, 700);
    int64_t ages = 0;
    for (size_t age = 0; age < SYNTH_AGES; age++) {
        ages += one.age[age][0] + one.age[age][1];
    }
    assert_int_equal(ages, one.living);
    assert_in_range(one.living, 600, 699);
    int64_t bands = 0;
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        bands += synth_survey_band(&one, band);
    }
    assert_int_equal(bands, one.living);
}

static void test_surveys_are_added(void **state)
{
    (void)state;
    survey_of(400, 5, &one, &of);
    survey_of(300, 6, &two, &of);
    int64_t hypertensive = 0;
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        hypertensive += synth_survey_cases(&one, SYNTH_REGISTER_HYPERTENSION, band);
        hypertensive += synth_survey_cases(&two, SYNTH_REGISTER_HYPERTENSION, band);
    }
    synth_survey_add(&one, &two);
    assert_int_equal(one.people, 700);
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        hypertensive -= synth_survey_cases(&one, SYNTH_REGISTER_HYPERTENSION, band);
    }
    assert_int_equal(hypertensive, 0);
}

/* a made-up sample beside the row, so that each verdict is known beforehand */
static void test_verdicts(void **state)
{
    (void)state;
    size_t row = 0;
    while (synth_published_table[row].measure != &synth_measure_table[SYNTH_MEASURE_REGISTER]) {
        row++;
    }
    int64_t value = synth_published_table[row].value; /* thousandths of one per cent */
    static const struct {
        int64_t of, per_cent_of_published;
        enum synth_verdict verdict;
    } cases[] = {
        { 1000000, 100, SYNTH_WITHIN }, { 1000000, 114, SYNTH_WITHIN },
        { 1000000, 86, SYNTH_WITHIN },  { 1000000, 117, SYNTH_OUTSIDE },
        { 1000000, 80, SYNTH_OUTSIDE }, { 1000, 117, SYNTH_CHANCE },
        { 1000, 300, SYNTH_OUTSIDE },   { 0, 100, SYNTH_NOBODY },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        synth_survey_clear(&one);
        one.row[row].of = cases[i].of;
        one.row[row].cases = cases[i].of * value * cases[i].per_cent_of_published / 10000000;
        assert_int_equal(synth_survey_verdict(&one, row), cases[i].verdict);
    }
}

/* 40 with both of 100 and 100 in 1,000: odds ratio (40 * 840) / (60 * 60) = 9.33 */
static void test_odds_ratio(void **state)
{
    (void)state;
    synth_survey_clear(&one);
    one.age[35][0] = 1000;
    int64_t *cell = one.pair[0][2][0];
    cell[0] = 100;
    cell[1] = 100;
    cell[2] = 40;
    assert_int_equal(synth_survey_odds(&one, 0), 933);
    synth_survey_clear(&one);
    assert_int_equal(synth_survey_odds(&one, 0), -1);
}

static bool holds(struct slice in, const char *what)
{
    return slice_find_slice(in, slice_from_string(what)) < in.len;
}

static size_t count_of(struct slice in, const char *what)
{
    struct slice word = slice_from_string(what);
    size_t count = 0;
    for (size_t at = slice_find_slice(in, word); at < in.len; at = slice_find_slice(in, word)) {
        count++;
        in = slice_from(in, at + 1);
    }
    return count;
}

static void test_page(void **state)
{
    (void)state;
    survey_of(900, 1, &one, &of);
    synth_survey_page(&one, &of, &text);
    struct slice page = strbuf_slice(&text);
    assert_true(slice_starts_with(page, SLICE("<!doctype html>")));
    assert_true(holds(page, "SYNTHETIC"));
    assert_true(holds(page, "</main></body></html>"));
    static const char *const refused[] = { "<script", "javascript:", "onload=", "http://www.",
                                           "https:",  "src=",        "@import", "url(" };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        bool name = strcmp(refused[i], "http://www.") == 0; /* the namespace of SVG is no address */
        size_t svg = count_of(page, "xmlns=\"http://www.w3.org/2000/svg\"");
        assert_int_equal(count_of(page, refused[i]), name ? svg : 0);
    }
    static const char *const elements[] = {
        "table", "svg", "section", "tr", "tbody", "h2", "text"
    };
    for (size_t i = 0; i < ARRAY_LENGTH(elements); i++) {
        char open[16], close[16];
        snprintf(open, sizeof(open), "<%s", elements[i]);
        snprintf(close, sizeof(close), "</%s>", elements[i]);
        size_t opened = count_of(page, open);
        opened -= strcmp(elements[i], "text") == 0 ? count_of(page, "<textarea") : 0;
        assert_int_equal(opened, count_of(page, close));
        assert_true(opened > 10 || i > 4);
    }
    /* each row of published.csv with its source */
    assert_true(count_of(page, "<td class=\"source\">") >= SYNTH_PUBLISHED_COUNT);
}

static void test_same_report(void **state)
{
    (void)state;
    survey_of(300, 9, &one, &of);
    survey_of(300, 9, &two, &of);
    assert_memory_equal(&one, &two, sizeof(one));
    synth_survey_text(&one, &of, &text);
    assert_true(slice_starts_with(strbuf_slice(&text), SLICE("SYNTHETIC")));
    assert_true(holds(strbuf_slice(&text), "Registers by age"));
}

static bool stop(void *context UNUSED, uint64_t done UNUSED, uint64_t people UNUSED)
{
    return false;
}

static void test_refusals(void **state)
{
    (void)state;
    struct synth_survey_options none = { .people = 0, .seed = 1 };
    struct synth_survey_options long_ago = { .people = 10, .seed = 1, .years = 21 };
    struct synth_survey_options stopped = { .people = 10, .seed = 1, .progress = stop };
    assert_false(synth_survey_run(&none, &one, &of, &arena, &failure));
    assert_int_equal(failure.code, FAULT_INVALID);
    assert_false(synth_survey_run(&long_ago, &one, &of, &arena, &failure));
    assert_int_equal(failure.code, FAULT_INVALID);
    assert_false(synth_survey_run(&stopped, &one, &of, &arena, &failure));
    assert_int_equal(failure.code, FAULT_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counts_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_surveys_are_added, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_odds_ratio, setup, teardown),
        cmocka_unit_test_setup_teardown(test_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_report, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
