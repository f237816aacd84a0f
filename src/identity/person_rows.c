/*
 * person_rows.c: keys of order-preserving parts, values of small JSON objects.
 */
#include "identity/person_rows.h"

#include "base/limits.h"

static struct slice key_of(const struct slice *parts, size_t count, struct arena *arena)
{
    struct strbuf key;
    strbuf_init(&key, LIMIT_EXCHANGE_VALUE);
    for (size_t i = 0; i < count; i++) {
        exchange_key_text(&key, parts[i]);
    }
    struct slice result =
        key.failed ? (struct slice){ NULL, 0 } : arena_copy(arena, strbuf_slice(&key));
    arena->exhausted |= result.ptr == NULL;
    strbuf_release(&key);
    return result;
}

struct slice person_row_key(struct slice person, struct arena *arena)
{
    return key_of(&person, 1, arena);
}

struct slice number_row_key(struct slice number, struct slice birth, struct arena *arena)
{
    return key_of((const struct slice[]){ number, birth }, 2, arena);
}

struct slice name_row_key(struct slice family, struct slice birth, struct slice person,
                          struct slice ods, struct slice patient, struct arena *arena)
{
    return key_of((const struct slice[]){ family, birth, person, ods, patient }, 5, arena);
}

struct slice link_row_key(struct slice ods, struct slice patient, struct arena *arena)
{
    return key_of((const struct slice[]){ ods, patient }, 2, arena);
}

struct slice person_link_row_key(struct slice person, struct slice ods, struct slice patient,
                                 struct arena *arena)
{
    return key_of((const struct slice[]){ person, ods, patient }, 3, arena);
}

/* -- values ---------------------------------------------------------------------------------- */

struct row_writer {
    struct json_writer json;
    struct strbuf text;
    struct arena *arena;
};

static void begin(struct row_writer *writer, struct arena *arena)
{
    strbuf_init(&writer->text, LIMIT_EXCHANGE_VALUE);
    json_writer_init(&writer->json, &writer->text);
    writer->arena = arena;
    json_begin_object(&writer->json);
}

static struct slice end(struct row_writer *writer)
{
    json_end_object(&writer->json);
    struct slice result = writer->text.failed
                              ? (struct slice){ NULL, 0 }
                              : arena_copy(writer->arena, strbuf_slice(&writer->text));
    writer->arena->exhausted |= result.ptr == NULL;
    strbuf_release(&writer->text);
    return result;
}

static void put(struct row_writer *writer, const char *key, struct slice value)
{
    if (value.len > 0) {
        json_member_write(&writer->json, key, value);
    }
}

struct slice person_facts_write(const struct patient_facts *facts, struct arena *arena)
{
    struct row_writer writer;
    begin(&writer, arena);
    put(&writer, "number", facts->nhs_number);
    put(&writer, "family", facts->name.family);
    put(&writer, "given", facts->name.given);
    put(&writer, "middle", facts->name.middle);
    put(&writer, "prefix", facts->name.prefix);
    put(&writer, "text", facts->name.text);
    if (facts->has_birth) {
        put(&writer, "birth", instant_format(&facts->birth, arena));
    }
    put(&writer, "gender", facts->gender);
    put(&writer, "address", facts->address);
    put(&writer, "postcode", facts->postcode);
    put(&writer, "practice", facts->practice);
    json_member_write_bool(&writer.json, "deceased", facts->deceased);
    return end(&writer);
}

static bool corrupt(struct fault *fault, struct arena *arena)
{
    if (arena->exhausted) {
        return fault_no_memory(fault, arena);
    }
    return fault_set(fault, arena, FAULT_CORRUPT, "a row of the person index cannot be read");
}

static struct slice get_in(const struct json *json, json_ix object, const char *key,
                           struct arena *arena)
{
    return json_member_string(json, object, slice_from_string(key), arena);
}

static struct slice get(const struct json *json, const char *key, struct arena *arena)
{
    return get_in(json, 0, key, arena);
}

static uint64_t get_number(const struct json *json, const char *key)
{
    uint64_t number = 0;
    json_ix member = json_member(json, 0, slice_from_string(key));
    return slice_to_u64(json_number(json, member), &number) ? number : 0;
}

