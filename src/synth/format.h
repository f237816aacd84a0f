/*
 * format.h: what writers of a format offer to the run.
 *
 * A format turns what one organisation holds of one life into bytes appended to that
 * organisation's file of the format. Formats know no disease and draw no chance of their own: what
 * goes wrong is in the patient's alterations and the items' mishaps. Output depends on the
 * arguments alone, so that parts of a county can be made side by side.
 */
#ifndef EVENLODE_SYNTH_FORMAT_H
#define EVENLODE_SYNTH_FORMAT_H

#include "base/strbuf.h"
#include "synth/life.h"

struct synth_format {
    struct slice name;   /* for --formats: "fhir" */
    struct slice suffix; /* of its files: <ODS>.<suffix> */
    /* does this organisation send this format when each speaks its own tongue? */
    bool (*own)(const struct synth_org_info *organisation);
    /* can it be asked for by name of organisations that do not send it themselves? */
    bool everywhere;
    /* what stands at the head of each file, may be NULL: a line of column names */
    void (*head)(const struct synth_world *world, synth_org organisation, struct strbuf *out);
    /* appends whole records (bundles, messages, documents, rows); *ret_records is their number (of
     * FHIR: of resources). A failure shows in `out`. Nothing to tell: appends nothing. */
    void (*write)(const struct synth_life *life, const struct synth_patient *patient,
                  struct strbuf *out, uint32_t *ret_records);
};

/* the formats there are, in the order of their files */
extern const struct synth_format *const synth_formats[];
extern const size_t synth_format_count;

/* the format of that name, or NULL */
const struct synth_format *synth_format_named(struct slice name);

#endif
