/*
 * exchange_store.h: the exchange plane's own small tables.
 *
 * An ordered table of rows (table, key) -> value, with atomic batches: enough for the register of
 * organisations, the person index, the patient's choices and sessions, and easy to keep in any
 * engine. What a key and a value mean belongs to the module that owns the table (organisation/,
 * identity/, governance/); docs/formats/exchange-store.md lists all. It holds nothing clinical
 * (ARCHITECTURE invariant 6).
 *
 * Keys are bytes, ordered bytewise; build them with exchange_key_*: parts that keep their order.
 * Writes go through the group-commit queue and survive kill -9 and power loss once done.
 */
#ifndef EVENLODE_STORE_EXCHANGE_STORE_H
#define EVENLODE_STORE_EXCHANGE_STORE_H

#include "base/commit_queue.h"
#include "base/fault.h"
#include "base/strbuf.h"

struct exchange_store;

/* X(NAME, number on disk, never reused; owner) */
#define EXCHANGE_TABLES(X)                                                                         \
    X(SETTING, 1)       /* program */                                                              \
    X(ORGANISATION, 2)  /* organisation/ */                                                        \
    X(SOURCE, 3)        /* organisation/ */                                                        \
    X(PERSON, 4)        /* identity/ */                                                            \
    X(PERSON_NUMBER, 5) /* identity/: NHS number -> person */                                      \
    X(PERSON_NAME, 6)   /* identity/: folded family name, birth date -> person */                  \
    X(LINK, 7)          /* identity/: organisation, patient -> person */                           \
    X(PERSON_LINK, 8)   /* identity/: person -> organisation, patient */                           \
    X(WATERMARK, 9)     /* identity/: organisation -> last change read */                          \
    X(USER, 10)         /* governance/ */                                                          \
    X(SESSION, 11)      /* governance/ */                                                          \
    X(CHOICE, 12)       /* governance/: the patient's choices, each kind apart */                  \
    X(LOAD, 13)         /* intake/: made-up NHS numbers in use */

enum exchange_table {
#define X(name, number) EXCHANGE_##name = (number),
    EXCHANGE_TABLES(X)
#undef X
};

struct exchange_row {
    enum exchange_table table;
    struct slice key;
    struct slice value;
};

/* -- keys: order-preserving parts -- */
/* text without NUL, ended by NUL: shorter sorts first */
void exchange_key_text(struct strbuf *key, struct slice text);
/* eight bytes, big end first */
void exchange_key_u64(struct strbuf *key, uint64_t number);
/* takes the next part off *rest; false when it is not there */
MUST_CHECK bool exchange_key_take_text(struct slice *rest, struct slice *ret_text);
MUST_CHECK bool exchange_key_take_u64(struct slice *rest, uint64_t *ret_number);

/* -- reading -- */
/* value into `arena`; *ret_found false when there is none. False: a fault. */
MUST_CHECK bool exchange_store_get(struct exchange_store *store, enum exchange_table table,
                                   struct slice key, struct arena *arena, struct slice *ret_value,
                                   bool *ret_found, struct fault *fault);
/*
 * Calls `row` for each row whose key starts with `prefix`, in order, beginning behind `after`
 * (empty: from the start), until it returns false or `limit` rows (0: none) were given. One moment
 * of the store. Slices live in `arena`.
 */
MUST_CHECK bool exchange_store_scan(struct exchange_store *store, enum exchange_table table,
                                    struct slice prefix, struct slice after, uint32_t limit,
                                    struct arena *arena,
                                    bool (*row)(void *context, const struct exchange_row *row),
                                    void *context, struct fault *fault);

/* -- writing: all or nothing -- */
enum exchange_step_kind {
    EXCHANGE_PUT,
    EXCHANGE_DELETE,
    EXCHANGE_EXPECT,        /* the row has this value, else the whole write is FAULT_CONFLICT */
    EXCHANGE_EXPECT_ABSENT, /* there is no such row, else FAULT_CONFLICT */
};

struct exchange_step {
    enum exchange_step_kind kind;
    struct exchange_row row;
};

struct exchange_write {
    struct commit_item item; /* the store's; must be first */
    struct arena *arena;
    struct exchange_step *steps;
    size_t count;
    void (*done)(struct exchange_write *write);
    void *context;
    bool ok; /* results, valid in done */
    struct fault fault;
};

void exchange_store_submit(struct exchange_store *store, struct exchange_write *write);
/* submit and wait; not from a committing thread */
MUST_CHECK bool exchange_store_commit(struct exchange_store *store, struct exchange_write *write,
                                      struct fault *fault);
void exchange_store_close(struct exchange_store *store);

#endif
