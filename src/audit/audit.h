/*
 * audit.h: who saw whose record, why, and what was shown; appended, never changed.
 *
 * ARCHITECTURE invariant 1: an entry is durable before its ticket is done, and nothing of a record
 * leaves before that. Each access writes `granted` before the first byte and `shown` after the
 * last; a grant without its `shown` counts as fully shown. Refusals, sign-ins, jobs and operators'
 * acts are entries too. After a failed write or sync the log is failed until it is opened again:
 * every append is refused, so nothing is shown (fail closed). There is no way to switch it off.
 *
 * The log is a sequence of frames without gap from 0 in segment files, and over the frames an RFC
 * 6962 tree whose root is kept in `head`: audit_verify() finds a changed bit, a removed, repeated
 * or reordered frame, and a cut below the head. Format: docs/formats/audit.md.
 *
 * audit_append and its relatives: any thread. Readers (scan, verify, for_person) open the files for
 * themselves and may run beside a writer, in this process or another.
 */
#ifndef EVENLODE_AUDIT_AUDIT_H
#define EVENLODE_AUDIT_AUDIT_H

#include "base/commit_queue.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/os.h"

/* X(NAME, word in the entry) */
#define AUDIT_KINDS(X)                                                                             \
    X(GRANTED, "granted") /* allowed; durable before the first byte */                             \
    X(SHOWN, "shown")     /* what then left, under the sequence of its grant */                    \
    X(REFUSED, "refused") /* in the same detail as a grant */                                      \
    X(SIGN_IN, "sign-in") /* also one that failed: `outcome` says which */                         \
    X(SIGN_OUT, "sign-out")                                                                        \
    X(JOB, "job") /* a run of the exchange's own work */                                           \
    X(ACT, "act") /* an operator's or privacy officer's act */

enum audit_kind {
#define X(name, word) AUDIT_##name,
    AUDIT_KINDS(X)
#undef X
        AUDIT_KIND_COUNT
};

const char *audit_kind_word(enum audit_kind kind);
MUST_CHECK bool audit_kind_find(struct slice word, enum audit_kind *ret_kind);

/* one patient record that was consulted */
struct audit_patient {
    struct slice store; /* ODS of the organisation whose store it is */
    struct slice id;    /* FHIR id in that store */
};

/* one source's part of what was shown */
struct audit_source {
    struct slice organisation; /* ODS */
    struct slice state;        /* "ok", "unavailable", ... (source/source.h) */
    uint64_t items;
};

#define AUDIT_NO_SEQUENCE UINT64_MAX

/*
 * What an entry says. An empty slice, a NULL and a 0 version are left out of it. Texts are UTF-8.
 * `user` may be empty only for a job or a sign-in that failed. A `shown` repeats user, role,
 * organisation and person of its grant, so that a reader need not look back.
 */
struct audit_entry {
    enum audit_kind kind;
    /* who */
    struct slice user; /* login */
    struct slice name; /* for people; optional */
    struct slice role;
    struct slice organisation; /* ODS: on whose behalf */
    struct slice system;       /* the software that asked for the user, if not ourselves */
    /* whom: of a grant or refusal as it was asked for, of a `shown` as it was read */
    struct slice person;                  /* id in the person index */
    const struct audit_patient *patients; /* LIMIT_AUDIT_PATIENTS at most in a `shown` */
    size_t patient_count;
    /* why */
    struct slice scope;   /* "person", "patient", "store", "search", "job" */
    struct slice purpose; /* "direct-care", ... */
    struct slice reason;  /* what the user gave, or why it was refused */
    struct slice basis;   /* the relationship: "registered", "involved", "self-claimed", ... */
    uint64_t policy_version;
    uint64_t link_version;
    /* what */
    struct slice request_id;
    struct slice interaction; /* "read", "search", "record-page", "create", ... */
    struct slice resource_type;
    const struct digest *query; /* of what was asked; never its text, which may name a patient */
    /* of a `shown`: */
    uint64_t granted;           /* sequence of its grant; AUDIT_NO_SEQUENCE in other kinds */
    const struct digest *shown; /* of the bytes that left */
    uint64_t bytes;
    uint64_t items;
    const struct audit_source *sources;
    size_t source_count;
    struct slice outcome; /* "complete", "cut", "not-modified", "failed", ... */
};

/*
 * Outcome of a `shown` that another one of the same grant follows, because one entry does not hold
 * all patients. Only the one without it closes the grant.
 */
#define AUDIT_CONTINUED SLICE_INIT("continued")

#define AUDIT_ENTRY_INIT                                                                           \
    {                                                                                              \
        .granted = AUDIT_NO_SEQUENCE                                                               \
    }

/* -- appending ----------------------------------------------------------------------------- */

struct audit_log;

/*
 * One append under way: lies in the caller's object from audit_append() until `done`. The caller
 * sets `done`, which is called once, on the committing thread, and must not block.
 */
struct audit_ticket {
    struct commit_item item; /* first; the log's */
    void (*done)(struct audit_ticket *ticket);
    /* valid in `done` and after it: */
    bool durable;
    uint64_t sequence; /* when durable */
    int error;         /* errno, when not durable */
    /* the log's */
    struct audit_log *log;
    char *frame;
    size_t frame_len;
};

