/*
 * test_fhir_life.c: one resource from its creation to its return from deletion, and what header
 * fields change on the way. Rules 20, 21, 22, 25, 30 and 34 of FHIR servers' common faults.
 */
#include "wire/fhir/fhir_wire.h"

#define PATIENT(id, family)                                                                        \
    "{\"resourceType\":\"Patient\",\"id\":\"" id "\",\"name\":[{\"family\":\"" family "\"}]}"

static struct fixture_answer with(unsigned status, const char *method, const char *path,
                                  const char *fields, const char *body)
{
    return wire_ask(status, method, wire_system, path, wire_text("%s%s", JSON_TYPE, fields),
                    body == NULL ? NOTHING : slice_from_string(body));
}

/* from the version that a PUT makes first to the tombstone; `first` is that version */
static void live_once(unsigned first)
{
    struct fixture_answer answer;
    struct json json;
    answer = wire_system_ask(201, "PUT", "/Patient/life", PATIENT("life", "One"));
    assert_slice(fixture_field(&answer, "ETag"), wire_text("W/\"%u\"", first));
    assert_slice(fixture_field(&answer, "Location"),
                 wire_text("%s%s/Patient/life/_history/%u", wire.base_url, WIRE_BASE, first));
    answer = wire_system_ask(200, "GET", "/Patient/life", NULL);
    assert_slice(fixture_field(&answer, "ETag"), wire_text("W/\"%u\"", first));
    json = wire_json(&answer);
    assert_slice(wire_value(&json, "meta.versionId"), wire_text("%u", first));
    assert_true(wire_value(&json, "meta.lastUpdated").len > 0);
    assert_slice(wire_value(&json, "name.family"), "One");
    answer = wire_system_ask(200, "PUT", "/Patient/life", PATIENT("life", "Two"));
    assert_slice(fixture_field(&answer, "ETag"), wire_text("W/\"%u\"", first + 1));
    /* the same again makes no version */
    answer = wire_system_ask(200, "PUT", "/Patient/life", PATIENT("life", "Two"));
    assert_slice(fixture_field(&answer, "ETag"), wire_text("W/\"%u\"", first + 1));
    answer = wire_system_ask(200, "GET", wire_text("/Patient/life/_history/%u", first), NULL);
    json = wire_json(&answer);
    assert_slice(wire_value(&json, "name.family"), "One");
    answer = wire_system_ask(204, "DELETE", "/Patient/life", NULL);
    assert_slice(fixture_field(&answer, "ETag"), wire_text("W/\"%u\"", first + 2));
    assert_int_equal(answer.body.len, 0);
    wire_system_ask(410, "GET", "/Patient/life", NULL);
    wire_system_ask(410, "GET", wire_text("/Patient/life/_history/%u", first + 2), NULL);
    wire_system_ask(200, "GET", wire_text("/Patient/life/_history/%u", first + 1), NULL);
    wire_system_ask(404, "GET", wire_text("/Patient/life/_history/%u", first + 3), NULL);
    wire_system_ask(204, "DELETE", "/Patient/life", NULL);
    wire_system_ask(410, "GET", "/Patient/life", NULL);
    answer = wire_system_ask(200, "GET", "/Patient?_id=life", NULL);
    json = wire_json(&answer);
    assert_int_equal(wire_entries(&json), 0);
}

static void test_life_twice_over(void **state UNUSED)
{
    wire_system_ask(404, "GET", "/Patient/life", NULL);
    wire_system_ask(404, "GET", "/Patient/life/_history", NULL);
    wire_system_ask(204, "DELETE", "/Patient/life", NULL);
    live_once(1);
    live_once(4);
    struct fixture_answer answer = wire_system_ask(200, "GET", "/Patient/life/_history", NULL);
    struct json json = wire_json(&answer);
    assert_slice(wire_value(&json, "type"), "history");
    assert_slice(wire_value(&json, "total"), "6");
    assert_int_equal(wire_entries(&json), 6);
    assert_slice(wire_value(&json, "entry.request.method"), "DELETE");
    assert_slice(wire_value(&json, "entry.response.status"), "204 No Content");
    assert_slice(wire_value(&json, "entry.resource"), "");
}

