/*
 * packer.h: a part of a file as one zstd frame (RFC 8878).
 *
 * Frames of a file stand one behind the other, which every reader of the format takes for one
 * stream. The level is fixed and the frame says its length and checksum. The bytes are the same for
 * the same text and the same release of libzstd.
 *
 * One thread at a time.
 */
#ifndef EVENLODE_SYNTH_PACKER_H
#define EVENLODE_SYNTH_PACKER_H

#include "base/strbuf.h"

struct packer;

/* NULL: no memory */
MUST_CHECK struct packer *packer_new(void);
void packer_free(struct packer *packer);
/* appends the frame to `out`; a failure shows there */
void packer_add(struct packer *packer, struct slice text, struct strbuf *out);

#endif
