/* Labels: categories, confidentiality, sensitivity; doubt goes to the side of the label. */
#include "support/check.h"

#include "base/limits.h"
#include "store/record_id.h"
#include "store/row_label.h"

static uint32_t labels_of(fhir_type type, const char *body)
{
    struct arena arena;
    struct json json;
    struct fault fault;
    arena_init(&arena, MIB(1));
    assert_true(json_parse(&arena, slice_from_string(body), &json, &fault));
    uint32_t labels = row_labels_of(&json, 0, type, &arena);
    arena_release(&arena);
    return labels;
}

#define SECURITY(coding) "{\"meta\":{\"security\":[{" coding "}]}}"
#define CATEGORY(code)   "{\"category\":[{\"coding\":[{\"code\":\"" code "\"}]}]}"
#define ACT              "\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\","
#define CONFIDENTIALITY  "\"system\":\"http://terminology.hl7.org/CodeSystem/v3-Confidentiality\","

static void categories_become_labels(void **state)
{
    (void)state;
    assert_int_equal(labels_of(FHIR_OBSERVATION, CATEGORY("laboratory")), LABEL_LABORATORY);
    assert_int_equal(labels_of(FHIR_DIAGNOSTIC_REPORT, CATEGORY("RAD")), LABEL_IMAGING);
    assert_int_equal(labels_of(FHIR_OBSERVATION, CATEGORY("vital-signs")), LABEL_VITAL_SIGNS);
    assert_int_equal(labels_of(FHIR_OBSERVATION, CATEGORY("survey")), LABEL_OTHER_CATEGORY);
    assert_int_equal(labels_of(FHIR_OBSERVATION, "{}"), LABEL_UNCATEGORISED);
    assert_int_equal(labels_of(FHIR_IMAGING_STUDY, "{}"), LABEL_IMAGING);
    assert_int_equal(labels_of(FHIR_CONDITION, CATEGORY("laboratory")), 0);
}

static void security_becomes_labels(void **state)
{
    (void)state;
    assert_int_equal(labels_of(FHIR_CONDITION, SECURITY(CONFIDENTIALITY "\"code\":\"R\"")),
                     LABEL_RESTRICTED);
    assert_int_equal(labels_of(FHIR_CONDITION, SECURITY(CONFIDENTIALITY "\"code\":\"N\"")), 0);
    assert_int_equal(labels_of(FHIR_CONDITION, SECURITY(ACT "\"code\":\"HIV\"")), LABEL_SENSITIVE);
    assert_int_equal(labels_of(FHIR_CONDITION, SECURITY("\"code\":\"PSY\"")), LABEL_SENSITIVE);
    assert_int_equal(labels_of(FHIR_CONDITION, SECURITY("\"system\":\"urn:x\",\"code\":\"PSY\"")),
                     0);
    assert_int_equal(labels_of(FHIR_CONDITION, SECURITY(ACT "\"code\":\"NOPAT\"")),
                     LABEL_NO_PATIENT_VIEW);
    assert_int_equal(
        labels_of(FHIR_CONDITION, "{\"contained\":[" SECURITY(ACT "\"code\":\"SEX\"") "]}"),
        LABEL_SENSITIVE);
}

static void an_id_has_one_text(void **state)
{
    static const char *const bad[] = { "",      "e",     "e1",   "e1.",  "e.1",    "x1.1",
                                       "e01.1", "e1.01", "e1.A", "e1.w", "e1.1.1", "e123456789.1",
                                       "E1.1",  "e1 .1" };
    char text[RESOURCE_ID_SIZE];
    uint64_t key;
    uint64_t sequence;
    (void)state;
    static const uint64_t numbers[] = { 0, 1, 31, 32, 1023, 123456789, RECORD_NUMBER_MAX };
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        for (size_t j = 0; j < ARRAY_LENGTH(numbers); j++) {
            size_t len = record_id_format(numbers[i], numbers[j], text);
            assert_true(record_id_parse(slice_of(text, len), &key, &sequence));
            assert_true(key == numbers[i] && sequence == numbers[j]);
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_false(record_id_parse(slice_from_string(bad[i]), &key, &sequence));
    }
    record_id_format(44, 303, text);
    assert_string_equal(text, "e1c.9f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_become_labels),
        cmocka_unit_test(security_becomes_labels),
        cmocka_unit_test(an_id_has_one_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
