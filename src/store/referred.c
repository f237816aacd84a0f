/*
 * referred.c: Reference.reference of every body, each target once.
 *
 * Only relative references are of this store, and only types that cannot lie in a patient's
 * compartment are taken: a reference to another patient's row must not pull that row in.
 *
 * A record page asks this of a thousand bodies, so they are not parsed: a stored body has no white
 * space, and without a backslash the member "reference" stands in it in one way alone. Whatever
 * else has that name leads at most to a row that the decision would show anyway.
 */
#include "store/referred.h"

#include "base/limits.h"
#include "fhir/compartment.h"
#include "fhir/references.h"

void referred_set_init(struct referred_set *set, struct arena *arena)
{
    *set = (struct referred_set){ .arena = arena };
    hash_table_init(&set->names, arena);
}

/* false without memory */
static bool add_reference(struct referred_set *set, struct slice text)
{
    struct fhir_reference reference;
    bool is_new;
    fhir_reference_parse(text, &reference);
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

static bool visit(void *context, const struct fhir_link *link)
{
    return link->kind != FHIR_LINK_REFERENCE || add_reference(context, link->text);
}

/* the whole way, for a body with escapes: a key may be spelt with them */
static bool add_parsed(struct referred_set *set, struct slice body, struct fault *fault)
{
    struct json json;
    struct arena scratch;
    arena_init(&scratch, LIMIT_SOURCE_ARENA);
    bool ok = json_parse(&scratch, body, &json, fault);
    if (ok && !fhir_links_each(&json, 0, &scratch, visit, set)) {
        ok = fault_no_memory(fault, set->arena);
    }
    arena_release(&scratch);
    return ok;
}

bool referred_set_add(struct referred_set *set, struct slice body, struct fault *fault)
{
    const struct slice key = SLICE("\"reference\":\"");
    if (slice_find(body, '\\') != body.len) {
        return add_parsed(set, body, fault);
    }
    for (;;) {
        size_t at = slice_find_slice(body, key);
        if (at == body.len) {
            return true;
        }
        body = slice_from(body, at + key.len);
        if (!add_reference(set, slice_sub(body, 0, slice_find(body, '"')))) {
            return fault_no_memory(fault, set->arena);
        }
    }
}
