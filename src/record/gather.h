/*
 * gather.h: asks all sources of a person at once and waits for the last, or the deadline.
 *
 * A source that has not answered by its deadline (LIMIT_SOURCE_MS) is "timed out"; its late answer
 * is thrown away when it comes and never reaches another page. Nothing is kept afterwards.
 */
#ifndef EVENLODE_RECORD_GATHER_H
#define EVENLODE_RECORD_GATHER_H

#include "record/record.h"

/*
 * One source to ask. The source is borrowed until `done` has been called, however late; ods and
 * name until the gathering is freed; the ids of the patients are copied.
 */
struct gather_source {
    struct source *source;
    struct slice name;
    bool own;
    bool asked;
    bool left; /* takes part no more: is not asked, and stands there as unavailable */
    const struct slice *patients;
    size_t patients_count;
};

struct gathering;

/*
 * Starts asking. `done` is called once, on any thread, when every source has answered, however
 * late; it must not block: it wakes the page's request, or, after the deadline, gives back what
 * kept the decision alive. The decision must live until then. It may be called before
 * gather_start() returns, on this thread too (no source is asked, or all answer at once). NULL and
 * a fault without memory; `done` is not called then.
 */
struct gathering *gather_start(const struct decision *decision, const struct gather_source *sources,
                               size_t count, int64_t deadline_ms, void (*done)(void *context),
                               void *context, struct fault *fault);
/* To be called by whoever waits, at the deadline: marks what is missing as timed out. Idempotent.
 */
void gather_expire(struct gathering *gathering);
/* the answers, after done or expire: as many as sources, in their order */
const struct record_input *gather_inputs(const struct gathering *gathering, size_t *ret_count);
/* gives the answers back; late ones are dropped when they come */
void gather_free(struct gathering *gathering);

#endif
