/*
 * read_observation.c: results and observations.
 *
 * FHIR R4 observation.html. A value is shown as it was sent: comparator, digits, unit (hazard H8).
 * What is no quantity becomes text; the parts of a panel become one text with their names, but a
 * blood pressure "systolic / diastolic" in this order, whatever the order in the resource.
 *
 * The flag is what the source says (interpretation); only when it says nothing is the value
 * compared with the range in the same resource, and not when there are several ranges, for which of
 * them applies is not ours to guess (H10). The date is when it was taken, `recorded` when it was
 * issued (H16).
 */
#include "record/record_internal.h"

static const enum record_field text_values[] = {
    FIELD_valueCodeableConcept, FIELD_valueString, FIELD_valueBoolean, FIELD_valueInteger,
    FIELD_valueRange,           FIELD_valueRatio,  FIELD_valueTime,    FIELD_valueDateTime,
    FIELD_valuePeriod,
};

/* http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation, gravest first */
static const struct {
    const char *code;
    enum item_flag flag;
} interpretations[] = {
    { "HH", FLAG_CRITICAL }, { "LL", FLAG_CRITICAL }, { "AA", FLAG_CRITICAL },
    { "HU", FLAG_HIGH },     { "LU", FLAG_LOW },      { "H", FLAG_HIGH },
    { ">", FLAG_HIGH },      { "HX", FLAG_HIGH },     { "L", FLAG_LOW },
    { "<", FLAG_LOW },       { "LX", FLAG_LOW },      { "A", FLAG_ABNORMAL },
    { "N", FLAG_NORMAL },
};

static size_t rank_of_code(struct slice code)
{
    size_t i = 0;
    while (i < ARRAY_LENGTH(interpretations) &&
           !slice_equal(code, slice_from_string(interpretations[i].code))) {
        i++;
    }
    return i;
}

/* the gravest of all codings of all interpretations */
static enum item_flag flag_of(struct reading *reading, json_ix array)
{
    size_t gravest = ARRAY_LENGTH(interpretations);
    json_each_element(reading->json, array, concept)
    {
        json_each_element(reading->json, record_child(reading, concept, "coding"), coding)
        {
            size_t rank = rank_of_code(record_member(reading, coding, "code"));
            gravest = rank < gravest ? rank : gravest;
        }
    }
    return gravest < ARRAY_LENGTH(interpretations) ? interpretations[gravest].flag : FLAG_NONE;
}

struct range {
    struct record_quantity low, high;
    struct slice text;
};

/* one range in numbers and words; several only in words */
static struct range read_range(struct reading *reading, json_ix ranges)
{
    struct range range = { 0 };
    size_t count = 0;
    json_each_element(reading->json, ranges, one)
    {
        struct range its = { 0 };
        count++;
        (void)!record_quantity_read(reading, record_child(reading, one, "low"), &its.low);
        (void)!record_quantity_read(reading, record_child(reading, one, "high"), &its.high);
        its.text = record_member(reading, one, "text");
        if (count == 1) {
            range = its;
            continue;
        }
        if (count == 2 && range.text.len == 0) {
            range.text = record_value_text(reading, record_first(reading->json, ranges));
        }
        if (its.text.len == 0) {
            its.text = record_value_text(reading, one);
        }
        range.text = record_join(reading->texts, range.text, "; ", its.text);
        range.low.present = range.high.present = false;
    }
    return range;
}

static void read_value(struct reading *reading)
{
    struct record_item *item = reading->item;
    if (record_quantity_read(reading, reading->field[FIELD_valueQuantity], &item->value)) {
        return;
    }
    item->value_text = record_value_text(reading, reading->field[FIELD_valueQuantity]);
    for (size_t i = 0; item->value_text.len == 0 && i < ARRAY_LENGTH(text_values); i++) {
        item->value_text = record_value_text(reading, reading->field[text_values[i]]);
    }
    if (item->value_text.len == 0 && reading->field[FIELD_valueSampledData] != JSON_NONE) {
        item->value_text = SLICE("Recorded signal, not shown here");
    }
    struct slice absent = record_concept_text(reading, reading->field[FIELD_dataAbsentReason]);
    if (item->value_text.len == 0 && absent.len > 0) {
        item->value_text = record_join(reading->texts, SLICE("No value:"), " ", absent);
    }
}

/* -- components -------------------------------------------------------------------------------- */

