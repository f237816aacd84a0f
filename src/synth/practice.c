/*
 * practice.c: life at the practice: reviews, tests, acute illness, appointments.
 *
 * Each year a person with a long-term condition is called for one review, at which its tests are
 * done; further tests fall on days of their own. Acute illness follows the table of episodes, a
 * little above it (CONTACTS_KEPT) for what the table does not name. A practice has 5.5 contacts a
 * person and year; most are letters, renewals and calls that leave nothing to read, and are left
 * out.
 */
#include "synth/life.h"

#define CONTACTS_KEPT 150 /* per cent of the episodes of acute.csv */

static struct synth_item *add_encounter(struct synth_life *life, int32_t day, enum synth_setting at,
                                        struct slice text, uint16_t author,
                                        struct synth_random *random)
{
    synth_when from = synth_when_of(day, life_any_minute(random));
    struct synth_item *item = life_add(life, SYNTH_ENCOUNTER, life->person->practice, from);
    item->status = SYNTH_ENDED;
    item->setting = (uint8_t)at;
    item->end = from + synth_random_between(random, 6, 20);
    item->code = at == SYNTH_BY_TELEPHONE ? &synth_code_table[SYNTH_CODE_TELEPHONE]
                 : at == SYNTH_AT_HOME    ? &synth_code_table[SYNTH_CODE_HOME_VISIT]
                                          : &synth_code_table[SYNTH_CODE_FACE_TO_FACE];
    item->text = text;
    item->author = author;
    return item;
}

static enum synth_setting setting_of(const struct synth_life *life, struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, 100);
    if (life->frailty == 3 && drawn < 40) {
        return SYNTH_AT_HOME;
    }
    return drawn < 30 ? SYNTH_BY_TELEPHONE : SYNTH_AT_SURGERY;
}

/* -- acute illness ----------------------------------------------------------------------------- */

static int32_t rate_of(const struct synth_acute *row, int32_t age, char sex)
{
    int32_t rate = age < 5 ? row->infant : age < 18 ? row->child : age < 65 ? row->adult : row->old;
    int32_t women = row->female_pct; /* of men's */
    return sex == 'F' ? rate * 2 * women / (100 + women) : rate * 200 / (100 + women);
}

/* adults' products only: a child's liquid medicine is not in the tables */
static void treat(struct synth_life *life, const struct synth_acute *row, uint32_t encounter,
                  uint32_t reason, int32_t day, uint16_t author, struct synth_random *random)
{
    bool given = synth_random_chance(random, row->medicine_pct, 100);
    if (!given || row->medicine == NULL || life_age_at(life, day) < 16) {
        return;
    }
    const struct synth_code *code = row->medicine;
    struct slice dose = row->dose;
    int32_t quantity = row->quantity;
    if (row->caution == 1 && life->caution[1]) {
        code = &synth_code_table[SYNTH_CODE_DOXYCYCLINE];
        dose = SLICE("TWO on the first day, then ONE each day");
        quantity = 6;
    } else if (row->caution == 2 &&
               (life->caution[2] || life->age >= 70 || life_has(life, SYNTH_DISEASE_CKD) ||
                life_on(life, SLICE("anticoagulant"), day) >= 0)) {
        code = &synth_code_table[SYNTH_CODE_PARACETAMOL];
        dose = SLICE("TWO to be taken up to FOUR times a day");
        quantity = 100;
    }
    struct synth_item *item =
        life_add(life, SYNTH_MEDICATION, life->person->practice, life->items.at[encounter].start);
    item->code = code;
    item->text = dose;
    item->text2 = SLICE("tablet");
    item->quantity = quantity;
    item->other = &synth_code_table[SYNTH_CODE_ORAL];
    item->status = SYNTH_COURSE;
    item->end = item->start + SYNTH_DAY_MINUTES * 7;
    item->encounter = encounter;
    item->reason = reason;
    item->author = author;
}

static void fall_ill(struct synth_life *life, const struct synth_acute *row,
                     struct synth_random *random)
{
    synth_org practice = life->person->practice;
    int32_t day = life_any_day(life, random);
    uint16_t author = life_staff(life, practice, SLICE("General practitioner"));
    add_encounter(life, day, setting_of(life, random), row->reason, author, random);
    uint32_t encounter = life_last(life);
    if (life->failed) {
        return;
    }
    struct synth_item *item =
        life_add(life, SYNTH_CONDITION, practice, life->items.at[encounter].start);
    item->code = row->code;
    item->status = SYNTH_ENDED;
    item->end = item->start + SYNTH_DAY_MINUTES * synth_random_between(random, 5, 28);
    if (synth_day_of(item->end) > life->until) {
        item->end = SYNTH_NEVER;
        item->status = SYNTH_ACTIVE;
    }
    item->encounter = encounter;
    item->author = author;
    item->note = row->reason;
    uint32_t condition = life_last(life);
    if (life->failed) {
        return;
    }
    life->items.at[encounter].reason = condition;
    treat(life, row, encounter, condition, day, author, random);
    if (synth_random_chance(random, 24, 100)) {
        life_measure(life, SYNTH_PANEL_BLOOD_PRESSURE, practice, author, encounter,
                     life->items.at[encounter].start, false);
    }
}

