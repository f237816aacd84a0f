/*
 * hospital.c: emergencies with their ambulance, ward and discharge summary; clinics; births.
 *
 * An emergency is a row of emergency.csv. Rows that belong to a disease happen to those who have
 * it; of stroke and heart attack the first one is the onset itself, so that practice and hospital
 * tell one story. Who dies in hospital (two in five) is admitted some days before.
 */
#include "synth/life.h"

static uint32_t add_encounter(struct synth_life *life, synth_org organisation, synth_when from,
                              synth_when to, enum synth_setting at, struct slice text,
                              uint16_t author)
{
    struct synth_item *item = life_add(life, SYNTH_ENCOUNTER, organisation, from);
    item->status = SYNTH_ENDED;
    item->setting = (uint8_t)at;
    item->end = to;
    item->text = text;
    item->author = author;
    item->code = &synth_code_table[at == SYNTH_ON_WARD     ? SYNTH_CODE_EMERGENCY_ADMISSION
                                   : at == SYNTH_IN_CLINIC ? SYNTH_CODE_OUTPATIENT_VISIT
                                                           : SYNTH_CODE_EMERGENCY_ENCOUNTER];
    return life_last(life);
}

/* what commissioning asks of an encounter, by where it was; the caller says the rest */
static struct synth_visit *add_visit(struct synth_life *life, uint32_t encounter,
                                     struct slice specialty)
{
    struct synth_visit *visit = life_add_visit(life, encounter);
    visit->specialty = specialty;
    visit->requested = life->items.at[encounter].start;
    return visit;
}

static void visit_ward(struct synth_life *life, uint32_t encounter,
                       const struct synth_emergency *row, bool died)
{
    bool home = life->person->care_home;
    struct synth_visit *visit = add_visit(life, encounter, SLICE("300"));
    visit->admission_method = SLICE("21");
    visit->admission_source = home ? SLICE("54") : SLICE("19");
    visit->discharge_method = died ? SLICE("4") : SLICE("1");
    visit->discharge_destination = died ? SLICE("79") : home ? SLICE("54") : SLICE("19");
    visit->ward = row->days > 3 ? SLICE("Ridgeway Ward") : SLICE("Acute Medical Unit");
    visit->outcome = died ? SLICE("Died") : SLICE("Discharged");
}

static struct synth_item *add_document(struct synth_life *life, synth_org organisation,
                                       enum synth_code_key type, synth_when when,
                                       struct slice title, struct slice content, uint16_t author,
                                       uint32_t encounter)
{
    struct synth_item *item = life_add(life, SYNTH_DOCUMENT, organisation, when);
    item->code = &synth_code_table[type];
    item->text = title;
    item->note = content;
    item->author = author;
    item->encounter = encounter;
    item->status = SYNTH_ACTIVE;
    return item;
}

static synth_when by_ambulance(struct synth_life *life, const struct synth_emergency *row,
                               synth_when call, struct synth_random *random)
{
    synth_when arrival = call + synth_random_between(random, 35, 150);
    uint16_t author = life_staff(life, SYNTH_ORGANISATION_AMBULANCE, SLICE("Paramedic"));
    uint32_t encounter = add_encounter(life, SYNTH_ORGANISATION_AMBULANCE, call, arrival,
                                       SYNTH_IN_AMBULANCE, row->complaint, author);
    life_measure(life, SYNTH_PANEL_ACUTE, SYNTH_ORGANISATION_AMBULANCE, author, encounter,
                 call + 25, row->infection != 0);
    return arrival;
}

static uint32_t diagnose(struct synth_life *life, const struct synth_emergency *row,
                         synth_when when, uint32_t encounter, uint16_t author)
{
    struct synth_item *item = life_add(life, SYNTH_CONDITION, SYNTH_ORGANISATION_HOSPITAL, when);
    item->code = row->code;
    item->encounter = encounter;
    item->author = author;
    item->status = SYNTH_ENDED;
    item->note = row->finding;
    return life_last(life);
}

