/*
 * prevention.c: allergies, immunisations, and who is to be called.
 *
 * Of those without an allergy about a third have "no known drug allergy" recorded at the practice;
 * for the others nothing is recorded, which is not the same and must not be shown as such.
 */
#include "synth/life.h"

#include "base/instant.h"

void life_allergies(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_PREVENTION);
    for (size_t i = 0; i < SYNTH_ALLERGY_COUNT; i++) {
        const struct synth_allergy *row = &synth_allergy_table[i];
        bool medicine = slice_equal(row->category, SLICE("medication"));
        int32_t share = row->per_10000;
        if (life->age < 18 && medicine) {
            share = life->age < 2 ? 0 : share / 3;
        } else if (life->age >= 65 && medicine) {
            share = share * 15 / 10;
        }
        life->effect_day[i] = SYNTH_NO_DAY;
        life->allergic[i] = synth_random_chance(&random, share, 10000);
        if (life->allergic[i] && row->caution > 0) {
            life->caution[row->caution] = true;
        }
    }
}

static void add_allergy(struct synth_life *life, const struct synth_allergy *row,
                        synth_org organisation, struct synth_random *random)
{
    int32_t first = life->person->birth + 365;
    int32_t day =
        first >= life->until ? life->until : synth_random_between(random, first, life->until);
    int32_t effect = life->effect_day[row - synth_allergy_table];
    day = effect != SYNTH_NO_DAY ? effect : day;
    struct synth_item *item = life_add(life, SYNTH_ALLERGY_RECORD, organisation,
                                       synth_when_of(day, life_any_minute(random)));
    item->code = row->code;
    item->note = row->substance;
    item->text = row->category;
    item->text2 = row->criticality;
    bool known = synth_random_chance(random, row->reaction_pct, 100);
    item->other = known ? row->reaction : NULL;
    item->author = life_staff(life, organisation, SLICE("General Internal"));
    if (organisation >= SYNTH_FIRST_PRACTICE) {
        item->author = life_staff(life, organisation, SLICE("General practitioner"));
    }
}

static void add_no_allergy(struct synth_life *life, synth_org organisation,
                           struct synth_random *random)
{
    struct synth_item *item =
        life_add(life, SYNTH_ALLERGY_RECORD, organisation, life_any_time(life, random));
    item->status = SYNTH_NEGATED;
    item->code = &synth_code_table[SYNTH_CODE_NO_KNOWN_DRUG_ALLERGY];
    item->author = life_staff(life, organisation, SLICE("General practitioner"));
}

static void record_allergies(struct synth_life *life, struct synth_random *random)
{
    bool any = false;
    bool known_to_hospital = false;
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        known_to_hospital = known_to_hospital || life->attends[i];
    }
    for (size_t i = 0; i < SYNTH_ALLERGY_COUNT; i++) {
        if (!life->allergic[i]) {
            continue;
        }
        any = true;
        add_allergy(life, &synth_allergy_table[i], life->person->practice, random);
        if (known_to_hospital && synth_random_chance(random, 70, 100)) {
            add_allergy(life, &synth_allergy_table[i], SYNTH_ORGANISATION_HOSPITAL, random);
        }
    }
    if (!any && synth_random_chance(random, life->taking_count > 0 ? 62 : 30, 100)) {
        add_no_allergy(life, life->person->practice, random);
    }
}

static void immunise(struct synth_life *life, const struct synth_vaccine *row, int32_t day,
                     struct synth_random *random)
{
    day = synth_working_day(day);
    if (day > life->until || day < life->person->birth || day < 7305 /* 1990 */ ||
        synth_year_of(day) < row->first_year || !synth_random_chance(random, row->percent, 100)) {
        return;
    }
    synth_org practice = life->person->practice;
    struct synth_item *item =
        life_add(life, SYNTH_IMMUNISATION, practice, synth_when_of(day, life_any_minute(random)));
    bool infant = day - life->person->birth < 500;
    bool nasal = slice_find_slice(row->product, SLICE("nasal")) < row->product.len;
    item->code = row->code;
    item->text = row->product;
    item->status = SYNTH_ENDED;
    item->other =
        nasal ? &synth_code_table[SYNTH_CODE_NASAL] : &synth_code_table[SYNTH_CODE_INTRAMUSCULAR];
    item->value = nasal ? 0 : infant ? SYNTH_CODE_LEFT_THIGH : SYNTH_CODE_LEFT_ARM;
    item->text2 = arena_printf(life->arena, "S%05u", synth_random_below(random, 100000));
    item->author = life_staff(life, practice, SLICE("Practice nurse"));
}

