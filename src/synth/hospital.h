/*
 * hospital.h: what the sources about hospital and urgent care share. Not for others.
 *
 * hospital.c runs them in the order of what depends on what: admissions first (they take the days
 * on which nothing else can happen), then attendances, then calls and ambulances of which nothing
 * came, planned stays, clinics. Each draws from its own stream.
 */
#ifndef EVENLODE_SYNTH_HOSPITAL_H
#define EVENLODE_SYNTH_HOSPITAL_H

#include "synth/use.h"

#define HOSPITAL_MAX_STAYS 64
#define HOSPITAL_MAX_DAYS  128 /* events of one kind in one life's window */

struct hospital_stay {
    int32_t first, last;
};

struct hospital {
    struct synth_life *life;
    struct synth_random random;
    struct hospital_stay stays[HOSPITAL_MAX_STAYS]; /* unordered */
    uint32_t stay_count;
    uint32_t calls;    /* to 111, which may still explain an attendance */
    uint32_t conveyed; /* ambulance incidents that may still have brought somebody */
    uint8_t done[SYNTH_ELECTIVE_COUNT]; /* how often each operation was done */
};

/* -- hospital.c: small things ------------------------------------------------------------------ */

/* the day, or the first one after it on which the person is not in hospital; SYNTH_NO_DAY: none up
 * to the end of the life */
int32_t hospital_free_day(const struct hospital *at, int32_t day);
/* last day of a stay from `first` that should last until `last`: before the next one begins */
int32_t hospital_free_until(const struct hospital *at, int32_t first, int32_t last);
void hospital_took(struct hospital *at, int32_t first, int32_t last);

/* an encounter with what `setting` says of its code; index */
uint32_t hospital_encounter(struct synth_life *life, synth_org organisation, synth_when from,
                            synth_when to, enum synth_setting setting, struct slice text,
                            uint16_t author);
struct synth_item *hospital_document(struct synth_life *life, synth_org organisation,
                                     enum synth_code_key type, synth_when when, struct slice title,
                                     struct slice content, uint16_t author, uint32_t encounter);
/* a finished diagnosis of that encounter; index */
uint32_t hospital_diagnosis(struct synth_life *life, synth_org organisation,
                            const struct synth_code *code, struct slice finding, synth_when when,
                            uint32_t encounter, uint16_t author);
/* nothing when `code` is NULL */
void hospital_procedure(struct synth_life *life, const struct synth_code *code, synth_when when,
                        uint32_t encounter, uint32_t reason, uint16_t author, struct slice text);
/* written `minutes` after `item` began, unless that is after the county's today */
void hospital_written(const struct synth_life *life, struct synth_item *item, int64_t minutes);
/* so many days before `from`, but not before birth */
synth_when hospital_asked(const struct synth_life *life, synth_when from, int64_t days);
/* the row of year.csv in force on that day */
const struct synth_year *hospital_year(int32_t day);

/* -- the parts --------------------------------------------------------------------------------- */

/* emergency.c: whose complaint a person of that age and those diseases comes with */
const struct synth_emergency *emergency_row(const struct synth_life *life, int32_t day,
                                            bool admitted, struct synth_random *random);
/* an attendance at the department; when it ended. `*written` says whether it is an item, with
 * `*ret_encounter` its index. */
synth_when emergency_attend(struct hospital *at, const struct synth_emergency *row, synth_when call,
                            bool admitted, uint32_t *ret_encounter);
/* attendances that did not lead to a stay */
void emergency_attendances(struct hospital *at);

/* admission.c: emergency admissions, readmissions, the last one of those who die in hospital */
void admission_emergencies(struct hospital *at);
/* elective.c */
void elective_admissions(struct hospital *at);
/* outpatient.c: clinics, what they book ahead, imaging from outside */
void outpatient_clinics(struct hospital *at);

/* urgent.c: how many calls and incidents there are, before they are spent on attendances */
void urgent_begin(struct hospital *at);
/* a call to 111 that sent the person to the emergency department at `arrival` */
void urgent_call_before(struct hospital *at, const struct synth_emergency *row, synth_when arrival);
/* by ambulance: when it handed the patient over; the incident is written when one is left */
synth_when urgent_conveyed(struct hospital *at, const struct synth_emergency *row, synth_when call,
                           uint8_t acuity);
/* calls and incidents that are left; out-of-hours contacts */
void urgent_rest(struct hospital *at);

#endif
