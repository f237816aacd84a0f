/*
 * Index values and compartments, value by value; types and parameters whose numbers are on disk.
 */
#include "fhir_check.h"

#include "fhir/compartment.h"
#include "fhir/references.h"
#include "fhir/tables.h"

static const struct index_value *nth(const struct index_values *values, uint32_t key, size_t n)
{
    for (size_t i = 0; i < values->count; i++) {
        if (values->at[i].parameter_key == key && n-- == 0) {
            return &values->at[i];
        }
    }
    return NULL;
}

static size_t count_of(const struct index_values *values, uint32_t key)
{
    size_t count = 0;
    while (nth(values, key, count) != NULL) {
        count++;
    }
    return count;
}

/* these numbers and keys lie in stores: they never change */
static void test_numbers_on_disk(void **state)
{
    (void)state;
    assert_int_equal(FHIR_TYPE_COUNT, 146);
    assert_int_equal(FHIR_ACCOUNT, 1);
    assert_int_equal(FHIR_OBSERVATION, fhir_type_find(SLICE("Observation")));
    assert_int_equal(FHIR_PATIENT, fhir_type_find(SLICE("Patient")));
    assert_int_equal(FHIR_VISION_PRESCRIPTION, 146);
    assert_int_equal(key_of("Patient", "identifier"), key_of("Encounter", "identifier"));
    /* FNV-1a of "code" */
    assert_int_equal(key_of("Observation", "code"), 0xf9316cf4);
    assert_int_equal(SEARCH_TOKEN, 1);
    assert_int_equal(SEARCH_URI, 7);
}

static void test_types(void **state)
{
    (void)state;
    for (int t = 1; t <= FHIR_TYPE_COUNT; t++) {
        fhir_type type = (fhir_type)t;
        assert_int_equal(fhir_type_find(fhir_type_name(type)), type);
        assert_true(type == 1 || slice_compare(fhir_type_name(type - 1), fhir_type_name(type)) < 0);
    }
    assert_int_equal(fhir_type_find(SLICE("patient")), FHIR_TYPE_NONE);
    assert_int_equal(fhir_type_find(SLICE("")), FHIR_TYPE_NONE);
    assert_int_equal(fhir_type_find(SLICE("Resource")), FHIR_TYPE_NONE);
    assert_int_equal(fhir_type_name(FHIR_TYPE_NONE).len, 0);
}

/* every parameter of every type is found by its code, in order, and there are as many as in R4 */
static void test_parameters(void **state)
{
    (void)state;
    size_t pairs = 0;
    for (int t = 1; t <= FHIR_TYPE_COUNT; t++) {
        fhir_type type = (fhir_type)t;
        const struct fhir_parameter *parameter;
        for (size_t n = 0; (parameter = fhir_parameter_at(type, n)) != NULL; n++) {
            struct slice code = fhir_parameter_code(parameter);
            assert_ptr_equal(fhir_parameter_find(type, code), parameter);
            /* _content, _id, _lastUpdated ... are those of Resource and DomainResource */
            pairs += !slice_starts_with(code, SLICE("_"));
        }
    }
    assert_int_equal(pairs, 1709 - 9);
    assert_null(fhir_parameter_find(FHIR_PATIENT, SLICE("shoe")));
    assert_non_null(fhir_parameter_find(FHIR_PATIENT, SLICE("_text")));
    assert_null(fhir_parameter_find(FHIR_BUNDLE, SLICE("_text")));
}

static void test_elements(void **state)
{
    (void)state;
    for (int n = 1; n <= FHIR_DATA_ANY_RESOURCE; n++) {
        uint16_t s = (uint16_t)n;
        for (unsigned i = 0; i < fhir_structures[s].count; i++) {
            const struct fhir_element *element = &fhir_elements[fhir_structures[s].first + i];
            assert_ptr_equal(fhir_element_find(s, fhir_string(element->name)), element);
        }
        assert_null(fhir_element_find(s, SLICE("nothing of the kind")));
    }
}

