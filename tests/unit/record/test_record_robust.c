/*
 * What no source should send, and no memory: mutated and made-up resources never crash and are all
 * accounted for (fixture_check); every allocation that fails gives a fault or a whole record; the
 * Synthea bundles, where there are any, become records in which every clinical resource is shown.
 */
#include <dirent.h>
#include <errno.h>

#include "base/limits.h"
#include "fault/failing_os.h"
#include "record_fixture.h"
#include "support/directory.h"

/* one of each family, with most of what is read */
static const char *const seeds[] = {
    "{'resourceType':'Patient','id':'p','name':[{'family':'A','given':['B']}],'birthDate':'1950-01-"
    "01',"
    "'contact':[{'name':{'text':'C'},'relationship':[{'text':'D'}],'telecom':[{'value':'1'}]}],"
    "'generalPractitioner':[{'reference':'Organization/o'}],'address':[{'line':['x']}]}",
    "{'resourceType':'Organization','id':'o','name':'Practice'}",
    "{'resourceType':'Practitioner','id':'d','name':[{'family':'Shah'}]}",
    "{'resourceType':'PractitionerRole','id':'r','practitioner':{'reference':'Practitioner/d'}}",
    "{'resourceType':'Condition','id':'c','clinicalStatus':{'coding':[{'code':'active'}]},"
    "'verificationStatus':{'coding':[{'code':'refuted'}]},'code':{'coding':[{'system':'s','code':'"
    "1',"
    "'display':'x'}],'text':'y'},'onsetAge':{'value':3,'unit':'a'},'recorder':{'reference':'#q'},"
    "'contained':[{'resourceType':'PractitionerRole','id':'q','practitioner':{'reference':'#q'}}],"
    "'stage':[{'summary':{'text':'II'}}],'note':[{'text':'n'}]}",
    "{'resourceType':'MedicationRequest','status':'active','medicationReference':{'reference':'#m'}"
    ","
    "'contained':[{'resourceType':'Medication','id':'m','code':{'text':'z 5 "
    "mg'}}],'dosageInstruction':"
    "[{'timing':{'repeat':{'frequency':1,'period':2,'periodUnit':'d'}},'doseAndRate':[{'"
    "doseQuantity':"
    "{'value':1.5,'unit':'mg'}}]}],'authoredOn':'2020-01-01'}",
    "{'resourceType':'AllergyIntolerance','code':{'text':'No known allergies'},'reaction':[{"
    "'manifestation':[{'text':'m'}],'severity':'severe'}],'criticality':'high'}",
    "{'resourceType':'Observation','status':'final','category':[{'coding':[{'code':'laboratory'}]}]"
    ","
    "'code':{'text':'K'},'effectiveDateTime':'2020-01-01T10:00:00Z','valueQuantity':{'value':5.20,"
    "'unit':'mmol/L'},'referenceRange':[{'low':{'value':3},'high':{'value':5}}],'interpretation':[{"
    "'coding':[{'code':'H'}]}],'component':[{'code':{'coding':[{'code':'8480-6'}]},'valueQuantity':"
    "{"
    "'value':120}},{'code':{'coding':[{'code':'8462-4'}]},'valueQuantity':{'value':80}}]}",
    "{'resourceType':'DiagnosticReport','code':{'text':'r'},'result':[{'display':'K'}],'"
    "presentedForm':"
    "[{'contentType':'text/plain','data':'QUJD'}]}",
    "{'resourceType':'Encounter','status':'finished','class':{'code':'IMP'},'period':{'start':'"
    "2020',"
    "'end':'2021-02'},'location':[{'location':{'display':'w'}}],'diagnosis':[{'condition':{'"
    "reference':"
    "'Condition/c'}}],'participant':[{'individual':{'reference':'Practitioner/d'}}]}",
    "{'resourceType':'Appointment','status':'booked','start':'2030-01-01T10:00:00Z','participant':["
    "{"
    "'actor':{'reference':'Practitioner/d'}}]}",
    "{'resourceType':'DocumentReference','content':[{'attachment':{'contentType':'text/"
    "plain','data':"
    "'QUJD','title':'t'}}],'docStatus':'final','context':{'period':{'start':'2020'}}}",
    "{'resourceType':'Composition','title':'t','section':[{'title':'s','text':{'div':'<div>a &amp; "
    "b"
    "<p/></div>'},'section':[{'title':'u'}]}]}",
    "{'resourceType':'CarePlan','title':'t','activity':[{'detail':{'description':'d','status':'x'}}"
    "]}",
    "{'resourceType':'Goal','description':{'text':'g'},'target':[{'detailRange':{'low':{'value':1}}"
    "}]}",
    "{'resourceType':'RelatedPerson','name':[{'text':'n'}],'relationship':[{'coding':[{'code':'N'}]"
    "}]}",
    "{'resourceType':'QuestionnaireResponse','item':[{'text':'q','answer':[{'valueCoding':{'"
    "display':"
    "'a'}}],'item':[{'linkId':'1'}]}]}",
    "{'resourceType':'Immunization','status':'completed','vaccineCode':{'text':'v'},'"
    "protocolApplied':"
    "[{'doseNumberPositiveInt':1,'targetDisease':[{'text':'t'}]}],'occurrenceDateTime':'2020'}",
    "{'resourceType':'FamilyMemberHistory','relationship':{'text':'m'},'condition':[{'code':{'text'"
    ":'c'}}]}",
    "{'resourceType':'CareTeam','name':'t','participant':[{'member':{'display':'m'},'role':[{'text'"
    ":'r'}]}]}",
    "{'resourceType':'ImagingStudy','series':[{'modality':{'code':'CT'},'bodySite':{'display':'h'}}"
    "]}",
    "{'resourceType':'RiskAssessment','prediction':[{'outcome':{'text':'o'},'qualitativeRisk':{'"
    "text':'h'}}]}",
    "{'resourceType':'Claim','id':'x'}",
};

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void add_seeds(struct record_fixture *fixture, size_t source)
{
    for (size_t i = 0; i < ARRAY_LENGTH(seeds); i++) {
        fixture_add(fixture, source, seeds[i]);
    }
}

