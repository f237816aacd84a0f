/*
 * fhir_api_paged.c: the history of a resource, and everything of a patient, in pages.
 *
 * FHIR R4 http.html#history, patient-operation-everything.html. Both take _count and the page of a
 * link. Parameters that would narrow the answer (_since, start, ...) are refused by name: leaving
 * them out would answer more than was asked for.
 */
#include "web/fhir_api_call.h"

#include "base/limits.h"
#include "store/record_id.h"
#include "web/fhir_api_page.h"

struct paged {
    struct slice self;
    struct slice resume;
    uint32_t count;
};

static const struct slice narrowing[] = {
    SLICE_INIT("_since"), SLICE_INIT("_at"),      SLICE_INIT("_list"),
    SLICE_INIT("_sort"),  SLICE_INIT("start"),    SLICE_INIT("end"),
    SLICE_INIT("_type"),  SLICE_INIT("_summary"), SLICE_INIT("_elements"),
};

static bool is_narrowing(struct slice name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(narrowing); i++) {
        if (slice_equal(name, narrowing[i])) {
            return true;
        }
    }
    return false;
}

static bool read_count(struct paged *paged, const struct http_parameter *parameter,
                       struct arena *arena, struct fault *fault)
{
    uint64_t count;
    if (!slice_to_u64(parameter->value, &count) || count == 0) {
        return fault_at(fault, arena, FAULT_INVALID, parameter->name,
                        "the value of _count cannot be read");
    }
    paged->count = count < paged->count ? (uint32_t)count : paged->count;
    return true;
}

static bool read_parameter(struct fhir_call *call, struct paged *paged,
                           const struct http_parameter *parameter, struct slice *page,
                           struct fault *fault)
{
    struct arena *arena = &call->request->arena;
    struct slice name = parameter->name;
    if (slice_equal(name, SLICE("_count"))) {
        return read_count(paged, parameter, arena, fault);
    }
    if (slice_equal(name, PAGE_PARAMETER)) {
        *page = parameter->value;
        return true;
    }
    if (is_narrowing(name)) {
        return fault_at(fault, arena, FAULT_NOT_SUPPORTED, name,
                        "the parameter %.*s is not offered here", SLICE_PRINT(name));
    }
    bool known = slice_equal(name, SLICE("_format")) || slice_equal(name, SLICE("_pretty"));
    return known || !call->prefer.is_strict ||
           fault_at(fault, arena, FAULT_INVALID, name, "there is no parameter %.*s here",
                    SLICE_PRINT(name));
}

static bool read_question(struct fhir_call *call, struct paged *paged, const char *tail,
                          struct fault *fault)
{
    const struct http_request *request = call->request;
    struct slice page = { NULL, 0 };
    uint32_t most = paged->count;
    for (size_t i = 0; i < request->query_count; i++) {
        if (!read_parameter(call, paged, &request->query[i], &page, fault)) {
            return false;
        }
    }
    struct slice type = fhir_type_name(call->route.type);
    struct slice self =
        arena_printf(&call->request->arena, "%.*s/%.*s/%.*s/%s", SLICE_PRINT(call->base),
                     SLICE_PRINT(type), SLICE_PRINT(call->route.id), tail);
    if (paged->count != most) {
        self =
            arena_printf(&call->request->arena, "%.*s?_count=%u", SLICE_PRINT(self), paged->count);
    }
    paged->self = self;
    if (self.ptr == NULL) {
        return fault_no_memory(fault, &call->request->arena);
    }
    return fhir_call_open_page(call, self, page, &paged->resume, fault);
}

/* reads the question, then asks; false: answered */
static void begin(struct fhir_call *call, const char *tail, uint32_t most,
                  void (*proceed)(struct fhir_call *call))
{
    struct fault fault;
    struct paged *paged = arena_new(&call->request->arena, struct paged);
    if (paged == NULL) {
        fhir_call_no_memory(call);
        return;
    }
    paged->count = most;
    call->state = paged;
    if (!read_question(call, paged, tail, &fault)) {
        fhir_call_fail(call, &fault);
        return;
    }
    fhir_call_ask_for_row(call, proceed);
}

/* -- history -------------------------------------------------------------------------------------
 */

