/* Appending, opening again, segments, the queue's bounds, and failing closed. */
#include "support/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/log.h"
#include "base/limits.h"
#include "fault/failing_os.h"
#include "samples.h"
#include "support/directory.h"

struct fixture {
    char root[TEST_PATH];
    char directory[TEST_PATH];
    struct committer *committer;
    struct arena arena;
    struct fault fault;
};

static struct fixture f;

static int setup(void **state)
{
    (void)state;
    test_directory_make(f.root);
    test_path(f.directory, f.root, "audit");
    arena_init(&f.arena, MIB(64));
    f.committer = committer_new(1);
    return f.committer == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    committer_free(f.committer);
    arena_release(&f.arena);
    test_directory_remove(f.root);
    return 0;
}

static struct audit_log *open_log(uint64_t segment_bytes)
{
    struct audit_log *log = NULL;
    struct audit_options options = { segment_bytes, 1000000 };
    if (!audit_open_with(f.directory, f.committer, &options, &log, &f.arena, &f.fault)) {
        fail_msg("audit_open: %.*s (%.*s)", SLICE_PRINT(f.fault.message),
                 SLICE_PRINT(f.fault.detail));
    }
    return log;
}

static uint64_t append(struct audit_log *log, const struct audit_entry *entry)
{
    uint64_t sequence = AUDIT_NO_SEQUENCE;
    assert_true(audit_append_wait(log, entry, &sequence, &f.arena, &f.fault));
    return sequence;
}

static struct audit_report verify(void)
{
    struct audit_report report;
    assert_true(audit_verify(f.directory, &report, &f.arena, &f.fault));
    return report;
}

static void assert_same_text(struct slice a, struct slice b)
{
    assert_int_equal(a.len, b.len);
    assert_true(slice_equal(a, b));
}

struct collected {
    struct slice entries[64];
    uint64_t count;
    walltime last;
};

static bool collect(void *context, const struct audit_record *record)
{
    struct collected *collected = context;
    assert_int_equal(record->sequence, collected->count);
    assert_true(collected->count < ARRAY_LENGTH(collected->entries));
    collected->entries[collected->count++] = arena_copy(&f.arena, record->entry);
    collected->last = record->time;
    return true;
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    struct audit_log *log = open_log(LIMIT_AUDIT_SEGMENT);
    struct audit_entry granted = sample_granted();
    walltime before = os_now();
    assert_int_equal(append(log, &granted), 0);
    struct audit_entry shown = sample_shown(0);
    assert_int_equal(append(log, &shown), 1);
    assert_true(audit_close(log, &f.arena, &f.fault));

    struct collected collected = { .count = 0 };
    assert_true(audit_scan(f.directory, collect, &collected, &f.arena, &f.fault));
    assert_int_equal(collected.count, 2);
    assert_true(collected.last >= before && collected.last <= os_now());
    struct audit_entry read;
    assert_true(audit_entry_read(collected.entries[0], &f.arena, &read, &f.fault));
    assert_int_equal(read.kind, AUDIT_GRANTED);
    assert_same_text(read.reason, granted.reason);
    assert_same_text(read.name, granted.name);
    assert_same_text(read.resource_type, granted.resource_type);
    assert_int_equal(read.system.len, 0);
    assert_int_equal(read.patient_count, 2);
    assert_same_text(read.patients[1].id, SLICE("p-9001"));
    assert_int_equal(read.policy_version, 1);
    assert_int_equal(read.link_version, 7);
    assert_true(digest_equal(read.query, granted.query));
    assert_null(read.shown);
    assert_true(read.granted == AUDIT_NO_SEQUENCE);
    assert_true(audit_entry_read(collected.entries[1], &f.arena, &read, &f.fault));
    assert_int_equal(read.kind, AUDIT_SHOWN);
    assert_int_equal(read.granted, 0);
    assert_int_equal(read.bytes, 48211);
    assert_int_equal(read.items, 210);
    assert_int_equal(read.source_count, 2);
    assert_same_text(read.sources[1].state, SLICE("unavailable"));
    assert_true(digest_equal(read.shown, shown.shown));
    assert_same_text(read.outcome, SLICE("complete"));
}

