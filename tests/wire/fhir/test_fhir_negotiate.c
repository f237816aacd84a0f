/*
 * test_fhir_negotiate.c: addresses, methods, formats, tokens: what is refused before any record is
 * looked at, and always as an OperationOutcome. Rules 31 and 34; threats T5 and T16.
 */
#include "base/limits.h"
#include "fhir/validate.h"
#include "wire/fhir/fhir_wire.h"

static void test_capabilities_are_public(void **state UNUSED)
{
    struct fixture_answer answer = wire_ask(200, "GET", NOTHING, "/metadata", NULL, NOTHING);
    struct json json = wire_json(&answer);
    assert_slice(wire_value(&json, "resourceType"), "CapabilityStatement");
    assert_slice(wire_value(&json, "fhirVersion"), "4.0.1");
    assert_slice(wire_value(&json, "rest.mode"), "server");
    json_ix rest = json_first(&json, json_member(&json, 0, SLICE("rest")));
    json_ix resources = json_member(&json, rest, SLICE("resource"));
    assert_int_equal(json_size(&json, resources), FHIR_TYPE_COUNT);
    json_each_element(&json, resources, resource)
    {
        json_ix parameters = json_member(&json, resource, SLICE("searchParam"));
        assert_true(json_size(&json, parameters) > 0);
    }
    /* the statement is itself a valid resource */
    struct fhir_issues issues = { 0 };
    bool valid = fhir_validate(&json, 0, &wire.arena, &issues);
    if (!valid) {
        fail_msg("%.*s: %.*s", SLICE_PRINT(issues.at[0].where), SLICE_PRINT(issues.at[0].message));
    }
    wire_ask(404, "GET", NOTHING, "/Metadata", NULL, NOTHING);
    wire_ask(404, "GET", NOTHING, "/metadatas", NULL, NOTHING);
    answer = wire_ask(405, "DELETE", NOTHING, "/metadata", NULL, NOTHING);
    assert_slice(fixture_field(&answer, "Allow"), "GET, HEAD");
    wire_ask(405, "PATCH", NOTHING, "/metadata", JSON_TYPE, SLICE("{}"));
}