static void operate(struct synth_life *life, const struct synth_code *code, synth_when when,
                    uint32_t encounter, uint32_t reason, uint16_t author)
{
    if (code == NULL) {
        return;
    }
    struct synth_item *item = life_add(life, SYNTH_PROCEDURE, SYNTH_ORGANISATION_HOSPITAL, when);
    item->code = code;
    item->status = SYNTH_ENDED;
    item->encounter = encounter;
    item->reason = reason;
    item->author = author;
}

static void admit(struct synth_life *life, const struct synth_emergency *row, synth_when from,
                  synth_when to, bool died, struct synth_random *random)
{
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    uint16_t author = life_staff(life, hospital, row->specialty);
    uint32_t ward = add_encounter(life, hospital, from, to, SYNTH_ON_WARD, row->complaint, author);
    uint32_t condition = diagnose(life, row, from, ward, author);
    if (life->failed) {
        return;
    }
    visit_ward(life, ward, row, died);
    life->items.at[ward].death = died;
    life->items.at[ward].reason = condition;
    bool ill = row->infection != 0;
    uint16_t scientist = life_staff(life, hospital, SLICE("Biomedical"));
    life_measure(life, SYNTH_PANEL_RENAL, hospital, scientist, ward, from + 40, ill);
    life_measure(life, SYNTH_PANEL_BLOOD_COUNT, hospital, scientist, ward, from + 40, ill);
    life_measure(life, SYNTH_PANEL_INFLAMMATION, hospital, scientist, ward, from + 40, ill);
    if (to - from > 3 * SYNTH_DAY_MINUTES) {
        life_measure(life, SYNTH_PANEL_RENAL, hospital, scientist, ward,
                     from + 2 * SYNTH_DAY_MINUTES, false);
        life_measure(life, SYNTH_PANEL_ACUTE, hospital, author, ward, from + 2 * SYNTH_DAY_MINUTES,
                     false);
    }
    synth_when theatre = from + (synth_when)(row->days > 2 ? 14 : 3) * 60;
    operate(life, row->procedure, theatre < to ? theatre : from + 30, ward, condition, author);
    struct slice text = life_discharge_text(life, row, from, to, died);
    struct synth_item *item =
        add_document(life, hospital, SYNTH_CODE_DISCHARGE_SUMMARY, to,
                     died ? SLICE("Summary of final admission") : SLICE("Discharge summary"), text,
                     author, ward);
    item->recorded = to + synth_random_between(random, 20, 1800);
    if (synth_day_of(item->recorded) > life->world->today) {
        item->recorded = to;
    }
}

/* the practice codes what the letter says, some days later */
static void tell_practice(struct synth_life *life, const struct synth_emergency *row,
                          synth_when from, struct synth_random *random)
{
    synth_when heard = from + SYNTH_DAY_MINUTES * synth_random_between(random, 2, 16);
    if (row->disease != NULL || synth_day_of(heard) > life->until ||
        !synth_random_chance(random, 80, 100)) {
        return;
    }
    struct synth_item *item = life_add(life, SYNTH_CONDITION, life->person->practice, from);
    item->code = row->code;
    item->status = SYNTH_ENDED;
    item->recorded = heard;
    item->author = life_staff(life, life->person->practice, SLICE("General practitioner"));
    item->note = SLICE("From hospital letter");
}

