/*
 * test_fhir_leaks.c: every route × every caller; nothing that a caller may not see is told, nor
 * whether it exists, and the audit has every access and every refusal.
 *
 * Rule 35; threats T1, T2 and T28. FX1 holds two people's records. Mary is known to FX1 and, by a
 * record of her own there, to FX2; Paul is known to FX1 alone. Each secret word stands in one
 * resource; an answer in which a word stands that its reader may not see is a leak.
 */
#include "base/limits.h"
#include "base/os.h"
#include "wire/fhir/fhir_wire.h"

struct secret {
    const char *type;
    const char *word;
    const char *id; /* filled in */
};

enum { MARY, PAUL, PEOPLE };

enum {
    S_PATIENT,
    S_CONDITION,
    S_LABORATORY,
    S_RESTRICTED,
    S_APPOINTMENT,
    SECRETS,
};

static struct secret secrets[PEOPLE][SECRETS] = {
    { { "Patient", "SecretMaryName", NULL },
      { "Condition", "SecretMaryCondition", NULL },
      { "Observation", "SecretMaryResult", NULL },
      { "Condition", "SecretMaryRestricted", NULL },
      { "Appointment", "SecretMaryAppointment", NULL } },
    { { "Patient", "SecretPaulName", NULL },
      { "Condition", "SecretPaulCondition", NULL },
      { "Observation", "SecretPaulResult", NULL },
      { "Condition", "SecretPaulRestricted", NULL },
      { "Appointment", "SecretPaulAppointment", NULL } },
};

/* which of a person's secrets a caller may see, as bits */
#define SEES(s)   (1u << (s))
#define SEES_ALL  ((1u << SECRETS) - 1)
#define SEES_CARE (SEES(S_PATIENT) | SEES(S_CONDITION) | SEES(S_LABORATORY) | SEES(S_APPOINTMENT))

struct caller {
    const char *name;
    enum governance_role role;
    const char *ods;
    unsigned sees[PEOPLE];
};

static const struct caller callers[] = {
    { "own system", ROLE_SYSTEM, "FX1", { SEES_ALL, SEES_ALL } },
    { "another store's system", ROLE_SYSTEM, "FX2", { 0, 0 } },
    { "receptionist",
      ROLE_RECEPTIONIST,
      "FX1",
      { SEES(S_PATIENT) | SEES(S_APPOINTMENT), SEES(S_PATIENT) | SEES(S_APPOINTMENT) } },
    { "social worker",
      ROLE_SOCIAL_WORKER,
      "FX1",
      { SEES_CARE & ~SEES(S_LABORATORY), SEES_CARE & ~SEES(S_LABORATORY) } },
    { "nurse", ROLE_NURSE, "FX1", { SEES_CARE, SEES_CARE } },
    { "nurse of another organisation that knows Mary", ROLE_NURSE, "FX2", { SEES_CARE, 0 } },
    { "nurse of an organisation that knows nobody", ROLE_NURSE, "FX3", { 0, 0 } },
    { "receptionist elsewhere", ROLE_RECEPTIONIST, "FX3", { 0, 0 } },
    { "social worker elsewhere", ROLE_SOCIAL_WORKER, "FX3", { 0, 0 } },
    { "planned organisation's nurse", ROLE_NURSE, "FX9", { 0, 0 } },
};

static const char *create(const char *type, const char *body)
{
    struct fixture_answer answer = wire_system_ask(201, "POST", wire_text("/%s", type), body);
    return wire_location_id(&answer);
}

