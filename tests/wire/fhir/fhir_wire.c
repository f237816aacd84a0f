/*
 * fhir_wire.c: requests and checks for the tests of the FHIR API.
 */
#include "wire/fhir/fhir_wire.h"

#include <stdarg.h>

struct exchange_fixture wire;
struct slice wire_system;
unsigned wire_request_ms;
static bool is_sqlite;

bool wire_is_sqlite(void)
{
    return is_sqlite;
}

const char *wire_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(&wire.arena, format, arguments);
    va_end(arguments);
    assert_non_null(text.ptr);
    return text.ptr;
}

struct fixture_answer wire_ask(unsigned status, const char *method, struct slice token,
                               const char *path, const char *fields, struct slice body)
{
    bool is_whole = strncmp(path, "/orgs/", 6) == 0;
    struct fixture_answer answer = fixture_request(
        &wire, method, is_whole ? path : wire_text("%s%s", WIRE_BASE, path), token, fields, body);
    if (answer.status != status) {
        fail_msg("%s %s: expected %u, found %u: %.*s", method, path, status, answer.status,
                 (int)(answer.body.len > 1000 ? 1000 : answer.body.len), answer.body.ptr);
    }
    if (status >= 400 && strcmp(method, "HEAD") != 0) {
        wire_check_outcome(&answer);
    }
    return answer;
}

struct fixture_answer wire_system_ask(unsigned status, const char *method, const char *path,
                                      const char *body)
{
    return wire_ask(status, method, wire_system, path, body == NULL ? NULL : JSON_TYPE,
                    body == NULL ? NOTHING : slice_from_string(body));
}

struct json wire_json(const struct fixture_answer *answer)
{
    struct json json;
    struct fault fault = FAULT_INIT;
    if (!json_parse(&wire.arena, answer->body, &json, &fault)) {
        fail_msg("no JSON (%.*s): %.*s", SLICE_PRINT(fault.message), SLICE_PRINT(answer->body));
    }
    return json;
}

struct slice wire_value(const struct json *json, const char *path)
{
    struct slice rest = slice_from_string(path), name;
    json_ix at = 0;
    while (at != JSON_NONE && slice_split(&rest, '.', &name)) {
        if (json_is(json, at, JSON_ARRAY)) {
            at = json_first(json, at);
        }
        at = at == JSON_NONE ? at : json_member(json, at, name);
    }
    if (at != JSON_NONE && json_is(json, at, JSON_ARRAY)) {
        at = json_first(json, at);
    }
    if (at == JSON_NONE) {
        return NOTHING;
    }
    return json_is(json, at, JSON_STRING) ? json_string(json, at, &wire.arena) : json_raw(json, at);
}

uint32_t wire_entries(const struct json *json)
{
    json_ix list = json_member(json, 0, SLICE("entry"));
    return list == JSON_NONE ? 0 : json_size(json, list);
}

void wire_check_outcome(const struct fixture_answer *answer)
{
    struct json json = wire_json(answer);
    assert_slice(wire_value(&json, "resourceType"), "OperationOutcome");
    assert_true(wire_value(&json, "issue.severity").len > 0);
    assert_true(wire_value(&json, "issue.code").len > 0);
    assert_slice(fixture_field(answer, "Content-Type"), "application/fhir+json; charset=utf-8");
    assert_int_equal(slice_find(answer->body, '<'), answer->body.len);
}

const char *wire_link(const struct json *json, const char *relation)
{
    json_ix links = json_member(json, 0, SLICE("link"));
    json_each_element(json, links, link)
    {
        struct slice name = json_member_string(json, link, SLICE("relation"), &wire.arena);
        struct slice url = json_member_string(json, link, SLICE("url"), &wire.arena);
        if (slice_equal(name, slice_from_string(relation))) {
            assert_true(slice_starts_with(url, slice_from_string(wire.base_url)));
            return wire_text("%.*s", SLICE_PRINT(slice_from(url, strlen(wire.base_url))));
        }
    }
    return NULL;
}

const char *wire_location_id(const struct fixture_answer *answer)
{
    struct slice location = fixture_field(answer, "Location");
    size_t end = slice_find_slice(location, SLICE("/_history/"));
    size_t start = end;
    assert_true(end < location.len);
    while (start > 0 && location.ptr[start - 1] != '/') {
        start--;
    }
    return wire_text("%.*s", SLICE_PRINT(slice_sub(location, start, end - start)));
}

const char *wire_make_patient(const char *nhs_number, const char *family, const char *born)
{
    const char *body = wire_text(
        "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":"
        "\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"%s\"}],\"name\":[{\"family\":\"%s\"}],"
        "\"birthDate\":\"%s\"}",
        nhs_number, family, born);
    struct fixture_answer answer = wire_system_ask(201, "POST", "/Patient", body);
    return wire_location_id(&answer);
}

int wire_main(int argc, char **argv, const struct CMUnitTest *tests, size_t count)
{
    is_sqlite = argc > 1 && strcmp(argv[1], "sqlite") == 0;
    exchange_fixture_start(&wire, is_sqlite ? FIXTURE_SQLITE : FIXTURE_MEMORY, wire_request_ms);
    wire_system = fixture_token(&wire, ROLE_SYSTEM, "FX1");
    int failed = _cmocka_run_group_tests(is_sqlite ? "sqlite" : "memory", tests, count, NULL, NULL);
    exchange_fixture_stop(&wire);
    return failed;
}
