/*
 * The record as a whole: states, allergies, grouping and its differences, order, trends, roles, who
 * it is; and a small record of three sources, written out.
 */
#include "base/limits.h"
#include "base/strbuf.h"
#include "nhs/display.h"
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

/* -- states ------------------------------------------------------------------------------------ */

static void states_of_sections(void **state)
{
    (void)state;
    static const enum source_state states[] = { SOURCE_NONE_RECORDED, SOURCE_NOT_SUPPORTED,
                                                SOURCE_UNAVAILABLE,   SOURCE_DENIED,
                                                SOURCE_TIMED_OUT,     SOURCE_WITHHELD,
                                                SOURCE_NOT_ASKED };
    size_t trust = fixture_source(&fixture, "RTH", "Oxford Trust");
    size_t other = fixture_source(&fixture, "RNU", "Oxford Health");
    fixture_add(&fixture, trust, "{'resourceType':'Condition','code':{'text':'Asthma'}}");
    for (size_t i = 0; i < ARRAY_LENGTH(states); i++) {
        fixture_state(&fixture, other, states[i]);
        fixture_build(&fixture);
        for (size_t k = 0; k < SECTION_COUNT; k++) {
            const struct record_section_view *view = &fixture.record.sections[k];
            assert_int_equal(view->states[trust],
                             k == SECTION_PROBLEMS ? SOURCE_OK : SOURCE_NONE_RECORDED);
            assert_int_equal(view->states[other], states[i]);
        }
        assert_int_equal(fixture.record.sources[other].state, states[i]);
        assert_int_equal(fixture.record.answered, i == 0 ? 2 : 1);
    }
    fixture_state(&fixture, other, SOURCE_TIMED_OUT);
    fixture.inputs[other].unavailable = true;
    fixture_build(&fixture);
    assert_int_equal(fixture.record.sources[other].state, SOURCE_UNAVAILABLE);
}

static void allergies_of_the_banner(void **state)
{
    (void)state;
    enum { NONE_KNOWN = 100, KNOWN };
    static const struct {
        int first, second; /* states, or what the source says */
        enum allergy_state is;
    } rows[] = {
        { SOURCE_NONE_RECORDED, SOURCE_NONE_RECORDED, ALLERGIES_NOT_RECORDED },
        { SOURCE_NONE_RECORDED, SOURCE_NOT_SUPPORTED, ALLERGIES_NOT_RECORDED },
        { SOURCE_NONE_RECORDED, SOURCE_UNAVAILABLE, ALLERGIES_UNAVAILABLE },
        { SOURCE_NONE_RECORDED, SOURCE_TIMED_OUT, ALLERGIES_UNAVAILABLE },
        { NONE_KNOWN, SOURCE_NONE_RECORDED, ALLERGIES_NONE_KNOWN },
        { NONE_KNOWN, NONE_KNOWN, ALLERGIES_NONE_KNOWN },
        { NONE_KNOWN, SOURCE_NOT_SUPPORTED, ALLERGIES_NONE_KNOWN },
        { NONE_KNOWN, SOURCE_UNAVAILABLE, ALLERGIES_UNAVAILABLE },
        { NONE_KNOWN, SOURCE_TIMED_OUT, ALLERGIES_UNAVAILABLE },
        { NONE_KNOWN, SOURCE_NOT_ASKED, ALLERGIES_UNAVAILABLE },
        { NONE_KNOWN, SOURCE_WITHHELD, ALLERGIES_UNAVAILABLE },
        { NONE_KNOWN, SOURCE_DENIED, ALLERGIES_UNAVAILABLE },
        { NONE_KNOWN, KNOWN, ALLERGIES_KNOWN },
        { KNOWN, SOURCE_UNAVAILABLE, ALLERGIES_KNOWN },
        { KNOWN, SOURCE_NOT_ASKED, ALLERGIES_KNOWN },
    };
    fixture_source(&fixture, "RTH", "Oxford Trust");
    fixture_source(&fixture, "RNU", "Oxford Health");
    for (size_t i = 0; i < 2 * ARRAY_LENGTH(rows); i++) {
        for (size_t s = 0; s < 2; s++) {
            bool swapped = i >= ARRAY_LENGTH(rows);
            const int what = (s == 0) != swapped ? rows[i % ARRAY_LENGTH(rows)].first
                                                 : rows[i % ARRAY_LENGTH(rows)].second;
            fixture.answers[s].count = 0;
            fixture_state(&fixture, s, what < NONE_KNOWN ? (enum source_state)what : SOURCE_OK);
            if (what >= NONE_KNOWN) {
                fixture_add(&fixture, s,
                            what == KNOWN
                                ? "{'resourceType':'AllergyIntolerance','code':{'text':'Latex'}}"
                                : "{'resourceType':'AllergyIntolerance','code':{'text':'No known "
                                  "allergies'}}");
            }
        }
        fixture_build(&fixture);
        assert_int_equal(fixture.record.allergies, rows[i % ARRAY_LENGTH(rows)].is);
        assert_int_equal(fixture.record.allergies_count,
                         rows[i % ARRAY_LENGTH(rows)].is == ALLERGIES_KNOWN);
    }
}

