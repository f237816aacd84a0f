/*
 * bench_store.c: what the SQLite record store costs, stage by stage, without HTTP and files to
 * read.
 *
 * Synthetic people (Patient, Encounters, Conditions, Observations of 0.7 to 1.2 KB, client-made ids
 * of the UUID form), one person a write, several stores, everything that a real load does: locator,
 * history rules, changes, both indexes, synced commits. Beside it, in the same run, the same packed
 * bodies and the same keys in a bare SQLite loop: prepared statements, keys sorted, one synced
 * commit a person, SQLite's own VFS.
 *
 *   bench_store [--stores N] [--people N] [--resources N]
 */
#include "harness.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/decision_private.h"
#include "store/sqlite/record_private.h"
#include "store/sqlite/record_store_sqlite.h"

struct settings {
    unsigned stores;
    unsigned people;    /* a store */
    unsigned resources; /* a person */
};

static uint64_t drawn = 42;

static uint64_t draw(uint64_t below)
{
    assert(below > 0);
    uint64_t x = drawn += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (x ^ (x >> 31)) % below;
}

static struct slice uuid(struct arena *arena)
{
    return arena_printf(arena, "%08x-%04x-4%03x-a%03x-%012llx", (unsigned)draw(UINT32_MAX),
                        (unsigned)draw(0x10000), (unsigned)draw(0x1000), (unsigned)draw(0x1000),
                        (unsigned long long)draw(UINT64_C(1) << 48));
}

static struct slice patient_body(struct arena *arena, struct slice id)
{
    return arena_printf(
        arena,
        "{\"resourceType\":\"Patient\",\"id\":\"%.*s\",\"identifier\":[{\"system\":"
        "\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"999%07u\"}],\"name\":[{\"use\":"
        "\"official\",\"family\":\"Family%u\",\"given\":[\"Given%u\",\"Other%u\"]}],\"telecom\":[{"
        "\"system\":\"phone\",\"value\":\"01865 %06u\"}],\"gender\":\"female\",\"birthDate\":"
        "\"19%02u-0%u-1%u\",\"address\":[{\"line\":[\"%u High Street\"],\"city\":\"Oxford\","
        "\"postalCode\":\"OX1 %uAA\"}],\"generalPractitioner\":[{\"identifier\":{\"system\":"
        "\"https://fhir.nhs.uk/Id/ods-organization-code\",\"value\":\"K84001\"}}]}",
        SLICE_PRINT(id), (unsigned)draw(10000000), (unsigned)draw(500), (unsigned)draw(90),
        (unsigned)draw(90), (unsigned)draw(1000000), (unsigned)draw(99), 1 + (unsigned)draw(8),
        (unsigned)draw(9), (unsigned)draw(200), (unsigned)draw(9));
}

static struct slice date(struct arena *arena)
{
    return arena_printf(arena, "20%02u-%02u-%02uT%02u:%02u:00+00:00", (unsigned)draw(24),
                        1 + (unsigned)draw(12), 1 + (unsigned)draw(28), (unsigned)draw(24),
                        (unsigned)draw(60));
}

static struct slice observation_body(struct arena *arena, struct slice id, struct slice patient,
                                     struct slice encounter)
{
    struct slice when = date(arena);
    unsigned code = (unsigned)draw(60);
    return arena_printf(
        arena,
        "{\"resourceType\":\"Observation\",\"id\":\"%.*s\",\"status\":\"final\",\"category\":[{"
        "\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\","
        "\"code\":\"laboratory\",\"display\":\"laboratory\"}]}],\"code\":{\"coding\":[{\"system\":"
        "\"http://loinc.org\",\"code\":\"%u-%u\",\"display\":\"Measured quantity number %u\"}],"
        "\"text\":\"Measured quantity number %u\"},\"subject\":{\"reference\":\"Patient/%.*s\"},"
        "\"encounter\":{\"reference\":\"Encounter/%.*s\"},\"effectiveDateTime\":\"%.*s\","
        "\"issued\":\"%.*s\",\"valueQuantity\":{\"value\":%u.%u,\"unit\":\"mmol/L\",\"system\":"
        "\"http://unitsofmeasure.org\",\"code\":\"mmol/L\"},\"referenceRange\":[{\"low\":{"
        "\"value\":3.5,\"unit\":\"mmol/L\"},\"high\":{\"value\":5.5,\"unit\":\"mmol/L\"}}]}",
        SLICE_PRINT(id), 1000 + code * 37, code % 10, code, code, SLICE_PRINT(patient),
        SLICE_PRINT(encounter), SLICE_PRINT(when), SLICE_PRINT(when), (unsigned)draw(200),
        (unsigned)draw(1000));
}

