/*
 * life.h: what happened to a person, and who wrote it down.
 *
 * The model between the people (household.h) and the formats (fhir_writer.h): facts and events as
 * organisations recorded them, in a flat list. What two organisations know is two items, each with
 * its own date, author and dose. Writers read items and know no disease; lives know no format.
 *
 * life_add() never fails: without memory it answers a spare item and sets `failed`, which the
 * caller looks at once (as with strbuf).
 */
#ifndef EVENLODE_SYNTH_LIFE_H
#define EVENLODE_SYNTH_LIFE_H

#include "base/vector.h"
#include "synth/patient.h"

enum synth_kind {
    SYNTH_CONDITION,
    SYNTH_MEDICATION, /* a prescription, or at a hospital what the patient takes */
    SYNTH_ALLERGY_RECORD,
    SYNTH_OBSERVATION,
    SYNTH_ENCOUNTER,
    SYNTH_PROCEDURE,
    SYNTH_IMMUNISATION,
    SYNTH_PLAN,
    SYNTH_FLAG,
    SYNTH_DOCUMENT,
    SYNTH_APPOINTMENT,
    SYNTH_RELATIVE,
    SYNTH_REFERRAL,
};

/* a word for each kind's own status; the writers put it into their code system */
enum synth_status {
    SYNTH_ACTIVE,  /* problem, medicine, plan, flag; planned appointment */
    SYNTH_ENDED,   /* resolved, stopped, completed, finished */
    SYNTH_COURSE,  /* a medicine given once */
    SYNTH_NO_SHOW, /* appointment not kept */
    SYNTH_NEGATED, /* no known allergy */
};

/* where an encounter took place */
enum synth_setting {
    SYNTH_AT_SURGERY,
    SYNTH_BY_TELEPHONE,
    SYNTH_AT_HOME,
    SYNTH_IN_EMERGENCY,
    SYNTH_ON_WARD,
    SYNTH_IN_CLINIC,
    SYNTH_IN_AMBULANCE,
};

#define SYNTH_NO_ITEM UINT32_MAX

/*
 * What goes wrong between the event and who is told of it; X(constant, word in the truth). Set by
 * mishaps.c by the rates of mishap_rate.csv. A format shows a mishap as it comes about in that
 * format (a message sent twice, a code that is missing), or not at all. Only append.
 */
#define SYNTH_MISHAPS(X)                                                                           \
    X(LATE, "late")                 /* told more than a day after it happened */                   \
    X(REPEATED, "repeated")         /* told twice, the same */                                     \
    X(CORRECTED, "corrected")       /* told wrong, then right */                                   \
    X(PRELIMINARY, "preliminary")   /* a result told before it was final, then again */            \
    X(CANCELLED, "cancelled")       /* told, then taken back: it did not happen */                 \
    X(OUT_OF_ORDER, "out-of-order") /* told after what came later */                               \
    X(UNCODED, "uncoded")           /* free text where a code belongs */                           \
    X(WRONG_CODE, "wrong-code")     /* a code beside the text that says something else */          \
    X(OTHER_UNIT, "other-unit")     /* the same value in another unit */                           \
    X(NO_UNIT, "no-unit")                                                                          \
    X(WRONG_PATIENT, "wrong-patient") /* belongs to another person; later withdrawn */

enum synth_mishap {
#define X(name, word) SYNTH_MISHAP_##name,
    SYNTH_MISHAPS(X)
#undef X
        SYNTH_MISHAP_COUNT
};

/*
 * What commissioning data sets ask of an encounter or appointment, in the codes of the NHS Data
 * Dictionary (https://www.datadictionary.nhs.uk/); empty: not applicable.
 */
struct synth_visit {
    struct slice specialty;             /* main specialty: "320" */
    struct slice admission_method;      /* "21" */
    struct slice admission_source;      /* "19" */
    struct slice discharge_method;      /* "1" */
    struct slice discharge_destination; /* "19" */
    struct slice ward;                  /* name */
    synth_when requested;               /* referral, booking or decision to admit; SYNTH_NEVER */
    uint8_t arrival;                    /* 1 by ambulance, 2 otherwise, 0 not applicable */
    uint8_t acuity;                     /* 1 immediate .. 5 low, 0 not applicable */
    uint8_t attended;                   /* 5 seen, 3 did not attend, 2 patient cancelled, 4 hospital
                                         * cancelled, 7 came late and was not seen */
    bool first;                         /* first attendance for this referral */
    bool urgent_cancer;                 /* referred for suspected cancer */
    bool planned;                       /* elective */
    bool day_case;
    bool critical_care;   /* part of the stay was there */
    bool detained;        /* under the Mental Health Act */
    struct slice outcome; /* how it ended, in words: "Conveyed", "Left before treatment" */
    struct slice attendance_outcome; /* of an outpatient visit: "1" discharged, "2" another booked,
                                      * "3" to be booked */
    struct slice category;   /* of an ambulance incident: C1 .. C4; of a detention: section */
    struct slice moved_ward; /* the second ward of a stay, empty: none */
    synth_when moved;        /* to moved_ward */
    synth_when at_scene, left_scene; /* of an ambulance; 0: none went, or nobody was conveyed */
    synth_when handed_over;          /* to the emergency department */
    int32_t hours;                   /* of home care a week */
};

