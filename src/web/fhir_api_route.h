/*
 * fhir_api_route.h: from method and path to an interaction. FHIR R4 http.html#summary.
 *
 * Pure: looks at nothing but its arguments.
 */
#ifndef EVENLODE_WEB_FHIR_API_ROUTE_H
#define EVENLODE_WEB_FHIR_API_ROUTE_H

#include "base/fault.h"
#include "fhir/types.h"
#include "store/record_store.h"

/* X(NAME, word in the audit) */
#define FHIR_INTERACTIONS(X)                                                                       \
    X(CAPABILITIES, "capabilities")                                                                \
    X(READ, "read")                                                                                \
    X(VREAD, "vread")                                                                              \
    X(HISTORY, "history")                                                                          \
    X(SEARCH, "search")                                                                            \
    X(EVERYTHING, "everything")                                                                    \
    X(CREATE, "create")                                                                            \
    X(UPDATE, "update")                                                                            \
    X(DELETE, "delete")                                                                            \
    X(TRANSACTION, "transaction")

enum fhir_interaction {
#define X(name, word) INTERACTION_##name,
    FHIR_INTERACTIONS(X)
#undef X
};

struct fhir_route {
    enum fhir_interaction interaction;
    struct slice ods;
    fhir_type type;
    struct slice id;
    version_no version;
    bool is_form; /* POST [type]/_search */
};

const char *fhir_interaction_word(enum fhir_interaction interaction);
static inline bool fhir_interaction_writes(enum fhir_interaction interaction)
{
    return interaction >= INTERACTION_CREATE;
}

/*
 * `path` is decoded and starts with /orgs/. One slash at the end is allowed. False: NOT_FOUND (no
 * such address, no such type, an id that cannot be one), METHOD (then *ret_allow names the methods
 * there are), NOT_SUPPORTED (FHIR defines it and this server does not offer it).
 */
MUST_CHECK bool fhir_route_find(struct slice method, struct slice path, struct arena *arena,
                                struct fhir_route *ret_route, const char **ret_allow,
                                struct fault *fault);

#endif
