/*
 * What matches, case by case from FHIR R4 search.html: the resource goes through the real index and
 * the search through the real parser, so a row holds for all three.
 */
#include "fhir_check.h"

struct row {
    const char *name;
    const char *value;
    bool matches;
};

static void check_rows(const char *resource, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].matches) {
            assert_finds(resource, rows[i].name, rows[i].value);
        } else {
            assert_misses(resource, rows[i].name, rows[i].value);
        }
    }
}

#define check(resource, ...)                                                                       \
    do {                                                                                           \
        static const struct row rows[] = __VA_ARGS__;                                              \
        check_rows((resource), rows, ARRAY_LENGTH(rows));                                          \
    } while (0)

/* search.html#token: four forms, with and without a system in the resource */
static void test_token_forms(void **state)
{
    (void)state;
    check("{'resourceType':'Condition','code':{'coding':[{'system':'http://a','code':'x'},"
          "{'code':'y','display':'Why'}],'text':'Heart Failure'}}",
          { { "code", "x", true },
            { "code", "http://a|x", true },
            { "code", "http://a|", true },
            { "code", "|x", false },
            { "code", "|y", true },
            { "code", "y", true },
            { "code", "http://a|y", false },
            { "code", "http://b|", false },
            { "code", "X", false },
            { "code", "q,x", true },
            { "code", "q,r", false },
            { "code:not", "x", false },
            { "code:not", "y", false },
            { "code:not", "q", true },
            { "code:text", "heart", true },
            { "code:text", "why", true },
            { "code:text", "failure", false },
            { "code:missing", "false", true },
            { "code:missing", "true", false } });
    check("{'resourceType':'Condition'}",
          { { "code:not", "x", true }, { "code:missing", "true", true }, { "code", "x", false } });
    /* a concept with only text is there */
    check("{'resourceType':'Condition','code':{'text':'T'}}",
          { { "code:missing", "true", false }, { "code:text", "t", true } });
}

static void test_token_types(void **state)
{
    (void)state;
    const char *patient =
        "{'resourceType':'Patient','active':true,'gender':'male','identifier':[{'system':'urn:s',"
        "'value':'a,b|c','type':{'text':'Hospital'}}],'telecom':[{'system':'phone','value':'01865'}"
        ","
        "{'system':'email','value':'a@b.example'}],'deceasedDateTime':'2020'}";
    check(patient, { { "active", "true", true },
                     { "active", "false", false },
                     { "gender", "male", true },
                     { "gender", "|male", true },
                     { "gender", "http://hl7.org/fhir/administrative-gender|male", true },
                     { "gender", "http://hl7.org/fhir/administrative-gender|", true },
                     { "gender", "http://other|male", false },
                     { "gender:not", "http://other|male", true },
                     { "identifier", "a\\,b\\|c", true },
                     { "identifier", "urn:s|a\\,b\\|c", true },
                     { "identifier", "a", false },
                     { "identifier:text", "hosp", true },
                     { "phone", "01865", true },
                     { "phone", "a@b.example", false },
                     { "email", "a@b.example", true },
                     { "telecom", "01865", true },
                     { "telecom", "a@b.example", true },
                     { "deceased", "true", true },
                     { "deceased", "false", false } });
    check("{'resourceType':'Patient','deceasedBoolean':false}",
          { { "deceased", "true", false }, { "deceased", "false", true } });
    check("{'resourceType':'Patient','deceasedBoolean':true}",
          { { "deceased", "true", true }, { "deceased", "false", false } });
    check("{'resourceType':'Patient','active':false}",
          { { "deceased", "true", false }, { "deceased", "false", true } });
}

