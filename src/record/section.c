/*
 * section.c: which resource types go where, how each becomes an item, and who may see a section.
 *
 * One table with a row for each resource type of R4 that has to do with care. What is not in it has
 * no place in the record (claims, provenance, consents, definitions) and is counted by type. An
 * Observation goes by its category: what a laboratory or an imaging department found are results,
 * all else (vital signs, social history, surveys, examinations) observations. One without a
 * category goes to results when it says specimen or range, because losing a result among
 * observations is the worse error, and policy treats it as a result too.
 *
 * FHIR R4: each row follows the definition of its resource; statuses are those of its required
 * binding, and what is not among them counts as current, so that an unknown word hides nothing.
 */
#include "record/record_internal.h"

static const struct {
    const char *address;
    const char *title;
} sections[SECTION_COUNT] = {
#define X(name, address, title) { address, title },
    RECORD_SECTIONS(X)
#undef X
};

const char *record_section_address(enum record_section section)
{
    assert((size_t)section < SECTION_COUNT);
    return sections[section].address;
}

const char *record_section_title(enum record_section section)
{
    assert((size_t)section < SECTION_COUNT);
    return sections[section].title;
}

enum record_section record_section_find(struct slice address)
{
    size_t i = 0;
    while (i < SECTION_COUNT && !slice_equal(address, slice_from_string(sections[i].address))) {
        i++;
    }
    return (enum record_section)i;
}

/* -- statuses ---------------------------------------------------------------------------------- */

/* requests, plans: http://hl7.org/fhir/request-status and its kin */
const struct status_row record_status_request[] = {
    { "completed", ITEM_PAST },   { "stopped", ITEM_PAST },
    { "cancelled", ITEM_PAST },   { "revoked", ITEM_PAST },
    { "ended", ITEM_PAST },       { "rejected", ITEM_PAST },
    { "failed", ITEM_PAST },      { "inactive", ITEM_PAST },
    { "not-taken", ITEM_PAST },   { "declined", ITEM_PAST },
    { "not-done", ITEM_REFUTED }, { "entered-in-error", ITEM_ENTERED_IN_ERROR },
    { NULL, ITEM_CURRENT },
};

/* what happened stays true when it is over */
const struct status_row record_status_event[] = {
    { "cancelled", ITEM_PAST },
    { "superseded", ITEM_PAST },
    { "stopped", ITEM_CURRENT },
    { "not-done", ITEM_REFUTED },
    { "entered-in-error", ITEM_ENTERED_IN_ERROR },
    { NULL, ITEM_CURRENT },
};

static const struct status_row clinical_statuses[] = {
    { "inactive", ITEM_PAST },
    { "remission", ITEM_PAST },
    { "resolved", ITEM_PAST },
    { NULL, ITEM_CURRENT },
};

static const struct status_row episode_statuses[] = {
    { "finished", ITEM_PAST },
    { "cancelled", ITEM_PAST },
    { "entered-in-error", ITEM_ENTERED_IN_ERROR },
    { NULL, ITEM_CURRENT },
};

static const struct status_row appointment_statuses[] = {
    { "fulfilled", ITEM_PAST }, { "cancelled", ITEM_PAST },
    { "noshow", ITEM_PAST },    { "entered-in-error", ITEM_ENTERED_IN_ERROR },
    { NULL, ITEM_CURRENT },
};

/* -- shapes ------------------------------------------------------------------------------------ */

#define F(name) FIELD_##name
#define SUPPORT                                                                                    \
    {                                                                                              \
        .place = PLACE_SUPPORT                                                                     \
    }
#define IN(section_) .place = PLACE_SECTION, .section = SECTION_##section_

