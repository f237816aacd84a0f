/* Whole reads and writes over a system that does half of them, and one that fails. */
#include "support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/os.h"
#include "fault/failing_os.h"

static char path[] = "/tmp/evenlode-test-os-XXXXXX";
static int fd;

static int setup(void **state)
{
    (void)state;
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    fd = mkstemp(path);
    failing_os_install();
    return fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    failing_os_remove();
    close(fd);
    return unlink(path);
}

static void test_short_and_interrupted_writes(void **state)
{
    (void)state;
    char text[1000];
    char back[1200];
    memset(text, 'w', sizeof text);
    for (uint64_t k = 1; k <= 15; k++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        failing_os_short(70);
        failing_os_fail(FAIL_PWRITE, k, false, EINTR);
        assert_int_equal(os_pwrite_all(fd, text, sizeof text, 5), 0);
        assert_int_equal(failing_os_count(FAIL_PWRITE), 16);
        failing_os_fail(FAIL_PREAD, k, false, EINTR);
        assert_int_equal(os_pread_all(fd, back, sizeof back, 0), 1005);
        assert_memory_equal(back, "\0\0\0\0\0", 5);
        assert_memory_equal(back + 5, text, sizeof text);
    }
}

static void test_failures_are_told(void **state)
{
    (void)state;
    char text[1000] = { 0 };
    failing_os_short(100);
    failing_os_fail(FAIL_PWRITE, 4, true, EIO);
    assert_int_equal(os_pwrite_all(fd, text, sizeof text, 0), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(failing_os_failures(), 1);
    failing_os_fail(FAIL_PWRITE, 0, false, 0);
    assert_int_equal(os_pwrite_all(fd, text, sizeof text, 0), 0);
    failing_os_fail(FAIL_PREAD, 3, false, EIO);
    assert_int_equal(os_pread_all(fd, text, sizeof text, 0), -1);
    assert_int_equal(errno, EIO);
}

static ssize_t nothing_written(int file, const void *buffer, size_t len, off_t offset)
{
    (void)file;
    (void)buffer;
    (void)len;
    (void)offset;
    return 0;
}

static void test_a_write_of_nothing_is_a_full_disk(void **state)
{
    (void)state;
    struct os_ops table = os_system;
    table.pwrite = nothing_written;
    os_install(&table);
    errno = 0;
    assert_int_equal(os_pwrite_all(fd, "x", 1, 0), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(os_pwrite_all(fd, "x", 0, 0), 0);
}

static void test_reading_to_the_end(void **state)
{
    (void)state;
    char text[10];
    assert_int_equal(os_pwrite_all(fd, "12345", 5, 0), 0);
    assert_int_equal(os_pread_all(fd, text, 10, 0), 5);
    assert_int_equal(os_pread_all(fd, text, 3, 1), 3);
    assert_memory_equal(text, "234", 3);
    assert_int_equal(os_pread_all(fd, text, 10, 5), 0);
}

static void test_open_closes_on_exec(void **state)
{
    (void)state;
    int own = os_open(path, O_RDONLY, 0);
    assert_true(own >= 0);
    assert_true((fcntl(own, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(os_close(own), 0);
}

static void test_sync_directory(void **state)
{
    (void)state;
    assert_int_equal(os_sync_directory("/tmp"), 0);
    assert_int_equal(os_sync_directory("/nonexistent/directory"), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(os_sync_directory(path), -1); /* a file */
    failing_os_fail(FAIL_FSYNC, 1, false, EIO);
    assert_int_equal(os_sync_directory("/tmp"), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(failing_os_count(FAIL_CLOSE), 1); /* closed all the same */
}

static void test_clocks_and_random(void **state)
{
    (void)state;
    monotime before = os_monotonic();
    walltime now = os_now();
    assert_true(now > INT64_C(1600000000) * 1000000);
    assert_true(monotime_since(os_monotonic(), before) >= 0);
    unsigned char a[64] = { 0 };
    unsigned char b[64] = { 0 };
    assert_int_equal(os_random(a, sizeof a), 0);
    assert_int_equal(os_random(b, sizeof b), 0);
    assert_memory_not_equal(a, b, sizeof a);
    failing_os_fail(FAIL_RANDOM, 1, false, ENOSYS);
    assert_int_equal(os_random(a, sizeof a), -1);
}

/* the tool itself: each kind of call fails where it was told to, and only there */
static void test_each_kind_fails_once(void **state)
{
    (void)state;
    for (int call = FAIL_MALLOC; call < FAIL_CALLS; call++) {
        for (uint64_t k = 1; k <= 3; k++) {
            failing_os_fail((enum failing_call)call, k, false, EPERM);
            int hits = 0;
            for (uint64_t i = 1; i <= 3; i++) {
                struct stat info;
                char byte[1];
                int results[FAIL_CALLS] = { 0 };
                void *memory = os_malloc(1);
                results[FAIL_MALLOC] = memory == NULL ? -1 : 0;
                os_free(memory);
                results[FAIL_RANDOM] = os_random(byte, 1);
                int own = os_open(path, O_RDWR, 0);
                results[FAIL_OPEN] = own < 0 ? -1 : 0;
                results[FAIL_PWRITE] = (int)os_pwrite(fd, "x", 1, 0);
                results[FAIL_PREAD] = (int)os_pread(fd, byte, 1, 0);
                results[FAIL_FTRUNCATE] = os_ftruncate(fd, 0);
                results[FAIL_FDATASYNC] = os_fdatasync(fd);
                results[FAIL_FSYNC] = os_fsync(fd);
                results[FAIL_FSTAT] = os_fstat(fd, &info);
                results[FAIL_STAT] = os_stat(path, &info);
                results[FAIL_FLOCK] = os_flock(fd, 8 /* LOCK_UN */);
                results[FAIL_MKDIR] = os_mkdir(path, 0700) == -1 && errno == EPERM ? -1 : 0;
                results[FAIL_RENAME] = os_rename(path, path);
                results[FAIL_UNLINK] =
                    os_unlink("/nonexistent/name") == -1 && errno == EPERM ? -1 : 0;
                results[FAIL_CLOSE] = own < 0 ? 0 : os_close(own);
                for (int j = 0; j < FAIL_CALLS; j++) {
                    bool expected = j == call && i == k;
                    assert_int_equal(results[j] < 0, expected);
                    hits += results[j] < 0;
                }
            }
            assert_int_equal(hits, 1);
            assert_int_equal(failing_os_failures(), 1);
        }
    }
}

#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_short_and_interrupted_writes),
        T(test_failures_are_told),
        T(test_a_write_of_nothing_is_a_full_disk),
        T(test_reading_to_the_end),
        T(test_open_closes_on_exec),
        T(test_sync_directory),
        T(test_clocks_and_random),
        T(test_each_kind_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
