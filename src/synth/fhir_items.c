/*
 * fhir_items.c: one function a kind of item.
 *
 * Statuses and categories come from the code systems that FHIR R4 binds as required; each place
 * cites none of them, they are at the element in https://hl7.org/fhir/R4/. Every resource says who
 * wrote it and when.
 */
#include "synth/fhir_context.h"

#include "base/base64url.h"
#include "synth/value.h"

#define TERMINOLOGY "http://terminology.hl7.org/CodeSystem/"
static const struct slice no_text = { NULL, 0 };

static void optional_item(struct fhir_context *at, const char *key, uint32_t item)
{
    if (item != SYNTH_NO_ITEM) {
        fhir_item_reference(at, key, item);
    }
}

static void reasons(struct fhir_context *at, uint32_t reason)
{
    if (reason != SYNTH_NO_ITEM) {
        json_member_begin_array(&at->json, "reasonReference");
        fhir_item_reference(at, NULL, reason);
        json_end_array(&at->json);
    }
}

static void note(struct fhir_context *at, struct slice text)
{
    if (text.len > 0) {
        json_member_begin_array(&at->json, "note");
        json_begin_object(&at->json);
        fhir_text(at, "text", text);
        json_end_object(&at->json);
        json_end_array(&at->json);
    }
}

static void performers(struct fhir_context *at, const struct synth_item *item)
{
    json_member_begin_array(&at->json, "performer");
    json_begin_object(&at->json);
    fhir_staff_reference(at, "actor", item->author);
    json_end_object(&at->json);
    json_end_array(&at->json);
}

/* `status`, unless the item was taken back */
static void status_of(struct fhir_context *at, const struct synth_item *item, const char *status)
{
    fhir_literal(at, "status", mishap_withdrawn(item) ? "entered-in-error" : status);
}

/* the item's code, or what stands in its place: words alone, or another code beside the words */
static void code_of(struct fhir_context *at, const char *key, const struct synth_item *item,
                    const struct synth_code *second, struct slice text)
{
    if (item->code == NULL || mishap_is(item, SYNTH_MISHAP_UNCODED)) {
        fhir_text_concept(at, key,
                          text.len > 0         ? text
                          : item->code == NULL ? item->text
                                               : item->code->display);
    } else if (mishap_is(item, SYNTH_MISHAP_WRONG_CODE)) {
        fhir_concept(at, key, mishap_wrong_code(item), NULL, item->code->display);
    } else {
        fhir_concept(at, key, item->code, second, text);
    }
}

/* -- conditions -------------------------------------------------------------------------------- */

static void condition(struct fhir_context *at, const struct synth_item *item)
{
    bool withdrawn = mishap_withdrawn(item);
    if (!withdrawn) { /* con-5: what was entered in error has no clinical status */
        fhir_coded(at, "clinicalStatus", TERMINOLOGY "condition-clinical",
                   item->status == SYNTH_ACTIVE ? "active" : "resolved", NULL);
    }
    fhir_coded(at, "verificationStatus", TERMINOLOGY "condition-ver-status",
               withdrawn ? "entered-in-error" : "confirmed", NULL);
    json_member_begin_array(&at->json, "category");
    fhir_coded(at, NULL, TERMINOLOGY "condition-category",
               item->problem ? "problem-list-item" : "encounter-diagnosis",
               item->problem ? "Problem List Item" : "Encounter Diagnosis");
    json_end_array(&at->json);
    code_of(at, "code", item, NULL, no_text);
    fhir_patient_reference(at, "subject");
    optional_item(at, "encounter", item->encounter);
    fhir_date(at, "onsetDateTime", synth_day_of(item->start));
    if (item->end != SYNTH_NEVER && !withdrawn) {
        fhir_date(at, "abatementDateTime", synth_day_of(item->end));
    }
    fhir_when(at, "recordedDate", item->recorded);
    fhir_staff_reference(at, "recorder", item->author);
    note(at, item->note);
}

/* -- medicines --------------------------------------------------------------------------------- */

static void dosage(struct fhir_context *at, const char *key, const struct synth_item *item)
{
    json_member_begin_array(&at->json, key);
    json_begin_object(&at->json);
    fhir_text(at, "text", item->text);
    if (item->other != NULL) {
        fhir_concept(at, "route", item->other, NULL, no_text);
    }
    json_end_object(&at->json);
    json_end_array(&at->json);
}

