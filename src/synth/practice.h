/*
 * practice.h: what the sources about the practice share. Not for others.
 *
 * practice.c draws the contacts and says which are reviews; illness.c those that are acute illness,
 * and what is given for it.
 */
#ifndef EVENLODE_SYNTH_PRACTICE_H
#define EVENLODE_SYNTH_PRACTICE_H

#include "synth/hospital.h"

struct practice {
    struct synth_life *life;
    struct synth_random random;
    int32_t *days;  /* room for the days of one kind of contact */
    uint32_t spent; /* contacts that are accounted for already: reviews, second visits */
};

/* a contact on that day that was kept; index */
uint32_t practice_encounter(struct synth_life *life, int32_t day, enum synth_setting at,
                            struct slice text, uint16_t author, struct synth_random *random);
/* in person, by telephone or at home; `*ret_online`: through a form on the web */
enum synth_setting practice_setting(const struct synth_life *life, int32_t day, bool *ret_online,
                                    struct synth_random *random);

/* the acute illness that a contact of that day is about; NULL: none */
const struct synth_acute *illness_of_contact(const struct synth_life *life, int32_t day,
                                             struct synth_random *random);
/* one episode near that day: seen, written down, treated */
void illness_seen(struct practice *at, const struct synth_acute *row, int32_t day);
/* what of a remedy suits the person at that day; NULL: nothing */
const struct synth_remedy *illness_remedy(const struct synth_life *life,
                                          const struct synth_remedy *remedy, int32_t day);

#endif
