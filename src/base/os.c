/*
 * os.c: the seam to the system.
 *
 * One table of functions, the system's own by default. The wrappers are plain calls through the
 * table; a predictable indirect call costs nothing beside what it calls.
 */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

static int64_t microseconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static walltime system_now(void)
{
    return microseconds(CLOCK_REALTIME);
}

static monotime system_monotonic(void)
{
    return (monotime){ microseconds(CLOCK_MONOTONIC) };
}

static int system_random(void *buffer, size_t len)
{
    char *at = buffer;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        at += got;
        len -= (size_t)got;
    }
    return 0;
}

static int system_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags | O_CLOEXEC, mode);
}

static int system_stat(const char *path, struct stat *ret_stat)
{
    return stat(path, ret_stat);
}

static int system_fstat(int fd, struct stat *ret_stat)
{
    return fstat(fd, ret_stat);
}

const struct os_ops os_system = {
    .malloc = malloc,
    .realloc = realloc,
    .free = free,
    .now = system_now,
    .monotonic = system_monotonic,
    .random = system_random,
    .open = system_open,
    .close = close,
    .pread = pread,
    .pwrite = pwrite,
    .ftruncate = ftruncate,
    .fdatasync = fdatasync,
    .fsync = fsync,
    .fstat = system_fstat,
    .stat = system_stat,
    .mkdir = mkdir,
    .rename = rename,
    .unlink = unlink,
    .flock = flock,
};

static const struct os_ops *ops = &os_system;

void os_install(const struct os_ops *replacement)
{
    ops = replacement != NULL ? replacement : &os_system;
}

void *os_malloc(size_t size)
{
    return ops->malloc(size);
}

void *os_realloc(void *old, size_t size)
{
    return ops->realloc(old, size);
}

void os_free(void *memory)
{
    ops->free(memory);
}

walltime os_now(void)
{
    return ops->now();
}

monotime os_monotonic(void)
{
    return ops->monotonic();
}

int os_random(void *buffer, size_t len)
{
    return ops->random(buffer, len);
}

int os_open(const char *path, int flags, mode_t mode)
{
    return ops->open(path, flags, mode);
}

int os_close(int fd)
{
    return ops->close(fd);
}

ssize_t os_pread(int fd, void *buffer, size_t len, off_t offset)
{
    return ops->pread(fd, buffer, len, offset);
}

ssize_t os_pwrite(int fd, const void *buffer, size_t len, off_t offset)
{
    return ops->pwrite(fd, buffer, len, offset);
}

int os_ftruncate(int fd, off_t size)
{
    return ops->ftruncate(fd, size);
}

int os_fdatasync(int fd)
{
    return ops->fdatasync(fd);
}

int os_fsync(int fd)
{
    return ops->fsync(fd);
}

int os_fstat(int fd, struct stat *ret_stat)
{
    return ops->fstat(fd, ret_stat);
}

int os_stat(const char *path, struct stat *ret_stat)
{
    return ops->stat(path, ret_stat);
}

int os_mkdir(const char *path, mode_t mode)
{
    return ops->mkdir(path, mode);
}

int os_rename(const char *from, const char *to)
{
    return ops->rename(from, to);
}

int os_unlink(const char *path)
{
    return ops->unlink(path);
}

int os_flock(int fd, int operation)
{
    return ops->flock(fd, operation);
}

int os_pwrite_all(int fd, const void *buffer, size_t len, off_t offset)
{
    const char *at = buffer;
    while (len > 0) {
        ssize_t written = os_pwrite(fd, at, len, offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            return -1;
        }
        at += written;
        len -= (size_t)written;
        offset += written;
    }
    return 0;
}

ssize_t os_pread_all(int fd, void *buffer, size_t len, off_t offset)
{
    char *at = buffer;
    size_t total = 0;
    while (total < len) {
        ssize_t got = os_pread(fd, at + total, len - total, offset + (off_t)total);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        total += (size_t)got;
    }
    return (ssize_t)total;
}

int os_sync_directory(const char *directory)
{
    int fd = os_open(directory, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) {
        return -1;
    }
    int result = os_fsync(fd);
    int error = errno;
    os_close(fd);
    errno = error;
    return result;
}
