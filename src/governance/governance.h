/*
 * governance.h: may this user see this person's record, now, for this reason?
 *
 * The order of questions (nhs-rules H2): signed in; the role allows a view; the organisation takes
 * part and is live; restricted; dissent; relationship or self-claimed; exclusions as row predicate;
 * then the audit entry, durable, before the first byte. What later work adds (choices, sensitivity,
 * emergency access, the release gate) takes its place in that order.
 *
 * access_begin() is the one funnel: it decides, appends `granted` (or `refused`) to the audit and
 * calls back when that is durable; until then nothing that was read may leave. access_shown()
 * closes the pair. Code that shows a record has no other way to a decision.
 */
#ifndef EVENLODE_GOVERNANCE_GOVERNANCE_H
#define EVENLODE_GOVERNANCE_GOVERNANCE_H

#include "audit/audit.h"
#include "base/digest.h"
#include "identity/person_index.h"
#include "organisation/register.h"
#include "store/decision.h"
#include "store/store_pool.h"

#define POLICY_VERSION 1

/*
 * X(NAME, word, for people). What each may see is a table in policy.c, and nowhere else.
 */
#define GOVERNANCE_ROLES(X)                                                                        \
    X(GP, "gp", "General practitioner")                                                            \
    X(EMERGENCY_DOCTOR, "emergency-doctor", "Emergency doctor")                                    \
    X(NURSE, "nurse", "Nurse")                                                                     \
    X(SOCIAL_WORKER, "social-worker", "Social worker")                                             \
    X(RECEPTIONIST, "receptionist", "Receptionist")                                                \
    X(SYSTEM, "system", "An organisation's own system")

enum governance_role {
#define X(name, word, people) ROLE_##name,
    GOVERNANCE_ROLES(X)
#undef X
        ROLE_COUNT
};

const char *governance_role_word(enum governance_role role);
const char *governance_role_people(enum governance_role role);
MUST_CHECK bool governance_role_find(struct slice word, enum governance_role *ret_role);

/* who asks: from a session or a token, verified */
struct subject {
    struct slice user; /* login, e.g. "dr.okafor" */
    struct slice name; /* for people */
    enum governance_role role;
    struct slice organisation; /* ODS */
    bool demo;
};

struct governance;

struct governance_config {
    struct organisation_register *reg;
    struct person_index *people;
    struct store_pool *stores;
    struct audit_log *audit;
};

MUST_CHECK struct governance *governance_new(const struct governance_config *config);
void governance_free(struct governance *governance);

enum access_target {
    ACCESS_PERSON,  /* `person`: across all sources */
    ACCESS_PATIENT, /* `ods` and `patient_id`: one patient in one store */
    ACCESS_STORE,   /* `ods`: one organisation's store */
    ACCESS_SEARCH,  /* finding a person: demographics of the person index only, no store */
};

struct access_request {
    struct subject subject;
    enum access_target target;
    struct slice person;
    struct slice ods;
    struct slice patient_id; /* of PATIENT; of STORE, when the question names one, for the audit */
    bool write;
    enum decision_purpose purpose;
    struct slice interaction; /* "read", "search", "record-page", "find-person", "create", ... */
    fhir_type type;           /* of the interaction, or FHIR_TYPE_NONE */
    struct slice request_id;
    struct digest query_digest; /* of what was asked, never the text */
};

struct access {
    struct arena *arena; /* of the caller's request; outlives the access */
    struct governance *governance;
    struct access_request request;
    void (*done)(struct access *access);
    /*
     * May be NULL. Called by access_begin() on its own thread when it grants, before the entry is
     * written: from here on records may be read with `decision` while the entry is on its way, so
     * that the two waits are one. Nothing that was read may leave before `done` says granted; when
     * it says otherwise, all of it is thrown away. Only for sources whose reading tells nobody
     * outside: a live system is asked when the entry is durable.
     */
    void (*decided)(struct access *access);
    void *context;
    /* results, valid in done */
    bool granted;                    /* and durable */
    const struct decision *decision; /* NULL unless granted */
    struct person_links links;       /* of the person, when there is one */
    struct slice basis;         /* "registered", "involved", "self-claimed", "own store", ... */
    struct fault fault;         /* FORBIDDEN, NOT_FOUND, IO (audit not durable) ... */
    uint64_t sequence;          /* of the granted or refused entry */
    struct audit_ticket ticket; /* audit/'s */
};

/*
 * Decides and writes to the audit; `done` comes once, on any thread, never before the entry is
 * durable; it must not block. A refusal is durable too before it is told. The caller fills arena,
 * governance, request, done and context.
 */
void access_begin(struct access *access);

/* one source's part of what was shown */
struct shown_source {
    struct slice ods;
    struct slice state; /* source_state word */
    uint64_t items;
    /* Whose rows were read, each once: of an access that the grant does not name the person of,
     * this is what puts it into the patient's access report. */
    const struct slice *patients; /* FHIR ids */
    size_t patient_count;
};

/*
 * The second entry, when the answer has ended: digest and count of the bytes that left, whose they
 * were, outcome ("complete", "cut", "not-modified", ...). More patients than LIMIT_AUDIT_PATIENTS
 * take an entry more for each so many. Copies what it needs; durable within a second; does not
 * wait. If it cannot be queued, the grant stands as "fully shown".
 */
void access_shown(const struct access *access, const struct digest *shown, uint64_t bytes,
                  uint64_t items, const struct shown_source *sources, size_t count,
                  struct slice outcome);

/* An entry of its own: sign-in, sign-out, operator's acts. Waits until durable. */
MUST_CHECK bool governance_audit_act(struct governance *governance, const struct subject *subject,
                                     struct slice act, struct slice outcome, struct arena *arena,
                                     struct fault *fault);

/* A decision for a job of the exchange: "link", "index". Audited once a run, durable on return. */
MUST_CHECK const struct decision *decision_for_job(struct governance *governance, struct slice job,
                                                   struct arena *arena, struct fault *fault);

#endif
