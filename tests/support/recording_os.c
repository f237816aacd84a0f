/*
 * recording_os.c: a journal of everything, and many endings for it.
 *
 * A file is known by what it is, not by its name: renaming moves a name from one file to another,
 * and the bytes written before belong to the file. An image is made by going through the journal
 * once: an event that a later sync covers is applied, any other is left to chance. Two numbers a
 * file and a directory suffice to tell: the place of its last sync in the journal.
 *
 * The chance has a manner, drawn for each image: losing everything and keeping everything are the
 * two ends; in between a prefix, any subset, or subsets of sectors.
 */
#include "support/recording_os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "support/directory.h"

#define MOST_FDS 4096

enum event_kind { CREATE, RENAME, UNLINK, MKDIR, WRITE, CUT, SYNC_FILE, SYNC_DIRECTORY, MARK };

struct event {
    enum event_kind kind;
    int file;     /* CREATE, RENAME, WRITE, CUT, SYNC_FILE */
    char *path;   /* below the root; of names and SYNC_DIRECTORY */
    char *target; /* RENAME */
    char *bytes;
    size_t offset; /* WRITE; size of a CUT */
    size_t len;
    uint64_t mark;
};

struct base_file { /* as it was before the recording */
    char *path;    /* NULL when it was made during it */
    char *bytes;
    size_t len;
};

struct open_file {
    int file;   /* -1: none */
    char *path; /* of a directory */
};

struct recording {
    char root[TEST_PATH];
    pthread_mutex_t lock;
    struct event *events;
    size_t count;
    size_t capacity;
    struct base_file *files;
    int file_count;
    int file_capacity;
    struct open_file fds[MOST_FDS];
    uint64_t syncs[2];
    uint64_t lost[2]; /* number of the sync not to be seen, or UINT64_MAX for all; 0 none */
    bool fails[2];    /* the next one does */
    struct os_ops table;
};

static struct recording *current;

/* -- the journal --------------------------------------------------------------------------- */

static char *copy_text(const char *text)
{
    char *copy = strdup(text);
    assert(copy != NULL);
    return copy;
}

static struct event *add(struct recording *recording, enum event_kind kind)
{
    if (recording->count == recording->capacity) {
        recording->capacity = recording->capacity * 2 + 256;
        recording->events =
            reallocarray(recording->events, recording->capacity, sizeof *recording->events);
        assert(recording->events != NULL);
    }
    struct event *event = &recording->events[recording->count++];
    *event = (struct event){ .kind = kind, .file = -1 };
    return event;
}

/* the part of `path` below the root, "" for the root itself; NULL when it is elsewhere */
static const char *below(const struct recording *recording, const char *path)
{
    size_t len = strlen(recording->root);
    if (strncmp(path, recording->root, len) != 0 || (path[len] != '/' && path[len] != '\0')) {
        return NULL;
    }
    return path[len] == '/' ? path + len + 1 : path + len;
}

static int new_file(struct recording *recording)
{
    if (recording->file_count == recording->file_capacity) {
        recording->file_capacity = recording->file_capacity * 2 + 16;
        recording->files = reallocarray(recording->files, (size_t)recording->file_capacity,
                                        sizeof *recording->files);
        assert(recording->files != NULL);
    }
    recording->files[recording->file_count] = (struct base_file){ .path = NULL };
    return recording->file_count++;
}

/* -- names, now or in an image ------------------------------------------------------------- */

struct name {
    const char *path;
    int file; /* -1: a directory */
};

struct names {
    struct name *at;
    size_t count;
};

static struct name *find_name(const struct names *names, const char *path)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->at[i].path, path) == 0) {
            return &names->at[i];
        }
    }
    return NULL;
}

static void bind_name(struct names *names, const char *path, int file)
{
    struct name *name = find_name(names, path);
    if (name == NULL) {
        name = &names->at[names->count++];
    }
    *name = (struct name){ path, file };
}

static void unbind_name(struct names *names, const char *path)
{
    struct name *name = find_name(names, path);
    if (name != NULL) {
        *name = names->at[--names->count];
    }
}

