/*
 * document_sections.c: sections, their narrative (CDA R2 section 4.3.5) and their entries.
 *
 * The narrative is what a person reads and what counts; entries say the same in codes and point to
 * the row that they stand for.
 */
#include "cda/document_internal.h"

void cda_section_begin(struct cda_document *document, const struct cda_code *code,
                       struct slice title)
{
    struct xml_writer *xml = &document->xml;
    xml_begin(xml, "component");
    xml_begin(xml, "section");
    cda_write_code(xml, "code", NULL, code);
    xml_element(xml, "title", title);
    xml_begin(xml, "text");
    document->narrative = true;
}

void cda_entries_begin(struct cda_document *document)
{
    assert(document->narrative);
    xml_end(&document->xml);
    document->narrative = false;
}

void cda_section_end(struct cda_document *document)
{
    if (document->narrative) {
        cda_entries_begin(document);
    }
    xml_end(&document->xml);
    xml_end(&document->xml);
}

/* -- narrative --------------------------------------------------------------------------------- */

static void write_lines(struct xml_writer *xml, struct slice text)
{
    struct slice line;
    bool first = true;
    while (slice_split(&text, '\n', &line)) {
        if (!first) {
            xml_begin(xml, "br");
            xml_end(xml);
        }
        first = false;
        xml_text(xml, line);
    }
}

void cda_paragraphs(struct cda_document *document, struct slice text)
{
    while (text.len > 0) {
        size_t end = slice_find_slice(text, SLICE("\n\n"));
        struct slice paragraph = slice_trim(slice_sub(text, 0, end));
        if (paragraph.len > 0) {
            xml_begin(&document->xml, "paragraph");
            write_lines(&document->xml, paragraph);
            xml_end(&document->xml);
        }
        text = slice_from(text, end < text.len ? end + 2 : end);
    }
}

void cda_table_begin(struct cda_document *document, const char *const *headings, size_t count)
{
    struct xml_writer *xml = &document->xml;
    xml_begin(xml, "table");
    xml_begin(xml, "thead");
    xml_begin(xml, "tr");
    for (size_t i = 0; i < count; i++) {
        xml_element(xml, "th", slice_from_string(headings[i]));
    }
    xml_end(xml);
    xml_end(xml);
    xml_begin(xml, "tbody");
}

void cda_row(struct cda_document *document, struct slice anchor, const struct slice *cells,
             size_t count)
{
    xml_begin(&document->xml, "tr");
    xml_attribute_if(&document->xml, "ID", anchor);
    for (size_t i = 0; i < count; i++) {
        xml_element(&document->xml, "td", cells[i]);
    }
    xml_end(&document->xml);
}

void cda_table_end(struct cda_document *document)
{
    xml_end(&document->xml);
    xml_end(&document->xml);
}

/* -- what entries are made of ------------------------------------------------------------------ */

static void begin_act(struct xml_writer *xml, const char *element, const char *class,
                      const struct cda_id *id)
{
    xml_begin(xml, element);
    xml_attribute(xml, "classCode", slice_from_string(class));
    xml_attribute(xml, "moodCode", SLICE("EVN"));
    if (id != NULL) {
        cda_write_id(xml, "id", id);
    }
}

static void begin_entry(struct xml_writer *xml)
{
    xml_begin(xml, "entry");
    xml_attribute(xml, "typeCode", SLICE("DRIV")); /* the narrative is derived from it */
}

static void write_anchor(struct xml_writer *xml, struct slice anchor)
{
    char text[40];
    if (anchor.len == 0 || anchor.len > 38) {
        return;
    }
    snprintf(text, sizeof(text), "#%.*s", SLICE_PRINT(anchor));
    xml_begin(xml, "text");
    xml_begin(xml, "reference");
    xml_attribute(xml, "value", slice_from_string(text));
    xml_end(xml);
    xml_end(xml);
}

static void write_status(struct xml_writer *xml, const char *code)
{
    cda_write_fixed(xml, "statusCode", code, NULL);
}

/* v3 ActCode ASSERTION: the value is what is so */
static void begin_assertion(struct xml_writer *xml, const struct cda_id *id)
{
    begin_act(xml, "observation", "OBS", id);
    cda_write_fixed(xml, "code", "ASSERTION", "2.16.840.1.113883.5.4");
}

/* -- problems and allergies -------------------------------------------------------------------- */

void cda_problem(struct cda_document *document, const struct cda_problem *problem)
{
    struct xml_writer *xml = &document->xml;
    begin_entry(xml);
    begin_act(xml, "act", "ACT", &problem->id);
    cda_write_fixed(xml, "code", "CONC", "2.16.840.1.113883.5.6"); /* v3 ActClass: a concern */
    write_status(xml, problem->active ? "active" : "completed");
    cda_write_period(xml, &problem->from, &problem->to);
    xml_begin(xml, "entryRelationship");
    xml_attribute(xml, "typeCode", SLICE("SUBJ"));
    begin_assertion(xml, NULL);
    write_anchor(xml, problem->anchor);
    write_status(xml, "completed");
    cda_write_period(xml, &problem->from, &problem->to);
    cda_write_code(xml, "value", "CD", &problem->code);
    xml_end(xml);
    xml_end(xml);
    xml_end(xml);
    xml_end(xml);
}

static void write_reaction(struct xml_writer *xml, const struct cda_code *reaction)
{
    xml_begin(xml, "entryRelationship");
    xml_attribute(xml, "typeCode", SLICE("MFST")); /* it shows itself as */
    xml_attribute(xml, "inversionInd", SLICE("true"));
    begin_assertion(xml, NULL);
    write_status(xml, "completed");
    cda_write_code(xml, "value", "CD", reaction);
    xml_end(xml);
    xml_end(xml);
}

