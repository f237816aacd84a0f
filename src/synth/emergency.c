/*
 * emergency.c: the emergency department.
 *
 * Attendances that end in a stay are made by admission.c, at the rate of admissions; here are the
 * others, at the rate of attendances less those. A complaint is a row of emergency.csv, drawn by
 * its weight at that age times how often it ends the way that is asked for: so both rates come out
 * as in the tables, and hip fractures are admitted while sprains go home. Rows of a disease are for
 * those who have it. One attendance in twelve is followed by another within a week.
 */
#include "synth/hospital.h"

#include "base/instant.h"

#define RETURN_PER_MILLE 80 /* chance adds the rest of the published 8.7% */
#define THROUGH_DOORS    70 /* per cent of emergency admissions that come through the department */

static int32_t fracture_of_hip(const struct synth_life *life, int32_t age)
{
    int32_t women = life->person->sex == 'F' ? 13 : 7;
    return age < 65 ? 0 : age < 80 ? 3 * women / 10 : 17 * women / 10;
}

static int32_t weight_of(const struct synth_life *life, const struct synth_emergency *row,
                         int32_t day, int32_t age)
{
    if (row->disease != NULL) {
        size_t disease = (size_t)(row->disease - synth_disease_table);
        return life_had(life, (enum synth_disease_key)disease, day) ? 60 : 0;
    }
    if (row->code == &synth_code_table[SYNTH_CODE_FRACTURE_OF_NECK_OF_FEMUR]) {
        return fracture_of_hip(life, age);
    }
    int32_t covid = (int32_t)instant_days_from_civil(2020, 3, 1);
    if (row->code ==
            &synth_code_table
                [SYNTH_CODE_DISEASE_CAUSED_BY_SEVERE_ACUTE_RESPIRATORY_SYNDROME_CORONAVIRUS_2] &&
        day < covid) {
        return 0;
    }
    return age < 16 ? row->child : age < 65 ? row->adult : row->old;
}

const struct synth_emergency *emergency_row(const struct synth_life *life, int32_t day,
                                            bool admitted, struct synth_random *random)
{
    int32_t weights[SYNTH_EMERGENCY_COUNT];
    int32_t total = 0;
    int32_t age = life_age_at(life, day);
    for (size_t i = 0; i < SYNTH_EMERGENCY_COUNT; i++) {
        const struct synth_emergency *row = &synth_emergency_table[i];
        int32_t ends = admitted ? row->admit_pct : 100 - row->admit_pct;
        weights[i] = weight_of(life, row, day, age) * ends;
        total += weights[i];
    }
    int32_t drawn = (int32_t)synth_random_below(random, (uint32_t)total);
    size_t i = 0;
    while (drawn >= weights[i]) {
        drawn -= weights[i];
        i++;
    }
    return &synth_emergency_table[i];
}

static uint8_t acuity_of(bool admitted, struct synth_random *random)
{
    static const uint16_t stays[] = { 55, 400, 900, 1000 };
    static const uint16_t goes[] = { 4, 102, 518, 920 };
    const uint16_t *sums = admitted ? stays : goes;
    uint32_t drawn = synth_random_below(random, 1000);
    uint8_t acuity = 1;
    while (acuity < 5 && drawn >= sums[acuity - 1]) {
        acuity++;
    }
    return acuity;
}

/* the old are brought, the young come; urgent ones more often than not */
static bool is_brought(const struct synth_life *life, const struct synth_emergency *row,
                       int32_t day, bool admitted, struct synth_random *random)
{
    int32_t age = life_age_at(life, day);
    int32_t chance = row->ambulance_pct + (age >= 85 ? 30 : age >= 75 ? 18 : age < 45 ? -8 : 0);
    chance = admitted ? chance : chance * 75 / 100;
    return synth_random_chance(random, chance, 100);
}

static struct slice outcome_of(bool admitted, struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, 1000);
    return admitted      ? SLICE("Admitted")
           : drawn < 66  ? SLICE("Left before treatment")
           : drawn < 251 ? SLICE("Referred on")
                         : SLICE("Discharged home");
}

/* log-normal: 2.6 hours in the median to home, 6.2 to a ward (2023); other years from year.csv */
static int32_t minutes_there(int32_t day, bool admitted, struct synth_random *random)
{
    int64_t median = (admitted ? 372 : 156) * hospital_year(day)->ed_time_pct / 100;
    int64_t minutes = median * use_log_normal(random, true) / 1000;
    return (int32_t)(minutes < 12 ? 12 : minutes > 4000 ? 4000 : minutes);
}

