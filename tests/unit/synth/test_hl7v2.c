/*
 * The hospital's messages: each event told once and in turn, and what goes wrong on the way shown
 * as HL7 v2 shows it. What others' parsers make of them: hl7v2_read.mjs.
 */
#include "support/check.h"

#include "base/limits.h"
#include "synth/hl7v2_format.h"
#include "synth/imaging.h"

#define PEOPLE 400
#define NONE   SYNTH_MISHAP_COUNT

static struct arena arena, household_arena;
static struct synth_world world;
static struct synth_life *lives[PEOPLE];
static struct strbuf out;

static int make_lives(void **state)
{
    (void)state;
    struct fault fault = FAULT_INIT;
    arena_init(&arena, MIB(64));
    arena_init(&household_arena, MIB(512));
    strbuf_init(&out, MIB(16));
    assert_true(synth_world_make(&world, 7, PEOPLE, 5, 20777, &arena, &fault));
    uint64_t made = 0;
    for (uint64_t number = 0; made < PEOPLE; number++) {
        struct synth_household *household = arena_new(&arena, struct synth_household);
        synth_household_make(&world, number, made, household);
        for (uint32_t i = 0; i < household->count && made < PEOPLE; i++, made++) {
            lives[made] = arena_new(&arena, struct synth_life);
            synth_life_make(&world, household, i, &household_arena, lives[made]);
        }
    }
    return 0;
}

static int free_lives(void **state)
{
    (void)state;
    strbuf_release(&out);
    arena_release(&household_arena);
    arena_release(&arena);
    return 0;
}

static struct synth_hl7v2_plan plan_of(const struct synth_life *life, uint8_t copy,
                                       struct synth_patient *ret_patient)
{
    struct synth_hl7v2_plan plan;
    synth_patient_make(&world, life->person, SYNTH_ORGANISATION_HOSPITAL, copy, ret_patient);
    synth_hl7v2_plan_make(life, ret_patient, &plan);
    assert_false(plan.failed);
    return plan;
}

static struct slice written(const struct synth_life *life, const struct synth_patient *patient,
                            const struct synth_hl7v2_message *message)
{
    strbuf_clear(&out);
    synth_hl7v2_message_write(life, patient, message, &out);
    assert_false(out.failed);
    return strbuf_slice(&out);
}

static bool holds(struct slice text, const char *part)
{
    return slice_find_slice(text, slice_from_string(part)) < text.len;
}

static const char *const triggers[] = {
#define X(trigger, type, structure, meaning) #trigger,
    SYNTH_HL7V2_EVENTS(X)
#undef X
};

/* -- the order -------------------------------------------------------------------------------- */

static void test_in_turn(void **state)
{
    (void)state;
    size_t messages = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        struct synth_patient patient;
        struct synth_hl7v2_plan plan = plan_of(lives[i], 0, &patient);
        assert_int_equal(plan.messages.at[0].event, SYNTH_HL7V2_A28);
        synth_when last = 0;
        for (size_t n = 0; n < plan.messages.count; n++) {
            const struct synth_hl7v2_message *message = &plan.messages.at[n];
            bool turned = n > 0 && plan.messages.at[n].out_of_order;
            assert_true(turned || message->sent >= last);
            assert_true(synth_day_of(message->sent) <= world.today);
            last = turned ? last : message->sent;
            messages++;
        }
    }
    assert_true(messages > PEOPLE);
}

/* an image whose report is written by now */
static bool reported(const struct synth_life *life, uint32_t index)
{
    const struct synth_item *item = &life->items.at[index];
    return imaging_of(item) != NULL && synth_day_of(imaging_reported(life, item)) <= world.today;
}

