/*
 * test_fhir_api_parts.c: addresses, header fields and page links of the FHIR API, case by case.
 */
#include "support/check.h"

#include "base/limits.h"
#include "web/fhir_api_negotiate.h"
#include "web/fhir_api_page.h"
#include "web/fhir_api_route.h"

static struct arena arena;

static int setup(void **state UNUSED)
{
    arena_init(&arena, MIB(16));
    return digest_start() ? 0 : 1;
}

static int teardown(void **state UNUSED)
{
    arena_release(&arena);
    return 0;
}

/* -- addresses -----------------------------------------------------------------------------------
 */

static void test_routes(void **state UNUSED)
{
    static const struct {
        const char *method;
        const char *path;
        enum fhir_interaction interaction;
        fhir_type type;
        const char *id;
        version_no version;
        bool is_form;
    } routes[] = {
        { "POST", "/orgs/RX1/fhir/R4", INTERACTION_TRANSACTION, 0, "", 0, false },
        { "POST", "/orgs/RX1/fhir/R4/", INTERACTION_TRANSACTION, 0, "", 0, false },
        { "GET", "/orgs/RX1/fhir/R4/metadata", INTERACTION_CAPABILITIES, 0, "", 0, false },
        { "GET", "/orgs/RX1/fhir/R4/Patient", INTERACTION_SEARCH, FHIR_PATIENT, "", 0, false },
        { "POST", "/orgs/RX1/fhir/R4/Patient", INTERACTION_CREATE, FHIR_PATIENT, "", 0, false },
        { "POST", "/orgs/RX1/fhir/R4/Patient/_search", INTERACTION_SEARCH, FHIR_PATIENT, "", 0,
          true },
        { "GET", "/orgs/RX1/fhir/R4/Patient/a.1", INTERACTION_READ, FHIR_PATIENT, "a.1", 0, false },
        { "PUT", "/orgs/RX1/fhir/R4/Patient/1", INTERACTION_UPDATE, FHIR_PATIENT, "1", 0, false },
        { "DELETE", "/orgs/RX1/fhir/R4/Patient/1", INTERACTION_DELETE, FHIR_PATIENT, "1", 0,
          false },
        { "GET", "/orgs/RX1/fhir/R4/Patient/1/_history", INTERACTION_HISTORY, FHIR_PATIENT, "1", 0,
          false },
        { "GET", "/orgs/RX1/fhir/R4/Patient/1/_history/7", INTERACTION_VREAD, FHIR_PATIENT, "1", 7,
          false },
        { "GET", "/orgs/RX1/fhir/R4/Patient/1/$everything", INTERACTION_EVERYTHING, FHIR_PATIENT,
          "1", 0, false },
        { "GET", "/orgs/RX1/fhir/R4/Patient/metadata", INTERACTION_READ, FHIR_PATIENT, "metadata",
          0, false },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(routes); i++) {
        struct fhir_route route;
        const char *allow = NULL;
        struct fault fault = FAULT_INIT;
        if (!fhir_route_find(slice_from_string(routes[i].method), slice_from_string(routes[i].path),
                             &arena, &route, &allow, &fault)) {
            fail_msg("%s %s", routes[i].method, routes[i].path);
        }
        assert_slice(route.ods, "RX1");
        assert_int_equal(route.interaction, routes[i].interaction);
        assert_int_equal(route.type, routes[i].type);
        assert_slice(route.id, routes[i].id);
        assert_int_equal(route.version, routes[i].version);
        assert_int_equal(route.is_form, routes[i].is_form);
    }
}

static void test_no_routes(void **state UNUSED)
{
    static const struct {
        const char *method;
        const char *path;
        enum fault_code code;
    } routes[] = {
        { "GET", "/orgs/", FAULT_NOT_FOUND },
        { "GET", "/orgs//fhir/R4/Patient", FAULT_NOT_FOUND },
        { "GET", "/orgs/RX1/fhir/R4/Patient//", FAULT_NOT_FOUND },
        { "GET", "/orgs/RX1/fhir/R4/Patient/1/_history/1/x/y", FAULT_NOT_FOUND },
        { "GET", "/orgs/RX1/fhir/R4/Patient/1/_history/4294967296", FAULT_NOT_FOUND },
        { "GET", "/orgs/RX1/fhir/R4/Patient/1/_history/01x", FAULT_NOT_FOUND },
        { "GET", "/orgs/RX1/fhir/R4/Nothing/1", FAULT_NOT_FOUND },
        { "GET", "/orgs/RX1/fhir/R4", FAULT_METHOD },
        { "PATCH", "/orgs/RX1/fhir/R4/Patient/1", FAULT_METHOD },
        { "PATCH", "/orgs/RX1/fhir/R4/Patient", FAULT_NOT_SUPPORTED },
        { "GET", "/orgs/RX1/fhir/R4/$x", FAULT_NOT_SUPPORTED },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(routes); i++) {
        struct fhir_route route;
        const char *allow = NULL;
        struct fault fault = FAULT_INIT;
        assert_false(fhir_route_find(slice_from_string(routes[i].method),
                                     slice_from_string(routes[i].path), &arena, &route, &allow,
                                     &fault));
        assert_int_equal(fault.code, routes[i].code);
        assert_int_equal(fault.code == FAULT_METHOD, allow != NULL);
    }
}

