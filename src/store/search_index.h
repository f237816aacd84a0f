/*
 * search_index.h: the population index: from a value to the patients who have it.
 *
 * For questions that name no patient. An entry says "some row of this type in this patient's
 * cluster has, or had, such a value under this parameter": type, parameter, kind, eight bytes that
 * stand for the value, patient. It names patients and not rows, so that what one patient has a
 * hundred times costs one entry; and it is a promise of the form "no others": the candidates are
 * judged exactly by the patient-first index. Entries of values that a patient no longer has stay
 * and cost a look.
 *
 * How entries are kept is the implementation's business; their bytes and the ranges that a
 * condition asks for are defined here. docs/formats/record-store.md, "population".
 */
#ifndef EVENLODE_STORE_SEARCH_INDEX_H
#define EVENLODE_STORE_SEARCH_INDEX_H

#include "fhir/search_query.h"

/* patient keys and sequence numbers take five bytes, big end first */
#define NUMBER_BYTES 5
/* type, parameter, kind, value, patient */
#define SEARCH_ENTRY_HEAD 6
#define SEARCH_ENTRY_SIZE (SEARCH_ENTRY_HEAD + 8 + NUMBER_BYTES)

struct search_entry {
    char bytes[SEARCH_ENTRY_SIZE];
};

/* entries with from <= entry < to, compared bytewise */
struct search_range {
    struct search_entry from;
    struct search_entry to; /* its patient is all ones: nothing equals it */
};

void put_number40(char *at, uint64_t number);
uint64_t get_number40(const char *at);
/* order-preserving: the sign bit turned */
void put_signed64(char *at, int64_t number);
int64_t get_signed64(const char *at);

#define SEARCH_ENTRIES_MOST 2
/* the entries of a value, their number; the patient is set by search_entry_set_patient() */
size_t search_entries_of(fhir_type type, const struct index_value *value,
                         struct search_entry ret_entries[SEARCH_ENTRIES_MOST]);
/* the entry that says that the patient has rows of this type at all */
void search_entry_of_type(fhir_type type, struct search_entry *ret_entry);
void search_entry_set_patient(struct search_entry *entry, uint64_t patient);
uint64_t search_entry_patient(const struct search_entry *entry);

/* at most this many ranges for one alternative */
#define SEARCH_RANGES_MOST 2
/*
 * The ranges that hold every patient with a value that satisfies the alternative. 0: the index
 * cannot tell (negations, :missing=true, conditions that are not about index values).
 */
size_t search_ranges_of(fhir_type type, const struct search_condition *condition,
                        const struct search_value *value,
                        struct search_range ret_ranges[SEARCH_RANGES_MOST]);
/* the range of all patients that have any value of the parameter (:missing=false) */
void search_range_of_parameter(fhir_type type, uint32_t parameter_key,
                               struct search_range *ret_range);
/* the range of search_entry_of_type() */
void search_range_of_type(fhir_type type, struct search_range *ret_range);

#endif
