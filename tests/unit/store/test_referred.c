/*
 * What a body refers to: found wherever it stands, each once, and nothing else.
 */
#include "store/referred.h"

#include "base/limits.h"
#include "support/check.h"

static struct arena arena;
static struct referred_set set;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, MIB(16));
    referred_set_init(&set, &arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void add(struct slice body)
{
    struct fault fault = FAULT_INIT;
    assert_non_null(body.ptr);
    assert_true(referred_set_add(&set, body, &fault));
}

/* the key is looked for 16 bytes at a time: at each place of a step, and near the end */
static void references_are_found_at_every_place(void **state)
{
    (void)state;
    static const char pad[] =
        "--f----c----ference\":--\"reference--referencereference:-------------";
    for (unsigned before = 0; before < sizeof pad; before++) {
        for (unsigned behind = 0; behind < 20; behind++) {
            unsigned id = before * 100 + behind;
            add(arena_printf(&arena,
                             "{\"x\":\"%.*s\",\"r\":{\"reference\":\"Practitioner/%u\"},"
                             "\"y\":\"%.*s\"}",
                             (int)before, pad, id, (int)behind, pad));
            assert_int_equal(set.items.count, before * 20 + behind + 1);
            char text[16];
            snprintf(text, sizeof text, "%u", id);
            assert_slice(set.items.at[set.items.count - 1].id, text);
        }
    }
}

static void several_in_one_body_each_once(void **state)
{
    (void)state;
    add(SLICE("{\"a\":{\"reference\":\"Organization/1\"},\"b\":{\"reference\":\"Location/2\"},"
              "\"c\":{\"reference\":\"Organization/1\"}}"));
    add(SLICE("{\"a\":{\"reference\":\"Location/2\"}}"));
    assert_int_equal(set.items.count, 2);
    assert_int_equal(set.items.at[0].type, FHIR_ORGANIZATION);
    assert_int_equal(set.items.at[1].type, FHIR_LOCATION);
    assert_slice(set.items.at[1].id, "2");
}

/* a patient's own rows come by themselves; what lies elsewhere cannot be read here */
static void what_belongs_to_patients_or_others_is_left(void **state)
{
    (void)state;
    add(SLICE("{\"a\":{\"reference\":\"Patient/1\"},\"b\":{\"reference\":\"#1\"},"
              "\"c\":{\"reference\":\"https://elsewhere/fhir/Location/3\"},"
              "\"d\":{\"reference\":\"urn:uuid:0\"},\"e\":{\"reference\":\"Nothing/1\"}}"));
    assert_int_equal(set.items.count, 0);
}

static void a_body_with_escapes_is_parsed(void **state)
{
    (void)state;
    add(SLICE("{\"resourceType\":\"Observation\",\"performer\":"
              "[{\"reference\":\"Practitioner/9\",\"display\":\"A \\\"reference\\\"\"}]}"));
    assert_int_equal(set.items.count, 1);
    assert_slice(set.items.at[0].id, "9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(references_are_found_at_every_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(several_in_one_body_each_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_belongs_to_patients_or_others_is_left, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_body_with_escapes_is_parsed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
