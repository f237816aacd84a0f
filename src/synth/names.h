/*
 * names.h: what people are called, by frequency.
 *
 * Surnames and forenames have heads that everybody knows and tails that hardly anybody bears. The
 * heads are tables (surname.csv; forename.csv by decade of birth); the tails are put together from
 * syllables and endings, the n-th name of a tail always the same, and drawn by the shares of
 * surname_rank.csv and forename_rank.csv (Zipf-Mandelbrot). A million people bear some 80,000
 * surnames and 40,000 forenames. That one of the made-up ones is somebody's is chance.
 *
 * A name is a slice of a table or of a pool, which a household brings along (and which therefore
 * must not move). A full pool gives a name of a table instead: nothing here fails.
 */
#ifndef EVENLODE_SYNTH_NAMES_H
#define EVENLODE_SYNTH_NAMES_H

#include "base/slice.h"
#include "synth/generated/synth_tables.h"
#include "synth/random.h"

#define SYNTH_POOL_SIZE 3072
#define SYNTH_DECADES   10 /* from 1930 */

struct synth_pool {
    uint32_t used;
    char at[SYNTH_POOL_SIZE];
};

struct synth_range {
    uint16_t first;
    uint16_t count;
};

/* the tables summed up for drawing; immutable once made */
struct synth_names {
    struct synth_range surnames[SYNTH_HERITAGE_COUNT];
    /* by sex (0 men) and decade (heritages other than British: decade 0 only) */
    struct synth_range forenames[SYNTH_HERITAGE_COUNT][2][SYNTH_DECADES];
    uint32_t surname_sums[SYNTH_SURNAME_COUNT]; /* of weights, within the range */
    uint32_t forename_sums[SYNTH_FORENAME_COUNT];
    uint32_t surname_ranks[SYNTH_SURNAME_RANK_COUNT];
    uint32_t forename_ranks[SYNTH_FORENAME_RANK_COUNT];
    struct synth_range surname_parts[SYNTH_HERITAGE_COUNT][3]; /* onset, core, end */
    struct synth_range forename_parts[2][3];
    int32_t outside[2][SYNTH_DECADES]; /* per 1000 whose name is not in the decade's table */
};

void synth_names_init(struct synth_names *ret_names);

/* a family name as a person of that sex bears it ("Singh" or "Kaur", "Kowalski" or "Kowalska") */
struct slice synth_names_surname(const struct synth_names *names,
                                 const struct synth_heritage *heritage, char sex,
                                 struct synth_random *random, struct synth_pool *pool);
/* the family name of another person as one of that sex bears it */
struct slice synth_names_for_sex(const struct synth_heritage *heritage, struct slice family,
                                 char sex, struct synth_pool *pool);
/* `birth_year` picks the decade of British forenames, one in five a neighbour's */
struct slice synth_names_forename(const struct synth_names *names,
                                  const struct synth_heritage *heritage, char sex,
                                  int32_t birth_year, struct synth_random *random,
                                  struct synth_pool *pool);
/* both names as one: joined by a hyphen (80 %), a space (15 %) or nothing */
struct slice synth_names_joined(struct slice a, struct slice b, struct synth_random *random,
                                struct synth_pool *pool);

/* "James William" */
struct slice synth_names_listed(struct slice a, struct slice b, struct synth_pool *pool);
/* the first of two elements of a name: Mohammed in one of its spellings, or Abdul */
struct slice synth_names_element(struct synth_random *random);

/* "Bill" for "William"; empty when the name has no short form */
struct slice synth_short_form(struct slice forename);

#endif
