/*
 * index_take.h: what an element of a data type gives to the index. For sources of fhir/ only.
 */
#ifndef EVENLODE_FHIR_INDEX_TAKE_H
#define EVENLODE_FHIR_INDEX_TAKE_H

#include "base/hash_table.h"
#include "fhir/tables.h"

/* what the functions that take values share */
struct index_take {
    const struct json *json;
    json_ix resource;
    struct arena *arena;
    struct index_values *values;
    struct fault *fault;
    const struct fhir_parameter *parameter;
    bool has_taken; /* the element at hand gave a value, kept or equal to one before */
    bool has_failed;
    bool has_contained;          /* `contained` is filled */
    struct hash_table contained; /* id -> type */
};

/* Takes all values of the element at `ix`, of data type `structure`, for take->parameter. */
void index_take_element(struct index_take *take, uint16_t structure, json_ix ix);
/* true or false as a token */
void index_take_flag(struct index_take *take, bool flag);
/* the type that a Reference points to, from its text, its contained resource or Reference.type */
fhir_type index_reference_type(struct index_take *take, json_ix reference);

/* -- for the functions that take values, in index_take.c and index_measure.c -- */

/* Adds a value of take->parameter unless one of the last few is equal; keeps the first failure. */
void index_emit(struct index_take *take, struct index_value value);
/* the string unescaped; empty when it is none */
struct slice index_text(struct index_take *take, json_ix ix);

void index_date_plain(struct index_take *take, json_ix ix);
void index_date_period(struct index_take *take, json_ix ix);
void index_date_timing(struct index_take *take, json_ix ix);
void index_number_plain(struct index_take *take, json_ix ix);
void index_number_range(struct index_take *take, json_ix ix);
void index_quantity_plain(struct index_take *take, json_ix ix);
void index_quantity_money(struct index_take *take, json_ix ix);
void index_quantity_range(struct index_take *take, json_ix ix);
void index_quantity_sampled(struct index_take *take, json_ix ix);

#endif
