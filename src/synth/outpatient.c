/*
 * outpatient.c: clinics.
 *
 * A pathway begins with a referral, waits, has a first visit, and in two of three cases follow-ups.
 * Pathways begin up to three years before the window, so that its first year has as many follow-ups
 * as its last. Whom a person is referred to is a row of clinic.csv that fits age and diseases.
 * Visits that were booked and did not happen come before those that did: at the published shares
 * of what was booked, more of the young and the deprived.
 */
#include "synth/referral.h"

#define PATHWAY_BEFORE 1100 /* days */
#define WAITING        380  /* days beyond the life whose first visits may have been asked for */
#define FIRST_AND_LAST 32   /* per cent discharged after the first visit */
#define CANCELLED      122  /* per mille of bookings, half by the patient */
#define MAX_FOLLOW_UPS 20
#define BETWEEN_DAYS   120

struct pathway {
    const struct synth_clinic *row;
    uint16_t author;
    synth_when requested;
    bool cancer;
};

/* -- whom ---------------------------------------------------------------------------------------*/

static int32_t weight_of(const struct synth_life *life, const struct synth_clinic *row, int32_t day)
{
    int32_t age = life_age_at(life, day);
    if (row->disease == NULL) {
        bool breast = slice_equal(row->specialty->name, SLICE("Gynaecology")) ||
                      slice_starts_with(row->name, SLICE("Breast"));
        bool urology = slice_equal(row->name, SLICE("Urology"));
        bool other = (breast && life->person->sex == 'M') || (urology && life->person->sex == 'F');
        return age < row->from_age || age > row->to_age || other ? 0 : row->per_1000;
    }
    size_t disease = (size_t)(row->disease - synth_disease_table);
    if (!life->attends[disease] || !life_had(life, (enum synth_disease_key)disease, day)) {
        return 0;
    }
    return row->per_1000 * 100 / (synth_disease_table[disease].hospital_pct + 1);
}

static const struct synth_clinic *choose(const struct synth_life *life, int32_t day,
                                         struct synth_random *random)
{
    int32_t weights[SYNTH_CLINIC_COUNT];
    int32_t total = 0;
    for (size_t i = 0; i < SYNTH_CLINIC_COUNT; i++) {
        weights[i] = weight_of(life, &synth_clinic_table[i], day);
        total += weights[i];
    }
    assert(total > 0); /* some clinic sees everybody of each age */
    int32_t drawn = (int32_t)synth_random_below(random, (uint32_t)total);
    size_t i = 0;
    while (drawn >= weights[i]) {
        drawn -= weights[i];
        i++;
    }
    return &synth_clinic_table[i];
}

/* -- bookings that came to nothing --------------------------------------------------------------*/

/* per mille of bookings: by age, and from half to one and a half times by deprivation */
static int32_t missed_per_mille(const struct synth_life *life, int32_t day)
{
    int32_t age = life_age_at(life, day);
    int32_t share = age < 15   ? 85
                    : age < 30 ? 115
                    : age < 50 ? 90
                    : age < 65 ? 65
                    : age < 80 ? 48
                               : 55;
    return share * (144 - 8 * (life->person->tenth - 1)) / 100;
}

static void not_held(struct hospital *at, const struct pathway *pathway, int32_t day,
                     uint8_t attended, bool first)
{
    struct synth_life *life = at->life;
    enum synth_contact_key kind =
        attended == 3 ? SYNTH_CONTACT_OUTPATIENT_MISSED : SYNTH_CONTACT_OUTPATIENT_CANCELLED;
    if (!use_happens(life, kind, day, &at->random)) {
        return;
    }
    synth_when from = calendar_when(SYNTH_CALENDAR_OUTPATIENT, day, &at->random);
    struct synth_item *item = life_add(life, SYNTH_APPOINTMENT, SYNTH_ORGANISATION_HOSPITAL, from);
    item->end = from + 20;
    item->recorded = hospital_asked(life, from, synth_random_between(&at->random, 10, 80));
    synth_when booked = item->recorded;
    item->status = SYNTH_NO_SHOW;
    item->text = pathway->row->name;
    item->author = pathway->author;
    struct synth_visit *visit = life_add_visit(life, life_last(life));
    visit->specialty = pathway->row->specialty->code;
    visit->attended = attended;
    visit->first = first;
    visit->urgent_cancer = pathway->cancer;
    visit->requested = pathway->requested < booked ? pathway->requested : booked;
}

static void bookings_before(struct hospital *at, const struct pathway *pathway, int32_t day,
                            bool first)
{
    int32_t missed = missed_per_mille(at->life, day);
    int32_t held = 1000 - missed - CANCELLED;
    int32_t earlier = synth_working_day(day - synth_random_between(&at->random, 15, 50));
    if (synth_random_chance(&at->random, missed, held)) {
        not_held(at, pathway, earlier, 3, first);
    }
    if (synth_random_chance(&at->random, CANCELLED, held)) {
        uint8_t who = synth_random_chance(&at->random, 1, 2) ? 2 : 4;
        not_held(at, pathway, earlier, who, first);
    }
}

