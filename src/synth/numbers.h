/*
 * numbers.h: the NHS numbers of the 999 range, each given to one person.
 *
 * 999 000 0000 to 999 999 9999 is set aside for tests and never issued. Six digits are free and the
 * tenth is the check digit of Modulus 11 (nhs/nhs_number.h), which some of the million leave
 * without: SYNTH_NHS_NUMBERS are valid. All of them are used, by an exact bijection.
 *
 * A county of up to SYNTH_NHS_NUMBERS people gives one to everybody. In a larger one those beyond
 * have none in any source; who they are is spread over the county by the key, as are people whom
 * no number was ever traced for.
 *
 * Immutable once made, so any thread may ask. The person's number is that of household.h.
 */
#ifndef EVENLODE_SYNTH_NUMBERS_H
#define EVENLODE_SYNTH_NUMBERS_H

#include "base/prelude.h"

#define SYNTH_NHS_NUMBERS     909090
#define SYNTH_NHS_NUMBER_SIZE 11

struct synth_numbers {
    uint64_t key;
    uint32_t people;
    uint32_t domain;            /* of the permutation: the larger of people and numbers */
    uint32_t before[1001];      /* valid numbers before 999 ppp 000 */
    uint16_t endings[11][1000]; /* by remainder of 999 ppp: the three digits that go with it */
    uint16_t ending_counts[11];
};

void synth_numbers_init(struct synth_numbers *ret_numbers, uint64_t seed, uint64_t people);
/* the ten digits of a person's number; false and an empty text when there is none */
bool synth_numbers_of(const struct synth_numbers *numbers, uint64_t person,
                      char ret_text[SYNTH_NHS_NUMBER_SIZE]);
/* a number that belongs to nobody, the same for the same person; false and an empty text when all
 * are taken. Two people meet in one with the chance of one to the number of those left. */
bool synth_numbers_spare(const struct synth_numbers *numbers, uint64_t person,
                         char ret_text[SYNTH_NHS_NUMBER_SIZE]);

#endif
