#include "support/plane_fixture.h"

#include <sys/stat.h>

#include "nhs/nhs_number.h"
#include "store/memory/record_store_memory.h"
#include "store/sqlite/exchange_store_sqlite.h"
#include "store/sqlite/record_store_sqlite.h"

const char *plane_fixture_fault(struct plane_fixture *self)
{
    struct slice text =
        arena_printf(&self->arena, "%s: %.*s: %.*s", fault_name(self->fault.code),
                     SLICE_PRINT(self->fault.where), SLICE_PRINT(self->fault.message));
    return text.ptr != NULL ? text.ptr : "no memory";
}

#define MUST(self, condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("%s", plane_fixture_fault(self));                                             \
        }                                                                                          \
    } while (0)

void plane_fixture_open(struct plane_fixture *self)
{
    char path[TEST_PATH];
    struct store_opener opener = self->kind == FIXTURE_MEMORY
                                     ? record_store_memory_opener()
                                     : record_store_sqlite_opener(self->stores_directory);
    test_path(path, self->directory, "exchange.sqlite");
    self->committer = committer_new(2);
    assert_non_null(self->committer);
    self->store =
        exchange_store_sqlite_open(path, true, self->committer, &self->arena, &self->fault);
    MUST(self, self->store != NULL);
    self->reg = register_open(self->store, &self->fault, &self->arena);
    MUST(self, self->reg != NULL);
    self->people = person_index_open(self->store, &self->arena, &self->fault);
    MUST(self, self->people != NULL);
    self->stores = store_pool_new(&opener, self->committer, LIMIT_STORES_OPEN);
    assert_non_null(self->stores);
    MUST(self, audit_open(self->audit_directory, self->committer, &self->audit, &self->arena,
                          &self->fault));
    struct governance_config config = { self->reg, self->people, self->stores, self->audit };
    self->governance = governance_new(&config);
    assert_non_null(self->governance);
}

void plane_fixture_init(struct plane_fixture *self, enum fixture_stores kind)
{
    *self = (struct plane_fixture){ .kind = kind };
    assert_true(digest_start());
    arena_init(&self->arena, MIB(512));
    test_directory_make(self->directory);
    test_path(self->stores_directory, self->directory, "stores");
    test_path(self->audit_directory, self->directory, "audit");
    assert_int_equal(mkdir(self->stores_directory, 0700), 0);
    plane_fixture_open(self);
}

void plane_fixture_close(struct plane_fixture *self)
{
    struct fault fault;
    governance_free(self->governance);
    audit_close(self->audit, &self->arena, &fault);
    store_pool_free(self->stores);
    person_index_close(self->people);
    register_close(self->reg);
    exchange_store_close(self->store);
    committer_free(self->committer);
}

void plane_fixture_release(struct plane_fixture *self)
{
    plane_fixture_close(self);
    test_directory_remove(self->directory);
    arena_release(&self->arena);
}

void plane_fixture_clear(struct plane_fixture *self)
{
    self->fault = (struct fault)FAULT_INIT;
    arena_reset(&self->arena);
}

void fixture_organisation(struct plane_fixture *self, const char *ods,
                          enum organisation_status status)
{
    struct organisation organisation = {
        .ods = slice_from_string(ods),
        .name = arena_printf(&self->arena, "Organisation %s", ods),
        .type = ORGANISATION_TYPE_HOSPITAL,
        .status = status,
        .since = 1000000,
    };
    MUST(self, register_set(self->reg, &organisation, &self->arena, &self->fault));
}

const struct decision *fixture_job(struct plane_fixture *self, const char *job)
{
    const struct decision *decision =
        decision_for_job(self->governance, slice_from_string(job), &self->arena, &self->fault);
    MUST(self, decision != NULL);
    return decision;
}

static void commit_one(struct plane_fixture *self, const char *ods, struct record_change *change)
{
    struct record_store *store =
        store_pool_get(self->stores, slice_from_string(ods), true, &self->arena, &self->fault);
    MUST(self, store != NULL);
    struct store_write write = { .arena = &self->arena, .changes = change, .count = 1 };
    bool ok = record_store_commit(store, fixture_job(self, "load"), &write, &self->fault);
    store_pool_put(self->stores, store);
    MUST(self, ok);
}

