/*
 * Random histories, made on the memory store and on the SQLite store at once: every effect, fault,
 * read, search, page and record must be the same, and the SQLite store's tables must fit each
 * other at the end. A failure prints the seed of the run and the number of the step; EVENLODE_SEED
 * runs that one again, EVENLODE_STEPS shortens it.
 */
#include "store_fixture.h"

#include "store/sqlite/record_store_sqlite.h"

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
    /* splitmix64 */
    uint64_t x = random_state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (x ^ (x >> 31)) % below;
}

static uint64_t environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t value;
    return text != NULL && slice_to_u64(slice_from_string(text), &value) ? value : otherwise;
}

static const char *const words[] = { "alpha", "beta", "Gamma", "gämma", "delta", "alp" };
#define WORD words[draw(ARRAY_LENGTH(words))]

static struct slice make_patient(struct arena *arena, const char *id)
{
    static const char *const genders[] = { "male", "female", "other" };
    char link[80] = "";
    if (draw(4) == 0) {
        (void)snprintf(link, sizeof link, ",\"link\":[{\"other\":{\"reference\":\"Patient/p%u\"}}]",
                       (unsigned)draw(5));
    }
    return arena_printf(arena,
                        "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"gender\":\"%s\",\"name\":["
                        "{\"family\":\"%s\",\"given\":[\"%s\"]}],\"birthDate\":\"19%02u\"%s}",
                        id, genders[draw(3)], WORD, WORD, (unsigned)draw(100), link);
}

static struct slice make_observation(struct arena *arena, const char *id)
{
    static const char *const forms[] = { "202%u", "202%u-03", "202%u-03-05",
                                         "202%u-03-05T10:00:00Z" };
    char subject[80] = "";
    char date[40];
    char text[400] = "";
    (void)snprintf(date, sizeof date, "202%u%s", (unsigned)draw(4),
                   draw(3) == 0 ? "" : strchr(forms[draw(4)], 'u') + 1);
    if (draw(8) != 0) {
        (void)snprintf(subject, sizeof subject, ",\"subject\":{\"reference\":\"Patient/p%u\"}",
                       (unsigned)draw(6));
    }
    if (draw(12) == 0) { /* too long for a term */
        memset(text, 'q', sizeof text - 1);
        text[sizeof text - 2 - draw(3)] = 'z';
    }
    return arena_printf(arena,
                        "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"%s\","
                        "\"code\":{\"coding\":[{\"system\":\"urn:s%u\",\"code\":\"c%u\"}]},"
                        "\"identifier\":[{\"value\":\"v%u%s\"}],"
                        "\"effectiveDateTime\":\"%s\",\"valueQuantity\":{\"value\":%u.%u},"
                        "\"performer\":[{\"reference\":\"Practitioner/d%u\"}]%s}",
                        id, draw(2) ? "final" : "amended", (unsigned)draw(2), (unsigned)draw(4),
                        (unsigned)draw(9), text, date, (unsigned)draw(20), (unsigned)draw(10),
                        (unsigned)draw(3), subject);
}

static struct slice make_appointment(struct arena *arena, const char *id)
{
    return arena_printf(arena,
                        "{\"resourceType\":\"Appointment\",\"id\":\"%s\",\"status\":\"%s\","
                        "\"participant\":[{\"actor\":{\"reference\":\"Patient/p%u\"}},"
                        "{\"actor\":{\"reference\":\"Patient/p%u\"}}],\"start\":"
                        "\"2021-01-0%u\",\"end\":\"2021-01-09\"}",
                        id, draw(2) ? "booked" : "noshow", (unsigned)draw(5), (unsigned)draw(5),
                        1 + (unsigned)draw(8));
}

static struct slice make_practitioner(struct arena *arena, const char *id)
{
    return arena_printf(arena,
                        "{\"resourceType\":\"Practitioner\",\"id\":\"%s\",\"name\":[{\"family\":"
                        "\"%s\"}]}",
                        id, WORD);
}

static const struct {
    fhir_type type;
    char letter;
    unsigned ids;
    struct slice (*make)(struct arena *arena, const char *id);
} kinds[] = {
    { FHIR_PATIENT, 'p', 5, make_patient },
    { FHIR_OBSERVATION, 'o', 40, make_observation },
    { FHIR_APPOINTMENT, 'a', 8, make_appointment },
    { FHIR_PRACTITIONER, 'd', 3, make_practitioner },
};

struct pair {
    struct store_fixture model;
    struct store_fixture fast;
    uint64_t step;
    uint64_t seed;
};

#define same(pair, what, left, right)                                                              \
    do {                                                                                           \
        const char *same_left = (left);                                                            \
        const char *same_right = (right);                                                          \
        if (strcmp(same_left, same_right) != 0) {                                                  \
            fail_msg("EVENLODE_SEED=%llu step %llu, %s: memory \"%s\", SQLite \"%s\"",             \
                     (unsigned long long)(pair)->seed, (unsigned long long)(pair)->step, (what),   \
                     same_left, same_right);                                                       \
        }                                                                                          \
    } while (0)