static void test_history_in_pages(void **state UNUSED)
{
    for (int i = 0; i < 5; i++) {
        wire_system_ask(i == 0 ? 201 : 200, "PUT", "/Patient/paged",
                        wire_text("{\"resourceType\":\"Patient\",\"id\":\"paged\",\"multipleBirth"
                                  "Integer\":%d}",
                                  i));
    }
    struct fixture_answer answer =
        wire_system_ask(200, "GET", "/Patient/paged/_history?_count=3", NULL);
    struct json json = wire_json(&answer);
    assert_int_equal(wire_entries(&json), 3);
    assert_slice(wire_value(&json, "entry.resource.meta.versionId"), "5");
    /* a write between two pages moves nothing */
    wire_system_ask(200, "PUT", "/Patient/paged", PATIENT("paged", "Late"));
    answer = wire_ask(200, "GET", wire_system, wire_link(&json, "next"), NULL, NOTHING);
    json = wire_json(&answer);
    assert_int_equal(wire_entries(&json), 2);
    assert_slice(wire_value(&json, "entry.resource.meta.versionId"), "2");
    assert_null(wire_link(&json, "next"));
    wire_system_ask(501, "GET", "/Patient/paged/_history?_since=2020", NULL);
    wire_system_ask(400, "GET", "/Patient/paged/_history?_count=x", NULL);
}

static void test_create_gives_an_id(void **state UNUSED)
{
    struct fixture_answer answer =
        wire_system_ask(201, "POST", "/Patient", PATIENT("mine", "Posted"));
    const char *id = wire_location_id(&answer);
    struct json json = wire_json(&answer);
    assert_slice(wire_value(&json, "id"), id);
    assert_string_not_equal(id, "mine");
    assert_slice(fixture_field(&answer, "ETag"), "W/\"1\"");
    wire_system_ask(404, "GET", "/Patient/mine", NULL);
    answer = wire_system_ask(200, "GET", wire_text("/Patient/%s/_history", id), NULL);
    json = wire_json(&answer);
    assert_slice(wire_value(&json, "entry.request.method"), "POST");
    /* an id of the server's own form cannot be taken by a client */
    wire_system_ask(400, "PUT", "/Patient/e7v.7v", PATIENT("e7v.7v", "Thief"));
}

static void test_if_match(void **state UNUSED)
{
    wire_system_ask(201, "PUT", "/Patient/match", PATIENT("match", "A"));
    with(200, "PUT", "/Patient/match", "If-Match: W/\"1\"\r\n", PATIENT("match", "B"));
    with(412, "PUT", "/Patient/match", "If-Match: W/\"1\"\r\n", PATIENT("match", "C"));
    with(412, "PUT", "/Patient/match", "If-Match: W/\"9\"\r\n", PATIENT("match", "C"));
    with(200, "PUT", "/Patient/match", "If-Match: \"2\"\r\n", PATIENT("match", "C"));
    with(400, "PUT", "/Patient/match", "If-Match: 3\r\n", PATIENT("match", "D"));
    with(400, "PUT", "/Patient/match", "If-Match: W/\"x\"\r\n", PATIENT("match", "D"));
    with(501, "PUT", "/Patient/match", "If-Match: W/\"3\", W/\"4\"\r\n", PATIENT("match", "D"));
    with(501, "PUT", "/Patient/match", "If-Match: *\r\n", PATIENT("match", "D"));
    with(412, "PUT", "/Patient/nobody", "If-Match: W/\"1\"\r\n", PATIENT("nobody", "D"));
    with(412, "DELETE", "/Patient/match", "If-Match: W/\"1\"\r\n", NULL);
    with(204, "DELETE", "/Patient/match", "If-Match: W/\"3\"\r\n", NULL);
}

static void test_not_modified(void **state UNUSED)
{
    wire_system_ask(201, "PUT", "/Patient/cached", PATIENT("cached", "A"));
    struct fixture_answer answer =
        with(304, "GET", "/Patient/cached", "If-None-Match: W/\"1\"\r\n", NULL);
    assert_int_equal(answer.body.len, 0);
    assert_slice(fixture_field(&answer, "ETag"), "W/\"1\"");
    with(304, "GET", "/Patient/cached", "If-None-Match: W/\"7\", \"1\"\r\n", NULL);
    with(304, "GET", "/Patient/cached", "If-None-Match: *\r\n", NULL);
    answer = with(200, "GET", "/Patient/cached", "If-None-Match: W/\"2\"\r\n", NULL);
    const char *modified = wire_text("If-Modified-Since: %.*s\r\n",
                                     SLICE_PRINT(fixture_field(&answer, "Last-Modified")));
    with(304, "GET", "/Patient/cached", modified, NULL);
    with(200, "GET", "/Patient/cached", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
         NULL);
    with(200, "GET", "/Patient/cached", "If-Modified-Since: yesterday\r\n", NULL);
    /* RFC 9110 section 13.2.2: If-None-Match alone counts when both are there */
    with(200, "GET", "/Patient/cached", wire_text("If-None-Match: W/\"2\"\r\n%s", modified), NULL);
}

