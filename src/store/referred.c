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

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/limits.h"
#include "fhir/compartment.h"
#include "fhir/references.h"

#define KEY         "\"reference\":\""
#define KEY_LEN     (sizeof KEY - 1)
#define FIRST_RARE  3 /* f */
#define SECOND_RARE 8 /* c */

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

/* the whole way, for a body with escapes, in which quotes of a text may look like a member; an
 * element whose name is spelt with escapes is refused at the border (fhir/validate.c) */
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

/*
 * Where `"reference":"` stands in the text, or its end. The rarest pair of its bytes is looked for
 * 16 places at a time: texts of FHIR are full of quotes and of "re", and a general search, which
 * stops at these, took four times as long.
 */
static size_t find_key(struct slice text)
{
    size_t at = 0;
#if defined(__SSE2__)
    const __m128i f = _mm_set1_epi8(KEY[FIRST_RARE]);
    const __m128i c = _mm_set1_epi8(KEY[SECOND_RARE]);
    for (; text.len - at >= 16 + KEY_LEN; at += 16) {
        __m128i ones = _mm_loadu_si128((const __m128i *)(text.ptr + at + FIRST_RARE));
        __m128i others = _mm_loadu_si128((const __m128i *)(text.ptr + at + SECOND_RARE));
        unsigned mask = (unsigned)_mm_movemask_epi8(
            _mm_and_si128(_mm_cmpeq_epi8(ones, f), _mm_cmpeq_epi8(others, c)));
        for (; mask != 0; mask &= mask - 1) {
            size_t place = at + (size_t)__builtin_ctz(mask);
            if (memcmp(text.ptr + place, KEY, KEY_LEN) == 0) {
                return place;
            }
        }
    }
#endif
    return at + slice_find_slice(slice_from(text, at), SLICE(KEY));
}

bool referred_set_add(struct referred_set *set, struct slice body, struct fault *fault)
{
    if (slice_find(body, '\\') != body.len) {
        return add_parsed(set, body, fault);
    }
    for (;;) {
        size_t at = find_key(body);
        if (at == body.len) {
            return true;
        }
        body = slice_from(body, at + KEY_LEN);
        if (!add_reference(set, slice_sub(body, 0, slice_find(body, '"')))) {
            return fault_no_memory(fault, set->arena);
        }
    }
}
