/*
 * report.c: counting a county, and what the counts say.
 *
 * A survey holds counters only. What is found is worked out when somebody asks, so surveys of parts
 * can be added first. Odds ratios are those of Mantel and Haenszel over bands of age and sex, which
 * is what "adjusted for age and sex" means in the studies that are compared with.
 */
#include "synth/report_internal.h"

#include "base/limits.h"
#include "synth/synth.h"

#define ALLOWED_PERCENT 15
#define DAYS_X100       36525 /* of a year */

void synth_survey_clear(struct synth_survey *survey)
{
    memset(survey, 0, sizeof(*survey));
}

int survey_band(int32_t age)
{
    return age < 18 ? 0 : age < 30 ? 1 : age >= 90 ? 8 : age / 10 - 1;
}

static bool fits(const struct synth_published *row, const struct synth_life *life)
{
    bool age =
        row->measure->at_age != 0 || (life->age >= row->from_age && life->age <= row->to_age);
    return age && (row->sex == 'A' || row->sex == life->person->sex);
}

/* the first disease of the table that has the trait: the one that pair.csv means */
static bool has_trait(const struct synth_life *life, const struct synth_trait *trait)
{
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        if (synth_disease_table[i].trait == trait) {
            return life_has(life, (enum synth_disease_key)i);
        }
    }
    return false;
}

static void count_pairs(struct synth_survey *survey, const struct synth_life *life)
{
    int band = survey_band(life->age);
    int sex = life->person->sex == 'F';
    for (size_t i = 0; i < SYNTH_PAIR_COUNT; i++) {
        const struct synth_pair *row = &synth_pair_table[i];
        if (row->published == 0) {
            continue;
        }
        bool first = has_trait(life, row->first);
        bool second = has_trait(life, row->second);
        int64_t *cell = survey->pair[i][band][sex];
        cell[0] += first;
        cell[1] += second;
        cell[2] += first && second;
    }
}

void synth_survey_life(struct synth_survey *survey, const struct synth_life *life)
{
    struct observed seen;
    observe(&seen, life);
    survey->people++;
    for (size_t i = 0; i < SYNTH_PUBLISHED_COUNT; i++) {
        const struct synth_published *row = &synth_published_table[i];
        if (fits(row, life) && (seen.living || row->measure->of_dead != 0)) {
            measure_life(&seen, row, &survey->row[i]);
        }
    }
    if (!seen.living) {
        return;
    }
    int band = survey_band(life->age);
    int sex = life->person->sex == 'F';
    survey->living++;
    survey->age[life->age < SYNTH_AGES ? life->age : SYNTH_AGES - 1][sex]++;
    for (size_t i = 0; i < SYNTH_REGISTER_COUNT; i++) {
        survey->have[i][band][sex] += life_on_register(life, &synth_register_table[i]);
    }
    count_pairs(survey, life);
}

void synth_survey_household(struct synth_survey *survey, const struct synth_household *household)
{
    measure_household(household, survey);
}

void synth_survey_add(struct synth_survey *survey, const struct synth_survey *other)
{
    static_assert(sizeof(struct synth_survey) % sizeof(int64_t) == 0, "a block of counters");
    int64_t *to = (int64_t *)survey;
    const int64_t *from = (const int64_t *)other;
    for (size_t i = 0; i < sizeof(*survey) / sizeof(int64_t); i++) {
        to[i] += from[i];
    }
}

/* -- what the counts say ----------------------------------------------------------------------- */

int64_t synth_survey_found(const struct synth_survey *survey, size_t published)
{
    const struct synth_count *count = &survey->row[published];
    const struct synth_measure *measure = synth_published_table[published].measure;
    if (count->of <= 0) {
        return -1;
    }
    int64_t cases = count->cases * measure->per * 1000;
    return measure->yearly != 0 ? cases / 100 * DAYS_X100 / count->of : cases / count->of;
}

int64_t synth_survey_odds(const struct synth_survey *survey, size_t pair)
{
    int64_t with = 0; /* sums in thousandths of a person */
    int64_t against = 0;
    for (size_t band = 0; band < SYNTH_BANDS; band++) {
        for (size_t sex = 0; sex < 2; sex++) {
            const int64_t *cell = survey->pair[pair][band][sex];
            int64_t all = 0;
            for (size_t age = 0; age < SYNTH_AGES; age++) {
                all += survey_band((int32_t)age) == (int)band ? survey->age[age][sex] : 0;
            }
            int64_t neither = all - cell[0] - cell[1] + cell[2];
            if (all > 0) {
                with += cell[2] * neither * 1000 / all;
                against += (cell[0] - cell[2]) * (cell[1] - cell[2]) * 1000 / all;
            }
        }
    }
    return against >= 1000 ? with * 100 / against : -1;
}

int64_t synth_survey_band(const struct synth_survey *survey, size_t band)
{
    int64_t all = 0;
    for (size_t age = 0; age < SYNTH_AGES; age++) {
        bool in = survey_band((int32_t)age) == (int)band;
        all += in ? survey->age[age][0] + survey->age[age][1] : 0;
    }
    return all;
}