static void draw_change(struct arena *arena, struct record_change *change)
{
    size_t kind = draw(10) < 6 ? 1 : draw(ARRAY_LENGTH(kinds));
    const char *id = arena_string(
        arena, arena_printf(arena, "%c%u", kinds[kind].letter, (unsigned)draw(kinds[kind].ids)));
    *change = (struct record_change){
        .kind = draw(6) == 0   ? CHANGE_DELETE
                : draw(8) == 0 ? CHANGE_CREATE
                               : CHANGE_UPDATE,
        .type = kinds[kind].type,
        .id = slice_from_string(id),
        .if_match = draw(10) == 0 ? (version_no)draw(4) : 0,
        .unchanged_is_none = draw(2) == 0,
    };
    if (change->kind != CHANGE_DELETE) {
        change->body = kinds[kind].make(arena, id);
    }
    if (change->kind == CHANGE_CREATE && draw(3) == 0) {
        change->id = (struct slice){ NULL, 0 };
    }
}

static const char *outcome(struct store_fixture *self, bool ok, const struct record_change *changes,
                           size_t count)
{
    struct strbuf text;
    strbuf_init(&text, KIB(64));
    strbuf_add_string(&text, ok ? "done" : fault_name(self->fault.code));
    for (size_t i = 0; ok && i < count; i++) {
        strbuf_addf(&text, " %.*s/%u:%d", SLICE_PRINT(changes[i].ret_id), changes[i].ret_version,
                    (int)changes[i].effect);
    }
    const char *copy = arena_string(&self->arena, strbuf_slice(&text));
    strbuf_release(&text);
    return copy;
}

static void write_both(struct pair *pair)
{
    struct record_change changes[4];
    struct record_change twins[4];
    size_t count = draw(3) == 0 ? 1 + draw(4) : 1;
    for (size_t i = 0; i < count; i++) {
        draw_change(&pair->model.arena, &changes[i]);
        twins[i] = changes[i];
    }
    bool model_ok = commit(&pair->model, changes, count);
    bool fast_ok = commit(&pair->fast, twins, count);
    same(pair, "write", outcome(&pair->model, model_ok, changes, count),
         outcome(&pair->fast, fast_ok, twins, count));
}

static const char *const searches[] = {
    "Observation?",
    "Observation?code=c1",
    "Observation?code=urn:s1|c1,c2",
    "Observation?code=urn:s0|",
    "Observation?code:not=c1",
    "Observation?date=2021",
    "Observation?date=gt2021-03&code=c2",
    "Observation?date=le2021-03-05",
    "Observation?value-quantity=lt5",
    "Observation?value-quantity=7.5",
    "Observation?status=final&value-quantity=ge10",
    "Observation?patient=p1",
    "Observation?subject=Patient/p2&code=c0",
    "Observation?subject:missing=true",
    "Observation?patient:missing=false",
    "Observation?identifier=v3",
    "Observation?identifier:not=v3",
    "Observation?performer=Practitioner/d1",
    "Observation?performer=d2&date=2022",
    "Observation?_id=o1,o7,o30,none",
    "Observation?_sort=-_lastUpdated&code=c3",
    "Observation?_sort=_id",
    "Observation?_sort=-_id&status=final",
    "Patient?family=alp",
    "Patient?name=gam",
    "Patient?given:exact=Gamma",
    "Patient?family:contains=lt",
    "Patient?gender=male,other",
    "Patient?birthdate=lt1950",
    "Patient?birthdate=1977",
    "Patient?link=Patient/p2",
    "Appointment?",
    "Appointment?patient=p3",
    "Appointment?status=booked",
    "Appointment?date=2021-01-03",
    "Practitioner?family=beta",
    "Practitioner?",
};

/* the decision of this question: sometimes one person's, sometimes with something denied */
static struct decision draw_decision(struct decision_patients *patients, struct slice *ids)
{
    struct decision decision = decision_of_all(DECISION_JOB);
    ids[0] = slice_from_string("p1");
    ids[1] = slice_from_string("p3");
    *patients = (struct decision_patients){ SLICE(STORE_ODS), ids, 1 + draw(2) };
    if (draw(3) == 0) {
        decision.scope = DECISION_PERSON;
        decision.patients = patients;
        decision.patients_count = 1;
    } else if (draw(3) == 0) {
        decision.scope = DECISION_STORE;
        decision.withheld = patients;
        decision.withheld_count = 1;
    }
    if (draw(5) == 0) {
        decision_forbid_type(&decision, FHIR_APPOINTMENT);
    }
    return decision;
}

