/*
 * link_batch.c: who is linked to whom, as rows put and deleted.
 *
 * The rule is short: a valid NHS number and a date of birth to the day make a key; patients with
 * the same key are one person, everybody else is alone. A patient whose key changed is taken out of
 * the old person first, and a person that loses its last patient is gone. Which patient's
 * demographics stand for the person: the registered practice's, else the latest that came; chosen
 * anew from all of the person's links at each change, because what led may be what changed.
 *
 * Pending rows lie in a table in front of the store (read-your-writes); the steps of a row that is
 * put twice are folded into one.
 */
#include "identity/link_batch.h"

#include <errno.h>

#include "base/limits.h"

static bool no_memory(struct link_batch *batch)
{
    return fault_no_memory(batch->fault, batch->arena);
}

/* -- rows, pending first ----------------------------------------------------------------------- */

static struct slice pending_key(struct link_batch *batch, enum exchange_table table,
                                struct slice key)
{
    char *text = arena_alloc(batch->arena, key.len + 1);
    if (text == NULL) {
        return (struct slice){ NULL, 0 };
    }
    text[0] = (char)table;
    memcpy(text + 1, key.ptr, key.len);
    return slice_of(text, key.len + 1);
}

static bool put_step(struct link_batch *batch, enum exchange_step_kind kind,
                     enum exchange_table table, struct slice key, struct slice value)
{
    bool fresh = false;
    struct slice name = key.ptr == NULL ? key : pending_key(batch, table, key);
    struct hash_slot *slot =
        name.ptr == NULL ? NULL : hash_table_put(&batch->pending, name, &fresh);
    if (slot == NULL) {
        return no_memory(batch);
    }
    if (fresh) {
        if (vector_push(&batch->steps, batch->arena) == NULL) {
            return no_memory(batch);
        }
        slot->value.number = batch->steps.count - 1;
    }
    batch->steps.at[slot->value.number] = (struct exchange_step){ kind, { table, key, value } };
    return true;
}

static bool put(struct link_batch *batch, enum exchange_table table, struct slice key,
                struct slice value)
{
    return put_step(batch, EXCHANGE_PUT, table, key, value);
}

static bool drop(struct link_batch *batch, enum exchange_table table, struct slice key)
{
    return put_step(batch, EXCHANGE_DELETE, table, key, (struct slice){ NULL, 0 });
}

static const struct exchange_step *find_pending(struct link_batch *batch, enum exchange_table table,
                                                struct slice key)
{
    struct slice name = pending_key(batch, table, key);
    struct hash_slot *slot = name.ptr == NULL ? NULL : hash_table_find(&batch->pending, name);
    return slot == NULL ? NULL : &batch->steps.at[slot->value.number];
}

static bool get(struct link_batch *batch, enum exchange_table table, struct slice key,
                struct slice *ret_value, bool *ret_found)
{
    if (key.ptr == NULL) {
        return no_memory(batch);
    }
    const struct exchange_step *step = find_pending(batch, table, key);
    if (step != NULL) {
        *ret_found = step->kind == EXCHANGE_PUT;
        *ret_value = step->row.value;
        return true;
    }
    return exchange_store_get(batch->store, table, key, batch->arena, ret_value, ret_found,
                              batch->fault);
}

/* how many rows stand under a prefix, with what is pending */
struct counting {
    struct link_batch *batch;
    uint64_t count;
};

static bool count_row(void *context, const struct exchange_row *row)
{
    struct counting *counting = context;
    counting->count += find_pending(counting->batch, row->table, row->key) == NULL;
    return true;
}

static bool count_under(struct link_batch *batch, enum exchange_table table, struct slice prefix,
                        uint64_t *ret_count)
{
    struct counting counting = { batch, 0 };
    struct slice from_start = { NULL, 0 };
    if (prefix.ptr == NULL) {
        return no_memory(batch);
    }
    if (!exchange_store_scan(batch->store, table, prefix, from_start, 0, batch->arena, count_row,
                             &counting, batch->fault)) {
        return false;
    }
    for (size_t i = 0; i < batch->steps.count; i++) {
        const struct exchange_step *step = &batch->steps.at[i];
        counting.count += step->kind == EXCHANGE_PUT && step->row.table == table &&
                          slice_starts_with(step->row.key, prefix);
    }
    *ret_count = counting.count;
    return true;
}

