/*
 * The policy as a table of what is expected, role by role: this table is written from the rules and
 * not from policy.c, so that a change there has to be made here too.
 */
#include "support/plane_fixture.h"

#include "governance/decision_make.h"
#include "governance/policy.h"

enum {
    GP = 1,
    ED = 2,
    NU = 4,
    SW = 8,
    RE = 16,
    SY = 32,
    CARERS = GP | ED | NU,    /* who treat */
    SUPPORTERS = CARERS | SW, /* who plan care */
    PEOPLE = SUPPORTERS | RE,
    ALL = PEOPLE | SY,
};

static const struct {
    const char *type;
    unsigned of_patient;      /* roles that see it of a patient */
    unsigned without_patient; /* and where there is no patient */
} table[] = {
    { "Patient", ALL, SY },
    { "Appointment", ALL, SY },
    { "AppointmentResponse", ALL, SY },
    { "RelatedPerson", SUPPORTERS | SY, SY },
    { "CareTeam", SUPPORTERS | SY, SY },
    { "Condition", SUPPORTERS | SY, SY },
    { "AllergyIntolerance", SUPPORTERS | SY, SY },
    { "MedicationRequest", SUPPORTERS | SY, SY },
    { "MedicationStatement", SUPPORTERS | SY, SY },
    { "Immunization", SUPPORTERS | SY, SY },
    { "Procedure", SUPPORTERS | SY, SY },
    { "Encounter", SUPPORTERS | SY, SY },
    { "CarePlan", SUPPORTERS | SY, SY },
    { "Flag", SUPPORTERS | SY, SY },
    { "DocumentReference", SUPPORTERS | SY, SY },
    { "Consent", SUPPORTERS | SY, SY },
    { "Provenance", SUPPORTERS | SY, SY },
    { "Observation", SUPPORTERS | SY, SY },
    { "DiagnosticReport", CARERS | SY, SY },
    { "Specimen", CARERS | SY, SY },
    { "ImagingStudy", CARERS | SY, SY },
    { "Media", CARERS | SY, SY },
    { "MolecularSequence", CARERS | SY, SY },
    { "Organization", SY, ALL },
    { "Practitioner", SY, ALL },
    { "PractitionerRole", SY, ALL },
    { "Location", SY, ALL },
    { "Medication", SY, ALL },
    { "Schedule", SY, ALL },
    { "Slot", SY, ALL },
    { "Device", SUPPORTERS | SY, ALL },
    /* no part of care */
    { "Claim", SY, SY },
    { "ExplanationOfBenefit", SY, SY },
    { "Coverage", SY, SY },
    { "Account", SY, SY },
    { "Invoice", SY, SY },
    { "ResearchSubject", SY, SY },
    { "AuditEvent", SY, SY },
    { "Group", SY, SY },
    { "Binary", SY, SY },
    { "Basic", SY, SY },
    { "Bundle", SY, SY },
    { "Person", SY, SY },
    { "MeasureReport", SY, SY },
};

static const struct {
    uint32_t label;
    unsigned roles; /* who see an Observation of a patient that carries it */
} labels[] = {
    { 0, SUPPORTERS | SY },
    { LABEL_LABORATORY, CARERS | SY },
    { LABEL_IMAGING, CARERS | SY },
    { LABEL_VITAL_SIGNS, CARERS | SY },
    { LABEL_SOCIAL_HISTORY, SUPPORTERS | SY },
    { LABEL_OTHER_CATEGORY, CARERS | SY },
    { LABEL_UNCATEGORISED, CARERS | SY },
    { LABEL_RESTRICTED, SY },
    { LABEL_SENSITIVE, GP | SY },
    { LABEL_NO_PATIENT_VIEW, SUPPORTERS | SY },
    { LABEL_SYNTHETIC, SUPPORTERS | SY },
    { LABEL_SOCIAL_HISTORY | LABEL_SENSITIVE, GP | SY },
    { LABEL_SOCIAL_HISTORY | LABEL_RESTRICTED, SY },
    { LABEL_SYNTHETIC | LABEL_LABORATORY, CARERS | SY },
};

static const struct {
    enum governance_role role;
    unsigned bit;
    enum relationship_rule relationship;
    bool finds_people, own_store, writes;
} roles[] = {
    { ROLE_GP, GP, RELATIONSHIP_NEEDED, true, true, false },
    { ROLE_EMERGENCY_DOCTOR, ED, RELATIONSHIP_SELF_CLAIMED, true, false, false },
    { ROLE_NURSE, NU, RELATIONSHIP_NEEDED, true, false, false },
    { ROLE_SOCIAL_WORKER, SW, RELATIONSHIP_NEEDED, true, false, false },
    { ROLE_RECEPTIONIST, RE, RELATIONSHIP_NEEDED, true, false, false },
    { ROLE_SYSTEM, SY, RELATIONSHIP_NONE, false, true, true },
};

static const struct slice one_patient[] = { SLICE_INIT("p") };
static const struct decision_patients of_person[] = { { SLICE_INIT("RX9"), one_patient, 1 } };

static const struct decision *decision_of(struct arena *arena, enum governance_role role)
{
    struct decision draft = {
        .scope = DECISION_PERSON, .patients = of_person, .patients_count = 1, .user = SLICE("u")
    };
    policy_apply(role, &draft);
    const struct decision *decision = decision_make(arena, &draft);
    assert_non_null(decision);
    assert_int_equal(decision_policy_version(decision), POLICY_VERSION);
    return decision;
}

static bool sees(const struct decision *decision, fhir_type type, uint32_t label, bool has_patient)
{
    struct row_facts row = { type, label, has_patient,
                             has_patient ? SLICE("p") : (struct slice){ NULL, 0 } };
    return decision_allows_row(decision, SLICE("RX9"), &row);
}

