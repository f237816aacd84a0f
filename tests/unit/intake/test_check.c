/* What a text is, and every fault in it with its place. */
#include "support/plane_fixture.h"

#include "intake/check.h"
#include "intake/content.h"

static void kinds_are_told_by_content(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum content_kind kind;
    } cases[] = {
        { "", CONTENT_EMPTY },
        { " \r\n\t", CONTENT_EMPTY },
        { "\xef\xbb\xbf", CONTENT_EMPTY },
        { "{}", CONTENT_JSON },
        { "{}\n", CONTENT_JSON },
        { "\n {\n \"a\": 1}", CONTENT_JSON },
        { "[1,\n2]", CONTENT_JSON },
        { "{\"a\":\"}\"\n}", CONTENT_JSON },
        { "{\"a\":\"\\\"}\n\"}", CONTENT_JSON },
        { "{}\n{}", CONTENT_NDJSON },
        { "{\"a\":[{}]}\r\n{\"b\":1}\r\n", CONTENT_NDJSON },
        { "{\"a\":\"{[\"}\n{}", CONTENT_NDJSON },
        { "\xef\xbb\xbf{}", CONTENT_JSON },
        { "MSH|^~\\&|", CONTENT_HL7V2 },
        { "\x0bMSH|^~\\&|", CONTENT_HL7V2 },
        { "FHS|^~\\&|", CONTENT_HL7V2 },
        { "BHS|^~\\&|", CONTENT_HL7V2 },
        { "<?xml version=\"1.0\"?>", CONTENT_XML },
        { "name,born\nx,y", CONTENT_CSV },
        { "hello", CONTENT_UNKNOWN },
        { "a\x01,b", CONTENT_UNKNOWN },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        enum content_kind kind = content_kind_of(slice_from_string(cases[i].text));
        if (kind != cases[i].kind) {
            fail_msg("%s is %s", cases[i].text, content_kind_name(kind));
        }
    }
}

struct told {
    char text[4096];
};

static void tell(void *context, const struct fault *fault)
{
    struct told *told = context;
    size_t len = strlen(told->text);
    (void)snprintf(told->text + len, sizeof told->text - len, "%s %.*s;", fault_name(fault->code),
                   SLICE_PRINT(fault->where));
}

#define BAD_NUMBER                                                                                 \
    "\"identifier\":[{\"value\":\"x\"},{\"system\":\"https://fhir.nhs.uk/Id/"                      \
    "nhs-number\",\"value\":"                                                                      \
    "\"9434765918\"}]"

static void faults_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum check_level level;
        const char *what;
        const char *told;
    } cases[] = {
        { "{\"resourceType\":\"Patient\"}", CHECK_LEVEL_CONTENT, "FHIR JSON, Patient", "" },
        { "{\"resourceType\":\"Patient\",\"towers\":1}", CHECK_LEVEL_CONTENT, "FHIR JSON, Patient",
          "CONTENT Patient.towers;" },
        { "{\"resourceType\":\"Patient\",\"towers\":1}", CHECK_LEVEL_JSON, "JSON", "" },
        { "{\"a\":\n1,}", CHECK_LEVEL_JSON, "JSON", "MALFORMED line 2, column 3;" },
        { "{\"a\":1,\"a\":2}", CHECK_LEVEL_JSON, "JSON", "MALFORMED line 1, column 8;" },
        { "{\"resourceType\":\"Patient\"," BAD_NUMBER "}", CHECK_LEVEL_FHIR, "FHIR JSON, Patient",
          "CONTENT Patient.identifier[1].value;" },
        { "{\"resourceType\":\"Patient\"}\n\n{\"resourceType\":\"Patient\",\"gender\":\"lord\"}\n{",
          CHECK_LEVEL_CONTENT, "NDJSON of 3 lines",
          "CONTENT line 3: Patient.gender;MALFORMED line 4: line 1, column 2;" },
        { "{\"resourceType\":\"Bundle\",\"type\":\"batch-response\",\"entry\":[{\"response\":{"
          "\"status\":\"200\"}}]}",
          CHECK_LEVEL_FHIR, "FHIR JSON, Bundle of 1 entries", "" },
        { "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":{"
          "\"resourceType\":\"Patient\"," BAD_NUMBER "}}]}",
          CHECK_LEVEL_FHIR, "FHIR JSON, Bundle of 1 entries",
          "CONTENT Bundle.entry[0].resource: Patient.identifier[1].value;" },
        { "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"fullUrl\":"
          "\"urn:uuid:1\",\"resource\":{\"resourceType\":\"Patient\"},\"request\":{\"method\":"
          "\"POST\",\"url\":\"Patient\"}},{\"resource\":{\"resourceType\":\"Basic\",\"code\":{"
          "\"text\":\"x\"},\"subject\":{\"reference\":\"urn:uuid:2\"},\"author\":{\"reference\":"
          "\"urn:uuid:1#x\"}},\"request\":{\"method\":\"POST\",\"url\":\"Basic\"}}]}",
          CHECK_LEVEL_FHIR, "FHIR JSON, Bundle of 2 entries",
          "REFERENCE Bundle.entry[1].resource;" },
        { "", CHECK_LEVEL_CONTENT, "empty", "MALFORMED ;" },
        { "MSH|^~\\&|", CHECK_LEVEL_CONTENT, "HL7 v2", "NOT_SUPPORTED ;" },
        { "<a/>", CHECK_LEVEL_FHIR, "XML", "NOT_SUPPORTED ;" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct arena arena;
        struct told told = { { 0 } };
        struct check_setting setting = { cases[i].level, tell, &told };
        struct slice what;
        arena_init(&arena, MIB(16));
        size_t faults = intake_check(slice_from_string(cases[i].text), &setting, &arena, &what);
        if (strcmp(told.text, cases[i].told) != 0) {
            fail_msg("%s\nexpected %s\ntold     %s", cases[i].text, cases[i].told, told.text);
        }
        assert_slice(what, cases[i].what);
        assert_int_equal(faults > 0, cases[i].told[0] != '\0');
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_told_by_content),
        cmocka_unit_test(faults_are_told_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
