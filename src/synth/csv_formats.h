/*
 * csv_formats.h: those who send tables: ambulance, urgent care, council; and the old viewer's
 * export.
 *
 * Each row carries whom it is about as the sender knows them (csv_patient.h). The columns are
 * described in docs/formats/synthetic-county.md.
 */
#ifndef EVENLODE_SYNTH_CSV_FORMATS_H
#define EVENLODE_SYNTH_CSV_FORMATS_H

#include "synth/format.h"

extern const struct synth_format synth_format_ambulance;
extern const struct synth_format synth_format_urgent;
extern const struct synth_format synth_format_council;
/* Oxfordshire Care Summary, the viewing system before: a row an item, of hospital, practices and
 * community */
extern const struct synth_format synth_format_ocs;

#endif
