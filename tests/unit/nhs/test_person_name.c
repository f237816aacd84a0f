/* Which name is shown, and how: FAMILY, Given (Title). */
#include "support/check.h"

#include "nhs/person_name.h"

static struct arena arena;
static struct json json;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct person_name read_names(const char *text)
{
    struct fault fault;
    struct person_name name;
    assert_true(json_parse(&arena, slice_from_string(text), &json, &fault));
    assert_true(person_name_read(&json, 0, &arena, &name));
    return name;
}

static void assert_shown(const char *text, const char *banner, const char *plain)
{
    struct person_name name = read_names(text);
    assert_slice(person_name_show(&name, &arena), banner);
    assert_slice(person_name_plain(&name, &arena), plain);
}

static void test_parts(void **state)
{
    (void)state;
    assert_shown("[{\"family\":\"Hallam\",\"given\":[\"Margaret\",\"Ann\",\"Rose\"],"
                 "\"prefix\":[\"Mrs\",\"Dame\"]}]",
                 "HALLAM, Margaret (Mrs)", "Mrs Margaret Hallam");
    assert_shown("[{\"family\":\"O'Neill\",\"given\":[\"Se\\u00e1n\"]}]", "O'NEILL, Seán",
                 "Seán O'Neill");
    assert_shown("[{\"family\":\"Müller-łuk\"}]", "MÜLLER-ŁUK", "Müller-łuk");
    assert_shown("[{\"given\":[\"Cher\"]}]", "Not Known, Cher", "Cher");
    assert_shown("[{\"text\":\"Baby of Ann Smith\"}]", "Baby of Ann Smith", "Baby of Ann Smith");
    assert_shown("[{\"use\":\"official\"}]", "Not Known", "Not Known");
    struct person_name name = read_names("[{\"given\":[\"A\",\"B\",\"C\"]}]");
    assert_slice(name.middle, "B C");
}

static void test_which_name(void **state)
{
    (void)state;
    assert_slice(read_names("[{\"use\":\"maiden\",\"family\":\"Old\"},"
                            "{\"use\":\"usual\",\"family\":\"Usual\"},"
                            "{\"use\":\"official\",\"family\":\"Official\"}]")
                     .family,
                 "Official");
    assert_slice(
        read_names("[{\"family\":\"First\"},{\"use\":\"usual\",\"family\":\"Usual\"}]").family,
        "Usual");
    assert_slice(read_names("[{\"use\":\"nickname\",\"family\":\"Nick\"},{\"family\":\"Plain\"},"
                            "{\"family\":\"Later\"}]")
                     .family,
                 "Plain");
    assert_slice(read_names("[{\"use\":\"old\",\"family\":\"Only\"}]").family, "Only");
}

static void test_no_name(void **state)
{
    (void)state;
    struct fault fault;
    struct person_name name;
    assert_true(json_parse(&arena, SLICE("[]"), &json, &fault));
    assert_false(person_name_read(&json, 0, &arena, &name));
    assert_false(person_name_read(&json, JSON_NONE, &arena, &name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_which_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_name, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
