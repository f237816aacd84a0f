/* Words into options and operands, by the rules of GNU, on a table of the test's own. */
#include "support/plane_fixture.h"

#include "program/command.h"

static int no_run(struct command_context *context UNUSED, const struct arguments *arguments UNUSED)
{
    return 0;
}

static const struct command_option options[] = {
    { "data", "DIR", "", true },
    { "flag", NULL, "", false },
    { "name", "TEXT", "", false },
};

const struct command commands[] = {
    { "load", "FILE...", "", options, ARRAY_LENGTH(options), true, no_run },
    { "org add", NULL, "", options, ARRAY_LENGTH(options), true, no_run },
    { "org list", NULL, "", options, 1, true, no_run },
};
const size_t command_count = ARRAY_LENGTH(commands);

#define MOST 12

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words[count] != NULL) {
        count++;
    }
    return count;
}

static void commands_are_found_by_their_words(void **state)
{
    (void)state;
    static const struct {
        const char *words[4];
        const char *expected;
        size_t used;
    } cases[] = {
        { { "load", "x" }, "load", 1 },
        { { "org", "add", "--x" }, "org add", 2 },
        { { "org", "list" }, "org list", 2 },
        { { "org" }, NULL, 0 },
        { { "org", "ad" }, NULL, 0 },
        { { "add" }, NULL, 0 },
        { { "Load" }, NULL, 0 },
        { { "org add" }, NULL, 0 },
        { { "" }, NULL, 0 },
        { { NULL }, NULL, 0 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        size_t used = 99;
        const struct command *found =
            command_find(cases[i].words, count_words(cases[i].words), &used);
        if (cases[i].expected == NULL) {
            assert_null(found);
        } else {
            assert_non_null(found);
            assert_string_equal(found->name, cases[i].expected);
            assert_int_equal(used, cases[i].used);
        }
    }
}

static void words_become_options_and_operands(void **state)
{
    (void)state;
    static const struct {
        const char *words[MOST];
        const char *expected; /* "data|flag|name|operands" or "!message" */
    } cases[] = {
        { { "--data", "d", "a", "b" }, "d|-|-|a b" },
        { { "a", "--data=d", "b", "--flag" }, "d|yes|-|a b" },
        { { "--data=", "--name", "" }, "|-||" },
        { { "--name=a=b" }, "-|-|a=b|" },
        { { "--", "--flag", "--", "-x" }, "-|-|-|--flag -- -x" },
        { { "-x", "-" }, "-|-|-|-x -" },
        { { "--name", "--flag" }, "-|-|--flag|" },
        { { "--data" }, "!--data needs a value (DIR)" },
        { { "--flag=1" }, "!--flag takes no value" },
        { { "--flag", "--flag" }, "!--flag is given twice" },
        { { "--data=a", "--data", "b" }, "!--data is given twice" },
        { { "--dat=a" }, "!there is no option --dat" },
        { { "--=a" }, "!there is no option --" },
        { { "---flag" }, "!there is no option ---flag" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct arena arena;
        struct arguments arguments;
        struct fault fault = FAULT_INIT;
        struct strbuf text;
        arena_init(&arena, MIB(1));
        strbuf_init(&text, KIB(4));
        if (command_parse(&commands[0], cases[i].words, count_words(cases[i].words), &arena,
                          &arguments, &fault)) {
            for (size_t k = 0; k < ARRAY_LENGTH(options); k++) {
                const char *value = command_value(&commands[0], &arguments, options[k].name);
                strbuf_addf(&text, "%s|", value != NULL ? value : "-");
            }
            for (size_t k = 0; k < arguments.operand_count; k++) {
                strbuf_addf(&text, "%s%s", k == 0 ? "" : " ", arguments.operands[k]);
            }
        } else {
            assert_int_equal(fault.code, FAULT_INVALID);
            strbuf_addf(&text, "!%.*s", SLICE_PRINT(fault.message));
        }
        assert_slice(strbuf_slice(&text), cases[i].expected);
        strbuf_release(&text);
        arena_release(&arena);
    }
}

static void operands_have_their_limits(void **state)
{
    (void)state;
    static const char *words[COMMAND_OPERANDS + 1];
    struct arena arena;
    struct arguments arguments;
    struct fault fault;
    arena_init(&arena, MIB(4));
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        words[i] = "file";
    }
    assert_true(command_parse(&commands[0], words, COMMAND_OPERANDS, &arena, &arguments, &fault));
    assert_int_equal(arguments.operand_count, COMMAND_OPERANDS);
    assert_false(
        command_parse(&commands[0], words, COMMAND_OPERANDS + 1, &arena, &arguments, &fault));
    assert_int_equal(fault.code, FAULT_TOO_LARGE);
    assert_false(command_parse(&commands[1], words, 1, &arena, &arguments, &fault));
    assert_int_equal(fault.code, FAULT_INVALID);
    arena_release(&arena);
}

static void keep(void *sink, enum output_channel channel, struct slice text)
{
    strbuf_addf(sink, "%d:%.*s", (int)channel, SLICE_PRINT(text));
}

static void a_fault_is_one_line_and_its_status(void **state)
{
    (void)state;
    struct arena arena;
    struct strbuf text;
    arena_init(&arena, MIB(1));
    strbuf_init(&text, KIB(4));
    struct command_context context = { .arena = &arena, .write = keep, .sink = &text };
    struct fault fault;
    fault_at(&fault, &arena, FAULT_NO_SPACE, SLICE("a.json:3"), "the disk is full");
    fault_detail(&fault, &arena, "errno %d", 28);
    fault_hint(&fault, &arena, "make room");
    assert_int_equal(command_fail(&context, &fault), 4);
    assert_slice(strbuf_slice(&text), "2:evenlode: a.json:3: the disk is full (errno 28)\n"
                                      "2:  make room\n");
    strbuf_release(&text);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_found_by_their_words),
        cmocka_unit_test(words_become_options_and_operands),
        cmocka_unit_test(operands_have_their_limits),
        cmocka_unit_test(a_fault_is_one_line_and_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
