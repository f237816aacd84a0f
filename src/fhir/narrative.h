/*
 * narrative.h: URLs in a narrative's XHTML. For sources of fhir/ only.
 */
#ifndef EVENLODE_FHIR_NARRATIVE_H
#define EVENLODE_FHIR_NARRATIVE_H

#include "base/slice.h"

/*
 * The next value of an href or src attribute in `div` from *at on; *at moves behind it. False when
 * there is none. Values are as they stand, with entities.
 */
bool fhir_narrative_url(struct slice div, size_t *at, struct slice *ret_url);

#endif
