/*
 * log.c: entries are encoded by those who bring them and made durable by one thread.
 *
 * The work is divided so that the single writer has little of it: whoever appends draws a salt,
 * writes the JSON and computes the leaf hash on the own thread; the committing thread gives out
 * sequences, seals the headers, copies the frames into one buffer, adds the leaves to the tree,
 * and pays for one write and one sync a batch. Salts are drawn from the kernel 256 at a time.
 *
 * Rules of durability:
 *  1. A ticket is durable only after the fdatasync that covers its frame has returned 0.
 *  2. A failed write or sync is never tried again: the log is failed, and so is every ticket of
 *     that batch and after it. What is on the disk is found out by the next open.
 *  3. A segment's header and its name are durable before its first frame is written, and the head
 *     covers the whole of the segment before, so that what lies beyond the head is always in one
 *     segment.
 *  4. The head never covers what is not durable.
 */
#include "audit/log.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/entry.h"
#include "audit/frame.h"

/* -- failing closed ------------------------------------------------------------------------ */

void audit_log_fail(struct audit_log *log, int error)
{
    if (!atomic_load(&log->failed)) {
        atomic_store(&log->error, error);
        atomic_store(&log->failed, true);
    }
}

static bool failed_fault(struct audit_log *log, struct arena *arena, struct fault *fault)
{
    fault_errno(fault, arena, atomic_load(&log->error), "the audit log cannot be written");
    return fault_hint(fault, arena, "nothing is shown until it can; see to the disk and restart");
}

bool audit_ticket_fault(const struct audit_ticket *ticket, struct arena *arena, struct fault *fault)
{
    fault_errno(fault, arena, ticket->error, "the audit log cannot be written");
    return fault_hint(fault, arena, "nothing is shown until it can; see to the disk and restart");
}

/* -- committing: one thread at a time ------------------------------------------------------ */

static bool write_head(struct audit_log *log)
{
    if (audit_head_write(log->directory, &log->end) != 0) {
        audit_log_fail(log, errno);
        return false;
    }
    log->head_written = os_monotonic();
    log->head_count = log->end.tree.count;
    return true;
}

static int create_segment(const struct audit_log *log, const struct audit_head *at)
{
    char name[SEGMENT_NAME_SIZE];
    char header[SEGMENT_HEADER];
    struct arena arena;
    struct digest root = audit_tree_root(&at->tree);
    audit_segment_name(at->tree.count, name);
    audit_segment_header(header, at->tree.count, &root);
    arena_init(&arena, KIB(16));
    char *path = audit_path(&arena, log->directory, name);
    int fd = path == NULL ? -1 : os_open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    int error = path == NULL ? ENOMEM : errno;
    arena_release(&arena);
    if (fd < 0) {
        errno = error;
        return -1;
    }
    if (os_pwrite_all(fd, header, sizeof header, 0) != 0 || os_fdatasync(fd) != 0 ||
        os_sync_directory(log->directory) != 0) {
        error = errno;
        os_close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* a segment with room; on to a new one when this one is full */
static bool ensure_segment(struct audit_log *log)
{
    if (log->fd >= 0 && log->end.offset < log->options.segment_bytes) {
        return true;
    }
    if (log->fd >= 0 && !write_head(log)) {
        return false;
    }
    int fd = create_segment(log, &log->end);
    if (fd < 0) {
        return false;
    }
    if (log->fd >= 0) {
        os_close(log->fd);
    }
    log->fd = fd;
    pthread_mutex_lock(&log->lock);
    log->end.segment = log->end.tree.count;
    log->end.offset = SEGMENT_HEADER;
    pthread_mutex_unlock(&log->lock);
    return true;
}

/* seals the frames of a batch into the buffer; *end moves on as they will */
static size_t gather(struct audit_log *log, struct commit_item *first, struct audit_head *end)
{
    size_t size = 0;
    uint64_t batch = end->tree.count;
    const struct audit_ticket *last = NULL;
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        struct audit_ticket *ticket = (struct audit_ticket *)item;
        if (ticket->frame_len == 0) {
            continue; /* a flush */
        }
        struct digest leaf;
        walltime time;
        memcpy(&time, ticket->frame, sizeof time);
        ticket->sequence = end->tree.count;
        audit_frame_seal(ticket->frame, ticket->frame_len, ticket->sequence, batch, time);
        memcpy(leaf.bytes, ticket->frame + ticket->frame_len - DIGEST_SIZE, DIGEST_SIZE);
        memcpy(log->batch + size, ticket->frame, ticket->frame_len);
        audit_tree_push(&end->tree, &leaf);
        end->last_offset = end->offset + size;
        size += ticket->frame_len;
        last = ticket;
    }
    if (last != NULL) {
        end->last = digest_of_one(slice_of(last->frame, last->frame_len));
    }
    end->offset += size;
    return size;
}

static bool write_batch(struct audit_log *log, struct commit_item *first)
{
    if (!ensure_segment(log)) {
        return false;
    }
    struct audit_head end = log->end;
    size_t size = gather(log, first, &end);
    if (os_pwrite_all(log->fd, log->batch, size, (off_t)log->end.offset) != 0 ||
        os_fdatasync(log->fd) != 0) {
        return false;
    }
    pthread_mutex_lock(&log->lock);
    log->end = end;
    pthread_mutex_unlock(&log->lock);
    return true;
}

static void settle(struct audit_log *log, struct commit_item *first, bool durable)
{
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        struct audit_ticket *ticket = (struct audit_ticket *)item;
        ticket->durable = durable;
        ticket->error = durable ? 0 : atomic_load(&log->error);
        ticket->sequence = durable ? ticket->sequence : AUDIT_NO_SEQUENCE;
    }
}

