/*
 * household.h: people, made a household at a time.
 *
 * Household h depends on the seed and h alone, so households can be made in any order, again, or
 * on several machines. It holds one or two adults and the children of its mother, with ages and
 * sexes as in synth/data/population.csv, or one resident of a care home, or one person who has
 * died within the last years.
 *
 * NHS numbers are of the 999 range, which is never issued, by a bijection of the person's number:
 * 99,999 groups of ten share their first eight digits, each has at least nine valid numbers, nine
 * are used. A county has therefore at most SYNTH_MAX_PEOPLE people.
 */
#ifndef EVENLODE_SYNTH_HOUSEHOLD_H
#define EVENLODE_SYNTH_HOUSEHOLD_H

#include "synth/world.h"

#define SYNTH_MAX_PEOPLE      899991
#define SYNTH_HOUSEHOLD_MAX   8
#define SYNTH_NHS_NUMBER_SIZE 11

struct synth_address {
    struct slice stem, end; /* "Mill", "Lane"; of a care home stem is its name and end is empty */
    const struct synth_place *place;
    uint16_t house;
    char postcode[9];
};

struct synth_person {
    uint64_t number; /* from 0, in the order of households */
    uint64_t household;
    char sex; /* M, F */
    int32_t birth;
    int32_t death; /* SYNTH_NO_DAY: alive */
    const struct synth_ethnicity *ethnicity;
    struct slice prefix, given, middle, family;
    struct slice born_family; /* before marriage; empty when the same */
    struct synth_address address;
    struct synth_address old_address; /* place NULL: none known */
    char phone[12];                   /* Ofcom's numbers for drama */
    char nhs_number[SYNTH_NHS_NUMBER_SIZE];
    synth_org practice;
    int32_t tenth;                  /* of deprivation: 1 most, 10 least */
    int8_t partner, mother, father; /* index in the household, -1 none */
    struct slice next_of_kin_given, next_of_kin_family,
        next_of_kin_role; /* when nobody lives here */
    bool care_home;
    bool alone;
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

/* the ten digits of a person's number; `number` below SYNTH_MAX_PEOPLE */
void synth_nhs_number(uint64_t seed, uint64_t number, char ret_text[SYNTH_NHS_NUMBER_SIZE]);

/* age at `day` or, for the dead, at death */
int32_t synth_person_age(const struct synth_person *person, int32_t day);
/* the day itself, or the day of death when that came before */
int32_t synth_person_until(const struct synth_person *person, int32_t day);

#endif
