/*
 * element.c: FHIR's data types, read for showing.
 *
 * Each reader takes what is there and answers with the empty text when it is not: whether a missing
 * element matters is the family's question. Texts are slices of the body, unescaped into the arena
 * only when they hold an escape; nothing is shortened. Numbers keep their digits (hazard H8).
 *
 * A CodeableConcept is shown by its text, which is what the author saw (H14, H26), then by the
 * display of its coding, then by the bare code with its system, so that even an unknown local code
 * is shown as what it is.
 */
#include "base/decimal.h"
#include "nhs/display.h"
#include "record/record_internal.h"

struct slice record_string(const struct reading *reading, json_ix ix)
{
    ix = record_first(reading->json, ix);
    return json_is(reading->json, ix, JSON_STRING)
               ? slice_trim(json_string(reading->json, ix, reading->arena))
               : (struct slice){ NULL, 0 };
}

struct slice record_primitive(const struct reading *reading, json_ix ix)
{
    if (json_is(reading->json, ix, JSON_TRUE)) {
        return SLICE("yes");
    }
    if (json_is(reading->json, ix, JSON_FALSE)) {
        return SLICE("no");
    }
    if (json_is(reading->json, ix, JSON_NUMBER)) {
        return json_number(reading->json, ix);
    }
    return record_string(reading, ix);
}

/*
 * Lists are made by joining one more to what is there. A text that was made by the last joins still
 * has room behind it, so that a list of n parts costs O(n) and not O(n^2): a resource may have as
 * many notes as fit into its body. Only bytes behind the whole text are written, so that who holds
 * a shorter piece of it sees no change.
 */
static char *room_to_join(struct texts *texts, struct slice a, size_t total)
{
    struct joined *slot = NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(texts->joined); i++) {
        struct joined *one = &texts->joined[i];
        if (one->text.ptr == a.ptr && one->text.len == a.len) {
            slot = one;
        }
    }
    if (slot == NULL) {
        slot = &texts->joined[texts->next++ % ARRAY_LENGTH(texts->joined)];
    } else if (total < slot->capacity) {
        slot->text.len = total;
        return (char *)slot->text.ptr;
    }
    size_t capacity = total + 1 + (total > 256 ? total : 0);
    char *text = arena_alloc(texts->arena, capacity);
    if (text != NULL) {
        memcpy(text, a.ptr, a.len);
        *slot = (struct joined){ slice_of(text, total), capacity };
    }
    return text;
}

struct slice record_join(struct texts *texts, struct slice a, const char *between, struct slice b)
{
    if (a.len == 0) {
        return b;
    }
    if (b.len == 0) {
        return a;
    }
    size_t gap = strlen(between);
    char *text = room_to_join(texts, a, a.len + gap + b.len);
    if (text == NULL) {
        return (struct slice){ NULL, 0 };
    }
    memcpy(text + a.len, between, gap);
    memcpy(text + a.len + gap, b.ptr, b.len);
    text[a.len + gap + b.len] = '\0';
    return slice_of(text, a.len + gap + b.len);
}

/* -- concepts ---------------------------------------------------------------------------------- */

/* systems that other sources are likely to use too, the most telling first */
static int system_rank(struct slice system)
{
    static const struct slice systems[] = {
        SLICE_INIT("http://snomed.info/sct"),
        SLICE_INIT("https://dmd.nhs.uk"),
        SLICE_INIT("http://loinc.org"),
    };
    for (size_t i = 0; i < ARRAY_LENGTH(systems); i++) {
        if (slice_equal(system, systems[i])) {
            return (int)(ARRAY_LENGTH(systems) - i);
        }
    }
    return 0;
}

struct coding {
    struct slice system, code, display;
};