static void request(struct fhir_context *at, const struct synth_item *item)
{
    static const char *const status[] = {
        [SYNTH_ACTIVE] = "active", [SYNTH_ENDED] = "stopped", [SYNTH_COURSE] = "completed"
    };
    status_of(at, item, status[item->status]);
    fhir_literal(at, "intent", "order");
    fhir_concept(at, "medicationCodeableConcept", item->code, NULL, no_text);
    fhir_patient_reference(at, "subject");
    optional_item(at, "encounter", item->encounter);
    fhir_when(at, "authoredOn", item->start);
    fhir_staff_reference(at, "requester", item->author);
    reasons(at, item->reason);
    fhir_coded(at, "courseOfTherapyType", TERMINOLOGY "medicationrequest-course-of-therapy",
               item->repeat ? "continuous" : "acute",
               item->repeat ? "Continuous long term therapy" : "Short course (acute) therapy");
    dosage(at, "dosageInstruction", item);
    json_member_begin_object(&at->json, "dispenseRequest");
    fhir_period(at, "validityPeriod", item->start, item->end);
    json_member_begin_object(&at->json, "quantity");
    json_member_write_u64(&at->json, "value", (uint64_t)item->quantity);
    fhir_text(at, "unit", item->text2);
    json_end_object(&at->json);
    json_end_object(&at->json);
}

static void statement(struct fhir_context *at, const struct synth_item *item)
{
    status_of(at, item, item->status == SYNTH_ACTIVE ? "active" : "stopped");
    fhir_concept(at, "medicationCodeableConcept", item->code, NULL, no_text);
    fhir_patient_reference(at, "subject");
    fhir_period(at, "effectivePeriod", item->start, item->end);
    fhir_when(at, "dateAsserted", item->recorded);
    fhir_staff_reference(at, "informationSource", item->author);
    dosage(at, "dosage", item);
}

/* -- allergies --------------------------------------------------------------------------------- */

static void allergy(struct fhir_context *at, const struct synth_item *item)
{
    bool withdrawn = mishap_withdrawn(item);
    if (!withdrawn) { /* ait-2 */
        fhir_coded(at, "clinicalStatus", TERMINOLOGY "allergyintolerance-clinical", "active", NULL);
    }
    fhir_coded(at, "verificationStatus", TERMINOLOGY "allergyintolerance-verification",
               withdrawn ? "entered-in-error" : "confirmed", NULL);
    if (item->status != SYNTH_NEGATED) {
        json_member_begin_array(&at->json, "category");
        json_write_string(&at->json, item->text);
        json_end_array(&at->json);
        fhir_text(at, "criticality", item->text2);
    }
    code_of(at, "code", item, NULL, item->note);
    fhir_patient_reference(at, "patient");
    fhir_when(at, "recordedDate", item->recorded);
    fhir_staff_reference(at, "recorder", item->author);
    if (item->other != NULL) {
        json_member_begin_array(&at->json, "reaction");
        json_begin_object(&at->json);
        json_member_begin_array(&at->json, "manifestation");
        json_begin_object(&at->json);
        fhir_text(at, "text", item->other->display);
        json_member_begin_array(&at->json, "coding");
        json_begin_object(&at->json);
        fhir_text(at, "system", item->other->system->url);
        fhir_text(at, "code", item->other->code);
        fhir_text(at, "display", item->other->display);
        json_end_object(&at->json);
        json_end_array(&at->json);
        json_end_object(&at->json);
        json_end_array(&at->json);
        fhir_literal(at, "severity", slice_equal(item->text2, SLICE("high")) ? "severe" : "mild");
        json_end_object(&at->json);
        json_end_array(&at->json);
    }
}

/* -- observations ------------------------------------------------------------------------------ */

