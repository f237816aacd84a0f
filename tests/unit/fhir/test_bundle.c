/*
 * Bundles in and out, and OperationOutcomes.
 */
#include "fhir_check.h"

#include "fhir/bundle.h"
#include "fhir/outcome.h"

static void test_writing(void **state)
{
    (void)state;
    struct strbuf out;
    struct fhir_bundle_writer writer;
    const struct fhir_bundle_link links[] = { { "self", SLICE("http://h/Patient?a=\"b\"") } };
    strbuf_init(&out, KIB(8));
    fhir_bundle_begin(&writer, &out, "searchset", 1, links, 1);
    fhir_bundle_add(&writer, &(struct fhir_bundle_item){ .full_url = SLICE("http://h/Patient/1"),
                                                         .resource = SLICE("{\"x\":1.0}"),
                                                         .mode = FHIR_MODE_MATCH });
    fhir_bundle_end(&writer);
    assert_slice(strbuf_slice(&out),
                 "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":1,\"link\":["
                 "{\"relation\":\"self\",\"url\":\"http://h/Patient?a=\\\"b\\\"\"}],\"entry\":["
                 "{\"fullUrl\":\"http://h/Patient/1\",\"resource\":{\"x\":1.0},\"search\":"
                 "{\"mode\":\"match\"}}]}");
    strbuf_clear(&out);
    fhir_bundle_begin(&writer, &out, "history", FHIR_TOTAL_UNKNOWN, NULL, 0);
    fhir_bundle_end(&writer);
    assert_slice(strbuf_slice(&out), "{\"resourceType\":\"Bundle\",\"type\":\"history\"}");
    strbuf_clear(&out);
    fhir_bundle_begin(&writer, &out, "transaction-response", FHIR_TOTAL_UNKNOWN, NULL, 0);
    fhir_bundle_add(&writer, &(struct fhir_bundle_item){ .request_method = SLICE("DELETE"),
                                                         .request_url = SLICE("Patient/1"),
                                                         .response_status = SLICE("201 Created"),
                                                         .response_etag = SLICE("W/\"1\"") });
    fhir_bundle_end(&writer);
    struct json json;
    struct fault fault = FAULT_INIT;
    assert_true(json_parse(&arena, strbuf_slice(&out), &json, &fault));
    struct fhir_issues issues = { 0 };
    assert_true(fhir_validate(&json, 0, &arena, &issues));
    strbuf_release(&out);
}

static bool read_bundle(const char *text, struct fhir_entries *entries, struct fault *fault)
{
    struct json json = parse(text);
    return fhir_bundle_read(&json, 0, &arena, entries, fault);
}

static void test_reading(void **state)
{
    (void)state;
    struct fhir_entries entries;
    struct fault fault = FAULT_INIT;
    assert_true(read_bundle(
        "{'resourceType':'Bundle','type':'transaction','entry':["
        "{'fullUrl':'urn:uuid:1','resource':{'resourceType':'Patient'},'request':{'method':'POST',"
        "'url':'Patient','ifNoneExist':'?identifier=a|b'}},"
        "{'resource':{'resourceType':'Patient','id':'x'},'request':{'method':'PUT',"
        "'url':'Patient/x','ifMatch':'W/\\'2\\''}},"
        "{'request':{'method':'DELETE','url':'Patient?active=false'}},"
        "{'request':{'method':'GET','url':'metadata'}}]}",
        &entries, &fault));
    assert_int_equal(entries.kind, FHIR_BUNDLE_TRANSACTION);
    assert_int_equal(entries.count, 4);
    assert_int_equal(entries.at[0].method, FHIR_POST);
    assert_int_equal(entries.at[0].type, FHIR_PATIENT);
    assert_slice(entries.at[0].full_url, "urn:uuid:1");
    assert_slice(entries.at[0].if_none_exist, "identifier=a|b");
    assert_slice(entries.at[1].id, "x");
    assert_slice(entries.at[1].if_match, "W/\"2\"");
    assert_slice(entries.at[2].query, "active=false");
    assert_int_equal(entries.at[2].resource, JSON_NONE);
    assert_true(fhir_entry_rank(FHIR_DELETE) < fhir_entry_rank(FHIR_POST));
    assert_true(fhir_entry_rank(FHIR_POST) < fhir_entry_rank(FHIR_PUT));
    assert_true(fhir_entry_rank(FHIR_PATCH) < fhir_entry_rank(FHIR_GET));
    assert_true(read_bundle("{'resourceType':'Bundle','type':'batch'}", &entries, &fault));
    assert_int_equal(entries.count, 0);
}

#define ONE(entry) "{'resourceType':'Bundle','type':'transaction','entry':[" entry "]}"
#define TWO(url)                                                                                   \
    ONE("{'request':{'method':'DELETE','url':'" url "'}},{'request':{'method':'DELETE','url':"     \
        "'Patient/1'}}")

