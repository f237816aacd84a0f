/* Homes, copies, absolute addresses, the practice and its ties; and every Synthea bundle there is.
 */
#include "support/plane_fixture.h"

#include <dirent.h>

#include "base/file_text.h"
#include "base/json.h"
#include "intake/provider_split.h"
#include "nhs/ods_code.h"

struct fixture {
    struct arena arena;
    struct json json;
    struct split split;
    struct fault fault;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ 0 };
    assert_true(digest_start());
    arena_init(&fixture.arena, MIB(512));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    arena_release(&self->arena);
    return 0;
}

static bool take_apart(struct fixture *self, struct slice text)
{
    self->fault = (struct fault)FAULT_INIT;
    assert_true(json_parse(&self->arena, text, &self->json, &self->fault));
    return provider_split(&self->json, 0, SLICE("http://h"), &self->arena, &self->split,
                          &self->fault);
}

#define BUNDLE(entries)                                                                            \
    "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[" entries "]}"
#define ENTRY(id, type, rest)                                                                      \
    "{\"fullUrl\":\"urn:uuid:" id "\",\"resource\":{\"resourceType\":\"" type "\"" rest "}}"
#define REF(member, id) ",\"" member "\":{\"reference\":\"urn:uuid:" id "\"}"
#define ORGANISATION(id, identifier)                                                               \
    ENTRY(id, "Organization",                                                                      \
          ",\"name\":\"Org " id "\",\"identifier\":[{\"value\":\"" identifier "\"}]")
#define ENCOUNTER(id, provider)                                                                    \
    ENTRY(id, "Encounter",                                                                         \
          ",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"}" REF("subject", "pa")             \
              REF("serviceProvider", provider))
#define OBSERVATION(id, rest)                                                                      \
    ENTRY(id, "Observation",                                                                       \
          ",\"status\":\"final\",\"code\":{\"text\":\"x\"}" REF("subject", "pa") rest)
#define PATIENT ENTRY("pa", "Patient", ",\"identifier\":[{\"value\":\"MRN1\"}]")

/* "oa: pa oa e1+copies" of one part, entries by id, in order; copies starred */
static const char *parts_of(struct fixture *self)
{
    struct strbuf text;
    strbuf_init(&text, KIB(64));
    for (size_t p = 0; p < self->split.count; p++) {
        const struct split_part *part = &self->split.parts[p];
        struct record_change *changes;
        size_t count;
        if (!provider_split_changes(&self->split, p, SLICE(""), &self->arena, &changes, &count,
                                    &self->fault)) {
            fail_msg("%.*s: %.*s", SLICE_PRINT(self->fault.where),
                     SLICE_PRINT(self->fault.message));
        }
        assert_int_equal(count, part->count);
        strbuf_addf(&text, "%s%.*s%s(%zu):", p == 0 ? "" : " | ", SLICE_PRINT(part->name),
                    p == self->split.practice ? "!" : "", part->copies);
        for (size_t i = 0; i < count; i++) {
            strbuf_addf(&text, " %.*s", SLICE_PRINT(changes[i].id));
        }
    }
    const char *result = arena_string(&self->arena, strbuf_slice(&text));
    strbuf_release(&text);
    return result;
}

static const char *body_of(struct fixture *self, size_t part, const char *id, const char *number)
{
    struct record_change *changes;
    size_t count;
    assert_true(provider_split_changes(&self->split, part, slice_from_string(number), &self->arena,
                                       &changes, &count, &self->fault));
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(changes[i].id, slice_from_string(id))) {
            return arena_string(&self->arena, changes[i].body);
        }
    }
    fail_msg("%s is not in part %zu", id, part);
    return NULL;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no %s in %s", part, text);
    }
}

