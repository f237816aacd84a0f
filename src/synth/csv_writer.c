/*
 * csv_writer.c: fields are copied whole unless one of four bytes asks for quotes; millions of rows
 * are written, and hardly any needs them.
 */
#include "synth/csv_writer.h"

struct csv_row csv_begin(struct strbuf *out)
{
    return (struct csv_row){ .out = out };
}

static void begin_field(struct csv_row *row)
{
    if (row->begun) {
        strbuf_add_byte(row->out, ',');
    }
    row->begun = true;
}

static bool needs_quotes(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ',' || c == '"' || c == '\n' || c == '\r') {
            return true;
        }
    }
    return false;
}

void csv_text(struct csv_row *row, struct slice text)
{
    begin_field(row);
    if (!needs_quotes(text)) {
        strbuf_add(row->out, text);
        return;
    }
    strbuf_add_byte(row->out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            strbuf_add_byte(row->out, '"');
        }
        strbuf_add_byte(row->out, text.ptr[i]);
    }
    strbuf_add_byte(row->out, '"');
}

void csv_string(struct csv_row *row, const char *text)
{
    csv_text(row, slice_from_string(text));
}

void csv_byte(struct csv_row *row, char byte)
{
    csv_text(row, slice_of(&byte, 1));
}

void csv_number(struct csv_row *row, int64_t number)
{
    begin_field(row);
    if (number < 0) {
        strbuf_add_byte(row->out, '-');
    }
    strbuf_add_u64(row->out, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void csv_thousandths(struct csv_row *row, int64_t value)
{
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint64_t rest = size % 1000;
    begin_field(row);
    if (value < 0) {
        strbuf_add_byte(row->out, '-');
    }
    strbuf_add_u64(row->out, size / 1000);
    if (rest > 0) {
        strbuf_add_byte(row->out, '.');
    }
    static const uint64_t units[] = { 100, 10, 1 };
    for (size_t i = 0; i < ARRAY_LENGTH(units) && rest > 0; i++) {
        strbuf_add_byte(row->out, (char)('0' + rest / units[i]));
        rest %= units[i];
    }
}

void csv_day(struct csv_row *row, int32_t day)
{
    char text[SYNTH_WHEN_SIZE];
    if (day == SYNTH_NO_DAY) {
        csv_empty(row);
        return;
    }
    synth_day_text(day, text);
    csv_string(row, text);
}

void csv_when(struct csv_row *row, synth_when when)
{
    char text[SYNTH_WHEN_SIZE];
    if (when == SYNTH_NEVER) {
        csv_empty(row);
        return;
    }
    synth_when_text(when, text);
    csv_string(row, text);
}

void csv_local_time(struct csv_row *row, synth_when when)
{
    char text[SYNTH_WHEN_SIZE];
    if (when == SYNTH_NEVER) {
        csv_empty(row);
        return;
    }
    synth_when_text(when, text);
    text[10] = ' ';
    csv_text(row, slice_of(text, 16));
}

void csv_empty(struct csv_row *row)
{
    begin_field(row);
}

void csv_end(struct csv_row *row)
{
    strbuf_add(row->out, SLICE("\r\n"));
}

void csv_names(struct strbuf *out, struct slice names)
{
    strbuf_add(out, names);
    strbuf_add(out, SLICE("\r\n"));
}
