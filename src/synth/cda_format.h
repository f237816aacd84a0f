/*
 * cda_format.h: the letters of a hospital as CDA Release 2.
 *
 * Each document of a patient that the hospital wrote (discharge summaries, clinic letters): its
 * text as narrative, and beside it what is coded about the same visit: diagnoses, procedures,
 * allergies, medicines, results. A document a line (cda/document_writer.h). A corrected document is
 * two: version 1 without its last paragraph, version 2 that replaces it. One that was told twice
 * stands there twice. Ids are those that the items have as FHIR (uuid.h).
 */
#ifndef EVENLODE_SYNTH_CDA_FORMAT_H
#define EVENLODE_SYNTH_CDA_FORMAT_H

#include "synth/format.h"

extern const struct synth_format synth_format_cda;

#endif
