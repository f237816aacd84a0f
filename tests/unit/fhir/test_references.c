/*
 * Rewriting bodies: what is set, what is replaced, and that every other byte stays.
 */
#include "fhir_check.h"

#include "fhir/references.h"

struct replacing {
    size_t seen;
    bool fails;
};

/* urn:x:1 -> Patient/1; all else stays */
static bool replace(void *context, const struct fhir_link *link, struct slice *ret_text,
                    bool *ret_failed)
{
    struct replacing *replacing = context;
    replacing->seen++;
    *ret_failed = replacing->fails;
    if (!slice_equal(link->text, SLICE("urn:x:1"))) {
        return false;
    }
    *ret_text = link->kind == FHIR_LINK_NARRATIVE ? SLICE("Patient/1?a&b") : SLICE("Patient/1");
    return true;
}

static void check_rewrite(const struct fhir_rewrite *rewrite, const char *from, const char *to)
{
    struct json json = parse(from);
    struct strbuf out;
    strbuf_init(&out, MIB(1));
    assert_true(fhir_rewrite(&json, 0, rewrite, &arena, &out));
    assert_slice(strbuf_slice(&out), quoted(to).ptr);
    strbuf_release(&out);
}

static void test_id_and_meta(void **state)
{
    (void)state;
    const struct fhir_rewrite all = { .id = SLICE("n"),
                                      .version_id = SLICE("2"),
                                      .last_updated = SLICE("T") };
    check_rewrite(&all, "{ 'resourceType' : 'Patient' , 'active' : true }",
                  "{'resourceType':'Patient','id':'n','meta':{'versionId':'2','lastUpdated':'T'},"
                  "'active':true}");
    check_rewrite(&all, "{'active':true,'id':'o','resourceType':'Patient'}",
                  "{'active':true,'id':'n','meta':{'versionId':'2','lastUpdated':'T'},"
                  "'resourceType':'Patient'}");
    check_rewrite(&all,
                  "{'meta':{'profile':['p'],'lastUpdated':'o','source':'s'},'id':'o',"
                  "'resourceType':'Patient'}",
                  "{'meta':{'versionId':'2','profile':['p'],'lastUpdated':'T','source':'s'},"
                  "'id':'n','resourceType':'Patient'}");
    check_rewrite(&all, "{'resourceType':'Patient','meta':{'versionId':'9','tag':[{'code':'c'}]}}",
                  "{'resourceType':'Patient','id':'n','meta':{'lastUpdated':'T','versionId':'2',"
                  "'tag':[{'code':'c'}]}}");
    check_rewrite(&all, "{'resourceType':'Patient','meta':{}}",
                  "{'resourceType':'Patient','id':'n','meta':{'versionId':'2','lastUpdated':'T'}}");
    /* ids further down are not the resource's */
    check_rewrite(&all, "{'resourceType':'Patient','id':'o','contained':[{'id':'c'}]}",
                  "{'resourceType':'Patient','id':'n','meta':{'versionId':'2','lastUpdated':'T'},"
                  "'contained':[{'id':'c'}]}");
    const struct fhir_rewrite none = { .id = SLICE("") };
    check_rewrite(&none, "{'resourceType':'Patient','meta':{'versionId':'9'}}",
                  "{'resourceType':'Patient','meta':{'versionId':'9'}}");
}

/* ARCHITECTURE invariant 4: numbers digit for digit, strings with their escapes, order, unknown
 * members
 */
static void test_bytes_stay(void **state)
{
    (void)state;
    const struct fhir_rewrite none = { .id = SLICE("o") };
    check_rewrite(&none,
                  "{\r\n\t'id':'o', 'x':[1.50,-0,1E+2,10.10 ,[ ],{ }], 'z':'a\\u0041\\/\\n b',\n"
                  "'resourceType':'Patient','null':null,'f':false,'':''}",
                  "{'id':'o','x':[1.50,-0,1E+2,10.10,[],{}],'z':'a\\u0041\\/\\n b',"
                  "'resourceType':'Patient','null':null,'f':false,'':''}");
}

