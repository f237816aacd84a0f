/* Documents full and empty, against the table of the schema. */
#include "support/check.h"

#include "cda/document_writer.h"
#include "cda_schema.h"

static struct strbuf out;
static struct cda_document document;

static int setup(void **state)
{
    (void)state;
    strbuf_init(&out, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_release(&out);
    return 0;
}

static bool holds(const char *part)
{
    struct slice text = strbuf_slice(&out);
    return slice_find_slice(text, slice_from_string(part)) < text.len;
}

static const struct cda_code asthma = { SLICE_INIT("195967001"), SLICE_INIT(CDA_SYSTEM_SNOMED),
                                        SLICE_INIT("SNOMED CT"), SLICE_INIT("Asthma"),
                                        SLICE_INIT("") };
static const struct cda_id some_id = { SLICE_INIT("5de43907-d646-44f3-b3e7-2272c3f7ae04"),
                                       SLICE_INIT(""), SLICE_INIT("") };

static void every_entry(void)
{
    const char *const headings[] = { "A", "B" };
    const struct slice cells[] = { SLICE("<1>"), SLICE("2 & 3") };
    const struct slice row = SLICE("r1");
    cda_section_begin(&document, &asthma, SLICE("Title"));
    cda_paragraphs(&document, SLICE("one\ntwo\n\n\n\nthree"));
    cda_table_begin(&document, headings, 2);
    cda_row(&document, row, cells, 2);
    cda_table_end(&document);
    cda_entries_begin(&document);
    cda_problem(&document,
                &(struct cda_problem){ some_id, row, asthma, true, { "20200101" }, { "" } });
    cda_allergy(&document,
                &(struct cda_allergy){ some_id, row, false, asthma, asthma, { "20200101" } });
    cda_medication(
        &document,
        &(struct cda_medication){
            some_id, row, asthma, SLICE("ONE daily"), asthma, true, { "20200101" }, { "" } });
    cda_result(&document, &(struct cda_result){ some_id,
                                                row,
                                                asthma,
                                                SLICE("4.5"),
                                                SLICE("mmol/L"),
                                                SLICE(""),
                                                SLICE("3"),
                                                SLICE("4"),
                                                'H',
                                                { "20200101" } });
    cda_procedure(&document, &(struct cda_procedure){ some_id, row, asthma, { "20200101" } });
    cda_section_end(&document);
}

static void test_full(void **state)
{
    (void)state;
    struct cda_organisation trust = { .ods = SLICE("RZZ"), .name = SLICE("Trust & Sons") };
    struct cda_header header = {
        .id = some_id,
        .set = some_id,
        .replaces = some_id,
        .version = 2,
        .code = asthma,
        .title = SLICE("Letter"),
        .time = { "20261123123100+0000" },
        .patient = { .ids = { { SLICE(CDA_ROOT_NHS_NUMBER), SLICE("9990000018"), SLICE("") } },
                     .name = { SLICE("Mr"), SLICE("Al"), SLICE("B"), SLICE("O'Neil <x>") },
                     .sex = 'M',
                     .birth = { "19800101" },
                     .line = SLICE("1 Lane"),
                     .telephone = SLICE("07700900000"),
                     .practice = trust },
        .author = { .id = some_id, .role = SLICE("Nurse"), .time = { "20261123" } },
        .custodian = trust,
        .service = asthma,
        .encounter = { some_id, "IMP", { "20261101" }, { "20261102" }, asthma, SLICE("Ward") },
    };
    cda_document_begin(&document, &out, &header);
    every_entry();
    cda_document_end(&document);
    assert_false(out.failed);
    struct cda_findings findings = cda_schema_check(strbuf_slice(&out));
    assert_string_equal(findings.fault, "");
    assert_int_equal(findings.entries, 5);
    assert_int_equal(findings.dangling, 0);
    assert_true(holds("<paragraph>one<br/>two</paragraph><paragraph>three</paragraph>"));
    assert_true(holds("<relatedDocument typeCode=\"RPLC\">"));
    assert_true(holds("<name>Trust &amp; Sons</name>"));
}

/* nothing is known: what the schema demands has a nullFlavor, the rest is not there */
static void test_empty(void **state)
{
    (void)state;
    struct cda_header header = { .version = 1 };
    cda_document_begin(&document, &out, &header);
    cda_section_begin(&document, &(struct cda_code){ .words = SLICE("said in words") }, SLICE("T"));
    cda_section_end(&document);
    cda_document_end(&document);
    struct cda_findings findings = cda_schema_check(strbuf_slice(&out));
    /* a patient without any identifier is the one thing that the schema refuses */
    assert_string_equal(findings.fault, "patientRole: id!");
    assert_true(findings.null_flavors > 8);
    assert_true(
        holds("<code nullFlavor=\"UNK\"><originalText>said in words</originalText></code>"));
    assert_false(holds("componentOf"));
    assert_false(holds("documentationOf"));
}

/* the table itself finds what is wrong */
static void test_table(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><typeId/></ClinicalDocument>",
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id/><typeId/></ClinicalDocument>",
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><typeid/></ClinicalDocument>",
        "<ClinicalDocument><typeId/></ClinicalDocument>",
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        assert_true(cda_schema_check(slice_from_string(wrong[i])).fault[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests_name("cda_document_writer", tests, NULL, NULL);
}
