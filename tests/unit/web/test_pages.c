/* The pages around the record: who is easily confused, what was typed, what an error tells. */
#include "support/check.h"

#include "base/limits.h"
#include "base/strbuf.h"
#include "web/pages.h"

struct fixture {
    struct arena arena;
    struct strbuf out;
    struct fault fault;
};

static const struct page_frame frame = { .synthetic = true,
                                         .signed_in = true,
                                         .user_name = SLICE_INIT("J Adeyemi"),
                                         .form_token = SLICE_INIT("token-of-the-session") };
static const struct page_frame visitor = { .synthetic = false };

static const struct organisation organisations[] = {
    { SLICE_INIT("A1"), SLICE_INIT("First Practice"), ORGANISATION_TYPE_PRACTICE, ORGANISATION_LIVE,
      SOURCE_KIND_HOSTED, 0 },
    { SLICE_INIT("B2"), SLICE_INIT("Second <Trust>"), ORGANISATION_TYPE_HOSPITAL,
      ORGANISATION_PLANNED, SOURCE_KIND_HOSTED, 0 },
    { SLICE_INIT("C3"), SLICE_INIT("Third Service"), ORGANISATION_TYPE_OTHER, ORGANISATION_LEFT,
      SOURCE_KIND_HOSTED, 0 },
};
static const struct register_snapshot snapshot = { organisations, ARRAY_LENGTH(organisations) };

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    arena_init(&fixture->arena, LIMIT_REQUEST_ARENA);
    strbuf_init(&fixture->out, LIMIT_RESPONSE_BODY);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    strbuf_release(&fixture->out);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static bool says(const struct fixture *fixture, const char *text)
{
    struct slice page = strbuf_slice(&fixture->out);
    struct slice needle = slice_from_string(text);
    return slice_find_slice(page, needle) < page.len;
}

static struct person_entry person(const char *family, const char *given, int year, int month,
                                  int day)
{
    return (struct person_entry){
        .person = SLICE("abc"),
        .name = { .family = slice_from_string(family), .given = slice_from_string(given) },
        .birth = { .year = (int16_t)year,
                   .month = (uint8_t)month,
                   .day = (uint8_t)day,
                   .precision = INSTANT_DAY },
        .has_birth = true,
        .nhs_number = SLICE("9990000018"),
        .gender = SLICE("female"),
        .practice = SLICE("A1"),
        .postcode = SLICE("OX1 1AA"),
    };
}

static bool warns(struct fixture *fixture, struct person_entry a, struct person_entry b)
{
    const struct person_entry people[] = { a, b };
    strbuf_clear(&fixture->out);
    assert_true(page_found(&frame, people, 2, false, &snapshot, 1795523460000000, &fixture->arena,
                           &fixture->out, &fixture->fault));
    return says(fixture, "Some of these people are easily confused");
}

/* hazard H19 */
static void near_equal_people_are_pointed_out(void **state)
{
    struct fixture *fixture = *state;
    struct person_entry one = person("Hallam", "Margaret", 1944, 3, 12);
    assert_true(warns(fixture, one, person("HALLAM", "margaret", 1944, 3, 12)));
    assert_true(warns(fixture, one, person("Hallam", "Margret", 1944, 3, 12)));
    assert_true(warns(fixture, one, person("Halam", "Margaret", 1944, 3, 12)));
    assert_true(warns(fixture, one, person("Hallma", "Margaret", 1944, 3, 12)));
    assert_true(warns(fixture, one, person("Hallam", "Marg", 1944, 3, 12)));
    assert_true(warns(fixture, one, person("Hallam", "Margaret", 1944, 12, 3)));
    assert_true(warns(fixture, one, person("Hallam", "Margaret", 1944, 3, 21)));
    assert_true(warns(fixture, one, person("Hallam", "Margaret", 1943, 3, 12)));
    assert_false(warns(fixture, one, person("Hallam", "Joan", 1944, 3, 12)));
    assert_false(warns(fixture, one, person("Hurst", "Margaret", 1944, 3, 12)));
    assert_false(warns(fixture, one, person("Hallam", "Margaret", 1951, 7, 12)));
}