/* -- a visit ------------------------------------------------------------------------------------*/

/* median nine days, 42% within seven */
static void letter(struct hospital *at, const struct pathway *pathway, synth_when from,
                   uint32_t encounter, bool last)
{
    struct synth_life *life = at->life;
    struct slice text = life_clinic_text(life, pathway->row, from, last);
    struct slice title =
        arena_printf(life->arena, "Clinic letter: %.*s", SLICE_PRINT(pathway->row->name));
    struct synth_item *item =
        hospital_document(life, SYNTH_ORGANISATION_HOSPITAL, SYNTH_CODE_CLINIC_LETTER, from, title,
                          text, pathway->author, encounter);
    int64_t minutes = (int64_t)9 * 1440 * use_log_normal(&at->random, true) / 1000;
    hospital_written(life, item, minutes);
}

/* what the clinic asks the laboratory for */
static void blood_tests(struct hospital *at, synth_when when, uint32_t encounter)
{
    struct synth_life *life = at->life;
    uint16_t scientist = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, SLICE("Biomedical"));
    life_measure(life, SYNTH_PANEL_RENAL, SYNTH_ORGANISATION_HOSPITAL, scientist, encounter, when,
                 false);
    life_measure(life, SYNTH_PANEL_BLOOD_COUNT, SYNTH_ORGANISATION_HOSPITAL, scientist, encounter,
                 when, false);
}

static void seen(struct hospital *at, const struct pathway *pathway, int32_t day, bool first,
                 bool last)
{
    struct synth_life *life = at->life;
    enum synth_contact_key kind =
        first ? SYNTH_CONTACT_OUTPATIENT_FIRST : SYNTH_CONTACT_OUTPATIENT_FOLLOW_UP;
    bookings_before(at, pathway, day, first);
    if (!use_happens(life, kind, day, &at->random)) {
        return;
    }
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    synth_when from = calendar_when(SYNTH_CALENDAR_OUTPATIENT, day, &at->random);
    bool remote =
        synth_random_chance(&at->random, hospital_year(day)->remote_clinic_pct, 100) && !first;
    uint32_t encounter = hospital_encounter(life, hospital, from, from + (first ? 30 : 15),
                                            remote ? SYNTH_BY_TELEPHONE : SYNTH_IN_CLINIC,
                                            pathway->row->name, pathway->author);
    struct synth_visit *visit = life_add_visit(life, encounter);
    visit->specialty = pathway->row->specialty->code;
    visit->requested = pathway->requested;
    visit->attended = 5;
    visit->first = first;
    visit->urgent_cancer = pathway->cancer;
    visit->attendance_outcome = last ? SLICE("1") : SLICE("2");
    visit->outcome = last ? SLICE("Discharged") : SLICE("Another appointment given");
    if (life->failed) {
        return;
    }
    life->items.at[encounter].note = pathway->row->reason;
    bool done = synth_random_chance(&at->random, first ? 55 : 15, 100) && !remote;
    if (done && pathway->row->procedure != &synth_code_table[SYNTH_CODE_CATARACT_SURGERY]) {
        hospital_procedure(life, pathway->row->procedure, from + 5, encounter, SYNTH_NO_ITEM,
                           pathway->author, pathway->row->finding);
    }
    bool blood = life->age >= 16 && !remote && synth_random_chance(&at->random, 18, 100);
    if (blood) {
        blood_tests(at, from + 10, encounter);
    }
    if (synth_random_chance(&at->random, first || last ? 85 : 55, 100)) {
        letter(at, pathway, from, encounter, last);
    }
}

/* -- a pathway ----------------------------------------------------------------------------------*/

static int32_t wait_of(struct hospital *at, int32_t day, bool cancer)
{
    const struct synth_year *year = hospital_year(day);
    if (cancer) {
        bool soon = synth_random_chance(&at->random, year->cancer_14_days_pct, 100);
        return soon ? synth_random_between(&at->random, 5, 14)
                    : synth_random_between(&at->random, 15, 40);
    }
    int64_t days = (int64_t)year->wait_days * use_log_normal(&at->random, false) / 1000;
    return (int32_t)(days < 2 ? 2 : days > 900 ? 900 : days);
}

/* three and a half in the mean, for those who are followed at all: 2.3 for each first visit */
static uint32_t follow_ups(struct synth_random *random)
{
    uint32_t count = 1;
    while (count < MAX_FOLLOW_UPS && synth_random_chance(random, 709, 1000)) {
        count++;
    }
    return count;
}

/* sooner for children, who have no pathways from long ago; what was put off in the pandemic
 * comes some months later */
static int32_t next_visit(struct hospital *at, int32_t day)
{
    const struct calendar *calendar = at->life->world->calendar;
    int32_t age = life_age_at(at->life, day);
    int32_t between = BETWEEN_DAYS / (age < 4 ? 5 : age < 15 ? 2 : 1);
    int32_t from = day + between / 2;
    day =
        calendar_day(calendar, SYNTH_CALENDAR_OUTPATIENT, from, day + between * 3 / 2, &at->random);
    int32_t factor = calendar_pandemic(SYNTH_PANDEMIC_KIND_OUTPATIENT, day);
    bool held = synth_random_chance(&at->random, factor, 100);
    return held ? day : synth_working_day(day + BETWEEN_DAYS);
}

