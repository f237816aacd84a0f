/*
 * pyramid.h: how many households of which kind there must be, so that the people have the ages and
 * sexes of the population table.
 *
 * Everybody of the table is put into one kind of household by the shares of home.csv: with a
 * partner, with a parent, sharing with others, alone, in a hall, in a care home. The dead of the
 * window stand beside the living, with the partners that they left. What comes out is the number of
 * households of each kind by age and sex of the one who is drawn first, and for each year of
 * childhood the factor by which the fertility table must be taken so that mothers have as many
 * children as there are. So nothing has to be fitted by trial: the expected county is the table.
 *
 * Immutable once made.
 */
#ifndef EVENLODE_SYNTH_PYRAMID_H
#define EVENLODE_SYNTH_PYRAMID_H

#include "synth/generated/synth_tables.h"
#include "synth/random.h"

#define SYNTH_AGES       101 /* 0 .. 100 */
#define SYNTH_CHILD_AGES 35  /* of those who may live with a parent: 0 .. 34 */
#define SYNTH_MOTHERS    50  /* ages at which a woman may bear a child: below */

/* what a household is, by the one who is drawn first */
enum synth_home {
    SYNTH_HOME_COUPLE, /* a man of that age; children may be with them */
    SYNTH_HOME_ALONE,  /* or a woman with her children */
    SYNTH_HOME_SHARED,
    SYNTH_HOME_HALL,
    SYNTH_HOME_CARE,
    SYNTH_HOME_DEAD,     /* somebody who died within the window, who left nobody here */
    SYNTH_HOME_BEREAVED, /* the same, who left a partner */
    SYNTH_HOME_COUNT
};

struct synth_pyramid {
    uint32_t sums[SYNTH_HOME_COUNT * 2 * SYNTH_AGES]; /* of households: kind, sex (0 men), age */
    uint32_t gaps[SYNTH_PARTNER_GAP_COUNT];           /* sums of partner_gap.csv */
    int32_t women_sharing[SYNTH_AGES];                /* per 1000 of those who share */
    int32_t fertility[SYNTH_MOTHERS];                 /* per 1000 women, by age at birth */
    int32_t factor[SYNTH_CHILD_AGES];                 /* of it, in thousandths, by child's age */
    int32_t boys[SYNTH_CHILD_AGES];                   /* per 1000 of those with a parent */
};

void synth_pyramid_init(struct synth_pyramid *ret_pyramid, int32_t years);

/* the kind of a household, and sex and age of whom to start with */
enum synth_home synth_pyramid_draw(const struct synth_pyramid *pyramid, struct synth_random *random,
                                   char *ret_sex, int32_t *ret_age);
/* the age of the partner of a man or woman of that age */
int32_t synth_pyramid_partner(const struct synth_pyramid *pyramid, char sex, int32_t age,
                              struct synth_random *random);
/* a woman with the children who live with her, from the eldest down */
struct synth_mother {
    int32_t age;
    bool lone;       /* without a partner */
    uint8_t births;  /* so far */
    bool year_after; /* one of them was in the year before the one that is asked for */
};

/* per million: did she bear a child who is of that age now? */
int32_t synth_pyramid_child(const struct synth_pyramid *pyramid, const struct synth_mother *mother,
                            int32_t child_age);

#endif