static void none_known_beside_known_is_contradicted(void **state)
{
    (void)state;
    size_t trust = fixture_source(&fixture, "RTH", "Oxford Trust");
    fixture_add(&fixture, trust,
                "{'resourceType':'AllergyIntolerance','code':{'text':'No known allergies'}}");
    fixture_add(&fixture, trust, "{'resourceType':'AllergyIntolerance','code':{'text':'Latex'}}");
    fixture_build(&fixture);
    const struct record_section_view *view = &fixture.record.sections[SECTION_ALLERGIES];
    assert_int_equal(view->current_count, 2);
    assert_slice(view->current[0].difference, "Contradicted by the allergies recorded here");
    assert_int_equal(view->current[1].difference.len, 0);
}

/* -- roles ------------------------------------------------------------------------------------- */

static void a_role_sees_its_part(void **state)
{
    (void)state;
    static const fhir_type few[] = { FHIR_PATIENT, FHIR_APPOINTMENT };
    size_t trust = fixture_source(&fixture, "RTH", "Oxford Trust");
    fixture_add(
        &fixture, trust,
        "{'resourceType':'Patient','id':'p','contact':[{'name':{'text':'Ann'},'relationship':[{"
        "'coding':[{'code':'N'}]}]}]}");
    fixture_add(&fixture, trust, "{'resourceType':'AllergyIntolerance','code':{'text':'Latex'}}");
    fixture_build(&fixture);
    assert_false(fixture.record.some_denied);
    assert_slice(fixture.record.person.next_of_kin, "Ann, N");
    fixture_allow_only(&fixture, few, ARRAY_LENGTH(few), 0);
    fixture_build(&fixture);
    const struct record *record = &fixture.record;
    assert_int_equal(record->allergies, ALLERGIES_NOT_FOR_ROLE);
    assert_int_equal(record->item_count, 0);
    assert_int_equal(record->sources[trust].counts.refused, 1);
    assert_true(record->sources[trust].denied_some);
    assert_true(record->some_denied);
    assert_int_equal(record->sections[SECTION_ALLERGIES].states[trust], SOURCE_DENIED);
    assert_int_equal(record->sections[SECTION_APPOINTMENTS].states[trust], SOURCE_NONE_RECORDED);
    assert_int_equal(record->sections[SECTION_CONTACTS].states[trust], SOURCE_DENIED);
    assert_int_equal(record->person.next_of_kin.len, 0);
    assert_true(record_section_allowed(&fixture.decision, SECTION_APPOINTMENTS));
    assert_false(record_section_allowed(&fixture.decision, SECTION_PROBLEMS));
}

