/*
 * The audit log and the power cut: more than a thousand disks as a cut may leave them, each opened,
 * judged and written to again. Every acknowledged entry must be there, in its place and with its
 * content. Then the same with syncs left out, which must not pass: the test of the test.
 */
#include "support/check.h"

#include <pthread.h>
#include <sys/stat.h>

#include "audit/log.h"
#include "base/limits.h"
#include "support/directory.h"
#include "support/recording_os.h"

#define IMAGES       1200
#define BURSTS       40
#define BLIND_IMAGES 400

static char root[TEST_PATH];
static char disk[TEST_PATH]; /* what is recorded */
static char source[TEST_PATH];
static char image[TEST_PATH];
static struct arena arena;
static struct fault fault;
static struct committer *committer;
static const struct audit_options options = { 6000, 500 };

static int setup(void **state)
{
    (void)state;
    test_directory_make(root);
    test_path(disk, root, "disk");
    test_path(source, disk, "audit");
    test_path(image, root, "image");
    arena_init(&arena, MIB(64));
    committer = committer_new(1);
    return digest_start() && committer != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    committer_free(committer);
    arena_release(&arena);
    test_directory_remove(root);
    return 0;
}

/* -- the run that is recorded -------------------------------------------------------------- */

struct burst {
    struct recording *recording;
    pthread_mutex_t lock;
    pthread_cond_t empty;
    unsigned waiting;
};

struct pending {
    struct audit_ticket ticket; /* first */
    struct burst *burst;
};

static void acknowledged(struct audit_ticket *ticket)
{
    struct burst *burst = ((struct pending *)ticket)->burst;
    assert(ticket->durable);
    recording_mark(burst->recording, ticket->sequence + 1);
    pthread_mutex_lock(&burst->lock);
    if (--burst->waiting == 0) {
        pthread_cond_signal(&burst->empty);
    }
    pthread_mutex_unlock(&burst->lock);
}

/* the entry that must stand at `sequence` */
static struct audit_entry entry_at(uint64_t sequence, char text[64])
{
    static const char padding[] = "a reason of some length, so that frames cross sectors; "
                                  "and some more of it, so that they cross them at many places";
    int len = snprintf(text, 64, "request-%llu", (unsigned long long)sequence);
    struct audit_entry entry = AUDIT_ENTRY_INIT;
    entry.kind = AUDIT_GRANTED;
    entry.user = SLICE("dr.okafor");
    entry.request_id = slice_of(text, (size_t)len);
    entry.reason = slice_of(padding, sequence * 7 % sizeof padding);
    return entry;
}

static void run_burst(struct audit_log *log, struct burst *burst, uint64_t first, unsigned count)
{
    struct pending pending[8];
    burst->waiting = count;
    for (unsigned i = 0; i < count; i++) {
        char text[64];
        struct audit_entry entry = entry_at(first + i, text);
        pending[i] = (struct pending){ .ticket.done = acknowledged, .burst = burst };
        assert_true(audit_append(log, &entry, &pending[i].ticket, &arena, &fault));
    }
    pthread_mutex_lock(&burst->lock);
    while (burst->waiting > 0) {
        pthread_cond_wait(&burst->empty, &burst->lock);
    }
    pthread_mutex_unlock(&burst->lock);
}

/*
 * A batch whose sync fails: nobody is told that it is there, but it may be. The log that is opened
 * next finds it in memory and must not build on it before it is on the disk.
 */
static void fail_once(struct recording *recording, struct audit_log *log, uint64_t next)
{
    char text[64];
    uint64_t sequence;
    struct audit_entry entry = entry_at(next, text);
    recording_fail_sync(recording, RECORDING_FILE_SYNC);
    assert_false(audit_append_wait(log, &entry, &sequence, &arena, &fault));
    assert_false(audit_close(log, &arena, &fault));
}

/* opens, appends in bursts, opens again after a close and after a failure; one sync or all of a
 * kind may be left out */
static struct recording *record(const enum recording_sync *lost, uint64_t k)
{
    test_directory_remove(disk);
    assert_int_equal(mkdir(disk, 0700), 0);
    struct recording *recording = recording_start(disk);
    if (lost != NULL) {
        recording_lose_sync(recording, *lost, k);
    }
    struct burst burst = { .recording = recording };
    struct audit_log *log = NULL;
    uint64_t next = 0;
    pthread_mutex_init(&burst.lock, NULL);
    pthread_cond_init(&burst.empty, NULL);
    for (unsigned i = 0; i < BURSTS; i++) {
        if (i % 10 == 0) {
            struct digest root_now;
            bool failed;
            if (i % 20 == 10) {
                fail_once(recording, log, next);
            } else {
                assert_true(audit_close(log, &arena, &fault));
            }
            assert_true(audit_open_with(source, committer, &options, &log, &arena, &fault));
            audit_status(log, &next, &root_now, &failed);
        }
        unsigned count = 1 + i * 5 % 8;
        run_burst(log, &burst, next, count);
        next += count;
    }
    assert_true(audit_close(log, &arena, &fault));
    recording_stop(recording);
    return recording;
}

/* -- judging an image ---------------------------------------------------------------------- */

struct content {
    uint64_t count;
    bool wrong;
};

static bool compare(void *context, const struct audit_record *found)
{
    struct content *content = context;
    char text[64];
    struct audit_entry wanted = entry_at(content->count, text);
    struct audit_entry entry;
    content->wrong |= found->sequence != content->count++ ||
                      !audit_entry_read(found->entry, &arena, &entry, &fault) ||
                      !slice_equal(entry.request_id, wanted.request_id) ||
                      !slice_equal(entry.reason, wanted.reason);
    return !content->wrong;
}

