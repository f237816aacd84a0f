/*
 * vfs_lock.c: SQLite's locks and the WAL index, on the heap.
 *
 * SQLite's own Unix VFS takes these locks with fcntl() and shares the WAL index through a mapped
 * file, because other processes may have the database open. Here none may: the data directory has
 * one owner. So the file locks are a count and two pointers, the WAL-index locks are a count and a
 * pointer a slot, and the index is plain memory that dies with the process; SQLite then rebuilds
 * it from the log, as it does after a crash.
 *
 * The rules are those of SQLite's documentation of sqlite3_io_methods: many SHARED; one RESERVED
 * beside them; EXCLUSIVE alone, and once a connection waits for it (PENDING) no new SHARED is
 * given.
 */
#include "store/sqlite/vfs_private.h"

#include "base/os.h"

static struct vfs_file *of(sqlite3_file *file)
{
    struct vfs_file *self = (struct vfs_file *)file;
    assert(self->vfs->magic == STORE_VFS_MAGIC);
    return self;
}

/* one step of vfs_lock(), under the mutex */
static int lock_step(struct vfs_locks *locks, struct vfs_file *self, int level)
{
    if (level == SQLITE_LOCK_SHARED) {
        if (locks->pending != NULL && locks->pending != self) {
            return SQLITE_BUSY;
        }
        locks->shared++;
        self->lock = SQLITE_LOCK_SHARED;
        return SQLITE_OK;
    }
    if (locks->reserved != NULL && locks->reserved != self) {
        return SQLITE_BUSY;
    }
    locks->reserved = self;
    if (level == SQLITE_LOCK_RESERVED) {
        self->lock = SQLITE_LOCK_RESERVED;
        return SQLITE_OK;
    }
    locks->pending = self;
    self->lock = SQLITE_LOCK_PENDING;
    if (locks->shared > 1) {
        return SQLITE_BUSY;
    }
    self->lock = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

int vfs_lock(sqlite3_file *file, int level)
{
    struct vfs_file *self = of(file);
    if (self->lock >= level) {
        return SQLITE_OK;
    }
    pthread_mutex_lock(&self->vfs->mutex);
    int code = lock_step(&self->vfs->locks, self, level);
    pthread_mutex_unlock(&self->vfs->mutex);
    return code;
}

int vfs_unlock(sqlite3_file *file, int level)
{
    struct vfs_file *self = of(file);
    struct vfs_locks *locks = &self->vfs->locks;
    if (self->lock <= level) {
        return SQLITE_OK;
    }
    pthread_mutex_lock(&self->vfs->mutex);
    if (locks->reserved == self) {
        locks->reserved = NULL;
    }
    if (locks->pending == self) {
        locks->pending = NULL;
    }
    if (level == SQLITE_LOCK_NONE) {
        assert(locks->shared > 0);
        locks->shared--;
    }
    self->lock = level;
    pthread_mutex_unlock(&self->vfs->mutex);
    return SQLITE_OK;
}

int vfs_check_reserved_lock(sqlite3_file *file, int *ret_reserved)
{
    struct vfs_file *self = of(file);
    pthread_mutex_lock(&self->vfs->mutex);
    *ret_reserved = self->vfs->locks.reserved != NULL;
    pthread_mutex_unlock(&self->vfs->mutex);
    return SQLITE_OK;
}

/* makes regions up to and with `region`; false without memory */
static bool shm_extend(struct vfs_shm *shm, int region, int size)
{
    void **regions = os_realloc(shm->regions, (size_t)(region + 1) * sizeof *regions);
    if (regions == NULL) {
        return false;
    }
    shm->regions = regions;
    while (shm->regions_count <= region) {
        void *block = os_malloc((size_t)size);
        if (block == NULL) {
            return false;
        }
        memset(block, 0, (size_t)size);
        shm->regions[shm->regions_count++] = block;
    }
    return true;
}

int vfs_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret_at)
{
    struct vfs_file *self = of(file);
    struct vfs_shm *shm = &self->vfs->shm;
    int code = SQLITE_OK;
    void *at = NULL;
    pthread_mutex_lock(&self->vfs->mutex);
    if (!self->shm_open) {
        self->shm_open = true;
        shm->references++;
        shm->region_size = size;
    }
    assert(shm->region_size == size);
    if (region >= shm->regions_count && extend && !shm_extend(shm, region, size)) {
        code = SQLITE_NOMEM;
    } else if (region < shm->regions_count) {
        at = shm->regions[region];
    }
    pthread_mutex_unlock(&self->vfs->mutex);
    *ret_at = at;
    return code;
}