/* every result, report, visit, document and appointment of the hospital is in a message */
static void test_all_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        struct synth_patient patient;
        struct synth_hl7v2_plan plan = plan_of(lives[i], 0, &patient);
        for (uint32_t n = 0; n < lives[i]->items.count; n++) {
            uint8_t kind = lives[i]->items.at[n].kind;
            bool tellable = kind == SYNTH_OBSERVATION || kind == SYNTH_ENCOUNTER ||
                            kind == SYNTH_DOCUMENT || kind == SYNTH_APPOINTMENT ||
                            reported(lives[i], n);
            if (!tellable || !life_holds(lives[i], &patient, n)) {
                continue;
            }
            bool told = false;
            for (size_t m = 0; m < plan.messages.count; m++) {
                const struct synth_hl7v2_message *message = &plan.messages.at[m];
                told = told || (message->item != SYNTH_NO_ITEM && message->item <= n &&
                                n < message->item + message->count);
            }
            assert_true(told);
        }
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* a control id comes twice only when the message does, byte for byte */
static void test_control_ids(void **state)
{
    (void)state;
    static char ids[200000][SYNTH_CONTROL_ID_SIZE];
    size_t count = 0;
    size_t repeated = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        struct synth_patient patient;
        struct synth_hl7v2_plan plan = plan_of(lives[i], 0, &patient);
        for (size_t n = 0; n < plan.messages.count; n++) {
            const struct synth_hl7v2_message *message = &plan.messages.at[n];
            assert_true(count < ARRAY_LENGTH(ids));
            synth_hl7v2_control_id(lives[i], &patient, message, ids[count++]);
            bool again = message->item != SYNTH_NO_ITEM && message->step == 0 &&
                         (lives[i]->items.at[message->item].mishaps >> SYNTH_MISHAP_REPEATED & 1);
            repeated += again;
        }
    }
    qsort(ids, count, sizeof(ids[0]), by_text);
    size_t equal = 0;
    for (size_t i = 1; i < count; i++) {
        equal += strcmp(ids[i - 1], ids[i]) == 0;
    }
    assert_true(equal > 0);
    assert_true(equal <= repeated);
}

/* -- what goes wrong -------------------------------------------------------------------------- */

struct subject {
    struct synth_life *life;
    uint32_t item;
};

/* the first of those that are told together, and nothing befell the others */
static bool is_undisturbed(const struct synth_life *life, uint32_t index)
{
    const struct synth_item *item = &life->items.at[index];
    for (uint32_t n = 0; n < life->items.count; n++) {
        const struct synth_item *other = &life->items.at[n];
        if (n != index && other->kind == item->kind && other->start == item->start &&
            other->organisation == item->organisation && (n < index || other->mishaps != 0)) {
            return false;
        }
    }
    return true;
}

/* nothing of that visit was recorded after its end, so no message follows for it */
static bool is_told_at_its_end(const struct synth_life *life, uint32_t visit)
{
    for (size_t i = 0; i < life->items.count; i++) {
        const struct synth_item *item = &life->items.at[i];
        if (item->encounter == visit && item->recorded > life->items.at[visit].end) {
            return false;
        }
    }
    return true;
}

/* a recent item of that kind and place of the hospital, whose start is its beginning */
static struct subject subject(enum synth_kind kind, int setting)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        for (uint32_t n = 0; n < lives[i]->items.count; n++) {
            const struct synth_item *item = &lives[i]->items.at[n];
            bool fits = item->organisation == SYNTH_ORGANISATION_HOSPITAL && item->copy == 0 &&
                        item->kind == kind && (setting < 0 || item->setting == setting) &&
                        synth_day_of(item->recorded) + 8 < world.today &&
                        item->status != SYNTH_NO_SHOW && item->value2 == 0 &&
                        (item->visit == NULL || item->visit->moved_ward.len == 0) &&
                        is_undisturbed(lives[i], n) &&
                        (kind != SYNTH_ENCOUNTER ||
                         (item->end - item->start > 400 && is_told_at_its_end(lives[i], n)));
            bool laboratory =
                item->test != NULL && slice_equal(item->test->category, SLICE("laboratory"));
            fits = fits && (kind != SYNTH_PROCEDURE || imaging_of(item) != NULL);
            if (fits && (kind != SYNTH_OBSERVATION || (laboratory && item->value > 10000))) {
                return (struct subject){ lives[i], n };
            }
        }
    }
    fail_msg("no item of kind %d, setting %d", kind, setting);
    return (struct subject){ NULL, 0 };
}

