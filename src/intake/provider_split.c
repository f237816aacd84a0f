/*
 * provider_split.c: homes first, then bodies, and with them the copies.
 *
 * An entry is `shared` when it is the Patient or of a type that belongs to no patient: shared
 * entries go wherever something refers to them. Everything else has one home. A part begins with
 * its own entries and the Patient. Writing a body passes each of its references: a shared entry
 * that it names comes into the part, too, and is written behind it, until no new one is named. So
 * a reference to a shared entry always stays within the part, and one walk over a resource does
 * for finding its references and for rewriting them.
 */
#include "intake/provider_split.h"

#include "base/digest.h"
#include "base/hash_table.h"
#include "base/limits.h"
#include "base/vector.h"
#include "fhir/compartment.h"
#include "fhir/references.h"
#include "intake/resource_check.h"
#include "nhs/nhs_number.h"

#define NO_PART UINT32_MAX

struct entry_facts {
    struct slice id;
    struct slice name; /* Type/id */
    bool shared;
    uint32_t home;     /* part */
    uint32_t provider; /* of an Encounter: entry of its Organization, or NO_PART */
};

struct part_facts {
    uint32_t organisation; /* entry */
    uint32_t encounters;
    struct slice identifier;
    VECTOR(struct split_entry) entries; /* in the order in which they came into the part */
    size_t written;                     /* of them */
};

struct inside {
    struct split *split;
    struct entry_facts *facts;
    struct part_facts *parts;
    struct hash_table by_url;
    uint8_t *held;      /* parts * entries: does the part hold the entry? */
    struct strbuf body; /* that is being written */
    struct arena *arena;
    struct fault *fault;
};

static const struct fhir_entry *entry_at(const struct inside *in, size_t ix)
{
    return &in->split->entries.at[ix];
}

/* the entry that a reference names, or NO_PART */
static uint32_t entry_of(const struct inside *in, struct slice reference)
{
    struct hash_slot *slot = reference.len == 0 ? NULL : hash_table_find(&in->by_url, reference);
    return slot == NULL ? NO_PART : (uint32_t)slot->value.number;
}

static uint32_t entry_of_member(const struct inside *in, json_ix object, struct slice name)
{
    const struct json *json = in->split->json;
    json_ix member = json_member(json, object, name);
    if (json_is(json, member, JSON_ARRAY)) {
        member = json_first(json, member);
    }
    return entry_of(in, json_member_string(json, member, SLICE("reference"), in->arena));
}

/* -- facts of each entry ----------------------------------------------------------------------- */

static bool is_shared(fhir_type type)
{
    return type == FHIR_PATIENT || !fhir_compartment_has_type(type);
}

/* urn:uuid:X and http://host/Type/X both end in the id */
static struct slice id_of_url(struct slice url)
{
    size_t start = url.len;
    while (start > 0 && url.ptr[start - 1] != ':' && url.ptr[start - 1] != '/') {
        start--;
    }
    return slice_from(url, start);
}

static bool refuse_entry(struct inside *in, size_t ix, const char *text)
{
    struct slice place = arena_printf(in->arena, "Bundle.entry[%zu]", ix);
    return fault_at(in->fault, in->arena, FAULT_CONTENT, place, "%s", text);
}

static bool remember_url(struct inside *in, struct slice url, size_t ix)
{
    bool fresh;
    struct hash_slot *slot = url.ptr == NULL ? NULL : hash_table_put(&in->by_url, url, &fresh);
    if (slot == NULL) {
        return fault_no_memory(in->fault, in->arena);
    }
    if (!fresh && slot->value.number != ix) {
        return refuse_entry(in, ix, "two entries stand for the same resource");
    }
    slot->value.number = ix;
    return true;
}