static const struct record_shape shapes[] = {
    [FHIR_CONDITION] = { IN(PROBLEMS), .title = { F(code), F(bodySite) },
                         .date = { F(onsetDateTime), F(onsetPeriod) },
                         .end = { F(abatementDateTime), F(abatementPeriod), F(onsetPeriod) },
                         .recorded = { F(recordedDate) }, .author = { F(recorder), F(asserter) },
                         .status = F(clinicalStatus), .statuses = clinical_statuses,
                         .refine = refine_condition },
    [FHIR_FAMILY_MEMBER_HISTORY] = { IN(PROBLEMS), .title = { F(condition), F(relationship) },
                                     .date = { F(date) }, .statuses = record_status_event,
                                     .refine = refine_family_history },
    [FHIR_CLINICAL_IMPRESSION] = { IN(PROBLEMS), .title = { F(code), F(description) },
                                   .date = { F(effectiveDateTime), F(effectivePeriod), F(date) },
                                   .recorded = { F(date) }, .author = { F(assessor) },
                                   .statuses = record_status_event, .refine = refine_procedure },
    [FHIR_ADVERSE_EVENT] = { IN(PROBLEMS), .title = { F(event), F(category) },
                             .date = { F(date), F(detected) }, .recorded = { F(recordedDate) },
                             .author = { F(recorder) }, .statuses = record_status_event,
                             .refine = refine_procedure },
    [FHIR_MEDICATION_REQUEST] = { IN(MEDICATION),
                                  .title = { F(medicationCodeableConcept), F(medicationReference) },
                                  .date = { F(authoredOn) },
                                  .author = { F(requester), F(recorder), F(performer) },
                                  .statuses = record_status_request, .refine = refine_medication },
    [FHIR_MEDICATION_STATEMENT] = { IN(MEDICATION),
                                    .title = { F(medicationCodeableConcept),
                                               F(medicationReference) },
                                    .date = { F(effectiveDateTime), F(effectivePeriod) },
                                    .end = { F(effectivePeriod) }, .recorded = { F(dateAsserted) },
                                    .author = { F(informationSource) },
                                    .statuses = record_status_request,
                                    .refine = refine_medication },
    [FHIR_MEDICATION_DISPENSE] = { IN(MEDICATION),
                                   .title = { F(medicationCodeableConcept),
                                              F(medicationReference) },
                                   .date = { F(whenHandedOver), F(whenPrepared) },
                                   .author = { F(performer) }, .statuses = record_status_request,
                                   .refine = refine_medication },
    [FHIR_MEDICATION_ADMINISTRATION] = { IN(MEDICATION),
                                         .title = { F(medicationCodeableConcept),
                                                    F(medicationReference) },
                                         .date = { F(effectiveDateTime), F(effectivePeriod) },
                                         .end = { F(effectivePeriod) }, .author = { F(performer) },
                                         .statuses = record_status_request,
                                         .refine = refine_medication },
    [FHIR_ALLERGY_INTOLERANCE] = { IN(ALLERGIES), .title = { F(code) },
                                   .date = { F(onsetDateTime), F(onsetPeriod) },
                                   .end = { F(onsetPeriod) }, .recorded = { F(recordedDate) },
                                   .author = { F(recorder), F(asserter) },
                                   .status = F(clinicalStatus), .statuses = clinical_statuses,
                                   .refine = refine_allergy },
    [FHIR_OBSERVATION] = { IN(OBSERVATIONS), .title = { F(code) },
                           .date = { F(effectiveDateTime), F(effectivePeriod), F(effectiveInstant),
                                     F(effectiveTiming) },
                           .end = { F(effectivePeriod) }, .recorded = { F(issued) },
                           .author = { F(performer) }, .statuses = record_status_event,
                           .refine = refine_observation },
    [FHIR_DIAGNOSTIC_REPORT] = { IN(RESULTS), .title = { F(code), F(category) },
                                 .date = { F(effectiveDateTime), F(effectivePeriod) },
                                 .end = { F(effectivePeriod) }, .recorded = { F(issued) },
                                 .author = { F(performer) }, .statuses = record_status_event,
                                 .refine = refine_report },
    [FHIR_IMAGING_STUDY] = { IN(RESULTS),
                             .title = { F(description), F(procedureCode), F(modality) },
                             .date = { F(started) }, .statuses = record_status_event,
                             .refine = refine_imaging },
    [FHIR_MEDIA] = { IN(RESULTS), .title = { F(content), F(type), F(modality) },
                     .date = { F(createdDateTime) }, .recorded = { F(issued) },
                     .statuses = record_status_event, .refine = refine_document },
    [FHIR_SPECIMEN] = { IN(RESULTS), .title = { F(type) }, .date = { F(collection) },
                        .recorded = { F(received) }, .statuses = record_status_event,
                        .refine = refine_procedure },
    [FHIR_QUESTIONNAIRE_RESPONSE] = { IN(OBSERVATIONS), .date = { F(authored) },
                                      .author = { F(author), F(source) },
                                      .statuses = record_status_event,
                                      .refine = refine_questionnaire },
    [FHIR_VISION_PRESCRIPTION] = { IN(OBSERVATIONS), .date = { F(dateWritten), F(created) },
                                   .author = { F(prescriber) }, .statuses = record_status_request,
                                   .refine = refine_questionnaire },
    [FHIR_ENCOUNTER] = { IN(ENCOUNTERS), .title = { F(type), F(serviceType), F(class) },
                         .date = { F(period) }, .end = { F(period) },
                         .author = { F(participant), F(serviceProvider) },
                         .statuses = record_status_event, .refine = refine_encounter },
    [FHIR_EPISODE_OF_CARE] = { IN(ENCOUNTERS), .title = { F(type) }, .date = { F(period) },
                               .end = { F(period) },
                               .author = { F(careManager), F(managingOrganization) },
                               .statuses = episode_statuses, .refine = refine_encounter },
    [FHIR_APPOINTMENT] = { IN(APPOINTMENTS),
                           .title = { F(serviceType), F(description), F(appointmentType),
                                      F(specialty) },
                           .date = { F(start), F(requestedPeriod) },
                           .end = { F(end) }, .recorded = { F(created) },
                           .statuses = appointment_statuses, .refine = refine_appointment },
    [FHIR_PROCEDURE] = { IN(PROCEDURES), .title = { F(code), F(category) },
                         .date = { F(performedDateTime), F(performedPeriod) },
                         .end = { F(performedPeriod) },
                         .author = { F(performer), F(recorder), F(asserter) },
                         .statuses = record_status_event, .refine = refine_procedure },
    [FHIR_DEVICE_USE_STATEMENT] = { IN(PROCEDURES), .title = { F(device) },
                                    .date = { F(timingDateTime), F(timingPeriod) },
                                    .end = { F(timingPeriod) }, .recorded = { F(recordedDate) },
                                    .author = { F(source) }, .statuses = record_status_event,
                                    .refine = refine_procedure },
    [FHIR_IMMUNIZATION] = { IN(IMMUNISATIONS), .title = { F(vaccineCode) },
                            .date = { F(occurrenceDateTime) }, .recorded = { F(recorded) },
                            .author = { F(performer) }, .statuses = record_status_event,
                            .refine = refine_immunisation },
    [FHIR_DOCUMENT_REFERENCE] = { IN(DOCUMENTS), .title = { F(description), F(type), F(category) },
                                  .date = { F(date) }, .author = { F(author), F(custodian) },
                                  .statuses = record_status_event, .refine = refine_document },
    [FHIR_DOCUMENT_MANIFEST] = { IN(DOCUMENTS), .title = { F(description), F(type) },
                                 .date = { F(created) }, .author = { F(author) },
                                 .statuses = record_status_event, .refine = refine_document },
    [FHIR_COMPOSITION] = { IN(DOCUMENTS), .title = { F(title), F(type) }, .date = { F(date) },
                           .author = { F(author), F(custodian) }, .statuses = record_status_event,
                           .refine = refine_composition },
    [FHIR_COMMUNICATION] = { IN(DOCUMENTS), .title = { F(topic), F(category) },
                             .date = { F(sent), F(received) }, .author = { F(sender) },
                             .statuses = record_status_event, .refine = refine_communication },
    [FHIR_CARE_PLAN] = { IN(CARE_PLANS), .title = { F(title), F(category), F(description) },
                         .date = { F(period), F(created) }, .end = { F(period) },
                         .recorded = { F(created) }, .author = { F(author) },
                         .statuses = record_status_request, .refine = refine_plan },
    [FHIR_GOAL] = { IN(CARE_PLANS), .title = { F(description) }, .date = { F(startDate) },
                    .status = F(lifecycleStatus), .statuses = record_status_request,
                    .refine = refine_goal },
    [FHIR_SERVICE_REQUEST] = { IN(CARE_PLANS), .title = { F(code), F(category), F(orderDetail) },
                               .date = { F(authoredOn), F(occurrenceDateTime),
                                         F(occurrencePeriod) },
                               .author = { F(requester) }, .statuses = record_status_request,
                               .refine = refine_request },
    [FHIR_TASK] = { IN(CARE_PLANS), .title = { F(code), F(description), F(focus) },
                    .date = { F(authoredOn), F(executionPeriod) }, .recorded = { F(lastModified) },
                    .author = { F(requester), F(owner) }, .statuses = record_status_request,
                    .refine = refine_request },
    [FHIR_DEVICE_REQUEST] = { IN(CARE_PLANS), .title = { F(codeCodeableConcept), F(codeReference) },
                              .date = { F(authoredOn) }, .author = { F(requester) },
                              .statuses = record_status_request, .refine = refine_request },
    [FHIR_NUTRITION_ORDER] = { IN(CARE_PLANS), .date = { F(dateTime) },
                               .statuses = record_status_request, .refine = refine_request },
    [FHIR_COMMUNICATION_REQUEST] = { IN(CARE_PLANS), .title = { F(category) },
                                     .date = { F(occurrenceDateTime), F(authoredOn) },
                                     .author = { F(requester), F(sender) },
                                     .statuses = record_status_request,
                                     .refine = refine_communication },
    [FHIR_REQUEST_GROUP] = { IN(CARE_PLANS), .title = { F(code) }, .date = { F(authoredOn) },
                             .author = { F(author) }, .statuses = record_status_request,
                             .refine = refine_request },
    [FHIR_IMMUNIZATION_RECOMMENDATION] = { IN(CARE_PLANS), .date = { F(date) },
                                           .statuses = record_status_request,
                                           .refine = refine_request },
    [FHIR_FLAG] = { IN(ALERTS), .title = { F(code), F(category) }, .date = { F(period) },
                    .end = { F(period) }, .author = { F(author) },
                    .statuses = record_status_request, .refine = refine_alert },
    [FHIR_DETECTED_ISSUE] = { IN(ALERTS), .title = { F(code), F(detail) },
                              .date = { F(identifiedDateTime) }, .author = { F(author) },
                              .statuses = record_status_event, .refine = refine_alert },
    [FHIR_RISK_ASSESSMENT] = { IN(ALERTS), .title = { F(code), F(condition) },
                               .date = { F(occurrenceDateTime), F(occurrencePeriod) },
                               .author = { F(performer) }, .statuses = record_status_event,
                               .refine = refine_alert },
    [FHIR_RELATED_PERSON] = { IN(CONTACTS), .title = { F(relationship) }, .date = { F(period) },
                              .end = { F(period) }, .refine = refine_related_person },
    [FHIR_CARE_TEAM] = { IN(CONTACTS), .title = { F(name), F(category) }, .date = { F(period) },
                         .end = { F(period) }, .author = { F(managingOrganization) },
                         .statuses = record_status_request, .refine = refine_care_team },
    [FHIR_PATIENT] = SUPPORT,
    [FHIR_PRACTITIONER] = SUPPORT,
    [FHIR_PRACTITIONER_ROLE] = SUPPORT,
    [FHIR_ORGANIZATION] = SUPPORT,
    [FHIR_ORGANIZATION_AFFILIATION] = SUPPORT,
    [FHIR_LOCATION] = SUPPORT,
    [FHIR_HEALTHCARE_SERVICE] = SUPPORT,
    [FHIR_MEDICATION] = SUPPORT,
    [FHIR_SUBSTANCE] = SUPPORT,
    [FHIR_DEVICE] = SUPPORT,
    [FHIR_SCHEDULE] = SUPPORT,
    [FHIR_SLOT] = SUPPORT,
};