static void commit(void *context, struct commit_item *first)
{
    struct audit_log *log = context;
    bool entries = false;
    bool flush = false;
    for (struct commit_item *item = first; item != NULL; item = item->next) {
        bool is_flush = ((struct audit_ticket *)item)->frame_len == 0;
        flush |= is_flush;
        entries |= !is_flush;
    }
    if (entries && !atomic_load(&log->failed) && !write_batch(log, first)) {
        audit_log_fail(log, errno);
    }
    settle(log, first, !atomic_load(&log->failed));
    bool due = monotime_since(os_monotonic(), log->head_written) >= log->options.head_interval_us;
    if ((due || flush) && !atomic_load(&log->failed) && log->head_count != log->end.tree.count) {
        write_head(log);
    }
}

static void ticket_done(struct commit_item *item)
{
    struct audit_ticket *ticket = (struct audit_ticket *)item;
    atomic_fetch_sub(&ticket->log->waiting, 1);
    os_free(ticket->frame);
    ticket->frame = NULL;
    ticket->done(ticket);
}

/* -- opening and closing ------------------------------------------------------------------- */

static void log_free(struct audit_log *log)
{
    commit_queue_free(log->queue);
    if (log->fd >= 0) {
        os_close(log->fd);
    }
    pthread_mutex_destroy(&log->salt_lock);
    pthread_mutex_destroy(&log->lock);
    explicit_bzero(log->salts, sizeof log->salts);
    os_free(log->directory);
    os_free(log->batch);
    log->magic = 0;
    os_free(log);
}

static struct audit_log *log_new(const char *directory, struct committer *committer,
                                 const struct audit_options *options)
{
    size_t path_size = strlen(directory) + 1;
    struct audit_log *log = os_malloc(sizeof *log);
    if (log == NULL) {
        return NULL;
    }
    *log = (struct audit_log){ .magic = AUDIT_LOG_MAGIC, .options = *options, .fd = -1 };
    pthread_mutex_init(&log->lock, NULL);
    pthread_mutex_init(&log->salt_lock, NULL);
    log->directory = os_malloc(path_size);
    log->batch = os_malloc(LIMIT_AUDIT_BATCH);
    log->queue = commit_queue_new(committer, LIMIT_AUDIT_BATCH, commit, log);
    if (log->directory == NULL || log->batch == NULL || log->queue == NULL) {
        log_free(log);
        return NULL;
    }
    memcpy(log->directory, directory, path_size);
    return log;
}

