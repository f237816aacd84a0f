/*
 * course.c: what follows from a disease or a treatment at set times, and how a disease goes on.
 *
 * Rows of course.csv ask for a panel so many days after a diagnosis or after a class of medicine
 * was begun: the blood pressure six weeks after each new drug, cholesterol three months after a
 * statin, haemoglobin four weeks after iron. What the values then are is measures.c's business;
 * here they are only taken. What no row can say is a small function: stages of kidney disease, the
 * score of a depression, the path of a cancer, falls, diabetes in a pregnancy.
 */
#include "synth/life.h"

static bool in_window(const struct synth_life *life, int32_t day)
{
    return day >= life->window && day <= life->until;
}

static struct synth_item *note_problem(struct synth_life *life, synth_org organisation, int32_t day,
                                       enum synth_code_key code, struct synth_random *random)
{
    synth_when when = synth_when_of(day, life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_CONDITION, organisation, when);
    item->code = &synth_code_table[code];
    item->status = SYNTH_ACTIVE;
    item->author = life_staff(life, organisation, SLICE("General"));
    return item;
}

/* -- tests at set times ------------------------------------------------------------------------ */

static void test_after(struct synth_life *life, const struct synth_course *row, int32_t begun,
                       struct synth_random *random)
{
    bool done = synth_random_chance(random, row->percent, 100);
    int32_t day = synth_working_day(begun + row->after_days + synth_random_between(random, 0, 6));
    if (!done || !in_window(life, day) || life_age_at(life, day) < 16) {
        return;
    }
    synth_org practice = life->person->practice;
    life_measure(life, (enum synth_panel_key)(row->panel - synth_panel_table), practice,
                 life_staff(life, practice, SLICE("Practice nurse")), SYNTH_NO_ITEM,
                 synth_when_of(day, life_any_minute(random)), false);
}

static void follow(struct synth_life *life, const struct synth_course *row,
                   struct synth_random *random)
{
    if (row->disease != NULL) {
        int32_t onset = life->onset[row->disease - synth_disease_table];
        if (onset != SYNTH_NO_DAY) {
            test_after(life, row, onset, random);
        }
        return;
    }
    for (uint32_t i = 0; i < life->taking_count; i++) {
        if (slice_equal(life->taking[i].medicine->class, row->class)) {
            test_after(life, row, life->taking[i].from, random);
        }
    }
}

/* -- kidneys: a new stage when filtration falls below its limit -------------------------------- */

static void stages(struct synth_life *life, struct synth_random *random)
{
    static const struct {
        int32_t below; /* mL/min/1.73m2 */
        enum synth_code_key code;
    } stage[] = { { 45, SYNTH_CODE_CKD_STAGE_3B },
                  { 30, SYNTH_CODE_CKD_STAGE_4 },
                  { 15, SYNTH_CODE_CKD_STAGE_5 } };
    int32_t onset = life->onset[SYNTH_DISEASE_CKD];
    if (onset == SYNTH_NO_DAY) {
        return;
    }
    uint32_t last = SYNTH_NO_ITEM;
    size_t reached = 0;
    for (int32_t day = onset; day <= life->until && reached < ARRAY_LENGTH(stage); day += 91) {
        if (life_filtration(life, day) >= stage[reached].below * 1000) {
            continue;
        }
        note_problem(life, life->person->practice, day, stage[reached].code, random)->problem =
            true;
        if (life->failed) {
            return;
        }
        if (last != SYNTH_NO_ITEM) {
            life->items.at[last].status = SYNTH_ENDED;
            life->items.at[last].end = synth_when_of(day, 0);
        }
        last = life_last(life);
        reached++;
    }
}

/* -- depression: the questionnaire has no code here, so its score is written in words ---------- */

static void score(struct synth_life *life, int32_t day, int32_t points, struct synth_random *random)
{
    if (!in_window(life, day)) {
        return;
    }
    points = points < 0 ? 0 : points > 27 ? 27 : points;
    synth_org practice = life->person->practice;
    struct synth_item *item =
        life_add(life, SYNTH_PROCEDURE, practice, synth_when_of(day, life_any_minute(random)));
    item->status = SYNTH_ENDED;
    item->text = arena_printf(life->arena, "Patient Health Questionnaire (PHQ-9): score %d of 27",
                              (int)points);
    item->reason = life->problem[SYNTH_DISEASE_DEPRESSION];
    item->author = life_staff(life, practice, SLICE("General practitioner"));
}

static void mood(struct synth_life *life, struct synth_random *random)
{
    int32_t onset = life->onset[SYNTH_DISEASE_DEPRESSION];
    if (onset == SYNTH_NO_DAY || !synth_random_chance(random, 65, 100)) {
        return;
    }
    int32_t begin = 16 + synth_random_normal(random) * 4 / 1000;
    bool treated = life_on(life, SLICE("antidepressant"), onset + 56) >= 0;
    int32_t after = begin - (treated ? 7 : 3) + synth_random_normal(random) * 4 / 1000;
    score(life, synth_working_day(onset), begin, random);
    score(life, synth_working_day(onset + synth_random_between(random, 52, 66)), after, random);
    after = after * 7 / 10 + synth_random_normal(random) * 2 / 1000;
    score(life, synth_working_day(onset + synth_random_between(random, 170, 240)), after, random);
}

