/*
 * xml_writer.h: well-formed XML 1.0 in UTF-8, written into a strbuf.
 *
 *   xml_begin(&xml, "name");
 *   xml_attribute(&xml, "use", SLICE("L"));
 *   xml_text(&xml, text);
 *   xml_end(&xml);
 *
 * Names are literals of ours; attributes come before content (asserted). An element without content
 * is closed in its tag. Text never becomes markup: & < > and quotes are escaped, line breaks and
 * tabs are written as character references, so that the whole has no line break and an attribute
 * keeps them (XML 1.0 section 3.3.3). What XML cannot hold (other control characters, U+FFFE,
 * U+FFFF, bytes that are not UTF-8: section 2.2) becomes U+FFFD.
 */
#ifndef EVENLODE_CDA_XML_WRITER_H
#define EVENLODE_CDA_XML_WRITER_H

#include "base/strbuf.h"

#define XML_DEPTH 48

struct xml_writer {
    struct strbuf *out;
    const char *open[XML_DEPTH];
    uint32_t depth;
    bool in_tag;
};

void xml_writer_init(struct xml_writer *xml, struct strbuf *out);
/* <?xml version="1.0" encoding="UTF-8"?> */
void xml_declaration(struct xml_writer *xml);

void xml_begin(struct xml_writer *xml, const char *name);
void xml_end(struct xml_writer *xml);
void xml_attribute(struct xml_writer *xml, const char *name, struct slice value);
/* nothing when `value` is empty */
void xml_attribute_if(struct xml_writer *xml, const char *name, struct slice value);
void xml_text(struct xml_writer *xml, struct slice text);
/* an element with text alone */
void xml_element(struct xml_writer *xml, const char *name, struct slice text);

#endif
