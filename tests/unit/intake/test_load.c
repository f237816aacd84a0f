/* Files into stores: counted to the last entry, repeated without effect, interrupted and completed.
 */
#include "support/plane_fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "fault/failing_os.h"
#include "intake/load.h"

struct told {
    struct plane_fixture *self;
    unsigned count;
    char text[4096]; /* "CODE place;" */
};

static void tell(void *context, const struct fault *fault)
{
    struct told *told = context;
    size_t len = strlen(told->text);
    told->count++;
    (void)snprintf(told->text + len, sizeof told->text - len, "%s %.*s;", fault_name(fault->code),
                   SLICE_PRINT(fault->where));
}

static int set_up(void **state)
{
    static struct plane_fixture fixture;
    plane_fixture_init(&fixture, FIXTURE_SQLITE);
    fixture_organisation(&fixture, "RX9", ORGANISATION_LIVE);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    plane_fixture_release(*state);
    return 0;
}

static const char *file(struct plane_fixture *self, const char *name, const char *text)
{
    struct slice path = arena_printf(&self->arena, "%s/%s", self->directory, name);
    test_file_write(path.ptr, text, strlen(text));
    return path.ptr;
}

/* loads into RX9 unless `setting` says otherwise */
static bool load(struct plane_fixture *self, struct load_setting setting, const char *const *files,
                 size_t count, struct load_report *report, struct told *told)
{
    *told = (struct told){ .self = self };
    setting.stores = self->stores;
    setting.exchange = self->store;
    setting.reg = self->reg;
    setting.people = self->people;
    setting.job = fixture_job(self, "load");
    if (!setting.split_by_provider) {
        setting.ods = SLICE("RX9");
    }
    setting.base_url = SLICE("http://h");
    setting.threads = 2;
    setting.files = files;
    setting.file_count = count;
    setting.tell = tell;
    setting.context = told;
    bool ok = intake_load(&setting, report, &self->arena, &self->fault);
    assert_int_equal(report->sent, report->stored + report->known + report->refused);
    assert_int_equal(ok, told->count == 0);
    return ok;
}

#define PATIENT(id) "{\"resourceType\":\"Patient\",\"id\":\"" id "\"}"
#define OBSERVATION(id, patient)                                                                   \
    "{\"resourceType\":\"Observation\",\"id\":\"" id                                               \
    "\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":"                \
    "\"Patient/" patient "\"}}"

static void lines_and_resources_are_stored_once(void **state)
{
    struct plane_fixture *self = *state;
    struct load_report report;
    struct told told;
    const char *files[] = {
        file(self, "a.ndjson",
             "\n" OBSERVATION("o1", "p1") "\r\n\n" PATIENT("p1") "\n" PATIENT(
                 "p2") "\n"
                       "{\"resourceType\":\"Patient\"}\n" PATIENT("p2") "\n"), /* p2 again: known */
        file(self, "b.json", "{ \"resourceType\": \"Patient\",\n \"id\": \"p3\" }\n"),
        file(self, "c.json",
             "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{"
             "\"resource\":" PATIENT(
                 "p4") ",\"request\":{\"method\":\"PUT\",\"url\":"
                       "\"Patient/p4\"}},{\"resource\":" OBSERVATION(
                           "o4",
                           "p4") ",\"request\":{\"method\":\"PUT\",\"url\":\"Observation/o4\"}}]}"),
    };
    assert_true(load(self, (struct load_setting){ 0 }, files, 3, &report, &told));
    assert_int_equal(report.sent, 8);
    assert_int_equal(report.stored, 7);
    assert_int_equal(report.known, 1);
    assert_int_equal(report.bundles, 1);
    assert_int_equal(report.stores, 1);
    assert_int_equal(report.persons, 5);
    assert_int_equal(fixture_count(self, "RX9"), 7);
    assert_non_null(fixture_read(self, "RX9", FHIR_OBSERVATION, "o1")); /* before its patient */
    for (int i = 0; i < 2; i++) {
        assert_true(load(self, (struct load_setting){ 0 }, files, 3, &report, &told));
        assert_int_equal(report.stored, 0);
        assert_int_equal(report.known, 8);
        assert_int_equal(report.persons, 5);
        assert_int_equal(fixture_count(self, "RX9"), 7);
    }
}

/* `text` in two frames, cut in the middle of a line */
static const char *packed_file(struct plane_fixture *self, const char *name, const char *text)
{
    struct slice path = arena_printf(&self->arena, "%s/%s", self->directory, name);
    char bytes[4096];
    size_t half = strlen(text) / 2;
    size_t len = ZSTD_compress(bytes, sizeof(bytes), text, half, 1);
    len += ZSTD_compress(bytes + len, sizeof(bytes) - len, text + half, strlen(text) - half, 1);
    assert_true(len <= sizeof(bytes));
    test_file_write(path.ptr, bytes, len);
    return path.ptr;
}