static void follow(struct hospital *at, const struct pathway *pathway, int32_t first)
{
    uint32_t count =
        synth_random_chance(&at->random, FIRST_AND_LAST, 100) ? 0 : follow_ups(&at->random);
    int32_t day = first;
    if (first >= at->life->window) {
        seen(at, pathway, first, true, count == 0);
    }
    for (uint32_t i = 0; i < count && day <= at->life->until; i++) {
        day = next_visit(at, day);
        if (day >= at->life->window && day <= at->life->until) {
            seen(at, pathway, day, false, i + 1 == count);
        }
    }
}

static void begin(struct hospital *at, int32_t day)
{
    struct synth_life *life = at->life;
    struct pathway pathway = { .row = choose(life, day, &at->random) };
    pathway.author = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, pathway.row->specialty->role);
    pathway.cancer = synth_random_chance(&at->random, pathway.row->cancer_pct, 100);
    pathway.requested =
        hospital_asked(life, synth_when_of(day, 0), wait_of(at, day, pathway.cancer));
    pathway.requested = referral_sent(at, pathway.row, pathway.requested, day, pathway.cancer);
    if (day > life->until) { /* waits still */
        return;
    }
    if (pathway.cancer) {
        use_happens(life, SYNTH_CONTACT_URGENT_CANCER, synth_day_of(pathway.requested),
                    &at->random);
    }
    follow(at, &pathway, day);
}

/* -- what is planned, and what the practice asks for --------------------------------------------*/

static void book_ahead(struct hospital *at)
{
    struct synth_life *life = at->life;
    int followed = 0;
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        followed += life->attends[i];
    }
    if (followed == 0 || life->person->death != SYNTH_NO_DAY ||
        !synth_random_chance(&at->random, 35, 100)) {
        return;
    }
    int32_t day = calendar_day(life->world->calendar, SYNTH_CALENDAR_OUTPATIENT, life->until + 5,
                               life->until + 120, &at->random);
    const struct synth_clinic *row = choose(life, life->until, &at->random);
    struct synth_item *item = life_add(life, SYNTH_APPOINTMENT, SYNTH_ORGANISATION_HOSPITAL,
                                       calendar_when(SYNTH_CALENDAR_OUTPATIENT, day, &at->random));
    item->end = item->start + 20;
    item->recorded = synth_when_of(life->until - synth_random_between(&at->random, 0, 90), 660);
    life_not_before_birth(life, item);
    item->author = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, row->specialty->role);
    item->text = row->name;
    synth_when requested = item->recorded;
    struct synth_visit *visit = life_add_visit(life, life_last(life));
    visit->specialty = row->specialty->code;
    visit->requested = requested;
}

/* X-rays and scans that no stay or clinic explains */
static void imaging(struct hospital *at)
{
    static const enum synth_code_key kinds[] = {
        SYNTH_CODE_PLAIN_CHEST_X_RAY,   SYNTH_CODE_PLAIN_CHEST_X_RAY,
        SYNTH_CODE_ULTRASONOGRAPHY,     SYNTH_CODE_ULTRASONOGRAPHY,
        SYNTH_CODE_COMPUTED_TOMOGRAPHY, SYNTH_CODE_MAGNETIC_RESONANCE_IMAGING
    };
    struct synth_life *life = at->life;
    int32_t days[HOSPITAL_MAX_DAYS];
    uint32_t count = use_days(life, SYNTH_CONTACT_IMAGING, life->window, life->until, &at->random,
                              days, HOSPITAL_MAX_DAYS);
    uint16_t author = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, SLICE("Radiologist"));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = synth_random_below(&at->random, ARRAY_LENGTH(kinds));
        bool clear = synth_random_chance(&at->random, 78, 100);
        if (use_happens(life, SYNTH_CONTACT_IMAGING, days[i], &at->random)) {
            hospital_procedure(life, &synth_code_table[kinds[kind]],
                               calendar_when(SYNTH_CALENDAR_OUTPATIENT, days[i], &at->random),
                               SYNTH_NO_ITEM, SYNTH_NO_ITEM, author,
                               clear ? SLICE("No significant abnormality.")
                                     : SLICE("Changes in keeping with age."));
        }
    }
}

void outpatient_clinics(struct hospital *at)
{
    struct synth_life *life = at->life;
    int32_t days[HOSPITAL_MAX_DAYS];
    int32_t from = life->window - PATHWAY_BEFORE;
    from = from < life->person->birth ? life->person->birth : from;
    uint32_t count = use_days(life, SYNTH_CONTACT_OUTPATIENT_FIRST, from, life->until + WAITING,
                              &at->random, days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        bool here = days[i] >= life->window && days[i] <= life->until;
        int32_t day = here ? hospital_free_day(at, days[i]) : days[i];
        if (day != SYNTH_NO_DAY) {
            begin(at, day);
        }
    }
    book_ahead(at);
    imaging(at);
}
