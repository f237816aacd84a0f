/* The control socket: words there, output and status back, also big ones; clients that go away. */
#include "support/plane_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "program/control.h"

static _Atomic unsigned ran;

static int run_echo(struct command_context *context, const struct arguments *arguments)
{
    command_print(context, OUTPUT_MESSAGE, "%s%s", context->terminal ? "terminal" : "file",
                  context->served ? " served" : "");
    for (size_t i = 0; i < arguments->operand_count; i++) {
        command_print(context, OUTPUT_RESULT, "[%s]", arguments->operands[i]);
    }
    return arguments->values[0] != NULL ? (int)strtol(arguments->values[0], NULL, 10) : 0;
}

#define BIG_LINES 20000

static int run_big(struct command_context *context, const struct arguments *arguments UNUSED)
{
    for (int i = 0; i < BIG_LINES; i++) {
        command_print(context, OUTPUT_RESULT, "%0100d\n", i);
    }
    ran++;
    return 3;
}

static int run_never(struct command_context *context UNUSED,
                     const struct arguments *arguments UNUSED)
{
    fail_msg("a command that needs no exchange was run in the server");
    return 0;
}

static const struct command_option options[] = { { "status", "N", "", false } };

const struct command commands[] = {
    { "echo", "WORD...", "", options, 1, true, run_echo },
    { "big", NULL, "", NULL, 0, true, run_big },
    { "serve", NULL, "", NULL, 0, false, run_never },
};
const size_t command_count = ARRAY_LENGTH(commands);

struct fixture {
    char directory[TEST_PATH];
    char path[TEST_PATH];
    struct arena arena;
    struct control *control;
    struct strbuf out, err;
    struct fault fault;
    struct command_context context;
    int status;
};

static void keep(void *sink, enum output_channel channel, struct slice text)
{
    struct fixture *self = sink;
    strbuf_add(channel == OUTPUT_RESULT ? &self->out : &self->err, text);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ 0 };
    struct fixture *self = &fixture;
    ran = 0;
    test_directory_make(self->directory);
    test_path(self->path, self->directory, "control");
    arena_init(&self->arena, MIB(64));
    strbuf_init(&self->out, MIB(16));
    strbuf_init(&self->err, MIB(1));
    self->context = (struct command_context){ .arena = &self->arena, .write = keep, .sink = self };
    assert_true(control_start(self->path, NULL, &self->control, &self->arena, &self->fault));
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    control_stop(self->control);
    assert_int_not_equal(access(self->path, F_OK), 0);
    strbuf_release(&self->out);
    strbuf_release(&self->err);
    test_directory_remove(self->directory);
    arena_release(&self->arena);
    return 0;
}

static bool call(struct fixture *self, const char *const *words, size_t count)
{
    strbuf_clear(&self->out);
    strbuf_clear(&self->err);
    return control_call(self->path, words, count, &self->context, &self->status, &self->fault);
}

