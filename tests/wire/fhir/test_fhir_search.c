/*
 * test_fhir_search.c: search over the wire: conditions, links, pages while others write, totals,
 * unknown parameters, forms. Rules 16, 17, 19 and 32; threat T3.
 */
#include "wire/fhir/fhir_wire.h"

static const char *mary; /* ids of Patients */
static const char *john;

static void make_observation(const char *patient, const char *code, int number)
{
    wire_system_ask(201, "POST", "/Observation",
                    wire_text("{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{"
                              "\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"%s\"}]},"
                              "\"subject\":{\"reference\":\"Patient/%s\"},"
                              "\"effectiveDateTime\":\"2024-01-%02d\","
                              "\"valueQuantity\":{\"value\":%d,\"unit\":\"mmol/L\"}}",
                              code, patient, number % 28 + 1, number));
}

static void test_make_people(void **state UNUSED)
{
    mary = wire_make_patient("9990000018", "Search", "1950-01-01");
    john = wire_make_patient("9990000026", "Other", "1960-01-01");
    for (int i = 0; i < 25; i++) {
        make_observation(mary, i % 2 == 0 ? "2823-3" : "718-7", i);
    }
    make_observation(john, "2823-3", 99);
}

static struct json find(const char *query)
{
    struct fixture_answer answer = wire_system_ask(200, "GET", query, NULL);
    struct json json = wire_json(&answer);
    assert_slice(wire_value(&json, "resourceType"), "Bundle");
    assert_slice(wire_value(&json, "type"), "searchset");
    return json;
}

static void check_total(const char *query, const char *total, uint32_t entries)
{
    struct json json = find(query);
    assert_slice(wire_value(&json, "total"), total);
    assert_int_equal(wire_entries(&json), entries);
}

static void test_conditions(void **state UNUSED)
{
    check_total(wire_text("/Observation?patient=%s", mary), "25", 25);
    check_total(wire_text("/Observation?subject=Patient/%s&code=718-7", mary), "12", 12);
    check_total(wire_text("/Observation?subject=%s%s/Patient/%s&code=http://loinc.org|718-7",
                          wire.base_url, WIRE_BASE, mary),
                "12", 12);
    check_total("/Observation?code=2823-3", "14", 14);
    check_total("/Observation?code=|2823-3", "0", 0);
    check_total("/Observation?value-quantity=gt90", "1", 1);
    check_total("/Patient?identifier=9990000018", "1", 1);
    check_total("/Patient?family=sear", "1", 1);
    check_total("/Patient?birthdate=lt1955", "1", 1);
    check_total(wire_text("/Patient?_id=%s", mary), "1", 1);
    check_total("/Patient?_id=nobody", "0", 0);
    check_total("/Patient?_lastUpdated=gt2100-01-01", "0", 0);
    check_total("/Observation?patient=nobody", "0", 0);
}

static void test_counts(void **state UNUSED)
{
    check_total("/Observation?code=2823-3&_summary=count", "14", 0);
    check_total("/Observation?code=2823-3&_count=0", "14", 0);
    check_total("/Observation?_total=accurate&_count=3", "26", 3);
    struct json json = find("/Observation?_total=none");
    assert_slice(wire_value(&json, "total"), "");
    json = find("/Observation?_count=3");
    assert_slice(wire_value(&json, "total"), ""); /* not known without counting */
    assert_non_null(wire_link(&json, "next"));
}

static const char *last_updated_of(const struct json *json, json_ix entry)
{
    json_ix meta = json_path(json, entry, "resource", "meta", NULL);
    return wire_text(
        "%.*s", SLICE_PRINT(json_member_string(json, meta, SLICE("lastUpdated"), &wire.arena)));
}

static void test_sort(void **state UNUSED)
{
    struct json json = find(wire_text("/Observation?patient=%s&_sort=-_lastUpdated", mary));
    const char *before = "9999";
    json_ix list = json_member(&json, 0, SLICE("entry"));
    json_each_element(&json, list, entry)
    {
        const char *updated = last_updated_of(&json, entry);
        assert_true(strcmp(updated, before) <= 0);
        before = updated;
    }
    wire_system_ask(501, "GET", "/Observation?_sort=code", NULL);
    wire_system_ask(400, "GET", "/Observation?_sort=nonsense", NULL);
}

