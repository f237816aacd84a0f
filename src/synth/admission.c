/*
 * admission.c: stays in hospital that nobody planned.
 *
 * They come at the rate of emergency admissions, seven in ten through the emergency department, the
 * rest sent by the practice or a clinic. The first stroke or heart attack of someone whose disease
 * begins in the window is its onset itself, so that practice and hospital tell one story; who dies
 * in hospital (two in five) is admitted some days before. After a stay comes another within thirty
 * days as often as published for its reason and age; the rate is lowered by as much.
 *
 * How long: log-normal around the mean of the complaint's row, longer with age. A stay that has not
 * ended on the county's day has no end, and says so as the NHS Data Dictionary does (method of
 * discharge 8, destination 98).
 */
#include "synth/hospital.h"

#define THROUGH_DOORS    70
#define BACK_PER_MILLE   130 /* of all; chance adds the rest of the published 145 */
#define DIES_IN_HOSPITAL 43

struct stay {
    const struct synth_emergency *row;
    synth_when from, to; /* SYNTH_NEVER: goes on */
    bool died;
    struct slice method;
    uint32_t attendance; /* item, or SYNTH_NO_ITEM */
};

/* -- what is said of a stay -------------------------------------------------------------------- */

static bool is_surgical(const struct synth_specialty *specialty)
{
    return slice_starts_with(specialty->code, SLICE("1")) &&
           !slice_equal(specialty->code, SLICE("180"));
}

static struct slice first_ward(const struct synth_specialty *specialty, int32_t age)
{
    return age < 16                 ? SLICE("Children's Ward")
           : is_surgical(specialty) ? SLICE("Surgical Assessment Unit")
                                    : SLICE("Acute Medical Unit");
}

static void say_wards(struct hospital *at, const struct stay *stay, struct synth_visit *visit,
                      int32_t age)
{
    visit->ward = first_ward(stay->row->specialty, age);
    synth_when end = stay->to != SYNTH_NEVER ? stay->to : synth_when_of(at->life->until, 0);
    synth_when moved = stay->from + synth_random_between(&at->random, 600, 2400);
    bool critical = synth_random_chance(&at->random, 34, 1000);
    if (moved + 600 < end && age >= 16) {
        visit->moved_ward = stay->row->specialty->ward;
        visit->moved = moved;
    }
    if (critical && moved + 600 < end &&
        use_happens(at->life, SYNTH_CONTACT_CRITICAL_CARE, synth_day_of(moved), &at->random)) {
        visit->critical_care = true;
        visit->moved_ward = SLICE("Intensive Care Unit");
        visit->moved = moved;
    }
}

static void say_end(struct hospital *at, const struct stay *stay, struct synth_visit *visit)
{
    const struct synth_person *person = at->life->person;
    uint32_t drawn = synth_random_below(&at->random, 1000);
    bool old = at->life->age >= 75 && at->life->frailty >= 2;
    visit->discharge_method = drawn < 15 ? SLICE("6") : SLICE("1");
    visit->discharge_destination = SLICE("19");
    visit->outcome = SLICE("Discharged");
    if (stay->to == SYNTH_NEVER) {
        visit->discharge_method = SLICE("8");
        visit->discharge_destination = SLICE("98");
        visit->outcome = SLICE("In hospital");
    } else if (stay->died) {
        visit->discharge_method = SLICE("4");
        visit->discharge_destination = SLICE("79");
        visit->outcome = SLICE("Died");
    } else if (person->care_home || (old && drawn >= 500 && drawn < 620)) {
        visit->discharge_destination = SLICE("85");
        visit->outcome = SLICE("Discharged to a care home");
    } else if (drawn >= 950) {
        visit->discharge_destination = SLICE("51");
        visit->outcome = SLICE("Transferred to another hospital");
    }
}

