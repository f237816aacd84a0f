/*
 * governance.c: the funnel.
 *
 * decide() asks the questions in the order of governance.h and either drafts a decision or says why
 * not; access_begin() writes that to the audit and hands the decision out only when the entry is
 * durable. A refusal takes the same way, so that being refused costs the same and is told only when
 * it is on record.
 */
#include "governance/governance.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/vector.h"
#include "governance/decision_make.h"
#include "governance/policy.h"

struct governance {
    struct governance_config config;
};

struct governance *governance_new(const struct governance_config *config)
{
    struct governance *governance = os_malloc(sizeof *governance);
    if (governance != NULL) {
        governance->config = *config;
    }
    return governance;
}

void governance_free(struct governance *governance)
{
    os_free(governance);
}

/* -- deciding -------------------------------------------------------------------------------- */

struct deciding {
    struct access *access;
    const struct role_policy *policy;
    const struct register_snapshot *snapshot;
    struct decision draft;
    VECTOR(struct decision_patients) patients;
};

static bool refuse(struct deciding *deciding, const char *reason)
{
    struct access *access = deciding->access;
    return fault_set(&access->fault, access->arena, FAULT_FORBIDDEN, "%s", reason);
}

static bool organisation_is_live(const struct deciding *deciding, struct slice ods)
{
    const struct organisation *organisation = register_find(deciding->snapshot, ods);
    return organisation != NULL && organisation->status == ORGANISATION_LIVE;
}

/* adds a link's patient under its organisation */
static bool add_patient(struct deciding *deciding, const struct person_link *link)
{
    struct arena *arena = deciding->access->arena;
    struct decision_patients *of = NULL;
    for (size_t i = 0; i < deciding->patients.count; i++) {
        if (slice_equal(deciding->patients.at[i].ods, link->ods)) {
            of = &deciding->patients.at[i];
        }
    }
    if (of == NULL) {
        of = vector_push(&deciding->patients, arena);
        if (of == NULL) {
            return false;
        }
        of->ods = link->ods;
    }
    struct slice *ids =
        arena_grow(arena, (void *)of->ids, of->count * sizeof *ids, (of->count + 1) * sizeof *ids);
    if (ids == NULL) {
        return false;
    }
    ids[of->count++] = link->patient_id;
    of->ids = ids;
    return true;
}

/* by its ODS code, or by a reference to an Organization that is called by it */
static bool names(struct slice text, struct slice organisation)
{
    return slice_equal(text, organisation) ||
           (slice_ends_with(text, organisation) &&
            slice_ends_with(slice_sub(text, 0, text.len - organisation.len),
                            SLICE("Organization/")));
}

/* an involvement counts until it ends: an open referral, attendance or caseload (nhs-rules B7) */
static bool store_names_organisation(struct deciding *deciding, const struct person_link *link,
                                     struct slice organisation)
{
    struct access *access = deciding->access;
    struct store_pool *stores = access->governance->config.stores;
    struct involvement *involvements;
    struct fault ignored;
    size_t count = 0;
    bool named = false;
    walltime now = os_now();
    struct record_store *store = store_pool_get(stores, link->ods, false, access->arena, &ignored);
    if (store == NULL) {
        return false;
    }
    if (record_store_involvements(store, link->patient_id, access->arena, &involvements, &count,
                                  &ignored)) {
        for (size_t i = 0; i < count; i++) {
            named |= involvements[i].to > now && names(involvements[i].organisation, organisation);
        }
    }
    store_pool_put(stores, store);
    return named;
}

/* how the user's organisation is known to care for this person; empty when it is not */
static struct slice relationship(struct deciding *deciding)
{
    const struct person_links *links = &deciding->access->links;
    struct slice organisation = deciding->access->request.subject.organisation;
    if (slice_equal(links->entry.practice, organisation)) {
        return SLICE("registered");
    }
    for (size_t i = 0; i < links->count; i++) {
        if (slice_equal(links->at[i].ods, organisation)) {
            return SLICE("own-record");
        }
    }
    for (size_t i = 0; i < links->count; i++) {
        if (store_names_organisation(deciding, &links->at[i], organisation)) {
            return SLICE("involved");
        }
    }
    return (struct slice){ NULL, 0 };
}

