/*
 * Reading searches: result parameters, modifiers, what is refused and what is ignored.
 */
#include "fhir_check.h"

struct refusal {
    const char *name;
    const char *value;
    enum fault_code code;
};

static const struct refusal refusals[] = {
    { "birthdate", "yesterday", FAULT_INVALID },
    { "birthdate", "2020-13", FAULT_INVALID },
    { "birthdate", "xx2020", FAULT_INVALID },
    { "active", "|", FAULT_INVALID },
    { "gender:exact", "male", FAULT_INVALID },
    { "gender:", "male", FAULT_INVALID },
    { "name:not", "x", FAULT_INVALID },
    { "general-practitioner:Device", "1", FAULT_INVALID },
    { "general-practitioner:Nothing", "1", FAULT_INVALID },
    { "active:missing", "maybe", FAULT_INVALID },
    { "identifier:of-type", "a|b|c", FAULT_NOT_SUPPORTED },
    { "gender:in", "http://v", FAULT_NOT_SUPPORTED },
    { "general-practitioner.name", "x", FAULT_NOT_SUPPORTED },
    { "general-practitioner:Practitioner.name", "x", FAULT_NOT_SUPPORTED },
    { "_has:Observation:patient:code", "x", FAULT_NOT_SUPPORTED },
    { "_include", "Patient:link", FAULT_NOT_SUPPORTED },
    { "_include:iterate", "Patient:link", FAULT_NOT_SUPPORTED },
    { "_revinclude", "x", FAULT_NOT_SUPPORTED },
    { "_elements", "id", FAULT_NOT_SUPPORTED },
    { "_text", "x", FAULT_NOT_SUPPORTED },
    { "_content", "x", FAULT_NOT_SUPPORTED },
    { "_filter", "x", FAULT_NOT_SUPPORTED },
    { "_summary", "true", FAULT_NOT_SUPPORTED },
    { "_summary", "some", FAULT_INVALID },
    { "_count", "x", FAULT_INVALID },
    { "_count", "-1", FAULT_INVALID },
    { "_total", "x", FAULT_INVALID },
    { "_sort", "birthdate", FAULT_NOT_SUPPORTED },
    { "_sort", "shoe", FAULT_INVALID },
    { "_sort", "_id,_id,_id,_id", FAULT_TOO_LARGE },
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
        struct search_query query;
        struct fault fault = FAULT_INIT;
        bool is_good = parse_query("Patient", refusals[i].name, refusals[i].value, &query, &fault);
        if (is_good || fault.code != refusals[i].code) {
            fail_msg("%s=%s: %s", refusals[i].name, refusals[i].value, fault_name(fault.code));
        }
        assert_slice(fault.where, refusals[i].name);
    }
}

/* the fault names the parameter, and the value, which may be a patient's, nowhere */
static void test_faults_keep_values_private(void **state)
{
    (void)state;
    struct search_query query;
    struct fault fault = FAULT_INIT;
    assert_false(parse_query("Patient", "birthdate", "SECRET", &query, &fault));
    assert_int_equal(slice_find_slice(fault.message, SLICE("SECRET")), fault.message.len);
    assert_int_equal(slice_find_slice(fault.hint, SLICE("SECRET")), fault.hint.len);
    assert_int_not_equal(slice_find_slice(fault.message, SLICE("birthdate")), fault.message.len);
}

/* composites and near exist and are told apart from unknown names */
static void test_uncompiled_parameters(void **state)
{
    (void)state;
    struct search_query query;
    struct fault fault = FAULT_INIT;
    assert_false(parse_query("Observation", "code-value-quantity", "x$gt1", &query, &fault));
    assert_int_equal(fault.code, FAULT_NOT_SUPPORTED);
    assert_slice(fault.message,
                 "The composite search parameter code-value-quantity is not supported");
    assert_false(parse_query("Location", "near", "1|2", &query, &fault));
    assert_int_equal(fault.code, FAULT_NOT_SUPPORTED);
}