/* search.html#string: start of each part, without case and accents; :exact, :contains */
static void test_strings(void **state)
{
    (void)state;
    check("{'resourceType':'Patient','name':[{'family':'O\u2019Brien-M\u00fcller',"
          "'given':['Ren\u00e9e','Anne'],'prefix':['Dr']}],'address':[{'line':['1 High St'],"
          "'city':'Oxford','postalCode':'OX1 1AA'}]}",
          { { "family", "o\u2019brien", true },
            { "family", "O\u2019Brien-Muller", true },
            { "family", "muller", false },
            { "family:contains", "MULLER", true },
            { "family:exact", "o\u2019brien-m\u00fcller", false },
            { "family:exact", "O\u2019Brien-M\u00fcller", true },
            { "given", "renee", true },
            { "given", "REN\u00c9", true },
            { "given", "rene\u0301e", true },
            { "given", "ann", true },
            { "given:exact", "Anne", true },
            { "given:exact", "Ann", false },
            { "name", "anne", true },
            { "name", "dr", true },
            { "name", "o\u2019b,zzz", true },
            { "address", "oxf", true },
            { "address-city", "oxford", true },
            { "address-postalcode", "ox1", true },
            { "address-postalcode", "ox2", false },
            { "address", "high", false },
            { "address:contains", "high", true },
            { "family:missing", "false", true } });
    /* other scripts: final sigma folds as sigma */
    check("{'resourceType':'Patient','name':[{'family':'"
          "\u039f\u03b4\u03c5\u03c3\u03c3\u03ad\u03b1\u03c2'}]}",
          { { "family", "\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03b1\u03c3", true },
            { "family", "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u0391\u03a3", true } });
}

/* search.html#prefix: nine prefixes; the value is the day 2013-01-14 */
static void test_date_prefixes(void **state)
{
    (void)state;
    check("{'resourceType':'Patient','birthDate':'2013-01-14'}",
          { { "birthdate", "2013-01-14", true },
            { "birthdate", "2013-01", true },
            { "birthdate", "2013", true },
            { "birthdate", "2013-01-14T00:00Z", false },
            { "birthdate", "2013-01-15", false },
            { "birthdate", "ne2013-01-14", false },
            { "birthdate", "ne2013-01-15", true },
            { "birthdate", "ne2013-01-14T10:00Z", true },
            { "birthdate", "gt2013-01-14", false },
            { "birthdate", "gt2013-01-14T10:00Z", true },
            { "birthdate", "gt2013-01-13", true },
            { "birthdate", "lt2013-01-14", false },
            { "birthdate", "lt2013-01-14T10:00Z", true },
            { "birthdate", "lt2013-01-15", true },
            { "birthdate", "ge2013-01-14", true },
            { "birthdate", "ge2013-01-15", false },
            { "birthdate", "ge2013", true },
            { "birthdate", "le2013-01-14", true },
            { "birthdate", "le2013-01-13", false },
            { "birthdate", "sa2013-01-13", true },
            { "birthdate", "sa2013-01-14", false },
            { "birthdate", "sa2013-01-14T10:00Z", false },
            { "birthdate", "eb2013-01-15", true },
            { "birthdate", "eb2013-01-14", false },
            { "birthdate", "ap2013-01-14", true },
            { "birthdate", "2012,2013", true } });
    check("{'resourceType':'Patient'}",
          { { "birthdate", "ne2013", false }, { "birthdate:missing", "true", true } });
}