static void quantity_in(struct fhir_context *at, const char *key, const struct mishap_unit *unit)
{
    char room[SYNTH_DECIMAL_SIZE];
    json_member_begin_object(&at->json, key);
    json_member_write_raw(&at->json, "value", synth_decimal(unit->value, unit->decimals, room));
    if (unit->unit.len > 0) {
        fhir_text(at, "unit", unit->unit);
    }
    if (unit->ucum.len > 0) {
        fhir_literal(at, "system", "http://unitsofmeasure.org");
        fhir_text(at, "code", unit->ucum);
    }
    json_end_object(&at->json);
}

static void quantity(struct fhir_context *at, const char *key, const struct synth_test *test,
                     int32_t value)
{
    struct mishap_unit unit = {
        .unit = test->unit, .ucum = test->ucum, .decimals = test->decimals, .value = value
    };
    quantity_in(at, key, &unit);
}

/* in another unit, or none, when that befell the item */
static void quantity_of(struct fhir_context *at, const char *key, const struct synth_item *item,
                        int32_t value)
{
    struct mishap_unit unit = synth_value_told(item, item->test, value);
    quantity_in(at, key, &unit);
}

static void range(struct fhir_context *at, const struct synth_item *item)
{
    struct synth_range_of_test range =
        synth_value_range(item->test, at->life->person->sex, item->value);
    if (range.low == 0 && range.high == 0) {
        return;
    }
    if (range.flag != '\0') {
        json_member_begin_array(&at->json, "interpretation");
        fhir_coded(at, NULL, TERMINOLOGY "v3-ObservationInterpretation",
                   (char[]){ range.flag, '\0' }, range.flag == 'H' ? "High" : "Low");
        json_end_array(&at->json);
    }
    json_member_begin_array(&at->json, "referenceRange");
    json_begin_object(&at->json);
    if (range.low > 0) {
        quantity_of(at, "low", item, range.low);
    }
    if (range.high > 0) {
        quantity_of(at, "high", item, range.high);
    }
    json_end_object(&at->json);
    json_end_array(&at->json);
}

static void component(struct fhir_context *at, enum synth_test_key key, int32_t value)
{
    const struct synth_test *test = &synth_test_table[key];
    json_begin_object(&at->json);
    fhir_concept(at, "code", test->code, test->loinc, no_text);
    quantity(at, "valueQuantity", test, value);
    json_end_object(&at->json);
}

static void observed(struct fhir_context *at, const struct synth_item *item)
{
    if (item->value2 != 0) {
        json_member_begin_array(&at->json, "component");
        component(at, SYNTH_TEST_SYSTOLIC, item->value);
        component(at, SYNTH_TEST_DIASTOLIC, item->value2);
        json_end_array(&at->json);
    } else if (item->test != NULL) {
        quantity_of(at, "valueQuantity", item, item->value);
        range(at, item);
    } else if (item->other != NULL) {
        fhir_concept(at, "valueCodeableConcept", item->other, NULL, no_text);
    } else {
        fhir_text(at, "valueString", item->text);
    }
}

/* the laboratory's final word follows within three days */
static const char *observation_status(const struct fhir_context *at, const struct synth_item *item)
{
    bool waits = synth_day_of(item->start) + 3 > at->world->today;
    return mishap_withdrawn(item)                               ? "entered-in-error"
           : mishap_is(item, SYNTH_MISHAP_PRELIMINARY) && waits ? "preliminary"
           : mishap_is(item, SYNTH_MISHAP_CORRECTED)            ? "corrected"
                                                                : "final";
}

static void observation(struct fhir_context *at, const struct synth_item *item)
{
    char category[32] = "social-history";
    const struct synth_code *loinc = NULL;
    if (item->test != NULL) {
        snprintf(category, sizeof(category), "%.*s", SLICE_PRINT(item->test->category));
        loinc = item->value2 != 0 ? &synth_code_table[SYNTH_CODE_BLOOD_PRESSURE_PANEL]
                                  : item->test->loinc;
    }
    fhir_literal(at, "status", observation_status(at, item));
    json_member_begin_array(&at->json, "category");
    fhir_coded(at, NULL, TERMINOLOGY "observation-category", category, NULL);
    json_end_array(&at->json);
    fhir_concept(at, "code", item->code, loinc,
                 item->test != NULL && item->value2 == 0 ? item->test->label : no_text);
    fhir_patient_reference(at, "subject");
    optional_item(at, "encounter", item->encounter);
    fhir_when(at, "effectiveDateTime", item->start);
    fhir_when(at, "issued", item->recorded);
    json_member_begin_array(&at->json, "performer");
    fhir_staff_reference(at, NULL, item->author);
    json_end_array(&at->json);
    observed(at, item);
}