static void emergency(struct synth_life *life, const struct synth_emergency *row, int32_t day,
                      struct synth_random *random)
{
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    synth_when call = synth_when_of(day, synth_random_between(random, 0, 1439));
    bool admitted = synth_random_chance(random, row->admit_pct, 100);
    synth_when arrival = call;
    if (synth_random_chance(random, row->ambulance_pct, 100)) {
        arrival = by_ambulance(life, row, call, random);
    }
    uint16_t author = life_staff(life, hospital, SLICE("Emergency Medicine"));
    synth_when left = arrival + synth_random_between(random, 70, admitted ? 620 : 290);
    uint32_t encounter =
        add_encounter(life, hospital, arrival, left, SYNTH_IN_EMERGENCY, row->complaint, author);
    if (life->failed) {
        return;
    }
    struct synth_visit *visit = add_visit(life, encounter, SLICE("180"));
    visit->arrival = arrival != call ? 1 : 2;
    visit->acuity = (uint8_t)(admitted ? 2 + synth_random_below(random, 2) : 4);
    visit->outcome = admitted ? SLICE("Admitted") : SLICE("Discharged home");
    if (admitted || row->days > 0) {
        life_measure(life, SYNTH_PANEL_ACUTE, hospital, author, encounter, arrival + 15,
                     row->infection != 0);
    }
    int32_t days = row->days <= 1 ? 1 : synth_random_between(random, 1, row->days * 2 - 1);
    synth_when to =
        synth_when_of(synth_day_of(left) + days, 840) + synth_random_between(random, 0, 240);
    if (admitted && synth_day_of(to) <= life->until) {
        admit(life, row, left, to, false, random);
        tell_practice(life, row, left, random);
    } else {
        uint32_t condition = diagnose(life, row, arrival + 60, encounter, author);
        if (!admitted) {
            operate(life, row->procedure, arrival + 65, encounter, condition, author);
        }
    }
}

static int32_t rate_of(const struct synth_life *life, const struct synth_emergency *row)
{
    int32_t rate = life->age < 18 ? row->child : life->age < 65 ? row->adult : row->old;
    if (row->disease != NULL) {
        return 0;
    }
    rate = rate * (100 + 14 * (life->conditions > 7 ? 7 : life->conditions)) / 100;
    if (row->code == &synth_code_table[SYNTH_CODE_FRACTURE_OF_NECK_OF_FEMUR]) {
        return life->age < 65 ? 0 : life->age < 80 ? 3 : 17;
    }
    /* the most deprived tenth comes twice as often as the least */
    return rate * (140 - life->person->tenth * 7) / 100;
}

static void emergencies(struct synth_life *life, struct synth_random *random)
{
    int32_t days = life->until - life->window;
    for (size_t i = 0; i < SYNTH_EMERGENCY_COUNT; i++) {
        const struct synth_emergency *row = &synth_emergency_table[i];
        uint32_t count = synth_random_count(random, rate_of(life, row) * days / 365);
        int32_t from = life->window;
        if (row->disease != NULL) {
            size_t disease = (size_t)(row->disease - synth_disease_table);
            int32_t onset = life->onset[disease];
            if (onset == SYNTH_NO_DAY) {
                continue;
            }
            bool begins = disease == SYNTH_DISEASE_STROKE ||
                          (disease == SYNTH_DISEASE_CHD && synth_random_chance(random, 50, 100));
            if (begins && onset >= life->window && onset < life->until) {
                emergency(life, row, onset, random);
            }
            from = onset > from ? onset : from;
            int32_t left = life->until - from;
            count = synth_random_count(random, 60 * left / 365);
        }
        for (uint32_t n = 0; n < count && from < life->until; n++) {
            emergency(life, row, synth_random_between(random, from, life->until - 1), random);
        }
    }
}

/* the last admission of those who die in hospital */
static void final_admission(struct synth_life *life, struct synth_random *random)
{
    if (life->person->death == SYNTH_NO_DAY || !synth_random_chance(random, 43, 100)) {
        return;
    }
    const struct synth_emergency *row = NULL;
    for (size_t i = 0; i < SYNTH_EMERGENCY_COUNT; i++) {
        const struct synth_emergency *one = &synth_emergency_table[i];
        if (one->code ==
            &synth_code_table[life->age < 60 ? SYNTH_CODE_SEPSIS : SYNTH_CODE_PNEUMONIA]) {
            row = one;
        }
    }
    int32_t day = life->person->death - synth_random_between(random, 1, 12);
    if (row == NULL || day < life->person->birth) {
        return;
    }
    synth_when arrival = by_ambulance(life, row, synth_when_of(day, 600), random);
    admit(life, row, arrival + 200, synth_when_of(life->person->death, 300), true, random);
}

