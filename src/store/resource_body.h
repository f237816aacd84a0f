/*
 * resource_body.h: the body as it is kept, and as it is shown.
 *
 * Kept: what was received without insignificant white space (ARCHITECTURE invariant 4), with the
 * final `id`, and without meta.versionId and meta.lastUpdated, whose place is noted. Shown: with
 * the two put back from the row, so that a body can never lie about its version.
 */
#ifndef EVENLODE_STORE_RESOURCE_BODY_H
#define EVENLODE_STORE_RESOURCE_BODY_H

#include "base/instant.h"
#include "base/json.h"
#include "store/record_store.h"

struct resource_body {
    struct slice text;
    size_t meta_at;
    bool meta_comma;
};

/*
 * Writes the body of `resource` for keeping into `arena`. `id` replaces the one that stands there,
 * or is put behind resourceType. A `meta` is made where there is none. Faults: CONTENT when `meta`
 * is no object, TOO_LARGE past LIMIT_RESOURCE_BODY, NO_MEMORY.
 */
MUST_CHECK bool resource_body_make(const struct json *json, json_ix resource, struct slice id,
                                   struct arena *arena, struct resource_body *ret_body,
                                   struct fault *fault);

#endif
