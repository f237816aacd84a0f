/*
 * output.c: files through base/os.h, so that a test can fill the disk under them.
 *
 * The lock on OUT.partial keeps two runs from writing into one another. Whatever lies in a file
 * beyond the journal's length was written by blocks that the journal does not count, and is cut
 * off. Reading a directory and removing an empty one have no seam in os.h and are called directly:
 * when they fail, nothing is lost that could look whole.
 *
 * At the end the journal goes before the folder is renamed, so that a finished folder never holds
 * one. A run that is killed between the two steps has to start again; one that is killed earlier
 * loses a few seconds.
 */
#include "synth/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

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

static bool lengths_hold(struct output *output, struct fault *fault)
{
    struct stat status;
    for (size_t i = 0; i < output->journal.file_count; i++) {
        const struct journal_file *file = &output->journal.files[i];
        struct slice path =
            arena_printf(output->arena, "%s/%.*s", output->partial, SLICE_PRINT(file->name));
        if (path.ptr == NULL) {
            return fault_no_memory(fault, output->arena);
        }
        if (os_stat(path.ptr, &status) < 0) {
            return fault_errno(fault, output->arena, errno, "cannot look at %s", path.ptr);
        }
        if ((uint64_t)status.st_size < file->length) {
            return fault_set(fault, output->arena, FAULT_CORRUPT,
                             "%s is shorter than the journal says", path.ptr);
        }
    }
    return true;
}

static bool may_continue(struct output *output, struct slice options, struct fault *fault)
{
    if (!slice_equal(output->journal.options, options)) {
        fault_set(fault, output->arena, FAULT_CONFLICT,
                  "%s is the unfinished work of a run with other options", output->partial);
        return fault_detail(fault, output->arena, "there: %.*s; here: %.*s",
                            SLICE_PRINT(output->journal.options), SLICE_PRINT(options));
    }
    return lengths_hold(output, fault);
}

/* a leftover with a journal is continued, one without is emptied; a refusal leaves it as it was */
static bool take_over(struct output *output, struct slice options, bool restart,
                      struct fault *fault)
{
    bool found = false;
    bool ok =
        restart || journal_read(output->partial, output->arena, &output->journal, &found, fault);
    if (ok && found) {
        ok = may_continue(output, options, fault);
    }
    if (!ok) {
        os_close(output->directory);
        output->directory = -1;
        return fault->code == FAULT_CONFLICT || fault->code == FAULT_CORRUPT
                   ? fault_hint(fault, output->arena, "--restart discards it")
                   : false;
    }
    output->resumed = found;
    output->kept = found;
    if (!found) {
        output->journal = (struct journal){ .options = options };
        remove_entries(output);
    }
    return true;
}

bool output_start(struct output *output, struct slice path, struct slice options, bool restart,
                  struct arena *arena, struct fault *fault)
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
    return check_target(output, fault) && lock_partial(output, fault) &&
           take_over(output, options, restart, fault);
}

static const struct journal_file *in_journal(const struct output *output, struct slice name)
{
    for (size_t i = 0; output->resumed && i < output->journal.file_count; i++) {
        if (slice_equal(output->journal.files[i].name, name)) {
            return &output->journal.files[i];
        }
    }
    return NULL;
}

bool output_create(struct output *output, struct slice name, uint32_t *ret_file,
                   struct fault *fault)
{
    if (output->count == LIMIT_SYNTH_FILES) {
        return fault_set(fault, output->arena, FAULT_TOO_LARGE, "more than %d files",
                         LIMIT_SYNTH_FILES);
    }
    const struct journal_file *before = in_journal(output, name);
    struct slice path = arena_printf(output->arena, "%s/%.*s", output->partial, SLICE_PRINT(name));
    struct output_file *file = &output->files[output->count];
    *file = (struct output_file){ .path = arena_string(output->arena, path),
                                  .name = arena_copy(output->arena, name),
                                  .length = before != NULL ? before->length : 0 };
    if (file->path == NULL || file->name.ptr == NULL) {
        return fault_no_memory(fault, output->arena);
    }
    file->fd = os_open(file->path, O_WRONLY | O_CREAT | (before != NULL ? 0 : O_TRUNC), 0666);
    if (file->fd < 0) {
        return fault_errno(fault, output->arena, errno, "cannot create %s", file->path);
    }
    *ret_file = output->count++;
    return before == NULL || os_ftruncate(file->fd, (off_t)before->length) == 0 ||
           fault_errno(fault, output->arena, errno, "cannot cut %s", file->path);
}

bool output_append(struct output *output, uint32_t file, struct slice bytes, struct fault *fault)
{
    struct output_file *to = &output->files[file];
    if (bytes.len > 0 && os_pwrite_all(to->fd, bytes.ptr, bytes.len, (off_t)to->length) < 0) {
        return fault_errno(fault, output->arena, errno, "cannot write %s", to->path);
    }
    to->length += bytes.len;
    return true;
}

static bool sync_files(struct output *output, struct fault *fault)
{
    for (uint32_t i = 0; i < output->count; i++) {
        if (os_fdatasync(output->files[i].fd) < 0) {
            return fault_errno(fault, output->arena, errno, "cannot sync %s",
                               output->files[i].path);
        }
    }
    return true;
}

bool output_save(struct output *output, uint64_t block, const struct digest *first,
                 const struct synth_report *counts, struct fault *fault)
{
    struct journal *journal = &output->journal;
    if (journal->file_count < output->count) {
        journal->files = arena_array(output->arena, LIMIT_SYNTH_FILES, struct journal_file);
        if (journal->files == NULL) {
            return fault_no_memory(fault, output->arena);
        }
    }
    journal->block = block;
    journal->first = *first;
    journal->counts = *counts;
    journal->file_count = output->count;
    for (uint32_t i = 0; i < output->count; i++) {
        journal->files[i] = (struct journal_file){ output->files[i].name, output->files[i].length };
    }
    if (!sync_files(output, fault) ||
        !journal_write(output->partial, journal, output->arena, fault)) {
        return false;
    }
    output->kept = true;
    return true;
}

static bool close_files(struct output *output, uint64_t *ret_bytes, struct fault *fault)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < output->count; i++) {
        struct output_file *file = &output->files[i];
        bytes += file->length;
        int fd = file->fd;
        file->fd = -1;
        if (os_close(fd) < 0) {
            return fault_errno(fault, output->arena, errno, "cannot close %s", file->path);
        }
    }
    *ret_bytes = bytes;
    return true;
}

static bool drop_journal(struct output *output, struct fault *fault)
{
    if (!output->kept) {
        return true;
    }
    struct slice path = arena_printf(output->arena, "%s/" JOURNAL_NAME, output->partial);
    if (path.ptr == NULL) {
        return fault_no_memory(fault, output->arena);
    }
    if (os_unlink(path.ptr) < 0) {
        return fault_errno(fault, output->arena, errno, "cannot remove %s", path.ptr);
    }
    output->kept = false;
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
    if (!sync_files(output, fault) || !close_files(output, &bytes, fault) ||
        !drop_journal(output, fault) || !appear(output, fault)) {
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
    }
    if (output->directory < 0) {
        return;
    }
    if (!output->kept) {
        remove_entries(output);
        rmdir(output->partial);
    }
    os_close(output->directory);
    output->directory = -1;
}