static void acute(struct synth_life *life, struct synth_random *random)
{
    int32_t years = (life->until - life->window) / 365 + 1;
    for (size_t i = 0; i < SYNTH_ACUTE_COUNT; i++) {
        const struct synth_acute *row = &synth_acute_table[i];
        int32_t rate = rate_of(row, life->age, life->person->sex) * CONTACTS_KEPT / 100;
        rate = rate * (100 + 12 * (life->conditions > 6 ? 6 : life->conditions)) / 100;
        int32_t days = life->until - life->window;
        uint32_t count = synth_random_count(random, rate * days / 365);
        for (uint32_t n = 0; n < count && years > 0; n++) {
            fall_ill(life, row, random);
        }
    }
}

/* -- reviews and tests ------------------------------------------------------------------------- */

static int32_t monitoring_rate(const struct synth_life *life, const struct synth_monitoring *row,
                               int32_t day)
{
    int32_t age = life_age_at(life, day);
    if (row->disease != NULL &&
        !life_had(life, (enum synth_disease_key)(row->disease - synth_disease_table), day)) {
        return 0;
    }
    return age < 18 ? row->young : age < 65 ? row->adult : row->old;
}

/* how often in the year from `day` the panel is due: the most that any disease asks */
static void rates_of_year(const struct synth_life *life, int32_t day,
                          int32_t ret_rates[SYNTH_PANEL_COUNT])
{
    memset(ret_rates, 0, sizeof(int32_t) * SYNTH_PANEL_COUNT);
    for (size_t i = 0; i < SYNTH_MONITORING_COUNT; i++) {
        const struct synth_monitoring *row = &synth_monitoring_table[i];
        size_t panel = (size_t)(row->panel - synth_panel_table);
        int32_t rate = monitoring_rate(life, row, day);
        ret_rates[panel] = rate > ret_rates[panel] ? rate : ret_rates[panel];
    }
    if (life_on(life, SLICE("anticoagulant"), day) >= 0) {
        for (uint32_t i = 0; i < life->taking_count; i++) {
            struct slice name = life->taking[i].medicine->code->display;
            if (slice_starts_with(name, SLICE("Warfarin")) && life->taking[i].from <= day) {
                ret_rates[SYNTH_PANEL_INR] = 6000;
            }
        }
    }
}

static bool is_bedside(size_t panel)
{
    return panel == SYNTH_PANEL_BLOOD_PRESSURE || panel == SYNTH_PANEL_BODY ||
           panel == SYNTH_PANEL_PEAK_FLOW || panel == SYNTH_PANEL_ALCOHOL;
}

static void record_smoking(struct synth_life *life, uint16_t author, uint32_t encounter,
                           synth_when when)
{
    struct synth_item *item = life_add(life, SYNTH_OBSERVATION, life->person->practice, when);
    item->code = &synth_code_table[SYNTH_CODE_TOBACCO_STATUS];
    item->other = life_smoking(life, synth_day_of(when));
    item->author = author;
    item->encounter = encounter;
}

/* The yearly review: an encounter, a procedure for up to two diseases. Encounter index or none. */
static uint32_t review(struct synth_life *life, int32_t day, uint16_t author,
                       struct synth_random *random)
{
    uint32_t encounter = SYNTH_NO_ITEM;
    int done = 0;
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT && done < 2; i++) {
        const struct synth_disease *row = &synth_disease_table[i];
        if (row->review == NULL || !life_had(life, (enum synth_disease_key)i, day) ||
            life->resolved[i]) {
            continue;
        }
        if (encounter == SYNTH_NO_ITEM) {
            add_encounter(life, day, SYNTH_AT_SURGERY, SLICE("Long-term condition review"), author,
                          random);
            encounter = life_last(life);
            if (life->failed) {
                return SYNTH_NO_ITEM;
            }
        }
        struct synth_item *item = life_add(life, SYNTH_PROCEDURE, life->person->practice,
                                           life->items.at[encounter].start);
        item->code = row->review;
        item->status = SYNTH_ENDED;
        item->encounter = encounter;
        item->reason = life->problem[i];
        item->author = author;
        done++;
    }
    return encounter;
}

static void foot_and_eyes(struct synth_life *life, int32_t day, uint32_t encounter, uint16_t author,
                          struct synth_random *random)
{
    if (!life_had(life, SYNTH_DISEASE_DIABETES2, day) || !synth_random_chance(random, 80, 100)) {
        return;
    }
    struct synth_item *item =
        life_add(life, SYNTH_PROCEDURE, life->person->practice, life->items.at[encounter].start);
    item->code = &synth_code_table[SYNTH_CODE_FOOT_EXAMINATION];
    item->status = SYNTH_ENDED;
    item->encounter = encounter;
    item->author = author;
    item->reason = life->problem[SYNTH_DISEASE_DIABETES2];
    item->text = SLICE("Pulses present, sensation intact; low risk");
}

