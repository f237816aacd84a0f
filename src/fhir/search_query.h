/*
 * search_query.h: a search, parsed; and the one place that says what matches.
 *
 * FHIR R4 search.html. Both stores and every other reader of an index use search_value_matches()
 * and what is built on it; no store has rules of its own. All functions here are pure.
 *
 * A query is a conjunction of conditions; a condition is a disjunction of values. Chained
 * parameters, _has, _include, _revinclude and composite parameters are refused with NOT_SUPPORTED
 * and their name.
 */
#ifndef EVENLODE_FHIR_SEARCH_QUERY_H
#define EVENLODE_FHIR_SEARCH_QUERY_H

#include "fhir/search_parameter.h"

/* search.html#prefix */
enum search_prefix {
    SEARCH_EQ,
    SEARCH_NE,
    SEARCH_GT,
    SEARCH_LT,
    SEARCH_GE,
    SEARCH_LE,
    SEARCH_SA,
    SEARCH_EB,
    SEARCH_AP,
};

/* search.html#modifiers */
enum search_modifier {
    SEARCH_PLAIN,
    SEARCH_MISSING,    /* any kind */
    SEARCH_EXACT,      /* string */
    SEARCH_CONTAINS,   /* string */
    SEARCH_TEXT,       /* token: on its text, from the start of it */
    SEARCH_NOT,        /* token */
    SEARCH_BELOW,      /* uri */
    SEARCH_ABOVE,      /* uri */
    SEARCH_IDENTIFIER, /* reference: by Reference.identifier */
    SEARCH_TYPE,       /* reference: subject:Patient=... */
};

/* search.html#token */
enum search_token_form {
    SEARCH_CODE,           /* code: in any system or none */
    SEARCH_CODE_NO_SYSTEM, /* |code */
    SEARCH_SYSTEM,         /* system| */
    SEARCH_SYSTEM_CODE,    /* system|code */
};

/*
 * One alternative. By kind of the condition:
 * TOKEN      form, system, code; :text: text folded
 * STRING     code as given (:exact), text folded (else)
 * DATE       [low, high), already widened for ap
 * NUMBER, QUANTITY  [low, high): the implicit range, widened for ap; point: the key of the number
 *            itself. QUANTITY: form, system, code of the unit
 * REFERENCE  is_local: system = type or empty (any), code = id, text = this server's base URL, so
 *            that an absolute reference to this server matches as the relative one does.
 *            Else text = absolute URL or other literal, code = version of a canonical or empty
 * URI        code
 */
struct search_value {
    uint8_t prefix; /* enum search_prefix */
    uint8_t form;   /* enum search_token_form */
    bool is_never;  /* can match nothing: system|code where the element implies another system */
    bool is_local;  /* of a reference */
    struct slice system;
    struct slice code;
    struct slice text;
    int64_t low;
    int64_t high;
    int64_t point;
};

/* what a condition looks at */
enum search_column {
    SEARCH_INDEX,        /* index values under parameter_key */
    SEARCH_ID,           /* the resource's id; values as of a token */
    SEARCH_LAST_UPDATED, /* meta.lastUpdated; values as of a date */
};

struct search_condition {
    uint8_t column;   /* enum search_column */
    uint8_t kind;     /* enum search_kind: of the index values to look at */
    uint8_t modifier; /* enum search_modifier */
    bool is_missing;  /* of SEARCH_MISSING: :missing=true */
    fhir_type target; /* of SEARCH_TYPE */
    uint32_t parameter_key;
    struct slice name; /* as given, with modifier: for the self link */
    struct slice text; /* the value as given */
    struct search_value *values;
    size_t value_count;
};

struct search_sort {
    uint8_t column; /* SEARCH_ID or SEARCH_LAST_UPDATED */
    bool is_descending;
};

enum search_total {
    SEARCH_TOTAL_DEFAULT,
    SEARCH_TOTAL_NONE,
    SEARCH_TOTAL_ESTIMATE,
    SEARCH_TOTAL_ACCURATE,
};

/* a name and a value, percent-decoded */
struct search_pair {
    struct slice name;
    struct slice value;
};

#define SEARCH_SORT_MAX 3

struct search_query {
    fhir_type type;
    struct search_condition *conditions;
    size_t condition_count;
    struct search_sort sort[SEARCH_SORT_MAX];
    size_t sort_count;
    uint32_t count; /* page size: LIMIT_SEARCH_DEFAULT unless given, at most LIMIT_SEARCH_COUNT */
    bool is_count_only; /* _summary=count or _count=0 */
    uint8_t total;      /* enum search_total */
    /* result parameters that were given, for the self link: _count, _sort, _summary, _total */
    struct search_pair *results;
    size_t result_count;
    /* rule of search.html#errors: ignored, left out of the self link, told in a warning */
    struct search_pair *unknown;
    size_t unknown_count;
};

struct search_options {
    struct slice base; /* this server's base URL with '/' at its end; may be empty */
    int64_t now;       /* microseconds: for the ap prefix on dates */
    bool is_strict;    /* Prefer: handling=strict: an unknown parameter is a fault */
};

/*
 * Parses decoded pairs into *ret_query; everything lives in `arena` or points into `pairs`. Empty
 * values are ignored (search.html: a parameter without value is not a search). `_format` and
 * `_pretty` are passed over. Faults: INVALID with the parameter's name (bad value, bad modifier),
 * NOT_SUPPORTED (named above, or a parameter whose expression is not compiled), TOO_LARGE (limits).
 */
MUST_CHECK bool search_query_parse(fhir_type type, const struct search_pair *pairs, size_t count,
                                   const struct search_options *options, struct arena *arena,
                                   struct search_query *ret_query, struct fault *fault);

/*
 * Does one index value satisfy one alternative? `index` must be a value of the condition's
 * parameter; one of another kind answers false. Does not look at :not and :missing, which are
 * about all values of a resource: see search_condition_matches().
 */
bool search_value_matches(const struct search_condition *condition,
                          const struct search_value *value, const struct index_value *index);

/*
 * Does a resource with these index values (all of its values, or at least all of the condition's
 * parameter) satisfy the condition? For SEARCH_INDEX conditions. :not and :missing included: a
 * resource without any value satisfies :not.
 */
bool search_condition_matches(const struct search_condition *condition,
                              const struct index_value *values, size_t count);

/* for SEARCH_ID and SEARCH_LAST_UPDATED conditions */
bool search_id_matches(const struct search_condition *condition, struct slice id);
bool search_last_updated_matches(const struct search_condition *condition, int64_t microseconds);

/*
 * For stores that scan an ordered index: what `low` and `high` of a DATE, NUMBER or QUANTITY value
 * must lie within (inclusive) to match this alternative. Necessary, not sufficient.
 */
struct search_bounds {
    int64_t low_min;
    int64_t low_max;
    int64_t high_min;
    int64_t high_max;
};
void search_value_bounds(const struct search_condition *condition, const struct search_value *value,
                         struct search_bounds *ret_bounds);

#endif