/*
 * Opens the log in `directory` (DIR/audit), made if missing. Recovers: frames beyond the head are
 * read, a torn tail behind the last whole one is cut and what is left made durable. Anything else
 * that does not fit is FAULT_CORRUPT; a newer format FAULT_VERSION. The caller owns the data
 * directory's lock. `committer` outlives the log.
 */
MUST_CHECK bool audit_open(const char *directory, struct committer *committer,
                           struct audit_log **ret_log, struct arena *arena, struct fault *fault);
/* Waits for what was appended, writes the head, frees. False when the log had failed. */
bool audit_close(struct audit_log *log, struct arena *arena, struct fault *fault);

/*
 * Encodes `entry` now (nothing of it is kept) and appends it with the next batch. False with a
 * fault, and no `done`: too large, no memory, queue full (BUSY), or the log has failed (IO).
 */
MUST_CHECK bool audit_append(struct audit_log *log, const struct audit_entry *entry,
                             struct audit_ticket *ticket, struct arena *arena, struct fault *fault);
/* the fault of a ticket that is done and not durable; always false */
bool audit_ticket_fault(const struct audit_ticket *ticket, struct arena *arena,
                        struct fault *fault);
/* For a `shown`: nobody waits for it, so it goes with the next entry that is waited for, and within
 * LIMIT_COMMIT_LATER_US and a sync by itself. False when it could not be queued; a failure later on
 * is the log's, and the next append is told. */
bool audit_append_detached(struct audit_log *log, const struct audit_entry *entry);
/* Waits until durable. Not from a committing thread. */
MUST_CHECK bool audit_append_wait(struct audit_log *log, const struct audit_entry *entry,
                                  uint64_t *ret_sequence, struct arena *arena, struct fault *fault);
/* Waits for all appended before the call and writes the head. False when the log has failed. */
MUST_CHECK bool audit_flush(struct audit_log *log, struct arena *arena, struct fault *fault);

/* durable entries, and the tree's root over them */
void audit_status(struct audit_log *log, uint64_t *ret_count, struct digest *ret_root,
                  bool *ret_failed);

/* -- reading ------------------------------------------------------------------------------- */

/* one frame as it stands; slices are valid during the callback */
struct audit_record {
    uint64_t sequence;
    walltime time;
    struct slice entry; /* JSON */
    struct digest leaf;
    struct slice file; /* name of the segment */
    uint64_t offset;   /* of the frame in it */
};

/*
 * Calls `each` for every whole frame in order until it returns false. Headers and sequence are
 * checked, hashes are not (audit_verify does that). Ends quietly at a torn tail beyond the head.
 */
MUST_CHECK bool audit_scan(const char *directory,
                           bool (*each)(void *context, const struct audit_record *record),
                           void *context, struct arena *arena, struct fault *fault);

/*
 * Reads an entry's JSON back into its struct (slices into `json` or `arena`; digests and lists in
 * `arena`). The time is the record's.
 */
MUST_CHECK bool audit_entry_read(struct slice json, struct arena *arena,
                                 struct audit_entry *ret_entry, struct fault *fault);

#define AUDIT_UNSHOWN_LISTED 100

struct audit_report {
    bool intact;
    uint64_t count;      /* frames verified, from 0 */
    struct digest root;  /* over them */
    uint64_t head_count; /* what the head says */
    uint64_t torn_bytes; /* behind the last whole frame, beyond the head: a write cut short */
    /* the first fault, when not intact */
    uint64_t fault_sequence;
    uint64_t fault_offset;
    struct slice fault_file;
    struct slice fault_text;
    /* grants without their `shown`: to be taken as fully shown */
    uint64_t unshown_count;
    uint64_t unshown[AUDIT_UNSHOWN_LISTED]; /* the first of them */
};

/*
 * Checks every frame, the tree and the head. False with a fault only when it could not look (IO,
 * memory); what it found is in the report, its slices in `arena`.
 */
MUST_CHECK bool audit_verify(const char *directory, struct audit_report *ret_report,
                             struct arena *arena, struct fault *fault);

/* whose accesses are asked for: the person, and the patients that are linked to it now */
struct audit_whom {
    struct slice person;
    const struct audit_patient *patients;
    size_t patient_count;
};

/* one access to a person's record, as the patient's access report tells it */
struct audit_access {
    uint64_t sequence;
    walltime time;
    enum audit_kind kind; /* GRANTED or REFUSED */
    bool named; /* else: granted over a store that holds the person, and what was shown of it is not
                   known, so that this record has to be taken as shown */
    struct slice user;
    struct slice name;
    struct slice role;
    struct slice organisation;
    struct slice interaction;
    struct slice purpose;
    struct slice reason;
    struct slice basis;
    bool has_shown; /* else: to be taken as fully shown, when granted */
    uint64_t items; /* of its `shown` */
    struct slice outcome;
};

/*
 * All accesses to that person, oldest first, in `arena`: those whose entry names the person, those
 * whose grant, refusal or `shown` names one of the patients, and grants over a store of one of the
 * patients that have no `shown`. Reads the whole log, twice.
 */
MUST_CHECK bool audit_for_person(const char *directory, const struct audit_whom *whom,
                                 struct audit_access **ret_accesses, size_t *ret_count,
                                 struct arena *arena, struct fault *fault);

#endif
