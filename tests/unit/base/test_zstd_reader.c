/* Compressed files: their text to the last byte, damage named, nothing that grows without end. */
#include "support/check.h"

#include <errno.h>
#include <zstd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/zstd_reader.h"
#include "fault/failing_os.h"
#include "support/directory.h"

static char directory[TEST_PATH];
static char path[TEST_PATH];
static struct arena arena;
static struct fault failure;
static struct strbuf file;

static int setup(void **state)
{
    (void)state;
    test_directory_make(directory);
    test_path(path, directory, "file");
    arena_init(&arena, MIB(8));
    strbuf_init(&file, MIB(256));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&file);
    arena_release(&arena);
    test_directory_remove(directory);
    return 0;
}

/* appends a frame of `len` bytes at `text` to the file */
static void add_frame(const char *text, size_t len, int window_log)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t bound = ZSTD_compressBound(len);
    char *room = strbuf_room(&file, bound);
    assert_non_null(room);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    if (window_log > 0) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    }
    ZSTD_inBuffer in = { text, len, 0 };
    ZSTD_outBuffer out = { room, bound, 0 };
    ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue); /* size unknown to the frame */
    assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
    strbuf_added(&file, out.pos);
    ZSTD_freeCCtx(context);
}

static void write_file(size_t len)
{
    test_file_write(path, file.ptr, len);
}

/* the whole text, taken in pieces of `piece`; false: failure is set */
static bool read_all(size_t piece, struct strbuf *ret_text)
{
    struct zstd_reader *reader = NULL;
    struct slice text;
    bool end = false;
    bool ok = zstd_reader_open(path, &arena, &reader, &failure);
    strbuf_clear(ret_text);
    while (ok && reader != NULL && !end) {
        ok = zstd_reader_more(reader, &text, &end, &arena, &failure);
        while (ok && text.len > 0 && (end || text.len >= piece)) {
            size_t len = text.len < piece ? text.len : piece;
            strbuf_add(ret_text, slice_sub(text, 0, len));
            zstd_reader_take(reader, len);
            text = zstd_reader_text(reader);
        }
    }
    zstd_reader_free(reader);
    return ok;
}

static char *noise(size_t len)
{
    char *text = malloc(len + 1);
    uint32_t x = 7;
    assert_non_null(text);
    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        text[i] = (char)(i % 61 == 0 ? '\n' : 'a' + (x >> 28));
    }
    return text;
}

static void test_texts(void **state)
{
    (void)state;
    static const size_t lengths[] = { 0, 1, 100, KIB(128) - 1, KIB(128), KIB(1024), 3000000 };
    struct strbuf text;
    char *bytes = noise(3000000);
    strbuf_init(&text, MIB(64));
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        strbuf_clear(&file);
        add_frame(bytes, lengths[i], 0);
        write_file(file.len);
        assert_true(read_all(61, &text));
        assert_true(slice_equal(strbuf_slice(&text), slice_of(bytes, lengths[i])));
    }
    strbuf_clear(&file); /* many frames, empty ones among them */
    for (size_t at = 0; at < 3000000; at += 7500) {
        add_frame(bytes + at, 7500, 0);
        add_frame("", 0, 0);
    }
    write_file(file.len);
    assert_true(read_all(1000, &text));
    assert_true(slice_equal(strbuf_slice(&text), slice_of(bytes, 3000000)));
    strbuf_release(&text);
    free(bytes);
}

static void test_zeros(void **state) /* the stream gives much more than it takes */
{
    (void)state;
    struct strbuf text;
    char *zeros = calloc(MIB(8), 1);
    assert_non_null(zeros);
    strbuf_init(&text, MIB(64));
    add_frame(zeros, MIB(8), 0);
    write_file(file.len);
    assert_true(read_all(KIB(100), &text));
    assert_true(slice_equal(strbuf_slice(&text), slice_of(zeros, MIB(8))));
    strbuf_release(&text);
    free(zeros);
}

