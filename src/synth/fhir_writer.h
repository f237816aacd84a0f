/*
 * fhir_writer.h: a life as FHIR R4, in shapes close to UK Core.
 *
 * One transaction Bundle a person and organisation: first the Patient as that organisation knows
 * them, then the Organizations and Practitioners that are referred to (PUT under stable ids: the
 * ODS code, the staff id, so that repeated ones are the same resource), then what it recorded
 * (POST). References go by urn:uuid to entries of the same bundle. Every resource carries the
 * security label HTEST: test data.
 *
 * Output is one line without its newline. Pure; knows no disease.
 */
#ifndef EVENLODE_SYNTH_FHIR_WRITER_H
#define EVENLODE_SYNTH_FHIR_WRITER_H

#include "base/strbuf.h"
#include "synth/format.h"

#define SYNTH_UUID_SIZE 46 /* "urn:uuid:" and 36 characters and NUL */

/* appends the bundle without newline; *ret_resources is the number of its entries; a failure shows
 * in `out` */
void synth_fhir_write(const struct synth_life *life, const struct synth_patient *who,
                      struct strbuf *out, uint32_t *ret_resources);
/*
 * The same for the items with told[index] alone, as they are told while they happen: each resource
 * is PUT under the id that its fullUrl has elsewhere, so that a repeat has one effect. What the
 * told items refer to must be told too.
 */
void synth_fhir_update(const struct synth_life *life, const struct synth_patient *who,
                       const bool *told, struct strbuf *out, uint32_t *ret_resources);
/*
 * The answer of a server at `base` (no slash at its end): a searchset with the Patient alone, or
 * with all that is held of them, as Patient/[id]/$everything has it. Ids as in synth_fhir_update().
 */
void synth_fhir_answer(const struct synth_life *life, const struct synth_patient *who,
                       const char *base, bool everything, struct strbuf *out);
/* a bundle and a newline a patient */
extern const struct synth_format synth_format_fhir;

/* appends the Organization */
void synth_fhir_organisation(const struct synth_world *world, synth_org organisation,
                             struct strbuf *out);
/* full url of that Patient */
void synth_fhir_patient_url(const struct synth_world *world, const struct synth_person *person,
                            const struct synth_patient *patient, char ret_url[SYNTH_UUID_SIZE]);

#endif