static void apply_name(struct names *names, const struct event *event)
{
    switch (event->kind) {
    case CREATE:
    case MKDIR:
        bind_name(names, event->path, event->file);
        break;
    case RENAME:
        unbind_name(names, event->path);
        bind_name(names, event->target, event->file);
        break;
    case UNLINK:
        unbind_name(names, event->path);
        break;
    default:
        break;
    }
}

static bool is_name_event(const struct event *event)
{
    return event->kind <= MKDIR;
}

static struct names names_at_start(const struct recording *recording)
{
    struct names names = {
        calloc(recording->count + (size_t)recording->file_count + 1, sizeof(struct name)), 0
    };
    assert(names.at != NULL);
    for (int i = 0; i < recording->file_count; i++) {
        if (recording->files[i].path != NULL) {
            bind_name(&names, recording->files[i].path, i);
        }
    }
    return names;
}

/* the file that has this name now, or -1 */
static int file_named(const struct recording *recording, const char *path)
{
    struct names names = names_at_start(recording);
    for (size_t i = 0; i < recording->count; i++) {
        if (is_name_event(&recording->events[i])) {
            apply_name(&names, &recording->events[i]);
        }
    }
    struct name *name = find_name(&names, path);
    int file = name == NULL ? -1 : name->file;
    free(names.at);
    return file;
}

/* -- the calls ----------------------------------------------------------------------------- */

static int open_known(const char *inner, int flags, bool existed)
{
    int file = existed ? file_named(current, inner) : -1;
    if (file < 0) {
        struct event *event = add(current, CREATE);
        event->file = file = new_file(current);
        event->path = copy_text(inner);
    } else if ((flags & O_TRUNC) != 0) {
        add(current, CUT)->file = file;
    }
    return file;
}

static int recording_open(const char *path, int flags, mode_t mode)
{
    struct stat info;
    const char *inner = below(current, path);
    pthread_mutex_lock(&current->lock);
    bool existed = stat(path, &info) == 0;
    int fd = os_system.open(path, flags, mode);
    int error = errno;
    if (fd >= 0 && inner != NULL) {
        assert(fd < MOST_FDS);
        if (existed && S_ISDIR(info.st_mode)) {
            current->fds[fd] = (struct open_file){ -1, copy_text(inner) };
        } else {
            current->fds[fd].file = open_known(inner, flags, existed);
        }
    }
    pthread_mutex_unlock(&current->lock);
    errno = error;
    return fd;
}

static int recording_close(int fd)
{
    pthread_mutex_lock(&current->lock);
    if (fd >= 0 && fd < MOST_FDS) {
        free(current->fds[fd].path);
        current->fds[fd] = (struct open_file){ -1, NULL };
    }
    int result = os_system.close(fd);
    pthread_mutex_unlock(&current->lock);
    return result;
}

static ssize_t recording_pwrite(int fd, const void *buffer, size_t len, off_t offset)
{
    pthread_mutex_lock(&current->lock);
    ssize_t written = os_system.pwrite(fd, buffer, len, offset);
    if (written > 0 && current->fds[fd].file >= 0) {
        struct event *event = add(current, WRITE);
        event->file = current->fds[fd].file;
        event->offset = (size_t)offset;
        event->len = (size_t)written;
        event->bytes = malloc(event->len);
        assert(event->bytes != NULL);
        memcpy(event->bytes, buffer, event->len);
    }
    pthread_mutex_unlock(&current->lock);
    return written;
}

static int recording_ftruncate(int fd, off_t size)
{
    pthread_mutex_lock(&current->lock);
    int result = os_system.ftruncate(fd, size);
    if (result == 0 && current->fds[fd].file >= 0) {
        struct event *event = add(current, CUT);
        event->file = current->fds[fd].file;
        event->offset = (size_t)size;
    }
    pthread_mutex_unlock(&current->lock);
    return result;
}

static bool is_lost(enum recording_sync kind)
{
    uint64_t number = ++current->syncs[kind];
    return current->lost[kind] == UINT64_MAX || current->lost[kind] == number;
}

