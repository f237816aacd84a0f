/*
 * limits.h: every ceiling, in one place (ARCHITECTURE invariant 11).
 *
 * A buffer, arena, count or time without a line here does not exist. Past a limit is a fault
 * (413, 422, 503), never an abort. Sizes are bytes unless the name says otherwise.
 */
#ifndef EVENLODE_BASE_LIMITS_H
#define EVENLODE_BASE_LIMITS_H

#define KIB(n) ((size_t)1024 * (n))
#define MIB(n) ((size_t)1024 * 1024 * (n))

/* JSON and resources */
#define LIMIT_JSON_DEPTH        64
#define LIMIT_JSON_TEXT         MIB(512) /* one document; offsets are 32 bits */
#define LIMIT_RESOURCE_BODY     MIB(10)  /* one resource */
#define LIMIT_BUNDLE_BODY       MIB(64)  /* one transaction bundle over HTTP */
#define LIMIT_BUNDLE_ENTRIES    20000
#define LIMIT_LOAD_FILE         MIB(512) /* one file of `evenlode load` */
#define LIMIT_ZSTD_WINDOW       MIB(8)   /* of a compressed file that is read */
#define LIMIT_ZSTD_WINDOW_LOG   23       /* the same */
#define LIMIT_ZSTD_TEXT         MIB(64)  /* a line or document of it */
#define LIMIT_ZSTD_RATIO        1000     /* how many times it may expand */
#define LIMIT_VALIDATION_FAULTS 100      /* reported in one OperationOutcome */

#define LIMIT_LOAD_DEFERRED       200000  /* resources of a load that wait for their patient */
#define LIMIT_LOAD_DEFERRED_BYTES MIB(64) /* of those that came out of compressed files */

/* memory by lifetime */
#define LIMIT_REQUEST_ARENA     MIB(64)
#define LIMIT_TRANSACTION_ARENA MIB(512) /* a request or file that carries a bundle */
#define LIMIT_RESPONSE_BODY     MIB(64)
#define LIMIT_SERVER_RESIDENT   MIB(192) /* 300 stores of small records, 16 readers: measured 92 */
#define LIMIT_FAULT_ARENA       KIB(64)
#define LIMIT_LOG_LINE          KIB(8)

/* HTTP */
#define LIMIT_HTTP_CONNECTIONS 1024
#define LIMIT_HTTP_HEADER      KIB(16)
#define LIMIT_HTTP_URL         KIB(8)
#define LIMIT_HTTP_IDLE_S      30
#define LIMIT_HTTP_FIELDS      100     /* header fields of a request */
#define LIMIT_HTTP_PARAMETERS  512     /* of a query or form */
#define LIMIT_HTTP_HEADER_MS   10000   /* from the request line to the end of the header */
#define LIMIT_HTTP_RATE        KIB(16) /* bytes a second at least, of a body or an answer, after it */
#define LIMIT_HTTP_REQUEST_MS  30000   /* from the whole request to the answer, with all waiting */
#define LIMIT_HTTP_DRAIN_MS    10000
#define LIMIT_FORM_BODY        KIB(64)

/* HTTP, as a client */
#define LIMIT_HTTP_CLIENT_ANSWER     MIB(16)
#define LIMIT_HTTP_CLIENT_CONNECT_US 5000000
#define LIMIT_HTTP_CLIENT_ANSWER_US  30000000

/* MLLP, as a client */
#define LIMIT_MLLP_MESSAGE       MIB(16)
#define LIMIT_MLLP_ANSWER        KIB(64)
#define LIMIT_MLLP_CONNECT_US    5000000
#define LIMIT_MLLP_ANSWER_US     30000000
#define LIMIT_MLLP_WAIT_FIRST_US 200000 /* before another attempt to connect, doubling up to */
#define LIMIT_MLLP_WAIT_MOST_US  30000000

/* search */
#define LIMIT_SEARCH_COUNT      500 /* _count at most */
#define LIMIT_SEARCH_DEFAULT    50
#define LIMIT_SEARCH_PARAMETERS 64
#define LIMIT_SEARCH_VALUES     128 /* comma-separated alternatives of one parameter */
#define LIMIT_EVERYTHING_PAGE   1000
#define LIMIT_PAGE_BYTES        MIB(16) /* a page of a bundle ends early when it has this much */
#define LIMIT_PAGE_LINK_S       3600    /* a link to the next page serves this long */

