/*
 * fhir_context.h: what the sources of the FHIR writer share. Not for others.
 */
#ifndef EVENLODE_SYNTH_FHIR_CONTEXT_H
#define EVENLODE_SYNTH_FHIR_CONTEXT_H

#include "base/json.h"
#include "synth/fhir_writer.h"

struct fhir_context {
    struct json_writer json;
    const struct synth_life *life;
    const struct synth_world *world;
    const struct synth_patient *who;
    synth_org organisation;
    char patient[SYNTH_UUID_SIZE];
    uint32_t entries;
    const bool *told; /* which items, by index; NULL: all that the patient holds */
    const char
        *served; /* base url: entries of an answer, with references to it; NULL: a transaction */
    bool patient_alone;       /* nothing but the Patient */
    bool update;              /* PUT under the id of its url, so that a repeat has one effect */
    char id[SYNTH_UUID_SIZE]; /* with `update`: of the entry that is open */
};

/* the kinds of things that have a url */
enum fhir_url {
    FHIR_URL_PATIENT,
    FHIR_URL_ITEM,
    FHIR_URL_ORGANISATION,
    FHIR_URL_STAFF,
};

void fhir_url(const struct synth_world *world, enum fhir_url kind, uint64_t a, uint64_t b,
              char ret_url[SYNTH_UUID_SIZE]);

/* {"key": ...} in the order in which documents are read; strings are escaped */
void fhir_text(struct fhir_context *at, const char *key, struct slice value);
void fhir_literal(struct fhir_context *at, const char *key, const char *value);
void fhir_date(struct fhir_context *at, const char *key, int32_t day);
void fhir_when(struct fhir_context *at, const char *key, synth_when when);
/* {"key":{"start":..,"end":..}} ; end SYNTH_NEVER: left out */
void fhir_period(struct fhir_context *at, const char *key, synth_when start, synth_when end);
/* a CodeableConcept of one or two codings with text; `second` may be NULL */
void fhir_concept(struct fhir_context *at, const char *key, const struct synth_code *code,
                  const struct synth_code *second, struct slice text);
/* one coding of a system that is no table of ours */
void fhir_coded(struct fhir_context *at, const char *key, const char *system, const char *code,
                const char *display);
void fhir_text_concept(struct fhir_context *at, const char *key, struct slice text);
void fhir_reference(struct fhir_context *at, const char *key, const char *url,
                    struct slice display);
void fhir_staff_reference(struct fhir_context *at, const char *key, uint16_t staff);
void fhir_organisation_reference(struct fhir_context *at, const char *key, synth_org organisation);
void fhir_item_reference(struct fhir_context *at, const char *key, uint32_t item);
void fhir_patient_reference(struct fhir_context *at, const char *key);

/* opens entry and resource with type and label; end with the request that stores it */
void fhir_begin_entry(struct fhir_context *at, const char *url, const char *type, struct slice id);
void fhir_end_entry(struct fhir_context *at, const char *method, const char *type, struct slice id);

/* fhir_items.c: the type of resource that the item becomes */
const char *fhir_item_type(const struct synth_item *item);
/* fhir_items.c: the resource of items[index] with its entry */
void fhir_item(struct fhir_context *at, uint32_t index);

#endif
