/*
 * fhir_api_route.c: a table of shapes.
 *
 * A path is cut at its slashes; what a segment can be (a type, an id, a word) is said by the shape,
 * and the first shape that fits gives the methods. A shape that FHIR defines and nobody offers here
 * stands in the table too, without methods, so that a client is told "not offered" and not "there
 * is no such thing". A segment that has the form of an id always fits one: whether it exists is not
 * a question of its form.
 */
#include "web/fhir_api_route.h"

static const char *const words[] = {
#define X(name, word) [INTERACTION_##name] = word,
    FHIR_INTERACTIONS(X)
#undef X
};

const char *fhir_interaction_word(enum fhir_interaction interaction)
{
    return words[interaction];
}

#define SEGMENTS_MOST 4

/* in a shape: "T" a resource type, "I" an id, "V" a version, "$" any operation; else the word */
struct shape {
    const char *segments[SEGMENTS_MOST];
    const char *allow; /* NULL: defined by FHIR, not offered */
    struct {
        const char *method;
        enum fhir_interaction interaction;
    } methods[3];
};

static const struct shape shapes[] = {
    { { NULL }, "POST", { { "POST", INTERACTION_TRANSACTION } } },
    { { "metadata" }, "GET, HEAD", { { "GET", INTERACTION_CAPABILITIES } } },
    { { "_history" }, NULL, { { NULL, 0 } } },
    { { "_search" }, NULL, { { NULL, 0 } } },
    { { "$" }, NULL, { { NULL, 0 } } },
    { { "T" },
      "GET, HEAD, POST",
      { { "GET", INTERACTION_SEARCH }, { "POST", INTERACTION_CREATE } } },
    { { "T", "_search" }, "POST", { { "POST", INTERACTION_SEARCH } } },
    { { "T", "_history" }, NULL, { { NULL, 0 } } },
    { { "T", "$" }, NULL, { { NULL, 0 } } },
    { { "T", "I" },
      "GET, HEAD, PUT, DELETE",
      { { "GET", INTERACTION_READ },
        { "PUT", INTERACTION_UPDATE },
        { "DELETE", INTERACTION_DELETE } } },
    { { "T", "I", "_history" }, "GET, HEAD", { { "GET", INTERACTION_HISTORY } } },
    { { "T", "I", "_history", "V" }, "GET, HEAD", { { "GET", INTERACTION_VREAD } } },
    { { "Patient", "I", "$everything" }, "GET, HEAD", { { "GET", INTERACTION_EVERYTHING } } },
    { { "T", "I", "$" }, NULL, { { NULL, 0 } } },
};

struct cut {
    struct slice at[SEGMENTS_MOST];
    size_t count;
};

static bool cut_path(struct slice path, struct cut *cut)
{
    struct slice rest = slice_ends_with(path, SLICE("/")) ? slice_sub(path, 0, path.len - 1) : path;
    struct slice part;
    cut->count = 0;
    if (rest.len == 0) {
        return true;
    }
    rest = slice_from(rest, 1); /* the slash in front */
    while (slice_split(&rest, '/', &part)) {
        if (cut->count == SEGMENTS_MOST || part.len == 0) {
            return false;
        }
        cut->at[cut->count++] = part;
    }
    return true;
}

static bool read_version(struct slice text, version_no *ret_version)
{
    uint64_t version;
    if (!slice_to_u64(text, &version) || version == 0 || version > UINT32_MAX) {
        return false;
    }
    *ret_version = (version_no)version;
    return true;
}

static bool segment_fits(const char *pattern, struct slice segment, struct fhir_route *route)
{
    if (pattern[0] == '\0' || pattern[1] != '\0') {
        struct slice word = slice_from_string(pattern);
        route->type = slice_equal(word, SLICE("Patient")) ? FHIR_PATIENT : route->type;
        return slice_equal(segment, word);
    }
    switch (pattern[0]) {
    case 'T':
        route->type = fhir_type_find(segment);
        return route->type != FHIR_TYPE_NONE;
    case 'I':
        route->id = segment;
        return fhir_id_valid(segment);
    case 'V':
        return read_version(segment, &route->version);
    default:
        return slice_starts_with(segment, SLICE("$"));
    }
}

static bool shape_fits(const struct shape *shape, const struct cut *cut, struct fhir_route *route)
{
    for (size_t i = 0; i < SEGMENTS_MOST; i++) {
        if (shape->segments[i] == NULL || i == cut->count) {
            return shape->segments[i] == NULL && i == cut->count;
        }
        if (!segment_fits(shape->segments[i], cut->at[i], route)) {
            return false;
        }
    }
    return true;
}

static bool choose_method(const struct shape *shape, struct slice method, struct fhir_route *route)
{
    for (size_t i = 0; i < ARRAY_LENGTH(shape->methods) && shape->methods[i].method != NULL; i++) {
        if (slice_equal(method, slice_from_string(shape->methods[i].method))) {
            route->interaction = shape->methods[i].interaction;
            return true;
        }
    }
    return false;
}

/* a conditional update, patch or delete names a type and no id: http.html#cond-update */
static bool is_conditional(const struct cut *cut, struct slice method)
{
    return cut->count == 1 && fhir_type_find(cut->at[0]) != FHIR_TYPE_NONE &&
           (slice_equal(method, SLICE("PUT")) || slice_equal(method, SLICE("DELETE")) ||
            slice_equal(method, SLICE("PATCH")));
}

static bool route_below(struct slice method, const struct cut *cut, struct fhir_route route,
                        struct arena *arena, struct fhir_route *ret_route, const char **ret_allow,
                        struct fault *fault)
{
    for (size_t i = 0; i < ARRAY_LENGTH(shapes); i++) {
        struct fhir_route found = route;
        if (!shape_fits(&shapes[i], cut, &found)) {
            continue;
        }
        if (shapes[i].allow == NULL || is_conditional(cut, method)) {
            return fault_set(fault, arena, FAULT_NOT_SUPPORTED,
                             "this interaction is not offered here");
        }
        if (!choose_method(&shapes[i], method, &found)) {
            *ret_allow = shapes[i].allow;
            return fault_set(fault, arena, FAULT_METHOD, "this address does not take %.*s",
                             SLICE_PRINT(method));
        }
        found.is_form = found.interaction == INTERACTION_SEARCH && cut->count == 2;
        *ret_route = found;
        return true;
    }
    if (cut->count > 0 && fhir_type_find(cut->at[0]) == FHIR_TYPE_NONE) {
        return fault_set(fault, arena, FAULT_NOT_FOUND, "there is no such resource type");
    }
    return fault_set(fault, arena, FAULT_NOT_FOUND, "there is nothing at this address");
}

bool fhir_route_find(struct slice method, struct slice path, struct arena *arena,
                     struct fhir_route *ret_route, const char **ret_allow, struct fault *fault)
{
    static const struct slice base = SLICE_INIT("/fhir/R4");
    struct slice rest = slice_from(path, SLICE("/orgs/").len);
    size_t slash = slice_find(rest, '/');
    struct fhir_route route = { .ods = slice_sub(rest, 0, slash) };
    struct cut cut;
    rest = slice_from(rest, slash);
    struct slice below = slice_from(rest, base.len);
    if (route.ods.len == 0 || !slice_starts_with(rest, base) ||
        (below.len > 0 && below.ptr[0] != '/') || !cut_path(below, &cut)) {
        return fault_set(fault, arena, FAULT_NOT_FOUND, "there is nothing at this address");
    }
    return route_below(method, &cut, route, arena, ret_route, ret_allow, fault);
}
