/* One test a promise of store/record_store.h, on whichever implementation contract_run() names. */
#include "contract.h"

#include "base/instant.h"

static enum store_kind kind_under_test;

static int set_up(void **state)
{
    static struct store_fixture fixture;
    fixture_init(&fixture, kind_under_test);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    return 0;
}

#define PATIENT(id) "{\"resourceType\":\"Patient\",\"id\":\"" id "\"}"

static void put_patient(struct store_fixture *self, const char *id)
{
    assert_int_equal(
        put(self, FHIR_PATIENT, id, "{\"resourceType\":\"Patient\",\"id\":\"%s\"}", id),
        EFFECT_CREATED);
}

static void put_observation(struct store_fixture *self, const char *id, const char *patient,
                            const char *code)
{
    int effect = put(self, FHIR_OBSERVATION, id,
                     "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\","
                     "\"category\":[{\"coding\":[{\"code\":\"laboratory\"}]}],"
                     "\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"%s\"}]},"
                     "\"subject\":{\"reference\":\"Patient/%s\"}}",
                     id, code, patient);
    if (effect < 0) {
        fail_msg("%.*s", SLICE_PRINT(self->fault.message));
    }
}

/* -- life of a resource ------------------------------------------------------------------------ */

static void a_body_is_kept_as_received(void **state)
{
    struct store_fixture *self = *state;
    struct strbuf shown;
    struct stored_resource row;
    bool found;
    put(self, FHIR_PATIENT, "p",
        "{ \"resourceType\" : \"Patient\", \"id\":\"p\", \"meta\":{\"versionId\":\"77\","
        "\"lastUpdated\":\"1999-01-01T00:00:00Z\",\"source\":\"x\"},\n \"multipleBirthInteger\""
        ": 1.50E+2, \"gender\":\"m\\u00e4le\" }");
    assert_string_equal(read_one(self, &self->job, FHIR_PATIENT, "p"),
                        "1:{\"resourceType\":\"Patient\",\"id\":\"p\",\"meta\":{\"source\":\"x\"},"
                        "\"multipleBirthInteger\":1.50E+2,\"gender\":\"m\\u00e4le\"}");
    assert_true(record_store_read(self->store, &self->job, FHIR_PATIENT, SLICE("p"), &self->arena,
                                  &row, &found, &self->fault));
    strbuf_init(&shown, KIB(4));
    stored_resource_write(&row, &shown);
    char time[INSTANT_TEXT_SIZE];
    instant_format_utc(row.last_updated, time);
    char expected[400];
    (void)snprintf(expected, sizeof expected,
                   "{\"resourceType\":\"Patient\",\"id\":\"p\",\"meta\":{\"versionId\":\"1\","
                   "\"lastUpdated\":\"%s\",\"source\":\"x\"},\"multipleBirthInteger\":1.50E+2,"
                   "\"gender\":\"m\\u00e4le\"}",
                   time);
    assert_slice(strbuf_slice(&shown), expected);
    strbuf_release(&shown);
}

static void a_body_without_meta_gets_one(void **state)
{
    struct store_fixture *self = *state;
    put(self, FHIR_PATIENT, "p", "{\"active\":true,\"resourceType\":\"Patient\"}");
    assert_string_equal(
        read_one(self, &self->job, FHIR_PATIENT, "p"),
        "1:{\"active\":true,\"resourceType\":\"Patient\",\"id\":\"p\",\"meta\":{}}");
    put(self, FHIR_PATIENT, "q", "{\"id\":\"other\",\"resourceType\":\"Patient\"}");
    assert_string_equal(read_one(self, &self->job, FHIR_PATIENT, "q"),
                        "1:{\"id\":\"q\",\"meta\":{},\"resourceType\":\"Patient\"}");
}

static void a_resource_lives_dies_and_comes_back(void **state)
{
    struct store_fixture *self = *state;
    put_patient(self, "p");
    assert_int_equal(put(self, FHIR_PATIENT, "p", PATIENT("p")), EFFECT_UNCHANGED);
    assert_int_equal(
        put(self, FHIR_PATIENT, "p", "{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true}"),
        EFFECT_UPDATED);
    assert_int_equal(delete_one(self, FHIR_PATIENT, "p", 0), EFFECT_DELETED);
    assert_string_equal(read_one(self, &self->job, FHIR_PATIENT, "p"), "3 deleted");
    assert_int_equal(delete_one(self, FHIR_PATIENT, "p", 0), EFFECT_NONE);
    assert_int_equal(delete_one(self, FHIR_PATIENT, "nobody", 0), EFFECT_NONE);
    assert_int_equal(put(self, FHIR_PATIENT, "p", PATIENT("p")), EFFECT_CREATED);
    assert_true(slice_starts_with(slice_from_string(read_one(self, &self->job, FHIR_PATIENT, "p")),
                                  SLICE("4:{")));
    assert_string_equal(read_one(self, &self->job, FHIR_PATIENT, "nobody"), "none");
    struct store_query history = { .kind = QUERY_HISTORY, .type = FHIR_PATIENT, .id = SLICE("p") };
    assert_string_equal(ids_of(self, &self->job, &history), "p p p p ");
    struct store_query version = {
        .kind = QUERY_VERSION, .type = FHIR_PATIENT, .id = SLICE("p"), .version = 2
    };
    assert_string_equal(ids_of(self, &self->job, &version), "p ");
    version.version = 5;
    assert_string_equal(ids_of(self, &self->job, &version), "");
}

