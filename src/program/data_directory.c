/*
 * data_directory.c: making, checking and locking the folder.
 *
 * The mark DIR/evenlode is written last and synced, so that its presence says that everything else
 * is there. The lock file carries the holder's process id for the operator's sake alone; what
 * decides is flock().
 */
#include "program/data_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/os.h"
#include "governance/keys.h"

#define MARK "evenlode data directory, format 1\n"

static const char *const key_purposes[] = { "token", "session" };

static const char *join(struct arena *arena, const char *directory, const char *name)
{
    return arena_printf(arena, "%s/%s", directory, name).ptr;
}

static bool fill_paths(const char *path, struct arena *arena, struct data_directory *directory,
                       struct fault *fault)
{
    *directory = (struct data_directory){
        .path = arena_printf(arena, "%s", path).ptr,
        .stores = join(arena, path, "stores"),
        .audit = join(arena, path, "audit"),
        .keys = join(arena, path, "keys"),
        .exchange = join(arena, path, "exchange.sqlite"),
        .control = join(arena, path, "control"),
        .lock = -1,
    };
    return !arena->exhausted || fault_no_memory(fault, arena);
}

/* -- making ---------------------------------------------------------------------------------- */

static bool is_empty(const char *path, struct arena *arena, bool *ret_empty, struct fault *fault)
{
    DIR *handle = opendir(path);
    if (handle == NULL) {
        return fault_errno(fault, arena, errno, "the folder %s cannot be read", path);
    }
    struct dirent *entry;
    bool empty = true;
    while ((entry = readdir(handle)) != NULL) {
        struct slice name = slice_from_string(entry->d_name);
        empty &= slice_equal(name, SLICE(".")) || slice_equal(name, SLICE(".."));
    }
    closedir(handle);
    *ret_empty = empty;
    return true;
}

static bool make_folder(const char *path, struct arena *arena, struct fault *fault)
{
    if (os_mkdir(path, 0700) != 0) {
        return fault_errno(fault, arena, errno, "the folder %s cannot be made", path);
    }
    return true;
}

static bool make_top(const char *path, struct arena *arena, struct fault *fault)
{
    bool empty;
    struct stat status;
    if (os_stat(path, &status) != 0) {
        return errno == ENOENT ? make_folder(path, arena, fault)
                               : fault_errno(fault, arena, errno, "%s cannot be examined", path);
    }
    if (!is_empty(path, arena, &empty, fault)) {
        return false;
    }
    if (!empty) {
        fault_set(fault, arena, FAULT_CONFLICT, "the folder %s is not empty", path);
        return fault_hint(fault, arena, "an exchange is made in a new or empty folder");
    }
    return true;
}

static bool write_mark(const char *path, struct slice text, struct arena *arena,
                       struct fault *fault)
{
    int fd = os_open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0) {
        return fault_errno(fault, arena, errno, "%s cannot be made", path);
    }
    bool ok = os_pwrite_all(fd, text.ptr, text.len, 0) == 0 && os_fsync(fd) == 0;
    int error = errno;
    os_close(fd);
    return ok || fault_errno(fault, arena, error, "%s cannot be written", path);
}

static bool sync_folder(const char *path, struct arena *arena, struct fault *fault)
{
    return os_sync_directory(path) == 0 ||
           fault_errno(fault, arena, errno, "the folder %s cannot be synced", path);
}

bool data_directory_create(const char *path, bool demo, struct arena *arena, struct fault *fault)
{
    struct data_directory directory;
    if (!fill_paths(path, arena, &directory, fault) || !make_top(path, arena, fault) ||
        !make_folder(directory.stores, arena, fault) ||
        !make_folder(directory.audit, arena, fault) || !make_folder(directory.keys, arena, fault)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(key_purposes); i++) {
        if (!keys_create(directory.keys, slice_from_string(key_purposes[i]), arena, fault)) {
            return false;
        }
    }
    if (demo &&
        !write_mark(join(arena, path, "demo"), SLICE("synthetic people only\n"), arena, fault)) {
        return false;
    }
    return sync_folder(path, arena, fault) &&
           write_mark(join(arena, path, "evenlode"), SLICE(MARK), arena, fault) &&
           sync_folder(path, arena, fault) && sync_folder(join(arena, path, ".."), arena, fault);
}

