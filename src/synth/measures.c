/*
 * measures.c: what a laboratory or a cuff finds in this person on that day.
 *
 * A value is the person's own level (the table's mean for the sex, plus a constant part of the
 * table's spread, drawn once a person and test), moved by age, disease and treatment at that day,
 * plus the variation from one test to the next. The movements are small functions, one a test that
 * has any, in a table. All values are thousandths of the unit.
 */
#include "synth/life.h"

struct moment {
    const struct synth_life *life;
    int32_t day;
    int32_t age;
    bool ill; /* acutely */
};

/* a number that is the same each time for this person and test, in thousandths of an SD */
static int32_t constant_of(const struct synth_life *life, const struct synth_test *test)
{
    struct synth_random random;
    synth_random_start(&random, life->world->seed + (uint64_t)(test - synth_test_table) * 7919,
                       SYNTH_STREAM_BODY, life->person->number);
    return synth_random_normal(&random);
}

int32_t life_constant(const struct synth_life *life, enum synth_test_key test)
{
    return constant_of(life, &synth_test_table[test]);
}

/* another such number for each period of about a year: what drifts slowly */
static int32_t drift_of(const struct moment *at, enum synth_test_key test)
{
    struct synth_random random;
    uint64_t period = (uint64_t)(at->day + 40000) / 330;
    synth_random_start(&random, at->life->world->seed + (uint64_t)test * 104729, SYNTH_STREAM_BODY,
                       synth_random_mix(at->life->person->number, period));
    return synth_random_normal(&random);
}

/* full effect after `days` of treatment; negative `on` means not taken */
static int32_t effect(int32_t full, int32_t on, int32_t days)
{
    return on < 0 ? 0 : on >= days ? full : (int32_t)((int64_t)full * on / days);
}

static int32_t years_since(const struct moment *at, enum synth_disease_key disease)
{
    return (at->day - at->life->onset[disease]) / 365;
}

/* has it, though perhaps nobody knows yet: what is found leads to the diagnosis */
static bool ails(const struct moment *at, enum synth_disease_key disease)
{
    static const int32_t hidden[SYNTH_DISEASE_COUNT] = {
        [SYNTH_DISEASE_HYPOTHYROIDISM] = 60,
        [SYNTH_DISEASE_IRON_ANAEMIA] = 60,
        [SYNTH_DISEASE_CKD] = 120,
        [SYNTH_DISEASE_PREDIABETES] = 120,
        [SYNTH_DISEASE_RHEUMATOID_ARTHRITIS] = 90,
    };
    return life_had(at->life, disease, at->day) ||
           (life_has(at->life, disease) && life_had(at->life, disease, at->day + hidden[disease]));
}

static int32_t hba1c(const struct moment *at, int32_t value, int32_t z)
{
    const struct synth_life *life = at->life;
    if (life_had(life, SYNTH_DISEASE_DIABETES1, at->day)) {
        return 66000 + z * 10;
    }
    if (ails(at, SYNTH_DISEASE_PREDIABETES)) {
        return 44300 + z;
    }
    if (!life_has(life, SYNTH_DISEASE_DIABETES2)) {
        value += (at->age - 45) * 60;
        return value > 41400 ? 41400 : value;
    }
    int32_t since = at->day - life->onset[SYNTH_DISEASE_DIABETES2];
    if (since < 0) { /* the years before the diagnosis */
        return since < -1460 ? 43000 : 49500 + since * 6500 / 1460;
    }
    /* at the diagnosis 58 with a long upper tail, then up with the years and down with treatment */
    value = 55500 + z * (z > 0 ? 14 : 7) + years_since(at, SYNTH_DISEASE_DIABETES2) * 1300;
    value += drift_of(at, SYNTH_TEST_HBA1C) * 3;
    value = since < 30 && value < 48500 ? 48500 : value;
    value += effect(-11000, life_on(life, SLICE("metformin"), at->day), 150);
    value += effect(-8000, life_on(life, SLICE("sglt2"), at->day), 150);
    value += effect(-7000, life_on(life, SLICE("dpp4"), at->day), 150);
    value += effect(-13000, life_on(life, SLICE("sulfonylurea"), at->day), 150);
    return value < 42000 ? 42000 + z * 2 : value > 118000 ? 118000 : value;
}

static int32_t years_on(const struct synth_life *life, struct slice class, int32_t day)
{
    int32_t on = life_on(life, class, day);
    return on > 0 ? on / 365 : 0;
}

/* 1.5 to 3 a year is lost with the disease, more with diabetes, half of it with an SGLT2 inhibitor
 * after a first dip */