bool person_row_read(struct slice person, struct slice value, struct arena *arena,
                     struct person_entry *ret_entry, struct fault *fault)
{
    struct json json;
    if (!json_parse(arena, value, &json, fault)) {
        return corrupt(fault, arena);
    }
    json_ix facts = json_member(&json, 0, SLICE("facts"));
    if (!json_is(&json, facts, JSON_OBJECT)) {
        return corrupt(fault, arena);
    }
    struct person_entry entry = {
        .person = person,
        .nhs_number = get_in(&json, facts, "number", arena),
        .name = { .family = get_in(&json, facts, "family", arena),
                  .given = get_in(&json, facts, "given", arena),
                  .middle = get_in(&json, facts, "middle", arena),
                  .prefix = get_in(&json, facts, "prefix", arena),
                  .text = get_in(&json, facts, "text", arena) },
        .gender = get_in(&json, facts, "gender", arena),
        .address = get_in(&json, facts, "address", arena),
        .postcode = get_in(&json, facts, "postcode", arena),
        .practice = get_in(&json, facts, "practice", arena),
        .deceased = json_is(&json, json_member(&json, facts, SLICE("deceased")), JSON_TRUE),
    };
    entry.has_birth = instant_parse_date(get_in(&json, facts, "birth", arena), &entry.birth);
    *ret_entry = entry;
    return true;
}

struct slice link_row_write(const struct link_row *row, struct arena *arena)
{
    struct row_writer writer;
    begin(&writer, arena);
    put(&writer, "person", row->person);
    json_member_write_u64(&writer.json, "method", (uint64_t)row->method);
    json_member_write_u64(&writer.json, "linked", (uint64_t)row->linked);
    put(&writer, "number", row->number);
    put(&writer, "birth", row->birth);
    json_member_begin_array(&writer.json, "families");
    for (size_t i = 0; i < row->family_count; i++) {
        json_write_string(&writer.json, row->families[i]);
    }
    json_end_array(&writer.json);
    json_member_write_bool(&writer.json, "by_practice", row->by_practice);
    json_member_write_u64(&writer.json, "came", row->came);
    json_member_write_raw(&writer.json, "facts", row->facts);
    return end(&writer);
}

bool link_row_read(struct slice value, struct arena *arena, struct link_row *ret_row,
                   struct fault *fault)
{
    struct json json;
    if (!json_parse(arena, value, &json, fault)) {
        return corrupt(fault, arena);
    }
    struct link_row row = {
        .person = get(&json, "person", arena),
        .method = (enum link_method)get_number(&json, "method"),
        .linked = (walltime)get_number(&json, "linked"),
        .number = get(&json, "number", arena),
        .birth = get(&json, "birth", arena),
        .by_practice = json_is(&json, json_member(&json, 0, SLICE("by_practice")), JSON_TRUE),
        .came = get_number(&json, "came"),
    };
    json_ix facts = json_member(&json, 0, SLICE("facts"));
    row.facts = facts == JSON_NONE ? SLICE("{}") : json_raw(&json, facts);
    json_each_element(&json, json_member(&json, 0, SLICE("families")), family)
    {
        if (row.family_count < PATIENT_FAMILIES) {
            row.families[row.family_count++] = json_string(&json, family, arena);
        }
    }
    *ret_row = row;
    return row.person.len > 0 || corrupt(fault, arena);
}

struct slice counts_row_write(const struct index_counts *counts, struct arena *arena)
{
    struct row_writer writer;
    begin(&writer, arena);
    json_member_write_u64(&writer.json, "version", counts->version);
    json_member_write_u64(&writer.json, "persons", counts->persons);
    json_member_write_u64(&writer.json, "links", counts->links);
    json_member_write_u64(&writer.json, "apart", counts->apart);
    json_member_write_u64(&writer.json, "came", counts->came);
    return end(&writer);
}

bool counts_row_read(struct slice value, struct arena *arena, struct index_counts *ret_counts,
                     struct fault *fault)
{
    struct json json;
    if (!json_parse(arena, value, &json, fault)) {
        return corrupt(fault, arena);
    }
    *ret_counts = (struct index_counts){
        .version = get_number(&json, "version"),
        .persons = get_number(&json, "persons"),
        .links = get_number(&json, "links"),
        .apart = get_number(&json, "apart"),
        .came = get_number(&json, "came"),
    };
    return true;
}