const struct record_shape *record_shape_of(fhir_type type)
{
    static const struct record_shape none = { .place = PLACE_NONE };
    return type < ARRAY_LENGTH(shapes) ? &shapes[type] : &none;
}

/* -- observations ------------------------------------------------------------------------------ */

static bool is_result_code(struct slice code)
{
    static const struct slice results[] = { SLICE_INIT("laboratory"), SLICE_INIT("imaging"),
                                            SLICE_INIT("LAB"), SLICE_INIT("RAD"),
                                            SLICE_INIT("procedure-report") };
    bool found = false;
    for (size_t i = 0; i < ARRAY_LENGTH(results); i++) {
        found |= slice_equal(code, results[i]);
    }
    return found;
}

enum record_section record_observation_section(struct reading *reading)
{
    json_ix category = reading->field[FIELD_category];
    json_each_element(reading->json, category, one)
    {
        json_each_element(reading->json, record_child(reading, one, "coding"), coding)
        {
            if (is_result_code(record_member(reading, coding, "code"))) {
                return SECTION_RESULTS;
            }
        }
    }
    bool none = record_first(reading->json, category) == JSON_NONE;
    return none && reading->field[FIELD_referenceRange] != JSON_NONE ? SECTION_RESULTS
                                                                     : SECTION_OBSERVATIONS;
}

