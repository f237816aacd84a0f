/*
 * renumbering.c: who has had another NHS number, by the rates of renumbering.csv.
 *
 * An adopted child gets a new number, and the earlier record is closed to them. Somebody registered
 * twice (from abroad, or in a hurry) has two until it is noticed; then one is kept and the other
 * superseded. The other number is one that belongs to nobody (numbers.h): in a county that uses
 * them all there is none, and so nobody was renumbered.
 */
#include "synth/household.h"

#define MERGED_FROM 60 /* days after the second registration */
#define MERGED_TO   1500

static bool draw_day(const struct synth_person *person, const struct synth_renumbering *row,
                     int32_t end, struct synth_random *random, int32_t *ret_day)
{
    int32_t from = person->birth + row->from_age * 1461 / 4;
    int32_t to = person->birth + row->to_age * 1461 / 4;
    int32_t earliest = end - row->years * 1461 / 4;
    from = from < earliest ? earliest : from;
    to = to > end ? end : to;
    int64_t chance = (int64_t)row->per_million * (to - from) / 365;
    if (to <= from || !synth_random_chance(random, (int32_t)chance, 1000000)) {
        return false;
    }
    *ret_day = from + (int32_t)synth_random_below(random, (uint32_t)(to - from));
    return true;
}

void synth_renumber(const struct synth_world *world, struct synth_person *person)
{
    struct synth_random random;
    int32_t end = synth_person_until(person, world->today);
    int32_t day;
    synth_random_start(&random, world->seed, SYNTH_STREAM_NUMBER, person->number);
    for (size_t i = 0; i < SYNTH_RENUMBERING_COUNT; i++) {
        if (!draw_day(person, &synth_renumbering_table[i], end, &random, &day) ||
            !synth_numbers_spare(&world->numbers, person->number, person->other_number)) {
            continue;
        }
        bool duplicate = i == SYNTH_RENUMBERING_DUPLICATE;
        day += duplicate ? synth_random_between(&random, MERGED_FROM, MERGED_TO) : 0;
        person->renumbered = &synth_renumbering_table[i];
        person->other_until = day < end ? day : SYNTH_NO_DAY;
        return;
    }
}
