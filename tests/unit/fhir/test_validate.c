/*
 * Validation on small resources, each wrong in one thing: the code, the place, and nothing else.
 */
#include "fhir_check.h"

struct row {
    const char *resource;
    const char *code; /* NULL: good */
    const char *where;
};

#define CLINICAL "http://terminology.hl7.org/CodeSystem/condition-clinical"
#define DIV      "<div xmlns=\\'http://www.w3.org/1999/xhtml\\'>"

static const struct row rows[] = {
    /* good ones */
    { "{'resourceType':'Patient','id':'a','name':[{'family':'B','given':['C']}],'active':true}",
      NULL, NULL },
    { "{'resourceType':'Patient','birthDate':'2020','_birthDate':{'extension':[{'url':'u',"
      "'valueCode':'x'}]}}",
      NULL, NULL },
    { "{'resourceType':'Patient','_birthDate':{'id':'x'}}", NULL, NULL },
    { "{'resourceType':'Patient','name':[{'given':['A',null],'_given':[null,{'id':'x'}]}]}", NULL,
      NULL },
    { "{'resourceType':'Observation','_status':{'id':'a'},'code':{'text':'t'}}", NULL, NULL },
    { "{'resourceType':'Parameters','parameter':[{'name':'n','resource':{'resourceType':"
      "'Patient'}},{'name':'m','part':[{'name':'p','valueString':'v'}]}]}",
      NULL, NULL },
    { "{'resourceType':'Questionnaire','status':'draft','item':[{'linkId':'1','type':'group',"
      "'item':[{'linkId':'2','type':'string'}]}]}",
      NULL, NULL },
    { "{'resourceType':'Patient','text':{'status':'generated','div':'" DIV "x</div>'}}", NULL,
      NULL },
    /* unknown elements */
    { "{'resourceType':'Patient','shoe':1}", "structure", "Patient.shoe" },
    { "{'resourceType':'Patient','name':[{'family':'a'},{'famly':'b'}]}", "structure",
      "Patient.name[1].famly" },
    { "{'resourceType':'Patient','contact':[{'name':{'x':1}}]}", "structure",
      "Patient.contact[0].name.x" },
    { "{'resourceType':'Patient','_shoe':{'id':'x'}}", "structure", "Patient._shoe" },
    { "{'resourceType':'Patient','_name':{'id':'x'}}", "structure", "Patient._name" },
    { "{'resourceType':'Patient','id\\u0020':'x'}", "structure", "Patient.id\\u0020" },
    { "{'resourceType':'Questionnaire','status':'draft','item':[{'linkId':'1','type':'group',"
      "'item':[{'linkId':'2','type':'string','z':1}]}]}",
      "structure", "Questionnaire.item[0].item[0].z" },
    { "{'resourceType':'Nothing'}", "structure", "Resource" },
    { "[]", "structure", "Resource" },
    { "{'resourceType':'Bundle','type':'batch','entry':[{'resource':{'resourceType':'X'}}]}",
      "structure", "Bundle.entry[0].resource" },
    { "{'resourceType':'Bundle','type':'batch','entry':[{'resource':{'resourceType':'Patient',"
      "'gender':3}}]}",
      "structure", "Bundle.entry[0].resource.gender" },
    /* JSON type */
    { "{'resourceType':'Patient','active':'true'}", "structure", "Patient.active" },
    { "{'resourceType':'Patient','birthDate':2020}", "structure", "Patient.birthDate" },
    { "{'resourceType':'Patient','name':{'family':'a'}}", "structure", "Patient.name" },
    { "{'resourceType':'Patient','active':[true]}", "structure", "Patient.active" },
    { "{'resourceType':'Patient','name':['a']}", "structure", "Patient.name[0]" },
    { "{'resourceType':'Patient','name':[]}", "structure", "Patient.name" },
    { "{'resourceType':'Patient','maritalStatus':{}}", "structure", "Patient.maritalStatus" },
    { "{'resourceType':'Patient','active':null}", "structure", "Patient.active" },
    { "{'resourceType':'Patient','name':[{'given':['A',null]}]}", "structure",
      "Patient.name[0].given" },
    { "{'resourceType':'Patient','name':[null]}", "structure", "Patient.name[0]" },
    { "{'resourceType':'Patient','name':[{'given':['A'],'_given':[null,{'id':'x'}]}]}", "structure",
      "Patient.name[0].given" },
    { "{'resourceType':'Patient','_birthDate':'x'}", "structure", "Patient.birthDate" },
    /* cardinality */
    { "{'resourceType':'Observation','code':{'text':'t'}}", "required", "Observation.status" },
    { "{'resourceType':'Patient','link':[{'type':'seealso'}]}", "required",
      "Patient.link[0].other" },
    { "{'resourceType':'MedicationRequest','status':'active','intent':'order',"
      "'subject':{'reference':'Patient/1'}}",
      "required", "MedicationRequest.medication" },
    { "{'resourceType':'Patient','extension':[{'valueString':'x'}]}", "required",
      "Patient.extension[0].url" },
    /* choice */
    { "{'resourceType':'Patient','deceasedBoolean':true,'deceasedDateTime':'2020'}", "structure",
      "Patient.deceased" },
    { "{'resourceType':'Observation','status':'final','code':{'text':'t'},'valueAddress':{'city':"
      "'x'}}",
      "structure", "Observation.valueAddress" },
    { "{'resourceType':'Observation','status':'final','code':{'text':'t'},'valueQuantity':{'value':"
      "'1'}}",
      "structure", "Observation.value.value" },
    /* extensions */
    { "{'resourceType':'Patient','extension':[{'url':'u'}]}", "invariant", "Patient.extension[0]" },
    { "{'resourceType':'Patient','extension':[{'url':'u','valueString':'x','extension':[{'url':'v',"
      "'valueString':'y'}]}]}",
      "invariant", "Patient.extension[0]" },
    /* bindings */
    { "{'resourceType':'Patient','gender':'man'}", "code-invalid", "Patient.gender" },
    { "{'resourceType':'Observation','status':'done','code':{'text':'t'}}", "code-invalid",
      "Observation.status" },
    { "{'resourceType':'Condition','subject':{'reference':'Patient/1'},'clinicalStatus':{'coding':"
      "[{'system':'" CLINICAL "','code':'on'}]}}",
      "code-invalid", "Condition.clinicalStatus" },
    { "{'resourceType':'Condition','subject':{'reference':'Patient/1'},'clinicalStatus':{'coding':"
      "[{'system':'" CLINICAL "','code':'active'}]}}",
      NULL, NULL },
    { "{'resourceType':'Condition','subject':{'reference':'Patient/1'},'clinicalStatus':{'coding':"
      "[{'system':'http://other','code':'active'}]}}",
      "code-invalid", "Condition.clinicalStatus" },
    /* reference targets */
    { "{'resourceType':'Condition','subject':{'reference':'Device/1'}}", "value",
      "Condition.subject" },
    { "{'resourceType':'Condition','subject':{'reference':'urn:uuid:x'}}", NULL, NULL },
    /* narrative */
    { "{'resourceType':'Patient','text':{'status':'generated'}}", "required", "Patient.text.div" },
    { "{'resourceType':'Patient','text':{'status':'generated','div':'<p>x</p>'}}", "value",
      "Patient.text.div" },
    { "{'resourceType':'Patient','text':{'status':'generated','div':'" DIV "<p> </p></div>'}}",
      "value", "Patient.text.div" },
};

