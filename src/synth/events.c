/*
 * events.c: a row an item, two for a blood pressure, sorted by time within the person.
 *
 * Columns rather than rows, because a reader of a cohort wants one or two of them, and because they
 * compress to about half. Codes are numbers into a table that is written beside them; a test's
 * number stands for its code and its unit.
 */
#include "synth/events.h"

#include <endian.h>

#include "synth/csv_writer.h"
#include "synth/mishaps.h"

/* codes.csv: first the codes, then the tests */
#define TEST_ROWS SYNTH_CODE_COUNT

_Static_assert(SYNTH_CODE_COUNT + SYNTH_TEST_COUNT < UINT16_MAX, "the code is 16 bits");
_Static_assert(sizeof(struct synth_event) == 20, "a row without gaps");

static uint16_t row_of_code(const struct synth_code *code)
{
    return (uint16_t)(code - synth_code_table);
}

static uint16_t row_of_test(const struct synth_test *test)
{
    return (uint16_t)(TEST_ROWS + (test - synth_test_table));
}

static int32_t minutes(synth_when when)
{
    return when == SYNTH_NEVER ? SYNTH_EVENTS_NONE : (int32_t)when;
}

static struct synth_event event_of(const struct synth_life *life, const struct synth_item *item)
{
    return (struct synth_event){
        .person = (uint32_t)life->person->number,
        .time = minutes(item->start),
        .end = minutes(item->end),
        .value = SYNTH_EVENTS_NONE,
        .organisation = item->organisation,
        .kind = (uint8_t)(item->kind | (mishap_withdrawn(item) ? SYNTH_EVENT_WITHDRAWN : 0)),
    };
}

static void add(struct strbuf *rows, const struct synth_event *event)
{
    strbuf_add(rows, slice_of((const char *)event, sizeof(*event)));
}

static void add_measured(struct strbuf *rows, struct synth_event event,
                         const struct synth_test *test, int32_t value)
{
    event.code = row_of_test(test);
    event.value = value;
    add(rows, &event);
}

static void add_coded(struct strbuf *rows, struct synth_event event, const struct synth_item *item)
{
    bool wrong = mishap_is(item, SYNTH_MISHAP_WRONG_CODE);
    event.code = row_of_code(wrong ? mishap_wrong_code(item) : item->code);
    if (item->kind == SYNTH_OBSERVATION && item->other != NULL) {
        event.value = row_of_code(item->other);
        event.kind |= SYNTH_EVENT_VALUE_IS_CODE;
    } else if (item->kind == SYNTH_ENCOUNTER) {
        event.value = item->setting;
    } else if (item->kind != SYNTH_OBSERVATION) {
        event.value = item->status;
    }
    add(rows, &event);
}

static void add_item(const struct synth_life *life, const struct synth_item *item,
                     struct strbuf *rows)
{
    struct synth_event event = event_of(life, item);
    if (item->kind == SYNTH_OBSERVATION && item->value2 != 0) {
        add_measured(rows, event, &synth_test_table[SYNTH_TEST_SYSTOLIC], item->value);
        add_measured(rows, event, &synth_test_table[SYNTH_TEST_DIASTOLIC], item->value2);
    } else if (item->kind == SYNTH_OBSERVATION && item->test != NULL) {
        add_measured(rows, event, item->test, item->value);
    } else if (item->code != NULL && !mishap_is(item, SYNTH_MISHAP_UNCODED)) {
        add_coded(rows, event, item);
    }
}

/* items of one time stay in the order of the life */
static void sort(struct synth_event *events, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct synth_event moved = events[i];
        uint32_t at = i;
        while (at > 0 && events[at - 1].time > moved.time) {
            events[at] = events[at - 1];
            at--;
        }
        events[at] = moved;
    }
}

uint32_t synth_events_of(const struct synth_life *life, struct strbuf *rows)
{
    size_t before = rows->len;
    for (size_t i = 0; i < life->items.count; i++) {
        add_item(life, &life->items.at[i], rows);
    }
    if (rows->failed || rows->len == before) {
        return 0;
    }
    uint32_t count = (uint32_t)((rows->len - before) / sizeof(struct synth_event));
    sort((struct synth_event *)(void *)(rows->ptr + before), count);
    return count;
}

/* -- columns ----------------------------------------------------------------------------------- */

static void add_u32(struct strbuf *out, uint32_t value)
{
    uint32_t bytes = htole32(value);
    strbuf_add(out, slice_of((const char *)&bytes, sizeof(bytes)));
}

static void put_wide(char *column, size_t stride, const struct synth_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t fields[] = { htole32(events[i].person), htole32((uint32_t)events[i].time),
                                    htole32((uint32_t)events[i].end),
                                    htole32((uint32_t)events[i].value) };
        for (size_t f = 0; f < ARRAY_LENGTH(fields); f++) {
            memcpy(column + f * stride + i * 4, &fields[f], 4);
        }
    }
}

static void put_narrow(char *column, const struct synth_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t code = htole16(events[i].code);
        memcpy(column + i * 2, &code, 2);
        column[count * 2 + i] = (char)events[i].organisation;
        column[count * 3 + i] = (char)events[i].kind;
    }
}

void synth_events_columns(struct slice rows, struct strbuf *out)
{
    const struct synth_event *events = (const void *)rows.ptr;
    size_t count = rows.len / sizeof(struct synth_event);
    strbuf_add(out, SLICE(SYNTH_EVENTS_MAGIC));
    add_u32(out, (uint32_t)count);
    add_u32(out, 0);
    char *room = strbuf_room(out, rows.len);
    if (room != NULL) {
        put_wide(room, count * 4, events, count);
        put_narrow(room + count * 16, events, count);
        strbuf_added(out, rows.len);
    }
}

/* -- codes.csv --------------------------------------------------------------------------------- */

static void add_code(struct strbuf *out, size_t number, const struct synth_code *code,
                     const struct synth_test *test)
{
    struct csv_row row = csv_begin(out);
    csv_number(&row, (int64_t)number);
    csv_text(&row, code->system->url);
    csv_text(&row, code->code);
    csv_text(&row, code->display);
    csv_text(&row, test != NULL && test->loinc != NULL ? test->loinc->code : SLICE(""));
    csv_text(&row, test != NULL ? test->ucum : SLICE(""));
    csv_end(&row);
}

void synth_events_codes(struct strbuf *out)
{
    csv_names(out, SLICE("number,system,code,display,loinc,unit"));
    for (size_t i = 0; i < SYNTH_CODE_COUNT; i++) {
        add_code(out, i, &synth_code_table[i], NULL);
    }
    for (size_t i = 0; i < SYNTH_TEST_COUNT; i++) {
        add_code(out, TEST_ROWS + i, synth_test_table[i].code, &synth_test_table[i]);
    }
}