static void make_person(struct secret of[SECRETS], const char *number)
{
    of[S_PATIENT].id = wire_make_patient(number, of[S_PATIENT].word, "1950-05-05");
    const char *subject = wire_text("{\"reference\":\"Patient/%s\"}", of[S_PATIENT].id);
    of[S_CONDITION].id =
        create("Condition", wire_text("{\"resourceType\":\"Condition\",\"code\":{\"text\":\"%s\"},"
                                      "\"subject\":%s}",
                                      of[S_CONDITION].word, subject));
    of[S_LABORATORY].id = create(
        "Observation",
        wire_text(
            "{\"resourceType\":\"Observation\",\"status\":\"final\",\"category\":[{\"coding\":"
            "[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\","
            "\"code\":\"laboratory\"}]}],\"code\":{\"text\":\"%s\"},\"subject\":%s}",
            of[S_LABORATORY].word, subject));
    of[S_RESTRICTED].id = create(
        "Condition",
        wire_text("{\"resourceType\":\"Condition\",\"meta\":{\"security\":[{\"system\":"
                  "\"http://terminology.hl7.org/CodeSystem/v3-Confidentiality\",\"code\":\"R\"}]},"
                  "\"code\":{\"text\":\"%s\"},\"subject\":%s}",
                  of[S_RESTRICTED].word, subject));
    of[S_APPOINTMENT].id =
        create("Appointment", wire_text("{\"resourceType\":\"Appointment\",\"status\":\"booked\","
                                        "\"description\":\"%s\",\"participant\":[{\"actor\":%s,"
                                        "\"status\":\"accepted\"}]}",
                                        of[S_APPOINTMENT].word, subject));
    for (size_t i = 0; i < SECRETS; i++) { /* a second version, so that there is a history */
        struct fixture_answer answer =
            wire_system_ask(200, "GET", wire_text("/%s/%s", of[i].type, of[i].id), NULL);
        const char *body =
            wire_text("{\"language\":\"en\",%.*s", SLICE_PRINT(slice_from(answer.body, 1)));
        wire_system_ask(200, "PUT", wire_text("/%s/%s", of[i].type, of[i].id), body);
    }
}

static void test_make_people(void **state UNUSED)
{
    make_person(secrets[MARY], "9990000018");
    make_person(secrets[PAUL], "9990000026");
    /* FX2 has a record of Mary */
    struct slice fx2 = fixture_token(&wire, ROLE_SYSTEM, "FX2");
    wire_ask(201, "POST", fx2, "/orgs/FX2/fhir/R4/Patient", JSON_TYPE,
             SLICE("{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":"
                   "\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"9990000018\"}],"
                   "\"birthDate\":\"1950-05-05\"}"));
}

static size_t asked;

/* the one request of the matrix: counts it and looks for words that must not be there */
static struct fixture_answer ask(const struct caller *caller, struct slice token, const char *path)
{
    struct fixture_answer answer =
        fixture_request(&wire, "GET", wire_text("%s%s", WIRE_BASE, path), token, NULL, NOTHING);
    asked++;
    for (size_t person = 0; person < PEOPLE; person++) {
        for (size_t i = 0; i < SECRETS; i++) {
            struct slice word = slice_from_string(secrets[person][i].word);
            bool there = slice_find_slice(answer.body, word) < answer.body.len;
            if (there && (caller->sees[person] & SEES(i)) == 0) {
                fail_msg("LEAK: %s sees %.*s at %s", caller->name, SLICE_PRINT(word), path);
            }
        }
    }
    assert_true(answer.status == 200 || answer.status == 403 || answer.status == 404);
    if (answer.status != 200) {
        wire_check_outcome(&answer);
    }
    return answer;
}

static bool shows(const struct fixture_answer *answer, const struct secret *secret)
{
    return answer->status == 200 &&
           slice_find_slice(answer->body, slice_from_string(secret->word)) < answer->body.len;
}

/* the same answer for what is hidden and for what does not exist */
static void check_same(const struct caller *caller, const struct fixture_answer *hidden,
                       const struct fixture_answer *absent, const char *path)
{
    if (hidden->status != absent->status || !slice_equal(hidden->body, absent->body)) {
        fail_msg("%s can tell hidden from absent at %s: %u %.*s, %u %.*s", caller->name, path,
                 hidden->status, SLICE_PRINT(hidden->body), absent->status,
                 SLICE_PRINT(absent->body));
    }
}

static void try_reads(const struct caller *caller, struct slice token, size_t person, size_t i)
{
    static const char *const forms[] = { "", "/_history/1", "/_history/2", "/_history" };
    const struct secret *secret = &secrets[person][i];
    bool may = (caller->sees[person] & SEES(i)) != 0;
    for (size_t f = 0; f < ARRAY_LENGTH(forms); f++) {
        const char *path = wire_text("/%s/%s%s", secret->type, secret->id, forms[f]);
        struct fixture_answer answer = ask(caller, token, path);
        if (may != shows(&answer, secret)) {
            fail_msg("%s at %s: %u", caller->name, path, answer.status);
        }
        struct fixture_answer absent =
            ask(caller, token, wire_text("/%s/absent%s", secret->type, forms[f]));
        if (!may) {
            check_same(caller, &answer, &absent, path);
        }
    }
}

