/*
 * urgent.c: calls to 111, ambulances, doctors out of hours.
 *
 * How many calls and incidents a person has is drawn first. Attendances at the emergency department
 * then spend them: somebody who is brought needs an incident, somebody who was sent a call. What is
 * left ended elsewhere: at home, with the practice, or with an ambulance that took nobody. When
 * somebody is brought and no incident is left, another service brought them.
 */
#include "synth/hospital.h"

#define CONVEYED_PER_MILLE 505

static uint32_t count_of(struct hospital *at, enum synth_contact_key kind)
{
    int32_t days[HOSPITAL_MAX_DAYS];
    return use_days(at->life, kind, at->life->window, at->life->until, &at->random, days,
                    HOSPITAL_MAX_DAYS);
}

void urgent_begin(struct hospital *at)
{
    at->calls = count_of(at, SYNTH_CONTACT_CALL_111);
    uint32_t incidents = count_of(at, SYNTH_CONTACT_AMBULANCE);
    for (uint32_t i = 0; i < incidents; i++) {
        at->conveyed += synth_random_chance(&at->random, CONVEYED_PER_MILLE, 1000);
    }
}

/* -- 111 --------------------------------------------------------------------------------------- */

static void call(struct hospital *at, const struct synth_emergency *row, synth_when when,
                 struct slice outcome, struct slice advice)
{
    struct synth_life *life = at->life;
    synth_org urgent = SYNTH_ORGANISATION_URGENT;
    if (!use_happens(life, SYNTH_CONTACT_CALL_111, synth_day_of(when), &at->random)) {
        return;
    }
    bool online = synth_random_chance(&at->random, 21, 100);
    bool clinician = synth_random_chance(&at->random, 45, 100);
    uint16_t author =
        life_staff(life, urgent, clinician ? SLICE("Clinical adviser") : SLICE("call handler"));
    synth_when end = when + synth_random_between(&at->random, 6, clinician ? 35 : 16);
    uint32_t encounter =
        hospital_encounter(life, urgent, when, end, SYNTH_BY_TELEPHONE, row->complaint, author);
    struct synth_visit *visit = life_add_visit(life, encounter);
    visit->outcome = outcome;
    visit->category = online ? SLICE("online") : SLICE("telephone");
    if (life->failed || !synth_random_chance(&at->random, 60, 100)) {
        return;
    }
    struct slice text = life_call_text(life, row, when, outcome, advice);
    struct synth_item *item = hospital_document(life, urgent, SYNTH_CODE_EPISODE_SUMMARY, when,
                                                SLICE("111 report"), text, author, encounter);
    hospital_written(life, item, synth_random_between(&at->random, 10, 90));
}

void urgent_call_before(struct hospital *at, const struct synth_emergency *row, synth_when arrival)
{
    at->calls--;
    synth_when when = arrival - synth_random_between(&at->random, 40, 160);
    if (synth_day_of(when) >= at->life->window) {
        call(at, row, when, SLICE("Emergency department"),
             SLICE("Advised to attend the emergency department now."));
    }
}

/* of the calls that no attendance explains: primary care 52, self-care 14, ambulance 11.5 (spoken
 * of below), other 11.5 of 100 */
static void call_of_its_own(struct hospital *at, int32_t day)
{
    static const struct {
        int32_t below;
        struct slice outcome, advice;
    } ends[] = {
        { 590, SLICE_INIT("Primary care"), SLICE_INIT("To be seen by the practice within a day.") },
        { 750, SLICE_INIT("Self-care"),
          SLICE_INIT("Advice for care at home; call back if worse.") },
        { 870, SLICE_INIT("Ambulance"), SLICE_INIT("An ambulance was asked for.") },
        { 1000, SLICE_INIT("Other service"), SLICE_INIT("Dentist, pharmacy or midwife advised.") },
    };
    const struct synth_emergency *row = emergency_row(at->life, day, false, &at->random);
    int32_t drawn = (int32_t)synth_random_below(&at->random, 1000);
    size_t i = 0;
    while (drawn >= ends[i].below) {
        i++;
    }
    call(at, row, calendar_when(SYNTH_CALENDAR_CALL_111, day, &at->random), ends[i].outcome,
         ends[i].advice);
}