static void compressed_files_are_told_by_content(void **state)
{
    struct plane_fixture *self = *state;
    struct load_report report;
    struct told told;
    const char *lines = OBSERVATION("o1", "p1") "\n\n" PATIENT("p1") "\n" PATIENT("p2") "\n";
    const char *files[] = { packed_file(self, "a.ndjson", lines),
                            packed_file(self, "b",
                                        "{ \"resourceType\": \"Patient\",\n"
                                        " \"id\": \"p3\" }\n") };
    assert_true(load(self, (struct load_setting){ 0 }, files, 2, &report, &told));
    assert_int_equal(report.stored, 4);
    assert_non_null(fixture_read(self, "RX9", FHIR_OBSERVATION, "o1"));
    const char *plain[] = { file(self, "plain", lines) };
    assert_true(load(self, (struct load_setting){ 0 }, plain, 1, &report, &told));
    assert_int_equal(report.known, 3); /* the same texts */
    assert_int_equal(fixture_count(self, "RX9"), 4);
}

static void a_damaged_compressed_file_is_refused(void **state)
{
    struct plane_fixture *self = *state;
    struct load_report report;
    struct told told;
    size_t len;
    const char *files[] = { packed_file(self, "cut", PATIENT("p1") "\n" PATIENT("p2") "\n"),
                            packed_file(self, "csv", "a,b\n1,2\n"),
                            file(self, "good", PATIENT("p9") "\n" PATIENT("p8")) };
    char *bytes = test_file_read(files[0], &len);
    assert_non_null(bytes);
    test_file_write(files[0], bytes, len - 3);
    free(bytes);
    assert_false(load(self, (struct load_setting){ 0 }, files, 3, &report, &told));
    assert_int_equal(told.count, 2);
    assert_non_null(strstr(told.text, "MALFORMED"));
    assert_non_null(strstr(told.text, "NOT_SUPPORTED"));
    assert_non_null(fixture_read(self, "RX9", FHIR_PATIENT, "p9"));
    assert_null(fixture_read(self, "RX9", FHIR_PATIENT, "p2"));
}

static void what_cannot_be_taken_is_told_and_the_rest_goes_on(void **state)
{
    struct plane_fixture *self = *state;
    struct load_report report;
    struct told told;
    const char *files[] = {
        "/nowhere/at.all",
        file(self, "empty.json", ""),
        file(self, "hl7.txt", "MSH|^~\\&|A\r"),
        file(self, "cda.xml", "<ClinicalDocument/>"),
        file(self, "table.csv", "a,b\n1,2\n"),
        file(self, "lines.ndjson",
             PATIENT("p1") "\n{\"resourceType\":\n" PATIENT("p_") "\n" OBSERVATION(
                 "o",
                 "stranger") "\n{\"resourceType\":\"Castle\"}\n"
                             "{\"resourceType\":\"Patient\",\"towers\":4}\n[1]\n" PATIENT("p2")),
        file(self, "cut.json",
             "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{"),
        file(self, "wrong.json",
             "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{"
             "\"resource\":" PATIENT(
                 "p5") ",\"request\":{\"method\":\"PUT\",\"url\":\"Patient/p5\"}},{"
                       "\"resource\":" OBSERVATION("o5",
                                                   "nobody") ",\"request\":{\"method\":\"PUT\","
                                                             "\"url\":\"Observation/o5\"}}]}"),
        self->directory,
        file(self, "last.json", PATIENT("p3")),
    };
    assert_false(
        load(self, (struct load_setting){ 0 }, files, ARRAY_LENGTH(files), &report, &told));
    assert_int_equal(report.stored, 3);
    assert_int_equal(report.refused, 5 + 6 + 1 + 2 + 1);
    assert_int_equal(fixture_count(self, "RX9"), 3);
    assert_non_null(fixture_read(self, "RX9", FHIR_PATIENT, "p3"));
    assert_null(fixture_read(self, "RX9", FHIR_PATIENT, "p5")); /* all of a bundle or none */
    static const char *const places[] = {
        "/nowhere/at.all;", "empty.json;",      "hl7.txt;",       "cda.xml;",
        "table.csv;",       "lines.ndjson:2: ", "lines.ndjson:3", "lines.ndjson:4",
        "lines.ndjson:5",   "lines.ndjson:6: ", "lines.ndjson:7", "cut.json: line 1, column",
        "wrong.json: ",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
        if (strstr(told.text, places[i]) == NULL) {
            fail_msg("%s is not named: %s", places[i], told.text);
        }
    }
    assert_int_equal(told.count, 14);
    assert_int_not_equal(self->fault.code, FAULT_NONE);
}

/* -- a person's life in several organisations ---------------------------------------------------
 */

#define ENTRY(id, resource) "{\"fullUrl\":\"urn:uuid:" id "\",\"resource\":" resource "}"
#define ENCOUNTER(id, org)                                                                         \
    ENTRY(id,                                                                                      \
          "{\"resourceType\":\"Encounter\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},"  \
          "\"subject\":{\"reference\":\"urn:uuid:pa\"},\"serviceProvider\":{\"reference\":"        \
          "\"urn:uuid:" org "\"}}")