static int32_t diseased(const struct moment *at, int32_t z)
{
    const struct synth_life *life = at->life;
    int32_t years = (at->day - life->onset[SYNTH_DISEASE_CKD]) * 10 / 365; /* tenths */
    years = years < 0 ? 0 : years;
    int32_t loss = z < 0 ? 150 - z / 12 : 90;
    loss += life_had(life, SYNTH_DISEASE_DIABETES2, at->day) ? 70 : 0;
    int32_t spared = years_on(life, SLICE("sglt2"), at->day) * 10;
    int32_t low = 56500 - loss * (years - spared / 2) + (z < -800 ? (z + 800) * 5 : 0);
    return low - (life_on(life, SLICE("sglt2"), at->day) >= 0 ? 3000 : 0);
}

static int32_t filtration(const struct moment *at, int32_t z)
{
    int32_t value = 104000 - (at->age > 40 ? (at->age - 40) * 850 : 0) + z * 8;
    if (ails(at, SYNTH_DISEASE_CKD)) {
        int32_t low = diseased(at, z);
        value = value < low ? value : low;
        value = value < 7000 ? 7000 : value;
    } else if (value < 61000) {
        value = 61000;
    }
    return value > 125000 ? 125000 : value;
}

int32_t life_filtration(const struct synth_life *life, int32_t day)
{
    struct moment at = { .life = life, .day = day, .age = life_age_at(life, day) };
    return filtration(&at, constant_of(life, &synth_test_table[SYNTH_TEST_EGFR]));
}

static int32_t egfr(const struct moment *at, int32_t value, int32_t z)
{
    (void)value;
    return filtration(at, z);
}

static int32_t creatinine(const struct moment *at, int32_t value, int32_t z)
{
    (void)value;
    bool man = at->life->person->sex == 'M';
    int32_t rate = filtration(at, constant_of(at->life, &synth_test_table[SYNTH_TEST_EGFR]));
    /* falls about as 1 / filtration; the constants give 84 and 67 at 92 */
    int64_t level = (int64_t)(man ? 84000 : 67000) * 92000 / rate + (int64_t)z * 2;
    return (int32_t)level * (at->ill ? 112 : 100) / 100;
}

/* untreated hypertension 156; each drug -8.5 within six weeks, and what goes with being followed */
static int32_t systolic(const struct moment *at, int32_t value, int32_t z)
{
    const struct synth_life *life = at->life;
    static const struct slice drugs[] = { SLICE_INIT("ace"), SLICE_INIT("calcium"),
                                          SLICE_INIT("thiazide"), SLICE_INIT("alpha"),
                                          SLICE_INIT("beta") };
    value += ((at->age > 70 ? 70 : at->age) - 48) * 400;
    int32_t since = at->day - life->onset[SYNTH_DISEASE_HYPERTENSION];
    if (life_has(life, SYNTH_DISEASE_HYPERTENSION) && since > -400) {
        value = 154000 + z * 9;
        value += effect(-6500, since, 365);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(drugs); i++) {
        value += effect(-8500, life_on(life, drugs[i], at->day), 42);
    }
    return value - (at->ill ? 6000 : 0);
}

/* by strength: 80 mg -38 % of total cholesterol, 40 mg -33 %, less -28 % */
static int32_t statin_effect(const struct synth_life *life, int32_t day)
{
    int32_t most = 0;
    for (uint32_t i = 0; i < life->taking_count; i++) {
        const struct synth_taking *taking = &life->taking[i];
        struct slice name = taking->medicine->code->display;
        if (day < taking->from || day >= taking->to ||
            !slice_equal(taking->medicine->class, SLICE("statin"))) {
            continue;
        }
        int32_t full = slice_find_slice(name, SLICE("80mg")) < name.len   ? 38
                       : slice_find_slice(name, SLICE("40mg")) < name.len ? 33
                                                                          : 28;
        int32_t now = effect(full, day - taking->from, 42);
        most = now > most ? now : most;
    }
    return most;
}

static int32_t cholesterol(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    return value - value / 100 * statin_effect(at->life, at->day);
}

