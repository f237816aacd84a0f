/* Who is let in and who is not; nothing before the audit is durable; what the audit then says. */
#include "support/plane_fixture.h"

#include <errno.h>
#include <semaphore.h>

#include "fault/failing_os.h"

#define NUMBER "9434765919"

struct fixture {
    struct plane_fixture plane; /* first */
    struct slice person;        /* of K10/p and H10/p */
    struct slice stranger;      /* of H20/s: no practice */
    struct slice away;          /* of L10/a, which has left */
};

struct asking {
    struct access access;
    sem_t done;
    unsigned calls;
    unsigned decided; /* calls of `decided` */
};

static void wake(struct access *access)
{
    struct asking *asking = access->context;
    asking->calls++;
    sem_post(&asking->done);
}

static struct slice person_of(struct plane_fixture *plane, const char *ods, const char *id)
{
    struct slice person;
    assert_true(person_index_of_patient(plane->people, slice_from_string(ods),
                                        slice_from_string(id), &plane->arena, &person,
                                        &plane->fault));
    return person;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct plane_fixture *plane = &fixture.plane;
    plane_fixture_init(plane, FIXTURE_MEMORY);
    static const char *const live[] = { "K10", "H10", "H20", "H30", "H40", "S10" };
    for (size_t i = 0; i < ARRAY_LENGTH(live); i++) {
        fixture_organisation(plane, live[i], ORGANISATION_LIVE);
    }
    fixture_organisation(plane, "P10", ORGANISATION_PLANNED);
    fixture_organisation(plane, "L10", ORGANISATION_LIVE);
    static const char *const patient =
        "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"identifier\":[{\"system\":"
        "\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"" NUMBER "\"}],\"birthDate\":"
        "\"1970-01-01\",\"generalPractitioner\":[{\"reference\":\"Organization/K10\"}]}";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    fixture_put(plane, "K10", FHIR_PATIENT, "p", patient, "p");
    fixture_put(plane, "H10", FHIR_PATIENT, "p", patient, "p");
    fixture_put(plane, "L10", FHIR_PATIENT, "p", patient, "p");
#pragma GCC diagnostic pop
    fixture_put(
        plane, "H10", FHIR_ENCOUNTER, "over",
        "{\"resourceType\":\"Encounter\",\"id\":\"over\",\"status\":\"finished\",\"class\":"
        "{\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/p\"},\"serviceProvider\":"
        "{\"identifier\":{\"system\":\"https://fhir.nhs.uk/Id/ods-organization-code\","
        "\"value\":\"H30\"}},\"period\":{\"start\":\"2001-01-01\",\"end\":\"2001-01-02\"}}");
    fixture_put(
        plane, "H10", FHIR_ENCOUNTER, "open",
        "{\"resourceType\":\"Encounter\",\"id\":\"open\",\"status\":\"in-progress\",\"class\":"
        "{\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/p\"},\"serviceProvider\":"
        "{\"reference\":\"Organization/H40\"},\"period\":{\"start\":\"2001-01-01\"}}");
    fixture_put(plane, "H20", FHIR_PATIENT, "s", "{\"resourceType\":\"Patient\",\"id\":\"s\"}");
    fixture_put(plane, "L10", FHIR_PATIENT, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\"}");
    static const char *const stores[] = { "K10", "H10", "H20", "L10" };
    for (size_t i = 0; i < ARRAY_LENGTH(stores); i++) {
        fixture_link(plane, stores[i]);
    }
    fixture_organisation(plane, "L10", ORGANISATION_LEFT);
    fixture.person = person_of(plane, "K10", "p");
    fixture.stranger = person_of(plane, "H20", "s");
    fixture.away = person_of(plane, "L10", "a");
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    plane_fixture_release(&self->plane);
    return 0;
}

static struct access_request request_of(enum governance_role role, const char *ods,
                                        enum access_target target)
{
    return (struct access_request){
        .subject = { .user = SLICE("anna"),
                     .name = SLICE("Anna"),
                     .role = role,
                     .organisation = slice_from_string(ods) },
        .target = target,
        .purpose = PURPOSE_TREATMENT,
        .interaction = SLICE("read"),
        .type = FHIR_OBSERVATION,
        .request_id = SLICE("r1"),
        .query_digest = digest_of_one(SLICE("query")),
    };
}