#define LIFE(name)                                                                                                   \
    "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[" ENTRY(                                        \
        "pa",                                                                                                        \
        "{\"resourceType\":\"Patient\",\"birthDate\":\"1970-01-01\",\"name\":[{\"family\":"                          \
        "\"" name                                                                                                    \
        "\"}]}") "," ENTRY("oa",                                                                                     \
                           "{\"resourceType\":\"Organization\",\"name\":"                                            \
                           "\"A\"}") "," ENTRY("ob",                                                                 \
                                               "{\"resourceType\":"                                                  \
                                               "\"Organization\",\"name\":"                                          \
                                               "\"B\"}") "," ENCOUNTER("e1",                                         \
                                                                       "oa") "," ENCOUNTER("e2",                     \
                                                                                           "oa") "," ENCOUNTER("e3", \
                                                                                                               "ob") "]}"

static void a_split_is_counted_and_repeated_without_effect(void **state)
{
    struct plane_fixture *self = *state;
    struct load_report report;
    struct told told;
    struct load_setting split = { .split_by_provider = true, .assign_nhs_number = true };
    const char *files[] = { file(self, "life.json", LIFE("Smith")) };
    assert_true(load(self, split, files, 1, &report, &told));
    assert_int_equal(report.sent, 6);
    assert_int_equal(report.stored, 6);
    assert_int_equal(report.copies, 1);
    assert_int_equal(report.stores, 2);
    assert_int_equal(report.commits, 2);
    assert_int_equal(report.persons, 1); /* linked by the made-up number */
    assert_true(load(self, split, files, 1, &report, &told));
    assert_int_equal(report.known, 6);
    assert_int_equal(report.stored + report.copies + report.commits, 0);
    const struct register_snapshot *snapshot = register_get(self->reg);
    assert_int_equal(snapshot->count, 3);
    uint64_t all = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        all += fixture_count(self, arena_string(&self->arena, snapshot->at[i].ods));
    }
    register_put(self->reg, snapshot);
    assert_int_equal(all, 7);
}

/*
 * A call fails, once or from then on, somewhere between the first commit and the last link; the
 * program ends. Run again, the load is complete, and the same as without an interruption.
 */
static void an_interrupted_load_is_completed(void **state)
{
    (void)state;
    static const struct {
        enum failing_call call;
        bool from_on;
        int error;
    } kinds[] = { { FAIL_FDATASYNC, false, EIO },
                  { FAIL_PWRITE, true, ENOSPC },
                  { FAIL_PWRITE, false, EIO } };
    unsigned interrupted = 0;
    for (size_t kind = 0; kind < ARRAY_LENGTH(kinds); kind++) {
        bool more = true;
        for (uint64_t k = 1; more; k += kinds[kind].call == FAIL_PWRITE ? 3 : 1) {
            struct plane_fixture self;
            struct load_report report;
            struct told told;
            struct load_setting split = { .split_by_provider = true, .assign_nhs_number = true };
            plane_fixture_init(&self, FIXTURE_SQLITE);
            const char *files[] = { file(&self, "1.json", LIFE("Smith")),
                                    file(&self, "2.json", LIFE("Jones")) };
            failing_os_install();
            failing_os_fail(kinds[kind].call, k, kinds[kind].from_on, kinds[kind].error);
            const struct decision *job =
                decision_for_job(self.governance, SLICE("load"), &self.arena, &self.fault);
            if (job != NULL) {
                split.stores = self.stores;
                split.exchange = self.store;
                split.reg = self.reg;
                split.people = self.people;
                split.job = job;
                split.base_url = SLICE("http://h");
                split.threads = 2;
                split.files = files;
                split.file_count = 2;
                interrupted += !intake_load(&split, &report, &self.arena, &self.fault);
            }
            more = failing_os_failures() > 0;
            /* the table goes when no thread uses it: a committing one may be behind the load */
            failing_os_fail(kinds[kind].call, 0, false, 0);
            plane_fixture_close(&self);
            failing_os_remove();
            plane_fixture_open(&self);
            assert_true(load(&self, split, files, 2, &report, &told));
            assert_int_equal(report.sent, 12);
            assert_int_equal(report.persons, 1); /* Smith and Jones have one identifier: a person */
            assert_true(load(&self, split, files, 2, &report, &told));
            assert_int_equal(report.known, 12);
            plane_fixture_release(&self);
        }
    }
    assert_true(interrupted > 10);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(lines_and_resources_are_stored_once),
        CASE(compressed_files_are_told_by_content),
        CASE(a_damaged_compressed_file_is_refused),
        CASE(what_cannot_be_taken_is_told_and_the_rest_goes_on),
        CASE(a_split_is_counted_and_repeated_without_effect),
        cmocka_unit_test(an_interrupted_load_is_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
