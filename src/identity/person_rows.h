/*
 * person_rows.h: the person index's rows in the exchange store, written and read in one place.
 * docs/formats/exchange-store.md has them as a table.
 */
#ifndef EVENLODE_IDENTITY_PERSON_ROWS_H
#define EVENLODE_IDENTITY_PERSON_ROWS_H

#include "identity/patient_facts.h"
#include "identity/person_index.h"

/* what a LINK row holds: enough to undo what the link wrote, when its patient changes */
struct link_row {
    struct slice person;
    enum link_method method;
    walltime linked;
    struct slice number;
    struct slice birth;
    struct slice families[PATIENT_FAMILIES];
    size_t family_count;
    struct slice facts; /* what the patient says of itself: person_facts_write() */
    bool by_practice;   /* the source is the patient's registered practice */
    uint64_t came;      /* number of its last change: the greater came later */
};

struct index_counts {
    uint64_t version; /* of the links: counts batches */
    uint64_t persons;
    uint64_t links;
    uint64_t apart;
    uint64_t came; /* patients that were read: numbers them */
};

/* keys: slices of `arena`; {NULL, 0} without memory */
struct slice person_row_key(struct slice person, struct arena *arena);
struct slice number_row_key(struct slice number, struct slice birth, struct arena *arena);
struct slice name_row_key(struct slice family, struct slice birth, struct slice person,
                          struct slice ods, struct slice patient, struct arena *arena);
struct slice link_row_key(struct slice ods, struct slice patient, struct arena *arena);
struct slice person_link_row_key(struct slice person, struct slice ods, struct slice patient,
                                 struct arena *arena);

/* values; a PERSON row is a copy of the LINK row of the patient whose record speaks for the person
 */
struct slice person_facts_write(const struct patient_facts *facts, struct arena *arena);
MUST_CHECK bool person_row_read(struct slice person, struct slice value, struct arena *arena,
                                struct person_entry *ret_entry, struct fault *fault);
struct slice link_row_write(const struct link_row *row, struct arena *arena);
MUST_CHECK bool link_row_read(struct slice value, struct arena *arena, struct link_row *ret_row,
                              struct fault *fault);
struct slice counts_row_write(const struct index_counts *counts, struct arena *arena);
MUST_CHECK bool counts_row_read(struct slice value, struct arena *arena,
                                struct index_counts *ret_counts, struct fault *fault);

/* the row of WATERMARK that holds the counts: no ODS code has this form */
#define COUNTS_KEY SLICE("*")

#endif
