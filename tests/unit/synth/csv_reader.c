/*
 * csv_reader.c: nothing is forgiven: a bare quote, CR or LF, a row without its end.
 */
#include "csv_reader.h"

#include "support/check.h"

/* where the closing quote is */
static size_t end_of_quoted(struct slice text)
{
    for (size_t at = 1;; at++) {
        assert_true(at < text.len);
        bool doubled = at + 1 < text.len && text.ptr[at + 1] == '"';
        if (text.ptr[at] == '"' && !doubled) {
            return at;
        }
        at += text.ptr[at] == '"';
    }
}

static struct slice quoted_field(struct csv_reader *reader)
{
    size_t end = end_of_quoted(reader->rest);
    size_t len = 0;
    char *text = arena_alloc(reader->arena, end);
    assert_non_null(text);
    for (size_t at = 1; at < end; at++) {
        at += reader->rest.ptr[at] == '"';
        text[len++] = reader->rest.ptr[at];
    }
    reader->rest = slice_from(reader->rest, end + 1);
    return slice_of(text, len);
}

static struct slice bare_field(struct csv_reader *reader)
{
    size_t at = 0;
    while (at < reader->rest.len && reader->rest.ptr[at] != ',' && reader->rest.ptr[at] != '\r') {
        assert_true(reader->rest.ptr[at] != '"' && reader->rest.ptr[at] != '\n');
        at++;
    }
    struct slice field = slice_sub(reader->rest, 0, at);
    reader->rest = slice_from(reader->rest, at);
    return field;
}

static size_t read_row(struct csv_reader *reader, struct slice *ret_fields)
{
    size_t count = 0;
    for (;;) {
        assert_true(count < CSV_READER_FIELDS);
        bool quoted = reader->rest.len > 0 && reader->rest.ptr[0] == '"';
        ret_fields[count++] = quoted ? quoted_field(reader) : bare_field(reader);
        assert_true(reader->rest.len > 0);
        if (reader->rest.ptr[0] != ',') {
            break;
        }
        reader->rest = slice_from(reader->rest, 1);
    }
    assert_true(slice_starts_with(reader->rest, SLICE("\r\n")));
    reader->rest = slice_from(reader->rest, 2);
    return count;
}

void csv_reader_init(struct csv_reader *reader, struct slice text, struct arena *arena)
{
    reader->rest = text;
    reader->arena = arena;
    reader->count = read_row(reader, reader->names);
}

bool csv_reader_next(struct csv_reader *reader)
{
    if (reader->rest.len == 0) {
        return false;
    }
    assert_int_equal(read_row(reader, reader->fields), reader->count);
    return true;
}

struct slice csv_reader_field(const struct csv_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->count; i++) {
        if (slice_equal(reader->names[i], slice_from_string(name))) {
            return reader->fields[i];
        }
    }
    fail_msg("there is no column %s", name);
    return reader->fields[0];
}
