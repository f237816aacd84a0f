/*
 * vfs_private.h: what the three sources of the VFS share (vfs.c, vfs_file.c, vfs_lock.c).
 */
#ifndef EVENLODE_STORE_SQLITE_VFS_PRIVATE_H
#define EVENLODE_STORE_SQLITE_VFS_PRIVATE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "store/sqlite/vfs.h"

#define STORE_VFS_MAGIC 0x5a1f0e11u
#define VFS_NAME_SIZE   32
#define VFS_PATH_SIZE   4096

enum vfs_node_kind {
    NODE_DATABASE,
    NODE_WAL,
    NODE_JOURNAL, /* only while an empty file becomes a WAL database */
    NODE_COUNT,
};

#define SIZE_UNKNOWN (-1)

struct vfs_file;

/* one file on disk, shared by all connections that have it open */
struct vfs_node {
    int fd;
    unsigned references;
    bool name_unsynced;   /* created here: its directory entry is not durable yet */
    _Atomic int64_t size; /* as the system has it; SIZE_UNKNOWN after a write that failed */
};

struct vfs_locks {
    unsigned shared;           /* connections that hold SHARED or more */
    struct vfs_file *reserved; /* the one that holds RESERVED or more */
    struct vfs_file *pending;  /* the one that waits for, or has, EXCLUSIVE */
};

struct vfs_shm {
    void **regions; /* the WAL index, in blocks that SQLite asks for */
    int regions_count;
    int region_size;
    unsigned references;
    unsigned shared[SQLITE_SHM_NLOCK];
    struct vfs_file *exclusive[SQLITE_SHM_NLOCK];
};

struct store_vfs {
    sqlite3_vfs base; /* must be first */
    uint32_t magic;
    pthread_mutex_t mutex; /* of everything below */
    char name[VFS_NAME_SIZE];
    char path[VFS_PATH_SIZE];
    struct vfs_node nodes[NODE_COUNT];
    struct vfs_locks locks;
    struct vfs_shm shm;
    atomic_bool sync_failed;
    atomic_int last_errno;
    atomic_uint damaged_page; /* the last one met; 0: none */
};

struct vfs_file {
    sqlite3_file base; /* must be first */
    struct store_vfs *vfs;
    enum vfs_node_kind kind;
    int fd;
    int lock;            /* SQLITE_LOCK_* */
    uint16_t shm_shared; /* bits of the WAL-index locks that this connection holds */
    uint16_t shm_exclusive;
    bool shm_open;
    bool delete_on_close;
};

extern const sqlite3_io_methods vfs_file_methods;

/* notes errno and gives `code` back */
int vfs_note(struct store_vfs *vfs, int code);
void vfs_node_release(struct store_vfs *vfs, enum vfs_node_kind kind);

int vfs_lock(sqlite3_file *file, int level);
int vfs_unlock(sqlite3_file *file, int level);
int vfs_check_reserved_lock(sqlite3_file *file, int *ret_reserved);
int vfs_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret_at);
int vfs_shm_lock(sqlite3_file *file, int offset, int count, int flags);
void vfs_shm_barrier(sqlite3_file *file);
int vfs_shm_unmap(sqlite3_file *file, int delete_it);

#endif
