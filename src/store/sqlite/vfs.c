/*
 * vfs.c: opening, deleting and naming the files of one database.
 *
 * SQLite knows a VFS by name in one process-wide list; a database here has a VFS of its own, so
 * its locks, descriptors and the memory of a failed sync need no global table and no global mutex.
 * The names are counted up and carry the object's number only; a path never reaches SQLite's list.
 *
 * SQLite's heap goes through os_malloc(), so that a test that fails the k-th allocation fails
 * SQLite's, too. The size that SQLite asks to be remembered stands in front of each piece.
 */
#include "store/sqlite/vfs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/os.h"
#include "store/sqlite/db_page.h"

void vfs_node_release(struct store_vfs *vfs, enum vfs_node_kind kind)
{
    struct vfs_node *node = &vfs->nodes[kind];
    pthread_mutex_lock(&vfs->mutex);
    assert(node->references > 0);
    node->references--;
    if (node->references == 0) {
        os_close(node->fd);
        node->fd = -1;
    }
    pthread_mutex_unlock(&vfs->mutex);
}

static uint32_t get_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* how much of the log may be read back: header and the frames that carry its salts; -1 on error */
static off_t log_length(int fd)
{
    unsigned char header[LOG_HEADER];
    unsigned char frame[LOG_FRAME_HEADER];
    ssize_t got = os_pread_all(fd, header, sizeof header, 0);
    off_t end = LOG_HEADER;
    if (got < LOG_HEADER) {
        return got < 0 ? -1 : 0;
    }
    uint32_t page = get_u32(header + 8);
    if (page < 512 || page > 65536) {
        return 0; /* no log of SQLite's: nothing of it will be read */
    }
    for (;;) {
        got = os_pread_all(fd, frame, sizeof frame, end);
        if (got < 0) {
            return -1;
        }
        if (got < LOG_FRAME_HEADER || memcmp(frame + 8, header + 16, 8) != 0) {
            return end;
        }
        end += LOG_FRAME_HEADER + (off_t)page;
    }
}

/*
 * A log that is found when its store is opened may hold pages that a failed sync left in memory,
 * marked clean: the next sync would pass over them, and what is then appended behind them would be
 * lost with them when the power goes. Written once more they are dirty again, and one sync makes
 * sure of all of them.
 */
static bool secure_log(int fd)
{
    static const size_t piece = (size_t)64 * 1024;
    off_t length = log_length(fd);
    char *buffer = length > 0 ? os_malloc(piece) : NULL;
    bool ok = length == 0 || buffer != NULL;
    for (off_t offset = 0; ok && offset < length;) {
        ssize_t got = os_pread_all(fd, buffer, piece, offset);
        ok = got >= 0 && os_pwrite_all(fd, buffer, (size_t)got, offset) == 0;
        offset = got < (ssize_t)piece ? length : offset + got;
    }
    os_free(buffer);
    return ok && (length == 0 || os_fdatasync(fd) == 0);
}