static bool decide_relationship(struct deciding *deciding)
{
    struct access *access = deciding->access;
    if (deciding->policy->relationship == RELATIONSHIP_NONE) {
        return refuse(deciding, "this role does not see people across organisations");
    }
    access->basis = relationship(deciding);
    if (access->basis.len > 0) {
        return true;
    }
    if (deciding->policy->relationship == RELATIONSHIP_SELF_CLAIMED) {
        access->basis = SLICE("self-claimed");
        return true;
    }
    return refuse(deciding, "your organisation is not known to care for this person");
}

static bool decide_person(struct deciding *deciding)
{
    struct access *access = deciding->access;
    struct person_index *people = access->governance->config.people;
    bool one_patient = access->request.target == ACCESS_PATIENT;
    if (one_patient &&
        !person_index_of_patient(people, access->request.ods, access->request.patient_id,
                                 access->arena, &access->request.person, &access->fault)) {
        return false;
    }
    if (!person_index_get(people, access->request.person, access->arena, &access->links,
                          &access->fault) ||
        !decide_relationship(deciding)) {
        return false;
    }
    for (size_t i = 0; i < access->links.count; i++) {
        const struct person_link *link = &access->links.at[i];
        bool wanted = !one_patient || (slice_equal(link->ods, access->request.ods) &&
                                       slice_equal(link->patient_id, access->request.patient_id));
        if (wanted && organisation_is_live(deciding, link->ods) && !add_patient(deciding, link)) {
            return fault_no_memory(&access->fault, access->arena);
        }
    }
    if (one_patient && deciding->patients.count == 0) {
        return refuse(deciding, "the patient's organisation does not take part");
    }
    deciding->draft.scope = DECISION_PERSON;
    deciding->draft.person = access->request.person;
    deciding->draft.link_version = access->links.link_version;
    deciding->draft.patients = deciding->patients.at;
    deciding->draft.patients_count = deciding->patients.count;
    return true;
}

static bool decide_store(struct deciding *deciding)
{
    struct access *access = deciding->access;
    const struct access_request *request = &access->request;
    if (!slice_equal(request->ods, request->subject.organisation)) {
        return refuse(deciding, "this is not your organisation's store");
    }
    if (!deciding->policy->own_store) {
        return refuse(deciding, "this role does not search a whole store");
    }
    access->basis = SLICE("own-store");
    deciding->draft.scope = DECISION_STORE;
    deciding->draft.store = request->ods;
    return true;
}

static bool decide_search(struct deciding *deciding)
{
    if (!deciding->policy->finds_people) {
        return refuse(deciding, "this role does not look people up");
    }
    deciding->access->basis = SLICE("find-person");
    deciding->draft.scope = DECISION_PERSON; /* of nobody: opens no store */
    return true;
}

static bool decide_target(struct deciding *deciding)
{
    const struct access_request *request = &deciding->access->request;
    bool system = request->subject.role == ROLE_SYSTEM;
    if (request->write && !deciding->policy->writes) {
        return refuse(deciding, "this role does not write");
    }
    switch (request->target) {
    case ACCESS_PERSON:
        return decide_person(deciding);
    case ACCESS_PATIENT:
        return system ? decide_store(deciding) : decide_person(deciding);
    case ACCESS_STORE:
        return decide_store(deciding);
    case ACCESS_SEARCH:
        return decide_search(deciding);
    }
    return refuse(deciding, "there is no such access");
}

static bool decide(struct deciding *deciding)
{
    const struct access_request *request = &deciding->access->request;
    struct decision *draft = &deciding->draft;
    deciding->policy = policy_of(request->subject.role);
    if (!organisation_is_live(deciding, request->subject.organisation)) {
        return refuse(deciding, "your organisation does not take part");
    }
    policy_apply(request->subject.role, draft);
    draft->purpose = request->purpose;
    draft->user = request->subject.user;
    draft->role = slice_from_string(governance_role_word(request->subject.role));
    draft->organisation = request->subject.organisation;
    draft->may_write = request->write;
    return decide_target(deciding);
}

/* -- the audit ------------------------------------------------------------------------------- */

static const char *const scope_words[] = {
    [ACCESS_PERSON] = "person",
    [ACCESS_PATIENT] = "patient",
    [ACCESS_STORE] = "store",
    [ACCESS_SEARCH] = "search",
};

static void fill_subject(struct audit_entry *entry, const struct subject *subject)
{
    entry->user = subject->user;
    entry->name = subject->name;
    entry->role = slice_from_string(governance_role_word(subject->role));
    entry->organisation = subject->organisation;
}