/* lets only that befall the item, and nothing the others of its life; the caller frees what was */
static uint16_t *befall(struct subject subject, size_t mishap)
{
    size_t count = subject.life->items.count;
    struct synth_item *items = subject.life->items.at;
    uint16_t *before = calloc(count, sizeof(*before));
    assert_non_null(before);
    for (size_t i = 0; i < count; i++) {
        before[i] = items[i].mishaps;
        items[i].mishaps = 0;
    }
    items[subject.item].mishaps = (uint16_t)(mishap == NONE ? 0U : 1U << mishap);
    return before;
}

static void undo(struct subject subject, uint16_t *before)
{
    for (size_t i = 0; i < subject.life->items.count; i++) {
        subject.life->items.at[i].mishaps = before[i];
    }
    free(before);
}

/* "A01 A03": the events of the messages about the item, when only that befell it */
static const char *told(struct subject subject, size_t mishap, char text[64])
{
    struct synth_patient patient;
    uint16_t *before = befall(subject, mishap);
    struct synth_hl7v2_plan plan = plan_of(subject.life, 0, &patient);
    undo(subject, before);
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < plan.messages.count && len < 50; i++) {
        const struct synth_hl7v2_message *message = &plan.messages.at[i];
        if (message->item <= subject.item && message->item + message->count > subject.item) {
            len += (size_t)snprintf(text + len, 64 - len, "%s%s", len > 0 ? " " : "",
                                    triggers[message->event]);
            if (message->event == SYNTH_HL7V2_R01) {
                text[len++] = message->status;
                text[len] = '\0';
            }
        }
    }
    return text;
}

static void test_mishaps(void **state)
{
    (void)state;
    static const struct {
        enum synth_kind kind;
        int setting;
        size_t mishap;
        const char *told;
    } cases[] = {
        { SYNTH_ENCOUNTER, SYNTH_ON_WARD, SYNTH_MISHAP_CORRECTED, "A01 A03 A13 A03" },
        { SYNTH_ENCOUNTER, SYNTH_ON_WARD, SYNTH_MISHAP_WRONG_PATIENT, "A01 A11" },
        { SYNTH_ENCOUNTER, SYNTH_ON_WARD, SYNTH_MISHAP_REPEATED, "A01 A01 A03" },
        { SYNTH_ENCOUNTER, SYNTH_IN_EMERGENCY, NONE, "A04 A03" },
        { SYNTH_ENCOUNTER, SYNTH_IN_EMERGENCY, SYNTH_MISHAP_CORRECTED, "A04 A03 A08" },
        { SYNTH_ENCOUNTER, SYNTH_IN_EMERGENCY, SYNTH_MISHAP_CANCELLED, "A04 A11" },
        { SYNTH_OBSERVATION, -1, NONE, "R01F" },
        { SYNTH_OBSERVATION, -1, SYNTH_MISHAP_PRELIMINARY, "R01P R01F" },
        { SYNTH_OBSERVATION, -1, SYNTH_MISHAP_CORRECTED, "R01F R01C" },
        { SYNTH_OBSERVATION, -1, SYNTH_MISHAP_CANCELLED, "R01F R01X" },
        { SYNTH_OBSERVATION, -1, SYNTH_MISHAP_WRONG_PATIENT, "R01F R01W" },
        { SYNTH_OBSERVATION, -1, SYNTH_MISHAP_REPEATED, "R01F R01F" },
        { SYNTH_PROCEDURE, -1, NONE, "R01F" },
        { SYNTH_PROCEDURE, -1, SYNTH_MISHAP_PRELIMINARY, "R01P R01F" },
        { SYNTH_PROCEDURE, -1, SYNTH_MISHAP_CORRECTED, "R01F R01C" },
        { SYNTH_PROCEDURE, -1, SYNTH_MISHAP_CANCELLED, "R01F R01X" },
        { SYNTH_PROCEDURE, -1, SYNTH_MISHAP_WRONG_PATIENT, "R01F R01W" },
        { SYNTH_PROCEDURE, -1, SYNTH_MISHAP_REPEATED, "R01F R01F" },
        { SYNTH_DOCUMENT, -1, NONE, "T02" },
        { SYNTH_DOCUMENT, -1, SYNTH_MISHAP_CORRECTED, "T02 T08" },
        { SYNTH_DOCUMENT, -1, SYNTH_MISHAP_CANCELLED, "T02 T11" },
        { SYNTH_DOCUMENT, -1, SYNTH_MISHAP_PRELIMINARY, "T02 T04" },
        { SYNTH_APPOINTMENT, -1, SYNTH_MISHAP_CANCELLED, "S12 S15" },
        { SYNTH_APPOINTMENT, -1, SYNTH_MISHAP_CORRECTED, "S12 S14" },
    };
    char text[64];
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct subject one = subject(cases[i].kind, cases[i].setting);
        assert_string_equal(told(one, cases[i].mishap, text), cases[i].told);
    }
}

