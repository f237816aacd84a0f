/*
 * test_fhir_waits.c: cursors that wait, commits that come too late, and many writers at once.
 *
 * The linker puts functions of ours in front of record_cursor_next() and of its relatives: no store
 * waits of itself. A cursor says CURSOR_WAIT before each row and notifies at once, or later from a
 * thread; a commit is held back until its request has run out of time, which must cost the
 * sender an answer and nobody anything else.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "wire/fhir/fhir_wire.h"

enum waiting {
    WAIT_NEVER,
    WAIT_NOTIFIED_AT_ONCE,
    WAIT_NOTIFIED_LATER,
    WAIT_FOR_EVER,
};

static _Atomic int waiting = WAIT_NEVER;
static _Atomic bool hold_commits;
static _Atomic unsigned waits;

struct notice {
    void (*notify)(void *context);
    void *context;
};

static _Thread_local struct notice opened; /* the cursor that this thread opened last */
static _Thread_local bool waited;

bool __real_record_store_query(struct record_store *store, const struct decision *decision,
                               const struct store_query *query, struct arena *arena,
                               void (*notify)(void *context), void *context,
                               struct record_cursor **ret_cursor, struct fault *fault);
bool __wrap_record_store_query(struct record_store *store, const struct decision *decision,
                               const struct store_query *query, struct arena *arena,
                               void (*notify)(void *context), void *context,
                               struct record_cursor **ret_cursor, struct fault *fault);
enum cursor_step __real_record_cursor_next(struct record_cursor *cursor,
                                           struct stored_resource *ret_resource,
                                           struct fault *fault);
enum cursor_step __wrap_record_cursor_next(struct record_cursor *cursor,
                                           struct stored_resource *ret_resource,
                                           struct fault *fault);
void __real_record_store_submit(struct record_store *store, struct store_write *write);
void __wrap_record_store_submit(struct record_store *store, struct store_write *write);

bool __wrap_record_store_query(struct record_store *store, const struct decision *decision,
                               const struct store_query *query, struct arena *arena,
                               void (*notify)(void *context), void *context,
                               struct record_cursor **ret_cursor, struct fault *fault)
{
    opened = (struct notice){ notify, context };
    waited = false;
    return __real_record_store_query(store, decision, query, arena, notify, context, ret_cursor,
                                     fault);
}

static void *notify_later(void *context)
{
    struct notice *notice = context;
    usleep(2000);
    notice->notify(notice->context);
    free(notice);
    return NULL;
}

static void start_thread(void *(*run)(void *), void *context)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, context) != 0) {
        abort();
    }
    pthread_detach(thread);
}

/*
 * A connection stays with its server thread, so one request at a time is on the thread that opened
 * its cursor: what the thread remembers is the cursor that asks.
 */
enum cursor_step __wrap_record_cursor_next(struct record_cursor *cursor,
                                           struct stored_resource *ret_resource,
                                           struct fault *fault)
{
    int how = opened.notify == NULL ? WAIT_NEVER : atomic_load(&waiting);
    waited = !waited;
    if (how == WAIT_NEVER || !waited) {
        return __real_record_cursor_next(cursor, ret_resource, fault);
    }
    atomic_fetch_add(&waits, 1);
    if (how == WAIT_NOTIFIED_AT_ONCE) {
        opened.notify(opened.context);
    } else if (how == WAIT_NOTIFIED_LATER) {
        struct notice *notice = malloc(sizeof *notice);
        *notice = opened;
        start_thread(notify_later, notice);
    }
    return CURSOR_WAIT;
}

struct late {
    struct record_store *store;
    struct store_write *write;
};

static void *submit_later(void *context)
{
    struct late *late = context;
    usleep(3000 * 1000);
    __real_record_store_submit(late->store, late->write);
    free(late);
    return NULL;
}

void __wrap_record_store_submit(struct record_store *store, struct store_write *write)
{
    if (!atomic_load(&hold_commits)) {
        __real_record_store_submit(store, write);
        return;
    }
    struct late *late = malloc(sizeof *late);
    *late = (struct late){ store, write };
    start_thread(submit_later, late);
}