static struct coding read_coding(const struct reading *reading, json_ix ix)
{
    struct coding coding = { 0 };
    json_each_member(reading->json, ix, key, value)
    {
        if (!json_is(reading->json, value, JSON_STRING)) {
            continue;
        }
        struct slice *part = JSON_KEY_IS(reading->json, key, "system")    ? &coding.system
                             : JSON_KEY_IS(reading->json, key, "code")    ? &coding.code
                             : JSON_KEY_IS(reading->json, key, "display") ? &coding.display
                                                                          : NULL;
        if (part != NULL) {
            *part = slice_trim(json_string(reading->json, value, reading->arena));
        }
    }
    return coding;
}

static void take_coding(const struct reading *reading, json_ix ix, int *rank,
                        struct concept *concept, struct slice *display)
{
    struct coding coding = read_coding(reading, ix);
    if (display->len == 0) {
        *display = coding.display;
    }
    int its = system_rank(coding.system);
    if (coding.code.len > 0 && its > *rank) {
        concept->system = coding.system;
        concept->code = coding.code;
        *rank = its;
    }
}

/* "code (system)"; not by printf, for every status has none but a code */
static struct slice code_in_words(const struct reading *reading, const struct concept *concept)
{
    if (concept->code.len == 0 || concept->system.len == 0) {
        return concept->code;
    }
    size_t len = concept->code.len + concept->system.len + 3;
    char *words = arena_alloc(reading->arena, len);
    if (words == NULL) {
        return (struct slice){ NULL, 0 };
    }
    char *at = mempcpy(words, concept->code.ptr, concept->code.len);
    at = mempcpy(mempcpy(at, " (", 2), concept->system.ptr, concept->system.len);
    *at = ')';
    return slice_of(words, len);
}

bool record_concept(const struct reading *reading, json_ix ix, struct concept *ret_concept)
{
    struct concept concept = { 0 };
    struct slice display = { NULL, 0 };
    int rank = -1;
    ix = record_first(reading->json, ix);
    if (json_is(reading->json, ix, JSON_STRING)) {
        concept.text = record_string(reading, ix);
    }
    bool coding_itself = true;
    json_each_member(reading->json, ix, key, value)
    {
        if (JSON_KEY_IS(reading->json, key, "text")) {
            concept.text = record_string(reading, value);
        } else if (JSON_KEY_IS(reading->json, key, "coding")) {
            coding_itself = false;
            json_each_element(reading->json, value, item)
            {
                take_coding(reading, item, &rank, &concept, &display);
            }
        }
    }
    if (coding_itself && json_is(reading->json, ix, JSON_OBJECT)) {
        take_coding(reading, ix, &rank, &concept, &display);
    }
    if (concept.text.len == 0) {
        concept.text = display;
    }
    if (concept.text.len == 0) {
        concept.text = code_in_words(reading, &concept);
    }
    *ret_concept = concept;
    return concept.text.len > 0;
}

struct slice record_concept_text(const struct reading *reading, json_ix ix)
{
    struct concept concept;
    return record_concept(reading, ix, &concept) ? concept.text : (struct slice){ NULL, 0 };
}

struct slice record_concepts_text(const struct reading *reading, json_ix ix)
{
    if (!json_is(reading->json, ix, JSON_ARRAY)) {
        return record_concept_text(reading, ix);
    }
    struct slice all = { NULL, 0 };
    json_each_element(reading->json, ix, item)
    {
        all = record_join(reading->texts, all, ", ", record_concept_text(reading, item));
    }
    return all;
}

bool record_has_code(const struct reading *reading, json_ix concept, const char *code)
{
    json_ix first = record_first(reading->json, concept);
    json_each_element(reading->json, record_child(reading, first, "coding"), coding)
    {
        if (slice_equal(record_member(reading, coding, "code"), slice_from_string(code))) {
            return true;
        }
    }
    return slice_equal(record_member(reading, first, "code"), slice_from_string(code));
}

/* -- times ------------------------------------------------------------------------------------- */

bool record_when(const struct reading *reading, json_ix ix, bool end, struct instant *ret_when)
{
    ix = record_first(reading->json, ix);
    if (json_is(reading->json, ix, JSON_OBJECT)) {
        json_ix inner = record_child(reading, ix, end ? "end" : "start");
        if (inner == JSON_NONE && !end) {
            inner = record_child(reading, ix, "event");
        }
        ix = record_first(reading->json, inner);
    }
    struct slice text = record_string(reading, ix);
    return text.len > 0 && instant_parse_lenient(text, ret_when);
}

