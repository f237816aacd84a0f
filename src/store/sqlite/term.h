/*
 * term.h: an index value as the key of a row of `term`. docs/formats/record-store.md, "term".
 *
 *   patient (5) | type (1) | parameter (4) | kind (1) | value | sequence (5)
 *
 * The value keeps everything of the index value that matching looks at, in an order that makes the
 * usual questions a range: tokens by code, strings by folded text, dates and numbers by their low
 * end. A value over LIMIT_TERM_BYTES is cut behind its beginning and marked (TERM_CUT in the kind):
 * whoever finds such a row judges the body.
 */
#ifndef EVENLODE_STORE_SQLITE_TERM_H
#define EVENLODE_STORE_SQLITE_TERM_H

#include "base/vector.h"
#include "fhir/search_query.h"
#include "store/search_index.h"
#include "store/sqlite/string_table.h"

#define TERM_CUT           0x80 /* bit of the kind */
#define TERM_PATIENT_AT    0
#define TERM_TYPE_AT       NUMBER_BYTES
#define TERM_HEAD          (NUMBER_BYTES + 1 + 4 + 1) /* up to and with kind */
#define TERM_TYPE_END      (NUMBER_BYTES + 1)
#define TERM_PARAMETER_END (NUMBER_BYTES + 1 + 4)

/* a whole key; patient and sequence are filled in when they are final */
struct term {
    char *ptr;
    uint32_t len;
};

struct terms {
    VECTOR(struct term) items;
};

/* Appends the keys of the values, without those that come twice. Any thread. */
MUST_CHECK bool terms_encode(struct string_table *strings, fhir_type type,
                             const struct index_values *values, struct arena *arena,
                             struct terms *ret_terms);
void term_set_place(struct term *term, uint64_t patient, uint64_t sequence);
uint64_t term_sequence(struct slice key);

/*
 * The value of a key. *ret_cut: only its parameter and kind are sure. Slices point into the key,
 * the string table or static memory. False: the key is not one.
 */
MUST_CHECK bool term_decode(const struct string_table *strings, struct slice key,
                            struct index_value *ret_value, bool *ret_cut);

/* keys with from <= key < to */
struct term_range {
    char from[TERM_HEAD + 256];
    char to[TERM_HEAD + 256];
    size_t from_len;
    size_t to_len;
};

/* all terms of the patient's rows of that type */
void term_range_of_type(uint64_t patient, fhir_type type, struct term_range *ret_range);
/* those of one parameter */
void term_range_of_parameter(uint64_t patient, fhir_type type, uint32_t parameter_key,
                             struct term_range *ret_range);
#define TERM_RANGES_MOST 2
/* those that can satisfy the alternative; how many ranges */
size_t term_ranges_of(uint64_t patient, fhir_type type, const struct search_condition *condition,
                      const struct search_value *value,
                      struct term_range ret_ranges[TERM_RANGES_MOST]);

#endif
