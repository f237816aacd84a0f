/*
 * What each family of resources becomes: title, status, dates with their precision, author, value.
 */
#include "record_fixture.h"

static struct record_fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

#define SNOMED "'system':'http://snomed.info/sct'"
#define CODED(key, code, display)                                                                  \
    "'" key "':{'coding':[{" SNOMED ",'code':'" code "','display':'" display "'}]}"
#define STATUS_OF(key, code) "'" key "':{'coding':[{'system':'http://x','code':'" code "'}]}"

static void condition_is_read(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(
        &fixture, SECTION_PROBLEMS,
        "{'resourceType':'Condition','id':'c1'," STATUS_OF(
            "clinicalStatus",
            "active") "," STATUS_OF("verificationStatus",
                                    "confirmed") ","
                                                 "'code':{'text':'AF, "
                                                 "paroxysmal','coding':[{'system':'http://"
                                                 "local','code':'G573'},{" SNOMED
                                                 ",'code':'49436004','display':'Atrial "
                                                 "fibrillation'}]},"
                                                 "'severity':{'text':'Moderate'},'onsetDateTime':'"
                                                 "2026-08','recordedDate':'2026-08-11T09:30:00Z',"
                                                 "'recorder':{'display':'Dr A "
                                                 "Okafor'},'note':[{'text':'Seen in "
                                                 "clinic'},{'text':'ECG done'}]}");
    assert_slice(item->title, "AF, paroxysmal");
    assert_slice(item->code, "49436004");
    assert_slice(item->system, "http://snomed.info/sct");
    assert_int_equal(item->status, ITEM_CURRENT);
    assert_slice(item->status_text, "active");
    assert_true(item->has_date);
    assert_int_equal(item->date.precision, INSTANT_MONTH);
    assert_true(item->has_recorded);
    assert_int_equal(item->recorded.hour, 9);
    assert_slice(item->author, "Dr A Okafor");
    assert_slice(item->detail, "Moderate");
    assert_slice(item->note, "Seen in clinic; ECG done");
    assert_slice(item->id, "c1");
}

static void title_falls_back_to_display_then_code(void **state)
{
    (void)state;
    assert_slice(
        fixture_one(&fixture, SECTION_PROBLEMS,
                    "{'resourceType':'Condition'," CODED("code", "38341003", "Hypertension") "}")
            ->title,
        "Hypertension");
    assert_slice(
        fixture_one(
            &fixture, SECTION_PROBLEMS,
            "{'resourceType':'Condition','code':{'coding':[{'system':'urn:x','code':'Z9'}]}}")
            ->title,
        "Z9 (urn:x)");
    assert_slice(fixture_one(&fixture, SECTION_PROBLEMS, "{'resourceType':'Condition'}")->title,
                 "Not named by the source");
}

static void long_titles_are_whole(void **state)
{
    (void)state;
    char json[1200], name[900];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(json, sizeof json, "{'resourceType':'Condition','code':{'text':'%s'}}", name);
    assert_slice(fixture_one(&fixture, SECTION_PROBLEMS, json)->title, name);
}

