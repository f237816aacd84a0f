/*
 * medicines.c: what is taken against what a person has, and since when.
 *
 * Rows of medicine.csv with one disease and class are a group: some per cent of those with the
 * disease take one of them, `after_days` into it (the next step of treatment comes when the one
 * before has not been enough). Groups without a disease are for reasons that no problem list gives,
 * by age. Some people take much and others little of what they might: each has a readiness, higher
 * in the frail. A strength may be reached in steps. A side effect ends a medicine, may bring
 * another in its stead, and may stay as a label among the allergies.
 */
#include "synth/life.h"

#define ADULT 18

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

/* -- who must not have it: one small rule a class ---------------------------------------------- */

static bool no_nsaid(const struct synth_life *life, const struct synth_medicine *row)
{
    (void)row;
    return life->caution[2] || life->age >= 75 || life_has(life, SYNTH_DISEASE_CKD) ||
           life_has(life, SYNTH_DISEASE_HEART_FAILURE) || life_has(life, SYNTH_DISEASE_AF);
}

static bool no_antiplatelet(const struct synth_life *life, const struct synth_medicine *row)
{
    return life_has(life, SYNTH_DISEASE_AF) ||
           (life->caution[2] && row->code == &synth_code_table[SYNTH_CODE_ASPIRIN]);
}

static bool no_beta(const struct synth_life *life, const struct synth_medicine *row)
{
    (void)row;
    return life_has(life, SYNTH_DISEASE_ASTHMA);
}

/* valproate: not where pregnancy may be */
static bool no_valproate(const struct synth_life *life, const struct synth_medicine *row)
{
    (void)row;
    return life->person->sex == 'F' && life->age < 55;
}

/* tamoxifen is against cancer of the breast */
static bool no_hormone(const struct synth_life *life, const struct synth_medicine *row)
{
    (void)row;
    return life->cancer == NULL ||
           life->cancer->code != &synth_code_table[SYNTH_CODE_MALIGNANT_TUMOUR_OF_BREAST];
}

static bool no_pill(const struct synth_life *life, const struct synth_medicine *row)
{
    (void)row;
    return life_has(life, SYNTH_DISEASE_SMOKER) && life->age >= 35;
}

static bool weak_kidneys(const struct synth_life *life, const struct synth_medicine *row)
{
    (void)row;
    return life_has(life, SYNTH_DISEASE_CKD) && life->age > 80;
}

static const struct {
    struct slice class;
    bool (*forbids)(const struct synth_life *life, const struct synth_medicine *row);
} rules[] = {
    { SLICE_INIT("nsaid"), no_nsaid },         { SLICE_INIT("antiplatelet"), no_antiplatelet },
    { SLICE_INIT("beta"), no_beta },           { SLICE_INIT("betablocker"), no_beta },
    { SLICE_INIT("hormone"), no_hormone },     { SLICE_INIT("antiepileptic"), no_valproate },
    { SLICE_INIT("contraceptive"), no_pill },  { SLICE_INIT("mood"), weak_kidneys },
    { SLICE_INIT("metformin"), weak_kidneys },
};

static int32_t least_age(const struct synth_medicine *row)
{
    return slice_equal(row->form, SLICE("inhaler"))          ? 5
           : slice_equal(row->class, SLICE("antihistamine")) ? 12
                                                             : ADULT;
}

static bool unsuitable(const struct synth_life *life, const struct synth_medicine *row, int32_t day)
{
    if (life->age < row->from_age || life->age > row->to_age ||
        (row->sex != 'A' && row->sex != life->person->sex) ||
        life_age_at(life, day) < least_age(row)) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
        if (slice_equal(rules[i].class, row->class)) {
            return rules[i].forbids(life, row);
        }
    }
    return false;
}

