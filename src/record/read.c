/*
 * read.c: one resource of any type into one item, by its shape.
 *
 * Every type is read the same way: walk the members once, note where each known element lies, take
 * title, dates, author and status from the first of the elements that its shape lists (section.c),
 * then let the family add what is special to it. So a new type is a row of a table, and no type can
 * forget its author or its status.
 *
 * Names of members are found through a small open hash made for each record, by the fingerprints
 * that the tape has for its keys: a resource has a dozen members and a family asks for thirty, so
 * that asking json_member() each time would compare each name with each question. Considered: a
 * perfect hash made by a generator; it would save some microseconds a record and cost a build step.
 */
#include "record/record_internal.h"

static const struct slice field_names[FIELD_COUNT] = {
#define X(name) [FIELD_##name] = SLICE_INIT(#name),
    RECORD_FIELDS(X)
#undef X
};

/* the upper bits of a product are the best mixed */
static size_t first_slot(uint16_t print)
{
    return print / (UINT16_MAX / RECORD_FIELD_SLOTS + 1);
}

void record_fields_init(struct record_field_table *table)
{
    _Static_assert(FIELD_COUNT < 256, "slots are bytes");
    memset(table, 0, sizeof *table);
    for (size_t i = 1; i < FIELD_COUNT; i++) {
        table->prints[i] = json_print(field_names[i].ptr, field_names[i].len);
        size_t slot = first_slot(table->prints[i]);
        while (table->slots[slot] != 0) {
            slot = (slot + 1) % RECORD_FIELD_SLOTS;
        }
        table->slots[slot] = (uint8_t)i;
    }
}

/* a key that is spelt with escapes has another's fingerprint; nobody writes one, anybody may */
static size_t find_escaped_field(const struct json *json, json_ix key)
{
    for (size_t i = 1; i < FIELD_COUNT; i++) {
        if (json_string_equal(json, key, field_names[i])) {
            return i;
        }
    }
    return FIELD_NONE;
}

static size_t find_field(const struct record_field_table *table, const struct json *json,
                         json_ix key)
{
    if (json->nodes[key].escaped) {
        return find_escaped_field(json, key);
    }
    size_t slot = first_slot(json->nodes[key].print);
    while (table->slots[slot] != 0) {
        size_t field = table->slots[slot];
        if (json_key_is(json, key, field_names[field], table->prints[field])) {
            return field;
        }
        slot = (slot + 1) % RECORD_FIELD_SLOTS;
    }
    return FIELD_NONE;
}

bool record_fields_read(struct reading *reading, json_ix object)
{
    const struct json *json = reading->json;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        reading->field[i] = JSON_NONE;
    }
    if (!json_is(json, object, JSON_OBJECT)) {
        return false;
    }
    json_each_member(json, object, key, value)
    {
        size_t field = find_field(&reading->part->fields, json, key);
        if (field != FIELD_NONE && !json_is(json, value, JSON_NULL)) {
            reading->field[field] = value;
        }
    }
    return true;
}

void record_reading_init(struct reading *reading, struct record_part *part,
                         const struct source_resource *resource)
{
    reading->part = part;
    reading->arena = part->arena;
    reading->texts = &part->texts;
    reading->json = &resource->json;
    reading->root = 0;
    reading->item = NULL;
}

struct fact *record_fact_new(struct record_part *part)
{
    struct fact *fact = arena_new(part->arena, struct fact);
    struct fact **place = fact == NULL ? NULL : vector_push(&part->facts, part->arena);
    if (place == NULL) {
        return NULL;
    }
    *place = fact;
    return fact;
}

void record_fact_done(struct fact *fact)
{
    const struct record_item *item = &fact->item;
    const struct instant *when = item->has_date       ? &item->date
                                 : item->has_recorded ? &item->recorded
                                 : item->has_end      ? &item->end
                                                      : NULL;
    fact->when = when == NULL ? INSTANT_MIN : instant_microseconds(when);
}

/* -- by the shape ------------------------------------------------------------------------------ */

