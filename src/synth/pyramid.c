/*
 * pyramid.c: the population table taken apart into households, in whole numbers.
 *
 * Order matters, because each step leaves the rest to the next:
 *
 *   1. men with a partner, by the share of home.csv; their partners' ages by partner_gap.csv, which
 *      says how many women of each age have one;
 *   2. grown children with a parent, more of them men;
 *   3. the dead of the window, by population and mortality, and whom they left;
 *   4. of who is left: halls and care homes, then those who share, then those who live alone;
 *   5. children: for each age, from 34 down, as many as the table has are asked of all women who
 *      could be their mothers. A birth in the year after another is six times as rare, and how
 *      likely one is after none, one, two or more, parity.csv says.
 *
 * Numbers are people of England times SCALE. A share too large for what is left (there are never
 * enough women of 18 with partners of 30) leaves nothing, not less than nothing.
 *
 * Considered and left: proportional fitting of all margins at once. It converges to about the same
 * and hides which table made an age wrong.
 */
#include "synth/pyramid.h"

#define SCALE             16
#define ADULT             18
#define COUNTY_DEATHS     86 /* per cent of England's mortality */
#define LONE_FERTILITY    34 /* per cent of that of women with a partner */
#define NEXT_YEAR         6  /* a birth in the year after another: so many times as rare */
#define TWINS_PER_1000    14 /* births that are two */
#define BOYS_PER_1000     512
#define SONS_PER_1000     580 /* of grown children with a parent */
#define SHARED_WITH_YOUNG 31  /* tenths: people in a household that shares, under 30 and over */
#define SHARED_WITH_OLD   22
#define YOUNG             30
#define PARITIES          SYNTH_PARITY_COUNT /* births so far: none, one, two, more */

/* of women of each age: the parts of a million who have had so many births, and who had one in the
 * year before */
struct families {
    const int64_t *women;
    bool lone;
    int64_t parts[SYNTH_AGES][PARITIES][2];
};

struct counts {
    int64_t people[2][SYNTH_AGES];
    int64_t left[2][SYNTH_AGES]; /* not yet in a household */
    int64_t wives[SYNTH_AGES];   /* women with a partner */
    int64_t homes[SYNTH_HOME_COUNT][2][SYNTH_AGES];
};

/* -- tables by single years -------------------------------------------------------------------- */

static int32_t between(int32_t x, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    return y0 + (int32_t)((int64_t)(y1 - y0) * (x - x0) / (x1 - x0));
}

static int32_t mortality(int32_t age, bool woman)
{
    const struct synth_mortality *row = synth_mortality_table;
    size_t i = 0;
    while (i + 2 < SYNTH_MORTALITY_COUNT && row[i + 1].age <= age) {
        i++;
    }
    return between(age, row[i].age, woman ? row[i].female : row[i].male, row[i + 1].age,
                   woman ? row[i + 1].female : row[i + 1].male);
}

static struct synth_home_row home_at(int32_t age)
{
    const struct synth_home_row *row = synth_home_row_table;
    size_t i = 0;
    while (i + 2 < SYNTH_HOME_ROW_COUNT && row[i + 1].age <= age) {
        i++;
    }
    const struct synth_home_row *a = &row[i];
    const struct synth_home_row *b = &row[i + 1];
    return (struct synth_home_row){
        .age = age,
        .partnered = between(age, a->age, a->partnered, b->age, b->partnered),
        .at_home = between(age, a->age, a->at_home, b->age, b->at_home),
        .sharing = between(age, a->age, a->sharing, b->age, b->sharing),
        .hall = between(age, a->age, a->hall, b->age, b->hall),
        .care_male = between(age, a->age, a->care_male, b->age, b->care_male),
        .care_female = between(age, a->age, a->care_female, b->age, b->care_female),
    };
}

/* the last row of the table holds everybody of 90 and over: spread over eleven ages, each 0.8 of
 * the one before */
static int64_t population(int32_t age, bool women)
{
    static const int32_t share_of_10000[] = { 2190, 1752, 1402, 1121, 897, 718,
                                              574,  459,  367,  294,  226 };
    const struct synth_population *row = &synth_population_table[age < 90 ? age : 90];
    int64_t count = (int64_t)(women ? row->females : row->males) * SCALE;
    return age < 90 ? count : count * share_of_10000[age - 90] / 10000;
}

static int32_t fertility_at(int32_t age)
{
    const struct synth_fertility *row = synth_fertility_table;
    if (age < row[0].age) {
        return 0;
    }
    size_t i = 0;
    while (i + 2 < SYNTH_FERTILITY_COUNT && row[i + 1].age <= age) {
        i++;
    }
    int32_t rate = between(age, row[i].age, row[i].per_mille, row[i + 1].age, row[i + 1].per_mille);
    return rate < 0 ? 0 : rate;
}

/* -- the steps --------------------------------------------------------------------------------- */

static int64_t take(int64_t *from, int64_t count)
{
    count = count > *from ? *from : count;
    *from -= count;
    return count;
}

static int32_t clamp_age(int32_t age)
{
    return age < ADULT ? ADULT : age >= SYNTH_AGES ? SYNTH_AGES - 1 : age;
}

