/*
 * Whoever is asked for by words of a role has it: the table beside a plain search through all
 * roles.
 */
#include "support/check.h"

#include "base/limits.h"
#include "synth/world.h"

static struct arena arena;
static struct synth_world world;

static int setup(void **state)
{
    (void)state;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(64));
    assert_true(synth_world_make(&world, 3, 100000, 5, 20777, &arena, &fault));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* are the words whole in the role? */
static bool has_role(struct slice role, struct slice words)
{
    char padded[2][128];
    snprintf(padded[0], sizeof(padded[0]), " %.*s ", SLICE_PRINT(role));
    snprintf(padded[1], sizeof(padded[1]), " %.*s%s", SLICE_PRINT(words), words.len > 0 ? " " : "");
    return strstr(padded[0], padded[1]) != NULL;
}

/* every holder is found, and nobody else; the first when there is none */
static void check_words(synth_org organisation, struct slice words)
{
    const struct synth_org_info *info = &world.organisations[organisation];
    bool found[64] = { false };
    size_t holders = 0;
    for (uint64_t number = 0; number < 2000; number++) {
        uint16_t staff = synth_world_staff(&world, organisation, words, number);
        assert_true(staff >= info->staff_first && staff < info->staff_first + info->staff_count);
        assert_int_equal(staff, synth_world_staff(&world, organisation, words, number));
        found[staff - info->staff_first] = true;
    }
    for (uint16_t place = 0; place < info->staff_count; place++) {
        bool holds = has_role(world.staff[info->staff_first + place].role, words);
        holders += holds;
        if (found[place] != holds && place > 0) {
            fail_msg("%.*s, asked for as \"%.*s\"",
                     SLICE_PRINT(world.staff[info->staff_first + place].role), SLICE_PRINT(words));
        }
    }
    assert_true(found[0] == (holders == 0 || has_role(world.staff[info->staff_first].role, words)));
}

static void test_roles(void **state)
{
    (void)state;
    static const struct slice words[] = { SLICE_INIT("General practitioner"),
                                          SLICE_INIT("General"),
                                          SLICE_INIT("General Internal"),
                                          SLICE_INIT("Radiologist"),
                                          SLICE_INIT("Biomedical"),
                                          SLICE_INIT("practitioner"),
                                          SLICE_INIT("111"),
                                          SLICE_INIT(""),
                                          SLICE_INIT("Astrologer"),
                                          SLICE_INIT("eneral") };
    for (uint32_t i = 0; i < world.organisation_count; i++) {
        for (size_t w = 0; w < ARRAY_LENGTH(words); w++) {
            check_words((synth_org)i, words[w]);
        }
    }
}

/* asked for by these words at the hospital or the community trust, somebody is found who is that */
static void check_somebody(struct slice words)
{
    synth_org places[] = { SYNTH_ORGANISATION_HOSPITAL, SYNTH_ORGANISATION_COMMUNITY };
    bool known = false;
    for (size_t p = 0; p < ARRAY_LENGTH(places); p++) {
        uint16_t staff = synth_world_staff(&world, places[p], words, 7);
        known = known || has_role(world.staff[staff].role, words);
    }
    if (!known) {
        fail_msg("nobody is %.*s", SLICE_PRINT(words));
    }
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < SYNTH_SPECIALTY_COUNT; i++) {
        check_somebody(synth_specialty_table[i].role);
    }
    for (size_t i = 0; i < SYNTH_CANCER_SITE_COUNT; i++) {
        check_somebody(synth_cancer_site_table[i].specialty);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests_name("synth_staff", tests, setup, teardown);
}