/* -- who may see a section --------------------------------------------------------------------- */

/* what a section is made of, as far as a decision tells kinds apart */
struct section_part {
    enum record_section section;
    fhir_type type;
    uint32_t labels;
};

static const struct section_part observed_parts[] = {
    { SECTION_RESULTS, FHIR_OBSERVATION, LABEL_LABORATORY },
    { SECTION_RESULTS, FHIR_OBSERVATION, LABEL_IMAGING },
    { SECTION_RESULTS, FHIR_DIAGNOSTIC_REPORT, LABEL_LABORATORY },
    { SECTION_RESULTS, FHIR_DIAGNOSTIC_REPORT, LABEL_IMAGING },
    { SECTION_RESULTS, FHIR_DIAGNOSTIC_REPORT, LABEL_UNCATEGORISED },
    { SECTION_RESULTS, FHIR_IMAGING_STUDY, LABEL_IMAGING },
    { SECTION_OBSERVATIONS, FHIR_OBSERVATION, LABEL_VITAL_SIGNS },
    { SECTION_OBSERVATIONS, FHIR_OBSERVATION, LABEL_SOCIAL_HISTORY },
    { SECTION_OBSERVATIONS, FHIR_OBSERVATION, LABEL_OTHER_CATEGORY },
    { SECTION_OBSERVATIONS, FHIR_OBSERVATION, LABEL_UNCATEGORISED },
};

