/*
 * household.h: people, made a household at a time.
 *
 * Household h depends on the seed and h alone, so households can be made in any order, again, or
 * on several machines. It holds one or two adults and the children of its mother, with ages and
 * sexes as in synth/data/population.csv, or one resident of a care home, or one person who has
 * died within the last years.
 *
 * NHS numbers: numbers.h. A county has at most SYNTH_MAX_PEOPLE people, of whom those beyond
 * SYNTH_NHS_NUMBERS have no number.
 */
#ifndef EVENLODE_SYNTH_HOUSEHOLD_H
#define EVENLODE_SYNTH_HOUSEHOLD_H

#include "synth/choices.h"
#include "synth/world.h"

#define SYNTH_MAX_PEOPLE     1000000
#define SYNTH_HOUSEHOLD_MAX  10
#define SYNTH_POSTCODE_SIZE  9
#define SYNTH_PAST_ADDRESSES 3

struct synth_address {
    struct slice stem, end; /* "Mill", "Lane"; of a care home stem is its name and end is empty */
    const struct synth_place *place;
    uint16_t house;
    char postcode[SYNTH_POSTCODE_SIZE];
};

struct synth_past_address {
    struct synth_address address;
    int32_t until; /* day of the move */
};

struct synth_person {
    uint64_t number; /* from 0, in the order of households */
    uint64_t household;
    char sex; /* M, F */
    int32_t birth;
    int32_t death; /* SYNTH_NO_DAY: alive */
    const struct synth_ethnicity *ethnicity;
    const struct synth_heritage *language; /* main language; NULL: English */
    struct slice prefix, given, middle, family;
    struct slice used;        /* what they are called; empty: the given name */
    struct slice born_family; /* before marriage; empty when the same */
    struct synth_address address;
    struct synth_past_address past[SYNTH_PAST_ADDRESSES]; /* the latest first */
    uint8_t past_count;
    char phone[12];                         /* Ofcom's numbers for drama */
    char old_phone[12];                     /* before this one */
    char nhs_number[SYNTH_NHS_NUMBER_SIZE]; /* empty: none (numbers.h) */
    synth_org practice;
    synth_org old_practice;         /* before this one; the same: never another */
    int32_t tenth;                  /* of deprivation: 1 most, 10 least */
    int8_t partner, mother, father; /* index in the household, -1 none */
    int8_t twin;                    /* the person of the next number (1) or the one before (-1) is
                                     * a twin; 0 none */
    struct slice mother_family;     /* at birth; empty when the mother does not live here */
    struct slice next_of_kin_given, next_of_kin_family,
        next_of_kin_role; /* when nobody lives here */
    bool care_home;
    bool alone;
    bool placeholder_birth; /* no source knows the day of birth: 1 January of the year */
    struct synth_choices choices;
};

struct synth_household {
    struct synth_person people[SYNTH_HOUSEHOLD_MAX];
    uint32_t count;
};

/* `first_number` is the number of its first person: how many people came before */
void synth_household_make(const struct synth_world *world, uint64_t household,
                          uint64_t first_number, struct synth_household *ret_household);

/* the mean tenth of deprivation of the living, in thousandths, from some thousand of them: what
 * prevalences are set off against (diseases.c) */
int32_t synth_household_mean_tenth(const struct synth_world *world);

/* age at `day` or, for the dead, at death */
int32_t synth_person_age(const struct synth_person *person, int32_t day);
/* the day itself, or the day of death when that came before */
int32_t synth_person_until(const struct synth_person *person, int32_t day);

#endif
