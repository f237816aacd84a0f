/*
 * packer.c: one compression context, used again for every frame.
 *
 * A context takes longer to make than a small frame. Level 1 was chosen because the county is made
 * on the same cores that compress it, and its text repeats itself so much that higher levels save
 * little (bench/README.md).
 */
#include "synth/packer.h"

#include <zstd.h>

#include "base/limits.h"
#include "base/os.h"

#define LEVEL 1

struct packer {
    ZSTD_CCtx *context;
    struct strbuf room; /* for the worst case, so that `out` grows by what came out alone */
};

struct packer *packer_new(void)
{
    struct packer *packer = os_malloc(sizeof *packer);
    if (packer == NULL) {
        return NULL;
    }
    strbuf_init(&packer->room, ZSTD_compressBound(LIMIT_SYNTH_PART));
    packer->context = ZSTD_createCCtx();
    if (packer->context == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer->context, ZSTD_c_compressionLevel, LEVEL)) !=
            0 ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer->context, ZSTD_c_checksumFlag, 1)) != 0) {
        packer_free(packer);
        return NULL;
    }
    return packer;
}

void packer_free(struct packer *packer)
{
    if (packer != NULL) {
        ZSTD_freeCCtx(packer->context);
        strbuf_release(&packer->room);
        os_free(packer);
    }
}

void packer_add(struct packer *packer, struct slice text, struct strbuf *out)
{
    size_t bound = ZSTD_compressBound(text.len);
    strbuf_clear(&packer->room);
    char *room = strbuf_room(&packer->room, bound);
    size_t size =
        room == NULL ? 0 : ZSTD_compress2(packer->context, room, bound, text.ptr, text.len);
    if (room == NULL || ZSTD_isError(size) != 0) {
        out->failed = true; /* with this much room, want of memory is all that can go wrong */
        return;
    }
    strbuf_add(out, slice_of(room, size));
}