/* Period with open ends, dateTime with offset, second precision, Timing's outer limits */
static void test_date_types(void **state)
{
    (void)state;
    check("{'resourceType':'Encounter','period':{'start':'2013-01-21T10:00:00Z'}}",
          { { "date", "gt2030", true },
            { "date", "ge2013-01-21", true },
            { "date", "sa2013-01-20", true },
            { "date", "lt2013-01-21", false },
            { "date", "le2013-01-21", false },
            { "date", "le2013-01-22", true },
            { "date", "eb2040", false },
            { "date", "eq2013", false } });
    check("{'resourceType':'Encounter','period':{'end':'2013-01-21'}}",
          { { "date", "lt1900", true },
            { "date", "gt2013-01-21", false },
            { "date", "eb2013-01-22", true } });
    check("{'resourceType':'Observation','effectiveDateTime':'2013-01-14T01:30:00+02:00'}",
          { { "date", "2013-01-13", true },
            { "date", "2013-01-14", false },
            { "date", "2013-01-13T23:30:00Z", true },
            { "date", "2013-01-13T23:30Z", true },
            { "date", "2013-01-13T23:30:01Z", false },
            { "date", "gt2013-01-13T23:29:59Z", true },
            { "date", "gt2013-01-13T23:30:00Z", false } });
    check("{'resourceType':'Observation','effectiveInstant':'2013-01-14T10:00:00.500Z'}",
          { { "date", "2013-01-14T10:00:00Z", true },
            { "date", "2013-01-14T10:00:00.500Z", true },
            { "date", "2013-01-14T10:00:00.501Z", false } });
    check("{'resourceType':'Observation','effectiveTiming':{'event':['2013-02-01','2013-03-01']}}",
          { { "date", "2013", true },
            { "date", "2013-02", false },
            { "date", "sa2013-01-31", true },
            { "date", "ap2013-02-15", true },
            { "date", "eb2013-03-02", true } });
    check("{'resourceType':'Observation','effectiveTiming':{'repeat':{'boundsPeriod':"
          "{'start':'2013-01-31','end':'2013-03-24'}}}}",
          { { "date", "ap2013-02-01", true }, { "date", "2013", true } });
    /* an end before the start is an empty interval: there, and matched by nothing */
    check("{'resourceType':'Encounter','period':{'start':'2014','end':'2012'}}",
          { { "date", "ne2013", false },
            { "date", "ge2000", false },
            { "date:missing", "false", true } });
}

/* search.html#number: the number asked for has the range */
static void test_numbers(void **state)
{
    (void)state;
    check("{'resourceType':'RiskAssessment','prediction':[{'probabilityDecimal':100}]}",
          { { "probability", "100", true },
            { "probability", "100.00", true },
            { "probability", "1e2", true },
            { "probability", "99.6", false },
            { "probability", "1.0e2", true },
            { "probability", "lt100", false },
            { "probability", "le100", true },
            { "probability", "gt100", false },
            { "probability", "ge100", true },
            { "probability", "ne100", false },
            { "probability", "ne101", true },
            { "probability", "gt99.99", true },
            { "probability", "sa99.99", true },
            { "probability", "eb100.1", true },
            { "probability", "ap92", true },
            { "probability", "ap80", false } });
    check("{'resourceType':'RiskAssessment','prediction':[{'probabilityDecimal':99.5}]}",
          { { "probability", "100", true },
            { "probability", "100.0", false },
            { "probability", "ne100", false },
            { "probability", "lt100", true } });
    check("{'resourceType':'RiskAssessment','prediction':[{'probabilityDecimal':100.5}]}",
          { { "probability", "100", false }, { "probability", "gt100", true } });
    check("{'resourceType':'RiskAssessment','prediction':[{'probabilityRange':{'low':{'value':5},"
          "'high':{'value':10}}}]}",
          { { "probability", "gt7", true },
            { "probability", "lt7", true },
            { "probability", "gt10", false },
            { "probability", "sa4.9", true },
            { "probability", "7", false } });
}