/* a social worker: observations of social history only; nothing found is not "none recorded" */
static void part_of_a_section_is_never_none(void **state)
{
    (void)state;
    static const fhir_type types[] = { FHIR_PATIENT, FHIR_OBSERVATION };
    size_t trust = fixture_source(&fixture, "RTH", "Oxford Trust");
    fixture_add(&fixture, trust, "{'resourceType':'Patient','id':'p'}");
    fixture_allow_only(&fixture, types, ARRAY_LENGTH(types),
                       LABEL_LABORATORY | LABEL_IMAGING | LABEL_VITAL_SIGNS | LABEL_OTHER_CATEGORY |
                           LABEL_UNCATEGORISED);
    assert_false(record_section_allowed(&fixture.decision, SECTION_RESULTS));
    assert_true(record_section_allowed(&fixture.decision, SECTION_OBSERVATIONS));
    assert_false(record_section_allowed_whole(&fixture.decision, SECTION_OBSERVATIONS));
    fixture_build(&fixture);
    assert_int_equal(fixture.record.sections[SECTION_OBSERVATIONS].states[trust], SOURCE_DENIED);
    fixture_add(&fixture, trust,
                "{'resourceType':'Observation','category':[{'coding':[{'code':'social-history'}]}],"
                "'code':{'text':'Lives alone'}}");
    fixture.answers[trust].resources[1].stored.labels = LABEL_SOCIAL_HISTORY;
    fixture_add(&fixture, trust,
                "{'resourceType':'Observation','category':[{'coding':[{'code':'vital-signs'}]}],"
                "'code':{'text':'Pulse'}}");
    fixture.answers[trust].resources[2].stored.labels = LABEL_VITAL_SIGNS;
    fixture_build(&fixture);
    assert_slice(fixture_only(&fixture, SECTION_OBSERVATIONS)->title, "Lives alone");
    assert_int_equal(fixture.record.sections[SECTION_OBSERVATIONS].states[trust], SOURCE_OK);
    assert_int_equal(fixture.record.sources[trust].counts.refused, 1);
}

/* -- the same fact ----------------------------------------------------------------------------- */

static size_t two_sources(void)
{
    fixture_source(&fixture, "K84000", "Summertown practice");
    return fixture_source(&fixture, "RTH", "Oxford Trust");
}

#define RAMIPRIL(status, dose, date)                                                               \
    "{'resourceType':'MedicationRequest','status':'" status                                        \
    "','medicationCodeableConcept':{'coding':[{'system':'https://dmd.nhs.uk','code':'1',"          \
    "'display':'Ramipril 5 mg capsules'}]},'authoredOn':'" date                                    \
    "','dosageInstruction':[{'text':'" dose "'}]}"

static void doses_that_differ_are_said(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(&fixture, 0, RAMIPRIL("active", "5 mg once daily", "2026-10-20"));
    fixture_add(&fixture, 0, RAMIPRIL("stopped", "1.25 mg once daily", "2018-01-01"));
    fixture_add(&fixture, trust, RAMIPRIL("active", "2.5 mg once daily", "2026-09-09"));
    fixture_build(&fixture);
    const struct record_section_view *view = &fixture.record.sections[SECTION_MEDICATION];
    assert_int_equal(view->current_count, 1);
    assert_int_equal(view->past_count, 0);
    assert_int_equal(view->current[0].count, 3);
    assert_slice(view->current[0].items[0]->detail, "5 mg once daily");
    assert_slice(view->current[0].difference,
                 "Dose differs: Oxford Trust 2.5 mg once daily since 09-Sep-2026");
}

static void same_dose_in_other_letters_is_no_difference(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(&fixture, 0, RAMIPRIL("active", "5 mg once daily", "2026-10-20"));
    fixture_add(&fixture, trust, RAMIPRIL("active", "5 MG  once daily", "2026-10-20"));
    fixture_build(&fixture);
    assert_int_equal(fixture.record.sections[SECTION_MEDICATION].current[0].difference.len, 0);
}

static void stopped_by_one_is_said(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(&fixture, 0, RAMIPRIL("active", "5 mg once daily", "2019-03-20"));
    fixture_add(&fixture, trust, RAMIPRIL("stopped", "5 mg once daily", "2026-09-09"));
    fixture_build(&fixture);
    const struct record_section_view *view = &fixture.record.sections[SECTION_MEDICATION];
    assert_int_equal(view->current_count, 1);
    assert_int_equal(view->current[0].items[0]->source, 0);
    assert_slice(view->current[0].difference,
                 "Status differs: Oxford Trust stopped since 09-Sep-2026");
}

static void other_strengths_point_at_each_other(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(&fixture, 0, RAMIPRIL("active", "one", "2019-03-20"));
    fixture_add(
        &fixture, trust,
        "{'resourceType':'MedicationStatement','status':'active','medicationCodeableConcept':{"
        "'text':'ramipril 2.5 mg tablets'},'effectivePeriod':{'start':'2026-09-09'}}");
    fixture_build(&fixture);
    const struct record_section_view *view = &fixture.record.sections[SECTION_MEDICATION];
    assert_int_equal(view->current_count, 2);
    assert_slice(view->current[0].difference,
                 "Also current: Ramipril 5 mg capsules (Summertown practice)");
    assert_slice(view->current[1].difference,
                 "Also current: ramipril 2.5 mg tablets (Oxford Trust)");
}