bool audit_open_with(const char *directory, struct committer *committer,
                     const struct audit_options *options, struct audit_log **ret_log,
                     struct arena *arena, struct fault *fault)
{
    if (!digest_start()) {
        return fault_set(fault, arena, FAULT_INTERNAL, "SHA-256 is not available");
    }
    struct audit_log *log = log_new(directory, committer, options);
    if (log == NULL) {
        return fault_no_memory(fault, NULL);
    }
    if (!audit_recover(log, arena, fault)) {
        log_free(log);
        return false;
    }
    log->head_written = os_monotonic();
    log->head_count = log->end.tree.count;
    *ret_log = log;
    return true;
}

bool audit_open(const char *directory, struct committer *committer, struct audit_log **ret_log,
                struct arena *arena, struct fault *fault)
{
    static const struct audit_options options = { LIMIT_AUDIT_SEGMENT, LIMIT_AUDIT_HEAD_US };
    return audit_open_with(directory, committer, &options, ret_log, arena, fault);
}

bool audit_close(struct audit_log *log, struct arena *arena, struct fault *fault)
{
    if (log == NULL) {
        return true;
    }
    CHECK_OBJ(log, AUDIT_LOG_MAGIC);
    commit_queue_free(log->queue);
    log->queue = NULL;
    if (!atomic_load(&log->failed) && log->head_count != log->end.tree.count) {
        write_head(log);
    }
    bool whole = !atomic_load(&log->failed);
    if (!whole) {
        failed_fault(log, arena, fault);
    }
    log_free(log);
    return whole;
}

/* -- appending: any thread ----------------------------------------------------------------- */

static bool draw_salt(struct audit_log *log, char *ret_salt)
{
    bool drawn = true;
    pthread_mutex_lock(&log->salt_lock);
    if (log->salts_left == 0) {
        drawn = os_random(log->salts, sizeof log->salts) == 0;
        log->salts_left = drawn ? AUDIT_SALT_COUNT : 0;
    }
    if (drawn) {
        unsigned char *salt = log->salts[--log->salts_left];
        memcpy(ret_salt, salt, FRAME_SALT);
        explicit_bzero(salt, FRAME_SALT);
    }
    pthread_mutex_unlock(&log->salt_lock);
    return drawn;
}

/*
 * A frame but for its header, which holds only the time until the sequence is known. One piece of
 * memory holds most entries whole.
 */
static char *encode(const struct audit_entry *entry, size_t *ret_len)
{
    static const char blank[FRAME_HEADER + FRAME_SALT];
    struct strbuf out;
    walltime now = os_now();
    strbuf_init(&out, FRAME_LIMIT);
    if (strbuf_room(&out, 1000) == NULL) {
        return NULL;
    }
    strbuf_add(&out, slice_of(blank, sizeof blank));
    audit_entry_write(entry, now, &out);
    strbuf_add(&out, slice_of(blank, DIGEST_SIZE));
    char *frame = strbuf_take(&out, ret_len);
    strbuf_release(&out);
    if (frame != NULL) {
        memcpy(frame, &now, sizeof now);
    }
    return frame;
}

static bool make_frame(struct audit_log *log, const struct audit_entry *entry,
                       struct audit_ticket *ticket, struct arena *arena, struct fault *fault)
{
    size_t len = 0;
    char *frame = encode(entry, &len);
    if (frame == NULL) {
        return fault_set(fault, arena, FAULT_TOO_LARGE,
                         "an audit entry is over %zu bytes, or not text", LIMIT_AUDIT_ENTRY);
    }
    char *salt = frame + FRAME_HEADER;
    if (!draw_salt(log, salt)) {
        os_free(frame);
        return fault_errno(fault, arena, errno, "no random bytes for an audit entry");
    }
    struct digest leaf =
        audit_leaf(slice_of(salt, FRAME_SALT), slice_of(salt + FRAME_SALT, len - FRAME_OVERHEAD));
    memcpy(frame + len - DIGEST_SIZE, leaf.bytes, DIGEST_SIZE);
    ticket->frame = frame;
    ticket->frame_len = len;
    return true;
}

static void prepare(struct audit_log *log, struct audit_ticket *ticket)
{
    ticket->log = log;
    ticket->durable = false;
    ticket->sequence = AUDIT_NO_SEQUENCE;
    ticket->error = 0;
    ticket->item.weight = ticket->frame_len;
    ticket->item.done = ticket_done;
}