static void check_row(const struct row *row)
{
    struct json json = parse(row->resource);
    struct fhir_issues issues = { 0 };
    bool is_good = fhir_validate(&json, 0, &arena, &issues);
    if (row->code == NULL) {
        if (!is_good || issues.count > 0) {
            fail_msg("%s: %s at %.*s", row->resource, issues.at[0].code,
                     SLICE_PRINT(issues.at[0].where));
        }
        return;
    }
    if (is_good || issues.count != 1 || strcmp(issues.at[0].code, row->code) != 0 ||
        !slice_equal(issues.at[0].where, slice_from_string(row->where))) {
        fail_msg("%s: %zu issues, %s at %.*s: %.*s", row->resource, issues.count,
                 is_good ? "" : issues.at[0].code,
                 SLICE_PRINT(is_good ? SLICE("") : issues.at[0].where),
                 SLICE_PRINT(is_good ? SLICE("") : issues.at[0].message));
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        check_row(&rows[i]);
    }
}

struct form {
    const char *type; /* as in value[x] of an extension */
    const char *text; /* JSON */
    bool is_good;
};

static const struct form forms[] = {
    { "Id", "'a-B.9'", true },
    { "Id", "'a_b'", false },
    { "Id", "''", false },
    { "Date", "'2020-02-29'", true },
    { "Date", "'2021-02-29'", false },
    { "Date", "'2020-13'", false },
    { "Date", "'2020-01-01T00:00:00Z'", false },
    { "DateTime", "'2020-01-01T00:00:00Z'", true },
    { "DateTime", "'2020-01-01T00:00:00'", false },
    { "DateTime", "'2020-01-01T24:00:00Z'", false },
    { "DateTime", "'2020-01'", true },
    { "DateTime", "'20-01'", false },
    { "Instant", "'2020-01-01T00:00:00.123+01:00'", true },
    { "Instant", "'2020-01-01'", false },
    { "Time", "'10:20:30'", true },
    { "Time", "'10:20'", false },
    { "Uri", "'urn:x y'", false },
    { "Uri", "'urn:x'", true },
    { "Uri", "''", false },
    { "Code", "'a b'", true },
    { "Code", "'a  b'", false },
    { "Code", "' a'", false },
    { "Code", "'a '", false },
    { "Base64Binary", "'TQ=='", true },
    { "Base64Binary", "'TQ='", false },
    { "Base64Binary", "'T=Q='", false },
    { "Base64Binary", "'T!=='", false },
    { "PositiveInt", "1", true },
    { "PositiveInt", "0", false },
    { "UnsignedInt", "0", true },
    { "UnsignedInt", "-1", false },
    { "Integer", "-2147483648", true },
    { "Integer", "2147483648", false },
    { "Integer", "1.0", false },
    { "Integer", "1e2", false },
    { "Integer", "'1'", false },
    { "Decimal", "1.50", true },
    { "Decimal", "1E-3", true },
    { "Decimal", "'1.5'", false },
    { "Boolean", "true", true },
    { "Boolean", "1", false },
    { "String", "''", false },
    { "String", "'a\\tb\\n'", true },
    { "String", "'a\\u0001'", false },
    { "Oid", "'urn:oid:1.2.3'", true },
    { "Oid", "'urn:oid:3.2'", false },
    { "Oid", "'urn:oid:1.02'", false },
    { "Oid", "'1.2.3'", false },
    { "Uuid", "'urn:uuid:c757873d-ec9a-4326-a141-556f43239520'", true },
    { "Uuid", "'urn:uuid:C757873D-ec9a-4326-a141-556f43239520'", false },
    { "Uuid", "'c757873d-ec9a-4326-a141-556f43239520'", false },
    { "Canonical", "'http://a|1'", true },
    { "Url", "'http://a b'", false },
    { "Markdown", "'*x*'", true },
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
        struct slice text = arena_printf(
            &arena,
            "{'resourceType':'Basic','code':{'text':'t'},'extension':[{'url':'u','value%s':%s}]}",
            forms[i].type, forms[i].text);
        struct json json = parse(text.ptr);
        struct fhir_issues issues = { 0 };
        if (fhir_validate(&json, 0, &arena, &issues) != forms[i].is_good) {
            fail_msg("%s", text.ptr);
        }
        if (!forms[i].is_good) {
            assert_int_equal(issues.count, 1);
            assert_slice(issues.at[0].where, "Basic.extension[0].value");
        }
    }
}