static void words_group_what_has_no_code(void **state)
{
    (void)state;
    size_t trust = two_sources();
    const char *coded = "{'resourceType':'Condition','code':{'text':'Asthma','coding':[{'system':"
                        "'http://snomed.info/sct','code':'195967001'}]}}";
    fixture_add(&fixture, 0, "{'resourceType':'Condition','code':{'text':'ASTHMA'}}");
    fixture_add(&fixture, 0, coded);
    fixture_add(&fixture, trust, coded);
    fixture_add(&fixture, trust, "{'resourceType':'Condition','code':{'text':'asthma'}}");
    fixture_add(
        &fixture, trust,
        "{'resourceType':'Condition','code':{'text':'Asthma','coding':[{'system':'http://read',"
        "'code':'H33'}]}}");
    fixture_build(&fixture);
    const struct record_section_view *view = &fixture.record.sections[SECTION_PROBLEMS];
    assert_int_equal(view->current_count, 2);
    assert_int_equal(view->current[0].count, 4);
    assert_int_equal(view->current[1].count, 1);
}

static void refuted_and_withdrawn(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(&fixture, 0, "{'resourceType':'AllergyIntolerance','code':{'text':'Penicillin'}}");
    fixture_add(
        &fixture, trust,
        "{'resourceType':'AllergyIntolerance','code':{'text':'penicillin'},'recordedDate':'2020',"
        "'verificationStatus':{'coding':[{'code':'refuted'}]}}");
    fixture_add(&fixture, trust,
                "{'resourceType':'AllergyIntolerance','code':{'text':'Penicillin'},"
                "'verificationStatus':{'coding':[{'code':'entered-in-error'}]}}");
    fixture_build(&fixture);
    const struct record_section_view *view = &fixture.record.sections[SECTION_ALLERGIES];
    assert_int_equal(view->current_count, 1);
    assert_int_equal(view->past_count, 1);
    assert_int_equal(view->current[0].count, 2);
    assert_slice(view->current[0].difference, "Status differs: Oxford Trust refuted since 2020");
    assert_int_equal(view->past[0].items[0]->status, ITEM_ENTERED_IN_ERROR);
    assert_int_equal(fixture.record.allergies_count, 1);
}

#define POTASSIUM(value, unit, when)                                                               \
    "{'resourceType':'Observation','status':'final','category':[{'coding':[{'code':'laboratory'}]" \
    "}],"                                                                                          \
    "'code':{'coding':[{'system':'http://loinc.org','code':'2823-3'}],'text':'Potassium'},"        \
    "'effectiveDateTime':'" when "','valueQuantity':{'value':" value ",'unit':'" unit "'}}"

static void results_are_events(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(&fixture, 0, POTASSIUM("5.2", "mmol/L", "2026-11-03T09:00:00Z"));
    fixture_add(&fixture, trust, POTASSIUM("5.3", "mmol/L", "2026-11-03T10:00:00+01:00"));
    fixture_add(&fixture, trust, POTASSIUM("4.0", "mmol/L", "2026-11-03"));
    fixture_add(&fixture, trust, POTASSIUM("4.1", "mmol/L", "2020-11-03"));
    fixture_add(&fixture, trust, POTASSIUM("16", "mg/dL", "2021-11-03"));
    fixture_add(&fixture, trust,
                "{'resourceType':'Observation','status':'final','category':[{'coding':[{'code':"
                "'laboratory'}]}],'code':{'text':'Potassium'},'valueQuantity':{'value':9}}");
    fixture_build(&fixture);
    const struct record_section_view *view = &fixture.record.sections[SECTION_RESULTS];
    assert_int_equal(view->current_count, 5);
    assert_int_equal(view->current[0].count, 2);
    assert_slice(view->current[0].difference,
                 "Value differs: Oxford Trust 5.3 mmol/L since 03-Nov-2026");
    /* one unit a series, points oldest first; the undated one is in none */
    assert_int_equal(view->trends_count, 2);
    assert_slice(view->trends[0].unit, "mmol/L");
    assert_int_equal(view->trends[0].count, 4);
    assert_slice(view->trends[0].points[0]->value.value, "4.1");
    assert_slice(view->trends[0].latest->value.value, "5.2");
    assert_slice(view->trends[0].previous->value.value, "5.3");
    assert_slice(view->trends[1].unit, "mg/dL");
    assert_null(view->trends[1].previous);
    assert_int_equal(fixture.record.undated_count, 1);
}

