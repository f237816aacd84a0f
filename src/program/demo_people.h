/*
 * demo_people.h: whom to look up in a demo.
 *
 * A demo's people are found by NHS number or by name and birth, like anybody; who has just made one
 * knows neither. So a served demo names a few whose records lie in most organisations, by
 * what the county's makers wrote down (county/truth.ndjson).
 */
#ifndef EVENLODE_PROGRAM_DEMO_PEOPLE_H
#define EVENLODE_PROGRAM_DEMO_PEOPLE_H

#include "program/command.h"

/* prints a line to standard error; nothing when `directory` (of the data) holds no county */
void demo_people_tell(struct command_context *context, const char *directory);

#endif
