/*
 * head.c: lines of text, closed by a digest of themselves.
 *
 * Text, because this is the file that an auditor copies out of the machine and compares later. It
 * holds the roots of the tree's full subtrees, from which the root follows, so that opening a log
 * of any length costs the same; the root is stated as well and must agree. The digest is against
 * accidents: whoever can write the directory can write a consistent head, which only a signature
 * kept elsewhere can show.
 */
#include "audit/head.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "audit/frame.h"
#include "base/strbuf.h"

#define HEAD_LIMIT KIB(8)
#define TITLE      "evenlode audit head 1\n"

static void add_digest_line(struct strbuf *text, const char *name, const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE + 1];
    digest_to_hex(digest, hex);
    strbuf_addf(text, "%s %s\n", name, hex);
}

static void compose(const struct audit_head *head, struct strbuf *text)
{
    struct digest root = audit_tree_root(&head->tree);
    strbuf_add_string(text, TITLE);
    strbuf_addf(text, "count %" PRIu64 "\n", head->tree.count);
    add_digest_line(text, "root", &root);
    strbuf_addf(text, "segment %" PRIu64 "\n", head->segment);
    strbuf_addf(text, "offset %" PRIu64 "\n", head->offset);
    strbuf_addf(text, "last-offset %" PRIu64 "\n", head->last_offset);
    add_digest_line(text, "last", &head->last);
    for (unsigned level = 0; level < AUDIT_TREE_LEVELS; level++) {
        if (head->tree.count >> level & 1) {
            add_digest_line(text, "subtree", &head->tree.subtree[level]);
        }
    }
    struct digest check = digest_of_one(strbuf_slice(text));
    add_digest_line(text, "check", &check);
}

static int write_file(const char *path, struct slice text)
{
    int fd = os_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) {
        return -1;
    }
    int result = os_pwrite_all(fd, text.ptr, text.len, 0);
    if (result == 0) {
        result = os_fdatasync(fd);
    }
    int error = errno;
    os_close(fd);
    errno = error;
    return result;
}

static int replace(const char *directory, struct slice text, struct arena *arena)
{
    const char *path = audit_path(arena, directory, "head");
    const char *aside = audit_path(arena, directory, "head.new");
    if (path == NULL || aside == NULL) {
        errno = ENOMEM;
        return -1;
    }
    if (write_file(aside, text) != 0 || os_rename(aside, path) != 0) {
        return -1;
    }
    return os_sync_directory(directory);
}

int audit_head_write(const char *directory, const struct audit_head *head)
{
    struct arena arena;
    struct strbuf text;
    arena_init(&arena, KIB(16));
    strbuf_init(&text, HEAD_LIMIT);
    compose(head, &text);
    int result = -1;
    if (text.failed) {
        errno = ENOMEM;
    } else {
        result = replace(directory, strbuf_slice(&text), &arena);
    }
    int error = errno;
    strbuf_release(&text);
    arena_release(&arena);
    errno = error;
    return result;
}

/* takes a line "name value" off the text */
static bool take(struct slice *text, const char *name, struct slice *ret_value)
{
    struct slice line;
    struct slice wanted = slice_from_string(name);
    if (!slice_split(text, '\n', &line) || !slice_starts_with(line, wanted) ||
        line.len <= wanted.len || line.ptr[wanted.len] != ' ') {
        return false;
    }
    *ret_value = slice_from(line, wanted.len + 1);
    return true;
}

static bool take_number(struct slice *text, const char *name, uint64_t *ret_number)
{
    struct slice value;
    return take(text, name, &value) && slice_to_u64(value, ret_number);
}

static bool take_digest(struct slice *text, const char *name, struct digest *ret_digest)
{
    struct slice value;
    return take(text, name, &value) && digest_from_hex(value, ret_digest);
}

static bool parse(struct slice text, struct audit_head *head)
{
    struct digest root;
    struct digest check;
    struct slice rest = slice_from(text, strlen(TITLE));
    if (!take_number(&rest, "count", &head->tree.count) || !take_digest(&rest, "root", &root) ||
        !take_number(&rest, "segment", &head->segment) ||
        !take_number(&rest, "offset", &head->offset) ||
        !take_number(&rest, "last-offset", &head->last_offset) ||
        !take_digest(&rest, "last", &head->last)) {
        return false;
    }
    for (unsigned level = 0; level < AUDIT_TREE_LEVELS; level++) {
        if ((head->tree.count >> level & 1) &&
            !take_digest(&rest, "subtree", &head->tree.subtree[level])) {
            return false;
        }
    }
    struct slice covered = slice_of(text.ptr, (size_t)(rest.ptr - text.ptr));
    struct digest computed = digest_of_one(covered);
    struct digest from_tree = audit_tree_root(&head->tree);
    return take_digest(&rest, "check", &check) && rest.ptr != NULL && rest.len == 0 &&
           digest_equal(&check, &computed) && digest_equal(&root, &from_tree);
}

static bool judge(struct slice text, struct audit_head *ret_head, struct arena *arena,
                  struct fault *fault)
{
    struct audit_head head = { .segment = 0 };
    if (!slice_starts_with(text, SLICE(TITLE))) {
        if (slice_starts_with(text, SLICE("evenlode audit head "))) {
            return fault_at(fault, arena, FAULT_VERSION, SLICE("head"),
                            "the audit log was written by another version");
        }
        return fault_at(fault, arena, FAULT_CORRUPT, SLICE("head"),
                        "the head of the audit log is damaged");
    }
    if (!parse(text, &head)) {
        return fault_at(fault, arena, FAULT_CORRUPT, SLICE("head"),
                        "the head of the audit log is damaged");
    }
    *ret_head = head;
    return true;
}

bool audit_head_read(const char *directory, struct audit_head *ret_head, bool *ret_exists,
                     struct arena *arena, struct fault *fault)
{
    const char *path = audit_path(arena, directory, "head");
    char *text = arena_alloc(arena, HEAD_LIMIT);
    if (path == NULL || text == NULL) {
        return fault_no_memory(fault, arena);
    }
    int fd = os_open(path, O_RDONLY, 0);
    if (fd < 0 && errno == ENOENT) {
        *ret_exists = false;
        return true;
    }
    ssize_t len = fd < 0 ? -1 : os_pread_all(fd, text, HEAD_LIMIT, 0);
    int error = errno;
    if (fd >= 0) {
        os_close(fd);
    }
    if (len < 0) {
        return fault_errno(fault, arena, error, "cannot read the head of the audit log");
    }
    if (!judge(slice_of(text, (size_t)len), ret_head, arena, fault)) {
        return false;
    }
    *ret_exists = true;
    return true;
}
