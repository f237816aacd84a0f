/* The XML writer, judged by expat: what goes in comes out, and nothing becomes markup. */
#include "support/check.h"

#include <expat.h>

#include "cda/xml_writer.h"

static struct strbuf out;
static struct xml_writer xml;

static int setup(void **state)
{
    (void)state;
    strbuf_init(&out, 65536);
    xml_writer_init(&xml, &out);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&out);
    return 0;
}

static void test_shape(void **state)
{
    (void)state;
    xml_declaration(&xml);
    xml_begin(&xml, "a");
    xml_attribute(&xml, "b", SLICE("x \"y\" <&>"));
    xml_attribute_if(&xml, "c", SLICE(""));
    xml_element(&xml, "d", SLICE(""));
    xml_text(&xml, SLICE("1 < 2 & 3\n"));
    xml_element(&xml, "e", SLICE("Zo\xc3\xab"));
    xml_end(&xml);
    assert_slice(strbuf_slice(&out),
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                 "<a b=\"x &quot;y&quot; &lt;&amp;&gt;\"><d/>1 &lt; 2 &amp; 3&#10;"
                 "<e>Zo\xc3\xab</e></a>");
}

static void test_what_xml_cannot_hold(void **state)
{
    (void)state;
    xml_element(&xml, "a", slice_of("\0\x0b\x1c|\xff|\xc3(|\xef\xbf\xbe|\xf0\x9f\x92\x8a", 17));
    assert_slice(strbuf_slice(&out), "<a>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd|"
                                     "\xef\xbf\xbd(|\xef\xbf\xbd|\xf0\x9f\x92\x8a</a>");
}

struct reading {
    char text[256];
    size_t text_len;
    char attribute[256];
};

static void XMLCALL read_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    (void)name;
    snprintf(reading->attribute, sizeof(reading->attribute), "%s", attributes[1]);
}

static void XMLCALL read_text(void *context, const char *text, int len)
{
    struct reading *reading = context;
    assert_true(reading->text_len + (size_t)len < sizeof(reading->text));
    memcpy(reading->text + reading->text_len, text, (size_t)len);
    reading->text_len += (size_t)len;
}

/* each ASCII character that XML can hold comes back, in text and in an attribute */
static void test_round_trip(void **state)
{
    (void)state;
    char all[130];
    size_t len = 0;
    for (int byte = 1; byte < 128; byte++) {
        if (byte >= ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
            all[len++] = (char)byte;
        }
    }
    all[len] = '\0';
    xml_begin(&xml, "a");
    xml_attribute(&xml, "b", slice_of(all, len));
    xml_text(&xml, slice_of(all, len));
    xml_end(&xml);
    struct slice text = strbuf_slice(&out);
    assert_int_equal(slice_find(text, '\n'), text.len);
    struct reading reading = { .text_len = 0 };
    XML_Parser parser = XML_ParserCreate(NULL);
    XML_SetUserData(parser, &reading);
    XML_SetStartElementHandler(parser, read_start);
    XML_SetCharacterDataHandler(parser, read_text);
    assert_int_equal(XML_Parse(parser, text.ptr, (int)text.len, 1), XML_STATUS_OK);
    XML_ParserFree(parser);
    assert_int_equal(reading.text_len, len);
    assert_memory_equal(reading.text, all, len);
    assert_string_equal(reading.attribute, all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shape, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_xml_cannot_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
    };
    return cmocka_run_group_tests_name("cda_xml_writer", tests, NULL, NULL);
}