static void history_is_newest_first_and_pages(void **state)
{
    struct store_fixture *self = *state;
    for (int i = 1; i <= 5; i++) {
        put(self, FHIR_PATIENT, "p",
            "{\"resourceType\":\"Patient\",\"id\":\"p\",\"multipleBirthInteger\":%d}", i);
    }
    struct store_query query = {
        .kind = QUERY_HISTORY, .type = FHIR_PATIENT, .id = SLICE("p"), .limit = 2
    };
    version_no expected = 5;
    for (int page = 0; page < 3; page++) {
        struct record_cursor *cursor;
        struct stored_resource row;
        assert_true(record_store_query(self->store, &self->job, &query, &self->arena, NULL, NULL,
                                       &cursor, &self->fault));
        while (record_cursor_next(cursor, &row, &self->fault) == CURSOR_ROW) {
            char birth[32];
            assert_int_equal(row.version, expected);
            (void)snprintf(birth, sizeof birth, "Integer\":%u}", expected);
            assert_true(slice_ends_with(row.body, slice_from_string(birth)));
            expected--;
        }
        query.resume = record_cursor_position(cursor, &self->arena);
        assert_int_equal(query.resume.len > 0, page < 2);
        record_cursor_free(cursor);
    }
    assert_int_equal(expected, 0);
}

static void if_match_guards_a_version(void **state)
{
    struct store_fixture *self = *state;
    struct record_change change = { .kind = CHANGE_UPDATE,
                                    .type = FHIR_PATIENT,
                                    .id = SLICE("p"),
                                    .body = SLICE(PATIENT("p")),
                                    .if_match = 1 };
    assert_false(commit(self, &change, 1));
    assert_int_equal(self->fault.code, FAULT_PRECONDITION);
    put_patient(self, "p");
    assert_true(commit(self, &change, 1));
    assert_int_equal(change.ret_version, 2);
    assert_false(commit(self, &change, 1));
    assert_int_equal(self->fault.code, FAULT_PRECONDITION);
    assert_int_equal(delete_one(self, FHIR_PATIENT, "p", 1), -1);
    assert_int_equal(delete_one(self, FHIR_PATIENT, "p", 2), EFFECT_DELETED);
}

static void ids_made_here_say_where_the_row_lies(void **state)
{
    struct store_fixture *self = *state;
    struct record_change patient = { .kind = CHANGE_CREATE,
                                     .type = FHIR_PATIENT,
                                     .body = SLICE("{\"resourceType\":\"Patient\"}") };
    assert_true(commit(self, &patient, 1));
    assert_int_equal(patient.effect, EFFECT_CREATED);
    const char *id = arena_string(&self->arena, patient.ret_id);
    assert_int_equal(id[0], 'e');
    patient_key key = record_store_find_patient(self->store, patient.ret_id);
    assert_int_not_equal(key, 0);
    char made[RESOURCE_ID_SIZE];
    record_store_new_id(self->store, key, made);
    struct record_change observation = {
        .kind = CHANGE_CREATE,
        .type = FHIR_OBSERVATION,
        .id = slice_from_string(made),
        .body = arena_printf(&self->arena,
                             "{\"resourceType\":\"Observation\",\"subject\":"
                             "{\"reference\":\"Patient/%s\"}}",
                             id),
    };
    assert_true(commit(self, &observation, 1));
    assert_true(slice_starts_with(
        slice_from_string(read_one(self, &self->job, FHIR_OBSERVATION, made)), SLICE("1:{")));
    /* forms that only the server makes */
    assert_int_equal(put(self, FHIR_PATIENT, "e1.zz", PATIENT("e1.zz")), EFFECT_CREATED);
    assert_int_equal(put(self, FHIR_PATIENT, "evvvvvv.0", PATIENT("evvvvvv.0")), -1);
    assert_int_equal(self->fault.code, FAULT_INVALID);
    struct record_change forged = { .kind = CHANGE_CREATE,
                                    .type = FHIR_PATIENT,
                                    .id = SLICE("e1.vvvvvv"),
                                    .body = SLICE("{\"resourceType\":\"Patient\"}") };
    assert_false(commit(self, &forged, 1));
    assert_int_equal(self->fault.code, FAULT_INVALID);
}

static void a_write_is_all_or_nothing(void **state)
{
    struct store_fixture *self = *state;
    struct record_change changes[] = {
        { .kind = CHANGE_CREATE,
          .type = FHIR_OBSERVATION,
          .id = SLICE("o"),
          .body = SLICE("{\"resourceType\":\"Observation\",\"subject\":"
                        "{\"reference\":\"Patient/p\"}}") },
        { .kind = CHANGE_CREATE,
          .type = FHIR_PATIENT,
          .id = SLICE("p"),
          .body = SLICE(PATIENT("p")) },
        { .kind = CHANGE_CREATE,
          .type = FHIR_CONDITION,
          .id = SLICE("c"),
          .body = SLICE("{\"resourceType\":\"Condition\",\"subject\":"
                        "{\"reference\":\"Patient/stranger\"}}") },
    };
    assert_false(commit(self, changes, 3));
    assert_int_equal(self->fault.code, FAULT_REFERENCE);
    assert_string_equal(read_one(self, &self->job, FHIR_OBSERVATION, "o"), "none");
    assert_true(commit(self, changes, 2)); /* the Patient may come behind what refers to it */
    assert_int_equal(changes[0].effect, EFFECT_CREATED);
    assert_false(commit(self, changes, 1));
    assert_int_equal(self->fault.code, FAULT_CONFLICT);
    struct record_change twice[] = { changes[1], changes[1] };
    twice[0].kind = twice[1].kind = CHANGE_UPDATE;
    assert_false(commit(self, twice, 2));
    assert_int_equal(self->fault.code, FAULT_INVALID);
}