/* -- clinics ----------------------------------------------------------------------------------- */

/* `visits`: how many came before; an operation is done once */
static void visit(struct synth_life *life, const struct synth_clinic *row, int32_t day,
                  uint32_t visits, struct synth_random *random)
{
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    uint16_t author = life_staff(life, hospital, row->name);
    synth_when from = synth_when_of(day, life_any_minute(random));
    if (synth_random_chance(random, 7, 100)) {
        struct synth_item *item = life_add(life, SYNTH_APPOINTMENT, hospital, from);
        item->end = from + 20;
        item->recorded = from - SYNTH_DAY_MINUTES * synth_random_between(random, 20, 90);
        life_not_before_birth(life, item);
        item->status = SYNTH_NO_SHOW;
        item->text = row->name;
        item->author = author;
        uint32_t missed = life_last(life);
        life_add_visit(life, missed)->specialty = row->specialty;
        return;
    }
    uint32_t encounter =
        add_encounter(life, hospital, from, from + 20, SYNTH_IN_CLINIC, row->name, author);
    if (life->failed) {
        return;
    }
    struct synth_visit *seen = add_visit(life, encounter, row->specialty);
    seen->attended = 5;
    seen->first = visits == 0;
    if (row->procedure != &synth_code_table[SYNTH_CODE_CATARACT_SURGERY] || visits == 0) {
        operate(life, row->procedure, from + 5, encounter, SYNTH_NO_ITEM, author);
    }
    struct slice text = life_clinic_text(life, row, from);
    struct slice title = arena_printf(life->arena, "Clinic letter: %.*s", SLICE_PRINT(row->name));
    struct synth_item *item = add_document(life, hospital, SYNTH_CODE_CLINIC_LETTER, from, title,
                                           text, author, encounter);
    item->recorded = from + SYNTH_DAY_MINUTES * synth_random_between(random, 2, 14);
    if (synth_day_of(item->recorded) > life->world->today) {
        item->recorded = from;
    }
}

static void clinics(struct synth_life *life, struct synth_random *random)
{
    for (size_t i = 0; i < SYNTH_CLINIC_COUNT; i++) {
        const struct synth_clinic *row = &synth_clinic_table[i];
        int32_t from = life->window;
        int32_t rate = life->age < 18 ? row->per_1000 / 3 : row->per_1000;
        if (row->disease != NULL) {
            size_t disease = (size_t)(row->disease - synth_disease_table);
            if (!life_has(life, (enum synth_disease_key)disease) || !life->attends[disease] ||
                life->resolved[disease]) {
                continue;
            }
            from = life->onset[disease] > from ? life->onset[disease] : from;
            rate = rate * 100 / (synth_disease_table[disease].hospital_pct + 1);
            rate = rate > 1600 ? 1600 : rate;
        }
        uint32_t count = synth_random_count(random, rate * (life->until - from) / 365);
        for (uint32_t n = 0; n < count && n < 8; n++) {
            int32_t day = synth_working_day(synth_random_between(random, from, life->until));
            visit(life, row, day > life->until ? life->until : day, n, random);
        }
    }
}

static void book_ahead(struct synth_life *life, struct synth_random *random)
{
    int followed = 0;
    for (size_t i = 0; i < SYNTH_DISEASE_COUNT; i++) {
        followed += life->attends[i];
    }
    if (followed == 0 || life->person->death != SYNTH_NO_DAY ||
        !synth_random_chance(random, 35, 100)) {
        return;
    }
    int32_t day = synth_working_day(life->until + synth_random_between(random, 5, 120));
    struct synth_item *item = life_add(life, SYNTH_APPOINTMENT, SYNTH_ORGANISATION_HOSPITAL,
                                       synth_when_of(day, life_any_minute(random)));
    item->end = item->start + 20;
    item->recorded = synth_when_of(life->until - synth_random_between(random, 0, 90), 660);
    life_not_before_birth(life, item);
    item->author = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, SLICE("Consultant"));
    item->text = SLICE("Outpatient follow-up");
}

