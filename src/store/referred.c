/*
 * referred.c: Reference.reference of every body, each target once.
 *
 * Only relative references are of this store, and only types that cannot lie in a patient's
 * compartment are taken: a reference to another patient's row must not pull that row in.
 */
#include "store/referred.h"

#include "fhir/compartment.h"
#include "fhir/references.h"

void referred_set_init(struct referred_set *set, struct arena *arena)
{
    *set = (struct referred_set){ .arena = arena };
    hash_table_init(&set->names, arena);
}

static bool visit(void *context, const struct fhir_link *link)
{
    struct referred_set *set = context;
    struct fhir_reference reference;
    bool is_new;
    if (link->kind != FHIR_LINK_REFERENCE) {
        return true;
    }
    fhir_reference_parse(link->text, &reference);
    if (reference.base.len > 0 || reference.type == FHIR_TYPE_NONE || reference.id.len == 0 ||
        fhir_compartment_has_type(reference.type)) {
        return true;
    }
    if (hash_table_find(&set->names, reference.literal) != NULL) {
        return true;
    }
    struct slice name = arena_copy(set->arena, reference.literal);
    if (name.ptr == NULL || hash_table_put(&set->names, name, &is_new) == NULL) {
        return false;
    }
    struct referred *item = vector_push(&set->items, set->arena);
    if (item == NULL) {
        return false;
    }
    item->type = reference.type;
    item->id = slice_from(name, name.len - reference.id.len);
    return true;
}

bool referred_set_add(struct referred_set *set, struct slice body, struct fault *fault)
{
    struct json json;
    struct arena scratch;
    arena_init(&scratch, (size_t)256 * 1024 * 1024);
    bool ok = json_parse(&scratch, body, &json, fault);
    if (ok && !fhir_links_each(&json, 0, &scratch, visit, set)) {
        ok = fault_no_memory(fault, set->arena);
    }
    arena_release(&scratch);
    return ok;
}
