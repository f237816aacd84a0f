/*
 * Values of results: digit for digit, with their own range, flagged by the source or by that range.
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

#define LAB "'category':[{'coding':[{'code':'laboratory'}]}],"

static const struct record_item *result(const char *elements)
{
    char json[2000];
    snprintf(json, sizeof json,
             "{'resourceType':'Observation','status':'final'," LAB
             "'code':{'text':'Potassium'},%s}",
             elements);
    return fixture_one(&fixture, SECTION_RESULTS, json);
}

static void digits_are_kept(void **state)
{
    (void)state;
    static const char *const values[] = {
        "5.20", "0.5", "1e3", "-1.0", "120", "0.0010", "1234567890.12345678901", "75.4364412796852"
    };
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        char elements[200];
        snprintf(elements, sizeof elements,
                 "'valueQuantity':{'value':%s,'comparator':'<','unit':'mmol/L','code':'x'}",
                 values[i]);
        const struct record_item *item = result(elements);
        assert_true(item->value.present);
        assert_slice(item->value.value, values[i]);
        assert_slice(item->value.comparator, "<");
        assert_slice(item->value.unit, "mmol/L");
        assert_true(item->value.number == strtod(values[i], NULL));
    }
    assert_slice(result("'valueQuantity':{'value':3,'code':'mg'}")->value.unit, "mg");
}

static void flags(void **state)
{
    (void)state;
#define INTERPRETED(code) ",'interpretation':[{'coding':[{'code':'" code "'}]}]"
#define RANGE(low, high)  ",'referenceRange':[{'low':{'value':" low "},'high':{'value':" high "}}]"
    static const struct {
        const char *value, *rest;
        enum item_flag flag;
    } rows[] = {
        { "'value':5.2", "", FLAG_NONE },
        { "'value':5.2", INTERPRETED("N"), FLAG_NORMAL },
        { "'value':5.2", INTERPRETED("H"), FLAG_HIGH },
        { "'value':5.2", INTERPRETED("HH"), FLAG_CRITICAL },
        { "'value':5.2", INTERPRETED("LL"), FLAG_CRITICAL },
        { "'value':5.2", INTERPRETED("L"), FLAG_LOW },
        { "'value':5.2", INTERPRETED("A"), FLAG_ABNORMAL },
        /* what the source says wins over its own range */
        { "'value':9", INTERPRETED("N") RANGE("1", "2"), FLAG_NORMAL },
        { "'value':9", INTERPRETED("odd") RANGE("1", "2"), FLAG_NONE },
        { "'value':5.2", RANGE("3.5", "5.3"), FLAG_NORMAL },
        { "'value':5.30", RANGE("3.5", "5.3"), FLAG_NORMAL },
        { "'value':5.31", RANGE("3.5", "5.3"), FLAG_HIGH },
        { "'value':3.49999999999999999999", RANGE("3.5", "5.3"), FLAG_LOW },
        { "'value':3.5", ",'referenceRange':[{'low':{'value':3.5}}]", FLAG_NORMAL },
        { "'value':3.4", ",'referenceRange':[{'low':{'value':3.5}}]", FLAG_LOW },
        { "'value':3,'comparator':'<'", RANGE("3.5", "5.3"), FLAG_LOW },
        { "'value':4,'comparator':'<'", RANGE("3.5", "5.3"), FLAG_NONE },
        { "'value':3.5,'comparator':'<'", RANGE("3.5", "5.3"), FLAG_LOW },
        { "'value':3.5,'comparator':'<='", RANGE("3.5", "5.3"), FLAG_NONE },
        { "'value':200,'comparator':'>'", RANGE("3.5", "5.3"), FLAG_HIGH },
        /* another unit, or several ranges: not ours to decide */
        { "'value':9,'unit':'mg'", ",'referenceRange':[{'high':{'value':1,'unit':'g'}}]",
          FLAG_NONE },
        { "'value':9",
          ",'referenceRange':[{'high':{'value':1},'text':'men'},{'high':{'value':10}}]",
          FLAG_NONE },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char elements[600];
        snprintf(elements, sizeof elements, "'valueQuantity':{%s}%s", rows[i].value, rows[i].rest);
        const struct record_item *item = result(elements);
        if (item->flag != rows[i].flag) {
            fail_msg("row %zu: %d", i, (int)item->flag);
        }
        assert_int_equal(item->severe, rows[i].flag == FLAG_CRITICAL);
    }
    assert_slice(
        result("'valueQuantity':{'value':9},'referenceRange':[{'high':{'value':1},'text':'men'},"
               "{'low':{'value':2},'high':{'value':10}}]")
            ->range_text,
        "men; 2 to 10");
}