static bool read_entry(struct inside *in, size_t ix)
{
    const struct fhir_entry *entry = entry_at(in, ix);
    struct entry_facts *facts = &in->facts[ix];
    if (entry->resource == JSON_NONE || entry->full_url.len == 0) {
        return refuse_entry(in, ix, "an entry has no resource or no fullUrl");
    }
    fhir_type type = fhir_type_of(in->split->json, entry->resource);
    facts->id = id_of_url(entry->full_url);
    facts->shared = is_shared(type);
    facts->home = NO_PART;
    facts->provider = NO_PART;
    if (!fhir_id_valid(facts->id)) {
        return refuse_entry(in, ix, "a fullUrl does not end in an id");
    }
    facts->name = fhir_reference_local(type, facts->id, in->arena);
    /* as a reference names it: by the whole fullUrl, or by what a RESTful one ends in */
    return remember_url(in, entry->full_url, ix) && remember_url(in, facts->name, ix);
}

/* -- parts: the organisations that give care ----------------------------------------------------
 */

static struct slice identifier_of(const struct inside *in, size_t ix)
{
    const struct json *json = in->split->json;
    json_ix identifier = json_member(json, entry_at(in, ix)->resource, SLICE("identifier"));
    if (json_is(json, identifier, JSON_ARRAY)) {
        identifier = json_first(json, identifier);
    }
    struct slice value = json_member_string(json, identifier, SLICE("value"), in->arena);
    return value.len > 0 ? value : in->facts[ix].id;
}

static struct slice made_up_ods(struct slice identifier, struct arena *arena)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    struct digest digest = digest_of_one(identifier);
    char code[8] = { 'X' };
    for (size_t i = 1; i < sizeof code; i++) {
        code[i] = digits[digest.bytes[i] % 32];
    }
    return arena_copy(arena, slice_of(code, sizeof code));
}

static uint32_t part_of_organisation(struct inside *in, uint32_t organisation)
{
    struct split *split = in->split;
    struct slice identifier = identifier_of(in, organisation);
    for (uint32_t p = 0; p < split->count; p++) {
        /* two resources with one identifier are one organisation, and one store */
        if (in->parts[p].organisation == organisation ||
            slice_equal(in->parts[p].identifier, identifier)) {
            in->facts[organisation].home = p;
            return p;
        }
    }
    uint32_t p = (uint32_t)split->count++;
    in->parts[p] = (struct part_facts){ .organisation = organisation, .identifier = identifier };
    split->parts[p] = (struct split_part){
        .ods = made_up_ods(identifier, in->arena),
        .name = json_member_string(split->json, entry_at(in, organisation)->resource, SLICE("name"),
                                   in->arena),
    };
    in->facts[organisation].home = p;
    return p;
}

/* the provider that an encounter names; NO_PART too when it names something else */
static uint32_t organisation_of(const struct inside *in, json_ix encounter)
{
    uint32_t entry = entry_of_member(in, encounter, SLICE("serviceProvider"));
    bool is_one = entry != NO_PART &&
                  fhir_type_of(in->split->json, entry_at(in, entry)->resource) == FHIR_ORGANIZATION;
    return is_one ? entry : NO_PART;
}

static bool find_parts(struct inside *in)
{
    struct split *split = in->split;
    for (size_t i = 0; i < split->entries.count; i++) {
        json_ix resource = entry_at(in, i)->resource;
        if (fhir_type_of(split->json, resource) != FHIR_ENCOUNTER) {
            continue;
        }
        uint32_t organisation = organisation_of(in, resource);
        in->facts[i].provider = organisation;
        if (organisation != NO_PART) {
            in->parts[part_of_organisation(in, organisation)].encounters++;
        }
    }
    if (split->count == 0) {
        return fault_set(in->fault, in->arena, FAULT_CONTENT,
                         "no encounter of the bundle names its provider");
    }
    for (size_t p = 1; p < split->count; p++) {
        const struct part_facts *best = &in->parts[split->practice];
        const struct part_facts *other = &in->parts[p];
        if (other->encounters > best->encounters ||
            (other->encounters == best->encounters &&
             slice_compare(other->identifier, best->identifier) < 0)) {
            split->practice = p;
        }
    }
    return true;
}

/* -- homes --------------------------------------------------------------------------------------
 */

