/*
 * index.h: what a resource can be found by.
 *
 * FHIR R4 search.html: every base search parameter of a type has an expression; the generator
 * (tools/fhir_tables.mjs) compiles them into one tree a type, and fhir_index() walks the resource
 * once along that tree. A value of the index is independent of the store that keeps it; what
 * matches it is decided by search_value_matches() in search_query.h alone.
 *
 * `_id` and `_lastUpdated` are not among the values: the store has them as columns.
 */
#ifndef EVENLODE_FHIR_INDEX_H
#define EVENLODE_FHIR_INDEX_H

#include "fhir/types.h"

/* the numbers are on disk */
enum search_kind {
    SEARCH_TOKEN = 1,
    SEARCH_STRING = 2,
    SEARCH_DATE = 3,
    SEARCH_NUMBER = 4,
    SEARCH_QUANTITY = 5,
    SEARCH_REFERENCE = 6,
    SEARCH_URI = 7,
    SEARCH_COMPOSITE = 8, /* a kind of parameter, never of a value */
    SEARCH_SPECIAL = 9,   /* likewise */
};

/*
 * By kind (what is not named is empty or 0):
 *
 * TOKEN      system, code as they stand; text: display, folded by utf8_search_key. A concept's own
 *            text that none of its codings repeats is a value without code.
 * STRING     text: folded; code: as it stands, for :exact. One value for each part of a name or
 *            address.
 * DATE       [low, high) in microseconds since 1970 UTC; INSTANT_MIN, INSTANT_MAX: open end.
 * NUMBER     low = high = decimal_key() of the value: the digits given matter in the search value,
 *            not in the resource (search.html#number: "values in the range [99.5, 100.5)").
 * QUANTITY   as number (a Range or SampledData: low <= high, closed; open end: INT64_MIN,
 * INT64_MAX), system and code of the unit, text: unit as it stands. REFERENCE  relative, with or
 * without version: system = resource type, code = id. Absolute: text = the URL without version,
 * system and code too when it ends in Type/id. Any other (urn:, #contained): text; system when its
 * type is known. Canonical: text = URL, code = version behind '|'. Reference.identifier gives a
 * further value of kind TOKEN under the same parameter. URI        code.
 *
 * An element that is there but has nothing to search by (a Reference with only a display) gives a
 * value with all of this empty (DATE, NUMBER, QUANTITY: low > high): it answers :missing and
 * matches nothing.
 */
struct index_value {
    uint32_t parameter_key; /* stable: kept on disk */
    uint8_t kind;           /* enum search_kind */
    struct slice system;
    struct slice code;
    struct slice text;
    int64_t low;
    int64_t high;
};

struct index_values {
    struct index_value *at;
    size_t count;
    size_t capacity;
};

/*
 * Appends every value of every supported search parameter of `type` to *ret_values (start with
 * { 0 }), in document order, a value equal to one of the few before it left out. Slices point into
 * the document's text, `arena` or static memory. Fails with TOO_LARGE past LIMIT_TERMS_OF_RESOURCE
 * and NO_MEMORY. What does not have the shape of its type is passed over: validation is
 * fhir_validate()'s. O(size).
 */
MUST_CHECK bool fhir_index(const struct json *json, json_ix resource, fhir_type type,
                           struct arena *arena, struct index_values *ret_values,
                           struct fault *fault);

/*
 * A reference as it stands in Reference.reference or in a search, taken apart.
 * FHIR R4 references.html#literal
 */
struct fhir_reference {
    fhir_type type;       /* FHIR_TYPE_NONE: not told by the text */
    struct slice id;      /* empty: not of the form .../Type/id */
    struct slice version; /* empty: none */
    struct slice base; /* of an absolute URL: all before Type/id, with its '/'; empty: relative */
    struct slice literal; /* the text without /_history/version */
};
void fhir_reference_parse(struct slice text, struct fhir_reference *ret_reference);
/* "Type/id" of one of R4's types, in the arena; ptr NULL without memory */
MUST_CHECK struct slice fhir_reference_local(fhir_type type, struct slice id, struct arena *arena);

#endif
