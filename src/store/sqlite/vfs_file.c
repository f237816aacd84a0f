/*
 * vfs_file.c: reads, writes and syncs of one open file.
 *
 * Every call goes to base/os.h with its offset, so connections can share a descriptor. What SQLite
 * is told about the disk: a write never disturbs bytes beside it (POWERSAFE_OVERWRITE, as its own
 * Unix VFS says), and nothing more: torn writes within a page are its log's checksums' business.
 *
 * A file that was created here is not durable by its own sync alone: its name must be, too. The
 * first sync of a new file therefore syncs the directory as well.
 */
#include "store/sqlite/vfs_private.h"

#include <errno.h>

#include "base/os.h"

int vfs_note(struct store_vfs *vfs, int code)
{
    atomic_store(&vfs->last_errno, errno);
    return code;
}

/* how a refused write is told to SQLite: a full disk can be waited out, the rest cannot */
static int write_error(struct store_vfs *vfs, int code)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return vfs_note(vfs, full ? SQLITE_FULL : code);
}

static int file_close(sqlite3_file *file)
{
    struct vfs_file *self = (struct vfs_file *)file;
    vfs_shm_unmap(file, 0);
    vfs_unlock(file, SQLITE_LOCK_NONE);
    vfs_node_release(self->vfs, self->kind);
    self->fd = -1;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *buffer, int len, sqlite3_int64 offset)
{
    struct vfs_file *self = (struct vfs_file *)file;
    ssize_t got = os_pread_all(self->fd, buffer, (size_t)len, offset);
    if (got < 0) {
        return vfs_note(self->vfs, SQLITE_IOERR_READ);
    }
    if (got < len) {
        memset((char *)buffer + got, 0, (size_t)(len - got));
        return SQLITE_IOERR_SHORT_READ;
    }
    return SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *buffer, int len, sqlite3_int64 offset)
{
    struct vfs_file *self = (struct vfs_file *)file;
    if (atomic_load(&self->vfs->sync_failed)) {
        return SQLITE_IOERR_WRITE;
    }
    if (os_pwrite_all(self->fd, buffer, (size_t)len, offset) != 0) {
        return write_error(self->vfs, SQLITE_IOERR_WRITE);
    }
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct vfs_file *self = (struct vfs_file *)file;
    if (atomic_load(&self->vfs->sync_failed)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    if (os_ftruncate(self->fd, size) != 0) {
        return write_error(self->vfs, SQLITE_IOERR_TRUNCATE);
    }
    return SQLITE_OK;
}

static int sync_name(struct vfs_file *self)
{
    char directory[VFS_PATH_SIZE];
    const char *slash = strrchr(self->vfs->path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - self->vfs->path);
    memcpy(directory, self->vfs->path, len);
    directory[len] = '\0';
    return os_sync_directory(slash == NULL ? "." : len == 0 ? "/" : directory);
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct vfs_file *self = (struct vfs_file *)file;
    struct vfs_node *node = &self->vfs->nodes[self->kind];
    (void)flags; /* every sync is a full one */
    if (atomic_load(&self->vfs->sync_failed)) {
        return SQLITE_IOERR_FSYNC;
    }
    if (os_fdatasync(self->fd) != 0 || (node->name_unsynced && sync_name(self) != 0)) {
        atomic_store(&self->vfs->sync_failed, true);
        return vfs_note(self->vfs, SQLITE_IOERR_FSYNC);
    }
    node->name_unsynced = false;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    struct vfs_file *self = (struct vfs_file *)file;
    struct stat status;
    if (os_fstat(self->fd, &status) != 0) {
        return vfs_note(self->vfs, SQLITE_IOERR_FSTAT);
    }
    *ret_size = status.st_size;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    (void)file, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
    (void)file;
    return 4096;
}

static int file_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

const sqlite3_io_methods vfs_file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};
