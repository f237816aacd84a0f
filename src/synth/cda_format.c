/*
 * cda_format.c: which sections a document has, and the facts for them from the life.
 *
 * What a document may hold was known when it was written: facts recorded later are not in it. Facts
 * of the visit go into diagnoses, procedures and results; what the hospital knows of the person
 * into problems, allergies and medicines.
 *
 * Section codes are those of the C-CDA implementation guide (LOINC).
 */
#include "synth/cda_format.h"

#include "cda/document_writer.h"
#include "synth/fhir_context.h"
#include "synth/uuid.h"
#include "synth/value.h"

#define ROWS_MAX 60

enum section {
    SECTION_TEXT,
    SECTION_DIAGNOSES,
    SECTION_PROBLEMS,
    SECTION_PROCEDURES,
    SECTION_ALLERGIES,
    SECTION_MEDICINES,
    SECTION_RESULTS,
    SECTION_COUNT
};

struct section_name {
    const char *code;
    const char *title;
};

/* of a stay: a discharge summary; of a clinic or none: a letter; NULL: it has no such section */
static const struct section_name stay_sections[SECTION_COUNT] = {
    [SECTION_TEXT] = { "8648-8", "Hospital course" },
    [SECTION_DIAGNOSES] = { "11535-2", "Diagnoses at discharge" },
    [SECTION_PROBLEMS] = { "11450-4", "Problem list" },
    [SECTION_PROCEDURES] = { "47519-4", "Procedures" },
    [SECTION_ALLERGIES] = { "48765-2", "Allergies and adverse reactions" },
    [SECTION_MEDICINES] = { "10183-2", "Medicines at discharge" },
    [SECTION_RESULTS] = { "30954-2", "Results" },
};
static const struct section_name letter_sections[SECTION_COUNT] = {
    [SECTION_TEXT] = { "51848-0", "Letter" },
    [SECTION_DIAGNOSES] = { "51848-0", "Diagnoses of this visit" },
    [SECTION_PROBLEMS] = { "11450-4", "Problem list" },
    [SECTION_PROCEDURES] = { "47519-4", "Procedures" },
    [SECTION_ALLERGIES] = { "48765-2", "Allergies and adverse reactions" },
    [SECTION_MEDICINES] = { "10160-0", "Medicines" },
    [SECTION_RESULTS] = { "30954-2", "Results" },
};

struct writing {
    struct cda_document document;
    const struct synth_life *life;
    const struct synth_patient *who;
    const struct synth_item *item; /* the document */
    uint32_t index;
};

/* -- what a life calls by its own names -------------------------------------------------------- */

struct uuid_text {
    char text[SYNTH_BARE_UUID_SIZE];
};

static struct cda_id id_of(const struct writing *at, uint64_t item, struct uuid_text *room)
{
    synth_uuid(at->life->world->seed, FHIR_URL_ITEM, at->life->person->number, item, room->text);
    return (struct cda_id){ .root = slice_from_string(room->text) };
}

_Static_assert(CDA_TIME_SIZE >= SYNTH_WHEN_SIZE, "the digits of a time fit");

static struct cda_time time_of(synth_when when)
{
    struct cda_time time = { 0 };
    if (when != SYNTH_NEVER) {
        synth_when_digits(when, time.digits);
    }
    return time;
}

static struct cda_time day_of(int32_t day)
{
    struct cda_time time = { 0 };
    if (day != SYNTH_NO_DAY) {
        synth_day_digits(day, time.digits);
    }
    return time;
}

static struct cda_code code_of(const struct synth_code *code)
{
    bool loinc = code->system == &synth_system_table[SYNTH_SYSTEM_LOINC];
    bool dmd = code->system == &synth_system_table[SYNTH_SYSTEM_DMD];
    /* codes of dm+d are SNOMED CT identifiers of the UK Drug Extension */
    return (struct cda_code){
        .code = code->code,
        .system = loinc ? SLICE(CDA_SYSTEM_LOINC) : SLICE(CDA_SYSTEM_SNOMED),
        .system_name = loinc ? SLICE("LOINC")
                       : dmd ? SLICE("dm+d")
                             : SLICE("SNOMED CT"),
        .display = code->display,
    };
}

/* the code as it was told: words alone, or another code beside the words */
static struct cda_code told_code(const struct synth_item *item)
{
    if (mishap_is(item, SYNTH_MISHAP_UNCODED)) {
        return (struct cda_code){ .words = item->code->display };
    }
    if (mishap_is(item, SYNTH_MISHAP_WRONG_CODE)) {
        struct cda_code code = code_of(mishap_wrong_code(item));
        code.words = item->code->display;
        return code;
    }
    return code_of(item->code);
}