/* new disease 12; treated, of ten about two each get too little and too much */
static int32_t tsh(const struct moment *at, int32_t value, int32_t z)
{
    const struct synth_life *life = at->life;
    if (!ails(at, SYNTH_DISEASE_HYPOTHYROIDISM)) {
        return value;
    }
    int32_t new = 12500 + z * 3;
    int32_t on = life_on(life, SLICE("thyroxine"), at->day);
    int32_t fit = (drift_of(at, SYNTH_TEST_TSH) * 8 + z * 6) / 10;
    int32_t treated = fit > 850    ? 4900 + (fit - 850) * 3
                      : fit < -950 ? 200 + (fit + 950) / 15
                                   : 2100 + fit * 14 / 10;
    return on < 0 ? new : new + effect(treated - new, on, 45);
}

/* iron: +20 in four weeks; without it slower */
static int32_t haemoglobin(const struct moment *at, int32_t value, int32_t z)
{
    const struct synth_life *life = at->life;
    value -= at->age > 65 ? (at->age - 65) * 350 : 0;
    if (ails(at, SYNTH_DISEASE_IRON_ANAEMIA)) {
        int32_t since = at->day - life->onset[SYNTH_DISEASE_IRON_ANAEMIA];
        int32_t iron = life_on(life, SLICE("iron"), at->day);
        int32_t low = 99000 + z * 6;
        int32_t better = effect(20000, iron, 28) + effect(8000, since, 300);
        value = low + better < value ? low + better : value;
    }
    if (ails(at, SYNTH_DISEASE_CKD)) {
        value -= 7000;
    }
    return value;
}

static int32_t ferritin(const struct moment *at, int32_t value, int32_t z)
{
    if (!ails(at, SYNTH_DISEASE_IRON_ANAEMIA)) {
        return value;
    }
    int32_t since = at->day - at->life->onset[SYNTH_DISEASE_IRON_ANAEMIA];
    return 9000 + z + effect(30000, since, 120);
}

static int32_t acr(const struct moment *at, int32_t value, int32_t z)
{
    const struct synth_life *life = at->life;
    bool kidneys = ails(at, SYNTH_DISEASE_CKD);
    bool diabetes = life_had(life, SYNTH_DISEASE_DIABETES2, at->day) ||
                    life_had(life, SYNTH_DISEASE_DIABETES1, at->day);
    if (kidneys || diabetes) {
        value = value * (kidneys ? 24 : 14) / 10 + (z > 700 ? (z - 700) * (kidneys ? 25 : 12) : 0);
        value -= effect(value * 30 / 100, life_on(life, SLICE("ace"), at->day), 60);
    }
    return value;
}

static int32_t crp(const struct moment *at, int32_t value, int32_t z)
{
    if (at->ill) {
        return 62000 + z * 28;
    }
    return ails(at, SYNTH_DISEASE_RHEUMATOID_ARTHRITIS) ? value + 8000 : value;
}

static int32_t wbc(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    value += life_has(at->life, SYNTH_DISEASE_SMOKER) ? 1200 : 0;
    return at->ill ? value + 5600 : value;
}

static int32_t alt(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    return life_has(at->life, SYNTH_DISEASE_OBESITY) ? value * 135 / 100 : value;
}

static int32_t albumin(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    value -= at->age >= 80 ? 3500 : 0;
    return at->ill ? value - 7000 : value;
}

static int32_t bmi(const struct moment *at, int32_t value, int32_t z)
{
    (void)value;
    (void)z;
    int32_t years = (at->life->until - at->day) / 365;
    return at->life->bmi - (at->age < 60 ? years * 85 : at->age > 75 ? -years * 100 : 0);
}

static int32_t weight(const struct moment *at, int32_t value, int32_t z)
{
    int64_t square = (int64_t)at->life->height * at->life->height; /* mm squared */
    return (int32_t)((int64_t)bmi(at, value, z) * square / 1000000);
}

static int32_t saturation(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    value -= life_had(at->life, SYNTH_DISEASE_COPD, at->day) ? 3000 : 0;
    value -= at->ill ? 2000 : 0;
    return value > 100000 ? 100000 : value;
}

static int32_t temperature(const struct moment *at, int32_t value, int32_t z)
{
    return at->ill ? value + 1500 + z / 2 : value;
}

static int32_t pulse(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    value -= effect(12000, life_on(at->life, SLICE("beta"), at->day), 14);
    value += at->age < 12 ? (12 - at->age) * 3500 : 0;
    return at->ill ? value + 17000 : value;
}

static int32_t respiration(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    value += at->age < 12 ? (12 - at->age) * 1200 : 0;
    return at->ill ? value + 4000 : value;
}