static void test_prefer_return(void **state UNUSED)
{
    struct fixture_answer answer =
        with(201, "POST", "/Patient", "Prefer: return=minimal\r\n", PATIENT("x", "A"));
    assert_int_equal(answer.body.len, 0);
    assert_true(fixture_field(&answer, "Location").len > 0);
    answer =
        with(201, "POST", "/Patient", "Prefer: return=OperationOutcome\r\n", PATIENT("x", "A"));
    wire_check_outcome(&answer);
    answer = with(201, "POST", "/Patient", "Prefer: handling=strict, return=minimal\r\n",
                  PATIENT("x", "A"));
    assert_int_equal(answer.body.len, 0);
    answer = with(201, "POST", "/Patient",
                  "Prefer: handling=lenient\r\nPrefer: return=\"minimal\"\r\n", PATIENT("x", "A"));
    assert_int_equal(answer.body.len, 0);
    answer = with(201, "POST", "/Patient", "Prefer: return=representation\r\n", PATIENT("x", "A"));
    struct json json = wire_json(&answer);
    assert_slice(wire_value(&json, "name.family"), "A");
}

static void test_digits_are_kept(void **state UNUSED)
{
    struct fixture_answer answer = wire_system_ask(
        201, "POST", "/Observation",
        "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},"
        "\"valueQuantity\":{\"value\":10.10},\"component\":[{\"code\":{\"text\":\"y\"},"
        "\"valueQuantity\":{\"value\":1.2E+2}}]}");
    const char *id = wire_location_id(&answer);
    answer = wire_system_ask(200, "GET", wire_text("/Observation/%s", id), NULL);
    struct json json = wire_json(&answer);
    assert_slice(wire_value(&json, "valueQuantity.value"), "10.10");
    assert_slice(wire_value(&json, "component.valueQuantity.value"), "1.2E+2");
}

static void test_bad_bodies(void **state UNUSED)
{
    static const struct {
        const char *body;
        unsigned status;
    } bodies[] = {
        { "", 400 },
        { "{", 400 },
        { "[]", 400 },
        { "{\"resourceType\":\"Patient\",\"resourceType\":\"Patient\"}", 400 },
        { "{\"resourceType\":\"Patient\",\"nonsense\":1}", 422 },
        { "{\"resourceType\":\"Patient\",\"gender\":\"robot\"}", 422 },
        { "{\"resourceType\":\"Patient\",\"name\":[]}", 422 },
        { "{\"resourceType\":\"Patient\",\"birthDate\":\"yesterday\"}", 422 },
        { "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{}}", 400 },
        { "{\"resourceType\":\"Person\"}", 400 },
        { "{\"name\":[]}", 400 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bodies); i++) {
        print_message("body: %s\n", bodies[i].body);
        wire_system_ask(bodies[i].status, "POST", "/Patient", bodies[i].body);
    }
    wire_system_ask(400, "PUT", "/Patient/one", PATIENT("two", "A"));
    wire_system_ask(400, "PUT", "/Patient/one", "{\"resourceType\":\"Patient\"}");
    wire_system_ask(
        422, "POST", "/Observation",
        "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\""
        "},\"subject\":{\"reference\":\"Patient/not-there\"}}");
    with(501, "POST", "/Patient", "If-None-Exist: identifier=1\r\n", PATIENT("x", "A"));
    with(501, "PUT", "/Patient/x", "If-None-Match: *\r\n", PATIENT("x", "A"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_life_twice_over),    cmocka_unit_test(test_history_in_pages),
    cmocka_unit_test(test_create_gives_an_id), cmocka_unit_test(test_if_match),
    cmocka_unit_test(test_not_modified),       cmocka_unit_test(test_prefer_return),
    cmocka_unit_test(test_digits_are_kept),    cmocka_unit_test(test_bad_bodies),
};

WIRE_MAIN(tests)
