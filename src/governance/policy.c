/*
 * policy.c: the table of roles.
 *
 * Two columns decide what of a person a role sees: types, and labels that are refused whatever the
 * type. Types are given as groups, because a role is granted a kind of information and not a list
 * of 146 names. What no group names is seen by nobody but the organisation's own system: claims,
 * payments and the like are no part of care.
 *
 * Minimum necessary: a receptionist books and checks who somebody is; a social worker plans support
 * at home and needs problems, medicines and plans but no test results. An observation that does not
 * say what category it is of might be a result, and is treated as one.
 */
#include "governance/policy.h"

#define GROUP_DEMOGRAPHICS 0x01u /* who it is, and when they come */
#define GROUP_CONTACTS     0x02u
#define GROUP_CARE         0x04u /* problems, medicines, allergies, encounters, plans, alerts */
#define GROUP_OBSERVATIONS 0x08u
#define GROUP_RESULTS      0x10u /* reports, specimens, imaging */
#define GROUP_DIRECTORY    0x20u /* carries no patient: organisations, practitioners, places */

#define GROUP_ALL_CARE                                                                             \
    (GROUP_DEMOGRAPHICS | GROUP_CONTACTS | GROUP_CARE | GROUP_OBSERVATIONS | GROUP_RESULTS)

#define RESULT_LABELS                                                                              \
    (LABEL_LABORATORY | LABEL_IMAGING | LABEL_VITAL_SIGNS | LABEL_OTHER_CATEGORY |                 \
     LABEL_UNCATEGORISED)

struct type_group {
    const char *type;
    unsigned groups;
};

static const struct type_group type_groups[] = {
    { "Patient", GROUP_DEMOGRAPHICS },
    { "Appointment", GROUP_DEMOGRAPHICS },
    { "AppointmentResponse", GROUP_DEMOGRAPHICS },
    { "RelatedPerson", GROUP_CONTACTS },
    { "CareTeam", GROUP_CONTACTS },
    { "Condition", GROUP_CARE },
    { "AllergyIntolerance", GROUP_CARE },
    { "AdverseEvent", GROUP_CARE },
    { "MedicationRequest", GROUP_CARE },
    { "MedicationStatement", GROUP_CARE },
    { "MedicationDispense", GROUP_CARE },
    { "MedicationAdministration", GROUP_CARE },
    { "Immunization", GROUP_CARE },
    { "ImmunizationEvaluation", GROUP_CARE },
    { "ImmunizationRecommendation", GROUP_CARE },
    { "Procedure", GROUP_CARE },
    { "Encounter", GROUP_CARE },
    { "EpisodeOfCare", GROUP_CARE },
    { "CarePlan", GROUP_CARE },
    { "Goal", GROUP_CARE },
    { "Flag", GROUP_CARE },
    { "ClinicalImpression", GROUP_CARE },
    { "RiskAssessment", GROUP_CARE },
    { "DetectedIssue", GROUP_CARE },
    { "FamilyMemberHistory", GROUP_CARE },
    { "Composition", GROUP_CARE },
    { "DocumentReference", GROUP_CARE },
    { "DocumentManifest", GROUP_CARE },
    { "Communication", GROUP_CARE },
    { "CommunicationRequest", GROUP_CARE },
    { "Consent", GROUP_CARE },
    { "DeviceRequest", GROUP_CARE },
    { "DeviceUseStatement", GROUP_CARE },
    { "Device", GROUP_CARE | GROUP_DIRECTORY },
    { "List", GROUP_CARE },
    { "NutritionOrder", GROUP_CARE },
    { "QuestionnaireResponse", GROUP_CARE },
    { "RequestGroup", GROUP_CARE },
    { "ServiceRequest", GROUP_CARE },
    { "Task", GROUP_CARE },
    { "VisionPrescription", GROUP_CARE },
    { "Provenance", GROUP_CARE },
    { "Observation", GROUP_OBSERVATIONS },
    { "DiagnosticReport", GROUP_RESULTS },
    { "Specimen", GROUP_RESULTS },
    { "ImagingStudy", GROUP_RESULTS },
    { "Media", GROUP_RESULTS },
    { "BodyStructure", GROUP_RESULTS },
    { "MolecularSequence", GROUP_RESULTS },
    { "Organization", GROUP_DIRECTORY },
    { "OrganizationAffiliation", GROUP_DIRECTORY },
    { "Practitioner", GROUP_DIRECTORY },
    { "PractitionerRole", GROUP_DIRECTORY },
    { "Location", GROUP_DIRECTORY },
    { "HealthcareService", GROUP_DIRECTORY },
    { "Medication", GROUP_DIRECTORY },
    { "Substance", GROUP_DIRECTORY },
    { "Schedule", GROUP_DIRECTORY },
    { "Slot", GROUP_DIRECTORY },
};

#define ALL_TYPES 0xffffffffu

struct role_row {
    struct role_policy policy;
    unsigned groups;
};

static const struct role_row roles[ROLE_COUNT] = {
    [ROLE_GP] = { { RELATIONSHIP_NEEDED, true, true, false, LABEL_RESTRICTED }, GROUP_ALL_CARE },
    [ROLE_EMERGENCY_DOCTOR] = { { RELATIONSHIP_SELF_CLAIMED, true, false, false,
                                  LABEL_RESTRICTED | LABEL_SENSITIVE },
                                GROUP_ALL_CARE },
    [ROLE_NURSE] = { { RELATIONSHIP_NEEDED, true, false, false,
                       LABEL_RESTRICTED | LABEL_SENSITIVE },
                     GROUP_ALL_CARE },
    [ROLE_SOCIAL_WORKER] = { { RELATIONSHIP_NEEDED, true, false, false,
                               LABEL_RESTRICTED | LABEL_SENSITIVE | RESULT_LABELS },
                             GROUP_ALL_CARE & ~GROUP_RESULTS },
    [ROLE_RECEPTIONIST] = { { RELATIONSHIP_NEEDED, true, false, false,
                              LABEL_RESTRICTED | LABEL_SENSITIVE },
                            GROUP_DEMOGRAPHICS },
    [ROLE_SYSTEM] = { { RELATIONSHIP_NONE, false, true, true, 0 }, ALL_TYPES },
};

const struct role_policy *policy_of(enum governance_role role)
{
    return &roles[role].policy;
}

static void allow(uint64_t words[TYPE_WORDS], fhir_type type)
{
    assert(type / 64 < TYPE_WORDS);
    words[type / 64] |= (uint64_t)1 << (type % 64);
}

static void allow_everything(struct decision *draft)
{
    memset(draft->types, 0xff, sizeof draft->types);
    memset(draft->types_without_patient, 0xff, sizeof draft->types_without_patient);
}

void policy_apply(enum governance_role role, struct decision *draft)
{
    const struct role_row *row = &roles[role];
    draft->policy_version = POLICY_VERSION;
    draft->denied_labels = row->policy.denied_labels;
    if (row->groups == ALL_TYPES) {
        allow_everything(draft);
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(type_groups); i++) {
        fhir_type type = fhir_type_find(slice_from_string(type_groups[i].type));
        assert(type != FHIR_TYPE_NONE);
        if ((type_groups[i].groups & row->groups) != 0) {
            allow(draft->types, type);
        }
        if ((type_groups[i].groups & GROUP_DIRECTORY) != 0) {
            allow(draft->types_without_patient, type);
        }
    }
}

void policy_apply_job(struct decision *draft)
{
    draft->policy_version = POLICY_VERSION;
    allow_everything(draft);
}