static void bad_bodies_are_refused(void **state)
{
    struct store_fixture *self = *state;
    assert_int_equal(put(self, FHIR_PATIENT, "p", "{\"resourceType\":"), -1);
    assert_int_equal(self->fault.code, FAULT_MALFORMED);
    assert_int_equal(put(self, FHIR_PATIENT, "p", "{\"resourceType\":\"Group\"}"), -1);
    assert_int_equal(self->fault.code, FAULT_CONTENT);
    assert_int_equal(put(self, FHIR_PATIENT, "p_", PATIENT("p_")), -1);
    assert_int_equal(self->fault.code, FAULT_INVALID);
    assert_int_equal(put(self, FHIR_PATIENT, "p", "{\"resourceType\":\"Patient\",\"meta\":[]}"),
                     -1);
    assert_int_equal(self->fault.code, FAULT_CONTENT);
    self->job.may_write = false;
    assert_int_equal(put(self, FHIR_PATIENT, "p", PATIENT("p")), -1);
    assert_int_equal(self->fault.code, FAULT_FORBIDDEN);
}

static void the_inbox_answers_a_repeat(void **state)
{
    struct store_fixture *self = *state;
    struct record_change change = { .kind = CHANGE_CREATE,
                                    .type = FHIR_PATIENT,
                                    .body = SLICE("{\"resourceType\":\"Patient\"}") };
    struct store_write write = { .arena = &self->arena,
                                 .changes = &change,
                                 .count = 1,
                                 .inbox_key = SLICE("RTH|MSG00001"),
                                 .inbox_digest = digest_of_one(SLICE("message")) };
    assert_true(record_store_commit(self->store, &self->job, &write, &self->fault));
    assert_int_equal(write.outcome, WRITE_DONE);
    assert_true(record_store_commit(self->store, &self->job, &write, &self->fault));
    assert_int_equal(write.outcome, WRITE_ALREADY_KNOWN);
    write.inbox_digest = digest_of_one(SLICE("another"));
    assert_false(record_store_commit(self->store, &self->job, &write, &self->fault));
    assert_int_equal(self->fault.code, FAULT_CONFLICT);
    struct record_store_figures figures;
    assert_true(record_store_figures(self->store, &figures, &self->fault));
    assert_int_equal(figures.resources, 1);
    assert_int_equal(figures.patients, 1);
    assert_int_equal(figures.last_change, 1);
}

/* -- searching --------------------------------------------------------------------------------- */

