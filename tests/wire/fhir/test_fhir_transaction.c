/*
 * test_fhir_transaction.c: bundles over the wire: all or nothing, references rewritten wherever
 * they stand, duplicates and broken references refused with their place. Rules 21 and 24.
 */
#include <dirent.h>

#include "wire/fhir/fhir_wire.h"

#define BUNDLE(entries)                                                                            \
    "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" entries "]}"
#define ENTRY(url, resource, method, address)                                                      \
    "{\"fullUrl\":\"" url "\",\"resource\":" resource ",\"request\":{\"method\":\"" method         \
    "\",\"url\":\"" address "\"}}"

#define URN_A "urn:uuid:00000000-0000-4000-8000-00000000000a"
#define URN_B "urn:uuid:00000000-0000-4000-8000-00000000000b"
#define URN_C "urn:uuid:00000000-0000-4000-8000-00000000000c"

static struct json post(unsigned status, const char *bundle)
{
    struct fixture_answer answer = wire_system_ask(status, "POST", "", bundle);
    return wire_json(&answer);
}

/* the location of the n-th entry: Type/id/_history/v */
static const char *location(const struct json *json, uint32_t n)
{
    json_ix list = json_member(json, 0, SLICE("entry"));
    json_each_element(json, list, entry)
    {
        if (n-- == 0) {
            json_ix response = json_member(json, entry, SLICE("response"));
            return wire_text("%.*s", SLICE_PRINT(json_member_string(
                                         json, response, SLICE("location"), &wire.arena)));
        }
    }
    fail();
    return NULL;
}

static struct json read_at(const char *where)
{
    struct fixture_answer answer = wire_system_ask(200, "GET", wire_text("/%s", where), NULL);
    return wire_json(&answer);
}

static uint64_t count_of(const char *type)
{
    uint64_t count = 0;
    struct json json = read_at(wire_text("%s?_summary=count", type));
    assert_true(slice_to_u64(wire_value(&json, "total"), &count));
    return count;
}

static void test_references_are_rewritten(void **state UNUSED)
{
    struct json json = post(
        200, BUNDLE(ENTRY(URN_B,
                          "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{"
                          "\"text\":\"x\"},\"subject\":{\"reference\":\"" URN_A "\"},"
                          "\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns=\\\"http://"
                          "www.w3.org/1999/xhtml\\\"><a href=\\\"" URN_A "\\\">x</a></div>\"}}",
                          "POST", "Observation") "," ENTRY(URN_A,
                                                           "{\"resourceType\":\"Patient\",\"name\":"
                                                           "[{\"family\":\"Bundled\"}]}",
                                                           "POST", "Patient")));
    assert_slice(wire_value(&json, "type"), "transaction-response");
    assert_slice(wire_value(&json, "entry.response.status"), "201 Created");
    assert_slice(wire_value(&json, "entry.response.etag"), "W/\"1\"");
    assert_true(wire_value(&json, "entry.response.lastModified").len > 0);
    struct json patient = read_at(location(&json, 1));
    struct json observation = read_at(location(&json, 0));
    const char *reference = wire_text("Patient/%.*s", SLICE_PRINT(wire_value(&patient, "id")));
    assert_slice(wire_value(&observation, "subject.reference"), reference);
    struct slice div = wire_value(&observation, "text.div");
    assert_true(slice_find_slice(div, slice_from_string(reference)) < div.len);
}

static void test_circles(void **state UNUSED)
{
    struct json json = post(
        200, BUNDLE(ENTRY(URN_A, "{\"resourceType\":\"Patient\"}", "POST", "Patient") "," ENTRY(
                 URN_B,
                 "{\"resourceType\":\"Condition\",\"subject\":{\"reference\":\"" URN_A
                 "\"},\"evidence\":[{\"detail\":[{\"reference\":\"" URN_C "\"}]}]}",
                 "POST", "Condition") "," ENTRY(URN_C,
                                                "{\"resourceType\":\"Observation\",\"status\":"
                                                "\"final\",\"code\":{\"text\":"
                                                "\"x\"},\"subject\":{\"reference\":\"" URN_A
                                                "\"},\"focus\":[{\"reference\":\"" URN_B "\"}]}",
                                                "POST", "Observation")));
    struct json condition = read_at(location(&json, 1));
    struct json observation = read_at(location(&json, 2));
    assert_slice(wire_value(&condition, "evidence.detail.reference"),
                 wire_text("Observation/%.*s", SLICE_PRINT(wire_value(&observation, "id"))));
    assert_slice(wire_value(&observation, "focus.reference"),
                 wire_text("Condition/%.*s", SLICE_PRINT(wire_value(&condition, "id"))));
}