static int32_t peak_flow(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    const struct synth_life *life = at->life;
    value -= at->age > 35 ? (at->age - 35) * 3000 : 0;
    if (at->age < 18) {
        value = 120000 + (at->age - 4) * 22000;
    }
    if (life_had(life, SYNTH_DISEASE_COPD, at->day)) {
        value = value * 58 / 100;
    } else if (life_had(life, SYNTH_DISEASE_ASTHMA, at->day)) {
        int32_t month = synth_month_of(at->day);
        value = value * (month >= 11 || month <= 2 ? 80 : 87) / 100;
    }
    return value / 10000 * 10000;
}

static int32_t psa(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    value += (at->age > 50 ? at->age - 50 : 0) * 40;
    return life_had(at->life, SYNTH_DISEASE_PROSTATE_ENLARGED, at->day) ? value * 15 / 10 : value;
}

static int32_t potassium(const struct moment *at, int32_t value, int32_t z)
{
    (void)z;
    value += effect(180, life_on(at->life, SLICE("ace"), at->day), 14);
    return value - effect(350, life_on(at->life, SLICE("thiazide"), at->day), 14);
}

static const struct {
    enum synth_test_key test;
    int32_t (*move)(const struct moment *at, int32_t value, int32_t z);
} movements[] = {
    { SYNTH_TEST_HBA1C, hba1c },
    { SYNTH_TEST_EGFR, egfr },
    { SYNTH_TEST_CREATININE, creatinine },
    { SYNTH_TEST_SYSTOLIC, systolic },
    { SYNTH_TEST_CHOLESTEROL, cholesterol },
    { SYNTH_TEST_TSH, tsh },
    { SYNTH_TEST_HAEMOGLOBIN, haemoglobin },
    { SYNTH_TEST_FERRITIN, ferritin },
    { SYNTH_TEST_ACR, acr },
    { SYNTH_TEST_CRP, crp },
    { SYNTH_TEST_WBC, wbc },
    { SYNTH_TEST_ALT, alt },
    { SYNTH_TEST_ALBUMIN, albumin },
    { SYNTH_TEST_BMI, bmi },
    { SYNTH_TEST_WEIGHT, weight },
    { SYNTH_TEST_SATURATION, saturation },
    { SYNTH_TEST_TEMPERATURE, temperature },
    { SYNTH_TEST_PULSE, pulse },
    { SYNTH_TEST_RESPIRATION, respiration },
    { SYNTH_TEST_PEAK_FLOW, peak_flow },
    { SYNTH_TEST_PSA, psa },
    { SYNTH_TEST_POTASSIUM, potassium },
};

/* a long upper tail where the table says so: z^2 is added above the mean */
static int32_t skew(const struct synth_test *test, int32_t z)
{
    return test->skewed != 0 && z > 0 ? z + z * z / 2500 : z;
}

static int32_t value_of(const struct moment *at, const struct synth_test *test,
                        struct synth_random *random)
{
    assert(test != NULL);
    int32_t z = constant_of(at->life, test);
    int32_t value = at->life->person->sex == 'M' ? test->male : test->female;
    value += (int32_t)((int64_t)test->spread * skew(test, z) / 1000);
    for (size_t i = 0; i < ARRAY_LENGTH(movements); i++) {
        if (movements[i].test == (enum synth_test_key)(test - synth_test_table)) {
            value = movements[i].move(at, value, z);
        }
    }
    value += (int32_t)((int64_t)test->within * synth_random_normal(random) / 1000);
    int32_t part = test == &synth_test_table[SYNTH_TEST_TSH] ? 40 : 6;
    int32_t least = test->male / part > 1000 || test->decimals > 0 ? test->male / part : 1000;
    value = value < least ? least : value;
    if (test == &synth_test_table[SYNTH_TEST_SATURATION] && value > 100000) {
        value = 100000;
    }
    return value;
}

static int32_t round_to(int32_t value, int32_t decimals)
{
    int32_t unit = decimals == 0 ? 1000 : decimals == 1 ? 100 : decimals == 2 ? 10 : 1;
    return (value + unit / 2) / unit * unit;
}

/* Royal College of Physicians, National Early Warning Score 2 (2017), scale 1, adults */
static int32_t news2(const struct synth_life *life, uint32_t first)
{
    int32_t score = 0;
    for (size_t i = first; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        int32_t v = item->value / 1000;
        switch ((enum synth_test_key)(item->test - synth_test_table)) {
        case SYNTH_TEST_RESPIRATION:
            score += v <= 8 ? 3 : v <= 11 ? 1 : v <= 20 ? 0 : v <= 24 ? 2 : 3;
            break;
        case SYNTH_TEST_SATURATION:
            score += v <= 91 ? 3 : v <= 93 ? 2 : v <= 95 ? 1 : 0;
            break;
        case SYNTH_TEST_PULSE:
            score += v <= 40 ? 3 : v <= 50 ? 1 : v <= 90 ? 0 : v <= 110 ? 1 : v <= 130 ? 2 : 3;
            break;
        case SYNTH_TEST_TEMPERATURE:
            score += item->value <= 35000   ? 3
                     : item->value <= 36000 ? 1
                     : item->value <= 38000 ? 0
                     : item->value <= 39000 ? 1
                                            : 2;
            break;
        default:
            break;
        }
    }
    return score * 1000;
}

