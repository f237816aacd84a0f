/*
 * search_parse.h: one alternative of a search condition, read. For sources of fhir/ only.
 */
#ifndef EVENLODE_FHIR_SEARCH_PARSE_H
#define EVENLODE_FHIR_SEARCH_PARSE_H

#include "fhir/search_query.h"

struct search_parse {
    const struct search_options *options;
    const struct fhir_parameter *parameter; /* NULL for _id and _lastUpdated */
    struct arena *arena;
    struct fault *fault;
};

/* Takes the part before the first separator without a backslash off *rest; false at the end. */
bool search_split(struct slice *rest, char separator, struct slice *ret_part);

/* Reads `text` (still with its backslashes) as the condition's kind and modifier say. */
MUST_CHECK bool search_value_parse(struct search_parse *parse,
                                   const struct search_condition *condition, struct slice text,
                                   struct search_value *ret_value);

#endif