static struct cda_organisation organisation_of(const struct writing *at, synth_org organisation)
{
    const struct synth_org_info *info = &at->life->world->organisations[organisation];
    return (struct cda_organisation){ .ods = info->ods,
                                      .name = info->name,
                                      .telephone = info->phone,
                                      .line = info->line,
                                      .town = info->town,
                                      .postcode = info->postcode };
}

/* -- the header -------------------------------------------------------------------------------- */

static struct cda_patient patient_of(const struct writing *at, char line[96])
{
    const struct synth_patient *who = at->who;
    struct slice ods = at->life->world->organisations[who->organisation].ods;
    struct cda_patient patient = {
        .ids = { { .root = SLICE(CDA_ROOT_NHS_NUMBER),
                   .extension = slice_from_string(who->nhs_number) },
                 { .root = SLICE(CDA_ROOT_LOCAL_ID),
                   .extension = slice_from_string(who->local_id),
                   .authority = ods } },
        .name = { .prefix = who->prefix,
                  .given = slice_from_string(who->given),
                  .middle = slice_from_string(who->middle),
                  .family = slice_from_string(who->family) },
        .sex = who->sex,
        .birth = day_of(who->birth),
        .postcode = slice_from_string(who->postcode),
        .telephone = who->phone,
        .practice = organisation_of(at, who->practice),
    };
    if (who->nhs_number[0] == '\0') {
        patient.ids[0] = (struct cda_id){ .root = { NULL, 0 } };
    }
    if (who->address != NULL) {
        synth_address_line(who->address, line, 96);
        patient.line = slice_from_string(line);
        patient.town = who->address->place->name;
        patient.county = SLICE("Oxfordshire");
    }
    return patient;
}

static struct cda_author author_of(const struct writing *at)
{
    const struct synth_staff_member *member = &at->life->world->staff[at->item->author];
    return (struct cda_author){
        .id = { .root = SLICE(CDA_ROOT_LOCAL_ID),
                .extension = member->id,
                .authority = at->life->world->organisations[at->who->organisation].ods },
        .name = { .prefix = member->prefix, .given = member->given, .family = member->family },
        .role = member->role,
        .time = time_of(at->item->recorded),
    };
}

static struct cda_encounter encounter_of(const struct writing *at, struct uuid_text *room)
{
    if (at->item->encounter == SYNTH_NO_ITEM) {
        return (struct cda_encounter){ .class = NULL };
    }
    const struct synth_item *visit = &at->life->items.at[at->item->encounter];
    const struct synth_visit *known = visit->visit;
    struct cda_encounter encounter = {
        .id = id_of(at, at->item->encounter, room),
        .class = visit->setting == SYNTH_ON_WARD        ? "IMP"
                 : visit->setting == SYNTH_IN_EMERGENCY ? "EMER"
                                                        : "AMB",
        .from = time_of(visit->start),
        .to = time_of(visit->end),
        .place = known != NULL && known->ward.len > 0 ? known->ward : visit->text,
    };
    if (visit->setting == SYNTH_ON_WARD && known != NULL) {
        encounter.disposition.words = known->outcome;
    }
    return encounter;
}

static bool of_stay(const struct writing *at)
{
    return at->item->encounter != SYNTH_NO_ITEM &&
           at->life->items.at[at->item->encounter].setting == SYNTH_ON_WARD;
}

/* each version has an id of its own; the set has that of the item */
static uint64_t version_key(const struct writing *at, uint32_t version)
{
    return (uint64_t)version << 48 | at->index;
}

static void begin(struct writing *at, uint32_t version, struct strbuf *out)
{
    struct uuid_text rooms[4];
    char line[96];
    struct cda_header header = {
        .id = id_of(at, version_key(at, version), &rooms[0]),
        .set = id_of(at, at->index, &rooms[1]),
        .version = version,
        .code = told_code(at->item),
        .title = at->item->text,
        .time = time_of(at->item->recorded + (version > 1 ? 240 : 0)),
        .patient = patient_of(at, line),
        .author = author_of(at),
        .custodian = organisation_of(at, at->who->organisation),
        .encounter = encounter_of(at, &rooms[2]),
    };
    if (version > 1) {
        header.replaces = id_of(at, version_key(at, version - 1), &rooms[3]);
    }
    if (at->item->encounter != SYNTH_NO_ITEM) {
        header.service = code_of(at->life->items.at[at->item->encounter].code);
    }
    cda_document_begin(&at->document, out, &header);
}

/* -- the facts --------------------------------------------------------------------------------- */

