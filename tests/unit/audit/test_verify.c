/*
 * What verification must find: bits, cuts, frames removed, doubled and exchanged. Every change is
 * made to a copy of one good log in three segments.
 */
#include "support/check.h"

#include <dirent.h>
#include <unistd.h>

#include "audit/frame.h"
#include "audit/log.h"
#include "samples.h"
#include "support/directory.h"

#define ENTRIES 60
#define FLIPS   10000

static char root[TEST_PATH];
static char good[TEST_PATH];
static char copy[TEST_PATH];
static struct arena arena;
static struct fault fault;

struct file {
    char name[256];
    char *bytes;
    size_t len;
};

static struct file files[16];
static size_t file_count;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static void load_files(void)
{
    DIR *directory = opendir(good);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[TEST_PATH];
        test_path(path, good, entry->d_name);
        struct file *file = &files[file_count];
        file->bytes = test_file_read(path, &file->len);
        if (file->bytes != NULL) {
            snprintf(file->name, sizeof file->name, "%s", entry->d_name);
            file_count++;
        }
    }
    closedir(directory);
    qsort(files, file_count, sizeof files[0], by_name); /* head first, then segments in order */
}

static int make_log(void **state)
{
    (void)state;
    struct committer *committer = committer_new(1);
    struct audit_log *log = NULL;
    struct audit_options options = { 14000, 1000000 };
    arena_init(&arena, MIB(32));
    test_directory_make(root);
    test_path(good, root, "good");
    test_path(copy, root, "copy");
    if (!audit_open_with(good, committer, &options, &log, &arena, &fault)) {
        return -1;
    }
    for (uint64_t i = 0; i < ENTRIES; i += 2) {
        uint64_t sequence;
        struct audit_entry entry = sample_granted();
        if (!audit_append_wait(log, &entry, &sequence, &arena, &fault)) {
            return -1;
        }
        entry = sample_shown(sequence);
        if (!audit_append_detached(log, &entry)) {
            return -1;
        }
    }
    bool closed = audit_close(log, &arena, &fault);
    committer_free(committer);
    load_files();
    test_directory_copy(good, copy);
    return closed && file_count >= 4 ? 0 : -1;
}

static int remove_log(void **state)
{
    (void)state;
    for (size_t i = 0; i < file_count; i++) {
        free(files[i].bytes);
    }
    test_directory_remove(root);
    arena_release(&arena);
    return 0;
}

static void put(const struct file *file, const char *bytes, size_t len)
{
    char path[TEST_PATH];
    test_path(path, copy, file->name);
    test_file_write(path, bytes, len);
}

static struct audit_report verify(void)
{
    struct audit_report report;
    arena_reset(&arena);
    if (!audit_verify(copy, &report, &arena, &fault)) {
        fail_msg("verify could not look: %.*s", SLICE_PRINT(fault.message));
    }
    return report;
}

/* the frame of `file` in which that byte lies; its sequence and offset */
static uint64_t frame_of(const struct file *file, size_t byte, size_t *ret_offset)
{
    size_t offset = SEGMENT_HEADER;
    struct audit_frame frame = { .sequence = 0 };
    while (audit_frame_header(file->bytes + offset, &frame) && offset + frame.length <= byte) {
        offset += frame.length;
    }
    *ret_offset = offset;
    return frame.sequence;
}

static void test_the_good_log(void **state)
{
    (void)state;
    struct audit_report report = verify();
    assert_true(report.intact);
    assert_int_equal(report.count, ENTRIES);
    assert_int_equal(report.head_count, ENTRIES);
    assert_int_equal(report.unshown_count, 0);
}

/* a random bit of a random file, 10,000 times; of a segment also where it was found */
static void test_every_flipped_bit_is_found(void **state)
{
    (void)state;
    const char *chosen = getenv("EVENLODE_SEED");
    uint64_t seed = chosen != NULL ? strtoull(chosen, NULL, 10) : 20261123;
    print_message("EVENLODE_SEED=%llu\n", (unsigned long long)seed);
    for (int i = 0; i < FLIPS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        struct file *file = &files[(seed >> 33) % file_count];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t bit = (size_t)(seed >> 20) % (file->len * 8);
        file->bytes[bit / 8] = (char)(file->bytes[bit / 8] ^ 1 << bit % 8);
        put(file, file->bytes, file->len);
        struct audit_report report = verify();
        file->bytes[bit / 8] = (char)(file->bytes[bit / 8] ^ 1 << bit % 8);
        put(file, file->bytes, file->len);
        if (report.intact) {
            fail_msg("bit %zu of %s was changed unseen", bit, file->name);
        }
        assert_slice(report.fault_file, file->name);
        if (file != &files[0] && bit / 8 >= SEGMENT_HEADER) {
            size_t offset;
            assert_int_equal(report.fault_sequence, frame_of(file, bit / 8, &offset));
            assert_int_equal(report.fault_offset, offset);
        }
    }
    assert_true(verify().intact);
}

static void test_every_cut_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < file_count; i++) {
        for (size_t len = 0; len < files[i].len; len += 1 + len % 37) {
            put(&files[i], files[i].bytes, len);
            struct audit_report report = verify();
            if (report.intact) {
                fail_msg("%s cut at %zu unseen", files[i].name, len);
            }
        }
        put(&files[i], files[i].bytes, files[i].len - 1);
        assert_false(verify().intact);
        put(&files[i], files[i].bytes, files[i].len);
    }
    assert_true(verify().intact);
}

