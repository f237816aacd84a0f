/*
 * vfs_file.c: reads, writes and syncs of one open file.
 *
 * Every call goes to base/os.h with its offset, so connections can share a descriptor. What SQLite
 * is told about the disk: a write never disturbs bytes beside it (POWERSAFE_OVERWRITE, as its own
 * Unix VFS says), and nothing more: torn writes within a page are its log's checksums' business.
 *
 * SQLite asks for the size of a database whose log is empty at the beginning of every read. Its
 * directory has one owner and every write comes through here, so the size is known without a system
 * call: a node keeps it. After a write or truncation that failed it is asked for from then on,
 * since a part of it may have been done.
 *
 * A file that was created here is not durable by its own sync alone: its name must be, too. The
 * first sync of a new file therefore syncs the directory as well.
 *
 * Pages are sealed on their way into the database, in a copy, and compared on their way out
 * (db_page.h). All that SQLite reads of a database in other pieces is its header, and that it reads
 * again with the first page before it believes it; so a piece of another shape can only come of a
 * header that is damaged. The log is read in whole frames when SQLite opens it, which it checks
 * itself, and later page by page, which is checked here.
 */
#include "store/sqlite/vfs_private.h"

#include <errno.h>

#include "base/log.h"
#include "base/os.h"
#include "store/sqlite/db_page.h"

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

/* what was read is not what was written: an error of the disk, told once in the log */
static int damaged(struct vfs_file *self, uint32_t page)
{
    struct store_vfs *vfs = self->vfs;
    if (atomic_exchange(&vfs->damaged_page, page) == 0) {
        const char *slash = strrchr(vfs->path, '/');
        const char *name = slash == NULL ? vfs->path : slash + 1;
        log_event(LOG_ERROR, "store.page-damaged", LOG_PUBLIC("file", slice_from_string(name)),
                  LOG_PUBLIC("in", self->kind == NODE_WAL ? SLICE("log") : SLICE("database")),
                  LOG_COUNT("page", page));
    }
    return SQLITE_IOERR_DATA;
}

static int read_piece(struct vfs_file *self, void *buffer, int len, sqlite3_int64 offset)
{
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

static bool is_page(int len, sqlite3_int64 offset)
{
    return len == PAGE_BYTES && offset % PAGE_BYTES == 0;
}

static uint32_t page_at(sqlite3_int64 offset)
{
    return (uint32_t)(offset / PAGE_BYTES + 1);
}

static int read_database(struct vfs_file *self, void *buffer, int len, sqlite3_int64 offset)
{
    int code = read_piece(self, buffer, len, offset);
    if (offset + len <= PAGE_HEADER || (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ)) {
        return code;
    }
    bool fits = is_page(len, offset) && db_page_is_sealed(buffer, page_at(offset));
    return fits ? code : damaged(self, page_at(offset));
}

/* a page of the log: with the header of its frame, and the check of the frame before */
static int read_logged(struct vfs_file *self, void *buffer, sqlite3_int64 offset)
{
    unsigned char frame[LOG_FRAME];
    unsigned char before[LOG_CHECK];
    sqlite3_int64 start = offset - LOG_FRAME_HEADER;
    sqlite3_int64 check = start == LOG_HEADER ? LOG_HEADER - LOG_CHECK
                                              : start - LOG_FRAME + LOG_FRAME_HEADER - LOG_CHECK;
    int code = read_piece(self, before, sizeof before, check);
    if (code == SQLITE_OK) {
        code = read_piece(self, frame, sizeof frame, start);
    }
    if (code != SQLITE_OK) {
        return code;
    }
    if (!db_page_fits_log(frame, before)) {
        return damaged(self, (uint32_t)frame[0] << 24 | (uint32_t)frame[1] << 16 |
                                 (uint32_t)frame[2] << 8 | frame[3]);
    }
    memcpy(buffer, frame + LOG_FRAME_HEADER, PAGE_BYTES);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *buffer, int len, sqlite3_int64 offset)
{
    struct vfs_file *self = (struct vfs_file *)file;
    if (self->kind == NODE_DATABASE) {
        return read_database(self, buffer, len, offset);
    }
    bool logged = self->kind == NODE_WAL && len == PAGE_BYTES && offset > LOG_HEADER;
    return logged ? read_logged(self, buffer, offset) : read_piece(self, buffer, len, offset);
}

static void note_end(struct vfs_node *node, int64_t end)
{
    int64_t size = atomic_load(&node->size);
    while (size != SIZE_UNKNOWN && size < end &&
           !atomic_compare_exchange_weak(&node->size, &size, end)) {
    }
}

static int file_write(sqlite3_file *file, const void *buffer, int len, sqlite3_int64 offset)
{
    struct vfs_file *self = (struct vfs_file *)file;
    unsigned char page[PAGE_BYTES];
    if (atomic_load(&self->vfs->sync_failed)) {
        return SQLITE_IOERR_WRITE;
    }
    if (self->kind == NODE_DATABASE) {
        if (!is_page(len, offset)) {
            return SQLITE_IOERR_WRITE;
        }
        memcpy(page, buffer, sizeof page);
        db_page_seal(page, page_at(offset));
        buffer = page;
    }
    struct vfs_node *node = &self->vfs->nodes[self->kind];
    if (os_pwrite_all(self->fd, buffer, (size_t)len, offset) != 0) {
        atomic_store(&node->size, SIZE_UNKNOWN);
        return write_error(self->vfs, SQLITE_IOERR_WRITE);
    }
    note_end(node, offset + len);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct vfs_file *self = (struct vfs_file *)file;
    if (atomic_load(&self->vfs->sync_failed)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    struct vfs_node *node = &self->vfs->nodes[self->kind];
    if (os_ftruncate(self->fd, size) != 0) {
        atomic_store(&node->size, SIZE_UNKNOWN);
        return write_error(self->vfs, SQLITE_IOERR_TRUNCATE);
    }
    if (atomic_load(&node->size) != SIZE_UNKNOWN) {
        atomic_store(&node->size, size); /* SQLite has one writer at a time */
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
    int64_t known = atomic_load(&self->vfs->nodes[self->kind].size);
    if (known != SIZE_UNKNOWN) {
        *ret_size = known;
        return SQLITE_OK;
    }
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