static void a_line_tells_people_apart(void **state)
{
    struct fixture *fixture = *state;
    struct person_entry one = person("Hallam", "Margaret", 1944, 3, 12);
    struct person_entry two = { .person = SLICE("def"), .deceased = true };
    warns(fixture, one, two);
    assert_true(says(fixture, "HALLAM, Margaret"));
    assert_true(says(fixture, "12-Mar-1944 (82y)"));
    assert_true(says(fixture, "999 000 0018"));
    assert_true(says(fixture, "Female"));
    assert_true(says(fixture, "First Practice"));
    assert_true(says(fixture, "OX1 1AA"));
    assert_true(says(fixture, "href=\"/record/abc\""));
    assert_true(says(fixture, "Not Known"));
    assert_true(says(fixture, ">died<"));
}

static void fifty_at_most_and_more_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct person_entry people[PAGE_FOUND_MAX];
    for (size_t i = 0; i < PAGE_FOUND_MAX; i++) {
        people[i] = person("Smith", i % 2 ? "Ann" : "Bob", 1950, 1, 1);
    }
    assert_true(page_found(&frame, people, PAGE_FOUND_MAX, true, &snapshot, 0, &fixture->arena,
                           &fixture->out, &fixture->fault));
    assert_true(says(fixture, "There are more than these 50."));
    strbuf_clear(&fixture->out);
    assert_true(page_found(&frame, NULL, 0, false, &snapshot, 0, &fixture->arena, &fixture->out,
                           &fixture->fault));
    assert_true(says(fixture, "Nobody found"));
    assert_true(says(fixture, "does not mean that there is no record elsewhere"));
}

static void a_date_of_birth_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *day, *month, *year;
        int expected; /* yyyymmdd, or 0 */
    } cases[] = {
        { "12", "3", "1944", 19440312 },
        { " 2 ", "03", "1944", 19440302 },
        { "1", "Mar", "1944", 19440301 },
        { "1", "march", "1944", 19440301 },
        { "29", "2", "1944", 19440229 },
        { "29", "2", "1943", 0 },
        { "31", "4", "1944", 0 },
        { "0", "1", "1944", 0 },
        { "1", "13", "1944", 0 },
        { "1", "0", "1944", 0 },
        { "1", "ma", "1944", 0 },
        { "1", "marches", "1944", 0 },
        { "1", "1", "44", 0 },
        { "", "1", "1944", 0 },
        { "1", "", "1944", 0 },
        { "1", "1", "", 0 },
        { "x", "1", "1944", 0 },
        { "-1", "1", "1944", 0 },
        { "99999999999999999999", "1", "1944", 0 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct page_find_form form = { .day = slice_from_string(cases[i].day),
                                       .month = slice_from_string(cases[i].month),
                                       .year = slice_from_string(cases[i].year) };
        struct instant birth = { 0 };
        struct slice problem = { NULL, 0 };
        bool good = page_find_birth(&form, &birth, &problem);
        int found = good ? birth.year * 10000 + birth.month * 100 + birth.day : 0;
        assert_int_equal(found, cases[i].expected);
        assert_int_equal(problem.len > 0, !good);
    }
}

static void what_was_typed_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct page_find_form form = { .family = SLICE("O'Brien\"><b>"), .day = SLICE("31") };
    assert_true(page_find(&frame, &form, SLICE("Enter the year"), &fixture->arena, &fixture->out,
                          &fixture->fault));
    assert_true(says(fixture, "O&#39;Brien&#34;&gt;&lt;b&gt;"));
    assert_true(says(fixture, "<title>Error: Find a patient"));
    assert_true(says(fixture, "Enter the year"));
    assert_true(says(fixture, "method=\"post\" action=\"/patients\""));
    assert_true(says(fixture, "token-of-the-session"));
    assert_false(says(fixture, "method=\"get\""));
}