/* structure-keeping mutation: one token of the text becomes another JSON value */
static struct slice other_value(struct record_fixture *fixture, struct slice text, uint64_t *seed)
{
    static const char *const values[] = { "null",         "true",
                                          "[]",           "{}",
                                          "-0",           "1e999",
                                          "\"\"",         "[[[]]]",
                                          "\"x\"",        "[{\"a\":[]}]",
                                          "\"#\"",        "\"9999-99-99\"",
                                          "\"\\u0000x\"", "\"\\uD83D\\uDE00\"" };
    struct json json;
    struct fault fault;
    if (!json_parse(&fixture->arena, text, &json, &fault) || json.count < 2) {
        return text;
    }
    json_ix ix = (json_ix)(1 + next(seed) % (json.count - 1));
    struct slice raw = json_raw(&json, ix);
    size_t at = (size_t)(raw.ptr - text.ptr);
    const char *value = values[next(seed) % ARRAY_LENGTH(values)];
    return arena_printf(&fixture->arena, "%.*s%s%.*s", (int)at, text.ptr, value,
                        (int)(text.len - at - raw.len), raw.ptr + raw.len);
}

static struct slice other_byte(struct record_fixture *fixture, struct slice text, uint64_t *seed)
{
    static const char bytes[] = "\"{}[],:0159-.eTZ/#\\ x";
    struct slice copy = arena_copy(&fixture->arena, text);
    ((char *)copy.ptr)[next(seed) % copy.len] = bytes[next(seed) % (sizeof bytes - 1)];
    return copy;
}

static void mutated_resources_are_accounted_for(void **state)
{
    (void)state;
    uint64_t seed = UINT64_C(0x5eed2026);
    size_t built = 0, refused = 0;
    for (size_t round = 0; round < 800; round++) {
        struct record_fixture fixture;
        fixture_init(&fixture);
        fixture_source(&fixture, "RTH", "Oxford Trust");
        fixture_source(&fixture, "RNU", "Oxford Health");
        add_seeds(&fixture, 0);
        for (size_t i = 0; i < ARRAY_LENGTH(seeds); i++) {
            struct slice text = fixture.answers[0].resources[i].stored.body;
            size_t changes = 1 + next(&seed) % 4;
            for (size_t k = 0; k < changes; k++) {
                text = next(&seed) % 4 == 0 ? other_byte(&fixture, text, &seed)
                                            : other_value(&fixture, text, &seed);
            }
            if (fixture_add_text(&fixture, 1, text)) {
                struct source_answer *answer = &fixture.answers[1];
                fhir_type type = fixture.answers[0].resources[i].stored.type;
                if (next(&seed) % 2 == 0) { /* stored under a type that it no longer says */
                    answer->resources[answer->count - 1].stored.type = type;
                }
                built++;
            } else {
                refused++;
            }
        }
        fixture_build(&fixture);
        fixture_release(&fixture);
    }
    print_message("%zu mutated resources, %zu more were no JSON\n", built, refused);
    assert_true(built > 2000);
    assert_true(refused > 100); /* some mutations are no JSON: they never get here */
}