/* -- opening --------------------------------------------------------------------------------- */

static bool check_mark(const char *path, struct arena *arena, struct fault *fault)
{
    char text[sizeof MARK + 16];
    const char *mark = join(arena, path, "evenlode");
    int fd = os_open(mark, O_RDONLY, 0);
    struct stat status;
    if (fd < 0 && errno != ENOENT && errno != ENOTDIR) {
        return fault_errno(fault, arena, errno, "%s cannot be read", mark);
    }
    if (fd < 0 && os_stat(join(arena, path, "stores"), &status) == 0) {
        fault_set(fault, arena, FAULT_NOT_FOUND, "%s was not made to its end", path);
        return fault_hint(fault, arena, "remove it, then: evenlode init --data %s", path);
    }
    if (fd < 0) {
        fault_set(fault, arena, FAULT_NOT_FOUND, "%s is not an Evenlode data directory", path);
        return fault_hint(fault, arena, "make one with: evenlode init --data %s", path);
    }
    ssize_t got = os_pread_all(fd, text, sizeof text, 0);
    os_close(fd);
    if (got < 0 || !slice_equal(slice_of(text, (size_t)got), SLICE(MARK))) {
        return fault_set(fault, arena, FAULT_VERSION, "%s was made by another version of Evenlode",
                         path);
    }
    return true;
}

static long read_holder(int fd)
{
    char text[32];
    uint64_t holder;
    ssize_t got = os_pread_all(fd, text, sizeof text, 0);
    if (got <= 0 || !slice_to_u64(slice_trim(slice_of(text, (size_t)got)), &holder)) {
        return 0;
    }
    return (long)holder;
}

static bool note_holder(int fd, const char *path, struct arena *arena, struct fault *fault)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (os_ftruncate(fd, 0) != 0 || os_pwrite_all(fd, text, (size_t)len, 0) != 0) {
        return fault_errno(fault, arena, errno, "the lock of %s cannot be written", path);
    }
    return true;
}

static enum directory_owner take_lock(struct data_directory *directory, struct arena *arena,
                                      long *ret_holder, struct fault *fault)
{
    int fd = os_open(join(arena, directory->path, "lock"), O_RDWR | O_CREAT, 0600);
    if (fd < 0) {
        fault_errno(fault, arena, errno, "the lock of %s cannot be opened", directory->path);
        return DIRECTORY_FAULT;
    }
    if (os_flock(fd, LOCK_EX | LOCK_NB) != 0) {
        bool held = errno == EWOULDBLOCK;
        if (held) {
            *ret_holder = read_holder(fd);
        } else {
            fault_errno(fault, arena, errno, "the lock of %s cannot be taken", directory->path);
        }
        os_close(fd);
        return held ? DIRECTORY_SERVED : DIRECTORY_FAULT;
    }
    if (!note_holder(fd, directory->path, arena, fault)) {
        os_close(fd);
        return DIRECTORY_FAULT;
    }
    directory->lock = fd;
    return DIRECTORY_OURS;
}

enum directory_owner data_directory_open(const char *path, struct arena *arena,
                                         struct data_directory *ret_directory, long *ret_holder,
                                         struct fault *fault)
{
    struct stat status;
    struct data_directory directory;
    if (!fill_paths(path, arena, &directory, fault) || !check_mark(path, arena, fault)) {
        return DIRECTORY_FAULT;
    }
    directory.demo = os_stat(join(arena, path, "demo"), &status) == 0;
    enum directory_owner owner = take_lock(&directory, arena, ret_holder, fault);
    if (owner != DIRECTORY_FAULT) {
        *ret_directory = directory;
    }
    return owner;
}

void data_directory_close(struct data_directory *directory)
{
    if (directory->lock >= 0) {
        os_close(directory->lock);
        directory->lock = -1;
    }
}