static void say(struct hospital *at, const struct stay *stay, uint32_t ward)
{
    int32_t age = life_age_at(at->life, synth_day_of(stay->from));
    struct synth_visit *visit = life_add_visit(at->life, ward);
    visit->specialty = age < 16 ? SLICE("420") : stay->row->specialty->code;
    visit->requested = stay->from;
    visit->admission_method = stay->method;
    visit->admission_source = at->life->person->care_home ? SLICE("85") : SLICE("19");
    say_wards(at, stay, visit, age);
    say_end(at, stay, visit);
}

static void blood_tests(struct hospital *at, const struct stay *stay, uint32_t ward)
{
    struct synth_life *life = at->life;
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    uint16_t scientist = life_staff(life, hospital, SLICE("Biomedical"));
    bool ill = stay->row->infection != 0;
    synth_when end = stay->to != SYNTH_NEVER ? stay->to : synth_when_of(life->until, 0);
    synth_when first = stay->from + 40;
    synth_when later = stay->from + 2 * SYNTH_DAY_MINUTES;
    if (first < end) {
        life_measure(life, SYNTH_PANEL_RENAL, hospital, scientist, ward, first, ill);
        life_measure(life, SYNTH_PANEL_BLOOD_COUNT, hospital, scientist, ward, first, ill);
        life_measure(life, SYNTH_PANEL_INFLAMMATION, hospital, scientist, ward, first, ill);
    }
    if (later + SYNTH_DAY_MINUTES < end) {
        life_measure(life, SYNTH_PANEL_RENAL, hospital, scientist, ward, later, false);
        life_measure(life, SYNTH_PANEL_ACUTE, hospital, scientist, ward, later, false);
    }
}

/* within a day 76%, two days 87%, 2% never */
static void summary(struct hospital *at, const struct stay *stay, uint32_t ward, uint16_t author)
{
    uint32_t drawn = synth_random_below(&at->random, 100);
    int32_t minutes = drawn < 76   ? synth_random_between(&at->random, 20, 1439)
                      : drawn < 87 ? synth_random_between(&at->random, 1440, 2879)
                                   : synth_random_between(&at->random, 2880, 14400);
    if (drawn >= 98) {
        return;
    }
    struct slice text = life_discharge_text(at->life, stay->row, stay->from, stay->to, stay->died);
    struct synth_item *item = hospital_document(
        at->life, SYNTH_ORGANISATION_HOSPITAL, SYNTH_CODE_DISCHARGE_SUMMARY, stay->to,
        stay->died ? SLICE("Summary of final admission") : SLICE("Discharge summary"), text, author,
        ward);
    hospital_written(at->life, item, minutes);
}

static void write_down(struct hospital *at, const struct stay *stay)
{
    struct synth_life *life = at->life;
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    uint16_t author = life_staff(life, hospital, stay->row->specialty->role);
    uint32_t ward = hospital_encounter(life, hospital, stay->from, stay->to, SYNTH_ON_WARD,
                                       stay->row->complaint, author);
    say(at, stay, ward);
    uint32_t condition = hospital_diagnosis(life, hospital, stay->row->code, stay->row->finding,
                                            stay->from, ward, author);
    if (life->failed) {
        return;
    }
    life->items.at[ward].status = stay->to == SYNTH_NEVER ? SYNTH_ACTIVE : SYNTH_ENDED;
    life->items.at[ward].death = stay->died;
    life->items.at[ward].reason = condition;
    blood_tests(at, stay, ward);
    synth_when theatre = stay->from + (synth_when)(stay->row->days > 2 ? 14 : 2) * 60;
    synth_when end = stay->to != SYNTH_NEVER ? stay->to : synth_when_of(life->until, 0);
    hospital_procedure(life, stay->row->procedure, theatre < end ? theatre : stay->from, ward,
                       condition, author, (struct slice){ NULL, 0 });
    if (stay->to != SYNTH_NEVER) {
        summary(at, stay, ward, author);
    }
}