/* once, when it grants, with the decision, and before the entry is written */
static void decided(struct access *access)
{
    struct asking *asking = access->context;
    assert_non_null(access->decision);
    assert_int_equal(asking->calls, 0);
    assert_int_equal(access->sequence, AUDIT_NO_SEQUENCE);
    asking->decided++;
}

/* asks, with rubbish where the results go, and waits */
static struct access *ask(struct fixture *self, struct access_request request)
{
    static struct asking asking;
    memset(&asking, 0x5a, sizeof asking);
    asking.calls = 0;
    asking.decided = 0;
    sem_init(&asking.done, 0, 0);
    asking.access.arena = &self->plane.arena;
    asking.access.governance = self->plane.governance;
    asking.access.request = request;
    asking.access.done = wake;
    asking.access.decided = decided;
    asking.access.context = &asking;
    access_begin(&asking.access);
    while (sem_wait(&asking.done) != 0) {
    }
    sem_destroy(&asking.done);
    assert_int_equal(asking.calls, 1);
    struct access *access = &asking.access;
    /* granted and then not written: what was read ahead is thrown away */
    bool refused = access->fault.code == FAULT_FORBIDDEN || access->fault.code == FAULT_NOT_FOUND;
    assert_true(asking.decided == access->granted || (!refused && asking.decided == 1));
    assert_int_equal(access->granted, access->decision != NULL);
    assert_int_equal(access->granted, access->fault.code == FAULT_NONE);
    return access;
}

/* the last entry must tell this access, and as `kind` */
static struct audit_entry told(struct fixture *self, const struct access *access,
                               enum audit_kind kind)
{
    struct audit_entry entry;
    uint64_t count = fixture_audit_last(&self->plane, &entry);
    assert_int_equal(access->sequence, count - 1);
    assert_int_equal(entry.kind, kind);
    assert_slice(entry.user, "anna");
    assert_true(slice_equal(entry.organisation, access->request.subject.organisation));
    assert_slice(entry.purpose, "TREAT");
    assert_slice(entry.request_id, "r1");
    assert_slice(entry.interaction, "read");
    assert_slice(entry.resource_type, "Observation");
    assert_int_equal(entry.policy_version, POLICY_VERSION);
    assert_non_null(entry.query);
    assert_true(digest_equal(entry.query, &access->request.query_digest));
    return entry;
}

/* -- a person ---------------------------------------------------------------------------------- */

static void a_relationship_opens_a_person(void **state)
{
    struct fixture *self = *state;
    static const struct {
        enum governance_role role;
        const char *ods;
        const char *basis; /* NULL: refused */
    } cases[] = {
        { ROLE_GP, "K10", "registered" },
        { ROLE_RECEPTIONIST, "K10", "registered" },
        { ROLE_NURSE, "H10", "own-record" },
        { ROLE_EMERGENCY_DOCTOR, "H10", "own-record" },
        { ROLE_NURSE, "H40", "involved" }, /* an encounter that goes on */
        { ROLE_NURSE, "H30", NULL },       /* one that ended in 2001 */
        { ROLE_NURSE, "H20", NULL },
        { ROLE_GP, "H20", NULL },
        { ROLE_SOCIAL_WORKER, "S10", NULL },
        { ROLE_EMERGENCY_DOCTOR, "H20", "self-claimed" },
        { ROLE_EMERGENCY_DOCTOR, "H30", "self-claimed" },
        { ROLE_SYSTEM, "K10", NULL },
        { ROLE_NURSE, "L10", NULL }, /* has a record, and has left */
        { ROLE_EMERGENCY_DOCTOR, "L10", NULL },
        { ROLE_EMERGENCY_DOCTOR, "P10", NULL }, /* planned */
        { ROLE_EMERGENCY_DOCTOR, "X99", NULL }, /* nobody knows it */
        { ROLE_EMERGENCY_DOCTOR, "", NULL },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct access_request request = request_of(cases[i].role, cases[i].ods, ACCESS_PERSON);
        request.person = self->person;
        struct access *access = ask(self, request);
        if (access->granted != (cases[i].basis != NULL)) {
            fail_msg("case %zu: %s", i, fault_name(access->fault.code));
        }
        struct audit_entry entry =
            told(self, access, access->granted ? AUDIT_GRANTED : AUDIT_REFUSED);
        assert_true(slice_equal(entry.person, self->person));
        assert_slice(entry.scope, "person");
        if (!access->granted) {
            assert_int_equal(access->fault.code, FAULT_FORBIDDEN);
            assert_true(slice_equal(entry.reason, access->fault.message));
            assert_int_equal(entry.patient_count, 0);
            continue;
        }
        assert_slice(access->basis, cases[i].basis);
        assert_slice(entry.basis, cases[i].basis);
        assert_int_equal(entry.patient_count, 2); /* not of the organisation that left */
        assert_int_equal(entry.link_version, access->links.link_version);
        assert_int_equal(decision_scope(access->decision), DECISION_PERSON);
        assert_true(slice_equal(decision_person(access->decision), self->person));
        assert_true(decision_covers_store(access->decision, SLICE("K10")));
        assert_true(decision_covers_store(access->decision, SLICE("H10")));
        assert_false(decision_covers_store(access->decision, SLICE("L10")));
        assert_false(decision_covers_store(access->decision, SLICE("H20")));
        assert_false(decision_may_write(access->decision));
    }
}

