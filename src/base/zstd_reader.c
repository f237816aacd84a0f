/*
 * zstd_reader.c: a chunk of the file, through libzstd's stream, into one growing buffer.
 *
 * Taken text stays in front of the buffer until more is read, so that a line that was given stays
 * where it is until the next call.
 */
#include "base/zstd_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/limits.h"
#include "base/os.h"
#include "base/strbuf.h"

#define MAGIC_SIZE 4
#define CHUNK      KIB(128)

struct zstd_reader {
    int fd;
    ZSTD_DStream *stream;
    struct strbuf text;
    size_t taken;    /* of `text` */
    uint64_t offset; /* of the next chunk in the file */
    uint64_t given;  /* bytes of text so far */
    ZSTD_inBuffer in;
    bool in_frame; /* the last frame has not ended */
    bool full;     /* the stream may hold text that it had no room to give */
    bool at_end;   /* of the file */
    char chunk[CHUNK];
};

static bool start(struct zstd_reader *reader, struct arena *arena, struct fault *fault)
{
    reader->stream = ZSTD_createDStream();
    if (reader->stream == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(reader->stream, ZSTD_d_windowLogMax,
                                            LIMIT_ZSTD_WINDOW_LOG)) != 0) {
        return fault_no_memory(fault, arena);
    }
    strbuf_init(&reader->text, LIMIT_ZSTD_TEXT);
    reader->in = (ZSTD_inBuffer){ reader->chunk, 0, 0 };
    return true;
}

static bool make(int fd, struct arena *arena, struct zstd_reader **ret_reader, struct fault *fault)
{
    struct zstd_reader *reader = os_malloc(sizeof *reader);
    if (reader == NULL) {
        os_close(fd);
        return fault_no_memory(fault, arena);
    }
    memset(reader, 0, offsetof(struct zstd_reader, chunk));
    reader->fd = fd;
    if (!start(reader, arena, fault)) {
        zstd_reader_free(reader);
        return false;
    }
    *ret_reader = reader;
    return true;
}

bool zstd_reader_open(const char *path, struct arena *arena, struct zstd_reader **ret_reader,
                      struct fault *fault)
{
    static const unsigned char magic[MAGIC_SIZE] = { 0x28, 0xb5, 0x2f, 0xfd };
    unsigned char head[MAGIC_SIZE];
    struct stat status;
    ssize_t got = 0;
    *ret_reader = NULL;
    int fd = os_open(path, O_RDONLY | O_NONBLOCK, 0); /* a pipe without a writer must not hang */
    bool ok = fd >= 0 && os_fstat(fd, &status) == 0;
    if (ok && S_ISREG(status.st_mode)) {
        got = os_pread_all(fd, head, sizeof(head), 0);
    }
    if (!ok || got < 0) {
        int error = errno;
        if (fd >= 0) {
            os_close(fd);
        }
        return fault_errno(fault, arena, error, "the file cannot be read");
    }
    if (got < MAGIC_SIZE || memcmp(head, magic, MAGIC_SIZE) != 0) {
        os_close(fd);
        return true;
    }
    return make(fd, arena, ret_reader, fault);
}

void zstd_reader_free(struct zstd_reader *reader)
{
    if (reader != NULL) {
        ZSTD_freeDStream(reader->stream);
        strbuf_release(&reader->text);
        os_close(reader->fd);
        os_free(reader);
    }
}

static void drop_taken(struct zstd_reader *reader)
{
    if (reader->taken > 0) {
        reader->text.len -= reader->taken;
        memmove(reader->text.ptr, reader->text.ptr + reader->taken, reader->text.len);
        reader->taken = 0;
    }
}

static bool read_chunk(struct zstd_reader *reader, struct arena *arena, struct fault *fault)
{
    ssize_t got = os_pread_all(reader->fd, reader->chunk, CHUNK, (off_t)reader->offset);
    if (got < 0) {
        return fault_errno(fault, arena, errno, "the file cannot be read");
    }
    reader->offset += (uint64_t)got;
    reader->at_end = got == 0;
    reader->in = (ZSTD_inBuffer){ reader->chunk, (size_t)got, 0 };
    return true;
}

static bool refuse(size_t result, struct arena *arena, struct fault *fault)
{
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return fault_set(fault, arena, FAULT_TOO_LARGE,
                         "the compressed file asks for a window of more than %zu MiB",
                         LIMIT_ZSTD_WINDOW / MIB(1));
    case ZSTD_error_memory_allocation:
        return fault_no_memory(fault, arena);
    default:
        fault_set(fault, arena, FAULT_MALFORMED, "the compressed file is damaged");
        return fault_detail(fault, arena, "%s", ZSTD_getErrorName(result));
    }
}

static bool check_expansion(const struct zstd_reader *reader, struct arena *arena,
                            struct fault *fault)
{
    if (reader->given <= LIMIT_ZSTD_TEXT || reader->given / LIMIT_ZSTD_RATIO <= reader->offset) {
        return true;
    }
    return fault_set(fault, arena, FAULT_TOO_LARGE,
                     "the compressed file expands more than %d times", LIMIT_ZSTD_RATIO);
}

static bool expand(struct zstd_reader *reader, struct arena *arena, struct fault *fault)
{
    if (reader->text.len + CHUNK > LIMIT_ZSTD_TEXT) {
        return fault_set(fault, arena, FAULT_TOO_LARGE,
                         "a line or document of more than %zu MiB in a compressed file",
                         LIMIT_ZSTD_TEXT / MIB(1));
    }
    char *room = strbuf_room(&reader->text, CHUNK);
    if (room == NULL) {
        return fault_no_memory(fault, arena);
    }
    ZSTD_outBuffer out = { room, CHUNK, 0 };
    size_t result = ZSTD_decompressStream(reader->stream, &out, &reader->in);
    if (ZSTD_isError(result) != 0) {
        return refuse(result, arena, fault);
    }
    strbuf_added(&reader->text, out.pos);
    reader->given += out.pos;
    reader->in_frame = result != 0;
    reader->full = reader->in_frame && out.pos == out.size;
    return check_expansion(reader, arena, fault);
}

bool zstd_reader_more(struct zstd_reader *reader, struct slice *ret_text, bool *ret_end,
                      struct arena *arena, struct fault *fault)
{
    drop_taken(reader);
    size_t before = reader->text.len;
    while (reader->text.len == before && !reader->at_end) {
        if (reader->in.pos == reader->in.size && !reader->full &&
            !read_chunk(reader, arena, fault)) {
            return false;
        }
        if (reader->at_end && reader->in_frame) {
            return fault_set(fault, arena, FAULT_MALFORMED,
                             "the compressed file ends in the middle of a frame");
        }
        if (!reader->at_end && !expand(reader, arena, fault)) {
            return false;
        }
    }
    *ret_text = zstd_reader_text(reader);
    *ret_end = reader->at_end;
    return true;
}

struct slice zstd_reader_text(const struct zstd_reader *reader)
{
    return slice_from(strbuf_slice(&reader->text), reader->taken);
}

void zstd_reader_take(struct zstd_reader *reader, size_t len)
{
    assert(len <= reader->text.len - reader->taken);
    reader->taken += len;
}

uint64_t zstd_reader_offset(const struct zstd_reader *reader)
{
    return reader->offset - (reader->in.size - reader->in.pos);
}
