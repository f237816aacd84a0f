/*
 * diseases.c: which diseases a person has, and since when.
 *
 * Somebody has a disease when fewer people than its prevalence (for age, sex and deprivation) have
 * more of its trait (traits.c). The same number says when it began: prevalence rises with age, and
 * the day on which it reached the person's rank is the earliest onset. Where a table is flat
 * (asthma, depression) that day lies far back for everybody, while in life people come and go; so
 * the onset is at most some years old, with a mean by which incidence comes out as published.
 *
 * Two diseases may share a trait: who has less than is needed for diabetes has hyperglycaemia
 * (`above`), and had it before the diabetes began.
 *
 * Tables are England's, deprivation is relative: each prevalence is divided by what the county's
 * own mean deprivation makes of it, so that a county better off than England differs between its
 * people, not in its sum. What no table can say is a small function.
 */
#include "synth/life.h"

#define PER_TABLE    1000 /* a rank is per 100 million, a table per 100,000 */
#define MOST         95000000
#define YEAR(number) ((number)*1461 / 4) /* in days */

static int32_t band_of(int32_t age)
{
    return age < 18 ? 0 : age < 30 ? 1 : age >= 90 ? 8 : age / 10 - 1;
}

/* what deprivation does to a share: the slope of the row, at the middle tenth (thousandths) of 1 */
static int64_t weight_of(const struct synth_disease *row, int32_t tenth)
{
    return 9000000 + (int64_t)(row->deprivation - 100) * 10 * (10000 - tenth);
}

static int64_t prevalence(const struct synth_life *life, const struct synth_disease *row)
{
    int32_t band = band_of(life->age);
    int64_t share = life->person->sex == 'M' ? row->male[band] : row->female[band];
    int64_t all = share * PER_TABLE * weight_of(row, life->person->tenth * 1000) /
                  weight_of(row, life->world->mean_tenth);
    return all < MOST ? all : MOST;
}

/* -- since when -------------------------------------------------------------------------------- */

struct curve {
    const int32_t *share; /* by band */
    const int32_t *above; /* of the disease above, or NULL */
    int32_t from;         /* age in days before which there is none */
};

/* age in days at the middle of each band */
static int32_t middle_of(size_t band)
{
    static const int32_t years[] = { 9, 24, 35, 45, 55, 65, 75, 85, 93 };
    return YEAR(years[band]);
}

static int32_t share_at(const struct curve *curve, size_t band)
{
    return curve->share[band] + (curve->above != NULL ? curve->above[band] : 0);
}

/* the share at that age in days, between the middles of the bands; thousandths of the table's unit
 */
static int64_t between(const struct curve *curve, int32_t age)
{
    int32_t from = curve->from;
    int32_t value = 0;
    for (size_t band = 0; band < ARRAY_LENGTH(synth_disease_table[0].male); band++) {
        int32_t to = middle_of(band);
        int32_t next = share_at(curve, band);
        if (to > from && age < to) {
            int32_t on = age < from ? 0 : age - from;
            return value * INT64_C(1000) + (int64_t)(next - value) * 1000 * on / (to - from);
        }
        from = to > from ? to : from;
        value = next;
    }
    return value * INT64_C(1000);
}

/* the age in days at which the curve first reached `wanted` */
static int32_t reached(const struct curve *curve, int64_t wanted, int32_t now)
{
    int32_t from = curve->from;
    int64_t value = 0;
    for (size_t band = 0; band < ARRAY_LENGTH(synth_disease_table[0].male); band++) {
        int32_t to = middle_of(band);
        int64_t next = share_at(curve, band) * INT64_C(1000);
        if (to > from && next > value && next >= wanted) {
            int64_t rest = wanted > value ? wanted - value : 0;
            return from + (int32_t)((to - from) * rest / (next - value));
        }
        from = to > from ? to : from;
        value = next > value ? next : value;
    }
    return now;
}

