/*
 * events.h: lives as columns of coded events, as docs/formats/synthetic-county.md lays them out.
 *
 * For what counts and maps: cohorts, process maps and their benchmarks. The items are those of the
 * county; what no code says is left out.
 */
#ifndef EVENLODE_SYNTH_EVENTS_H
#define EVENLODE_SYNTH_EVENTS_H

#include "base/strbuf.h"
#include "synth/life.h"

#define SYNTH_EVENTS_MAGIC  "EvEvts1\n"
#define SYNTH_EVENTS_HEADER 16 /* magic, number of rows, 4 bytes of nothing */
#define SYNTH_EVENTS_NONE   INT32_MIN

/* bits of the kind, beside the enum synth_kind in the lower ones */
#define SYNTH_EVENT_VALUE_IS_CODE 0x40
#define SYNTH_EVENT_WITHDRAWN     0x80

struct synth_event {
    uint32_t person;
    int32_t time, end; /* minutes since 1970-01-01T00:00 local time; end NONE: none */
    int32_t value;     /* thousandths of the unit; or a code; NONE: none */
    uint16_t code;     /* row of codes.csv */
    uint8_t organisation;
    uint8_t kind;
};

/* appends the events of a life in order of time, as an array of struct synth_event; their number */
uint32_t synth_events_of(const struct synth_life *life, struct strbuf *rows);
/* appends `rows` as one group: header, then column after column, little-endian */
void synth_events_columns(struct slice rows, struct strbuf *out);
/* codes.csv: what the numbers of codes mean */
void synth_events_codes(struct strbuf *out);

#endif