/* -- encounters -------------------------------------------------------------------------------- */

#define UK_CORE_SYSTEM "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
#define UK_CORE_SHAPE  "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"

/* codes of the NHS Data Dictionary under the names that UK Core gives their lists */
static void dictionary(struct fhir_context *at, const char *key, const char *system,
                       struct slice code)
{
    json_member_begin_object(&at->json, key);
    json_member_begin_array(&at->json, "coding");
    json_begin_object(&at->json);
    fhir_literal(at, "system", system);
    fhir_text(at, "code", code);
    json_end_object(&at->json);
    json_end_array(&at->json);
    json_end_object(&at->json);
}

static void methods(struct fhir_context *at, const struct synth_visit *visit)
{
    json_member_begin_array(&at->json, "extension");
    json_begin_object(&at->json);
    fhir_literal(at, "url", UK_CORE_SHAPE "AdmissionMethod");
    dictionary(at, "valueCodeableConcept", UK_CORE_SYSTEM "AdmissionMethodEngland",
               visit->admission_method);
    json_end_object(&at->json);
    if (visit->discharge_method.len > 0) {
        json_begin_object(&at->json);
        fhir_literal(at, "url", UK_CORE_SHAPE "DischargeMethod");
        dictionary(at, "valueCodeableConcept", UK_CORE_SYSTEM "DischargeMethodEngland",
                   visit->discharge_method);
        json_end_object(&at->json);
    }
    json_end_array(&at->json);
}

static void stay(struct fhir_context *at, const struct synth_item *item)
{
    const struct synth_visit *visit = item->visit;
    json_member_begin_object(&at->json, "hospitalization");
    if (visit != NULL && visit->admission_source.len > 0) {
        dictionary(at, "admitSource", UK_CORE_SYSTEM "SourceOfAdmissionEngland",
                   visit->admission_source);
    }
    if (item->death) {
        fhir_coded(at, "dischargeDisposition", TERMINOLOGY "discharge-disposition", "exp",
                   "Expired");
    } else if (visit != NULL && visit->discharge_destination.len > 0) {
        dictionary(at, "dischargeDisposition", UK_CORE_SYSTEM "DischargeDestinationEngland",
                   visit->discharge_destination);
    }
    json_end_object(&at->json);
}

static void ward(struct fhir_context *at, struct slice name)
{
    json_begin_object(&at->json);
    json_member_begin_object(&at->json, "location");
    fhir_text(at, "display", name);
    json_end_object(&at->json);
    json_end_object(&at->json);
}

static void wards(struct fhir_context *at, const struct synth_visit *visit)
{
    json_member_begin_array(&at->json, "location");
    ward(at, visit->ward);
    if (visit->moved_ward.len > 0) {
        ward(at, visit->moved_ward);
    }
    json_end_array(&at->json);
}

