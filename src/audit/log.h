/*
 * log.h: the open log. Private to audit/, and to its tests, which want small segments.
 */
#ifndef EVENLODE_AUDIT_LOG_H
#define EVENLODE_AUDIT_LOG_H

#include <pthread.h>
#include <stdatomic.h>

#include "audit/audit.h"
#include "audit/head.h"

struct audit_options {
    uint64_t segment_bytes;   /* LIMIT_AUDIT_SEGMENT */
    int64_t head_interval_us; /* LIMIT_AUDIT_HEAD_US */
};

#define AUDIT_LOG_MAGIC  0x0a0d1706u
#define AUDIT_SALT_COUNT 256

struct audit_log {
    unsigned magic;
    struct audit_options options;
    char *directory;
    struct commit_queue *queue;
    atomic_bool failed;
    atomic_int error;   /* errno of the failure */
    atomic_int waiting; /* entries in the queue */

    /* the committing thread's */
    int fd; /* the segment in which the log ends; -1: none yet */
    char *batch;
    monotime head_written;
    uint64_t head_count;

    /* written by the committing thread after a sync, under `lock`; read by it without */
    pthread_mutex_t lock;
    struct audit_head end; /* of what is durable */

    /* salts drawn ahead, under `salt_lock` */
    pthread_mutex_t salt_lock;
    size_t salts_left;
    unsigned char salts[AUDIT_SALT_COUNT][16];
};

MUST_CHECK bool audit_open_with(const char *directory, struct committer *committer,
                                const struct audit_options *options, struct audit_log **ret_log,
                                struct arena *arena, struct fault *fault);
/* Finds the end of the log and makes it durable: sets `fd` and `end`. */
MUST_CHECK bool audit_recover(struct audit_log *log, struct arena *arena, struct fault *fault);
/* from here on nothing is appended any more */
void audit_log_fail(struct audit_log *log, int error);

#endif