/* The data itself need not reach our disk: the image is made from the journal. */
static int recording_sync_call(int fd)
{
    pthread_mutex_lock(&current->lock);
    const struct open_file *open = &current->fds[fd];
    bool *fails =
        &current->fails[open->path != NULL ? RECORDING_DIRECTORY_SYNC : RECORDING_FILE_SYNC];
    if (*fails) {
        *fails = false;
        pthread_mutex_unlock(&current->lock);
        errno = EIO;
        return -1;
    }
    if (open->path != NULL && !is_lost(RECORDING_DIRECTORY_SYNC)) {
        add(current, SYNC_DIRECTORY)->path = copy_text(open->path);
    } else if (open->file >= 0 && !is_lost(RECORDING_FILE_SYNC)) {
        add(current, SYNC_FILE)->file = open->file;
    }
    pthread_mutex_unlock(&current->lock);
    return 0;
}

static int recording_mkdir(const char *path, mode_t mode)
{
    const char *inner = below(current, path);
    pthread_mutex_lock(&current->lock);
    int result = os_system.mkdir(path, mode);
    int error = errno;
    if (result == 0 && inner != NULL) {
        add(current, MKDIR)->path = copy_text(inner);
    }
    pthread_mutex_unlock(&current->lock);
    errno = error;
    return result;
}

static int recording_rename(const char *from, const char *to)
{
    const char *inner_from = below(current, from);
    const char *inner_to = below(current, to);
    pthread_mutex_lock(&current->lock);
    int result = os_system.rename(from, to);
    if (result == 0 && inner_from != NULL && inner_to != NULL) {
        int file = file_named(current, inner_from);
        struct event *event = add(current, RENAME);
        event->file = file;
        event->path = copy_text(inner_from);
        event->target = copy_text(inner_to);
    }
    pthread_mutex_unlock(&current->lock);
    return result;
}

static int recording_unlink(const char *path)
{
    const char *inner = below(current, path);
    pthread_mutex_lock(&current->lock);
    int result = os_system.unlink(path);
    int error = errno;
    if (result == 0 && inner != NULL) {
        add(current, UNLINK)->path = copy_text(inner);
    }
    pthread_mutex_unlock(&current->lock);
    errno = error;
    return result;
}

/* what is there before us is durable */
static void take_stock(struct recording *recording, const char *path)
{
    DIR *directory = opendir(path);
    assert(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char inner[TEST_PATH];
        struct stat info;
        test_path(inner, path, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            lstat(inner, &info) != 0) {
            continue;
        }
        if (S_ISDIR(info.st_mode)) {
            take_stock(recording, inner);
        } else if (S_ISREG(info.st_mode)) {
            int file = new_file(recording);
            struct base_file *base = &recording->files[file];
            base->path = copy_text(below(recording, inner));
            base->bytes = test_file_read(inner, &base->len);
            assert(base->bytes != NULL);
        }
    }
    closedir(directory);
}

struct recording *recording_start(const char *root)
{
    struct recording *recording = calloc(1, sizeof *recording);
    assert(recording != NULL && current == NULL);
    snprintf(recording->root, sizeof recording->root, "%s", root);
    pthread_mutex_init(&recording->lock, NULL);
    for (size_t i = 0; i < MOST_FDS; i++) {
        recording->fds[i].file = -1;
    }
    take_stock(recording, root);
    recording->table = os_system;
    recording->table.open = recording_open;
    recording->table.close = recording_close;
    recording->table.pwrite = recording_pwrite;
    recording->table.ftruncate = recording_ftruncate;
    recording->table.fdatasync = recording_sync_call;
    recording->table.fsync = recording_sync_call;
    recording->table.mkdir = recording_mkdir;
    recording->table.rename = recording_rename;
    recording->table.unlink = recording_unlink;
    current = recording;
    os_install(&recording->table);
    return recording;
}

void recording_stop(struct recording *recording)
{
    assert(current == recording);
    os_install(NULL);
    current = NULL;
}

