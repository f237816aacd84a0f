/*
 * journal.c: lines of a word and what it says, in a fixed order.
 *
 * A reader that finds anything else than what the writer writes says that the journal is damaged:
 * the folder is then of no use to anyone but a person who knows better, and --restart discards it.
 */
#include "synth/journal.h"

#include <errno.h>
#include <fcntl.h>

#include "base/limits.h"
#include "base/os.h"
#include "base/strbuf.h"

#define HEADING "evenlode synth journal 1"

/* -- writing ----------------------------------------------------------------------------------- */

static void write_text(const struct journal *journal, struct strbuf *out)
{
    char hex[DIGEST_HEX_SIZE + 1];
    digest_to_hex(&journal->first, hex);
    strbuf_addf(out, HEADING "\noptions %.*s\nfirst %s\nblock %llu\n",
                SLICE_PRINT(journal->options), hex, (unsigned long long)journal->block);
#define X(name) strbuf_addf(out, #name " %llu\n", (unsigned long long)journal->counts.name);
    SYNTH_COUNTS(X)
#undef X
    for (size_t i = 0; i < journal->file_count; i++) {
        strbuf_addf(out, "file %llu %.*s\n", (unsigned long long)journal->files[i].length,
                    SLICE_PRINT(journal->files[i].name));
    }
    struct digest digest = digest_of_one(strbuf_slice(out));
    digest_to_hex(&digest, hex);
    strbuf_addf(out, "end %s\n", hex);
}

static bool write_file(const char *path, struct slice text, struct arena *arena,
                       struct fault *fault)
{
    int fd = os_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0) {
        return fault_errno(fault, arena, errno, "cannot create %s", path);
    }
    if (os_pwrite_all(fd, text.ptr, text.len, 0) < 0 || os_fdatasync(fd) < 0) {
        int error = errno;
        os_close(fd);
        return fault_errno(fault, arena, error, "cannot write %s", path);
    }
    return os_close(fd) == 0 || fault_errno(fault, arena, errno, "cannot close %s", path);
}

static void path_in(const char *folder, const char *name, struct strbuf *ret_path)
{
    strbuf_init(ret_path, KIB(8));
    strbuf_addf(ret_path, "%s/%s", folder, name);
    strbuf_add_byte(ret_path, '\0');
}

bool journal_write(const char *folder, const struct journal *journal, struct arena *arena,
                   struct fault *fault)
{
    struct strbuf text, path, fresh;
    strbuf_init(&text, LIMIT_SYNTH_JOURNAL);
    write_text(journal, &text);
    path_in(folder, JOURNAL_NAME, &path);
    path_in(folder, JOURNAL_NEW_NAME, &fresh);
    bool ok = !text.failed && !path.failed && !fresh.failed;
    if (!ok) {
        fault_no_memory(fault, arena);
    } else if (!write_file(fresh.ptr, strbuf_slice(&text), arena, fault)) {
        ok = false;
    } else if (os_rename(fresh.ptr, path.ptr) < 0 || os_sync_directory(folder) < 0) {
        ok = fault_errno(fault, arena, errno, "cannot put %s in its place", path.ptr);
    }
    strbuf_release(&text);
    strbuf_release(&path);
    strbuf_release(&fresh);
    return ok;
}

/* -- reading ----------------------------------------------------------------------------------- */

static bool take_line(struct slice *rest, struct slice word, struct slice *ret_value)
{
    struct slice line;
    if (!slice_split(rest, '\n', &line) || !slice_starts_with(line, word) || line.len <= word.len ||
        line.ptr[word.len] != ' ') {
        return false;
    }
    *ret_value = slice_from(line, word.len + 1);
    return true;
}

static bool take_number(struct slice *rest, struct slice word, uint64_t *ret_number)
{
    struct slice value;
    return take_line(rest, word, &value) && slice_to_u64(value, ret_number);
}