static void pair(struct counts *counts, const uint32_t *gaps)
{
    int64_t all = gaps[SYNTH_PARTNER_GAP_COUNT - 1];
    for (int32_t age = ADULT; age < SYNTH_AGES; age++) {
        int64_t men =
            take(&counts->left[0][age], counts->people[0][age] * home_at(age).partnered / 1000);
        counts->homes[SYNTH_HOME_COUPLE][0][age] = men;
        for (size_t g = 0; g < SYNTH_PARTNER_GAP_COUNT; g++) {
            int32_t other = clamp_age(age - synth_partner_gap_table[g].years);
            counts->wives[other] += men * synth_partner_gap_table[g].weight / all;
        }
    }
    for (int32_t age = ADULT; age < SYNTH_AGES; age++) {
        take(&counts->left[1][age], counts->wives[age]);
    }
}

static void keep_grown_children(struct counts *counts)
{
    for (int32_t age = ADULT; age < SYNTH_CHILD_AGES; age++) {
        int64_t both = counts->people[0][age] + counts->people[1][age];
        int64_t with_parent = both * home_at(age).at_home / 1000;
        take(&counts->left[0][age], with_parent * SONS_PER_1000 / 1000);
        take(&counts->left[1][age], with_parent * (1000 - SONS_PER_1000) / 1000);
    }
}

/* a dead man had a partner as often as a living one; a dead woman as the women of her age */
static int64_t had_partner(const struct counts *counts, bool woman, int32_t age)
{
    if (age < ADULT || age >= SYNTH_AGES || counts->people[1][age] == 0) {
        return 0;
    }
    return woman ? counts->wives[age] * 1000 / counts->people[1][age] : home_at(age).partnered;
}

static void bury(struct counts *counts, const uint32_t *gaps, int32_t years)
{
    int64_t all = gaps[SYNTH_PARTNER_GAP_COUNT - 1];
    for (int sex = 0; sex < 2; sex++) {
        for (int32_t age = 0; age < SYNTH_AGES; age++) {
            int64_t dead = counts->people[sex][age] * mortality(age, sex == 1) / 100000 * years *
                           COUNTY_DEATHS / 100;
            int64_t bereaved = dead * had_partner(counts, sex == 1, age) / 1000;
            counts->homes[SYNTH_HOME_DEAD][sex][age] = dead - bereaved;
            counts->homes[SYNTH_HOME_BEREAVED][sex][age] = bereaved;
            for (size_t g = 0; g < SYNTH_PARTNER_GAP_COUNT && bereaved > 0; g++) {
                int32_t gap = synth_partner_gap_table[g].years;
                int32_t other = clamp_age(sex == 0 ? age - gap : age + gap);
                take(&counts->left[1 - sex][other],
                     bereaved * synth_partner_gap_table[g].weight / all);
            }
        }
    }
}

static void house_the_others(struct counts *counts, struct synth_pyramid *pyramid)
{
    for (int32_t age = ADULT; age < SYNTH_AGES; age++) {
        struct synth_home_row row = home_at(age);
        int64_t sharing[2];
        for (int sex = 0; sex < 2; sex++) {
            int64_t *left = &counts->left[sex][age];
            int64_t care =
                counts->people[sex][age] * (sex == 0 ? row.care_male : row.care_female) / 1000;
            counts->homes[SYNTH_HOME_CARE][sex][age] = take(left, care);
            counts->homes[SYNTH_HOME_HALL][sex][age] = take(left, *left * row.hall / 1000);
            sharing[sex] = take(left, *left * row.sharing / 1000);
            counts->homes[SYNTH_HOME_ALONE][sex][age] = *left;
        }
        int64_t all = sharing[0] + sharing[1];
        counts->homes[SYNTH_HOME_SHARED][0][age] =
            all * 10 / (age < YOUNG ? SHARED_WITH_YOUNG : SHARED_WITH_OLD);
        pyramid->women_sharing[age] = all == 0 ? 500 : (int32_t)(sharing[1] * 1000 / all);
    }
}

static void start_families(struct families *ret_families, const int64_t *women, bool lone)
{
    memset(ret_families, 0, sizeof(*ret_families));
    ret_families->women = women;
    ret_families->lone = lone;
    for (int32_t age = 0; age < SYNTH_AGES; age++) {
        ret_families->parts[age][0][0] = 1000000;
    }
}

/* how many children of that age the women have; afterwards they have them */
static int64_t bear(struct families *families, const struct synth_pyramid *pyramid,
                    int32_t child_age, bool keep)
{
    int64_t born = 0;
    for (int32_t age = ADULT; age < SYNTH_AGES; age++) {
        int64_t next[PARITIES][2] = { { 0 } };
        int64_t part = 0;
        for (uint8_t births = 0; births < PARITIES; births++) {
            for (int after = 0; after < 2; after++) {
                struct synth_mother mother = { age, families->lone, births, after == 1 };
                int64_t all = families->parts[age][births][after];
                int64_t bears = all * synth_pyramid_child(pyramid, &mother, child_age) / 1000000;
                int more = births + 1 < PARITIES ? births + 1 : births;
                next[births][0] += all - bears;
                next[more][1] += bears;
                part += bears;
            }
        }
        born += families->women[age] * part / 1000000;
        if (keep) {
            memcpy(families->parts[age], next, sizeof(next));
        }
    }
    return born;
}