void recording_free(struct recording *recording)
{
    for (size_t i = 0; i < recording->count; i++) {
        free(recording->events[i].path);
        free(recording->events[i].target);
        free(recording->events[i].bytes);
    }
    for (int i = 0; i < recording->file_count; i++) {
        free(recording->files[i].path);
        free(recording->files[i].bytes);
    }
    for (size_t i = 0; i < MOST_FDS; i++) {
        free(recording->fds[i].path);
    }
    free(recording->events);
    free(recording->files);
    pthread_mutex_destroy(&recording->lock);
    free(recording);
}

void recording_mark(struct recording *recording, uint64_t promised)
{
    pthread_mutex_lock(&recording->lock);
    add(recording, MARK)->mark = promised;
    pthread_mutex_unlock(&recording->lock);
}

void recording_lose_sync(struct recording *recording, enum recording_sync kind, uint64_t k)
{
    recording->lost[kind] = k == 0 ? UINT64_MAX : k;
}

void recording_fail_sync(struct recording *recording, enum recording_sync kind)
{
    recording->fails[kind] = true;
}

uint64_t recording_syncs(const struct recording *recording, enum recording_sync kind)
{
    return recording->syncs[kind];
}

size_t recording_events(const struct recording *recording)
{
    return recording->count;
}

/* -- images -------------------------------------------------------------------------------- */

enum manner { NOTHING, EVERYTHING, PREFIX, SUBSET, SECTORS_512, SECTORS_4096, MANNERS };

struct image {
    const struct recording *recording;
    size_t events;
    uint64_t random;
    enum manner manner;
    size_t prefix;       /* PREFIX: unsynced events up to here are kept */
    size_t *file_synced; /* [file]: number of its last sync, +1 */
    struct base_file *content;
};

static uint64_t draw(struct image *image)
{
    image->random ^= image->random << 13;
    image->random ^= image->random >> 7;
    image->random ^= image->random << 17;
    return image->random * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static bool chance_keeps(struct image *image, size_t number)
{
    switch (image->manner) {
    case NOTHING:
        return false;
    case EVERYTHING:
        return true;
    case PREFIX:
        return number < image->prefix;
    default:
        return draw(image) % 2 == 0;
    }
}

static void content_resize(struct base_file *content, size_t len)
{
    char *bytes = realloc(content->bytes, len + 1);
    assert(bytes != NULL);
    if (len > content->len) {
        memset(bytes + content->len, 0, len - content->len);
    }
    content->bytes = bytes;
    content->len = len;
}

static void put(struct base_file *content, size_t offset, const char *bytes, size_t len)
{
    if (offset + len > content->len) {
        content_resize(content, offset + len);
    }
    if (len > 0) {
        assert(content->bytes != NULL);
        memcpy(content->bytes + offset, bytes, len);
    }
}

/* some sectors of a write, and perhaps the length without the bytes */
static void put_torn(struct image *image, struct base_file *content, const struct event *event,
                     size_t sector)
{
    size_t end = event->offset + event->len;
    if (draw(image) % 4 == 0 && end > content->len) {
        content_resize(content, end);
    }
    for (size_t at = event->offset; at < end;) {
        size_t next = (at / sector + 1) * sector;
        next = next < end ? next : end;
        if (draw(image) % 2 == 0) {
            put(content, at, event->bytes + (at - event->offset), next - at);
        }
        at = next;
    }
}

static void apply_data(struct image *image, const struct event *event, size_t number)
{
    struct base_file *content = &image->content[event->file];
    bool synced = number < image->file_synced[event->file];
    bool torn = image->manner == SECTORS_512 || image->manner == SECTORS_4096;
    if (!synced && torn && event->kind == WRITE) {
        put_torn(image, content, event, image->manner == SECTORS_512 ? 512 : 4096);
    } else if (synced || chance_keeps(image, number)) {
        if (event->kind == WRITE) {
            put(content, event->offset, event->bytes, event->len);
        } else {
            content_resize(content, event->offset);
        }
    }
}

static bool same_directory(const char *path, const char *directory)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    return strlen(directory) == len && strncmp(path, directory, len) == 0;
}

