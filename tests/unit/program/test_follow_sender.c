/*
 * The sender of a day against receivers that doubt, refuse, fail and stop: each row ends once, in
 * order, and only what was in doubt is sent again.
 */
#include "support/check.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/http_server.h"
#include "program/follow_sender.h"
#include "support/mllp_receiver.h"

#define PEOPLE 4000

static struct arena arena;
static struct synth_world world;
static struct fault failure;
static struct follow_day day;
static size_t of_tongue[2];

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, MIB(64));
    failure = (struct fault)FAULT_INIT;
    assert_true(synth_world_make(&world, 4, PEOPLE, 5, 20777, &arena, &failure));
    assert_true(follow_plan(&world, world.today - 2, FOLLOW_TELL_HL7V2 | FOLLOW_TELL_FHIR, NULL,
                            NULL, &day, &arena, &failure));
    for (size_t i = 0; i < day.rows.count; i++) {
        of_tongue[day.rows.at[i].tongue]++;
    }
    assert_true(of_tongue[FOLLOW_HL7V2] > 8 && of_tongue[FOLLOW_FHIR] > 4);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    follow_release(&day);
    arena_release(&arena);
    return 0;
}

static struct follow_sender_options fast(void)
{
    return (struct follow_sender_options){
        .speed = 1000000, .answer_us = 150000, .pause_us = 1000, .stop_fd = -1
    };
}

/* control ids in the order of the day */
static size_t expected_ids(char ids[][FOLLOW_KEY_SIZE], size_t most)
{
    struct strbuf text;
    size_t count = 0;
    strbuf_init(&text, MIB(4));
    for (size_t i = 0; i < day.rows.count && count < most; i++) {
        if (day.rows.at[i].tongue == FOLLOW_HL7V2) {
            strbuf_clear(&text);
            follow_write(&day, &day.rows.at[i], &text, ids[count++]);
        }
    }
    strbuf_release(&text);
    return count;
}

/* silence, a broken connection, nonsense and "not now": each costs a repeat, none a message */
static void test_doubt_is_repeated(void **state)
{
    (void)state;
    static char ids[RECEIVER_MESSAGES][FOLLOW_KEY_SIZE];
    char port[8];
    bool stopped;
    struct follow_counts counts[2];
    struct follow_sender_options options = fast();
    struct mllp_receiver *receiver = mllp_receiver_start("ASACAHAXAEARA", port);
    options.mllp_host = "127.0.0.1";
    options.mllp_port = port;
    assert_true(follow_send(&day, &options, counts, &stopped, &arena, &failure));
    size_t came = mllp_receiver_stop(receiver);
    size_t count = expected_ids(ids, RECEIVER_MESSAGES);
    assert_false(stopped);
    assert_int_equal(counts[FOLLOW_HL7V2].rows, of_tongue[FOLLOW_HL7V2]);
    assert_int_equal(counts[FOLLOW_HL7V2].delivered, of_tongue[FOLLOW_HL7V2] - 1);
    assert_int_equal(counts[FOLLOW_HL7V2].refused, 1);
    assert_int_equal(counts[FOLLOW_HL7V2].repeated, 5);
    assert_int_equal(came, of_tongue[FOLLOW_HL7V2] + 5);
    size_t next = 0;
    for (size_t i = 0; i < came; i++) { /* in order; a repeat follows what it repeats */
        const char *id = mllp_receiver_id(receiver, i);
        if (next < count && strcmp(id, ids[next]) == 0) {
            next++;
        } else {
            assert_true(next > 0);
            assert_string_equal(id, ids[next - 1]);
        }
    }
    assert_int_equal(next, count);
    mllp_receiver_free(receiver);
}