static void encounter(struct fhir_context *at, const struct synth_item *item)
{
    static const struct {
        const char *code, *display;
    } classes[] = {
        [SYNTH_AT_SURGERY] = { "AMB", "ambulatory" },
        [SYNTH_BY_TELEPHONE] = { "VR", "virtual" },
        [SYNTH_AT_HOME] = { "HH", "home health" },
        [SYNTH_IN_EMERGENCY] = { "EMER", "emergency" },
        [SYNTH_ON_WARD] = { "IMP", "inpatient encounter" },
        [SYNTH_IN_CLINIC] = { "AMB", "ambulatory" },
        [SYNTH_IN_AMBULANCE] = { "EMER", "emergency" },
    };
    const struct synth_visit *visit = item->visit;
    if (visit != NULL && visit->admission_method.len > 0) {
        methods(at, visit);
    }
    status_of(at, item, item->status == SYNTH_ACTIVE ? "in-progress" : "finished");
    json_member_begin_object(&at->json, "class");
    fhir_literal(at, "system", TERMINOLOGY "v3-ActCode");
    fhir_literal(at, "code", classes[item->setting].code);
    fhir_literal(at, "display", classes[item->setting].display);
    json_end_object(&at->json);
    json_member_begin_array(&at->json, "type");
    json_begin_object(&at->json);
    json_member_begin_array(&at->json, "coding");
    json_begin_object(&at->json);
    fhir_text(at, "system", item->code->system->url);
    fhir_text(at, "code", item->code->code);
    fhir_text(at, "display", item->code->display);
    json_end_object(&at->json);
    json_end_array(&at->json);
    json_end_object(&at->json);
    json_end_array(&at->json);
    if (visit != NULL && visit->specialty.len > 0) {
        dictionary(at, "serviceType", UK_CORE_SYSTEM "PracticeSettingCode", visit->specialty);
    }
    fhir_patient_reference(at, "subject");
    json_member_begin_array(&at->json, "participant");
    json_begin_object(&at->json);
    fhir_staff_reference(at, "individual", item->author);
    json_end_object(&at->json);
    json_end_array(&at->json);
    fhir_period(at, "period", item->start, item->end);
    json_member_begin_array(&at->json, "reasonCode");
    json_begin_object(&at->json);
    fhir_text(at, "text", item->text);
    json_end_object(&at->json);
    json_end_array(&at->json);
    reasons(at, item->reason);
    if (item->death || (visit != NULL && visit->admission_method.len > 0)) {
        stay(at, item);
    }
    if (visit != NULL && visit->ward.len > 0) {
        wards(at, visit);
    }
    fhir_organisation_reference(at, "serviceProvider", item->organisation);
}

/* -- what was done ----------------------------------------------------------------------------- */

static void procedure(struct fhir_context *at, const struct synth_item *item)
{
    status_of(at, item, "completed");
    code_of(at, "code", item, NULL, no_text);
    fhir_patient_reference(at, "subject");
    optional_item(at, "encounter", item->encounter);
    fhir_when(at, "performedDateTime", item->start);
    fhir_staff_reference(at, "recorder", item->author);
    performers(at, item);
    reasons(at, item->reason);
    note(at, item->text);
}

static void immunisation(struct fhir_context *at, const struct synth_item *item)
{
    status_of(at, item, "completed");
    code_of(at, "vaccineCode", item, NULL, item->text);
    fhir_patient_reference(at, "patient");
    fhir_when(at, "occurrenceDateTime", item->start);
    fhir_when(at, "recorded", item->recorded);
    json_member_write_bool(&at->json, "primarySource", true);
    fhir_text(at, "lotNumber", item->text2);
    if (item->value > 0) {
        fhir_concept(at, "site", &synth_code_table[item->value], NULL, no_text);
    }
    fhir_concept(at, "route", item->other, NULL, no_text);
    performers(at, item);
}

static void care_plan(struct fhir_context *at, const struct synth_item *item)
{
    fhir_literal(at, "status", item->status == SYNTH_ACTIVE ? "active" : "completed");
    fhir_literal(at, "intent", "plan");
    json_member_begin_array(&at->json, "category");
    json_begin_object(&at->json);
    json_member_begin_array(&at->json, "coding");
    json_begin_object(&at->json);
    fhir_text(at, "system", item->code->system->url);
    fhir_text(at, "code", item->code->code);
    fhir_text(at, "display", item->code->display);
    json_end_object(&at->json);
    json_end_array(&at->json);
    json_end_object(&at->json);
    json_end_array(&at->json);
    fhir_text(at, "title", item->text);
    fhir_text(at, "description", item->note);
    fhir_patient_reference(at, "subject");
    fhir_period(at, "period", item->start, SYNTH_NEVER);
    fhir_when(at, "created", item->recorded);
    fhir_staff_reference(at, "author", item->author);
}

static void flag(struct fhir_context *at, const struct synth_item *item)
{
    char category[16];
    snprintf(category, sizeof(category), "%.*s", SLICE_PRINT(item->text2));
    fhir_literal(at, "status", item->status == SYNTH_ACTIVE ? "active" : "inactive");
    json_member_begin_array(&at->json, "category");
    fhir_coded(at, NULL, TERMINOLOGY "flag-category", category, NULL);
    json_end_array(&at->json);
    fhir_concept(at, "code", item->code, NULL, item->text);
    fhir_patient_reference(at, "subject");
    fhir_period(at, "period", item->start, SYNTH_NEVER);
    fhir_staff_reference(at, "author", item->author);
}

