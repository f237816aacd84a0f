/*
 * bundle.h: write bundles of answers, read bundles of requests.
 *
 * FHIR R4 bundle.html, http.html#transaction. The writer streams: resources are put in as the bytes
 * that are stored. The reader takes a transaction or batch apart and checks what can be checked
 * without a store: each entry has a method and a URL of a known form, a write has its resource,
 * no fullUrl occurs twice.
 */
#ifndef EVENLODE_FHIR_BUNDLE_H
#define EVENLODE_FHIR_BUNDLE_H

#include "base/strbuf.h"
#include "fhir/types.h"

/* -- writing ------------------------------------------------------------------------------- */

struct fhir_bundle_link {
    const char *relation; /* self, next, previous, first, last */
    struct slice url;
};

struct fhir_bundle_writer {
    struct json_writer json;
    bool in_entries;
};

enum fhir_search_mode {
    FHIR_MODE_NONE, /* no entry.search */
    FHIR_MODE_MATCH,
    FHIR_MODE_INCLUDE,
    FHIR_MODE_OUTCOME,
};

/* what stands beside a resource; empty slices are left out */
struct fhir_bundle_item {
    struct slice full_url;
    struct slice resource; /* JSON as stored */
    enum fhir_search_mode mode;
    struct slice request_method; /* history */
    struct slice request_url;
    struct slice response_status; /* history, transaction-response: "201 Created" */
    struct slice response_location;
    struct slice response_etag; /* W/"3" */
    struct slice response_last_modified;
    struct slice response_outcome; /* an OperationOutcome as JSON */
};

#define FHIR_TOTAL_UNKNOWN UINT64_MAX

/* `type`: searchset, history, transaction-response, batch-response, collection */
void fhir_bundle_begin(struct fhir_bundle_writer *writer, struct strbuf *out, const char *type,
                       uint64_t total, const struct fhir_bundle_link *links, size_t link_count);
void fhir_bundle_add(struct fhir_bundle_writer *writer, const struct fhir_bundle_item *item);
void fhir_bundle_end(struct fhir_bundle_writer *writer);

/* -- reading ------------------------------------------------------------------------------- */

enum fhir_method {
    FHIR_GET,
    FHIR_HEAD,
    FHIR_POST,
    FHIR_PUT,
    FHIR_PATCH,
    FHIR_DELETE,
};

enum fhir_bundle_kind {
    FHIR_BUNDLE_BATCH,
    FHIR_BUNDLE_TRANSACTION,
    FHIR_BUNDLE_COLLECTION, /* and document, message, searchset, history: resources without request
                             */
};

struct fhir_entry {
    enum fhir_method method;
    struct slice full_url; /* unescaped, as all texts here; may be empty */
    struct slice url;      /* as given */
    fhir_type type;        /* what the URL names; of a collection: the resource's type */
    struct slice id;       /* Type/id in the URL; empty: none */
    struct slice query;    /* behind '?': conditional update or delete, search */
    struct slice if_none_exist;
    struct slice if_match;
    struct slice if_none_match;
    json_ix resource; /* JSON_NONE: none */
    uint32_t index;   /* its place in Bundle.entry */
};

struct fhir_entries {
    enum fhir_bundle_kind kind;
    struct fhir_entry *at;
    size_t count;
};

/*
 * Faults name the place, Bundle.entry[3].request.url: MALFORMED, INVALID, NOT_SUPPORTED,
 * TOO_LARGE (LIMIT_BUNDLE_ENTRIES). Entries are in document order; fhir_entry_rank() gives the
 * order of work: DELETE, POST, PUT and PATCH, GET and HEAD (http.html#trules).
 */
MUST_CHECK bool fhir_bundle_read(const struct json *json, json_ix bundle, struct arena *arena,
                                 struct fhir_entries *ret_entries, struct fault *fault);
unsigned fhir_entry_rank(enum fhir_method method);

#endif