/* -- quantities -------------------------------------------------------------------------------- */

/*
 * For drawing. Up to 15 digits with few decimals are exact in a double, and so is a power of ten up
 * to 22, so that their quotient is rounded once, as strtod() would: most values of a record take
 * this way, which costs a twentieth.
 */
static bool quick_double(struct slice text, double *ret_value)
{
    static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8 };
    uint64_t digits = 0;
    bool negative = text.len > 0 && text.ptr[0] == '-', behind_point = false;
    size_t i = negative ? 1 : 0, decimals = 0;
    for (; text.len <= RECORD_QUICK_DIGITS && i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.') {
            behind_point = true;
        } else if (c >= '0' && c <= '9') {
            digits = digits * 10 + (uint64_t)(c - '0');
            decimals += behind_point;
        } else {
            return false;
        }
    }
    if (i < text.len || decimals >= ARRAY_LENGTH(powers)) {
        return false;
    }
    double value = (double)digits / powers[decimals];
    *ret_value = negative ? -value : value;
    return true;
}

/* a JSON number; false for one that is beyond all measure (base/decimal.h) */
static bool read_number(struct slice text, double *ret_value)
{
    struct decimal number;
    if (quick_double(text, ret_value)) {
        return true;
    }
    if (!decimal_parse(text, &number)) {
        return false;
    }
    *ret_value = decimal_to_double(&number);
    return true;
}

bool record_quantity_read(const struct reading *reading, json_ix ix,
                          struct record_quantity *ret_quantity)
{
    struct record_quantity quantity = { 0 };
    struct slice code = { NULL, 0 };
    json_each_member(reading->json, record_first(reading->json, ix), key, value)
    {
        const struct json *json = reading->json;
        if (JSON_KEY_IS(json, key, "value")) {
            quantity.value = json_number(json, value);
        } else if (JSON_KEY_IS(json, key, "comparator")) {
            quantity.comparator = record_string(reading, value);
        } else if (JSON_KEY_IS(json, key, "unit")) {
            quantity.unit = record_string(reading, value);
        } else if (JSON_KEY_IS(json, key, "code")) {
            code = record_string(reading, value);
        }
    }
    if (quantity.value.len == 0 || !read_number(quantity.value, &quantity.number)) {
        return false;
    }
    if (quantity.unit.len == 0) {
        quantity.unit = code; /* UCUM's code says it where no unit was written */
    }
    quantity.present = true;
    *ret_quantity = quantity;
    return true;
}

struct slice record_quantity_text(const struct reading *reading,
                                  const struct record_quantity *quantity)
{
    struct slice text = quantity->value;
    text = record_join(reading->texts, quantity->comparator, " ", text);
    return record_join(reading->texts, text, " ", quantity->unit);
}

static struct slice pair_text(const struct reading *reading, json_ix ix, const char *first,
                              const char *between, const char *second)
{
    struct record_quantity a = { 0 }, b = { 0 };
    struct slice left = { NULL, 0 }, right = { NULL, 0 };
    if (record_quantity_read(reading, record_child(reading, ix, first), &a)) {
        left = record_quantity_text(reading, &a);
    }
    if (record_quantity_read(reading, record_child(reading, ix, second), &b)) {
        right = record_quantity_text(reading, &b);
    }
    if (left.len == 0 || right.len == 0) {
        return left.len == 0 && right.len == 0
                   ? left
                   : arena_printf(reading->arena, "%s %.*s", left.len > 0 ? first : second,
                                  SLICE_PRINT(left.len > 0 ? left : right));
    }
    return record_join(reading->texts, left, between, right);
}