static void test_replacing(void **state)
{
    (void)state;
    struct replacing replacing = { 0 };
    const struct fhir_rewrite rewrite = { .replace = replace, .context = &replacing };
    check_rewrite(&rewrite,
                  "{'resourceType':'Observation','subject':{'reference' : 'urn:x:1','display':"
                  "'urn:x:1'},'performer':[{'reference':'urn:x:2'},{'reference':'urn:x\\u003a1'}],"
                  "'valueString':'urn:x:1','extension':[{'url':'e','valueReference':{'reference':"
                  "'urn:x:1'}},{'url':'f','valueUri':'urn:x:1'},{'url':'g','valueCanonical':"
                  "'urn:x:1'}],'reference':'urn:x:1','contained':[{'resourceType':'Encounter',"
                  "'subject':{'reference':'urn:x:1'}}]}",
                  "{'resourceType':'Observation','subject':{'reference':'Patient/1','display':"
                  "'urn:x:1'},'performer':[{'reference':'urn:x:2'},{'reference':'Patient/1'}],"
                  "'valueString':'urn:x:1','extension':[{'url':'e','valueReference':{'reference':"
                  "'Patient/1'}},{'url':'f','valueUri':'Patient/1'},{'url':'g','valueCanonical':"
                  "'Patient/1'}],'reference':'urn:x:1','contained':[{'resourceType':'Encounter',"
                  "'subject':{'reference':'Patient/1'}}]}");
    assert_int_equal(replacing.seen, 10);
    /* the extension of a primitive, and an attachment */
    check_rewrite(
        &rewrite,
        "{'resourceType':'Patient','_birthDate':{'extension':[{'url':'e','valueReference':"
        "{'reference':'urn:x:1'}}]},'photo':[{'url':'urn:x:1'}]}",
        "{'resourceType':'Patient','_birthDate':{'extension':[{'url':'e','valueReference':"
        "{'reference':'Patient/1'}}]},'photo':[{'url':'Patient/1'}]}");
}

static void test_narrative(void **state)
{
    (void)state;
    struct replacing replacing = { 0 };
    const struct fhir_rewrite rewrite = { .replace = replace, .context = &replacing };
    check_rewrite(
        &rewrite,
        "{'resourceType':'Patient','text':{'status':'generated','div':'<div>href=\\'urn:x:1"
        "\\' <a class=\\'c\\' href = \\'urn:x:1\\'>urn:x:1</a><img alt=\\'\\' "
        "src=\\'urn:x:2\\'/></div>'}}",
        "{'resourceType':'Patient','text':{'status':'generated','div':'<div>href=\\'urn:x:1"
        "\\' <a class=\\'c\\' href = \\'Patient/1?a&amp;b\\'>urn:x:1</a><img alt=\\'\\' "
        "src=\\'urn:x:2\\'/></div>'}}");
    assert_int_equal(replacing.seen, 2);
    /* broken markup ends */
    check_rewrite(&rewrite, "{'resourceType':'Patient','text':{'div':'<a href=\\'urn:x:1'}}",
                  "{'resourceType':'Patient','text':{'div':'<a href=\\'Patient/1?a&amp;b'}}");
    check_rewrite(&rewrite, "{'resourceType':'Patient','text':{'div':'<a href= <b \\' = src'}}",
                  "{'resourceType':'Patient','text':{'div':'<a href= <b \\' = src'}}");
}

static void test_failing(void **state)
{
    (void)state;
    struct replacing replacing = { .fails = true };
    const struct fhir_rewrite rewrite = { .replace = replace, .context = &replacing };
    struct json json = parse("{'resourceType':'Patient','managingOrganization':{'reference':'x'},"
                             "'link':[{'other':{'reference':'y'}}]}");
    struct strbuf out;
    strbuf_init(&out, MIB(1));
    assert_false(fhir_rewrite(&json, 0, &rewrite, &arena, &out));
    assert_int_equal(replacing.seen, 1);
    strbuf_release(&out);
    strbuf_init(&out, 10);
    const struct fhir_rewrite plain = { .id = SLICE("x") };
    assert_false(fhir_rewrite(&json, 0, &plain, &arena, &out));
    strbuf_release(&out);
}

struct visited {
    size_t count;
    size_t stop;
    struct fhir_link links[8];
};

static bool visit(void *context, const struct fhir_link *link)
{
    struct visited *visited = context;
    visited->links[visited->count++] = *link;
    return visited->count != visited->stop;
}

static void test_visiting(void **state)
{
    (void)state;
    struct json json = parse("{'resourceType':'Observation','meta':{'profile':['p']},'subject':"
                             "{'reference':'a'},'code':{'coding':[{'system':'s'}]}}");
    struct visited visited = { 0 };
    assert_true(fhir_links_each(&json, 0, &arena, visit, &visited));
    assert_int_equal(visited.count, 3);
    assert_int_equal(visited.links[0].kind, FHIR_LINK_CANONICAL);
    assert_int_equal(visited.links[1].kind, FHIR_LINK_REFERENCE);
    assert_slice(visited.links[1].text, "a");
    assert_slice(json_raw(&json, visited.links[1].node), "\"a\"");
    assert_int_equal(visited.links[2].kind, FHIR_LINK_URI);
    visited = (struct visited){ .stop = 1 };
    assert_false(fhir_links_each(&json, 0, &arena, visit, &visited));
    assert_int_equal(visited.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_id_and_meta, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replacing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_narrative, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_visiting, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
