/*
 * practice.c: life at the practice: reviews, tests, consultations, appointments.
 *
 * How often a person comes is drawn from rate.csv: 5.5 contacts a year in the mean, very unevenly
 * (use.h). Among them are the yearly reviews of long-term conditions and the acute illnesses
 * (illness.c), which are all written down, because what they find and what they prescribe is asked
 * for later. The rest, drawn from consult.csv, leaves little to read: a share is written down
 * (contact.csv), all of it is counted.
 */
#include "synth/practice.h"

#define MAX_CONTACTS       1024 /* of one person, in a window of up to twenty years */
#define MEDICINES_REVIEWED 75   /* per cent of those who take any, each year */

enum synth_setting practice_setting(const struct synth_life *life, int32_t day, bool *ret_online,
                                    struct synth_random *random)
{
    const struct synth_year *year = hospital_year(day);
    int32_t drawn = (int32_t)synth_random_below(random, 100);
    int32_t home = year->home * (life->frailty == 3 ? 20 : life->frailty == 2 ? 5 : 1);
    *ret_online = false;
    if (drawn < home) {
        return SYNTH_AT_HOME;
    }
    drawn -= home;
    *ret_online = drawn < year->online;
    return drawn < year->online + year->telephone ? SYNTH_BY_TELEPHONE : SYNTH_AT_SURGERY;
}

/* same day 44%, within a week 28, two weeks 12, four weeks 11, later 5 */
static int32_t days_ahead(struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, 100);
    return drawn < 44   ? 0
           : drawn < 72 ? synth_random_between(random, 1, 7)
           : drawn < 84 ? synth_random_between(random, 8, 14)
           : drawn < 95 ? synth_random_between(random, 15, 28)
                        : synth_random_between(random, 29, 60);
}

uint32_t practice_encounter(struct synth_life *life, int32_t day, enum synth_setting at,
                            struct slice text, uint16_t author, struct synth_random *random)
{
    synth_when from = calendar_when(SYNTH_CALENDAR_PRACTICE, day, random);
    uint32_t encounter =
        hospital_encounter(life, life->person->practice, from,
                           from + synth_random_between(random, 6, 20), at, text, author);
    struct synth_visit *visit = life_add_visit(life, encounter);
    visit->requested = hospital_asked(life, from, days_ahead(random));
    visit->attended = 5;
    return encounter;
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

/* reviewed this year: as many of those with the disease as the Quality and Outcomes Framework finds
 */
static bool reviewed(const struct synth_life *life, size_t disease, int32_t day,
                     struct synth_random *random)
{
    const struct synth_disease *row = &synth_disease_table[disease];
    return row->review_pct > 0 && life_had(life, (enum synth_disease_key)disease, day) &&
           !life->resolved[disease] && synth_random_chance(random, row->review_pct, 100);
}

static void add_review(struct synth_life *life, const struct synth_disease *row, uint32_t encounter,
                       uint32_t problem)
{
    const struct synth_item seen = life->items.at[encounter];
    struct slice finding = life_phrase(life, row->finding, seen.start);
    struct synth_item *item = life_add(life, SYNTH_PROCEDURE, life->person->practice, seen.start);
    item->code = row->review; /* none of a check that has no code: its words stand for it */
    item->text = row->review != NULL ? finding
                                     : arena_printf(life->arena, "%.*s. %.*s",
                                                    SLICE_PRINT(row->check), SLICE_PRINT(finding));
    item->status = SYNTH_ENDED;
    item->encounter = encounter;
    item->reason = problem;
    item->author = seen.author;
}

/* The yearly review: an encounter, a procedure for up to three diseases. Encounter index or none.
 */
static uint32_t review(struct synth_life *life, int32_t day, uint16_t author,
                       struct synth_random *random)
{
    uint32_t encounter = SYNTH_NO_ITEM;
    int done = 0;
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT && done < 3; i++) {
        if (!reviewed(life, i, day, random)) {
            continue;
        }
        if (encounter == SYNTH_NO_ITEM) {
            encounter = practice_encounter(life, day, SYNTH_AT_SURGERY,
                                           SLICE("Long-term condition review"), author, random);
            if (life->failed) {
                return SYNTH_NO_ITEM;
            }
        }
        add_review(life, &synth_disease_table[i], encounter, life->problem[i]);
        done++;
    }
    return encounter;
}