/* the message of the subject with that event and status, as it is written */
static struct slice message_of(struct subject subject, enum synth_hl7v2_event event, char status)
{
    struct synth_patient patient;
    struct synth_hl7v2_plan plan = plan_of(subject.life, 0, &patient);
    for (size_t i = 0; i < plan.messages.count; i++) {
        const struct synth_hl7v2_message *message = &plan.messages.at[i];
        if (message->event == event && message->status == status && message->item <= subject.item &&
            message->item + message->count > subject.item) {
            return written(subject.life, &patient, message);
        }
    }
    fail_msg("no such message");
    return (struct slice){ NULL, 0 };
}

/* the OBX of that code */
static struct slice result_of(struct slice message, struct slice code)
{
    struct slice line;
    while (slice_split(&message, '\r', &line)) {
        if (slice_starts_with(line, SLICE("OBX")) && slice_find_slice(line, code) < line.len) {
            return line;
        }
    }
    return (struct slice){ NULL, 0 };
}

static struct slice field_of(struct slice line, int number)
{
    struct slice field = { NULL, 0 };
    for (int i = 0; i <= number && slice_split(&line, '|', &field); i++) {
    }
    return field;
}

static void test_corrected_value(void **state)
{
    (void)state;
    struct subject one = subject(SYNTH_OBSERVATION, -1);
    struct synth_item *item = &one.life->items.at[one.item];
    uint16_t *before = befall(one, SYNTH_MISHAP_CORRECTED);
    struct slice wrong =
        field_of(result_of(message_of(one, SYNTH_HL7V2_R01, 'F'), item->test->code->code), 5);
    char first[32];
    snprintf(first, sizeof(first), "%.*s", SLICE_PRINT(wrong));
    struct slice line = result_of(message_of(one, SYNTH_HL7V2_R01, 'C'), item->test->code->code);
    undo(one, before);
    assert_slice(field_of(line, 11), "C");
    /* ten times as much, before both are rounded */
    assert_true(strtol(first, NULL, 10) >= 9 * strtol(field_of(line, 5).ptr, NULL, 10));
}

static void test_units_and_codes(void **state)
{
    (void)state;
    struct subject one = subject(SYNTH_OBSERVATION, -1);
    struct synth_item *item = &one.life->items.at[one.item];
    uint16_t before = item->mishaps;
    item->mishaps = 0;
    struct slice line = result_of(message_of(one, SYNTH_HL7V2_R01, 'F'), item->test->code->code);
    assert_true(field_of(line, 6).len > 0);
    item->mishaps = 1U << SYNTH_MISHAP_NO_UNIT;
    line = result_of(message_of(one, SYNTH_HL7V2_R01, 'F'), item->test->code->code);
    assert_slice(field_of(line, 6), "");
    assert_true(field_of(line, 5).len > 0);
    item->mishaps = 1U << SYNTH_MISHAP_UNCODED;
    struct slice message = message_of(one, SYNTH_HL7V2_R01, 'F');
    assert_int_equal(result_of(message, item->test->code->code).len, 0);
    assert_true(holds(message, "|^"));
    item->mishaps = before;
}

/* -- reports of images ------------------------------------------------------------------------ */