static void ask_for_children(const struct counts *counts, struct synth_pyramid *pyramid)
{
    struct families with;
    struct families lone;
    start_families(&with, counts->wives, false);
    start_families(&lone, counts->homes[SYNTH_HOME_ALONE][1], true);
    for (int32_t child = SYNTH_CHILD_AGES - 1; child >= 0; child--) {
        int64_t both = counts->people[0][child] + counts->people[1][child];
        int64_t wanted = child < ADULT ? both : both * home_at(child).at_home / 1000;
        wanted = wanted * 1000 / (1000 + TWINS_PER_1000);
        pyramid->factor[child] = 1000;
        int64_t base = bear(&with, pyramid, child, false) + bear(&lone, pyramid, child, false);
        pyramid->factor[child] = base == 0 ? 0 : (int32_t)(wanted * 1000 / base);
        pyramid->boys[child] = child < ADULT ? BOYS_PER_1000 : SONS_PER_1000;
        bear(&with, pyramid, child, true);
        bear(&lone, pyramid, child, true);
    }
}

static void sum_homes(const struct counts *counts, struct synth_pyramid *pyramid)
{
    uint32_t sum = 0;
    size_t at = 0;
    for (int kind = 0; kind < SYNTH_HOME_COUNT; kind++) {
        for (int sex = 0; sex < 2; sex++) {
            for (int32_t age = 0; age < SYNTH_AGES; age++) {
                sum += (uint32_t)counts->homes[kind][sex][age];
                pyramid->sums[at++] = sum;
            }
        }
    }
}

void synth_pyramid_init(struct synth_pyramid *ret_pyramid, int32_t years)
{
    struct counts counts = { 0 };
    memset(ret_pyramid, 0, sizeof(*ret_pyramid));
    for (size_t g = 0; g < SYNTH_PARTNER_GAP_COUNT; g++) {
        ret_pyramid->gaps[g] =
            (g > 0 ? ret_pyramid->gaps[g - 1] : 0) + (uint32_t)synth_partner_gap_table[g].weight;
    }
    for (int32_t age = 0; age < SYNTH_MOTHERS; age++) {
        ret_pyramid->fertility[age] = fertility_at(age);
    }
    for (int32_t age = 0; age < SYNTH_AGES; age++) {
        for (int sex = 0; sex < 2; sex++) {
            counts.people[sex][age] = population(age, sex == 1);
            counts.left[sex][age] = age < ADULT ? 0 : counts.people[sex][age];
        }
    }
    pair(&counts, ret_pyramid->gaps);
    keep_grown_children(&counts);
    bury(&counts, ret_pyramid->gaps, years);
    house_the_others(&counts, ret_pyramid);
    ask_for_children(&counts, ret_pyramid);
    sum_homes(&counts, ret_pyramid);
}

/* -- drawing ----------------------------------------------------------------------------------- */

static uint32_t draw_sum(const uint32_t *sums, uint32_t count, struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, sums[count - 1]);
    uint32_t low = 0;
    uint32_t high = count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sums[middle] <= drawn) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum synth_home synth_pyramid_draw(const struct synth_pyramid *pyramid, struct synth_random *random,
                                   char *ret_sex, int32_t *ret_age)
{
    uint32_t drawn = draw_sum(pyramid->sums, ARRAY_LENGTH(pyramid->sums), random);
    *ret_age = (int32_t)(drawn % SYNTH_AGES);
    *ret_sex = drawn / SYNTH_AGES % 2 == 1 ? 'F' : 'M';
    return (enum synth_home)(drawn / SYNTH_AGES / 2);
}

int32_t synth_pyramid_partner(const struct synth_pyramid *pyramid, char sex, int32_t age,
                              struct synth_random *random)
{
    uint32_t row = draw_sum(pyramid->gaps, SYNTH_PARTNER_GAP_COUNT, random);
    int32_t gap = synth_partner_gap_table[row].years;
    return clamp_age(sex == 'M' ? age - gap : age + gap);
}

int32_t synth_pyramid_child(const struct synth_pyramid *pyramid, const struct synth_mother *mother,
                            int32_t child_age)
{
    int32_t at_birth = mother->age - child_age;
    if (at_birth < 0 || at_birth >= SYNTH_MOTHERS) {
        return 0;
    }
    int32_t parity = mother->births < PARITIES ? mother->births : PARITIES - 1;
    int64_t chance = (int64_t)pyramid->fertility[at_birth] * pyramid->factor[child_age];
    chance = chance * synth_parity_table[parity].per_cent / 100;
    chance = mother->lone ? chance * LONE_FERTILITY / 100 : chance;
    chance = mother->year_after ? chance / NEXT_YEAR : chance;
    return chance > 900000 ? 900000 : (int32_t)chance;
}