void life_hospital(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_EMERGENCY);
    emergencies(life, &random);
    final_admission(life, &random);
    random = life_random(life, SYNTH_STREAM_CLINIC);
    clinics(life, &random);
    book_ahead(life, &random);
}

/* -- births: from the mother's side; the children are those of the household ------------------- */

static void antenatal(struct synth_life *life, int32_t birth, struct synth_random *random)
{
    static const int32_t before[] = { 195, 140, 40 };
    uint16_t midwife = life_staff(life, SYNTH_ORGANISATION_HOSPITAL, SLICE("Midwife"));
    for (size_t i = 0; i < ARRAY_LENGTH(before); i++) {
        int32_t day = synth_working_day(birth - before[i]);
        if (day < life->window) {
            continue;
        }
        synth_when when = synth_when_of(day, life_any_minute(random));
        uint32_t encounter = add_encounter(life, SYNTH_ORGANISATION_HOSPITAL, when, when + 30,
                                           SYNTH_IN_CLINIC, SLICE("Antenatal clinic"), midwife);
        life_measure(life, SYNTH_PANEL_BLOOD_PRESSURE, SYNTH_ORGANISATION_HOSPITAL, midwife,
                     encounter, when, false);
    }
}

static void deliver(struct synth_life *life, const struct synth_person *child,
                    struct synth_random *random)
{
    synth_org hospital = SYNTH_ORGANISATION_HOSPITAL;
    synth_when born = synth_when_of(child->birth, synth_random_between(random, 0, 1439));
    synth_when to = born + synth_random_between(random, 1200, 3600);
    if (synth_day_of(to) > life->until) {
        return;
    }
    uint16_t author = life_staff(life, hospital, SLICE("Midwife"));
    uint32_t ward = add_encounter(life, hospital, born - 420, to, SYNTH_ON_WARD,
                                  SLICE("Labour and birth"), author);
    if (life->failed) {
        return;
    }
    life->items.at[ward].code = &synth_code_table[SYNTH_CODE_HOSPITAL_ADMISSION];
    struct synth_item *item = life_add(life, SYNTH_CONDITION, hospital, born);
    item->code = &synth_code_table[SYNTH_CODE_LIVE_BIRTH];
    item->status = SYNTH_ENDED;
    item->encounter = ward;
    item->author = author;
    if (synth_random_chance(random, 41, 100)) {
        operate(life, &synth_code_table[SYNTH_CODE_CAESAREAN], born, ward, life_last(life),
                life_staff(life, hospital, SLICE("Obstetrician")));
    }
}

static void pregnancy(struct synth_life *life, const struct synth_person *child,
                      struct synth_random *random)
{
    synth_org practice = life->person->practice;
    int32_t known = synth_working_day(child->birth - synth_random_between(random, 200, 240));
    struct synth_item *item =
        life_add(life, SYNTH_CONDITION, practice, synth_when_of(known, life_any_minute(random)));
    item->code = &synth_code_table[SYNTH_CODE_PREGNANCY];
    item->problem = true;
    item->status = SYNTH_ENDED;
    item->end = synth_when_of(child->birth, 0);
    item->author = life_staff(life, practice, SLICE("General practitioner"));
    antenatal(life, child->birth, random);
    deliver(life, child, random);
}

void life_maternity(struct synth_life *life)
{
    struct synth_random random = life_random(life, SYNTH_STREAM_MATERNITY);
    const struct synth_household *household = life->household;
    int32_t last = INT32_MIN;
    for (uint32_t i = 0; i < household->count; i++) {
        const struct synth_person *child = &household->people[i];
        if (child->mother < 0 || &household->people[child->mother] != life->person ||
            child->birth - 240 < life->window || child->birth == last) {
            continue; /* of twins the first counts */
        }
        last = child->birth;
        pregnancy(life, child, &random);
    }
}
