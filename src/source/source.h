/*
 * source.h: what answers for records.
 *
 * A source is one system of an organisation: a hosted record store, later a live FHIR server or
 * GP Connect. All are asked the same question (everything you hold of these patients, under this
 * decision) and give the same kind of answer: a state and, when it is SOURCE_OK, parsed resources.
 * Asking never blocks; the answer comes once, on any thread, at the deadline at the latest.
 * A source is read-only (ARCHITECTURE §1).
 */
#ifndef EVENLODE_SOURCE_SOURCE_H
#define EVENLODE_SOURCE_SOURCE_H

#include "base/json.h"
#include "base/worker_pool.h"
#include "store/record_store.h"

/* Of a source as a whole and of each section of it. X(NAME, word, sentence for people)
 */
#define SOURCE_STATES(X)                                                                           \
    X(OK, "ok", "shown")                                                                           \
    X(NONE_RECORDED, "none-recorded", "nothing recorded")                                          \
    X(NOT_SUPPORTED, "not-supported", "this source does not hold this")                            \
    X(UNAVAILABLE, "unavailable", "could not be reached")                                          \
    X(DENIED, "denied", "you may not see this")                                                    \
    X(TIMED_OUT, "timed-out", "did not answer in time")                                            \
    X(WITHHELD, "withheld", "withheld by the patient's or the organisation's choice")              \
    X(NOT_ASKED, "not-asked", "not chosen by you")

enum source_state {
#define X(name, word, sentence) SOURCE_##name,
    SOURCE_STATES(X)
#undef X
};

const char *source_state_word(enum source_state state);
const char *source_state_sentence(enum source_state state);

struct source_resource {
    struct stored_resource stored;
    struct json json; /* of stored.body; root node 0 */
};

struct source_answer;

/* Owned by the asker, who keeps it until `done`. */
struct source_request {
    const struct decision *decision;
    const struct slice *patients; /* ids of this person's Patients at this source */
    size_t patients_count;
    monotime deadline;
    void (*done)(struct source_request *request, struct source_answer *answer);
    void *context;
};

/* Owned by whoever `done` hands it to; source_answer_free() gives all back at once. */
struct source_answer {
    struct arena arena;
    enum source_state state;
    struct fault fault; /* when the state is UNAVAILABLE or TIMED_OUT; no patient data */
    struct source_resource *resources;
    size_t count;
    walltime as_at;
    int64_t took_us;
};

struct source;

struct source_ops {
    void (*ask)(struct source *source, struct source_request *request);
    void (*free)(struct source *source);
};

/* the head of every kind of source */
struct source {
    const struct source_ops *ops;
    struct slice ods;
};

void source_ask(struct source *source, struct source_request *request);
void source_answer_free(struct source_answer *answer);
void source_free(struct source *source);

#endif