/* -- header fields -------------------------------------------------------------------------------
 */

static void test_accept(void **state UNUSED)
{
    static const struct {
        const char *accept;
        const char *type; /* NULL: refused */
    } cases[] = {
        { "", "application/fhir+json; charset=utf-8" },
        { " ", "application/fhir+json; charset=utf-8" },
        { "application/*", "application/fhir+json; charset=utf-8" },
        { "text/*", "text/json; charset=utf-8" },
        { "application/fhir+json;q=0.2, text/json;q=0.9", "text/json; charset=utf-8" },
        { "*/*;q=0.5, application/fhir+json;q=0", "application/json; charset=utf-8" },
        { "APPLICATION/JSON", "application/json; charset=utf-8" },
        { "application/json;q=2", NULL },
        { "application/json;q=x", NULL },
        { "application/json;q=0.000", NULL },
        { "application/json;q=0.001", "application/json; charset=utf-8" },
        { "application/fhir+json; fhirVersion=4.0.1", "application/fhir+json; charset=utf-8" },
        { "application/fhir+json; fhirVersion=1.0", NULL },
        { "application", NULL },
        { ",,,", NULL },
        { "application/fhir", NULL },
        { "*", NULL },
        { "x/*", NULL },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct slice type = { NULL, 0 };
        bool ok =
            negotiate_answer((struct slice){ NULL, 0 }, slice_from_string(cases[i].accept), &type);
        if (ok != (cases[i].type != NULL)) {
            fail_msg("Accept: %s", cases[i].accept);
        }
        if (ok) {
            assert_slice(type, cases[i].type);
        }
    }
}

static void test_prefer(void **state UNUSED)
{
    static const struct {
        const char *text;
        enum prefer_return result;
        bool strict;
    } cases[] = {
        { "", RETURN_REPRESENTATION, false },
        { "return=minimal", RETURN_MINIMAL, false },
        { "Return = minimal", RETURN_MINIMAL, false },
        { "return=OperationOutcome; x=y", RETURN_OUTCOME, false },
        { "return=minimal, return=representation", RETURN_MINIMAL, false },
        { "respond-async, handling=strict,return=\"minimal\"", RETURN_MINIMAL, true },
        { "handling=lenient, handling=strict", RETURN_REPRESENTATION, false },
        { "return=everything", RETURN_REPRESENTATION, false },
        { ",;=,", RETURN_REPRESENTATION, false },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct prefer prefer = negotiate_prefer(slice_from_string(cases[i].text));
        assert_int_equal(prefer.result, cases[i].result);
        assert_int_equal(prefer.is_strict, cases[i].strict);
    }
}

static void test_etags(void **state UNUSED)
{
    struct fault fault;
    version_no version = 0;
    char text[ETAG_SIZE];
    assert_true(negotiate_if_match(SLICE("W/\"12\""), &arena, &version, &fault));
    assert_int_equal(version, 12);
    assert_true(negotiate_if_match(SLICE(" \"4294967295\" "), &arena, &version, &fault));
    static const char *const bad[] = { "",         "\"",      "\"\"",
                                       "W/",       "W/\"",    "W/\"0\"",
                                       "12",       "w/\"1\"", "W/\"4294967296\"",
                                       "W/\"-1\"", "\"1",     "1\"" };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_false(negotiate_if_match(slice_from_string(bad[i]), &arena, &version, &fault));
        assert_int_equal(fault.code, FAULT_INVALID);
        assert_false(negotiate_none_match(slice_from_string(bad[i]), 1));
    }
    assert_true(negotiate_none_match(SLICE("W/\"1\", W/\"2\""), 2));
    assert_false(negotiate_none_match(SLICE("W/\"1\", W/\"2\""), 3));
    assert_int_equal(etag_format(UINT32_MAX, text), strlen("W/\"4294967295\""));
    assert_string_equal(text, "W/\"4294967295\"");
}