/* rows of one disease and class stand together in the table */
static size_t group_end(size_t first)
{
    const struct synth_medicine *row = synth_medicine_table;
    size_t end = first + 1;
    while (end < SYNTH_MEDICINE_COUNT && row[end].disease == row[first].disease &&
           row[end].from_age == row[first].from_age &&
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

/* already resolved, or one in fourteen: the course ends by itself */
static int32_t end_of(const struct synth_life *life, const struct synth_medicine *row, int32_t from,
                      struct synth_random *random)
{
    bool over = row->disease != NULL && life->resolved[row->disease - synth_disease_table];
    int32_t length = 90 + (int32_t)synth_random_below(random, 600);
    bool ends = synth_random_chance(random, over ? 100 : 7, 100);
    bool kept = slice_equal(row->class, SLICE("metformin")) && !over;
    return ends && !kept && from + length < life->until ? from + length : SYNTH_NO_DAY;
}

static struct synth_taking *add_taking(struct synth_life *life, const struct synth_medicine *row,
                                       int32_t from, int32_t to)
{
    if (life->taking_count == SYNTH_MAX_TAKING || from > life->until) {
        return NULL;
    }
    struct synth_taking *taking = &life->taking[life->taking_count++];
    *taking = (struct synth_taking){ .medicine = row, .from = from, .to = to };
    return taking;
}

static struct slice drug_of(const struct synth_medicine *row)
{
    return slice_sub(row->code->display, 0, slice_find(row->code->display, ' '));
}

/* the lower strength of the same drug for some weeks first; answers the day of the one meant */
static int32_t step_up(struct synth_life *life, const struct synth_medicine *group,
                       const struct synth_medicine *row, int32_t from, struct synth_random *random)
{
    bool steps = synth_random_chance(random, 45, 100);
    int32_t weeks = synth_random_between(random, 4, 26);
    if (!steps || row == group || from < life->window || from + weeks * 7 > life->until ||
        !slice_equal(drug_of(row), drug_of(row - 1)) || row->code == row[-1].code) {
        return from;
    }
    add_taking(life, row - 1, from, from + weeks * 7);
    return from + weeks * 7;
}

/* -- side effects ------------------------------------------------------------------------------ */

static const struct synth_medicine *medicine_of(const struct synth_code *code)
{
    for (size_t i = 0; i < SYNTH_MEDICINE_COUNT; i++) {
        if (synth_medicine_table[i].code == code) {
            return &synth_medicine_table[i];
        }
    }
    return NULL;
}

/* what the patient came with; the practice writes it down */
static void complain(struct synth_life *life, const struct synth_side_effect *row, int32_t day,
                     struct synth_random *random)
{
    if (row->symptom == NULL || day < life->window) {
        return;
    }
    synth_org practice = life->person->practice;
    struct synth_item *item =
        life_add(life, SYNTH_CONDITION, practice, synth_when_of(day, life_any_minute(random)));
    item->code = row->symptom;
    item->status = SYNTH_ENDED;
    item->note = row->reason;
    item->author = life_staff(life, practice, SLICE("General practitioner"));
}

static void stop_for(struct synth_life *life, struct synth_taking *taking,
                     const struct synth_side_effect *row, struct synth_random *random)
{
    int32_t day = synth_working_day(taking->from + synth_random_between(random, 10, 150));
    bool labelled = synth_random_chance(random, row->label_pct, 100);
    if (day > life->until || day >= taking->to) {
        return;
    }
    taking->to = day;
    taking->stopped = row;
    complain(life, row, day, random);
    if (labelled && row->label != NULL) {
        size_t label = (size_t)(row->label - synth_allergy_table);
        life->allergic[label] = true;
        life->effect_day[label] = day;
    }
    const struct synth_medicine *instead = row->instead != NULL ? medicine_of(row->instead) : NULL;
    if (instead != NULL) {
        add_taking(life, instead, day, SYNTH_NO_DAY);
    }
}

static void side_effects(struct synth_life *life, struct synth_taking *taking,
                         struct synth_random *random)
{
    for (size_t i = 0; i < SYNTH_SIDE_EFFECT_COUNT; i++) {
        const struct synth_side_effect *row = &synth_side_effect_table[i];
        if (slice_equal(row->class, taking->medicine->class) &&
            slice_starts_with(taking->medicine->code->display, row->product) &&
            synth_random_chance(random, row->percent, 100)) {
            stop_for(life, taking, row, random);
            return;
        }
    }
}

/* -- all of them ------------------------------------------------------------------------------- */

static int32_t begins(const struct synth_life *life, const struct synth_medicine *row,
                      struct synth_random *random)
{
    int32_t wait = (int32_t)synth_random_below(random, (uint32_t)row->after_days + 1);
    int32_t from = row->disease == NULL ? life->until - wait
                                        : life->onset[row->disease - synth_disease_table] +
                                              row->after_days * 2 / 3 + wait * 2 / 3;
    int32_t adult = life->person->birth + ADULT * 1461 / 4 + 10;
    bool inhaled = slice_equal(row->form, SLICE("inhaler"));
    return !inhaled && from < adult ? adult : from;
}

static void take(struct synth_life *life, size_t first, size_t end, struct synth_random *random)
{
    const struct synth_medicine *row = choose(life, first, end, random);
    int32_t from = begins(life, row, random);
    if (from > life->until || has_already(life, row) || unsuitable(life, row, from)) {
        return;
    }
    from = step_up(life, &synth_medicine_table[first], row, from, random);
    struct synth_taking *taking = add_taking(life, row, from, end_of(life, row, from, random));
    if (taking != NULL) {
        side_effects(life, taking, random);
    }
}

/* per cent of what the table says this person takes: 20 to 340 */
static int32_t readiness(const struct synth_life *life, struct synth_random *random)
{
    int32_t own = synth_random_normal(random);
    int32_t percent = 100 + (life->trait[SYNTH_TRAIT_FRAILTY] * 2 + own) * 42 / 1000;
    return percent < 20 ? 20 : percent > 340 ? 340 : percent;
}

/* per cent of such people who take one of the group. What nearly everybody takes does not depend on
 * readiness; a further step against diabetes is for those whose sugar is high. */
static int32_t percent_of(const struct synth_life *life, const struct synth_medicine *group,
                          int32_t ready)
{
    bool step =
        group->disease == &synth_disease_table[SYNTH_DISEASE_DIABETES2] && group->after_days > 600;
    if (step) {
        bool high = life_constant(life, SYNTH_TEST_HBA1C) > -200;
        return high ? group->percent * 160 / 100 : group->percent * 20 / 100;
    }
    return group->percent >= 80 ? group->percent : group->percent * ready / 100;
}

void life_medicines(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_MEDICINE);
    int32_t ready = readiness(life, &random);
    for (size_t first = 0, end; first < SYNTH_MEDICINE_COUNT; first = end) {
        const struct synth_medicine *group = &synth_medicine_table[first];
        end = group_end(first);
        bool asked = group->disease == NULL ||
                     life_has(life, (enum synth_disease_key)(group->disease - synth_disease_table));
        if (asked && synth_random_chance(&random, percent_of(life, group, ready), 100)) {
            take(life, first, end, &random);
        }
    }
}
