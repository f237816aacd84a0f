/*
 * endpoint.c: an index of patients who could be, and a life for each answer.
 *
 * Making all lives to see whom the organisation knows would take minutes for a county of 100,000;
 * the people alone take a second. So who asks for somebody is told whether the organisation knows
 * them when their life is made, and that is remembered.
 *
 * Rows are sorted by NHS number. An id is found by looking through all rows: it is a mix of bits
 * that nothing can be sorted by at the same time, and a test server of some thousand people does
 * that faster than it writes the answer.
 */
#include "synth/endpoint.h"

#include "base/limits.h"
#include "nhs/nhs_number.h"
#include "synth/fhir_writer.h"

#define ID_LENGTH 36

/* the first 16 hexadecimal digits; false: not of the form of an id */
static bool id_bits(struct slice id, uint64_t *ret_bits)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t bits = 0;
    int digits = 0;
    if (id.len != ID_LENGTH) {
        return false;
    }
    for (size_t i = 0; i < id.len && digits < 16; i++) {
        const char *digit = id.ptr[i] != '\0' ? strchr(hex, id.ptr[i]) : NULL;
        if (digit != NULL) {
            bits = bits << 4 | (uint64_t)(digit - hex);
            digits++;
        } else if (id.ptr[i] != '-') {
            return false;
        }
    }
    *ret_bits = bits;
    return digits == 16;
}

static bool add_row(struct endpoint *endpoint, const struct endpoint_row *like,
                    const struct synth_person *person, uint8_t copy, struct arena *arena)
{
    struct synth_patient patient;
    char url[SYNTH_UUID_SIZE];
    struct endpoint_row *row = vector_push(&endpoint->rows, arena);
    if (row == NULL) {
        return false;
    }
    synth_patient_make(endpoint->world, person, endpoint->organisation, copy, &patient);
    synth_fhir_patient_url(endpoint->world, person, &patient, url);
    *row = *like;
    row->copy = copy;
    if (!slice_to_u64(slice_from_string(patient.nhs_number), &row->number)) {
        row->number = 0;
    }
    return id_bits(slice_from_string(url + strlen("urn:uuid:")), &row->id);
}

static bool add_household(struct endpoint *endpoint, const struct synth_household *household,
                          struct endpoint_row *like, uint32_t count, struct arena *arena)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct synth_person *person = &household->people[i];
        uint32_t copies = synth_patient_count(endpoint->world, person, endpoint->organisation);
        like->person = (uint8_t)i;
        for (uint32_t copy = 0; copy < copies; copy++) {
            if (!add_row(endpoint, like, person, (uint8_t)copy, arena)) {
                return false;
            }
        }
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct endpoint_row *one = a;
    const struct endpoint_row *other = b;
    if (one->number != other->number) {
        return one->number < other->number ? -1 : 1;
    }
    return one->id != other->id ? (one->id < other->id ? -1 : 1) : 0;
}

bool endpoint_make(const struct synth_world *world, synth_org organisation,
                   struct endpoint *ret_endpoint, struct arena *arena, struct fault *fault)
{
    uint64_t made = 0;
    bool ok = true;
    *ret_endpoint = (struct endpoint){ .world = world, .organisation = organisation };
    for (uint64_t number = 0; ok && made < world->people; number++) {
        struct synth_household household;
        synth_household_make(world, number, made, &household);
        uint64_t left = world->people - made;
        uint32_t count = household.count < left ? household.count : (uint32_t)left;
        struct endpoint_row like = { .household = (uint32_t)number,
                                     .first_number = (uint32_t)made };
        ok = add_household(ret_endpoint, &household, &like, count, arena);
        made += count;
    }
    ret_endpoint->known = arena_array(arena, ret_endpoint->rows.count, atomic_uchar);
    ok = ok && ret_endpoint->known != NULL;
    if (ok && ret_endpoint->rows.count > 1) {
        qsort(ret_endpoint->rows.at, ret_endpoint->rows.count, sizeof(ret_endpoint->rows.at[0]),
              by_number);
    }
    return ok || fault_no_memory(fault, arena);
}

const struct endpoint_row *endpoint_find_number(const struct endpoint *endpoint,
                                                struct slice number, size_t *ret_count)
{
    uint64_t wanted = 0;
    size_t low = 0;
    size_t high = endpoint->rows.count;
    *ret_count = 0;
    if (!nhs_number_valid(number) || !slice_to_u64(number, &wanted)) {
        return NULL;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (endpoint->rows.at[middle].number < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low + *ret_count < endpoint->rows.count &&
           endpoint->rows.at[low + *ret_count].number == wanted) {
        ++*ret_count;
    }
    return *ret_count > 0 ? &endpoint->rows.at[low] : NULL;
}

/* the life and the patient of a row; false without memory */
static bool make_again(const struct endpoint *endpoint, const struct endpoint_row *row,
                       struct arena *arena, struct synth_life **ret_life,
                       struct synth_patient *ret_patient)
{
    struct synth_household *household = arena_new(arena, struct synth_household);
    struct synth_life *life = arena_new(arena, struct synth_life);
    if (household == NULL || life == NULL) {
        return false;
    }
    synth_household_make(endpoint->world, row->household, row->first_number, household);
    synth_life_make(endpoint->world, household, row->person, arena, life);
    synth_patient_make(endpoint->world, life->person, endpoint->organisation, row->copy,
                       ret_patient);
    *ret_life = life;
    return !life->failed && !arena->exhausted;
}

enum knowledge {
    NOT_ASKED,
    UNKNOWN,
    KNOWN,
};

/* two who ask at once find out the same */
bool endpoint_knows(const struct endpoint *endpoint, const struct endpoint_row *row,
                    struct arena *arena, bool *ret_known)
{
    struct synth_life *life;
    struct synth_patient patient;
    atomic_uchar *known = &endpoint->known[row - endpoint->rows.at];
    unsigned char state = atomic_load_explicit(known, memory_order_relaxed);
    if (state == NOT_ASKED) {
        if (!make_again(endpoint, row, arena, &life, &patient)) {
            return false;
        }
        state = life_known_to(life, endpoint->organisation) ? KNOWN : UNKNOWN;
        atomic_store_explicit(known, state, memory_order_relaxed);
    }
    *ret_known = state == KNOWN;
    return true;
}

const struct endpoint_row *endpoint_find_id(const struct endpoint *endpoint, struct slice id)
{
    uint64_t bits;
    if (!id_bits(id, &bits)) {
        return NULL;
    }
    for (size_t i = 0; i < endpoint->rows.count; i++) {
        const struct endpoint_row *row = &endpoint->rows.at[i];
        struct synth_household household;
        struct synth_patient patient;
        char url[SYNTH_UUID_SIZE];
        if (row->id != bits) {
            continue;
        }
        synth_household_make(endpoint->world, row->household, row->first_number, &household);
        const struct synth_person *person = &household.people[row->person];
        synth_patient_make(endpoint->world, person, endpoint->organisation, row->copy, &patient);
        synth_fhir_patient_url(endpoint->world, person, &patient, url);
        if (slice_equal(slice_from_string(url + strlen("urn:uuid:")), id)) {
            return row;
        }
    }
    return NULL;
}

bool endpoint_answer(const struct endpoint *endpoint, const struct endpoint_row *row,
                     const char *base, bool everything, struct arena *arena, struct strbuf *out)
{
    struct synth_life *life;
    struct synth_patient patient;
    if (!make_again(endpoint, row, arena, &life, &patient)) {
        return false;
    }
    synth_fhir_answer(life, &patient, base, everything, out);
    return !out->failed;
}