static void statuses_of_conditions(void **state)
{
    (void)state;
    static const struct {
        const char *elements;
        enum item_status status;
        const char *words;
    } rows[] = {
        { STATUS_OF("clinicalStatus", "recurrence"), ITEM_CURRENT, "recurrence" },
        { STATUS_OF("clinicalStatus", "resolved"), ITEM_PAST, "resolved" },
        { STATUS_OF("clinicalStatus", "remission"), ITEM_PAST, "remission" },
        { "'abatementDateTime':'2020'", ITEM_PAST, "ended" },
        { "'abatementString':'in childhood'", ITEM_PAST, "ended" },
        { STATUS_OF("clinicalStatus", "odd"), ITEM_CURRENT, "odd" },
        { STATUS_OF("verificationStatus", "refuted"), ITEM_REFUTED, "refuted" },
        { STATUS_OF("clinicalStatus", "active") "," STATUS_OF("verificationStatus",
                                                              "entered-in-error"),
          ITEM_ENTERED_IN_ERROR, "entered in error" },
        { STATUS_OF("clinicalStatus", "active") "," STATUS_OF("verificationStatus", "provisional"),
          ITEM_CURRENT, "provisional, active" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char json[600];
        snprintf(json, sizeof json, "{'resourceType':'Condition','code':{'text':'Asthma'},%s}",
                 rows[i].elements);
        const struct record_item *item = fixture_one(&fixture, SECTION_PROBLEMS, json);
        assert_int_equal(item->status, rows[i].status);
        assert_slice(item->status_text, rows[i].words);
        const struct record_section_view *view = &fixture.record.sections[SECTION_PROBLEMS];
        assert_int_equal(view->current_count, rows[i].status == ITEM_CURRENT);
    }
}

static void words_of_time_are_kept(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(&fixture, SECTION_PROBLEMS,
                                                 "{'resourceType':'Condition','code':{'text':'"
                                                 "Asthma'},'onsetAge':{'value':7,'unit':'years'},"
                                                 "'abatementString':'as a student'}");
    assert_false(item->has_date);
    assert_slice(item->note, "Onset at age 7 years; Ended: as a student");
    item = fixture_one(
        &fixture, SECTION_PROBLEMS,
        "{'resourceType':'Condition','code':{'text':'Asthma'},'onsetDateTime':'12/03/1998'}");
    assert_false(item->has_date);
    assert_slice(item->note, "Date as recorded: 12/03/1998");
}

static void medication_request_is_read(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(
        &fixture, SECTION_MEDICATION,
        "{'resourceType':'MedicationRequest','status':'active','intent':'order'," CODED(
            "medicationCodeableConcept", "39695211000001102",
            "Ramipril 2.50 mg capsules") ","
                                         "'authoredOn':'2026-09-09','requester':{'reference':'#p'},"
                                         "'contained':[{'resourceType':'Practitioner','id':'p','"
                                         "name':[{'family':'Shah','given':['Priya'],"
                                         "'prefix':['Dr']}]}],'dosageInstruction':[{'text':'One "
                                         "capsule (2.50 mg) each morning'},"
                                         "{'text':'Stop if "
                                         "cough'}],'reasonCode':[{'text':'Hypertension'}],"
                                         "'dispenseRequest':{'quantity':{'value':28.0,'unit':'"
                                         "capsule'}}}");
    assert_slice(item->title, "Ramipril 2.50 mg capsules");
    assert_slice(item->detail, "One capsule (2.50 mg) each morning; Stop if cough");
    assert_slice(item->author, "Dr Priya Shah");
    assert_slice(item->note, "Quantity: 28.0 capsule; Reason: Hypertension");
    assert_int_equal(item->status, ITEM_CURRENT);
    assert_int_equal(item->date.precision, INSTANT_DAY);
}

static void dose_without_text_is_put_together(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(
        &fixture, SECTION_MEDICATION,
        "{'resourceType':'MedicationStatement','status':'active','medicationReference':{'reference'"
        ":"
        "'#m'},'contained':[{'resourceType':'Medication','id':'m'," CODED(
            "code", "1", "Apixaban 5 mg") "}],'effectivePeriod':{'start':'2026-08-11'},'dosage':[{'"
                                          "doseAndRate':[{'doseQuantity':{'value':"
                                          "0.50,'unit':'mg'}}],'route':{'text':'oral'},'timing':{'"
                                          "repeat':{'frequency':2,'period':1,"
                                          "'periodUnit':'d'}},'asNeededBoolean':true}]}");
    assert_slice(item->title, "Apixaban 5 mg");
    assert_slice(item->code, "1");
    assert_slice(item->detail, "0.50 mg, oral, 2 times every 1 d, as needed");
}

static void statuses_of_medication(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum item_status status;
    } rows[] = {
        { "{'resourceType':'MedicationRequest','status':'stopped'}", ITEM_PAST },
        { "{'resourceType':'MedicationRequest','status':'completed'}", ITEM_PAST },
        { "{'resourceType':'MedicationRequest','status':'on-hold'}", ITEM_CURRENT },
        { "{'resourceType':'MedicationRequest','status':'entered-in-error'}",
          ITEM_ENTERED_IN_ERROR },
        { "{'resourceType':'MedicationRequest','status':'active','doNotPerform':true}",
          ITEM_REFUTED },
        { "{'resourceType':'MedicationStatement','status':'not-taken'}", ITEM_PAST },
        { "{'resourceType':'MedicationDispense','status':'completed'}", ITEM_PAST },
        { "{'resourceType':'MedicationAdministration','status':'not-done'}", ITEM_REFUTED },
        { "{'resourceType':'MedicationAdministration','status':'in-progress'}", ITEM_CURRENT },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        assert_int_equal(fixture_one(&fixture, SECTION_MEDICATION, rows[i].json)->status,
                         rows[i].status);
    }
}