static void test_gives_up_on_not_now(void **state)
{
    (void)state;
    char port[8];
    bool stopped;
    struct follow_counts counts[2];
    struct follow_sender_options options = fast();
    struct mllp_receiver *receiver = mllp_receiver_start("E", port);
    options.mllp_host = "127.0.0.1";
    options.mllp_port = port;
    assert_true(follow_send(&day, &options, counts, &stopped, &arena, &failure));
    assert_int_equal(counts[FOLLOW_HL7V2].failed, of_tongue[FOLLOW_HL7V2]);
    assert_int_equal(mllp_receiver_stop(receiver), of_tongue[FOLLOW_HL7V2] * LIMIT_FOLLOW_ATTEMPTS);
    mllp_receiver_free(receiver);
}

struct store {
    size_t requests;
    size_t without_token;
    char last[64];
};

/* the third and fourth request are not now, the sixth is no */
static void handle(struct http_request *request, void *context)
{
    struct store *store = context;
    struct slice token = { NULL, 0 };
    http_request_header(request, "Authorization", &token);
    size_t number = ++store->requests;
    store->without_token += !slice_equal(token, SLICE("Bearer secret"));
    unsigned status = number == 3 ? 503 : number == 4 ? 429 : number == 6 ? 422 : 200;
    assert_true(slice_starts_with(request->path, SLICE("/orgs/")));
    assert_true(slice_starts_with(request->body, SLICE("{\"resourceType\":\"Bundle\"")));
    http_respond(request, status, SLICE("text/plain"), HTTP_NO_BODY);
}

static void test_bundles(void **state)
{
    (void)state;
    char url[64];
    bool stopped;
    struct store store = { 0 };
    struct http_server *server;
    struct http_server_config config;
    struct follow_counts counts[2];
    struct follow_token token = { .token = SLICE("secret") };
    struct follow_sender_options options = fast();
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.handler = handle;
    config.context = &store;
    config.threads = 1;
    assert_true(http_server_start(&config, &server, &arena, &failure));
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", http_server_port(server));
    options.http = url;
    options.tokens = &token;
    options.token_count = 1;
    options.answer_us = 5000000;
    assert_true(follow_send(&day, &options, counts, &stopped, &arena, &failure));
    http_server_drain(server);
    http_server_free(server);
    assert_int_equal(counts[FOLLOW_FHIR].delivered, of_tongue[FOLLOW_FHIR] - 1);
    assert_int_equal(counts[FOLLOW_FHIR].refused, 1);
    assert_int_equal(counts[FOLLOW_FHIR].repeated, 2);
    assert_int_equal(store.requests, of_tongue[FOLLOW_FHIR] + 2);
    assert_int_equal(store.without_token, 0);
    assert_int_equal(counts[FOLLOW_HL7V2].delivered, 0);
}

/* a day at the pace of life is left when it is asked to, although nothing is due for hours */
static void test_stops(void **state)
{
    (void)state;
    char port[8];
    bool stopped = false;
    uint64_t one = 1;
    struct follow_counts counts[2];
    struct follow_sender_options options = fast();
    struct mllp_receiver *receiver = mllp_receiver_start("A", port);
    options.speed = 1;
    options.mllp_host = "127.0.0.1";
    options.mllp_port = port;
    options.stop_fd = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(write(options.stop_fd, &one, sizeof(one)), sizeof(one));
    assert_true(follow_send(&day, &options, counts, &stopped, &arena, &failure));
    assert_true(stopped);
    assert_int_equal(counts[FOLLOW_HL7V2].delivered, 0);
    mllp_receiver_stop(receiver);
    mllp_receiver_free(receiver);
    close(options.stop_fd);
}

static void test_no_address(void **state)
{
    (void)state;
    bool stopped;
    struct follow_counts counts[2];
    struct follow_sender_options options = fast();
    options.http = "gopher://127.0.0.1";
    assert_false(follow_send(&day, &options, counts, &stopped, &arena, &failure));
    assert_int_equal(failure.code, FAULT_INVALID);
    failure = (struct fault)FAULT_INIT;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubt_is_repeated), cmocka_unit_test(test_gives_up_on_not_now),
        cmocka_unit_test(test_bundles),           cmocka_unit_test(test_stops),
        cmocka_unit_test(test_no_address),
    };
    return cmocka_run_group_tests_name("program_follow_sender", tests, setup, teardown);
}