static void test_values(void **state)
{
    (void)state;
    struct index_values values = index_of(
        "{'resourceType':'Observation','id':'o','status':'final','code':{'coding':[{'system':'s',"
        "'code':'c','display':'Bl\u00fct  Druck'}],'text':'BLUT DRUCK'},'subject':{'reference':"
        "'Patient/p'},'effectiveDateTime':'1970-01-01','component':[{'code':{'coding':[{'code':"
        "'k'}]},'valueQuantity':{'value':1.5,'code':'u'}},{'code':{'coding':[{'code':'k'}]}}]}");
    const struct index_value *code = nth(&values, key_of("Observation", "code"), 0);
    assert_int_equal(code->kind, SEARCH_TOKEN);
    assert_slice(code->system, "s");
    assert_slice(code->code, "c");
    assert_slice(code->text, "blut druck");
    assert_int_equal(count_of(&values, key_of("Observation", "code")), 1);
    /* the second component's code is the first's: once */
    assert_int_equal(count_of(&values, key_of("Observation", "component-code")), 1);
    assert_int_equal(count_of(&values, key_of("Observation", "combo-code")), 2);
    const struct index_value *date = nth(&values, key_of("Observation", "date"), 0);
    assert_int_equal(date->kind, SEARCH_DATE);
    assert_true(date->low == 0 && date->high == 86400LL * 1000000);
    const struct index_value *subject = nth(&values, key_of("Observation", "patient"), 0);
    assert_slice(subject->system, "Patient");
    assert_slice(subject->code, "p");
    assert_int_equal(subject->text.len, 0);
    const struct index_value *quantity =
        nth(&values, key_of("Observation", "component-value-quantity"), 0);
    assert_true(quantity->low == quantity->high);
    assert_slice(quantity->code, "u");
    assert_int_equal(count_of(&values, key_of("Observation", "_id")), 0);
}

/* where(), as, [0], resolve() on contained resources, and elements that are not of their shape */
static void test_expressions(void **state)
{
    (void)state;
    struct index_values values = index_of(
        "{'resourceType':'Library','status':'draft','type':{'text':'t'},'relatedArtifact':["
        "{'type':'depends-on','resource':'http://d'},{'type':'predecessor','resource':'http://"
        "p'}]}");
    assert_slice(nth(&values, key_of("Library", "depends-on"), 0)->text, "http://d");
    assert_int_equal(count_of(&values, key_of("Library", "depends-on")), 1);
    assert_slice(nth(&values, key_of("Library", "predecessor"), 0)->text, "http://p");
    assert_int_equal(count_of(&values, key_of("Library", "successor")), 0);

    values = index_of("{'resourceType':'Bundle','type':'document','entry':[{'resource':{"
                      "'resourceType':'Composition','id':'c'}},{'resource':{'resourceType':"
                      "'Composition','id':'d'}}]}");
    assert_int_equal(count_of(&values, key_of("Bundle", "composition")), 1);
    assert_slice(nth(&values, key_of("Bundle", "composition"), 0)->code, "c");
    assert_int_equal(count_of(&values, key_of("Bundle", "message")), 0);

    values = index_of("{'resourceType':'Observation','contained':[{'resourceType':'Patient','id':"
                      "'p'}],'subject':{'reference':'#p'},'performer':[{'reference':'#q'}],"
                      "'valueCodeableConcept':{'text':'Text'}}");
    assert_slice(nth(&values, key_of("Observation", "patient"), 0)->system, "Patient");
    assert_slice(nth(&values, key_of("Observation", "patient"), 0)->text, "#p");
    assert_int_equal(nth(&values, key_of("Observation", "performer"), 0)->system.len, 0);
    assert_slice(nth(&values, key_of("Observation", "value-string"), 0)->text, "text");

    values = index_of("{'resourceType':'Observation','status':{},'code':[3,null],'subject':'x',"
                      "'effectiveDateTime':[true],'valueQuantity':{'value':'1'},'component':{}}");
    assert_int_equal(nth(&values, key_of("Observation", "status"), 0)->code.len, 0);
}

static void test_limit(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, MIB(1));
    strbuf_add_string(&text, "{'resourceType':'Patient','identifier':[");
    for (int i = 0; i <= LIMIT_TERMS_OF_RESOURCE; i++) {
        strbuf_addf(&text, "%s{'value':'%d'}", i > 0 ? "," : "", i);
    }
    strbuf_add_string(&text, "]}");
    strbuf_add_byte(&text, '\0');
    struct json json = parse(text.ptr);
    strbuf_release(&text);
    struct index_values values = { 0 };
    struct fault fault = FAULT_INIT;
    assert_false(fhir_index(&json, 0, FHIR_PATIENT, &arena, &values, &fault));
    assert_int_equal(fault.code, FAULT_TOO_LARGE);
    struct arena none;
    arena_init(&none, 1);
    values = (struct index_values){ 0 };
    assert_false(fhir_index(&json, 0, FHIR_PATIENT, &none, &values, &fault));
    assert_int_equal(fault.code, FAULT_NO_MEMORY);
    arena_release(&none);
}

