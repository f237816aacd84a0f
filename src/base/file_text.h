/*
 * file_text.h: a file as a slice, mapped for reading.
 */
#ifndef EVENLODE_BASE_FILE_TEXT_H
#define EVENLODE_BASE_FILE_TEXT_H

#include "base/fault.h"

/* A regular file of at most LIMIT_LOAD_FILE; the fault does not name it: the caller knows. */
MUST_CHECK bool file_text_map(const char *path, struct arena *arena, struct slice *ret_text,
                              struct fault *fault);
void file_text_unmap(struct slice text);

#endif