static void order_of_lines_and_timeline(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(&fixture, 0, "{'resourceType':'AllergyIntolerance','code':{'text':'Undated'}}");
    fixture_add(
        &fixture, 0,
        "{'resourceType':'AllergyIntolerance','code':{'text':'Old'},'recordedDate':'1990'}");
    fixture_add(
        &fixture, trust,
        "{'resourceType':'AllergyIntolerance','code':{'text':'New'},'recordedDate':'2020-02'}");
    fixture_add(
        &fixture, trust,
        "{'resourceType':'AllergyIntolerance','code':{'text':'Severe'},'criticality':'high',"
        "'recordedDate':'1987'}");
    fixture_add(
        &fixture, trust,
        "{'resourceType':'AllergyIntolerance','code':{'text':'Tie'},'recordedDate':'1990'}");
    fixture_build(&fixture);
    static const char *const lines[] = { "Severe", "New", "Old", "Tie", "Undated" };
    static const char *const events[] = { "New", "Old", "Tie", "Severe", "Undated" };
    const struct record_section_view *view = &fixture.record.sections[SECTION_ALLERGIES];
    assert_int_equal(view->current_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_slice(view->current[i].items[0]->title, lines[i]);
        assert_slice(fixture.record.timeline[i].item->title, events[i]);
    }
    assert_int_equal(fixture.record.undated_count, 1);
}

/* -- who it is --------------------------------------------------------------------------------- */

static void demographics_of_the_practice_lead(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(
        &fixture, trust,
        "{'resourceType':'Patient','id':'a','name':[{'family':'Hallam','given':['Maggie']}],"
        "'birthDate':'1944-03-21','gender':'female','address':[{'line':['1 Old Road'],'postalCode':"
        "'OX3 9DU'}],'telecom':[{'system':'phone','value':'01865 1'}],"
        "'deceasedDateTime':'2026-11-20'}");
    fixture.answers[trust].resources[0].stored.last_updated = 9000;
    fixture_add(
        &fixture, 0,
        "{'resourceType':'Patient','id':'b','identifier':[{'system':"
        "'https://fhir.nhs.uk/Id/nhs-number','value':'999 000 0018'}],'name':[{'family':'HALLAM',"
        "'given':['Margaret'],'prefix':['Mrs']}],'birthDate':'1944-03-12','gender':'female',"
        "'address':[{'line':['2 New Road'],'city':'Oxford','postalCode':'ox1 2jd'}],"
        "'generalPractitioner':[{'reference':'Organization/g'}],"
        "'communication':[{'language':{'text':'English'}}]}");
    fixture_add(
        &fixture, 0,
        "{'resourceType':'Organization','id':'g','name':'Summertown practice','identifier':[{"
        "'system':'https://fhir.nhs.uk/Id/ods-organization-code','value':'K84000'}]}");
    fixture_build(&fixture);
    const struct record_person *person = &fixture.record.person;
    assert_slice(person->person, "person-1");
    assert_slice(person->nhs_number, "9990000018");
    assert_slice(person->name.given, "Margaret");
    assert_int_equal(person->birth.day, 12);
    assert_slice(person->gender, "Female");
    assert_slice(person->address, "2 New Road, Oxford");
    assert_slice(person->phone, "01865 1");
    assert_slice(person->practice, "Summertown practice");
    assert_slice(person->language, "English");
    assert_true(person->deceased && person->has_died);
    assert_slice(person->differences, "Death differs: Summertown practice has no death recorded. "
                                      "Name differs: Oxford Trust has HALLAM, Maggie. "
                                      "Date of birth differs: Oxford Trust has 21-Mar-1944. "
                                      "Address differs: Oxford Trust has 1 Old Road, OX3 9DU");
}

static void newest_leads_without_a_practice(void **state)
{
    (void)state;
    size_t trust = two_sources();
    fixture_add(&fixture, 0,
                "{'resourceType':'Patient','id':'a','gender':'male','birthDate':'1944'}");
    fixture_add(&fixture, trust,
                "{'resourceType':'Patient','id':'b','birthDate':'1944-03-12','gender':'female'}");
    fixture.answers[trust].resources[0].stored.last_updated = 1;
    fixture_build(&fixture);
    assert_slice(fixture.record.person.gender, "Female");
    assert_slice(fixture.record.person.differences, "Gender differs: Summertown practice has Male");
    fixture.answers[trust].count = fixture.answers[0].count = 0;
    fixture_build(&fixture);
    assert_slice(fixture.record.person.gender, "Not Known");
    assert_false(fixture.record.person.has_birth);
}