static const struct {
    const char *bundle;
    const char *where;
} bad[] = {
    { "[]", "Bundle" },
    { "{'resourceType':'Patient','type':'batch'}", "Bundle" },
    { "{'resourceType':'Bundle'}", "Bundle.type" },
    { "{'resourceType':'Bundle','type':'party'}", "Bundle.type" },
    { "{'resourceType':'Bundle','type':'batch','entry':{}}", "Bundle.entry" },
    { ONE("3"), "Bundle.entry[0]" },
    { ONE("{}"), "Bundle.entry[0].request" },
    { ONE("{'request':{'method':'FETCH','url':'Patient'}}"), "Bundle.entry[0].request.method" },
    { ONE("{'request':{'method':'GET'}}"), "Bundle.entry[0].request.url" },
    { ONE("{'request':{'method':'DELETE','url':'Shoe/1'}}"), "Bundle.entry[0].request.url" },
    { ONE("{'request':{'method':'DELETE','url':'Patient'}}"), "Bundle.entry[0].request.url" },
    { ONE("{'request':{'method':'DELETE','url':'Patient/a/b'}}"), "Bundle.entry[0].request.url" },
    { ONE("{'request':{'method':'POST','url':'Patient'}}"), "Bundle.entry[0].resource" },
    { ONE("{'request':{'method':'POST','url':'Patient/1'},'resource':{'resourceType':'Patient'}}"),
      "Bundle.entry[0].request.url" },
    { ONE("{'request':{'method':'POST','url':'Patient'},'resource':{'resourceType':'Group'}}"),
      "Bundle.entry[0].resource" },
    { ONE("{'request':{'method':'POST','url':'Patient'},'resource':{'resourceType':'Shoe'}}"),
      "Bundle.entry[0].resource" },
    { ONE("{'request':{'method':'PUT','url':'Patient/1'},'resource':{'resourceType':'Patient',"
          "'id':'2'}}"),
      "Bundle.entry[0].resource.id" },
    { ONE("{'fullUrl':'u','request':{'method':'GET','url':'x'}},{'fullUrl':'u','request':"
          "{'method':'GET','url':'y'}}"),
      "Bundle.entry[1].fullUrl" },
    { TWO("Patient/1"), "Bundle.entry[1].request.url" },
};

static void test_bad_bundles(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct fhir_entries entries;
        struct fault fault = FAULT_INIT;
        if (read_bundle(bad[i].bundle, &entries, &fault)) {
            fail_msg("%s is read", bad[i].bundle);
        }
        assert_slice(fault.where, bad[i].where);
    }
    struct fhir_entries entries;
    struct fault fault = FAULT_INIT;
    assert_true(read_bundle(TWO("Patient/2"), &entries, &fault));
}

/* every outcome is itself a valid resource */
static void check_outcome(struct strbuf *out, const char *expected)
{
    struct json json;
    struct fault fault = FAULT_INIT;
    assert_slice(strbuf_slice(out), quoted(expected).ptr);
    assert_true(json_parse(&arena, strbuf_slice(out), &json, &fault));
    struct fhir_issues issues = { 0 };
    assert_true(fhir_validate(&json, 0, &arena, &issues));
    strbuf_clear(out);
}

static void test_outcomes(void **state)
{
    (void)state;
    struct strbuf out;
    struct fault fault = FAULT_INIT;
    strbuf_init(&out, KIB(8));
    fault_at(&fault, &arena, FAULT_CONTENT, SLICE("Patient.name[0].given"), "No");
    fhir_outcome_of_fault(&fault, &out);
    check_outcome(&out,
                  "{'resourceType':'OperationOutcome','issue':[{'severity':'error','code':"
                  "'invalid','details':{'text':'No'},'expression':['Patient.name[0].given']}]}");
    fault_at(&fault, &arena, FAULT_MALFORMED, SLICE("line 3, column 7"), "No JSON");
    fault_detail(&fault, &arena, "A comma.");
    fault_hint(&fault, &arena, "Look there.");
    fhir_outcome_of_fault(&fault, &out);
    check_outcome(&out,
                  "{'resourceType':'OperationOutcome','issue':[{'severity':'error','code':"
                  "'structure','details':{'text':'No JSON'},'diagnostics':'At line 3, column 7. A "
                  "comma. Look there.'}]}");
    struct json json = parse("{'resourceType':'Patient','gender':'x','a':1}");
    struct fhir_issues issues = { 0 };
    assert_false(fhir_validate(&json, 0, &arena, &issues));
    fhir_outcome_of_issues(&issues, &out);
    check_outcome(
        &out, "{'resourceType':'OperationOutcome','issue':[{'severity':'error','code':"
              "'code-invalid','details':{'text':'Not a code of the required value set'},"
              "'expression':['Patient.gender']},{'severity':'error','code':'structure','details':"
              "{'text':'Unknown element'},'expression':['Patient.a']}]}");
    issues = (struct fhir_issues){ 0 };
    fhir_outcome_of_issues(&issues, &out);
    check_outcome(&out, "{'resourceType':'OperationOutcome','issue':[{'severity':'information',"
                        "'code':'informational','details':{'text':'No issues found'}}]}");
    fhir_outcome_of_text("warning", "not-supported", SLICE("x"), &out);
    check_outcome(&out, "{'resourceType':'OperationOutcome','issue':[{'severity':'warning','code':"
                        "'not-supported','details':{'text':'x'}}]}");
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_writing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reading, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_bundles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outcomes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