static struct curve curve_of(const struct synth_life *life, const struct synth_disease *row)
{
    bool man = life->person->sex == 'M';
    return (struct curve){ .share = man ? row->male : row->female,
                           .above = row->above == NULL ? NULL
                                    : man              ? row->above->male
                                                       : row->above->female,
                           .from = YEAR(row->onset_from) };
}

/* `rank` of `all` who have it: the first ones had it first */
static int32_t onset_of(const struct synth_life *life, const struct synth_disease *row,
                        int64_t rank, int64_t all, struct synth_random *random)
{
    struct curve curve = curve_of(life, row);
    int32_t now = life->until - life->person->birth;
    int64_t wanted = between(&curve, now) * rank / (all > 0 ? all : 1);
    int32_t age = reached(&curve, wanted, now);
    /* most are recent: the less of two draws, with a mean of a third of the longest */
    uint32_t longest = (uint32_t)YEAR(row->mean_years * 3) + 1;
    uint32_t one = synth_random_below(random, longest);
    uint32_t two = synth_random_below(random, longest);
    int32_t since = (int32_t)(one < two ? one : two);
    age = now - since > age ? now - since : age;
    return life->person->birth + (age < now ? age : now);
}

/* -- one small function where a row is not enough -------------------------------------------- */

/* type 2 and the stage before it come with type 1 only by mistake */
static void only_one_diabetes(struct synth_life *life)
{
    if (life_has(life, SYNTH_DISEASE_DIABETES1)) {
        life->onset[SYNTH_DISEASE_DIABETES2] = SYNTH_NO_DAY;
        life->onset[SYNTH_DISEASE_PREDIABETES] = SYNTH_NO_DAY;
    }
}