static void test_ids_of_the_sender(void **state UNUSED)
{
    /* PUT keeps its id; a POST with a RESTful fullUrl is meant by its Type/id */
    struct json json = post(
        200,
        BUNDLE(ENTRY(
            "http://else.where/fhir/Patient/p9",
            "{\"resourceType\":\"Patient\",\"id\":"
            "\"p9\"}",
            "PUT",
            "Patient/p9") "," ENTRY("http://else.where/fhir/Practitioner/d9",
                                    "{\"resourceType\":\"Practitioner\",\"id\":\"d9\"}", "POST",
                                    "Practitioner") "," ENTRY("http://else.where/fhir/Condition/c9",
                                                              "{\"resourceType\":\"Condition\","
                                                              "\"id\":\"c9\",\"subject\":{"
                                                              "\"reference\":"
                                                              "\"Patient/"
                                                              "p9\"},\"asserter\":{\"reference\":"
                                                              "\"Practitioner/d9\"}}",
                                                              "PUT", "Condition/c9")));
    assert_string_equal(location(&json, 0), "Patient/p9/_history/1");
    struct json condition = read_at("Condition/c9");
    struct json doctor = read_at(location(&json, 1));
    assert_slice(wire_value(&condition, "subject.reference"), "Patient/p9");
    assert_slice(wire_value(&condition, "asserter.reference"),
                 wire_text("Practitioner/%.*s", SLICE_PRINT(wire_value(&doctor, "id"))));
}

static void test_delete_update_and_order(void **state UNUSED)
{
    wire_system_ask(201, "PUT", "/Patient/old", "{\"resourceType\":\"Patient\",\"id\":\"old\"}");
    struct json json =
        post(200, BUNDLE(ENTRY("http://x/Patient/p9",
                               "{\"resourceType\":\"Patient\",\"id\":\"p9\",\"active\":true}",
                               "PUT", "Patient/p9") ",{\"request\":{\"method\":\"DELETE\",\"url\":"
                                                    "\"Patient/old\"}}"
                                                    ",{\"request\":{\"method\":\"DELETE\",\"url\":"
                                                    "\"Patient/never\"}}"));
    assert_slice(wire_value(&json, "entry.response.status"), "200 OK");
    assert_string_equal(location(&json, 0), "Patient/p9/_history/2");
    assert_string_equal(location(&json, 1), "");
    wire_system_ask(410, "GET", "/Patient/old", NULL);
    wire_system_ask(404, "GET", "/Patient/never", NULL);
}

/* each is refused whole, and the outcome names the place */
static void test_refused_whole(void **state UNUSED)
{
    static const struct {
        unsigned status;
        const char *place;
        const char *bundle;
    } refused[] = {
        { 422, "Bundle.entry[1]",
          BUNDLE(ENTRY(URN_A, "{\"resourceType\":\"Patient\"}", "POST", "Patient") "," ENTRY(
              URN_B,
              "{\"resourceType\":\"Condition\",\"subject\":{\"reference\":\"urn:uuid:nobody\"}}",
              "POST", "Condition")) },
        { 422, "Bundle.entry[1]",
          BUNDLE(ENTRY(URN_A, "{\"resourceType\":\"Patient\"}", "POST", "Patient") "," ENTRY(
              URN_B,
              "{\"resourceType\":\"Condition\",\"subject\":{\"reference\":\"Patient/not-there\"}}",
              "POST", "Condition")) },
        { 422, "Bundle.entry[1]",
          BUNDLE(ENTRY(URN_A, "{\"resourceType\":\"Patient\"}", "POST", "Patient") "," ENTRY(
              URN_B, "{\"resourceType\":\"Patient\",\"gender\":\"robot\"}", "POST", "Patient")) },
        { 400, "Bundle.entry[1]",
          BUNDLE(ENTRY(URN_A, "{\"resourceType\":\"Patient\"}", "POST", "Patient") "," ENTRY(
              URN_A, "{\"resourceType\":\"Patient\"}", "POST", "Patient")) },
        { 400, "Bundle.entry[1]",
          BUNDLE(ENTRY(URN_A, "{\"resourceType\":\"Patient\",\"id\":\"twice\"}", "PUT",
                       "Patient/twice") ",{\"request\":{\"method\":\"DELETE\",\"url\":"
                                        "\"Patient/twice\"}}") },
        { 501, "Bundle.entry[0]",
          BUNDLE("{\"resource\":{\"resourceType\":\"Patient\"},\"request\":{\"method\":\"POST\","
                 "\"url\":\"Patient\",\"ifNoneExist\":\"identifier=1\"}}") },
        { 501, "Bundle.entry[1]",
          BUNDLE(ENTRY(URN_A, "{\"resourceType\":\"Patient\"}", "POST", "Patient") "," ENTRY(
              URN_B,
              "{\"resourceType\":\"Condition\",\"subject\":{\"reference\":\"Patient?identifier=1\"}"
              "}",
              "POST", "Condition")) },
        { 501, "Bundle.entry[0]",
          BUNDLE("{\"request\":{\"method\":\"GET\",\"url\":\"Patient/1\"}}") },
        { 412, "Bundle.entry[0]",
          BUNDLE("{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"p9\",\"active\":false},"
                 "\"request\":{\"method\":\"PUT\",\"url\":\"Patient/p9\",\"ifMatch\":\"W/\\\"77\\\""
                 "\"}}") },
        { 400, "Bundle.entry[0]", BUNDLE("{\"resource\":{\"resourceType\":\"Patient\"}}") },
        { 501, "Bundle.type", "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[]}" },
        { 400, "Bundle", "{\"resourceType\":\"Patient\"}" },
        { 400, "line", "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{" },
    };
    uint64_t patients = count_of("Patient"), conditions = count_of("Condition");
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        struct fixture_answer answer =
            wire_system_ask(refused[i].status, "POST", "", refused[i].bundle);
        if (slice_find_slice(answer.body, slice_from_string(refused[i].place)) == answer.body.len) {
            fail_msg("case %zu: no %s in %.*s", i, refused[i].place, SLICE_PRINT(answer.body));
        }
    }
    assert_int_equal(count_of("Patient"), patients);
    assert_int_equal(count_of("Condition"), conditions);
}

