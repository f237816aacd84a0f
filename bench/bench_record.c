/*
 * bench_record.c: how long it takes to make the joined-up record of 1,000 resources in 4 sources,
 * beside parsing the same bodies as JSON, which a page has to do as well.
 *
 * The bodies are made here, in the proportions of a hospital's and a practice's records: two thirds
 * observations with ranges, then problems, medicines, contacts, documents, and the practitioners
 * that they name. Sources state some of the same facts, so that grouping has something to group.
 */
#include "base/limits.h"
#include "harness.h"
#include "record/record.h"
#include "store/decision_private.h"

#define SOURCES   4
#define EACH      250
#define ROUNDS    41
#define BENCH_NOW INT64_C(1795436400000000)

struct bodies {
    struct arena arena;
    struct slice text[SOURCES][EACH];
    size_t bytes;
};

static struct slice patient(struct arena *arena, unsigned source)
{
    return arena_printf(
        arena,
        "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"identifier\":[{\"system\":"
        "\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"9990000018\"}],\"name\":[{"
        "\"use\":\"official\",\"family\":\"HALLAM\",\"given\":[\"Margaret\"]}],"
        "\"gender\":\"female\",\"birthDate\":\"1944-03-12\",\"address\":[{\"line\":[\"%u "
        "High Street\"],\"city\":\"Oxford\",\"postalCode\":\"OX1 2JD\"}]}",
        source + 1);
}

static struct slice practitioner(struct arena *arena, unsigned n)
{
    return arena_printf(arena,
                        "{\"resourceType\":\"Practitioner\",\"id\":\"d%u\",\"name\":[{\"family\":"
                        "\"Shah%u\",\"given\":[\"Priya\"],\"prefix\":[\"Dr\"]}]}",
                        n, n);
}

static struct slice observation(struct arena *arena, unsigned source, unsigned n)
{
    return arena_printf(
        arena,
        "{\"resourceType\":\"Observation\",\"id\":\"o%u-%u\",\"meta\":{\"security\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/v3-ActReason\",\"code\":\"HTEST\"}]},\"status\":"
        "\"final\",\"category\":[{\"coding\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/"
        "observation-category\",\"code\":\"%s\"}]}],\"code\":"
        "{\"coding\":[{\"system\":\"http://snomed.info/"
        "sct\",\"code\":\"10%04u0\",\"display\":\"Test "
        "number %u\"},{\"system\":\"http://loinc.org\",\"code\":\"%u-4\"}],\"text\":\"Serum test "
        "%u\"},"
        "\"subject\":{\"reference\":\"Patient/p1\"},\"encounter\":{\"reference\":\"Encounter/"
        "e%u\"},"
        "\"effectiveDateTime\":\"20%02u-%02u-%02uT09:%02u:00+00:00\",\"issued\":\"20%02u-%02u-%"
        "02uT15:"
        "00:00Z\",\"performer\":[{\"reference\":\"Practitioner/"
        "d%u\"}],\"valueQuantity\":{\"value\":"
        "%u.%u,\"unit\":\"mmol/L\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"mmol/L\"},"
        "\"referenceRange\":[{\"low\":{\"value\":3.5,\"unit\":\"mmol/L\"},\"high\":{\"value\":5.3,"
        "\"unit\":\"mmol/L\"}}]}",
        source, n, n % 3 == 0 ? "vital-signs" : "laboratory", n % 30, n % 30, n % 30, n % 30,
        n % 17, 10 + n % 16, 1 + n % 12, 1 + n % 28, n % 60, 10 + n % 16, 1 + n % 12, 1 + n % 28,
        n % 5, n % 9, n % 10);
}

