/*
 * use.c: rates by age and person; counts and days.
 */
#include "synth/use.h"

#define QUANTILES (SYNTH_SPREAD_COUNT - 1)

struct use_rates {
    int32_t at[SYNTH_CONTACT_COUNT][2][SYNTH_AGES]; /* per 1,000 person-years */
    int32_t conditions[2][SYNTH_AGES];              /* hundredths */
};

static void sum_rates(struct use_rates *rates)
{
    memset(rates->at, 0xff, sizeof(rates->at));
    for (size_t i = 0; i < SYNTH_RATE_COUNT; i++) {
        const struct synth_rate *row = &synth_rate_table[i];
        for (int32_t age = row->from_age; age < SYNTH_AGES; age++) {
            rates->at[row->contact - synth_contact_table][0][age] = row->male;
            rates->at[row->contact - synth_contact_table][1][age] = row->female;
        }
    }
}

/* the bands of disease.csv */
static int32_t band_of(int32_t age)
{
    return age < 18 ? 0 : age < 30 ? 1 : age >= 90 ? 8 : age / 10 - 1;
}

static void sum_conditions(struct use_rates *rates)
{
    for (int32_t age = 0; age < SYNTH_AGES; age++) {
        int64_t sum[2] = { 0, 0 };
        for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
            const struct synth_disease *row = &synth_disease_table[i];
            if (i != SYNTH_DISEASE_SMOKER && i != SYNTH_DISEASE_PALLIATIVE) {
                sum[0] += row->male[band_of(age)];
                sum[1] += row->female[band_of(age)];
            }
        }
        rates->conditions[0][age] = (int32_t)(sum[0] / 1000);
        rates->conditions[1][age] = (int32_t)(sum[1] / 1000);
    }
}

const struct use_rates *use_rates_make(struct arena *arena)
{
    struct use_rates *rates = arena_new(arena, struct use_rates);
    if (rates != NULL) {
        sum_rates(rates);
        sum_conditions(rates);
    }
    return rates;
}

static int32_t age_within(int32_t age)
{
    return age < 0 ? 0 : age >= SYNTH_AGES ? SYNTH_AGES - 1 : age;
}

int32_t use_rate(const struct synth_world *world, enum synth_contact_key kind, char sex,
                 int32_t age)
{
    return world->rates->at[kind][sex == 'F'][age_within(age)];
}

/* -- the person -------------------------------------------------------------------------------- */

static int32_t quantile(uint64_t bits, int32_t low, int32_t high)
{
    return low + (int32_t)((int64_t)(high - low) * (int64_t)(bits & 1023) / 1024);
}

static int32_t use_of(const struct synth_life *life)
{
    uint64_t bits = synth_random_mix(life->world->seed + SYNTH_STREAM_USE, life->person->number);
    const struct synth_spread *row = &synth_spread_table[bits >> 32 & (QUANTILES - 1)];
    return quantile(bits, row[0].use, row[1].use);
}

int32_t use_log_normal(struct synth_random *random, bool narrow)
{
    uint64_t bits = synth_random_next(random);
    const struct synth_spread *row = &synth_spread_table[bits >> 32 & (QUANTILES - 1)];
    return narrow ? quantile(bits, row[0].narrow, row[1].narrow)
                  : quantile(bits, row[0].wide, row[1].wide);
}

/* ten thousandths of the mean person of that age */
static int64_t factor_of(const struct synth_life *life, const struct synth_contact *row)
{
    int32_t expected =
        life->world->rates->conditions[life->person->sex == 'F'][age_within(life->age)];
    int32_t conditions = life->conditions - life_has(life, SYNTH_DISEASE_PALLIATIVE);
    int64_t factor = 10000 * (int64_t)(10000 + row->condition_pct * conditions * 100) /
                     (10000 + row->condition_pct * expected);
    factor = factor * (100000 + row->spread_pct * (use_of(life) - 1000)) / 100000;
    int32_t mean = life->world->mean_tenth;
    return factor * (900 + row->deprived_pct * (10 - life->person->tenth)) /
           (900 + row->deprived_pct * (10000 - mean) / 1000);
}

int32_t use_own_rate(const struct synth_life *life, enum synth_contact_key kind, int32_t day)
{
    int32_t rate = use_rate(life->world, kind, life->person->sex, life_age_at(life, day));
    int64_t own = rate * factor_of(life, &synth_contact_table[kind]) / 10000;
    return own < 0 ? 0 : (int32_t)own;
}

/* -- counts ------------------------------------------------------------------------------------ */

uint32_t use_poisson(struct synth_random *random, int64_t per_1000)
{
    uint32_t count = 0;
    for (; per_1000 > 4000; per_1000 -= 4000) {
        count += synth_random_count(random, 4000);
    }
    return count + synth_random_count(random, (int32_t)per_1000);
}

uint32_t use_days_at(const struct synth_life *life, enum synth_calendar_key shape, int32_t rate,
                     int32_t from, int32_t to, struct synth_random *random, int32_t *ret_days,
                     uint32_t max)
{
    int64_t worth = calendar_worth(life->world->calendar, shape, from, to);
    /* to the nearest thousandth by chance, else rare things would never happen to anybody */
    int64_t mean = (int64_t)rate * worth + synth_random_below(random, 365250);
    uint32_t count = use_poisson(random, mean / 365250);
    count = count > max ? max : count;
    for (uint32_t i = 0; i < count; i++) {
        ret_days[i] = calendar_day(life->world->calendar, shape, from, to, random);
    }
    return count;
}

/* a year at a time, because age moves the rate */
uint32_t use_days(const struct synth_life *life, enum synth_contact_key kind, int32_t from,
                  int32_t to, struct synth_random *random, int32_t *ret_days, uint32_t max)
{
    const struct synth_contact *row = &synth_contact_table[kind];
    enum synth_calendar_key shape = (enum synth_calendar_key)(row->calendar - synth_calendar_table);
    int64_t factor = factor_of(life, row);
    uint32_t count = 0;
    int32_t birth = life->person->birth;
    while (from <= to && count < max) {
        int32_t age = life_age_at(life, from);
        int32_t birthday = birth + (int32_t)((int64_t)(age + 1) * 36525 / 100);
        int32_t until = birthday <= from ? from : birthday - 1;
        until = until > to ? to : until;
        int64_t rate = use_rate(life->world, kind, life->person->sex, age) * factor / 10000;
        count += use_days_at(life, shape, rate > 0 ? (int32_t)rate : 0, from, until, random,
                             ret_days + count, max - count);
        from = until + 1;
    }
    return count;
}

static void count(struct synth_life *life, enum synth_contact_key kind, int32_t day, bool written)
{
    struct synth_tally *tally = &life->tally[kind];
    int32_t since = life_age_at(life, day) - life_age_at(life, life->window);
    assert(since >= 0 && since < SYNTH_WINDOW_AGES);
    tally->happened++;
    tally->written += written;
    tally->at_age[since]++;
}

bool use_happens(struct synth_life *life, enum synth_contact_key kind, int32_t day,
                 struct synth_random *random)
{
    bool written = synth_random_chance(random, synth_contact_table[kind].written_pct, 100);
    if (day < life->window || day > life->until) {
        return false;
    }
    count(life, kind, day, written);
    return written;
}

void use_written(struct synth_life *life, enum synth_contact_key kind, int32_t day)
{
    count(life, kind, day, true);
}

void use_counted(struct synth_life *life, enum synth_contact_key kind, int32_t day)
{
    count(life, kind, day, false);
}
