/*
 * hl7v2_results.c: ORU^R01, HL7 v2.4 chapter 7.
 *
 * A report (OBR) holds the tests of one group; a result (OBX) says its code in SNOMED CT with the
 * LOINC code beside it, the unit in UCUM, the range, and whether it lies outside. A blood pressure
 * is two results. Status: P preliminary, F final, C corrected, X withdrawn, W sent for the wrong
 * patient (table 0085).
 *
 * What was told wrong first and then corrected is a decimal point in the wrong place.
 */
#include "synth/hl7v2_context.h"

#include "synth/value.h"

#define WRONG_TIMES 10

static void set_decimal(struct v2_context *at, uint16_t field, const struct mishap_unit *unit)
{
    char room[SYNTH_DECIMAL_SIZE];
    hl7v2_field(&at->writer, field);
    hl7v2_text(&at->writer, synth_decimal(unit->value, unit->decimals, room));
}

static void set_unit(struct v2_context *at, const struct mishap_unit *unit)
{
    if (unit->ucum.len > 0) {
        hl7v2_set(&at->writer, 6, 1, unit->ucum);
        hl7v2_set(&at->writer, 6, 2, unit->unit);
        hl7v2_set(&at->writer, 6, 3, SLICE("UCUM"));
    } else {
        hl7v2_set(&at->writer, 6, 2, unit->unit);
    }
}

/* OBX-7: "59-104", ">60", "<41"; OBX-8: H or L */
static void set_range(struct v2_context *at, const struct synth_item *item,
                      const struct synth_test *test, int32_t value)
{
    struct synth_range_of_test range = synth_value_range(test, at->life->person->sex, value);
    int32_t low = range.low;
    int32_t high = range.high;
    struct mishap_unit from = synth_value_told(item, test, low);
    struct mishap_unit to = synth_value_told(item, test, high);
    if (low == 0 && high == 0) {
        return;
    }
    if (low > 0 && high == 0) {
        hl7v2_set(&at->writer, 7, 1, SLICE(">"));
    } else if (low == 0) {
        hl7v2_set(&at->writer, 7, 1, SLICE("<"));
    }
    if (low > 0) {
        set_decimal(at, 7, &from);
    }
    if (low > 0 && high > 0) {
        hl7v2_text(&at->writer, SLICE("-"));
    }
    if (high > 0) {
        set_decimal(at, 7, &to);
    }
    if (range.flag != '\0') {
        v2_word(at, 8, range.flag == 'H' ? "H" : "L");
    }
}

/* a correction is of the result that was wrong, the others of its report stay as they were */
static const char *status_of(const struct v2_context *at, const struct synth_item *item)
{
    static char letters[] = { 'P', '\0', 'F', '\0', 'C', '\0', 'X', '\0', 'W', '\0' };
    char status = at->message->status;
    if (status == 'C' && !mishap_is(item, SYNTH_MISHAP_CORRECTED)) {
        status = 'F';
    }
    if (status == 'P' && !mishap_is(item, SYNTH_MISHAP_PRELIMINARY)) {
        status = 'F';
    }
    if ((status == 'X' || status == 'W') && !mishap_withdrawn(item)) {
        status = 'F';
    }
    for (size_t i = 0; i < sizeof(letters); i += 2) {
        if (letters[i] == status) {
            return &letters[i];
        }
    }
    return "F";
}

static void end_result(struct v2_context *at, const struct synth_item *item)
{
    v2_word(at, 11, status_of(at, item));
    v2_when(at, 14, item->start);
    hl7v2_set(&at->writer, 15, 1, at->hospital->ods);
    hl7v2_set(&at->writer, 15, 2, at->hospital->name);
    v2_staff(at, 16, item->author);
}

static void numeric(struct v2_context *at, const struct synth_item *item,
                    const struct synth_test *test, int32_t value, uint32_t number)
{
    bool wrong = at->message->wrong && mishap_is(item, SYNTH_MISHAP_CORRECTED);
    struct mishap_unit unit = synth_value_told(item, test, wrong ? value * WRONG_TIMES : value);
    hl7v2_segment(&at->writer, "OBX");
    v2_number(at, 1, number);
    v2_word(at, 2, "NM");
    if (item->value2 != 0) {
        v2_code(at, 3, test->code, test->loinc);
    } else {
        v2_item_code(at, 3, item, test->loinc);
    }
    if (status_of(at, item)[0] != 'X') {
        set_decimal(at, 5, &unit);
    }
    set_unit(at, &unit);
    set_range(at, item, test, value);
    end_result(at, item);
}

static void worded(struct v2_context *at, const struct synth_item *item, uint32_t number)
{
    hl7v2_segment(&at->writer, "OBX");
    v2_number(at, 1, number);
    v2_word(at, 2, item->other != NULL ? "CE" : "ST");
    v2_item_code(at, 3, item, NULL);
    if (item->other != NULL) {
        v2_code(at, 5, item->other, NULL);
    } else {
        hl7v2_set(&at->writer, 5, 1, item->text);
    }
    end_result(at, item);
}

/* the number of results that have been written */
static uint32_t result(struct v2_context *at, const struct synth_item *item, uint32_t number)
{
    if (item->value2 != 0) {
        numeric(at, item, &synth_test_table[SYNTH_TEST_SYSTOLIC], item->value, number);
        numeric(at, item, &synth_test_table[SYNTH_TEST_DIASTOLIC], item->value2, number + 1);
        return 2;
    }
    if (item->test != NULL) {
        numeric(at, item, item->test, item->value, number);
    } else {
        worded(at, item, number);
    }
    return 1;
}

static void request(struct v2_context *at)
{
    const struct synth_item *item = at->item;
    const struct synth_panel *panel = synth_hl7v2_panel(item);
    bool laboratory = item->test != NULL && slice_equal(item->test->category, SLICE("laboratory"));
    hl7v2_segment(&at->writer, "OBR");
    v2_number(at, 1, 1);
    v2_entity(at, 3, at->message->item, 'R');
    if (panel != NULL) {
        hl7v2_set(&at->writer, 4, 1, panel->key);
        hl7v2_set(&at->writer, 4, 2, panel->label);
        hl7v2_set(&at->writer, 4, 3, SLICE("L"));
    } else {
        v2_item_code(at, 4, item, NULL);
    }
    v2_when(at, 7, item->start);
    v2_when(at, 22, at->message->recorded);
    v2_word(at, 24, laboratory ? "LAB" : "OTH"); /* table 0074 */
    v2_report_status(at);
}

void v2_results(struct v2_context *at)
{
    uint32_t number = 1;
    v2_patient(at);
    v2_practice(at);
    v2_visit(at, at->item->encounter);
    if (at->item->kind == SYNTH_PROCEDURE) {
        v2_imaging(at);
        return;
    }
    request(at);
    for (uint32_t i = 0; i < at->message->count; i++) {
        number += result(at, &at->life->items.at[at->message->item + i], number);
    }
}