static void nobody_is_found_where_nobody_is(void **state)
{
    struct fixture *self = *state;
    struct access_request request = request_of(ROLE_EMERGENCY_DOCTOR, "H10", ACCESS_PERSON);
    request.person = SLICE("nobody");
    struct access *access = ask(self, request);
    assert_int_equal(access->fault.code, FAULT_NOT_FOUND);
    told(self, access, AUDIT_REFUSED);
    request.write = true;
    request.person = self->person;
    access = ask(self, request);
    assert_int_equal(access->fault.code, FAULT_FORBIDDEN);
    told(self, access, AUDIT_REFUSED);
}

/* -- a patient, a store, a search ---------------------------------------------------------------
 */

static void one_patient_is_that_patient(void **state)
{
    struct fixture *self = *state;
    struct access_request request = request_of(ROLE_NURSE, "H10", ACCESS_PATIENT);
    request.ods = SLICE("K10");
    request.patient_id = SLICE("p");
    struct access *access = ask(self, request);
    assert_true(access->granted);
    assert_true(decision_covers_store(access->decision, SLICE("K10")));
    assert_false(decision_covers_store(access->decision, SLICE("H10")));
    struct audit_entry entry = told(self, access, AUDIT_GRANTED);
    assert_int_equal(entry.patient_count, 1);
    assert_slice(entry.patients[0].store, "K10");
    assert_slice(entry.patients[0].id, "p");
    assert_true(slice_equal(entry.person, self->person));
    /* refused: which patient is told all the same */
    request.ods = SLICE("H20");
    request.patient_id = SLICE("s");
    access = ask(self, request);
    assert_int_equal(access->fault.code, FAULT_FORBIDDEN);
    entry = told(self, access, AUDIT_REFUSED);
    assert_int_equal(entry.patient_count, 1);
    assert_slice(entry.patients[0].id, "s");
    assert_true(slice_equal(entry.person, self->stranger));
    request.patient_id = SLICE("nobody");
    access = ask(self, request);
    assert_int_equal(access->fault.code, FAULT_NOT_FOUND);
    entry = told(self, access, AUDIT_REFUSED);
    assert_slice(entry.patients[0].id, "nobody");
    /* of an organisation that has left: nothing to see, and said so */
    request = request_of(ROLE_EMERGENCY_DOCTOR, "H10", ACCESS_PATIENT);
    request.ods = SLICE("L10");
    request.patient_id = SLICE("a");
    access = ask(self, request);
    assert_int_equal(access->fault.code, FAULT_FORBIDDEN);
}