static void put_searched(struct store_fixture *self)
{
    put(self, FHIR_PATIENT, "p1",
        "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"name\":[{\"family\":\"Müller\","
        "\"given\":[\"Anna\"]}],\"birthDate\":\"1970-05\",\"gender\":\"female\",\"identifier\":[{"
        "\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"9990000018\"}]}");
    put(self, FHIR_PATIENT, "p2",
        "{\"resourceType\":\"Patient\",\"id\":\"p2\",\"name\":[{\"family\":\"Mullen\"}],"
        "\"birthDate\":\"1970-05-17\"}");
    static const struct {
        const char *id;
        const char *patient;
        const char *code;
        const char *value;
        const char *date;
    } rows[] = {
        { "a1", "p1", "4548-4", "48", "2020-01-01" },
        { "a2", "p1", "4548-4", "53.0", "2021-06" },
        { "a3", "p1", "8480-6", "120", "2021-06-15T10:00:00Z" },
        { "b1", "p2", "4548-4", "48", "2021" },
        { "b2", "p2", "718-7", "140", "2022-02-02" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        put(self, FHIR_OBSERVATION, rows[i].id,
            "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"code\":"
            "{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"%s\",\"display\":\"Test "
            "%s\"}]},"
            "\"subject\":{\"reference\":\"Patient/%s\"},\"effectiveDateTime\":\"%s\","
            "\"valueQuantity\":{\"value\":%s,\"unit\":\"mmol/mol\",\"system\":"
            "\"http://unitsofmeasure.org\",\"code\":\"mmol/mol\"}}",
            rows[i].id, rows[i].code, rows[i].code, rows[i].patient, rows[i].date, rows[i].value);
    }
    put(self, FHIR_PRACTITIONER, "dr",
        "{\"resourceType\":\"Practitioner\",\"id\":\"dr\",\"name\":[{\"family\":\"Muller-Smith\"}]"
        "}");
    put(self, FHIR_VALUE_SET, "vs",
        "{\"resourceType\":\"ValueSet\",\"id\":\"vs\",\"url\":\"http://example.org/a/b\"}");
    put(self, FHIR_RISK_ASSESSMENT, "ra",
        "{\"resourceType\":\"RiskAssessment\",\"id\":\"ra\",\"subject\":{\"reference\":"
        "\"Patient/p1\"},\"prediction\":[{\"probabilityDecimal\":0.25}]}");
}

static void searches_find_by_every_kind(void **state)
{
    struct store_fixture *self = *state;
    static const struct {
        const char *patient;
        const char *address;
        const char *expected;
    } cases[] = {
        { "p1", "Observation?code=4548-4", "a1 a2 " },
        { NULL, "Observation?code=4548-4", "a1 a2 b1 " },
        { NULL, "Observation?code=http://loinc.org|4548-4,718-7", "a1 a2 b1 b2 " },
        { NULL, "Observation?code=http://loinc.org|", "a1 a2 a3 b1 b2 " },
        { NULL, "Observation?code=|4548-4", "" },
        { NULL, "Observation?code:not=4548-4", "a3 b2 " },
        { "p1", "Observation?code:not=4548-4", "a3 " },
        { NULL, "Observation?code:text=test 718", "b2 " },
        { NULL, "Observation?patient=p1", "a1 a2 a3 " },
        { NULL, "Observation?subject=Patient/p2", "b1 b2 " },
        { "p1", "Observation?patient=p2", "" },
        { NULL, "Observation?patient=nobody", "" },
        { NULL, "Observation?date=2021", "a2 a3 b1 " },
        { NULL, "Observation?date=2021-06", "a2 a3 " },
        { NULL, "Observation?date=lt2021", "a1 " },
        { NULL, "Observation?date=ge2021-06-15&code=718-7", "b2 " },
        { "p1", "Observation?date=gt2021-06", "" },
        { NULL, "Observation?date=sa2021", "b2 " },
        { NULL, "Observation?value-quantity=48", "a1 b1 " },
        { NULL, "Observation?value-quantity=gt100", "a3 b2 " },
        { NULL, "Observation?value-quantity=53|http://unitsofmeasure.org|mmol/mol", "a2 " },
        { NULL, "Observation?value-quantity=53||kg", "" },
        { NULL, "Observation?encounter:missing=true&code=718-7", "b2 " },
        { "p2", "Observation?encounter:missing=true", "b1 b2 " },
        { "p2", "Observation?encounter:missing=false", "" },
        { NULL, "Observation?_id=a3,b2,zz", "a3 b2 " },
        { "p1", "Observation?_id=a3,b2", "a3 " },
        { NULL, "Observation?_sort=-_id", "b2 b1 a3 a2 a1 " },
        { NULL, "Observation?_sort=-_lastUpdated", "b2 b1 a3 a2 a1 " },
        { "p1", "Observation?_sort=_lastUpdated&code=4548-4", "a1 a2 " },
        { NULL, "Observation?_lastUpdated=gt2020", "a1 a2 a3 b1 b2 " },
        { NULL, "Observation?_lastUpdated=lt2020", "" },
        { NULL, "Patient?family=mul", "p1 p2 " },
        { NULL, "Patient?family=muller", "p1 " },
        { NULL, "Patient?family:exact=Müller", "p1 " },
        { NULL, "Patient?family:exact=Muller", "" },
        { NULL, "Patient?name:contains=nn", "p1 " },
        { NULL, "Patient?birthdate=1970-05", "p1 p2 " },
        { NULL, "Patient?birthdate=1970-05-17", "p2 " },
        { NULL, "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018", "p1 " },
        { NULL, "Patient?identifier=9990000018&birthdate=1970-05", "p1 " },
        { NULL, "Patient?gender:missing=true", "p2 " },
        { NULL, "Patient?", "p1 p2 " },
        { NULL, "Practitioner?family=muller", "dr " },
        { NULL, "Practitioner?", "dr " },
        { NULL, "ValueSet?url=http://example.org/a/b", "vs " },
        { NULL, "ValueSet?url:below=http://example.org/a", "vs " },
        { NULL, "ValueSet?url:above=http://example.org/a/b/c", "vs " },
        { NULL, "RiskAssessment?probability=0.25", "ra " },
        { NULL, "RiskAssessment?probability=gt0.3", "" },
        { "p1", "RiskAssessment?probability=lt0.3", "ra " },
        { NULL, "Condition?", "" },
    };
    put_searched(self);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const char *found = search(self, &self->job, cases[i].patient, cases[i].address);
        if (strcmp(found, cases[i].expected) != 0) {
            fail_msg("%s of %s: expected \"%s\", found \"%s\"", cases[i].address,
                     cases[i].patient == NULL ? "all" : cases[i].patient, cases[i].expected, found);
        }
    }
}

static void searches_follow_changes(void **state)
{
    struct store_fixture *self = *state;
    put_patient(self, "p1");
    put_patient(self, "p2");
    put_observation(self, "o", "p1", "old");
    put_observation(self, "o", "p1", "new");
    assert_string_equal(search(self, &self->job, NULL, "Observation?code=old"), "");
    assert_string_equal(search(self, &self->job, "p1", "Observation?code=new"), "o ");
    put_observation(self, "o", "p2", "new"); /* another subject: the row moves */
    assert_string_equal(search(self, &self->job, "p1", "Observation?code=new"), "");
    assert_string_equal(search(self, &self->job, "p2", "Observation?code=new"), "o ");
    assert_string_equal(search(self, &self->job, NULL, "Observation?code=new"), "o ");
    assert_true(slice_starts_with(
        slice_from_string(read_one(self, &self->job, FHIR_OBSERVATION, "o")), SLICE("3:{")));
    assert_int_equal(delete_one(self, FHIR_OBSERVATION, "o", 0), EFFECT_DELETED);
    assert_string_equal(search(self, &self->job, NULL, "Observation?code=new"), "");
    assert_string_equal(search(self, &self->job, "p2", "Observation?"), "");
    struct store_query history = { .kind = QUERY_HISTORY,
                                   .type = FHIR_OBSERVATION,
                                   .id = SLICE("o") };
    assert_string_equal(ids_of(self, &self->job, &history), "o o o o ");
}

