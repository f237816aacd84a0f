/*
 * keys.c: key files.
 *
 * One line a key: "<id> <64 hexadecimal digits>\n", newest first. Files are small
 * and read once at start. Writing goes to a new file beside the old one, synced and renamed, so
 * that a crash leaves one or the other. Buffers that held a key are wiped.
 */
#include "governance/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/os.h"

#define LINE_MOST ((size_t)128)
#define FILE_MOST (KEYS_MOST * LINE_MOST)
#define KEY_HEX   64

void keys_release(struct key_ring *ring)
{
    OPENSSL_cleanse(ring, sizeof *ring);
}

static bool path_of(const char *directory, struct slice purpose, const char *suffix,
                    struct arena *arena, const char **ret_path, struct fault *fault)
{
    struct slice path = arena_printf(arena, "%s/%.*s%s", directory, SLICE_PRINT(purpose), suffix);
    if (path.ptr == NULL) {
        return fault_no_memory(fault, arena);
    }
    *ret_path = path.ptr;
    return true;
}

static bool write_file(const char *path, const char *text, size_t len, struct arena *arena,
                       struct fault *fault)
{
    int fd = os_open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0) {
        return fault_errno(fault, arena, errno, "the key file %s cannot be made", path);
    }
    bool ok = os_pwrite_all(fd, text, len, 0) == 0 && os_fsync(fd) == 0;
    int error = errno;
    os_close(fd);
    if (!ok) {
        os_unlink(path);
        return fault_errno(fault, arena, error, "the key file %s cannot be written", path);
    }
    return true;
}

static size_t format_keys(const struct key_ring *ring, char text[FILE_MOST])
{
    static const char digits[] = "0123456789abcdef";
    size_t len = 0;
    for (size_t i = 0; i < ring->count; i++) {
        char hex[KEY_HEX + 1] = { 0 };
        for (size_t b = 0; b < sizeof ring->keys[i].bytes; b++) {
            hex[2 * b] = digits[ring->keys[i].bytes[b] >> 4];
            hex[2 * b + 1] = digits[ring->keys[i].bytes[b] & 15];
        }
        int added = snprintf(text + len, FILE_MOST - len, "%u %s\n", ring->keys[i].id, hex);
        assert(added > 0 && (size_t)added < FILE_MOST - len);
        len += (size_t)added;
        OPENSSL_cleanse(hex, sizeof hex);
    }
    return len;
}

static bool fresh_key(uint32_t id, struct secret_key *ret_key, struct arena *arena,
                      struct fault *fault)
{
    struct secret_key key = { .id = id };
    if (os_random(key.bytes, sizeof key.bytes) != 0) {
        return fault_errno(fault, arena, errno, "the system gives no random bytes for a key");
    }
    *ret_key = key;
    return true;
}

