/*
 * medicines.c: what is taken against what a person has, and since when.
 */
#include "synth/life.h"

/* classes of which one is enough, or which do not go together */
static bool has_already(const struct synth_life *life, const struct synth_medicine *row)
{
    for (uint32_t i = 0; i < life->taking_count; i++) {
        const struct synth_medicine *other = life->taking[i].medicine;
        if (slice_equal(other->class, row->class) || other->code == row->code) {
            return true;
        }
    }
    return false;
}

static bool unsuitable(const struct synth_life *life, const struct synth_medicine *row, int32_t day)
{
    int32_t age = life_age_at(life, day);
    bool inhaled = slice_equal(row->form, SLICE("inhaler"));
    if (age < (inhaled ? 5 : slice_equal(row->class, SLICE("antihistamine")) ? 12 : 18)) {
        return true;
    }
    if (slice_equal(row->class, SLICE("nsaid"))) {
        return life->caution[2] || life->age >= 75 || life_has(life, SYNTH_DISEASE_CKD) ||
               life_has(life, SYNTH_DISEASE_HEART_FAILURE) || life_has(life, SYNTH_DISEASE_AF);
    }
    if (slice_equal(row->class, SLICE("antiplatelet"))) {
        return life_has(life, SYNTH_DISEASE_AF) ||
               (life->caution[2] && row->code == &synth_code_table[SYNTH_CODE_ASPIRIN]);
    }
    if (slice_equal(row->class, SLICE("beta")) || slice_equal(row->class, SLICE("betablocker"))) {
        return life_has(life, SYNTH_DISEASE_ASTHMA);
    }
    if (slice_equal(row->class,
                    SLICE("antiepileptic"))) { /* valproate: not where pregnancy may be */
        return life->person->sex == 'F' && life->age < 55;
    }
    if (slice_equal(row->class, SLICE("mood")) || slice_equal(row->class, SLICE("metformin"))) {
        return life_has(life, SYNTH_DISEASE_CKD) && life->age > 80;
    }
    return false;
}

/* rows of one disease and class stand together in the table */
static size_t group_end(size_t first)
{
    const struct synth_medicine *row = synth_medicine_table;
    size_t end = first + 1;
    while (end < SYNTH_MEDICINE_COUNT && row[end].disease == row[first].disease &&
           slice_equal(row[end].class, row[first].class)) {
        end++;
    }
    return end;
}

static const struct synth_medicine *choose(const struct synth_life *life, size_t first, size_t end,
                                           struct synth_random *random)
{
    int32_t total = 0;
    for (size_t i = first; i < end; i++) {
        total += synth_medicine_table[i].weight;
    }
    int32_t drawn = (int32_t)synth_random_below(random, (uint32_t)total);
    const struct synth_medicine *row = &synth_medicine_table[first];
    while (drawn >= row->weight) {
        drawn -= row->weight;
        row++;
    }
    /* BNF, apixaban: the lower dose from 80 years on (with one more sign of frailty) */
    if (slice_equal(row->class, SLICE("anticoagulant")) && row->weight == 7 && life->age >= 84) {
        row++;
    }
    return row;
}

static void take(struct synth_life *life, const struct synth_medicine *row, int32_t from,
                 struct synth_random *random)
{
    if (life->taking_count == SYNTH_MAX_TAKING || from > life->until) {
        return;
    }
    size_t disease = (size_t)(row->disease - synth_disease_table);
    struct synth_taking *taking = &life->taking[life->taking_count++];
    *taking = (struct synth_taking){ .medicine = row, .from = from, .to = SYNTH_NO_DAY };
    int32_t stops = life->resolved[disease] ? 100 : 7;
    int32_t length = 90 + (int32_t)synth_random_below(random, 600);
    if (synth_random_chance(random, stops, 100) && from + length < life->until &&
        !slice_equal(row->class, SLICE("metformin"))) {
        taking->to = from + length;
    }
}

void life_medicines(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_MEDICINE);
    for (size_t first = 0, end; first < SYNTH_MEDICINE_COUNT; first = end) {
        const struct synth_medicine *group = &synth_medicine_table[first];
        size_t disease = (size_t)(group->disease - synth_disease_table);
        end = group_end(first);
        if (!life_has(life, (enum synth_disease_key)disease) ||
            !synth_random_chance(&random, group->percent, 100)) {
            continue;
        }
        const struct synth_medicine *row = choose(life, first, end, &random);
        int32_t from = life->onset[disease] + row->after_days / 3 +
                       (int32_t)synth_random_below(&random, (uint32_t)row->after_days + 1);
        int32_t adult = life->person->birth + 18 * 1461 / 4 + 10;
        if (!slice_equal(row->form, SLICE("inhaler")) && from < adult) {
            from = adult;
        }
        if (!has_already(life, row) && !unsuitable(life, row, from)) {
            take(life, row, from, &random);
        }
    }
}