static void three_organisations_get_their_own(void **state)
{
    struct fixture *self = *state;
    assert_true(
        take_apart(
            self,
            SLICE(BUNDLE(
                PATIENT
                "," ORGANISATION("oa", "A") "," ORGANISATION("ob", "B") "," ORGANISATION("oc", "C") "," ENTRY(
                    "dr", "Practitioner",
                    "") "," ENTRY("lo", "Location",
                                  REF("managingOrganization",
                                      "oc")) "," ENTRY("me", "Medication",
                                                       "") "," ENTRY("lonely", "Practitioner",
                                                                     "") "," ENCOUNTER("e1",
                                                                                       "oa") "," ENCOUNTER("e2",
                                                                                                           "ob") "," ENCOUNTER("e3",
                                                                                                                               "ob") "," ENCOUNTER("e4",
                                                                                                                                                   "oc") "," OBSERVATION("o1", REF("encounter",
                                                                                                                                                                                   "e1") ",\"performer\":[{"
                                                                                                                                                                                         "\"reference\":\"urn:uuid:dr\"}]") "," OBSERVATION("o2", REF("encounter", "e4") ",\"performer\":[{\"reference\":"
                                                                                                                                                                                                                                                                         "\"urn:uuid:dr\"}],\"hasMember\":[{\"reference\":\"urn:uuid:o1\"}]") "," OBSERVATION("o3",
                                                                                                                                                                                                                                                                                                                                                              ",\"performer\":[{\"reference\":\"urn:uuid:lo\"}]")))));
    /* no encounter: the practice (B, two encounters); lo comes along, and its organisation behind
     */
    assert_string_equal(parts_of(self), "Org oa(1): pa oa dr e1 o1 | "
                                        "Org ob!(1): pa ob oc lo me lonely e2 e3 o3 | "
                                        "Org oc(2): pa oc dr e4 o2");
}

/* it lies with the practice, and what it names is copied there as for everything else */
static void what_nobody_names_brings_its_own(void **state)
{
    struct fixture *self = *state;
    assert_true(take_apart(
        self,
        SLICE(BUNDLE(PATIENT "," ORGANISATION("oa", "A") "," ORGANISATION("ob", "B") "," ENTRY(
            "ro", "PractitionerRole",
            REF("organization",
                "ob")) "," ENCOUNTER("e1", "oa") "," ENCOUNTER("e2", "oa") "," ENCOUNTER("e3",
                                                                                         "ob")))));
    assert_string_equal(parts_of(self), "Org oa!(1): pa oa ob ro e1 e2 | Org ob(1): pa ob e3");
    has(body_of(self, 0, "ro", ""), "\"organization\":{\"reference\":\"Organization/ob\"}");
}

static void the_practice_has_most_encounters_and_ties_go_to_the_smaller(void **state)
{
    struct fixture *self = *state;
    assert_true(
        take_apart(self, SLICE(BUNDLE(PATIENT "," ORGANISATION("oa", "Z") "," ORGANISATION(
                             "ob", "B") "," ENCOUNTER("e1", "oa") "," ENCOUNTER("e2", "ob")))));
    assert_slice(self->split.parts[self->split.practice].name, "Org ob");
    assert_true(take_apart(
        self,
        SLICE(BUNDLE(PATIENT "," ORGANISATION("oa", "Z") "," ORGANISATION("ob", "B") "," ENCOUNTER(
            "e1", "oa") "," ENCOUNTER("e2", "ob") "," ENCOUNTER("e3", "oa")))));
    assert_slice(self->split.parts[self->split.practice].name, "Org oa");
    for (size_t p = 0; p < self->split.count; p++) {
        assert_true(ods_code_valid(self->split.parts[p].ods));
        assert_int_equal(self->split.parts[p].ods.ptr[0], 'X');
    }
}

static void one_identifier_is_one_organisation(void **state)
{
    struct fixture *self = *state;
    assert_true(take_apart(
        self,
        SLICE(BUNDLE(PATIENT "," ORGANISATION("oa", "A") "," ORGANISATION("ob", "A") "," ENCOUNTER(
            "e1", "oa") "," ENCOUNTER("e2", "ob") "," OBSERVATION("o1", REF("encounter", "e2"))))));
    assert_int_equal(self->split.count, 1);
    assert_int_equal(self->split.parts[0].count, 6);
}