static void test_dates(void **state UNUSED)
{
    char text[HTTP_DATE_SIZE];
    http_date_format(INT64_C(784111777) * 1000000 + 999999, text);
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    http_date_format(0, text);
    assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
    http_date_format(INT64_C(-1) * 1000000, text);
    assert_string_equal(text, "Wed, 31 Dec 1969 23:59:59 GMT");
    http_date_format(INT64_C(951782400) * 1000000, text);
    assert_string_equal(text, "Tue, 29 Feb 2000 00:00:00 GMT");
    struct slice date = SLICE("Sun, 06 Nov 1994 08:49:37 GMT");
    walltime at = INT64_C(784111777) * 1000000;
    assert_true(negotiate_not_modified(date, at));
    assert_true(negotiate_not_modified(date, at + 999999));
    assert_false(negotiate_not_modified(date, at + 1000000));
    static const char *const bad[] = { "",
                                       "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994",
                                       "Mon, 06 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 1994 08:49:61 GMT",
                                       "Sun, 31 Feb 1994 08:49:37 GMT",
                                       "Sun, 06 Xxx 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 1994 08:49:37 CET" };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_false(negotiate_not_modified(slice_from_string(bad[i]), 0));
    }
}

/* every day of eighty years: what is written is read */
static void test_dates_of_many_days(void **state UNUSED)
{
    char text[HTTP_DATE_SIZE];
    for (int64_t day = 0; day < 29220; day++) {
        walltime at = (day * 86400 + day % 86400) * 1000000;
        http_date_format(at, text);
        assert_true(negotiate_not_modified(slice_from_string(text), at));
        assert_false(negotiate_not_modified(slice_from_string(text), at + 1000000));
    }
}

/* -- page links ----------------------------------------------------------------------------------
 */

static void test_pages(void **state UNUSED)
{
    struct key_ring ring = { .keys = { { 1, "a key of thirty-two bytes, or so" } }, .count = 1 };
    struct key_ring rotated = { .keys = { { 2, "another of thirty-two bytes, too" }, ring.keys[0] },
                                .count = 2 };
    struct key_ring other = { .keys = { rotated.keys[0] }, .count = 1 };
    struct subject subject = { .user = SLICE("u"), .role = ROLE_GP, .organisation = SLICE("O") };
    struct subject neighbour = { .user = SLICE("uO"), .role = ROLE_GP, .organisation = SLICE("") };
    struct subject nurse = { .user = SLICE("u"), .role = ROLE_NURSE, .organisation = SLICE("O") };
    struct page_binding binding = { &ring, &subject, SLICE("http://x/Patient?name=a") };
    walltime now = INT64_C(1800000000) * 1000000;
    walltime end = now + INT64_C(1000000) * LIMIT_PAGE_LINK_S;
    struct slice position;
    struct fault fault;
    struct slice page = page_seal(&binding, SLICE("AbC-_9"), now, &arena);
    assert_true(page_open(&binding, page, now, &arena, &position, &fault));
    assert_slice(position, "AbC-_9");
    assert_true(page_open(&binding, page, end - 1000000, &arena, &position, &fault));
    assert_false(page_open(&binding, page, end, &arena, &position, &fault));
    const struct page_binding wrong[] = {
        { &ring, &neighbour, binding.url },
        { &ring, &nurse, binding.url },
        { &ring, &subject, SLICE("http://x/Patient?name=b") },
        { &other, &subject, binding.url },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        assert_false(page_open(&wrong[i], page, now, &arena, &position, &fault));
        assert_int_equal(fault.code, FAULT_INVALID);
    }
    const struct page_binding later = { &rotated, &subject, binding.url };
    assert_true(page_open(&later, page, now, &arena, &position, &fault));
    for (size_t i = 0; i < page.len; i++) { /* every byte counts */
        char *changed = arena_string(&arena, page);
        changed[i] = changed[i] == '1' ? '2' : '1';
        assert_false(
            page_open(&binding, slice_of(changed, page.len), now, &arena, &position, &fault));
        assert_false(page_open(&binding, slice_sub(page, 0, i), now, &arena, &position, &fault));
    }
}

static void test_parameters(void **state UNUSED)
{
    struct strbuf url;
    strbuf_init(&url, 1000);
    strbuf_add_string(&url, "http://x/Patient");
    page_add_parameter(&url, SLICE("name:exact"), SLICE("a b&c=d%\xc3\xa9+"));
    page_add_parameter(&url, SLICE("code"), SLICE("http://loinc.org|1-2,3"));
    assert_slice(strbuf_slice(&url), "http://x/Patient?name:exact=a%20b%26c%3Dd%25%C3%A9%2B"
                                     "&code=http://loinc.org%7C1-2,3");
    strbuf_release(&url);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_no_routes),
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_prefer),
        cmocka_unit_test(test_etags),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_dates_of_many_days),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_parameters),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
