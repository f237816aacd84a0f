/*
 * file_text.c: mmap, so that a large file costs no copy. An empty file is the empty slice.
 */
#include "base/file_text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/limits.h"
#include "base/os.h"

bool file_text_map(const char *path, struct arena *arena, struct slice *ret_text,
                   struct fault *fault)
{
    struct stat status;
    int fd = os_open(path, O_RDONLY, 0);
    if (fd < 0 || os_fstat(fd, &status) != 0) {
        int error = errno;
        if (fd >= 0) {
            os_close(fd);
        }
        return fault_errno(fault, arena, error, "the file cannot be read");
    }
    if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > LIMIT_LOAD_FILE) {
        os_close(fd);
        return fault_set(fault, arena, FAULT_TOO_LARGE, "not a regular file of at most %zu MiB",
                         LIMIT_LOAD_FILE / MIB(1));
    }
    size_t size = (size_t)status.st_size;
    void *map = size == 0 ? NULL : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    int error = errno;
    os_close(fd);
    if (map == MAP_FAILED) {
        return fault_errno(fault, arena, error, "the file cannot be mapped");
    }
    *ret_text = slice_of(map, size);
    return true;
}

void file_text_unmap(struct slice text)
{
    if (text.len > 0) {
        munmap((void *)text.ptr, text.len);
    }
}