static bool applies(const struct moment *at, const struct synth_test *test)
{
    switch ((enum synth_test_key)(test - synth_test_table)) {
    case SYNTH_TEST_SYSTOLIC:
    case SYNTH_TEST_BMI:
    case SYNTH_TEST_WEIGHT:
    case SYNTH_TEST_ALCOHOL:
    case SYNTH_TEST_EGFR:
    case SYNTH_TEST_NEWS2:
        return at->age >= 18;
    case SYNTH_TEST_PEAK_FLOW:
        return at->age >= 6;
    case SYNTH_TEST_PSA:
        return at->life->person->sex == 'M' && at->age >= 45;
    default:
        return true;
    }
}

static int32_t diastolic(const struct moment *at, int32_t upper, struct synth_random *random)
{
    const struct synth_test *test = &synth_test_table[SYNTH_TEST_DIASTOLIC];
    int32_t value = test->male + (upper - 130000) * 40 / 100 + constant_of(at->life, test) * 4 -
                    (at->age > 60 ? (at->age - 60) * 250 : 0);
    value += (int32_t)((int64_t)test->within * synth_random_normal(random) / 1000);
    value = value < 45000 ? 45000 : value;
    return value > upper - 20000 ? upper - 20000 : value;
}

static void add_test(struct synth_life *life, const struct moment *at,
                     const struct synth_item *like, const struct synth_test *test, uint32_t first,
                     struct synth_random *random)
{
    assert(test != NULL);
    int32_t value = round_to(value_of(at, test, random), test->decimals);
    if (test == &synth_test_table[SYNTH_TEST_NEWS2]) {
        value = news2(life, first);
    }
    struct synth_item *item = life_add(life, SYNTH_OBSERVATION, like->organisation, like->start);
    item->author = like->author;
    item->encounter = like->encounter;
    item->recorded = like->recorded;
    item->test = test;
    item->code = test->code;
    item->value = value;
    if (test == &synth_test_table[SYNTH_TEST_SYSTOLIC]) {
        item->code = &synth_code_table[SYNTH_CODE_BLOOD_PRESSURE];
        if (synth_random_chance(random, 25, 100)) { /* people round to the nearest ten */
            item->value = (value + 5000) / 10000 * 10000;
        }
        bool tens = item->value % 10000 == 0 && item->value != value;
        item->value2 = round_to(diastolic(at, item->value, random), 0);
        item->value2 = tens ? (item->value2 + 5000) / 10000 * 10000 : item->value2;
    }
}

void life_measure(struct synth_life *life, enum synth_panel_key panel, synth_org organisation,
                  uint16_t author, uint32_t encounter, synth_when when, bool ill)
{
    struct moment at = { .life = life, .day = synth_day_of(when), .ill = ill };
    at.age = life_age_at(life, at.day);
    struct synth_random random;
    synth_random_start(
        &random, life->world->seed, SYNTH_STREAM_MEASURE,
        synth_random_mix(life->person->number * 64 + organisation, (uint64_t)when * 32 + panel));
    const struct synth_test *laboratory = NULL;
    uint32_t first = (uint32_t)life->items.count;
    struct synth_item like = { .organisation = organisation,
                               .author = author,
                               .encounter = encounter,
                               .start = when,
                               .recorded = when };
    int32_t delay = synth_random_between(&random, 180, 1500);
    for (size_t i = 0; i < SYNTH_PANEL_TEST_COUNT; i++) {
        const struct synth_panel_test *row = &synth_panel_test_table[i];
        if (row->panel != &synth_panel_table[panel] || !applies(&at, row->test)) {
            continue;
        }
        laboratory = slice_equal(row->test->category, SLICE("laboratory")) ? row->test : NULL;
        like.recorded = laboratory != NULL ? when + delay : when;
        if (synth_day_of(like.recorded) > life->until) {
            like.recorded = when;
        }
        add_test(life, &at, &like, row->test, first, &random);
    }
}