static void a_store_is_open_to_its_own(void **state)
{
    struct fixture *self = *state;
    static const struct {
        enum governance_role role;
        const char *own, *asked;
        bool write, granted;
    } cases[] = {
        { ROLE_SYSTEM, "K10", "K10", false, true },
        { ROLE_SYSTEM, "K10", "K10", true, true },
        { ROLE_SYSTEM, "K10", "H10", false, false },
        { ROLE_SYSTEM, "K10", "H10", true, false },
        { ROLE_SYSTEM, "L10", "L10", true, false },
        { ROLE_SYSTEM, "P10", "P10", true, false },
        { ROLE_GP, "K10", "K10", false, true },
        { ROLE_GP, "K10", "K10", true, false },
        { ROLE_NURSE, "H10", "H10", false, false },
        { ROLE_RECEPTIONIST, "K10", "K10", false, false },
        { ROLE_EMERGENCY_DOCTOR, "H10", "H10", false, false },
        { ROLE_SOCIAL_WORKER, "S10", "S10", false, false },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct access_request request = request_of(cases[i].role, cases[i].own, ACCESS_STORE);
        request.ods = slice_from_string(cases[i].asked);
        request.write = cases[i].write;
        struct access *access = ask(self, request);
        if (access->granted != cases[i].granted) {
            fail_msg("case %zu", i);
        }
        struct audit_entry entry =
            told(self, access, access->granted ? AUDIT_GRANTED : AUDIT_REFUSED);
        assert_slice(entry.scope, "store");
        assert_int_equal(entry.patient_count, 1); /* names the store */
        assert_slice(entry.patients[0].store, cases[i].asked);
        if (access->granted) {
            assert_int_equal(decision_scope(access->decision), DECISION_STORE);
            assert_int_equal(decision_may_write(access->decision), cases[i].write);
            assert_true(decision_covers_store(access->decision, request.ods));
            assert_false(decision_covers_store(access->decision, SLICE("H20")));
        }
    }
}

static void a_systems_access_names_its_patient(void **state)
{
    struct fixture *self = *state;
    struct access_request request = request_of(ROLE_SYSTEM, "K10", ACCESS_PATIENT);
    request.ods = SLICE("K10");
    request.patient_id = SLICE("p");
    struct access *access = ask(self, request);
    assert_true(access->granted);
    struct audit_entry entry = told(self, access, AUDIT_GRANTED);
    assert_slice(entry.patients[0].store, "K10");
    assert_slice(entry.patients[0].id, "p");
    request.target = ACCESS_STORE; /* a question about the store that names a patient */
    entry = told(self, ask(self, request), AUDIT_GRANTED);
    assert_slice(entry.patients[0].id, "p");
    request.patient_id = SLICE("swollen left knee");
    entry = told(self, ask(self, request), AUDIT_GRANTED);
    assert_int_equal(entry.patients[0].id.len, 0);
    request.ods = SLICE("H10");
    assert_false(ask(self, request)->granted);
}

static void searching_opens_no_store(void **state)
{
    struct fixture *self = *state;
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        struct access *access =
            ask(self, request_of((enum governance_role)role, "H10", ACCESS_SEARCH));
        assert_int_equal(access->granted, role != ROLE_SYSTEM);
        struct audit_entry entry =
            told(self, access, access->granted ? AUDIT_GRANTED : AUDIT_REFUSED);
        assert_slice(entry.scope, "search");
        if (access->granted) {
            assert_false(decision_covers_store(access->decision, SLICE("H10")));
        }
    }
}

/* -- the audit --------------------------------------------------------------------------------- */