/* -- limits ------------------------------------------------------------------------------------ */

static void too_many_is_a_fault(void **state)
{
    (void)state;
    size_t trust = fixture_source(&fixture, "RTH", "Oxford Trust");
    fixture_add(&fixture, trust, "{'resourceType':'Condition'}");
    fixture.answers[trust].count = LIMIT_RECORD_ITEMS + 1;
    struct fault fault = FAULT_INIT;
    assert_false(record_build(&fixture.arena, &fixture.decision, SLICE("p"), fixture.inputs, 1,
                              FIXTURE_NOW, &fixture.record, &fault));
    assert_int_equal(fault.code, FAULT_TOO_LARGE);
}

/* a list of many parts costs what its text costs, and not its square */
static void many_notes_are_joined(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, MIB(8));
    strbuf_add_string(&text, "{\"resourceType\":\"Condition\",\"note\":[{\"text\":\"n0\"}");
    for (int i = 1; i < 50000; i++) {
        strbuf_addf(&text, ",{\"text\":\"n%d\"}", i);
    }
    strbuf_add_string(&text, "]}");
    size_t trust = fixture_source(&fixture, "RTH", "Oxford Trust");
    assert_true(fixture_add_text(&fixture, trust, strbuf_slice(&text)));
    fixture_build(&fixture);
    const struct record_item *item = fixture_only(&fixture, SECTION_PROBLEMS);
    assert_true(item->note.len > 300000);
    assert_true(slice_starts_with(item->note, SLICE("n0; n1; n2; ")));
    assert_true(slice_ends_with(item->note, SLICE("; n49998; n49999")));
    strbuf_release(&text);
}

static void sections_have_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        struct slice address = slice_from_string(record_section_address((enum record_section)i));
        assert_int_equal(record_section_find(address), i);
        assert_true(strlen(record_section_title((enum record_section)i)) > 0);
    }
    assert_int_equal(record_section_find(SLICE("nonsense")), SECTION_COUNT);
}

/* -- a whole small record ---------------------------------------------------------------------- */

static void write_item(struct strbuf *out, const struct record_item *item)
{
    char date[DISPLAY_SIZE] = "undated";
    if (item->has_date) {
        display_date(&item->date, date);
    }
    strbuf_addf(out, "    %zu %.*s | %s | %.*s%.*s | %.*s\n", item->source,
                SLICE_PRINT(item->title), date, SLICE_PRINT(item->value.value),
                SLICE_PRINT(item->value_text), SLICE_PRINT(item->detail));
}

static void write_lines(struct strbuf *out, const char *what, const struct record_line *lines,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(out, "  %s%s%.*s\n", what, lines[i].difference.len > 0 ? ": " : "",
                    SLICE_PRINT(lines[i].difference));
        for (size_t k = 0; k < lines[i].count; k++) {
            write_item(out, lines[i].items[k]);
        }
    }
}

static const char golden[] =
    "problems\n"
    "  current: Date differs: Oxford Trust 2014\n"
    "    0 Type 2 diabetes | 06-Jul-2015 |  | \n"
    "    1 Type 2 diabetes mellitus | 2014 |  | \n"
    "  past\n"
    "    0 Chest infection | Jan-2020 |  | \n"
    "medication\n"
    "  current: Dose differs: Oxford Trust 500 mg once daily since 06-Sep-2026\n"
    "    0 Metformin 500 mg tablets | 01-Oct-2026 |  | 500 mg twice daily\n"
    "    1 Metformin 500 mg tablets | 06-Sep-2026 |  | 500 mg once daily\n"
    "allergies\n"
    "  current\n"
    "    1 Penicillin | undated |  | Anaphylaxis (severe)\n"
    "  current: Contradicted by the allergies recorded here\n"
    "    0 No known allergies | undated |  | \n"
    "results\n"
    "  current\n"
    "    0 HbA1c | 03-Nov-2026 | 61 | \n"
    "  current\n"
    "    0 HbA1c | 03-Nov-2025 | 58 | \n"
    "documents\n"
    "  current\n"
    "    1 Discharge summary | 11-Sep-2026 |  | \n";