/* the practice codes what the letter says, some days later */
static void tell_practice(struct hospital *at, const struct stay *stay)
{
    struct synth_life *life = at->life;
    synth_when heard = stay->to + SYNTH_DAY_MINUTES * synth_random_between(&at->random, 2, 12);
    if (stay->row->disease != NULL || synth_day_of(heard) > life->until ||
        !synth_random_chance(&at->random, 75, 100)) {
        return;
    }
    struct synth_item *item = life_add(life, SYNTH_CONDITION, life->person->practice, stay->from);
    item->code = stay->row->code;
    item->status = SYNTH_ENDED;
    item->recorded = heard;
    item->author = life_staff(life, life->person->practice, SLICE("General practitioner"));
    item->note = SLICE("From hospital letter");
}

/* -- how long ---------------------------------------------------------------------------------- */

/* hardly anybody leaves at the weekend: two in five wait for Monday or went on Friday */
static int32_t discharge_day(int32_t first, int32_t last, struct synth_random *random)
{
    int weekday = synth_weekday(last);
    bool weekend = weekday == 0 || weekday == 6;
    if (!weekend || !synth_random_chance(random, 40, 100)) {
        return last;
    }
    int32_t friday = weekday == 0 ? last - 2 : last - 1;
    return friday > first && synth_random_chance(random, 60, 100) ? friday
                                                                  : synth_working_day(last);
}

static int32_t last_day(struct hospital *at, const struct synth_emergency *row, int32_t first)
{
    int32_t age = life_age_at(at->life, first);
    int32_t share = age < 16 ? 50 : age < 65 ? 70 : age < 75 ? 95 : age < 85 ? 115 : 140;
    int64_t days = (int64_t)row->days * share * use_log_normal(&at->random, false) * 62 / 10000000;
    days = days > 120 ? 120 : days;
    int32_t last = discharge_day(first, first + (int32_t)days, &at->random);
    return hospital_free_until(at, first, last);
}

static synth_when discharge_time(struct hospital *at, synth_when from, int32_t last)
{
    bool morning = synth_random_chance(&at->random, 22, 100);
    int32_t minute = morning ? synth_random_between(&at->random, 540, 719)
                             : synth_random_between(&at->random, 720, 1200);
    synth_when to = synth_when_of(last, minute);
    if (to < from + 120) { /* gone on the same day, or in the night after */
        to = from + synth_random_between(&at->random, 120, 600);
    }
    return to;
}

/* from the door to the ward: last day of the stay */
static int32_t admit(struct hospital *at, const struct synth_emergency *row, int32_t day)
{
    static const struct slice methods[] = { SLICE_INIT("22"), SLICE_INIT("22"), SLICE_INIT("24"),
                                            SLICE_INIT("28") };
    struct synth_life *life = at->life;
    struct stay stay = { .row = row, .method = SLICE("21"), .attendance = SYNTH_NO_ITEM };
    synth_when call = calendar_when(SYNTH_CALENDAR_ADMISSION, day, &at->random);
    if (synth_random_chance(&at->random, THROUGH_DOORS, 100)) {
        stay.from = emergency_attend(at, row, call, true, &stay.attendance);
    } else {
        stay.from = call;
        stay.method = methods[synth_random_below(&at->random, ARRAY_LENGTH(methods))];
    }
    use_happens(life, SYNTH_CONTACT_EMERGENCY_ADMISSION, synth_day_of(stay.from), &at->random);
    int32_t last = last_day(at, row, synth_day_of(stay.from));
    stay.to = discharge_time(at, stay.from, last);
    bool lives = life->person->death == SYNTH_NO_DAY;
    if (synth_day_of(stay.to) > life->until) {
        synth_when latest = synth_when_of(life->until, 1439);
        stay.to = lives ? SYNTH_NEVER : latest > stay.from ? latest : stay.from;
    }
    hospital_took(at, day, stay.to == SYNTH_NEVER ? life->until : synth_day_of(stay.to));
    write_down(at, &stay);
    if (stay.to == SYNTH_NEVER) {
        return life->until + 1;
    }
    tell_practice(at, &stay);
    return synth_day_of(stay.to);
}