static void words_and_status_come_through(void **state)
{
    struct fixture *self = *state;
    const char *const words[] = { "echo", "--status", "7", "--", "", "a b", "--x", "\xff\n" };
    struct stat status;
    assert_int_equal(stat(self->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(call(self, words, ARRAY_LENGTH(words)));
    assert_int_equal(self->status, 7);
    assert_slice(strbuf_slice(&self->out), "[][a b][--x][\xff\n]");
    assert_slice(strbuf_slice(&self->err), "file served");
    self->context.terminal = true;
    assert_true(call(self, words, 1));
    assert_int_equal(self->status, 0);
    assert_slice(strbuf_slice(&self->err), "terminal served");
    static const char *const refused[][2] = { { "serve", "x" },
                                              { "nothing", "x" },
                                              { "big", "x" } };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        assert_true(call(self, refused[i], 2));
        assert_int_equal(self->status, 1);
        assert_true(strbuf_slice(&self->err).len > 0);
    }
    assert_true(call(self, words, 0));
    assert_int_equal(self->status, 1);
}

static void big_output_comes_whole(void **state)
{
    struct fixture *self = *state;
    const char *const words[] = { "big" };
    assert_true(call(self, words, 1));
    assert_int_equal(self->status, 3);
    assert_int_equal(strbuf_slice(&self->out).len, BIG_LINES * 101);
    assert_true(slice_ends_with(strbuf_slice(&self->out), SLICE("019999\n")));
}

static void many_words_are_refused_or_taken_whole(void **state)
{
    struct fixture *self = *state;
    static const char *words[COMMAND_OPERANDS + 2];
    for (size_t i = 1; i < ARRAY_LENGTH(words); i++) {
        words[i] = "f";
    }
    words[0] = "echo";
    assert_true(call(self, words, COMMAND_OPERANDS + 1));
    assert_int_equal(self->status, 0);
    assert_int_equal(strbuf_slice(&self->out).len, COMMAND_OPERANDS * 3);
    assert_true(call(self, words, COMMAND_OPERANDS + 2));
    assert_int_equal(self->status, 1);
    /* longer than a frame may be */
    size_t size = MIB(5);
    char *long_word = arena_alloc(&self->arena, size);
    memset(long_word, 'x', size - 1);
    long_word[size - 1] = '\0';
    words[1] = long_word;
    assert_false(call(self, words, 2));
    assert_int_equal(self->fault.code, FAULT_TOO_LARGE);
}

static int dial(struct fixture *self)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    assert_true(strlen(self->path) < sizeof address.sun_path);
    memcpy(address.sun_path, self->path, strlen(self->path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void clients_that_go_away_stop_nothing(void **state)
{
    struct fixture *self = *state;
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        { "", 0 },
        { "A", 1 },
        { "A\0\0\0\x05"
          "abc",
          8 },
        { "B\0\0\0\x05"
          "abcde",
          10 },
        { "A\xff\xff\xff\xff", 5 },
        { "A\0\0\0\0", 5 },
        { "A\0\0\0\x05"
          "file\0",
          10 },
        { "A\0\0\0\x09"
          "file\0big\0",
          14 }, /* runs, and nobody listens */
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int fd = dial(self);
        assert_int_equal(send(fd, cases[i].bytes, cases[i].len, MSG_NOSIGNAL), cases[i].len);
        close(fd);
    }
    for (int i = 0; i < 500 && ran == 0; i++) {
        usleep(10000);
    }
    assert_int_equal(ran, 1);
    const char *const words[] = { "echo", "still there" };
    for (int i = 0; i < 100 && !call(self, words, 2); i++) { /* all places may be taken still */
        usleep(10000);
    }
    assert_slice(strbuf_slice(&self->out), "[still there]");
}

static void a_server_that_is_not_there_is_told(void **state)
{
    struct fixture *self = *state;
    char path[TEST_PATH];
    const char *const words[] = { "echo" };
    test_path(path, self->directory, "nothing");
    assert_false(control_call(path, words, 1, &self->context, &self->status, &self->fault));
    assert_int_equal(self->fault.code, FAULT_IO);
    char long_path[200];
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    assert_false(control_call(long_path, words, 1, &self->context, &self->status, &self->fault));
    assert_int_equal(self->fault.code, FAULT_INVALID);
    struct control *control;
    assert_false(control_start(long_path, NULL, &control, &self->arena, &self->fault));
    assert_int_equal(self->fault.code, FAULT_INVALID);
}

static void *call_often(void *argument)
{
    struct fixture *outer = argument;
    struct fixture self = { 0 };
    size_t done = 0;
    (void)snprintf(self.path, sizeof self.path, "%s", outer->path);
    arena_init(&self.arena, MIB(8));
    strbuf_init(&self.out, MIB(1));
    strbuf_init(&self.err, MIB(1));
    self.context = (struct command_context){ .arena = &self.arena, .write = keep, .sink = &self };
    while (done < 50) { /* a place may be taken: then again */
        const char *const words[] = { "echo", "--status=9", "word" };
        if (call(&self, words, 3)) {
            done += self.status == 9 && slice_equal(strbuf_slice(&self.out), SLICE("[word]"));
        }
    }
    strbuf_release(&self.out);
    strbuf_release(&self.err);
    arena_release(&self.arena);
    return NULL;
}

static void several_operators_at_once(void **state)
{
    struct fixture *self = *state;
    pthread_t threads[6];
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, self), 0);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        pthread_join(threads[i], NULL);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(words_and_status_come_through),         CASE(big_output_comes_whole),
        CASE(many_words_are_refused_or_taken_whole), CASE(clients_that_go_away_stop_nothing),
        CASE(a_server_that_is_not_there_is_told),    CASE(several_operators_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