static void test_addresses(void **state UNUSED)
{
    static const struct {
        unsigned status;
        const char *method;
        const char *path;
    } addresses[] = {
        { 404, "GET", "/orgs/" },
        { 404, "GET", "/orgs/FX1" },
        { 404, "GET", "/orgs/FX1/fhir" },
        { 404, "GET", "/orgs/FX1/fhir/R5/Patient" },
        { 404, "GET", "/orgs/FX1/fhir/R4x" },
        { 404, "GET", "/orgs/NOBODY/fhir/R4/metadata" },
        { 404, "GET", "/orgs/FX9/fhir/R4/metadata" },
        { 404, "GET", "/orgs/FX1/fhir/R4//Patient" },
        { 404, "GET", "/Patience" },
        { 404, "GET", "/patient" },
        { 404, "GET", "/Patience/1" },
        { 404, "GET", "/Patient/1/2" },
        { 404, "GET", "/Patient/a_b" },
        { 404, "GET", "/Patient/1/_history/0" },
        { 404, "GET", "/Patient/1/_history/x" },
        { 404, "GET", "/Patient/1/_history/99999999999" },
        { 404, "GET", "/Patient/1/_history/1/2" },
        { 405, "GET", "/" },
        { 405, "PUT", "/" },
        { 405, "PATCH", "/Patient/1" },
        { 405, "OPTIONS", "/Patient/1" },
        { 405, "POST", "/Patient/1" },
        { 405, "GET", "/Patient/_search" },
        { 405, "DELETE", "/Patient/1/_history" },
        { 501, "GET", "/_history" },
        { 501, "GET", "/Patient/_history" },
        { 501, "PUT", "/Patient?identifier=1" },
        { 501, "DELETE", "/Patient?identifier=1" },
        { 501, "POST", "/$export" },
        { 501, "POST", "/Patient/$validate" },
        { 501, "GET", "/Patient/1/$nothing" },
        { 501, "GET", "/Observation/1/$everything" },
        { 400, "GET", "/Patient/%2e%2e/x" },
        { 400, "GET", "/Patient/%00" },
        { 400, "GET", "/Patient/%zz" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(addresses); i++) {
        wire_ask(addresses[i].status, addresses[i].method, wire_system, addresses[i].path, NULL,
                 NOTHING);
    }
}

static void test_tokens(void **state UNUSED)
{
    const char *good = wire_text("%.*s", SLICE_PRINT(wire_system));
    const char *dot = strchr(good, '.');
    const char *const bad[] = {
        "",
        "x",
        wire_text("%sx", good),
        wire_text("%s.", good),
        wire_text("eyJhbGciOiJub25lIn0%s", dot),
        wire_text("eyJhbGciOiJub25lIn0%.*s.", (int)(strrchr(good, '.') - dot), dot),
        wire_text("%.*s.e30.%s", (int)(dot - good), good, strrchr(good, '.') + 1),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct fixture_answer answer =
            wire_ask(401, "GET", NOTHING, "/Patient/1",
                     wire_text("Authorization: Bearer %s\r\n", bad[i]), NOTHING);
        assert_slice(fixture_field(&answer, "WWW-Authenticate"), "Bearer");
    }
    wire_ask(401, "GET", NOTHING, "/Patient/1", NULL, NOTHING);
    wire_ask(401, "GET", NOTHING, "/Patient/1", "Authorization: Basic eDp5\r\n", NOTHING);
    wire_ask(401, "GET", NOTHING, "/Patient/1", "Cookie: evenlode=0123\r\n", NOTHING);
    wire_ask(401, "POST", NOTHING, "/Patient", JSON_TYPE, SLICE("{"));
}

static void test_formats(void **state UNUSED)
{
    static const struct {
        const char *accept;
        const char *format;
        unsigned status;
        const char *type;
    } formats[] = {
        { NULL, NULL, 200, "application/fhir+json; charset=utf-8" },
        { "*/*", NULL, 200, "application/fhir+json; charset=utf-8" },
        { "application/fhir+json", NULL, 200, "application/fhir+json; charset=utf-8" },
        { "application/json", NULL, 200, "application/json; charset=utf-8" },
        { "text/json;charset=utf-8", NULL, 200, "text/json; charset=utf-8" },
        { "text/html, */*;q=0.1", NULL, 200, "application/fhir+json; charset=utf-8" },
        { "application/json, application/fhir+json;q=0.5", NULL, 200,
          "application/json; charset=utf-8" },
        { "application/fhir+json;fhirVersion=4.0", NULL, 200,
          "application/fhir+json; charset=utf-8" },
        { "application/fhir+json;fhirVersion=3.0", NULL, 406, NULL },
        { "application/fhir+xml", NULL, 406, NULL },
        { "text/html", NULL, 406, NULL },
        { "application/json;q=0", NULL, 406, NULL },
        { "application/fhir+xml", "json", 200, "application/fhir+json; charset=utf-8" },
        { "application/fhir+json", "xml", 406, NULL },
        { NULL, "application/fhir+json", 200, "application/fhir+json; charset=utf-8" },
        { NULL, "application/fhir%2Bjson", 200, "application/fhir+json; charset=utf-8" },
        { NULL, "text/turtle", 406, NULL },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
        const char *path = formats[i].format == NULL
                               ? "/Patient?_count=1"
                               : wire_text("/Patient?_count=1&_format=%s", formats[i].format);
        const char *accept =
            formats[i].accept == NULL ? NULL : wire_text("Accept: %s\r\n", formats[i].accept);
        struct fixture_answer answer =
            wire_ask(formats[i].status, "GET", wire_system, path, accept, NOTHING);
        if (formats[i].type != NULL) {
            assert_slice(fixture_field(&answer, "Content-Type"), formats[i].type);
        }
    }
    wire_ask(200, "GET", wire_system, "/Patient",
             "Accept: text/html\r\nAccept: application/json\r\n", NOTHING);
}

static void test_content_types(void **state UNUSED)
{
    static const struct {
        const char *type;
        unsigned status;
    } types[] = {
        { "application/fhir+json", 201 },
        { "application/json; charset=UTF-8", 201 },
        { "text/json", 201 },
        { "Application/FHIR+JSON; charset=\"utf-8\"", 201 },
        { "application/fhir+json; fhirVersion=4.0", 201 },
        { "application/fhir+json; fhirVersion=5.0", 415 },
        { "application/json; charset=iso-8859-1", 415 },
        { "application/fhir+xml", 415 },
        { "text/plain", 415 },
        { "application/x-www-form-urlencoded", 415 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        wire_ask(types[i].status, "POST", wire_system, "/Patient",
                 wire_text("Content-Type: %s\r\n", types[i].type),
                 SLICE("{\"resourceType\":\"Patient\"}"));
    }
    wire_ask(415, "POST", wire_system, "/Patient", NULL, SLICE("{\"resourceType\":\"Patient\"}"));
}

static void test_head(void **state UNUSED)
{
    wire_system_ask(201, "PUT", "/Patient/head", "{\"resourceType\":\"Patient\",\"id\":\"head\"}");
    struct fixture_answer whole = wire_system_ask(200, "GET", "/Patient/head", NULL);
    struct fixture_answer head = wire_system_ask(200, "HEAD", "/Patient/head", NULL);
    assert_int_equal(head.body.len, 0);
    assert_true(slice_equal(fixture_field(&whole, "Content-Length"),
                            fixture_field(&head, "Content-Length")));
    assert_true(slice_equal(fixture_field(&whole, "ETag"), fixture_field(&head, "ETag")));
    wire_system_ask(404, "HEAD", "/Patient/nobody", NULL);
    wire_system_ask(200, "HEAD", "/metadata", NULL);
}

static void test_answers_are_not_kept(void **state UNUSED)
{
    struct fixture_answer answer = wire_system_ask(200, "GET", "/Patient/head", NULL);
    assert_slice(fixture_field(&answer, "Cache-Control"), "no-store");
    assert_slice(fixture_field(&answer, "X-Content-Type-Options"), "nosniff");
}

static void test_count_is_bounded(void **state UNUSED)
{
    struct fixture_answer answer = wire_system_ask(200, "GET", "/Patient?_count=999999", NULL);
    struct json json = wire_json(&answer);
    assert_true(wire_entries(&json) <= LIMIT_SEARCH_COUNT);
    wire_system_ask(400, "GET", "/Patient?_count=-1", NULL);
    char *many = arena_alloc(&wire.arena, LIMIT_RESOURCE_BODY + 2);
    memset(many, ' ', LIMIT_RESOURCE_BODY + 1);
    wire_ask(413, "POST", wire_system, "/Patient", JSON_TYPE,
             slice_of(many, LIMIT_RESOURCE_BODY + 1));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_capabilities_are_public),
    cmocka_unit_test(test_addresses),
    cmocka_unit_test(test_tokens),
    cmocka_unit_test(test_formats),
    cmocka_unit_test(test_content_types),
    cmocka_unit_test(test_head),
    cmocka_unit_test(test_answers_are_not_kept),
    cmocka_unit_test(test_count_is_bounded),
};

WIRE_MAIN(tests)