void fixture_put(struct plane_fixture *self, const char *ods, fhir_type type, const char *id,
                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct record_change change = { .kind = CHANGE_UPDATE,
                                    .type = type,
                                    .id = slice_from_string(id),
                                    .body = arena_vprintf(&self->arena, format, arguments) };
    va_end(arguments);
    commit_one(self, ods, &change);
}

void fixture_delete(struct plane_fixture *self, const char *ods, fhir_type type, const char *id)
{
    struct record_change change = { .kind = CHANGE_DELETE,
                                    .type = type,
                                    .id = slice_from_string(id) };
    commit_one(self, ods, &change);
}

const char *fixture_read(struct plane_fixture *self, const char *ods, fhir_type type,
                         const char *id)
{
    struct stored_resource row;
    bool found = false;
    struct record_store *store =
        store_pool_get(self->stores, slice_from_string(ods), false, &self->arena, &self->fault);
    if (store == NULL) {
        return NULL;
    }
    bool ok = record_store_read(store, fixture_job(self, "test"), type, slice_from_string(id),
                                &self->arena, &row, &found, &self->fault);
    store_pool_put(self->stores, store);
    MUST(self, ok);
    return found && !row.deleted ? arena_string(&self->arena, row.body) : NULL;
}

uint64_t fixture_count(struct plane_fixture *self, const char *ods)
{
    struct record_store_figures figures;
    struct record_store *store =
        store_pool_get(self->stores, slice_from_string(ods), false, &self->arena, &self->fault);
    if (store == NULL) {
        return 0;
    }
    bool ok = record_store_figures(store, &figures, &self->fault);
    store_pool_put(self->stores, store);
    MUST(self, ok);
    return figures.resources;
}

bool fixture_try_link(struct plane_fixture *self, const char *ods)
{
    struct record_store *store =
        store_pool_get(self->stores, slice_from_string(ods), false, &self->arena, &self->fault);
    if (store == NULL) {
        return false;
    }
    const struct decision *job =
        decision_for_job(self->governance, SLICE("link"), &self->arena, &self->fault);
    bool ok =
        job != NULL && person_index_catch_up(self->people, store, job, &self->arena, &self->fault);
    store_pool_put(self->stores, store);
    return ok;
}

void fixture_link(struct plane_fixture *self, const char *ods)
{
    MUST(self, fixture_try_link(self, ods));
}

const char *fixture_nhs_number(struct plane_fixture *self, uint32_t n)
{
    for (uint32_t six = 0; six < 1000000; six++) {
        char digits[NHS_NUMBER_DIGITS + 1];
        (void)snprintf(digits, sizeof digits, "999%06u", six);
        int check = nhs_number_check_digit(slice_of(digits, NHS_NUMBER_DIGITS - 1));
        if (check < 0 || n-- > 0) {
            continue;
        }
        digits[NHS_NUMBER_DIGITS - 1] = (char)('0' + check);
        return arena_string(&self->arena, slice_of(digits, NHS_NUMBER_DIGITS));
    }
    fail_msg("there are not that many numbers");
    return NULL;
}

struct scanning {
    struct plane_fixture *self;
    uint64_t count;
    struct slice last;
};

static bool scan_one(void *context, const struct audit_record *record)
{
    struct scanning *scanning = context;
    scanning->count++;
    scanning->last = arena_copy(&scanning->self->arena, record->entry);
    return true;
}

uint64_t fixture_audit_last(struct plane_fixture *self, struct audit_entry *ret_entry)
{
    struct scanning scanning = { .self = self };
    MUST(self, audit_scan(self->audit_directory, scan_one, &scanning, &self->arena, &self->fault));
    if (scanning.count > 0) {
        MUST(self, audit_entry_read(scanning.last, &self->arena, ret_entry, &self->fault));
    }
    return scanning.count;
}