/* a Medication, Substance, Device or Condition that is referred to lends its own concept */
static bool referred_concept(struct reading *reading, json_ix ix, struct concept *ret_concept)
{
    struct record_target target;
    ix = record_first(reading->json, ix);
    if (record_child(reading, ix, "reference") != JSON_NONE &&
        record_resolve(reading, ix, &target)) {
        struct reading at = *reading;
        at.json = target.json;
        json_ix code = json_member(target.json, target.root, SLICE("code"));
        if (code != JSON_NONE && record_concept(&at, code, ret_concept)) {
            return true;
        }
    }
    *ret_concept = (struct concept){ .text = record_reference_name(reading, ix) };
    return ret_concept->text.len > 0;
}

static void read_title(struct reading *reading, const struct record_shape *shape)
{
    struct record_item *item = reading->item;
    for (size_t i = 0; i < ARRAY_LENGTH(shape->title) && shape->title[i] != FIELD_NONE; i++) {
        json_ix ix = reading->field[shape->title[i]];
        struct concept concept;
        if (ix == JSON_NONE ||
            !(record_concept(reading, ix, &concept) || referred_concept(reading, ix, &concept))) {
            continue;
        }
        item->title = concept.text;
        item->system = concept.system;
        item->code = concept.code;
        return;
    }
}

static bool read_date(struct reading *reading, const uint8_t *fields, size_t count, bool end,
                      struct instant *ret_date)
{
    for (size_t i = 0; i < count && fields[i] != FIELD_NONE; i++) {
        json_ix ix = reading->field[fields[i]];
        if (ix == JSON_NONE) {
            continue;
        }
        if (record_when(reading, ix, end, ret_date)) {
            return true;
        }
        struct slice text = record_string(reading, ix);
        if (text.len > 0) { /* not a date of FHIR's form: shown as it is, and not sorted by */
            record_note(reading, "Date as recorded:", text);
        }
    }
    return false;
}

static void read_dates(struct reading *reading, const struct record_shape *shape)
{
    struct record_item *item = reading->item;
    item->has_date = read_date(reading, shape->date, ARRAY_LENGTH(shape->date), false, &item->date);
    item->has_end = read_date(reading, shape->end, ARRAY_LENGTH(shape->end), true, &item->end);
    item->has_recorded =
        read_date(reading, shape->recorded, ARRAY_LENGTH(shape->recorded), false, &item->recorded);
}

static void read_author(struct reading *reading, const struct record_shape *shape)
{
    for (size_t i = 0; i < ARRAY_LENGTH(shape->author) && shape->author[i] != FIELD_NONE; i++) {
        json_ix ix = reading->field[shape->author[i]];
        struct slice name =
            ix == JSON_NONE ? (struct slice){ NULL, 0 } : record_reference_name(reading, ix);
        if (name.len > 0) {
            reading->item->author = name;
            return;
        }
    }
}

static void read_status(struct reading *reading, const struct record_shape *shape)
{
    json_ix ix = reading->field[shape->status == FIELD_NONE ? FIELD_status : shape->status];
    struct concept concept = { 0 };
    if (ix == JSON_NONE || !record_concept(reading, ix, &concept)) {
        return;
    }
    struct slice code = concept.code.len > 0 ? concept.code : concept.text;
    reading->item->status_text = record_status_words(reading->arena, code);
    for (const struct status_row *row = shape->statuses; row != NULL && row->code != NULL; row++) {
        if (slice_equal(code, slice_from_string(row->code))) {
            reading->item->status = row->status;
        }
    }
}

bool record_read(struct record_part *part, const struct source_resource *resource, fhir_type type)
{
    /* its table of fields is filled by record_fields_read(), and clearing it first would cost more
     * than filling it */
    struct reading reading __attribute__((uninitialized));
    record_reading_init(&reading, part, resource);
    if (resource->json.count == 0 || !record_fields_read(&reading, 0)) {
        return false;
    }
    const struct record_shape *shape = record_shape_of(type);
    struct fact *fact = record_fact_new(part);
    if (fact == NULL) {
        return false;
    }
    reading.item = &fact->item;
    fact->item.section = shape->section;
    fact->item.source = part->source;
    fact->item.type = type;
    fact->item.id = resource->stored.id;
    read_title(&reading, shape);
    read_dates(&reading, shape);
    read_author(&reading, shape);
    read_status(&reading, shape);
    shape->refine(&reading);
    if (fact->item.title.len == 0) {
        fact->item.title = SLICE("Not named by the source");
    }
    record_fact_done(fact);
    return true;
}
