/*
 * elective.c: planned stays and day cases.
 *
 * Which one a person has is drawn among the rows of elective.csv that fit age, sex and diseases; an
 * operation that can be done once is done once. What they come for was asked for weeks to months
 * before (year.csv). Seven or eight in a hundred nights end in an emergency readmission; that is
 * left to chance, which brings as many.
 */
#include "synth/hospital.h"

static int32_t weight_of(const struct hospital *at, size_t i, int32_t day, bool night)
{
    const struct synth_elective *row = &synth_elective_table[i];
    const struct synth_life *life = at->life;
    int32_t age = life_age_at(life, day);
    bool fits = age >= row->from_age && age <= row->to_age &&
                (row->sex == 'B' || row->sex == life->person->sex) &&
                (row->at_most == 0 || at->done[i] < row->at_most);
    if (row->disease != NULL) {
        size_t disease = (size_t)(row->disease - synth_disease_table);
        fits = fits && life_had(life, (enum synth_disease_key)disease, day);
    }
    return !fits ? 0 : night ? row->night_weight : row->day_weight;
}

static size_t choose(struct hospital *at, int32_t day, bool night)
{
    int32_t weights[SYNTH_ELECTIVE_COUNT];
    int32_t total = 0;
    for (size_t i = 0; i < SYNTH_ELECTIVE_COUNT; i++) {
        weights[i] = weight_of(at, i, day, night);
        total += weights[i];
    }
    assert(total > 0); /* the last row fits everybody */
    int32_t drawn = (int32_t)synth_random_below(&at->random, (uint32_t)total);
    size_t i = 0;
    while (drawn >= weights[i]) {
        drawn -= weights[i];
        i++;
    }
    return i;
}

static bool is_course(const struct synth_elective *row)
{
    return row->at_most == 0 && row->disease != NULL;
}

static void say(struct hospital *at, const struct synth_elective *row, uint32_t encounter,
                synth_when from, bool night)
{
    struct synth_life *life = at->life;
    struct synth_visit *visit = life_add_visit(life, encounter);
    int32_t wait = hospital_year(synth_day_of(from))->wait_days;
    int64_t days = (int64_t)wait * use_log_normal(&at->random, false) / 1000;
    days = days < 3 ? 3 : days > 900 ? 900 : days;
    visit->requested = hospital_asked(life, from, days);
    visit->specialty =
        life_age_at(life, synth_day_of(from)) < 16 ? SLICE("420") : row->specialty->code;
    visit->admission_method = is_course(row)                              ? SLICE("13")
                              : synth_random_chance(&at->random, 70, 100) ? SLICE("11")
                                                                          : SLICE("12");
    visit->admission_source = life->person->care_home ? SLICE("85") : SLICE("19");
    visit->discharge_method = SLICE("1");
    visit->discharge_destination = visit->admission_source;
    visit->outcome = SLICE("Discharged");
    visit->ward = night                                                 ? row->specialty->ward
                  : slice_starts_with(row->specialty->code, SLICE("1")) ? SLICE("Day Surgery Unit")
                                                                        : row->specialty->ward;
    visit->planned = true;
    visit->day_case = !night;
}

/* nights: median 1.6, mean 3.4 */
static int32_t nights_of(struct hospital *at, const struct synth_elective *row)
{
    int64_t nights = (int64_t)row->days * use_log_normal(&at->random, true) / 1000 + 1;
    return (int32_t)(nights > 40 ? 40 : nights);
}

/* what it is for: the disease, or what the row says; nothing when that is not known by a code */
static const struct synth_code *reason_of(const struct synth_life *life,
                                          const struct synth_elective *row)
{
    bool cancer = row->disease == &synth_disease_table[SYNTH_DISEASE_CANCER];
    return cancer && life->cancer != NULL ? life->cancer->code
           : row->disease != NULL         ? row->disease->code
                                          : row->diagnosis;
}

static void come_in(struct hospital *at, int32_t day, bool night)
{
    struct synth_life *life = at->life;
    enum synth_contact_key kind = night ? SYNTH_CONTACT_ELECTIVE_ADMISSION : SYNTH_CONTACT_DAY_CASE;
    size_t chosen = choose(at, day, night);
    const struct synth_elective *row = &synth_elective_table[chosen];
    at->done[chosen]++;
    synth_when from = calendar_when(SYNTH_CALENDAR_ELECTIVE, day, &at->random);
    int32_t last = night ? hospital_free_until(at, day, day + nights_of(at, row)) : day;
    last = last > life->until ? life->until : last;
    synth_when to = synth_when_of(last, 900) + synth_random_between(&at->random, 0, 200);
    to = to < from + 60 ? from + synth_random_between(&at->random, 60, 300) : to;
    to = synth_day_of(to) > life->until ? synth_when_of(life->until, 1439) : to;
    hospital_took(at, day, last);
    if (!use_happens(life, kind, day, &at->random)) {
        return;
    }
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    uint16_t author = life_staff(life, hospital, row->specialty->role);
    uint32_t encounter =
        hospital_encounter(life, hospital, from, to, SYNTH_ON_WARD, row->label, author);
    say(at, row, encounter, from, night);
    if (life->failed) {
        return;
    }
    life->items.at[encounter].code = &synth_code_table[SYNTH_CODE_HOSPITAL_ADMISSION];
    uint32_t reason = SYNTH_NO_ITEM;
    if (reason_of(life, row) != NULL) {
        reason = hospital_diagnosis(life, hospital, reason_of(life, row), row->finding, from,
                                    encounter, author);
        if (life->failed) {
            return;
        }
        life->items.at[encounter].reason = reason;
    }
    hospital_procedure(life, row->procedure, from + 60 < to ? from + 60 : from, encounter, reason,
                       author, row->finding);
    if (night || (!is_course(row) && synth_random_chance(&at->random, 50, 100))) {
        struct slice text = life_planned_text(life, row, from, to);
        struct synth_item *item =
            hospital_document(life, hospital, SYNTH_CODE_DISCHARGE_SUMMARY, to,
                              SLICE("Discharge summary"), text, author, encounter);
        hospital_written(life, item, synth_random_between(&at->random, 20, 2000));
    }
}

static void stays_of(struct hospital *at, enum synth_contact_key kind, bool night)
{
    struct synth_life *life = at->life;
    int32_t days[HOSPITAL_MAX_DAYS];
    uint32_t count =
        use_days(life, kind, life->window, life->until, &at->random, days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        int32_t day = hospital_free_day(at, days[i]);
        if (day != SYNTH_NO_DAY) {
            come_in(at, day, night);
        }
    }
}

void elective_admissions(struct hospital *at)
{
    stays_of(at, SYNTH_CONTACT_ELECTIVE_ADMISSION, true);
    stays_of(at, SYNTH_CONTACT_DAY_CASE, false);
}