static struct slice encounter_body(struct arena *arena, struct slice id, struct slice patient)
{
    struct slice when = date(arena);
    return arena_printf(
        arena,
        "{\"resourceType\":\"Encounter\",\"id\":\"%.*s\",\"status\":\"finished\",\"class\":{"
        "\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"AMB\"},"
        "\"type\":[{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"%u\",\"display\":"
        "\"Encounter for check up\"}]}],\"subject\":{\"reference\":\"Patient/%.*s\"},\"period\":{"
        "\"start\":\"%.*s\",\"end\":\"%.*s\"},\"serviceProvider\":{\"identifier\":{\"system\":"
        "\"https://fhir.nhs.uk/Id/ods-organization-code\",\"value\":\"RTH\"},\"display\":"
        "\"Hospital\"}}",
        SLICE_PRINT(id), 185349003 + (unsigned)draw(20), SLICE_PRINT(patient), SLICE_PRINT(when),
        SLICE_PRINT(when));
}

static struct slice condition_body(struct arena *arena, struct slice id, struct slice patient,
                                   struct slice encounter)
{
    struct slice when = date(arena);
    return arena_printf(
        arena,
        "{\"resourceType\":\"Condition\",\"id\":\"%.*s\",\"clinicalStatus\":{\"coding\":[{"
        "\"system\":\"http://terminology.hl7.org/CodeSystem/condition-clinical\",\"code\":"
        "\"active\"}]},\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":"
        "\"%u\",\"display\":\"Condition of the kind\"}]},\"subject\":{\"reference\":"
        "\"Patient/%.*s\"},\"encounter\":{\"reference\":\"Encounter/%.*s\"},\"onsetDateTime\":"
        "\"%.*s\",\"recordedDate\":\"%.*s\"}",
        SLICE_PRINT(id), 44054006 + (unsigned)draw(300), SLICE_PRINT(patient),
        SLICE_PRINT(encounter), SLICE_PRINT(when), SLICE_PRINT(when));
}

/* one person: as a write that is not prepared yet */
static void make_person(struct arena *arena, unsigned resources, struct store_write *write)
{
    struct record_change *changes = arena_array(arena, resources, struct record_change);
    struct slice patient = uuid(arena);
    struct slice encounter = { NULL, 0 };
    assert(changes != NULL);
    for (unsigned i = 0; i < resources; i++) {
        struct record_change *change = &changes[i];
        *change = (struct record_change){ .kind = CHANGE_UPDATE, .unchanged_is_none = true };
        change->id = i == 0 ? patient : uuid(arena);
        if (i == 0) {
            change->type = FHIR_PATIENT;
            change->body = patient_body(arena, patient);
        } else if (i % 10 == 1) {
            encounter = change->id;
            change->type = FHIR_ENCOUNTER;
            change->body = encounter_body(arena, change->id, patient);
        } else if (i % 10 == 2) {
            change->type = FHIR_CONDITION;
            change->body = condition_body(arena, change->id, patient, encounter);
        } else {
            change->type = FHIR_OBSERVATION;
            change->body = observation_body(arena, change->id, patient, encounter);
        }
    }
    *write = (struct store_write){ .arena = arena, .changes = changes, .count = resources };
}

static struct decision decision_for_bench(void)
{
    struct decision decision = { .magic = DECISION_MAGIC,
                                 .scope = DECISION_JOB,
                                 .may_write = true };
    memset(decision.types, 0xff, sizeof decision.types);
    memset(decision.types_without_patient, 0xff, sizeof decision.types_without_patient);
    return decision;
}

