/*
 * csv_writer.h: rows of RFC 4180.
 *
 * Fields in quotes where they need them, rows that end in CR LF, a first row of column names. What
 * is not held is an empty field. A failure shows in the buffer.
 *
 *   struct csv_row row = csv_begin(out);
 *   csv_text(&row, name);
 *   csv_day(&row, birth);
 *   csv_end(&row);
 */
#ifndef EVENLODE_SYNTH_CSV_WRITER_H
#define EVENLODE_SYNTH_CSV_WRITER_H

#include "base/strbuf.h"
#include "synth/when.h"

struct csv_row {
    struct strbuf *out;
    bool begun; /* has a field */
};

struct csv_row csv_begin(struct strbuf *out);
void csv_text(struct csv_row *row, struct slice text);
void csv_string(struct csv_row *row, const char *text);
void csv_byte(struct csv_row *row, char byte);
void csv_number(struct csv_row *row, int64_t number);
/* thousandths as a decimal without trailing zeros: 48500 is 48.5 */
void csv_thousandths(struct csv_row *row, int64_t value);
/* 2026-11-20; SYNTH_NO_DAY: empty */
void csv_day(struct csv_row *row, int32_t day);
/* 2026-11-20T12:31:00+00:00; SYNTH_NEVER: empty */
void csv_when(struct csv_row *row, synth_when when);
/* 2026-11-20 12:31, local time; SYNTH_NEVER: empty */
void csv_local_time(struct csv_row *row, synth_when when);
void csv_empty(struct csv_row *row);
void csv_end(struct csv_row *row);

/* a row of names that are given with commas between them */
void csv_names(struct strbuf *out, struct slice names);

#endif
