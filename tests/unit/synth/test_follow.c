/* A county's day: everything that is told that day, in time, and the same again. */
#include "support/check.h"

#include "base/limits.h"
#include "fhir/bundle.h"
#include "fhir/validate.h"
#include "synth/follow.h"
#include "synth/hl7v2_format.h"

#define PEOPLE 500
#define DAYS   12

static struct arena arena;
static struct synth_world world;
static struct fault failure;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    failure = (struct fault)FAULT_INIT;
    assert_true(synth_world_make(&world, 9, PEOPLE, 5, 20777, &arena, &failure));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void plan(int32_t day, struct follow_day *ret_day)
{
    assert_true(follow_plan(&world, day, FOLLOW_TELL_HL7V2 | FOLLOW_TELL_FHIR, NULL, NULL, ret_day,
                            &arena, &failure));
}

/* messages of the county on those days, counted without follow */
static size_t messages_on(int32_t from, int32_t to)
{
    struct arena lives;
    size_t count = 0;
    uint64_t made = 0;
    arena_init(&lives, LIMIT_SYNTH_HOUSEHOLD);
    for (uint64_t number = 0; made < PEOPLE; number++) {
        struct synth_household household;
        synth_household_make(&world, number, made, &household);
        for (uint32_t i = 0; i < household.count && made < PEOPLE; i++, made++) {
            struct synth_life *life = arena_new(&lives, struct synth_life);
            synth_life_make(&world, &household, i, &lives, life);
            uint32_t copies =
                life_known_to(life, SYNTH_ORGANISATION_HOSPITAL)
                    ? synth_patient_count(&world, life->person, SYNTH_ORGANISATION_HOSPITAL)
                    : 0;
            for (uint32_t copy = 0; copy < copies; copy++) {
                struct synth_patient patient;
                struct synth_hl7v2_plan all;
                synth_patient_make(&world, life->person, SYNTH_ORGANISATION_HOSPITAL, (uint8_t)copy,
                                   &patient);
                synth_hl7v2_plan_make(life, &patient, &all);
                for (size_t m = 0; m < all.messages.count; m++) {
                    int32_t day = synth_day_of(all.messages.at[m].sent);
                    count += day >= from && day < to;
                }
            }
        }
        arena_reset(&lives);
    }
    arena_release(&lives);
    return count;
}

static void test_days_hold_all_messages(void **state)
{
    (void)state;
    size_t messages = 0;
    size_t bundles = 0;
    for (int32_t day = world.today - DAYS; day < world.today; day++) {
        struct follow_day one;
        plan(day, &one);
        int32_t last = 0;
        for (size_t i = 0; i < one.rows.count; i++) {
            assert_true(one.rows.at[i].minute >= last && one.rows.at[i].minute < 1440);
            last = one.rows.at[i].minute;
            messages += one.rows.at[i].tongue == FOLLOW_HL7V2;
            bundles += one.rows.at[i].tongue == FOLLOW_FHIR;
        }
        follow_release(&one);
    }
    assert_true(messages > 0 && bundles > 0);
    assert_int_equal(messages, messages_on(world.today - DAYS, world.today));
}

/* every reference of the bundle leads to one of its entries */
static void check_references(struct slice text)
{
    char wanted[96];
    struct slice rest = text;
    for (;;) {
        size_t at = slice_find_slice(rest, SLICE("\"reference\":\"urn:uuid:"));
        if (at == rest.len) {
            return;
        }
        rest = slice_from(rest, at + 13);
        snprintf(wanted, sizeof(wanted), "\"fullUrl\":\"%.*s\"", 45, rest.ptr);
        assert_true(slice_find_slice(text, slice_from_string(wanted)) < text.len);
    }
}

static size_t check_bundle(struct slice text)
{
    struct json json;
    struct fhir_entries requests;
    assert_true(json_parse(&arena, text, &json, &failure));
    assert_true(fhir_bundle_read(&json, 0, &arena, &requests, &failure));
    assert_int_equal(requests.kind, FHIR_BUNDLE_TRANSACTION);
    for (size_t i = 0; i < requests.count; i++) {
        struct fhir_issues issues = { .count = 0 };
        assert_int_equal(requests.at[i].method, FHIR_PUT);
        assert_true(requests.at[i].id.len > 0);
        assert_true(fhir_validate(&json, requests.at[i].resource, &arena, &issues));
    }
    check_references(text);
    return requests.count;
}

static void check_message(struct slice text, const char *key)
{
    char part[64];
    snprintf(part, sizeof(part), "|%s|T|2.4|", key);
    assert_true(slice_starts_with(text, SLICE("MSH|")));
    assert_true(slice_find_slice(text, slice_from_string(part)) < text.len);
}

/* the text of a row is the same each time, and is what its tongue demands */
static void test_texts(void **state)
{
    (void)state;
    struct follow_day one;
    struct strbuf first, second;
    char key[FOLLOW_KEY_SIZE];
    char again[FOLLOW_KEY_SIZE];
    size_t resources = 0;
    strbuf_init(&first, MIB(4));
    strbuf_init(&second, MIB(4));
    for (int32_t day = world.today - DAYS; day < world.today; day++) {
        plan(day, &one);
        for (size_t i = 0; i < one.rows.count; i++) {
            strbuf_clear(&first);
            strbuf_clear(&second);
            follow_write(&one, &one.rows.at[i], &first, key);
            follow_write(&one, &one.rows.at[i], &second, again);
            assert_false(first.failed);
            assert_string_equal(key, again);
            assert_true(slice_equal(strbuf_slice(&first), strbuf_slice(&second)));
            if (one.rows.at[i].tongue == FOLLOW_HL7V2) {
                check_message(strbuf_slice(&first), key);
            } else {
                resources += check_bundle(strbuf_slice(&first));
            }
        }
        follow_release(&one);
    }
    assert_true(resources > 0);
    strbuf_release(&first);
    strbuf_release(&second);
}

static bool stop(void *context, uint64_t done, uint64_t people)
{
    (void)context;
    (void)people;
    return done < 10;
}

static void test_stops(void **state)
{
    (void)state;
    struct follow_day one;
    assert_false(
        follow_plan(&world, world.today, FOLLOW_TELL_FHIR, stop, NULL, &one, &arena, &failure));
    assert_int_equal(failure.code, FAULT_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_hold_all_messages),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_stops),
    };
    return cmocka_run_group_tests_name("synth_follow", tests, setup, teardown);
}
