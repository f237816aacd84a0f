/* The run: any number of threads, compressed or not, killed and continued: the same bytes. */
#include "support/check.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "fault/failing_os.h"
#include "support/directory.h"
#include "synth/journal.h"
#include "synth/random.h"
#include "synth/synth.h"

#define PEOPLE    500 /* four blocks */
#define MIN_KILLS 12

static char directory[TEST_PATH];
static struct arena arena;
static struct fault failure;

static int setup(void **state)
{
    (void)state;
    test_directory_make(directory);
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    failure = (struct fault)FAULT_INIT;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    test_directory_remove(directory);
    return 0;
}

static struct synth_options options_for(char path[TEST_PATH], const char *name)
{
    test_path(path, directory, name);
    return (struct synth_options){ .people = PEOPLE,
                                   .seed = 42,
                                   .years = 1,
                                   .out = slice_from_string(path),
                                   .formats = SLICE("fhir,own"),
                                   .journal_us = 1 }; /* after every block */
}

static bool run(const struct synth_options *options)
{
    struct synth_report report;
    return synth_run(options, &report, &arena, &failure);
}

/* -- folders ----------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list(const char *folder, char *names[64])
{
    size_t count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open != NULL && (entry = readdir(open)) != NULL;) {
        assert_true(count < 64);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            names[count++] = arena_string(&arena, slice_from_string(entry->d_name));
        }
    }
    if (open != NULL) {
        closedir(open);
    }
    qsort(names, count, sizeof(names[0]), by_name);
    return count;
}

static bool there(const char *name)
{
    char path[TEST_PATH];
    struct stat status;
    test_path(path, directory, name);
    return os_stat(path, &status) == 0;
}

static struct slice decompressed(struct slice bytes)
{
    struct strbuf text;
    char room[4096];
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = { bytes.ptr, bytes.len, 0 };
    size_t left = 0;
    strbuf_init(&text, MIB(256));
    while (in.pos < in.size || left > 0) {
        ZSTD_outBuffer out = { room, sizeof(room), 0 };
        left = ZSTD_decompressStream(context, &out, &in);
        assert_false(ZSTD_isError(left));
        strbuf_add(&text, slice_of(room, out.pos));
    }
    ZSTD_freeDCtx(context);
    struct slice copy = arena_copy(&arena, strbuf_slice(&text));
    assert_true(copy.ptr != NULL && !text.failed);
    strbuf_release(&text);
    return copy;
}

/* of one file: of what it holds when it is compressed and `unpack` says so */
static struct digest digest_file(const char *folder, const char *name, bool unpack)
{
    char path[TEST_PATH];
    size_t len;
    test_path(path, folder, name);
    char *bytes = test_file_read(path, &len);
    assert_non_null(bytes);
    struct slice text = slice_of(bytes, len);
    struct digest digest = digest_of_one(unpack ? decompressed(text) : text);
    free(bytes);
    return digest;
}

/* names and digests of all files; `unpack`: of what .zst files hold, under the name without it */
static void digest_folder(const char *name, bool unpack, char ret_hex[DIGEST_HEX_SIZE + 1])
{
    char folder[TEST_PATH];
    char *names[64];
    struct slice parts[128];
    struct digest digests[64];
    test_path(folder, directory, name);
    size_t count = list(folder, names);
    assert_true(count > 8);
    for (size_t i = 0; i < count; i++) {
        struct slice file = slice_from_string(names[i]);
        bool packed = unpack && slice_ends_with(file, SLICE(".zst"));
        digests[i] = digest_file(folder, names[i], packed);
        parts[2 * i] = slice_sub(file, 0, file.len - (packed ? 4 : 0));
        parts[2 * i + 1] = slice_of((const char *)digests[i].bytes, DIGEST_SIZE);
    }
    struct digest digest = digest_of(parts, 2 * count);
    digest_to_hex(&digest, ret_hex);
}

static void assert_same(const char *a, const char *b)
{
    char first[DIGEST_HEX_SIZE + 1];
    char second[DIGEST_HEX_SIZE + 1];
    digest_folder(a, false, first);
    digest_folder(b, false, second);
    assert_string_equal(first, second);
}

/* -- threads and frames ------------------------------------------------------------------------ */

static void test_any_number_of_threads(void **state)
{
    (void)state;
    static const char *const names[] = { "one", "two", "three", "seven" };
    static const uint32_t threads[] = { 1, 2, 3, 7 };
    char path[TEST_PATH];
    for (int zstd = 0; zstd < 2; zstd++) {
        for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
            struct synth_options options = options_for(path, names[i]);
            options.threads = threads[i];
            options.compress = zstd != 0 ? SYNTH_ZSTD : SYNTH_PLAIN;
            assert_true(run(&options));
            assert_same("one", names[i]);
        }
        for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
            test_path(path, directory, names[i]);
            test_directory_remove(path);
        }
    }
}