static void test_several(void **state)
{
    (void)state;
    struct json json = parse("{'resourceType':'Patient','gender':'x','a':1,'name':[{'b':1}]}");
    struct fhir_issues issues = { 0 };
    assert_false(fhir_validate(&json, 0, &arena, &issues));
    assert_int_equal(issues.count, 3);
    assert_int_equal(issues.errors, 3);
    struct fault fault = FAULT_INIT;
    assert_false(fhir_issues_fault(&issues, &arena, &fault));
    assert_int_equal(fault.code, FAULT_CONTENT);
    assert_slice(fault.where, "Patient.gender");
    assert_slice(fault.detail, "This is the first of 3 errors.");
}

static void test_limit(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, MIB(1));
    strbuf_add_string(&text, "{'resourceType':'Patient','name':[");
    for (int i = 0; i < 300; i++) {
        strbuf_addf(&text, "%s{'x':1}", i > 0 ? "," : "");
    }
    strbuf_add_string(&text, "]}");
    strbuf_add_byte(&text, '\0');
    struct json json = parse(text.ptr);
    strbuf_release(&text);
    struct fhir_issues issues = { 0 };
    assert_false(fhir_validate(&json, 0, &arena, &issues));
    assert_int_equal(issues.count, LIMIT_VALIDATION_FAULTS);
    assert_true(issues.truncated);
}

/* without memory the answer is never "valid" */
static void test_no_memory(void **state)
{
    (void)state;
    struct json json = parse("{'resourceType':'Patient','gender':'x'}");
    struct arena none;
    arena_init(&none, 1);
    struct fhir_issues issues = { 0 };
    assert_false(fhir_validate(&json, 0, &none, &issues));
    assert_true(issues.truncated);
    arena_release(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