static void a_long_value_is_found_whole(void **state)
{
    struct store_fixture *self = *state;
    char value[600];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    put(self, FHIR_PATIENT, "p",
        "{\"resourceType\":\"Patient\",\"id\":\"p\",\"identifier\":[{\"value\":\"%s\"}],"
        "\"name\":[{\"family\":\"%s\"}]}",
        value, value);
    char address[700];
    (void)snprintf(address, sizeof address, "Patient?identifier=%s", value);
    assert_string_equal(search(self, &self->job, NULL, address), "p ");
    (void)snprintf(address, sizeof address, "Patient?family=%s", value);
    assert_string_equal(search(self, &self->job, "p", address), "p ");
    address[strlen(address) - 1] = 'w';
    assert_string_equal(search(self, &self->job, "p", address), "");
    assert_string_equal(search(self, &self->job, NULL, address), "");
    value[500] = 'x';
    (void)snprintf(address, sizeof address, "Patient?identifier:not=%s", value);
    assert_string_equal(search(self, &self->job, NULL, address), "p ");
    assert_string_equal(search(self, &self->job, NULL, "Patient?family:contains=vvvvv"), "p ");
}

static void members_are_found_in_each_compartment(void **state)
{
    struct store_fixture *self = *state;
    put_patient(self, "p1");
    put_patient(self, "p2");
    put_patient(self, "p3");
    put(self, FHIR_APPOINTMENT, "both",
        "{\"resourceType\":\"Appointment\",\"id\":\"both\",\"status\":\"booked\",\"participant\":["
        "{\"actor\":{\"reference\":\"Patient/p2\"}},{\"actor\":{\"reference\":\"Patient/p1\"}}]}");
    assert_string_equal(search(self, &self->job, "p1", "Appointment?"), "both ");
    assert_string_equal(search(self, &self->job, "p2", "Appointment?status=booked"), "both ");
    assert_string_equal(search(self, &self->job, "p1", "Appointment?status=booked"), "both ");
    assert_string_equal(search(self, &self->job, "p1", "Appointment?status=noshow"), "");
    assert_string_equal(search(self, &self->job, "p3", "Appointment?"), "");
    assert_string_equal(search(self, &self->job, NULL, "Appointment?status=booked"), "both ");
    assert_string_equal(search(self, &self->job, NULL, "Appointment?patient=p1"), "both ");
    put(self, FHIR_APPOINTMENT, "both",
        "{\"resourceType\":\"Appointment\",\"id\":\"both\",\"status\":\"booked\",\"participant\":["
        "{\"actor\":{\"reference\":\"Patient/p2\"}}]}");
    assert_string_equal(search(self, &self->job, "p1", "Appointment?"), "");
}

/* walks a query page by page; between pages writes rows before and behind where it stands */
static void pages_are_stable_under_writes(void **state)
{
    struct store_fixture *self = *state;
    put_patient(self, "p1");
    put_patient(self, "p2");
    for (int i = 0; i < 20; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "o%02d", i);
        put_observation(self, id, i % 2 == 0 ? "p1" : "p2", i % 3 == 0 ? "third" : "other");
    }
    static const char *const addresses[] = { "Observation?", "Observation?code=other",
                                             "Observation?_sort=-_id",
                                             "Observation?_sort=_lastUpdated" };
    for (size_t a = 0; a < ARRAY_LENGTH(addresses); a++) {
        struct store_query query = { .kind = QUERY_SEARCH,
                                     .search = parse_search(self, addresses[a]) };
        const char *whole = ids_of(self, &self->job, &query);
        struct strbuf pages;
        strbuf_init(&pages, KIB(64));
        query.limit = 3;
        do {
            struct record_cursor *cursor;
            struct stored_resource row;
            char id[32];
            assert_true(record_store_query(self->store, &self->job, &query, &self->arena, NULL,
                                           NULL, &cursor, &self->fault));
            while (record_cursor_next(cursor, &row, &self->fault) == CURSOR_ROW) {
                if (!slice_starts_with(row.id, SLICE("new"))) {
                    strbuf_add(&pages, row.id);
                    strbuf_add_byte(&pages, ' ');
                }
            }
            query.resume = record_cursor_position(cursor, &self->arena);
            record_cursor_free(cursor);
            (void)snprintf(id, sizeof id, "new%zu.%zu", a, pages.len);
            if (pages.len < 60) { /* or the pages would go on for ever */
                put_observation(self, id, pages.len % 2 == 0 ? "p1" : "p2", "other");
            }
        } while (query.resume.len > 0);
        if (a == 0) {
            assert_string_equal(whole, arena_string(&self->arena, strbuf_slice(&pages)));
        }
        struct slice rest = strbuf_slice(&pages);
        for (int i = 0; i < 20; i++) {
            char id[16];
            (void)snprintf(id, sizeof id, "o%02d ", i);
            size_t at = slice_find_slice(rest, slice_from_string(id));
            bool wanted =
                slice_find_slice(slice_from_string(whole), slice_from_string(id)) != strlen(whole);
            assert_int_equal(at != rest.len, wanted);
            if (wanted) {
                struct slice behind = slice_from(rest, at + 1);
                assert_int_equal(slice_find_slice(behind, slice_from_string(id)), behind.len);
            }
        }
        strbuf_release(&pages);
    }
}