static double cpu_of(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void fail(const struct fault *fault)
{
    fprintf(stderr, "bench_store: %.*s %.*s\n", SLICE_PRINT(fault->message),
            SLICE_PRINT(fault->detail));
    exit(1);
}

/* -- the bare loop ----------------------------------------------------------------------------- */

static sqlite3 *bare_open(const char *path)
{
    sqlite3 *db;
    int code = sqlite3_open(path, &db);
    assert(code == SQLITE_OK);
    code = sqlite3_exec(db,
                        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL;"
                        "PRAGMA synchronous=FULL; PRAGMA cache_size=-262144",
                        NULL, NULL, NULL);
    assert(code == SQLITE_OK);
    code = sqlite3_exec(db, record_database_spec.schema, NULL, NULL, NULL);
    assert(code == SQLITE_OK);
    return db;
}

struct bare {
    sqlite3 *db;
    sqlite3_stmt *row;
    sqlite3_stmt *term;
    sqlite3_stmt *entry;
    sqlite3_stmt *locator;
    sqlite3_stmt *change;
    uint64_t patient;
    uint64_t sequence;
};

static sqlite3_stmt *bare_prepare(struct bare *bare, enum record_statement number)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v3(bare->db, record_database_spec.statements[number], -1,
                       SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    assert(statement != NULL);
    return statement;
}

static void bare_run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    assert(code == SQLITE_DONE);
    sqlite3_reset(statement);
}

static int compare_terms(const void *a, const void *b)
{
    const struct term *left = a;
    const struct term *right = b;
    return slice_compare(slice_of(left->ptr, left->len), slice_of(right->ptr, right->len));
}

static int compare_entries(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct search_entry));
}

static void bare_row(struct bare *bare, const struct record_change *change)
{
    const struct encoded_change *encoded = prepared_of(change)->encoded;
    sqlite3_bind_int64(bare->row, 1, (int64_t)bare->patient);
    sqlite3_bind_int(bare->row, 2, change->type);
    sqlite3_bind_int64(bare->row, 3, (int64_t)bare->sequence);
    sql_bind_text(bare->row, 4, change->id);
    for (int i = 5; i <= 12; i++) {
        sqlite3_bind_int64(bare->row, i, (int64_t)bare->sequence);
    }
    sql_bind_slice(bare->row, 13, encoded->packed);
    bare_run(bare->row);
    sqlite3_bind_int64(bare->locator, 1, (int64_t)hash64(change->id, 7));
    sqlite3_bind_int64(bare->locator, 2, (int64_t)bare->sequence);
    sqlite3_bind_int64(bare->locator, 3, (int64_t)bare->patient);
    bare_run(bare->locator);
    for (int i = 1; i <= 6; i++) {
        sqlite3_bind_int64(bare->change, i, (int64_t)bare->sequence);
    }
    bare_run(bare->change);
}

/* seconds for the SQL of one person */
static double bare_person(struct bare *bare, struct store_write *write)
{
    size_t terms = 0;
    size_t entries = 0;
    for (size_t i = 0; i < write->count; i++) {
        const struct encoded_change *encoded = prepared_of(&write->changes[i])->encoded;
        terms += encoded->terms.items.count;
        entries += encoded->entries_count;
    }
    assert(terms > 0 && entries > 0);
    struct term *keys = malloc(terms * sizeof *keys);
    struct search_entry *values = malloc(entries * sizeof *values);
    assert(keys != NULL && values != NULL);
    double start = bench_now();
    terms = entries = 0;
    bare->patient++;
    sqlite3_exec(bare->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < write->count; i++) {
        const struct encoded_change *encoded = prepared_of(&write->changes[i])->encoded;
        bare->sequence++;
        bare_row(bare, &write->changes[i]);
        for (size_t t = 0; t < encoded->terms.items.count; t++) {
            keys[terms] = encoded->terms.items.at[t];
            term_set_place(&keys[terms++], bare->patient, bare->sequence);
        }
        for (size_t e = 0; e < encoded->entries_count; e++) {
            values[entries] = encoded->entries[e];
            search_entry_set_patient(&values[entries++], bare->patient);
        }
    }
    qsort(keys, terms, sizeof *keys, compare_terms);
    for (size_t i = 0; i < terms; i++) {
        sql_bind_slice(bare->term, 1, slice_of(keys[i].ptr, keys[i].len));
        bare_run(bare->term);
    }
    qsort(values, entries, sizeof *values, compare_entries);
    for (size_t i = 0; i < entries; i++) {
        if (i == 0 || compare_entries(&values[i], &values[i - 1]) != 0) {
            sql_bind_slice(bare->entry, 1, slice_of(values[i].bytes, SEARCH_ENTRY_SIZE));
            bare_run(bare->entry);
        }
    }
    int code = sqlite3_exec(bare->db, "COMMIT", NULL, NULL, NULL);
    assert(code == SQLITE_OK);
    double seconds = bench_now() - start;
    free(keys);
    free(values);
    return seconds;
}