/* of one person in a window of up to twenty years */
#define SYNTH_WINDOW_AGES 22

/* how often something happened to the person in the window, and how often it was written down as
 * an item: the rows of contact.csv say which share is */
struct synth_tally {
    uint16_t happened;
    uint16_t written;
    uint16_t at_age[SYNTH_WINDOW_AGES]; /* of what happened: by years since the age at `window` */
};

struct synth_item {
    uint8_t kind;   /* enum synth_kind */
    uint8_t status; /* enum synth_status */
    uint8_t setting;
    uint8_t copy;     /* which of the organisation's patients of this person holds it */
    uint16_t mishaps; /* bit 1 << SYNTH_MISHAP_... */
    const struct synth_visit *visit; /* of an encounter or appointment; NULL: nothing to say */
    synth_org organisation;
    uint16_t author;            /* index into the staff */
    bool problem;               /* a condition of the problem list, not of one encounter */
    bool repeat;                /* a medicine that goes on */
    bool death;                 /* an encounter that ended so */
    uint32_t encounter, reason; /* indexes of items of the same organisation, or SYNTH_NO_ITEM */
    synth_when start, end, recorded;
    const struct synth_code *code;
    const struct synth_code *other; /* reaction; route; role of a procedure */
    const struct synth_test *test;
    int32_t value, value2; /* thousandths of the unit; value2 of a blood pressure: diastolic */
    int32_t quantity;
    struct slice text; /* dose, product, relative's role, service, complaint; what a person reads */
    struct slice text2; /* form, relative's given name, severity or category */
    struct slice note;  /* free text; of a document its content */
};

struct synth_taking {
    const struct synth_medicine *medicine;
    int32_t from, to;                        /* days; SYNTH_NO_DAY: goes on */
    const struct synth_side_effect *stopped; /* that ended it; NULL: none */
};

#define SYNTH_MAX_TAKING 64

struct synth_life {
    const struct synth_world *world;
    const struct synth_household *household;
    const struct synth_person *person;
    struct arena *arena;
    int32_t until;                          /* last day of events: today, or the day of death */
    int32_t window;                         /* first day of events */
    int32_t age;                            /* at `until` */
    int32_t onset[SYNTH_DISEASE_COUNT];     /* SYNTH_NO_DAY: does not have it */
    int32_t past_from[SYNTH_DISEASE_COUNT]; /* had it, and got over it; SYNTH_NO_DAY: not so */
    int32_t past_to[SYNTH_DISEASE_COUNT];
    int32_t trait[SYNTH_TRAIT_COUNT]; /* thousandths of an SD (traits.c) */
    int32_t quit_smoking;             /* SYNTH_NO_DAY: smokes, or never did */
    const struct synth_cancer_site *cancer;
    int32_t conditions; /* how many diseases, habits left out */
    int32_t frailty;    /* 0 fit .. 3 severe */
    struct synth_taking taking[SYNTH_MAX_TAKING];
    uint32_t taking_count;
    int32_t height; /* mm */
    int32_t bmi;    /* thousandths, at `until` */
    bool allergic[SYNTH_ALLERGY_COUNT];
    int32_t effect_day[SYNTH_ALLERGY_COUNT]; /* a side effect left the label then; SYNTH_NO_DAY */
    bool caution[3]; /* indexed as `caution` in the tables: allergic to penicillin, to NSAIDs */
    bool attends[SYNTH_DISEASE_COUNT];     /* the hospital follows this disease */
    uint32_t problem[SYNTH_DISEASE_COUNT]; /* the practice's item of it, or SYNTH_NO_ITEM */
    bool resolved[SYNTH_DISEASE_COUNT];
    struct synth_tally tally[SYNTH_CONTACT_COUNT]; /* by enum synth_contact_key */
    VECTOR(struct synth_item) items;
    struct synth_item spare;
    struct synth_visit spare_visit;
    bool failed;
};

/* makes the life of household->people[index]; everything lies in `arena` */
void synth_life_make(const struct synth_world *world, const struct synth_household *household,
                     uint32_t index, struct arena *arena, struct synth_life *ret_life);

/* does that organisation hold anything of this life? The registered practice always does; one that
 * was left, while it lists the person. */