static void a_foreign_position_is_refused(void **state)
{
    struct store_fixture *self = *state;
    put_searched(self);
    struct store_query query = { .kind = QUERY_SEARCH,
                                 .limit = 1,
                                 .search = parse_search(self, "Observation?code=4548-4") };
    struct record_cursor *cursor;
    struct stored_resource row;
    assert_true(record_store_query(self->store, &self->job, &query, &self->arena, NULL, NULL,
                                   &cursor, &self->fault));
    assert_int_equal(record_cursor_next(cursor, &row, &self->fault), CURSOR_ROW);
    struct slice position = record_cursor_position(cursor, &self->arena);
    assert_int_equal(record_cursor_next(cursor, &row, &self->fault), CURSOR_END);
    record_cursor_free(cursor);
    query.resume = position;
    assert_string_equal(ids_of(self, &self->job, &query), "a2 ");
    query.search = parse_search(self, "Observation?code=718-7");
    assert_string_equal(ids_of(self, &self->job, &query), "!INVALID");
    query.search = parse_search(self, "Observation?code=4548-4");
    char *broken = arena_string(&self->arena, position);
    broken[10] = broken[10] == 'A' ? 'B' : 'A';
    query.resume = slice_from_string(broken);
    assert_string_equal(ids_of(self, &self->job, &query), "!INVALID");
    query.resume = SLICE("!");
    assert_string_equal(ids_of(self, &self->job, &query), "!INVALID");
}

/* -- everything, changes, involvements --------------------------------------------------------- */

static void everything_is_the_record_and_what_it_needs(void **state)
{
    struct store_fixture *self = *state;
    put_searched(self);
    put(self, FHIR_ORGANIZATION, "org", "{\"resourceType\":\"Organization\",\"id\":\"org\"}");
    put(self, FHIR_ENCOUNTER, "en",
        "{\"resourceType\":\"Encounter\",\"id\":\"en\",\"subject\":{\"reference\":\"Patient/p1\"},"
        "\"serviceProvider\":{\"reference\":\"Organization/org\"},\"participant\":[{\"individual\":"
        "{\"reference\":\"Practitioner/dr\"}}],\"partOf\":{\"reference\":\"Encounter/other\"}}");
    struct store_query query = { .kind = QUERY_EVERYTHING,
                                 .patient_id = SLICE("p1"),
                                 .with_total = true };
    assert_string_equal(ids_of(self, &self->job, &query), "p1 en a1 a2 a3 ra org dr of 8");
    query.patient_id = SLICE("p2");
    assert_string_equal(ids_of(self, &self->job, &query), "p2 b1 b2 of 3");
    query.patient_id = SLICE("nobody");
    assert_string_equal(ids_of(self, &self->job, &query), "of 0");
    query = (struct store_query){ .kind = QUERY_EVERYTHING, .patient_id = SLICE("p1"), .limit = 1 };
    struct strbuf pages;
    strbuf_init(&pages, KIB(4));
    do {
        struct record_cursor *cursor;
        struct stored_resource row;
        assert_true(record_store_query(self->store, &self->job, &query, &self->arena, NULL, NULL,
                                       &cursor, &self->fault));
        while (record_cursor_next(cursor, &row, &self->fault) == CURSOR_ROW) {
            strbuf_add(&pages, row.id);
            strbuf_add_byte(&pages, ' ');
        }
        query.resume = record_cursor_position(cursor, &self->arena);
        record_cursor_free(cursor);
    } while (query.resume.len > 0);
    assert_slice(strbuf_slice(&pages), "p1 en a1 a2 a3 ra org dr ");
    strbuf_release(&pages);
}

static void changes_are_numbered_without_gaps(void **state)
{
    struct store_fixture *self = *state;
    struct record_cursor *cursor;
    struct stored_resource row;
    put_patient(self, "p1");
    put_patient(self, "p2");
    put_observation(self, "o", "p1", "x");
    put_observation(self, "o", "p2", "x");
    delete_one(self, FHIR_OBSERVATION, "o", 0);
    put_observation(self, "q", "p1", "x");
    struct store_query query = { .kind = QUERY_CHANGES, .after = 2 };
    assert_true(record_store_query(self->store, &self->job, &query, &self->arena, NULL, NULL,
                                   &cursor, &self->fault));
    static const struct {
        const char *id;
        version_no version;
        bool deleted;
        bool has_body;
    } expected[] = { { "o", 1, false, false },
                     { "o", 2, false, false },
                     { "o", 3, true, false },
                     { "q", 1, false, true } };
    for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
        assert_int_equal(record_cursor_next(cursor, &row, &self->fault), CURSOR_ROW);
        assert_slice(row.id, expected[i].id);
        assert_int_equal(row.change, i + 3);
        assert_int_equal(row.version, expected[i].version);
        assert_int_equal(row.deleted, expected[i].deleted);
        assert_int_equal(row.body.len > 0, expected[i].has_body);
    }
    assert_int_equal(record_cursor_next(cursor, &row, &self->fault), CURSOR_END);
    record_cursor_free(cursor);
}

