/*
 * report_measures.c: one small function a measure: does this life count in this row?
 *
 * A row of published.csv names a measure, and with `which` what is meant by it: a register, a kind
 * of contact, a class of medicine. The function adds to the row's cases; how many could have been
 * (people, or days of their lives) is added here for all alike, except where only some are asked
 * (of those with diabetes, of the patients of the hospital).
 */
#include "synth/report_internal.h"

#include "nhs/nhs_number.h"

typedef void measure_function(const struct observed *seen, const struct synth_published *row,
                              struct synth_count *count);

/* -- helpers ----------------------------------------------------------------------------------- */

bool life_on_register(const struct synth_life *life, const struct synth_register *row)
{
    for (size_t i = 0; i < ARRAY_LENGTH(row->any); i++) {
        if (row->any[i] != NULL &&
            life_has(life, (enum synth_disease_key)(row->any[i] - synth_disease_table))) {
            return true;
        }
    }
    return false;
}

static bool is_antibiotic(struct slice product)
{
    static const struct slice names[] = {
        SLICE_INIT("Amoxicillin"),    SLICE_INIT("Co-amoxiclav"),
        SLICE_INIT("Flucloxacillin"), SLICE_INIT("Doxycycline"),
        SLICE_INIT("Clarithromycin"), SLICE_INIT("Erythromycin"),
        SLICE_INIT("Trimethoprim"),   SLICE_INIT("Nitrofurantoin"),
        SLICE_INIT("Cefalexin"),      SLICE_INIT("Phenoxymethylpenicillin"),
        SLICE_INIT("Metronidazole"),  SLICE_INIT("Ciprofloxacin"),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (slice_starts_with(product, names[i])) {
            return true;
        }
    }
    return false;
}

static void observe_antibiotics(struct observed *seen)
{
    const struct synth_life *life = seen->life;
    for (size_t i = 0; i < life->items.count && seen->antibiotics < OBSERVED_COURSES; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_MEDICATION && item->status == SYNTH_COURSE &&
            synth_day_of(item->start) >= life->window && item->code != NULL &&
            is_antibiotic(item->code->display)) {
            seen->antibiotic[seen->antibiotics++] = item;
        }
    }
}

static bool at_ages_of(const struct synth_published *row, int32_t age)
{
    return age >= row->from_age && age <= row->to_age;
}

/* days of the window that the person lived at the row's ages */
static int32_t days_at(const struct synth_life *life, const struct synth_published *row)
{
    int32_t birth = life->person->birth;
    int32_t from = birth + (int32_t)(row->from_age * INT64_C(36525) / 100);
    int32_t to = birth + (int32_t)((row->to_age + 1) * INT64_C(36525) / 100) - 1;
    from = from < life->window ? life->window : from;
    to = to > life->until ? life->until : to;
    return to < from ? 0 : to - from + 1;
}

void observe(struct observed *ret_seen, const struct synth_life *life)
{
    *ret_seen = (struct observed){ .life = life };
    ret_seen->living = life->person->death == SYNTH_NO_DAY;
    observe_antibiotics(ret_seen);
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        ret_seen->conditions += synth_disease_table[i].counted != 0 && !life->resolved[i] &&
                                life_has(life, (enum synth_disease_key)i);
    }
    for (uint32_t i = 0; i < life->taking_count; i++) {
        ret_seen->regular +=
            life->taking[i].from <= life->until && life->taking[i].to > life->until;
    }
}

static int32_t number_in(struct slice text)
{
    int32_t number = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++) {
        number = number * 10 + (text.ptr[i] - '0');
    }
    return number;
}

/* -- what a person has ------------------------------------------------------------------------- */

static void on_register(const struct observed *seen, const struct synth_published *row,
                        struct synth_count *count)
{
    for (size_t i = 0; i < SYNTH_REGISTER_COUNT; i++) {
        if (slice_equal(synth_register_table[i].key, row->which)) {
            count->cases += life_on_register(seen->life, &synth_register_table[i]);
        }
    }
}

static void fell_ill(const struct observed *seen, const struct synth_published *row,
                     struct synth_count *count)
{
    const struct synth_life *life = seen->life;
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        if (slice_equal(synth_disease_table[i].key, row->which) &&
            life_has(life, (enum synth_disease_key)i)) {
            count->cases += life->onset[i] >= life->window &&
                            at_ages_of(row, life_age_at(life, life->onset[i]));
        }
    }
}