static void a_small_record_of_three_sources(void **state)
{
    (void)state;
    size_t trust = two_sources();
    size_t health = fixture_source(&fixture, "RNU", "Oxford Health");
    fixture_state(&fixture, health, SOURCE_UNAVAILABLE);
#define DIABETES "'coding':[{'system':'http://snomed.info/sct','code':'44054006'}]"
#define METFORMIN(dose, date)                                                                      \
    "{'resourceType':'MedicationRequest','status':'active','medicationCodeableConcept':{'text':"   \
    "'Metformin 500 mg tablets'},'authoredOn':'" date "','dosageInstruction':[{'text':'" dose      \
    "'}]}"
#define HBA1C(value, date)                                                                         \
    "{'resourceType':'Observation','status':'final','category':[{'coding':[{'code':'laboratory'}]" \
    "}],"                                                                                          \
    "'code':{'text':'HbA1c'},'effectiveDateTime':'" date "','valueQuantity':{'value':" value       \
    ",'unit':'mmol/mol'}}"
    fixture_add(&fixture, 0,
                "{'resourceType':'Condition','code':{'text':'Type 2 diabetes'," DIABETES
                "},'onsetDateTime':'2015-07-06'}");
    fixture_add(
        &fixture, 0,
        "{'resourceType':'Condition','code':{'text':'Chest infection'},'onsetDateTime':'2020-01',"
        "'clinicalStatus':{'coding':[{'code':'resolved'}]}}");
    fixture_add(&fixture, 0, METFORMIN("500 mg twice daily", "2026-10-01"));
    fixture_add(&fixture, 0,
                "{'resourceType':'AllergyIntolerance','code':{'text':'No known allergies'}}");
    fixture_add(&fixture, 0, HBA1C("58", "2025-11-03"));
    fixture_add(&fixture, 0, HBA1C("61", "2026-11-03"));
    fixture_add(&fixture, trust,
                "{'resourceType':'Condition','code':{'text':'Type 2 diabetes mellitus'," DIABETES
                "},'onsetDateTime':'2014'}");
    fixture_add(&fixture, trust, METFORMIN("500 mg once daily", "2026-09-06"));
    fixture_add(&fixture, trust,
                "{'resourceType':'AllergyIntolerance','code':{'text':'Penicillin'},'reaction':[{"
                "'manifestation':[{'text':'Anaphylaxis'}],'severity':'severe'}]}");
    fixture_add(
        &fixture, trust,
        "{'resourceType':'DocumentReference','status':'current','description':'Discharge summary',"
        "'date':'2026-09-11T12:00:00Z'}");
    fixture_build(&fixture);
    struct strbuf out;
    strbuf_init(&out, KIB(64));
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        const struct record_section_view *view = &fixture.record.sections[i];
        if (view->item_count > 0) {
            strbuf_addf(&out, "%s\n", record_section_address((enum record_section)i));
            write_lines(&out, "current", view->current, view->current_count);
            write_lines(&out, "past", view->past, view->past_count);
        }
        assert_int_equal(view->states[health], SOURCE_UNAVAILABLE);
    }
    assert_slice(strbuf_slice(&out), golden);
    strbuf_release(&out);
    assert_int_equal(fixture.record.allergies, ALLERGIES_KNOWN);
    assert_int_equal(fixture.record.answered, 2);
    assert_int_equal(fixture.record.item_count, 10);
    assert_int_equal(fixture.record.undated_count, 2);
    assert_slice(fixture.record.sections[SECTION_RESULTS].trends[0].latest->value.value, "61");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(states_of_sections),
        TEST(allergies_of_the_banner),
        TEST(none_known_beside_known_is_contradicted),
        TEST(a_role_sees_its_part),
        TEST(part_of_a_section_is_never_none),
        TEST(doses_that_differ_are_said),
        TEST(same_dose_in_other_letters_is_no_difference),
        TEST(stopped_by_one_is_said),
        TEST(other_strengths_point_at_each_other),
        TEST(words_group_what_has_no_code),
        TEST(refuted_and_withdrawn),
        TEST(results_are_events),
        TEST(order_of_lines_and_timeline),
        TEST(demographics_of_the_practice_lead),
        TEST(newest_leads_without_a_practice),
        TEST(too_many_is_a_fault),
        TEST(many_notes_are_joined),
        TEST(sections_have_addresses),
        TEST(a_small_record_of_three_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