/* does the section hold the item? */
static bool belongs(const struct writing *at, enum section section, const struct synth_item *item)
{
    bool here = item->encounter != SYNTH_NO_ITEM && item->encounter == at->item->encounter;
    switch (section) {
    case SECTION_DIAGNOSES:
        return item->kind == SYNTH_CONDITION && here;
    case SECTION_PROBLEMS:
        return item->kind == SYNTH_CONDITION && !here && item->problem;
    case SECTION_PROCEDURES:
        return item->kind == SYNTH_PROCEDURE && here;
    case SECTION_ALLERGIES:
        return item->kind == SYNTH_ALLERGY_RECORD;
    case SECTION_MEDICINES:
        return item->kind == SYNTH_MEDICATION &&
               (item->end == SYNTH_NEVER || item->end > at->item->recorded);
    case SECTION_RESULTS:
        return item->kind == SYNTH_OBSERVATION && here && item->test != NULL;
    default:
        return false;
    }
}

static uint32_t gather(const struct writing *at, enum section section, uint32_t ret_items[ROWS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < at->life->items.count && count < ROWS_MAX; i++) {
        const struct synth_item *item = &at->life->items.at[i];
        if (belongs(at, section, item) && life_holds(at->life, at->who, i) &&
            item->recorded <= at->item->recorded && item->start <= at->item->recorded &&
            !mishap_withdrawn(item)) {
            ret_items[count++] = i;
        }
    }
    return count;
}

struct anchor {
    char text[16];
};

static struct slice anchor_of(uint32_t item, struct anchor *room)
{
    snprintf(room->text, sizeof(room->text), "i%u", (unsigned)item);
    return slice_from_string(room->text);
}

static struct slice day_words(synth_when when, char room[SYNTH_WHEN_SIZE])
{
    if (when == SYNTH_NEVER) {
        return (struct slice){ NULL, 0 };
    }
    synth_day_words(synth_day_of(when), room);
    return slice_from_string(room);
}

struct value_text {
    char value[SYNTH_DECIMAL_SIZE], low[SYNTH_DECIMAL_SIZE], high[SYNTH_DECIMAL_SIZE];
    char words[64];
};

static struct cda_result result_of(const struct writing *at, const struct synth_item *item,
                                   struct value_text *room)
{
    struct mishap_unit unit = synth_value_told(item, item->test, item->value);
    struct synth_range_of_test range =
        synth_value_range(item->test, at->life->person->sex, item->value);
    struct mishap_unit low = synth_value_told(item, item->test, range.low);
    struct mishap_unit high = synth_value_told(item, item->test, range.high);
    struct cda_result result = { .code = told_code(item), .time = time_of(item->start) };
    if (item->value2 != 0) { /* a blood pressure, in words */
        char upper[SYNTH_DECIMAL_SIZE];
        char lower[SYNTH_DECIMAL_SIZE];
        snprintf(room->words, sizeof(room->words), "%.*s/%.*s mm[Hg]",
                 SLICE_PRINT(synth_decimal(item->value, 0, upper)),
                 SLICE_PRINT(synth_decimal(item->value2, 0, lower)));
        result.words = slice_from_string(room->words);
        return result;
    }
    result.value = synth_decimal(unit.value, unit.decimals, room->value);
    result.unit = unit.ucum.len > 0 ? unit.ucum : unit.unit;
    result.flag = range.flag;
    if (range.low > 0) {
        result.low = synth_decimal(low.value, low.decimals, room->low);
    }
    if (range.high > 0) {
        result.high = synth_decimal(high.value, high.decimals, room->high);
    }
    return result;
}

static void row(struct writing *at, enum section section, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    struct anchor anchor = { "" };
    struct value_text room;
    char from[SYNTH_WHEN_SIZE];
    char to[SYNTH_WHEN_SIZE];
    struct slice cells[4] = { item->code->display, day_words(item->start, from) };
    size_t count = 2;
    if (section == SECTION_DIAGNOSES || section == SECTION_PROBLEMS) {
        cells[2] = day_words(item->end, to);
        cells[3] = item->note;
        count = 4;
    } else if (section == SECTION_ALLERGIES) {
        cells[2] = item->other != NULL ? item->other->display : (struct slice){ NULL, 0 };
        count = 3;
    } else if (section == SECTION_MEDICINES) {
        cells[2] = item->text;
        count = 3;
    } else if (section == SECTION_RESULTS) {
        struct cda_result result = result_of(at, item, &room);
        cells[2] = result.value.len > 0 ? result.value : result.words;
        cells[3] = result.unit;
        count = 4;
    }
    cda_row(&at->document, anchor_of(index, &anchor), cells, count);
}