static void test_cursors_that_wait(void **state UNUSED)
{
    for (int i = 0; i < 5; i++) {
        wire_system_ask(201, "PUT", wire_text("/Patient/w%d", i),
                        wire_text("{\"resourceType\":\"Patient\",\"id\":\"w%d\"}", i));
    }
    for (int how = WAIT_NOTIFIED_AT_ONCE; how <= WAIT_NOTIFIED_LATER; how++) {
        atomic_store(&waits, 0);
        atomic_store(&waiting, how);
        struct fixture_answer answer = wire_system_ask(200, "GET", "/Patient?_count=3", NULL);
        struct json json = wire_json(&answer);
        assert_int_equal(wire_entries(&json), 3);
        wire_system_ask(200, "GET", "/Patient/w1", NULL);
        wire_system_ask(200, "GET", "/Patient/w1/_history", NULL);
        wire_system_ask(404, "GET", "/Patient/absent", NULL);
        wire_system_ask(200, "PUT", "/Patient/w1",
                        wire_text("{\"resourceType\":\"Patient\",\"id\":\"w1\",\"active\":%s}",
                                  how == WAIT_NOTIFIED_LATER ? "true" : "false"));
        assert_true(atomic_load(&waits) >= 7);
    }
    atomic_store(&waiting, WAIT_FOR_EVER);
    wire_system_ask(504, "GET", "/Patient/w1", NULL);
    atomic_store(&waiting, WAIT_NEVER);
    wire_system_ask(200, "GET", "/Patient/w1", NULL);
}

static void test_commits_that_come_too_late(void **state UNUSED)
{
    atomic_store(&hold_commits, true);
    wire_system_ask(504, "PUT", "/Patient/late", "{\"resourceType\":\"Patient\",\"id\":\"late\"}");
    wire_system_ask(
        504, "POST", "",
        "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"resource\":"
        "{\"resourceType\":\"Patient\",\"id\":\"later\"},\"request\":{\"method\":\"PUT\","
        "\"url\":\"Patient/later\"}}]}");
    atomic_store(&hold_commits, false);
    wire_system_ask(404, "GET", "/Patient/later", NULL);
    usleep(2500 * 1000);
    wire_system_ask(200, "GET", "/Patient/late", NULL);
    wire_system_ask(200, "GET", "/Patient/later", NULL);
}

#define WRITERS 8
#define EACH    15

/* creates patients; each must be open to a doctor the moment it is acknowledged */
static void *write_patients(void *context)
{
    /* the same server, an arena of its own; what the server counts in `wire` is not looked at */
    struct exchange_fixture mine = { .server = wire.server };
    struct slice doctor = *(struct slice *)context;
    uintptr_t failed = 0;
    arena_init(&mine.arena, 64 << 20);
    for (int i = 0; i < EACH; i++) {
        struct fixture_answer answer =
            fixture_request(&mine, "POST", WIRE_BASE "/Patient", wire_system, JSON_TYPE,
                            SLICE("{\"resourceType\":\"Patient\"}"));
        struct slice location = fixture_field(&answer, "Location");
        size_t end = slice_find_slice(location, SLICE("/_history/"));
        size_t start = slice_find_slice(location, SLICE("/orgs/"));
        struct slice path = arena_copy(&mine.arena, slice_sub(location, start, end - start));
        struct fixture_answer read = fixture_request(&mine, "GET", path.ptr, doctor, NULL, NOTHING);
        failed += answer.status != 201 || read.status != 200;
    }
    arena_release(&mine.arena);
    return (void *)failed;
}

static void test_many_writers(void **state UNUSED)
{
    pthread_t threads[WRITERS];
    struct slice doctor = fixture_token(&wire, ROLE_EMERGENCY_DOCTOR, "FX1");
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_patients, &doctor), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    size_t granted = fixture_audit_count(&wire, AUDIT_GRANTED);
    size_t shown = fixture_audit_count(&wire, AUDIT_SHOWN);
    assert_int_equal(granted, shown);
}

/* the last test: the fixture stops while a commit is still to come */
static void test_stopping_with_a_commit_under_way(void **state UNUSED)
{
    atomic_store(&hold_commits, true);
    wire_system_ask(504, "PUT", "/Patient/last", "{\"resourceType\":\"Patient\",\"id\":\"last\"}");
    atomic_store(&hold_commits, false);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_many_writers),
    cmocka_unit_test(test_cursors_that_wait),
    cmocka_unit_test(test_commits_that_come_too_late),
    cmocka_unit_test(test_stopping_with_a_commit_under_way),
};

int main(int argc, char **argv)
{
    wire_request_ms = 2000;
    return wire_main(argc, argv, tests, ARRAY_LENGTH(tests));
}