/* search.html#quantity: 5.4 is [5.35, 5.45); system|code, ||code, unit text, comparator */
static void test_quantities(void **state)
{
    (void)state;
    check("{'resourceType':'Observation','valueQuantity':{'value':5.40,'unit':'mgram',"
          "'system':'http://unitsofmeasure.org','code':'mg'}}",
          { { "value-quantity", "5.4", true },
            { "value-quantity", "5.40", true },
            { "value-quantity", "5.41", false },
            { "value-quantity", "5.4|http://unitsofmeasure.org|mg", true },
            { "value-quantity", "5.4|http://unitsofmeasure.org|g", false },
            { "value-quantity", "5.4|http://other|mg", false },
            { "value-quantity", "5.4||mg", true },
            { "value-quantity", "5.4||mgram", true },
            { "value-quantity", "5.4||g", false },
            { "value-quantity", "5.4|http://unitsofmeasure.org|", true },
            { "value-quantity", "gt5.3||mg", true },
            { "value-quantity", "gt5.4||mg", false },
            { "value-quantity", "ap5.5|http://unitsofmeasure.org|mg", true },
            { "value-quantity", "ne5.4", false } });
    check("{'resourceType':'Observation','valueQuantity':{'value':5.35}}",
          { { "value-quantity", "5.4", true }, { "value-quantity", "5.4||mg", false } });
    check("{'resourceType':'Observation','valueQuantity':{'value':5.45}}",
          { { "value-quantity", "5.4", false } });
    check("{'resourceType':'Observation','valueQuantity':{'value':100,'comparator':'>'}}",
          { { "value-quantity", "gt200", true },
            { "value-quantity", "lt50", false },
            { "value-quantity", "100", false } });
    check("{'resourceType':'Observation','valueQuantity':{'unit':'mg'}}",
          { { "value-quantity", "ne1", false },
            { "value-quantity", "ge-1", false },
            { "value-quantity:missing", "false", true } });
    check("{'resourceType':'Condition','onsetAge':{'value':40,'code':'a'}}",
          { { "onset-age", "lt41", true }, { "onset-age:missing", "false", true } });
    check("{'resourceType':'Invoice','totalGross':{'value':12.5,'currency':'GBP'}}",
          { { "totalgross", "12.5|urn:iso:std:iso:4217|GBP", true },
            { "totalgross", "12.5||EUR", false } });
}

/* search.html#reference: id, Type/id, absolute, :Type, versions; local absolute is relative */
static void test_references(void **state)
{
    (void)state;
    check("{'resourceType':'Observation','subject':{'reference':'Patient/p1/_history/3'}}",
          { { "subject", "p1", true },
            { "subject", "Patient/p1", true },
            { "subject", "Patient/p1/_history/2", true },
            { "subject", TEST_BASE "Patient/p1", true },
            { "subject", "http://there.example/fhir/Patient/p1", false },
            { "subject", "Group/p1", false },
            { "subject:Patient", "p1", true },
            { "subject:Patient", "Patient/p1", true },
            { "subject:Patient", "Group/p1", false },
            { "subject:Group", "p1", false },
            { "subject", "p2", false },
            { "patient", "p1", true },
            { "patient", "Patient/p1", true },
            { "subject:missing", "false", true } });
    check("{'resourceType':'Observation','subject':{'reference':'" TEST_BASE "Patient/p1'}}",
          { { "subject", "p1", true },
            { "subject", "Patient/p1", true },
            { "subject", TEST_BASE "Patient/p1", true },
            { "patient", "p1", true } });
    check(
        "{'resourceType':'Observation','subject':{'reference':'http://there.example/Patient/p1'}}",
        { { "subject", "http://there.example/Patient/p1", true },
          { "subject", "p1", false },
          { "subject", "Patient/p1", false } });
    check("{'resourceType':'Observation','subject':{'reference':'Group/p1'}}",
          { { "subject", "p1", true },
            { "patient", "p1", false },
            { "patient:missing", "true", true } });
    check("{'resourceType':'Observation','subject':{'identifier':{'system':'s','value':'v'}}}",
          { { "subject:identifier", "s|v", true },
            { "subject:identifier", "v", true },
            { "subject:identifier", "s|w", false },
            { "subject", "v", false },
            { "subject:missing", "false", true } });
    check("{'resourceType':'Observation','subject':{'display':'Someone'}}",
          { { "subject:missing", "false", true }, { "subject", "Someone", false } });
    check("{'resourceType':'Observation','subject':{'reference':'urn:uuid:1'}}",
          { { "subject", "urn:uuid:1", true }, { "patient:missing", "true", true } });
    check("{'resourceType':'Observation','subject':{'type':'Patient','reference':'urn:uuid:1'}}",
          { { "patient", "urn:uuid:1", true } });
    check("{'resourceType':'PlanDefinition','library':['http://a.example/L|2']}",
          { { "depends-on", "http://a.example/L", true },
            { "depends-on", "http://a.example/L|2", true },
            { "depends-on", "http://a.example/L|3", false } });
}