static bool involves(const struct involvement *at, size_t count, enum involvement_kind kind,
                     const char *organisation)
{
    for (size_t i = 0; i < count; i++) {
        if (at[i].kind == kind &&
            slice_equal(at[i].organisation, slice_from_string(organisation))) {
            return true;
        }
    }
    return false;
}

static void involvements_follow_the_record(void **state)
{
    struct store_fixture *self = *state;
    struct involvement *at;
    size_t count;
    put(self, FHIR_ORGANIZATION, "org",
        "{\"resourceType\":\"Organization\",\"id\":\"org\",\"identifier\":[{\"system\":"
        "\"https://fhir.nhs.uk/Id/ods-organization-code\",\"value\":\"K84001\"}]}");
    put(self, FHIR_PATIENT, "p",
        "{\"resourceType\":\"Patient\",\"id\":\"p\",\"generalPractitioner\":[{\"identifier\":"
        "{\"system\":\"https://fhir.nhs.uk/Id/ods-organization-code\",\"value\":\"J82155\"}}]}");
    put(self, FHIR_ENCOUNTER, "e",
        "{\"resourceType\":\"Encounter\",\"id\":\"e\",\"subject\":{\"reference\":\"Patient/p\"},"
        "\"serviceProvider\":{\"reference\":\"Organization/org\"},\"period\":{\"start\":"
        "\"2020-01-01\",\"end\":\"2020-01-02\"}}");
    put(self, FHIR_SERVICE_REQUEST, "s",
        "{\"resourceType\":\"ServiceRequest\",\"id\":\"s\",\"subject\":{\"reference\":"
        "\"Patient/p\"},\"performer\":[{\"reference\":\"Organization/unknown\"}]}");
    put(self, FHIR_APPOINTMENT, "a",
        "{\"resourceType\":\"Appointment\",\"id\":\"a\",\"start\":\"2021-01-01T10:00:00Z\",\"end\":"
        "\"2021-01-01T10:10:00Z\",\"participant\":[{\"actor\":{\"reference\":\"Patient/p\"}}]}");
    assert_true(record_store_involvements(self->store, SLICE("p"), &self->arena, &at, &count,
                                          &self->fault));
    assert_int_equal(count, 5);
    assert_true(involves(at, count, INVOLVEMENT_REGISTERED, "J82155"));
    assert_true(involves(at, count, INVOLVEMENT_MANAGING, STORE_ODS));
    assert_true(involves(at, count, INVOLVEMENT_ENCOUNTER, "K84001"));
    assert_true(involves(at, count, INVOLVEMENT_REFERRED, "Organization/unknown"));
    assert_true(involves(at, count, INVOLVEMENT_APPOINTMENT, STORE_ODS));
    delete_one(self, FHIR_ENCOUNTER, "e", 0);
    put_patient(self, "q");
    put(self, FHIR_SERVICE_REQUEST, "s",
        "{\"resourceType\":\"ServiceRequest\",\"id\":\"s\",\"subject\":{\"reference\":"
        "\"Patient/q\"},\"performer\":[{\"reference\":\"Organization/unknown\"}]}");
    assert_true(record_store_involvements(self->store, SLICE("p"), &self->arena, &at, &count,
                                          &self->fault));
    assert_int_equal(count, 3);
    assert_true(record_store_involvements(self->store, SLICE("nobody"), &self->arena, &at, &count,
                                          &self->fault));
    assert_int_equal(count, 0);
}

/* -- the decision -------------------------------------------------------------------------------
 */

static const struct slice only_p1[] = { SLICE_INIT("p1") };
static const struct decision_patients person_p1[] = { { SLICE_INIT(STORE_ODS), only_p1, 1 } };
static const struct decision_patients elsewhere[] = { { SLICE_INIT("R1K"), only_p1, 1 } };

static void a_person_is_all_that_is_seen(void **state)
{
    struct store_fixture *self = *state;
    struct decision person = decision_of_all(DECISION_PERSON);
    person.patients = person_p1;
    person.patients_count = 1;
    put_searched(self);
    assert_string_equal(search(self, &person, NULL, "Observation?code=4548-4"), "a1 a2 ");
    assert_string_equal(search(self, &person, "p2", "Observation?"), "");
    assert_string_equal(search(self, &person, NULL, "Patient?family=mul"), "p1 ");
    assert_string_equal(search(self, &person, NULL, "Practitioner?"), "dr ");
    assert_string_equal(read_one(self, &person, FHIR_OBSERVATION, "b1"), "none");
    struct store_query count = { .kind = QUERY_SEARCH,
                                 .count_only = true,
                                 .search = parse_search(self, "Observation?") };
    assert_string_equal(ids_of(self, &person, &count), "of 3");
    count.count_only = false;
    count.with_total = true;
    count.limit = 2;
    assert_string_equal(ids_of(self, &person, &count), "a1 a2 of 3");
    struct store_query everything = { .kind = QUERY_EVERYTHING, .patient_id = SLICE("p2") };
    assert_string_equal(ids_of(self, &person, &everything), "");
    struct store_query changes = { .kind = QUERY_CHANGES };
    assert_string_equal(ids_of(self, &person, &changes), "p1 a1 a2 a3 dr vs ra ");
    person.patients = elsewhere;
    assert_string_equal(search(self, &person, NULL, "Practitioner?"), "");
    assert_string_equal(search(self, &person, NULL, "Observation?"), "");
    assert_string_equal(read_one(self, &person, FHIR_PATIENT, "p1"), "none");
}

