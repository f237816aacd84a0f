/*
 * fhir_api_search.c: search by GET and by POST. FHIR R4 search.html, http.html#search.
 *
 * What the question can be refused for is refused before anything is looked up. A search that names
 * one patient (patient=, subject=, Patient?_id=) is an access to that patient's record; any other
 * is an access to the whole store. The links carry what was understood and nothing else: a
 * parameter that nobody knows is left out of them and told in a warning (search.html#errors).
 *
 * A total is given when it was asked for, and when it is known without asking: the first page is
 * the last one.
 */
#include "web/fhir_api_call.h"

#include "base/limits.h"
#include "fhir/outcome.h"
#include "web/fhir_api_page.h"

struct search {
    struct search_query query;
    struct slice self; /* address and query, without _format and _page */
    struct slice resume;
};

/* -- the question --------------------------------------------------------------------------------
 */

struct pairs {
    VECTOR(struct search_pair) list;
    struct slice page;
};

static bool add_pairs(struct fhir_call *call, struct pairs *pairs,
                      const struct http_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(parameters[i].name, PAGE_PARAMETER)) {
            pairs->page = parameters[i].value;
            continue;
        }
        struct search_pair *pair = vector_push(&pairs->list, &call->request->arena);
        if (pair == NULL) {
            return false;
        }
        *pair = (struct search_pair){ parameters[i].name, parameters[i].value };
    }
    return true;
}

/* http.html#search: parameters of the address and of the form are one question */
static bool gather_pairs(struct fhir_call *call, struct pairs *pairs, struct fault *fault)
{
    struct http_request *request = call->request;
    const struct http_parameter *fields = NULL;
    size_t count = 0;
    if (call->route.is_form && request->body.len > 0 &&
        !http_request_form(request, &fields, &count, fault)) {
        return false;
    }
    return (add_pairs(call, pairs, request->query, request->query_count) &&
            add_pairs(call, pairs, fields, count)) ||
           fault_no_memory(fault, &request->arena);
}

static bool write_self(struct fhir_call *call, struct search *search)
{
    struct strbuf url;
    struct slice type = fhir_type_name(call->route.type);
    strbuf_init(&url, LIMIT_HTTP_URL * 4);
    strbuf_add(&url, call->base);
    strbuf_add_byte(&url, '/');
    strbuf_add(&url, type);
    for (size_t i = 0; i < search->query.condition_count; i++) {
        const struct search_condition *condition = &search->query.conditions[i];
        page_add_parameter(&url, condition->name, condition->text);
    }
    for (size_t i = 0; i < search->query.result_count; i++) {
        page_add_parameter(&url, search->query.results[i].name, search->query.results[i].value);
    }
    search->self = arena_copy(&call->request->arena, strbuf_slice(&url));
    bool ok = !url.failed && search->self.ptr != NULL;
    strbuf_release(&url);
    return ok;
}

static bool read_question(struct fhir_call *call, struct search *search, struct fault *fault)
{
    struct arena *arena = &call->request->arena;
    struct pairs pairs = { .page = { NULL, 0 } };
    struct search_options options = {
        .base = arena_printf(arena, "%.*s/", SLICE_PRINT(call->base)),
        .now = os_now(),
        .is_strict = call->prefer.is_strict,
    };
    if (!gather_pairs(call, &pairs, fault) ||
        !search_query_parse(call->route.type, pairs.list.at, pairs.list.count, &options, arena,
                            &search->query, fault)) {
        return false;
    }
    if (!write_self(call, search)) {
        return fault_no_memory(fault, arena);
    }
    return fhir_call_open_page(call, search->self, pairs.page, &search->resume, fault);
}

/* the one Patient of this server that a condition names; empty when it names none or several */
static struct slice patient_named_by(const struct search_condition *condition, fhir_type type)
{
    struct slice stem = slice_sub(condition->name, 0, slice_find(condition->name, ':'));
    struct slice none = { NULL, 0 };
    if (condition->value_count != 1) {
        return none;
    }
    const struct search_value *value = &condition->values[0];
    if (condition->column == SEARCH_ID) {
        return type == FHIR_PATIENT ? value->code : none;
    }
    bool plain = condition->modifier == SEARCH_PLAIN ||
                 (condition->modifier == SEARCH_TYPE && condition->target == FHIR_PATIENT);
    if (condition->kind != SEARCH_REFERENCE || !plain || !value->is_local ||
        (!slice_equal(stem, SLICE("patient")) && !slice_equal(stem, SLICE("subject")))) {
        return none;
    }
    return value->system.len == 0 || slice_equal(value->system, SLICE("Patient")) ? value->code
                                                                                  : none;
}