/* -- how often --------------------------------------------------------------------------------- */

static int32_t back_per_mille(const struct synth_life *life, const struct synth_emergency *row)
{
    bool lungs = row->disease == &synth_disease_table[SYNTH_DISEASE_COPD];
    bool heart = row->disease == &synth_disease_table[SYNTH_DISEASE_HEART_FAILURE];
    return lungs ? 210 : heart ? 220 : life->age >= 75 ? 155 : life->age < 16 ? 90 : 125;
}

static void admit_and_again(struct hospital *at, const struct synth_emergency *row, int32_t day)
{
    for (bool again = true; again;) {
        int32_t last = admit(at, row, day);
        again = synth_random_chance(&at->random, back_per_mille(at->life, row), 1000);
        int32_t one = synth_random_between(&at->random, 1, 29);
        int32_t other = synth_random_between(&at->random, 1, 29);
        day = hospital_free_day(at, last + (one < other ? one : other));
        again = again && day != SYNTH_NO_DAY && day < at->life->until;
        if (again && synth_random_chance(&at->random, 50, 100)) {
            row = emergency_row(at->life, day, true, &at->random);
        }
    }
}

/* strokes and heart attacks that are the beginning of the disease; how many */
static uint32_t onsets(struct hospital *at)
{
    const struct synth_life *life = at->life;
    uint32_t count = 0;
    for (size_t i = 0; i < SYNTH_EMERGENCY_COUNT; i++) {
        const struct synth_emergency *row = &synth_emergency_table[i];
        bool stroke = row->disease == &synth_disease_table[SYNTH_DISEASE_STROKE];
        bool heart = row->disease == &synth_disease_table[SYNTH_DISEASE_CHD];
        int32_t onset = life->onset[stroke ? SYNTH_DISEASE_STROKE : SYNTH_DISEASE_CHD];
        bool begins = stroke || (heart && synth_random_chance(&at->random, 50, 100));
        if (begins && onset >= life->window && onset < life->until &&
            hospital_free_day(at, onset) == onset) {
            admit_and_again(at, row, onset);
            count++;
        }
    }
    return count;
}

static bool final_admission(struct hospital *at)
{
    struct synth_life *life = at->life;
    if (life->person->death == SYNTH_NO_DAY ||
        !synth_random_chance(&at->random, DIES_IN_HOSPITAL, 100)) {
        return false;
    }
    int32_t day = life->person->death - synth_random_between(&at->random, 1, 12);
    if (day < life->window || day <= life->person->birth) {
        return false;
    }
    struct stay stay = { .row = emergency_row(life, day, true, &at->random),
                         .method = SLICE("21"),
                         .died = true };
    synth_when call = calendar_when(SYNTH_CALENDAR_ADMISSION, day, &at->random);
    stay.from = emergency_attend(at, stay.row, call, true, &stay.attendance);
    stay.to = synth_when_of(life->person->death, synth_random_between(&at->random, 0, 1439));
    stay.from = stay.from < stay.to ? stay.from : stay.to - 60;
    use_happens(life, SYNTH_CONTACT_EMERGENCY_ADMISSION, day, &at->random);
    hospital_took(at, day, life->person->death);
    write_down(at, &stay);
    return true;
}

void admission_emergencies(struct hospital *at)
{
    struct synth_life *life = at->life;
    int32_t days[HOSPITAL_MAX_DAYS];
    uint32_t known = final_admission(at) ? 1 : 0;
    known += onsets(at);
    uint32_t count = use_days(life, SYNTH_CONTACT_EMERGENCY_ADMISSION, life->window, life->until,
                              &at->random, days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        int32_t day = hospital_free_day(at, days[i]);
        if (synth_random_chance(&at->random, BACK_PER_MILLE, 1000)) {
            continue; /* comes as a return of another */
        }
        if (known > 0) {
            known--;
        } else if (day != SYNTH_NO_DAY && day < life->until) {
            admit_and_again(at, emergency_row(life, day, true, &at->random), day);
        }
    }
}