/* about half of those with diabetes were known to be on the way */
static void before_diabetes(struct synth_life *life, struct synth_random *random)
{
    int32_t onset = life->onset[SYNTH_DISEASE_DIABETES2];
    bool known = synth_random_chance(random, 55, 100);
    int32_t from = onset - synth_random_between(random, 300, 2600);
    if (onset != SYNTH_NO_DAY && known && life_age_at(life, from) >= 20) {
        life->past_from[SYNTH_DISEASE_PREDIABETES] = from;
        life->past_to[SYNTH_DISEASE_PREDIABETES] = onset;
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

static int32_t weight_of_site(const struct synth_cancer_site *site, int32_t age, char sex)
{
    return age < site->min_age ? 0 : sex == 'M' ? site->male : site->female;
}

static void cancer_has_a_site(struct synth_life *life, struct synth_random *random)
{
    if (!life_has(life, SYNTH_DISEASE_CANCER)) {
        return;
    }
    int32_t age = life_age_at(life, life->onset[SYNTH_DISEASE_CANCER]);
    int32_t total = 0;
    for (size_t i = 0; i < SYNTH_CANCER_SITE_COUNT; i++) {
        total += weight_of_site(&synth_cancer_site_table[i], age, life->person->sex);
    }
    life->cancer = &synth_cancer_site_table[SYNTH_CANCER_SITE_COUNT - 1];
    int32_t drawn = total > 0 ? (int32_t)synth_random_below(random, (uint32_t)total) : 0;
    for (size_t i = 0; i < SYNTH_CANCER_SITE_COUNT && total > 0; i++) {
        drawn -= weight_of_site(&synth_cancer_site_table[i], age, life->person->sex);
        if (drawn < 0) {
            life->cancer = &synth_cancer_site_table[i];
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

/* who smoked: next in rank after those who do */
static void gave_up_smoking(struct synth_life *life, struct synth_random *random)
{
    int32_t share = 0;
    for (size_t i = 0; i < SYNTH_EX_SMOKER_COUNT; i++) {
        const struct synth_ex_smoker *row = &synth_ex_smoker_table[i];
        share = life->age >= row->from_age ? row->per_mille : share;
    }
    int64_t smoke = prevalence(life, &synth_disease_table[SYNTH_DISEASE_SMOKER]);
    int64_t rank = life_rank(life, SYNTH_TRAIT_SMOKER);
    int32_t began = life->person->birth + YEAR(15) + synth_random_between(random, 0, 1800);
    int32_t adult = life->person->birth + YEAR(18) + 400;
    if (life_has(life, SYNTH_DISEASE_SMOKER) || rank >= smoke + share * INT64_C(100000) ||
        adult >= life->until) {
        return;
    }
    life->quit_smoking = synth_random_between(random, adult, life->until);
    life->past_from[SYNTH_DISEASE_SMOKER] = began < adult ? began : adult - 30;
    life->past_to[SYNTH_DISEASE_SMOKER] = life->quit_smoking;
}

/* in a care home live the frailest: their rank counts a third, and that of others a little more,
 * so that the shares of all stay those of the table */
static void make_frail(struct synth_life *life)
{
    const struct synth_frailty *row = NULL;
    for (size_t i = 0; i < SYNTH_FRAILTY_COUNT; i++) {
        if (life->age >= synth_frailty_table[i].from_age) {
            row = &synth_frailty_table[i];
        }
    }
    if (row == NULL) {
        return;
    }
    int32_t rank = life_rank(life, SYNTH_TRAIT_FRAILTY) / 100000;
    rank = life->person->care_home ? rank / 3
           : life->age >= 85       ? rank * 33 / 32
           : life->age >= 75       ? rank * 10 / 9
                                   : rank;
    life->frailty = rank < row->severe                               ? 3
                    : rank < row->severe + row->moderate             ? 2
                    : rank < row->severe + row->moderate + row->mild ? 1
                                                                     : 0;
}

const struct synth_code *life_smoking(const struct synth_life *life, int32_t day)
{
    bool smokes = life_had(life, SYNTH_DISEASE_SMOKER, day);
    bool ever = life->quit_smoking != SYNTH_NO_DAY && day >= life->quit_smoking;
    return &synth_code_table[smokes ? SYNTH_CODE_SMOKER
                             : ever ? SYNTH_CODE_EX_SMOKER
                                    : SYNTH_CODE_NEVER_SMOKED];
}

/* -- all of them ------------------------------------------------------------------------------- */

/* had it and got over it: next in rank after those who have it */
static void recover(struct synth_life *life, size_t disease, int64_t beyond, int64_t all,
                    struct synth_random *random)
{
    const struct synth_disease *row = &synth_disease_table[disease];
    if (beyond >= all * row->past / 100) {
        return;
    }
    int32_t from = onset_of(life, row, beyond, all, random);
    int32_t to = from + synth_random_between(random, 200, YEAR(row->mean_years) + 200);
    if (to < life->until) {
        life->past_from[disease] = from;
        life->past_to[disease] = to;
    }
}

static void fall_ill(struct synth_life *life, size_t disease, struct synth_random *random)
{
    const struct synth_disease *row = &synth_disease_table[disease];
    int64_t above = row->above != NULL ? prevalence(life, row->above) : 0;
    int64_t own = prevalence(life, row);
    int64_t rank = life_rank(life, (enum synth_trait_key)(row->trait - synth_trait_table));
    if (rank >= above && rank < above + own) {
        life->onset[disease] = onset_of(life, row, rank, above + own, random);
        life->resolved[disease] = synth_random_chance(random, row->over, 100);
    } else if (row->past > 0 && rank >= above + own) {
        recover(life, disease, rank - above - own, own, random);
    }
}

void life_diseases(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_DISEASE);
    life->quit_smoking = SYNTH_NO_DAY;
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        life->onset[i] = SYNTH_NO_DAY;
        life->past_from[i] = SYNTH_NO_DAY;
        life->past_to[i] = SYNTH_NO_DAY;
        life->problem[i] = SYNTH_NO_ITEM;
        fall_ill(life, i, &random);
    }
    only_one_diabetes(life);
    before_diabetes(life, &random);
    since_childhood(life, &random);
    cancer_has_a_site(life, &random);
    dying(life, &random);
    gave_up_smoking(life, &random);
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        life->conditions += life_has(life, (enum synth_disease_key)i) && i != SYNTH_DISEASE_SMOKER;
    }
    make_frail(life);
}
