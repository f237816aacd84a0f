/*
 * hl7v2_context.c: the data types and the segments that several messages share.
 *
 * Numbers of fields and components are those of HL7 v2.4 chapter 2 (MSH), 3 (EVN, PID, PD1, NK1,
 * PV1, PV2) and 2.8 (data types). Values of PV1 are codes of the NHS Data Dictionary, as the NHS
 * message specification has them: main specialty code in PV1-10, admission method and source in
 * PV1-4 and PV1-14, discharge method and destination in PV1-36 and PV1-37.
 */
#include "synth/hl7v2_context.h"

#include "synth/mishaps.h"

static const struct {
    const char *type, *trigger, *structure;
} events[] = {
#define X(trigger, type, structure, meaning) { type, #trigger, structure },
    SYNTH_HL7V2_EVENTS(X)
#undef X
};

/* -- data types ------------------------------------------------------------------------------- */

void v2_word(struct v2_context *at, uint16_t field, const char *word)
{
    hl7v2_set(&at->writer, field, 1, slice_from_string(word));
}

void v2_number(struct v2_context *at, uint16_t field, uint64_t number)
{
    hl7v2_set_number(&at->writer, field, 1, number);
}

void v2_when(struct v2_context *at, uint16_t field, synth_when when)
{
    char text[SYNTH_WHEN_SIZE];
    if (when != SYNTH_NEVER) {
        synth_when_digits(when, text);
        hl7v2_field(&at->writer, field);
        hl7v2_text(&at->writer, slice_from_string(text));
    }
}

void v2_date(struct v2_context *at, uint16_t field, int32_t day)
{
    char text[SYNTH_WHEN_SIZE];
    if (day != SYNTH_NO_DAY) {
        synth_day_digits(day, text);
        hl7v2_field(&at->writer, field);
        hl7v2_text(&at->writer, slice_from_string(text));
    }
}

/* HL7 table 0396 (dm+d has no name there) */
static const char *system_name(const struct synth_code *code)
{
    static const char *const names[] = {
        [SYNTH_SYSTEM_SNOMED] = "SCT", [SYNTH_SYSTEM_DMD] = "DMD", [SYNTH_SYSTEM_LOINC] = "LN"
    };
    size_t system = (size_t)(code->system - synth_system_table);
    return system < ARRAY_LENGTH(names) ? names[system] : "L";
}

void v2_code(struct v2_context *at, uint16_t field, const struct synth_code *code,
             const struct synth_code *other)
{
    hl7v2_set(&at->writer, field, 1, code->code);
    hl7v2_set(&at->writer, field, 2, code->display);
    hl7v2_set(&at->writer, field, 3, slice_from_string(system_name(code)));
    if (other != NULL) {
        hl7v2_set(&at->writer, field, 4, other->code);
        hl7v2_set(&at->writer, field, 5, other->display);
        hl7v2_set(&at->writer, field, 6, slice_from_string(system_name(other)));
    }
}

void v2_text_code(struct v2_context *at, uint16_t field, struct slice text)
{
    hl7v2_set(&at->writer, field, 2, text);
}

void v2_item_code(struct v2_context *at, uint16_t field, const struct synth_item *item,
                  const struct synth_code *other)
{
    if (mishap_is(item, SYNTH_MISHAP_UNCODED)) {
        v2_text_code(at, field, item->code->display);
    } else if (mishap_is(item, SYNTH_MISHAP_WRONG_CODE)) {
        const struct synth_code *wrong = mishap_wrong_code(item);
        hl7v2_set(&at->writer, field, 1, wrong->code);
        hl7v2_set(&at->writer, field, 2, item->code->display);
        hl7v2_set(&at->writer, field, 3, slice_from_string(system_name(wrong)));
    } else {
        v2_code(at, field, item->code, other);
    }
}

void v2_table_code(struct v2_context *at, uint16_t field, const char *code, const char *text,
                   const char *table)
{
    hl7v2_set(&at->writer, field, 1, slice_from_string(code));
    hl7v2_set(&at->writer, field, 2, slice_from_string(text));
    hl7v2_set(&at->writer, field, 3, slice_from_string(table));
}