/* -- linking ----------------------------------------------------------------------------------- */

static bool new_person_id(struct link_batch *batch, struct slice *ret_person)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint8_t random[PERSON_ID_SIZE - 1];
    char text[PERSON_ID_SIZE - 1];
    if (os_random(random, sizeof random) != 0) {
        return fault_errno(batch->fault, batch->arena, errno, "the system gives no random bytes");
    }
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = digits[random[i] % 32];
    }
    *ret_person = arena_copy(batch->arena, slice_of(text, sizeof text));
    return ret_person->ptr != NULL || no_memory(batch);
}

/* The NUMBER row of a key comes or goes: is another person with the same number kept apart? */
static bool count_apart(struct link_batch *batch, struct slice number, int64_t change)
{
    uint64_t others;
    if (!count_under(batch, EXCHANGE_PERSON_NUMBER, person_row_key(number, batch->arena),
                     &others)) {
        return false;
    }
    if (others > 0) {
        batch->counts.apart = (uint64_t)((int64_t)batch->counts.apart + change);
    }
    return true;
}

static bool put_names(struct link_batch *batch, struct slice patient_id, const struct link_row *row,
                      bool present)
{
    if (row->birth.len == 0) {
        return true;
    }
    for (size_t i = 0; i < row->family_count; i++) {
        struct slice key = name_row_key(row->families[i], row->birth, row->person, batch->ods,
                                        patient_id, batch->arena);
        bool ok = present ? put(batch, EXCHANGE_PERSON_NAME, key, row->person)
                          : drop(batch, EXCHANGE_PERSON_NAME, key);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* the person of this key, made when there is none */
static bool person_of_key(struct link_batch *batch, struct link_row *row, bool *ret_new)
{
    struct slice key = number_row_key(row->number, row->birth, batch->arena);
    bool found = false;
    bool has_key = row->number.len > 0 && row->birth.len > 0;
    row->method = has_key ? LINK_NUMBER_AND_BIRTH : LINK_ALONE;
    if (has_key && !get(batch, EXCHANGE_PERSON_NUMBER, key, &row->person, &found)) {
        return false;
    }
    *ret_new = !found;
    if (found) {
        return true;
    }
    batch->counts.persons++;
    if (!new_person_id(batch, &row->person)) {
        return false;
    }
    return !has_key || (count_apart(batch, row->number, 1) &&
                        put(batch, EXCHANGE_PERSON_NUMBER, key, row->person));
}

/* -- who speaks for a person ------------------------------------------------------------------ */

static bool is_better(const struct link_row *row, const struct link_row *leader)
{
    return row->by_practice != leader->by_practice ? row->by_practice : row->came > leader->came;
}

/* a person's links, pending first: how many, and the leader's row */
struct survey {
    struct link_batch *batch;
    struct arena scratch; /* a person can have many links: what is not kept goes at once */
    uint64_t count;
    struct link_row leader;
    struct slice leader_value; /* in the batch's arena */
    bool failed;
};

static bool survey_link(struct survey *survey, struct slice value)
{
    struct link_row row;
    if (!link_row_read(value, &survey->scratch, &row, survey->batch->fault)) {
        survey->failed = true;
        return false;
    }
    if (survey->count == 0 || is_better(&row, &survey->leader)) {
        survey->leader = row;
        survey->leader_value = arena_copy(survey->batch->arena, value);
    }
    survey->count++;
    return true;
}

static bool survey_stored(void *context, const struct exchange_row *row)
{
    struct survey *survey = context;
    return find_pending(survey->batch, row->table, row->key) != NULL ||
           survey_link(survey, row->value);
}

static bool survey_rows(struct survey *survey, struct slice key)
{
    struct link_batch *batch = survey->batch;
    struct slice from_start = { NULL, 0 };
    if (!exchange_store_scan(batch->store, EXCHANGE_PERSON_LINK, key, from_start, 0,
                             &survey->scratch, survey_stored, survey, batch->fault)) {
        return false;
    }
    for (size_t i = 0; !survey->failed && i < batch->steps.count; i++) {
        const struct exchange_step *step = &batch->steps.at[i];
        if (step->kind == EXCHANGE_PUT && step->row.table == EXCHANGE_PERSON_LINK &&
            slice_starts_with(step->row.key, key)) {
            survey_link(survey, step->row.value);
        }
    }
    return !survey->failed;
}

/* puts the leader's row for the person; *ret_left: how many links there are */
static bool choose_leader(struct link_batch *batch, struct slice key, uint64_t *ret_left)
{
    struct survey survey = { .batch = batch };
    arena_init(&survey.scratch, LIMIT_REQUEST_ARENA);
    bool ok = survey_rows(&survey, key);
    struct fault kept = *batch->fault;
    if (!ok) { /* its texts go with the scratch */
        fault_copy(batch->fault, batch->arena, &kept);
    }
    arena_release(&survey.scratch);
    if (!ok) {
        return false;
    }
    *ret_left = survey.count;
    return survey.count == 0 ||
           (survey.leader_value.ptr != NULL ? put(batch, EXCHANGE_PERSON, key, survey.leader_value)
                                            : no_memory(batch));
}

/* the row of the person's leader; its `came` tells whose it is, for no two are the same */
static bool find_leader(struct link_batch *batch, struct slice key, struct link_row *ret_leader)
{
    struct slice value;
    bool found;
    if (!get(batch, EXCHANGE_PERSON, key, &value, &found)) {
        return false;
    }
    return found ? link_row_read(value, batch->arena, ret_leader, batch->fault)
                 : fault_set(batch->fault, batch->arena, FAULT_CORRUPT,
                             "a person of the index has no row");
}

/* `came_before`: of this patient's row before the change, 0 when it is new to the person */
static bool lead(struct link_batch *batch, const struct link_row *row, struct slice value,
                 uint64_t came_before, bool is_new)
{
    struct link_row leader;
    uint64_t left;
    struct slice key = person_row_key(row->person, batch->arena);
    if (is_new) {
        return put(batch, EXCHANGE_PERSON, key, value);
    }
    if (!find_leader(batch, key, &leader)) {
        return false;
    }
    if (is_better(row, &leader)) {
        return put(batch, EXCHANGE_PERSON, key, value);
    }
    return leader.came != came_before || choose_leader(batch, key, &left);
}

static bool put_link(struct link_batch *batch, struct slice patient_id, const struct link_row *row,
                     uint64_t came_before, bool is_new)
{
    struct slice value = link_row_write(row, batch->arena);
    if (value.ptr == NULL) {
        return no_memory(batch);
    }
    return put(batch, EXCHANGE_LINK, link_row_key(batch->ods, patient_id, batch->arena), value) &&
           put(batch, EXCHANGE_PERSON_LINK,
               person_link_row_key(row->person, batch->ods, patient_id, batch->arena), value) &&
           put_names(batch, patient_id, row, true) && lead(batch, row, value, came_before, is_new);
}

/* a person that has patients left is spoken for by one of them; one that has none is gone */
static bool leave_person(struct link_batch *batch, const struct link_row *row)
{
    uint64_t left;
    struct link_row leader;
    struct slice key = person_row_key(row->person, batch->arena);
    if (!find_leader(batch, key, &leader)) {
        return false;
    }
    if (leader.came != row->came) {
        return true; /* who leads is still there */
    }
    if (!choose_leader(batch, key, &left)) {
        return false;
    }
    if (left > 0) {
        return true;
    }
    batch->counts.persons--;
    if (!drop(batch, EXCHANGE_PERSON, key)) {
        return false;
    }
    return row->method != LINK_NUMBER_AND_BIRTH ||
           (drop(batch, EXCHANGE_PERSON_NUMBER,
                 number_row_key(row->number, row->birth, batch->arena)) &&
            count_apart(batch, row->number, -1));
}

static bool unlink_patient(struct link_batch *batch, struct slice patient_id,
                           const struct link_row *row)
{
    batch->counts.links--;
    return drop(batch, EXCHANGE_LINK, link_row_key(batch->ods, patient_id, batch->arena)) &&
           drop(batch, EXCHANGE_PERSON_LINK,
                person_link_row_key(row->person, batch->ods, patient_id, batch->arena)) &&
           put_names(batch, patient_id, row, false) && leave_person(batch, row);
}

static bool find_link(struct link_batch *batch, struct slice patient_id, struct link_row *ret_row,
                      bool *ret_found)
{
    struct slice value;
    struct slice key = link_row_key(batch->ods, patient_id, batch->arena);
    return get(batch, EXCHANGE_LINK, key, &value, ret_found) &&
           (!*ret_found || link_row_read(value, batch->arena, ret_row, batch->fault));
}

bool link_batch_patient(struct link_batch *batch, struct slice patient_id,
                        const struct patient_facts *facts)
{
    struct link_row old;
    bool linked = false;
    bool is_new = false;
    struct link_row row = { .linked = batch->now,
                            .number = facts->nhs_number,
                            .birth = facts->birth_text,
                            .family_count = facts->family_count,
                            .by_practice = facts->practice.len > 0 &&
                                           slice_equal(facts->practice, batch->ods) };
    memcpy(row.families, facts->families, sizeof row.families);
    row.came = ++batch->counts.came;
    row.facts = person_facts_write(facts, batch->arena);
    if (row.facts.ptr == NULL || !find_link(batch, patient_id, &old, &linked)) {
        return row.facts.ptr != NULL ? false : no_memory(batch);
    }
    bool same = linked && slice_equal(old.number, row.number) && slice_equal(old.birth, row.birth);
    if (same) {
        row.person = old.person;
        row.method = old.method;
        row.linked = old.linked;
        return put_names(batch, patient_id, &old, false) &&
               put_link(batch, patient_id, &row, old.came, false);
    }
    if (linked && !unlink_patient(batch, patient_id, &old)) {
        return false;
    }
    batch->counts.links++;
    return person_of_key(batch, &row, &is_new) && put_link(batch, patient_id, &row, 0, is_new);
}

bool link_batch_deleted(struct link_batch *batch, struct slice patient_id)
{
    struct link_row old;
    bool linked;
    return find_link(batch, patient_id, &old, &linked) &&
           (!linked || unlink_patient(batch, patient_id, &old));
}

/* -- the batch --------------------------------------------------------------------------------- */

bool link_batch_begin(struct link_batch *batch, struct exchange_store *store, struct slice ods,
                      struct arena *arena, struct fault *fault)
{
    struct slice value;
    bool found;
    *batch = (struct link_batch){
        .store = store, .ods = ods, .arena = arena, .fault = fault, .now = os_now()
    };
    hash_table_init(&batch->pending, arena);
    return exchange_store_get(store, EXCHANGE_WATERMARK, COUNTS_KEY, arena, &value, &found,
                              fault) &&
           (!found || counts_row_read(value, arena, &batch->counts, fault));
}

bool link_batch_commit(struct link_batch *batch, change_no watermark)
{
    struct slice mark = arena_printf(batch->arena, "%llu", (unsigned long long)watermark);
    batch->counts.version++;
    struct slice counts = counts_row_write(&batch->counts, batch->arena);
    if (mark.ptr == NULL || counts.ptr == NULL) {
        return no_memory(batch);
    }
    if (!put(batch, EXCHANGE_WATERMARK, batch->ods, mark) ||
        !put(batch, EXCHANGE_WATERMARK, COUNTS_KEY, counts)) {
        return false;
    }
    /* a row that could not be looked up for want of memory counted as not there */
    if (batch->arena->exhausted) {
        return no_memory(batch);
    }
    struct exchange_write write = { .arena = batch->arena,
                                    .steps = batch->steps.at,
                                    .count = batch->steps.count };
    return exchange_store_commit(batch->store, &write, batch->fault);
}
