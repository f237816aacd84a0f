/*
 * xml_writer.c: runs of plain ASCII are copied at once; the rest is looked at character by
 * character, because what XML forbids lies among valid UTF-8 too (U+FFFE, U+FFFF).
 */
#include "cda/xml_writer.h"

#include "base/utf8.h"

void xml_writer_init(struct xml_writer *xml, struct strbuf *out)
{
    *xml = (struct xml_writer){ .out = out };
}

void xml_declaration(struct xml_writer *xml)
{
    strbuf_add(xml->out, SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
}

static void close_tag(struct xml_writer *xml)
{
    if (xml->in_tag) {
        strbuf_add_byte(xml->out, '>');
    }
    xml->in_tag = false;
}

void xml_begin(struct xml_writer *xml, const char *name)
{
    assert(xml->depth < XML_DEPTH);
    close_tag(xml);
    strbuf_add_byte(xml->out, '<');
    strbuf_add_string(xml->out, name);
    xml->open[xml->depth++] = name;
    xml->in_tag = true;
}

void xml_end(struct xml_writer *xml)
{
    assert(xml->depth > 0);
    const char *name = xml->open[--xml->depth];
    if (xml->in_tag) {
        strbuf_add(xml->out, SLICE("/>"));
        xml->in_tag = false;
        return;
    }
    strbuf_add(xml->out, SLICE("</"));
    strbuf_add_string(xml->out, name);
    strbuf_add_byte(xml->out, '>');
}

static bool is_plain(char byte)
{
    return byte >= ' ' && byte < 0x7f && byte != '&' && byte != '<' && byte != '>' && byte != '"';
}

/* one character that is no plain ASCII; its length in `text` */
static size_t add_character(struct strbuf *out, struct slice text)
{
    uint32_t point = 0;
    size_t len = utf8_first(text, &point);
    if (len == 0) { /* not UTF-8 */
        strbuf_add(out, SLICE("\xef\xbf\xbd"));
        return 1;
    }
    if (point == '&') {
        strbuf_add(out, SLICE("&amp;"));
    } else if (point == '<') {
        strbuf_add(out, SLICE("&lt;"));
    } else if (point == '>') {
        strbuf_add(out, SLICE("&gt;"));
    } else if (point == '"') {
        strbuf_add(out, SLICE("&quot;"));
    } else if (point == '\n' || point == '\r' || point == '\t') {
        strbuf_addf(out, "&#%u;", (unsigned)point);
    } else if (point < ' ' || point == 0xfffe || point == 0xffff) {
        strbuf_add(out, SLICE("\xef\xbf\xbd"));
    } else {
        strbuf_add(out, slice_sub(text, 0, len));
    }
    return len;
}

static void add_escaped(struct strbuf *out, struct slice text)
{
    while (text.len > 0) {
        size_t plain = 0;
        while (plain < text.len && is_plain(text.ptr[plain])) {
            plain++;
        }
        strbuf_add(out, slice_sub(text, 0, plain));
        text = slice_from(text, plain);
        if (text.len > 0) {
            text = slice_from(text, add_character(out, text));
        }
    }
}

void xml_attribute(struct xml_writer *xml, const char *name, struct slice value)
{
    assert(xml->in_tag);
    strbuf_add_byte(xml->out, ' ');
    strbuf_add_string(xml->out, name);
    strbuf_add(xml->out, SLICE("=\""));
    add_escaped(xml->out, value);
    strbuf_add_byte(xml->out, '"');
}

void xml_attribute_if(struct xml_writer *xml, const char *name, struct slice value)
{
    if (value.len > 0) {
        xml_attribute(xml, name, value);
    }
}

void xml_text(struct xml_writer *xml, struct slice text)
{
    if (text.len > 0) {
        close_tag(xml);
        add_escaped(xml->out, text);
    }
}

void xml_element(struct xml_writer *xml, const char *name, struct slice text)
{
    xml_begin(xml, name);
    xml_text(xml, text);
    xml_end(xml);
}
