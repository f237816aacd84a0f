/*
 * household.h: people, made a household at a time.
 *
 * Household h depends on the seed, the size of the county and h alone, so households can be made in
 * any order, again, or on several machines. It is a couple or somebody alone with the children that
 * live with them, adults who share, a student in a hall, a resident of a care home, or somebody who
 * died within the window and whom they left. Ages and sexes of all together are those of
 * population.csv (pyramid.h).
 *
 * Persons are numbered through, in the order of households; who makes a household says how many
 * came before it. synth_household_size() tells the number of people of a household in a fraction
 * of the time, for those who must count before they make.
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
#define SYNTH_PAST_ADDRESSES 3
#define SYNTH_FORMER_NAMES   2

struct synth_past_address {
    struct synth_address address;
    int32_t until; /* day of the move */
};

enum synth_name_change {
    SYNTH_NAME_MARRIAGE,
    SYNTH_NAME_DIVORCE, /* back to the name before marriage */
    SYNTH_NAME_DEED_POLL,
    SYNTH_NAME_ADOPTION,
};

struct synth_former_name {
    struct slice family;
    int32_t until;
    enum synth_name_change why;
};

enum synth_marital {
    SYNTH_SINGLE,
    SYNTH_MARRIED,
    SYNTH_SEPARATED,
    SYNTH_DIVORCED,
    SYNTH_WIDOWED,
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
    struct synth_former_name former[SYNTH_FORMER_NAMES]; /* the latest first */
    uint8_t former_count;
    struct synth_address address;
    struct synth_past_address past[SYNTH_PAST_ADDRESSES]; /* the latest first */
    uint8_t past_count;
    char phone[12];                             /* Ofcom's numbers for drama */
    char old_phone[12];                         /* before this one */
    char nhs_number[SYNTH_NHS_NUMBER_SIZE];     /* empty: none (numbers.h) */
    const struct synth_renumbering *renumbered; /* NULL: never had another number */
    char other_number[SYNTH_NHS_NUMBER_SIZE];   /* the one before, or a second one */
    int32_t other_until; /* day since which it is no longer used; SYNTH_NO_DAY: it still is */
    synth_org practice;
    synth_org old_practice;         /* before this one; the same: never another */
    int32_t tenth;                  /* of deprivation: 1 most, 10 least */
    int8_t partner, mother, father; /* index in the household, -1 none */
    int8_t twin;                    /* the person of the next number (1) or the one before (-1) is
                                     * a twin; 0 none */
    struct slice mother_family;     /* empty when the mother does not live here */
    struct slice next_of_kin_given, next_of_kin_family,
        next_of_kin_role; /* when nobody lives here */
    enum synth_marital marital;
    int32_t married; /* day of the marriage that holds; SYNTH_NO_DAY: none */
    enum synth_home home;
    bool care_home;
    bool alone;
    bool no_abode; /* of no fixed abode */
    bool carer;    /* cares for somebody, unpaid */
    bool born_abroad;
    bool interpreter;       /* needs one */
    bool placeholder_birth; /* no source knows the day of birth: 1 January of the year */
    struct synth_choices choices;
};

struct synth_household {
    struct synth_person people[SYNTH_HOUSEHOLD_MAX];
    uint32_t count;
    struct synth_pool names; /* what names point into: a household must not be copied */
};

/* how many people it has */
uint32_t synth_household_size(const struct synth_world *world, uint64_t household);
/* `first_number` is the number of its first person: how many people came before */
void synth_household_make(const struct synth_world *world, uint64_t household,
                          uint64_t first_number, struct synth_household *ret_household);

/* Whether they have had another NHS number: renumbering.c. Not for others than household.c; birth,
 * death and number of the person stand. */
void synth_renumber(const struct synth_world *world, struct synth_person *person);

/* age at `day` or, for the dead, at death */
int32_t synth_person_age(const struct synth_person *person, int32_t day);
/* the day itself, or the day of death when that came before */
int32_t synth_person_until(const struct synth_person *person, int32_t day);

#endif