static bool name_is_synced(const struct image *image, size_t number)
{
    const struct event *event = &image->recording->events[number];
    for (size_t i = number + 1; i < image->events; i++) {
        const struct event *sync = &image->recording->events[i];
        if (sync->kind == SYNC_DIRECTORY && same_directory(event->path, sync->path)) {
            return true;
        }
    }
    return false;
}

static void make_contents(struct image *image)
{
    const struct recording *recording = image->recording;
    for (int i = 0; i < recording->file_count; i++) {
        put(&image->content[i], 0,
            recording->files[i].bytes == NULL ? "" : recording->files[i].bytes,
            recording->files[i].len);
    }
    for (size_t i = 0; i < image->events; i++) {
        if (recording->events[i].kind == SYNC_FILE) {
            image->file_synced[recording->events[i].file] = i + 1;
        }
    }
    for (size_t i = 0; i < image->events; i++) {
        const struct event *event = &recording->events[i];
        if (event->kind == WRITE || event->kind == CUT) {
            apply_data(image, event, i);
        }
    }
}

static struct names make_names(struct image *image)
{
    const struct recording *recording = image->recording;
    struct names names = names_at_start(recording);
    for (size_t i = 0; i < image->events; i++) {
        if (is_name_event(&recording->events[i]) &&
            (name_is_synced(image, i) || chance_keeps(image, i))) {
            apply_name(&names, &recording->events[i]);
        }
    }
    return names;
}

/* makes the directories above; false when one that was made while recording was lost */
static bool make_parents(const struct image *image, const struct names *names, const char *path,
                         const char *directory)
{
    char inner[TEST_PATH];
    char outer[TEST_PATH];
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(inner, sizeof inner, "%.*s", (int)(slash - path), path);
        for (size_t i = 0; i < image->events; i++) {
            const struct event *event = &image->recording->events[i];
            if (event->kind == MKDIR && strcmp(event->path, inner) == 0 &&
                find_name(names, inner) == NULL) {
                return false;
            }
        }
        test_path(outer, directory, inner);
        int made = mkdir(outer, 0700);
        assert(made == 0 || errno == EEXIST);
    }
    return true;
}

static void write_image(const struct image *image, const struct names *names, const char *directory)
{
    test_directory_remove(directory);
    int made = mkdir(directory, 0700);
    assert(made == 0);
    for (size_t i = 0; i < names->count; i++) {
        const struct name *name = &names->at[i];
        char path[TEST_PATH];
        if (!make_parents(image, names, name->path, directory)) {
            continue;
        }
        test_path(path, directory, name->path);
        if (name->file < 0) {
            made = mkdir(path, 0700);
            assert(made == 0 || errno == EEXIST);
        } else {
            const struct base_file *content = &image->content[name->file];
            test_file_write(path, content->bytes, content->len);
        }
    }
}

uint64_t recording_image(const struct recording *recording, size_t events, uint64_t seed,
                         const char *directory)
{
    struct image image = { .recording = recording, .events = events };
    assert(events <= recording->count);
    image.random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    draw(&image);
    image.manner = (enum manner)(draw(&image) % MANNERS);
    image.prefix = events == 0 ? 0 : draw(&image) % (events + 1);
    image.file_synced = calloc((size_t)recording->file_count + 1, sizeof *image.file_synced);
    image.content = calloc((size_t)recording->file_count + 1, sizeof *image.content);
    assert(image.file_synced != NULL && image.content != NULL);
    make_contents(&image);
    struct names names = make_names(&image);
    write_image(&image, &names, directory);
    uint64_t mark = 0;
    for (size_t i = 0; i < events; i++) {
        mark = recording->events[i].kind == MARK ? recording->events[i].mark : mark;
    }
    for (int i = 0; i < recording->file_count; i++) {
        free(image.content[i].bytes);
    }
    free(names.at);
    free(image.content);
    free(image.file_synced);
    return mark;
}