static void test_missing_files_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < file_count; i++) {
        char path[TEST_PATH];
        test_path(path, copy, files[i].name);
        assert_int_equal(unlink(path), 0);
        assert_false(verify().intact);
        put(&files[i], files[i].bytes, files[i].len);
    }
}

struct edit {
    char *bytes;
    size_t len;
};

static struct slice frame_number(const struct file *file, size_t number)
{
    size_t offset = SEGMENT_HEADER;
    struct audit_frame frame;
    while (offset < file->len && audit_frame_header(file->bytes + offset, &frame)) {
        if (number-- == 0) {
            return slice_of(file->bytes + offset, frame.length);
        }
        offset += frame.length;
    }
    return (struct slice){ NULL, 0 };
}

static void edit_add(struct edit *edit, struct slice bytes)
{
    if (bytes.len > 0) {
        memcpy(edit->bytes + edit->len, bytes.ptr, bytes.len);
        edit->len += bytes.len;
    }
}

/* builds the segment with frame i dropped, doubled or exchanged with the one behind it */
static void test_frames_removed_doubled_exchanged(void **state)
{
    (void)state;
    enum { DROP, DOUBLE, EXCHANGE, HOWS };
    for (size_t i = 1; i < file_count; i++) {
        for (size_t n = 0; frame_number(&files[i], n).ptr != NULL; n++) {
            for (int how = DROP; how < HOWS; how++) {
                struct slice frame = frame_number(&files[i], n);
                struct slice behind = frame_number(&files[i], n + 1);
                struct edit edit = { malloc(2 * files[i].len), 0 };
                size_t before = (size_t)(frame.ptr - files[i].bytes);
                size_t rest = before + frame.len;
                edit_add(&edit, slice_of(files[i].bytes, before));
                if (how == EXCHANGE) {
                    edit_add(&edit, behind);
                    rest += behind.len;
                }
                if (how != DROP) {
                    edit_add(&edit, frame);
                }
                if (how == DOUBLE) {
                    edit_add(&edit, frame);
                }
                edit_add(&edit, slice_of(files[i].bytes + rest, files[i].len - rest));
                put(&files[i], edit.bytes, edit.len);
                struct audit_report report = verify();
                bool same = how == EXCHANGE && behind.ptr == NULL;
                bool past_the_end = how == DOUBLE && behind.ptr == NULL && i + 1 == file_count;
                assert_true(report.intact == (same || past_the_end));
                if (past_the_end) { /* beyond the head: junk that was never acknowledged */
                    assert_int_equal(report.torn_bytes, frame.len);
                }
                free(edit.bytes);
            }
        }
        put(&files[i], files[i].bytes, files[i].len);
    }
    assert_true(verify().intact);
}

/* an entry written anew, with right hashes and checks of its own, breaks the tree */
static void test_a_forged_entry_breaks_the_tree(void **state)
{
    (void)state;
    struct file *file = &files[1];
    struct slice frame = frame_number(file, 3);
    size_t at = (size_t)(frame.ptr - file->bytes);
    char *forged = malloc(file->len);
    memcpy(forged, file->bytes, file->len);
    char *entry = forged + at + FRAME_HEADER + FRAME_SALT;
    char *user = memmem(entry, frame.len - FRAME_OVERHEAD, "dr.okafor", 9);
    assert_non_null(user);
    user[0] = 'x';
    struct digest leaf = audit_leaf(slice_of(forged + at + FRAME_HEADER, FRAME_SALT),
                                    slice_of(entry, frame.len - FRAME_OVERHEAD));
    memcpy(forged + at + frame.len - DIGEST_SIZE, leaf.bytes, DIGEST_SIZE);
    put(file, forged, file->len);
    struct audit_report report = verify();
    assert_false(report.intact);
    assert_slice(report.fault_text, "a segment does not continue the one before");
    put(file, file->bytes, file->len);
    free(forged);
}

/* the same damage stops the log from being opened, where opening looks */
static void test_opening_refuses_a_cut_log(void **state)
{
    (void)state;
    struct committer *committer = committer_new(1);
    struct audit_log *log = NULL;
    struct file *last = &files[file_count - 1];
    for (size_t len = 0; len < last->len; len += 1 + len % 211) {
        put(last, last->bytes, len);
        arena_reset(&arena);
        assert_false(audit_open(copy, committer, &log, &arena, &fault));
        assert_int_equal(fault.code, FAULT_CORRUPT);
    }
    put(last, last->bytes, last->len);
    char path[TEST_PATH];
    test_path(path, copy, "head");
    assert_int_equal(unlink(path), 0);
    assert_false(audit_open(copy, committer, &log, &arena, &fault));
    assert_int_equal(fault.code, FAULT_CORRUPT);
    test_file_write(path, "evenlode audit head 2\nwhatever\n", 31);
    assert_false(audit_open(copy, committer, &log, &arena, &fault));
    assert_int_equal(fault.code, FAULT_VERSION);
    put(&files[0], files[0].bytes, files[0].len);
    assert_true(audit_open(copy, committer, &log, &arena, &fault));
    assert_true(audit_close(log, &arena, &fault));
    committer_free(committer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_good_log),
        cmocka_unit_test(test_every_flipped_bit_is_found),
        cmocka_unit_test(test_every_cut_is_found),
        cmocka_unit_test(test_missing_files_are_found),
        cmocka_unit_test(test_frames_removed_doubled_exchanged),
        cmocka_unit_test(test_a_forged_entry_breaks_the_tree),
        cmocka_unit_test(test_opening_refuses_a_cut_log),
    };
    return cmocka_run_group_tests(tests, make_log, remove_log);
}