static bool is_observed(enum record_section section)
{
    return section == SECTION_RESULTS || section == SECTION_OBSERVATIONS;
}

static void count_parts(const struct decision *decision, enum record_section section,
                        size_t *ret_allowed, size_t *ret_parts)
{
    *ret_allowed = *ret_parts = 0;
    for (size_t i = 0; is_observed(section) && i < ARRAY_LENGTH(observed_parts); i++) {
        const struct section_part *part = &observed_parts[i];
        if (part->section == section) {
            ++*ret_parts;
            *ret_allowed += decision_allows_kind(decision, part->type, part->labels);
        }
    }
    for (size_t i = 0; !is_observed(section) && i < ARRAY_LENGTH(shapes); i++) {
        if (shapes[i].place == PLACE_SECTION && shapes[i].section == section) {
            ++*ret_parts;
            *ret_allowed += decision_allows_kind(decision, (fhir_type)i, 0);
        }
    }
}

bool record_section_allowed(const struct decision *decision, enum record_section section)
{
    size_t allowed, parts;
    count_parts(decision, section, &allowed, &parts);
    return allowed > 0;
}

bool record_section_allowed_whole(const struct decision *decision, enum record_section section)
{
    size_t allowed, parts;
    count_parts(decision, section, &allowed, &parts);
    return allowed == parts;
}

/*
 * Invariant 3. A role that sees a part of a section and finds nothing has not learnt that there is
 * nothing: it is told that it may not see, and not that nothing is recorded (hazard H5).
 */
enum source_state record_state(const struct record_input *input, bool allowed, bool whole,
                               bool present)
{
    if (!allowed) {
        return SOURCE_DENIED;
    }
    if (!input->asked) {
        return SOURCE_NOT_ASKED;
    }
    if (input->answer == NULL) {
        return input->unavailable ? SOURCE_UNAVAILABLE : SOURCE_TIMED_OUT;
    }
    enum source_state state = input->answer->state;
    if (state != SOURCE_OK && state != SOURCE_NONE_RECORDED) {
        return state;
    }
    return present ? SOURCE_OK : whole ? SOURCE_NONE_RECORDED : SOURCE_DENIED;
}
