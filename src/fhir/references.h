/*
 * references.h: the references of a resource, and a body written anew with some of them changed.
 *
 * FHIR R4 http.html#trules: a transaction rewrites references "anywhere in the resources":
 * Reference.reference, elements of type uri, url, oid, uuid and canonical, and <a href> and
 * <img src> in the narrative. ARCHITECTURE invariant 4: everything else stays byte for byte.
 */
#ifndef EVENLODE_FHIR_REFERENCES_H
#define EVENLODE_FHIR_REFERENCES_H

#include "base/strbuf.h"
#include "fhir/types.h"

enum fhir_link_kind {
    FHIR_LINK_REFERENCE, /* Reference.reference */
    FHIR_LINK_URI,       /* uri, url, oid, uuid; attachments */
    FHIR_LINK_CANONICAL,
    FHIR_LINK_NARRATIVE, /* a URL within text.div; `node` is the div's string */
};

struct fhir_link {
    enum fhir_link_kind kind;
    json_ix node;      /* the JSON string */
    struct slice text; /* unescaped */
};

/* Visits in document order until `visit` answers false. False: `visit` did, or memory ended. */
MUST_CHECK bool fhir_links_each(const struct json *json, json_ix resource, struct arena *arena,
                                bool (*visit)(void *context, const struct fhir_link *link),
                                void *context);

/*
 * What to write instead of link->text: true and *ret_text to replace, false to keep the bytes as
 * they are. Sets *ret_failed to stop with a fault of its own (a reference that leads nowhere).
 */
typedef bool fhir_replace(void *context, const struct fhir_link *link, struct slice *ret_text,
                          bool *ret_failed);

struct fhir_rewrite {
    struct slice id;           /* empty: as it is */
    struct slice version_id;   /* empty: as it is */
    struct slice last_updated; /* FHIR instant; empty: as it is */
    fhir_replace *replace;     /* NULL: references as they are */
    void *context;
};

/*
 * Appends the resource without insignificant white space, with id, meta.versionId and
 * meta.lastUpdated set: in place where they stand, else id behind resourceType, meta behind id,
 * the two at the start of meta. A changed string is written with JSON's shortest escapes; nothing
 * else changes. False: `replace` failed, memory ended, or *out is failed.
 */
MUST_CHECK bool fhir_rewrite(const struct json *json, json_ix resource,
                             const struct fhir_rewrite *rewrite, struct arena *arena,
                             struct strbuf *out);

#endif