static void test_uris(void **state)
{
    (void)state;
    check("{'resourceType':'ValueSet','url':'http://acme.org/fhir/ValueSet/123'}",
          { { "url", "http://acme.org/fhir/ValueSet/123", true },
            { "url", "http://acme.org/fhir/ValueSet", false },
            { "url:below", "http://acme.org/fhir/", true },
            { "url:below", "http://acme.org/fhir/ValueSet/1234", false },
            { "url:above", "http://acme.org/fhir/ValueSet/123/_history/5", true },
            { "url:above", "http://acme.org/fhir/ValueSet/1234", false } });
    check("{'resourceType':'Patient','meta':{'profile':['http://p.example/x|1.0'],"
          "'tag':[{'system':'t','code':'c'}]}}",
          { { "_profile", "http://p.example/x", true },
            { "_profile", "http://p.example/x|1.0", true },
            { "_profile", "http://p.example/x|2.0", false },
            { "_tag", "t|c", true } });
}

static const char *const dates[] = { "2012-12-31", "2013",       "2013-01",
                                     "2013-01-14", "2013-02-01", "2014-06-01T10:00:00Z" };
static const char *const prefixes[] = { "", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap" };

static size_t check_bounds(const struct index_value *index, const char *asked)
{
    struct search_query query;
    struct search_bounds bounds;
    struct fault fault = FAULT_INIT;
    assert_true(parse_query("Observation", "date", asked, &query, &fault));
    const struct search_condition *condition = &query.conditions[0];
    search_value_bounds(condition, &condition->values[0], &bounds);
    if (!search_value_matches(condition, &condition->values[0], index)) {
        return 0;
    }
    assert_true(index->low >= bounds.low_min && index->low <= bounds.low_max);
    assert_true(index->high >= bounds.high_min && index->high <= bounds.high_max);
    return 1;
}

/* the bounds that stores scan by let pass whatever matches */
static void test_bounds_are_necessary(void **state)
{
    (void)state;
    size_t matched = 0;
    for (size_t d = 0; d < ARRAY_LENGTH(dates); d++) {
        struct slice text = arena_printf(
            &arena, "{'resourceType':'Observation','effectiveDateTime':'%s'}", dates[d]);
        struct index_values values = index_of(text.ptr);
        for (size_t p = 0; p < ARRAY_LENGTH(prefixes) * ARRAY_LENGTH(dates); p++) {
            struct slice asked = arena_printf(&arena, "%s%s", prefixes[p / ARRAY_LENGTH(dates)],
                                              dates[p % ARRAY_LENGTH(dates)]);
            matched += check_bounds(&values.at[0], asked.ptr);
        }
    }
    assert_true(matched > 100);
}

static void test_columns(void **state)
{
    (void)state;
    struct search_query query;
    struct fault fault = FAULT_INIT;
    assert_true(parse_query("Patient", "_id", "a,b", &query, &fault));
    assert_int_equal(query.conditions[0].column, SEARCH_ID);
    assert_true(search_id_matches(&query.conditions[0], SLICE("b")));
    assert_false(search_id_matches(&query.conditions[0], SLICE("c")));
    assert_true(parse_query("Patient", "_lastUpdated", "ge1970-01-02", &query, &fault));
    assert_int_equal(query.conditions[0].column, SEARCH_LAST_UPDATED);
    assert_true(search_last_updated_matches(&query.conditions[0], 86400LL * 1000000));
    assert_false(search_last_updated_matches(&query.conditions[0], 86400LL * 1000000 - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_token_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_token_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_date_prefixes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_date_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_quantities, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_references, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_uris, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds_are_necessary, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_columns, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