void v2_staff_of(struct v2_context *at, uint16_t field, uint16_t staff, synth_org organisation)
{
    const struct synth_staff_member *member = &at->world->staff[staff];
    hl7v2_set(&at->writer, field, 1, member->id);
    hl7v2_set(&at->writer, field, 2, member->family);
    hl7v2_set(&at->writer, field, 3, member->given);
    hl7v2_set(&at->writer, field, 6, member->prefix);
    hl7v2_set(&at->writer, field, 9, at->world->organisations[organisation].ods);
}

void v2_staff(struct v2_context *at, uint16_t field, uint16_t staff)
{
    v2_staff_of(at, field, staff, at->who->organisation);
}

static struct slice item_number(const struct v2_context *at, uint32_t item, char kind,
                                char room[32])
{
    int len =
        snprintf(room, 32, "%c%06llu%u%05u", kind, (unsigned long long)at->life->person->number,
                 (unsigned)at->who->copy, (unsigned)item);
    return slice_of(room, (size_t)len);
}

void v2_entity(struct v2_context *at, uint16_t field, uint32_t item, char kind)
{
    char room[32];
    hl7v2_set(&at->writer, field, 1, item_number(at, item, kind, room));
    hl7v2_set(&at->writer, field, 2, at->hospital->ods);
}

void v2_report_status(struct v2_context *at)
{
    char status = at->message->status;
    v2_word(at, 25, (char[]){ status == 'W' ? 'X' : status, '\0' });
}

void v2_local_number(struct v2_context *at, uint16_t field, struct slice number, const char *type)
{
    hl7v2_set(&at->writer, field, 1, number);
    hl7v2_set(&at->writer, field, 4, at->hospital->ods);
    hl7v2_set(&at->writer, field, 5, slice_from_string(type));
}

/* -- MSH, EVN ---------------------------------------------------------------------------------- */

void v2_header(struct v2_context *at)
{
    char id[SYNTH_CONTROL_ID_SIZE];
    struct hl7v2_writer *writer = &at->writer;
    synth_hl7v2_control_id(at->life, at->who, at->message, id);
    hl7v2_header(writer);
    v2_word(at, 3, "SYNTHETIC");
    hl7v2_set(writer, 4, 1, at->hospital->ods);
    v2_word(at, 5, "ROUTE"); /* the receiver's engine knows where to */
    v2_word(at, 6, "EXCHANGE");
    v2_when(at, 7, at->message->sent);
    v2_word(at, 9, events[at->message->event].type);
    hl7v2_set(writer, 9, 2, slice_from_string(events[at->message->event].trigger));
    hl7v2_set(writer, 9, 3, slice_from_string(events[at->message->event].structure));
    v2_word(at, 10, id);
    v2_word(at, 11, "T");
    v2_word(at, 12, "2.4");
    v2_word(at, 15, "NE"); /* enhanced mode is not asked for: one answer, by the application */
    v2_word(at, 16, "AL");
    v2_word(at, 17, "GBR");
    v2_word(at, 18, "UNICODE UTF-8");
}

void v2_event(struct v2_context *at)
{
    hl7v2_segment(&at->writer, "EVN");
    v2_word(at, 1, events[at->message->event].trigger);
    v2_when(at, 2, at->message->recorded);
    if (at->item != NULL) {
        v2_staff(at, 5, at->item->author);
    }
    v2_when(at, 6, at->message->happened);
}

/* -- PID, PD1, NK1 ----------------------------------------------------------------------------- */

static void identifiers(struct v2_context *at)
{
    hl7v2_field(&at->writer, 3);
    if (at->who->nhs_number[0] != '\0') {
        hl7v2_set(&at->writer, 3, 1, slice_from_string(at->who->nhs_number));
        hl7v2_set(&at->writer, 3, 4, SLICE("NHS"));
        hl7v2_set(&at->writer, 3, 5, SLICE("NH"));
        hl7v2_repeat(&at->writer);
    }
    v2_local_number(at, 3, slice_from_string(at->who->local_id), "PI");
}

static void name(struct v2_context *at, uint16_t field, struct slice family, const char *type)
{
    const struct synth_patient *who = at->who;
    hl7v2_set(&at->writer, field, 1, family);
    hl7v2_set(&at->writer, field, 2, slice_from_string(who->given));
    hl7v2_set(&at->writer, field, 3, slice_from_string(who->middle));
    hl7v2_set(&at->writer, field, 5, who->prefix);
    hl7v2_set(&at->writer, field, 7, slice_from_string(type)); /* table 0200 */
}