/* -- cancer: stage, treatment, spread ---------------------------------------------------------- */

static void treat_cancer(struct synth_life *life, int32_t day, int cycles,
                         struct synth_random *random)
{
    uint16_t author = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, life->cancer->specialty);
    for (int i = 0; i < cycles; i++) {
        int32_t on = synth_working_day(day + i * 21);
        if (!in_window(life, on)) {
            continue;
        }
        struct synth_item *item = life_add(life, SYNTH_PROCEDURE, SYNTH_ORGANISATION_HOSPITAL,
                                           synth_when_of(on, life_any_minute(random)));
        item->code = life->cancer->treatment;
        item->status = SYNTH_ENDED;
        item->author = author;
    }
}

static void cancer_path(struct synth_life *life, struct synth_random *random)
{
    /* stages 1 to 4 and not known, per cent: section 3 of the rates */
    static const int32_t share[] = { 30, 24, 19, 22, 5 };
    int32_t onset = life->onset[SYNTH_DISEASE_CANCER];
    uint32_t problem = life->problem[SYNTH_DISEASE_CANCER];
    if (onset == SYNTH_NO_DAY || life->cancer == NULL || problem == SYNTH_NO_ITEM) {
        return;
    }
    int32_t drawn = (int32_t)synth_random_below(random, 100);
    size_t stage = 0;
    while (stage + 1 < ARRAY_LENGTH(share) && drawn >= share[stage]) {
        drawn -= share[stage++];
    }
    int32_t free_since = (life->until - onset) / 365;
    bool well = stage < 3 && free_since >= 5 && life->person->death == SYNTH_NO_DAY;
    life->items.at[problem].note = stage == 4
                                       ? SLICE("Stage not known")
                                       : arena_printf(life->arena, "Stage %d at diagnosis%s",
                                                      (int)stage + 1, well ? "; in remission" : "");
    int32_t wait = synth_random_between(random, 14, 62);
    bool cycles = life->cancer->treatment == &synth_code_table[SYNTH_CODE_CHEMOTHERAPY];
    if (life->cancer->treatment != NULL) {
        treat_cancer(life, onset + wait, cycles ? 5 : 1, random);
    }
    int32_t spread = onset + (stage == 3 ? 20 : 500);
    if ((stage == 3 || (stage == 2 && life->person->death != SYNTH_NO_DAY)) &&
        spread <= life->until) {
        enum synth_code_key site = synth_random_chance(random, 1, 2) ? SYNTH_CODE_SECONDARY_LIVER
                                                                     : SYNTH_CODE_SECONDARY_BONE;
        note_problem(life, SYNTH_ORGANISATION_HOSPITAL, spread, site, random)->problem = true;
    }
}

/* -- falls, pregnancy -------------------------------------------------------------------------- */

static void falls(struct synth_life *life, struct synth_random *random)
{
    /* recorded a year, per mille: a fifth of those that happen */
    static const int32_t rate[] = { 20, 65, 140, 220 };
    int32_t days = life->until - life->window;
    uint32_t count =
        life->age < 65 ? 0 : synth_random_count(random, rate[life->frailty] * days / 365);
    for (uint32_t i = 0; i < count; i++) {
        int32_t day = life_any_day(life, random);
        struct synth_item *item =
            note_problem(life, life->person->practice, day, SYNTH_CODE_FALL, random);
        item->status = SYNTH_ENDED;
        item->end = item->start;
    }
}

/* sugar found high in 6 % of pregnancies, more often in the heavy */
static void pregnancies(struct synth_life *life, struct synth_random *random)
{
    const struct synth_household *household = life->household;
    int32_t chance = life->bmi >= 30000 ? 13 : 4;
    for (uint32_t i = 0; i < household->count; i++) {
        const struct synth_person *child = &household->people[i];
        if (child->mother < 0 || &household->people[child->mother] != life->person ||
            !synth_random_chance(random, chance, 100)) {
            continue;
        }
        int32_t found = synth_working_day(child->birth - synth_random_between(random, 70, 100));
        if (in_window(life, found) && !life_had(life, SYNTH_DISEASE_DIABETES2, found) &&
            !life_had(life, SYNTH_DISEASE_DIABETES1, found)) {
            struct synth_item *item = note_problem(life, life->person->practice, found,
                                                   SYNTH_CODE_GESTATIONAL_DIABETES, random);
            item->status = SYNTH_ENDED;
            item->end = synth_when_of(child->birth, 0);
        }
    }
}

void life_course(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_FOLLOW);
    for (size_t i = 0; i < SYNTH_COURSE_COUNT; i++) {
        follow(life, &synth_course_table[i], &random);
    }
    stages(life, &random);
    mood(life, &random);
    cancer_path(life, &random);
    falls(life, &random);
    if (life->person->sex == 'F') {
        pregnancies(life, &random);
    }
}