/* ids of all pages, each page followed by a write that must not show in the next */
static size_t collect(const char *path, char ids[][RESOURCE_ID_SIZE], size_t most)
{
    size_t count = 0;
    while (path != NULL) {
        struct fixture_answer answer = wire_ask(200, "GET", wire_system, path, NULL, NOTHING);
        struct json json = wire_json(&answer);
        json_ix list = json_member(&json, 0, SLICE("entry"));
        json_each_element(&json, list, entry)
        {
            json_ix resource = json_member(&json, entry, SLICE("resource"));
            struct slice id = json_member_string(&json, resource, SLICE("id"), &wire.arena);
            assert_true(count < most);
            snprintf(ids[count++], RESOURCE_ID_SIZE, "%.*s", SLICE_PRINT(id));
        }
        path = wire_link(&json, "next");
        make_observation(mary, "55555-5", 1);
        if (count > 3) {
            wire_system_ask(204, "DELETE", wire_text("/Observation/%s", ids[count - 2]), NULL);
        }
    }
    return count;
}

static void test_pages_while_others_write(void **state UNUSED)
{
    static const char *const queries[] = {
        "/Observation?patient=%s&code=2823-3&_count=3",
        "/Observation?patient=%s&code=718-7&_count=3&_sort=_id",
        "/Observation?patient=%s&code=2823-3,718-7&_count=2&_sort=-_lastUpdated",
    };
    static char ids[100][RESOURCE_ID_SIZE];
    for (size_t i = 0; i < ARRAY_LENGTH(queries); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        const char *first = wire_text(queries[i], mary);
#pragma GCC diagnostic pop
        const char *path = wire_text("%s%s", WIRE_BASE, first);
        struct json json = find(wire_text("%s&_total=accurate", first));
        uint64_t total = 0;
        assert_true(slice_to_u64(wire_value(&json, "total"), &total));
        size_t count = collect(path, ids, ARRAY_LENGTH(ids));
        assert_int_equal(count, total); /* what was deleted had been given; what came is not */
        for (size_t a = 0; a < count; a++) {
            for (size_t b = a + 1; b < count; b++) {
                assert_string_not_equal(ids[a], ids[b]);
            }
        }
    }
}

static void test_page_links_serve_their_own_question(void **state UNUSED)
{
    struct json json = find(wire_text("/Observation?patient=%s&_count=2&_format=json", mary));
    const char *next = wire_link(&json, "next");
    assert_non_null(strstr(next, "_format=json"));
    wire_ask(200, "GET", wire_system, next, NULL, NOTHING);
    /* another user, another role, nobody */
    struct slice other = fixture_token(&wire, ROLE_SYSTEM, "FX2");
    struct slice doctor = fixture_token(&wire, ROLE_EMERGENCY_DOCTOR, "FX1");
    wire_ask(400, "GET", other, next, NULL, NOTHING);
    wire_ask(400, "GET", doctor, next, NULL, NOTHING);
    wire_ask(401, "GET", NOTHING, next, NULL, NOTHING);
    /* another query, another type, a changed position or MAC */
    const char *page = strstr(next, "_page=");
    wire_system_ask(400, "GET", wire_text("/Observation?patient=%s&_count=2&%s", john, page), NULL);
    wire_system_ask(400, "GET", wire_text("/Observation?_count=2&%s", page), NULL);
    wire_system_ask(400, "GET", wire_text("/Condition?patient=%s&_count=2&%s", mary, page), NULL);
    wire_system_ask(400, "GET", wire_text("/Observation?patient=%s&_count=2&_page=x", mary), NULL);
    char *changed = arena_string(&wire.arena, slice_from_string(next));
    changed[strlen(changed) - 1] = changed[strlen(changed) - 1] == 'A' ? 'Q' : 'A';
    wire_ask(400, "GET", wire_system, changed, NULL, NOTHING);
}