/* an open end is said, so that one date never looks like the whole */
static struct slice period_text(const struct reading *reading, json_ix ix)
{
    struct instant from, to;
    struct slice start = { NULL, 0 }, end = { NULL, 0 };
    if (record_when(reading, ix, false, &from)) {
        start = record_date_words(reading->arena, &from);
    }
    if (record_when(reading, ix, true, &to)) {
        end = record_date_words(reading->arena, &to);
    }
    if (slice_equal(start, end)) {
        return start;
    }
    if (end.len == 0) { /* a Timing has an event instead of a start */
        bool open = record_child(reading, ix, "start") != JSON_NONE;
        return open ? record_join(reading->texts, SLICE("from"), " ", start) : start;
    }
    return record_join(reading->texts, start.len > 0 ? start : SLICE("until"),
                       start.len > 0 ? " to " : " ", end);
}

struct slice record_value_text(const struct reading *reading, json_ix ix)
{
    struct record_quantity quantity;
    ix = record_first(reading->json, ix);
    if (!json_is(reading->json, ix, JSON_OBJECT)) {
        return ix == JSON_NONE ? (struct slice){ NULL, 0 } : record_primitive(reading, ix);
    }
    if (record_quantity_read(reading, ix, &quantity)) {
        return record_quantity_text(reading, &quantity);
    }
    struct slice text = pair_text(reading, ix, "low", " to ", "high");
    if (text.len == 0) {
        text = pair_text(reading, ix, "numerator", " per ", "denominator");
    }
    if (text.len == 0) {
        text = period_text(reading, ix);
    }
    return text.len > 0 ? text : record_concept_text(reading, ix);
}

/* -- what is added to an item ------------------------------------------------------------------ */

static void add_text(struct texts *texts, struct slice *to, const char *label, struct slice text)
{
    if (text.len > 0) {
        if (label != NULL) {
            text = record_join(texts, slice_from_string(label), " ", text);
        }
        *to = record_join(texts, *to, "; ", text);
    }
}

void record_note(struct reading *reading, const char *label, struct slice text)
{
    add_text(reading->texts, &reading->item->note, label, text);
}

void record_detail(struct reading *reading, const char *label, struct slice text)
{
    add_text(reading->texts, &reading->item->detail, label, text);
}

struct slice record_beyond_title(const struct reading *reading, struct slice text)
{
    return slice_equal(text, reading->item->title) ? (struct slice){ NULL, 0 } : text;
}

void record_annotations(struct reading *reading)
{
    json_each_element(reading->json, reading->field[FIELD_note], note)
    {
        record_note(reading, NULL, record_member(reading, note, "text"));
    }
}

/* reasonCode[], and reasonReference[] by what it names */
void record_reasons(struct reading *reading)
{
    struct slice reason = record_concepts_text(reading, reading->field[FIELD_reasonCode]);
    json_each_element(reading->json, reading->field[FIELD_reasonReference], reference)
    {
        struct slice name = record_reference_name(reading, reference);
        if (!slice_equal(reason, name)) {
            reason = record_join(reading->texts, reason, ", ", name);
        }
    }
    record_note(reading, "Reason:", reason);
}

bool record_is_true(const struct reading *reading, enum record_field field)
{
    return json_is(reading->json, reading->field[field], JSON_TRUE);
}

void record_do_not_perform(struct reading *reading, struct slice words)
{
    struct record_item *item = reading->item;
    if (record_is_true(reading, FIELD_doNotPerform)) {
        item->status = item->status == ITEM_ENTERED_IN_ERROR ? item->status : ITEM_REFUTED;
        item->status_text = words;
    }
}

struct slice record_status_words(struct arena *arena, struct slice code)
{
    if (slice_equal(code, SLICE("noshow"))) {
        return SLICE("did not attend");
    }
    if (slice_find(code, '-') == code.len) {
        return code;
    }
    struct slice words = arena_copy(arena, code);
    for (size_t i = 0; i < words.len; i++) {
        if (words.ptr[i] == '-') {
            ((char *)words.ptr)[i] = ' ';
        }
    }
    return words;
}

struct slice record_date_words(struct arena *arena, const struct instant *date)
{
    char text[DISPLAY_SIZE];
    display_date(date, text);
    return arena_copy(arena, slice_from_string(text));
}