/* the lines of a report's OBX, each ended by LF; numbered from 1, of type TX and of that status */
static void lines_of(struct slice message, const char *status, char ret_text[2048])
{
    struct slice line;
    size_t len = 0;
    long number = 0;
    while (slice_split(&message, '\r', &line)) {
        if (!slice_starts_with(line, SLICE("OBX"))) {
            continue;
        }
        number++;
        assert_int_equal(strtol(field_of(line, 1).ptr, NULL, 10), number);
        assert_int_equal(strtol(field_of(line, 4).ptr, NULL, 10), number);
        assert_slice(field_of(line, 2), "TX");
        assert_slice(field_of(line, 11), status);
        len +=
            (size_t)snprintf(ret_text + len, 2048 - len, "%.*s\n", SLICE_PRINT(field_of(line, 5)));
    }
    ret_text[len] = '\0';
}

static struct slice request_of(struct slice message)
{
    struct slice line;
    while (slice_split(&message, '\r', &line)) {
        if (slice_starts_with(line, SLICE("OBR"))) {
            return line;
        }
    }
    fail_msg("no OBR");
    return (struct slice){ NULL, 0 };
}

static void test_image_report(void **state)
{
    (void)state;
    char text[2048];
    struct subject one = subject(SYNTH_PROCEDURE, -1);
    const struct synth_item *item = &one.life->items.at[one.item];
    uint16_t *before = befall(one, NONE);
    struct slice message = message_of(one, SYNTH_HL7V2_R01, 'F');
    struct slice request = request_of(message);
    assert_true(slice_starts_with(field_of(request, 2), SLICE("O")));
    assert_true(slice_starts_with(field_of(request, 3), SLICE("R")));
    assert_true(slice_starts_with(field_of(request, 4), item->code->code));
    assert_true(field_of(request, 16).len > 0 && field_of(request, 31).len > 0);
    assert_slice(field_of(request, 25), "F");
    assert_true(holds(field_of(request, 32), "&"));
    lines_of(message, "F", text);
    undo(one, before);
    struct slice whole = slice_from_string(text);
    assert_true(holds(whole, "\nClinical details: ") && holds(whole, "\nFindings: ") &&
                holds(whole, "\nConclusion: "));
    assert_false(holds(whole, "\n\n"));
}

/* a correction brings the conclusion; what is withdrawn has no lines, and X where W is no status */
static void test_image_changes(void **state)
{
    (void)state;
    char text[2048];
    struct subject one = subject(SYNTH_PROCEDURE, -1);
    uint16_t *before = befall(one, SYNTH_MISHAP_CORRECTED);
    lines_of(message_of(one, SYNTH_HL7V2_R01, 'F'), "F", text);
    assert_false(holds(slice_from_string(text), "Conclusion"));
    lines_of(message_of(one, SYNTH_HL7V2_R01, 'C'), "C", text);
    assert_true(holds(slice_from_string(text), "Conclusion"));
    one.life->items.at[one.item].mishaps = 1U << SYNTH_MISHAP_CANCELLED;
    lines_of(message_of(one, SYNTH_HL7V2_R01, 'X'), "X", text);
    assert_string_equal(text, "\n");
    one.life->items.at[one.item].mishaps = 1U << SYNTH_MISHAP_WRONG_PATIENT;
    struct slice wrong = message_of(one, SYNTH_HL7V2_R01, 'W');
    assert_slice(field_of(request_of(wrong), 25), "X");
    lines_of(wrong, "W", text);
    undo(one, before);
}

/* an image that the practice asked for is in its report and no procedure of the person as well */
static void test_image_is_told_once(void **state)
{
    (void)state;
    size_t images = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        struct synth_patient patient;
        struct synth_hl7v2_plan plan = plan_of(lives[i], 0, &patient);
        for (size_t n = 0; n < plan.messages.count; n++) {
            const struct synth_hl7v2_message *message = &plan.messages.at[n];
            struct slice text = written(lives[i], &patient, message);
            bool image = message->item != SYNTH_NO_ITEM &&
                         imaging_of(&lives[i]->items.at[message->item]) != NULL;
            images += image;
            assert_false(image && message->event != SYNTH_HL7V2_R01);
            assert_false(message->event == SYNTH_HL7V2_A31 && holds(text, "\rPR1") &&
                         holds(text, "Plain chest X-ray"));
        }
    }
    assert_true(images > PEOPLE / 4);
}

