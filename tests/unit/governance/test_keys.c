/* Key files: modes, forms, rotation, what cannot be read, every failing call. */
#include "support/plane_fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault/failing_os.h"
#include "governance/keys.h"

struct fixture {
    char directory[TEST_PATH];
    char path[TEST_PATH];
    struct arena arena;
    struct fault fault;
    struct key_ring ring;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ 0 };
    test_directory_make(fixture.directory);
    test_path(fixture.path, fixture.directory, "token");
    arena_init(&fixture.arena, MIB(1));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    test_directory_remove(self->directory);
    arena_release(&self->arena);
    return 0;
}

static bool create(struct fixture *self)
{
    return keys_create(self->directory, SLICE("token"), &self->arena, &self->fault);
}

static bool load(struct fixture *self)
{
    return keys_load(self->directory, SLICE("token"), &self->ring, &self->arena, &self->fault);
}

static bool rotate(struct fixture *self)
{
    return keys_rotate(self->directory, SLICE("token"), &self->arena, &self->fault);
}

static void a_key_is_made_once_and_for_the_owner_alone(void **state)
{
    struct fixture *self = *state;
    struct stat status;
    assert_false(load(self));
    assert_int_equal(self->fault.code, FAULT_IO);
    assert_true(create(self));
    assert_int_equal(stat(self->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(load(self));
    assert_int_equal(self->ring.count, 1);
    assert_int_equal(self->ring.keys[0].id, 1);
    struct key_ring first = self->ring;
    assert_false(create(self)); /* never over another */
    assert_true(load(self));
    assert_memory_equal(&first, &self->ring, sizeof first);
    static const uint8_t zeros[32];
    assert_memory_not_equal(self->ring.keys[0].bytes, zeros, sizeof zeros);
    keys_release(&self->ring);
    assert_int_equal(self->ring.count, 0);
    assert_memory_equal(self->ring.keys[0].bytes, zeros, sizeof zeros);
}

static void rotation_keeps_the_old_and_drops_the_oldest(void **state)
{
    struct fixture *self = *state;
    assert_true(create(self));
    assert_true(load(self));
    struct secret_key first = self->ring.keys[0];
    for (uint32_t i = 2; i <= KEYS_MOST + 3; i++) {
        assert_true(rotate(self));
        struct secret_key before = self->ring.keys[0];
        assert_true(load(self));
        assert_int_equal(self->ring.keys[0].id, i);
        assert_int_equal(self->ring.count, i < KEYS_MOST ? i : KEYS_MOST);
        assert_memory_equal(&self->ring.keys[1], &before, sizeof before);
        assert_memory_not_equal(self->ring.keys[0].bytes, before.bytes, sizeof before.bytes);
    }
    for (size_t i = 0; i < self->ring.count; i++) {
        assert_int_not_equal(self->ring.keys[i].id, first.id);
    }
    struct stat status;
    assert_int_equal(stat(self->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void write_keys(struct fixture *self, const char *text)
{
    test_file_write(self->path, text, strlen(text));
    assert_int_equal(chmod(self->path, 0600), 0);
}

static void what_is_malformed_is_refused_without_its_content(void **state)
{
    struct fixture *self = *state;
    static const char *const texts[] = {
        "",
        "\n",
        "1\n",
        "1 \n",
        HEX "\n",
        " 1 " HEX "\n",
        "1  " HEX "\n",
        "1 " HEX " \n",
        "1 " HEX " x\n",
        "1 " HEX "0\n",
        "1 0" HEX "\n",
        "0 " HEX "\n",
        "-1 " HEX "\n",
        "4294967296 " HEX "\n",
        "x " HEX "\n",
        "1 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n",
        "1 g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
        "1 " HEX "\r\n",
        "1 " HEX "\n\n2 " HEX "\n",
        "1 " HEX "\n1 " HEX "\n", /* one id, two keys */
        "1 " HEX "\n2 " HEX "\n3 " HEX "\n4 " HEX "\n5 " HEX "\n6 " HEX "\n7 " HEX "\n8 " HEX
        "\n9 " HEX "\n",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        write_keys(self, texts[i]);
        if (load(self)) {
            fail_msg("taken: %s", texts[i]);
        }
        assert_int_equal(self->fault.code, FAULT_CORRUPT);
        assert_true(slice_find_slice(self->fault.message, SLICE("token")) <
                    self->fault.message.len);
        assert_int_equal(slice_find_slice(self->fault.message, SLICE("0123456789")),
                         self->fault.message.len);
        assert_false(rotate(self)); /* nor is it replaced */
    }
    write_keys(self, "7 " HEX); /* the last line may lack its end */
    assert_true(load(self));
    assert_int_equal(self->ring.keys[0].id, 7);
    assert_int_equal(self->ring.keys[0].bytes[1], 0x23);
    write_keys(self, "4294967295 " HEX "\n");
    assert_true(load(self));
    assert_false(rotate(self)); /* ids do not begin again */
    assert_true(load(self));
    write_keys(self, "3 " HEX "\n9 " HEX "\n");
    assert_true(rotate(self));
    assert_true(load(self));
    assert_int_equal(self->ring.keys[0].id, 10);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    struct fixture *self = *state;
    static const mode_t modes[] = { 0640, 0604, 0620, 0601, 0666, 0610 };
    assert_true(create(self));
    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
        assert_int_equal(chmod(self->path, modes[i]), 0);
        assert_false(load(self));
        assert_int_equal(self->fault.code, FAULT_IO);
        assert_true(self->fault.hint.len > 0);
    }
    assert_int_equal(chmod(self->path, 0400), 0);
    assert_true(load(self));
    unlink(self->path);
    assert_int_equal(mkdir(self->path, 0700), 0);
    assert_false(load(self));
    assert_int_equal(rmdir(self->path), 0);
}

/* after each failure the key file is the old one or the new one, and the next rotation works */
static void an_interrupted_rotation_leaves_a_key(void **state)
{
    struct fixture *self = *state;
    static const enum failing_call kinds[] = { FAIL_ANY_FILE, FAIL_RANDOM };
    unsigned failed = 0;
    assert_true(create(self));
    for (size_t kind = 0; kind < ARRAY_LENGTH(kinds); kind++) {
        bool more = true;
        for (uint64_t k = 1; more; k++) {
            assert_true(load(self));
            uint32_t before = self->ring.keys[0].id;
            failing_os_install();
            failing_os_fail(kinds[kind], k, false, EIO);
            bool ok = rotate(self);
            more = failing_os_failures() > 0;
            failing_os_remove();
            failed += !ok;
            assert_true(load(self));
            uint32_t after = self->ring.keys[0].id;
            assert_true(after == before + 1 || (!ok && after == before));
            arena_reset(&self->arena);
        }
    }
    assert_true(failed >= 6);
    assert_true(rotate(self));
}

static void an_interrupted_creation_leaves_nothing_half(void **state)
{
    struct fixture *self = *state;
    bool more = true;
    unsigned failed = 0;
    for (uint64_t k = 1; more; k++) {
        unlink(self->path);
        failing_os_install();
        failing_os_fail(FAIL_ANY_FILE, k, false, ENOSPC);
        bool ok = create(self);
        more = failing_os_failures() > 0;
        failing_os_remove();
        failed += !ok;
        if (!ok) {
            assert_int_equal(self->fault.code, FAULT_NO_SPACE);
        }
        assert_int_equal(load(self), ok || access(self->path, F_OK) == 0);
        if (!ok && self->ring.count > 0) {
            assert_int_equal(self->ring.count, 1);
        }
        arena_reset(&self->arena);
    }
    assert_true(failed >= 3);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_key_is_made_once_and_for_the_owner_alone),
        CASE(rotation_keeps_the_old_and_drops_the_oldest),
        CASE(what_is_malformed_is_refused_without_its_content),
        CASE(a_key_that_others_may_read_is_refused),
        CASE(an_interrupted_rotation_leaves_a_key),
        CASE(an_interrupted_creation_leaves_nothing_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