static int shm_unlock(struct vfs_shm *shm, struct vfs_file *self, int offset, int count)
{
    for (int slot = offset; slot < offset + count; slot++) {
        uint16_t bit = (uint16_t)(1u << slot);
        if (self->shm_exclusive & bit) {
            shm->exclusive[slot] = NULL;
            self->shm_exclusive &= (uint16_t)~bit;
        } else if (self->shm_shared & bit) {
            shm->shared[slot]--;
            self->shm_shared &= (uint16_t)~bit;
        }
    }
    return SQLITE_OK;
}

static int shm_lock_shared(struct vfs_shm *shm, struct vfs_file *self, int slot)
{
    uint16_t bit = (uint16_t)(1u << slot);
    if (self->shm_shared & bit) {
        return SQLITE_OK;
    }
    if (shm->exclusive[slot] != NULL) {
        return SQLITE_BUSY;
    }
    shm->shared[slot]++;
    self->shm_shared |= bit;
    return SQLITE_OK;
}

static int shm_lock_exclusive(struct vfs_shm *shm, struct vfs_file *self, int offset, int count)
{
    for (int slot = offset; slot < offset + count; slot++) {
        bool others = shm->exclusive[slot] != NULL && shm->exclusive[slot] != self;
        if (others || shm->shared[slot] > 0) {
            return SQLITE_BUSY;
        }
    }
    for (int slot = offset; slot < offset + count; slot++) {
        shm->exclusive[slot] = self;
        self->shm_exclusive |= (uint16_t)(1u << slot);
    }
    return SQLITE_OK;
}

int vfs_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    struct vfs_file *self = of(file);
    struct vfs_shm *shm = &self->vfs->shm;
    int code;
    assert(offset >= 0 && count >= 1 && offset + count <= SQLITE_SHM_NLOCK);
    pthread_mutex_lock(&self->vfs->mutex);
    if (flags & SQLITE_SHM_UNLOCK) {
        code = shm_unlock(shm, self, offset, count);
    } else if (flags & SQLITE_SHM_SHARED) {
        code = shm_lock_shared(shm, self, offset);
    } else {
        code = shm_lock_exclusive(shm, self, offset, count);
    }
    pthread_mutex_unlock(&self->vfs->mutex);
    return code;
}

void vfs_shm_barrier(sqlite3_file *file)
{
    struct vfs_file *self = of(file);
    /* the lock orders what the fence alone would not show to ThreadSanitizer */
    pthread_mutex_lock(&self->vfs->mutex);
    atomic_thread_fence(memory_order_seq_cst);
    pthread_mutex_unlock(&self->vfs->mutex);
}

int vfs_shm_unmap(sqlite3_file *file, int delete_it)
{
    struct vfs_file *self = of(file);
    struct vfs_shm *shm = &self->vfs->shm;
    (void)delete_it; /* there is no file to delete */
    if (!self->shm_open) {
        return SQLITE_OK;
    }
    pthread_mutex_lock(&self->vfs->mutex);
    shm_unlock(shm, self, 0, SQLITE_SHM_NLOCK);
    self->shm_open = false;
    shm->references--;
    if (shm->references == 0) {
        for (int i = 0; i < shm->regions_count; i++) {
            os_free(shm->regions[i]);
        }
        os_free(shm->regions);
        *shm = (struct vfs_shm){ 0 };
    }
    pthread_mutex_unlock(&self->vfs->mutex);
    return SQLITE_OK;
}