/* which store, and which of its patients if any, the request named: of a refusal and of an access
 * to a store; what can be no id is somebody's free text */
static struct audit_patient *audit_named(const struct access *access, size_t *ret_count)
{
    const struct access_request *request = &access->request;
    bool named = request->target == ACCESS_PATIENT || request->target == ACCESS_STORE;
    struct audit_patient *one = named ? arena_new(access->arena, struct audit_patient) : NULL;
    if (one != NULL) {
        one->store = request->ods;
        one->id =
            fhir_id_valid(request->patient_id) ? request->patient_id : (struct slice){ NULL, 0 };
    }
    *ret_count = one != NULL;
    return one;
}

static struct audit_patient *audit_patients(const struct deciding *deciding, size_t *ret_count)
{
    size_t count = 0;
    for (size_t i = 0; i < deciding->patients.count; i++) {
        count += deciding->patients.at[i].count;
    }
    struct audit_patient *list = arena_array(deciding->access->arena, count, struct audit_patient);
    size_t at = 0;
    for (size_t i = 0; list != NULL && i < deciding->patients.count; i++) {
        for (size_t k = 0; k < deciding->patients.at[i].count; k++) {
            list[at++] = (struct audit_patient){ deciding->patients.at[i].ods,
                                                 deciding->patients.at[i].ids[k] };
        }
    }
    *ret_count = at;
    return list;
}

static void fill_entry(const struct deciding *deciding, struct audit_entry *entry)
{
    const struct access *access = deciding->access;
    const struct access_request *request = &access->request;
    *entry = (struct audit_entry)AUDIT_ENTRY_INIT;
    entry->kind = access->granted ? AUDIT_GRANTED : AUDIT_REFUSED;
    fill_subject(entry, &request->subject);
    entry->person = request->person;
    entry->scope = slice_from_string(scope_words[request->target]);
    entry->purpose = slice_from_string(decision_purpose_code(request->purpose));
    entry->basis = access->basis;
    entry->policy_version = POLICY_VERSION;
    entry->link_version = access->links.link_version;
    entry->request_id = request->request_id;
    entry->interaction = request->interaction;
    entry->resource_type = fhir_type_name(request->type);
    entry->query = &request->query_digest;
    if (access->granted && deciding->draft.scope == DECISION_PERSON) {
        entry->patients = audit_patients(deciding, &entry->patient_count);
    } else {
        entry->patients = audit_named(access, &entry->patient_count);
    }
    if (!access->granted) {
        entry->reason = access->fault.message; /* our own words, no data of the patient */
    }
}

static void entry_durable(struct audit_ticket *ticket)
{
    struct access *access = (struct access *)((char *)ticket - offsetof(struct access, ticket));
    access->sequence = ticket->sequence;
    if (!ticket->durable) {
        /* not from the arena: it may be in use again, by a request that has timed out */
        access->granted = false;
        access->decision = NULL;
        access->fault = (struct fault){ .code = FAULT_IO,
                                        .message = SLICE("the access could not be recorded") };
    }
    access->done(access);
}

void access_begin(struct access *access)
{
    struct governance *governance = access->governance;
    struct deciding deciding = { .access = access };
    struct audit_entry entry;
    /* results: of what the caller left in them nothing may be believed */
    access->fault = (struct fault)FAULT_INIT;
    access->decision = NULL;
    access->links = (struct person_links){ 0 };
    access->basis = (struct slice){ NULL, 0 };
    access->sequence = AUDIT_NO_SEQUENCE;
    deciding.snapshot = register_get(governance->config.reg);
    access->granted = decide(&deciding);
    if (access->granted) {
        access->decision = decision_make(access->arena, &deciding.draft);
        access->granted =
            access->decision != NULL || fault_no_memory(&access->fault, access->arena);
    }
    fill_entry(&deciding, &entry);
    register_put(governance->config.reg, deciding.snapshot);
    access->ticket.done = entry_durable;
    struct fault fault = FAULT_INIT;
    /* without memory the entry may say less than it must: then nothing is granted */
    if (access->arena->exhausted) {
        access->granted = false;
        access->decision = NULL;
        fault_no_memory(&access->fault, access->arena);
        access->done(access);
        return;
    }
    if (access->granted && access->decided != NULL) {
        access->decided(access);
    }
    if (!audit_append(governance->config.audit, &entry, &access->ticket, access->arena, &fault)) {
        access->granted = false;
        access->decision = NULL;
        access->fault = fault;
        access->done(access);
    }
}

