/*
 * mishaps.h: what goes wrong between an event and those who are told of it.
 *
 * The last part of a life: each item draws its mishaps by the rows of mishap_rate.csv that fit its
 * organisation, its setting and its kind (the last row that fits counts). A mishap is a bit of the
 * item; only what LATE does is done here, to the time at which the item was recorded. How a bit
 * shows is for each format to say: these functions are what formats share. truth.ndjson lists them.
 */
#ifndef EVENLODE_SYNTH_MISHAPS_H
#define EVENLODE_SYNTH_MISHAPS_H

#include "base/json.h"
#include "synth/life.h"

struct synth_mishap_rates;

/* mishap_rate.csv summed up for the organisations of this world; NULL without memory */
const struct synth_mishap_rates *mishaps_rates_make(const struct synth_world *world,
                                                    struct arena *arena);

void life_mishaps(struct synth_life *life);

static inline bool mishap_is(const struct synth_item *item, enum synth_mishap mishap)
{
    return (item->mishaps >> mishap & 1) != 0;
}

/* told and then taken back: cancelled, or of another patient */
static inline bool mishap_withdrawn(const struct synth_item *item)
{
    return mishap_is(item, SYNTH_MISHAP_CANCELLED) || mishap_is(item, SYNTH_MISHAP_WRONG_PATIENT);
}

/* the code that stands where the item's own belongs */
const struct synth_code *mishap_wrong_code(const struct synth_item *item);

/* how a value reads in the other unit of its test; false: the test has none */
struct mishap_unit {
    struct slice unit, ucum; /* ucum empty: the unit is written as text alone */
    int32_t decimals;
    int32_t value; /* thousandths */
};
bool mishap_other_unit(const struct synth_test *test, int32_t value, struct mishap_unit *ret_unit);

/* a document as it was before it was corrected: its last paragraph was not there yet */
struct slice mishap_cut_short(struct slice text);

/* member "mishaps" of a line of the truth: kind of item, organisation, day, mishap */
void mishaps_truth(const struct synth_life *life, struct json_writer *json);

#endif