static void test_results(void **state)
{
    (void)state;
    const struct search_pair pairs[] = {
        { SLICE("_count"), SLICE("9999") },   { SLICE("_sort"), SLICE("-_lastUpdated,_id") },
        { SLICE("_total"), SLICE("none") },   { SLICE("_format"), SLICE("json") },
        { SLICE("name"), SLICE("a,,b") },     { SLICE("name"), SLICE("c") },
        { SLICE("shoe"), SLICE("41") },       { SLICE("gender"), SLICE("") },
        { SLICE("birthdate"), SLICE(" , ") },
    };
    struct search_options options = { .base = SLICE(TEST_BASE) };
    struct search_query query;
    struct fault fault = FAULT_INIT;
    assert_true(search_query_parse(FHIR_PATIENT, pairs, ARRAY_LENGTH(pairs), &options, &arena,
                                   &query, &fault));
    assert_int_equal(query.count, LIMIT_SEARCH_COUNT);
    assert_int_equal(query.total, SEARCH_TOTAL_NONE);
    assert_int_equal(query.sort_count, 2);
    assert_int_equal(query.sort[0].column, SEARCH_LAST_UPDATED);
    assert_true(query.sort[0].is_descending);
    assert_int_equal(query.sort[1].column, SEARCH_ID);
    assert_false(query.is_count_only);
    assert_int_equal(query.condition_count, 2);
    assert_int_equal(query.conditions[0].value_count, 2);
    assert_int_equal(query.result_count, 3);
    assert_int_equal(query.unknown_count, 1);
    assert_slice(query.unknown[0].name, "shoe");

    options.is_strict = true;
    assert_false(search_query_parse(FHIR_PATIENT, pairs, ARRAY_LENGTH(pairs), &options, &arena,
                                    &query, &fault));
    assert_int_equal(fault.code, FAULT_INVALID);
    assert_slice(fault.where, "shoe");
}

static void test_count_only(void **state)
{
    (void)state;
    struct search_query query;
    struct fault fault = FAULT_INIT;
    assert_true(parse_query("Patient", "_summary", "count", &query, &fault));
    assert_true(query.is_count_only);
    assert_int_equal(query.count, LIMIT_SEARCH_DEFAULT);
    assert_true(parse_query("Patient", "_count", "0", &query, &fault));
    assert_true(query.is_count_only);
    assert_true(parse_query("Patient", "_summary", "false", &query, &fault));
    assert_false(query.is_count_only);
}

static void test_limits(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, KIB(8));
    for (int i = 0; i <= LIMIT_SEARCH_VALUES; i++) {
        strbuf_addf(&text, "%d,", i);
    }
    strbuf_add_byte(&text, '\0');
    struct search_query query;
    struct fault fault = FAULT_INIT;
    assert_false(parse_query("Patient", "identifier", text.ptr, &query, &fault));
    assert_int_equal(fault.code, FAULT_TOO_LARGE);
    strbuf_release(&text);

    struct search_pair pairs[LIMIT_SEARCH_PARAMETERS + 1];
    for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++) {
        pairs[i] = (struct search_pair){ SLICE("name"), SLICE("a") };
    }
    struct search_options options = { 0 };
    assert_false(search_query_parse(FHIR_PATIENT, pairs, ARRAY_LENGTH(pairs), &options, &arena,
                                    &query, &fault));
    assert_int_equal(fault.code, FAULT_TOO_LARGE);
}

/* search.html#escaping */
static void test_escapes(void **state)
{
    (void)state;
    struct search_query query;
    struct fault fault = FAULT_INIT;
    assert_true(
        parse_query("Patient", "identifier", "a\\|b\\,c\\$d\\\\e|f\\|g,x\\", &query, &fault));
    assert_int_equal(query.conditions[0].value_count, 2);
    assert_slice(query.conditions[0].values[0].system, "a|b,c$d\\e");
    assert_slice(query.conditions[0].values[0].code, "f|g");
    assert_slice(query.conditions[0].values[1].code, "x\\");
}

/* ap on a date: a tenth of the distance from now, on both sides */
static void test_approximate_date(void **state)
{
    (void)state;
    struct search_pair pair = { SLICE("_lastUpdated"), SLICE("ap1970-01-11") };
    struct search_options options = { .now = 0 };
    struct search_query query;
    struct fault fault = FAULT_INIT;
    assert_true(search_query_parse(FHIR_PATIENT, &pair, 1, &options, &arena, &query, &fault));
    const int64_t day = 86400LL * 1000000;
    assert_true(query.conditions[0].values[0].low == 9 * day);
    assert_true(query.conditions[0].values[0].high == 12 * day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_faults_keep_values_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_uncompiled_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_results, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_count_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_escapes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_approximate_date, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
