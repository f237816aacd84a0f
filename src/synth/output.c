/*
 * output.c: files through base/os.h, so that a test can fill the disk under them.
 *
 * A buffer of LIMIT_SYNTH_CHUNK a file keeps the number of writes small; the lock on OUT.partial
 * keeps two runs from writing into one another. Reading a directory and removing an empty one have
 * no seam in os.h and are called directly: when they fail, nothing is lost that could look whole.
 */
#include "synth/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/os.h"

static bool is_dot(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* 0 entries also when there is no such directory; -1 when it cannot be read or is none */
static int count_entries(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return errno == ENOENT ? 0 : -1;
    }
    int count = 0;
    for (struct dirent *entry; count == 0 && (entry = readdir(directory)) != NULL;) {
        count += !is_dot(entry->d_name);
    }
    closedir(directory);
    return count;
}

static void remove_entries(const struct output *output)
{
    DIR *directory = opendir(output->partial);
    if (directory == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct slice path = arena_printf(output->arena, "%s/%s", output->partial, entry->d_name);
        if (!is_dot(entry->d_name) && path.ptr != NULL) {
            os_unlink(path.ptr);
        }
    }
    closedir(directory);
}

static bool check_target(const struct output *output, struct fault *fault)
{
    int entries = count_entries(output->target);
    if (entries < 0) {
        return fault_errno(fault, output->arena, errno, "cannot read the folder %s",
                           output->target);
    }
    if (entries > 0) {
        fault_set(fault, output->arena, FAULT_CONFLICT, "the folder %s is not empty",
                  output->target);
        return fault_hint(fault, output->arena, "name a folder that does not exist yet");
    }
    return true;
}

static bool lock_partial(struct output *output, struct fault *fault)
{
    if (os_mkdir(output->partial, 0777) < 0 && errno != EEXIST) {
        return fault_errno(fault, output->arena, errno, "cannot make the folder %s",
                           output->partial);
    }
    output->directory = os_open(output->partial, O_RDONLY | O_DIRECTORY, 0);
    if (output->directory < 0) {
        return fault_errno(fault, output->arena, errno, "cannot open the folder %s",
                           output->partial);
    }
    if (os_flock(output->directory, LOCK_EX | LOCK_NB) < 0) {
        int error = errno;
        os_close(output->directory);
        output->directory = -1;
        return error == EWOULDBLOCK
                   ? fault_set(fault, output->arena, FAULT_BUSY, "another run is writing into %s",
                               output->partial)
                   : fault_errno(fault, output->arena, error, "cannot lock %s", output->partial);
    }
    return true;
}

bool output_start(struct output *output, struct slice path, struct arena *arena,
                  struct fault *fault)
{
    *output = (struct output){ .arena = arena, .directory = -1 };
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    if (path.len == 0) {
        return fault_set(fault, arena, FAULT_INVALID, "no folder to write into is named");
    }
    output->target = arena_string(arena, path);
    struct slice partial = arena_printf(arena, "%.*s.partial", SLICE_PRINT(path));
    output->partial = arena_string(arena, partial);
    if (output->target == NULL || output->partial == NULL) {
        return fault_no_memory(fault, arena);
    }
    if (!check_target(output, fault) || !lock_partial(output, fault)) {
        return false;
    }
    remove_entries(output);
    return true;
}

bool output_create(struct output *output, struct slice name, uint32_t *ret_file,
                   struct fault *fault)
{
    assert(output->count < OUTPUT_MAX_FILES);
    struct slice path = arena_printf(output->arena, "%s/%.*s", output->partial, SLICE_PRINT(name));
    struct output_file *file = &output->files[output->count];
    *file = (struct output_file){ .name = arena_string(output->arena, path) };
    if (file->name == NULL) {
        return fault_no_memory(fault, output->arena);
    }
    file->fd = os_open(file->name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file->fd < 0) {
        return fault_errno(fault, output->arena, errno, "cannot create %s", file->name);
    }
    strbuf_init(&file->buffer, LIMIT_SYNTH_LINE);
    *ret_file = output->count++;
    return true;
}

struct strbuf *output_buffer(struct output *output, uint32_t file)
{
    return &output->files[file].buffer;
}

static bool write_out(struct output *output, struct output_file *file, struct fault *fault)
{
    struct slice text = strbuf_slice(&file->buffer);
    if (file->buffer.failed) {
        return fault_no_memory(fault, output->arena);
    }
    if (text.len > 0 && os_pwrite_all(file->fd, text.ptr, text.len, (off_t)file->written) < 0) {
        return fault_errno(fault, output->arena, errno, "cannot write %s", file->name);
    }
    file->written += text.len;
    strbuf_clear(&file->buffer);
    return true;
}

bool output_flush(struct output *output, uint32_t file, struct fault *fault)
{
    struct output_file *one = &output->files[file];
    if (!one->buffer.failed && one->buffer.len < LIMIT_SYNTH_CHUNK) {
        return true;
    }
    return write_out(output, one, fault);
}

static bool close_files(struct output *output, uint64_t *ret_bytes, struct fault *fault)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < output->count; i++) {
        struct output_file *file = &output->files[i];
        if (!write_out(output, file, fault)) {
            return false;
        }
        bytes += file->written;
        if (os_fdatasync(file->fd) < 0) {
            return fault_errno(fault, output->arena, errno, "cannot sync %s", file->name);
        }
        int fd = file->fd;
        file->fd = -1;
        strbuf_release(&file->buffer);
        if (os_close(fd) < 0) {
            return fault_errno(fault, output->arena, errno, "cannot close %s", file->name);
        }
    }
    *ret_bytes = bytes;
    return true;
}

static bool parent_of(const char *path, struct arena *arena, char **ret_parent)
{
    const char *slash = strrchr(path, '/');
    struct slice parent = slash == NULL   ? SLICE(".")
                          : slash == path ? SLICE("/")
                                          : slice_of(path, (size_t)(slash - path));
    *ret_parent = arena_string(arena, parent);
    return *ret_parent != NULL;
}

static bool appear(struct output *output, struct fault *fault)
{
    char *parent;
    if (!parent_of(output->target, output->arena, &parent)) {
        return fault_no_memory(fault, output->arena);
    }
    if (os_fsync(output->directory) < 0) {
        return fault_errno(fault, output->arena, errno, "cannot sync %s", output->partial);
    }
    if (os_rename(output->partial, output->target) < 0) {
        return fault_errno(fault, output->arena, errno, "cannot rename %s to %s", output->partial,
                           output->target);
    }
    os_close(output->directory);
    output->directory = -1;
    if (os_sync_directory(parent) < 0) {
        return fault_errno(fault, output->arena, errno, "cannot sync %s", parent);
    }
    return true;
}

bool output_finish(struct output *output, uint64_t *ret_bytes, struct fault *fault)
{
    uint64_t bytes = 0;
    if (!close_files(output, &bytes, fault) || !appear(output, fault)) {
        output_abandon(output);
        return false;
    }
    *ret_bytes = bytes;
    return true;
}

void output_abandon(struct output *output)
{
    for (uint32_t i = 0; i < output->count; i++) {
        struct output_file *file = &output->files[i];
        if (file->fd >= 0) {
            os_close(file->fd);
            file->fd = -1;
        }
        strbuf_release(&file->buffer);
    }
    if (output->directory >= 0) {
        remove_entries(output);
        rmdir(output->partial);
        os_close(output->directory);
        output->directory = -1;
    }
}