static void allergy_is_read(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(
        &fixture, SECTION_ALLERGIES,
        "{'resourceType':'AllergyIntolerance'," STATUS_OF(
            "clinicalStatus",
            "active") ",'criticality':"
                      "'high'," CODED(
                          "code", "764146007",
                          "Penicillin") ",'recordedDate':'1987',"
                                        "'reaction':[{'manifestation':[{'text':'Anaphylaxis'},{'"
                                        "text':'Rash'}],'severity':'severe'},"
                                        "{'description':'Wheeze'}]}");
    assert_slice(item->title, "Penicillin");
    assert_slice(item->detail, "Anaphylaxis, Rash (severe); Wheeze");
    assert_true(item->severe);
    assert_false(item->negation);
    assert_int_equal(fixture.record.allergies, ALLERGIES_KNOWN);
    assert_int_equal(fixture.record.allergies_count, 1);
}

static void allergy_without_code_is_named_by_its_substance(void **state)
{
    (void)state;
    assert_slice(
        fixture_one(&fixture, SECTION_ALLERGIES,
                    "{'resourceType':'AllergyIntolerance','reaction':[{'substance':{'text':"
                    "'Latex'},'manifestation':[{'text':'Hives'}]}]}")
            ->title,
        "Latex");
    assert_int_equal(fixture.record.allergies, ALLERGIES_KNOWN);
}

static void negation_of_allergies(void **state)
{
    (void)state;
    static const struct {
        const char *elements;
        enum allergy_state state;
        bool negation;
    } rows[] = {
        { CODED("code", "716186003", "No known allergy"), ALLERGIES_NONE_KNOWN, true },
        { "'code':{'text':'No Known  Allergies'}", ALLERGIES_NONE_KNOWN, true },
        { CODED("code", "409137002", "No known drug allergy"), ALLERGIES_NO_DRUG_KNOWN, true },
        { "'code':{'text':'NKDA'}", ALLERGIES_NO_DRUG_KNOWN, true },
        { "'code':{'text':'No known allergy to penicillin'}", ALLERGIES_NOT_RECORDED, true },
        { "'code':{'text':'Not allergic to eggs'}", ALLERGIES_NOT_RECORDED, true },
        { "'code':{'text':'Penicillin'}," STATUS_OF("verificationStatus", "refuted"),
          ALLERGIES_NOT_RECORDED, false },
        { "'code':{'text':'No known allergies'}," STATUS_OF("verificationStatus", "refuted"),
          ALLERGIES_NOT_RECORDED, false },
        { "'code':{'text':'No known allergies'}," STATUS_OF("verificationStatus",
                                                            "entered-in-error"),
          ALLERGIES_NOT_RECORDED, false },
        { "'code':{'text':'Penicillin'}," STATUS_OF("clinicalStatus", "resolved"),
          ALLERGIES_NOT_RECORDED, false },
        { "'code':{'text':'Nuts'}", ALLERGIES_KNOWN, false },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char json[600];
        snprintf(json, sizeof json, "{'resourceType':'AllergyIntolerance',%s}", rows[i].elements);
        const struct record_item *item = fixture_one(&fixture, SECTION_ALLERGIES, json);
        assert_int_equal(fixture.record.allergies, rows[i].state);
        assert_int_equal(item->negation, rows[i].negation);
        if (item->negation) {
            assert_int_equal(item->status, ITEM_REFUTED);
            assert_int_equal(fixture.record.sections[SECTION_ALLERGIES].current_count, 1);
        }
    }
}

static void allergies_written_as_conditions(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(
        &fixture, SECTION_ALLERGIES,
        "{'resourceType':'Condition'," CODED("code", "91936005", "Allergy to penicillin") "}");
    assert_slice(item->note, "Recorded as a problem");
    assert_int_equal(fixture.record.allergies, ALLERGIES_KNOWN);
    item = fixture_one(
        &fixture, SECTION_ALLERGIES,
        "{'resourceType':'Condition'," CODED("code", "716186003", "No known allergy") "}");
    assert_true(item->negation);
    assert_int_equal(fixture.record.allergies, ALLERGIES_NONE_KNOWN);
    fixture_one(&fixture, SECTION_PROBLEMS,
                "{'resourceType':'Condition','code':{'text':'Allergic rhinitis'}}");
}

