/*
 * fhir_api_written.c: what is told of a committed write.
 *
 * FHIR R4 http.html#create (201, Location), #update (200 or 201), #delete (200 or 204; of what was
 * not there, 204 too), #transaction-response; #ops for Prefer: return. The representation is read
 * back by its version, so that the sender sees what is kept and not what was sent.
 */
#include "web/fhir_api_write.h"

#include "base/instant.h"
#include "base/limits.h"
#include "fhir/outcome.h"

static const struct {
    const char *status;
    unsigned number;
    const char *text; /* of an OperationOutcome */
} effects[] = {
    [EFFECT_NONE] = { "204 No Content", 204, "there was nothing to delete" },
    [EFFECT_CREATED] = { "201 Created", 201, "the resource has been created" },
    [EFFECT_UPDATED] = { "200 OK", 200, "the resource has been updated" },
    [EFFECT_DELETED] = { "204 No Content", 204, "the resource has been deleted" },
    [EFFECT_UNCHANGED] = { "200 OK", 200, "the resource was like that already" },
};

/* -- a single write ------------------------------------------------------------------------------
 */

static void set_headers(struct fhir_call *call, const struct record_change *change)
{
    if (change->effect == EFFECT_NONE) {
        return;
    }
    fhir_call_version_headers(call, change->ret_version, change->ret_last_updated);
    if (change->effect == EFFECT_CREATED) {
        fhir_call_location(call, change->type, change->ret_id, change->ret_version);
    }
}

static void show_outcome(struct fhir_call *call, const struct record_change *change)
{
    struct strbuf body;
    unsigned status = effects[change->effect].number;
    strbuf_init(&body, LIMIT_RESPONSE_BODY);
    fhir_outcome_of_text("information", "informational",
                         slice_from_string(effects[change->effect].text), &body);
    set_headers(call, change);
    fhir_call_show(call, status == 204 ? 200 : status, &body, 1);
}

static void show_representation(struct fhir_call *call, struct fhir_rows *rows)
{
    const struct fhir_write *write = call->state;
    const struct record_change *change = &write->transaction.write.changes[0];
    struct strbuf body;
    set_headers(call, change);
    if (rows->items.count == 0) {
        fhir_call_show_nothing(call, effects[change->effect].number, SLICE("complete"));
        return;
    }
    strbuf_init(&body, LIMIT_RESPONSE_BODY);
    stored_resource_write(&rows->items.at[0], &body);
    fhir_call_show(call, effects[change->effect].number, &body, 1);
}

static void answer_one(struct fhir_write *write)
{
    struct fhir_call *call = write->call;
    const struct record_change *change = &write->transaction.write.changes[0];
    enum prefer_return result = call->prefer.result;
    if (result == RETURN_OUTCOME) {
        show_outcome(call, change);
        return;
    }
    if (change->kind == CHANGE_DELETE || result == RETURN_MINIMAL) {
        set_headers(call, change);
        call->items = 1;
        fhir_call_show_nothing(call, effects[change->effect].number, SLICE("complete"));
        return;
    }
    struct store_query query = { .kind = QUERY_VERSION,
                                 .type = change->type,
                                 .id = change->ret_id,
                                 .version = change->ret_version };
    fhir_call_read_rows(call, &query, show_representation);
}

/* -- a transaction -------------------------------------------------------------------------------
 */

static void add_response(struct fhir_bundle_writer *writer, const struct record_change *change,
                         struct arena *arena)
{
    char etag[ETAG_SIZE], date[INSTANT_TEXT_SIZE];
    struct slice type = fhir_type_name(change->type);
    struct fhir_bundle_item item = {
        .response_status = slice_from_string(effects[change->effect].status),
    };
    if (change->effect != EFFECT_NONE) {
        item.response_etag = slice_of(etag, etag_format(change->ret_version, etag));
        instant_format_utc(change->ret_last_updated, date);
        item.response_last_modified = slice_from_string(date);
    }
    if (change->effect != EFFECT_NONE && change->effect != EFFECT_DELETED) {
        item.response_location = arena_printf(arena, "%.*s/%.*s/_history/%u", SLICE_PRINT(type),
                                              SLICE_PRINT(change->ret_id), change->ret_version);
        writer->json.out->failed |= item.response_location.ptr == NULL;
    }
    fhir_bundle_add(writer, &item);
}

static void answer_transaction(struct fhir_write *write)
{
    const struct transaction *transaction = &write->transaction;
    struct fhir_bundle_writer writer;
    struct strbuf body;
    strbuf_init(&body, LIMIT_RESPONSE_BODY);
    fhir_bundle_begin(&writer, &body, "transaction-response", FHIR_TOTAL_UNKNOWN, NULL, 0);
    for (size_t i = 0; i < transaction->entries.count; i++) {
        const struct record_change *change = &transaction->write.changes[transaction->change_of[i]];
        add_response(&writer, change, &write->arena);
    }
    fhir_bundle_end(&writer);
    fhir_call_show(write->call, 200, &body, transaction->entries.count);
}

void fhir_write_answer(struct fhir_write *write)
{
    if (write->call->route.interaction == INTERACTION_TRANSACTION) {
        answer_transaction(write);
    } else {
        answer_one(write);
    }
}