static void old_versions_are_judged_by_their_own_patient(void **state)
{
    struct store_fixture *self = *state;
    struct decision person = decision_of_all(DECISION_PERSON);
    struct store_query history = {
        .kind = QUERY_HISTORY, .type = FHIR_OBSERVATION, .id = SLICE("o"), .with_total = true
    };
    struct store_query version = { .kind = QUERY_VERSION,
                                   .type = FHIR_OBSERVATION,
                                   .id = SLICE("o") };
    person.patients = person_p1;
    person.patients_count = 1;
    put_patient(self, "p1");
    put_patient(self, "p2");
    put_observation(self, "o", "p2", "x");
    put_observation(self, "o", "p1", "x");
    assert_string_equal(ids_of(self, &person, &history), "o of 1");
    version.version = 1;
    assert_string_equal(ids_of(self, &person, &version), "");
    version.version = 2;
    assert_string_equal(ids_of(self, &person, &version), "o ");
    put_observation(self, "o", "p2", "x");
    assert_string_equal(read_one(self, &person, FHIR_OBSERVATION, "o"), "none");
    delete_one(self, FHIR_OBSERVATION, "o", 0);
    assert_string_equal(read_one(self, &person, FHIR_OBSERVATION, "o"), "none");
    assert_string_equal(ids_of(self, &person, &history), "o of 1");
}

static void labels_and_types_are_refused_everywhere(void **state)
{
    struct store_fixture *self = *state;
    struct decision decision = decision_of_all(DECISION_STORE);
    put_searched(self);
    put(self, FHIR_OBSERVATION, "secret",
        "{\"resourceType\":\"Observation\",\"id\":\"secret\",\"meta\":{\"security\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"HIV\"}]},\"subject\":"
        "{\"reference\":\"Patient/p1\"},\"performer\":[{\"reference\":\"Practitioner/dr\"}]}");
    struct store_query everything = { .kind = QUERY_EVERYTHING,
                                      .patient_id = SLICE("p1"),
                                      .with_total = true };
    assert_string_equal(ids_of(self, &decision, &everything), "p1 a1 a2 a3 secret ra dr of 7");
    decision.denied_labels = LABEL_SENSITIVE;
    assert_string_equal(ids_of(self, &decision, &everything), "p1 a1 a2 a3 ra of 5");
    assert_string_equal(search(self, &decision, "p1", "Observation?"), "a1 a2 a3 ");
    assert_string_equal(read_one(self, &decision, FHIR_OBSERVATION, "secret"), "none");
    decision_forbid_type(&decision, FHIR_OBSERVATION);
    assert_string_equal(search(self, &decision, NULL, "Observation?"), "");
    assert_string_equal(ids_of(self, &decision, &everything), "p1 ra of 2");
    struct decision withholding = decision_of_all(DECISION_STORE);
    withholding.withheld = person_p1;
    withholding.withheld_count = 1;
    assert_string_equal(search(self, &withholding, NULL, "Observation?"), "b1 b2 ");
    assert_string_equal(search(self, &withholding, "p1", "Observation?"), "");
}

static void a_shared_row_is_seen_by_one_and_withheld_by_one(void **state)
{
    struct store_fixture *self = *state;
    put_patient(self, "p1");
    put_patient(self, "p2");
    put(self, FHIR_APPOINTMENT, "both",
        "{\"resourceType\":\"Appointment\",\"id\":\"both\",\"participant\":["
        "{\"actor\":{\"reference\":\"Patient/p2\"}},{\"actor\":{\"reference\":\"Patient/p1\"}}]}");
    struct decision person = decision_of_all(DECISION_PERSON);
    person.patients = person_p1;
    person.patients_count = 1;
    assert_string_equal(search(self, &person, "p1", "Appointment?"), "both ");
    assert_string_equal(search(self, &person, NULL, "Appointment?"), "both ");
    assert_true(read_one(self, &person, FHIR_APPOINTMENT, "both")[0] == '1');
    struct decision withholding = decision_of_all(DECISION_STORE);
    withholding.withheld = person_p1;
    withholding.withheld_count = 1;
    assert_string_equal(search(self, &withholding, "p2", "Appointment?"), "");
    assert_string_equal(read_one(self, &withholding, FHIR_APPOINTMENT, "both"), "none");
}

int contract_run(enum store_kind kind)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_body_is_kept_as_received),
        T(a_body_without_meta_gets_one),
        T(a_resource_lives_dies_and_comes_back),
        T(history_is_newest_first_and_pages),
        T(if_match_guards_a_version),
        T(ids_made_here_say_where_the_row_lies),
        T(a_write_is_all_or_nothing),
        T(bad_bodies_are_refused),
        T(the_inbox_answers_a_repeat),
        T(searches_find_by_every_kind),
        T(searches_follow_changes),
        T(a_long_value_is_found_whole),
        T(members_are_found_in_each_compartment),
        T(pages_are_stable_under_writes),
        T(a_foreign_position_is_refused),
        T(everything_is_the_record_and_what_it_needs),
        T(changes_are_numbered_without_gaps),
        T(involvements_follow_the_record),
        T(a_person_is_all_that_is_seen),
        T(old_versions_are_judged_by_their_own_patient),
        T(labels_and_types_are_refused_everywhere),
        T(a_shared_row_is_seen_by_one_and_withheld_by_one),
    };
#undef T
    kind_under_test = kind;
    if (!digest_start()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