static void test_the_bytes_of_an_entry(void **state)
{
    (void)state;
    struct audit_log *log = open_log(LIMIT_AUDIT_SEGMENT);
    struct audit_entry entry = sample_granted();
    append(log, &entry);
    assert_true(audit_close(log, &f.arena, &f.fault));
    struct collected collected = { .count = 0 };
    assert_true(audit_scan(f.directory, collect, &collected, &f.arena, &f.fault));
    struct slice text = collected.entries[0];
    assert_true(slice_starts_with(text, SLICE("{\"time\":")));
    assert_slice(slice_from(text, slice_find(text, ',')),
                 ",\"kind\":\"granted\",\"user\":\"dr.okafor\",\"name\":\"Dr Adaeze Okafor\","
                 "\"role\":\"gp\",\"organisation\":\"K84027\",\"person\":\"person-000042\","
                 "\"patients\":[{\"store\":\"RTH\",\"id\":\"p-17\"},"
                 "{\"store\":\"K84027\",\"id\":\"p-9001\"}],\"scope\":\"person\","
                 "\"purpose\":\"direct-care\",\"reason\":\"review of \\\"blood pressure\\\"\","
                 "\"basis\":\"registered\",\"policy\":1,\"links\":7,\"request\":\"01JD8X\","
                 "\"interaction\":\"record-page\",\"type\":\"Patient\",\"query\":\"010203"
                 "0000000000000000000000000000000000000000000000000000000000\"}");
}

