/* Defaults, every setting, and what is wrong with its place. */
#include "support/plane_fixture.h"

#include "program/config.h"

struct fixture {
    char directory[TEST_PATH];
    char path[TEST_PATH];
    struct arena arena;
    struct config config;
    struct fault fault;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ 0 };
    test_directory_make(fixture.directory);
    test_path(fixture.path, fixture.directory, "evenlode.conf");
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

static bool read_config(struct fixture *self, const char *text)
{
    test_file_write(self->path, text, strlen(text));
    return config_read(self->path, &self->arena, &self->config, &self->fault);
}

static void every_setting_has_a_default(void **state)
{
    struct fixture *self = *state;
    for (int i = 0; i < 2; i++) {
        assert_true(i == 0 ? config_read(NULL, &self->arena, &self->config, &self->fault)
                           : read_config(self, "# nothing\n"));
        assert_string_equal(self->config.listen, "127.0.0.1:8080");
        assert_string_equal(self->config.base_url, "http://127.0.0.1:8080");
        assert_int_equal(self->config.threads, 2);
        assert_int_equal(self->config.commit_threads, 4);
        assert_int_equal(self->config.stores_open, LIMIT_STORES_OPEN);
        assert_int_equal(self->config.clear_sessions_s, 600);
        assert_int_equal(self->config.log_level, LOG_INFO);
    }
}

static void every_setting_is_read(void **state)
{
    struct fixture *self = *state;
    assert_true(read_config(self, "listen = \"0.0.0.0:80\"\nbase_url = \"https://x.example\"\n"
                                  "threads = 64 /* many */\ncommit_threads = 1\nstores_open=32\n"
                                  "log_level = debug\nclear_sessions_s = 86400\n"));
    assert_string_equal(self->config.listen, "0.0.0.0:80");
    assert_string_equal(self->config.base_url, "https://x.example");
    assert_int_equal(self->config.threads, 64);
    assert_int_equal(self->config.commit_threads, 1);
    assert_int_equal(self->config.stores_open, 32);
    assert_int_equal(self->config.clear_sessions_s, 86400);
    assert_int_equal(self->config.log_level, LOG_DEBUG);
}

static void what_is_wrong_is_named(void **state)
{
    struct fixture *self = *state;
    static const char *const texts[] = {
        "thread = 2\n",
        "\n\nthreads = x\n",
        "threads = 0\n",
        "threads = 65\n",
        "threads = -1\n",
        "stores_open = 65\n",
        "stores_open = 31\n",
        "commit_threads = 0\n",
        "clear_sessions_s = 0\n",
        "log_level = loud\n",
        "threads = 2 = 3\n",
        "{",
        "listen = \"x\n",
        "threads\n",
        "threads = 99999999999999999999\n",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        self->config.threads = 77;
        if (read_config(self, texts[i])) {
            fail_msg("taken: %s", texts[i]);
        }
        assert_int_equal(self->fault.code, FAULT_INVALID);
        struct slice path = slice_from_string(self->path);
        assert_true(slice_find_slice(self->fault.where, path) < self->fault.where.len ||
                    slice_find_slice(self->fault.message, path) < self->fault.message.len);
        assert_int_equal(self->config.threads, 77); /* nothing half-read */
    }
    assert_false(read_config(self, "\n\nthreads = x\n"));
    assert_true(slice_ends_with(self->fault.where, SLICE(":3")));
    assert_false(config_read("/nowhere/at/all", &self->arena, &self->config, &self->fault));
    assert_int_equal(self->fault.code, FAULT_IO);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(every_setting_has_a_default),
        CASE(every_setting_is_read),
        CASE(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