static void encounters_and_appointments(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(
        &fixture, SECTION_ENCOUNTERS,
        "{'resourceType':'Encounter','status':'finished','class':{'code':'IMP'},'type':[{'text':"
        "'Emergency admission'}],'period':{'start':'2026-09-06T10:00:00+01:00','end':'2026-09-11'},"
        "'reasonCode':[{'text':'Palpitations'}],'participant':[{'individual':{'display':'Dr B'}}],"
        "'location':[{'location':{'display':'Ward 7'}}],'serviceProvider':{'display':'Oxford "
        "Trust'}}");
    assert_slice(item->title, "Emergency admission");
    assert_slice(item->detail, "Inpatient stay; Palpitations");
    assert_slice(item->location, "Ward 7");
    assert_slice(item->author, "Dr B");
    assert_true(item->has_date && item->has_end);
    assert_int_equal(item->date.offset_minutes, 60);
    assert_int_equal(item->status, ITEM_CURRENT);
    item = fixture_one(&fixture, SECTION_ENCOUNTERS,
                       "{'resourceType':'Encounter','status':'cancelled','class':{'code':'EMER'}}");
    assert_slice(item->title, "Emergency");
    assert_int_equal(item->status, ITEM_PAST);
    static const struct {
        const char *status, *start;
        enum item_status is;
    } rows[] = { { "booked", "2026-12-01T09:00:00Z", ITEM_CURRENT },
                 { "booked", "2026-11-01T09:00:00Z", ITEM_PAST },
                 { "booked", "2026-11-23", ITEM_CURRENT },
                 { "noshow", "2026-11-01T09:00:00Z", ITEM_PAST },
                 { "cancelled", "2027-11-01T09:00:00Z", ITEM_PAST } };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char json[400];
        snprintf(
            json, sizeof json,
            "{'resourceType':'Appointment','status':'%s','start':'%s','serviceType':[{'text':"
            "'Diabetes clinic'}],'participant':[{'actor':{'reference':'Patient/1','display':'X'}},"
            "{'actor':{'display':'Nurse C'}},{'actor':{'reference':'Location/3','display':'Room "
            "2'}}]}",
            rows[i].status, rows[i].start);
        item = fixture_one(&fixture, SECTION_APPOINTMENTS, json);
        assert_int_equal(item->status, rows[i].is);
        assert_slice(item->author, "Nurse C");
        assert_slice(item->location, "Room 2");
    }
    assert_slice(fixture_one(&fixture, SECTION_ENCOUNTERS,
                             "{'resourceType':'EpisodeOfCare','status':'active'}")
                     ->title,
                 "Episode of care");
}

static void procedures_and_immunisations(void **state)
{
    (void)state;
    const struct record_item *item =
        fixture_one(&fixture, SECTION_PROCEDURES,
                    "{'resourceType':'Procedure','status':'not-done','statusReason':{'text':'"
                    "Patient declined'},"
                    "'code':{'text':'Colonoscopy'},'performedString':'last summer'}");
    assert_int_equal(item->status, ITEM_REFUTED);
    assert_slice(item->status_text, "not done");
    assert_slice(item->detail, "Status reason: Patient declined");
    assert_slice(item->note, "When: last summer");
    assert_int_equal(fixture.record.sections[SECTION_PROCEDURES].past_count, 1);
    item =
        fixture_one(&fixture, SECTION_IMMUNISATIONS,
                    "{'resourceType':'Immunization','status':'completed','vaccineCode':{'text':"
                    "'Influenza'},'occurrenceDateTime':'2026-10-02','lotNumber':'AB12',"
                    "'protocolApplied':[{'doseNumberPositiveInt':2}],'site':{'text':'Left arm'}}");
    assert_slice(item->detail, "Dose 2; Left arm; Batch AB12");
    item = fixture_one(
        &fixture, SECTION_IMMUNISATIONS,
        "{'resourceType':'Immunization','status':'not-done','vaccineCode':{'text':'MMR'}}");
    assert_int_equal(item->status, ITEM_REFUTED);
    assert_slice(item->status_text, "not given");
}

