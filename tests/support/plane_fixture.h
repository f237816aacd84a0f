/*
 * plane_fixture.h: a whole exchange in a directory of its own, without a server: register,
 * person index, stores, audit and governance, and short words to fill it and to look into it.
 */
#ifndef EVENLODE_TESTS_PLANE_FIXTURE_H
#define EVENLODE_TESTS_PLANE_FIXTURE_H

#include "support/check.h"

#include "base/limits.h"
#include "governance/governance.h"
#include "support/directory.h"

enum fixture_stores { FIXTURE_MEMORY, FIXTURE_SQLITE };

struct plane_fixture {
    enum fixture_stores kind;
    char directory[TEST_PATH];
    char stores_directory[TEST_PATH];
    char audit_directory[TEST_PATH];
    struct arena arena;
    struct committer *committer;
    struct exchange_store *store;
    struct organisation_register *reg;
    struct person_index *people;
    struct store_pool *stores;
    struct audit_log *audit;
    struct governance *governance;
    struct fault fault; /* of the last call that failed */
};

/* asserts that all of it can be made */
void plane_fixture_init(struct plane_fixture *self, enum fixture_stores kind);
void plane_fixture_release(struct plane_fixture *self);
/* closes and opens again; record stores in memory are lost */
void plane_fixture_close(struct plane_fixture *self);
void plane_fixture_open(struct plane_fixture *self);
/* forgets all answers */
void plane_fixture_clear(struct plane_fixture *self);

/* what went wrong, for fail_msg: "CODE: where: message" */
const char *plane_fixture_fault(struct plane_fixture *self);

void fixture_organisation(struct plane_fixture *self, const char *ods,
                          enum organisation_status status);
const struct decision *fixture_job(struct plane_fixture *self, const char *job);
/* a resource in the store of that organisation; id as in the body; asserts */
void fixture_put(struct plane_fixture *self, const char *ods, fhir_type type, const char *id,
                 const char *format, ...) PRINTF_LIKE(5, 6);
void fixture_delete(struct plane_fixture *self, const char *ods, fhir_type type, const char *id);
/* "body" of the current version, or NULL */
const char *fixture_read(struct plane_fixture *self, const char *ods, fhir_type type,
                         const char *id);
/* resources that are there now; 0 without a store */
uint64_t fixture_count(struct plane_fixture *self, const char *ods);
/* catches the person index up; false: fault is set */
bool fixture_try_link(struct plane_fixture *self, const char *ods);
void fixture_link(struct plane_fixture *self, const char *ods);

/* the n-th valid NHS number of the range that is never issued */
const char *fixture_nhs_number(struct plane_fixture *self, uint32_t n);

/* number of entries in the audit, and the last of them, read from the files */
uint64_t fixture_audit_last(struct plane_fixture *self, struct audit_entry *ret_entry);

#endif