void cda_allergy(struct cda_document *document, const struct cda_allergy *allergy)
{
    static const struct cda_time open = { "" };
    struct xml_writer *xml = &document->xml;
    begin_entry(xml);
    begin_act(xml, "act", "ACT", &allergy->id);
    cda_write_fixed(xml, "code", "CONC", "2.16.840.1.113883.5.6");
    write_status(xml, "active");
    cda_write_period(xml, &allergy->from, &open);
    xml_begin(xml, "entryRelationship");
    xml_attribute(xml, "typeCode", SLICE("SUBJ"));
    begin_assertion(xml, NULL);
    write_anchor(xml, allergy->anchor);
    write_status(xml, "completed");
    cda_write_period(xml, &allergy->from, &open);
    cda_write_code(xml, "value", "CD", &allergy->code);
    if (!allergy->none && !cda_code_is_empty(&allergy->reaction)) {
        write_reaction(xml, &allergy->reaction);
    }
    xml_end(xml);
    xml_end(xml);
    xml_end(xml);
    xml_end(xml);
}

/* -- medicines --------------------------------------------------------------------------------- */

static void write_product(struct xml_writer *xml, const struct cda_code *code)
{
    xml_begin(xml, "consumable");
    xml_begin(xml, "manufacturedProduct");
    xml_begin(xml, "manufacturedMaterial");
    cda_write_code(xml, "code", NULL, code);
    xml_end(xml);
    xml_end(xml);
    xml_end(xml);
}

static void write_instructions(struct xml_writer *xml, struct slice dose)
{
    xml_begin(xml, "entryRelationship");
    xml_attribute(xml, "typeCode", SLICE("COMP"));
    begin_act(xml, "act", "ACT", NULL);
    cda_write_fixed(xml, "code", "76662-6", CDA_SYSTEM_LOINC); /* instructions of a medicine */
    xml_element(xml, "text", dose);
    write_status(xml, "completed");
    xml_end(xml);
    xml_end(xml);
}

void cda_medication(struct cda_document *document, const struct cda_medication *medication)
{
    struct xml_writer *xml = &document->xml;
    begin_entry(xml);
    begin_act(xml, "substanceAdministration", "SBADM", &medication->id);
    write_anchor(xml, medication->anchor);
    write_status(xml, medication->active ? "active" : "completed");
    /* IVL_TS stands in place of the open type SXCM_TS, and says so */
    xml_begin(xml, "effectiveTime");
    xml_attribute(xml, "xsi:type", SLICE("IVL_TS"));
    cda_write_time(xml, "low", &medication->from);
    if (medication->to.digits[0] != '\0') {
        cda_write_time(xml, "high", &medication->to);
    }
    xml_end(xml);
    if (!cda_code_is_empty(&medication->route)) {
        cda_write_code(xml, "routeCode", NULL, &medication->route);
    }
    write_product(xml, &medication->code);
    if (medication->dose.len > 0) {
        write_instructions(xml, medication->dose);
    }
    xml_end(xml);
    xml_end(xml);
}

/* -- results and procedures -------------------------------------------------------------------- */

static void write_quantity(struct xml_writer *xml, const char *element, const char *type,
                           struct slice value, struct slice unit)
{
    xml_begin(xml, element);
    if (type != NULL) {
        xml_attribute(xml, "xsi:type", slice_from_string(type));
    }
    xml_attribute(xml, "value", value);
    xml_attribute_if(xml, "unit", unit);
    xml_end(xml);
}

static void write_range(struct xml_writer *xml, const struct cda_result *result)
{
    xml_begin(xml, "referenceRange");
    xml_begin(xml, "observationRange");
    xml_begin(xml, "value");
    xml_attribute(xml, "xsi:type", SLICE("IVL_PQ"));
    if (result->low.len > 0) {
        write_quantity(xml, "low", NULL, result->low, result->unit);
    }
    if (result->high.len > 0) {
        write_quantity(xml, "high", NULL, result->high, result->unit);
    }
    xml_end(xml);
    xml_end(xml);
    xml_end(xml);
}

static void write_value(struct xml_writer *xml, const struct cda_result *result)
{
    if (result->value.len > 0) {
        write_quantity(xml, "value", "PQ", result->value, result->unit);
        return;
    }
    xml_begin(xml, "value");
    xml_attribute(xml, "xsi:type", SLICE("ST"));
    xml_text(xml, result->words);
    xml_end(xml);
}

void cda_result(struct cda_document *document, const struct cda_result *result)
{
    struct xml_writer *xml = &document->xml;
    const char flag[] = { result->flag, '\0' };
    begin_entry(xml);
    begin_act(xml, "observation", "OBS", &result->id);
    cda_write_code(xml, "code", NULL, &result->code);
    write_anchor(xml, result->anchor);
    write_status(xml, "completed");
    cda_write_time(xml, "effectiveTime", &result->time);
    write_value(xml, result);
    if (result->flag != '\0') { /* v3 ObservationInterpretation */
        cda_write_fixed(xml, "interpretationCode", flag, "2.16.840.1.113883.5.83");
    }
    if (result->low.len > 0 || result->high.len > 0) {
        write_range(xml, result);
    }
    xml_end(xml);
    xml_end(xml);
}

void cda_procedure(struct cda_document *document, const struct cda_procedure *procedure)
{
    struct xml_writer *xml = &document->xml;
    begin_entry(xml);
    begin_act(xml, "procedure", "PROC", &procedure->id);
    cda_write_code(xml, "code", NULL, &procedure->code);
    write_anchor(xml, procedure->anchor);
    write_status(xml, "completed");
    cda_write_time(xml, "effectiveTime", &procedure->time);
    xml_end(xml);
    xml_end(xml);
}
