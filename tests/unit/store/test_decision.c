/* The row predicate: scope, type, patient, label; everything else is refused. */
#include "support/check.h"

#include "store/decision_private.h"

#define ODS   SLICE("RTH")
#define OTHER SLICE("K84001")

static void allow(uint64_t set[TYPE_WORDS], fhir_type type)
{
    set[type / 64] |= UINT64_C(1) << (type % 64);
}

static const struct slice ids[] = { SLICE_INIT("p1"), SLICE_INIT("p2") };
static const struct decision_patients person[] = { { SLICE_INIT("RTH"), ids, 2 } };
static const struct decision_patients withheld[] = { { SLICE_INIT("RTH"), ids, 1 } };

static struct decision of_person(void)
{
    struct decision decision = {
        .magic = DECISION_MAGIC,
        .scope = DECISION_PERSON,
        .patients = person,
        .patients_count = 1,
        .denied_labels = LABEL_SENSITIVE,
    };
    allow(decision.types, FHIR_OBSERVATION);
    allow(decision.types, FHIR_VISION_PRESCRIPTION);
    allow(decision.types_without_patient, FHIR_PRACTITIONER);
    return decision;
}

static struct row_facts row(fhir_type type, const char *patient, uint32_t labels)
{
    return (struct row_facts){ type, labels, patient != NULL, slice_from_string(patient) };
}

static bool allows(const struct decision *decision, struct slice ods, struct row_facts facts)
{
    return decision_allows_row(decision, ods, &facts);
}

static void a_person_sees_own_rows(void **state)
{
    (void)state;
    struct decision decision = of_person();
    assert_true(allows(&decision, ODS, row(FHIR_OBSERVATION, "p1", 0)));
    assert_true(allows(&decision, ODS, row(FHIR_OBSERVATION, "p2", LABEL_LABORATORY)));
    assert_true(allows(&decision, ODS, row(FHIR_VISION_PRESCRIPTION, "p2", 0)));
    assert_false(allows(&decision, ODS, row(FHIR_OBSERVATION, "p3", 0)));
    assert_false(allows(&decision, ODS, row(FHIR_OBSERVATION, "p", 0)));
    assert_false(allows(&decision, ODS, row(FHIR_OBSERVATION, "p1", LABEL_SENSITIVE)));
    assert_false(allows(&decision, ODS, row(FHIR_CONDITION, "p1", 0)));
    assert_false(allows(&decision, OTHER, row(FHIR_OBSERVATION, "p1", 0)));
    size_t count;
    const struct slice *patients = decision_patients(&decision, ODS, &count);
    assert_int_equal(count, 2);
    assert_slice(patients[1], "p2");
    decision_patients(&decision, OTHER, &count);
    assert_int_equal(count, 0);
}

static void rows_without_patient_have_their_own_list(void **state)
{
    (void)state;
    struct decision decision = of_person();
    assert_true(allows(&decision, ODS, row(FHIR_PRACTITIONER, NULL, 0)));
    assert_false(allows(&decision, ODS, row(FHIR_OBSERVATION, NULL, 0)));
    assert_false(allows(&decision, ODS, row(FHIR_PRACTITIONER, "p1", 0)));
    assert_false(allows(&decision, ODS, row(FHIR_OBSERVATION, "", 0)));
    assert_true(decision_allows_type(&decision, FHIR_PRACTITIONER));
    assert_false(decision_allows_type(&decision, FHIR_CONDITION));
    assert_false(decision_allows_type(&decision, 999));
    assert_true(decision_allows_kind(&decision, FHIR_PRACTITIONER, 0));
    assert_false(decision_allows_kind(&decision, FHIR_CONDITION, 0));
    decision.denied_labels = LABEL_LABORATORY;
    assert_false(decision_allows_kind(&decision, FHIR_PRACTITIONER, LABEL_LABORATORY));
    assert_true(decision_allows_kind(&decision, FHIR_PRACTITIONER, LABEL_IMAGING));
}

static void a_store_is_one_store_less_the_withheld(void **state)
{
    (void)state;
    struct decision decision = of_person();
    decision.scope = DECISION_STORE;
    decision.store = ODS;
    decision.withheld = withheld;
    decision.withheld_count = 1;
    assert_true(decision_covers_store(&decision, ODS));
    assert_false(decision_covers_store(&decision, OTHER));
    assert_false(allows(&decision, ODS, row(FHIR_OBSERVATION, "p1", 0)));
    assert_true(allows(&decision, ODS, row(FHIR_OBSERVATION, "p2", 0)));
    assert_false(allows(&decision, OTHER, row(FHIR_OBSERVATION, "p2", 0)));
    assert_int_equal(decision_person(&decision).len, 0);
}

static void a_job_is_held_to_its_types(void **state)
{
    (void)state;
    struct decision decision = of_person();
    decision.scope = DECISION_JOB;
    assert_true(allows(&decision, OTHER, row(FHIR_OBSERVATION, "anyone", 0)));
    assert_false(allows(&decision, OTHER, row(FHIR_CONDITION, "anyone", 0)));
    assert_string_equal(decision_purpose_code(PURPOSE_EMERGENCY_TREATMENT), "ETREAT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_sees_own_rows),
        cmocka_unit_test(rows_without_patient_have_their_own_list),
        cmocka_unit_test(a_store_is_one_store_less_the_withheld),
        cmocka_unit_test(a_job_is_held_to_its_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