static void test_frames_hold_the_same_text(void **state)
{
    (void)state;
    char path[TEST_PATH];
    char plain[DIGEST_HEX_SIZE + 1];
    char packed[DIGEST_HEX_SIZE + 1];
    struct synth_options options = options_for(path, "plain");
    assert_true(run(&options));
    options = options_for(path, "packed");
    options.compress = SYNTH_ZSTD;
    assert_true(run(&options));
    assert_true(there("packed/RZZ.ndjson.zst") && there("packed/truth.ndjson.zst"));
    assert_true(there("packed/organisations.ndjson") && there("packed/README.txt"));
    digest_folder("plain", false, plain);
    digest_folder("packed", true, packed);
    assert_string_equal(plain, packed);
}

/* -- killed and continued ---------------------------------------------------------------------- */

/* true when the child was killed before its end; `journaled`: not before it has kept a journal */
static bool run_and_kill(const struct synth_options *options, bool journaled, useconds_t after)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(run(options) ? 0 : 1);
    }
    while (journaled && !there("killed.partial/" JOURNAL_NAME) && !there("killed")) {
        usleep(100);
    }
    usleep(after);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static useconds_t time_of(const struct synth_options *options)
{
    monotime start = os_monotonic();
    assert_true(run(options));
    return (useconds_t)monotime_since(os_monotonic(), start);
}

static void kill_until_done(enum synth_compress compress)
{
    char path[TEST_PATH];
    struct synth_random random;
    unsigned kills = 0;
    unsigned continued = 0;
    struct synth_options options = options_for(path, "whole");
    options.compress = compress;
    useconds_t whole = time_of(&options);
    synth_random_start(&random, (uint64_t)os_monotonic().us, SYNTH_STREAM_NAME, 0);
    while (kills < MIN_KILLS) {
        options = options_for(path, "killed");
        options.compress = compress;
        options.threads = 1 + synth_random_below(&random, 3);
        bool journaled = synth_random_chance(&random, 1, 2);
        useconds_t after = synth_random_below(&random, journaled ? whole / 4 : whole);
        if (run_and_kill(&options, journaled, after) && !there("killed")) {
            kills++;
            continued += there("killed.partial/" JOURNAL_NAME);
            assert_false(there("killed/" JOURNAL_NAME));
            continue;
        }
        assert_same("whole", "killed");
        test_directory_remove(path);
    }
    options = options_for(path, "killed");
    options.compress = compress;
    assert_true(there("killed") || run(&options));
    assert_same("whole", "killed");
    assert_true(continued > 2);
}

static void test_killed_and_continued(void **state)
{
    (void)state;
    kill_until_done(SYNTH_PLAIN);
    test_directory_remove(directory);
    test_directory_make(directory);
    kill_until_done(SYNTH_ZSTD);
}

/* -- a leftover with a journal ----------------------------------------------------------------- */

static bool stop_at_half(void *context, uint64_t done, uint64_t before, uint64_t people)
{
    uint64_t *told = context;
    *told = before;
    return done < people / 2;
}

static void leave_half(void)
{
    char path[TEST_PATH];
    uint64_t before = 1;
    struct synth_options options = options_for(path, "county");
    options.progress = stop_at_half;
    options.progress_context = &before;
    assert_false(run(&options));
    assert_int_equal(failure.code, FAULT_TIMEOUT);
    assert_true(failure.hint.len > 0);
    assert_int_equal(before, 0);
    assert_true(there("county.partial/" JOURNAL_NAME) && !there("county"));
}

static bool note_before(void *context, uint64_t done, uint64_t before, uint64_t people)
{
    (void)done;
    (void)people;
    *(uint64_t *)context = before;
    return true;
}

static void test_continued_where_it_stopped(void **state)
{
    (void)state;
    char path[TEST_PATH];
    uint64_t before = 0;
    struct synth_report whole, report;
    struct synth_options options = options_for(path, "whole");
    assert_true(synth_run(&options, &whole, &arena, &failure));
    leave_half();
    options = options_for(path, "county");
    options.progress = note_before;
    options.progress_context = &before;
    assert_true(synth_run(&options, &report, &arena, &failure));
    assert_in_range(before, PEOPLE / 2, PEOPLE - 1);
    assert_memory_equal(&report, &whole, sizeof(report));
    assert_same("whole", "county");
    assert_false(there("county.partial"));
}

static void test_other_options_are_refused(void **state)
{
    (void)state;
    char path[TEST_PATH];
    leave_half();
    for (int i = 0; i < 5; i++) {
        struct synth_options options = options_for(path, "county");
        options.people += i == 0;
        options.seed += i == 1;
        options.years += i == 2;
        options.formats = i == 3 ? SLICE("fhir") : options.formats;
        options.compress = i == 4 ? SYNTH_ZSTD : SYNTH_PLAIN;
        assert_false(run(&options));
        assert_int_equal(failure.code, FAULT_CONFLICT);
        assert_slice(failure.hint, "--restart discards it");
        assert_true(there("county.partial/" JOURNAL_NAME));
    }
    struct synth_options options = options_for(path, "county");
    options.seed = 43;
    options.restart = true;
    assert_true(run(&options));
    options = options_for(path, "fresh");
    options.seed = 43;
    assert_true(run(&options));
    assert_same("county", "fresh");
}

