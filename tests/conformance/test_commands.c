/*
 * test_commands.c: the program as operators meet it.
 *
 * Every command of the table in src/program/main.c is run beside a server that owns the directory
 * (ARCHITECTURE invariant 12): the list is read from `evenlode help`, so a command that is added
 * there has to be added here. Then what goes wrong: a second owner, an interrupted init, keys and
 * files that cannot be read, a full disk while loading. Each ends with an exit status that is not 0
 * and names the place.
 */
#include "support/check.h"
#include "support/directory.h"
#include "support/served.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *program;

struct fixture {
    char directory[TEST_PATH];
    char data[TEST_PATH];
    char patient[TEST_PATH]; /* a file */
    char out[SERVED_TEXT];
    char err[SERVED_TEXT];
    struct served served;
};

#define PATIENT                                                                                    \
    "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1970-01-01\",\"name\":[{"          \
    "\"family\":"                                                                                  \
    "\"Marlowe\"}],\"identifier\":[{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":"   \
    "\"9434765919\"}]}"

#define RUN(self, ...) served_run(program, (self)->out, (self)->err, __VA_ARGS__, NULL)

static void must_run(struct fixture *self, int status)
{
    if (status != 0) {
        fail_msg("%d: %s%s", status, self->out, self->err);
    }
}

/* ended with that status, and says this on standard error */
static void must_fail(struct fixture *self, int status, int expected, const char *says)
{
    if (status != expected || strstr(self->err, says) == NULL) {
        fail_msg("status %d instead of %d, or without \"%s\": %s%s", status, expected, says,
                 self->out, self->err);
    }
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *self = &fixture;
    fixture = (struct fixture){ 0 };
    test_directory_make(fixture.directory);
    test_path(fixture.data, fixture.directory, "data");
    test_path(fixture.patient, fixture.directory, "patient.json");
    test_file_write(fixture.patient, PATIENT, strlen(PATIENT));
    must_run(self, RUN(self, "init", "--data", self->data));
    must_run(self, RUN(self, "org", "add", "--data", self->data, "--ods", "RX9", "--name", "Trust",
                       "--status", "live"));
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    if (self->served.pid != 0) {
        served_end(&self->served, SIGKILL);
    }
    test_directory_remove(self->directory);
    return 0;
}

static void serve(struct fixture *self)
{
    if (!served_start(&self->served, program, self->data, self->err)) {
        fail_msg("%s", self->err);
    }
}

/* -- every command beside a server --------------------------------------------------------------
 */

static void org_add(struct fixture *self)
{
    must_run(self, RUN(self, "org", "add", "--data", self->data, "--ods", "H10", "--name",
                       "A name with \xc3\xa9", "--status=live", "--type", "hospital"));
    must_fail(self,
              RUN(self, "org", "add", "--data", self->data, "--ods", "H10", "--name", "Again"), 1,
              "H10");
    must_fail(self, RUN(self, "org", "add", "--data", self->data, "--ods", "h10", "--name", "x"), 1,
              "h10");
}

static void org_set(struct fixture *self)
{
    must_run(self, RUN(self, "org", "set", "--data", self->data, "--ods", "RX9", "--name",
                       "The Vale Trust", "--type", "community"));
    must_fail(self, RUN(self, "org", "set", "--data", self->data, "--ods", "X99", "--name", "x"), 1,
              "X99");
    must_fail(self, RUN(self, "org", "set", "--data", self->data, "--ods", "RX9", "--status", "x"),
              1, "--status");
}

static void org_list(struct fixture *self)
{
    must_run(self, RUN(self, "org", "list", "--data", self->data));
    assert_non_null(strstr(self->out, "RX9\tlive\tcommunity\thosted\tThe Vale Trust\n"));
    assert_non_null(strstr(self->out, "H10\tlive\thospital\thosted\tA name with \xc3\xa9\n"));
}

static void load(struct fixture *self)
{
    must_run(self, RUN(self, "load", "--data", self->data, "--org", "RX9", self->patient));
    assert_non_null(strstr(self->out, "sent 1 = stored 1 + already known 0 + refused 0"));
    must_run(self, RUN(self, "load", "--data", self->data, "--org", "RX9", self->patient));
    assert_non_null(strstr(self->out, "sent 1 = stored 0 + already known 1 + refused 0"));
    /* paths are the operator's, not the server's */
    assert_int_equal(chdir(self->directory), 0);
    must_run(self, RUN(self, "load", "--data", "data", "--org", "RX9", "patient.json"));
    assert_int_equal(chdir("/"), 0);
    must_fail(self, RUN(self, "load", "--data", self->data, "--org", "X99", self->patient), 1,
              "X99");
    must_fail(self, RUN(self, "load", "--data", self->data, "--org", "RX9", "/nowhere/x.json"), 4,
              "/nowhere/x.json");
    must_fail(self, RUN(self, "load", "--data", self->data, self->patient), 1, "--org");
}