static void multimorbid(const struct observed *seen, const struct synth_published *row,
                        struct synth_count *count)
{
    count->cases += seen->conditions >= number_in(row->which);
}

static void frail(const struct observed *seen, const struct synth_published *row,
                  struct synth_count *count)
{
    count->cases += seen->life->frailty == number_in(row->which);
}

static void allergic(const struct observed *seen, const struct synth_published *row,
                     struct synth_count *count)
{
    bool any = slice_equal(row->which, SLICE("any"));
    for (size_t i = 0; i < SYNTH_ALLERGY_COUNT; i++) {
        if (seen->life->allergic[i] &&
            (any || slice_equal(synth_allergy_table[i].which, row->which))) {
            count->cases++;
            return;
        }
    }
}

/* -- medicines --------------------------------------------------------------------------------- */

static void takes_many(const struct observed *seen, const struct synth_published *row,
                       struct synth_count *count)
{
    count->cases += seen->regular >= number_in(row->which);
}

/* within the last year; `which` may name several classes, or the start of a product in capitals */
static void takes_class(const struct observed *seen, const struct synth_published *row,
                        struct synth_count *count)
{
    const struct synth_life *life = seen->life;
    for (uint32_t i = 0; i < life->taking_count; i++) {
        const struct synth_taking *taking = &life->taking[i];
        struct slice rest = row->which;
        struct slice one;
        bool lately = taking->from <= life->until && taking->to > life->until - 365;
        while (lately && slice_split(&rest, '|', &one)) {
            if (slice_equal(taking->medicine->class, one) ||
                slice_starts_with(taking->medicine->code->display, one)) {
                count->cases++;
                return;
            }
        }
    }
}

/* `which`: the start of a product, or `all` */
static void antibiotics(const struct observed *seen, const struct synth_published *row,
                        struct synth_count *count)
{
    bool all = slice_equal(row->which, SLICE("all"));
    for (uint32_t i = 0; i < seen->antibiotics; i++) {
        const struct synth_item *item = seen->antibiotic[i];
        count->cases += at_ages_of(row, life_age_at(seen->life, synth_day_of(item->start))) &&
                        (all || slice_starts_with(item->code->display, row->which));
    }
}

/* within the last year */
static void took_antibiotic(const struct observed *seen, const struct synth_published *row,
                            struct synth_count *count)
{
    (void)row;
    bool lately = false;
    for (uint32_t i = 0; i < seen->antibiotics; i++) {
        lately = lately || synth_day_of(seen->antibiotic[i]->start) > seen->life->until - 365;
    }
    count->cases += lately;
}

/* -- prevention -------------------------------------------------------------------------------- */

static bool has_item(const struct synth_life *life, enum synth_kind kind, struct slice text,
                     int32_t from, int32_t to)
{
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        int32_t day = synth_day_of(item->start);
        if (item->kind == (uint8_t)kind && day >= from && day <= to &&
            slice_starts_with(item->text, text)) {
            return true;
        }
    }
    return false;
}

static void immunised(const struct observed *seen, const struct synth_published *row,
                      struct synth_count *count)
{
    const struct synth_life *life = seen->life;
    count->cases +=
        has_item(life, SYNTH_IMMUNISATION, row->which, life->person->birth, life->until);
}

/* in the last whole winter */
static void this_winter(const struct observed *seen, const struct synth_published *row,
                        struct synth_count *count)
{
    int32_t today = seen->life->until;
    count->cases += has_item(seen->life, SYNTH_IMMUNISATION, row->which, today - 455, today - 235);
}

static void screened(const struct observed *seen, const struct synth_published *row,
                     struct synth_count *count)
{
    const struct synth_life *life = seen->life;
    count->cases += has_item(life, SYNTH_PROCEDURE, row->which, life->window, life->until);
}

/* -- measurements: the last value of those who have the disease and the treatment -------------- */

static int32_t last_value(const struct synth_life *life, enum synth_test_key test)
{
    const struct synth_item *last = NULL;
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->kind == SYNTH_OBSERVATION && item->test == &synth_test_table[test] &&
            item->organisation >= SYNTH_FIRST_PRACTICE &&
            (last == NULL || item->start > last->start)) {
            last = item;
        }
    }
    return last != NULL ? last->value : -1;
}

