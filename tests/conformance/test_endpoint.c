/*
 * test_endpoint.c: evenlode synth endpoint, asked as a live system is asked.
 */
#include "support/check.h"
#include "support/served.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "synth/endpoint.h"

static const char *program;
static struct served endpoint;
static struct arena arena;

/* the practice of a county of 200, on a port of the system's choice */
static int set_up(void **state)
{
    (void)state;
    int out[2];
    char line[128];
    size_t len = 0;
    arena_init(&arena, LIMIT_TRANSACTION_ARENA);
    assert_int_equal(pipe(out), 0);
    endpoint.pid = fork();
    if (endpoint.pid == 0) {
        dup2(out[1], 1);
        execl(program, program, "synth", "endpoint", "--people", "200", "--seed", "6", "--org",
              "K99001", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    while (len < sizeof(line) - 1 && (len == 0 || line[len - 1] != '\n')) {
        ssize_t got = read(out[0], line + len, sizeof(line) - 1 - len);
        assert_true(got > 0);
        len += (size_t)got;
    }
    close(out[0]);
    line[len] = '\0';
    assert_memory_equal(line, "serving http://127.0.0.1:", 25);
    endpoint.port = (unsigned)strtoul(line + 25, NULL, 10);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(served_end(&endpoint, SIGTERM), 0);
    arena_release(&arena);
    return 0;
}

/* the answer, parsed in the arena */
static struct json ask(const char *method, const char *path, unsigned status)
{
    struct served_answer answer;
    struct json json;
    struct fault fault = FAULT_INIT;
    served_request(endpoint.port, method, path, NULL, NULL, NULL, NULL, &answer);
    assert_int_equal(answer.status, status);
    struct slice text = arena_copy(&arena, slice_from_string(answer.body));
    assert_true(json_parse(&arena, text, &json, &fault));
    served_answer_free(&answer);
    return json;
}

static struct slice word(const struct json *json, const char *name)
{
    return json_member_string(json, 0, slice_from_string(name), &arena);
}

/* an NHS number that the practice holds, from the same county */
static void some_number(char ret_number[16])
{
    struct fault fault = FAULT_INIT;
    struct endpoint index;
    struct synth_world *world = arena_new(&arena, struct synth_world);
    assert_true(synth_world_make(world, 6, 200, 5, 20777, &arena, &fault));
    assert_true(endpoint_make(world, SYNTH_FIRST_PRACTICE, &index, &arena, &fault));
    const struct endpoint_row *last = &index.rows.at[index.rows.count];
    bool known = false;
    do {
        assert_true(--last > index.rows.at);
        assert_true(endpoint_knows(&index, last, &arena, &known));
    } while (!known);
    assert_true(last->number > 9990000000U && last->number <= 9999999999U);
    snprintf(ret_number, 16, "999%07u", (unsigned)(last->number % 10000000U));
}

static void test_patient(void **state)
{
    (void)state;
    char number[16];
    char path[160];
    some_number(number);
    snprintf(path, sizeof(path), "/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%%7C%s",
             number);
    struct json found = ask("GET", path, 200);
    assert_slice(word(&found, "type"), "searchset");
    json_ix id_at = json_path(&found, 0, "entry", "resource", "id", NULL);
    struct slice id = json_string(&found, id_at, &arena);
    struct slice url = json_string(&found, json_path(&found, 0, "entry", "fullUrl", NULL), &arena);
    char base[64]; /* as it was called */
    snprintf(base, sizeof(base), "http://127.0.0.1:%u/Patient/", endpoint.port);
    assert_true(id.len == 36 && slice_ends_with(url, id));
    assert_true(slice_starts_with(url, slice_from_string(base)));
    snprintf(path, sizeof(path), "/Patient/%.*s", SLICE_PRINT(id));
    struct json patient = ask("GET", path, 200);
    assert_slice(word(&patient, "resourceType"), "Patient");
    snprintf(path, sizeof(path), "/Patient/%.*s/$everything", SLICE_PRINT(id));
    struct json all = ask("GET", path, 200);
    size_t entries = 0;
    json_each_element(&all, json_member(&all, 0, SLICE("entry")), entry)
    {
        entries++;
    }
    assert_slice(word(&all, "type"), "searchset");
    assert_true(entries > 3);
}

static void test_refusals(void **state)
{
    (void)state;
    struct json json = ask("GET", "/metadata", 200);
    assert_slice(word(&json, "resourceType"), "CapabilityStatement");
    json = ask("GET", "/Patient?identifier=9434765919", 200);
    assert_slice(json_raw(&json, json_member(&json, 0, SLICE("total"))), "0");
    json = ask("GET", "/Patient", 400);
    assert_slice(word(&json, "resourceType"), "OperationOutcome");
    json = ask("GET", "/Patient/5de43907-d646-44f3-b3e7-2272c3f7ae04/$everything", 404);
    json = ask("GET", "/Observation", 404);
    json = ask("DELETE", "/Patient/5de43907-d646-44f3-b3e7-2272c3f7ae04", 405);
    assert_slice(word(&json, "resourceType"), "OperationOutcome");
}

static void test_options(void **state)
{
    (void)state;
    char out[SERVED_TEXT];
    char err[SERVED_TEXT];
    assert_int_equal(served_run(program, out, err, "synth", "endpoint", "--org", "RZZ", "--listen",
                                "0.0.0.0:0", NULL),
                     1);
    assert_non_null(strstr(err, "loopback"));
    assert_int_equal(served_run(program, out, err, "synth", "endpoint", "--people", "9", NULL), 1);
    assert_non_null(strstr(err, "--org"));
}

int main(int count, char **values)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patient),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_options),
    };
    assert(count == 2);
    program = values[1];
    return cmocka_run_group_tests_name("endpoint", tests, set_up, tear_down);
}
