/* Ids, references rewritten, what leads nowhere, faults with their place, order, If-Match. */
#include "support/plane_fixture.h"

#include "base/json.h"
#include "intake/transaction.h"

struct fixture {
    struct plane_fixture plane;
    struct record_store *store;
    const struct decision *job;
    struct transaction transaction;
    struct fault fault;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ 0 };
    plane_fixture_init(&fixture.plane, FIXTURE_MEMORY);
    fixture.store = store_pool_get(fixture.plane.stores, SLICE("RX9"), true, &fixture.plane.arena,
                                   &fixture.fault);
    assert_non_null(fixture.store);
    fixture.job = fixture_job(&fixture.plane, "load");
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    store_pool_put(self->plane.stores, self->store);
    plane_fixture_release(&self->plane);
    return 0;
}

static bool prepare(struct fixture *self, const char *text)
{
    struct json *json = arena_new(&self->plane.arena, struct json);
    self->fault = (struct fault)FAULT_INIT;
    assert_true(json_parse(&self->plane.arena, slice_from_string(text), json, &self->fault));
    return transaction_of_bundle(&self->transaction, self->store, self->job, json, 0,
                                 &self->plane.arena, &self->fault);
}

static bool run(struct fixture *self, const char *text)
{
    if (!prepare(self, text)) {
        return false;
    }
    bool ok = record_store_commit(self->store, self->job, &self->transaction.write, &self->fault);
    if (!ok) {
        transaction_name_entry(&self->transaction, &self->plane.arena, &self->fault);
    }
    return ok;
}

#define BUNDLE(entries)                                                                            \
    "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" entries "]}"
#define POST(url, type, resource)                                                                  \
    "{\"fullUrl\":\"" url "\",\"resource\":" resource                                              \
    ",\"request\":{\"method\":\"POST\",\"url\":\"" type "\"}}"
#define PUT(type, id, resource)                                                                    \
    "{\"fullUrl\":\"http://x/" type "/" id "\",\"resource\":" resource                             \
    ",\"request\":{\"method\":\"PUT\",\"url\":\"" type "/" id "\"}}"
#define PATIENT(id) "{\"resourceType\":\"Patient\",\"id\":\"" id "\"}"

static const struct record_change *change_of(const struct fixture *self, size_t entry)
{
    return &self->transaction.write.changes[self->transaction.change_of[entry]];
}

static const char *body_of(struct fixture *self, size_t entry)
{
    const struct record_change *change = change_of(self, entry);
    const char *body = fixture_read(&self->plane, "RX9", change->type,
                                    arena_string(&self->plane.arena, change->ret_id));
    assert_non_null(body);
    return body;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no %s in %s", part, text);
    }
}