/* -- documents --------------------------------------------------------------------------------- */

static void document(struct fhir_context *at, const struct synth_item *item)
{
    status_of(at, item, "current");
    fhir_literal(at, "docStatus", mishap_is(item, SYNTH_MISHAP_CORRECTED) ? "amended" : "final");
    fhir_concept(at, "type", item->code, NULL, no_text);
    fhir_patient_reference(at, "subject");
    fhir_when(at, "date", item->recorded);
    json_member_begin_array(&at->json, "author");
    fhir_staff_reference(at, NULL, item->author);
    json_end_array(&at->json);
    fhir_organisation_reference(at, "custodian", item->organisation);
    fhir_text(at, "description", item->text);
    json_member_begin_array(&at->json, "content");
    json_begin_object(&at->json);
    json_member_begin_object(&at->json, "attachment");
    fhir_literal(at, "contentType", "text/plain; charset=utf-8");
    fhir_literal(at, "language", "en-GB");
    json_key(&at->json, SLICE("data"));
    json_write_raw(&at->json, SLICE("\""));
    base64_append(at->json.out, item->note);
    strbuf_add_byte(at->json.out, '"');
    fhir_text(at, "title", item->text);
    fhir_when(at, "creation", item->recorded);
    json_end_object(&at->json);
    json_end_object(&at->json);
    json_end_array(&at->json);
    json_member_begin_object(&at->json, "context");
    if (item->encounter != SYNTH_NO_ITEM) {
        json_member_begin_array(&at->json, "encounter");
        fhir_item_reference(at, NULL, item->encounter);
        json_end_array(&at->json);
    }
    fhir_period(at, "period", item->start, item->start);
    if (item->reason != SYNTH_NO_ITEM) { /* the referral that the letter goes with */
        json_member_begin_array(&at->json, "related");
        fhir_item_reference(at, NULL, item->reason);
        json_end_array(&at->json);
    }
    json_end_object(&at->json);
}

/* -- appointments and people ------------------------------------------------------------------- */

static void participant(struct fhir_context *at, const struct synth_item *item, bool patient)
{
    json_begin_object(&at->json);
    if (patient) {
        fhir_patient_reference(at, "actor");
    } else {
        fhir_staff_reference(at, "actor", item->author);
    }
    fhir_literal(at, "status", "accepted");
    json_end_object(&at->json);
}

static const char *appointment_status(const struct synth_item *item)
{
    uint8_t attended = item->visit != NULL ? item->visit->attended : 0;
    return mishap_withdrawn(item)           ? "entered-in-error"
           : attended == 2 || attended == 4 ? "cancelled"
           : item->status == SYNTH_NO_SHOW  ? "noshow"
           : item->status == SYNTH_ENDED    ? "fulfilled"
                                            : "booked";
}

static void appointment(struct fhir_context *at, const struct synth_item *item)
{
    fhir_literal(at, "status", appointment_status(item));
    json_member_begin_array(&at->json, "serviceType");
    json_begin_object(&at->json);
    fhir_text(at, "text", item->text);
    json_end_object(&at->json);
    json_end_array(&at->json);
    fhir_text(at, "description", item->text);
    fhir_when(at, "start", item->start);
    fhir_when(at, "end", item->end);
    fhir_when(at, "created", item->recorded);
    json_member_begin_array(&at->json, "participant");
    participant(at, item, true);
    participant(at, item, false);
    json_end_array(&at->json);
}