static void test_unknown_parameters(void **state UNUSED)
{
    struct json json = find("/Patient?favourite-colour=blue&family=sear");
    assert_int_equal(wire_entries(&json), 2);
    assert_null(strstr(wire_link(&json, "self"), "favourite"));
    assert_non_null(strstr(wire_link(&json, "self"), "family=sear"));
    json_ix list = json_member(&json, 0, SLICE("entry"));
    json_ix last = json_next(&json, list, json_first(&json, list));
    json_ix mode = json_path(&json, last, "search", "mode", NULL);
    assert_true(json_string_equal(&json, mode, SLICE("outcome")));
    json_ix resource = json_member(&json, last, SLICE("resource"));
    struct slice warning = json_raw(&json, resource);
    assert_true(slice_find_slice(warning, SLICE("favourite-colour")) < warning.len);
    assert_true(slice_find_slice(warning, SLICE("\"warning\"")) < warning.len);
    wire_ask(400, "GET", wire_system, "/Patient?favourite-colour=blue",
             "Prefer: handling=strict\r\n", NOTHING);
    /* what FHIR defines and is not offered is never ignored */
    wire_system_ask(501, "GET", "/Observation?_include=Observation:subject", NULL);
    wire_system_ask(501, "GET", "/Observation?subject.name=x", NULL);
    wire_system_ask(400, "GET", "/Observation?date=yesterday", NULL);
}

static void test_forms(void **state UNUSED)
{
    static const char form[] = "Content-Type: application/x-www-form-urlencoded\r\n";
    struct slice body = slice_from_string(wire_text("patient=%s&code=718-7", mary));
    struct fixture_answer answer =
        wire_ask(200, "POST", wire_system, "/Observation/_search?_count=2", form, body);
    struct json json = wire_json(&answer);
    assert_int_equal(wire_entries(&json), 2);
    assert_non_null(strstr(wire_link(&json, "self"), "code=718-7"));
    assert_non_null(strstr(wire_link(&json, "self"), "_count=2"));
    answer = wire_ask(200, "GET", wire_system, wire_link(&json, "next"), NULL, NOTHING);
    wire_ask(200, "POST", wire_system, "/Observation/_search/", form, body);
    wire_ask(404, "POST", wire_system, "/Observation/_Search", form, body);
    wire_ask(415, "POST", wire_system, "/Observation/_search", JSON_TYPE, SLICE("{}"));
    wire_ask(200, "POST", wire_system, "/Observation/_search", form, SLICE(""));
}

static void test_everything(void **state UNUSED)
{
    wire_system_ask(201, "PUT", "/Practitioner/doc",
                    "{\"resourceType\":\"Practitioner\",\"id\":\"doc\"}");
    wire_system_ask(201, "PUT", "/Practitioner/stranger",
                    "{\"resourceType\":\"Practitioner\",\"id\":\"stranger\"}");
    wire_system_ask(
        201, "POST", "/Condition",
        wire_text("{\"resourceType\":\"Condition\",\"subject\":{\"reference\":\"Patient/"
                  "%s\"},\"asserter\":{\"reference\":\"Practitioner/doc\"}}",
                  john));
    struct json json = find(wire_text("/Patient/%s/$everything", john));
    assert_slice(wire_value(&json, "total"), "4"); /* Patient, Observation, Condition, doc */
    assert_slice(wire_value(&json, "entry.resource.resourceType"), "Patient");
    const char *path = wire_text("%s/Patient/%s/$everything?_count=1", WIRE_BASE, john);
    unsigned pages = 0;
    while (path != NULL) {
        struct fixture_answer answer = wire_ask(200, "GET", wire_system, path, NULL, NOTHING);
        json = wire_json(&answer);
        assert_int_equal(wire_entries(&json), 1);
        path = wire_link(&json, "next");
        pages++;
    }
    assert_int_equal(pages, 4);
    wire_system_ask(404, "GET", "/Patient/nobody/$everything", NULL);
    wire_system_ask(501, "GET", wire_text("/Patient/%s/$everything?_since=2020", john), NULL);
    wire_system_ask(405, "POST", wire_text("/Patient/%s/$everything", john), "{}");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_make_people),
    cmocka_unit_test(test_conditions),
    cmocka_unit_test(test_counts),
    cmocka_unit_test(test_sort),
    cmocka_unit_test(test_everything),
    cmocka_unit_test(test_forms),
    cmocka_unit_test(test_unknown_parameters),
    cmocka_unit_test(test_page_links_serve_their_own_question),
    cmocka_unit_test(test_pages_while_others_write),
};

WIRE_MAIN(tests)