static void references_stay_or_become_absolute(void **state)
{
    struct fixture *self = *state;
    assert_true(take_apart(
        self,
        SLICE(BUNDLE(
            PATIENT
            "," ORGANISATION("oa", "A") "," ORGANISATION("ob", "B") "," ENCOUNTER("e1", "oa") "," ENCOUNTER("e2", "oa") "," ENCOUNTER(
                "e3",
                "ob") "," OBSERVATION("o1",
                                      REF("encounter",
                                          "e3") ",\"hasMember\":[{\"reference\":"
                                                "\"urn:uuid:o2\"},{\"reference\":\"http://x/"
                                                "Observation/9\"}]") "," OBSERVATION("o2",
                                                                                     REF("encounte"
                                                                                         "r",
                                                                                         "e1"))))));
    const char *body = body_of(self, 1, "o1", "");
    has(body, "\"id\":\"o1\"");
    has(body, "\"subject\":{\"reference\":\"Patient/pa\"}");
    has(body, "\"encounter\":{\"reference\":\"Encounter/e3\"}");
    has(body,
        arena_printf(&self->arena, "{\"reference\":\"http://h/orgs/%.*s/fhir/R4/Observation/o2\"}",
                     SLICE_PRINT(self->split.parts[0].ods))
            .ptr);
    has(body, "{\"reference\":\"http://x/Observation/9\"}");
    /* as Type/id too, where the fullUrl is RESTful */
    assert_true(take_apart(
        self,
        SLICE("{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"fullUrl\":"
              "\"http://s/Patient/1\",\"resource\":{\"resourceType\":\"Patient\"}},{\"fullUrl\":"
              "\"http://s/Organization/2\",\"resource\":{\"resourceType\":\"Organization\"}},{"
              "\"fullUrl\":\"http://s/Encounter/3\",\"resource\":{\"resourceType\":\"Encounter\","
              "\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":{\"reference\":"
              "\"Patient/1\"},\"serviceProvider\":{\"reference\":\"Organization/2\"}}}]}")));
    assert_int_equal(self->split.count, 1);
    assert_int_equal(self->split.parts[0].count, 3);
    assert_slice(provider_split_patient(&self->split, &self->arena), "1");
}

static void a_number_is_given_to_the_first_patient_that_has_none(void **state)
{
    struct fixture *self = *state;
#define TWO(identifiers)                                                                           \
    SLICE(BUNDLE(ENTRY("pa", "Patient", identifiers) "," ENTRY(                                    \
        "pb", "Patient", "") "," ORGANISATION("oa", "A") "," ENCOUNTER("e1", "oa")))
    static const struct {
        struct slice bundle;
        const char *expected;
    } cases[] = {
        { TWO(""), "\"identifier\":[{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":"
                   "\"9990000018\"}]" },
        { TWO(",\"identifier\":[]"), "\"identifier\":[{\"system\":" },
        { TWO(",\"identifier\":[ {\"value\":\"MRN\"} ]"),
          "\"value\":\"9990000018\"},{\"value\":\"MRN\"}]" },
        { TWO(",\"identifier\":[{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":"
              "\"9434765919\"}]"),
          "\"value\":\"9434765919\"}]" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_true(take_apart(self, cases[i].bundle));
        if (i == 1) {
            continue; /* an empty list is not valid FHIR, and refused by the check of its home */
        }
        const char *body = body_of(self, 0, "pa", "9990000018");
        has(body, cases[i].expected);
        struct json json;
        assert_true(json_parse(&self->arena, slice_from_string(body), &json, &self->fault));
        assert_null(strstr(body_of(self, 0, "pb", "9990000018"), "999000"));
        assert_true(i != 3 || strstr(body, "9990000018") == NULL);
    }
}

static void what_cannot_be_taken_apart_is_named(void **state)
{
    struct fixture *self = *state;
    static const struct {
        struct slice bundle;
        const char *where;
    } cases[] = {
        { SLICE_INIT(BUNDLE(PATIENT "," PATIENT)), "Bundle.entry[1]" },
        { SLICE_INIT(BUNDLE(PATIENT)), "" }, /* nobody gave care */
        { SLICE_INIT(BUNDLE("{\"resource\":{\"resourceType\":\"Patient\"}}")), "Bundle.entry[0]" },
        { SLICE_INIT(BUNDLE("{\"fullUrl\":\"urn:uuid:a_b\",\"resource\":{\"resourceType\":"
                            "\"Patient\"}}")),
          "Bundle.entry[0]" },
        { SLICE_INIT(BUNDLE(PATIENT ",{\"fullUrl\":\"urn:uuid:x\"}")), "Bundle.entry[1].resource" },
        { SLICE_INIT(BUNDLE(PATIENT "," ENTRY("cc", "Castle", ""))), "Bundle.entry[1].resource" },
        /* providers that are no Organization: of them there can be more than organisations */
        { SLICE_INIT(BUNDLE(PATIENT "," ENTRY("d1", "Practitioner", "") "," ENTRY(
              "d2", "Practitioner",
              "") "," ENCOUNTER("e1", "d1") "," ENCOUNTER("e2", "d2") "," ENCOUNTER("e3", "pa"))),
          "" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_false(take_apart(self, cases[i].bundle));
        assert_slice(self->fault.where, cases[i].where);
    }
    assert_true(take_apart(self, SLICE(BUNDLE(PATIENT "," ORGANISATION("oa", "A") "," ENCOUNTER(
                                     "e1", "oa") "," OBSERVATION("o1", ",\"towers\":1")))));
    struct record_change *changes;
    size_t count;
    assert_false(provider_split_changes(&self->split, 0, SLICE(""), &self->arena, &changes, &count,
                                        &self->fault));
    assert_slice(self->fault.where, "Bundle.entry[3].resource: Observation.towers");
}

/* -- real bundles --------------------------------------------------------------------------------
 */

static void split_file(const char *path, unsigned *ret_entries)
{
    struct fixture self = { 0 };
    struct slice text;
    arena_init(&self.arena, MIB(512));
    assert_true(file_text_map(path, &self.arena, &text, &self.fault));
    if (!take_apart(&self, text)) {
        fail_msg("%s: %.*s %.*s", path, SLICE_PRINT(self.fault.where),
                 SLICE_PRINT(self.fault.message));
    }
    size_t homes = 0;
    for (size_t p = 0; p < self.split.count; p++) {
        struct record_change *changes;
        size_t count;
        struct arena arena;
        homes += self.split.parts[p].count - self.split.parts[p].copies;
        arena_init(&arena, MIB(512));
        if (!provider_split_changes(&self.split, p, SLICE("9990000018"), &arena, &changes, &count,
                                    &self.fault)) {
            fail_msg("%s: %.*s %.*s", path, SLICE_PRINT(self.fault.where),
                     SLICE_PRINT(self.fault.message));
        }
        for (size_t i = 0; i < count; i++) { /* no reference stays a urn: */
            assert_int_equal(slice_find_slice(changes[i].body, SLICE("\"reference\":\"urn:")),
                             changes[i].body.len);
        }
        arena_release(&arena);
    }
    assert_int_equal(homes, self.split.entries.count); /* each entry has one home */
    *ret_entries += (unsigned)homes;
    file_text_unmap(text);
    arena_release(&self.arena);
}

static void every_synthea_bundle_is_accounted_for(void **state)
{
    (void)state;
    const char *data = getenv("EVENLODE_DATA");
    char path[TEST_PATH];
    unsigned files = 0;
    unsigned entries = 0;
    test_path(path, data != NULL ? data : PROJECT_ROOT "/../shared/data", "synthea-r4");
    DIR *directory = opendir(path);
    if (directory == NULL) {
        print_message("skipped: no %s (EVENLODE_DATA names the data)\n", path);
        skip();
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char inner[TEST_PATH];
        if (entry->d_name[0] != '.') {
            files++;
            test_path(inner, path, entry->d_name);
            split_file(inner, &entries);
        }
    }
    closedir(directory);
    print_message("%u bundles of %u entries\n", files, entries);
    assert_true(entries > 0);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(three_organisations_get_their_own),
        CASE(what_nobody_names_brings_its_own),
        CASE(the_practice_has_most_encounters_and_ties_go_to_the_smaller),
        CASE(one_identifier_is_one_organisation),
        CASE(references_stay_or_become_absolute),
        CASE(a_number_is_given_to_the_first_patient_that_has_none),
        CASE(what_cannot_be_taken_apart_is_named),
        CASE(every_synthea_bundle_is_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
