/*
 * person_index.c: reading the index, and following the stores' changes.
 *
 * Catching up reads a store's Patients behind the watermark, links them in batches of
 * LIMIT_LINK_BATCH and moves the watermark in the same write; a crash repeats at most one batch,
 * with the same result. Batches of all stores are made one after another under a lock, because each
 * reads the counts that the one before wrote.
 */
#include "identity/person_index.h"

#include <pthread.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "base/vector.h"
#include "identity/link_batch.h"

struct person_index {
    struct exchange_store *store;
    pthread_mutex_t linking;
};

struct person_index *person_index_open(struct exchange_store *store, struct arena *arena,
                                       struct fault *fault)
{
    struct person_index *index = os_malloc(sizeof *index);
    if (index == NULL) {
        fault_no_memory(fault, arena);
        return NULL;
    }
    index->store = store;
    pthread_mutex_init(&index->linking, NULL);
    return index;
}

void person_index_close(struct person_index *index)
{
    if (index != NULL) {
        pthread_mutex_destroy(&index->linking);
        os_free(index);
    }
}

/* -- catching up ------------------------------------------------------------------------------- */

static bool read_watermark(struct person_index *index, struct slice ods, struct arena *arena,
                           change_no *ret_watermark, struct fault *fault)
{
    struct slice value;
    bool found;
    *ret_watermark = 0;
    if (!exchange_store_get(index->store, EXCHANGE_WATERMARK, ods, arena, &value, &found, fault)) {
        return false;
    }
    return !found || slice_to_u64(value, ret_watermark) ||
           fault_at(fault, arena, FAULT_CORRUPT, ods, "a watermark of the index cannot be read");
}

static bool link_row_of_store(struct link_batch *batch, const struct stored_resource *row)
{
    struct json json;
    struct patient_facts facts;
    assert(row->type == FHIR_PATIENT); /* the query asks for no other */
    if (row->deleted) {
        return link_batch_deleted(batch, row->id);
    }
    if (row->body.len == 0) {
        return true; /* of a version that is no longer current: the one that is comes behind it */
    }
    if (!json_parse(batch->arena, row->body, &json, batch->fault)) {
        return false;
    }
    if (!patient_facts_read(&json, batch->arena, &facts)) {
        return fault_no_memory(batch->fault, batch->arena);
    }
    return link_batch_patient(batch, row->id, &facts);
}

/* reads up to LIMIT_LINK_BATCH Patients; *ret_more when that was not all */
static bool fill_batch(struct link_batch *batch, struct record_store *store,
                       const struct decision *job, change_no after, change_no *ret_last,
                       bool *ret_more)
{
    struct store_query query = {
        .kind = QUERY_CHANGES, .type = FHIR_PATIENT, .after = after, .limit = LIMIT_LINK_BATCH
    };
    struct record_cursor *cursor;
    struct stored_resource row;
    enum cursor_step step;
    unsigned count = 0;
    bool ok = true;
    if (!record_store_query(store, job, &query, batch->arena, NULL, NULL, &cursor, batch->fault)) {
        return false;
    }
    while (ok && (step = record_cursor_next(cursor, &row, batch->fault)) == CURSOR_ROW) {
        ok = link_row_of_store(batch, &row);
        *ret_last = row.change;
        count++;
    }
    ok = ok && step == CURSOR_END;
    record_cursor_free(cursor);
    *ret_more = count == LIMIT_LINK_BATCH;
    return ok;
}

