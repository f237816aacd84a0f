/*
 * endpoint.h: what a live system of one organisation would answer, made from the lives on demand.
 *
 * For tests of sources that are not ours: a server asks endpoint_find_number() or
 * endpoint_find_id() and answers with endpoint_answer(). Nothing is stored but an index, a row a
 * patient: the life is made again for each answer, from the same seed as the files, so a live
 * organisation and its files tell the same. All of it is synthetic and labelled HTEST.
 *
 * Immutable once made: any number of threads may ask at once, each with an arena of its own.
 */
#ifndef EVENLODE_SYNTH_ENDPOINT_H
#define EVENLODE_SYNTH_ENDPOINT_H

#include "base/fault.h"
#include "base/strbuf.h"
#include "synth/life.h"

struct endpoint_row {
    uint64_t number; /* NHS number as the organisation holds it; 0: none */
    uint64_t id;     /* the first 64 bits of the Patient's id */
    uint32_t household;
    uint32_t first_number;
    uint8_t person;
    uint8_t copy;
};

struct endpoint {
    const struct synth_world *world;
    synth_org organisation;
    VECTOR(struct endpoint_row) rows; /* by NHS number */
};

/* makes every life once to see whom the organisation knows; rows lie in `arena` */
MUST_CHECK bool endpoint_make(const struct synth_world *world, synth_org organisation,
                              struct endpoint *ret_endpoint, struct arena *arena,
                              struct fault *fault);

/* the patients with that NHS number: *ret_count of them from the answer on; a number that is none
 * has none */
const struct endpoint_row *endpoint_find_number(const struct endpoint *endpoint,
                                                struct slice number, size_t *ret_count);
/* NULL: no patient has that id (36 characters) */
const struct endpoint_row *endpoint_find_id(const struct endpoint *endpoint, struct slice id);

/*
 * Appends a searchset: the Patient alone, or with all that the organisation holds. `base` has no
 * slash at its end. False without memory; `arena` needs LIMIT_SYNTH_HOUSEHOLD at most.
 */
MUST_CHECK bool endpoint_answer(const struct endpoint *endpoint, const struct endpoint_row *row,
                                const char *base, bool everything, struct arena *arena,
                                struct strbuf *out);

#endif
