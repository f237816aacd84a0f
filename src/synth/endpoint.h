/*
 * endpoint.h: what a live system of one organisation would answer, made from the lives on demand.
 *
 * For tests of sources that are not ours: a server asks endpoint_find_number() or
 * endpoint_find_id() for a patient, endpoint_knows() whether the organisation holds it, and answers
 * with endpoint_answer(). Nothing is stored but an index, a row a patient who could be: who lives
 * in the county is known without their lives, and a life is made when it is asked for, from the
 * same seed as the files, so a live organisation and its files tell the same. All of it is
 * synthetic and labelled HTEST.
 *
 * Any number of threads may ask at once, each with an arena of its own: what changes after the
 * index is made is a byte a row, what was found out about it.
 */
#ifndef EVENLODE_SYNTH_ENDPOINT_H
#define EVENLODE_SYNTH_ENDPOINT_H

#include <stdatomic.h>

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
    atomic_uchar *known;              /* of each row: 0 not asked yet, 1 no, 2 yes */
};

/* all whom the organisation could know, without their lives; rows lie in `arena` */
MUST_CHECK bool endpoint_make(const struct synth_world *world, synth_org organisation,
                              struct endpoint *ret_endpoint, struct arena *arena,
                              struct fault *fault);

/* the patients who would have that NHS number: *ret_count of them from the answer on; a number that
 * is none has none */
const struct endpoint_row *endpoint_find_number(const struct endpoint *endpoint,
                                                struct slice number, size_t *ret_count);
/* NULL: no patient has that id (36 characters) */
const struct endpoint_row *endpoint_find_id(const struct endpoint *endpoint, struct slice id);

/* does the organisation hold anything of that patient? False without memory; `arena` as below */
MUST_CHECK bool endpoint_knows(const struct endpoint *endpoint, const struct endpoint_row *row,
                               struct arena *arena, bool *ret_known);

/*
 * Appends a searchset: the Patient alone, or with all that the organisation holds. `base` has no
 * slash at its end. False without memory; `arena` needs LIMIT_SYNTH_HOUSEHOLD at most.
 */
MUST_CHECK bool endpoint_answer(const struct endpoint *endpoint, const struct endpoint_row *row,
                                const char *base, bool everything, struct arena *arena,
                                struct strbuf *out);

#endif