static void test_files_are_private(void **state)
{
    (void)state;
    struct audit_log *log = open_log(LIMIT_AUDIT_SEGMENT);
    struct audit_entry entry = sample_granted();
    append(log, &entry);
    assert_true(audit_close(log, &f.arena, &f.fault));
    struct stat info;
    char path[TEST_PATH];
    assert_int_equal(stat(f.directory, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    test_path(path, f.directory, "head");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    test_path(path, f.directory, "segment-00000000000000000000.log");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

/* opened and closed again and again, in small segments: one sequence, one tree */
static void test_reopening_and_segments(void **state)
{
    (void)state;
    uint64_t expected = 0;
    struct digest before = { { 0 } };
    for (int round = 0; round < 12; round++) {
        struct audit_log *log = open_log(3000);
        struct digest root;
        uint64_t count;
        bool failed;
        audit_status(log, &count, &root, &failed);
        assert_int_equal(count, expected);
        assert_true(round == 0 || digest_equal(&root, &before));
        for (int i = 0; i < round; i++) {
            struct audit_entry entry = sample_granted();
            assert_int_equal(append(log, &entry), expected++);
            entry = sample_shown(expected - 1);
            assert_int_equal(append(log, &entry), expected++);
        }
        audit_status(log, &count, &before, &failed);
        assert_int_equal(count, expected);
        assert_false(failed);
        assert_true(audit_close(log, &f.arena, &f.fault));
        struct audit_report report = verify();
        assert_true(report.intact);
        assert_int_equal(report.count, expected);
        assert_int_equal(report.head_count, expected);
        assert_int_equal(report.torn_bytes, 0);
        assert_int_equal(report.unshown_count, 0);
        assert_true(digest_equal(&report.root, &before));
    }
    char path[TEST_PATH];
    struct stat info;
    test_path(path, f.directory, "segment-00000000000000000005.log");
    assert_true(expected > 100);
    int segments = 0;
    for (uint64_t i = 0; i < expected; i++) {
        char name[64];
        snprintf(name, sizeof name, "segment-%020llu.log", (unsigned long long)i);
        test_path(path, f.directory, name);
        segments += stat(path, &info) == 0;
    }
    assert_true(segments > 5);
}

#define THREADS 16
#define EACH    500

static atomic_uint durable;
static atomic_uchar seen[THREADS * EACH];

static void count_durable(struct audit_ticket *ticket)
{
    assert(ticket->durable && ticket->sequence < THREADS * EACH);
    atomic_fetch_add(&seen[ticket->sequence], 1);
    atomic_fetch_add(&durable, 1);
}

static void *append_many(void *argument)
{
    struct audit_log *log = argument;
    struct audit_ticket *tickets = calloc(EACH, sizeof *tickets);
    struct arena arena;
    arena_init(&arena, LIMIT_FAULT_ARENA);
    for (int i = 0; i < EACH; i++) {
        struct fault fault;
        struct audit_entry entry = sample_granted();
        tickets[i].done = count_durable;
        bool queued = audit_append(log, &entry, &tickets[i], &arena, &fault);
        assert(queued);
    }
    bool flushed = audit_flush(log, &arena, &(struct fault)FAULT_INIT);
    assert(flushed);
    for (int i = 0; i < EACH; i++) {
        assert(tickets[i].durable);
    }
    arena_release(&arena);
    free(tickets);
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct audit_log *log = open_log(100000);
    atomic_store(&durable, 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, append_many, log);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_true(audit_close(log, &f.arena, &f.fault));
    assert_int_equal(atomic_load(&durable), THREADS * EACH);
    for (size_t i = 0; i < THREADS * EACH; i++) {
        assert_int_equal(atomic_load(&seen[i]), 1); /* each sequence given once */
    }
    struct audit_report report = verify();
    assert_true(report.intact);
    assert_int_equal(report.count, THREADS * EACH);
    assert_int_equal(report.unshown_count, THREADS * EACH);
    assert_int_equal(report.unshown[99], 99);
}

static void test_detached_and_flush(void **state)
{
    (void)state;
    struct audit_log *log = open_log(LIMIT_AUDIT_SEGMENT);
    struct audit_entry entry = sample_granted();
    uint64_t granted = append(log, &entry);
    entry = sample_shown(granted);
    assert_true(audit_append_detached(log, &entry));
    assert_true(audit_flush(log, &f.arena, &f.fault));
    struct audit_report report = verify(); /* while the log is open */
    assert_true(report.intact);
    assert_int_equal(report.head_count, 2);
    assert_int_equal(report.unshown_count, 0);
    assert_true(audit_close(log, &f.arena, &f.fault));
}

static void test_too_large_and_not_text(void **state)
{
    (void)state;
    struct audit_log *log = open_log(LIMIT_AUDIT_SEGMENT);
    struct audit_ticket ticket = { .done = count_durable };
    struct audit_entry entry = sample_granted();
    static char large[LIMIT_AUDIT_ENTRY];
    memset(large, 'x', sizeof large);
    entry.reason = slice_of(large, sizeof large);
    assert_false(audit_append(log, &entry, &ticket, &f.arena, &f.fault));
    assert_int_equal(f.fault.code, FAULT_TOO_LARGE);
    entry.reason = SLICE("\xff\xfe");
    assert_false(audit_append(log, &entry, &ticket, &f.arena, &f.fault));
    entry.reason = slice_of(large, LIMIT_AUDIT_ENTRY - 800);
    assert_int_equal(append(log, &entry), 0); /* large, but within */
    assert_true(audit_close(log, &f.arena, &f.fault));
    assert_true(verify().intact);
}

static void test_a_failed_sync_closes_the_log(void **state)
{
    (void)state;
    static const enum failing_call calls[] = { FAIL_PWRITE, FAIL_FDATASYNC };
    static const int errors[] = { EIO, ENOSPC };
    for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
        uint64_t sequence = 12345;
        failing_os_install();
        struct audit_log *log = open_log(LIMIT_AUDIT_SEGMENT);
        struct audit_entry entry = sample_granted();
        append(log, &entry);
        failing_os_fail(calls[i], 1, false, errors[i]);
        assert_false(audit_append_wait(log, &entry, &sequence, &f.arena, &f.fault));
        assert_int_equal(sequence, 12345);
        assert_int_equal(f.fault.code, errors[i] == EIO ? FAULT_IO : FAULT_NO_SPACE);
        uint64_t syncs = failing_os_count(FAIL_FDATASYNC);
        f.fault = (struct fault)FAULT_INIT;
        assert_false(audit_append_wait(log, &entry, &sequence, &f.arena, &f.fault));
        assert_int_equal(f.fault.code, errors[i] == EIO ? FAULT_IO : FAULT_NO_SPACE);
        assert_false(audit_append_detached(log, &entry));
        assert_false(audit_flush(log, &f.arena, &f.fault));
        assert_int_equal(failing_os_count(FAIL_FDATASYNC), syncs); /* never tried again */
        assert_false(audit_close(log, &f.arena, &f.fault));
        assert_int_equal(failing_os_count(FAIL_FDATASYNC), syncs);
        failing_os_remove();
        log = open_log(LIMIT_AUDIT_SEGMENT); /* and works again once opened anew */
        append(log, &entry);
        assert_true(audit_close(log, &f.arena, &f.fault));
        assert_true(verify().intact);
    }
}

static struct audit_access *report(const struct audit_whom *whom, size_t expected)
{
    struct audit_access *accesses;
    size_t count;
    assert_true(audit_for_person(f.directory, whom, &accesses, &count, &f.arena, &f.fault));
    assert_int_equal(count, expected);
    return accesses;
}

static void test_access_report(void **state)
{
    (void)state;
    struct audit_log *log = open_log(4000);
    for (int i = 0; i < 20; i++) {
        struct audit_entry entry = sample_granted();
        if (i % 2 == 1) {
            entry.person = SLICE("person-000043");
        }
        if (i % 4 == 0) {
            entry.reason = SLICE("\"person\":\"person-000043\""); /* quoted, so not hers */
        }
        uint64_t granted = append(log, &entry);
        entry = sample_shown(granted);
        entry.person = i % 2 == 1 ? SLICE("person-000043") : SLICE("person-000042");
        if (i != 4) {
            append(log, &entry);
        }
    }
    struct audit_entry refused = sample_granted();
    refused.kind = AUDIT_REFUSED;
    refused.reason = SLICE("no relationship");
    append(log, &refused);
    assert_true(audit_close(log, &f.arena, &f.fault));
    const struct audit_whom his = { .person = SLICE("person-000042") };
    const struct audit_whom hers = { .person = SLICE("person-000043") };
    const struct audit_whom cut = { .person = SLICE("person-00004") };
    struct audit_access *accesses = report(&his, 11);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(accesses[i].kind, AUDIT_GRANTED);
        assert_slice(accesses[i].organisation, "K84027");
        assert_true(accesses[i].time > 0);
        assert_true(accesses[i].named);
        assert_int_equal(accesses[i].has_shown, i != 2);
        assert_int_equal(accesses[i].items, i != 2 ? 210 : 0);
    }
    assert_int_equal(accesses[10].kind, AUDIT_REFUSED);
    assert_slice(accesses[10].reason, "no relationship");
    report(&hers, 10);
    report(&cut, 0);
}

/* a system's access to a store, and the patients whose rows it was shown, in so many entries */
static uint64_t read_of_store(struct audit_log *log, const char *store, size_t parts,
                              const char *const patients[])
{
    struct audit_patient of_store = { slice_from_string(store), { NULL, 0 } };
    struct audit_entry entry = sample_granted();
    entry.person = (struct slice){ NULL, 0 };
    entry.scope = SLICE("store");
    entry.interaction = SLICE("search");
    entry.patients = &of_store;
    entry.patient_count = 1;
    uint64_t granted = append(log, &entry);
    for (size_t i = 0; i < parts; i++) {
        struct audit_patient patient = { of_store.store, slice_from_string(patients[i]) };
        entry = sample_shown(granted);
        entry.person = (struct slice){ NULL, 0 };
        entry.patients = &patient;
        entry.patient_count = 1;
        entry.outcome = i + 1 < parts ? (struct slice)AUDIT_CONTINUED : SLICE("complete");
        append(log, &entry);
    }
    return granted;
}

/* ... belongs to those whom its `shown` names, and without one to all of the store */
static void test_access_report_by_patient(void **state)
{
    (void)state;
    struct audit_log *log = open_log(LIMIT_AUDIT_SEGMENT);
    uint64_t of_both = read_of_store(log, "RTH", 2, (const char *const[]){ "p-1", "p-2" });
    read_of_store(log, "RTH", 1, (const char *const[]){ "p-3" });
    read_of_store(log, "RNU", 1, (const char *const[]){ "p-1" });
    uint64_t of_two = read_of_store(log, "RTH", 1, (const char *const[]){ "p-2" });
    uint64_t of_who_knows = read_of_store(log, "RTH", 0, NULL);
    assert_true(audit_close(log, &f.arena, &f.fault));
    struct audit_patient one = { SLICE("RTH"), SLICE("p-1") };
    struct audit_patient two[] = { { SLICE("RQX"), SLICE("p-3") }, { SLICE("RTH"), SLICE("p-2") } };
    struct audit_access *accesses = report(&(struct audit_whom){ .patients = &one, 1 }, 2);
    assert_int_equal(accesses[0].sequence, of_both);
    assert_true(accesses[0].named && accesses[0].has_shown);
    assert_slice(accesses[0].outcome, "complete");
    assert_slice(accesses[0].interaction, "search");
    assert_int_equal(accesses[1].sequence, of_who_knows);
    assert_false(accesses[1].named || accesses[1].has_shown);
    accesses = report(&(struct audit_whom){ SLICE("person-000042"), two, 2 }, 3);
    assert_int_equal(accesses[0].sequence, of_both);
    assert_int_equal(accesses[1].sequence, of_two);
    assert_int_equal(accesses[2].sequence, of_who_knows);
}

/* part of what was shown is not all of it: the grant stays open until its last `shown` */
static void test_a_continued_shown_closes_nothing(void **state)
{
    (void)state;
    struct audit_log *log = open_log(LIMIT_AUDIT_SEGMENT);
    struct audit_entry entry = sample_granted();
    entry = sample_shown(append(log, &entry));
    entry.outcome = (struct slice)AUDIT_CONTINUED;
    append(log, &entry);
    assert_int_equal(verify().unshown_count, 1);
    entry.outcome = SLICE("complete");
    append(log, &entry);
    assert_int_equal(verify().unshown_count, 0);
    assert_true(audit_close(log, &f.arena, &f.fault));
}

/*
 * Damage beyond the head, as after kill -9: in the last batch it cannot be told from a write cut
 * short; before it, a later batch proves that the broken frame had been synced.
 */
static void test_damage_beyond_the_head(void **state)
{
    (void)state;
    struct audit_options no_heads = { LIMIT_AUDIT_SEGMENT, INT64_MAX };
    struct audit_log *log = NULL;
    char crashed[TEST_PATH];
    char path[TEST_PATH];
    size_t ends[8];
    size_t len = 0;
    char *bytes = NULL;
    test_path(crashed, f.root, "crashed");
    test_path(path, f.directory, "segment-00000000000000000000.log");
    assert_true(audit_open_with(f.directory, f.committer, &no_heads, &log, &f.arena, &f.fault));
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        struct audit_entry entry = sample_granted();
        append(log, &entry); /* a batch each */
        free(bytes);
        bytes = test_file_read(path, &len);
        ends[i] = len;
    }
    test_directory_copy(f.directory, crashed);
    assert_true(audit_close(log, &f.arena, &f.fault));
    test_path(path, crashed, "segment-00000000000000000000.log");
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        bytes[ends[i] - 100] ^= 4;
        test_file_write(path, bytes, len);
        bytes[ends[i] - 100] ^= 4;
        struct audit_report report;
        bool last = i + 1 == ARRAY_LENGTH(ends);
        assert_true(audit_verify(crashed, &report, &f.arena, &f.fault));
        assert_int_equal(report.intact, last);
        assert_int_equal(report.count, i);
        bool opens = audit_open_with(crashed, f.committer, &no_heads, &log, &f.arena, &f.fault);
        assert_int_equal(opens, last);
        assert_true(opens || f.fault.code == FAULT_CORRUPT);
    }
    uint64_t count;
    struct digest tree;
    bool failed;
    audit_status(log, &count, &tree, &failed);
    assert_int_equal(count, ARRAY_LENGTH(ends) - 1);
    assert_true(audit_close(log, &f.arena, &f.fault));
    free(bytes);
}

