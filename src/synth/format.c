/*
 * format.c: the table of formats.
 */
#include "synth/format.h"

#include "synth/cda_format.h"
#include "synth/csv_formats.h"
#include "synth/extract.h"
#include "synth/fhir_writer.h"
#include "synth/hl7v2_format.h"

const struct synth_format *const synth_formats[] = {
    &synth_format_fhir,   &synth_format_hl7v2,   &synth_format_cda, &synth_format_ambulance,
    &synth_format_urgent, &synth_format_council, &synth_format_apc, &synth_format_op,
    &synth_format_ae,     &synth_format_ocs,
};
const size_t synth_format_count = ARRAY_LENGTH(synth_formats);

const struct synth_format *synth_format_named(struct slice name)
{
    for (size_t i = 0; i < synth_format_count; i++) {
        if (slice_equal(synth_formats[i]->name, name)) {
            return synth_formats[i];
        }
    }
    return NULL;
}
