/*
 * imaging.h: which procedures are examinations of the radiology department, and what it reports.
 *
 * A life holds that an image was made, and sometimes what it showed. The department sends a report
 * some time later: technique, clinical details, findings, conclusion, a paragraph each. Wording
 * that the life does not have comes from imaging.csv.
 */
#ifndef EVENLODE_SYNTH_IMAGING_H
#define EVENLODE_SYNTH_IMAGING_H

#include "base/strbuf.h"
#include "synth/life.h"

/* the row of the examination; NULL: the item is none of the hospital's */
const struct synth_imaging *imaging_of(const struct synth_item *item);
/* when its report is written: at once in an emergency, after days for a practice */
synth_when imaging_reported(const struct synth_life *life, const struct synth_item *item);
/* why it was asked for, in words; never empty */
struct slice imaging_asked_for(const struct synth_life *life, const struct synth_item *item);
/* appends the report's paragraphs, an empty line between two */
void imaging_report(const struct synth_life *life, const struct synth_item *item,
                    struct strbuf *out);

#endif
