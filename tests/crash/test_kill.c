/*
 * test_kill.c: kill -9 while many write and some read, again and again, and nothing that was
 * promised may be missing.
 *
 * WRITERS write at once: updates of a Patient of their own (versions 1, 2, 3, ...), creates, and
 * transactions of four entries. The server is killed at a random moment, and the kill counts when
 * at least IN_FLIGHT writes had gone out and were not answered. Then the server is started again on
 * the same directory and must show: every acknowledged write, in its version; of every transaction
 * all entries or none; for every answered read a `granted` entry in the audit. Every few kills the
 * store's own check and `evenlode audit verify` look at everything.
 *
 *   EVENLODE_KILLS=N   how many kills count (200)
 *   EVENLODE_SEED=S    repeats the draws (not the schedule of the threads, which nobody controls)
 */
#include "base/limits.h"
#include "support/check.h"
#include "support/directory.h"
#include "support/served.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/hash_table.h"
#include "store/sqlite/record_store_sqlite.h"

#define WRITERS     16
#define READERS     2
#define IN_FLIGHT   8
#define ATTEMPTS    2000 /* of one writer between two kills */
#define READS       8000
#define CHECK_EVERY 10
#define FRESH_EVERY 50 /* a new directory, so that looking at everything stays short */
#define BASE        "/orgs/RX9/fhir/R4"

enum attempt_kind { ATTEMPT_UPDATE, ATTEMPT_CREATE, ATTEMPT_TRANSACTION };

struct attempt {
    enum attempt_kind kind;
    unsigned number; /* unique in the directory; an update's content */
    bool acknowledged;
    unsigned version; /* of an acknowledged update */
    char id[72];      /* of an acknowledged create */
};

struct loop;

struct writer {
    struct loop *loop;
    unsigned name;
    uint64_t random;
    struct attempt attempts[ATTEMPTS];
    size_t count;
    unsigned version, content; /* of its own Patient, as last acknowledged or seen */
};

struct reader {
    struct loop *loop;
    uint64_t random;
};

struct loop {
    const char *program;
    char directory[TEST_PATH];
    char data[TEST_PATH];
    char token[1024];
    struct served served;
    uint64_t seed;
    uint64_t random;
    _Atomic unsigned in_flight;
    _Atomic bool stop;
    _Atomic unsigned number;
    struct writer *writers;
    struct reader readers[READERS];
    pthread_mutex_t lock; /* of what follows */
    char (*reads)[40];    /* request ids of answered reads */
    size_t read_count;
    char failure[512]; /* the first */
    /* for the report */
    unsigned long acknowledged, cut, looked;
};

/* -- small words ------------------------------------------------------------------------------- */

static unsigned draw(uint64_t *random, unsigned below)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (unsigned)((*random >> 11) % below);
}

static void found_wrong(struct loop *loop, const char *format, ...) PRINTF_LIKE(2, 3);
static void found_wrong(struct loop *loop, const char *format, ...)
{
    va_list arguments;
    pthread_mutex_lock(&loop->lock);
    if (loop->failure[0] == '\0') {
        va_start(arguments, format);
        (void)vsnprintf(loop->failure, sizeof loop->failure, format, arguments);
        va_end(arguments);
    }
    pthread_mutex_unlock(&loop->lock);
}

static unsigned version_of(const struct served_answer *answer)
{
    char etag[64];
    served_field(answer, "ETag", etag, sizeof etag);
    return strncmp(etag, "W/\"", 3) == 0 ? (unsigned)strtoul(etag + 3, NULL, 10) : 0;
}

/* an answered read is one whose head has come: its bytes have left, so its grant must be durable */
static void note_read(struct loop *loop, const struct served_answer *answer)
{
    char id[40];
    served_field(answer, "X-Request-ID", id, sizeof id);
    pthread_mutex_lock(&loop->lock);
    if (answer->status == 200 && loop->read_count < READS * (size_t)CHECK_EVERY) {
        memcpy(loop->reads[loop->read_count++], id, sizeof id);
    }
    pthread_mutex_unlock(&loop->lock);
}