static const struct {
    struct slice which;
    enum synth_test_key test;
    int32_t disease;  /* -1: anybody */
    int32_t from, to; /* thousandths of the unit, both included */
} targets[] = {
    { SLICE_INIT("hba1c_58"), SYNTH_TEST_HBA1C, SYNTH_DISEASE_DIABETES2, 0, 58000 },
    { SLICE_INIT("hba1c_76"), SYNTH_TEST_HBA1C, SYNTH_DISEASE_DIABETES2, 75001, 500000 },
    { SLICE_INIT("pressure_140"), SYNTH_TEST_SYSTOLIC, SYNTH_DISEASE_HYPERTENSION, 0, 139999 },
    { SLICE_INIT("tsh"), SYNTH_TEST_TSH, SYNTH_DISEASE_HYPOTHYROIDISM, 300, 4500 },
    { SLICE_INIT("inr"), SYNTH_TEST_INR, -1, 2000, 3000 },
    { SLICE_INIT("bmi_30"), SYNTH_TEST_BMI, -1, 30000, 99000 },
    { SLICE_INIT("bmi_40"), SYNTH_TEST_BMI, -1, 40000, 99000 },
    { SLICE_INIT("acr_3"), SYNTH_TEST_ACR, SYNTH_DISEASE_DIABETES2, 3000, 999999 },
    { SLICE_INIT("ldl_free"), SYNTH_TEST_CHOLESTEROL, SYNTH_DISEASE_CHD, 0, 4000 },
};

static void at_target(const struct observed *seen, const struct synth_published *row,
                      struct synth_count *count)
{
    const struct synth_life *life = seen->life;
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
        if (!slice_equal(targets[i].which, row->which) ||
            (targets[i].disease >= 0 &&
             !life_has(life, (enum synth_disease_key)targets[i].disease))) {
            continue;
        }
        int32_t value = last_value(life, targets[i].test);
        count->of += value >= 0;
        count->cases += value >= targets[i].from && value <= targets[i].to;
    }
}

/* -- use of services --------------------------------------------------------------------------- */

static int32_t happened_at(const struct synth_life *life, const struct synth_tally *tally,
                           const struct synth_published *row)
{
    int32_t first = life_age_at(life, life->window);
    int32_t sum = 0;
    for (int32_t i = 0; i < SYNTH_WINDOW_AGES; i++) {
        sum += at_ages_of(row, first + i) ? tally->at_age[i] : 0;
    }
    return sum;
}

static void contacts(const struct observed *seen, const struct synth_published *row,
                     struct synth_count *count)
{
    struct slice rest = row->which;
    struct slice one;
    while (slice_split(&rest, '|', &one)) {
        for (size_t i = 0; i < SYNTH_CONTACT_COUNT; i++) {
            if (slice_equal(synth_contact_table[i].key, one)) {
                count->cases += happened_at(seen->life, &seen->life->tally[i], row);
            }
        }
    }
}

/* -- who and where ----------------------------------------------------------------------------- */

static void alone(const struct observed *seen, const struct synth_published *row,
                  struct synth_count *count)
{
    (void)row;
    count->cases += seen->life->person->alone;
}

static void in_care_home(const struct observed *seen, const struct synth_published *row,
                         struct synth_count *count)
{
    (void)row;
    count->cases += seen->life->person->care_home;
}

static void tenth(const struct observed *seen, const struct synth_published *row,
                  struct synth_count *count)
{
    count->cases += seen->life->person->tenth == number_in(row->which);
}

static void born_in(const struct observed *seen, const struct synth_published *row,
                    struct synth_count *count)
{
    count->cases += synth_month_of(seen->life->person->birth) == number_in(row->which);
}

static void moved_in(const struct observed *seen, const struct synth_published *row,
                     struct synth_count *count)
{
    const struct synth_person *person = seen->life->person;
    for (uint32_t i = 0; i < person->past_count; i++) {
        count->of++;
        count->cases += synth_month_of(person->past[i].until) == number_in(row->which);
    }
}

static void on_lists(const struct observed *seen, const struct synth_published *row,
                     struct synth_count *count)
{
    const struct synth_life *life = seen->life;
    struct synth_patient patient;
    (void)row;
    synth_patient_taken_down(life->world, life->person, life->person->practice, 0, &patient);
    count->of += seen->living;
    count->cases += patient.death == SYNTH_NO_DAY;
    count->cases += synth_patient_still_listed(life->world, life->person);
}

