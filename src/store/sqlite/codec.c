/*
 * codec.c: one frame a body.
 *
 * Digested dictionaries (ZSTD_CDict, ZSTD_DDict) cost time and some hundred KiB to make, so they
 * are made once and shared; they never change afterwards. Contexts cost as much and cannot be
 * shared, so each thread has its own pair and frees it when it ends. Frames carry their content
 * size, which bounds what is allocated before a byte is expanded, and a checksum, so that a bit
 * that turned on the disk is a fault and not a wrong record.
 */
#include "store/sqlite/codec.h"

#include <pthread.h>
#include <zstd.h>

#include "base/limits.h"
#include "base/os.h"
#include "store/dictionaries/dictionaries.h"

#define LEVEL 3

struct codec {
    bool ok;
    ZSTD_CDict *pack[DICTIONARY_COUNT + 1]; /* by number; [0] is NULL */
    ZSTD_DDict *expand[DICTIONARY_COUNT + 1];
    pthread_key_t contexts;
};

struct contexts {
    ZSTD_CCtx *pack;
    ZSTD_DCtx *expand;
};

static struct codec codec;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_contexts(void *memory)
{
    struct contexts *contexts = memory;
    ZSTD_freeCCtx(contexts->pack);
    ZSTD_freeDCtx(contexts->expand);
    os_free(contexts);
}

static void start(void)
{
    bool ok = pthread_key_create(&codec.contexts, free_contexts) == 0;
    for (unsigned i = 1; i <= DICTIONARY_COUNT; i++) {
        struct slice bytes = dictionary_bytes(i);
        codec.pack[i] = ZSTD_createCDict(bytes.ptr, bytes.len, LEVEL);
        codec.expand[i] = ZSTD_createDDict(bytes.ptr, bytes.len);
        ok = ok && codec.pack[i] != NULL && codec.expand[i] != NULL;
    }
    codec.ok = ok;
}

bool codec_start(void)
{
    pthread_once(&once, start);
    return codec.ok;
}

/* this thread's; NULL without memory */
static struct contexts *contexts_of_thread(void)
{
    struct contexts *contexts = pthread_getspecific(codec.contexts);
    if (contexts != NULL) {
        return contexts;
    }
    contexts = os_malloc(sizeof *contexts);
    if (contexts == NULL) {
        return NULL;
    }
    contexts->pack = ZSTD_createCCtx();
    contexts->expand = ZSTD_createDCtx();
    if (contexts->pack == NULL || contexts->expand == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(contexts->pack, ZSTD_c_checksumFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(contexts->pack, ZSTD_c_dictIDFlag, 0)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(contexts->pack, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_refCDict(contexts->pack, codec.pack[DICTIONARY_COUNT])) ||
        pthread_setspecific(codec.contexts, contexts) != 0) {
        free_contexts(contexts);
        return NULL;
    }
    return contexts;
}

bool codec_compress(struct slice body, struct arena *arena, struct slice *ret_packed,
                    unsigned *ret_dictionary, struct fault *fault)
{
    struct contexts *contexts = contexts_of_thread();
    size_t bound = ZSTD_compressBound(body.len);
    char *room = contexts == NULL ? NULL : os_malloc(bound);
    if (room == NULL) {
        return fault_no_memory(fault, NULL);
    }
    size_t len = ZSTD_compress2(contexts->pack, room, bound, body.ptr, body.len);
    struct slice packed = { NULL, 0 };
    if (!ZSTD_isError(len)) {
        packed = arena_copy(arena, slice_of(room, len));
    }
    os_free(room);
    if (packed.ptr == NULL) {
        return fault_no_memory(fault, arena);
    }
    *ret_packed = packed;
    *ret_dictionary = DICTIONARY_COUNT;
    return true;
}

bool codec_expand(struct slice packed, unsigned dictionary, struct arena *arena,
                  struct slice *ret_body, struct fault *fault)
{
    struct contexts *contexts = contexts_of_thread();
    unsigned long long size = ZSTD_getFrameContentSize(packed.ptr, packed.len);
    if (contexts == NULL) {
        return fault_no_memory(fault, NULL);
    }
    if (dictionary > DICTIONARY_COUNT) {
        return fault_set(fault, arena, FAULT_VERSION, "a body was packed by a newer Evenlode");
    }
    if (size > LIMIT_RESOURCE_BODY + KIB(1)) { /* the two error values are the largest numbers */
        return fault_set(fault, arena, FAULT_CORRUPT, "a stored body is damaged");
    }
    char *room = arena_alloc(arena, (size_t)size + 1);
    if (room == NULL) {
        return fault_no_memory(fault, arena);
    }
    size_t len = ZSTD_decompress_usingDDict(contexts->expand, room, (size_t)size, packed.ptr,
                                            packed.len, codec.expand[dictionary]);
    if (ZSTD_isError(len) || len != size) {
        return fault_set(fault, arena, FAULT_CORRUPT, "a stored body is damaged");
    }
    room[len] = '\0';
    *ret_body = slice_of(room, len);
    return true;
}
