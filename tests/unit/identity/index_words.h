/*
 * index_words.h: Patients in few words, and the index in one text.
 */
#ifndef EVENLODE_TESTS_INDEX_WORDS_H
#define EVENLODE_TESTS_INDEX_WORDS_H

#include "support/plane_fixture.h"

struct patient_words {
    const char *ods;
    const char *id;
    const char *number; /* NULL: none */
    const char *birth;  /* NULL: none */
    const char *family;
    const char *practice; /* ODS code, or NULL */
};

/* puts the Patient; does not link */
void words_put(struct plane_fixture *self, const struct patient_words *words);

/*
 * "A/p=1 B/q=1 | 1:Smith": the person of each patient named in `patients` ("A/p B/q"), numbered in
 * order of appearance, then who speaks for each. "A/p=0": no such patient.
 */
const char *words_index(struct plane_fixture *self, const char *patients);

#endif