static void nothing_is_granted_when_the_audit_fails(void **state)
{
    struct fixture *self = *state;
    static const enum failing_call kinds[] = { FAIL_PWRITE, FAIL_FDATASYNC };
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        struct access_request request = request_of(ROLE_GP, "K10", ACCESS_PERSON);
        request.person = self->person;
        struct audit_entry entry;
        uint64_t before = fixture_audit_last(&self->plane, &entry);
        failing_os_install();
        failing_os_fail(kinds[i], 1, false, EIO);
        struct access *access = ask(self, request);
        assert_false(access->granted);
        assert_int_equal(access->fault.code, FAULT_IO);
        failing_os_fail(kinds[i], 0, false, 0);
        access = ask(self, request); /* the log has failed: closed for all */
        assert_false(access->granted);
        assert_int_equal(access->fault.code, FAULT_IO);
        request.person = SLICE("nobody"); /* a refusal is not told either */
        access = ask(self, request);
        assert_int_equal(access->fault.code, FAULT_IO);
        assert_null(decision_for_job(self->plane.governance, SLICE("link"), &self->plane.arena,
                                     &self->plane.fault));
        failing_os_remove();
        audit_close(self->plane.audit, &self->plane.arena, &self->plane.fault);
        assert_true(audit_open(self->plane.audit_directory, self->plane.committer,
                               &self->plane.audit, &self->plane.arena, &self->plane.fault));
        governance_free(self->plane.governance);
        struct governance_config config = { self->plane.reg, self->plane.people, self->plane.stores,
                                            self->plane.audit };
        self->plane.governance = governance_new(&config);
        /* what was not granted may be on the disk all the same, but nothing else is */
        uint64_t after = fixture_audit_last(&self->plane, &entry);
        assert_true(after == before || after == before + 1);
        request.person = self->person;
        assert_true(ask(self, request)->granted);
    }
}

/* without memory somewhere: a fault and nothing, or a grant that is on record */
static void each_allocation_may_fail(void **state)
{
    struct fixture *self = *state;
    char person[PERSON_ID_SIZE];
    struct arena answers = self->plane.arena;
    bool more = true;
    unsigned refused = 0;
    memcpy(person, self->person.ptr, PERSON_ID_SIZE - 1);
    for (uint64_t k = 1; more; k++) {
        struct access_request request = request_of(ROLE_NURSE, "H40", ACCESS_PERSON);
        request.person = slice_of(person, PERSON_ID_SIZE - 1);
        arena_init(&self->plane.arena, MIB(64));
        failing_os_install();
        failing_os_fail(FAIL_MALLOC, k, false, ENOMEM);
        struct access *access = ask(self, request);
        more = failing_os_failures() > 0;
        failing_os_remove();
        refused += !access->granted;
        if (access->granted) {
            told(self, access, AUDIT_GRANTED);
        }
        arena_release(&self->plane.arena);
    }
    self->plane.arena = answers;
    assert_true(refused > 0);
}

static void what_was_shown_follows_its_grant(void **state)
{
    struct fixture *self = *state;
    struct access_request request = request_of(ROLE_GP, "K10", ACCESS_PERSON);
    request.person = self->person;
    struct access *access = ask(self, request);
    assert_true(access->granted);
    struct shown_source sources[LIMIT_RECORD_SOURCES + 3];
    for (size_t i = 0; i < ARRAY_LENGTH(sources); i++) {
        sources[i] = (struct shown_source){ .ods = SLICE("K10"), .state = SLICE("ok"), .items = i };
    }
    struct digest shown = digest_of_one(SLICE("bytes"));
    access_shown(access, &shown, 5, 3, sources, 2, SLICE("complete"));
    assert_true(audit_flush(self->plane.audit, &self->plane.arena, &self->plane.fault));
    struct audit_entry entry;
    fixture_audit_last(&self->plane, &entry);
    assert_int_equal(entry.kind, AUDIT_SHOWN);
    assert_int_equal(entry.granted, access->sequence);
    assert_true(digest_equal(entry.shown, &shown));
    assert_int_equal(entry.bytes, 5);
    assert_int_equal(entry.items, 3);
    assert_int_equal(entry.source_count, 2);
    assert_int_equal(entry.sources[1].items, 1);
    assert_slice(entry.outcome, "complete");
    assert_true(slice_equal(entry.person, self->person));
    access_shown(access, &shown, 5, 3, sources, ARRAY_LENGTH(sources), SLICE("complete"));
    assert_true(audit_flush(self->plane.audit, &self->plane.arena, &self->plane.fault));
    fixture_audit_last(&self->plane, &entry);
    assert_int_equal(entry.source_count, LIMIT_RECORD_SOURCES);
}