/* where types keep the encounter: encounter, context, context.encounter, item.encounter */
static uint32_t encounter_of(const struct inside *in, json_ix resource)
{
    const struct json *json = in->split->json;
    uint32_t found = entry_of_member(in, resource, SLICE("encounter"));
    if (found != NO_PART) {
        return found;
    }
    json_ix context = json_member(json, resource, SLICE("context"));
    found = entry_of_member(in, resource, SLICE("context"));
    if (found == NO_PART && context != JSON_NONE) {
        found = entry_of_member(in, context, SLICE("encounter"));
    }
    json_each_element(json, json_member(json, resource, SLICE("item")), item)
    {
        if (found == NO_PART) {
            found = entry_of_member(in, item, SLICE("encounter"));
        }
    }
    return found;
}

static uint32_t home_of(struct inside *in, size_t ix)
{
    json_ix resource = entry_at(in, ix)->resource;
    bool is_encounter = fhir_type_of(in->split->json, resource) == FHIR_ENCOUNTER;
    uint32_t encounter = is_encounter ? (uint32_t)ix : encounter_of(in, resource);
    uint32_t provider = encounter == NO_PART ? NO_PART : in->facts[encounter].provider;
    return provider == NO_PART ? (uint32_t)in->split->practice : part_of_organisation(in, provider);
}

static uint8_t *held(const struct inside *in, size_t part, size_t entry)
{
    return &in->held[part * in->split->entries.count + entry];
}

/* -- bodies, and the copies that they call for ---------------------------------------------------
 */

/* the entry comes into the part, unless it is there already */
static bool enter(struct inside *in, size_t part, size_t ix)
{
    if (*held(in, part, ix)) {
        return true;
    }
    struct split_entry *entry = vector_push(&in->parts[part].entries, in->arena);
    if (entry == NULL) {
        return fault_no_memory(in->fault, in->arena);
    }
    entry->ix = (uint32_t)ix;
    *held(in, part, ix) = 1;
    return true;
}

struct writing {
    struct inside *in;
    size_t part;
};

static bool replace_link(void *context, const struct fhir_link *link, struct slice *ret_text,
                         bool *ret_failed)
{
    struct writing *writing = context;
    struct inside *in = writing->in;
    uint32_t target = entry_of(in, link->text);
    if (target == NO_PART) {
        return false;
    }
    const struct entry_facts *facts = &in->facts[target];
    if (facts->shared || facts->home == writing->part) {
        *ret_text = facts->name;
        *ret_failed = !enter(in, writing->part, target);
        return true;
    }
    *ret_text =
        arena_printf(in->arena, "%.*s/orgs/%.*s/fhir/R4/%.*s", SLICE_PRINT(in->split->base_url),
                     SLICE_PRINT(in->split->parts[facts->home].ods), SLICE_PRINT(facts->name));
    *ret_failed = ret_text->ptr == NULL;
    return true;
}

static bool write_body(struct inside *in, size_t part, uint32_t ix, struct slice *ret_body)
{
    struct writing writing = { in, part };
    struct fhir_rewrite rewrite = { .id = in->facts[ix].id,
                                    .replace = replace_link,
                                    .context = &writing };
    json_ix resource = entry_at(in, ix)->resource;
    strbuf_clear(&in->body);
    bool ok = fhir_rewrite(in->split->json, resource, &rewrite, in->arena, &in->body);
    bool too_large = !ok && !in->arena->exhausted;
    *ret_body = ok ? arena_copy(in->arena, strbuf_slice(&in->body)) : (struct slice){ NULL, 0 };
    if (too_large) {
        return fault_at(in->fault, in->arena, FAULT_TOO_LARGE,
                        arena_printf(in->arena, "Bundle.entry[%u].resource", (unsigned)ix),
                        "a resource is larger than one may be");
    }
    return ret_body->ptr != NULL || fault_no_memory(in->fault, in->arena);
}

/* what has come into the part and is not written yet, and what that calls for */
static bool write_part(struct inside *in, size_t part)
{
    struct part_facts *facts = &in->parts[part];
    for (; facts->written < facts->entries.count; facts->written++) {
        struct slice body;
        if (!write_body(in, part, facts->entries.at[facts->written].ix, &body)) {
            return false;
        }
        facts->entries.at[facts->written].body = body; /* the list may have moved meanwhile */
    }
    return true;
}

static bool is_patient(const struct inside *in, size_t ix)
{
    return fhir_type_of(in->split->json, entry_at(in, ix)->resource) == FHIR_PATIENT;
}

