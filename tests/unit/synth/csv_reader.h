/*
 * csv_reader.h: reads rows of RFC 4180 strictly, for the tests of what writes them.
 */
#ifndef EVENLODE_TESTS_SYNTH_CSV_READER_H
#define EVENLODE_TESTS_SYNTH_CSV_READER_H

#include "base/arena.h"

#define CSV_READER_FIELDS 400

struct csv_reader {
    struct slice rest;
    struct arena *arena;                   /* of fields that held quotes */
    struct slice names[CSV_READER_FIELDS]; /* of the first row */
    size_t count;
    struct slice fields[CSV_READER_FIELDS];
};

/* reads the first row; fails the test when it is not one */
void csv_reader_init(struct csv_reader *reader, struct slice text, struct arena *arena);
/* the next row into `fields`; false at the end. Fails the test when the row is not whole, or has
 * another number of fields than the first. */
bool csv_reader_next(struct csv_reader *reader);
/* the field of that column; fails the test when there is no such column */
struct slice csv_reader_field(const struct csv_reader *reader, const char *name);

#endif
