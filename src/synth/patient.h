/*
 * patient.h: a person as one organisation knows them.
 *
 * Organisations do not hold people, they hold what they were told: a letter wrong in the name, the
 * address from before the move, no NHS number. synth_patient_make() draws what an organisation
 * holds from (seed, person, organisation) alone, by the rates of its row in organisation.csv, so
 * every format tells the same; `alterations` says what is not as it is, for the truth.
 */
#ifndef EVENLODE_SYNTH_PATIENT_H
#define EVENLODE_SYNTH_PATIENT_H

#include "synth/household.h"

#define SYNTH_NAME_SIZE  64
#define SYNTH_LOCAL_SIZE 24

/* X(constant, word in the truth): how a patient differs from the person; only append */
#define SYNTH_ALTERATIONS(X)                                                                       \
    X(NUMBER_MISSING, "number-missing")                                                            \
    X(GIVEN_MISSPELT, "given-misspelt")                                                            \
    X(FAMILY_OLD, "family-old")                                                                    \
    X(ADDRESS_OLD, "address-old")                                                                  \
    X(ETHNICITY_MISSING, "ethnicity-missing")                                                      \
    X(DEATH_UNKNOWN, "death-unknown")

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
    struct slice former_family; /* empty: none held */
    char sex;                   /* M, F */
    int32_t birth;              /* day */
    int32_t death;              /* SYNTH_NO_DAY: alive, or not known to be dead */
    const struct synth_address *address;
    struct slice phone;
    const struct synth_ethnicity *ethnicity; /* NULL: not stated */
    const struct synth_heritage *language;   /* NULL: English, or not asked */
    synth_org practice;
    uint32_t alterations; /* bit 1 << SYNTH_ALTERED_... */
};

/* how often the organisation holds the person: 1, or more when it made a duplicate */
uint32_t synth_patient_count(const struct synth_world *world, const struct synth_person *person,
                             synth_org organisation);
/* `copy` below that count; `ret_patient` points into `person` and the tables */
void synth_patient_make(const struct synth_world *world, const struct synth_person *person,
                        synth_org organisation, uint8_t copy, struct synth_patient *ret_patient);

/* "12 Mill Lane"; of a care home its name. `ret_line` has room for `size` bytes with NUL. */
void synth_address_line(const struct synth_address *address, char *ret_line, size_t size);

#endif