static bool catch_up(struct person_index *index, struct record_store *store,
                     const struct decision *job, struct arena *arena, struct fault *fault)
{
    struct record_store_figures figures;
    change_no watermark;
    struct slice ods = record_store_ods(store);
    if (!record_store_figures(store, &figures, fault) ||
        !read_watermark(index, ods, arena, &watermark, fault)) {
        return false;
    }
    bool more = watermark < figures.last_change;
    while (more) {
        struct link_batch batch;
        struct arena of_batch;
        arena_init(&of_batch, LIMIT_REQUEST_ARENA);
        change_no last = watermark;
        bool ok = link_batch_begin(&batch, index->store, ods, &of_batch, fault) &&
                  fill_batch(&batch, store, job, watermark, &last, &more);
        /* what is not a Patient has been looked at too */
        watermark = more || last > figures.last_change ? last : figures.last_change;
        ok = ok && link_batch_commit(&batch, watermark);
        if (!ok) {
            struct fault kept = *fault;
            fault_copy(fault, arena, &kept);
        }
        arena_release(&of_batch);
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool person_index_catch_up(struct person_index *index, struct record_store *store,
                           const struct decision *job, struct arena *arena, struct fault *fault)
{
    pthread_mutex_lock(&index->linking);
    bool ok = catch_up(index, store, job, arena, fault);
    pthread_mutex_unlock(&index->linking);
    return ok;
}

/* -- reading ----------------------------------------------------------------------------------- */

static bool read_counts(struct person_index *index, struct arena *arena,
                        struct index_counts *ret_counts, struct fault *fault)
{
    struct slice value;
    bool found;
    *ret_counts = (struct index_counts){ 0 };
    return exchange_store_get(index->store, EXCHANGE_WATERMARK, COUNTS_KEY, arena, &value, &found,
                              fault) &&
           (!found || counts_row_read(value, arena, ret_counts, fault));
}

/* no key holds a NUL: what is asked for with one does not exist */
static bool has_nul(struct slice text)
{
    return slice_find(text, '\0') != text.len;
}

static bool read_entry(struct person_index *index, struct slice person, struct arena *arena,
                       struct person_entry *ret_entry, struct fault *fault)
{
    struct slice value;
    bool found;
    if (has_nul(person)) {
        return fault_set(fault, arena, FAULT_NOT_FOUND, "there is no such person");
    }
    struct slice key = person_row_key(person, arena);
    if (key.ptr == NULL) {
        return fault_no_memory(fault, arena);
    }
    if (!exchange_store_get(index->store, EXCHANGE_PERSON, key, arena, &value, &found, fault)) {
        return false;
    }
    if (!found) {
        return fault_set(fault, arena, FAULT_NOT_FOUND, "there is no such person");
    }
    return person_row_read(person, value, arena, ret_entry, fault);
}

typedef VECTOR(struct person_link) link_list;

struct collecting {
    struct arena *arena;
    struct fault *fault;
    link_list links;
    bool failed;
};

static bool collect_link(void *context, const struct exchange_row *row)
{
    struct collecting *collecting = context;
    struct slice rest = row->key;
    struct slice person;
    struct link_row value;
    struct person_link *link = vector_push(&collecting->links, collecting->arena);
    if (link == NULL) {
        fault_no_memory(collecting->fault, collecting->arena);
    } else if (link_row_read(row->value, collecting->arena, &value, collecting->fault)) {
        link->method = value.method;
        link->linked = value.linked;
        if (exchange_key_take_text(&rest, &person) && exchange_key_take_text(&rest, &link->ods) &&
            exchange_key_take_text(&rest, &link->patient_id)) {
            return true;
        }
        fault_set(collecting->fault, collecting->arena, FAULT_CORRUPT,
                  "a link of the person index cannot be read");
    }
    collecting->failed = true;
    return false;
}

bool person_index_get(struct person_index *index, struct slice person, struct arena *arena,
                      struct person_links *ret_links, struct fault *fault)
{
    struct person_links links = { 0 };
    struct index_counts counts;
    struct collecting collecting = { .arena = arena, .fault = fault };
    struct slice from_start = { NULL, 0 };
    if (!read_counts(index, arena, &counts, fault) ||
        !read_entry(index, person, arena, &links.entry, fault) ||
        !exchange_store_scan(index->store, EXCHANGE_PERSON_LINK, person_row_key(person, arena),
                             from_start, 0, arena, collect_link, &collecting, fault) ||
        collecting.failed) {
        return false;
    }
    links.at = collecting.links.at;
    links.count = collecting.links.count;
    links.link_version = counts.version;
    *ret_links = links;
    return true;
}

bool person_index_of_patient(struct person_index *index, struct slice ods, struct slice patient_id,
                             struct arena *arena, struct slice *ret_person, struct fault *fault)
{
    struct slice value;
    struct link_row row;
    bool found;
    if (has_nul(ods) || has_nul(patient_id)) {
        return fault_set(fault, arena, FAULT_NOT_FOUND, "there is no such patient");
    }
    struct slice key = link_row_key(ods, patient_id, arena);
    if (key.ptr == NULL) {
        return fault_no_memory(fault, arena);
    }
    if (!exchange_store_get(index->store, EXCHANGE_LINK, key, arena, &value, &found, fault)) {
        return false;
    }
    if (!found) {
        return fault_set(fault, arena, FAULT_NOT_FOUND, "there is no such patient");
    }
    if (!link_row_read(value, arena, &row, fault)) {
        return false;
    }
    *ret_person = row.person;
    return true;
}

/* -- finding ----------------------------------------------------------------------------------- */

struct finding {
    struct arena *arena;
    struct fault *fault;
    VECTOR(struct slice) persons;
    bool failed;
};

/* rows of PERSON_NUMBER and PERSON_NAME: the value is the person; the same one once */
static bool find_person(void *context, const struct exchange_row *row)
{
    struct finding *finding = context;
    for (size_t i = 0; i < finding->persons.count; i++) {
        if (slice_equal(finding->persons.at[i], row->value)) {
            return true;
        }
    }
    struct slice *person = vector_push(&finding->persons, finding->arena);
    if (person == NULL) {
        finding->failed = true;
        return fault_no_memory(finding->fault, finding->arena);
    }
    *person = row->value;
    return true;
}

static bool given_fits(const struct person_entry *entry, struct slice given, struct arena *arena)
{
    return given.len == 0 || slice_starts_with(utf8_search_key(entry->name.given, arena), given);
}

/*
 * The people found, read; one who is gone since the rows were looked up is passed over. Stops
 * behind `limit` (0: none) and notes that there were more.
 */
typedef VECTOR(struct person_entry) entry_list;

struct reading {
    const struct finding *finding;
    struct slice given; /* folded; those whose given name starts with it */
    uint32_t limit;
    bool more;
};

static bool read_found(struct person_index *index, struct reading *reading, entry_list *entries)
{
    const struct finding *finding = reading->finding;
    struct arena *arena = finding->arena;
    for (size_t i = 0; i < finding->persons.count; i++) {
        struct person_entry entry;
        if (!read_entry(index, finding->persons.at[i], arena, &entry, finding->fault)) {
            if (finding->fault->code != FAULT_NOT_FOUND) {
                return false;
            }
            *finding->fault = (struct fault)FAULT_INIT;
            continue;
        }
        if (!given_fits(&entry, reading->given, arena)) {
            continue;
        }
        if (reading->limit > 0 && entries->count == reading->limit) {
            reading->more = true;
            break;
        }
        struct person_entry *kept = vector_push(entries, arena);
        if (kept == NULL) {
            break;
        }
        *kept = entry;
    }
    return !arena->exhausted || fault_no_memory(finding->fault, arena);
}

static bool find_under(struct person_index *index, enum exchange_table table, struct slice prefix,
                       struct finding *finding)
{
    struct slice from_start = { NULL, 0 };
    if (prefix.ptr == NULL) {
        return fault_no_memory(finding->fault, finding->arena);
    }
    return exchange_store_scan(index->store, table, prefix, from_start, 0, finding->arena,
                               find_person, finding, finding->fault) &&
           !finding->failed;
}

bool person_index_by_number(struct person_index *index, struct slice nhs_number,
                            struct arena *arena, struct person_entry **ret_at, size_t *ret_count,
                            struct fault *fault)
{
    struct finding finding = { .arena = arena, .fault = fault };
    if (!has_nul(nhs_number) &&
        !find_under(index, EXCHANGE_PERSON_NUMBER, person_row_key(nhs_number, arena), &finding)) {
        return false;
    }
    struct reading reading = { .finding = &finding };
    entry_list entries = { 0 };
    if (!read_found(index, &reading, &entries)) {
        return false;
    }
    *ret_at = entries.at;
    *ret_count = entries.count;
    return true;
}

bool person_index_by_name(struct person_index *index, struct slice family, struct slice given,
                          const struct instant *birth, uint32_t limit, struct arena *arena,
                          struct person_entry **ret_at, size_t *ret_count, bool *ret_more,
                          struct fault *fault)
{
    struct finding finding = { .arena = arena, .fault = fault };
    struct slice folded = patient_family_key(family, arena);
    struct slice folded_given = utf8_search_key(given, arena);
    struct slice day = instant_format(birth, arena);
    if (arena->exhausted) {
        return fault_no_memory(fault, arena);
    }
    if (folded.len == 0 || has_nul(folded) || birth->precision != INSTANT_DAY) {
        return fault_set(fault, arena, FAULT_INVALID,
                         "a family name and a whole date of birth are needed");
    }
    if (!find_under(index, EXCHANGE_PERSON_NAME, number_row_key(folded, day, arena), &finding)) {
        return false;
    }
    struct reading reading = { .finding = &finding, .given = folded_given, .limit = limit };
    entry_list entries = { 0 };
    if (!read_found(index, &reading, &entries)) {
        return false;
    }
    *ret_at = entries.at;
    *ret_count = entries.count;
    *ret_more = reading.more;
    return true;
}

bool person_index_figures(struct person_index *index, struct person_index_figures *ret_figures,
                          struct fault *fault)
{
    struct arena arena;
    struct index_counts counts;
    arena_init(&arena, LIMIT_FAULT_ARENA);
    bool ok = read_counts(index, &arena, &counts, fault);
    if (ok) {
        *ret_figures = (struct person_index_figures){ .persons = counts.persons,
                                                      .links = counts.links,
                                                      .kept_apart = counts.apart,
                                                      .link_version = counts.version };
    } else { /* its texts go with the arena */
        *fault =
            (struct fault){ .code = fault->code,
                            .message = SLICE("the counts of the person index cannot be read") };
    }
    arena_release(&arena);
    return ok;
}