static struct slice condition(struct arena *arena, unsigned source, unsigned n)
{
    return arena_printf(
        arena,
        "{\"resourceType\":\"Condition\",\"id\":\"c%u-%u\",\"clinicalStatus\":{\"coding\":[{"
        "\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/condition-clinical\",\"code\":\"%s\"}]},"
        "\"verificationStatus\":{\"coding\":[{\"code\":\"confirmed\"}]},\"code\":{\"coding\":[{"
        "\"system\":\"http://snomed.info/sct\",\"code\":\"20%04u0\",\"display\":\"Disorder %u\"}]},"
        "\"subject\":{\"reference\":\"Patient/"
        "p1\"},\"onsetDateTime\":\"20%02u-03-01\",\"recordedDate\":"
        "\"20%02u-03-02T10:00:00Z\",\"recorder\":{\"reference\":\"Practitioner/d%u\"}}",
        source, n, n % 2 ? "active" : "resolved", n % 20, n % 20, 5 + n % 20, 5 + n % 20, n % 5);
}

static struct slice medication(struct arena *arena, unsigned source, unsigned n)
{
    return arena_printf(
        arena,
        "{\"resourceType\":\"MedicationRequest\",\"id\":\"m%u-%u\",\"status\":\"%s\",\"intent\":"
        "\"order\",\"medicationCodeableConcept\":{\"coding\":[{\"system\":\"https://dmd.nhs.uk\","
        "\"code\":\"30%04u\",\"display\":\"Medicine%c %u mg "
        "tablets\"}]},\"subject\":{\"reference\":"
        "\"Patient/p1\"},\"authoredOn\":\"20%02u-05-06\",\"requester\":{\"reference\":"
        "\"Practitioner/d%u\"},\"reasonReference\":[{\"reference\":\"Condition/c%u-%u\"}],"
        "\"dosageInstruction\":[{\"text\":\"%u tablets daily\",\"route\":{\"coding\":[{\"system\":"
        "\"http://snomed.info/sct\",\"code\":\"26643006\",\"display\":\"Oral\"}]}}]}",
        source, n, n % 3 ? "active" : "stopped", n % 25, 'a' + (int)(n % 9), n % 25, 10 + n % 16,
        n % 5, source, n, 1 + n % 2);
}

static struct slice encounter(struct arena *arena, unsigned source, unsigned n)
{
    return arena_printf(
        arena,
        "{\"resourceType\":\"Encounter\",\"id\":\"e%u-%u\",\"status\":\"finished\",\"class\":{"
        "\"code\":"
        "\"AMB\",\"display\":\"ambulatory\"},\"type\":[{\"coding\":[{\"system\":"
        "\"http://snomed.info/"
        "sct\",\"code\":\"185349003\",\"display\":\"Consultation\"}]}],\"subject\":"
        "{\"reference\":\"Patient/p1\"},\"participant\":[{\"individual\":{\"reference\":"
        "\"Practitioner/d%u\"}}],\"period\":{\"start\":\"20%02u-%02u-11T08:00:00Z\",\"end\":"
        "\"20%02u-%02u-11T08:20:00Z\"},\"reasonCode\":[{\"text\":\"Review\"}]}",
        source, n, n % 5, 10 + n % 16, 1 + n % 12, 10 + n % 16, 1 + n % 12);
}

static struct slice document(struct arena *arena, unsigned source, unsigned n)
{
    return arena_printf(arena,
                        "{\"resourceType\":\"DocumentReference\",\"id\":\"l%u-%u\",\"status\":"
                        "\"current\",\"type\":{"
                        "\"text\":\"Letter\"},\"date\":\"20%02u-02-03T09:00:00Z\",\"description\":"
                        "\"Clinic letter %u\","
                        "\"content\":[{\"attachment\":{\"contentType\":\"text/plain\",\"data\":\""
                        "RGVhciBEciBTaGFoLCB0aGFuayB5b3UgZm9yIHJlZmVycmluZyB0aGlzIHBhdGllbnQgdG8gb3"
                        "VyIGNsaW5pYy4=\"}}]}",
                        source, n, 10 + n % 16, n);
}

