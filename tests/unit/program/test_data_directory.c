/* Made whole or not at all, owned by one, and every failing call told. */
#include "support/plane_fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault/failing_os.h"
#include "governance/keys.h"
#include "program/data_directory.h"

struct fixture {
    char parent[TEST_PATH];
    char path[TEST_PATH];
    struct arena arena;
    struct data_directory directory;
    long holder;
    struct fault fault;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ 0 };
    test_directory_make(fixture.parent);
    test_path(fixture.path, fixture.parent, "data");
    arena_init(&fixture.arena, MIB(8));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    test_directory_remove(self->parent);
    arena_release(&self->arena);
    return 0;
}

static enum directory_owner open_it(struct fixture *self)
{
    self->fault = (struct fault)FAULT_INIT;
    return data_directory_open(self->path, &self->arena, &self->directory, &self->holder,
                               &self->fault);
}

static bool create(struct fixture *self)
{
    self->fault = (struct fault)FAULT_INIT;
    return data_directory_create(self->path, false, &self->arena, &self->fault);
}

static void it_is_made_for_its_owner_alone(void **state)
{
    struct fixture *self = *state;
    static const struct {
        const char *name;
        mode_t mode;
    } files[] = { { "stores", 0700 },   { "audit", 0700 },        { "keys", 0700 },
                  { "evenlode", 0600 }, { "keys/session", 0600 }, { "keys/token", 0600 } };
    assert_true(create(self));
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        char path[TEST_PATH];
        struct stat status;
        test_path(path, self->path, files[i].name);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, files[i].mode);
    }
    assert_int_equal(open_it(self), DIRECTORY_OURS);
    assert_false(self->directory.demo);
    data_directory_close(&self->directory);
    assert_int_equal(self->directory.lock, -1);
    assert_false(create(self)); /* never over another */
    assert_int_equal(self->fault.code, FAULT_CONFLICT);
}

static void a_demo_says_so(void **state)
{
    struct fixture *self = *state;
    assert_int_equal(mkdir(self->path, 0700), 0); /* an empty one will do */
    assert_true(data_directory_create(self->path, true, &self->arena, &self->fault));
    assert_int_equal(open_it(self), DIRECTORY_OURS);
    assert_true(self->directory.demo);
    data_directory_close(&self->directory);
}

static void what_is_no_folder_of_ours_stays_as_it_is(void **state)
{
    struct fixture *self = *state;
    char path[TEST_PATH];
    assert_int_equal(open_it(self), DIRECTORY_FAULT);
    assert_int_equal(self->fault.code, FAULT_NOT_FOUND);
    assert_int_equal(mkdir(self->path, 0700), 0);
    test_path(path, self->path, "letters.txt");
    test_file_write(path, "dear", 4);
    assert_false(create(self));
    assert_int_equal(self->fault.code, FAULT_CONFLICT);
    assert_int_equal(open_it(self), DIRECTORY_FAULT);
    assert_int_equal(self->fault.code, FAULT_NOT_FOUND);
    test_path(path, self->path, "lock"); /* not even a lock is left behind */
    assert_int_not_equal(access(path, F_OK), 0);
    test_directory_remove(self->path);
    test_file_write(self->path, "a file", 6);
    assert_false(create(self));
    assert_int_equal(open_it(self), DIRECTORY_FAULT);
}

static void a_second_owner_is_told_who_the_first_is(void **state)
{
    struct fixture *self = *state;
    int ready[2], done[2];
    char byte;
    assert_true(create(self));
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t pid = fork();
    if (pid == 0) {
        bool ours = open_it(self) == DIRECTORY_OURS;
        _exit(!ours || write(ready[1], "x", 1) != 1 || read(done[0], &byte, 1) != 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(open_it(self), DIRECTORY_SERVED);
    assert_int_equal(self->holder, pid);
    assert_int_equal(write(done[1], "x", 1), 1);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(open_it(self), DIRECTORY_OURS); /* gone with its process */
    data_directory_close(&self->directory);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(done[i]);
    }
}

/* each call fails in turn: the fault is told; what is left is opened whole or refused with a hint
 */
static void an_interrupted_init_is_seen(void **state)
{
    struct fixture *self = *state;
    bool more = true;
    unsigned refused = 0;
    for (uint64_t k = 1; more; k++) {
        test_directory_remove(self->path);
        failing_os_install();
        failing_os_fail(FAIL_ANY_FILE, k, true, ENOSPC); /* full, and stays full */
        bool ok = create(self);
        more = failing_os_failures() > 0;
        failing_os_remove();
        assert_true(ok || self->fault.code != FAULT_NONE);
        enum directory_owner owner = open_it(self);
        if (owner == DIRECTORY_OURS) {
            struct key_ring ring;
            assert_true(
                keys_load(self->directory.keys, SLICE("token"), &ring, &self->arena, &self->fault));
            assert_true(keys_load(self->directory.keys, SLICE("session"), &ring, &self->arena,
                                  &self->fault));
            data_directory_close(&self->directory);
        } else {
            refused++;
            assert_false(ok);
            assert_true(self->fault.code == FAULT_NOT_FOUND || self->fault.code == FAULT_VERSION);
        }
        arena_reset(&self->arena);
    }
    assert_true(refused > 15);
    assert_int_equal(open_it(self), DIRECTORY_OURS);
    data_directory_close(&self->directory);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(it_is_made_for_its_owner_alone),
        CASE(a_demo_says_so),
        CASE(what_is_no_folder_of_ours_stays_as_it_is),
        CASE(a_second_owner_is_told_who_the_first_is),
        CASE(an_interrupted_init_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