/* what a period is written as: one day once, an open end as open */
static void periods_say_where_they_are_open(void **state)
{
    static const struct {
        const char *period, *note;
    } cases[] = {
        { "'start':'2026-02-20','end':'2026-02-20'", "About: 20-Feb-2026" },
        { "'start':'2026-02-20','end':'2026-03-01'", "About: 20-Feb-2026 to 01-Mar-2026" },
        { "'start':'2026-02-20'", "About: from 20-Feb-2026" },
        { "'end':'2026-03-01'", "About: until 01-Mar-2026" },
    };
    char text[256];
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        snprintf(text, sizeof text,
                 "{'resourceType':'DocumentReference','status':'current','description':'Letter',"
                 "'content':[],'context':{'period':{%s}}}",
                 cases[i].period);
        assert_slice(fixture_one(&fixture, SECTION_DOCUMENTS, text)->note, cases[i].note);
    }
}

static void documents_are_decoded(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(
        &fixture, SECTION_DOCUMENTS,
        "{'resourceType':'DocumentReference','status':'current','description':'Discharge summary',"
        "'date':'2026-09-11T15:00:00Z','content':[{'attachment':{'contentType':'text/plain; "
        "charset=utf-8',"
        "'data':'RGVhciBEciBTaGFo'}}]}");
    assert_slice(item->title, "Discharge summary");
    assert_slice(item->attachment_text, "Dear Dr Shah");
    assert_slice(item->attachment_type, "text/plain; charset=utf-8");
    item = fixture_one(
        &fixture, SECTION_DOCUMENTS,
        "{'resourceType':'DocumentReference','status':'superseded','type':{'text':'Scan'},"
        "'content':[{'attachment':{'contentType':'application/pdf','url':'Binary/7'}}]}");
    assert_slice(item->attachment_type, "application/pdf at Binary/7");
    assert_int_equal(item->attachment_text.len, 0);
    assert_int_equal(item->status, ITEM_PAST);
    item =
        fixture_one(&fixture, SECTION_DOCUMENTS,
                    "{'resourceType':'DocumentReference','content':[{'attachment':{'contentType':"
                    "'text/plain','data':'###'}}]}");
    assert_slice(item->note, "The attached text could not be read");
    item = fixture_one(
        &fixture, SECTION_DOCUMENTS,
        "{'resourceType':'Composition','status':'final','title':'Letter','section':[{'title':"
        "'Plan','text':{'div':'<div>Take <b>half</b> &lt; 5 mg</div>'},'section':[{'title':"
        "'More'}]}]}");
    assert_slice(item->attachment_text, "Plan\nTake half < 5 mg\n\nMore");
}

static void plans_alerts_and_contacts(void **state)
{
    (void)state;
    const struct record_item *item =
        fixture_one(&fixture, SECTION_CARE_PLANS,
                    "{'resourceType':'CarePlan','status':'active','title':'Diabetes care "
                    "plan','period':{'start':"
                    "'2026-01-01'},'author':{'display':'Nurse "
                    "C'},'activity':[{'detail':{'description':'Foot check',"
                    "'status':'not-started'}}]}");
    assert_slice(item->detail, "Foot check (not started)");
    item = fixture_one(
        &fixture, SECTION_CARE_PLANS,
        "{'resourceType':'Goal','lifecycleStatus':'active','description':{'text':'HbA1c'},"
        "'target':[{'detailQuantity':{'value':48,'unit':'mmol/mol'},'dueDate':'2027-01'}]}");
    assert_slice(item->detail, "Target: 48 mmol/mol; by 2027-01");
    item = fixture_one(
        &fixture, SECTION_CARE_PLANS,
        "{'resourceType':'ServiceRequest','status':'active','code':{'text':'Physiotherapy'},"
        "'priority':'urgent'}");
    assert_slice(item->detail, "Request; Priority: urgent");
    item = fixture_one(
        &fixture, SECTION_ALERTS,
        "{'resourceType':'Flag','status':'active','code':{'text':'Not for resuscitation'}}");
    assert_true(item->severe);
    item = fixture_one(&fixture, SECTION_ALERTS,
                       "{'resourceType':'Flag','status':'inactive','code':{'text':'Key safe'}}");
    assert_false(item->severe);
    assert_int_equal(item->status, ITEM_PAST);
    item = fixture_one(
        &fixture, SECTION_CONTACTS,
        "{'resourceType':'RelatedPerson','name':[{'given':['Ann'],'family':'Hallam'}],"
        "'relationship':[{'coding':[{'code':'DAU','display':'daughter'}]}],'telecom':[{'system':"
        "'phone','value':'07700900123','use':'mobile'}]}");
    assert_slice(item->title, "Ann Hallam");
    assert_slice(item->detail, "daughter");
    assert_slice(item->note, "07700900123 (mobile)");
    item = fixture_one(
        &fixture, SECTION_PROBLEMS,
        "{'resourceType':'FamilyMemberHistory','status':'completed','relationship':{'text':"
        "'Mother'},'condition':[{'code':{'text':'Breast cancer'}}]}");
    assert_slice(item->title, "Family history: Mother, Breast cancer");
}

