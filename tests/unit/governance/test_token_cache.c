/* What the cache lets through is what token_verify() lets through: at every time, for every key. */
#include "support/plane_fixture.h"

#include <pthread.h>

#include "fault/failing_os.h"
#include "governance/token_cache.h"

#define SECOND ((walltime)1000000)

struct fixture {
    struct arena arena;
    struct key_ring keys;
    struct token_cache *cache;
    walltime now;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ .keys = { .count = 2 }, .now = os_now() };
    assert_true(digest_start());
    arena_init(&fixture.arena, MIB(16));
    for (size_t k = 0; k < 2; k++) {
        fixture.keys.keys[k].id = (uint32_t)(7 - k);
        memset(fixture.keys.keys[k].bytes, (int)('a' + k), 32);
    }
    fixture.cache = token_cache_new(&fixture.keys);
    assert_non_null(fixture.cache);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    token_cache_free(self->cache);
    arena_release(&self->arena);
    return 0;
}

static struct slice make(struct fixture *self, struct slice user, struct slice name)
{
    struct fault fault = FAULT_INIT;
    struct slice token = { NULL, 0 };
    struct subject subject = {
        .user = user, .name = name, .role = ROLE_SYSTEM, .organisation = SLICE("RX9")
    };
    assert_true(token_make(&self->keys, &subject, 3600, &self->arena, &token, &fault));
    return token;
}

static bool verify(struct fixture *self, struct slice token, walltime now,
                   struct subject *ret_subject)
{
    struct fault fault = FAULT_INIT;
    bool good = token_cache_verify(self->cache, token, now, &self->arena, ret_subject, &fault);
    assert_true(good || fault.code == FAULT_UNAUTHENTICATED);
    return good;
}

static void the_second_time_says_the_same(void **state)
{
    struct fixture *self = *state;
    struct slice token = make(self, SLICE("dr. \"x\" \xc3\xa9"), SLICE("Dr X"));
    for (unsigned i = 0; i < 3; i++) {
        struct subject subject = { .demo = true };
        assert_true(verify(self, token, self->now, &subject));
        assert_slice(subject.user, "dr. \"x\" \xc3\xa9");
        assert_slice(subject.name, "Dr X");
        assert_slice(subject.organisation, "RX9");
        assert_int_equal(subject.role, ROLE_SYSTEM);
        assert_false(subject.demo);
    }
}

/* it was remembered, or the rest of this file proves nothing: verifying takes memory for JSON */
static void a_known_token_is_not_verified_again(void **state)
{
    struct fixture *self = *state;
    struct subject subject;
    struct fault fault = FAULT_INIT;
    struct arena small;
    struct slice token = make(self, SLICE("anna"), SLICE("Anna"));
    struct slice other = make(self, SLICE("bert"), SLICE("Bert"));
    assert_true(verify(self, token, self->now, &subject));
    arena_init(&small, 160);
    assert_true(token_cache_verify(self->cache, token, self->now, &small, &subject, &fault));
    assert_slice(subject.user, "anna");
    assert_false(token_cache_verify(self->cache, other, self->now, &small, &subject, &fault));
    arena_release(&small);
    assert_true(verify(self, other, self->now, &subject));
}

static void a_known_token_expires(void **state)
{
    struct fixture *self = *state;
    struct subject subject;
    struct slice token = make(self, SLICE("anna"), SLICE("Anna"));
    assert_true(verify(self, token, self->now, &subject));
    assert_true(verify(self, token, self->now + 3598 * SECOND, &subject));
    assert_false(verify(self, token, self->now + 3602 * SECOND, &subject));
    assert_true(verify(self, token, self->now, &subject));
    assert_false(verify(self, token, self->now - 3600 * SECOND, &subject)); /* not made yet */
}

static void a_known_token_ends_with_its_key(void **state)
{
    struct fixture *self = *state;
    struct subject subject;
    struct slice token = make(self, SLICE("anna"), SLICE("Anna")); /* under key 7 */
    assert_true(verify(self, token, self->now, &subject));
    struct key_ring before = self->keys;
    self->keys.keys[0] = before.keys[1];
    self->keys.count = 1;
    assert_false(verify(self, token, self->now, &subject));
    self->keys = before;
    assert_true(verify(self, token, self->now, &subject));
}

