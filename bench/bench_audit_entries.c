/*
 * bench_audit_entries.c: how many audit entries a second become durable.
 *
 * Half the entries are grants, half what was shown, as in an access; 1 or 64 accesses are under way
 * at a time, brought by two threads that wait for nobody, as the server's do: an access goes on
 * when its entry is durable. Beside it: a bare loop that appends the same bytes in batches of the
 * same size, each followed by fdatasync. `audit-entries-encode` is the processor time that one
 * entry costs the thread that brings it (JSON, salt, two hashes, hand-over), measured while the log
 * does not sync.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/limits.h"
#include "support/directory.h"

#define ROUNDS     5
#define ROUND_US   600000
#define BRINGERS   2
#define MOST_UNDER 64

/* -- the system, counting ------------------------------------------------------------------ */

static _Atomic uint64_t syncs;
static _Atomic uint64_t bytes_written;
static struct os_ops table;

static ssize_t counting_pwrite(int fd, const void *buffer, size_t len, off_t offset)
{
    atomic_fetch_add(&bytes_written, len);
    return os_system.pwrite(fd, buffer, len, offset);
}

static int counting_fdatasync(int fd)
{
    atomic_fetch_add(&syncs, 1);
    return os_system.fdatasync(fd);
}

static int no_sync(int fd)
{
    (void)fd;
    return 0;
}

static void die(const char *what, const struct fault *fault)
{
    fprintf(stderr, "bench_audit_entries: %s: %.*s\n", what,
            fault == NULL ? 0 : (int)fault->message.len, fault == NULL ? "" : fault->message.ptr);
    exit(1);
}

/* -- accesses under way -------------------------------------------------------------------- */

struct access {
    struct audit_ticket ticket; /* first */
    struct access *next;
    uint64_t granted; /* sequence of the grant, when the next entry is its `shown` */
    struct run *run;
};

struct run {
    struct audit_log *log;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct access *ready;
    unsigned under_way;
    bool stopping;
    _Atomic uint64_t durable;
    struct access accesses[MOST_UNDER];
};

static void entry_done(struct audit_ticket *ticket)
{
    struct access *access = (struct access *)ticket;
    struct run *run = access->run;
    access->granted = access->granted == AUDIT_NO_SEQUENCE ? ticket->sequence : AUDIT_NO_SEQUENCE;
    if (!ticket->durable) {
        die("an entry was not durable", NULL);
    }
    atomic_fetch_add(&run->durable, 1);
    pthread_mutex_lock(&run->lock);
    access->next = run->ready;
    run->ready = access;
    pthread_cond_signal(&run->wake);
    pthread_mutex_unlock(&run->lock);
}

static struct audit_entry entry_of(const struct access *access)
{
    static const struct audit_patient patients[] = { { SLICE_INIT("RTH"), SLICE_INIT("p-1739") } };
    static const struct audit_source sources[] = { { SLICE_INIT("RTH"), SLICE_INIT("ok"), 1 } };
    static const struct digest digest = { { 7, 7, 7 } };
    bool shown = access->granted != AUDIT_NO_SEQUENCE;
    struct audit_entry entry = {
        .kind = shown ? AUDIT_SHOWN : AUDIT_GRANTED,
        .user = SLICE("dr.okafor"),
        .role = SLICE("gp"),
        .organisation = SLICE("K84027"),
        .person = SLICE("person-000042"),
        .request_id = SLICE("01JD8X2M7Q"),
        .granted = access->granted,
    };
    if (shown) {
        entry.shown = &digest;
        entry.bytes = 1200;
        entry.items = 1;
        entry.sources = sources;
        entry.source_count = 1;
        entry.outcome = SLICE("complete");
    } else {
        entry.name = SLICE("Dr Adaeze Okafor");
        entry.patients = patients;
        entry.patient_count = 1;
        entry.scope = SLICE("store");
        entry.purpose = SLICE("direct-care");
        entry.basis = SLICE("registered");
        entry.policy_version = 1;
        entry.link_version = 7;
        entry.interaction = SLICE("read");
        entry.resource_type = SLICE("Observation");
        entry.query = &digest;
    }
    return entry;
}

static void bring(struct access *access)
{
    struct arena arena;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, LIMIT_FAULT_ARENA);
    struct audit_entry entry = entry_of(access);
    if (!audit_append(access->run->log, &entry, &access->ticket, &arena, &fault)) {
        die("append", &fault);
    }
    arena_release(&arena);
}

