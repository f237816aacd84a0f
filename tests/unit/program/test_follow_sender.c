/*
 * The sender of days against receivers that doubt, refuse, fail, go away and stop: each row ends
 * once, in order, and only what was in doubt is sent again.
 */
#include "support/check.h"

#include <pthread.h>
#include <stdatomic.h>
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
    return (struct follow_sender_options){ .world = &world,
                                           .first_day = world.today - 2,
                                           .days = 1,
                                           .speed = 1000000,
                                           .answer_us = 150000,
                                           .pause_us = 1000,
                                           .stop_fd = -1 };
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
    assert_true(follow_send(&options, counts, &stopped, &arena, &failure));
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
    assert_true(follow_send(&options, counts, &stopped, &arena, &failure));
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

#define URL_SIZE 64

/* a server of one thread; its address in ret_url */
static struct http_server *start_server(void (*handler)(struct http_request *request,
                                                        void *context),
                                        void *context, char ret_url[URL_SIZE])
{
    struct http_server *server;
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.handler = handler;
    config.context = context;
    config.threads = 1;
    assert_true(http_server_start(&config, &server, &arena, &failure));
    snprintf(ret_url, URL_SIZE, "http://127.0.0.1:%u", http_server_port(server));
    return server;
}

static void test_bundles(void **state)
{
    (void)state;
    char url[URL_SIZE];
    bool stopped;
    struct store store = { 0 };
    struct http_server *server;
    struct follow_counts counts[2];
    struct follow_token token = { .token = SLICE("secret") };
    struct follow_sender_options options = fast();
    server = start_server(handle, &store, url);
    options.http = url;
    options.tokens = &token;
    options.token_count = 1;
    options.answer_us = 5000000;
    assert_true(follow_send(&options, counts, &stopped, &arena, &failure));
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
    assert_true(follow_send(&options, counts, &stopped, &arena, &failure));
    assert_true(stopped);
    assert_int_equal(counts[FOLLOW_HL7V2].delivered, 0);
    mllp_receiver_stop(receiver);
    mllp_receiver_free(receiver);
    close(options.stop_fd);
}

/* -- a receiver that is away --------------------------------------------------------------------
 */

struct sending {
    pthread_t thread;
    struct follow_sender_options options;
    struct follow_counts counts[2];
    bool ok, stopped;
    struct arena faults;
    struct fault fault;
};

static void *send_all(void *context)
{
    struct sending *sending = context;
    sending->ok = follow_send(&sending->options, sending->counts, &sending->stopped,
                              &sending->faults, &sending->fault);
    return NULL;
}

static void start_sending(struct sending *sending)
{
    arena_init(&sending->faults, LIMIT_FAULT_ARENA);
    assert_int_equal(pthread_create(&sending->thread, NULL, send_all, sending), 0);
}

static void end_sending(struct sending *sending)
{
    pthread_join(sending->thread, NULL);
    assert_true(sending->ok);
    arena_release(&sending->faults);
}

/* it dies in the middle of a day and comes back: nothing is lost, nothing comes out of turn */
static void test_receiver_comes_back(void **state)
{
    (void)state;
    static char ids[RECEIVER_MESSAGES][FOLLOW_KEY_SIZE];
    char port[8];
    struct sending sending = { .options = fast() };
    struct mllp_receiver *first = mllp_receiver_start("AAAAD", port);
    sending.options.mllp_host = "127.0.0.1";
    sending.options.mllp_port = port;
    start_sending(&sending);
    mllp_receiver_wait_gone(first);
    usleep(20000); /* some attempts find nobody */
    struct mllp_receiver *second = mllp_receiver_start_again("A", port);
    end_sending(&sending);
    assert_int_equal(mllp_receiver_stop(first), 5);
    size_t came = mllp_receiver_stop(second);
    size_t count = expected_ids(ids, RECEIVER_MESSAGES);
    assert_int_equal(sending.counts[FOLLOW_HL7V2].delivered, count);
    assert_int_equal(sending.counts[FOLLOW_HL7V2].sent, count);
    assert_int_equal(sending.counts[FOLLOW_HL7V2].waiting, 0);
    assert_true(sending.counts[FOLLOW_HL7V2].repeated > 1);
    assert_int_equal(4 + came, count); /* the fifth was in doubt */
    for (size_t i = 0; i < came; i++) {
        assert_string_equal(mllp_receiver_id(second, i), ids[4 + i]);
    }
    mllp_receiver_free(first);
    mllp_receiver_free(second);
}