static void try_searches(const struct caller *caller, struct slice token, size_t person, size_t i)
{
    static const char *const tails[] = { "", "&_summary=count", "&_total=accurate", "&_count=1",
                                         "&_sort=-_lastUpdated" };
    const struct secret *secret = &secrets[person][i];
    const char *patient = secrets[person][S_PATIENT].id;
    bool is_patient = i == S_PATIENT;
    bool may = (caller->sees[person] & SEES(i)) != 0;
    for (size_t t = 0; t < ARRAY_LENGTH(tails); t++) {
        const char *path = is_patient
                               ? wire_text("/Patient?_id=%s%s", patient, tails[t])
                               : wire_text("/%s?patient=%s%s", secret->type, patient, tails[t]);
        struct fixture_answer answer = ask(caller, token, path);
        if (t == 0 && may != shows(&answer, secret)) {
            fail_msg("%s at %s: %u", caller->name, path, answer.status);
        }
        /* the whole store: its system alone */
        answer = ask(caller, token, wire_text("/%s?_id=%s%s", secret->type, secret->id, tails[t]));
        if (!is_patient && caller->role != ROLE_SYSTEM) {
            assert_int_equal(answer.status, 403);
        }
        if (caller->sees[person] == 0 && is_patient) {
            struct fixture_answer absent =
                ask(caller, token, wire_text("/Patient?_id=absent%s", tails[t]));
            check_same(caller, &answer, &absent, path);
        }
    }
}

static void try_counts(const struct caller *caller, struct slice token, size_t person)
{
    const char *patient = secrets[person][S_PATIENT].id;
    struct fixture_answer answer =
        ask(caller, token, wire_text("/Condition?patient=%s&_summary=count", patient));
    if (answer.status != 200) {
        return;
    }
    struct json json = wire_json(&answer);
    unsigned expected = ((caller->sees[person] & SEES(S_CONDITION)) != 0) +
                        ((caller->sees[person] & SEES(S_RESTRICTED)) != 0);
    assert_slice(wire_value(&json, "total"), wire_text("%u", expected));
}

static void try_everything(const struct caller *caller, struct slice token, size_t person)
{
    struct fixture_answer answer =
        ask(caller, token, wire_text("/Patient/%s/$everything", secrets[person][S_PATIENT].id));
    for (size_t i = 0; i < SECRETS; i++) {
        bool may = (caller->sees[person] & SEES(i)) != 0;
        if (may != shows(&answer, &secrets[person][i])) {
            fail_msg("%s, $everything: %s", caller->name, secrets[person][i].word);
        }
    }
    if (caller->sees[person] == 0) {
        struct fixture_answer absent = ask(caller, token, "/Patient/absent/$everything");
        check_same(caller, &answer, &absent, "$everything");
    }
}

static void test_matrix(void **state UNUSED)
{
    size_t granted = fixture_audit_count(&wire, AUDIT_GRANTED);
    size_t refused = fixture_audit_count(&wire, AUDIT_REFUSED);
    size_t shown = fixture_audit_count(&wire, AUDIT_SHOWN);
    asked = 0;
    for (size_t c = 0; c < ARRAY_LENGTH(callers); c++) {
        struct slice token = fixture_token(&wire, callers[c].role, callers[c].ods);
        for (size_t person = 0; person < PEOPLE; person++) {
            for (size_t i = 0; i < SECRETS; i++) {
                try_reads(&callers[c], token, person, i);
                try_searches(&callers[c], token, person, i);
            }
            try_counts(&callers[c], token, person);
            try_everything(&callers[c], token, person);
        }
    }
    granted = fixture_audit_count(&wire, AUDIT_GRANTED) - granted;
    refused = fixture_audit_count(&wire, AUDIT_REFUSED) - refused;
    shown = fixture_audit_count(&wire, AUDIT_SHOWN) - shown;
    print_message("asked %zu: granted %zu, refused %zu, shown %zu; 0 leaks\n", asked, granted,
                  refused, shown);
    assert_int_equal(granted + refused, asked);
    assert_int_equal(shown, granted);
    assert_true(refused > 0);
}