static void the_register_is_public(void **state)
{
    struct fixture *fixture = *state;
    assert_true(
        page_organisations(&visitor, &snapshot, &fixture->arena, &fixture->out, &fixture->fault));
    assert_true(says(fixture, "First Practice"));
    assert_true(says(fixture, "GP practice"));
    assert_true(says(fixture, "Second &lt;Trust&gt;"));
    assert_true(says(fixture, "They have left"));
    assert_false(says(fixture, "Synthetic data"));
    assert_false(says(fixture, "Sign out"));
    strbuf_clear(&fixture->out);
    const struct register_snapshot none = { NULL, 0 };
    assert_true(
        page_organisations(&visitor, &none, &fixture->arena, &fixture->out, &fixture->fault));
    assert_true(says(fixture, "No service takes part yet."));
}

static void demo_users_are_for_a_demo_alone(void **state)
{
    struct fixture *fixture = *state;
    const struct subject user = { SLICE("n.adeyemi"), SLICE("J Adeyemi"), ROLE_NURSE, SLICE("A1"),
                                  true };
    struct slice none = { NULL, 0 };
    assert_true(page_sign_in(&visitor, &user, 1, &snapshot, none, SLICE("/patients"),
                             &fixture->arena, &fixture->out, &fixture->fault));
    assert_true(says(fixture, "name=\"user\" value=\"n.adeyemi\""));
    assert_true(says(fixture, "First Practice"));
    strbuf_clear(&fixture->out);
    assert_true(page_sign_in(&visitor, NULL, 0, &snapshot, none, none, &fixture->arena,
                             &fixture->out, &fixture->fault));
    assert_false(says(fixture, "name=\"user\""));
}

static void an_error_says_what_to_do(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        enum fault_code code;
        const char *heading;
    } cases[] = { { FAULT_FORBIDDEN, "You may not see this" },
                  { FAULT_UNAUTHENTICATED, "Please sign in" },
                  { FAULT_NOT_FOUND, "Not found" },
                  { FAULT_BUSY, "Busy" },
                  { FAULT_INTERNAL, "Something went wrong" } };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fault problem = { .code = cases[i].code, .message = SLICE("the reason <1>") };
        strbuf_clear(&fixture->out);
        assert_true(page_fault(&frame, &problem, SLICE("0123456789abcdef"), &fixture->arena,
                               &fixture->out, &fixture->fault));
        assert_true(says(fixture, cases[i].heading));
        assert_true(says(fixture, "the reason &lt;1&gt;"));
        assert_true(says(fixture, "0123456789abcdef"));
    }
}

static void policy_of_every_page_is_strict(void **state)
{
    (void)state;
    bool found = false;
    for (size_t i = 0; page_headers[i].name != NULL; i++) {
        if (strcmp(page_headers[i].name, "Content-Security-Policy") == 0) {
            struct slice policy = page_headers[i].value;
            found = slice_starts_with(policy, SLICE("default-src 'none';"));
            assert_true(slice_find_slice(policy, SLICE("unsafe")) == policy.len);
            assert_true(slice_find_slice(policy, SLICE("frame-ancestors 'none'")) < policy.len);
            assert_true(slice_find_slice(policy, SLICE("*")) == policy.len);
        }
    }
    assert_true(found);
}

static void without_memory_there_is_no_page(void **state)
{
    struct fixture *fixture = *state;
    struct arena none;
    arena_init(&none, 0);
    struct person_entry one = person("Hallam", "Margaret", 1944, 3, 12);
    assert_false(
        page_found(&frame, &one, 1, false, &snapshot, 0, &none, &fixture->out, &fixture->fault));
    assert_int_equal(strbuf_slice(&fixture->out).len, 0);
    strbuf_clear(&fixture->out);
    assert_false(page_home(&frame, &snapshot, &none, &fixture->out, &fixture->fault));
    assert_int_equal(strbuf_slice(&fixture->out).len, 0);
    arena_release(&none);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(near_equal_people_are_pointed_out), TEST(a_line_tells_people_apart),
        TEST(fifty_at_most_and_more_is_said),    TEST(a_date_of_birth_is_read),
        TEST(what_was_typed_comes_back),         TEST(the_register_is_public),
        TEST(demo_users_are_for_a_demo_alone),   TEST(an_error_says_what_to_do),
        TEST(policy_of_every_page_is_strict),    TEST(without_memory_there_is_no_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