static void *bringer(void *argument)
{
    struct run *run = argument;
    pthread_mutex_lock(&run->lock);
    while (!run->stopping || run->under_way > 0) {
        struct access *access = run->ready;
        if (access == NULL) {
            pthread_cond_wait(&run->wake, &run->lock);
            continue;
        }
        run->ready = access->next;
        if (run->stopping) {
            run->under_way--;
            pthread_cond_broadcast(&run->wake);
            continue;
        }
        pthread_mutex_unlock(&run->lock);
        bring(access);
        pthread_mutex_lock(&run->lock);
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

static void stop(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    run->stopping = true;
    pthread_cond_broadcast(&run->wake);
    pthread_mutex_unlock(&run->lock);
}

/* entries a second */
static double run_log(struct audit_log *log, unsigned under_way, uint64_t *ret_entries)
{
    static struct run run;
    pthread_t threads[BRINGERS];
    run = (struct run){ .log = log, .under_way = under_way };
    pthread_mutex_init(&run.lock, NULL);
    pthread_cond_init(&run.wake, NULL);
    for (unsigned i = 0; i < under_way; i++) {
        struct access *access = &run.accesses[i];
        access->run = &run;
        access->granted = AUDIT_NO_SEQUENCE;
        access->ticket.done = entry_done;
        access->next = run.ready;
        run.ready = access;
    }
    monotime start = os_monotonic();
    for (unsigned i = 0; i < BRINGERS; i++) {
        if (pthread_create(&threads[i], NULL, bringer, &run) != 0) {
            die("no thread", NULL);
        }
    }
    usleep(ROUND_US);
    stop(&run);
    for (unsigned i = 0; i < BRINGERS; i++) {
        pthread_join(threads[i], NULL);
    }
    double seconds = (double)monotime_since(os_monotonic(), start) / 1e6;
    *ret_entries = atomic_load(&run.durable);
    return (double)*ret_entries / seconds;
}

/* entries a second of a loop that only appends and syncs */
static double run_bare(const char *directory, size_t batch_bytes, double entries_of_batch)
{
    char path[TEST_PATH];
    char *bytes = malloc(batch_bytes);
    test_path(path, directory, "bare");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || bytes == NULL) {
        die("cannot make a file", NULL);
    }
    memset(bytes, 'x', batch_bytes);
    monotime start = os_monotonic();
    uint64_t batches = 0;
    while (monotime_since(os_monotonic(), start) < ROUND_US) {
        if (pwrite(fd, bytes, batch_bytes, (off_t)(batches * batch_bytes)) < 0 ||
            fdatasync(fd) != 0) {
            die("cannot write", NULL);
        }
        batches++;
    }
    double seconds = (double)monotime_since(os_monotonic(), start) / 1e6;
    close(fd);
    free(bytes);
    return (double)batches * entries_of_batch / seconds;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double figures[ROUNDS])
{
    qsort(figures, ROUNDS, sizeof figures[0], by_value);
    return figures[ROUNDS / 2];
}

static void compare(struct audit_log *log, const char *directory, const char *name,
                    unsigned under_way)
{
    double ours[ROUNDS];
    double bare[ROUNDS];
    double batch = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        uint64_t entries;
        uint64_t syncs_before = atomic_load(&syncs);
        uint64_t bytes_before = atomic_load(&bytes_written);
        ours[round] = run_log(log, under_way, &entries);
        uint64_t batches = atomic_load(&syncs) - syncs_before;
        batch = (double)entries / (double)batches;
        bare[round] =
            run_bare(directory, (atomic_load(&bytes_written) - bytes_before) / batches, batch);
    }
    double ours_median = median(ours);
    double bare_median = median(bare);
    fprintf(stderr, "# %s: %u under way, %.1f entries a batch\n", name, under_way, batch);
    printf("%s\t%.0f\tentries/s\tbare append and fdatasync\t%.0f\t%.2f\n", name, ours_median,
           bare_median, ours_median / bare_median);
}

/* processor microseconds of the calling thread for each entry */
static void measure_encoding(struct audit_log *log)
{
    enum { ENTRIES = 20000 };
    double figures[ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        struct timespec start;
        struct timespec end;
        struct arena arena;
        struct fault fault = FAULT_INIT;
        struct access access = { .granted = AUDIT_NO_SEQUENCE };
        struct audit_entry entry = entry_of(&access);
        arena_init(&arena, LIMIT_FAULT_ARENA);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
        for (int i = 0; i < ENTRIES; i++) {
            if (!audit_append_detached(log, &entry)) {
                die("append", NULL);
            }
        }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        if (!audit_flush(log, &arena, &fault)) {
            die("flush", &fault);
        }
        arena_release(&arena);
        figures[round] = ((double)(end.tv_sec - start.tv_sec) * 1e6 +
                          (double)(end.tv_nsec - start.tv_nsec) / 1e3) /
                         ENTRIES;
    }
    printf("audit-entries-encode\t%.2f\tus/entry\t-\t-\t-\n", median(figures));
}

static void with_log(const char *root, void (*body)(struct audit_log *log, const char *root))
{
    char directory[TEST_PATH];
    struct arena arena;
    struct fault fault = FAULT_INIT;
    struct audit_log *log = NULL;
    arena_init(&arena, LIMIT_REQUEST_ARENA);
    test_path(directory, root, "audit");
    os_install(&table);
    struct committer *committer = committer_new(1);
    if (committer == NULL || !audit_open(directory, committer, &log, &arena, &fault)) {
        die("open", &fault);
    }
    body(log, root);
    if (!audit_close(log, &arena, &fault)) {
        die("close", &fault);
    }
    committer_free(committer);
    arena_release(&arena);
    test_directory_remove(directory);
}

static void durable_runs(struct audit_log *log, const char *root)
{
    compare(log, root, "audit-entries", 64);
    compare(log, root, "audit-entries-alone", 1);
}

static void encoding_runs(struct audit_log *log, const char *root)
{
    (void)root;
    measure_encoding(log);
}

int main(void)
{
    char root[TEST_PATH];
    test_directory_make_on_disk(root);
    table = os_system;
    table.pwrite = counting_pwrite;
    table.fdatasync = counting_fdatasync;
    with_log(root, durable_runs);
    table.fdatasync = no_sync;
    with_log(root, encoding_runs);
    os_install(NULL);
    test_directory_remove(root);
    return 0;
}