/* a page's link opens nothing: what may be seen is judged when it is followed */
static void test_pages_are_judged_anew(void **state UNUSED)
{
    struct slice nurse = fixture_token(&wire, ROLE_NURSE, "FX2");
    const char *mary = secrets[MARY][S_PATIENT].id;
    struct fixture_answer answer = wire_ask(
        200, "GET", nurse, wire_text("/Patient/%s/$everything?_count=1", mary), NULL, NOTHING);
    struct json json = wire_json(&answer);
    const char *next = wire_link(&json, "next");
    /* FX2's own record of Mary goes, and with it the relationship */
    struct slice fx2 = fixture_token(&wire, ROLE_SYSTEM, "FX2");
    answer = wire_ask(200, "GET", fx2, "/orgs/FX2/fhir/R4/Patient", NULL, NOTHING);
    json = wire_json(&answer);
    wire_ask(204, "DELETE", fx2,
             wire_text("/orgs/FX2/fhir/R4/Patient/%.*s",
                       SLICE_PRINT(wire_value(&json, "entry.resource.id"))),
             NULL, NOTHING);
    wire_ask(404, "GET", nurse, next, NULL, NOTHING);
}

static void test_people_do_not_write(void **state UNUSED)
{
    static const enum governance_role roles[] = { ROLE_GP, ROLE_EMERGENCY_DOCTOR, ROLE_NURSE,
                                                  ROLE_SOCIAL_WORKER, ROLE_RECEPTIONIST };
    struct slice patient = SLICE("{\"resourceType\":\"Patient\",\"id\":\"w\"}");
    size_t refused = fixture_audit_count(&wire, AUDIT_REFUSED);
    for (size_t i = 0; i < ARRAY_LENGTH(roles); i++) {
        struct slice token = fixture_token(&wire, roles[i], "FX1");
        wire_ask(403, "PUT", token, "/Patient/w", JSON_TYPE, patient);
        wire_ask(403, "POST", token, "/Patient", JSON_TYPE, patient);
        wire_ask(403, "DELETE", token, wire_text("/Patient/%s", secrets[MARY][S_PATIENT].id), NULL,
                 NOTHING);
        wire_ask(403, "DELETE", token, "/Patient/absent", NULL, NOTHING);
        wire_ask(403, "POST", token, "", JSON_TYPE, SLICE("{}"));
    }
    struct slice other = fixture_token(&wire, ROLE_SYSTEM, "FX2");
    wire_ask(403, "PUT", other, "/Patient/w", JSON_TYPE, patient);
    wire_ask(404, "GET", wire_system, "/Patient/w", NULL, NOTHING);
    assert_int_equal(fixture_audit_count(&wire, AUDIT_REFUSED) - refused,
                     ARRAY_LENGTH(roles) * 5 + 1);
}

/* microseconds of the fastest of some answers; noise only ever adds */
static int64_t fastest(unsigned status, struct slice token, const char *path)
{
    int64_t least = INT64_MAX;
    for (unsigned i = 0; i < 12; i++) {
        monotime start = os_monotonic();
        wire_ask(status, "GET", token, path, NULL, NOTHING);
        int64_t took = monotime_since(os_monotonic(), start);
        least = took < least ? took : least;
    }
    return least;
}

/* a row of nobody, of somebody else, of one's own patient and withheld: not told by the time */
static void test_absent_and_hidden_take_the_same_time(void **state UNUSED)
{
    const int64_t floor_us = (int64_t)LIMIT_NOT_FOUND_MS * 1000;
    struct slice stranger = fixture_token(&wire, ROLE_NURSE, "FX3");
    struct slice nurse = fixture_token(&wire, ROLE_NURSE, "FX1");
    const char *condition = wire_text("/Condition/%s", secrets[MARY][S_CONDITION].id);
    const char *restricted = wire_text("/Condition/%s", secrets[MARY][S_RESTRICTED].id);
    const int64_t times[] = {
        fastest(404, stranger, "/Condition/absent"),
        fastest(404, stranger, "/Condition/e1.vvv"),
        fastest(404, stranger, condition),
        fastest(404, stranger, wire_text("%s/_history/1", condition)),
        fastest(404, nurse, "/Condition/absent"),
        fastest(404, nurse, restricted),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
        print_message("%lld us\n", (long long)times[i]);
        /* less than one period more: both fell into the same one */
        if (times[i] < floor_us - 1000 || times[i] > 2 * floor_us) {
            fail_msg("answer %zu came after %lld us", i, (long long)times[i]);
        }
    }
    assert_true(fastest(200, nurse, condition) < floor_us); /* what is shown waits for nothing */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_make_people),
    cmocka_unit_test(test_matrix),
    cmocka_unit_test(test_absent_and_hidden_take_the_same_time),
    cmocka_unit_test(test_people_do_not_write),
    cmocka_unit_test(test_pages_are_judged_anew),
};

WIRE_MAIN(tests)
