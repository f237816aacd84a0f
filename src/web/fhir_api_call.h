/*
 * fhir_api_call.h: one request to the API, from its decision to its `shown`.
 *
 * Each interaction begins in its own file with what can be refused without looking at any record,
 * then calls fhir_call_ask(): the decision is made, its audit entry becomes durable, and `proceed`
 * runs on a server thread, or the refusal is answered. fhir_call_show() answers; when the
 * answer has ended, the second audit entry is written.
 *
 * A call lies in its request's arena and is gone with it.
 */
#ifndef EVENLODE_WEB_FHIR_API_CALL_H
#define EVENLODE_WEB_FHIR_API_CALL_H

#include <stdatomic.h>

#include "base/vector.h"
#include "fhir/bundle.h"
#include "web/fhir_api.h"
#include "web/fhir_api_negotiate.h"
#include "web/fhir_api_route.h"

struct fhir_call {
    struct web *web;
    struct http_request *request;
    struct fhir_route route;
    struct slice base;        /* http://host/orgs/{ODS}/fhir/R4 */
    struct slice format;      /* _format as given, for links */
    struct slice answer_type; /* media type of the answer */
    struct prefer prefer;
    struct subject subject;
    void *state; /* of the interaction */

    void (*proceed)(struct fhir_call *call);
    struct access access;
    struct http_waiter *waiter;
    bool granted; /* and told to a server thread: only then is access's result read */

    /* for `shown` */
    struct digest shown;
    uint64_t items;
    struct slice *patients; /* whose rows were read, each once */
    size_t patient_count;
    struct slice outcome;
};

/* Decides, records, goes on. `patient_id`: whom the question names; may be empty: nobody. */
void fhir_call_ask(struct fhir_call *call, enum access_target target, struct slice patient_id,
                   void (*proceed)(struct fhir_call *call));
/* an organisation's own system asks for its store; a person asks for a patient's record */
bool fhir_call_is_system(const struct fhir_call *call);
/* asks for what the route addresses by type and id */
void fhir_call_ask_for_row(struct fhir_call *call, void (*proceed)(struct fhir_call *call));

void fhir_call_fail(struct fhir_call *call, const struct fault *fault);
void fhir_call_no_memory(struct fhir_call *call);
/* the one answer for what is not there and for what may not be known to be there */
void fhir_call_not_found(struct fhir_call *call);
/* Takes the buffer's memory over, also when it has failed (then 503). `items`: resources in it. */
void fhir_call_show(struct fhir_call *call, unsigned status, struct strbuf *body, uint64_t items);
/* an answer without body */
void fhir_call_show_nothing(struct fhir_call *call, unsigned status, struct slice outcome);
/* ETag, Last-Modified */
void fhir_call_version_headers(struct fhir_call *call, version_no version, walltime updated);
/* Location: base/Type/id/_history/version */
void fhir_call_location(struct fhir_call *call, fhir_type type, struct slice id,
                        version_no version);

/* -- rows ----------------------------------------------------------------------------------------
 */

struct fhir_rows {
    VECTOR(struct stored_resource) items; /* in the request's arena */
    uint64_t total;
    struct slice next; /* position behind them; empty: that is all */
};

/*
 * Reads what the query finds: query->limit rows at most, fewer when they come to LIMIT_PAGE_BYTES.
 * Calls `finished` with the rows, at once or after waiting, or answers with the fault.
 */
void fhir_call_read_rows(struct fhir_call *call, const struct store_query *query,
                         void (*finished)(struct fhir_call *call, struct fhir_rows *rows));
/* adds rows to a searchset or history bundle: full URL and body */
void fhir_call_add_row(struct fhir_call *call, struct fhir_bundle_writer *writer,
                       const struct stored_resource *row, struct fhir_bundle_item *item,
                       struct strbuf *scratch);

/* -- pages ---------------------------------------------------------------------------------------
 */

/* self, and next when `next` (a position) is not empty; gives their count */
size_t fhir_call_links(struct fhir_call *call, struct slice self, struct slice next,
                       struct fhir_bundle_link links[2]);
/* the position in a page's link; empty when `page` is. Faults as page_open(). */
MUST_CHECK bool fhir_call_open_page(struct fhir_call *call, struct slice self, struct slice page,
                                    struct slice *ret_position, struct fault *fault);

/* -- interactions --------------------------------------------------------------------------------
 */

typedef void fhir_call_begin(struct fhir_call *call);

fhir_call_begin fhir_api_capabilities;
fhir_call_begin fhir_api_read;                         /* and vread */
fhir_call_begin fhir_api_history, fhir_api_everything; /* fhir_api_paged.c */
fhir_call_begin fhir_api_search;
fhir_call_begin fhir_api_write;

#endif
