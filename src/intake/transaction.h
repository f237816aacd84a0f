/*
 * transaction.h: a bundle, or one resource, made into one write to one store.
 *
 * FHIR R4 http.html#transaction, #create, #update, #delete. All of it happens or none. What arrives
 * is validated (fhir/validate.h), ids are given, references to what the same bundle creates are
 * rewritten, and the result is a prepared store_write: the caller submits it and answers when it is
 * done. Nothing else writes to a store.
 *
 * Not yet offered, and refused by name: conditional create, update, delete and references, PATCH,
 * and GET inside a transaction.
 */
#ifndef EVENLODE_INTAKE_TRANSACTION_H
#define EVENLODE_INTAKE_TRANSACTION_H

#include "fhir/bundle.h"
#include "store/record_store.h"

struct transaction {
    struct record_store *store;
    const struct decision *decision;
    struct arena *arena;
    struct store_write write;
    /* of a bundle: what each entry became; write.changes[change_of[i]] */
    struct fhir_entries entries;
    size_t *change_of;
};

/*
 * All functions below prepare and do not submit: afterwards set transaction->write.done, .context
 * and, where a repeat must have one effect, .inbox_key and .inbox_digest, then
 * record_store_submit(). Everything lives in `arena`, which must last until done. Faults name the
 * place (Bundle.entry[3].resource.subject) and leave nothing behind.
 */

/* a Bundle of type transaction at `bundle` */
MUST_CHECK bool transaction_of_bundle(struct transaction *transaction, struct record_store *store,
                                      const struct decision *decision, const struct json *json,
                                      json_ix bundle, struct arena *arena, struct fault *fault);
/*
 * The store tells which change was at fault, its sender wants to know which entry: sets
 * fault->where of a bundle's failed write, unless it is set.
 */
void transaction_name_entry(const struct transaction *transaction, struct arena *arena,
                            struct fault *fault);
/* POST [type]: the store makes the id; an id in the body is ignored (http.html#create) */
MUST_CHECK bool transaction_of_create(struct transaction *transaction, struct record_store *store,
                                      const struct decision *decision, const struct json *json,
                                      fhir_type type, struct arena *arena, struct fault *fault);
/* PUT [type]/[id]; the body's id must be the same (http.html#update); if_match 0: none */
MUST_CHECK bool transaction_of_update(struct transaction *transaction, struct record_store *store,
                                      const struct decision *decision, const struct json *json,
                                      fhir_type type, struct slice id, version_no if_match,
                                      struct arena *arena, struct fault *fault);
MUST_CHECK bool transaction_of_delete(struct transaction *transaction, struct record_store *store,
                                      const struct decision *decision, fhir_type type,
                                      struct slice id, version_no if_match, struct arena *arena,
                                      struct fault *fault);

#endif
