/* The MLLP client against a receiver that acknowledges, refuses, is silent, closes and babbles. */
#include "support/check.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/os.h"
#include "net/mllp_client.h"
#include "support/mllp_receiver.h"

static const char message[] = "MSH|^~\\&|S|S|R|R|20260101||ADT^A01^ADT_A01|ID1|T|2.4\rEVN|A01\r";

static struct mllp_client *client_of(const char *port, int64_t answer_us, int stop_fd)
{
    struct mllp_client *client =
        mllp_client_new(&(struct mllp_client_options){ .host = "127.0.0.1",
                                                       .port = port,
                                                       .answer_us = answer_us,
                                                       .wait_first_us = 20000,
                                                       .wait_most_us = 70000,
                                                       .stop_fd = stop_fd });
    assert_non_null(client);
    return client;
}

static enum mllp_outcome send_one(struct mllp_client *client)
{
    return mllp_client_send(client, slice_from_string(message), SLICE("ID1"));
}

/* each letter of the script is how one message ends; a doubtful end costs the connection */
static void test_outcomes(void **state)
{
    (void)state;
    static const struct {
        char letter;
        enum mllp_outcome outcome;
        bool reconnects;
    } cases[] = {
        { 'A', MLLP_ACCEPTED, false }, { 'E', MLLP_FAILED, false }, { 'R', MLLP_REJECTED, false },
        { 'T', MLLP_ACCEPTED, false }, { 'S', MLLP_SILENT, true },  { 'C', MLLP_CLOSED, true },
        { 'H', MLLP_CLOSED, true },    { 'X', MLLP_GARBLED, true }, { 'G', MLLP_GARBLED, true },
        { 'J', MLLP_ACCEPTED, true },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char port[8];
        char script[] = { cases[i].letter, 'A', '\0' };
        struct mllp_receiver *receiver = mllp_receiver_start(script, port);
        struct mllp_client *client = client_of(port, 300000, -1);
        assert_int_equal(send_one(client), cases[i].outcome);
        assert_int_equal(send_one(client), MLLP_ACCEPTED);
        mllp_client_free(client);
        assert_int_equal(mllp_receiver_stop(receiver), 2);
        assert_int_equal(mllp_receiver_connections(receiver), cases[i].reconnects ? 2 : 1);
        assert_string_equal(mllp_receiver_id(receiver, 0), "ID1");
        mllp_receiver_free(receiver);
    }
}

static void test_answer(void **state)
{
    (void)state;
    char port[8];
    struct mllp_receiver *receiver = mllp_receiver_start("A", port);
    struct mllp_client *client = client_of(port, 300000, -1);
    assert_int_equal(send_one(client), MLLP_ACCEPTED);
    struct slice answer = mllp_client_answer(client);
    assert_true(slice_starts_with(answer, SLICE("MSH|")));
    assert_true(slice_ends_with(answer, SLICE("MSA|AA|ID1\r")));
    mllp_client_free(client);
    mllp_receiver_stop(receiver);
    mllp_receiver_free(receiver);
}

/* a message that does not fit into the socket's buffers goes out in pieces */
static void test_long_message(void **state)
{
    (void)state;
    char port[8];
    size_t len = 3000000;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, message, sizeof(message) - 1);
    text[len - 1] = '\r';
    struct mllp_receiver *receiver = mllp_receiver_start("A", port);
    struct mllp_client *client = client_of(port, 5000000, -1);
    assert_int_equal(mllp_client_send(client, slice_of(text, len), SLICE("ID1")), MLLP_ACCEPTED);
    mllp_client_free(client);
    assert_int_equal(mllp_receiver_stop(receiver), 1);
    mllp_receiver_free(receiver);
    free(text);
}

/* who cannot be reached is left alone for longer and longer, up to the most */
static void test_backs_off(void **state)
{
    (void)state;
    char port[8];
    struct mllp_receiver *receiver = mllp_receiver_start("A", port);
    mllp_receiver_stop(receiver);
    mllp_receiver_free(receiver);
    struct mllp_client *client = client_of(port, 300000, -1);
    int64_t last = 0;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(send_one(client), MLLP_UNREACHABLE);
        int64_t wait = mllp_client_wait_us(client);
        assert_true(wait > 0 && wait <= 70000);
        assert_true(i == 0 || i == 3 || wait > last);
        assert_int_equal(send_one(client), MLLP_UNREACHABLE); /* at once: no attempt is made */
        last = wait;
        usleep((useconds_t)wait + 2000);
    }
    mllp_client_free(client);
}

static void *stop_soon(void *context)
{
    uint64_t one = 1;
    usleep(50000);
    ssize_t written = write(*(int *)context, &one, sizeof(one));
    assert_int_equal(written, sizeof(one));
    return NULL;
}

static void test_stops(void **state)
{
    (void)state;
    char port[8];
    pthread_t thread;
    int stop = eventfd(0, EFD_CLOEXEC);
    struct mllp_receiver *receiver = mllp_receiver_start("S", port);
    struct mllp_client *client = client_of(port, 20000000, stop);
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
    monotime before = os_monotonic();
    assert_int_equal(send_one(client), MLLP_STOPPED);
    assert_true(monotime_since(os_monotonic(), before) < 10000000);
    pthread_join(thread, NULL);
    mllp_client_free(client);
    mllp_receiver_stop(receiver);
    mllp_receiver_free(receiver);
    close(stop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),     cmocka_unit_test(test_answer),
        cmocka_unit_test(test_long_message), cmocka_unit_test(test_backs_off),
        cmocka_unit_test(test_stops),
    };
    return cmocka_run_group_tests_name("mllp_client", tests, NULL, NULL);
}
