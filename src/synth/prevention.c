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

/* the share that comes in that year */
static int32_t coverage(const struct synth_vaccine *row, int32_t year)
{
    int32_t percent = row->percent;
    for (size_t i = 0; i < SYNTH_COVERAGE_COUNT; i++) {
        const struct synth_coverage *other = &synth_coverage_table[i];
        if (year >= other->year && slice_equal(other->product, row->product)) {
            percent = other->percent;
        }
    }
    return percent;
}

/* who comes once comes again: four times in five the number drawn is the same for a programme */
static bool comes(const struct synth_life *life, const struct synth_vaccine *row, int32_t percent,
                  struct synth_random *random)
{
    uint64_t key = life->person->number * 16 + (uint64_t)row->programme;
    int32_t shared = (int32_t)(synth_random_mix(life->world->seed ^ 0x76616363, key) % 100);
    int32_t own = (int32_t)synth_random_below(random, 100);
    return (synth_random_chance(random, 80, 100) ? shared : own) < percent;
}

/* answers whether it was given */
static bool immunise(struct synth_life *life, const struct synth_vaccine *row, int32_t day,
                     struct synth_random *random)
{
    day = synth_working_day(day);
    int32_t year = synth_year_of(day);
    bool here = comes(life, row, coverage(row, year), random);
    if (!here || day > life->until || day < life->person->birth || day < 7305 /* 1990 */ ||
        year < row->first_year) {
        return false;
    }
    synth_org practice = life->person->practice;
    struct synth_item *item =
        life_add(life, SYNTH_IMMUNISATION, practice, synth_when_of(day, life_any_minute(random)));
    bool infant = day - life->person->birth < 500;
    bool nasal = slice_find_slice(row->product, SLICE("nasal")) < row->product.len;
    bool swallowed = slice_starts_with(row->product, SLICE("Rotavirus"));
    item->code = row->code;
    item->text = row->product;
    item->status = SYNTH_ENDED;
    item->other = &synth_code_table[nasal       ? SYNTH_CODE_NASAL
                                    : swallowed ? SYNTH_CODE_ORAL
                                                : SYNTH_CODE_INTRAMUSCULAR];
    item->value = nasal || swallowed ? 0 : infant ? SYNTH_CODE_LEFT_THIGH : SYNTH_CODE_LEFT_ARM;
    item->text2 = arena_printf(life->arena, "S%05u", synth_random_below(random, 100000));
    item->author = life_staff(life, practice, SLICE("Practice nurse"));
    return true;
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

static int32_t months_at(const struct synth_life *life, int32_t day)
{
    return (day - life->person->birth) * 48 / 1461;
}

/* the campaign of 2021, the oldest first; the second dose for those who had the first, the third
 * for those who had both; later autumns for those who began. `doses` counts them. */
static void in_pandemic(struct synth_life *life, const struct synth_vaccine *row, int *doses,
                        struct synth_random *random)
{
    static const int32_t round_after[] = { 0, 75, 260 };
    int32_t start = (int32_t)instant_days_from_civil(2020, 12, 8);
    int32_t months = months_at(life, start);
    int32_t wait = months >= 960 ? 0 : months >= 192 ? (80 - months / 12) * 3 : 250;
    int32_t day = start + wait + (int32_t)synth_random_below(random, 35);
    if (row->rule == 5) {
        day = (int32_t)instant_days_from_civil(row->first_year, 9, 12) +
              (int32_t)synth_random_below(random, 60);
        months = months_at(life, day);
    } else {
        day += round_after[row->rule - 2];
    }
    int needed = row->rule == 5 ? 2 : row->rule - 2;
    bool due = row->rule == 5 ? *doses >= needed : *doses == needed;
    if (due && months >= row->from_months && months <= row->to_months) {
        *doses += immunise(life, row, day, random);
    }
}

/* once, in the autumn of the first year, for those of these ages */
static void in_that_autumn(struct synth_life *life, const struct synth_vaccine *row,
                           struct synth_random *random)
{
    int32_t day = (int32_t)instant_days_from_civil(row->first_year, 9, 2) +
                  (int32_t)synth_random_below(random, 100);
    int32_t months = months_at(life, day);
    if (months >= row->from_months && months <= row->to_months) {
        immunise(life, row, day, random);
    }
}

/* some months before each child of the household was born */
static void before_births(struct synth_life *life, const struct synth_vaccine *row,
                          struct synth_random *random)
{
    const struct synth_household *household = life->household;
    int32_t last = INT32_MIN;
    for (uint32_t i = 0; i < household->count; i++) {
        const struct synth_person *child = &household->people[i];
        if (child->mother >= 0 && &household->people[child->mother] == life->person &&
            child->birth != last) {
            last = child->birth;
            immunise(life, row, child->birth - synth_random_between(random, 60, 150), random);
        }
    }
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

static void vaccinate(struct synth_life *life, const struct synth_vaccine *row, int *doses,
                      struct synth_random *random)
{
    /* what is due at one age is given at one visit */
    uint64_t late = synth_random_mix(life->person->number, (uint64_t)row->from_months);
    if (row->sex != 'A' && row->sex != life->person->sex) {
        return;
    }
    switch (row->rule) {
    case 0:
        immunise(life, row, month_of_life(life, row->from_months) + (int32_t)(late % 25), random);
        break;
    case 1:
        each_autumn(life, row, random);
        break;
    case 6:
        in_that_autumn(life, row, random);
        break;
    case 7:
        before_births(life, row, random);
        break;
    default:
        in_pandemic(life, row, doses, random);
    }
}

void life_prevention(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_PREVENTION);
    synth_random_next(&random);
    record_allergies(life, &random);
    int doses = 0;
    for (size_t i = 0; i < SYNTH_VACCINE_COUNT; i++) {
        vaccinate(life, &synth_vaccine_table[i], &doses, &random);
    }
    name_relatives(life);
}
