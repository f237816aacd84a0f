/* What a live system answers: the same as the files tell, under ids that lead back to it. */
#include "support/check.h"

#include "base/limits.h"
#include "fhir/validate.h"
#include "synth/endpoint.h"
#include "synth/fhir_writer.h"

#define PEOPLE 240
#define BASE   "http://127.0.0.1:9/fhir"

static struct arena arena, life_arena;
static struct synth_world world;
static struct fault failure;
static struct strbuf out;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    arena_init(&life_arena, LIMIT_SYNTH_HOUSEHOLD);
    strbuf_init(&out, LIMIT_SYNTH_PART);
    failure = (struct fault)FAULT_INIT;
    assert_true(synth_world_make(&world, 8, PEOPLE, 5, 20777, &arena, &failure));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&out);
    arena_release(&life_arena);
    arena_release(&arena);
    return 0;
}

static struct slice answer(const struct endpoint *endpoint, const struct endpoint_row *row,
                           bool everything)
{
    arena_reset(&life_arena);
    strbuf_clear(&out);
    assert_true(endpoint_answer(endpoint, row, BASE, everything, &life_arena, &out));
    return strbuf_slice(&out);
}

/* each reference leads to an entry of the answer */
static void check_references(struct slice text)
{
    struct slice rest = text;
    for (;;) {
        char full[160];
        size_t at = slice_find_slice(rest, SLICE("\"reference\":\""));
        if (at == rest.len) {
            return;
        }
        rest = slice_from(rest, at + 13);
        snprintf(full, sizeof(full), "\"fullUrl\":\"" BASE "/%.*s\"", (int)slice_find(rest, '"'),
                 rest.ptr);
        assert_true(slice_find_slice(text, slice_from_string(full)) < text.len);
    }
}

/* the id of the Patient, which comes first, in the arena */
static struct slice check_answer(struct slice text, size_t *ret_entries)
{
    struct json json;
    struct slice id = { NULL, 0 };
    assert_true(json_parse(&arena, text, &json, &failure));
    assert_slice(json_member_string(&json, 0, SLICE("type"), &arena), "searchset");
    json_ix entries = json_member(&json, 0, SLICE("entry"));
    *ret_entries = 0;
    json_each_element(&json, entries, entry)
    {
        struct fhir_issues issues = { .count = 0 };
        json_ix resource = json_member(&json, entry, SLICE("resource"));
        assert_true(fhir_validate(&json, resource, &arena, &issues));
        assert_int_equal(json_member(&json, entry, SLICE("request")), JSON_NONE);
        if (++*ret_entries == 1) {
            id = arena_copy(&arena, json_member_string(&json, resource, SLICE("id"), &arena));
        }
    }
    return id;
}

static void check_row(const struct endpoint *endpoint, const struct endpoint_row *row)
{
    size_t alone;
    size_t all;
    struct slice id = check_answer(answer(endpoint, row, false), &alone);
    assert_int_equal(alone, 1);
    assert_ptr_equal(endpoint_find_id(endpoint, id), row);
    struct slice text = answer(endpoint, row, true);
    struct slice same = check_answer(text, &all);
    assert_true(slice_equal(id, same));
    check_references(text);

    /* as many resources as the files have of this patient */
    uint32_t resources;
    struct synth_household household;
    struct synth_patient patient;
    struct synth_life *life = arena_new(&life_arena, struct synth_life);
    synth_household_make(&world, row->household, row->first_number, &household);
    synth_life_make(&world, &household, row->person, &life_arena, life);
    synth_patient_make(&world, life->person, endpoint->organisation, row->copy, &patient);
    strbuf_clear(&out);
    synth_fhir_write(life, &patient, &out, &resources);
    assert_int_equal(all, resources);
}

static bool knows(const struct endpoint *endpoint, const struct endpoint_row *row)
{
    bool known = false;
    arena_reset(&life_arena);
    assert_true(endpoint_knows(endpoint, row, &life_arena, &known));
    return known;
}

/* whom the organisation holds anything of, by all lives */
static size_t known_by_lives(synth_org organisation)
{
    size_t patients = 0;
    uint64_t made = 0;
    for (uint64_t number = 0; made < PEOPLE; number++) {
        struct synth_household household;
        synth_household_make(&world, number, made, &household);
        for (uint32_t i = 0; i < household.count && made < PEOPLE; i++, made++) {
            arena_reset(&life_arena);
            struct synth_life *life = arena_new(&life_arena, struct synth_life);
            synth_life_make(&world, &household, i, &life_arena, life);
            patients += life_known_to(life, organisation)
                            ? synth_patient_count(&world, life->person, organisation)
                            : 0;
        }
    }
    return patients;
}

static void check_organisation(synth_org organisation)
{
    struct endpoint endpoint;
    size_t numbered = 0;
    size_t known = 0;
    assert_true(endpoint_make(&world, organisation, &endpoint, &arena, &failure));
    assert_true(endpoint.rows.count > 10);
    for (size_t i = 0; i < endpoint.rows.count; i++) {
        char number[24];
        size_t count;
        const struct endpoint_row *row = &endpoint.rows.at[i];
        if (!knows(&endpoint, row)) {
            assert_false(knows(&endpoint, row)); /* as remembered */
            continue;
        }
        known++;
        if (row->number != 0) {
            snprintf(number, sizeof(number), "%010llu", (unsigned long long)row->number);
            const struct endpoint_row *first =
                endpoint_find_number(&endpoint, slice_from_string(number), &count);
            assert_true(first != NULL && row >= first && row < first + count);
            numbered++;
        }
        if (i % 5 == 0) {
            check_row(&endpoint, row);
        }
    }
    assert_true(numbered > known / 2);
    assert_int_equal(known, known_by_lives(organisation));
}

static void test_practice(void **state)
{
    (void)state;
    check_organisation(SYNTH_FIRST_PRACTICE);
}

static void test_hospital(void **state)
{
    (void)state;
    check_organisation(SYNTH_ORGANISATION_HOSPITAL);
}

static void test_nobody(void **state)
{
    (void)state;
    struct endpoint endpoint;
    size_t count;
    assert_true(endpoint_make(&world, SYNTH_FIRST_PRACTICE, &endpoint, &arena, &failure));
    static const char *const numbers[] = { "",           "0",          "0000000000",
                                           "9434765919", "9434765918", "99999999999999999999",
                                           "abc" };
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        assert_null(endpoint_find_number(&endpoint, slice_from_string(numbers[i]), &count));
        assert_int_equal(count, 0);
    }
    assert_null(endpoint_find_id(&endpoint, SLICE("")));
    assert_null(endpoint_find_id(&endpoint, SLICE("5de43907-d646-44f3-b3e7-2272c3f7ae04")));
    assert_null(endpoint_find_id(&endpoint, SLICE("5de43907-d646-44f3-b3e7-2272c3f7ae0!")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_practice),
        cmocka_unit_test(test_hospital),
        cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests_name("synth_endpoint", tests, setup, teardown);
}