static void other_values(void **state)
{
    (void)state;
    static const struct {
        const char *elements, *text;
    } rows[] = {
        { "'valueCodeableConcept':{'text':'Ex-smoker'}", "Ex-smoker" },
        { "'valueString':'Growth of E. coli'", "Growth of E. coli" },
        { "'valueBoolean':false", "no" },
        { "'valueInteger':7", "7" },
        { "'valueRange':{'low':{'value':1.0,'unit':'g'},'high':{'value':2}}", "1.0 g to 2" },
        { "'valueRange':{'low':{'value':1.0,'unit':'g'}}", "low 1.0 g" },
        { "'valueRatio':{'numerator':{'value':1},'denominator':{'value':128}}", "1 per 128" },
        { "'valueDateTime':'2026-11-03'", "2026-11-03" },
        { "'dataAbsentReason':{'text':'Sample clotted'}", "No value: Sample clotted" },
        { "'valueQuantity':{'unit':'mmol/L'}", "" },
        { "'hasMember':[{'reference':'Observation/1'},{'reference':'Observation/2'}]",
          "Group of 2 results" },
        { "'component':[{'code':{'text':'Eye'},'valueInteger':4},{'code':{'text':'Motor'},"
          "'dataAbsentReason':{'text':'not tested'}}]",
          "Eye 4; Motor not tested" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct record_item *item = result(rows[i].elements);
        assert_false(item->value.present);
        assert_slice(item->value_text, rows[i].text);
    }
}

#define PART(code, value, unit)                                                                    \
    "{'code':{'coding':[{'system':'http://loinc.org','code':'" code "','display':'" code           \
    "'}]},'valueQuantity':{'value':" value ",'unit':'" unit "'}}"

static void blood_pressure_is_systolic_first(void **state)
{
    (void)state;
    const char *json =
        "{'resourceType':'Observation','status':'final','category':[{'coding':[{'code':"
        "'vital-signs'}]}],'code':{'text':'Blood pressure'},'effectiveDateTime':"
        "'2026-01-02','component':[" PART("8462-4", "80", "mmHg") "," PART("8480-6", "120.0",
                                                                           "mmHg") "]}";
    const struct record_item *item = fixture_one(&fixture, SECTION_OBSERVATIONS, json);
    assert_slice(item->value_text, "120.0 / 80 mmHg");
    assert_false(item->value.present);
    assert_int_equal(item->components_count, 2);
    const struct record_section_view *view = &fixture.record.sections[SECTION_OBSERVATIONS];
    assert_int_equal(view->trends_count, 1);
    assert_slice(view->trends[0].unit, "mmHg");
    item =
        result("'component':[" PART("8480-6", "120", "mmHg") "," PART("8462-4", "10", "kPa") "]");
    assert_slice(item->value_text, "8480-6 120 mmHg; 8462-4 10 kPa");
}

static void categories_decide_the_section(void **state)
{
    (void)state;
    static const struct {
        const char *elements;
        enum record_section section;
    } rows[] = {
        { "'category':[{'coding':[{'code':'laboratory'}]}]", SECTION_RESULTS },
        { "'category':[{'coding':[{'code':'exam'}]},{'coding':[{'code':'imaging'}]}]",
          SECTION_RESULTS },
        { "'category':[{'coding':[{'code':'vital-signs'}]}]", SECTION_OBSERVATIONS },
        { "'category':[{'coding':[{'code':'social-history'}]}]", SECTION_OBSERVATIONS },
        { "'category':[{'coding':[{'code':'survey'}]}]", SECTION_OBSERVATIONS },
        { "'status':'final'", SECTION_OBSERVATIONS },
        { "'referenceRange':[{'text':'< 5'}]", SECTION_RESULTS },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char json[400];
        snprintf(json, sizeof json, "{'resourceType':'Observation',%s,'valueInteger':1}",
                 rows[i].elements);
        fixture_one(&fixture, rows[i].section, json);
    }
    fixture_one(&fixture, SECTION_RESULTS,
                "{'resourceType':'DiagnosticReport','code':{'text':'CT'}}");
}

static void taken_and_issued_are_apart(void **state)
{
    (void)state;
    const struct record_item *item =
        result("'effectiveDateTime':'2026-11-03T08:15:00+00:00','issued':'2026-11-04T16:00:00Z',"
               "'performer':[{'display':'Lab'},{'display':'Dr L'}],'note':[{'text':'Haemolysed'}]");
    assert_int_equal(item->date.day, 3);
    assert_int_equal(item->date.minute, 15);
    assert_int_equal(item->recorded.day, 4);
    assert_slice(item->author, "Lab, Dr L");
    assert_slice(item->note, "Haemolysed");
}

static void withdrawn_results_are_past(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum item_status is;
    } rows[] = { { "entered-in-error", ITEM_ENTERED_IN_ERROR },
                 { "cancelled", ITEM_PAST },
                 { "corrected", ITEM_CURRENT },
                 { "preliminary", ITEM_CURRENT } };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char json[300];
        snprintf(json, sizeof json,
                 "{'resourceType':'Observation'," LAB "'status':'%s','effectiveDateTime':'2026',"
                 "'valueQuantity':{'value':1}}",
                 rows[i].status);
        assert_int_equal(fixture_one(&fixture, SECTION_RESULTS, json)->status, rows[i].is);
        assert_int_equal(fixture.record.sections[SECTION_RESULTS].trends_count,
                         rows[i].is == ITEM_CURRENT);
    }
}

static void reports_carry_their_conclusion(void **state)
{
    (void)state;
    const struct record_item *item = fixture_one(
        &fixture, SECTION_RESULTS,
        "{'resourceType':'DiagnosticReport','status':'final','code':{'text':'CT "
        "head'},'conclusion':"
        "'No bleed','issued':'2026-11-04T16:00:00Z','presentedForm':[{'contentType':'text/plain',"
        "'data':'Tm8gYmxlZWQu'}],'result':[{'display':'Slice 1'}]}");
    assert_slice(item->value_text, "No bleed");
    assert_slice(item->attachment_text, "No bleed.");
    assert_slice(item->detail, "Results: Slice 1");
    item = fixture_one(
        &fixture, SECTION_RESULTS,
        "{'resourceType':'ImagingStudy','status':'available','started':'2026','series':[{"
        "'modality':{'display':'CT'},'bodySite':{'display':'Head'}}],'numberOfInstances':3}");
    assert_slice(item->title, "Imaging: CT, Head");
    assert_slice(item->detail, "Images: 3");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(digits_are_kept),
        TEST(flags),
        TEST(other_values),
        TEST(blood_pressure_is_systolic_first),
        TEST(categories_decide_the_section),
        TEST(taken_and_issued_are_apart),
        TEST(withdrawn_results_are_past),
        TEST(reports_carry_their_conclusion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
