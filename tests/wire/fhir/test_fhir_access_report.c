/*
 * A patient's access report has what an organisation's own system read of the store, whichever
 * way it was read, and what people read or were refused; and nobody else's report has it.
 */
#include "wire/fhir/fhir_wire.h"

static const char *mary, *paul, *of_mary, *of_paul;

/* -- the report ---------------------------------------------------------------------------------
 */

/* the accesses to one patient of FX1, as the person's report tells them */
static struct audit_access *report(const char *patient, size_t *ret_count)
{
    struct fault fault = FAULT_INIT;
    struct audit_whom whom;
    struct audit_access *accesses;
    struct audit_patient linked = { SLICE("FX1"), slice_from_string(patient) };
    whom.patients = &linked;
    whom.patient_count = 1;
    assert_true(person_index_of_patient(wire.web.people, linked.store, linked.id, &wire.arena,
                                        &whom.person, &fault));
    assert_true(audit_flush(wire.web.audit, &wire.arena, &fault));
    assert_true(
        audit_for_person(wire.audit_directory, &whom, &accesses, ret_count, &wire.arena, &fault));
    return accesses;
}

/* asks, and tells the one access that has come to Mary's report; none has come to Paul's */
static struct audit_access ask_about_mary(unsigned status, struct slice token, const char *path)
{
    size_t before, after, his, his_after;
    report(mary, &before);
    report(paul, &his);
    wire_ask(status, "GET", token, path, NULL, NOTHING);
    const struct audit_access *accesses = report(mary, &after);
    report(paul, &his_after);
    if (after != before + 1 || his_after != his) {
        fail_msg("%s: %zu to the report of her, %zu to the report of another", path, after - before,
                 his_after - his);
    }
    assert_true(accesses[after - 1].named);
    return accesses[after - 1];
}

/* -- tests --------------------------------------------------------------------------------------
 */

static const char *make_condition(const char *patient)
{
    struct fixture_answer answer = wire_system_ask(
        201, "POST", "/Condition",
        wire_text("{\"resourceType\":\"Condition\",\"code\":{\"text\":\"gout\"},\"subject\":"
                  "{\"reference\":\"Patient/%s\"}}",
                  patient));
    return wire_location_id(&answer);
}

static void test_make_people(void **state UNUSED)
{
    mary = wire_make_patient("9990000018", "Marlowe", "1950-05-05");
    paul = wire_make_patient("9990000026", "Pereira", "1951-06-06");
    of_mary = make_condition(mary);
    of_paul = make_condition(paul);
}

static void test_system_reads_by_id(void **state UNUSED)
{
    const struct {
        const char *interaction, *path;
    } reads[] = {
        { "read", wire_text("/Condition/%s", of_mary) },
        { "read", wire_text("/Patient/%s", mary) },
        { "vread", wire_text("/Condition/%s/_history/1", of_mary) },
        { "history", wire_text("/Condition/%s/_history", of_mary) },
        { "everything", wire_text("/Patient/%s/$everything", mary) },
        { "everything", wire_text("/Patient/%s/$everything?_count=1", mary) },
        { "search", wire_text("/Condition?patient=%s", mary) },
        { "search", wire_text("/Condition?_id=%s", of_mary) },
        { "search", "/Patient?family=Marlowe" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(reads); i++) {
        struct audit_access access = ask_about_mary(200, wire_system, reads[i].path);
        assert_int_equal(access.kind, AUDIT_GRANTED);
        assert_slice(access.organisation, "FX1");
        assert_slice(access.basis, "own-store");
        if (!slice_equal(access.interaction, slice_from_string(reads[i].interaction))) {
            fail_msg("%s: %.*s", reads[i].path, SLICE_PRINT(access.interaction));
        }
        assert_true(access.has_shown && access.items > 0);
    }
}

static void test_search_shows_several(void **state UNUSED)
{
    size_t hers, his, hers_after, his_after;
    report(mary, &hers);
    report(paul, &his);
    wire_ask(200, "GET", wire_system, "/Condition", NULL, NOTHING);
    report(mary, &hers_after);
    const struct audit_access *accesses = report(paul, &his_after);
    assert_int_equal(hers_after - hers, 1);
    assert_int_equal(his_after - his, 1);
    assert_int_equal(accesses[his_after - 1].items, 2);
    wire_ask(200, "GET", wire_system, "/Condition?code:text=nothing", NULL, NOTHING);
    report(mary, &hers);
    assert_int_equal(hers, hers_after); /* shown nothing of hers, and not asked about her */
}

/* who is told that there is nothing, or nothing new, has asked about her all the same */
static void test_question_names_the_patient(void **state UNUSED)
{
    struct audit_access access =
        ask_about_mary(200, wire_system, wire_text("/Observation?patient=%s", mary));
    assert_int_equal(access.items, 0);
    access =
        ask_about_mary(200, wire_system, wire_text("/Condition?patient=%s&_summary=count", mary));
    assert_int_equal(access.items, 0);
}

static void test_people(void **state UNUSED)
{
    struct slice nurse = fixture_token(&wire, ROLE_NURSE, "FX1");
    struct slice stranger = fixture_token(&wire, ROLE_NURSE, "FX3");
    struct slice fx2 = fixture_token(&wire, ROLE_SYSTEM, "FX2");
    struct audit_access access = ask_about_mary(200, nurse, wire_text("/Condition/%s", of_mary));
    assert_slice(access.basis, "own-record");
    access = ask_about_mary(404, stranger, wire_text("/Condition/%s", of_mary));
    assert_int_equal(access.kind, AUDIT_REFUSED);
    assert_slice(access.organisation, "FX3");
    access = ask_about_mary(403, fx2, wire_text("/Patient/%s", mary));
    assert_int_equal(access.kind, AUDIT_REFUSED);
    assert_slice(access.organisation, "FX2");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_make_people),
    cmocka_unit_test(test_system_reads_by_id),
    cmocka_unit_test(test_search_shows_several),
    cmocka_unit_test(test_question_names_the_patient),
    cmocka_unit_test(test_people),
};

WIRE_MAIN(tests)