static const struct {
    const char *text;
    fhir_type type;
    const char *id;
    const char *version;
    const char *base;
    const char *literal;
} references[] = {
    { "Patient/1", FHIR_PATIENT, "1", "", "", "Patient/1" },
    { "Patient/1/_history/2", FHIR_PATIENT, "1", "2", "", "Patient/1" },
    { "http://h/f/Patient/1", FHIR_PATIENT, "1", "", "http://h/f/", "http://h/f/Patient/1" },
    { "https://h/Patient/1/_history/2", FHIR_PATIENT, "1", "2", "https://h/",
      "https://h/Patient/1" },
    { "urn:uuid:a", 0, "", "", "", "urn:uuid:a" },
    { "#a", 0, "", "", "", "#a" },
    { "Shoe/1", 0, "", "", "", "Shoe/1" },
    { "x/Patient/1", 0, "", "", "", "x/Patient/1" },
    { "/Patient/1", 0, "", "", "", "/Patient/1" },
    { "Patient/a_b", 0, "", "", "", "Patient/a_b" },
    { "Patient/", 0, "", "", "", "Patient/" },
    { "Patient?identifier=a/b", 0, "", "", "", "Patient?identifier=a/b" },
    { "/", 0, "", "", "", "/" },
    { "", 0, "", "", "", "" },
};

static void test_reference_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(references); i++) {
        struct fhir_reference reference;
        fhir_reference_parse(slice_from_string(references[i].text), &reference);
        assert_int_equal(reference.type, references[i].type);
        assert_slice(reference.id, references[i].id);
        assert_slice(reference.version, references[i].version);
        assert_slice(reference.base, references[i].base);
        assert_slice(reference.literal, references[i].literal);
        if (reference.id.len > 0 && reference.version.len == 0) { /* and back */
            struct slice local = fhir_reference_local(reference.type, reference.id, &arena);
            assert_true(slice_equal(local, slice_from(reference.literal, reference.base.len)));
        }
    }
}

static void check_patients(const char *resource, const char *expected)
{
    struct json json = parse(resource);
    struct index_values values = index_of(resource);
    struct fhir_patients patients;
    struct fault fault = FAULT_INIT;
    assert_true(fhir_compartment(&values, fhir_type_of(&json, 0), SLICE("self"), &arena, &patients,
                                 &fault));
    struct strbuf found;
    strbuf_init(&found, KIB(1));
    for (size_t i = 0; i < patients.count; i++) {
        strbuf_addf(&found, "%s%.*s", i > 0 ? " " : "", SLICE_PRINT(patients.ids[i]));
    }
    assert_slice(strbuf_slice(&found), expected);
    strbuf_release(&found);
}

static void test_compartment(void **state)
{
    (void)state;
    check_patients("{'resourceType':'Patient'}", "self");
    check_patients("{'resourceType':'Patient','link':[{'other':{'reference':'Patient/b'}},{'other':"
                   "{'reference':'Patient/self'}}]}",
                   "self b");
    /* subject before performer, whatever the order in the text; others' stores do not count */
    check_patients("{'resourceType':'Observation','performer':[{'reference':'Patient/b'},"
                   "{'reference':'Practitioner/c'}],'subject':{'reference':'Patient/a'}}",
                   "a b");
    check_patients("{'resourceType':'Observation','subject':{'reference':'http://x/Patient/a'},"
                   "'performer':[{'reference':'Patient/b'}]}",
                   "b");
    check_patients("{'resourceType':'Observation','subject':{'reference':'Group/a'}}", "");
    check_patients("{'resourceType':'Organization'}", "");
    check_patients("{'resourceType':'Group','type':'person','actual':true,'member':[{'entity':"
                   "{'reference':'Patient/1'}},{'entity':{'reference':'Patient/2'}},{'entity':"
                   "{'reference':'Patient/3'}},{'entity':{'reference':'Patient/4'}},{'entity':"
                   "{'reference':'Patient/5'}},{'entity':{'reference':'Patient/6'}},{'entity':"
                   "{'reference':'Patient/2'}},{'entity':{'reference':'Patient/5'}},{'entity':"
                   "{'reference':'Device/7'}}]}",
                   "1 2 3 4 5 6");
    assert_true(fhir_compartment_has_type(FHIR_PATIENT));
    assert_true(fhir_compartment_has_type(FHIR_OBSERVATION));
    assert_false(fhir_compartment_has_type(FHIR_ORGANIZATION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_numbers_on_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_elements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_expressions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reference_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_compartment, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