/* -- what is not known, not yet or no more ---------------------------------------------------- */

static void test_death_is_not_foretold(void **state)
{
    (void)state;
    size_t before = 0;
    size_t after = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        struct synth_patient patient;
        struct synth_hl7v2_plan plan = plan_of(lives[i], 0, &patient);
        for (size_t n = 0; n < plan.messages.count; n++) {
            const struct synth_hl7v2_message *message = &plan.messages.at[n];
            bool dead =
                patient.death != SYNTH_NO_DAY && synth_day_of(message->sent) >= patient.death;
            struct slice text = written(lives[i], &patient, message);
            assert_int_equal(holds(text, "|Y||"), dead);
            before += patient.death != SYNTH_NO_DAY && !dead;
            after += dead;
        }
    }
    assert_true(before > 0 && after > 0);
}

static void test_number_status(void **state)
{
    (void)state;
    struct synth_patient patient;
    struct subject one = subject(SYNTH_ENCOUNTER, -1);
    struct synth_hl7v2_plan plan = plan_of(one.life, 0, &patient);
    char number[32];
    snprintf(number, sizeof(number), "|%s^^^NHS^NH~", one.life->person->nhs_number);
    memcpy(patient.nhs_number, one.life->person->nhs_number, SYNTH_NHS_NUMBER_SIZE);
    struct slice text = written(one.life, &patient, &plan.messages.at[0]);
    assert_true(holds(text, number) && holds(text, "|01\r"));
    patient.nhs_number[0] = '\0';
    text = written(one.life, &patient, &plan.messages.at[0]);
    assert_false(holds(text, "^NH~"));
    assert_true(holds(text, "^PI|") && holds(text, "|03\r"));
}

/* a duplicate in the index ends by being merged into the first, unless that is still to come */
static bool merged(const struct synth_life *life)
{
    struct synth_patient kept;
    struct synth_patient duplicate;
    char part[64];
    plan_of(life, 0, &kept);
    struct synth_hl7v2_plan plan = plan_of(life, 1, &duplicate);
    const struct synth_hl7v2_message *last = &plan.messages.at[plan.messages.count - 1];
    if (synth_day_of(last->sent) + 30 > world.today && last->event != SYNTH_HL7V2_A40) {
        return false;
    }
    assert_int_equal(last->event, SYNTH_HL7V2_A40);
    struct slice text = written(life, &duplicate, last);
    snprintf(part, sizeof(part), "%s^^^RZZ^PI|", kept.local_id);
    assert_true(holds(text, part));
    snprintf(part, sizeof(part), "\rMRG|%s^^^RZZ^PI|", duplicate.local_id);
    assert_true(holds(text, part));
    return true;
}

static void test_merge(void **state)
{
    (void)state;
    size_t duplicates = 0;
    size_t ended = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        if (life_known_to(lives[i], SYNTH_ORGANISATION_HOSPITAL) &&
            synth_patient_count(&world, lives[i]->person, SYNTH_ORGANISATION_HOSPITAL) > 1) {
            duplicates++;
            ended += merged(lives[i]);
        }
    }
    assert_true(ended > 0 && ended <= duplicates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_turn),
        cmocka_unit_test(test_all_is_told),
        cmocka_unit_test(test_control_ids),
        cmocka_unit_test(test_mishaps),
        cmocka_unit_test(test_corrected_value),
        cmocka_unit_test(test_units_and_codes),
        cmocka_unit_test(test_image_report),
        cmocka_unit_test(test_image_changes),
        cmocka_unit_test(test_image_is_told_once),
        cmocka_unit_test(test_death_is_not_foretold),
        cmocka_unit_test(test_number_status),
        cmocka_unit_test(test_merge),
    };
    return cmocka_run_group_tests_name("synth_hl7v2", tests, make_lives, free_lives);
}
