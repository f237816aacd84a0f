/* What linking reads of a Patient, and what it does not believe. */
#include "support/plane_fixture.h"

#include "base/json.h"
#include "base/utf8.h"
#include "identity/patient_facts.h"

static struct patient_facts read_facts(struct arena *arena, const char *text)
{
    struct json json;
    struct fault fault;
    struct patient_facts facts;
    assert_true(json_parse(arena, slice_from_string(text), &json, &fault));
    assert_true(patient_facts_read(&json, arena, &facts));
    return facts;
}

static void a_number_is_believed_when_its_digit_is_right(void **state)
{
    (void)state;
    static const struct {
        const char *identifiers;
        const char *expected;
    } cases[] = {
        { "{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"9434765919\"}",
          "9434765919" },
        { "{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"943 476 5919\"}",
          "9434765919" },
        { "{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"9434765918\"}", "" },
        { "{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":9434765919}", "" },
        { "{\"system\":\"urn:other\",\"value\":\"9434765919\"}", "" },
        { "{\"value\":\"9434765919\"}", "" },
        { "{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"x\"},"
          "{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"9434765919\"}",
          "9434765919" },
        { "", "" },
    };
    struct arena arena;
    arena_init(&arena, MIB(1));
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct slice text = arena_printf(
            &arena, "{\"resourceType\":\"Patient\",\"identifier\":[%s]}", cases[i].identifiers);
        assert_slice(read_facts(&arena, text.ptr).nhs_number, cases[i].expected);
    }
    arena_release(&arena);
}

static void a_birth_links_when_it_is_given_to_the_day(void **state)
{
    (void)state;
    static const struct {
        const char *birth;
        bool has;
        const char *text;
    } cases[] = {
        { "\"1970-02-28\"", true, "1970-02-28" },
        { "\"1970-02\"", true, "" },
        { "\"1970\"", true, "" },
        { "\"1970-02-29\"", false, "" },
        { "\"28.02.1970\"", false, "" },
        { "1970", false, "" },
        { "\"1970-02-28T00:00:00Z\"", false, "" },
    };
    struct arena arena;
    arena_init(&arena, MIB(1));
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct slice text =
            arena_printf(&arena, "{\"resourceType\":\"Patient\",\"birthDate\":%s}", cases[i].birth);
        struct patient_facts facts = read_facts(&arena, text.ptr);
        assert_int_equal(facts.has_birth, cases[i].has);
        assert_slice(facts.birth_text, cases[i].text);
    }
    arena_release(&arena);
}

static void names_addresses_and_practice_are_read(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, MIB(1));
    struct patient_facts facts = read_facts(
        &arena,
        "{\"resourceType\":\"Patient\",\"name\":[{\"use\":\"maiden\",\"family\":\"O'Brien\"},"
        "{\"use\":\"official\",\"family\":\"M\xc3\xbcller\",\"given\":[\"\xc3\x89lise\",\"May\"],"
        "\"prefix\":[\"Ms\"]},{\"family\":\"MULLER\"}],\"gender\":\"female\",\"address\":[{\"use\":"
        "\"old\",\"city\":\"Ely\"},{\"line\":[\"1 High Street\",\"Flat 2\"],\"city\":\"Thame\","
        "\"postalCode\":\"OX9 1AA\"}],\"generalPractitioner\":[{\"reference\":\"Practitioner/x\"},{"
        "\"reference\":\"https://x.example/Organization/K84901\"}],\"deceasedDateTime\":\"2020\"}");
    assert_slice(facts.name.family, "M\xc3\xbcller");
    assert_slice(facts.name.given, "\xc3\x89lise");
    assert_slice(facts.given, "elise");
    assert_int_equal(facts.family_count, 2); /* the same when folded: once */
    assert_slice(facts.families[0], "o'brien");
    assert_slice(facts.families[1], "muller");
    assert_slice(facts.address, "1 High Street, Flat 2, Thame");
    assert_slice(facts.postcode, "OX9 1AA");
    assert_slice(facts.practice, "K84901");
    assert_slice(facts.gender, "female");
    assert_true(facts.deceased);
    facts = read_facts(&arena,
                       "{\"resourceType\":\"Patient\",\"deceasedBoolean\":false,"
                       "\"generalPractitioner\":[{\"identifier\":{\"system\":"
                       "\"https://fhir.nhs.uk/Id/ods-organization-code\",\"value\":\"A81001\"}}]}");
    assert_false(facts.deceased);
    assert_slice(facts.practice, "A81001");
    assert_slice(facts.name.family, "");
    arena_release(&arena);
}

static void absurd_texts_are_cut_at_a_character(void **state)
{
    (void)state;
    struct arena arena;
    struct strbuf text;
    arena_init(&arena, MIB(4));
    strbuf_init(&text, MIB(1));
    strbuf_add_string(&text, "{\"resourceType\":\"Patient\",\"name\":[");
    for (int n = 0; n < 20; n++) {
        strbuf_addf(&text, "%s{\"family\":\"%c", n == 0 ? "" : ",", 'a' + n);
        for (int i = 0; i < 4000; i++) {
            strbuf_add_string(&text, "\xe6\xbc\xa2");
        }
        strbuf_add_string(&text, "\"}");
    }
    strbuf_add_string(&text, "],\"address\":[{\"line\":[");
    for (int i = 0; i < 500; i++) {
        strbuf_addf(&text, "%s\"\xc3\xa9\xc3\xa9\xc3\xa9 house of %d\"", i == 0 ? "" : ",", i);
    }
    strbuf_add_string(&text, "]}]}");
    struct patient_facts facts = read_facts(&arena, arena_string(&arena, strbuf_slice(&text)));
    assert_int_equal(facts.family_count, PATIENT_FAMILIES);
    assert_in_range(facts.name.family.len, PATIENT_TEXT_MOST - 3, PATIENT_TEXT_MOST);
    assert_true(utf8_valid(facts.name.family));
    assert_true(utf8_valid(facts.families[7]));
    assert_in_range(facts.address.len, PATIENT_ADDRESS_MOST - 3, PATIENT_ADDRESS_MOST);
    assert_true(utf8_valid(facts.address));
    assert_true(slice_equal(
        patient_family_key(slice_of(facts.name.family.ptr, facts.name.family.len), &arena),
        facts.families[0]));
    strbuf_release(&text);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_believed_when_its_digit_is_right),
        cmocka_unit_test(a_birth_links_when_it_is_given_to_the_day),
        cmocka_unit_test(names_addresses_and_practice_are_read),
        cmocka_unit_test(absurd_texts_are_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