/* a shared entry's home: its own part, else the first that holds it, else the practice */
static bool settle_shared(struct inside *in, size_t ix)
{
    struct entry_facts *facts = &in->facts[ix];
    if (is_patient(in, ix)) {
        facts->home = (uint32_t)in->split->practice;
    }
    for (uint32_t p = 0; facts->home == NO_PART && p < in->split->count; p++) {
        if (*held(in, p, ix)) {
            facts->home = p;
        }
    }
    if (facts->home == NO_PART) {
        facts->home = (uint32_t)in->split->practice;
    }
    return enter(in, facts->home, ix);
}

static int compare_entries(const void *a, const void *b)
{
    const struct split_entry *left = a;
    const struct split_entry *right = b;
    return (left->ix > right->ix) - (left->ix < right->ix);
}

/* in the order of the bundle */
static void list_part(struct inside *in, size_t part)
{
    struct split_part *to = &in->split->parts[part];
    struct split_entry *entries = in->parts[part].entries.at;
    to->entries = entries;
    to->count = in->parts[part].entries.count;
    qsort(entries, to->count, sizeof *entries, compare_entries);
    for (size_t i = 0; i < to->count; i++) {
        to->copies += in->facts[entries[i].ix].home != part;
    }
}

static bool write_parts(struct inside *in)
{
    for (size_t p = 0; p < in->split->count; p++) {
        if (!write_part(in, p)) {
            return false;
        }
    }
    return true;
}

static bool enter_own(struct inside *in, size_t ix)
{
    if (!in->facts[ix].shared) {
        in->facts[ix].home = home_of(in, ix);
        return enter(in, in->facts[ix].home, ix);
    }
    return true;
}

/* every part is a part of one person's care */
static bool enter_patient(struct inside *in, size_t ix)
{
    for (size_t p = 0; is_patient(in, ix) && p < in->split->count; p++) {
        if (!enter(in, p, ix)) {
            return false;
        }
    }
    return true;
}

static bool settle_if_shared(struct inside *in, size_t ix)
{
    return !in->facts[ix].shared || settle_shared(in, ix);
}

static bool for_each_entry(struct inside *in, bool (*act)(struct inside *in, size_t ix))
{
    for (size_t i = 0; i < in->split->entries.count; i++) {
        if (!act(in, i)) {
            return false;
        }
    }
    return true;
}

/* what no part calls for is settled, and written, when all else is */
static bool divide(struct inside *in)
{
    if (!for_each_entry(in, enter_own) || !for_each_entry(in, enter_patient) || !write_parts(in) ||
        !for_each_entry(in, settle_if_shared) || !write_parts(in)) {
        return false;
    }
    for (size_t p = 0; p < in->split->count; p++) {
        list_part(in, p);
    }
    return true;
}

bool provider_split(const struct json *json, json_ix bundle, struct slice base_url,
                    struct arena *arena, struct split *ret_split, struct fault *fault)
{
    *ret_split = (struct split){ .json = json, .base_url = base_url };
    if (!fhir_bundle_read(json, bundle, arena, &ret_split->entries, fault)) {
        return false;
    }
    size_t count = ret_split->entries.count;
    struct inside *in = arena_new(arena, struct inside);
    if (in == NULL) {
        return fault_no_memory(fault, arena);
    }
    *in = (struct inside){ .split = ret_split, .arena = arena, .fault = fault };
    hash_table_init(&in->by_url, arena);
    in->facts = arena_array(arena, count, struct entry_facts);
    if (in->facts == NULL) {
        return fault_no_memory(fault, arena);
    }
    size_t organisations = 0;
    for (size_t i = 0; i < count; i++) {
        if (!read_entry(in, i)) {
            return false;
        }
        organisations += fhir_type_of(json, entry_at(in, i)->resource) == FHIR_ORGANIZATION;
    }
    in->parts = arena_array(arena, organisations, struct part_facts);
    ret_split->parts = arena_array(arena, organisations, struct split_part);
    in->held = arena_array(arena, organisations * count, uint8_t);
    if (in->parts == NULL || ret_split->parts == NULL || in->held == NULL) {
        return fault_no_memory(fault, arena);
    }
    ret_split->inside = in;
    strbuf_init(&in->body, LIMIT_RESOURCE_BODY);
    bool ok = find_parts(in) && divide(in);
    strbuf_release(&in->body);
    return ok;
}

