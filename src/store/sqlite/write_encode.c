/*
 * write_encode.c: compressing and indexing, on the caller's thread.
 *
 * What the committing thread will bind is made here in the form in which it lies on disk; only the
 * numbers of patient and row are filled in later.
 */
#include "store/sqlite/codec.h"
#include "store/sqlite/record_private.h"

/* A reference to a local Patient that puts the row into that patient's compartment: whoever asks
 * for it names the patient, and the cluster is the index. */
static bool is_compartment_reference(const uint32_t *keys, size_t count,
                                     const struct index_value *value)
{
    if (value->kind != SEARCH_REFERENCE || value->text.len > 0 ||
        !slice_equal(value->system, SLICE("Patient"))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (keys[i] == value->parameter_key) {
            return true;
        }
    }
    return false;
}

static int compare_entries(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct search_entry));
}

bool population_entries(fhir_type type, const struct index_values *values, struct arena *arena,
                        struct search_entry **ret_entries, size_t *ret_count)
{
    size_t keys_count;
    size_t count = 0;
    const uint32_t *keys = fhir_compartment_keys(type, &keys_count);
    struct search_entry *entries =
        arena_array(arena, values->count * SEARCH_ENTRIES_MOST + 1, struct search_entry);
    if (entries == NULL) {
        return false;
    }
    search_entry_of_type(type, &entries[count++]);
    for (size_t i = 0; i < values->count; i++) {
        if (!is_compartment_reference(keys, keys_count, &values->at[i])) {
            struct search_entry made[SEARCH_ENTRIES_MOST];
            size_t added = search_entries_of(type, &values->at[i], made);
            memcpy(&entries[count], made, added * sizeof made[0]);
            count += added;
        }
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (compare_entries(&entries[i], &entries[kept - 1]) != 0) {
            entries[kept++] = entries[i];
        }
    }
    *ret_entries = entries;
    *ret_count = kept;
    return true;
}

static bool encode_change(struct sqlite_store *self, struct record_change *change,
                          struct arena *arena, struct fault *fault)
{
    struct prepared_change *prepared = prepared_of(change);
    struct encoded_change *encoded = arena_new(arena, struct encoded_change);
    if (encoded == NULL) {
        return fault_no_memory(fault, arena);
    }
    prepared->encoded = encoded;
    if (change->kind == CHANGE_DELETE) {
        return true;
    }
    if (!terms_encode(&self->strings, change->type, &prepared->values, arena, &encoded->terms) ||
        !population_entries(change->type, &prepared->values, arena, &encoded->entries,
                            &encoded->entries_count)) {
        return fault_no_memory(fault, arena);
    }
    return codec_compress(prepared->body.text, arena, &encoded->packed, &encoded->dictionary,
                          fault);
}

bool sqlite_encode(struct record_store *store, struct store_write *write, struct fault *fault)
{
    for (size_t at = 0; at < write->count; at++) {
        if (!encode_change(sqlite_of(store), &write->changes[at], write->arena, fault)) {
            write->fault_change = at;
            return false;
        }
    }
    return true;
}