static void read_component(struct reading *reading, json_ix ix, struct record_component *component)
{
    struct concept concept = { 0 };
    (void)!record_concept(reading, record_child(reading, ix, "code"), &concept);
    component->title = concept.text.len > 0 ? concept.text : SLICE("Part");
    component->system = concept.system;
    component->code = concept.code;
    struct range range = read_range(reading, record_child(reading, ix, "referenceRange"));
    component->flag = flag_of(reading, record_child(reading, ix, "interpretation"));
    if (record_quantity_read(reading, record_child(reading, ix, "valueQuantity"),
                             &component->value)) {
        if (component->flag == FLAG_NONE) {
            component->flag = record_flag_by_range(&component->value, &range.low, &range.high);
        }
        return;
    }
    for (size_t i = 0; component->value_text.len == 0 && i < ARRAY_LENGTH(text_values); i++) {
        static const char *const keys[] = {
            "valueCodeableConcept", "valueString", "valueBoolean",  "valueInteger", "valueRange",
            "valueRatio",           "valueTime",   "valueDateTime", "valuePeriod"
        };
        _Static_assert(ARRAY_LENGTH(keys) == ARRAY_LENGTH(text_values), "the same elements");
        component->value_text = record_value_text(reading, record_child(reading, ix, keys[i]));
    }
    if (component->value_text.len == 0) {
        struct slice absent =
            record_concept_text(reading, record_child(reading, ix, "dataAbsentReason"));
        component->value_text = absent.len > 0 ? absent : SLICE("no value");
    }
}

static const struct record_component *find_component(const struct record_item *item,
                                                     const char *const codes[3])
{
    for (size_t i = 0; i < item->components_count; i++) {
        for (size_t k = 0; k < 3; k++) {
            if (slice_equal(item->components[i].code, slice_from_string(codes[k]))) {
                return &item->components[i];
            }
        }
    }
    return NULL;
}

/* LOINC and SNOMED CT; "120 / 80 mmHg". False when it is none */
static bool blood_pressure(struct reading *reading)
{
    static const char *const systolic_codes[3] = { "8480-6", "271649006", "72313002" };
    static const char *const diastolic_codes[3] = { "8462-4", "271650006", "1091811000000102" };
    struct record_item *item = reading->item;
    const struct record_component *systolic = find_component(item, systolic_codes);
    const struct record_component *diastolic = find_component(item, diastolic_codes);
    if (item->components_count != 2 || systolic == NULL || diastolic == NULL ||
        !systolic->value.present || !diastolic->value.present ||
        !slice_equal(systolic->value.unit, diastolic->value.unit)) {
        return false;
    }
    struct slice high =
        record_join(reading->texts, systolic->value.comparator, " ", systolic->value.value);
    struct slice low =
        record_join(reading->texts, diastolic->value.comparator, " ", diastolic->value.value);
    item->value_text = record_join(reading->texts, record_join(reading->texts, high, " / ", low),
                                   " ", systolic->value.unit);
    item->value.unit = systolic->value.unit;
    item->value.number = systolic->value.number;
    return true;
}

static void components_in_words(struct reading *reading)
{
    struct record_item *item = reading->item;
    for (size_t i = 0; i < item->components_count; i++) {
        const struct record_component *part = &item->components[i];
        struct slice value =
            part->value.present ? record_quantity_text(reading, &part->value) : part->value_text;
        item->value_text = record_join(reading->texts, item->value_text, "; ",
                                       record_join(reading->texts, part->title, " ", value));
    }
}

static void read_components(struct reading *reading)
{
    struct record_item *item = reading->item;
    json_ix array = reading->field[FIELD_component];
    if (!json_is(reading->json, array, JSON_ARRAY)) {
        return;
    }
    struct record_component *components =
        arena_array(reading->arena, json_size(reading->json, array), struct record_component);
    if (components == NULL) {
        return;
    }
    item->components = components;
    json_each_element(reading->json, array, ix)
    {
        struct record_component *component = &components[item->components_count++];
        read_component(reading, ix, component);
        if (component->flag > item->flag) {
            item->flag = component->flag;
        }
    }
    if (item->components_count > 0 && (item->value.present || !blood_pressure(reading))) {
        components_in_words(reading);
    }
}

void refine_observation(struct reading *reading)
{
    struct record_item *item = reading->item;
    item->section = record_observation_section(reading);
    read_value(reading);
    struct range range = read_range(reading, reading->field[FIELD_referenceRange]);
    item->low = range.low;
    item->high = range.high;
    item->range_text = range.text;
    item->flag = flag_of(reading, reading->field[FIELD_interpretation]);
    if (item->flag == FLAG_NONE && reading->field[FIELD_interpretation] == JSON_NONE) {
        item->flag = record_flag_by_range(&item->value, &item->low, &item->high);
    }
    if (reading->field[FIELD_interpretation] != JSON_NONE && item->flag == FLAG_NONE) {
        record_detail(reading, NULL,
                      record_concepts_text(reading, reading->field[FIELD_interpretation]));
    }
    read_components(reading);
    item->severe = item->flag == FLAG_CRITICAL;
    if (item->value_text.len == 0 && !item->value.present) {
        uint32_t members = json_is(reading->json, reading->field[FIELD_hasMember], JSON_ARRAY)
                               ? json_size(reading->json, reading->field[FIELD_hasMember])
                               : 0;
        item->value_text = members > 0
                               ? arena_printf(reading->arena, "Group of %u results", members)
                               : (struct slice){ NULL, 0 };
    }
    record_detail(reading, NULL, record_concepts_text(reading, reading->field[FIELD_bodySite]));
    record_annotations(reading);
    record_note(reading, NULL, record_string(reading, reading->field[FIELD_comment]));
}
