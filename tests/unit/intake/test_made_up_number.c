/* Numbers that are nobody's: valid, of the 999 range, one each, the same again, also side by side.
 */
#include "support/plane_fixture.h"

#include <errno.h>
#include <pthread.h>

#include "fault/failing_os.h"
#include "intake/made_up_number.h"
#include "nhs/nhs_number.h"

static int set_up(void **state)
{
    static struct plane_fixture fixture;
    plane_fixture_init(&fixture, FIXTURE_MEMORY);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    plane_fixture_release(*state);
    return 0;
}

static struct slice number_of(struct plane_fixture *self, struct made_up_numbers *numbers,
                              const char *identifier)
{
    struct slice number;
    if (!made_up_number(numbers, slice_from_string(identifier), &self->arena, &number,
                        &self->fault)) {
        fail_msg("%s", plane_fixture_fault(self));
    }
    assert_true(nhs_number_valid(number));
    assert_true(nhs_number_is_test(number));
    return number;
}

static void a_number_is_valid_and_stays(void **state)
{
    struct plane_fixture *self = *state;
    struct made_up_numbers *numbers = made_up_numbers_new(self->store);
    struct slice seen[200];
    for (size_t i = 0; i < ARRAY_LENGTH(seen); i++) {
        char identifier[16];
        (void)snprintf(identifier, sizeof identifier, "id %zu", i);
        seen[i] = number_of(self, numbers, identifier);
        for (size_t k = 0; k < i; k++) {
            assert_false(slice_equal(seen[i], seen[k]));
        }
    }
    made_up_numbers_free(numbers);
    numbers = made_up_numbers_new(self->store); /* another load */
    for (size_t i = 0; i < ARRAY_LENGTH(seen); i++) {
        char identifier[16];
        (void)snprintf(identifier, sizeof identifier, "id %zu", i);
        assert_true(slice_equal(seen[i], number_of(self, numbers, identifier)));
    }
    made_up_numbers_free(numbers);
}

static void what_is_taken_is_passed_over(void **state)
{
    struct plane_fixture *self = *state;
    struct made_up_numbers *numbers = made_up_numbers_new(self->store);
    struct slice first = number_of(self, numbers, "alpha");
    /* somebody else has it */
    struct digest other = digest_of_one(SLICE("other"));
    struct exchange_step step = { EXCHANGE_PUT,
                                  { EXCHANGE_LOAD,
                                    arena_printf(&self->arena, "nhs %.*s", SLICE_PRINT(first)),
                                    { (const char *)other.bytes, sizeof other.bytes } } };
    struct exchange_write write = { .arena = &self->arena, .steps = &step, .count = 1 };
    assert_true(exchange_store_commit(self->store, &write, &self->fault));
    struct slice next = number_of(self, numbers, "alpha");
    assert_false(slice_equal(first, next));
    assert_true(slice_equal(next, number_of(self, numbers, "alpha")));
    made_up_numbers_free(numbers);
}

struct racing {
    struct plane_fixture *self;
    char numbers[100][16];
};

static void *ask_many(void *argument)
{
    struct racing *racing = argument;
    struct made_up_numbers *numbers = made_up_numbers_new(racing->self->store);
    struct arena arena;
    struct fault fault;
    arena_init(&arena, MIB(4));
    for (size_t i = 0; i < ARRAY_LENGTH(racing->numbers); i++) {
        char identifier[16];
        struct slice number;
        (void)snprintf(identifier, sizeof identifier, "race %zu", i);
        if (made_up_number(numbers, slice_from_string(identifier), &arena, &number, &fault)) {
            (void)snprintf(racing->numbers[i], 16, "%.*s", SLICE_PRINT(number));
        }
    }
    arena_release(&arena);
    made_up_numbers_free(numbers);
    return NULL;
}

/* two loads at once, each with its own lock: the store decides */
static void two_loads_give_the_same(void **state)
{
    struct plane_fixture *self = *state;
    static struct racing racing[2];
    pthread_t threads[2];
    for (size_t t = 0; t < 2; t++) {
        racing[t] = (struct racing){ .self = self };
        assert_int_equal(pthread_create(&threads[t], NULL, ask_many, &racing[t]), 0);
    }
    for (size_t t = 0; t < 2; t++) {
        pthread_join(threads[t], NULL);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(racing[0].numbers); i++) {
        assert_int_equal(strlen(racing[0].numbers[i]), NHS_NUMBER_DIGITS);
        assert_string_equal(racing[0].numbers[i], racing[1].numbers[i]);
    }
}

static void a_number_is_durable_or_not_given(void **state)
{
    struct plane_fixture *self = *state;
    struct made_up_numbers *numbers = made_up_numbers_new(self->store);
    struct slice number;
    failing_os_install();
    failing_os_fail(FAIL_FDATASYNC, 1, false, EIO);
    bool ok = made_up_number(numbers, SLICE("alpha"), &self->arena, &number, &self->fault);
    failing_os_remove();
    assert_false(ok);
    made_up_numbers_free(numbers);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_number_is_valid_and_stays),
        CASE(what_is_taken_is_passed_over),
        CASE(two_loads_give_the_same),
        CASE(a_number_is_durable_or_not_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