static int32_t month_of_life(const struct synth_life *life, int32_t months)
{
    return life->person->birth + months * 1461 / 48 + 3;
}

/* offered influenza vaccine below 65 */
static bool at_risk(const struct synth_life *life, int32_t day)
{
    static const enum synth_disease_key risks[] = {
        SYNTH_DISEASE_DIABETES2, SYNTH_DISEASE_DIABETES1,     SYNTH_DISEASE_COPD,
        SYNTH_DISEASE_CHD,       SYNTH_DISEASE_HEART_FAILURE, SYNTH_DISEASE_CKD,
        SYNTH_DISEASE_ASTHMA,    SYNTH_DISEASE_STROKE
    };
    for (size_t i = 0; i < ARRAY_LENGTH(risks); i++) {
        if (life_had(life, risks[i], day)) {
            return true;
        }
    }
    return false;
}

static void each_autumn(struct synth_life *life, const struct synth_vaccine *row,
                        struct synth_random *random)
{
    bool nasal = slice_find_slice(row->product, SLICE("nasal")) < row->product.len;
    for (int32_t year = synth_year_of(life->window); year <= synth_year_of(life->until); year++) {
        int32_t day =
            (int32_t)instant_days_from_civil(year, 9, 15) + (int32_t)synth_random_below(random, 70);
        int32_t months = (day - life->person->birth) * 48 / 1461;
        bool old_enough = months >= row->from_months && months <= row->to_months;
        bool risk =
            !nasal && months >= 216 && at_risk(life, day) && synth_random_chance(random, 55, 100);
        if (day >= life->window && (old_enough || risk)) {
            immunise(life, row, day, random);
        }
    }
}

/* the campaign of 2021: the oldest first, three rounds */
static void in_pandemic(struct synth_life *life, const struct synth_vaccine *row,
                        struct synth_random *random)
{
    static const int32_t round_after[] = { 0, 75, 260 };
    int32_t start = (int32_t)instant_days_from_civil(2020, 12, 8);
    int32_t age = life_age_at(life, start);
    int32_t months = age * 12;
    if (months < row->from_months || months > row->to_months) {
        return;
    }
    int32_t wait = age >= 80 ? 0 : (80 - age) * 3;
    immunise(life, row,
             start + wait + round_after[row->rule - 2] + (int32_t)synth_random_below(random, 35),
             random);
}

static void add_relative(struct synth_life *life, synth_org organisation, struct slice role,
                         struct slice given, struct slice family)
{
    struct synth_item *item =
        life_add(life, SYNTH_RELATIVE, organisation, synth_when_of(life->window, 540));
    item->text = role;
    item->text2 = given;
    item->note = family;
    item->status = SYNTH_ACTIVE;
    item->value = (int32_t)(synth_random_mix(life->person->number, 77) % 1000);
}

static void name_relatives(struct synth_life *life)
{
    const struct synth_person *person = life->person;
    const struct synth_person *people = life->household->people;
    synth_org practice = person->practice;
    if (person->partner >= 0) {
        const struct synth_person *partner = &people[person->partner];
        add_relative(life, practice, SLICE("partner"), partner->given, partner->family);
    }
    if (person->mother >= 0) {
        const struct synth_person *mother = &people[person->mother];
        add_relative(life, practice, SLICE("mother"), mother->given, mother->family);
    }
    if (person->next_of_kin_role.len > 0) {
        add_relative(life, practice, person->next_of_kin_role, person->next_of_kin_given,
                     person->next_of_kin_family);
    }
}

void life_prevention(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_PREVENTION);
    synth_random_next(&random);
    record_allergies(life, &random);
    for (size_t i = 0; i < SYNTH_VACCINE_COUNT; i++) {
        const struct synth_vaccine *row = &synth_vaccine_table[i];
        if (row->rule == 0) {
            /* what is due at one age is given at one visit */
            uint64_t late = synth_random_mix(life->person->number, (uint64_t)row->from_months);
            int32_t day = month_of_life(life, row->from_months) + (int32_t)(late % 25);
            immunise(life, row, day, &random);
        } else if (row->rule == 1) {
            each_autumn(life, row, &random);
        } else {
            in_pandemic(life, row, &random);
        }
    }
    name_relatives(life);
}