static void get(struct loop *loop, struct served_answer *ret_answer, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void get(struct loop *loop, struct served_answer *ret_answer, const char *format, ...)
{
    char path[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    served_request(loop->served.port, "GET", path, loop->token, NULL, NULL, NULL, ret_answer);
    note_read(loop, ret_answer);
}

/* -- writing and reading ----------------------------------------------------------------------- */

static void gone_out(void *context)
{
    struct loop *loop = context;
    loop->in_flight++;
}

#define OBSERVATION                                                                                \
    "{\"resource\":{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":"     \
    "\"x\"},\"subject\":{\"reference\":\"urn:uuid:00000000-0000-4000-8000-%012u\"}},\"request\":{" \
    "\"method\":\"POST\",\"url\":\"Observation\"}}"

static void fill_request(const struct writer *writer, const struct attempt *attempt,
                         const char **ret_method, char path[128], char body[2048])
{
    unsigned n = attempt->number;
    *ret_method = attempt->kind == ATTEMPT_UPDATE ? "PUT" : "POST";
    switch (attempt->kind) {
    case ATTEMPT_UPDATE:
        (void)snprintf(path, 128, BASE "/Patient/w%u", writer->name);
        (void)snprintf(body, 2048,
                       "{\"resourceType\":\"Patient\",\"id\":\"w%u\",\"multipleBirthInteger\":%u}",
                       writer->name, n);
        return;
    case ATTEMPT_CREATE:
        (void)snprintf(path, 128, BASE "/Patient");
        (void)snprintf(body, 2048, "{\"resourceType\":\"Patient\",\"multipleBirthInteger\":%u}", n);
        return;
    case ATTEMPT_TRANSACTION:
        (void)snprintf(path, 128, BASE);
        (void)snprintf(
            body, 2048,
            "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" OBSERVATION
            ",{\"fullUrl\":\"urn:uuid:00000000-0000-4000-8000-%012u\",\"resource\":{"
            "\"resourceType\":\"Patient\",\"id\":\"t%u\"},\"request\":{\"method\":\"PUT\",\"url\":"
            "\"Patient/t%u\"}}," OBSERVATION
            ",{\"resource\":{\"resourceType\":\"Practitioner\",\"id\":\"d%u\"},\"request\":{"
            "\"method\":\"PUT\",\"url\":\"Practitioner/d%u\"}}]}",
            n, n, n, n, n, n, n);
        return;
    }
}

static void note_acknowledged(struct writer *writer, struct attempt *attempt,
                              const struct served_answer *answer)
{
    char location[256];
    attempt->acknowledged = true;
    attempt->version = version_of(answer);
    if (attempt->kind == ATTEMPT_UPDATE) {
        if (attempt->version != writer->version + 1) {
            found_wrong(writer->loop, "update of w%u: version %u after %u", writer->name,
                        attempt->version, writer->version);
        }
        writer->version = attempt->version;
        writer->content = attempt->number;
    } else if (attempt->kind == ATTEMPT_CREATE) {
        served_field(answer, "Location", location, sizeof location);
        const char *id = strstr(location, "/Patient/");
        size_t len = id != NULL ? strcspn(id + 9, "/") : 0;
        if (len == 0 || len >= sizeof attempt->id) {
            found_wrong(writer->loop, "a create says no Location: %s", location);
            return;
        }
        memcpy(attempt->id, id + 9, len);
        attempt->id[len] = '\0';
    }
}

static void *write_on(void *argument)
{
    struct writer *writer = argument;
    struct loop *loop = writer->loop;
    while (!loop->stop && writer->count < ATTEMPTS) {
        struct attempt *attempt = &writer->attempts[writer->count++];
        struct served_answer answer;
        const char *method;
        char path[128];
        char body[2048];
        *attempt = (struct attempt){ .kind = (enum attempt_kind)draw(&writer->random, 3),
                                     .number = ++loop->number };
        fill_request(writer, attempt, &method, path, body);
        served_request(loop->served.port, method, path, loop->token, body, gone_out, loop, &answer);
        if (answer.status == 200 || answer.status == 201) {
            note_acknowledged(writer, attempt, &answer);
        } else if (answer.status != 0) {
            found_wrong(loop, "a write was refused: %u %.200s", answer.status, answer.body);
        }
        bool ended = answer.status == 0;
        served_answer_free(&answer);
        if (ended) {
            return NULL; /* killed: what this attempt became is seen afterwards */
        }
        loop->in_flight--;
    }
    return NULL;
}

static void *read_on(void *argument)
{
    struct reader *reader = argument;
    struct loop *loop = reader->loop;
    while (!loop->stop) {
        struct served_answer answer;
        get(loop, &answer, BASE "/Patient/w%u", draw(&reader->random, WRITERS));
        bool ended = answer.status == 0;
        served_answer_free(&answer);
        if (ended) {
            return NULL;
        }
    }
    return NULL;
}

/* -- looking ----------------------------------------------------------------------------------- */

static bool holds_content(const struct served_answer *answer, unsigned number)
{
    char text[64];
    (void)snprintf(text, sizeof text, "\"multipleBirthInteger\":%u}", number);
    return answer->body != NULL && strstr(answer->body, text) != NULL;
}

/* the writer's own Patient: as acknowledged, or as the one update that was under way made it */
static void look_at_own(struct writer *writer, const struct attempt *under_way)
{
    struct served_answer answer;
    get(writer->loop, &answer, BASE "/Patient/w%u", writer->name);
    unsigned version = answer.status == 200 ? version_of(&answer) : 0;
    bool as_acknowledged =
        version == writer->version &&
        (version == 0 ? answer.status == 404 : holds_content(&answer, writer->content));
    bool as_under_way = under_way != NULL && under_way->kind == ATTEMPT_UPDATE &&
                        version == writer->version + 1 && holds_content(&answer, under_way->number);
    if (!as_acknowledged && !as_under_way) {
        found_wrong(writer->loop, "Patient/w%u: acknowledged was version %u (%u), found %u %s",
                    writer->name, writer->version, writer->content, answer.status,
                    answer.body != NULL ? answer.body : "");
    }
    if (as_under_way) {
        writer->version = version;
        writer->content = under_way->number;
    }
    served_answer_free(&answer);
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    while (text != NULL && (text = strstr(text, part)) != NULL) {
        count++;
        text += strlen(part);
    }
    return count;
}

static void look_at_transaction(struct loop *loop, const struct attempt *attempt)
{
    struct served_answer patient, practitioner;
    get(loop, &practitioner, BASE "/Practitioner/d%u", attempt->number);
    get(loop, &patient, BASE "/Patient/t%u/$everything", attempt->number);
    size_t observations = occurrences(patient.body, "\"resourceType\":\"Observation\"");
    bool all = practitioner.status == 200 && version_of(&practitioner) == 1 &&
               patient.status == 200 && observations == 2;
    bool none = practitioner.status == 404 && patient.status == 404;
    if (!all && (!none || attempt->acknowledged)) {
        found_wrong(loop, "transaction %u (%s): Practitioner %u, Patient %u, %zu Observations",
                    attempt->number, attempt->acknowledged ? "acknowledged" : "under way",
                    practitioner.status, patient.status, observations);
    }
    served_answer_free(&patient);
    served_answer_free(&practitioner);
}

static void look_at_create(struct loop *loop, const struct attempt *attempt)
{
    struct served_answer answer;
    if (!attempt->acknowledged) {
        return; /* nobody knows its id; the store's check looks at it */
    }
    get(loop, &answer, BASE "/Patient/%s", attempt->id);
    if (answer.status != 200 || version_of(&answer) != attempt->version ||
        !holds_content(&answer, attempt->number)) {
        found_wrong(loop, "acknowledged create %s: %u", attempt->id, answer.status);
    }
    served_answer_free(&answer);
}

static void *look(void *argument)
{
    struct writer *writer = argument;
    const struct attempt *last = writer->count > 0 ? &writer->attempts[writer->count - 1] : NULL;
    look_at_own(writer, last != NULL && !last->acknowledged ? last : NULL);
    for (size_t i = 0; i < writer->count; i++) {
        const struct attempt *attempt = &writer->attempts[i];
        if (attempt->kind == ATTEMPT_TRANSACTION) {
            look_at_transaction(writer->loop, attempt);
        } else if (attempt->kind == ATTEMPT_CREATE) {
            look_at_create(writer->loop, attempt);
        }
    }
    return NULL;
}

/* -- everything -------------------------------------------------------------------------------- */

struct grants {
    struct hash_table ids;
    struct arena *arena;
};

static bool note_grant(void *context, const struct audit_record *record)
{
    struct grants *grants = context;
    struct audit_entry entry;
    struct fault fault;
    if (!audit_entry_read(record->entry, grants->arena, &entry, &fault)) {
        return false;
    }
    if (entry.kind == AUDIT_GRANTED) {
        struct slice id = arena_copy(grants->arena, entry.request_id);
        return id.ptr != NULL && hash_table_put(&grants->ids, id, NULL) != NULL;
    }
    return true;
}

static void check_grants(struct loop *loop)
{
    struct arena arena;
    struct grants grants = { .arena = &arena };
    struct fault fault;
    char audit[TEST_PATH];
    arena_init(&arena, MIB(1024));
    hash_table_init(&grants.ids, &arena);
    test_path(audit, loop->data, "audit");
    if (!audit_scan(audit, note_grant, &grants, &arena, &fault)) {
        found_wrong(loop, "the audit cannot be read: %.*s", SLICE_PRINT(fault.message));
    }
    for (size_t i = 0; i < loop->read_count; i++) {
        if (hash_table_find(&grants.ids, slice_from_string(loop->reads[i])) == NULL) {
            found_wrong(loop, "a read was answered without a durable grant: %s", loop->reads[i]);
        }
    }
    loop->looked += loop->read_count;
    loop->read_count = 0;
    arena_release(&arena);
}

static void check_store(struct loop *loop)
{
    struct arena arena;
    struct fault fault = FAULT_INIT;
    char path[TEST_PATH];
    test_path(path, loop->data, "stores/RX9.sqlite");
    arena_init(&arena, MIB(512));
    struct committer *committer = committer_new(1);
    struct record_store *store =
        record_store_sqlite_open(path, SLICE("RX9"), false, committer, &arena, &fault);
    if (store == NULL || !record_store_sqlite_check(store, &arena, &fault)) {
        found_wrong(loop, "the store: %.*s: %.*s", SLICE_PRINT(fault.where),
                    SLICE_PRINT(fault.message));
    }
    if (store != NULL) {
        record_store_close(store);
    }
    committer_free(committer);
    arena_release(&arena);
}

/* with no server running */
static void check_everything(struct loop *loop)
{
    char out[SERVED_TEXT], err[SERVED_TEXT];
    check_store(loop);
    check_grants(loop);
    int status = served_run(loop->program, out, err, "audit", "verify", "--data", loop->data, NULL);
    if (status != 0 || strstr(out, "intact\n") == NULL) {
        found_wrong(loop, "audit verify: %d %s%s", status, out, err);
    }
}

/* -- the loop ---------------------------------------------------------------------------------- */

static void must(struct loop *loop)
{
    if (loop->failure[0] != '\0') {
        /* kept for whoever looks into it */
        fail_msg("EVENLODE_SEED=%llu: %s (in %s)", (unsigned long long)loop->seed, loop->failure,
                 loop->data);
    }
}

static void fresh_directory(struct loop *loop)
{
    char err[SERVED_TEXT];
    test_directory_make(loop->directory);
    test_path(loop->data, loop->directory, "data");
    assert_int_equal(served_run(loop->program, NULL, err, "init", "--data", loop->data, NULL), 0);
    assert_int_equal(served_run(loop->program, NULL, err, "org", "add", "--data", loop->data,
                                "--ods", "RX9", "--name", "Trust", "--status", "live", NULL),
                     0);
    char token[SERVED_TEXT];
    assert_int_equal(served_run(loop->program, token, err, "token", "--data", loop->data, "--user",
                                "crash", "--role", "system", "--org", "RX9", "--seconds", "43200",
                                NULL),
                     0);
    (void)snprintf(loop->token, sizeof loop->token, "%.*s", (int)strcspn(token, "\n"), token);
    for (unsigned w = 0; w < WRITERS; w++) {
        loop->writers[w].count = 0;
        loop->writers[w].version = 0;
    }
    loop->read_count = 0;
}

static void for_all_writers(struct loop *loop, void *(*work)(void *writer), pthread_t threads[])
{
    for (unsigned w = 0; w < WRITERS; w++) {
        assert_int_equal(pthread_create(&threads[w], NULL, work, &loop->writers[w]), 0);
    }
}

static void join(pthread_t threads[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* true when the kill counts */
static bool write_and_kill(struct loop *loop)
{
    pthread_t writers[WRITERS], readers[READERS];
    loop->stop = false;
    loop->in_flight = 0;
    for (unsigned w = 0; w < WRITERS; w++) {
        loop->writers[w].count = 0;
    }
    for_all_writers(loop, write_on, writers);
    for (unsigned r = 0; r < READERS; r++) {
        assert_int_equal(pthread_create(&readers[r], NULL, read_on, &loop->readers[r]), 0);
    }
    usleep(1000 + draw(&loop->random, 40000));
    for (int i = 0; i < 2000 && loop->in_flight < IN_FLIGHT; i++) {
        usleep(50);
    }
    bool counts = loop->in_flight >= IN_FLIGHT;
    served_end(&loop->served, SIGKILL);
    loop->stop = true;
    join(writers, WRITERS);
    join(readers, READERS);
    for (unsigned w = 0; w < WRITERS; w++) {
        for (size_t i = 0; i < loop->writers[w].count; i++) {
            loop->acknowledged += loop->writers[w].attempts[i].acknowledged;
            loop->cut += !loop->writers[w].attempts[i].acknowledged;
        }
    }
    return counts;
}

static void start(struct loop *loop)
{
    char err[SERVED_TEXT];
    if (!served_start(&loop->served, loop->program, loop->data, err)) {
        found_wrong(loop, "the server does not start again: %s", err);
        must(loop);
    }
}

static void run_loop(struct loop *loop, unsigned kills)
{
    pthread_t writers[WRITERS];
    unsigned counted = 0;
    unsigned rounds = 0;
    fresh_directory(loop);
    start(loop);
    while (counted < kills) {
        if (rounds > kills * 4) {
            found_wrong(loop, "only %u of %u kills hit %d writes in flight", counted, rounds,
                        IN_FLIGHT);
        }
        must(loop);
        counted += write_and_kill(loop);
        rounds++;
        bool fresh = rounds % FRESH_EVERY == 0;
        if (rounds % CHECK_EVERY == 0) {
            check_everything(loop);
        }
        start(loop);
        for_all_writers(loop, look, writers);
        join(writers, WRITERS);
        must(loop);
        if (fresh || counted == kills) {
            int status = served_end(&loop->served, SIGTERM);
            if (status != 0) {
                found_wrong(loop, "the server ended with %d when told to stop", status);
            }
            check_everything(loop);
            must(loop);
            test_directory_remove(loop->directory);
        }
        if (fresh && counted < kills) {
            fresh_directory(loop);
            start(loop);
        }
    }
    print_message("%u kills of %u with %d writes and more in flight: %lu writes acknowledged, %lu "
                  "cut off, %lu answered reads with their grants\n",
                  counted, rounds, IN_FLIGHT, loop->acknowledged, loop->cut, loop->looked);
}

static const char *program;

static void nothing_that_was_promised_is_missing(void **state)
{
    (void)state;
    static struct loop loop;
    const char *seed = getenv("EVENLODE_SEED");
    loop.program = program;
    loop.seed = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    loop.random = loop.seed * 0x9e3779b97f4a7c15u + 1;
    loop.writers = calloc(WRITERS, sizeof *loop.writers);
    loop.reads = calloc(READS * (size_t)CHECK_EVERY, sizeof *loop.reads);
    assert_non_null(loop.writers);
    assert_non_null(loop.reads);
    pthread_mutex_init(&loop.lock, NULL);
    for (unsigned w = 0; w < WRITERS; w++) {
        loop.writers[w].loop = &loop;
        loop.writers[w].name = w;
        loop.writers[w].random = loop.random + w * 77777 + 1;
    }
    for (unsigned r = 0; r < READERS; r++) {
        loop.readers[r] = (struct reader){ &loop, loop.random + r * 5555 + 9 };
    }
    print_message("EVENLODE_SEED=%llu\n", (unsigned long long)loop.seed);
    run_loop(&loop, check_rounds("EVENLODE_KILLS", 200));
    free(loop.writers);
    free(loop.reads);
}

int main(int argc, char **argv)
{
    assert(argc == 2); /* the program */
    program = argv[1];
    signal(SIGPIPE, SIG_IGN);
    if (!digest_start()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_was_promised_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