int64_t synth_survey_expected(const struct synth_survey *survey, size_t reg, size_t band)
{
    const struct synth_register *row = &synth_register_table[reg];
    int64_t share[2] = { 0, 0 };
    for (size_t i = 0; i < ARRAY_LENGTH(row->any); i++) {
        if (row->any[i] != NULL) {
            share[0] += row->any[i]->male[band];
            share[1] += row->any[i]->female[band];
        }
    }
    int64_t expected = 0;
    for (size_t age = 0; age < SYNTH_AGES; age++) {
        if (survey_band((int32_t)age) == (int)band) {
            expected += survey->age[age][0] * share[0] + survey->age[age][1] * share[1];
        }
    }
    return expected / 100;
}

int64_t synth_survey_cases(const struct synth_survey *survey, size_t reg, size_t band)
{
    return survey->have[reg][band][0] + survey->have[reg][band][1];
}

static int64_t root(int64_t of)
{
    int64_t r = 0;
    for (int64_t bit = INT64_C(1) << 30; bit > 0; bit >>= 1) {
        if ((r + bit) * (r + bit) <= of) {
            r += bit;
        }
    }
    return r;
}

/* twice the standard error of the published figure in a sample as large as this, same unit */
static int64_t chance_of(const struct synth_survey *survey, size_t published)
{
    const struct synth_published *row = &synth_published_table[published];
    const struct synth_measure *measure = row->measure;
    int64_t of = survey->row[published].of;
    int64_t whole = measure->per * INT64_C(1000); /* one case a person */
    if (measure->yearly != 0) {
        int64_t years = of * 100 / DAYS_X100;
        return 2 * root(row->value * whole / (years > 0 ? years : 1));
    }
    int64_t rest = row->value < whole ? whole - row->value : 0;
    return 2 * root(row->value * rest / (of > 0 ? of : 1));
}

enum synth_verdict synth_survey_verdict(const struct synth_survey *survey, size_t published)
{
    int64_t value = synth_published_table[published].value;
    int64_t found = synth_survey_found(survey, published);
    if (found < 0) {
        return SYNTH_NOBODY;
    }
    int64_t off = found > value ? found - value : value - found;
    return off * 100 <= value * ALLOWED_PERCENT  ? SYNTH_WITHIN
           : off <= chance_of(survey, published) ? SYNTH_CHANCE
                                                 : SYNTH_OUTSIDE;
}

/* -- a county in memory ------------------------------------------------------------------------ */

static bool survey_people(const struct synth_survey_options *options, struct synth_world *world,
                          struct synth_survey *survey, struct arena *arena, struct fault *fault)
{
    struct synth_household household;
    struct synth_life *life = arena_new(arena, struct synth_life);
    struct arena each;
    arena_init(&each, LIMIT_SYNTH_HOUSEHOLD);
    bool ok = life != NULL || fault_no_memory(fault, arena);
    uint64_t done = 0;
    for (uint64_t number = 0; ok && done < options->people; number++) {
        synth_household_make(world, number, done, &household);
        synth_survey_household(survey, &household);
        for (uint32_t i = 0; ok && i < household.count && done < options->people; i++, done++) {
            synth_life_make(world, &household, i, &each, life);
            ok = !life->failed || fault_no_memory(fault, arena);
            synth_survey_life(survey, life);
        }
        arena_reset(&each);
        if (ok && options->progress != NULL && number % 256 == 0 &&
            !options->progress(options->progress_context, done, options->people)) {
            ok = fault_set(fault, arena, FAULT_TIMEOUT, "stopped");
        }
    }
    arena_release(&each);
    return ok;
}

bool synth_survey_run(const struct synth_survey_options *options, struct synth_survey *ret_survey,
                      struct synth_survey_of *ret_of, struct arena *arena, struct fault *fault)
{
    if (options->people < 1 || options->people > SYNTH_MAX_PEOPLE) {
        return fault_set(fault, arena, FAULT_INVALID, "people must be 1 to %d", SYNTH_MAX_PEOPLE);
    }
    if (options->years < 0 || options->years > 20) {
        return fault_set(fault, arena, FAULT_INVALID, "years must be 1 to 20");
    }
    struct synth_world *world = arena_new(arena, struct synth_world);
    if (world == NULL) {
        return fault_no_memory(fault, arena);
    }
    *ret_of = (struct synth_survey_of){
        .seed = options->seed,
        .years = options->years > 0 ? options->years : SYNTH_DEFAULT_YEARS,
        .today = options->today > 0 ? options->today : SYNTH_DEFAULT_TODAY,
    };
    synth_survey_clear(ret_survey);
    return synth_world_make(world, options->seed, options->people, ret_of->years, ret_of->today,
                            arena, fault) &&
           survey_people(options, world, ret_survey, arena, fault);
}
