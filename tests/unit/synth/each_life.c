#include "support/check.h"

#include "each_life.h"

#include "base/limits.h"
#include "synth/synth.h"

void each_life(uint64_t seed, uint64_t people, int32_t years,
               void (*take)(const struct synth_life *life))
{
    static struct synth_world world;
    static struct synth_household household;
    struct arena arena, lasting;
    struct fault failure = FAULT_INIT;
    uint64_t made = 0;
    arena_init(&arena, LIMIT_SYNTH_HOUSEHOLD);
    arena_init(&lasting, MIB(8));
    assert_true(
        synth_world_make(&world, seed, people, years, SYNTH_DEFAULT_TODAY, &lasting, &failure));
    for (uint64_t number = 0; made < people; number++) {
        synth_household_make(&world, number, made, &household);
        for (uint32_t i = 0; i < household.count && made < people; i++, made++) {
            struct synth_life *life = arena_new(&arena, struct synth_life);
            assert_non_null(life);
            synth_life_make(&world, &household, i, &arena, life);
            assert_false(life->failed);
            take(life);
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
    arena_release(&lasting);
}