static void a_known_token_with_a_bit_changed_is_refused(void **state)
{
    struct fixture *self = *state;
    struct subject subject;
    struct slice token = make(self, SLICE("anna"), SLICE("Anna"));
    char *changed = arena_string(&self->arena, token);
    assert_true(verify(self, token, self->now, &subject));
    for (size_t i = 0; i < token.len; i++) {
        changed[i] ^= 1;
        assert_false(verify(self, slice_of(changed, token.len), self->now, &subject));
        changed[i] ^= 1;
    }
    assert_false(verify(self, slice_sub(token, 0, token.len - 1), self->now, &subject));
    assert_false(verify(self, (struct slice){ NULL, 0 }, self->now, &subject));
    assert_true(verify(self, token, self->now, &subject));
}

static void a_text_too_long_to_keep_is_verified_each_time(void **state)
{
    struct fixture *self = *state;
    struct subject subject;
    char name[600];
    memset(name, 'n', sizeof name);
    struct slice token = make(self, SLICE("anna"), slice_of(name, sizeof name));
    for (unsigned i = 0; i < 2; i++) {
        assert_true(verify(self, token, self->now, &subject));
        assert_int_equal(subject.name.len, sizeof name);
    }
    char *longer = arena_alloc(&self->arena, TOKEN_MOST + 2);
    memset(longer, 'x', TOKEN_MOST + 2);
    assert_false(verify(self, slice_of(longer, TOKEN_MOST + 2), self->now, &subject));
}

/* more tokens than places: each still gives its own subject */
struct crowd {
    struct fixture *fixture;
    struct slice tokens[4 * LIMIT_TOKENS_KNOWN];
    unsigned step;
    bool mixed_up;
};

static void *ask_for_all(void *argument)
{
    struct crowd *crowd = argument;
    struct arena arena;
    arena_init(&arena, MIB(16));
    for (unsigned i = 0; i < 20 * LIMIT_TOKENS_KNOWN; i++) {
        unsigned at = i * crowd->step % ARRAY_LENGTH(crowd->tokens);
        char expected[16];
        struct subject subject;
        struct fault fault = FAULT_INIT;
        int len = snprintf(expected, sizeof expected, "user-%u", at);
        crowd->mixed_up |= !token_cache_verify(crowd->fixture->cache, crowd->tokens[at],
                                               crowd->fixture->now, &arena, &subject, &fault) ||
                           !slice_equal(subject.user, slice_of(expected, (size_t)len));
        arena_reset(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void tokens_are_never_mixed_up(void **state)
{
    struct fixture *self = *state;
    static struct crowd crowds[4];
    pthread_t threads[4];
    for (unsigned i = 0; i < ARRAY_LENGTH(crowds[0].tokens); i++) {
        struct slice token =
            make(self, arena_printf(&self->arena, "user-%u", i), (struct slice){ NULL, 0 });
        for (size_t t = 0; t < ARRAY_LENGTH(threads); t++) {
            crowds[t].tokens[i] = token;
        }
    }
    for (unsigned t = 0; t < ARRAY_LENGTH(threads); t++) {
        crowds[t].fixture = self;
        crowds[t].step = 2 * t + 1;
        assert_int_equal(pthread_create(&threads[t], NULL, ask_for_all, &crowds[t]), 0);
    }
    for (size_t t = 0; t < ARRAY_LENGTH(threads); t++) {
        pthread_join(threads[t], NULL);
        assert_false(crowds[t].mixed_up);
    }
}

static void without_memory_there_is_no_cache(void **state)
{
    struct fixture *self = *state;
    failing_os_install();
    failing_os_fail(FAIL_MALLOC, 1, true, 0);
    struct token_cache *none = token_cache_new(&self->keys);
    failing_os_remove();
    assert_null(none);
    token_cache_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_second_time_says_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_known_token_is_not_verified_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_known_token_expires, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_known_token_ends_with_its_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_known_token_with_a_bit_changed_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_text_too_long_to_keep_is_verified_each_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(tokens_are_never_mixed_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_there_is_no_cache, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
