/*
 * fhir_api_rows.c: a page of rows, read without holding a thread.
 *
 * A cursor that has no row yet says CURSOR_WAIT and calls `notify` once, from any thread, perhaps
 * before the request has been put aside: `state` is where the two meet. It holds NOBODY,
 * NOTIFIED or the waiter; whoever comes second wakes.
 *
 * The store is held as long as its cursor is open. Bodies stay in the request's arena, and so do
 * the ids of the patients whose rows they are: `shown` names them.
 */
#include "web/fhir_api_call.h"

#include "base/limits.h"

#define NOBODY   ((uintptr_t)0)
#define NOTIFIED ((uintptr_t)1)

struct reading {
    struct fhir_call *call;
    struct store_query query;
    struct record_store *store;
    struct record_cursor *cursor;
    struct fhir_rows rows;
    size_t bytes;
    atomic_uintptr_t state;
    void (*finished)(struct fhir_call *call, struct fhir_rows *rows);
};

static void close_reading(struct reading *reading)
{
    record_cursor_free(reading->cursor);
    reading->cursor = NULL;
    /* nobody notifies any more: a waiter that is still there has lost its waker */
    uintptr_t waiter = atomic_exchange(&reading->state, NOBODY);
    if (waiter > NOTIFIED) {
        http_waiter_release((struct http_waiter *)waiter);
    }
    if (reading->store != NULL) {
        store_pool_put(reading->call->web->stores, reading->store);
        reading->store = NULL;
    }
}

static void closed_by_end(struct http_request *request UNUSED, const struct http_end *end UNUSED,
                          void *context)
{
    close_reading(context);
}

static void fail(struct reading *reading, const struct fault *fault)
{
    close_reading(reading);
    fhir_call_fail(reading->call, fault);
}

static void notified(void *context)
{
    struct reading *reading = context;
    uintptr_t before = atomic_exchange(&reading->state, NOTIFIED);
    if (before != NOBODY) {
        http_waiter_wake((struct http_waiter *)before);
    }
}

static void go_on(struct reading *reading);

static void resumed(struct http_request *request UNUSED, void *context, enum http_wake wake)
{
    struct reading *reading = context;
    if (wake != HTTP_WOKEN) {
        const struct fault fault = {
            .code = wake == HTTP_TIMED_OUT ? FAULT_TIMEOUT : FAULT_BUSY,
            .message = SLICE("the records could not be read in time"),
        };
        fail(reading, &fault);
        return;
    }
    atomic_store(&reading->state, NOBODY);
    go_on(reading);
}

static void wait_for_rows(struct reading *reading)
{
    struct http_waiter *waiter = http_request_await(reading->call->request, 0, resumed, reading);
    if (waiter == NULL) {
        close_reading(reading);
        fhir_call_no_memory(reading->call);
        return;
    }
    if (atomic_exchange(&reading->state, (uintptr_t)waiter) == NOTIFIED) {
        http_waiter_wake(waiter);
    }
}

static bool is_full(const struct reading *reading)
{
    return reading->query.limit != 0 && (reading->rows.items.count >= reading->query.limit ||
                                         reading->bytes >= LIMIT_PAGE_BYTES);
}

static int compare_ids(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* sorted, so that each stands once; a page has one patient's rows or few enough to sort */
static size_t without_repeats(struct slice *ids, size_t count)
{
    size_t kept = 0;
    if (count > 1) {
        qsort(ids, count, sizeof *ids, compare_ids);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !slice_equal(ids[i], ids[kept - 1])) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

/* the audit names whose rows were read */
static bool note_patients(struct fhir_call *call, const struct fhir_rows *rows)
{
    size_t count = 0;
    call->patients = arena_array(&call->request->arena, rows->items.count, struct slice);
    if (call->patients == NULL) {
        return false;
    }
    for (size_t i = 0; i < rows->items.count; i++) {
        struct slice patient = rows->items.at[i].patient_id;
        bool again = count > 0 && slice_equal(patient, call->patients[count - 1]);
        if (patient.len > 0 && !again) {
            call->patients[count++] = patient;
        }
    }
    call->patient_count = without_repeats(call->patients, count);
    return true;
}

static void finish(struct reading *reading)
{
    struct fhir_call *call = reading->call;
    if (!note_patients(call, &reading->rows)) {
        close_reading(reading);
        fhir_call_no_memory(call);
        return;
    }
    reading->rows.total = record_cursor_total(reading->cursor);
    if (reading->query.limit != 0) {
        reading->rows.next = record_cursor_position(reading->cursor, &call->request->arena);
    }
    close_reading(reading);
    reading->finished(call, &reading->rows);
}

static void go_on(struct reading *reading)
{
    struct arena *arena = &reading->call->request->arena;
    enum cursor_step step = CURSOR_END;
    struct fault fault;
    while (!is_full(reading)) {
        struct stored_resource row;
        step = record_cursor_next(reading->cursor, &row, &fault);
        if (step != CURSOR_ROW) {
            break;
        }
        struct stored_resource *place = vector_push(&reading->rows.items, arena);
        if (place == NULL) {
            fault_no_memory(&fault, arena);
            step = CURSOR_FAULT;
            break;
        }
        *place = row;
        reading->bytes += row.body.len;
    }
    if (step == CURSOR_WAIT) {
        wait_for_rows(reading);
    } else if (step == CURSOR_FAULT) {
        fail(reading, &fault);
    } else {
        finish(reading);
    }
}

static bool open_cursor(struct reading *reading, struct fault *fault)
{
    struct fhir_call *call = reading->call;
    struct arena *arena = &call->request->arena;
    reading->store = store_pool_get(call->web->stores, call->route.ods, true, arena, fault);
    return reading->store != NULL &&
           record_store_query(reading->store, call->access.decision, &reading->query, arena,
                              notified, reading, &reading->cursor, fault);
}

void fhir_call_read_rows(struct fhir_call *call, const struct store_query *query,
                         void (*finished)(struct fhir_call *call, struct fhir_rows *rows))
{
    struct fault fault;
    struct reading *reading = arena_new(&call->request->arena, struct reading);
    if (reading == NULL || !http_request_on_end(call->request, closed_by_end, reading)) {
        fhir_call_no_memory(call);
        return;
    }
    reading->call = call;
    reading->query = *query;
    reading->finished = finished;
    atomic_init(&reading->state, NOBODY);
    if (!open_cursor(reading, &fault)) {
        fail(reading, &fault);
        return;
    }
    go_on(reading);
}

void fhir_call_add_row(struct fhir_call *call, struct fhir_bundle_writer *writer,
                       const struct stored_resource *row, struct fhir_bundle_item *item,
                       struct strbuf *scratch)
{
    struct slice type = fhir_type_name(row->type);
    strbuf_clear(scratch);
    strbuf_add(scratch, call->base);
    strbuf_add_byte(scratch, '/');
    strbuf_add(scratch, type);
    strbuf_add_byte(scratch, '/');
    strbuf_add(scratch, row->id);
    size_t url = scratch->len;
    if (!row->deleted) {
        stored_resource_write(row, scratch);
    }
    item->full_url = slice_sub(strbuf_slice(scratch), 0, url);
    item->resource = slice_from(strbuf_slice(scratch), url);
    if (scratch->failed) {
        writer->json.out->failed = true;
    }
    fhir_bundle_add(writer, item);
}
