/*
 * test_fhir_noise.c: requests put together at random from pieces that mean something and pieces
 * that do not. Whatever comes, the answer is no 500, no HTML, and a refusal is an OperationOutcome
 * (rule 34). Deterministic: the seed is fixed, and a failure prints the request.
 */
#include "wire/fhir/fhir_wire.h"

#define REQUESTS 3000

static uint64_t random_state = 20261123;

static size_t draw(size_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % below);
}

#define PICK(list) ((list)[draw(ARRAY_LENGTH(list))])

static const char *const methods[] = { "GET",    "GET",  "GET",   "POST",    "PUT",
                                       "DELETE", "HEAD", "PATCH", "OPTIONS", "BREW" };
static const char *const segments[] = { "Patient", "Observation", "Condition", "Bundle",   "n1",
                                        "n2",      "_history",    "_search",   "metadata", "1",
                                        "99",      "$everything", "$x",        "",         "%20",
                                        "%C3%A9",  "%FF",         "a_b",       "-",        ".." };
static const char *const names[] = { "_id",
                                     "_count",
                                     "_sort",
                                     "_total",
                                     "_summary",
                                     "_lastUpdated",
                                     "_page",
                                     "_format",
                                     "_include",
                                     "_has",
                                     "name",
                                     "name:exact",
                                     "name:nope",
                                     "birthdate",
                                     "code",
                                     "patient",
                                     "subject",
                                     "subject:Patient",
                                     "value-quantity",
                                     "identifier",
                                     "x",
                                     "patient.name",
                                     "code:not",
                                     "status:missing",
                                     "%00",
                                     "" };
static const char *const values[] = { "1",
                                      "0",
                                      "-1",
                                      "n1",
                                      "Patient/n1",
                                      "count",
                                      "true",
                                      "accurate",
                                      "2020",
                                      "gt2020-01",
                                      "ap2020",
                                      "_id",
                                      "-_lastUpdated",
                                      "a,b,c",
                                      "%7C",
                                      "a%7Cb",
                                      "%7Cb",
                                      "%5C%2C",
                                      "5.4%7C%7Cmg",
                                      "lt1e400",
                                      "json",
                                      "xml",
                                      "%F0%9F%92%89",
                                      "",
                                      "999999999999999999999",
                                      "0.AAAA.AAAA",
                                      "f.f.f",
                                      "http://x/Patient/1" };
static const char *const fields[] = { "",
                                      "",
                                      JSON_TYPE,
                                      JSON_TYPE,
                                      JSON_TYPE,
                                      "Content-Type: application/x-www-form-urlencoded\r\n",
                                      "Content-Type: ;;;\r\n",
                                      "Accept: */*;q=0.0001\r\n",
                                      "Accept: ,;=,\r\n",
                                      "If-Match: W/\"1\"\r\n",
                                      "If-Match: \"\"\r\n",
                                      "If-None-Match: W/\"1\", *\r\n",
                                      "If-Modified-Since: never\r\n",
                                      "Prefer: ;;handling=strict\r\n",
                                      "Prefer: return=OperationOutcome\r\n" };
static const char *const bodies[] = {
    "",
    "{}",
    "[]",
    "null",
    "{\"resourceType\":\"Patient\",\"id\":\"n1\"}",
    "{\"resourceType\":\"Patient\",\"id\":\"n2\",\"name\":[{\"family\":\"N\"}]}",
    "{\"resourceType\":\"Patient\",\"id\":1}",
    "{\"resourceType\":\"Patient\",\"meta\":[]}",
    "{\"resourceType\":\"Patient\",\"meta\":{\"versionId\":7}}",
    "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{"
    "\"reference\":\"Patient/n1\"}}",
    "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{"
    "\"reference\":\"#\"}}",
    "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{}]}",
    "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":"
    "\"DELETE\",\"url\":\"Patient/n2\"}}]}",
    "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":{}}",
    "{\"resourceType\":\"Bundle\",\"type\":7}",
    "patient=n1&_count=1",
    "\xff\xfe",
    "{\"a\":"
};

/* addresses that there are, as long as nothing is added to them */
static const char *const addresses[] = { "",
                                         "/metadata",
                                         "/Patient",
                                         "/Observation",
                                         "/Patient/n1",
                                         "/Patient/n2",
                                         "/Patient/n1/_history",
                                         "/Patient/n1/_history/1",
                                         "/Patient/n1/$everything",
                                         "/Patient/_search" };

static const char *make_path(void)
{
    const char *path = draw(20) == 0 ? "/orgs/FX1/fhir" : WIRE_BASE;
    if (draw(3) > 0) {
        path = wire_text("%s%s", path, PICK(addresses));
    } else {
        for (size_t n = draw(5); n > 0; n--) {
            path = wire_text("%s/%s", path, PICK(segments));
        }
    }
    for (size_t n = draw(4), first = n; n > 0; n--) {
        path = wire_text("%s%c%s=%s", path, n == first ? '?' : '&', PICK(names), PICK(values));
    }
    return path;
}

static void check(const struct fixture_answer *answer, const char *method, const char *path)
{
    bool head = strcmp(method, "HEAD") == 0;
    if (answer->status < 200 || answer->status == 500 || answer->status == 503 ||
        answer->status == 504) {
        fail_msg("%s %s: %u %.*s", method, path, answer->status, SLICE_PRINT(answer->body));
    }
    struct slice type = fixture_field(answer, "Content-Type");
    if (slice_find_slice(type, SLICE("html")) < type.len) {
        fail_msg("%s %s: HTML", method, path);
    }
    if (answer->status >= 400 && !head) {
        wire_check_outcome(answer);
    } else if (answer->body.len > 0) {
        wire_json(answer);
    }
}

static void test_noise(void **state UNUSED)
{
    size_t by_class[6] = { 0 };
    wire_system_ask(201, "PUT", "/Patient/n1", "{\"resourceType\":\"Patient\",\"id\":\"n1\"}");
    for (int i = 0; i < REQUESTS; i++) {
        const char *method = PICK(methods);
        const char *path = make_path();
        const char *some = wire_text("%s%s", PICK(fields), draw(3) == 0 ? PICK(fields) : "");
        bool has_body = strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
        struct slice body = has_body ? slice_from_string(PICK(bodies)) : NOTHING;
        struct slice token = draw(15) == 0 ? NOTHING : wire_system;
        struct fixture_answer answer = fixture_request(&wire, method, path, token, some, body);
        check(&answer, method, path);
        by_class[answer.status / 100 < 6 ? answer.status / 100 : 0]++;
    }
    print_message("%d requests: %zu 2xx, %zu 3xx, %zu 4xx, %zu 5xx (501 alone)\n", REQUESTS,
                  by_class[2], by_class[3], by_class[4], by_class[5]);
    assert_true(by_class[2] > REQUESTS / 50); /* some of the noise is sense */
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(test_noise) };

WIRE_MAIN(tests)