static int regular_medicines(const struct synth_life *life, int32_t day)
{
    int count = 0;
    for (uint32_t i = 0; i < life->taking_count; i++) {
        count += life->taking[i].from <= day && day < life->taking[i].to;
    }
    return count;
}

/* By the pharmacist, or in the yearly review when there is one. Structured: for those with many
 * medicines or frail. */
static void review_medicines(struct practice *in, int32_t day, uint32_t encounter)
{
    struct synth_life *life = in->life;
    synth_org practice = life->person->practice;
    int medicines = regular_medicines(life, day);
    bool due = synth_random_chance(&in->random, MEDICINES_REVIEWED, 100);
    if (medicines == 0 || !due) {
        return;
    }
    if (encounter == SYNTH_NO_ITEM) {
        encounter = practice_encounter(life, day, SYNTH_BY_TELEPHONE, SLICE("Medication review"),
                                       life_staff(life, practice, SLICE("Clinical pharmacist")),
                                       &in->random);
        in->spent++;
        use_written(life, SYNTH_CONTACT_PRACTICE, day);
        if (life->failed) {
            return;
        }
    }
    const struct synth_item seen = life->items.at[encounter];
    bool structured = medicines >= 8 || life->frailty >= 2;
    struct synth_item *item = life_add(life, SYNTH_PROCEDURE, practice, seen.start);
    item->code =
        &synth_code_table[structured ? SYNTH_CODE_STRUCTURED_REVIEW : SYNTH_CODE_MEDICATION_REVIEW];
    item->text = life_phrase(life, SLICE("review_medicines"), seen.start);
    item->status = SYNTH_ENDED;
    item->encounter = encounter;
    item->author = seen.author;
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

static void year_at_practice(struct practice *in, int32_t from, int32_t to)
{
    struct synth_life *life = in->life;
    struct synth_random *random = &in->random;
    synth_org practice = life->person->practice;
    uint16_t nurse = life_staff(life, practice, SLICE("Practice nurse"));
    const struct calendar *calendar = life->world->calendar;
    int32_t day = calendar_day(calendar, SYNTH_CALENDAR_PRACTICE, from, to, random);
    int32_t rates[SYNTH_PANEL_COUNT];
    rates_of_year(life, day, rates);
    uint32_t encounter = review(life, day, nurse, random);
    if (encounter != SYNTH_NO_ITEM) {
        in->spent++;
        use_written(life, SYNTH_CONTACT_PRACTICE, synth_day_of(life->items.at[encounter].start));
        foot_and_eyes(life, day, encounter, nurse, random);
    }
    review_medicines(in, day, encounter);
    synth_when when = encounter != SYNTH_NO_ITEM ? life->items.at[encounter].start
                                                 : synth_when_of(day, life_any_minute(random));
    bool smoking = encounter != SYNTH_NO_ITEM ? synth_random_chance(random, 45, 100)
                                              : synth_random_chance(random, 10, 100);
    if (smoking && life->age >= 16) {
        life_ask_smoking(life, practice, nurse, encounter, when);
    }
    for (size_t panel = 0; panel < SYNTH_PANEL_COUNT; panel++) {
        uint32_t count = synth_random_count(random, rates[panel] * (to - from + 1) / 366);
        for (uint32_t n = 0; n < count; n++) {
            bool here = n == 0;
            int32_t other = calendar_day(calendar, SYNTH_CALENDAR_PRACTICE, from, to, random);
            synth_when at = here ? when : calendar_when(SYNTH_CALENDAR_PRACTICE, other, random);
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

/* more of the young and the deprived; Mondays follow from the calendar */
static void miss(struct practice *at, int32_t day)
{
    struct synth_life *life = at->life;
    int32_t age = life_age_at(life, day);
    int32_t share = hospital_year(day)->missed_per_mille * (age >= 20 && age < 40 ? 150 : 90) / 100;
    share = share * (160 - 8 * life->person->tenth) / 100;
    if (!synth_random_chance(&at->random, share, 1000 - share) ||
        !use_happens(life, SYNTH_CONTACT_PRACTICE_MISSED, day, &at->random)) {
        return;
    }
    struct synth_item *item = life_add(life, SYNTH_APPOINTMENT, life->person->practice,
                                       calendar_when(SYNTH_CALENDAR_PRACTICE, day, &at->random));
    item->end = item->start + 10;
    item->recorded = hospital_asked(life, item->start, days_ahead(&at->random));
    item->status = SYNTH_NO_SHOW;
    item->author = life_staff(life, life->person->practice, SLICE("General practitioner"));
    item->text = SLICE("Consultation");
    synth_when booked = item->recorded;
    struct synth_visit *visit = life_add_visit(life, life_last(life));
    visit->attended = 3;
    visit->requested = booked;
}

/* -- the rest ---------------------------------------------------------------------------------- */

static int32_t weight_of(const struct synth_life *life, const struct synth_consult *row,
                         int32_t age)
{
    int32_t weight = age < 16 ? row->child : age < 65 ? row->adult : row->old;
    if (row->female_pct > 1000) { /* women's matters */
        return life->person->sex == 'F' && age >= 15 ? weight * 2 : 0;
    }
    return life->person->sex == 'F' ? weight * row->female_pct / 100 : weight;
}

static const struct synth_consult *choose(struct practice *at, int32_t day)
{
    int32_t weights[SYNTH_CONSULT_COUNT];
    int32_t total = 0;
    int32_t age = life_age_at(at->life, day);
    for (size_t i = 0; i < SYNTH_CONSULT_COUNT; i++) {
        weights[i] = weight_of(at->life, &synth_consult_table[i], age);
        total += weights[i];
    }
    int32_t drawn = (int32_t)synth_random_below(&at->random, (uint32_t)total);
    size_t i = 0;
    while (drawn >= weights[i]) {
        drawn -= weights[i];
        i++;
    }
    return &synth_consult_table[i];
}

static void consult(struct practice *at, int32_t day)
{
    struct synth_life *life = at->life;
    if (!use_happens(life, SYNTH_CONTACT_PRACTICE, day, &at->random)) {
        return;
    }
    bool online;
    const struct synth_consult *row = choose(at, day);
    uint16_t author = life_staff(life, life->person->practice, row->role);
    enum synth_setting setting = practice_setting(life, day, &online, &at->random);
    uint32_t encounter = practice_encounter(life, day, setting, row->text, author, &at->random);
    if (life->failed) {
        return;
    }
    if (online) {
        ((struct synth_visit *)life->items.at[encounter].visit)->category = SLICE("online");
    }
    if (setting == SYNTH_AT_SURGERY && synth_random_chance(&at->random, 22, 100)) {
        life_measure(life, SYNTH_PANEL_BLOOD_PRESSURE, life->person->practice, author, encounter,
                     life->items.at[encounter].start, false);
    }
}

/* what is only counted: letters, results, renewals; advice and guidance */
static void paperwork(struct practice *at)
{
    static const enum synth_contact_key kinds[] = { SYNTH_CONTACT_LETTER, SYNTH_CONTACT_RESULT,
                                                    SYNTH_CONTACT_RENEWAL, SYNTH_CONTACT_ADVICE };
    struct synth_life *life = at->life;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        uint32_t count = use_days(life, kinds[i], life->window, life->until, &at->random, at->days,
                                  MAX_CONTACTS);
        for (uint32_t n = 0; n < count; n++) {
            use_counted(life, kinds[i], at->days[n]);
        }
    }
}

static void consultations(struct practice *at)
{
    struct synth_life *life = at->life;
    uint32_t count = use_days(life, SYNTH_CONTACT_PRACTICE, life->window, life->until, &at->random,
                              at->days, MAX_CONTACTS);
    uint32_t others = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct synth_acute *row = illness_of_contact(life, at->days[i], &at->random);
        if (row != NULL) {
            illness_seen(at, row, at->days[i]);
        } else if (others++ >= at->spent) {
            consult(at, at->days[i]);
        }
        miss(at, at->days[i]);
    }
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
    struct practice at = { .life = life, .random = life_random(life, SYNTH_STREAM_PRACTICE) };
    at.days = arena_array(life->arena, MAX_CONTACTS, int32_t);
    if (at.days == NULL) {
        life->failed = true;
        return;
    }
    diagnose_diabetes(life, &at.random);
    for (int32_t from = life->window; from <= life->until; from += 366) {
        int32_t to = from + 365 > life->until ? life->until : from + 365;
        year_at_practice(&at, from, to);
    }
    mark_frailty(life, &at.random);
    consultations(&at);
    paperwork(&at);
    book_ahead(life, &at.random);
}
