/* The hospital's letters as CDA: each one well-formed, in the order of the schema, whole. */
#include "support/check.h"

#include "base/limits.h"
#include "cda_schema.h"
#include "synth/cda_format.h"
#include "synth/mishaps.h"

#define PEOPLE 900

static struct arena arena, life_arena;
static struct synth_world world;
static struct strbuf out;

static int setup(void **state)
{
    (void)state;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(64));
    arena_init(&life_arena, LIMIT_SYNTH_HOUSEHOLD);
    strbuf_init(&out, MIB(16));
    assert_true(synth_world_make(&world, 5, PEOPLE, 5, 20777, &arena, &fault));
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

struct count {
    size_t documents, expected, entries, replaced, repeated;
};

static void expect(const struct synth_life *life, const struct synth_patient *patient,
                   struct count *count)
{
    for (uint32_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_DOCUMENT && life_holds(life, patient, i)) {
            size_t repeated = mishap_is(item, SYNTH_MISHAP_REPEATED);
            size_t replaced = mishap_is(item, SYNTH_MISHAP_CORRECTED);
            count->expected += 1 + repeated + replaced;
            count->repeated += repeated;
            count->replaced += replaced;
        }
    }
}

static void check_documents(struct count *count)
{
    struct slice rest = strbuf_slice(&out);
    struct slice line;
    while (rest.len > 0 && slice_split(&rest, '\n', &line)) {
        if (line.len == 0) {
            continue;
        }
        struct cda_findings findings = cda_schema_check(line);
        assert_string_equal(findings.fault, "");
        assert_int_equal(findings.dangling, 0);
        assert_true(slice_find_slice(line, SLICE("Synthetic: nobody")) < line.len);
        count->entries += findings.entries;
        count->documents++;
    }
}

static void check_life(const struct synth_life *life, struct count *count)
{
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    uint32_t copies =
        life_known_to(life, hospital) ? synth_patient_count(&world, life->person, hospital) : 0;
    for (uint32_t copy = 0; copy < copies; copy++) {
        struct synth_patient patient;
        uint32_t records;
        synth_patient_make(&world, life->person, hospital, (uint8_t)copy, &patient);
        strbuf_clear(&out);
        synth_format_cda.write(life, &patient, &out, &records);
        assert_false(out.failed);
        expect(life, &patient, count);
        check_documents(count);
    }
}

static void test_letters(void **state)
{
    (void)state;
    struct count count = { 0 };
    uint64_t made = 0;
    for (uint64_t number = 0; made < PEOPLE; number++) {
        struct synth_household household;
        synth_household_make(&world, number, made, &household);
        for (uint32_t i = 0; i < household.count; i++, made++) {
            struct synth_life *life = arena_new(&life_arena, struct synth_life);
            synth_life_make(&world, &household, i, &life_arena, life);
            check_life(life, &count);
        }
        arena_reset(&life_arena);
    }
    assert_true(count.documents > PEOPLE / 4);
    assert_int_equal(count.documents, count.expected);
    assert_true(count.replaced > 0 && count.repeated > 0);
    assert_true(count.entries > count.documents);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_letters) };
    return cmocka_run_group_tests_name("synth_cda", tests, setup, teardown);
}