static void change_byte(const char *name, size_t at)
{
    char path[TEST_PATH];
    size_t len;
    test_path(path, directory, name);
    char *bytes = test_file_read(path, &len);
    assert_non_null(bytes);
    assert_true(len > at);
    bytes[at] ^= 1;
    test_file_write(path, bytes, len);
    free(bytes);
}

static void test_damaged_journal(void **state)
{
    (void)state;
    char path[TEST_PATH];
    size_t len;
    leave_half();
    test_path(path, directory, "county.partial/" JOURNAL_NAME);
    char *whole = test_file_read(path, &len);
    assert_non_null(whole);
    for (size_t at = 0; at < len; at += 7) {
        struct synth_options options = options_for(path, "county");
        change_byte("county.partial/" JOURNAL_NAME, at);
        assert_false(run(&options));
        assert_int_equal(failure.code, FAULT_CORRUPT);
        change_byte("county.partial/" JOURNAL_NAME, at);
    }
    for (size_t cut = 0; cut < len; cut += 11) {
        struct synth_options options = options_for(path, "county");
        test_path(path, directory, "county.partial/" JOURNAL_NAME);
        test_file_write(path, whole, cut);
        test_path(path, directory, "county");
        assert_false(run(&options));
        assert_int_equal(failure.code, FAULT_CORRUPT);
    }
    free(whole);
}

static void test_file_shorter_than_its_journal(void **state)
{
    (void)state;
    char path[TEST_PATH];
    leave_half();
    test_path(path, directory, "county.partial/RZZ.ndjson");
    assert_int_equal(truncate(path, 10), 0);
    struct synth_options options = options_for(path, "county");
    assert_false(run(&options));
    assert_int_equal(failure.code, FAULT_CORRUPT);
    assert_slice(failure.hint, "--restart discards it");
}

/* a journal whose first block has another digest was written by another program */
static void test_another_program(void **state)
{
    (void)state;
    char path[TEST_PATH];
    struct journal journal;
    bool found;
    leave_half();
    test_path(path, directory, "county.partial");
    assert_true(journal_read(path, &arena, &journal, &found, &failure) && found);
    journal.first.bytes[3] ^= 1;
    assert_true(journal_write(path, &journal, &arena, &failure));
    struct synth_options options = options_for(path, "county");
    assert_false(run(&options));
    assert_int_equal(failure.code, FAULT_CONFLICT);
    assert_true(there("county.partial/" JOURNAL_NAME));
}

/* -- a full disk ------------------------------------------------------------------------------- */

/* whichever call fails, and all after it: a fault; then the same command completes the county */
static void test_every_failing_call(void **state)
{
    (void)state;
    char path[TEST_PATH];
    struct synth_options options = options_for(path, "whole");
    options.people = 140;
    options.formats = SLICE("fhir");
    options.threads = 1;
    failing_os_install();
    failing_os_fail(FAIL_ANY_FILE, 0, false, 0);
    assert_true(run(&options));
    uint64_t calls = failing_os_count(FAIL_ANY_FILE);
    assert_true(calls > 60);
    for (uint64_t k = 1; k <= calls; k += CHECK_STEP) {
        test_path(path, directory, "county");
        options.out = slice_from_string(path);
        failing_os_fail(FAIL_ANY_FILE, k, true, ENOSPC);
        bool done = run(&options);
        failing_os_fail(FAIL_ANY_FILE, 0, false, 0);
        assert_true(!done || there("county")); /* a close or flock at the very end may fail */
        if (!done) {
            assert_int_equal(failure.code, FAULT_NO_SPACE);
        }
        assert_true(there("county") || run(&options));
        assert_same("whole", "county");
        test_path(path, directory, "county");
        test_directory_remove(path);
        arena_clear(&arena);
    }
    failing_os_remove();
}

/* one call in the middle of a continued run fails, once: nothing of what is kept is lost */
static void test_failing_while_continuing(void **state)
{
    (void)state;
    char path[TEST_PATH];
    struct synth_options options = options_for(path, "whole");
    assert_true(run(&options));
    failing_os_install();
    for (uint64_t k = 1; k < 90; k += 4 * CHECK_STEP) {
        leave_half();
        options = options_for(path, "county");
        failing_os_fail(FAIL_ANY_FILE, k, true, EIO);
        bool done = run(&options);
        failing_os_fail(FAIL_ANY_FILE, 0, false, 0);
        assert_false(done);
        assert_int_equal(failure.code, FAULT_IO);
        assert_true(there("county.partial/" JOURNAL_NAME));
        assert_true(run(&options));
        assert_same("whole", "county");
        test_directory_remove(path);
        arena_clear(&arena);
    }
    failing_os_remove();
}

int main(void)
{
    if (!digest_start()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_number_of_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_frames_hold_the_same_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_and_continued, setup, teardown),
        cmocka_unit_test_setup_teardown(test_continued_where_it_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_options_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_journal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_shorter_than_its_journal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_program, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_failing_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failing_while_continuing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