static struct slice patient_of_search(const struct search_query *query)
{
    struct slice patient = { NULL, 0 };
    for (size_t i = 0; i < query->condition_count && patient.len == 0; i++) {
        patient = patient_named_by(&query->conditions[i], query->type);
    }
    return patient;
}

/* -- the answer ----------------------------------------------------------------------------------
 */

static void add_warning(const struct search *search, struct fhir_bundle_writer *writer,
                        struct strbuf *scratch)
{
    struct strbuf text;
    if (search->query.unknown_count == 0) {
        return;
    }
    strbuf_init(&text, LIMIT_FAULT_ARENA);
    strbuf_add_string(&text, "ignored, because this type has no such search parameter:");
    for (size_t i = 0; i < search->query.unknown_count; i++) {
        strbuf_add_string(&text, i == 0 ? " " : ", ");
        strbuf_add(&text, search->query.unknown[i].name);
    }
    strbuf_clear(scratch);
    fhir_outcome_of_text("warning", "not-supported", strbuf_slice(&text), scratch);
    fhir_bundle_add(writer, &(struct fhir_bundle_item){ .resource = strbuf_slice(scratch),
                                                        .mode = FHIR_MODE_OUTCOME });
    strbuf_release(&text);
}

static uint64_t total_of(const struct search *search, const struct fhir_rows *rows)
{
    bool asked = search->query.total == SEARCH_TOTAL_ACCURATE ||
                 search->query.total == SEARCH_TOTAL_ESTIMATE;
    if (asked || search->query.is_count_only) {
        return rows->total;
    }
    bool is_all = search->resume.len == 0 && rows->next.len == 0;
    return is_all && search->query.total == SEARCH_TOTAL_DEFAULT ? rows->items.count
                                                                 : FHIR_TOTAL_UNKNOWN;
}

static void show_found(struct fhir_call *call, struct fhir_rows *rows)
{
    const struct search *search = call->state;
    struct fhir_bundle_writer writer;
    struct fhir_bundle_link links[2];
    struct strbuf body, scratch;
    size_t link_count = fhir_call_links(call, search->self, rows->next, links);
    strbuf_init(&body, LIMIT_RESPONSE_BODY);
    strbuf_init(&scratch, LIMIT_RESPONSE_BODY);
    fhir_bundle_begin(&writer, &body, "searchset", total_of(search, rows), links, link_count);
    for (size_t i = 0; i < rows->items.count; i++) {
        struct fhir_bundle_item item = { .mode = FHIR_MODE_MATCH };
        fhir_call_add_row(call, &writer, &rows->items.at[i], &item, &scratch);
    }
    add_warning(search, &writer, &scratch);
    fhir_bundle_end(&writer);
    strbuf_release(&scratch);
    fhir_call_show(call, 200, &body, rows->items.count);
}

static void look(struct fhir_call *call)
{
    const struct search *search = call->state;
    struct store_query query = {
        .kind = QUERY_SEARCH,
        .type = call->route.type,
        .search = &search->query,
        .limit = search->query.count,
        .resume = search->resume,
        .count_only = search->query.is_count_only,
        .with_total = search->query.total == SEARCH_TOTAL_ACCURATE ||
                      search->query.total == SEARCH_TOTAL_ESTIMATE,
    };
    fhir_call_read_rows(call, &query, show_found);
}

void fhir_api_search(struct fhir_call *call)
{
    struct fault fault;
    struct search *search = arena_new(&call->request->arena, struct search);
    if (search == NULL) {
        fhir_call_no_memory(call);
        return;
    }
    call->state = search;
    if (!read_question(call, search, &fault)) {
        fhir_call_fail(call, &fault);
        return;
    }
    struct slice patient = patient_of_search(&search->query);
    bool of_patient = patient.len > 0 && !fhir_call_is_system(call);
    fhir_call_ask(call, of_patient ? ACCESS_PATIENT : ACCESS_STORE, patient, look);
}