static struct slice make(struct arena *arena, unsigned source, unsigned n)
{
    if (n == 0) {
        return patient(arena, source);
    }
    if (n <= 5) {
        return practitioner(arena, n - 1);
    }
    switch (n % 12) {
    case 0:
        return condition(arena, source, n);
    case 1:
        return medication(arena, source, n);
    case 2:
        return encounter(arena, source, n);
    case 3:
        return n % 24 == 3 ? document(arena, source, n) : observation(arena, source, n);
    default:
        return observation(arena, source, n);
    }
}

static void make_all(struct bodies *bodies)
{
    arena_init(&bodies->arena, MIB(64));
    for (unsigned s = 0; s < SOURCES; s++) {
        for (unsigned n = 0; n < EACH; n++) {
            bodies->text[s][n] = make(&bodies->arena, s, n);
            bodies->bytes += bodies->text[s][n].len;
        }
    }
    assert(!bodies->arena.exhausted);
}

/* both as a page does them: parsed into one arena a source, built in that of the request */
static void parse_all(const struct bodies *bodies, struct source_answer *answers)
{
    struct fault fault;
    for (size_t s = 0; s < SOURCES; s++) {
        struct source_answer *answer = &answers[s];
        arena_reset(&answer->arena);
        answer->resources = arena_array(&answer->arena, EACH, struct source_resource);
        answer->count = EACH;
        answer->state = SOURCE_OK;
        for (size_t n = 0; n < EACH; n++) {
            struct source_resource *resource = &answer->resources[n];
            if (!json_parse(&answer->arena, bodies->text[s][n], &resource->json, &fault)) {
                fprintf(stderr, "not JSON: %.*s\n", SLICE_PRINT(bodies->text[s][n]));
                exit(1);
            }
            resource->stored.type = fhir_type_of(&resource->json, 0);
            resource->stored.id =
                json_member_string(&resource->json, 0, SLICE("id"), &answer->arena);
        }
    }
}

int main(void)
{
    struct bodies bodies = { .bytes = 0 };
    struct source_answer answers[SOURCES] = { 0 };
    struct record_input inputs[SOURCES];
    struct decision decision = { .magic = DECISION_MAGIC, .scope = DECISION_PERSON };
    memset(decision.types, 0xff, sizeof decision.types);
    make_all(&bodies);
    for (size_t s = 0; s < SOURCES; s++) {
        static const char *const names[SOURCES] = { "RTH", "K99001", "RNU", "RYE" };
        arena_init(&answers[s].arena, LIMIT_SOURCE_ARENA);
        inputs[s] = (struct record_input){ .ods = slice_from_string(names[s]),
                                           .name = slice_from_string(names[s]),
                                           .asked = true,
                                           .answer = &answers[s] };
    }
    struct arena arena;
    arena_init(&arena, LIMIT_REQUEST_ARENA);
    double parsing[ROUNDS], building[ROUNDS];
    struct record record = { .item_count = 0 };
    for (size_t round = 0; round < ROUNDS; round++) {
        struct fault fault = FAULT_INIT;
        double start = bench_now();
        parse_all(&bodies, answers);
        double parsed = bench_now();
        arena_reset(&arena);
        if (!record_build(&arena, &decision, SLICE("p"), inputs, SOURCES, BENCH_NOW, &record,
                          &fault)) {
            fprintf(stderr, "not built: %.*s\n", SLICE_PRINT(fault.message));
            return 1;
        }
        building[round] = (bench_now() - parsed) * 1000;
        parsing[round] = (parsed - start) * 1000;
    }
    fprintf(stderr,
            "# record: %d resources, %zu bytes, %zu items, %zu timeline, %zu bytes of arena\n",
            SOURCES * EACH, bodies.bytes, record.item_count, record.timeline_count, arena.used);
    bench_line("record", bench_median(building, ROUNDS), "ms", "json-parse of the same bodies",
               bench_median(parsing, ROUNDS));
    for (size_t s = 0; s < SOURCES; s++) {
        arena_release(&answers[s].arena);
    }
    arena_release(&arena);
    arena_release(&bodies.arena);
    return 0;
}