/* under the mutex: opens the node's file unless another connection has */
static int node_acquire(struct store_vfs *vfs, struct vfs_node *node, const char *path, int flags)
{
    if (node->references > 0) {
        node->references++;
        return SQLITE_OK;
    }
    struct stat status;
    int how = (flags & SQLITE_OPEN_READONLY) ? O_RDONLY : O_RDWR;
    bool there = os_stat(path, &status) == 0;
    if (!there && errno != ENOENT) {
        return vfs_note(vfs, SQLITE_CANTOPEN);
    }
    node->fd = os_open(path, how | ((flags & SQLITE_OPEN_CREATE) ? O_CREAT : 0), 0600);
    if (node->fd < 0) {
        return vfs_note(vfs, errno == ENOSPC || errno == EDQUOT ? SQLITE_FULL : SQLITE_CANTOPEN);
    }
    if (node == &vfs->nodes[NODE_WAL] && !secure_log(node->fd)) {
        vfs_note(vfs, 0);
        os_close(node->fd);
        node->fd = -1;
        return SQLITE_CANTOPEN;
    }
    atomic_store(&node->size, os_fstat(node->fd, &status) == 0 ? status.st_size : SIZE_UNKNOWN);
    node->name_unsynced = !there || node == &vfs->nodes[NODE_WAL];
    node->references = 1;
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *base, const char *path, sqlite3_file *file, int flags,
                    int *ret_flags)
{
    struct store_vfs *vfs = (struct store_vfs *)base;
    struct vfs_file *self = (struct vfs_file *)file;
    enum vfs_node_kind kind = (flags & SQLITE_OPEN_MAIN_DB) ? NODE_DATABASE
                              : (flags & SQLITE_OPEN_WAL)   ? NODE_WAL
                                                            : NODE_JOURNAL;
    file->pMethods = NULL;
    if (path == NULL || (kind == NODE_JOURNAL && !(flags & SQLITE_OPEN_MAIN_JOURNAL))) {
        return SQLITE_CANTOPEN; /* temporary files are kept in memory */
    }
    pthread_mutex_lock(&vfs->mutex);
    int code = node_acquire(vfs, &vfs->nodes[kind], path, flags);
    pthread_mutex_unlock(&vfs->mutex);
    if (code != SQLITE_OK) {
        return code;
    }
    *self = (struct vfs_file){
        .base.pMethods = &vfs_file_methods,
        .vfs = vfs,
        .kind = kind,
        .fd = vfs->nodes[kind].fd,
    };
    if (ret_flags != NULL) {
        *ret_flags = flags;
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *base, const char *path, int sync_directory)
{
    struct store_vfs *vfs = (struct store_vfs *)base;
    char directory[VFS_PATH_SIZE];
    if (atomic_load(&vfs->sync_failed)) {
        return SQLITE_IOERR_DELETE;
    }
    if (os_unlink(path) != 0) {
        return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : vfs_note(vfs, SQLITE_IOERR_DELETE);
    }
    const char *slash = strrchr(path, '/');
    if (!sync_directory || slash == NULL || slash == path) {
        return SQLITE_OK;
    }
    memcpy(directory, path, (size_t)(slash - path));
    directory[slash - path] = '\0';
    if (os_sync_directory(directory) != 0) {
        atomic_store(&vfs->sync_failed, true);
        return vfs_note(vfs, SQLITE_IOERR_DIR_FSYNC);
    }
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *base, const char *path, int flags, int *ret_there)
{
    struct stat status;
    (void)base;
    *ret_there = os_stat(path, &status) == 0;
    if (*ret_there && flags == SQLITE_ACCESS_EXISTS && status.st_size == 0) {
        *ret_there = 0; /* as SQLite's own: an empty log or journal is none */
    }
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *base, const char *path, int size, char *ret_path)
{
    (void)base;
    size_t len = strlen(path);
    if (len >= (size_t)size) {
        return SQLITE_CANTOPEN;
    }
    memcpy(ret_path, path, len + 1);
    return SQLITE_OK;
}

static int vfs_random(sqlite3_vfs *base, int len, char *ret_bytes)
{
    (void)base;
    memset(ret_bytes, 0, (size_t)len);
    return os_random(ret_bytes, (size_t)len) == 0 ? len : 0;
}

static int vfs_sleep(sqlite3_vfs *base, int microseconds)
{
    (void)base;
    usleep((useconds_t)microseconds);
    return microseconds;
}

/* SQLite counts milliseconds from noon, 24 November 4714 BC (Gregorian) */
#define JULIAN_MS_OF_1970 (INT64_C(24405875) * 8640000)

static int vfs_time64(sqlite3_vfs *base, sqlite3_int64 *ret_time)
{
    (void)base;
    *ret_time = JULIAN_MS_OF_1970 + os_now() / 1000;
    return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *base, double *ret_days)
{
    sqlite3_int64 time;
    vfs_time64(base, &time);
    *ret_days = (double)time / 86400000.0;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *base, int size, char *ret_text)
{
    (void)size, (void)ret_text;
    return atomic_load(&((struct store_vfs *)base)->last_errno);
}

struct store_vfs *store_vfs_new(const char *path)
{
    static atomic_uint serial; /* only to make names in SQLite's list differ */
    size_t len = strlen(path);
    struct store_vfs *vfs = len + 16 < VFS_PATH_SIZE ? os_malloc(sizeof *vfs) : NULL;
    if (vfs == NULL) {
        return NULL;
    }
    memset(vfs, 0, sizeof *vfs);
    vfs->magic = STORE_VFS_MAGIC;
    pthread_mutex_init(&vfs->mutex, NULL);
    memcpy(vfs->path, path, len + 1);
    (void)snprintf(vfs->name, sizeof vfs->name, "evenlode-%u", atomic_fetch_add(&serial, 1));
    for (size_t i = 0; i < NODE_COUNT; i++) {
        vfs->nodes[i].fd = -1;
    }
    vfs->base = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(struct vfs_file),
        .mxPathname = VFS_PATH_SIZE,
        .zName = vfs->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time64,
    };
    if (sqlite3_vfs_register(&vfs->base, 0) != SQLITE_OK) {
        pthread_mutex_destroy(&vfs->mutex);
        os_free(vfs);
        return NULL;
    }
    return vfs;
}

