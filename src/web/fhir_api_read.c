/*
 * fhir_api_read.c: read and vread. FHIR R4 http.html#read, #vread, #cread.
 *
 * An organisation's system asks for its store; whose row it read is told by `shown`. A person's
 * access is to a patient's record, so the patient whom the addressed row belongs to is found first;
 * that look-up gives an id and nothing else, and the decision about that patient comes before a
 * byte of the row. A row that is absent, or of no patient, is asked for as nobody's record and
 * refused like any other.
 */
#include "web/fhir_api_call.h"

#include "base/limits.h"

/* 304 when the reader has this version: http.html#cread; RFC 9110 13.1.3: If-None-Match comes first
 */
static bool reader_has_it(struct fhir_call *call, const struct stored_resource *row)
{
    struct slice field;
    if (http_request_header_list(call->request, "If-None-Match", &field)) {
        return negotiate_none_match(field, row->version);
    }
    return http_request_header(call->request, "If-Modified-Since", &field) &&
           negotiate_not_modified(field, row->last_updated);
}

static void show_row(struct fhir_call *call, struct fhir_rows *rows)
{
    struct strbuf body;
    if (rows->items.count == 0) {
        fhir_call_not_found(call);
        return;
    }
    const struct stored_resource *row = &rows->items.at[0];
    if (row->deleted) {
        const struct fault gone = { .code = FAULT_GONE,
                                    .message = SLICE("this resource has been deleted") };
        fhir_call_fail(call, &gone);
        return;
    }
    fhir_call_version_headers(call, row->version, row->last_updated);
    if (reader_has_it(call, row)) {
        fhir_call_show_nothing(call, 304, SLICE("not-modified"));
        return;
    }
    strbuf_init(&body, LIMIT_RESPONSE_BODY);
    if (strbuf_room(&body, row->body.len + 128) != NULL) {
        stored_resource_write(row, &body);
    }
    fhir_call_show(call, 200, &body, 1);
}

static void read_it(struct fhir_call *call)
{
    struct store_query query = {
        .kind = call->route.interaction == INTERACTION_VREAD ? QUERY_VERSION : QUERY_READ,
        .type = call->route.type,
        .id = call->route.id,
        .version = call->route.version,
    };
    fhir_call_read_rows(call, &query, show_row);
}

static bool find_patient(struct fhir_call *call, struct slice *ret_patient, struct fault *fault)
{
    struct arena *arena = &call->request->arena;
    *ret_patient = call->route.id;
    if (call->route.type == FHIR_PATIENT) {
        return true;
    }
    struct record_store *store =
        store_pool_get(call->web->stores, call->route.ods, true, arena, fault);
    if (store == NULL) {
        return false;
    }
    bool ok =
        record_store_patient_of(store, call->route.type, call->route.id, arena, ret_patient, fault);
    store_pool_put(call->web->stores, store);
    return ok;
}

void fhir_call_ask_for_row(struct fhir_call *call, void (*proceed)(struct fhir_call *call))
{
    struct slice patient = { NULL, 0 };
    struct fault fault;
    if (fhir_call_is_system(call)) {
        patient = call->route.type == FHIR_PATIENT ? call->route.id : patient;
        fhir_call_ask(call, ACCESS_STORE, patient, proceed);
    } else if (find_patient(call, &patient, &fault)) {
        fhir_call_ask(call, ACCESS_PATIENT, patient, proceed);
    } else {
        fhir_call_fail(call, &fault);
    }
}

void fhir_api_read(struct fhir_call *call)
{
    fhir_call_ask_for_row(call, read_it);
}