static void each_role_sees_its_types_and_no_other(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, MIB(1));
    assert_int_equal(ARRAY_LENGTH(roles), ROLE_COUNT);
    for (size_t r = 0; r < ARRAY_LENGTH(roles); r++) {
        const struct decision *decision = decision_of(&arena, roles[r].role);
        for (size_t t = 0; t < ARRAY_LENGTH(table); t++) {
            fhir_type type = fhir_type_find(slice_from_string(table[t].type));
            assert_int_not_equal(type, FHIR_TYPE_NONE);
            bool wanted = (table[t].of_patient & roles[r].bit) != 0;
            bool wanted_free = (table[t].without_patient & roles[r].bit) != 0;
            if (sees(decision, type, 0, true) != wanted ||
                sees(decision, type, 0, false) != wanted_free) {
                fail_msg("%s, %s", governance_role_word(roles[r].role), table[t].type);
            }
            struct row_facts other = { type, 0, true, SLICE("q") };
            assert_false(decision_allows_row(decision, SLICE("RX9"), &other));
            other.patient_id = SLICE("p");
            assert_false(decision_allows_row(decision, SLICE("RX8"), &other));
        }
    }
    arena_release(&arena);
}

/* what the table does not name is seen by nobody but the organisation's own system */
static void a_type_that_nobody_named_is_seen_by_the_system_alone(void **state)
{
    (void)state;
    struct arena arena;
    unsigned seen = 0;
    arena_init(&arena, MIB(1));
    for (size_t r = 0; r < ARRAY_LENGTH(roles); r++) {
        const struct decision *decision = decision_of(&arena, roles[r].role);
        for (fhir_type type = 0; type < TYPE_WORDS * 64; type++) {
            seen += roles[r].role == ROLE_GP && sees(decision, type, 0, true);
            if (roles[r].role == ROLE_SYSTEM) {
                assert_true(sees(decision, type, 0, true));
            }
        }
    }
    assert_int_equal(seen, 49); /* types of a patient that a GP sees: a change is a decision */
    arena_release(&arena);
}

static void each_role_sees_its_labels(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, MIB(1));
    for (size_t r = 0; r < ARRAY_LENGTH(roles); r++) {
        const struct decision *decision = decision_of(&arena, roles[r].role);
        for (size_t i = 0; i < ARRAY_LENGTH(labels); i++) {
            bool wanted = (labels[i].roles & roles[r].bit) != 0;
            if (sees(decision, FHIR_OBSERVATION, labels[i].label, true) != wanted) {
                fail_msg("%s, label %x", governance_role_word(roles[r].role), labels[i].label);
            }
            assert_int_equal(decision_allows_kind(decision, FHIR_OBSERVATION, labels[i].label),
                             wanted);
            /* a label is refused whatever the type: also where there is no patient */
            bool denied = (labels[i].label & (LABEL_RESTRICTED | LABEL_SENSITIVE)) != 0 &&
                          (labels[i].roles & roles[r].bit) == 0;
            if (denied) {
                assert_false(sees(decision, FHIR_PATIENT, labels[i].label, true));
                assert_false(sees(decision, FHIR_PRACTITIONER, labels[i].label, false));
            }
        }
    }
    arena_release(&arena);
}

static void each_role_may_what_it_may(void **state)
{
    (void)state;
    for (size_t r = 0; r < ARRAY_LENGTH(roles); r++) {
        const struct role_policy *policy = policy_of(roles[r].role);
        assert_int_equal(policy->relationship, roles[r].relationship);
        assert_int_equal(policy->finds_people, roles[r].finds_people);
        assert_int_equal(policy->own_store, roles[r].own_store);
        assert_int_equal(policy->writes, roles[r].writes);
        enum governance_role found;
        assert_true(
            governance_role_find(slice_from_string(governance_role_word(roles[r].role)), &found));
        assert_int_equal(found, roles[r].role);
        assert_true(strlen(governance_role_people(roles[r].role)) > 1);
    }
    enum governance_role found;
    assert_false(governance_role_find(SLICE("GP"), &found));
    assert_false(governance_role_find(SLICE(""), &found));
    assert_false(governance_role_find(SLICE("job"), &found));
}

static void a_decision_is_a_copy(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, MIB(1));
    char user[] = "anna", ods[] = "RX9", id[] = "p";
    struct slice ids[] = { slice_from_string(id) };
    struct decision_patients patients = { slice_from_string(ods), ids, 1 };
    struct decision draft = { .scope = DECISION_PERSON,
                              .patients = &patients,
                              .patients_count = 1,
                              .user = slice_from_string(user) };
    policy_apply(ROLE_GP, &draft);
    const struct decision *decision = decision_make(&arena, &draft);
    user[0] = ods[0] = id[0] = 'X';
    ids[0] = SLICE("other");
    patients.count = 0;
    assert_slice(decision_user(decision), "anna");
    assert_true(sees(decision, FHIR_PATIENT, 0, true));
    size_t count;
    assert_slice(decision_patients(decision, SLICE("RX9"), &count)[0], "p");
    assert_int_equal(count, 1);
    struct arena tiny;
    arena_init(&tiny, 64);
    assert_null(decision_make(&tiny, &draft));
    arena_release(&tiny);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_sees_its_types_and_no_other),
        cmocka_unit_test(a_type_that_nobody_named_is_seen_by_the_system_alone),
        cmocka_unit_test(each_role_sees_its_labels),
        cmocka_unit_test(each_role_may_what_it_may),
        cmocka_unit_test(a_decision_is_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