static void related_person(struct fhir_context *at, const struct synth_item *item)
{
    static const struct {
        struct slice role;
        const char *code, *display, *gender;
    } roles[] = {
        { SLICE_INIT("partner"), "DOMPART", "domestic partner", NULL },
        { SLICE_INIT("mother"), "MTH", "mother", "female" },
        { SLICE_INIT("father"), "FTH", "father", "male" },
        { SLICE_INIT("daughter"), "DAU", "natural daughter", "female" },
        { SLICE_INIT("son"), "SON", "natural son", "male" },
        { SLICE_INIT("sister"), "SIS", "sister", "female" },
        { SLICE_INIT("brother"), "BRO", "brother", "male" },
    };
    char phone[12];
    size_t role = 0;
    while (role + 1 < ARRAY_LENGTH(roles) && !slice_equal(roles[role].role, item->text)) {
        role++;
    }
    json_member_write_bool(&at->json, "active", true);
    fhir_patient_reference(at, "patient");
    json_member_begin_array(&at->json, "relationship");
    fhir_coded(at, NULL, TERMINOLOGY "v3-RoleCode", roles[role].code, roles[role].display);
    fhir_coded(at, NULL, TERMINOLOGY "v2-0131", "N", "Next-of-Kin");
    json_end_array(&at->json);
    json_member_begin_array(&at->json, "name");
    json_begin_object(&at->json);
    fhir_text(at, "family", item->note);
    json_member_begin_array(&at->json, "given");
    json_write_string(&at->json, item->text2);
    json_end_array(&at->json);
    json_end_object(&at->json);
    json_end_array(&at->json);
    json_member_begin_array(&at->json, "telecom");
    json_begin_object(&at->json);
    fhir_literal(at, "system", "phone");
    snprintf(phone, sizeof(phone), "07700900%03d", (int)item->value);
    fhir_literal(at, "value", phone);
    json_end_object(&at->json);
    json_end_array(&at->json);
    if (roles[role].gender != NULL) {
        fhir_literal(at, "gender", roles[role].gender);
    }
    fhir_period(at, "period", item->start, SYNTH_NEVER);
}

/* -- referrals --------------------------------------------------------------------------------- */

static void referral(struct fhir_context *at, const struct synth_item *item)
{
    status_of(at, item, item->status == SYNTH_ACTIVE ? "active" : "completed");
    fhir_literal(at, "intent", "order");
    fhir_literal(at, "priority", item->visit->urgent_cancer ? "urgent" : "routine");
    fhir_concept(at, "code", item->code, NULL, item->text);
    fhir_patient_reference(at, "subject");
    fhir_when(at, "authoredOn", item->start);
    fhir_staff_reference(at, "requester", item->author);
    json_member_begin_array(&at->json, "reasonCode");
    json_begin_object(&at->json);
    fhir_text(at, "text", item->note);
    json_end_object(&at->json);
    json_end_array(&at->json);
    reasons(at, item->reason);
}

static const struct {
    const char *type;
    void (*write)(struct fhir_context *at, const struct synth_item *item);
} writers[] = {
    [SYNTH_CONDITION] = { "Condition", condition },
    [SYNTH_MEDICATION] = { "MedicationRequest", request },
    [SYNTH_ALLERGY_RECORD] = { "AllergyIntolerance", allergy },
    [SYNTH_OBSERVATION] = { "Observation", observation },
    [SYNTH_ENCOUNTER] = { "Encounter", encounter },
    [SYNTH_PROCEDURE] = { "Procedure", procedure },
    [SYNTH_IMMUNISATION] = { "Immunization", immunisation },
    [SYNTH_PLAN] = { "CarePlan", care_plan },
    [SYNTH_FLAG] = { "Flag", flag },
    [SYNTH_DOCUMENT] = { "DocumentReference", document },
    [SYNTH_APPOINTMENT] = { "Appointment", appointment },
    [SYNTH_RELATIVE] = { "RelatedPerson", related_person },
    [SYNTH_REFERRAL] = { "ServiceRequest", referral },
};

const char *fhir_item_type(const struct synth_item *item)
{
    /* the hospital takes down what others prescribe */
    bool taken_down = item->kind == SYNTH_MEDICATION && item->organisation < SYNTH_FIRST_PRACTICE;
    return taken_down ? "MedicationStatement" : writers[item->kind].type;
}

void fhir_item(struct fhir_context *at, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    const char *type = fhir_item_type(item);
    char url[SYNTH_UUID_SIZE];
    fhir_url(at->world, FHIR_URL_ITEM, at->life->person->number, index, url);
    fhir_begin_entry(at, url, type, no_text);
    (item->kind == SYNTH_MEDICATION && type != writers[item->kind].type
         ? statement
         : writers[item->kind].write)(at, item);
    fhir_end_entry(at, "POST", type, no_text);
}
