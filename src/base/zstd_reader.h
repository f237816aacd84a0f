/*
 * zstd_reader.h: a compressed file as text, read from the front in bounded memory.
 *
 * Zstandard, RFC 8878: any number of frames one behind the other. Told by content: a file that does
 * not begin with the magic number is none of this reader's.
 *
 * A stranger's file may ask for much more than it is: a frame whose window is larger than
 * LIMIT_ZSTD_WINDOW is refused, and so is a file that expands more than LIMIT_ZSTD_RATIO times
 * (FAULT_TOO_LARGE). What was read and not taken is at most LIMIT_ZSTD_TEXT. A frame that is
 * damaged or ends early is FAULT_MALFORMED; text before it has been given by then.
 *
 * One thread at a time.
 */
#ifndef EVENLODE_BASE_ZSTD_READER_H
#define EVENLODE_BASE_ZSTD_READER_H

#include "base/fault.h"

struct zstd_reader;

/* *ret_reader NULL and true: the file can be read, and is not compressed. The fault does not name
 * the file: the caller knows. */
MUST_CHECK bool zstd_reader_open(const char *path, struct arena *arena,
                                 struct zstd_reader **ret_reader, struct fault *fault);
void zstd_reader_free(struct zstd_reader *reader);

/* reads on: *ret_text is what was read and not taken, at least a byte more than at the last call
 * unless this is the end; valid until the next call */
MUST_CHECK bool zstd_reader_more(struct zstd_reader *reader, struct slice *ret_text, bool *ret_end,
                                 struct arena *arena, struct fault *fault);
/* what was read and not taken */
struct slice zstd_reader_text(const struct zstd_reader *reader);
/* the first `len` bytes of it are done with */
void zstd_reader_take(struct zstd_reader *reader, size_t len);
/* bytes of the file that have been read so far */
uint64_t zstd_reader_offset(const struct zstd_reader *reader);

#endif