static void write_down(struct hospital *at, const struct synth_emergency *row, synth_when arrival,
                       synth_when left, bool admitted, uint8_t acuity, bool brought,
                       uint32_t *ret_encounter)
{
    struct synth_life *life = at->life;
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    uint16_t author = life_staff(life, hospital, SLICE("Emergency Medicine"));
    uint32_t encounter = hospital_encounter(life, hospital, arrival, left, SYNTH_IN_EMERGENCY,
                                            row->complaint, author);
    struct synth_visit *visit = life_add_visit(life, encounter);
    visit->specialty = SLICE("180");
    visit->arrival = brought ? 1 : 2;
    visit->acuity = acuity;
    visit->first = true;
    visit->outcome = outcome_of(admitted, &at->random);
    if (acuity <= 2 || (acuity == 3 && synth_random_chance(&at->random, 30, 100))) {
        life_measure(life, SYNTH_PANEL_ACUTE, hospital, author, encounter,
                     arrival + 15 < left ? arrival + 15 : left, row->infection != 0);
    }
    *ret_encounter = encounter;
    if (admitted || life->failed) {
        return;
    }
    synth_when found = arrival + 60 < left ? arrival + 60 : left;
    uint32_t condition =
        hospital_diagnosis(life, hospital, row->code, row->finding, found, encounter, author);
    if (life->failed) {
        return;
    }
    life->items.at[encounter].reason = condition;
    hospital_procedure(life, row->procedure, found, encounter, condition, author,
                       (struct slice){ NULL, 0 });
    if (synth_random_chance(&at->random, 45, 100)) {
        struct slice text = life_emergency_text(life, row, arrival, left, visit->outcome);
        struct synth_item *item =
            hospital_document(life, hospital, SYNTH_CODE_EPISODE_SUMMARY, left,
                              SLICE("Emergency department letter"), text, author, encounter);
        bool soon = synth_random_chance(&at->random, 93, 100);
        hospital_written(life, item, synth_random_between(&at->random, 10, soon ? 1400 : 5000));
    }
}

synth_when emergency_attend(struct hospital *at, const struct synth_emergency *row, synth_when call,
                            bool admitted, uint32_t *ret_encounter)
{
    struct synth_life *life = at->life;
    int32_t day = synth_day_of(call);
    uint8_t acuity = acuity_of(admitted, &at->random);
    bool brought = is_brought(life, row, day, admitted, &at->random);
    bool called = !brought && synth_random_chance(&at->random, 13, 100);
    synth_when arrival = call;
    if (called && at->calls > 0) {
        urgent_call_before(at, row, call);
    }
    if (brought) {
        arrival = urgent_conveyed(at, row, call, acuity);
    }
    synth_when left = arrival + minutes_there(day, admitted, &at->random);
    *ret_encounter = SYNTH_NO_ITEM;
    bool written = use_happens(life, SYNTH_CONTACT_EMERGENCY, day, &at->random);
    synth_when end = synth_when_of(life->until, 1439);
    if (left > end) {
        left = end;
        arrival = arrival < end ? arrival : end;
    }
    if (written) {
        write_down(at, row, arrival, left, admitted, acuity, brought, ret_encounter);
    }
    return left;
}

/* per mille of attendances at that age that end in a stay */
static int32_t share_admitted(const struct synth_life *life, int32_t day)
{
    int32_t age = life_age_at(life, day);
    char sex = life->person->sex;
    int32_t stays = use_rate(life->world, SYNTH_CONTACT_EMERGENCY_ADMISSION, sex, age);
    int32_t all = use_rate(life->world, SYNTH_CONTACT_EMERGENCY, sex, age);
    return stays * THROUGH_DOORS * 10 / all;
}

static void come_and_go(struct hospital *at, int32_t day)
{
    uint32_t encounter;
    const struct synth_emergency *row = emergency_row(at->life, day, false, &at->random);
    for (bool again = true; again;) {
        emergency_attend(at, row, calendar_when(SYNTH_CALENDAR_EMERGENCY, day, &at->random), false,
                         &encounter);
        again = synth_random_chance(&at->random, RETURN_PER_MILLE, 1000);
        day = hospital_free_day(at, day + synth_random_between(&at->random, 1, 6));
        again = again && day != SYNTH_NO_DAY;
    }
}

void emergency_attendances(struct hospital *at)
{
    struct synth_life *life = at->life;
    int32_t days[HOSPITAL_MAX_DAYS];
    uint32_t count = use_days(life, SYNTH_CONTACT_EMERGENCY, life->window, life->until, &at->random,
                              days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        bool stays = synth_random_chance(&at->random, share_admitted(life, days[i]), 1000);
        bool returns = synth_random_chance(&at->random, RETURN_PER_MILLE, 1000);
        int32_t day = hospital_free_day(at, days[i]);
        if (!stays && !returns && day != SYNTH_NO_DAY) {
            come_and_go(at, day);
        }
    }
}
