/* Few stores open, however many there are: places, waiting, descriptors, memory. */
#include "store_fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "store/memory/record_store_memory.h"
#include "store/sqlite/record_store_sqlite.h"
#include "store/store_pool.h"

#define STORES 300

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

static size_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*u %lu", &pages), 1);
    (void)fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static struct slice name_of(char buffer[16], unsigned i)
{
    return slice_of(buffer, (size_t)snprintf(buffer, 16, "S%03u", i));
}

static void write_to(struct record_store *store, struct arena *arena, unsigned i)
{
    struct decision job = decision_of_all(DECISION_JOB);
    struct record_change changes[40];
    struct fault fault;
    for (size_t c = 0; c < ARRAY_LENGTH(changes); c++) {
        changes[c] = (struct record_change){
            .kind = CHANGE_UPDATE,
            .type = FHIR_PATIENT,
            .id = arena_printf(arena, "p%u-%u", i, (unsigned)c),
            .body = arena_printf(arena, "{\"resourceType\":\"Patient\",\"birthDate\":\"19%02u\"}",
                                 (unsigned)c),
        };
    }
    struct store_write write = { .arena = arena,
                                 .changes = changes,
                                 .count = ARRAY_LENGTH(changes) };
    assert_true(record_store_commit(store, &job, &write, &fault));
}

static void three_hundred_stores_keep_the_limits(void **state)
{
    struct arena arena;
    struct fault fault;
    char directory[TEST_PATH];
    (void)state;
    test_directory_make(directory);
    arena_init(&arena, MIB(64));
    struct committer *committer = committer_new(2);
    struct store_opener opener = record_store_sqlite_opener(directory);
    struct store_pool *pool = store_pool_new(&opener, committer, LIMIT_STORES_OPEN);
    unsigned before = count_descriptors();
    size_t memory = resident_bytes();
    unsigned most = 0;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < STORES; i++) {
            char name[16];
            struct record_store_figures figures;
            struct record_store *store =
                store_pool_get(pool, name_of(name, i), round == 0, &arena, &fault);
            assert_non_null(store);
            write_to(store, &arena, i);
            assert_true(record_store_figures(store, &figures, &fault));
            assert_int_equal(figures.patients, 40);
            store_pool_put(pool, store);
            unsigned open = count_descriptors() - before;
            most = open > most ? open : most;
            arena_reset(&arena);
        }
    }
    assert_true(most <= 2 * LIMIT_STORES_OPEN + 2); /* a file and its log each */
    assert_true(most <= LIMIT_STORE_DESCRIPTORS);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(resident_bytes() - memory < LIMIT_STORE_CACHE + MIB(32));
#else
    (void)memory;
#endif
    assert_null(store_pool_get(pool, SLICE("NONE"), false, &arena, &fault));
    assert_int_equal(fault.code, FAULT_NOT_FOUND);
    assert_null(store_pool_get(pool, SLICE("../etc"), true, &arena, &fault));
    assert_int_equal(fault.code, FAULT_INVALID);
    store_pool_free(pool);
    committer_free(committer);
    DIR *files = opendir(directory);
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        size_t len = strlen(entry->d_name);
        assert_false(len > 4 && strcmp(entry->d_name + len - 4, "-wal") == 0);
    }
    closedir(files);
    test_directory_remove(directory);
    arena_release(&arena);
}

struct worker {
    struct store_pool *pool;
    unsigned seed;
    unsigned done;
};

/* a counter in each store, read and written while it is held: two holders at once are fine */
static void *use_pool(void *context)
{
    struct worker *worker = context;
    struct arena arena;
    struct fault fault;
    arena_init(&arena, MIB(16));
    for (unsigned i = 0; i < 300; i++) {
        char name[16];
        unsigned which = (worker->seed * 7 + i * 13) % 9;
        struct record_store *store =
            store_pool_get(worker->pool, name_of(name, which), true, &arena, &fault);
        if (store == NULL || !slice_equal(record_store_ods(store), name_of(name, which))) {
            return NULL;
        }
        store_pool_put(worker->pool, store);
        arena_reset(&arena);
        worker->done++;
    }
    arena_release(&arena);
    return NULL;
}

static void many_threads_share_few_places(void **state)
{
    struct worker workers[4];
    pthread_t threads[4];
    (void)state;
    struct committer *committer = committer_new(1);
    struct store_opener opener = record_store_memory_opener();
    struct store_pool *pool = store_pool_new(&opener, committer, 3);
    for (unsigned i = 0; i < 4; i++) {
        workers[i] = (struct worker){ pool, i, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, use_pool, &workers[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].done, 300);
    }
    store_pool_free(pool);
    committer_free(committer);
}

/* -- closing ---------------------------------------------------------------------------------- */

static struct os_ops slow_table;
static atomic_uint syncing;
static atomic_uint most_syncing;

static int slow_fdatasync(int fd)
{
    unsigned now = atomic_fetch_add(&syncing, 1) + 1;
    unsigned most = atomic_load(&most_syncing);
    while (now > most && !atomic_compare_exchange_weak(&most_syncing, &most, now)) {
    }
    usleep(5000);
    int result = os_system.fdatasync(fd);
    atomic_fetch_sub(&syncing, 1);
    return result;
}

static void stores_are_closed_side_by_side(void **state)
{
    struct arena arena;
    struct fault fault;
    char directory[TEST_PATH];
    (void)state;
    test_directory_make(directory);
    arena_init(&arena, MIB(64));
    struct committer *committer = committer_new(1);
    struct store_opener opener = record_store_sqlite_opener(directory);
    struct store_pool *pool = store_pool_new(&opener, committer, LIMIT_STORES_OPEN);
    for (unsigned i = 0; i < 12; i++) {
        char name[16];
        struct record_store *store = store_pool_get(pool, name_of(name, i), true, &arena, &fault);
        assert_non_null(store);
        write_to(store, &arena, i);
        store_pool_put(pool, store);
    }
    slow_table = os_system;
    slow_table.fdatasync = slow_fdatasync;
    os_install(&slow_table);
    store_pool_free(pool);
    os_install(NULL);
    assert_in_range(atomic_load(&most_syncing), 2, 4);
    committer_free(committer);
    test_directory_remove(directory);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_hundred_stores_keep_the_limits),
        cmocka_unit_test(many_threads_share_few_places),
        cmocka_unit_test(stores_are_closed_side_by_side),
    };
    return digest_start() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