static void year_at_practice(struct synth_life *life, int32_t from, int32_t to,
                             struct synth_random *random)
{
    synth_org practice = life->person->practice;
    uint16_t nurse = life_staff(life, practice, SLICE("Practice nurse"));
    int32_t day = synth_working_day(synth_random_between(random, from, to));
    day = day > to ? to : day;
    int32_t rates[SYNTH_PANEL_COUNT];
    rates_of_year(life, day, rates);
    uint32_t encounter = review(life, day, nurse, random);
    if (encounter != SYNTH_NO_ITEM) {
        foot_and_eyes(life, day, encounter, nurse, random);
    }
    synth_when when = encounter != SYNTH_NO_ITEM ? life->items.at[encounter].start
                                                 : synth_when_of(day, life_any_minute(random));
    bool smoking = encounter != SYNTH_NO_ITEM ? synth_random_chance(random, 45, 100)
                                              : synth_random_chance(random, 10, 100);
    if (smoking && life->age >= 16) {
        record_smoking(life, nurse, encounter, when);
    }
    for (size_t panel = 0; panel < SYNTH_PANEL_COUNT; panel++) {
        uint32_t count = synth_random_count(random, rates[panel] * (to - from + 1) / 366);
        for (uint32_t n = 0; n < count; n++) {
            bool here = n == 0;
            int32_t other = synth_working_day(synth_random_between(random, from, to));
            synth_when at =
                here ? when : synth_when_of(other > to ? to : other, life_any_minute(random));
            life_measure(life, (enum synth_panel_key)panel, practice, nurse,
                         here && is_bedside(panel) ? encounter : SYNTH_NO_ITEM, at, false);
        }
    }
}

/* what the diagnosis of diabetes rests on, and what shows that the treatment works */
static void diagnose_diabetes(struct synth_life *life, struct synth_random *random)
{
    static const int32_t after[] = { 0, 110, 230 };
    if (!life_has(life, SYNTH_DISEASE_DIABETES2)) {
        return;
    }
    uint16_t author = life_staff(life, life->person->practice, SLICE("Practice nurse"));
    for (size_t i = 0; i < ARRAY_LENGTH(after); i++) {
        int32_t day = synth_working_day(life->onset[SYNTH_DISEASE_DIABETES2] + after[i]);
        if (day <= life->until && (i == 0 || day >= life->window)) {
            life_measure(life, SYNTH_PANEL_HBA1C, life->person->practice, author, SYNTH_NO_ITEM,
                         synth_when_of(day, life_any_minute(random)), false);
        }
    }
}

static void book_ahead(struct synth_life *life, struct synth_random *random)
{
    int32_t share = life->person->death != SYNTH_NO_DAY ? 0 : 6 + 6 * life->conditions;
    if (!synth_random_chance(random, share > 40 ? 40 : share, 100)) {
        return;
    }
    int32_t day = synth_working_day(life->until + synth_random_between(random, 3, 55));
    struct synth_item *item = life_add(life, SYNTH_APPOINTMENT, life->person->practice,
                                       synth_when_of(day, life_any_minute(random)));
    item->end = item->start + 15;
    item->recorded = synth_when_of(life->until - synth_random_between(random, 0, 20), 600);
    life_not_before_birth(life, item);
    item->status = SYNTH_ACTIVE;
    item->author = life_staff(life, life->person->practice, SLICE("Practice nurse"));
    item->text = life->conditions > 0 ? SLICE("Annual review") : SLICE("Consultation");
}

static void miss(struct synth_life *life, struct synth_random *random)
{
    if (!synth_random_chance(random, 16, 100)) {
        return;
    }
    struct synth_item *item =
        life_add(life, SYNTH_APPOINTMENT, life->person->practice, life_any_time(life, random));
    item->end = item->start + 10;
    item->recorded = item->start - synth_random_between(random, 1, 20) * SYNTH_DAY_MINUTES;
    life_not_before_birth(life, item);
    item->status = SYNTH_NO_SHOW;
    item->author = life_staff(life, life->person->practice, SLICE("General practitioner"));
    item->text = SLICE("Consultation");
}

static void mark_frailty(struct synth_life *life, struct synth_random *random)
{
    static const enum synth_code_key code[] = { 0, SYNTH_CODE_FRAILTY_MILD,
                                                SYNTH_CODE_FRAILTY_MODERATE,
                                                SYNTH_CODE_FRAILTY_SEVERE };
    if (life->frailty == 0 || life->age < 65) {
        return;
    }
    struct synth_item *item =
        life_add(life, SYNTH_CONDITION, life->person->practice, life_any_time(life, random));
    item->code = &synth_code_table[code[life->frailty]];
    item->problem = true;
    item->author = life_staff(life, life->person->practice, SLICE("General practitioner"));
}

void life_practice(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_PRACTICE);
    diagnose_diabetes(life, &random);
    for (int32_t from = life->window; from <= life->until; from += 366) {
        int32_t to = from + 365 > life->until ? life->until : from + 365;
        year_at_practice(life, from, to, &random);
    }
    acute(life, &random);
    mark_frailty(life, &random);
    miss(life, &random);
    book_ahead(life, &random);
}