bool keys_create(const char *directory, struct slice purpose, struct arena *arena,
                 struct fault *fault)
{
    const char *path;
    struct key_ring ring = { .count = 1 };
    char text[FILE_MOST];
    if (!path_of(directory, purpose, "", arena, &path, fault) ||
        !fresh_key(1, &ring.keys[0], arena, fault)) {
        return false;
    }
    size_t len = format_keys(&ring, text);
    bool ok = write_file(path, text, len, arena, fault);
    if (ok && os_sync_directory(directory) != 0) {
        ok = fault_errno(fault, arena, errno, "the folder %s cannot be synced", directory);
    }
    OPENSSL_cleanse(text, sizeof text);
    keys_release(&ring);
    return ok;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_key(struct slice line, struct secret_key *ret_key)
{
    struct slice id_text, hex;
    uint64_t id;
    struct secret_key key;
    if (!slice_split(&line, ' ', &id_text) || !slice_split(&line, ' ', &hex) || line.ptr != NULL ||
        hex.len != KEY_HEX || !slice_to_u64(id_text, &id) || id == 0 || id > UINT32_MAX) {
        return false;
    }
    for (size_t i = 0; i < sizeof key.bytes; i++) {
        int high = nibble(hex.ptr[2 * i]);
        int low = nibble(hex.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        key.bytes[i] = (uint8_t)(high << 4 | low);
    }
    key.id = (uint32_t)id;
    *ret_key = key;
    return true;
}

static bool parse_keys(struct slice text, struct key_ring *ret_ring)
{
    struct slice line;
    ret_ring->count = 0;
    while (slice_split(&text, '\n', &line)) {
        if (line.len == 0 && text.ptr == NULL) {
            break;
        }
        if (ret_ring->count == KEYS_MOST || !parse_key(line, &ret_ring->keys[ret_ring->count])) {
            return false;
        }
        for (size_t i = 0; i < ret_ring->count; i++) {
            if (ret_ring->keys[i].id == ret_ring->keys[ret_ring->count].id) {
                return false; /* an id names one key */
            }
        }
        ret_ring->count++;
    }
    return ret_ring->count > 0;
}

/* a key that others can read is no longer a secret: refused, not repaired */
static bool check_mode(int fd, const char *path, struct arena *arena, struct fault *fault)
{
    struct stat status;
    if (os_fstat(fd, &status) != 0) {
        return fault_errno(fault, arena, errno, "the key file %s cannot be examined", path);
    }
    if (!S_ISREG(status.st_mode) || (status.st_mode & 077) != 0) {
        fault_set(fault, arena, FAULT_IO, "the key file %s may be read by others", path);
        return fault_hint(fault, arena, "rotate the key, then chmod 600 the file");
    }
    return true;
}

bool keys_load(const char *directory, struct slice purpose, struct key_ring *ret_ring,
               struct arena *arena, struct fault *fault)
{
    const char *path;
    char text[FILE_MOST];
    if (!path_of(directory, purpose, "", arena, &path, fault)) {
        return false;
    }
    int fd = os_open(path, O_RDONLY, 0);
    if (fd < 0) {
        return fault_errno(fault, arena, errno, "the key file %s cannot be read", path);
    }
    bool ok = check_mode(fd, path, arena, fault);
    ssize_t got = ok ? os_pread_all(fd, text, sizeof text, 0) : 0;
    if (ok && got < 0) {
        ok = fault_errno(fault, arena, errno, "the key file %s cannot be read", path);
    }
    os_close(fd);
    struct key_ring ring = { 0 };
    if (ok && !parse_keys(slice_of(text, (size_t)got), &ring)) {
        ok = fault_set(fault, arena, FAULT_CORRUPT, "the key file %s is malformed", path);
    }
    OPENSSL_cleanse(text, sizeof text);
    if (ok) {
        *ret_ring = ring;
    }
    keys_release(&ring);
    return ok;
}

/* behind the greatest, which is not always the first; 0: there is none */
static uint32_t next_id(const struct key_ring *ring)
{
    uint32_t greatest = 0;
    for (size_t i = 0; i < ring->count; i++) {
        greatest = ring->keys[i].id > greatest ? ring->keys[i].id : greatest;
    }
    return greatest + 1;
}

bool keys_rotate(const char *directory, struct slice purpose, struct arena *arena,
                 struct fault *fault)
{
    const char *path, *fresh;
    struct key_ring ring;
    char text[FILE_MOST];
    if (!path_of(directory, purpose, "", arena, &path, fault) ||
        !path_of(directory, purpose, ".new", arena, &fresh, fault) ||
        !keys_load(directory, purpose, &ring, arena, fault)) {
        return false;
    }
    size_t kept = ring.count < KEYS_MOST ? ring.count : KEYS_MOST - 1;
    uint32_t id = next_id(&ring);
    if (id == 0) {
        keys_release(&ring);
        return fault_set(fault, arena, FAULT_TOO_LARGE, "the key file %s has used up its ids",
                         path);
    }
    memmove(&ring.keys[1], &ring.keys[0], kept * sizeof ring.keys[0]);
    ring.count = kept + 1;
    bool ok = fresh_key(id, &ring.keys[0], arena, fault);
    os_unlink(fresh); /* of a rotation that was interrupted */
    ok = ok && write_file(fresh, text, format_keys(&ring, text), arena, fault);
    if (ok && (os_rename(fresh, path) != 0 || os_sync_directory(directory) != 0)) {
        ok = fault_errno(fault, arena, errno, "the key file %s cannot be replaced", path);
    }
    OPENSSL_cleanse(text, sizeof text);
    keys_release(&ring);
    return ok;
}