/* an entry that may be submitted; else the fault */
static bool prepare_entry(struct audit_log *log, const struct audit_entry *entry,
                          struct audit_ticket *ticket, struct arena *arena, struct fault *fault)
{
    CHECK_OBJ(log, AUDIT_LOG_MAGIC);
    if (atomic_load(&log->failed)) {
        return failed_fault(log, arena, fault);
    }
    if (atomic_fetch_add(&log->waiting, 1) >= LIMIT_AUDIT_QUEUE) {
        atomic_fetch_sub(&log->waiting, 1);
        return fault_set(fault, arena, FAULT_BUSY, "too many audit entries wait for the disk");
    }
    if (!make_frame(log, entry, ticket, arena, fault)) {
        atomic_fetch_sub(&log->waiting, 1);
        return false;
    }
    prepare(log, ticket);
    return true;
}

bool audit_append(struct audit_log *log, const struct audit_entry *entry,
                  struct audit_ticket *ticket, struct arena *arena, struct fault *fault)
{
    if (!prepare_entry(log, entry, ticket, arena, fault)) {
        return false;
    }
    commit_queue_submit(log->queue, &ticket->item);
    return true;
}

static void detached_done(struct audit_ticket *ticket)
{
    os_free(ticket);
}

bool audit_append_detached(struct audit_log *log, const struct audit_entry *entry)
{
    struct arena none;
    struct fault fault = FAULT_INIT;
    arena_init(&none, 0);
    struct audit_ticket *ticket = os_malloc(sizeof *ticket);
    if (ticket == NULL) {
        return false;
    }
    ticket->done = detached_done;
    if (!prepare_entry(log, entry, ticket, &none, &fault)) {
        os_free(ticket);
        return false;
    }
    commit_queue_submit_later(log->queue, &ticket->item);
    return true;
}

/* somebody waits for this ticket */
struct waited {
    struct audit_ticket ticket; /* first */
    struct commit_wait wait;
};

static void waited_done(struct audit_ticket *ticket)
{
    commit_wait_wake(&((struct waited *)ticket)->wait);
}

static void waited_init(struct waited *waited)
{
    waited->ticket = (struct audit_ticket){ .done = waited_done };
    commit_wait_init(&waited->wait);
}

static bool waited_is_durable(struct waited *waited, struct arena *arena, struct fault *fault)
{
    commit_wait_block(&waited->wait);
    return waited->ticket.durable || audit_ticket_fault(&waited->ticket, arena, fault);
}

bool audit_append_wait(struct audit_log *log, const struct audit_entry *entry,
                       uint64_t *ret_sequence, struct arena *arena, struct fault *fault)
{
    struct waited waited;
    waited_init(&waited);
    bool durable = audit_append(log, entry, &waited.ticket, arena, fault) &&
                   waited_is_durable(&waited, arena, fault);
    commit_wait_release(&waited.wait);
    if (durable) {
        *ret_sequence = waited.ticket.sequence;
    }
    return durable;
}

bool audit_flush(struct audit_log *log, struct arena *arena, struct fault *fault)
{
    CHECK_OBJ(log, AUDIT_LOG_MAGIC);
    struct waited waited;
    waited_init(&waited);
    atomic_fetch_add(&log->waiting, 1);
    prepare(log, &waited.ticket); /* no frame: the head is wanted */
    commit_queue_submit(log->queue, &waited.ticket.item);
    bool whole = waited_is_durable(&waited, arena, fault);
    commit_wait_release(&waited.wait);
    return whole && (!atomic_load(&log->failed) || failed_fault(log, arena, fault));
}

void audit_status(struct audit_log *log, uint64_t *ret_count, struct digest *ret_root,
                  bool *ret_failed)
{
    CHECK_OBJ(log, AUDIT_LOG_MAGIC);
    pthread_mutex_lock(&log->lock);
    *ret_count = log->end.tree.count;
    *ret_root = audit_tree_root(&log->end.tree);
    pthread_mutex_unlock(&log->lock);
    *ret_failed = atomic_load(&log->failed);
}