/* -- ambulances -------------------------------------------------------------------------------- */

static struct slice category_of(uint8_t acuity, struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, 100);
    return acuity == 1   ? SLICE("C1")
           : acuity == 2 ? drawn < 15 ? SLICE("C1") : SLICE("C2")
           : acuity == 3 ? drawn < 65 ? SLICE("C2") : SLICE("C3")
           : drawn < 40 ? SLICE("C2")
           : drawn < 96  ? SLICE("C3")
                         : SLICE("C4");
}

/* minutes to the scene: the mean of category 2 of that year, a third of it for the first, four
 * times for the rest; a log-normal of sigma 0.75 has its mean a third above its median */
static int32_t minutes_to_scene(int32_t day, struct slice category, struct synth_random *random)
{
    int32_t mean = hospital_year(day)->category2_minutes;
    mean = slice_equal(category, SLICE("C1"))   ? (mean + 4) / 4
           : slice_equal(category, SLICE("C2")) ? mean
                                                : mean * 4;
    int64_t minutes = (int64_t)mean * 75 / 100 * use_log_normal(random, true) / 1000;
    return (int32_t)(minutes < 3 ? 3 : minutes > 900 ? 900 : minutes);
}

static uint32_t incident(struct hospital *at, const struct synth_emergency *row, synth_when when,
                         synth_when end, struct slice outcome, uint16_t *ret_author)
{
    struct synth_life *life = at->life;
    uint16_t author = life_staff(life, SYNTH_ORGANISATION_AMBULANCE, SLICE("Paramedic"));
    uint32_t encounter = hospital_encounter(life, SYNTH_ORGANISATION_AMBULANCE, when, end,
                                            SYNTH_IN_AMBULANCE, row->complaint, author);
    life_add_visit(life, encounter)->outcome = outcome;
    *ret_author = author;
    return encounter;
}

static struct synth_visit *visit_of(struct hospital *at, uint32_t encounter)
{
    /* the visit was made for this encounter, by life_add_visit(), in this source */
    return (struct synth_visit *)at->life->items.at[encounter].visit;
}

synth_when urgent_conveyed(struct hospital *at, const struct synth_emergency *row, synth_when when,
                           uint8_t acuity)
{
    struct synth_random *random = &at->random;
    struct slice category = category_of(acuity, random);
    int32_t day = synth_day_of(when);
    synth_when scene = when + minutes_to_scene(day, category, random);
    synth_when leaves = scene + synth_random_between(random, 18, 50);
    synth_when arrives = leaves + synth_random_between(random, 8, 38);
    int64_t hand = (int64_t)hospital_year(day)->handover_minutes * 75 / 100 *
                   use_log_normal(random, true) / 1000;
    if (at->conveyed == 0 || synth_day_of(arrives + hand) > at->life->until) {
        return arrives;
    }
    at->conveyed--;
    uint16_t author;
    if (!use_happens(at->life, SYNTH_CONTACT_AMBULANCE, day, random)) {
        return arrives;
    }
    uint32_t encounter =
        incident(at, row, when, arrives + hand, SLICE("Conveyed to emergency department"), &author);
    if (at->life->failed) {
        return arrives;
    }
    struct synth_visit *visit = visit_of(at, encounter);
    visit->category = category;
    visit->at_scene = scene;
    visit->left_scene = leaves;
    visit->handed_over = arrives + hand;
    life_measure(at->life, SYNTH_PANEL_ACUTE, SYNTH_ORGANISATION_AMBULANCE, author, encounter,
                 scene + 10, row->infection != 0);
    return arrives;
}

