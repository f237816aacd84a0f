/*
 * patient_facts.c: one walk over the members that matter.
 *
 * An identifier is believed to be an NHS number when its system says so and its check digit is
 * right; a wrong one is as none. A birth date that is not given to the day links nobody.
 */
#include "identity/patient_facts.h"

#include "base/utf8.h"
#include "nhs/nhs_number.h"
#include "nhs/ods_code.h"

/* at most `most` bytes, and no half character at the end */
static struct slice cut(struct slice text, size_t most)
{
    if (text.len <= most) {
        return text;
    }
    while (most > 0 && ((unsigned char)text.ptr[most] & 0xc0) == 0x80) {
        most--;
    }
    return slice_sub(text, 0, most);
}

struct slice patient_family_key(struct slice family, struct arena *arena)
{
    return cut(utf8_search_key(family, arena), PATIENT_TEXT_MOST);
}

static void read_number(const struct json *json, struct arena *arena, struct patient_facts *facts)
{
    json_each_element(json, json_member(json, 0, SLICE("identifier")), identifier)
    {
        struct slice system = json_member_string(json, identifier, SLICE("system"), arena);
        struct slice value = json_member_string(json, identifier, SLICE("value"), arena);
        char digits[NHS_NUMBER_DIGITS + 1];
        if (facts->nhs_number.len == 0 && slice_equal(system, SLICE(NHS_NUMBER_SYSTEM)) &&
            nhs_number_parse(value, digits)) {
            facts->nhs_number = arena_copy(arena, slice_of(digits, NHS_NUMBER_DIGITS));
        }
    }
}

static void read_birth(const struct json *json, struct arena *arena, struct patient_facts *facts)
{
    struct slice text = json_member_string(json, 0, SLICE("birthDate"), arena);
    facts->has_birth = instant_parse_date(text, &facts->birth);
    if (facts->has_birth && facts->birth.precision == INSTANT_DAY) {
        facts->birth_text = text;
    }
}

static void add_family(struct patient_facts *facts, struct slice family)
{
    for (size_t i = 0; i < facts->family_count; i++) {
        if (slice_equal(facts->families[i], family)) {
            return;
        }
    }
    if (family.len > 0 && facts->family_count < PATIENT_FAMILIES) {
        facts->families[facts->family_count++] = family;
    }
}

static void read_names(const struct json *json, struct arena *arena, struct patient_facts *facts)
{
    json_ix names = json_member(json, 0, SLICE("name"));
    if (person_name_read(json, names, arena, &facts->name)) {
        struct slice *const texts[] = { &facts->name.family, &facts->name.given,
                                        &facts->name.middle, &facts->name.prefix,
                                        &facts->name.text };
        for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
            *texts[i] = cut(*texts[i], PATIENT_TEXT_MOST);
        }
        facts->given = utf8_search_key(facts->name.given, arena);
    }
    json_each_element(json, names, name)
    {
        struct slice family = json_member_string(json, name, SLICE("family"), arena);
        add_family(facts, patient_family_key(family, arena));
    }
}

static void append_part(struct arena *arena, struct slice *line, struct slice part)
{
    if (part.len > 0 && line->len < PATIENT_ADDRESS_MOST) {
        part = cut(part, PATIENT_ADDRESS_MOST);
        *line = line->len == 0
                    ? part
                    : arena_printf(arena, "%.*s, %.*s", SLICE_PRINT(*line), SLICE_PRINT(part));
    }
}

static void read_address(const struct json *json, struct arena *arena, struct patient_facts *facts)
{
    json_ix chosen = JSON_NONE;
    json_each_element(json, json_member(json, 0, SLICE("address")), address)
    {
        json_ix use = json_member(json, address, SLICE("use"));
        bool old = use != JSON_NONE && json_string_equal(json, use, SLICE("old"));
        if (chosen == JSON_NONE && !old) {
            chosen = address;
        }
    }
    if (chosen == JSON_NONE) {
        return;
    }
    json_each_element(json, json_member(json, chosen, SLICE("line")), line)
    {
        append_part(arena, &facts->address, json_string(json, line, arena));
    }
    append_part(arena, &facts->address, json_member_string(json, chosen, SLICE("city"), arena));
    facts->address = cut(facts->address, PATIENT_ADDRESS_MOST);
    facts->postcode =
        cut(json_member_string(json, chosen, SLICE("postalCode"), arena), PATIENT_TEXT_MOST);
}

/* by identifier, or the last part of the reference when that has the form of an ODS code */
static void read_practice(const struct json *json, struct arena *arena, struct patient_facts *facts)
{
    json_each_element(json, json_member(json, 0, SLICE("generalPractitioner")), reference)
    {
        json_ix identifier = json_member(json, reference, SLICE("identifier"));
        struct slice system = json_member_string(json, identifier, SLICE("system"), arena);
        struct slice code = json_member_string(json, identifier, SLICE("value"), arena);
        struct slice text = json_member_string(json, reference, SLICE("reference"), arena);
        if (!slice_equal(system, SLICE(ODS_CODE_SYSTEM))) {
            size_t organisation = slice_find_slice(text, SLICE("Organization/"));
            code = slice_from(text, organisation + SLICE("Organization/").len);
        }
        if (facts->practice.len == 0 && ods_code_valid(code)) {
            facts->practice = code;
        }
    }
}

static void read_death(const struct json *json, struct patient_facts *facts)
{
    facts->deceased = json_member(json, 0, SLICE("deceasedDateTime")) != JSON_NONE ||
                      json_is(json, json_member(json, 0, SLICE("deceasedBoolean")), JSON_TRUE);
}

bool patient_facts_read(const struct json *json, struct arena *arena,
                        struct patient_facts *ret_facts)
{
    *ret_facts = (struct patient_facts){ 0 };
    read_number(json, arena, ret_facts);
    read_birth(json, arena, ret_facts);
    read_names(json, arena, ret_facts);
    read_address(json, arena, ret_facts);
    read_practice(json, arena, ret_facts);
    read_death(json, ret_facts);
    ret_facts->gender = cut(json_member_string(json, 0, SLICE("gender"), arena), PATIENT_TEXT_MOST);
    return !arena->exhausted;
}