static void bare_start(struct bare *bare, const char *path)
{
    *bare = (struct bare){ .db = bare_open(path) };
    bare->row = bare_prepare(bare, SQL_PUT_ROW);
    bare->term = bare_prepare(bare, SQL_PUT_TERM);
    bare->entry = bare_prepare(bare, SQL_PUT_CANDIDATE);
    bare->locator = bare_prepare(bare, SQL_PUT_LOCATOR);
    bare->change = bare_prepare(bare, SQL_PUT_CHANGE);
}

/* -- the store --------------------------------------------------------------------------------- */

static void written(struct store_write *write)
{
    if (write->outcome != WRITE_DONE) {
        fail(&write->fault);
    }
}

struct totals {
    double prepare; /* CPU of the preparing thread */
    double commit;  /* CPU of the committing thread */
    double wall;
    double bare;
    uint64_t resources;
    uint64_t bytes;
    uint64_t terms;
    uint64_t packed;
    uint64_t on_disk;
};

static void load_store(const struct settings *settings, struct record_store *store,
                       const struct decision *decision, struct bare *bare, struct totals *totals)
{
    struct arena *arenas = malloc(settings->people * sizeof *arenas);
    struct store_write *writes = malloc(settings->people * sizeof *writes);
    struct fault fault;
    assert(arenas != NULL && writes != NULL);
    for (unsigned i = 0; i < settings->people; i++) {
        arena_init(&arenas[i], LIMIT_TRANSACTION_ARENA);
        make_person(&arenas[i], settings->resources, &writes[i]);
        writes[i].done = written;
    }
    double wall = bench_now();
    double cpu = cpu_of(RUSAGE_SELF);
    double own = cpu_of(RUSAGE_THREAD);
    for (unsigned i = 0; i < settings->people; i++) {
        if (!record_store_prepare(store, decision, &writes[i], &fault)) {
            fail(&fault);
        }
        record_store_submit(store, &writes[i]);
    }
    own = cpu_of(RUSAGE_THREAD) - own;
    record_store_flush(store);
    totals->wall += bench_now() - wall;
    totals->prepare += own;
    totals->commit += cpu_of(RUSAGE_SELF) - cpu - own;
    for (unsigned i = 0; i < settings->people; i++) {
        for (size_t c = 0; c < writes[i].count; c++) {
            const struct encoded_change *encoded = prepared_of(&writes[i].changes[c])->encoded;
            totals->bytes += writes[i].changes[c].body.len;
            totals->terms += encoded->terms.items.count;
            totals->packed += encoded->packed.len;
        }
        totals->resources += writes[i].count;
        totals->bare += bare_person(bare, &writes[i]);
        arena_release(&arenas[i]);
    }
    free(arenas);
    free(writes);
}

