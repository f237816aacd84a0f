/*
 * data_types.c: II, CD, TS and IVL_TS of the HL7 V3 data types (CDA R2 datatypes-base.xsd).
 */
#include "cda/document_internal.h"

void cda_write_id(struct xml_writer *xml, const char *element, const struct cda_id *id)
{
    xml_begin(xml, element);
    if (id->root.len == 0) {
        xml_attribute(xml, "nullFlavor", SLICE("NI"));
    }
    xml_attribute_if(xml, "root", id->root);
    xml_attribute_if(xml, "extension", id->extension);
    xml_attribute_if(xml, "assigningAuthorityName", id->authority);
    xml_end(xml);
}

bool cda_code_is_empty(const struct cda_code *code)
{
    return code->code.len == 0 && code->display.len == 0 && code->words.len == 0;
}

void cda_write_code(struct xml_writer *xml, const char *element, const char *type,
                    const struct cda_code *code)
{
    xml_begin(xml, element);
    if (type != NULL) {
        xml_attribute(xml, "xsi:type", slice_from_string(type));
    }
    if (code->code.len > 0) {
        xml_attribute(xml, "code", code->code);
        xml_attribute(xml, "codeSystem", code->system);
        xml_attribute_if(xml, "codeSystemName", code->system_name);
        xml_attribute_if(xml, "displayName", code->display);
    } else {
        xml_attribute(xml, "nullFlavor", cda_code_is_empty(code) ? SLICE("NI") : SLICE("UNK"));
    }
    struct slice words = code->words.len > 0 || code->code.len > 0 ? code->words : code->display;
    if (words.len > 0) {
        xml_element(xml, "originalText", words);
    }
    xml_end(xml);
}

void cda_write_fixed(struct xml_writer *xml, const char *element, const char *code,
                     const char *system)
{
    xml_begin(xml, element);
    xml_attribute(xml, "code", slice_from_string(code));
    if (system != NULL) {
        xml_attribute(xml, "codeSystem", slice_from_string(system));
    }
    xml_end(xml);
}

void cda_write_time(struct xml_writer *xml, const char *element, const struct cda_time *time)
{
    struct slice digits = slice_from_string(time->digits);
    xml_begin(xml, element);
    xml_attribute(xml, digits.len > 0 ? "value" : "nullFlavor",
                  digits.len > 0 ? digits : SLICE("UNK"));
    xml_end(xml);
}

void cda_write_period(struct xml_writer *xml, const struct cda_time *from,
                      const struct cda_time *to)
{
    xml_begin(xml, "effectiveTime");
    if (from->digits[0] == '\0' && to->digits[0] == '\0') {
        xml_attribute(xml, "nullFlavor", SLICE("UNK"));
    }
    if (from->digits[0] != '\0') {
        cda_write_time(xml, "low", from);
    }
    if (to->digits[0] != '\0') {
        cda_write_time(xml, "high", to);
    }
    xml_end(xml);
}
