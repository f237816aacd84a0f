/*
 * person_index.h: which patients are one person.
 *
 * First cut, final shape: patients of several sources are linked when they carry the same valid NHS
 * number and the same date of birth; everybody else stays apart, a person each. Same number with
 * another date of birth stays apart too and is counted for review (hazard H1: never guess).
 *
 * Fed from each store's list of changes behind a watermark that is written in the same batch as the
 * links: running it again completes what was interrupted. The link version counts batches; a
 * decision carries it.
 */
#ifndef EVENLODE_IDENTITY_PERSON_INDEX_H
#define EVENLODE_IDENTITY_PERSON_INDEX_H

#include "base/instant.h"
#include "nhs/person_name.h"
#include "store/exchange_store.h"
#include "store/record_store.h"

struct person_index;

#define PERSON_ID_SIZE 27 /* 26 characters of base 32 (130 bits, random), and NUL */

enum link_method {
    LINK_ALONE = 1,            /* no usable number: a person of its own */
    LINK_NUMBER_AND_BIRTH = 2, /* valid NHS number and date of birth */
};

struct person_link {
    struct slice ods;
    struct slice patient_id;
    enum link_method method;
    walltime linked;
};

/* what the index itself knows of a person: enough to find and choose, nothing clinical */
struct person_entry {
    struct slice person;
    struct slice nhs_number; /* ten digits or empty */
    struct person_name name;
    struct instant birth;
    bool has_birth;
    struct slice gender; /* FHIR administrative gender */
    struct slice address, postcode;
    struct slice practice; /* ODS code of the registered practice, when a source names it */
    bool deceased;
};

struct person_links {
    struct person_entry entry;
    const struct person_link *at;
    size_t count;
    uint64_t link_version;
};

MUST_CHECK struct person_index *person_index_open(struct exchange_store *store, struct arena *arena,
                                                  struct fault *fault);
void person_index_close(struct person_index *index);

/*
 * Reads the changes of the store's Patients since the watermark and links them; returns when the
 * links are durable. `job`: a decision of scope JOB. Not from a committing thread; one at a time
 * (serialised inside).
 */
MUST_CHECK bool person_index_catch_up(struct person_index *index, struct record_store *store,
                                      const struct decision *job, struct arena *arena,
                                      struct fault *fault);

/* false with FAULT_NOT_FOUND when there is no such person or patient */
MUST_CHECK bool person_index_get(struct person_index *index, struct slice person,
                                 struct arena *arena, struct person_links *ret_links,
                                 struct fault *fault);
MUST_CHECK bool person_index_of_patient(struct person_index *index, struct slice ods,
                                        struct slice patient_id, struct arena *arena,
                                        struct slice *ret_person, struct fault *fault);
/* all persons with that valid number: none, one, or several kept apart by date of birth */
MUST_CHECK bool person_index_by_number(struct person_index *index, struct slice nhs_number,
                                       struct arena *arena, struct person_entry **ret_at,
                                       size_t *ret_count, struct fault *fault);
/*
 * Family name (folded; whole name) and date of birth to the day; given name optional (starts with).
 * At most `limit`; *ret_more says that there were more.
 */
MUST_CHECK bool person_index_by_name(struct person_index *index, struct slice family,
                                     struct slice given, const struct instant *birth,
                                     uint32_t limit, struct arena *arena,
                                     struct person_entry **ret_at, size_t *ret_count,
                                     bool *ret_more, struct fault *fault);

struct person_index_figures {
    uint64_t persons;
    uint64_t links;
    uint64_t kept_apart; /* same number, another date of birth */
    uint64_t link_version;
};
MUST_CHECK bool person_index_figures(struct person_index *index,
                                     struct person_index_figures *ret_figures, struct fault *fault);

#endif