static void no_type_with_a_section_is_lost(void **state)
{
    (void)state;
    struct record_fixture fixture;
    fixture_init(&fixture);
    fixture_source(&fixture, "RTH", "Oxford Trust");
    for (fhir_type type = 1; type <= 148; type++) {
        struct slice name = fhir_type_name(type);
        if (name.len == 0) {
            continue;
        }
        struct slice text = arena_printf(
            &fixture.arena, "{\"resourceType\":\"%.*s\",\"id\":\"%u\"}", SLICE_PRINT(name), type);
        assert_true(fixture_add_text(&fixture, 0, text));
    }
    fixture_build(&fixture);
    const struct record_counts *counts = &fixture.record.sources[0].counts;
    assert_true(fixture.record.sources[0].resources >= 146);
    assert_int_equal(counts->unreadable, 0);
    assert_int_equal(counts->shown, fixture.record.item_count);
    assert_true(counts->shown > 30);
    fixture_release(&fixture);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct record_fixture fixture;
    fixture_init(&fixture);
    fixture_source(&fixture, "RTH", "Oxford Trust");
    fixture_source(&fixture, "RNU", "Oxford Health");
    add_seeds(&fixture, 0);
    add_seeds(&fixture, 1);
    fixture_build(&fixture);
    size_t items = fixture.record.item_count;
    size_t used = 0;
    failing_os_install();
    uint64_t k = 1;
    for (bool built = false; !built; k++) {
        struct arena arena;
        struct fault fault = FAULT_INIT;
        struct record record = { .item_count = 12345 };
        arena_init(&arena, MIB(64));
        failing_os_fail(FAIL_MALLOC, k, false, ENOMEM);
        built = record_build(&arena, &fixture.decision, SLICE("p"), fixture.inputs, 2, FIXTURE_NOW,
                             &record, &fault);
        bool failed = failing_os_failures() > 0;
        assert_int_equal(built, !failed);
        assert_int_equal(fault.code, built ? FAULT_NONE : FAULT_NO_MEMORY);
        assert_int_equal(record.item_count, built ? items : 12345);
        used = arena.used;
        arena_release(&arena);
    }
    failing_os_remove();
    assert_true(k > 2);
    /* blocks are few; ceilings meet every allocation */
    for (size_t ceiling = 0; ceiling < used; ceiling += 1 + ceiling / 50) {
        struct arena arena;
        struct fault fault = FAULT_INIT;
        struct record record = { .item_count = 12345 };
        arena_init(&arena, ceiling);
        bool built = record_build(&arena, &fixture.decision, SLICE("p"), fixture.inputs, 2,
                                  FIXTURE_NOW, &record, &fault);
        assert_int_equal(record.item_count, built ? items : 12345);
        assert_true(built || fault.code == FAULT_NO_MEMORY || fault.code == FAULT_TOO_LARGE);
        arena_release(&arena);
    }
    fixture_release(&fixture);
}

/* -- Synthea ----------------------------------------------------------------------------------- */

static const char *synthea_folder(void)
{
    static char path[TEST_PATH];
    const char *data = getenv("EVENLODE_DATA");
    snprintf(path, sizeof path, "%s/synthea-r4",
             data != NULL ? data : PROJECT_ROOT "/../shared/data");
    return path;
}

static void read_bundle(const char *path, size_t *ret_items)
{
    struct record_fixture fixture;
    fixture_init(&fixture);
    fixture_source(&fixture, "RTH", "Oxford Trust");
    size_t len;
    char *text = test_file_read(path, &len);
    assert_non_null(text);
    struct json bundle;
    struct fault fault;
    assert_true(json_parse(&fixture.arena, slice_of(text, len), &bundle, &fault));
    size_t clinical = 0;
    json_each_element(&bundle, json_member(&bundle, 0, SLICE("entry")), entry)
    {
        json_ix resource = json_member(&bundle, entry, SLICE("resource"));
        assert_true(fixture_add_text(&fixture, 0, json_raw(&bundle, resource)));
        fhir_type type = fhir_type_of(&bundle, resource);
        clinical += type != FHIR_CLAIM && type != FHIR_EXPLANATION_OF_BENEFIT &&
                    type != FHIR_PATIENT && type != FHIR_PRACTITIONER && type != FHIR_ORGANIZATION;
    }
    fixture_build(&fixture);
    const struct record *record = &fixture.record;
    assert_int_equal(record->item_count, clinical);
    assert_int_equal(record->sources[0].counts.unreadable, 0);
    for (size_t i = 0; i < record->timeline_count; i++) {
        const struct record_item *item = record->timeline[i].item;
        assert_false(slice_equal(item->title, SLICE("Not named by the source")));
        if (item->type == FHIR_ENCOUNTER || item->type == FHIR_MEDICATION_REQUEST) {
            assert_true(item->author.len > 0); /* Synthea names a practitioner in the same bundle */
        }
        if (item->type == FHIR_OBSERVATION) {
            assert_true(item->value.present || item->value_text.len > 0);
        }
    }
    assert_true(record->person.has_birth && record->person.name.family.len > 0);
    *ret_items += clinical;
    free(text);
    fixture_release(&fixture);
}

static void synthea_bundles_are_shown_whole(void **state)
{
    (void)state;
    DIR *folder = opendir(synthea_folder());
    if (folder == NULL) {
        print_message("skipped: synthea_bundles_are_shown_whole needs %s\n", synthea_folder());
        skip();
        return;
    }
    size_t items = 0, files = 0;
    struct dirent *entry;
    while (files < 12 && (entry = readdir(folder)) != NULL) {
        char path[TEST_PATH * 2];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", synthea_folder(), entry->d_name);
        read_bundle(path, &items);
        files++;
    }
    closedir(folder);
    assert_int_equal(files, 12);
    assert_true(items > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutated_resources_are_accounted_for),
        cmocka_unit_test(no_type_with_a_section_is_lost),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(synthea_bundles_are_shown_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
