/*
 * diseases.c: which diseases a person has, since when, and what is taken against them.
 *
 * A person has a disease when a uniform number falls below the table's share for age and sex
 * (times deprivation). Diseases that go together share their number: with the probability `share`
 * the number of the common factor is used, else one of its own. Each number stays uniform, so each
 * prevalence comes out as in the table, whatever the sharing; what changes is who has several
 * (a mixture copula). What no table can say is a small function below.
 */
#include "synth/life.h"

#define UNIT 100000

static int32_t band_of(int32_t age)
{
    return age < 18 ? 0 : age < 30 ? 1 : age >= 90 ? 8 : age / 10 - 1;
}

static int32_t prevalence(const struct synth_life *life, const struct synth_disease *row)
{
    int32_t band = band_of(life->age);
    int64_t share = life->person->sex == 'M' ? row->male[band] : row->female[band];
    int32_t slope = row->deprivation - 100;
    /* the county's mean tenth is 7.4 */
    return (int32_t)(share * (9000 + slope * 10 * (10 - life->person->tenth)) /
                     (9000 + slope * 26));
}

static int32_t onset_of(const struct synth_life *life, const struct synth_disease *row,
                        struct synth_random *random)
{
    int32_t longest = (life->until - life->person->birth) - row->onset_from * 1461 / 4;
    int32_t days = (int32_t)synth_random_below(random, (uint32_t)row->mean_years * 730 + 1);
    if (longest < 1) {
        longest = 1;
    }
    if (days >= longest) {
        days = (int32_t)synth_random_below(random, (uint32_t)longest);
    }
    return life->until - days;
}

/* -- one small function where a row is not enough -------------------------------------------- */

static void only_one_diabetes(struct synth_life *life)
{
    if (life_has(life, SYNTH_DISEASE_DIABETES1)) {
        life->onset[SYNTH_DISEASE_DIABETES2] = SYNTH_NO_DAY;
    }
    if (life_has(life, SYNTH_DISEASE_DIABETES2) || life_has(life, SYNTH_DISEASE_DIABETES1)) {
        life->onset[SYNTH_DISEASE_PREDIABETES] = SYNTH_NO_DAY;
    }
}

/* found in childhood, whatever the age now */
static void since_childhood(struct synth_life *life, struct synth_random *random)
{
    static const enum synth_disease_key early[] = { SYNTH_DISEASE_LEARNING_DISABILITY,
                                                    SYNTH_DISEASE_AUTISM, SYNTH_DISEASE_ADHD };
    for (size_t i = 0; i < ARRAY_LENGTH(early); i++) {
        int32_t day = life->person->birth + 365 * synth_random_between(random, 2, 11);
        if (life_has(life, early[i]) && day < life->until) {
            life->onset[early[i]] = day;
        }
    }
}

static void cancer_has_a_site(struct synth_life *life, struct synth_random *random)
{
    if (!life_has(life, SYNTH_DISEASE_CANCER)) {
        return;
    }
    int32_t age = life_age_at(life, life->onset[SYNTH_DISEASE_CANCER]);
    int32_t total = 0;
    for (int round = 0; round < 2; round++) {
        int32_t drawn =
            round == 0 ? INT32_MAX : (int32_t)synth_random_below(random, (uint32_t)total);
        for (size_t i = 0; i < SYNTH_CANCER_SITE_COUNT; i++) {
            const struct synth_cancer_site *site = &synth_cancer_site_table[i];
            int32_t weight = age < site->min_age        ? 0
                             : life->person->sex == 'M' ? site->male
                                                        : site->female;
            if (drawn < weight) {
                life->cancer = site;
                return;
            }
            drawn -= weight;
            total += weight;
        }
        if (total == 0) {
            life->cancer = &synth_cancer_site_table[SYNTH_CANCER_SITE_COUNT - 1];
            return;
        }
    }
}

/* half of those who died were known to be dying, for some months */
static void dying(struct synth_life *life, struct synth_random *random)
{
    if (life->person->death != SYNTH_NO_DAY && life->age >= 40 &&
        synth_random_chance(random, 45, 100)) {
        life->onset[SYNTH_DISEASE_PALLIATIVE] =
            life->until - (int32_t)synth_random_below(random, 300);
    }
}

static void make_frail(struct synth_life *life, struct synth_random *random)
{
    static const int16_t per_mille[4][3] = {
        { 85, 13, 2 }, { 270, 60, 10 }, { 390, 170, 60 }, { 380, 300, 160 }
    };
    if (life->age < 50) {
        return;
    }
    int band = life->age < 65 ? 0 : life->age < 75 ? 1 : life->age < 85 ? 2 : 3;
    int32_t drawn = (int32_t)synth_random_below(random, 1000);
    /* more conditions, more frailty */
    drawn -= (life->conditions - band * 2) * 40 + (life->person->care_home ? 500 : 0);
    drawn = drawn < 0 ? 0 : drawn;
    life->frailty = drawn < per_mille[band][2]                                             ? 3
                    : drawn < per_mille[band][2] + per_mille[band][1]                      ? 2
                    : drawn < per_mille[band][2] + per_mille[band][1] + per_mille[band][0] ? 1
                                                                                           : 0;
}

/* how likely a disease is over when somebody looks today, per cent */
static int32_t resolves(enum synth_disease_key disease)
{
    switch (disease) {
    case SYNTH_DISEASE_BACK_PAIN:
        return 70;
    case SYNTH_DISEASE_IRON_ANAEMIA:
        return 55;
    case SYNTH_DISEASE_DEPRESSION:
        return 40;
    case SYNTH_DISEASE_ANXIETY:
    case SYNTH_DISEASE_ECZEMA:
        return 35;
    case SYNTH_DISEASE_CATARACT:
        return 30;
    default:
        return 0;
    }
}

void life_diseases(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_DISEASE);
    int32_t common[SYNTH_FACTOR_COUNT];
    for (size_t i = 0; i < SYNTH_FACTOR_COUNT; i++) {
        common[i] = (int32_t)synth_random_below(&random, UNIT);
    }
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        const struct synth_disease *row = &synth_disease_table[i];
        bool shared = synth_random_chance(&random, row->share, 100);
        int32_t own = (int32_t)synth_random_below(&random, UNIT);
        int32_t drawn = shared ? common[row->factor - synth_factor_table] : own;
        int32_t onset = onset_of(life, row, &random);
        life->onset[i] = drawn < prevalence(life, row) ? onset : SYNTH_NO_DAY;
        life->resolved[i] = synth_random_chance(&random, resolves((enum synth_disease_key)i), 100);
    }
    only_one_diabetes(life);
    since_childhood(life, &random);
    cancer_has_a_site(life, &random);
    dying(life, &random);
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        life->conditions += life_has(life, (enum synth_disease_key)i) && i != SYNTH_DISEASE_SMOKER;
        life->problem[i] = SYNTH_NO_ITEM;
    }
    make_frail(life, &random);
}

/* -- medicines -------------------------------------------------------------------------------- */

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