static void org_show(struct fixture *self)
{
    must_run(self, RUN(self, "org", "show", "--data", self->data, "--ods", "RX9"));
    assert_non_null(strstr(self->out, "patients\t1\n"));
    must_run(self, RUN(self, "org", "show", "--data", self->data, "--ods", "H10"));
    must_fail(self, RUN(self, "org", "show", "--data", self->data, "--ods", "X99"), 1, "X99");
}

static void token(struct fixture *self)
{
    static const char *const roles[] = { "system", "nurse" };
    for (size_t i = 0; i < ARRAY_LENGTH(roles); i++) {
        char text[1024];
        struct served_answer answer;
        must_run(self, RUN(self, "token", "--data", self->data, "--user", roles[i], "--role",
                           roles[i], "--org", "RX9"));
        (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(self->out, "\n"), self->out);
        served_request(self->served.port, "GET", "/orgs/RX9/fhir/R4/Patient/p", text, NULL, NULL,
                       NULL, &answer);
        assert_int_equal(answer.status, 200);
        assert_true(answer.whole);
        served_answer_free(&answer);
    }
    must_fail(self,
              RUN(self, "token", "--data", self->data, "--user", "u", "--role", "gp", "--org",
                  "RX9", "--seconds", "999999"),
              1, "43,200");
}

static void person_find(struct fixture *self)
{
    must_run(self,
             RUN(self, "person", "find", "--data", self->data, "--nhs-number", "943 476 5919"));
    assert_non_null(strstr(self->out, "\tRX9\tp\n"));
    must_run(self, RUN(self, "person", "find", "--data", self->data, "--family", "MARLOWE",
                       "--born", "1970-01-01"));
    assert_non_null(strstr(self->out, "\tRX9\tp\n"));
    must_fail(self, RUN(self, "person", "find", "--data", self->data, "--nhs-number", "9434765918"),
              1, "--nhs-number");
    must_fail(self, RUN(self, "person", "find", "--data", self->data), 1, "--nhs-number");
}

static void audit_verify(struct fixture *self)
{
    must_run(self, RUN(self, "audit", "verify", "--data", self->data));
    assert_non_null(strstr(self->out, "intact\n"));
}

static void audit_person(struct fixture *self)
{
    char person[64];
    must_run(self, RUN(self, "person", "find", "--data", self->data, "--nhs-number", "9434765919"));
    (void)snprintf(person, sizeof person, "%.*s", (int)strcspn(self->out, "\t"), self->out);
    must_run(self, RUN(self, "audit", "person", "--data", self->data, "--person", person));
    assert_non_null(
        strstr(self->out, "\tgranted\tnurse\tRX9\tread\town-record\t")); /* what the token read */
    must_fail(self, RUN(self, "audit", "person", "--data", self->data), 1, "--person");
}

static void init(struct fixture *self)
{
    must_fail(self, RUN(self, "init", "--data", self->data), 1, self->data);
    must_fail(self, RUN(self, "init"), 1, "--data");
}

static void second_server(struct fixture *self)
{
    char pid[32];
    (void)snprintf(pid, sizeof pid, "process %ld", (long)self->served.pid);
    must_fail(self, RUN(self, "serve", "--data", self->data, "--listen", "127.0.0.1:0"), 3, pid);
    must_fail(self, RUN(self, "serve"), 1, "--data");
}

static void demo(struct fixture *self)
{
    char pid[32];
    (void)snprintf(pid, sizeof pid, "process %ld", (long)self->served.pid);
    must_fail(self, RUN(self, "demo", "--data", self->data, "--listen", "127.0.0.1:0"), 3, pid);
}

static void synth(struct fixture *self)
{
    char path[TEST_PATH];
    test_path(path, self->directory, "county");
    must_run(self, RUN(self, "synth", "--out", path, "--people", "3", "--seed", "1"));
    must_fail(self, RUN(self, "synth", "--out", path, "--people", "x"), 1, "--people");
    must_fail(self, RUN(self, "synth", "--people", "3"), 1, "--out");
}

static void synth_report(struct fixture *self)
{
    char path[TEST_PATH];
    test_path(path, self->directory, "report.html");
    must_run(self, RUN(self, "synth", "report", "--people", "20"));
    assert_non_null(strstr(self->out, "SYNTHETIC: nobody in this county exists."));
    must_run(self, RUN(self, "synth", "report", "--people", "20", "--out", path));
    must_fail(self, RUN(self, "synth", "report", "--people", "x"), 1, "--people");
    must_fail(self, RUN(self, "synth", "report", "--people", "20", "--out", "/nowhere/x.html"), 4,
              "/nowhere/x.html");
}

