/*
 * fuzz_cda_text.c: any bytes as the text of a document.
 *
 * Checked by expat: the document is well-formed, on one line, has no element that the same document
 * about nothing in particular does not have, and its title reads back: as it was when it is of
 * printable ASCII, and in any case so that writing what was read gives the same bytes.
 */
#include <expat.h>
#include <limits.h>

#include "base/limits.h"
#include "cda/document_writer.h"

#define NAMES_MAX 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    char names[NAMES_MAX][48]; /* of elements, each once */
    size_t count;
    bool in_title;
    struct strbuf title; /* of the document */
    size_t depth;
};

static void name_seen(struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->count; i++) {
        if (strcmp(reading->names[i], name) == 0) {
            return;
        }
    }
    assert(reading->count < NAMES_MAX && strlen(name) < sizeof(reading->names[0]));
    snprintf(reading->names[reading->count++], sizeof(reading->names[0]), "%s", name);
}

static void XMLCALL begins(void *context, const char *name, const char **attributes UNUSED)
{
    struct reading *reading = context;
    name_seen(reading, name);
    reading->in_title = reading->depth++ == 1 && strcmp(name, "title") == 0;
}

static void XMLCALL ends(void *context, const char *name UNUSED)
{
    struct reading *reading = context;
    reading->depth--;
    reading->in_title = false;
}

static void XMLCALL says(void *context, const char *text, int len)
{
    struct reading *reading = context;
    if (reading->in_title) {
        strbuf_add(&reading->title, slice_of(text, (size_t)len));
    }
}

/* ends the program when it is not well-formed */
static void read_document(struct slice document, struct reading *ret_reading)
{
    *ret_reading = (struct reading){ .count = 0 };
    strbuf_init(&ret_reading->title, LIMIT_SYNTH_PART);
    XML_Parser parser = XML_ParserCreate("UTF-8");
    assert(parser != NULL && document.len <= INT_MAX);
    XML_SetUserData(parser, ret_reading);
    XML_SetElementHandler(parser, begins, ends);
    XML_SetCharacterDataHandler(parser, says);
    enum XML_Status status = XML_Parse(parser, document.ptr, (int)document.len, 1);
    assert(status == XML_STATUS_OK);
    XML_ParserFree(parser);
}

static void write_document(struct slice text, struct strbuf *out)
{
    static const char *const headings[] = { "Diagnosis", "Note" };
    struct cda_document document;
    struct cda_code code = { .code = text, .system = SLICE("1.2"), .display = text };
    struct cda_code words = { .words = text };
    struct cda_id id = { .root = SLICE("1.2.3"), .extension = text, .authority = text };
    struct cda_organisation organisation = { .ods = text, .name = text, .line = text };
    struct cda_name name = { .prefix = text, .given = text, .family = text };
    struct cda_header header = {
        .id = id,
        .set = id,
        .version = 1,
        .code = code,
        .title = text,
        .patient = { .ids = { id }, .name = name, .sex = 'F', .line = text, .telephone = text },
        .author = { .id = id, .name = name, .role = text },
        .custodian = organisation,
        .service = words,
    };
    cda_document_begin(&document, out, &header);
    cda_section_begin(&document, &code, text);
    cda_paragraphs(&document, text);
    cda_table_begin(&document, headings, ARRAY_LENGTH(headings));
    cda_row(&document, SLICE("i1"), (struct slice[]){ text, text }, 2);
    cda_table_end(&document);
    cda_entries_begin(&document);
    cda_problem(&document, &(struct cda_problem){ .id = id, .anchor = SLICE("i1"), .code = words });
    cda_medication(&document, &(struct cda_medication){
                                  .id = id, .anchor = SLICE("i1"), .code = code, .dose = text });
    cda_section_end(&document);
    cda_document_end(&document);
}

/* every element is one of those that any text brings */
static void check_names(const struct reading *reading)
{
    struct reading usual;
    struct strbuf out;
    strbuf_init(&out, LIMIT_SYNTH_PART);
    write_document(SLICE("one\ntwo\n\nthree"), &out);
    read_document(strbuf_slice(&out), &usual);
    for (size_t i = 0; i < reading->count; i++) {
        size_t before = usual.count;
        name_seen(&usual, reading->names[i]);
        assert(usual.count == before);
    }
    strbuf_release(&usual.title);
    strbuf_release(&out);
}

static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return true;
}

static void check_title(struct slice title, struct slice text)
{
    struct strbuf once, again;
    struct xml_writer xml;
    strbuf_init(&once, LIMIT_SYNTH_PART);
    strbuf_init(&again, LIMIT_SYNTH_PART);
    xml_writer_init(&xml, &once);
    xml_text(&xml, text);
    xml_writer_init(&xml, &again);
    xml_text(&xml, title);
    assert(slice_equal(strbuf_slice(&once), strbuf_slice(&again)));
    assert(!is_printable(text) || slice_equal(title, text));
    strbuf_release(&once);
    strbuf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct reading reading;
    struct strbuf out;
    strbuf_init(&out, LIMIT_SYNTH_PART);
    write_document(text, &out);
    if (!out.failed) { /* a text that does not fit */
        struct slice document = strbuf_slice(&out);
        assert(slice_find(document, '\n') == document.len &&
               slice_find(document, '\r') == document.len);
        read_document(document, &reading);
        check_names(&reading);
        check_title(strbuf_slice(&reading.title), text);
        strbuf_release(&reading.title);
    }
    strbuf_release(&out);
    return 0;
}