/* all pages of a query, each `limit` rows */
static const char *pages_of(struct store_fixture *self, const struct decision *decision,
                            struct store_query query)
{
    struct strbuf text;
    strbuf_init(&text, MIB(1));
    do {
        struct record_cursor *cursor;
        struct stored_resource row;
        if (!record_store_query(self->store, decision, &query, &self->arena, NULL, NULL, &cursor,
                                &self->fault)) {
            strbuf_addf(&text, "!%s", fault_name(self->fault.code));
            break;
        }
        while (record_cursor_next(cursor, &row, &self->fault) == CURSOR_ROW) {
            strbuf_addf(&text, "%.*s/%u%s ", SLICE_PRINT(row.id), row.version,
                        row.deleted ? "-" : "");
        }
        query.resume = record_cursor_position(cursor, &self->arena);
        if (query.with_total) {
            strbuf_addf(&text, "of %u ", (unsigned)record_cursor_total(cursor));
        }
        strbuf_add_byte(&text, '|');
        record_cursor_free(cursor);
    } while (query.resume.len > 0);
    const char *copy = arena_string(&self->arena, strbuf_slice(&text));
    strbuf_release(&text);
    return copy;
}

static void ask_both(struct pair *pair)
{
    struct slice ids[2];
    struct decision_patients patients;
    struct decision decision = draw_decision(&patients, ids);
    static const enum query_kind query_kinds[] = { QUERY_SEARCH,     QUERY_SEARCH,  QUERY_SEARCH,
                                                   QUERY_EVERYTHING, QUERY_HISTORY, QUERY_VERSION,
                                                   QUERY_CHANGES };
    struct store_query query = { .kind = query_kinds[draw(ARRAY_LENGTH(query_kinds))] };
    const char *address = "";
    char id[16];
    char patient[16];
    size_t kind = draw(ARRAY_LENGTH(kinds));
    (void)snprintf(id, sizeof id, "%c%u", kinds[kind].letter, (unsigned)draw(kinds[kind].ids));
    (void)snprintf(patient, sizeof patient, "p%u", (unsigned)draw(6));
    query.type = kinds[kind].type;
    query.id = slice_from_string(id);
    query.version = (version_no)(1 + draw(4));
    query.limit = draw(2) == 0 ? 0 : (uint32_t)(1 + draw(7));
    query.with_total = draw(3) == 0;
    query.after = draw(50);
    if (query.kind == QUERY_SEARCH) {
        address = searches[draw(ARRAY_LENGTH(searches))];
        query.search = parse_search(&pair->model, address);
        query.patient_id = slice_from_string(draw(2) == 0 ? patient : "");
    } else if (query.kind == QUERY_EVERYTHING) {
        query.patient_id = slice_from_string(patient);
    }
    char what[200];
    (void)snprintf(what, sizeof what, "query %d %s of %s, %s, limit %u", (int)query.kind, address,
                   patient, id, query.limit);
    same(pair, what, pages_of(&pair->model, &decision, query),
         pages_of(&pair->fast, &decision, query));
    same(pair, id, read_one(&pair->model, &decision, kinds[kind].type, id),
         read_one(&pair->fast, &decision, kinds[kind].type, id));
}

static const char *involvements_of(struct store_fixture *self, const char *patient)
{
    struct involvement *at;
    size_t count;
    struct strbuf text;
    strbuf_init(&text, KIB(64));
    assert_true(record_store_involvements(self->store, slice_from_string(patient), &self->arena,
                                          &at, &count, &self->fault));
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(&text, "%d %.*s %lld; ", (int)at[i].kind, SLICE_PRINT(at[i].organisation),
                    (long long)at[i].from);
    }
    const char *copy = arena_string(&self->arena, strbuf_slice(&text));
    strbuf_release(&text);
    return copy;
}

static void check_fast(struct pair *pair)
{
    struct store_fixture *fast = &pair->fast;
    if (!record_store_sqlite_check(fast->store, &fast->arena, &fast->fault)) {
        fail_msg("EVENLODE_SEED=%llu step %llu: %.*s (%.*s)", (unsigned long long)pair->seed,
                 (unsigned long long)pair->step, SLICE_PRINT(fast->fault.message),
                 SLICE_PRINT(fast->fault.detail));
    }
}

static void run_history(uint64_t seed, uint64_t steps)
{
    static struct pair pair;
    random_state = seed;
    pair.seed = seed;
    fixture_init(&pair.model, STORE_MEMORY);
    fixture_init(&pair.fast, STORE_SQLITE);
    for (pair.step = 0; pair.step < steps; pair.step++) {
        write_both(&pair);
        ask_both(&pair);
        if (pair.step % 100 == 99) {
            same(&pair, "involvements of p1", involvements_of(&pair.model, "p1"),
                 involvements_of(&pair.fast, "p1"));
            check_fast(&pair);
        }
        if (pair.step % 400 == 399) {
            fixture_reopen(&pair.fast);
        }
        fixture_clear(&pair.model);
        fixture_clear(&pair.fast);
    }
    check_fast(&pair);
    fixture_release(&pair.model);
    fixture_release(&pair.fast);
}

static void both_stores_answer_alike(void **state)
{
    (void)state;
    uint64_t first = environment("EVENLODE_SEED", 1);
    uint64_t last = getenv("EVENLODE_SEED") != NULL ? first : 5;
    for (uint64_t seed = first; seed <= last; seed++) {
        run_history(seed, environment("EVENLODE_STEPS", 400));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(both_stores_answer_alike) };
    return digest_start() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
