/*
 * register.h: who takes part.
 *
 * The register of organisations (data controllers, by ODS code) and of their sources. Kept in the
 * exchange store; read from an immutable snapshot that a change replaces, so that readers never
 * wait. A few hundred organisations at most are expected; a snapshot holds them all.
 */
#ifndef EVENLODE_ORGANISATION_REGISTER_H
#define EVENLODE_ORGANISATION_REGISTER_H

#include "base/fault.h"
#include "base/os.h"
#include "store/exchange_store.h"

/* X(NAME, word) */
#define ORGANISATION_STATUSES(X) X(PLANNED, "planned") X(LIVE, "live") X(LEFT, "left")
/* X(NAME, word, words for people) */
#define ORGANISATION_TYPES(X)                                                                      \
    X(PRACTICE, "practice", "GP practice")                                                         \
    X(HOSPITAL, "hospital", "Hospital trust")                                                      \
    X(COMMUNITY, "community", "Community and mental health trust")                                 \
    X(AMBULANCE, "ambulance", "Ambulance service")                                                 \
    X(COUNCIL, "council", "Council: social care")                                                  \
    X(URGENT, "urgent", "Urgent care: 111 and out of hours")                                       \
    X(OTHER, "other", "Other provider")
#define SOURCE_KINDS(X) X(HOSTED, "hosted") X(FHIR, "fhir") X(GPCONNECT, "gpconnect")

enum organisation_status {
#define X(name, word) ORGANISATION_##name,
    ORGANISATION_STATUSES(X)
#undef X
};
enum organisation_type {
#define X(name, word, people) ORGANISATION_TYPE_##name,
    ORGANISATION_TYPES(X)
#undef X
};
enum source_kind {
#define X(name, word) SOURCE_KIND_##name,
    SOURCE_KINDS(X)
#undef X
};

struct organisation {
    struct slice ods;
    struct slice name;
    enum organisation_type type;
    enum organisation_status status;
    enum source_kind source; /* one source each, until live sources come: `hosted` */
    walltime since;          /* when it took this status */
};

struct organisation_register;
/* one moment of the register, ordered by ODS code */
struct register_snapshot {
    const struct organisation *at;
    size_t count;
};

MUST_CHECK struct organisation_register *register_open(struct exchange_store *store,
                                                       struct fault *fault, struct arena *arena);
void register_close(struct organisation_register *reg);

/* held until register_put(); never blocks */
const struct register_snapshot *register_get(struct organisation_register *reg);
void register_put(struct organisation_register *reg, const struct register_snapshot *snapshot);
/* binary search; NULL when there is none */
const struct organisation *register_find(const struct register_snapshot *snapshot,
                                         struct slice ods);

/*
 * Adds or changes (upsert) and waits until it is durable. Checks the ODS code's form, that the name
 * is not empty and has no control characters (C0, DEL, C1), that the source is hosted. Not from a
 * committing thread.
 */
MUST_CHECK bool register_set(struct organisation_register *reg,
                             const struct organisation *organisation, struct arena *arena,
                             struct fault *fault);

const char *organisation_status_word(enum organisation_status status);
const char *organisation_type_word(enum organisation_type type);
const char *organisation_type_people(enum organisation_type type);
const char *source_kind_word(enum source_kind kind);
MUST_CHECK bool organisation_status_find(struct slice word, enum organisation_status *ret_status);
MUST_CHECK bool organisation_type_find(struct slice word, enum organisation_type *ret_type);

#endif
