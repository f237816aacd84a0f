/*
 * record_fixture.h: answers of sources from JSON in the test, and a decision to look at them.
 */
#ifndef EVENLODE_TESTS_RECORD_FIXTURE_H
#define EVENLODE_TESTS_RECORD_FIXTURE_H

#include "record/record.h"
#include "store/decision_private.h"
#include "support/check.h"

#define FIXTURE_SOURCES 4
#define FIXTURE_NOW     INT64_C(1795436400000000) /* 2026-11-23T11:00:00Z */

struct record_fixture {
    struct arena arena;
    struct decision decision;
    struct record_input inputs[FIXTURE_SOURCES];
    struct source_answer answers[FIXTURE_SOURCES];
    size_t count;
    struct record record;
};

/* no source yet; a decision that allows every type */
void fixture_init(struct record_fixture *fixture);
void fixture_release(struct record_fixture *fixture);
/* a source that was asked and answered with nothing; its index */
size_t fixture_source(struct record_fixture *fixture, const char *ods, const char *name);
/* one resource of that source; single quotes stand for double ones */
void fixture_add(struct record_fixture *fixture, size_t source, const char *json);
/* the same from parsed text that lives long enough; false when it is no JSON */
bool fixture_add_text(struct record_fixture *fixture, size_t source, struct slice text);
/* a source that ended otherwise */
void fixture_state(struct record_fixture *fixture, size_t source, enum source_state state);
/* what a role sees: only these types, without these labels */
void fixture_allow_only(struct record_fixture *fixture, const fhir_type *types, size_t count,
                        uint32_t denied_labels);
/* builds, and checks that every resource is accounted for */
void fixture_build(struct record_fixture *fixture);
/* the checks alone, on fixture->record */
void fixture_check(const struct record_fixture *fixture);
/* the only item of a section, of all its lines */
const struct record_item *fixture_only(const struct record_fixture *fixture,
                                       enum record_section section);
/* builds with this one resource of one source, and gives its only item */
const struct record_item *fixture_one(struct record_fixture *fixture, enum record_section section,
                                      const char *json);

#endif
