/*
 * fhir_api_write.h: one write under way. For fhir_api_write.c and fhir_api_written.c.
 */
#ifndef EVENLODE_WEB_FHIR_API_WRITE_H
#define EVENLODE_WEB_FHIR_API_WRITE_H

#include "intake/transaction.h"
#include "web/fhir_api_call.h"

struct fhir_write {
    struct worker_task task; /* must be first */
    struct fhir_call *call;
    struct http_waiter *waiter;
    version_no if_match;
    struct arena arena; /* of parsing, preparation and results */
    atomic_int holders; /* of `arena`: the request and the commit */
    struct record_store *store;
    struct json json;
    struct transaction transaction;
    bool submitted;
    struct fault fault; /* when it was not */
    struct link_wait link;
};

/* the answer of a write that is committed */
void fhir_write_answer(struct fhir_write *write);

#endif
