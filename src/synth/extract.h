/*
 * extract.h: the national extracts: admitted patient care, outpatients, emergency department.
 *
 * Rows as commissioning data sets have them after processing, with the documented columns
 * (data/extract_column.csv): a row an admission, an appointment, an attendance. People are under a
 * pseudonym, a keyed hash of the NHS number, never the number; the key is of the seed, as all here
 * is invented. Columns that nothing here knows are there and empty: among them all operations, as
 * no OPCS-4 code could be verified.
 */
#ifndef EVENLODE_SYNTH_EXTRACT_H
#define EVENLODE_SYNTH_EXTRACT_H

#include "synth/format.h"

extern const struct synth_format synth_format_apc;
extern const struct synth_format synth_format_op;
extern const struct synth_format synth_format_ae;

#endif
