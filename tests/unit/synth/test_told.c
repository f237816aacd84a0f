/*
 * Nothing that a life holds is told by no format: without an item, what its organisation writes in
 * its own tongues is other than with it.
 */
#include "support/check.h"

#include "base/digest.h"
#include "base/limits.h"
#include "synth/format.h"
#include "synth/imaging.h"
#include "synth/mishaps.h"

#define PEOPLE 120
#define NOBODY 200 /* a copy that no organisation has */

static struct arena arena, lives;
static struct synth_world world;
static struct strbuf out;

static int setup(void **state)
{
    (void)state;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(64));
    arena_init(&lives, LIMIT_SYNTH_HOUSEHOLD);
    strbuf_init(&out, LIMIT_SYNTH_PART);
    assert_true(synth_world_make(&world, 12, PEOPLE, 5, 20777, &arena, &fault));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&out);
    arena_release(&lives);
    arena_release(&arena);
    return 0;
}

/* all that the organisation writes of that life */
static struct digest written(const struct synth_life *life, synth_org organisation)
{
    uint32_t copies = synth_patient_count(&world, life->person, organisation);
    strbuf_clear(&out);
    for (size_t i = 0; i < synth_format_count; i++) {
        const struct synth_format *format = synth_formats[i];
        for (uint32_t copy = 0; format->own(&world.organisations[organisation]) && copy < copies;
             copy++) {
            struct synth_patient patient;
            uint32_t records;
            synth_patient_make(&world, life->person, organisation, (uint8_t)copy, &patient);
            format->write(life, &patient, &out, &records);
        }
    }
    assert_false(out.failed);
    return digest_of_one(strbuf_slice(&out));
}

/* the report of an image is still to be written, or it was taken back before a table was made */
static bool may_be_untold(const struct synth_life *life, const struct synth_item *item)
{
    bool to_come =
        imaging_of(item) != NULL && synth_day_of(imaging_reported(life, item)) > life->world->today;
    return to_come || mishap_withdrawn(item);
}

static bool is_told(struct synth_life *life, uint32_t index, const struct digest *with)
{
    struct synth_item *item = &life->items.at[index];
    struct synth_item before = *item;
    item->copy = NOBODY;
    item->kind = SYNTH_RELATIVE; /* what was done on a visit is found by kind and visit */
    item->encounter = SYNTH_NO_ITEM;
    struct digest without = written(life, before.organisation);
    *item = before;
    return memcmp(with->bytes, without.bytes, sizeof(without.bytes)) != 0;
}

static size_t check_life(struct synth_life *life)
{
    size_t looked = 0;
    for (uint32_t number = 0; number < world.organisation_count; number++) {
        synth_org org = (synth_org)number;
        if (!life_known_to(life, org)) {
            continue;
        }
        struct digest with = written(life, org);
        for (uint32_t i = 0; i < life->items.count; i++) {
            const struct synth_item *item = &life->items.at[i];
            if (item->organisation == org && !may_be_untold(life, item)) {
                looked++;
                if (!is_told(life, i, &with)) {
                    fail_msg("kind %d of %.*s, person %llu: %.*s, item %u", item->kind,
                             SLICE_PRINT(world.organisations[org].ods),
                             (unsigned long long)life->person->number,
                             SLICE_PRINT(item->code != NULL ? item->code->display : item->text), i);
                }
            }
        }
    }
    return looked;
}

static void test_nothing_is_untold(void **state)
{
    (void)state;
    size_t looked = 0;
    uint64_t made = 0;
    for (uint64_t number = 0; made < PEOPLE; number++) {
        struct synth_household household;
        synth_household_make(&world, number, made, &household);
        for (uint32_t i = 0; i < household.count && made < PEOPLE; i++, made++) {
            arena_reset(&lives);
            struct synth_life *life = arena_new(&lives, struct synth_life);
            synth_life_make(&world, &household, i, &lives, life);
            assert_false(life->failed);
            looked += check_life(life);
        }
    }
    assert_true(looked > 100 * PEOPLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_untold),
    };
    assert(digest_start());
    return cmocka_run_group_tests_name("synth_told", tests, setup, teardown);
}