static void smoked(const struct observed *seen, const struct synth_published *row,
                   struct synth_count *count)
{
    (void)row;
    count->cases += seen->life->quit_smoking != SYNTH_NO_DAY;
}

static const char *const alteration_words[] = {
#define X(name, word) word,
    SYNTH_ALTERATIONS(X)
#undef X
};

static bool kind_is(const struct synth_world *world, synth_org organisation, struct slice kind)
{
    return slice_equal(world->organisations[organisation].kind, kind);
}

/* `which`: kind of organisation, colon, alteration: of its patients, those with that fault */
static void held_wrong(const struct observed *seen, const struct synth_published *row,
                       struct synth_count *count)
{
    const struct synth_life *life = seen->life;
    size_t colon = slice_find(row->which, ':');
    struct slice kind = slice_sub(row->which, 0, colon);
    struct slice word = slice_from(row->which, colon + 1);
    for (uint32_t org = 0; org < life->world->organisation_count; org++) {
        if (!kind_is(life->world, (synth_org)org, kind) || !life_known_to(life, (synth_org)org)) {
            continue;
        }
        struct synth_patient patient;
        synth_patient_taken_down(life->world, life->person, (synth_org)org, 0, &patient);
        if ((patient.alterations >> SYNTH_ALTERED_LEFT & 1) != 0) {
            continue; /* of the lists of practices: on_lists() */
        }
        count->of++;
        for (size_t i = 0; i < ARRAY_LENGTH(alteration_words); i++) {
            bool set = (patient.alterations >> i & 1) != 0;
            count->cases += set && slice_equal(word, slice_from_string(alteration_words[i]));
        }
    }
}

/* -- all of them ------------------------------------------------------------------------------- */

static measure_function *const functions[SYNTH_MEASURE_COUNT] = {
    [SYNTH_MEASURE_REGISTER] = on_register,
    [SYNTH_MEASURE_INCIDENCE] = fell_ill,
    [SYNTH_MEASURE_CONDITIONS] = multimorbid,
    [SYNTH_MEASURE_FRAILTY] = frail,
    [SYNTH_MEASURE_ALLERGY] = allergic,
    [SYNTH_MEASURE_MEDICINES] = takes_many,
    [SYNTH_MEASURE_CLASS] = takes_class,
    [SYNTH_MEASURE_ANTIBIOTICS] = antibiotics,
    [SYNTH_MEASURE_TREATED] = took_antibiotic,
    [SYNTH_MEASURE_IMMUNISED] = immunised,
    [SYNTH_MEASURE_WINTER] = this_winter,
    [SYNTH_MEASURE_SCREENED] = screened,
    [SYNTH_MEASURE_TARGET] = at_target,
    [SYNTH_MEASURE_CONTACT] = contacts,
    [SYNTH_MEASURE_ALONE] = alone,
    [SYNTH_MEASURE_CARE_HOME] = in_care_home,
    [SYNTH_MEASURE_TENTH] = tenth,
    [SYNTH_MEASURE_EX_SMOKER] = smoked,
    [SYNTH_MEASURE_HELD] = held_wrong,
    [SYNTH_MEASURE_BORN_IN] = born_in,
    [SYNTH_MEASURE_MOVED_IN] = moved_in,
    [SYNTH_MEASURE_LISTED] = on_lists,
};

void measure_life(const struct observed *seen, const struct synth_published *row,
                  struct synth_count *count)
{
    measure_function *function = functions[row->measure - synth_measure_table];
    if (function == NULL) {
        return; /* of households */
    }
    if (row->measure->of_some == 0) {
        count->of += row->measure->yearly != 0 ? days_at(seen->life, row) : 1;
    }
    function(seen, row, count);
}

/* private households, by the living who are in them, as a census counts */
void measure_household(const struct synth_household *household, struct synth_survey *survey)
{
    enum synth_home home = household->people[0].home;
    int32_t living = 0;
    for (uint32_t i = 0; i < household->count; i++) {
        living += household->people[i].death == SYNTH_NO_DAY;
    }
    if (living == 0 || home == SYNTH_HOME_CARE || home == SYNTH_HOME_HALL) {
        return;
    }
    survey->households++;
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        const struct synth_published *row = &synth_published_table[i];
        if (row->measure == &synth_measure_table[SYNTH_MEASURE_HOUSEHOLD]) {
            int32_t size = number_in(row->which);
            survey->row[i].of++;
            survey->row[i].cases += living == size || (size == 6 && living > 6);
        }
    }
}