static void count_bundles(struct http_request *request, void *context)
{
    atomic_size_t *requests = context;
    atomic_fetch_add(requests, 1);
    http_respond(request, 200, SLICE("text/plain"), HTTP_NO_BODY);
}

static size_t rows_of(int32_t on, unsigned tell)
{
    struct follow_day one;
    assert_true(follow_plan(&world, on, tell, NULL, NULL, &one, &arena, &failure));
    size_t count = one.rows.count;
    follow_release(&one);
    return count;
}

/* the tongue whose receiver is there goes on to the next day; the other holds one day and no more
 */
static void test_backlog_is_one_day(void **state)
{
    (void)state;
    char port[8], url[URL_SIZE];
    uint64_t one = 1;
    atomic_size_t requests = 0;
    struct http_server *server;
    struct sending sending = { .options = fast() };
    struct mllp_receiver *gone = mllp_receiver_start("A", port);
    size_t bundles = of_tongue[FOLLOW_FHIR] + rows_of(world.today - 1, FOLLOW_TELL_FHIR);
    mllp_receiver_stop(gone);
    mllp_receiver_free(gone);
    server = start_server(count_bundles, &requests, url);
    sending.options.days = 2;
    sending.options.http = url;
    sending.options.answer_us = 5000000;
    sending.options.mllp_host = "127.0.0.1";
    sending.options.mllp_port = port;
    sending.options.stop_fd = eventfd(0, EFD_CLOEXEC);
    start_sending(&sending);
    for (int i = 0; i < 6000 && atomic_load(&requests) < bundles; i++) {
        usleep(10000);
    }
    usleep(100000);
    assert_int_equal(write(sending.options.stop_fd, &one, sizeof(one)), sizeof(one));
    end_sending(&sending);
    http_server_drain(server);
    http_server_free(server);
    close(sending.options.stop_fd);
    assert_true(sending.stopped);
    assert_int_equal(sending.counts[FOLLOW_FHIR].delivered, bundles);
    assert_int_equal(sending.counts[FOLLOW_FHIR].waiting, 0);
    assert_int_equal(sending.counts[FOLLOW_HL7V2].rows, of_tongue[FOLLOW_HL7V2]);
    assert_int_equal(sending.counts[FOLLOW_HL7V2].sent, 1);
    assert_int_equal(sending.counts[FOLLOW_HL7V2].waiting, of_tongue[FOLLOW_HL7V2]);
}

/* three days are the days one by one */
static void test_day_after_day(void **state)
{
    (void)state;
    char port[8];
    bool stopped;
    size_t rows = 0;
    struct follow_counts counts[2];
    struct follow_sender_options options = fast();
    struct mllp_receiver *receiver = mllp_receiver_start("A", port);
    for (int32_t i = 0; i < 3; i++) {
        rows += rows_of(world.today - 2 + i, FOLLOW_TELL_HL7V2);
    }
    options.days = 3;
    options.mllp_host = "127.0.0.1";
    options.mllp_port = port;
    assert_true(follow_send(&options, counts, &stopped, &arena, &failure));
    assert_false(stopped);
    assert_int_equal(counts[FOLLOW_HL7V2].rows, rows);
    assert_int_equal(counts[FOLLOW_HL7V2].delivered, rows);
    assert_int_equal(mllp_receiver_stop(receiver), rows);
    mllp_receiver_free(receiver);
}

static void test_no_address(void **state)
{
    (void)state;
    bool stopped;
    struct follow_counts counts[2];
    struct follow_sender_options options = fast();
    options.http = "gopher://127.0.0.1";
    assert_false(follow_send(&options, counts, &stopped, &arena, &failure));
    assert_int_equal(failure.code, FAULT_INVALID);
    failure = (struct fault)FAULT_INIT;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubt_is_repeated),
        cmocka_unit_test(test_gives_up_on_not_now),
        cmocka_unit_test(test_bundles),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_receiver_comes_back),
        cmocka_unit_test(test_backlog_is_one_day),
        cmocka_unit_test(test_day_after_day),
        cmocka_unit_test(test_no_address),
    };
    return cmocka_run_group_tests_name("program_follow_sender", tests, setup, teardown);
}