bool life_known_to(const struct synth_life *life, synth_org organisation);
/* does items[index] belong to that patient? */
bool life_holds(const struct synth_life *life, const struct synth_patient *patient, uint32_t index);

/* -- for the parts of a life ---------------------------------------------------------------- */

struct synth_item *life_add(struct synth_life *life, enum synth_kind kind, synth_org organisation,
                            synth_when start);
/* a visit for the caller to fill, of which nothing is known yet; never NULL */
struct synth_visit *life_add_visit(struct synth_life *life, uint32_t item);
/* index of the item added last */
uint32_t life_last(const struct synth_life *life);
struct synth_random life_random(const struct synth_life *life, enum synth_stream stream);
bool life_has(const struct synth_life *life, enum synth_disease_key disease);
/* has it at that day already, or had it at that day and got over it since */
bool life_had(const struct synth_life *life, enum synth_disease_key disease, int32_t day);
/* days since the start of a medicine of that class, -1 when not taken at `day` */
int32_t life_on(const struct synth_life *life, struct slice medicine_class, int32_t day);
int32_t life_age_at(const struct synth_life *life, int32_t day);
uint16_t life_staff(const struct synth_life *life, synth_org organisation, struct slice role);
/* an appointment booked before its patient was born is booked at birth */
void life_not_before_birth(const struct synth_life *life, struct synth_item *item);
/* a day of the window, a working day; the window must not be empty */
int32_t life_any_day(const struct synth_life *life, struct synth_random *random);
/* both at once: two draws in one expression would have no order (random.h) */
synth_when life_any_time(const struct synth_life *life, struct synth_random *random);
/* minute of a working day, on five minutes */
int32_t life_any_minute(struct synth_random *random);

/* per 100 million: how many people have more of that trait (traits.c) */
int32_t life_rank(const struct synth_life *life, enum synth_trait_key trait);
/* per 100 million: how much of a normal distribution lies beyond `z` thousandths of its SD */
int32_t life_normal_rank(int32_t z);
/* smoker, ex-smoker or never smoked, at that day */
const struct synth_code *life_smoking(const struct synth_life *life, int32_t day);

/* the parts, in the order in which they run; each adds items */
void life_traits(struct synth_life *life);
void life_allergies(struct synth_life *life);
void life_diseases(struct synth_life *life);
void life_medicines(struct synth_life *life);
void life_problems(struct synth_life *life);
void life_prevention(struct synth_life *life);
void life_screening(struct synth_life *life);
void life_course(struct synth_life *life);
void life_practice(struct synth_life *life);
void life_hospital(struct synth_life *life);
void life_maternity(struct synth_life *life);
void life_community(struct synth_life *life);
/* copies.c: the last of all; which of an organisation's patients holds which item */
void life_copies(struct synth_life *life);

/* life.c: that the person smokes, did, or never has, as somebody asked at that time */
void life_ask_smoking(struct synth_life *life, synth_org organisation, uint16_t author,
                      uint32_t encounter, synth_when when);
/* measures.c: how well the kidneys filter at that day, thousandths of mL/min/1.73m2, without the
 * variation between tests */
int32_t life_filtration(const struct synth_life *life, int32_t day);
/* what of a test stays the same in a person, thousandths of an SD */
int32_t life_constant(const struct synth_life *life, enum synth_test_key test);
/* the tests of one panel, as one organisation found them */
void life_measure(struct synth_life *life, enum synth_panel_key panel, synth_org organisation,
                  uint16_t author, uint32_t encounter, synth_when when, bool ill);
/* papers.c: one of the sentences for that place in phrase.csv, which must have one; the same for
 * the same person and time */
struct slice life_phrase(const struct synth_life *life, struct slice place, synth_when when);
/* papers.c: letters as text, with the facts of this life */
struct slice life_discharge_text(struct synth_life *life, const struct synth_emergency *row,
                                 synth_when from, synth_when to, bool died);
struct slice life_planned_text(struct synth_life *life, const struct synth_elective *row,
                               synth_when from, synth_when to);
struct slice life_emergency_text(struct synth_life *life, const struct synth_emergency *row,
                                 synth_when from, synth_when to, struct slice outcome);
/* `last`: discharged from the clinic */
struct slice life_clinic_text(struct synth_life *life, const struct synth_clinic *row,
                              synth_when when, bool last);
/* from the practice to that clinic */
struct slice life_referral_text(struct synth_life *life, const struct synth_clinic *row,
                                synth_when when, bool urgent);
struct slice life_call_text(struct synth_life *life, const struct synth_emergency *row,
                            synth_when when, struct slice outcome, struct slice advice);
struct slice life_plan_text(struct synth_life *life, synth_org writer, struct slice title,
                            struct slice wishes);

#endif