/* what made this version; of the first one the form of its id tells */
static void describe_version(struct fhir_call *call, const struct stored_resource *row,
                             struct fhir_bundle_item *item, char etag[ETAG_SIZE],
                             char date[INSTANT_TEXT_SIZE])
{
    struct arena *arena = &call->request->arena;
    struct slice type = fhir_type_name(row->type);
    patient_key key;
    uint64_t sequence;
    bool created = row->version == 1 && record_id_parse(row->id, &key, &sequence);
    item->request_method = row->deleted ? SLICE("DELETE") : created ? SLICE("POST") : SLICE("PUT");
    item->request_url = created ? type : fhir_reference_local(row->type, row->id, arena);
    item->response_status = row->deleted        ? SLICE("204 No Content")
                            : row->version == 1 ? SLICE("201 Created")
                                                : SLICE("200 OK");
    item->response_etag = slice_of(etag, etag_format(row->version, etag));
    instant_format_utc(row->last_updated, date);
    item->response_last_modified = slice_from_string(date);
}

static void show_history(struct fhir_call *call, struct fhir_rows *rows)
{
    const struct paged *paged = call->state;
    struct fhir_bundle_writer writer;
    struct fhir_bundle_link links[2];
    struct strbuf body, scratch;
    if (rows->items.count == 0 && paged->resume.len == 0) {
        fhir_call_not_found(call);
        return;
    }
    size_t link_count = fhir_call_links(call, paged->self, rows->next, links);
    strbuf_init(&body, LIMIT_RESPONSE_BODY);
    strbuf_init(&scratch, LIMIT_RESPONSE_BODY);
    fhir_bundle_begin(&writer, &body, "history", rows->total, links, link_count);
    for (size_t i = 0; i < rows->items.count; i++) {
        char etag[ETAG_SIZE], date[INSTANT_TEXT_SIZE];
        struct fhir_bundle_item item = { .mode = FHIR_MODE_NONE };
        describe_version(call, &rows->items.at[i], &item, etag, date);
        fhir_call_add_row(call, &writer, &rows->items.at[i], &item, &scratch);
    }
    fhir_bundle_end(&writer);
    strbuf_release(&scratch);
    fhir_call_show(call, 200, &body, rows->items.count);
}

static void read_history(struct fhir_call *call)
{
    const struct paged *paged = call->state;
    struct store_query query = { .kind = QUERY_HISTORY,
                                 .type = call->route.type,
                                 .id = call->route.id,
                                 .limit = paged->count,
                                 .resume = paged->resume,
                                 .with_total = true };
    fhir_call_read_rows(call, &query, show_history);
}

void fhir_api_history(struct fhir_call *call)
{
    begin(call, "_history", LIMIT_SEARCH_COUNT, read_history);
}

/* -- everything ----------------------------------------------------------------------------------
 */

static void show_everything(struct fhir_call *call, struct fhir_rows *rows)
{
    const struct paged *paged = call->state;
    struct fhir_bundle_writer writer;
    struct fhir_bundle_link links[2];
    struct strbuf body, scratch;
    if (rows->items.count == 0 && paged->resume.len == 0) {
        fhir_call_not_found(call);
        return;
    }
    size_t link_count = fhir_call_links(call, paged->self, rows->next, links);
    bool is_all = paged->resume.len == 0 && rows->next.len == 0;
    strbuf_init(&body, LIMIT_RESPONSE_BODY);
    strbuf_init(&scratch, LIMIT_RESPONSE_BODY);
    fhir_bundle_begin(&writer, &body, "searchset", is_all ? rows->items.count : FHIR_TOTAL_UNKNOWN,
                      links, link_count);
    for (size_t i = 0; i < rows->items.count; i++) {
        const struct stored_resource *row = &rows->items.at[i];
        struct fhir_bundle_item item = { .mode = row->patient_id.len > 0 ? FHIR_MODE_MATCH
                                                                         : FHIR_MODE_INCLUDE };
        fhir_call_add_row(call, &writer, row, &item, &scratch);
    }
    fhir_bundle_end(&writer);
    strbuf_release(&scratch);
    fhir_call_show(call, 200, &body, rows->items.count);
}

static void read_everything(struct fhir_call *call)
{
    const struct paged *paged = call->state;
    struct store_query query = { .kind = QUERY_EVERYTHING,
                                 .type = FHIR_PATIENT,
                                 .patient_id = call->route.id,
                                 .limit = paged->count,
                                 .resume = paged->resume };
    fhir_call_read_rows(call, &query, show_everything);
}

void fhir_api_everything(struct fhir_call *call)
{
    begin(call, "$everything", LIMIT_EVERYTHING_PAGE, read_everything);
}