static bool take_files(struct slice *rest, struct arena *arena, struct journal *journal)
{
    struct slice value, length;
    journal->files = arena_array(arena, LIMIT_SYNTH_FILES, struct journal_file);
    while (journal->files != NULL && slice_starts_with(*rest, SLICE("file "))) {
        struct journal_file *file = &journal->files[journal->file_count++];
        if (journal->file_count > LIMIT_SYNTH_FILES || !take_line(rest, SLICE("file"), &value) ||
            !slice_split(&value, ' ', &length) || !slice_to_u64(length, &file->length)) {
            return false;
        }
        file->name = value;
    }
    return journal->files != NULL;
}

/* does it end in a line with the digest of all before? Takes that line off. */
static bool take_end(struct slice *text)
{
    struct digest said;
    size_t line = sizeof("end ") - 1 + DIGEST_HEX_SIZE + 1;
    if (text->len < line) {
        return false;
    }
    struct slice end = slice_from(*text, text->len - line);
    *text = slice_sub(*text, 0, text->len - line);
    struct digest is = digest_of_one(*text);
    return slice_starts_with(end, SLICE("end ")) && slice_ends_with(end, SLICE("\n")) &&
           digest_from_hex(slice_sub(end, 4, DIGEST_HEX_SIZE), &said) && digest_equal(&said, &is);
}

static bool parse(struct slice text, struct arena *arena, struct journal *journal)
{
    struct slice heading, first;
    if (!take_end(&text) || !slice_split(&text, '\n', &heading) ||
        !slice_equal(heading, SLICE(HEADING)) ||
        !take_line(&text, SLICE("options"), &journal->options) ||
        !take_line(&text, SLICE("first"), &first) || !digest_from_hex(first, &journal->first) ||
        !take_number(&text, SLICE("block"), &journal->block)) {
        return false;
    }
#define X(name)                                                                                    \
    if (!take_number(&text, SLICE(#name), &journal->counts.name)) {                                \
        return false;                                                                              \
    }
    SYNTH_COUNTS(X)
#undef X
    return take_files(&text, arena, journal) && slice_trim(text).len == 0;
}

static bool read_text(int fd, struct arena *arena, struct slice *ret_text, struct fault *fault)
{
    struct stat status;
    if (os_fstat(fd, &status) != 0) {
        return fault_errno(fault, arena, errno, "the journal cannot be read");
    }
    if ((uint64_t)status.st_size > LIMIT_SYNTH_JOURNAL) {
        return fault_set(fault, arena, FAULT_CORRUPT, "the journal is too large to be one");
    }
    char *text = arena_alloc(arena, (size_t)status.st_size);
    if (text == NULL) {
        return fault_no_memory(fault, arena);
    }
    ssize_t got = os_pread_all(fd, text, (size_t)status.st_size, 0);
    if (got < 0) {
        return fault_errno(fault, arena, errno, "the journal cannot be read");
    }
    *ret_text = slice_of(text, (size_t)got);
    return true;
}

bool journal_read(const char *folder, struct arena *arena, struct journal *ret_journal,
                  bool *ret_found, struct fault *fault)
{
    struct slice path = arena_printf(arena, "%s/" JOURNAL_NAME, folder);
    struct slice text;
    if (path.ptr == NULL) {
        return fault_no_memory(fault, arena);
    }
    *ret_journal = (struct journal){ 0 };
    *ret_found = false;
    int fd = os_open(path.ptr, O_RDONLY, 0);
    if (fd < 0) {
        return errno == ENOENT || fault_errno(fault, arena, errno, "cannot open %s", path.ptr);
    }
    bool ok = read_text(fd, arena, &text, fault);
    os_close(fd);
    if (ok && !parse(text, arena, ret_journal)) {
        return arena->exhausted
                   ? fault_no_memory(fault, arena)
                   : fault_set(fault, arena, FAULT_CORRUPT, "the journal %s is damaged", path.ptr);
    }
    *ret_found = ok;
    return ok;
}