static void home(struct v2_context *at)
{
    const struct synth_address *address = at->who->address;
    char line[96];
    if (address != NULL) {
        synth_address_line(address, line, sizeof(line));
        hl7v2_set(&at->writer, 11, 1, slice_from_string(line));
    }
    if (address != NULL && address->place != NULL) {
        hl7v2_set(&at->writer, 11, 3, address->place->name);
        hl7v2_set(&at->writer, 11, 4, SLICE("Oxfordshire"));
    }
    hl7v2_set(&at->writer, 11, 5, slice_from_string(at->who->postcode));
    if (address != NULL || at->who->postcode[0] != '\0') {
        hl7v2_set(&at->writer, 11, 6, SLICE("GBR"));
        hl7v2_set(&at->writer, 11, 7, SLICE("H"));
    }
}

static void telephone(struct v2_context *at, uint16_t field, struct slice phone)
{
    if (phone.len > 0) {
        hl7v2_set(&at->writer, field, 1, phone);
        hl7v2_set(&at->writer, field, 2, SLICE("PRN"));
        hl7v2_set(&at->writer, field, 3, SLICE("CP"));
    }
}

/* the death is known once it has happened and been told */
static bool death_known(const struct v2_context *at)
{
    return at->who->death != SYNTH_NO_DAY && synth_day_of(at->message->sent) >= at->who->death;
}

void v2_patient(struct v2_context *at)
{
    const struct synth_patient *who = at->who;
    hl7v2_segment(&at->writer, "PID");
    v2_number(at, 1, 1);
    identifiers(at);
    name(at, 5, slice_from_string(who->family), "L");
    v2_date(at, 7, who->birth);
    hl7v2_set(&at->writer, 8, 1, slice_of(&who->sex, 1));
    if (who->former_family.len > 0) {
        name(at, 9, who->former_family, "M");
    }
    home(at);
    telephone(at, 13, who->phone);
    if (who->language != NULL) {
        hl7v2_set(&at->writer, 15, 1, who->language->language_code);
        hl7v2_set(&at->writer, 15, 2, who->language->language);
        hl7v2_set(&at->writer, 15, 3, SLICE("ISO639"));
    }
    if (who->ethnicity != NULL) { /* ethnic category code 2001 */
        hl7v2_set(&at->writer, 22, 1, who->ethnicity->code);
        hl7v2_set(&at->writer, 22, 2, who->ethnicity->display);
        hl7v2_set(&at->writer, 22, 3, SLICE("NHS"));
    }
    if (death_known(at)) {
        v2_date(at, 29, who->death);
        v2_word(at, 30, "Y");
    }
    /* NHS number status indicator: 01 present and verified, 03 trace required */
    v2_word(at, 32, who->nhs_number[0] != '\0' ? "01" : "03");
}

void v2_practice(struct v2_context *at)
{
    const struct synth_org_info *practice = &at->world->organisations[at->who->practice];
    hl7v2_segment(&at->writer, "PD1");
    hl7v2_set(&at->writer, 3, 1, practice->name);
    /* XON-3 is a number in v2.4; NHS systems put the practice's code there all the same */
    hl7v2_set(&at->writer, 3, 3, practice->ods);
    hl7v2_set(&at->writer, 3, 6, SLICE("NHS"));
}

static void relative(struct v2_context *at, const struct synth_item *item, uint32_t number)
{
    static const struct {
        struct slice role;
        const char *code, *text;
    } roles[] = {
        { SLICE_INIT("partner"), "DOM", "Life partner" },
        { SLICE_INIT("mother"), "MTH", "Mother" },
        { SLICE_INIT("father"), "FTH", "Father" },
        { SLICE_INIT("daughter"), "CHD", "Child" },
        { SLICE_INIT("son"), "CHD", "Child" },
        { SLICE_INIT("sister"), "SIB", "Sibling" },
        { SLICE_INIT("brother"), "SIB", "Sibling" },
        { SLICE_INIT(""), "OTH", "Other" },
    };
    char phone[12];
    size_t role = 0;
    while (role + 1 < ARRAY_LENGTH(roles) && !slice_equal(roles[role].role, item->text)) {
        role++;
    }
    hl7v2_segment(&at->writer, "NK1");
    v2_number(at, 1, number);
    hl7v2_set(&at->writer, 2, 1, item->note);
    hl7v2_set(&at->writer, 2, 2, item->text2);
    v2_table_code(at, 3, roles[role].code, roles[role].text, "HL70063");
    snprintf(phone, sizeof(phone), "07700900%03d", (int)item->value);
    telephone(at, 5, slice_from_string(phone));
    v2_table_code(at, 7, "N", "Next-of-Kin", "HL70131");
}