static void authors_come_from_the_same_source(void **state)
{
    (void)state;
    size_t trust = fixture_source(&fixture, "RTH", "Oxford Trust");
    size_t practice = fixture_source(&fixture, "K84000", "Practice");
    fixture_add(
        &fixture, trust,
        "{'resourceType':'Practitioner','id':'7','name':[{'family':'Shah','given':['Priya']}]}");
    fixture_add(
        &fixture, practice,
        "{'resourceType':'PractitionerRole','id':'7','practitioner':{'display':'Dr Green'}}");
    fixture_add(&fixture, trust,
                "{'resourceType':'Condition','code':{'text':'A'},'recorder':{'reference':"
                "'https://h/fhir/Practitioner/7/_history/2','display':'wrong'}}");
    fixture_add(&fixture, practice,
                "{'resourceType':'Condition','code':{'text':'B'},'recorder':{'reference':'"
                "PractitionerRole/7'}}");
    fixture_add(
        &fixture, practice,
        "{'resourceType':'Condition','code':{'text':'C'},'recorder':{'reference':'Practitioner/7',"
        "'display':'Dr Display'}}");
    fixture_build(&fixture);
    const struct record_section_view *view = &fixture.record.sections[SECTION_PROBLEMS];
    assert_int_equal(view->current_count, 3);
    assert_slice(view->current[0].items[0]->author, "Priya Shah");
    assert_slice(view->current[1].items[0]->author, "Dr Green");
    assert_slice(view->current[2].items[0]->author, "Dr Display");
    assert_int_equal(fixture.record.sources[trust].counts.supporting, 1);
}

static void what_has_no_place_is_counted(void **state)
{
    (void)state;
    size_t source = fixture_source(&fixture, "RTH", "Oxford Trust");
    fixture_add(&fixture, source, "{'resourceType':'Claim','id':'1'}");
    fixture_add(&fixture, source, "{'resourceType':'Claim','id':'2'}");
    fixture_add(&fixture, source, "{'resourceType':'Consent','id':'3'}");
    fixture_add(&fixture, source, "{'resourceType':'Nonsense','id':'4'}");
    fixture_add(&fixture, source, "{'resourceType':'Patient','id':'5'}");
    fixture_add(&fixture, source, "[1,2]");
    fixture_add(&fixture, source, "{'resourceType':'Condition'}");
    fixture.answers[source].resources[6].stored.type = FHIR_ALLERGY_INTOLERANCE;
    fixture_build(&fixture);
    const struct record_counts *counts = &fixture.record.sources[source].counts;
    assert_int_equal(counts->not_shown, 3);
    assert_slice(counts->not_shown_types, "2 Claim, 1 Consent");
    assert_int_equal(counts->unreadable, 3);
    assert_int_equal(counts->supporting, 1);
    assert_int_equal(fixture.record.unshown_count, 6);
    assert_int_equal(fixture.record.sections[SECTION_ALLERGIES].unreadable, 1);
    assert_int_equal(fixture.record.allergies, ALLERGIES_UNAVAILABLE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(condition_is_read),
        TEST(title_falls_back_to_display_then_code),
        TEST(long_titles_are_whole),
        TEST(statuses_of_conditions),
        TEST(words_of_time_are_kept),
        TEST(medication_request_is_read),
        TEST(dose_without_text_is_put_together),
        TEST(statuses_of_medication),
        TEST(allergy_is_read),
        TEST(allergy_without_code_is_named_by_its_substance),
        TEST(negation_of_allergies),
        TEST(allergies_written_as_conditions),
        TEST(encounters_and_appointments),
        TEST(procedures_and_immunisations),
        TEST(documents_are_decoded),
        TEST(periods_say_where_they_are_open),
        TEST(plans_alerts_and_contacts),
        TEST(authors_come_from_the_same_source),
        TEST(what_has_no_place_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
