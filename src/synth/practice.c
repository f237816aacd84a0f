/*
 * practice.c: life at the practice: reviews, tests, acute illness, appointments.
 *
 * How often a person comes is drawn from rate.csv: 5.5 contacts a year in the mean, very unevenly
 * (use.h). Among them are the yearly reviews of long-term conditions and the acute illnesses of
 * acute.csv, which are all written down, because what they find and what they prescribe is asked
 * for later. The rest, drawn from consult.csv, leaves little to read: a share is written down
 * (contact.csv), all of it is counted.
 */
#include "synth/hospital.h"

#define MAX_CONTACTS 1024 /* of one person, in a window of up to twenty years */

struct practice {
    struct synth_life *life;
    struct synth_random random;
    uint32_t seen; /* contacts so far */
};

static enum synth_setting setting_of(const struct synth_life *life, int32_t day, bool *ret_online,
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

static uint32_t add_encounter(struct synth_life *life, int32_t day, enum synth_setting at,
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

static void fall_ill(struct practice *at, const struct synth_acute *row)
{
    struct synth_life *life = at->life;
    struct synth_random *random = &at->random;
    synth_org practice = life->person->practice;
    bool online;
    int32_t day = calendar_day(life->world->calendar, SYNTH_CALENDAR_PRACTICE, life->window,
                               life->until, random);
    uint16_t author = life_staff(life, practice, SLICE("General practitioner"));
    enum synth_setting setting = setting_of(life, day, &online, random);
    at->seen++;
    uint32_t encounter = add_encounter(life, day, setting, row->reason, author, random);
    if (life->failed) {
        return;
    }
    uint32_t condition = hospital_diagnosis(life, practice, row->code, row->reason,
                                            life->items.at[encounter].start, encounter, author);
    if (life->failed) {
        return;
    }
    struct synth_item *item = &life->items.at[condition];
    item->end = item->start + SYNTH_DAY_MINUTES * synth_random_between(random, 5, 28);
    if (synth_day_of(item->end) > life->until) {
        item->end = SYNTH_NEVER;
        item->status = SYNTH_ACTIVE;
    }
    life->items.at[encounter].reason = condition;
    treat(life, row, encounter, condition, day, author, random);
    if (synth_random_chance(random, 24, 100)) {
        life_measure(life, SYNTH_PANEL_BLOOD_PRESSURE, practice, author, encounter,
                     life->items.at[encounter].start, false);
    }
}

/* more for those who come more often */
static void acute(struct practice *at)
{
    struct synth_life *life = at->life;
    int64_t mean = use_rate(life->world, SYNTH_CONTACT_PRACTICE, life->person->sex, life->age);
    int64_t own = use_own_rate(life, SYNTH_CONTACT_PRACTICE, life->until);
    int64_t worth =
        calendar_worth(life->world->calendar, SYNTH_CALENDAR_PRACTICE, life->window, life->until);
    for (size_t i = 0; i < SYNTH_ACUTE_COUNT; i++) {
        const struct synth_acute *row = &synth_acute_table[i];
        int64_t rate = rate_of(row, life->age, life->person->sex) * own / mean;
        uint32_t count = use_poisson(&at->random, rate * worth / 365250);
        for (uint32_t n = 0; n < count; n++) {
            fall_ill(at, row);
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
            encounter = add_encounter(life, day, SYNTH_AT_SURGERY,
                                      SLICE("Long-term condition review"), author, random);
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
        in->seen++;
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
    enum synth_setting setting = setting_of(life, day, &online, &at->random);
    uint32_t encounter = add_encounter(life, day, setting, row->text, author, &at->random);
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

/* what is only counted: letters, results, renewals, referrals; advice and guidance */
static void paperwork(struct practice *at)
{
    static const enum synth_contact_key kinds[] = { SYNTH_CONTACT_LETTER, SYNTH_CONTACT_RESULT,
                                                    SYNTH_CONTACT_RENEWAL, SYNTH_CONTACT_REFERRAL,
                                                    SYNTH_CONTACT_ADVICE };
    struct synth_life *life = at->life;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        const struct synth_contact *row = &synth_contact_table[kinds[i]];
        enum synth_calendar_key shape =
            (enum synth_calendar_key)(row->calendar - synth_calendar_table);
        int64_t worth = calendar_worth(life->world->calendar, shape, life->window, life->until);
        int64_t mean = use_own_rate(life, kinds[i], life->until) * worth;
        mean += synth_random_below(&at->random, 365250);
        use_count(life, kinds[i], use_poisson(&at->random, mean / 365250));
    }
}

static void consultations(struct practice *at)
{
    struct synth_life *life = at->life;
    int32_t *days = arena_array(life->arena, MAX_CONTACTS, int32_t);
    if (days == NULL) {
        life->failed = true;
        return;
    }
    uint32_t count = use_days(life, SYNTH_CONTACT_PRACTICE, life->window, life->until, &at->random,
                              days, MAX_CONTACTS);
    use_count(life, SYNTH_CONTACT_PRACTICE, at->seen);
    life->tally[SYNTH_CONTACT_PRACTICE].written += (uint16_t)at->seen;
    for (uint32_t i = 0; i < count; i++) {
        if (i >= at->seen) {
            consult(at, days[i]);
        }
        miss(at, days[i]);
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
    diagnose_diabetes(life, &at.random);
    for (int32_t from = life->window; from <= life->until; from += 366) {
        int32_t to = from + 365 > life->until ? life->until : from + 365;
        year_at_practice(&at, from, to);
    }
    acute(&at);
    mark_frailty(life, &at.random);
    consultations(&at);
    paperwork(&at);
    book_ahead(life, &at.random);
}