/* one `shown` under way, and whose rows it names */
struct showing {
    struct audit_log *log;
    struct audit_entry entry;
    struct audit_patient patients[LIMIT_AUDIT_PATIENTS];
};

static bool append_shown(struct showing *showing)
{
    showing->entry.patients = showing->patients;
    bool ok = audit_append_detached(showing->log, &showing->entry);
    showing->entry.patient_count = 0;
    return ok;
}

/* an entry that is full goes ahead of the one that closes the grant */
static bool name_patients(struct showing *showing, const struct shown_source *source)
{
    for (size_t i = 0; i < source->patient_count; i++) {
        if (showing->entry.patient_count == LIMIT_AUDIT_PATIENTS && !append_shown(showing)) {
            return false;
        }
        showing->patients[showing->entry.patient_count++] =
            (struct audit_patient){ source->ods, source->patients[i] };
    }
    return true;
}

static bool name_all_patients(struct showing *showing, const struct shown_source *sources,
                              size_t count)
{
    showing->entry.outcome = (struct slice)AUDIT_CONTINUED;
    for (size_t i = 0; i < count; i++) {
        if (!name_patients(showing, &sources[i])) {
            return false;
        }
    }
    return true;
}

void access_shown(const struct access *access, const struct digest *shown, uint64_t bytes,
                  uint64_t items, const struct shown_source *sources, size_t count,
                  struct slice outcome)
{
    struct audit_source list[LIMIT_RECORD_SOURCES];
    struct showing showing = { .log = access->governance->config.audit, .entry = AUDIT_ENTRY_INIT };
    struct audit_entry *entry = &showing.entry;
    assert(access->granted);
    count = count < ARRAY_LENGTH(list) ? count : ARRAY_LENGTH(list);
    for (size_t i = 0; i < count; i++) {
        list[i] = (struct audit_source){ sources[i].ods, sources[i].state, sources[i].items };
    }
    entry->kind = AUDIT_SHOWN;
    fill_subject(entry, &access->request.subject);
    entry->person = access->request.person;
    entry->request_id = access->request.request_id;
    entry->granted = access->sequence;
    bool ok = name_all_patients(&showing, sources, count);
    entry->shown = shown;
    entry->bytes = bytes;
    entry->items = items;
    entry->sources = list;
    entry->source_count = count;
    entry->outcome = outcome;
    if (!ok || !append_shown(&showing)) {
        log_event(LOG_WARNING, "audit.shown-not-queued", LOG_COUNT("granted", access->sequence));
    }
}

bool governance_audit_act(struct governance *governance, const struct subject *subject,
                          struct slice act, struct slice outcome, struct arena *arena,
                          struct fault *fault)
{
    struct audit_entry entry = AUDIT_ENTRY_INIT;
    uint64_t sequence;
    if (!audit_kind_find(act, &entry.kind)) {
        entry.kind = AUDIT_ACT;
        entry.interaction = act;
    }
    fill_subject(&entry, subject);
    entry.outcome = outcome;
    return audit_append_wait(governance->config.audit, &entry, &sequence, arena, fault);
}

const struct decision *decision_for_job(struct governance *governance, struct slice job,
                                        struct arena *arena, struct fault *fault)
{
    struct audit_entry entry = AUDIT_ENTRY_INIT;
    uint64_t sequence;
    struct decision draft = { .scope = DECISION_JOB,
                              .purpose = PURPOSE_OPERATIONS,
                              .user = arena_printf(arena, "job:%.*s", SLICE_PRINT(job)),
                              .role = SLICE("job"),
                              .may_write = slice_equal(job, SLICE("load")) };
    policy_apply_job(&draft);
    entry.kind = AUDIT_JOB;
    entry.user = draft.user;
    entry.scope = SLICE("job");
    entry.purpose = slice_from_string(decision_purpose_code(draft.purpose));
    entry.policy_version = POLICY_VERSION;
    if (!audit_append_wait(governance->config.audit, &entry, &sequence, arena, fault)) {
        return NULL;
    }
    const struct decision *decision = decision_make(arena, &draft);
    if (decision == NULL) {
        fault_no_memory(fault, arena);
    }
    return decision;
}