/* that it answers is in test_endpoint.c */
static void synth_endpoint(struct fixture *self)
{
    must_fail(
        self,
        RUN(self, "synth", "endpoint", "--people", "5", "--org", "K99001", "--listen", "0.0.0.0:0"),
        1, "loopback");
    must_fail(self, RUN(self, "synth", "endpoint", "--people", "5", "--org", "QQQ"), 1, "--org");
}

static void check(struct fixture *self)
{
    must_run(self, RUN(self, "check", self->patient));
    assert_non_null(strstr(self->out, "FHIR JSON, Patient: valid"));
    must_fail(self, RUN(self, "check", "/nowhere"), 1, "/nowhere");
    must_fail(self, RUN(self, "check"), 1, "name the files");
}

static void help(struct fixture *self)
{
    must_run(self, RUN(self, "help", "org", "add"));
    assert_non_null(strstr(self->out, "--ods CODE"));
}

static const struct {
    const char *name;
    void (*run)(struct fixture *self);
} commands[] = { /* in an order in which each finds what it needs */
                 { "org add", org_add },
                 { "org set", org_set },
                 { "org list", org_list },
                 { "load", load },
                 { "org show", org_show },
                 { "token", token },
                 { "person find", person_find },
                 { "audit verify", audit_verify },
                 { "audit person", audit_person },
                 { "init", init },
                 { "serve", second_server },
                 { "demo", demo },
                 { "synth", synth },
                 { "synth report", synth_report },
                 { "synth endpoint", synth_endpoint },
                 { "check", check },
                 { "help", help }
};

static bool is_tested(const char *line)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        size_t len = strlen(commands[i].name);
        if (strncmp(line, commands[i].name, len) == 0 && line[len] == ' ') {
            return true;
        }
    }
    return false;
}

static void every_command_works_beside_a_server(void **state)
{
    struct fixture *self = *state;
    size_t listed = 0;
    must_run(self, RUN(self, "help"));
    for (char *line = self->out; line != NULL && *line != '\0';) {
        char *next = strchr(line, '\n');
        if (strncmp(line, "  ", 2) == 0) {
            listed++;
            if (!is_tested(line + 2)) {
                fail_msg("no test runs this beside a server: %.*s", (int)strcspn(line, "\n"), line);
            }
        }
        line = next != NULL ? next + 1 : NULL;
    }
    assert_int_equal(listed, ARRAY_LENGTH(commands));
    serve(self);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        commands[i].run(self);
    }
    assert_int_equal(served_end(&self->served, SIGTERM), 0);
    /* and what they did is there without the server */
    must_run(self, RUN(self, "org", "show", "--data", self->data, "--ods", "RX9"));
    assert_non_null(strstr(self->out, "patients\t1\n"));
}

/* -- what goes wrong -----------------------------------------------------------------------------
 */

static void a_server_stops_when_it_is_told(void **state)
{
    struct fixture *self = *state;
    static const int signals[] = { SIGTERM, SIGINT };
    for (int i = 0; i < 20; i++) { /* whichever thread the kernel picks */
        serve(self);
        assert_int_equal(served_end(&self->served, signals[i % 2]), 0);
    }
    char control[TEST_PATH];
    test_path(control, self->data, "control");
    assert_int_not_equal(access(control, F_OK), 0);
}

static void a_killed_server_leaves_nothing_in_the_way(void **state)
{
    struct fixture *self = *state;
    serve(self);
    assert_int_equal(served_end(&self->served, SIGKILL), 256 + SIGKILL);
    must_run(self, RUN(self, "org", "list", "--data", self->data));
    serve(self);
}

static void a_directory_that_is_none_is_named(void **state)
{
    struct fixture *self = *state;
    char path[TEST_PATH];
    must_fail(self, RUN(self, "org", "list", "--data", "/nowhere/at/all"), 1, "/nowhere/at/all");
    must_fail(self, RUN(self, "serve", "--data", self->directory), 1, self->directory);
    must_fail(self, RUN(self, "org", "list"), 1, "--data");
    /* an init that was interrupted before the end */
    test_path(path, self->data, "evenlode");
    assert_int_equal(unlink(path), 0);
    must_fail(self, RUN(self, "org", "list", "--data", self->data), 1, "not made to its end");
    /* made by a later version */
    test_file_write(path, "evenlode data directory, format 2\n", 34);
    must_fail(self, RUN(self, "org", "list", "--data", self->data), 5, self->data);
    must_fail(self, RUN(self, "orgs", "list"), 1, "orgs");
    must_fail(self, RUN(self, "org", "list", "--dta", "x"), 1, "--dta");
    assert_int_equal(RUN(self, "--help"), 0);
}