void store_vfs_free(struct store_vfs *vfs)
{
    if (vfs == NULL) {
        return;
    }
    CHECK_OBJ(vfs, STORE_VFS_MAGIC);
    for (size_t i = 0; i < NODE_COUNT; i++) {
        assert(vfs->nodes[i].references == 0);
    }
    sqlite3_vfs_unregister(&vfs->base);
    pthread_mutex_destroy(&vfs->mutex);
    vfs->magic = 0;
    os_free(vfs);
}

const char *store_vfs_name(const struct store_vfs *vfs)
{
    return vfs->name;
}

const char *store_vfs_path(const struct store_vfs *vfs)
{
    return vfs->path;
}

bool store_vfs_sync_failed(struct store_vfs *vfs)
{
    return atomic_load(&vfs->sync_failed);
}

int store_vfs_errno(struct store_vfs *vfs)
{
    return atomic_load(&vfs->last_errno);
}

uint32_t store_vfs_damaged_page(struct store_vfs *vfs)
{
    return atomic_load(&vfs->damaged_page);
}

bool store_vfs_is_unsealed(const char *path, uint32_t sealed_since)
{
    static const char magic[16] = "SQLite format 3";
    unsigned char header[PAGE_HEADER];
    int fd = os_open(path, O_RDONLY, 0);
    ssize_t got = fd < 0 ? -1 : os_pread_all(fd, header, sizeof header, 0);
    if (fd >= 0) {
        os_close(fd);
    }
    /* fileformat2.html, 1.3: at 20 the bytes that are reserved in each page, at 60 user_version */
    return got == (ssize_t)sizeof header && memcmp(header, magic, sizeof magic) == 0 &&
           header[20] == 0 && get_u32(header + 60) < sealed_since;
}

/* -- the heap ------------------------------------------------------------------------------- */

#define PIECE_HEADER ((size_t)16)

static void *heap_malloc(int size)
{
    char *piece = os_malloc((size_t)size + PIECE_HEADER);
    if (piece == NULL) {
        return NULL;
    }
    memcpy(piece, &size, sizeof size);
    return piece + PIECE_HEADER;
}

static void heap_free(void *memory)
{
    if (memory != NULL) {
        os_free((char *)memory - PIECE_HEADER);
    }
}

static void *heap_realloc(void *memory, int size)
{
    char *piece = os_realloc((char *)memory - PIECE_HEADER, (size_t)size + PIECE_HEADER);
    if (piece == NULL) {
        return NULL;
    }
    memcpy(piece, &size, sizeof size);
    return piece + PIECE_HEADER;
}

static int heap_size(void *memory)
{
    int size = 0;
    if (memory != NULL) {
        memcpy(&size, (char *)memory - PIECE_HEADER, sizeof size);
    }
    return size;
}

static int heap_roundup(int size)
{
    return (size + 7) & ~7;
}

static int heap_init(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void heap_shutdown(void *context)
{
    (void)context;
}

static pthread_once_t started = PTHREAD_ONCE_INIT;
static bool start_worked;

static void start(void)
{
    static sqlite3_mem_methods heap = {
        .xMalloc = heap_malloc,
        .xFree = heap_free,
        .xRealloc = heap_realloc,
        .xSize = heap_size,
        .xRoundup = heap_roundup,
        .xInit = heap_init,
        .xShutdown = heap_shutdown,
    };
    start_worked = sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK &&
                   sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK &&
                   sqlite3_config(SQLITE_CONFIG_MALLOC, &heap) == SQLITE_OK &&
                   sqlite3_initialize() == SQLITE_OK;
}

bool sqlite_start(void)
{
    pthread_once(&started, start);
    return start_worked;
}