void v2_relatives(struct v2_context *at)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < at->life->items.count; i++) {
        const struct synth_item *item = &at->life->items.at[i];
        if (item->kind == SYNTH_RELATIVE && life_holds(at->life, at->who, i)) {
            relative(at, item, ++number);
        }
    }
}

/* -- PV1, PV2 ---------------------------------------------------------------------------------- */

static const char *class_of(const struct synth_item *visit)
{
    return visit->setting == SYNTH_ON_WARD ? "I" : visit->setting == SYNTH_IN_EMERGENCY ? "E" : "O";
}

/* PL: the ward that the patient is on at that message, elsewhere the department or clinic */
static void location(struct v2_context *at, uint16_t field, const struct synth_item *visit,
                     bool before_move)
{
    struct slice ward = visit->text;
    if (visit->setting == SYNTH_IN_EMERGENCY) {
        ward = SLICE("Emergency Department");
    } else if (visit->setting == SYNTH_ON_WARD && visit->visit != NULL) {
        bool moved = visit->visit->moved_ward.len > 0 && !before_move;
        ward = moved ? visit->visit->moved_ward : visit->visit->ward;
    }
    hl7v2_set(&at->writer, field, 1, ward);
    hl7v2_set(&at->writer, field, 4, at->hospital->ods);
}

static bool is_over(const struct v2_context *at)
{
    return at->message->event == SYNTH_HL7V2_A03 || at->message->event == SYNTH_HL7V2_A08;
}

/* the numbers of fields ascend, so what belongs together stands apart here */
static void visit_fields(struct v2_context *at, const struct synth_item *visit, uint32_t index)
{
    static const struct synth_visit nothing = { .requested = SYNTH_NEVER };
    const struct synth_visit *known = visit->visit != NULL ? visit->visit : &nothing;
    struct hl7v2_writer *writer = &at->writer;
    bool moves = at->message->event == SYNTH_HL7V2_A02;
    char number[32];
    bool before_move = known->moved_ward.len > 0 && at->message->happened < known->moved;
    v2_word(at, 2, class_of(visit));
    location(at, 3, visit, before_move);
    hl7v2_set(writer, 4, 1, known->admission_method);
    if (moves) {
        location(at, 6, visit, true);
    }
    v2_staff(at, 7, visit->author);
    hl7v2_set(writer, 10, 1, known->specialty);
    hl7v2_set(writer, 14, 1, known->admission_source);
    v2_local_number(at, 19, item_number(at, index, 'V', number), "VN");
    if (is_over(at)) {
        hl7v2_set(writer, 36, 1,
                  known->discharge_method.len > 0 ? known->discharge_method
                  : visit->death                  ? SLICE("4")
                                                  : known->discharge_method);
        hl7v2_set(writer, 37, 1, known->discharge_destination);
    }
    v2_when(at, 44, visit->start);
    if (is_over(at)) {
        v2_when(at, 45, at->message->event == SYNTH_HL7V2_A03 ? at->message->happened : visit->end);
    }
}

void v2_visit(struct v2_context *at, uint32_t visit)
{
    hl7v2_segment(&at->writer, "PV1");
    v2_number(at, 1, 1);
    if (visit == SYNTH_NO_ITEM) {
        v2_word(at, 2, "N");
    } else {
        visit_fields(at, &at->life->items.at[visit], visit);
    }
}

void v2_visit_reason(struct v2_context *at, uint32_t visit)
{
    hl7v2_segment(&at->writer, "PV2");
    v2_text_code(at, 3, at->life->items.at[visit].text);
    if (at->life->items.at[visit].visit != NULL && at->life->items.at[visit].visit->acuity > 0) {
        v2_number(at, 25, at->life->items.at[visit].visit->acuity);
    }
}
