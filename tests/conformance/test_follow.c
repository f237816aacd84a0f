/*
 * test_follow.c: a synthetic day sent into a served exchange by the program itself.
 *
 * Sent twice, it has one effect; a receiver that is not there is waited for until SIGTERM, which
 * ends the command with its account and says that something has not arrived; options that cannot be
 * are refused.
 */
#include "support/check.h"
#include "support/directory.h"
#include "support/mllp_receiver.h"
#include "support/served.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program;

struct fixture {
    char directory[TEST_PATH];
    char data[TEST_PATH];
    char tokens[TEST_PATH];
    char out[SERVED_TEXT];
    char err[SERVED_TEXT];
    char token[SERVED_TEXT]; /* of the first practice */
    struct served served;
};

#define RUN(self, ...) served_run(program, (self)->out, (self)->err, __VA_ARGS__, NULL)
#define DAY                                                                                        \
    "--follow", "--people", "1500", "--seed", "5", "--speed", "1000000", "--from", "2026-11-17"

static void must_run(struct fixture *self, int status)
{
    if (status != 0) {
        fail_msg("%d: %s%s", status, self->out, self->err);
    }
}

/* an organisation with a token for its own system */
static void add(struct fixture *self, const char *ods, FILE *tokens)
{
    must_run(self, RUN(self, "org", "add", "--data", self->data, "--ods", ods, "--name", ods,
                       "--status", "live"));
    must_run(self, RUN(self, "token", "--data", self->data, "--user", "feed", "--role", "system",
                       "--org", ods));
    self->out[strcspn(self->out, "\n")] = '\0';
    fprintf(tokens, "%s %s\n", ods, self->out);
    if (self->token[0] == '\0') {
        snprintf(self->token, sizeof(self->token), "%s", self->out);
    }
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *self = &fixture;
    fixture = (struct fixture){ 0 };
    test_directory_make(fixture.directory);
    test_path(fixture.data, fixture.directory, "data");
    test_path(fixture.tokens, fixture.directory, "tokens");
    must_run(self, RUN(self, "init", "--data", self->data));
    FILE *tokens = fopen(self->tokens, "w");
    assert_non_null(tokens);
    add(self, "K99001", tokens);
    add(self, "K99002", tokens);
    add(self, "RZY", tokens);
    assert_int_equal(fclose(tokens), 0);
    assert_true(served_start(&self->served, program, self->data, self->err));
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

/* `total` of a search of the first practice's store */
static long total(struct fixture *self, const char *type)
{
    char path[128];
    struct served_answer answer;
    snprintf(path, sizeof(path), "/orgs/K99001/fhir/R4/%s?_summary=count", type);
    served_request(self->served.port, "GET", path, self->token, NULL, NULL, NULL, &answer);
    assert_int_equal(answer.status, 200);
    const char *found = strstr(answer.body, "\"total\":");
    assert_non_null(found);
    long number = strtol(found + 8, NULL, 10);
    served_answer_free(&answer);
    return number;
}

static void test_sent_twice_has_one_effect(void **state)
{
    struct fixture *self = *state;
    char url[64];
    long patients = 0;
    long observations = 0;
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", self->served.port);
    for (int i = 0; i < 2; i++) {
        must_run(self, RUN(self, "synth", DAY, "--http", url, "--token-file", self->tokens));
        assert_non_null(strstr(self->out, "bundles: "));
        assert_non_null(strstr(self->out, " 0 refused, 0 given up, 0 waiting"));
        assert_true(i == 0 || patients == total(self, "Patient"));
        assert_true(i == 0 || observations == total(self, "Observation"));
        patients = total(self, "Patient");
        observations = total(self, "Observation");
    }
    assert_true(patients > 0 && observations > 0);
}

static void test_refused(void **state)
{
    struct fixture *self = *state;
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", self->served.port);
    assert_int_equal(RUN(self, "synth", DAY, "--http", url), 1); /* without tokens */
    assert_non_null(strstr(self->out, " 0 acknowledged, "));
    assert_int_equal(RUN(self, "synth", DAY), 1);
    assert_non_null(strstr(self->err, "--mllp HOST:PORT"));
    assert_int_equal(RUN(self, "synth", DAY, "--mllp", "nowhere"), 1);
    assert_int_equal(RUN(self, "synth", "--follow", "--speed", "0", "--mllp", "localhost:1"), 1);
    assert_int_equal(RUN(self, "synth", DAY, "--days", "9", "--http", url), 1);
    assert_non_null(strstr(self->err, "--days reach beyond"));
    assert_int_equal(RUN(self, "synth", DAY, "--days", "0", "--http", url), 1);
    assert_int_equal(
        RUN(self, "synth", "--follow", "--from", "1960-01-01", "--mllp", "localhost:1"), 1);
    assert_int_equal(RUN(self, "synth", DAY, "--http", url, "--token-file", "/no/such/file"), 4);
}

/*
 * The exit status of `synth` that sends to a silent receiver, ended by SIGTERM once a message has
 * come there: in the middle of waiting for its answer, or when the receiver has gone.
 */
static int terminated(struct fixture *self, bool is_gone)
{
    char port[8], address[32], out[TEST_PATH];
    struct mllp_receiver *receiver = mllp_receiver_start("S", port);
    snprintf(address, sizeof(address), "127.0.0.1:%s", port);
    test_path(out, self->directory, "out");
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(fd, 1);
        execl(program, program, "synth", DAY, "--mllp", address, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    mllp_receiver_await(receiver);
    if (is_gone) {
        mllp_receiver_stop(receiver);
    }
    int status;
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!is_gone) {
        mllp_receiver_stop(receiver);
    }
    mllp_receiver_free(receiver);
    int fd = open(out, O_RDONLY);
    ssize_t got = read(fd, self->out, sizeof(self->out) - 1);
    self->out[got > 0 ? got : 0] = '\0';
    close(fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
}

static long number_before(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    assert_non_null(at);
    while (at > text && at[-1] >= '0' && at[-1] <= '9') {
        at--;
    }
    return strtol(at, NULL, 10);
}

/* two days in one run are the two days one by one */
static void test_days(void **state)
{
    struct fixture *self = *state;
    char port[8];
    char receiver[32];
    long delivered[3];
    static const struct {
        const char *from, *days;
    } runs[] = { { "2026-11-17", "1" }, { "2026-11-18", "1" }, { "2026-11-17", "2" } };
    struct mllp_receiver *listening = mllp_receiver_start("A", port);
    snprintf(receiver, sizeof(receiver), "127.0.0.1:%s", port);
    for (size_t i = 0; i < ARRAY_LENGTH(runs); i++) {
        must_run(self, RUN(self, "synth", "--follow", "--people", "1500", "--seed", "5", "--speed",
                           "1000000", "--from", runs[i].from, "--days", runs[i].days, "--mllp",
                           receiver));
        delivered[i] = number_before(self->out, " acknowledged");
    }
    assert_true(delivered[0] > 0 && delivered[1] > 0);
    assert_int_equal(delivered[2], delivered[0] + delivered[1]);
    assert_int_equal(mllp_receiver_stop(listening), 2 * delivered[2]);
    mllp_receiver_free(listening);
}

static void test_stops_cleanly(void **state)
{
    struct fixture *self = *state;
    assert_int_equal(terminated(self, false), 1); /* in the middle of an answer that never comes */
    assert_non_null(strstr(self->out, "messages: 1 of "));
    assert_non_null(strstr(self->out, "stopped before the end"));
    assert_int_equal(terminated(self, true), 1); /* nobody is there any more */
    assert_non_null(strstr(self->out, " 0 acknowledged, 0 refused, 0 given up, "));
    assert_null(strstr(self->out, " 0 waiting"));
}

int main(int count, char **values)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sent_twice_has_one_effect),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_stops_cleanly),
    };
    assert(count == 2);
    program = values[1];
    return cmocka_run_group_tests_name("follow", tests, set_up, tear_down);
}