static void test_other_files(void **state)
{
    (void)state;
    struct zstd_reader *reader;
    test_file_write(path, "{}\n{}\n", 6);
    assert_true(zstd_reader_open(path, &arena, &reader, &failure));
    assert_null(reader);
    test_file_write(path, "\x28\xb5\x2f", 3);
    assert_true(zstd_reader_open(path, &arena, &reader, &failure));
    assert_null(reader);
    test_path(path, directory, "nothing");
    assert_false(zstd_reader_open(path, &arena, &reader, &failure));
    assert_int_equal(failure.code, FAULT_IO);
    test_path(path, directory, "file");
}

static void test_cut_and_changed(void **state)
{
    (void)state;
    struct strbuf text;
    char *bytes = noise(2000);
    strbuf_init(&text, MIB(64));
    add_frame(bytes, 1000, 0);
    size_t boundary = file.len;
    add_frame(bytes + 1000, 1000, 0);
    for (size_t len = 4; len < file.len; len++) {
        write_file(len);
        assert_int_equal(read_all(61, &text), len == boundary);
        assert_true(len == boundary || failure.code == FAULT_MALFORMED);
    }
    for (size_t at = 4; at < file.len; at++) {
        file.ptr[at] ^= 0x10;
        write_file(file.len);
        assert_false(read_all(61, &text) &&
                     !slice_equal(strbuf_slice(&text), slice_of(bytes, 2000)));
        file.ptr[at] ^= 0x10;
    }
    strbuf_release(&text);
    free(bytes);
}

static void test_bombs(void **state)
{
    (void)state;
    struct strbuf text;
    size_t len = MIB(200);
    char *lines = malloc(len);
    assert_non_null(lines);
    memset(lines, '\n', len);
    strbuf_init(&text, MIB(256));
    add_frame(lines, len, 0);
    write_file(file.len);
    assert_true(file.len < len / LIMIT_ZSTD_RATIO);
    assert_false(read_all(1, &text)); /* lines that are taken one by one */
    assert_int_equal(failure.code, FAULT_TOO_LARGE);
    assert_true(text.len <= LIMIT_ZSTD_TEXT + KIB(128));
    assert_false(read_all(len, &text)); /* one that never ends */
    assert_int_equal(failure.code, FAULT_TOO_LARGE);
    strbuf_release(&text);
    free(lines);
}

static void test_windows(void **state)
{
    (void)state;
    struct strbuf text;
    char *bytes = noise(MIB(1));
    strbuf_init(&text, MIB(64));
    add_frame(bytes, MIB(1), LIMIT_ZSTD_WINDOW_LOG);
    write_file(file.len);
    assert_true(read_all(1000, &text));
    strbuf_clear(&file);
    add_frame(bytes, MIB(1), LIMIT_ZSTD_WINDOW_LOG + 1);
    write_file(file.len);
    assert_false(read_all(1000, &text));
    assert_int_equal(failure.code, FAULT_TOO_LARGE);
    strbuf_release(&text);
    free(bytes);
}

static void test_failing_calls(void **state)
{
    (void)state;
    static const enum failing_call kinds[] = { FAIL_OPEN, FAIL_FSTAT, FAIL_PREAD, FAIL_MALLOC };
    struct strbuf text;
    char *bytes = noise(400000);
    add_frame(bytes, 400000, 0);
    write_file(file.len);
    failing_os_install();
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        strbuf_init(&text, MIB(1));
        assert_non_null(strbuf_room(&text, 500000)); /* so that only the reader needs memory */
        failing_os_fail(kinds[i], 0, false, 0);
        assert_true(read_all(61, &text));
        uint64_t calls = failing_os_count(kinds[i]);
        assert_true(calls > 0);
        for (uint64_t k = 1; k <= calls; k++) {
            failing_os_fail(kinds[i], k, false, EIO);
            assert_false(read_all(61, &text) &&
                         !slice_equal(strbuf_slice(&text), slice_of(bytes, 400000)));
            assert_int_equal(failing_os_failures(), 1);
        }
        failing_os_fail(kinds[i], 0, false, 0);
        strbuf_release(&text);
    }
    failing_os_remove();
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_zeros, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_and_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bombs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_windows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failing_calls, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
