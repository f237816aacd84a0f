/*
 * reference.c: a literal reference taken apart, or made.
 *
 * FHIR R4 references.html#literal: relative [type]/[id](/_history/[vid]), absolute with a base in
 * front, or any other URI. Read from the back, because only the end has a fixed form. A relative
 * path with more segments in front (x/Patient/1) is no reference to a resource of this server.
 */
#include "fhir/index.h"

static size_t last_slash(struct slice s)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == '/') {
            return i - 1;
        }
    }
    return s.len;
}

void fhir_reference_parse(struct slice text, struct fhir_reference *ret_reference)
{
    struct fhir_reference reference = { .literal = text };
    size_t history = text.len > 10 ? slice_find_slice(text, SLICE("/_history/")) : text.len;
    if (history < text.len) {
        reference.version = slice_from(text, history + 10);
        reference.literal = slice_sub(text, 0, history);
    }
    struct slice whole = reference.literal;
    size_t before_id = last_slash(whole);
    *ret_reference = reference;
    if (before_id == whole.len) {
        return;
    }
    struct slice front = slice_sub(whole, 0, before_id);
    size_t before_type = last_slash(front);
    size_t start = before_type == front.len ? 0 : before_type + 1;
    struct slice id = slice_from(whole, before_id + 1);
    fhir_type type = fhir_type_find(slice_from(front, start));
    bool is_absolute = slice_find_slice(slice_sub(whole, 0, start), SLICE("://")) < start;
    if (type == FHIR_TYPE_NONE || !fhir_id_valid(id) || (start > 0 && !is_absolute)) {
        return;
    }
    ret_reference->type = type;
    ret_reference->id = id;
    ret_reference->base = slice_sub(whole, 0, start);
}

/* a few copies, because a load makes one for each resource */
struct slice fhir_reference_local(fhir_type type, struct slice id, struct arena *arena)
{
    struct slice name = fhir_type_name(type);
    size_t len = name.len + 1 + id.len;
    char *text = arena_alloc(arena, len);
    if (text == NULL) {
        return (struct slice){ NULL, 0 };
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '/';
    memcpy(text + name.len + 1, id.ptr, id.len);
    return slice_of(text, len);
}
