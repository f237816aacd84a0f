/*
 * patient.h: a person as one organisation knows them.
 *
 * Organisations do not hold people, they hold what they were told: a letter wrong in the name, the
 * address from before the move, no NHS number, no date of birth. synth_patient_make() draws what an
 * organisation holds from (seed, person, organisation, copy) alone, by the rates of its row in
 * source.csv, so every format tells the same; `alterations` says what is not as it is, for the
 * truth.
 *
 * Changes. A new surname, a move, another number reach each organisation in its own time (lag.h);
 * until then it holds what was before. The practice that somebody has left may list them for years,
 * as they were on the day that they left.
 *
 * Writers must live with what is absent: birth SYNTH_NO_DAY, sex 'U', an empty postcode, no
 * ethnicity, an empty NHS number; address NULL when not even a road is held.
 *
 * Copies. Most organisations hold a person once. A hospital has registered some people twice
 * (4 %), and gave some a temporary number in the emergency department (2 %): patients of their own,
 * with items of their own (life.h), made in a hurry by the rates of the row `emergency`. A baby's
 * duplicate is the record made at birth: "Baby" and the mother's name.
 *
 * Tracing. At the scene an ambulance crew has the number of 14.4 % of its patients. Before its
 * records are shared they are traced: of those without a number and with the right date of birth
 * the share `traced` of source.csv gets it. synth_patient_make() gives patients as they are shared
 * (SYNTH_ALTERED_NUMBER_TRACED says of whom), the census (census.h) as they were taken down, which
 * is what a linkage has to cope with; so do the tables that ambulance, urgent care and council send
 * themselves.
 */
#ifndef EVENLODE_SYNTH_PATIENT_H
#define EVENLODE_SYNTH_PATIENT_H

#include "synth/household.h"

#define SYNTH_NAME_SIZE  64
#define SYNTH_LOCAL_SIZE 24
#define SYNTH_COPIES_MAX 3

/* X(constant, word in the truth): how a patient differs from the person; only append */
#define SYNTH_ALTERATIONS(X)                                                                       \
    X(NUMBER_MISSING, "number-missing")                                                            \
    X(GIVEN_MISSPELT, "given-misspelt")                                                            \
    X(FAMILY_OLD, "family-old")                                                                    \
    X(ADDRESS_OLD, "address-old")                                                                  \
    X(ETHNICITY_MISSING, "ethnicity-missing")                                                      \
    X(DEATH_UNKNOWN, "death-unknown")                                                              \
    X(NUMBER_TRACED, "number-traced")         /* not recorded; found by tracing */                 \
    X(NUMBER_OF_ANOTHER, "number-of-another") /* belongs to another person */                      \
    X(NUMBER_SECOND, "number-second")         /* a second number of this person */                 \
    X(FAMILY_MISSPELT, "family-misspelt")                                                          \
    X(GIVEN_SHORT, "given-short")                                                                  \
    X(NAMES_SWAPPED, "names-swapped")                                                              \
    X(NAME_BABY, "name-baby") /* "Baby" and the mother's name */                                   \
    X(BIRTH_MISSING, "birth-missing")                                                              \
    X(BIRTH_ESTIMATED, "birth-estimated") /* 1 January of the year that the age gave */            \
    X(BIRTH_SWAPPED, "birth-swapped")     /* day and month */                                      \
    X(BIRTH_OTHER, "birth-other")                                                                  \
    X(BIRTH_PLACEHOLDER, "birth-placeholder") /* 1 January in all sources: not known */            \
    X(SEX_WRONG, "sex-wrong")                                                                      \
    X(SEX_UNKNOWN, "sex-unknown")                                                                  \
    X(POSTCODE_MISSING, "postcode-missing")                                                        \
    X(POSTCODE_WRONG, "postcode-wrong")                                                            \
    X(PHONE_OLD, "phone-old")                                                                      \
    X(PRACTICE_OLD, "practice-old")                                                                \
    X(DUPLICATE, "duplicate")         /* of another patient of this organisation */                \
    X(TEMPORARY, "temporary")         /* registered under a temporary number */                    \
    X(NUMBER_FORMER, "number-former") /* of before an adoption */                                  \
    X(LEFT, "left") /* on the list of a practice that was not told that they left */

enum synth_alteration {
#define X(name, word) SYNTH_ALTERED_##name,
    SYNTH_ALTERATIONS(X)
#undef X
        SYNTH_ALTERATION_COUNT
};

struct synth_patient {
    synth_org organisation;
    uint8_t copy;                           /* 0; a duplicate within the organisation: 1 .. */
    char local_id[SYNTH_LOCAL_SIZE];        /* its own number for the patient */
    char nhs_number[SYNTH_NHS_NUMBER_SIZE]; /* empty: not held */
    char given[SYNTH_NAME_SIZE];
    char middle[SYNTH_NAME_SIZE]; /* empty: not held */
    char family[SYNTH_NAME_SIZE];
    struct slice prefix;
    struct slice former_family;          /* empty: none held */
    char sex;                            /* M, F, U not known */
    int32_t birth;                       /* day; SYNTH_NO_DAY: not known */
    int32_t death;                       /* SYNTH_NO_DAY: alive, or not known to be dead */
    const struct synth_address *address; /* NULL: none held. Its postcode is not what is held: */
    char postcode[SYNTH_POSTCODE_SIZE];  /* empty: not held */
    struct slice phone;                  /* empty: none held */
    const struct synth_ethnicity *ethnicity; /* NULL: not stated */
    const struct synth_heritage *language;   /* NULL: English, or not asked */
    synth_org practice;
    uint32_t alterations; /* bit 1 << SYNTH_ALTERED_... */
};

/* what a copy is */
enum synth_copy {
    SYNTH_COPY_FIRST,
    SYNTH_COPY_DUPLICATE,
    SYNTH_COPY_TEMPORARY,
};

/* how often the organisation holds the person: 1, or more when it made a duplicate */
uint32_t synth_patient_count(const struct synth_world *world, const struct synth_person *person,
                             synth_org organisation);
/* of `copy` below that count */
enum synth_copy synth_patient_copy(const struct synth_world *world,
                                   const struct synth_person *person, synth_org organisation,
                                   uint8_t copy);
/* is the person still on the list of the practice before this one? */
bool synth_patient_still_listed(const struct synth_world *world, const struct synth_person *person);
/* `copy` below that count; `ret_patient` points into `person` and the tables */
void synth_patient_make(const struct synth_world *world, const struct synth_person *person,
                        synth_org organisation, uint8_t copy, struct synth_patient *ret_patient);
/* the same as it was taken down, before any tracing */
void synth_patient_taken_down(const struct synth_world *world, const struct synth_person *person,
                              synth_org organisation, uint8_t copy,
                              struct synth_patient *ret_patient);

#endif