static void test_empty_bundle(void **state UNUSED)
{
    struct json json = post(200, "{\"resourceType\":\"Bundle\",\"type\":\"transaction\"}");
    assert_slice(wire_value(&json, "type"), "transaction-response");
    assert_int_equal(wire_entries(&json), 0);
}

static void test_if_match_in_a_bundle(void **state UNUSED)
{
    wire_system_ask(201, "PUT", "/Patient/m", "{\"resourceType\":\"Patient\",\"id\":\"m\"}");
    struct json json = post(
        200, BUNDLE("{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"m\",\"active\":true},"
                    "\"request\":{\"method\":\"PUT\",\"url\":\"Patient/m\",\"ifMatch\":"
                    "\"W/\\\"1\\\"\"}}"));
    assert_slice(wire_value(&json, "entry.response.etag"), "W/\"2\"");
}

/* a patient can be found by people as soon as the write is answered */
static void test_linked_before_the_answer(void **state UNUSED)
{
    struct slice doctor = fixture_token(&wire, ROLE_EMERGENCY_DOCTOR, "FX1");
    for (int i = 0; i < 20; i++) {
        struct json json =
            post(200, BUNDLE(ENTRY(URN_A, "{\"resourceType\":\"Patient\"}", "POST", "Patient")));
        const char *where = location(&json, 0);
        const char *id = wire_text("%.*s", (int)(strstr(where, "/_history") - where), where);
        wire_ask(200, "GET", doctor, wire_text("/%s", id), NULL, NOTHING);
    }
}

static struct slice synthea(const char *folder, const char *name)
{
    char path[TEST_PATH];
    size_t len;
    test_path(path, folder, name);
    char *text = test_file_read(path, &len);
    assert_non_null(text);
    return slice_of(text, len);
}

static void test_synthea_bundle(void **state UNUSED)
{
    const char *data = getenv("EVENLODE_DATA");
    char folder[TEST_PATH];
    snprintf(folder, sizeof folder, "%s/synthea-r4", data == NULL ? "../shared/data" : data);
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        print_message("skipped: no Synthea bundles in %s\n", folder);
        skip();
        return;
    }
    struct dirent *entry;
    unsigned posted = 0;
    while ((entry = readdir(directory)) != NULL && posted < 3) {
        if (!slice_ends_with(slice_from_string(entry->d_name), SLICE(".json"))) {
            continue;
        }
        struct slice text = synthea(folder, entry->d_name);
        struct json sent, got;
        struct fault fault;
        assert_true(json_parse(&wire.arena, text, &sent, &fault));
        struct fixture_answer answer = wire_ask(200, "POST", wire_system, "", JSON_TYPE, text);
        got = wire_json(&answer);
        assert_int_equal(wire_entries(&got), wire_entries(&sent));
        free((char *)text.ptr);
        posted++;
    }
    closedir(directory);
    assert_true(posted > 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_references_are_rewritten),
    cmocka_unit_test(test_circles),
    cmocka_unit_test(test_ids_of_the_sender),
    cmocka_unit_test(test_delete_update_and_order),
    cmocka_unit_test(test_refused_whole),
    cmocka_unit_test(test_empty_bundle),
    cmocka_unit_test(test_if_match_in_a_bundle),
    cmocka_unit_test(test_linked_before_the_answer),
    cmocka_unit_test(test_synthea_bundle),
};

WIRE_MAIN(tests)