/* told what to do by telephone, seen and left at home, or taken somewhere else */
static void not_conveyed(struct hospital *at, int32_t day)
{
    struct synth_random *random = &at->random;
    struct synth_life *life = at->life;
    synth_when when = calendar_when(SYNTH_CALENDAR_AMBULANCE, day, random);
    const struct synth_emergency *row = emergency_row(life, day, false, random);
    uint32_t drawn = synth_random_below(random, 495);
    uint16_t author;
    if (!use_happens(life, SYNTH_CONTACT_AMBULANCE, day, random)) {
        return;
    }
    struct slice category = category_of(drawn < 140 ? 4 : 3, random);
    int32_t away = minutes_to_scene(day, category, random);
    int32_t there = synth_random_between(random, 30, 80);
    synth_when end = drawn < 140 ? when + 18 : when + away + there;
    if (synth_day_of(end) > life->until) {
        end = when;
    }
    uint32_t encounter = incident(at, row, when, end,
                                  drawn < 140   ? SLICE("Hear and treat")
                                  : drawn < 450 ? SLICE("See and treat")
                                                : SLICE("Conveyed elsewhere"),
                                  &author);
    if (life->failed) {
        return;
    }
    visit_of(at, encounter)->category = category;
    if (drawn >= 140 && end > when) {
        visit_of(at, encounter)->at_scene = when + away;
        visit_of(at, encounter)->left_scene = end;
        life_measure(life, SYNTH_PANEL_ACUTE, SYNTH_ORGANISATION_AMBULANCE, author, encounter,
                     when + away, false);
    }
}

/* -- out of hours ------------------------------------------------------------------------------ */

static void out_of_hours(struct hospital *at, int32_t day)
{
    struct synth_life *life = at->life;
    if (!use_happens(life, SYNTH_CONTACT_OUT_OF_HOURS, day, &at->random)) {
        return;
    }
    const struct synth_emergency *row = emergency_row(life, day, false, &at->random);
    uint16_t author = life_staff(life, SYNTH_ORGANISATION_URGENT, SLICE("general practitioner"));
    synth_when when = calendar_when(SYNTH_CALENDAR_OUT_OF_HOURS, day, &at->random);
    uint32_t drawn = synth_random_below(&at->random, 100);
    uint32_t encounter = hospital_encounter(life, SYNTH_ORGANISATION_URGENT, when,
                                            when + synth_random_between(&at->random, 8, 25),
                                            drawn < 45   ? SYNTH_BY_TELEPHONE
                                            : drawn < 88 ? SYNTH_AT_SURGERY
                                                         : SYNTH_AT_HOME,
                                            row->complaint, author);
    life_add_visit(life, encounter)->outcome = SLICE("Advice and treatment");
    if (!life->failed) {
        uint32_t condition = hospital_diagnosis(life, SYNTH_ORGANISATION_URGENT, row->code,
                                                row->finding, when, encounter, author);
        life->items.at[encounter].reason = life->failed ? SYNTH_NO_ITEM : condition;
    }
}

void urgent_rest(struct hospital *at)
{
    struct synth_life *life = at->life;
    int32_t days[HOSPITAL_MAX_DAYS];
    at->random = life_random(life, SYNTH_STREAM_OUT_OF_HOURS);
    uint32_t calls = at->calls;
    for (uint32_t i = 0; i < calls; i++) {
        call_of_its_own(at, calendar_day(life->world->calendar, SYNTH_CALENDAR_CALL_111,
                                         life->window, life->until, &at->random));
    }
    uint32_t count = use_days(life, SYNTH_CONTACT_AMBULANCE, life->window, life->until, &at->random,
                              days, HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        if (!synth_random_chance(&at->random, CONVEYED_PER_MILLE, 1000)) {
            not_conveyed(at, days[i]);
        }
    }
    for (uint32_t left = at->conveyed; left > 0; left--) { /* taken out of the county */
        use_counted(life, SYNTH_CONTACT_AMBULANCE, life_any_day(life, &at->random));
    }
    count = use_days(life, SYNTH_CONTACT_OUT_OF_HOURS, life->window, life->until, &at->random, days,
                     HOSPITAL_MAX_DAYS);
    for (uint32_t i = 0; i < count; i++) {
        out_of_hours(at, days[i]);
    }
}