static void test_no_log(void **state)
{
    (void)state;
    struct audit_report report;
    assert_false(audit_verify(f.directory, &report, &f.arena, &f.fault));
    assert_int_equal(f.fault.code, FAULT_NOT_FOUND);
    assert_false(audit_scan(f.directory, collect, NULL, &f.arena, &f.fault));
    assert_int_equal(f.fault.code, FAULT_NOT_FOUND);
}

static void test_kinds(void **state)
{
    (void)state;
    enum audit_kind kind;
    for (int i = 0; i < AUDIT_KIND_COUNT; i++) {
        assert_true(audit_kind_find(slice_from_string(audit_kind_word((enum audit_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(audit_kind_find(SLICE("grant"), &kind));
    struct audit_entry entry;
    assert_false(
        audit_entry_read(SLICE("{\"time\":1,\"kind\":\"x\"}"), &f.arena, &entry, &f.fault));
    assert_false(audit_entry_read(SLICE("{\"time\":1,\"kind\":\"act\",\"policy\":\"1\"}"), &f.arena,
                                  &entry, &f.fault));
    assert_false(audit_entry_read(SLICE("{\"time\":1,\"kind\":\"act\",\"user\":1}"), &f.arena,
                                  &entry, &f.fault));
    assert_true(
        audit_entry_read(SLICE("{\"time\":1,\"kind\":\"act\"}"), &f.arena, &entry, &f.fault));
}

#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_what_is_written_is_read),
        T(test_the_bytes_of_an_entry),
        T(test_files_are_private),
        T(test_reopening_and_segments),
        T(test_many_threads),
        T(test_detached_and_flush),
        T(test_too_large_and_not_text),
        T(test_a_failed_sync_closes_the_log),
        T(test_damage_beyond_the_head),
        T(test_access_report),
        T(test_access_report_by_patient),
        T(test_a_continued_shown_closes_nothing),
        T(test_no_log),
        T(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
