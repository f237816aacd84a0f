/*
 * decision_make.c: stamps a decision.
 *
 * A deep copy, so that a decision depends on nothing that its maker may change afterwards.
 */
#include "governance/decision_make.h"

static const struct decision_patients *
copy_patients(struct arena *arena, const struct decision_patients *from, size_t count)
{
    struct decision_patients *to = arena_array(arena, count, struct decision_patients);
    for (size_t i = 0; to != NULL && i < count; i++) {
        struct slice *ids = arena_array(arena, from[i].count, struct slice);
        if (ids == NULL) {
            return NULL;
        }
        for (size_t k = 0; k < from[i].count; k++) {
            ids[k] = arena_copy(arena, from[i].ids[k]);
        }
        to[i] = (struct decision_patients){ arena_copy(arena, from[i].ods), ids, from[i].count };
    }
    return to;
}

const struct decision *decision_make(struct arena *arena, const struct decision *draft)
{
    struct decision *decision = arena_new(arena, struct decision);
    if (decision == NULL) {
        return NULL;
    }
    *decision = *draft;
    decision->user = arena_copy(arena, draft->user);
    decision->role = arena_copy(arena, draft->role);
    decision->organisation = arena_copy(arena, draft->organisation);
    decision->person = arena_copy(arena, draft->person);
    decision->store = arena_copy(arena, draft->store);
    decision->patients = copy_patients(arena, draft->patients, draft->patients_count);
    decision->withheld = copy_patients(arena, draft->withheld, draft->withheld_count);
    decision->made = os_now();
    decision->magic = DECISION_MAGIC;
    return arena->exhausted ? NULL : decision;
}