static void a_key_that_cannot_be_used_is_named(void **state)
{
    struct fixture *self = *state;
    static const char *const keys[] = { "keys/token", "keys/session" };
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        char path[TEST_PATH];
        size_t len;
        test_path(path, self->data, keys[i]);
        char *text = test_file_read(path, &len);
        assert_non_null(text);
        assert_int_equal(chmod(path, 0644), 0);
        must_fail(self, RUN(self, "serve", "--data", self->data), 4, path);
        assert_int_equal(chmod(path, 0600), 0);
        test_file_write(path, "rubbish\n", 8);
        must_fail(self, RUN(self, "serve", "--data", self->data), 5, path);
        assert_null(strstr(self->err, "rubbish"));
        assert_int_equal(unlink(path), 0);
        must_fail(self, RUN(self, "serve", "--data", self->data), 4, path);
        test_file_write(path, text, len);
        assert_int_equal(chmod(path, 0600), 0);
        free(text);
        must_run(self, RUN(self, "org", "list", "--data", self->data));
    }
}

static void a_configuration_fault_names_its_line(void **state)
{
    struct fixture *self = *state;
    char path[TEST_PATH];
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        { "threads = 2\nthraeds = 3\n", ":2" },
        { "threads = 0\n", "threads" },
        { "threads = 65\n", "threads" },
        { "threads = many\n", ":1" },
        { "stores_open = 31\n", "stores_open" },
        { "commit_threads = -1\n", "commit_threads" },
        { "log_level = \"loud\"\n", "log_level" },
        { "listen = \"unended\n", "config" },
        { "}\n", ":1" },
    };
    test_path(path, self->directory, "config");
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        test_file_write(path, cases[i].text, strlen(cases[i].text));
        must_fail(self, RUN(self, "org", "list", "--data", self->data, "--config", path), 1,
                  cases[i].says);
        assert_non_null(strstr(self->err, path));
    }
    static const char *const good = "# ours\nlisten = \"127.0.0.1:0\"\nthreads = 1\nlog_level = "
                                    "\"error\"\nstores_open = 32\n";
    test_file_write(path, good, strlen(good));
    must_run(self, RUN(self, "org", "list", "--data", self->data, "--config", path));
    must_fail(self, RUN(self, "org", "list", "--data", self->data, "--config", "/nowhere"), 4,
              "/nowhere");
}

/* -- a full disk
 * ----------------------------------------------------------------------------------- */

#define LINES 4000

static void write_lines(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < LINES; i++) {
        fprintf(file, "{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"name\":[{\"family\":\"", i);
        for (int k = 0; k < 200; k++) { /* not to be compressed */
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            fputc((int)('a' + random % 26), file);
        }
        fprintf(file, "\"}]}\n");
    }
    assert_int_equal(fclose(file), 0);
}

static void limit_files(rlim_t most)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = most;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* no file may grow past a limit, as on a disk that is full: what is loaded is whole, and the rest
 * follows when there is room */
static void a_full_disk_is_told_and_completed(void **state)
{
    struct fixture *self = *state;
    char lines[TEST_PATH];
    test_path(lines, self->directory, "lines.ndjson");
    write_lines(lines);
    signal(SIGXFSZ, SIG_IGN); /* inherited: a write past the limit fails with EFBIG */
    limit_files(512 * 1024);
    int status = RUN(self, "load", "--data", self->data, "--org", "RX9", lines);
    limit_files(RLIM_INFINITY);
    must_fail(self, status, 4, "lines.ndjson");
    must_run(self, RUN(self, "audit", "verify", "--data", self->data));
    assert_non_null(strstr(self->out, "intact\n"));
    must_run(self, RUN(self, "load", "--data", self->data, "--org", "RX9", lines));
    assert_non_null(strstr(self->out, "refused 0"));
    must_run(self, RUN(self, "org", "show", "--data", self->data, "--ods", "RX9"));
    assert_non_null(strstr(self->out, "patients\t4000\n"));
}

int main(int argc, char **argv)
{
    assert(argc == 2);                 /* the program */
    program = realpath(argv[1], NULL); /* a test changes the folder */
    assert(program != NULL);
    signal(SIGPIPE, SIG_IGN);
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(every_command_works_beside_a_server),       CASE(a_server_stops_when_it_is_told),
        CASE(a_killed_server_leaves_nothing_in_the_way), CASE(a_directory_that_is_none_is_named),
        CASE(a_key_that_cannot_be_used_is_named),        CASE(a_configuration_fault_names_its_line),
        CASE(a_full_disk_is_told_and_completed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free((void *)program);
    return failed;
}