static void references_follow_the_ids(void **state)
{
    struct fixture *self = *state;
    /* each refers to the other; the Patient comes last; a fragment, a contained one, a uri, a link
     */
    assert_true(run(
        self,
        BUNDLE(POST(
            "urn:uuid:11111111-1111-4111-8111-111111111111", "Observation",
            "{\"resourceType\":\"Observation\",\"id\":\"mine\",\"status\":\"final\","
            "\"code\":{\"text\":\"urn:uuid:33333333-3333-4333-8333-333333333333\"},"
            "\"contained\":[{\"resourceType\":\"Device\",\"id\":\"d\"}],"
            "\"device\":{\"reference\":\"#d\"},"
            "\"subject\":{\"reference\":\"urn:uuid:33333333-3333-4333-8333-333333333333\"},"
            "\"hasMember\":[{\"reference\":\"urn:uuid:22222222-2222-4222-8222-"
            "222222222222#part\"}],\"valueQuantity\":{\"value\":1.50}}") "," POST("urn:uuid:"
                                                                                  "22222222-2222-"
                                                                                  "4222-8222-"
                                                                                  "222222222222",
                                                                                  "Observation",
                                                                                  "{\"resourceType"
                                                                                  "\":"
                                                                                  "\"Observation\","
                                                                                  "\"status\":"
                                                                                  "\"final\","
                                                                                  "\"code\":{"
                                                                                  "\"text\":"
                                                                                  "\"x\"},"
                                                                                  "\"subject\":{"
                                                                                  "\"reference\":"
                                                                                  "\"Patient/"
                                                                                  "7\"},"
                                                                                  "\"hasMember\":[{"
                                                                                  "\"reference\":"
                                                                                  "\"urn:uuid:"
                                                                                  "11111111-1111-"
                                                                                  "4111-8111-"
                                                                                  "111111111111\"},"
                                                                                  "{"
                                                                                  "\"reference\":"
                                                                                  "\"http://"
                                                                                  "elsewhere/"
                                                                                  "Observation/"
                                                                                  "1\"}],\"text\":{"
                                                                                  "\"status\":"
                                                                                  "\"generated\","
                                                                                  "\"div\":\"<div "
                                                                                  "xmlns=\\\"http:/"
                                                                                  "/www.w3.org/"
                                                                                  "1999/"
                                                                                  "xhtml\\\"><a "
                                                                                  "href=\\\"urn:"
                                                                                  "uuid:33333333-"
                                                                                  "3333-4333-8333-"
                                                                                  "333333333333\\\""
                                                                                  ">p</a></"
                                                                                  "div>\"}}") "," POST("urn:uuid:33333333-3333-4333-8333-333333333333",
                                                                                                       "Patient",
                                                                                                       PATIENT(
                                                                                                           "ignored")) "," PUT("Patient",
                                                                                                                               "7",
                                                                                                                               PATIENT(
                                                                                                                                   "7")))));
    const struct record_change *patient = change_of(self, 2);
    struct arena *arena = &self->plane.arena;
    const char *first = body_of(self, 0);
    has(first, arena_printf(arena, "\"subject\":{\"reference\":\"Patient/%.*s\"}",
                            SLICE_PRINT(patient->ret_id))
                   .ptr);
    has(first, arena_printf(arena, "\"reference\":\"Observation/%.*s#part\"",
                            SLICE_PRINT(change_of(self, 1)->ret_id))
                   .ptr);
    has(first, "\"reference\":\"#d\"");
    has(first, "\"text\":\"urn:uuid:33333333"); /* a text is no reference */
    has(first, "1.50");
    has(first, arena_printf(arena, "\"id\":\"%.*s\"", SLICE_PRINT(change_of(self, 0)->ret_id)).ptr);
    const char *second = body_of(self, 1);
    has(second, arena_printf(arena, "\"reference\":\"Observation/%.*s\"",
                             SLICE_PRINT(change_of(self, 0)->ret_id))
                    .ptr);
    has(second, "\"reference\":\"http://elsewhere/Observation/1\"");
    has(second, "\"reference\":\"Patient/7\"");
    has(second, arena_printf(arena, "href=\\\"Patient/%.*s\\\"", SLICE_PRINT(patient->ret_id)).ptr);
    assert_false(slice_equal(patient->ret_id, SLICE("ignored")));
}