/* the report of a person to whom that patient is linked has the access, and what it showed */
static void must_report(struct fixture *self, struct slice ods, struct slice id, uint64_t sequence)
{
    struct plane_fixture *plane = &self->plane;
    const struct audit_patient patient = { ods, id };
    const struct audit_whom whom = { .patients = &patient, .patient_count = 1 };
    struct audit_access *accesses;
    size_t count;
    assert_true(audit_for_person(plane->audit_directory, &whom, &accesses, &count, &plane->arena,
                                 &plane->fault));
    assert_true(count > 0);
    assert_int_equal(accesses[count - 1].sequence, sequence);
    assert_true(accesses[count - 1].named && accesses[count - 1].has_shown);
    assert_int_equal(accesses[count - 1].items, 3);
}

/* more than one entry holds: the first, one at the seam, the last */
static void shown_names_whose_rows_were_read(void **state)
{
    struct fixture *self = *state;
    struct access_request request = request_of(ROLE_SYSTEM, "K10", ACCESS_STORE);
    static char texts[2 * LIMIT_AUDIT_PATIENTS + 1][16];
    struct slice ids[ARRAY_LENGTH(texts)];
    request.ods = SLICE("K10");
    struct access *access = ask(self, request);
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        ids[i] = slice_of(texts[i], (size_t)snprintf(texts[i], sizeof texts[i], "many-%zu", i));
    }
    const struct shown_source sources[] = {
        { SLICE("K10"), SLICE("ok"), 2, ids, ARRAY_LENGTH(texts) - 1 },
        { SLICE("K10"), SLICE("ok"), 1, &ids[ARRAY_LENGTH(texts) - 1], 1 },
    };
    struct digest shown = digest_of_one(SLICE("bytes"));
    uint64_t before = access->sequence;
    access_shown(access, &shown, 5, 3, sources, 2, SLICE("complete"));
    assert_true(audit_flush(self->plane.audit, &self->plane.arena, &self->plane.fault));
    struct audit_entry entry;
    assert_int_equal(fixture_audit_last(&self->plane, &entry) - 1 - before, 3);
    assert_int_equal(entry.patient_count, 1);
    assert_slice(entry.outcome, "complete");
    must_report(self, SLICE("K10"), ids[0], before);
    must_report(self, SLICE("K10"), ids[LIMIT_AUDIT_PATIENTS], before);
    must_report(self, SLICE("K10"), ids[2 * LIMIT_AUDIT_PATIENTS], before);
}

static void acts_and_jobs_are_entries(void **state)
{
    struct fixture *self = *state;
    struct subject anna = { .user = SLICE("anna"), .role = ROLE_GP, .organisation = SLICE("K10") };
    struct audit_entry entry;
    assert_true(governance_audit_act(self->plane.governance, &anna, SLICE("sign-in"),
                                     SLICE("failed"), &self->plane.arena, &self->plane.fault));
    fixture_audit_last(&self->plane, &entry);
    assert_int_equal(entry.kind, AUDIT_SIGN_IN);
    assert_slice(entry.outcome, "failed");
    assert_true(governance_audit_act(self->plane.governance, &anna, SLICE("org-add"),
                                     SLICE("complete"), &self->plane.arena, &self->plane.fault));
    fixture_audit_last(&self->plane, &entry);
    assert_int_equal(entry.kind, AUDIT_ACT);
    assert_slice(entry.interaction, "org-add");
    const struct decision *job = fixture_job(&self->plane, "link");
    fixture_audit_last(&self->plane, &entry);
    assert_int_equal(entry.kind, AUDIT_JOB);
    assert_slice(entry.user, "job:link");
    assert_false(decision_may_write(job));
    assert_int_equal(decision_scope(job), DECISION_JOB);
    assert_true(decision_covers_store(job, SLICE("K10")));
    assert_true(decision_may_write(fixture_job(&self->plane, "load")));
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_relationship_opens_a_person),
        CASE(nobody_is_found_where_nobody_is),
        CASE(one_patient_is_that_patient),
        CASE(a_store_is_open_to_its_own),
        CASE(a_systems_access_names_its_patient),
        CASE(searching_opens_no_store),
        CASE(nothing_is_granted_when_the_audit_fails),
        CASE(each_allocation_may_fail),
        CASE(what_was_shown_follows_its_grant),
        CASE(shown_names_whose_rows_were_read),
        CASE(acts_and_jobs_are_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
