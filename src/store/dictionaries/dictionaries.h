/*
 * dictionaries.h: the zstd dictionaries that are compiled into the program.
 *
 * NNNN.dict are trained on synthetic records (README.md here). Numbers are on disk: a dictionary is
 * added behind the others and neither changed nor removed. To add one: put the file here, raise
 * DICTIONARY_COUNT, name it in dictionaries.S.
 */
#ifndef EVENLODE_STORE_DICTIONARIES_H
#define EVENLODE_STORE_DICTIONARIES_H

#include "base/slice.h"

#define DICTIONARY_COUNT 1u

/* 1..DICTIONARY_COUNT */
struct slice dictionary_bytes(unsigned number);

#endif