/* reads of single rows by their ids, found again through the list of changes */
static double reads_per_second(struct record_store *store, const struct decision *decision,
                               double *ret_cpu)
{
    struct arena arena;
    struct arena page;
    struct fault fault;
    struct record_cursor *cursor;
    struct stored_resource row;
    struct slice ids[1000];
    fhir_type types[1000];
    size_t count = 0;
    const struct store_query query = { .kind = QUERY_CHANGES, .limit = 1000 };
    arena_init(&arena, MIB(64));
    arena_init(&page, MIB(64));
    if (!record_store_query(store, decision, &query, &arena, NULL, NULL, &cursor, &fault)) {
        fail(&fault);
    }
    while (record_cursor_next(cursor, &row, &fault) == CURSOR_ROW) {
        ids[count] = row.id;
        types[count++] = row.type;
    }
    record_cursor_free(cursor);
    double start = bench_now();
    double cpu = cpu_of(RUSAGE_THREAD);
    unsigned reads = 0;
    while (bench_now() - start < 1.0) {
        for (size_t i = 0; i < 100; i++) {
            bool found;
            size_t at = (size_t)draw(count);
            if (!record_store_read(store, decision, types[at], ids[at], &page, &row, &found,
                                   &fault) ||
                !found) {
                fail(&fault);
            }
            reads++;
            arena_reset(&page);
        }
    }
    *ret_cpu = (cpu_of(RUSAGE_THREAD) - cpu) / reads * 1e6;
    double rate = reads / (bench_now() - start);
    arena_release(&arena);
    arena_release(&page);
    return rate;
}

int main(int argc, char **argv)
{
    const struct settings settings = {
        (unsigned)strtoul(bench_option(argc, argv, "stores", "6"), NULL, 10),
        (unsigned)strtoul(bench_option(argc, argv, "people", "30"), NULL, 10),
        (unsigned)strtoul(bench_option(argc, argv, "resources", "300"), NULL, 10),
    };
    const struct decision decision = decision_for_bench();
    struct totals totals = { 0 };
    struct arena arena;
    struct fault fault;
    double reads = 0;
    double read_cpu = 0;
    const char *folder = bench_folder();
    struct committer *committer = committer_new(1);
    arena_init(&arena, MIB(8));
    if (committer == NULL || !digest_start()) {
        return 1;
    }
    for (unsigned i = 0; i < settings.stores; i++) {
        char path[256];
        struct bare bare;
        struct record_store_figures figures;
        (void)snprintf(path, sizeof path, "%s/S%u.sqlite", folder, i);
        struct record_store *store =
            record_store_sqlite_open(path, SLICE("RTH"), true, committer, &arena, &fault);
        if (store == NULL) {
            fail(&fault);
        }
        (void)snprintf(path, sizeof path, "%s/bare%u.sqlite", folder, i);
        bare_start(&bare, path);
        load_store(&settings, store, &decision, &bare, &totals);
        if (record_store_figures(store, &figures, &fault)) {
            totals.on_disk += figures.bytes_on_disk;
        }
        if (i == 0) {
            reads = reads_per_second(store, &decision, &read_cpu);
        }
        record_store_close(store);
        sqlite3_finalize(bare.row);
        sqlite3_finalize(bare.term);
        sqlite3_finalize(bare.entry);
        sqlite3_finalize(bare.locator);
        sqlite3_finalize(bare.change);
        sqlite3_close(bare.db);
    }
    committer_free(committer);
    double n = (double)totals.resources;
    fprintf(
        stderr,
        "# %.0f resources of %.0f bytes (packed %.0f), %.1f terms each, %.0f bytes each on disk\n",
        n, (double)totals.bytes / n, (double)totals.packed / n, (double)totals.terms / n,
        (double)totals.on_disk / n);
    bench_line("store-write", n / totals.wall, "resources/s", "the same rows in a bare SQLite loop",
               n / totals.bare);
    bench_line("store-commit-cpu", totals.commit / n * 1e6, "us/resource",
               "the same rows in a bare SQLite loop", totals.bare / n * 1e6);
    bench_line("store-prepare-cpu", totals.prepare / n * 1e6, "us/resource", "committing them",
               totals.commit / n * 1e6);
    bench_line("store-read", reads, "reads/s", "a thread's CPU allows", 1e6 / read_cpu);
    arena_release(&arena);
    return 0;
}
