/*
 * screening.c: what people are called for while they are well, what they give up, and the pandemic
 * as practices recorded it.
 *
 * Screening is a row of screening.csv: who is called at which ages and how often. Who comes, comes
 * each time: the share is one of people, not of invitations. A result that is not normal leads to
 * one further examination at the hospital.
 */
#include "synth/life.h"

#include "base/instant.h"

static void further(struct synth_life *life, const struct synth_screening *row, int32_t day,
                    struct synth_random *random)
{
    int32_t then = synth_working_day(day + synth_random_between(random, 10, 35));
    if (row->further == NULL || then > life->until) {
        return;
    }
    synth_when when = synth_when_of(then, life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_PROCEDURE, SYNTH_ORGANISATION_HOSPITAL, when);
    item->code = row->further;
    item->status = SYNTH_ENDED;
    item->text = SLICE("After screening: no cancer found");
    item->author = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, SLICE("Gastroenterology"));
}

static void screen(struct synth_life *life, const struct synth_screening *row, int32_t day,
                   struct synth_random *random)
{
    bool abnormal = synth_random_chance(random, row->abnormal_pct, 100);
    synth_org practice = life->person->practice;
    synth_when when = synth_when_of(day, life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_PROCEDURE, practice, when);
    item->code = row->code;
    item->status = SYNTH_ENDED;
    item->text = arena_printf(life->arena, "%.*s: %.*s", SLICE_PRINT(row->text),
                              SLICE_PRINT(abnormal ? row->abnormal : row->normal));
    item->author = life_staff(life, practice, SLICE("Practice nurse"));
    if (abnormal) {
        further(life, row, day, random);
    }
}

static void call(struct synth_life *life, const struct synth_screening *row,
                 struct synth_random *random)
{
    bool comes = synth_random_chance(random, row->percent, 100);
    if (!comes || (row->sex != 'A' && row->sex != life->person->sex)) {
        return;
    }
    for (int32_t age = row->from_age; age <= row->to_age; age += row->every) {
        int32_t due = life->person->birth + age * 1461 / 4 + synth_random_between(random, 14, 110);
        int32_t day = synth_working_day(due);
        if (day >= life->window && day <= life->until && synth_year_of(day) >= row->first_year) {
            screen(life, row, day, random);
        }
    }
}

/* -- smoking ----------------------------------------------------------------------------------- */

static void help_to_stop(struct synth_life *life, struct synth_random *random)
{
    bool smokes = life_has(life, SYNTH_DISEASE_SMOKER);
    bool stopped = life->quit_smoking != SYNTH_NO_DAY && life->quit_smoking >= life->window;
    bool advised = synth_random_chance(random, stopped ? 70 : 38, 100);
    if ((!smokes && !stopped) || !advised) {
        return;
    }
    synth_org practice = life->person->practice;
    int32_t day = stopped ? life->quit_smoking : life_any_day(life, random);
    if (life_age_at(life, day) < 16) {
        return;
    }
    struct synth_item *item =
        life_add(life, SYNTH_PROCEDURE, practice, synth_when_of(day, life_any_minute(random)));
    item->code = &synth_code_table[SYNTH_CODE_SMOKING_CESSATION];
    item->status = SYNTH_ENDED;
    item->text = stopped ? SLICE("Stopped smoking with help") : SLICE("Advised to stop smoking");
    item->author = life_staff(life, practice, SLICE("Practice nurse"));
}

/* -- COVID-19 ---------------------------------------------------------------------------------- */

static void infected(struct synth_life *life, int32_t day, struct synth_random *random)
{
    synth_org practice = life->person->practice;
    synth_when when = synth_when_of(day, life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_CONDITION, practice, when);
    item->code = &synth_code_table[SYNTH_CODE_COVID19];
    item->status = SYNTH_ENDED;
    item->end = synth_when_of(day + synth_random_between(random, 6, 16), 0);
    if (synth_day_of(item->end) > life->until) {
        item->end = SYNTH_NEVER;
        item->status = SYNTH_ACTIVE;
    }
    item->author = life_staff(life, practice, SLICE("General practitioner"));
}

/* the waves as practices recorded them; nobody twice within half a year */
static void pandemic(struct synth_life *life, struct synth_random *random)
{
    int32_t last = INT32_MIN;
    for (size_t i = 0; i < SYNTH_COVID_WAVE_COUNT; i++) {
        const struct synth_covid_wave *row = &synth_covid_wave_table[i];
        bool ill = synth_random_chance(random, row->per_1000, 1000);
        int32_t day = (int32_t)instant_days_from_civil(row->year, (unsigned)row->month, 1) +
                      (int32_t)synth_random_below(random, 28);
        if (ill && day >= life->window && day <= life->until && day > last) {
            infected(life, day, random);
            last = day + 180;
        }
    }
}

void life_screening(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_COURSE);
    for (size_t i = 0; i < SYNTH_SCREENING_COUNT; i++) {
        call(life, &synth_screening_table[i], &random);
    }
    help_to_stop(life, &random);
    pandemic(life, &random);
}