/* -- changes ------------------------------------------------------------------------------------
 */

static bool has_nhs_number(const struct json *json, json_ix patient)
{
    json_each_element(json, json_member(json, patient, SLICE("identifier")), identifier)
    {
        json_ix system = json_member(json, identifier, SLICE("system"));
        if (json_is(json, system, JSON_STRING) &&
            json_string_equal(json, system, SLICE(NHS_NUMBER_SYSTEM))) {
            return true;
        }
    }
    return false;
}

/* puts the number in front of the identifiers of a body that is minified already */
static bool add_nhs_number(struct slice number, struct arena *arena, struct slice *body,
                           struct fault *fault)
{
    struct json json;
    if (!json_parse(arena, *body, &json, fault)) {
        return false;
    }
    if (has_nhs_number(&json, 0)) {
        return true;
    }
    json_ix list = json_member(&json, 0, SLICE("identifier"));
    bool listed = json_is(&json, list, JSON_ARRAY);
    struct slice raw = listed ? json_raw(&json, list) : *body;
    size_t at = (size_t)(raw.ptr - body->ptr) + (listed ? 1 : body->len - 1);
    bool empty = listed && json_size(&json, list) == 0;
    struct slice changed =
        arena_printf(arena, "%.*s%s{\"system\":\"" NHS_NUMBER_SYSTEM "\",\"value\":\"%.*s\"}%s%.*s",
                     (int)at, body->ptr, listed ? "" : ",\"identifier\":[", SLICE_PRINT(number),
                     !listed ? "]"
                     : empty ? ""
                             : ",",
                     SLICE_PRINT(slice_from(*body, at)));
    if (changed.ptr == NULL) {
        return fault_no_memory(fault, arena);
    }
    *body = changed;
    return true;
}

static uint32_t first_patient(const struct inside *in)
{
    for (uint32_t i = 0; i < in->split->entries.count; i++) {
        if (fhir_type_of(in->split->json, entry_at(in, i)->resource) == FHIR_PATIENT) {
            return i;
        }
    }
    return NO_PART;
}

static bool check_entry(const struct inside *in, uint32_t ix, struct arena *arena,
                        struct fault *fault)
{
    if (resource_check(in->split->json, entry_at(in, ix)->resource, arena, fault)) {
        return true;
    }
    fault->where = arena_printf(arena, "Bundle.entry[%u].resource: %.*s", (unsigned)ix,
                                SLICE_PRINT(fault->where));
    return false;
}

bool provider_split_changes(const struct split *split, size_t part, struct slice nhs_number,
                            struct arena *arena, struct record_change **ret_changes,
                            size_t *ret_count, struct fault *fault)
{
    const struct inside *in = split->inside;
    const struct split_part *from = &split->parts[part];
    uint32_t patient = nhs_number.len > 0 ? first_patient(in) : NO_PART;
    struct record_change *changes = arena_array(arena, from->count, struct record_change);
    if (changes == NULL) {
        return fault_no_memory(fault, arena);
    }
    for (size_t i = 0; i < from->count; i++) {
        uint32_t ix = from->entries[i].ix;
        changes[i] = (struct record_change){
            .kind = CHANGE_UPDATE,
            .type = fhir_type_of(split->json, entry_at(in, ix)->resource),
            .id = in->facts[ix].id,
            .body = from->entries[i].body,
            .unchanged_is_none = true,
        };
        bool home = in->facts[ix].home == part; /* each is checked once */
        /* the number is a function of the first Patient, and nobody else's */
        if ((home && !check_entry(in, ix, arena, fault)) ||
            (ix == patient && !add_nhs_number(nhs_number, arena, &changes[i].body, fault))) {
            return false;
        }
    }
    *ret_changes = changes;
    *ret_count = from->count;
    return true;
}

struct slice provider_split_patient(const struct split *split, struct arena *arena)
{
    const struct inside *in = split->inside;
    uint32_t first = first_patient(in);
    return first == NO_PART ? (struct slice){ NULL, 0 }
                            : arena_copy(arena, identifier_of(in, first));
}
