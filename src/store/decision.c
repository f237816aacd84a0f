/*
 * decision.c: reading a decision.
 *
 * A decision is judged in layers, the cheap ones first: is this store covered at all, is this type
 * allowed, is the row of a patient that the decision names, does the row carry a label that is
 * denied. Everything is refused that is not allowed: an unknown type, a row that says it has a
 * patient but cannot name one, a store that is not named.
 *
 * The types are two sets of bits, one for rows of a patient and one for rows of nobody, because
 * "Practitioner" may be open to all while an Observation without a subject may not.
 */
#include "store/decision.h"

#include "store/decision_private.h"

static const char *const purpose_codes[] = {
#define X(name, code) [PURPOSE_##name] = code,
    DECISION_PURPOSES(X)
#undef X
};

const char *decision_purpose_code(enum decision_purpose purpose)
{
    assert((size_t)purpose < ARRAY_LENGTH(purpose_codes));
    return purpose_codes[purpose];
}

enum decision_scope decision_scope(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->scope;
}

enum decision_purpose decision_purpose(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->purpose;
}

struct slice decision_user(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->user;
}

struct slice decision_role(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->role;
}

struct slice decision_organisation(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->organisation;
}

struct slice decision_person(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->scope == DECISION_PERSON ? decision->person : (struct slice){ NULL, 0 };
}

uint32_t decision_policy_version(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->policy_version;
}

uint64_t decision_link_version(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->link_version;
}

bool decision_may_write(const struct decision *decision)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return decision->may_write;
}

/* the patients of one store in a list of stores; NULL when the list does not name the store */
static const struct decision_patients *patients_in(const struct decision_patients *stores,
                                                   size_t count, struct slice ods)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(stores[i].ods, ods)) {
            return &stores[i];
        }
    }
    return NULL;
}

static bool names_patient(const struct decision_patients *patients, struct slice id)
{
    for (size_t i = 0; patients != NULL && i < patients->count; i++) {
        if (slice_equal(patients->ids[i], id)) {
            return true;
        }
    }
    return false;
}

bool decision_covers_store(const struct decision *decision, struct slice ods)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    switch (decision->scope) {
    case DECISION_PERSON:
        return patients_in(decision->patients, decision->patients_count, ods) != NULL;
    case DECISION_STORE:
        return slice_equal(decision->store, ods);
    case DECISION_JOB:
        return true;
    }
    return false;
}

const struct slice *decision_patients(const struct decision *decision, struct slice ods,
                                      size_t *ret_count)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    const struct decision_patients *patients = NULL;
    if (decision->scope == DECISION_PERSON) {
        patients = patients_in(decision->patients, decision->patients_count, ods);
    }
    *ret_count = patients == NULL ? 0 : patients->count;
    return patients == NULL ? NULL : patients->ids;
}

static bool has_type(const uint64_t set[TYPE_WORDS], fhir_type type)
{
    return type / 64u < TYPE_WORDS && (set[type / 64u] >> (type % 64u) & 1) != 0;
}

bool decision_allows_type(const struct decision *decision, fhir_type type)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    return has_type(decision->types, type) || has_type(decision->types_without_patient, type);
}

bool decision_allows_kind(const struct decision *decision, fhir_type type, uint32_t labels)
{
    return decision_allows_type(decision, type) && (labels & decision->denied_labels) == 0;
}

/* may this patient of that store be seen at all? */
static bool allows_patient(const struct decision *decision, struct slice ods, struct slice id)
{
    if (id.len == 0) {
        return false;
    }
    switch (decision->scope) {
    case DECISION_PERSON:
        return names_patient(patients_in(decision->patients, decision->patients_count, ods), id);
    case DECISION_STORE:
        return !names_patient(patients_in(decision->withheld, decision->withheld_count, ods), id);
    case DECISION_JOB:
        return true;
    }
    return false;
}

bool decision_allows_row(const struct decision *decision, struct slice ods,
                         const struct row_facts *row)
{
    CHECK_OBJ(decision, DECISION_MAGIC);
    if (!decision_covers_store(decision, ods) || (row->labels & decision->denied_labels) != 0) {
        return false;
    }
    if (!row->has_patient) {
        return has_type(decision->types_without_patient, row->type);
    }
    return has_type(decision->types, row->type) && allows_patient(decision, ods, row->patient_id);
}