static int nothing_to_sync(int fd)
{
    (void)fd;
    return 0;
}

/* the disk under the tests is not at stake: its syncs only cost time */
static void sync_nothing(void)
{
    static struct os_ops table;
    table = os_system;
    table.fdatasync = nothing_to_sync;
    table.fsync = nothing_to_sync;
    os_install(&table);
}

/* NULL when the log opens, holds what was promised, verifies, and can be written on */
static const char *judge_log(const char *directory, uint64_t promised)
{
    struct audit_log *log;
    struct audit_report report;
    struct content content = { .count = 0 };
    char text[64];
    uint64_t sequence;
    arena_reset(&arena);
    if (!audit_open_with(directory, committer, &options, &log, &arena, &fault)) {
        return "it does not open";
    }
    uint64_t count;
    struct digest root_now;
    bool failed;
    audit_status(log, &count, &root_now, &failed);
    struct audit_entry entry = entry_at(count, text);
    bool appended = audit_append_wait(log, &entry, &sequence, &arena, &fault);
    bool closed = audit_close(log, &arena, &fault);
    if (count < promised) {
        return "an acknowledged entry is missing";
    }
    if (!appended || !closed || sequence != count) {
        return "it cannot be written on";
    }
    if (!audit_verify(directory, &report, &arena, &fault) || !report.intact ||
        report.count != count + 1 || report.torn_bytes != 0) {
        return "it does not verify";
    }
    if (!audit_scan(directory, compare, &content, &arena, &fault) || content.wrong ||
        content.count != count + 1) {
        return "an entry is not what was written";
    }
    return NULL;
}

static const char *judge(const char *directory, uint64_t promised)
{
    sync_nothing();
    const char *problem = judge_log(directory, promised);
    os_install(NULL);
    return problem;
}

static void audit_directory(char ret_path[TEST_PATH])
{
    test_path(ret_path, image, "audit");
}

static unsigned count_bad(const struct recording *recording, unsigned images)
{
    unsigned bad = 0;
    char directory[TEST_PATH];
    audit_directory(directory);
    for (unsigned i = 0; i < images; i++) {
        size_t events = recording_events(recording) * i / images;
        uint64_t promised = recording_image(recording, events, i, image);
        bad += judge(directory, promised) != NULL;
    }
    return bad;
}

static void test_every_image_is_recovered(void **state)
{
    (void)state;
    char directory[TEST_PATH];
    audit_directory(directory);
    struct recording *recording = record(NULL, 0);
    size_t events = recording_events(recording);
    assert_true(events > 150);
    unsigned images = check_rounds("EVENLODE_IMAGES", IMAGES);
    for (unsigned i = 0; i < images; i++) {
        size_t at = images > 1 ? events * i / (images - 1) : events;
        uint64_t promised = recording_image(recording, at, i, image);
        const char *problem = judge(directory, promised);
        if (problem != NULL) {
            fail_msg("image %u (after %zu of %zu events, %llu promised): %s: %.*s", i, at, events,
                     (unsigned long long)promised, problem, SLICE_PRINT(fault.message));
        }
    }
    recording_free(recording);
}

/* the power goes again while the log recovers */
static void test_a_cut_during_recovery(void **state)
{
    (void)state;
    char directory[TEST_PATH];
    char second[TEST_PATH];
    char second_directory[TEST_PATH];
    audit_directory(directory);
    test_path(second, root, "second");
    test_path(second_directory, second, "audit");
    struct recording *recording = record(NULL, 0);
    for (unsigned i = 0; i < 60; i++) {
        size_t at = recording_events(recording) * i / 60;
        uint64_t promised = recording_image(recording, at, 1000 + i, image);
        struct recording *again = recording_start(image);
        struct audit_log *log;
        arena_reset(&arena);
        assert_true(audit_open_with(directory, committer, &options, &log, &arena, &fault));
        assert_true(audit_close(log, &arena, &fault));
        recording_stop(again);
        for (size_t k = 0; k <= recording_events(again); k++) {
            recording_image(again, k, i * 100 + k, second);
            const char *problem = judge(second_directory, promised);
            if (problem != NULL) {
                fail_msg("image %u, then event %zu: %s: %.*s", i, k, problem,
                         SLICE_PRINT(fault.message));
            }
        }
        recording_free(again);
    }
    recording_free(recording);
}

static void test_a_missing_sync_is_noticed(void **state)
{
    (void)state;
    static const enum recording_sync kinds[] = { RECORDING_FILE_SYNC, RECORDING_DIRECTORY_SYNC };
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        struct recording *recording = record(&kinds[i], 0);
        assert_true(count_bad(recording, BLIND_IMAGES) > 0);
        recording_free(recording);
    }
}

/* one sync call of many left out: the one that covers a batch in the middle of a segment */
static void test_one_missing_sync_is_noticed(void **state)
{
    (void)state;
    const enum recording_sync kind = RECORDING_FILE_SYNC;
    unsigned noticed = 0;
    for (uint64_t k = 3; k < 43; k += 8) {
        struct recording *recording = record(&kind, k);
        noticed += count_bad(recording, BLIND_IMAGES) > 0;
        recording_free(recording);
    }
    assert_true(noticed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_image_is_recovered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_cut_during_recovery, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_missing_sync_is_noticed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_missing_sync_is_noticed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