static void entry(struct writing *at, enum section section, uint32_t index)
{
    const struct synth_item *item = &at->life->items.at[index];
    struct uuid_text room;
    struct anchor anchor = { "" };
    struct value_text value;
    struct cda_id id = id_of(at, index, &room);
    struct slice at_row = anchor_of(index, &anchor);
    struct cda_code other = { .display = { NULL, 0 } };
    if (item->other != NULL) {
        other = code_of(item->other);
    }
    switch (section) {
    case SECTION_DIAGNOSES:
    case SECTION_PROBLEMS:
        cda_problem(&at->document, &(struct cda_problem){
                                       id, at_row, told_code(item), item->status == SYNTH_ACTIVE,
                                       day_of(synth_day_of(item->start)), time_of(item->end) });
        break;
    case SECTION_PROCEDURES:
        cda_procedure(&at->document,
                      &(struct cda_procedure){ id, at_row, told_code(item), time_of(item->start) });
        break;
    case SECTION_ALLERGIES:
        cda_allergy(&at->document, &(struct cda_allergy){ id, at_row, item->status == SYNTH_NEGATED,
                                                          told_code(item), other,
                                                          day_of(synth_day_of(item->start)) });
        break;
    case SECTION_MEDICINES:
        cda_medication(&at->document,
                       &(struct cda_medication){ id, at_row, told_code(item), item->text, other,
                                                 item->status == SYNTH_ACTIVE, time_of(item->start),
                                                 time_of(item->end) });
        break;
    default: {
        struct cda_result result = result_of(at, item, &value);
        result.id = id;
        result.anchor = at_row;
        cda_result(&at->document, &result);
    }
    }
}

/* -- sections ---------------------------------------------------------------------------------- */

static void open_section(struct writing *at, enum section section)
{
    const struct section_name *name =
        of_stay(at) ? &stay_sections[section] : &letter_sections[section];
    struct cda_code code = { .code = slice_from_string(name->code),
                             .system = SLICE(CDA_SYSTEM_LOINC),
                             .system_name = SLICE("LOINC") };
    cda_section_begin(&at->document, &code, slice_from_string(name->title));
}

static void facts(struct writing *at, enum section section)
{
    static const char *const headings[SECTION_COUNT][4] = {
        [SECTION_DIAGNOSES] = { "Diagnosis", "From", "To", "Note" },
        [SECTION_PROBLEMS] = { "Problem", "From", "To", "Note" },
        [SECTION_PROCEDURES] = { "Procedure", "Date" },
        [SECTION_ALLERGIES] = { "Allergy", "Recorded", "Reaction" },
        [SECTION_MEDICINES] = { "Medicine", "From", "Dose" },
        [SECTION_RESULTS] = { "Test", "Date", "Value", "Unit" },
    };
    uint32_t items[ROWS_MAX];
    uint32_t count = gather(at, section, items);
    size_t columns = 0;
    while (columns < 4 && headings[section][columns] != NULL) {
        columns++;
    }
    if (count == 0) {
        return;
    }
    open_section(at, section);
    cda_table_begin(&at->document, headings[section], columns);
    for (uint32_t i = 0; i < count; i++) {
        row(at, section, items[i]);
    }
    cda_table_end(&at->document);
    cda_entries_begin(&at->document);
    for (uint32_t i = 0; i < count; i++) {
        entry(at, section, items[i]);
    }
    cda_section_end(&at->document);
}

static void version(struct writing *at, uint32_t number, bool whole, struct strbuf *out)
{
    begin(at, number, out);
    open_section(at, SECTION_TEXT);
    cda_paragraphs(&at->document, SLICE("Synthetic: nobody in this document exists."));
    cda_paragraphs(&at->document, whole ? at->item->note : mishap_cut_short(at->item->note));
    cda_section_end(&at->document);
    for (enum section section = SECTION_DIAGNOSES; section < SECTION_COUNT; section++) {
        facts(at, section);
    }
    cda_document_end(&at->document);
    strbuf_add_byte(out, '\n');
}

static uint32_t document(struct writing *at, struct strbuf *out)
{
    bool corrected = mishap_is(at->item, SYNTH_MISHAP_CORRECTED);
    bool repeated = mishap_is(at->item, SYNTH_MISHAP_REPEATED);
    version(at, 1, !corrected, out);
    if (repeated) {
        version(at, 1, !corrected, out);
    }
    if (corrected) {
        version(at, 2, true, out);
    }
    return 1U + repeated + corrected;
}

static void write_patient(const struct synth_life *life, const struct synth_patient *patient,
                          struct strbuf *out, uint32_t *ret_records)
{
    *ret_records = 0;
    for (uint32_t i = 0; i < life->items.count; i++) {
        if (life->items.at[i].kind == SYNTH_DOCUMENT && life_holds(life, patient, i)) {
            struct writing at = {
                .life = life, .who = patient, .item = &life->items.at[i], .index = i
            };
            *ret_records += document(&at, out);
        }
    }
}

static bool speaks_cda(const struct synth_org_info *organisation)
{
    return slice_equal(organisation->kind, SLICE("hospital")) ||
           slice_equal(organisation->kind, SLICE("urgent"));
}

const struct synth_format synth_format_cda = {
    .name = SLICE_INIT("cda"),
    .suffix = SLICE_INIT("cda"),
    .own = speaks_cda,
    .write = write_patient,
};
