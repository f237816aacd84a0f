/*
 * store_fixture.h: a record store to test, whichever implementation it is, and short words to write
 * to it and to ask it.
 */
#ifndef EVENLODE_TESTS_STORE_FIXTURE_H
#define EVENLODE_TESTS_STORE_FIXTURE_H

#include "support/check.h"

#include "base/limits.h"
#include "store/decision_private.h"
#include "store/record_store.h"
#include "support/directory.h"

#define STORE_ODS "RTH"

enum store_kind { STORE_MEMORY, STORE_SQLITE };

struct store_fixture {
    enum store_kind kind;
    char directory[TEST_PATH];
    struct arena arena; /* of the answers; cleared by fixture_clear() */
    struct committer *committer;
    struct record_store *store;
    struct decision job; /* may do everything */
    struct fault fault;  /* of the last call that failed */
};

/* a new, empty store; asserts */
void fixture_init(struct store_fixture *self, enum store_kind kind);
void fixture_release(struct store_fixture *self);
/* closes and opens again; what is in memory is lost */
void fixture_reopen(struct store_fixture *self);
/* false: `fault` says why */
bool fixture_open(struct store_fixture *self, bool create);
void fixture_clear(struct store_fixture *self);

/* a decision that allows every type, with and without patient */
struct decision decision_of_all(enum decision_scope scope);
void decision_forbid_type(struct decision *decision, fhir_type type);

/* one change as a write of its own; printf-like body. The effect, or -1 (fault is set). */
int put(struct store_fixture *self, fhir_type type, const char *id, const char *format, ...)
    PRINTF_LIKE(4, 5);
int delete_one(struct store_fixture *self, fhir_type type, const char *id, version_no if_match);
/* any write; asserts nothing */
bool commit(struct store_fixture *self, struct record_change *changes, size_t count);

/* "ids" of the rows of a query, each followed by a space; "!NAME" for a fault. In fixture arena. */
const char *ids_of(struct store_fixture *self, const struct decision *decision,
                   const struct store_query *query);
/* a search: "Observation?code=x&_sort=_id", of `patient` unless NULL */
const char *search(struct store_fixture *self, const struct decision *decision, const char *patient,
                   const char *address);
struct search_query *parse_search(struct store_fixture *self, const char *address);
/* "2:body" of the current version, "3 deleted", or "none" */
const char *read_one(struct store_fixture *self, const struct decision *decision, fhir_type type,
                     const char *id);

#endif