/* what is refused leaves nothing, and says where */
static void faults_have_their_place(void **state)
{
    struct fixture *self = *state;
    static const struct {
        const char *bundle;
        enum fault_code code;
        const char *where;
    } cases[] = {
        { BUNDLE(PUT("Patient", "a", PATIENT("a")) "," POST(
              "urn:uuid:1", "Observation",
              "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},"
              "\"subject\":{\"reference\":\"urn:uuid:nobody\"}}")),
          FAULT_REFERENCE, "Bundle.entry[1]" },
        { BUNDLE(PUT("Patient", "a", PATIENT("a")) "," POST(
              "urn:uuid:1", "Observation",
              "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},"
              "\"subject\":{\"reference\":\"Patient/stranger\"}}")),
          FAULT_REFERENCE, "Bundle.entry[1]" },
        { BUNDLE(PUT("Patient", "a", PATIENT("a")) "," POST(
              "urn:uuid:1", "Observation",
              "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},"
              "\"subject\":{\"reference\":\"Patient?identifier=1\"}}")),
          FAULT_NOT_SUPPORTED, "Bundle.entry[1]" },
        { BUNDLE(PUT("Patient", "a", PATIENT("a")) "," PUT(
              "Patient", "b", "{\"resourceType\":\"Patient\",\"id\":\"b\",\"gender\":\"lord\"}")),
          FAULT_CONTENT, "Bundle.entry[1].resource: Patient.gender" },
        { BUNDLE(PUT("Patient", "a", PATIENT("a")) "," PUT("Patient", "a", PATIENT("a"))),
          FAULT_INVALID, "Bundle.entry[1].fullUrl" },
        { BUNDLE(POST("urn:uuid:1", "Patient", PATIENT("x")) "," POST("urn:uuid:1", "Patient",
                                                                      PATIENT("y"))),
          FAULT_INVALID, "Bundle.entry[1].fullUrl" },
        { BUNDLE(PUT("Patient", "a", PATIENT("b"))), FAULT_INVALID, "Bundle.entry[0].resource.id" },
        { BUNDLE("{\"request\":{\"method\":\"GET\",\"url\":\"Patient/a\"}}"), FAULT_NOT_SUPPORTED,
          "Bundle.entry[0]" },
        { BUNDLE(
              "{\"resource\":" PATIENT("a") ",\"request\":{\"method\":\"POST\",\"url\":\"Patient\","
                                            "\"ifNoneExist\":\"identifier=1\"}}"),
          FAULT_NOT_SUPPORTED, "Bundle.entry[0]" },
        { BUNDLE("{\"resource\":" PATIENT("a") ",\"request\":{\"method\":\"PUT\",\"url\":"
                                               "\"Patient/a\",\"ifNoneMatch\":\"*\"}}"),
          FAULT_NOT_SUPPORTED, "Bundle.entry[0]" },
        { BUNDLE("{\"resource\":" PATIENT("a") ",\"request\":{\"method\":\"PUT\",\"url\":"
                                               "\"Patient?identifier=1\"}}"),
          FAULT_NOT_SUPPORTED, "Bundle.entry[0]" },
        { BUNDLE("{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient?identifier=1\"}}"),
          FAULT_NOT_SUPPORTED, "Bundle.entry[0]" },
        { BUNDLE("{\"resource\":{\"resourceType\":\"Binary\",\"contentType\":\"x\"},\"request\":{"
                 "\"method\":\"PATCH\",\"url\":\"Patient/a\"}}"),
          FAULT_NOT_SUPPORTED, "Bundle.entry[0]" },
        { BUNDLE("{\"resource\":" PATIENT("a") ",\"request\":{\"method\":\"PUT\",\"url\":"
                                               "\"Patient/a\",\"ifMatch\":\"3\"}}"),
          FAULT_INVALID, "Bundle.entry[0]" },
        { BUNDLE("{\"resource\":" PATIENT("a") ",\"request\":{\"method\":\"PUT\",\"url\":"
                                               "\"Patient/a\",\"ifMatch\":\"W/\\\"0\\\"\"}}"),
          FAULT_INVALID, "Bundle.entry[0]" },
        { BUNDLE(PUT("Patient", "b", PATIENT("b")) ",{\"resource\":" PATIENT(
              "a") ",\"request\":{\"method\":\"PUT\",\"url\":\"Patient/a\",\"ifMatch\":\"W/"
                   "\\\"4\\\"\"}}"),
          FAULT_PRECONDITION, "Bundle.entry[1]" },
        { "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[]}", FAULT_NOT_SUPPORTED,
          "Bundle.type" },
        { "{\"resourceType\":\"Bundle\",\"type\":\"collection\"}", FAULT_NOT_SUPPORTED,
          "Bundle.type" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        if (run(self, cases[i].bundle)) {
            fail_msg("taken: %s", cases[i].bundle);
        }
        if (self->fault.code != cases[i].code ||
            !slice_equal(self->fault.where, slice_from_string(cases[i].where))) {
            fail_msg("%s\n%s at %.*s: %.*s", cases[i].bundle, fault_name(self->fault.code),
                     SLICE_PRINT(self->fault.where), SLICE_PRINT(self->fault.message));
        }
        assert_int_equal(fixture_count(&self->plane, "RX9"), 0);
    }
    /* an address with a question mark is no conditional reference */
    assert_true(run(self, BUNDLE(POST("urn:uuid:1", "Patient",
                                      "{\"resourceType\":\"Patient\",\"managingOrganization\":{"
                                      "\"reference\":\"https://x.example/o?id=1\"}}"))));
}

static void deletions_come_first_and_updates_last(void **state)
{
    struct fixture *self = *state;
    assert_true(run(self, BUNDLE(PUT("Patient", "a", PATIENT("a")))));
    assert_true(run(
        self, BUNDLE(PUT("Patient", "b", PATIENT("b")) "," POST(
                  "urn:uuid:1", "Patient",
                  PATIENT("x")) ",{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/a\"}}")));
    assert_int_equal(self->transaction.change_of[0], 2);
    assert_int_equal(self->transaction.change_of[1], 1);
    assert_int_equal(self->transaction.change_of[2], 0);
    assert_int_equal(change_of(self, 0)->effect, EFFECT_CREATED);
    assert_int_equal(change_of(self, 1)->effect, EFFECT_CREATED);
    assert_int_equal(change_of(self, 2)->effect, EFFECT_DELETED);
    assert_slice(change_of(self, 0)->ret_id, "b");
    assert_int_equal(fixture_count(&self->plane, "RX9"), 2);
    /* an update that changes nothing makes no version; If-Match holds */
    assert_true(run(self, BUNDLE(PUT("Patient", "b", PATIENT("b")))));
    assert_int_equal(change_of(self, 0)->effect, EFFECT_UNCHANGED);
    assert_true(run(self, BUNDLE("{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/b\","
                                 "\"ifMatch\":\"W/\\\"1\\\"\"}}")));
    assert_int_equal(change_of(self, 0)->effect, EFFECT_DELETED);
    assert_true(run(self, BUNDLE("")));
}

/* -- one resource --------------------------------------------------------------------------------
 */

enum one { CREATE, UPDATE };

static bool one(struct fixture *self, enum one what, const char *text, version_no if_match)
{
    struct json *json = arena_new(&self->plane.arena, struct json);
    struct arena *arena = &self->plane.arena;
    self->fault = (struct fault)FAULT_INIT;
    assert_true(json_parse(arena, slice_from_string(text), json, &self->fault));
    bool ok = what == CREATE
                  ? transaction_of_create(&self->transaction, self->store, self->job, json,
                                          FHIR_PATIENT, arena, &self->fault)
                  : transaction_of_update(&self->transaction, self->store, self->job, json,
                                          FHIR_PATIENT, SLICE("a"), if_match, arena, &self->fault);
    return ok &&
           record_store_commit(self->store, self->job, &self->transaction.write, &self->fault);
}

static void one_resource_is_written_alone(void **state)
{
    struct fixture *self = *state;
    assert_true(one(self, CREATE, PATIENT("mine"), 0));
    assert_false(slice_equal(self->transaction.write.changes[0].ret_id, SLICE("mine")));
    assert_true(one(self, UPDATE, PATIENT("a"), 0));
    assert_int_equal(self->transaction.write.changes[0].ret_version, 1);
    assert_false(one(self, UPDATE, PATIENT("b"), 0));
    assert_slice(self->fault.where, "id");
    assert_false(one(self, UPDATE, "{\"resourceType\":\"Patient\"}", 0));
    assert_false(one(self, UPDATE, "{\"resourceType\":\"Person\",\"id\":\"a\"}", 0));
    assert_slice(self->fault.where, "resourceType");
    assert_false(one(self, UPDATE, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"towers\":1}", 0));
    assert_slice(self->fault.where, "Patient.towers");
    assert_false(one(self, UPDATE,
                     "{\"resourceType\":\"Patient\",\"id\":\"a\",\"managingOrganization\":{"
                     "\"reference\":\"urn:uuid:1\"}}",
                     0));
    assert_int_equal(self->fault.code, FAULT_REFERENCE);
    assert_slice(self->fault.where, ""); /* there is no bundle to name */
    assert_false(
        one(self, UPDATE, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"active\":true}", 7));
    assert_int_equal(self->fault.code, FAULT_PRECONDITION);
    assert_true(
        one(self, UPDATE, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"active\":true}", 1));
    assert_int_equal(self->transaction.write.changes[0].ret_version, 2);
    assert_true(transaction_of_delete(&self->transaction, self->store, self->job, FHIR_PATIENT,
                                      SLICE("a"), 2, &self->plane.arena, &self->fault));
    assert_true(
        record_store_commit(self->store, self->job, &self->transaction.write, &self->fault));
    assert_null(fixture_read(&self->plane, "RX9", FHIR_PATIENT, "a"));
    /* nobody who may not write prepares anything */
    self->job = fixture_job(&self->plane, "link");
    assert_false(one(self, CREATE, PATIENT("x"), 0));
    assert_int_equal(self->fault.code, FAULT_FORBIDDEN);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(references_follow_the_ids),
        CASE(faults_have_their_place),
        CASE(deletions_come_first_and_updates_last),
        CASE(one_resource_is_written_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