/* stores (ARCHITECTURE §5) */
#define LIMIT_STORES_OPEN       64
#define LIMIT_STORE_DESCRIPTORS 512
#define LIMIT_STORE_CACHE       MIB(32) /* page cache over all connections */
#define LIMIT_COMMIT_CACHE      MIB(8)  /* pages of a store that commits, unless it changes more */
#define LIMIT_COMMIT_CHANGES    50000   /* changes in one group commit */
#define LIMIT_COMMIT_BYTES      MIB(64)
#define LIMIT_COMMIT_LATER_US   20000 /* what nobody waits for waits for a commit at most */
#define LIMIT_TERM_BYTES        200   /* longer values are cut and hashed */
#define LIMIT_TERMS_OF_RESOURCE 4000
#define LIMIT_STORE_BATCH       MIB(8) /* bodies in one commit; one write may be more */
#define LIMIT_STORE_STRINGS     2048   /* shared texts of one store, each at most: */
#define LIMIT_STORE_STRING      120
#define LIMIT_MEMORY_STORE      MIB(1024) /* a store that is kept in memory: tests */

/* the exchange plane */
#define LIMIT_REGISTER_ARENA MIB(8)  /* one snapshot of the register */
#define LIMIT_TOKENS_KNOWN   64      /* verified tokens that are remembered */
#define LIMIT_EXCHANGE_VALUE KIB(16) /* one row */
#define LIMIT_LINK_BATCH     500     /* patients linked in one batch */

/* audit */
#define LIMIT_AUDIT_ENTRY    KIB(16)
#define LIMIT_AUDIT_PATIENTS 100 /* named by one `shown`; further ones by another of its grant */
#define LIMIT_AUDIT_QUEUE    65536
#define LIMIT_AUDIT_BATCH    MIB(1)  /* frames written and synced together */
#define LIMIT_AUDIT_SEGMENT  MIB(64) /* a segment file is closed once it has this much */
#define LIMIT_AUDIT_HEAD_US  1000000 /* the head is at most this far behind, while entries come */
#define LIMIT_AUDIT_VERIFY   MIB(64) /* a bit for each entry, while verifying */

/* the joined-up record */
#define LIMIT_RECORD_SOURCES 64
#define LIMIT_PAGES_AHEAD    32 /* pages whose sources are read before the audit is durable */
#define LIMIT_RECORD_ITEMS   200000
#define LIMIT_GATHER_ARENA   MIB(1)   /* whom to ask, and about which patients */
#define LIMIT_SOURCE_ARENA   MIB(256) /* what one source answers, parsed */
#define LIMIT_NOT_FOUND_MS   20       /* "not here, or not for you" leaves at a multiple of it */
#define LIMIT_SOURCE_MS      3000     /* a source that has not answered by then is "timed out" */

/* the synthetic county */
#define LIMIT_SYNTH_HOUSEHOLD      MIB(64) /* what is known of one household while it is made */
#define LIMIT_FOLLOW_ROWS          2000000 /* messages of one day */
#define LIMIT_FOLLOW_ARENA         MIB(128)
#define LIMIT_FOLLOW_TOKEN         4096
#define LIMIT_FOLLOW_ATTEMPTS      5      /* answers of "not now" before one is given up */
#define LIMIT_FOLLOW_PAUSE_US      200000 /* before it is sent again, doubling up to */
#define LIMIT_FOLLOW_PAUSE_MOST_US 30000000
#define LIMIT_SYNTH_PART           MIB(64) /* what one block of people adds to one file */
#define LIMIT_SYNTH_REPORT         MIB(4)  /* the report of a county, as text or as a page */
#define LIMIT_SYNTH_PAPER          KIB(64)
#define LIMIT_SYNTH_FILES          512
#define LIMIT_SYNTH_THREADS        64
#define LIMIT_SYNTH_JOURNAL        KIB(256)
#define LIMIT_SYNTH_JOURNAL_US     5000000 /* a killed run loses about this much */

#endif
