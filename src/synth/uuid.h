/*
 * uuid.h: identifiers made from what they name, so that nothing has to be remembered.
 *
 * They look like UUIDs of version 4 (RFC 4122 section 4.4) with bits that are not random: the same
 * thing has the same one in every format.
 */
#ifndef EVENLODE_SYNTH_UUID_H
#define EVENLODE_SYNTH_UUID_H

#include "synth/random.h"

#define SYNTH_BARE_UUID_SIZE 37

/* of the thing (kind, a, b) of the county with that seed; `kind` is enum fhir_url or more */
void synth_uuid(uint64_t seed, uint64_t kind, uint64_t a, uint64_t b,
                char ret_text[SYNTH_BARE_UUID_SIZE]);

#endif
