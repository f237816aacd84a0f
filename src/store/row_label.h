/*
 * row_label.h: what a row predicate can refuse, read from the body alone.
 *
 * The labels are those of store/decision.h. FHIR R4 security-labels.html; HL7 v3 ActCode
 * (InformationSensitivityPolicy), Confidentiality, ActReason; observation-category; v2-0074.
 */
#ifndef EVENLODE_STORE_ROW_LABEL_H
#define EVENLODE_STORE_ROW_LABEL_H

#include "base/json.h"
#include "store/decision.h"

/* bits of enum row_label; `arena` for strings with escapes */
uint32_t row_labels_of(const struct json *json, json_ix resource, fhir_type type,
                       struct arena *arena);

#endif
