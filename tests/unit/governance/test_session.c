/* Sessions under a clock that the test moves: idle and total ends, sign-out against touch, forms.
 */
#include "support/plane_fixture.h"

#include <errno.h>
#include <stdatomic.h>

#include "fault/failing_os.h"
#include "governance/session.h"

#define SECOND ((walltime)1000000)

static _Atomic walltime now;

static walltime fake_now(void)
{
    return now;
}

struct fixture {
    struct plane_fixture plane;
    struct key_ring keys;
    struct session_keeper *keeper;
    struct os_ops os;
    char cookie[SESSION_COOKIE_SIZE];
};

static const struct subject subject = { .user = SLICE_INIT("dr.\"o\""),
                                        .name = SLICE_INIT("Dr O"),
                                        .role = ROLE_NURSE,
                                        .organisation = SLICE_INIT("RX9"),
                                        .demo = true };

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ .keys = { .count = 2 }, .os = os_system };
    fixture.keys.keys[0] = (struct secret_key){ 2, { 'b' } };
    fixture.keys.keys[1] = (struct secret_key){ 1, { 'a' } };
    now = 1700000000 * SECOND;
    fixture.os.now = fake_now;
    os_install(&fixture.os);
    plane_fixture_init(&fixture.plane, FIXTURE_MEMORY);
    fixture.keeper = session_keeper_new(fixture.plane.store, &fixture.keys);
    assert_non_null(fixture.keeper);
    assert_true(session_open(fixture.keeper, &subject, fixture.cookie, &fixture.plane.arena,
                             &fixture.plane.fault));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    session_keeper_free(self->keeper);
    plane_fixture_release(&self->plane);
    os_install(NULL);
    return 0;
}

static bool find_cookie(struct fixture *self, struct slice cookie)
{
    struct subject found = { .user = SLICE("unchanged") };
    bool ok =
        session_find(self->keeper, cookie, now, &self->plane.arena, &found, &self->plane.fault);
    /* a touch that is under way is waited for: nobody else does */
    struct exchange_step step = { EXCHANGE_PUT, { EXCHANGE_SETTING, SLICE("x"), SLICE("y") } };
    struct exchange_write write = { .arena = &self->plane.arena, .steps = &step, .count = 1 };
    assert_true(exchange_store_commit(self->plane.store, &write, &self->plane.fault));
    if (ok) {
        assert_slice(found.user, "dr.\"o\"");
        assert_slice(found.name, "Dr O");
        assert_slice(found.organisation, "RX9");
        assert_int_equal(found.role, ROLE_NURSE);
        assert_true(found.demo);
    } else {
        assert_slice(found.user, "unchanged");
    }
    return ok;
}

static bool find(struct fixture *self)
{
    return find_cookie(self, slice_from_string(self->cookie));
}

static void a_session_is_known_by_its_cookie_alone(void **state)
{
    struct fixture *self = *state;
    char other[SESSION_COOKIE_SIZE];
    assert_int_equal(strlen(self->cookie), SESSION_COOKIE_SIZE - 1);
    assert_true(find(self));
    assert_true(
        session_open(self->keeper, &subject, other, &self->plane.arena, &self->plane.fault));
    assert_string_not_equal(self->cookie, other);
    for (size_t i = 0; i < SESSION_COOKIE_SIZE - 1; i++) {
        char wrong[SESSION_COOKIE_SIZE];
        memcpy(wrong, self->cookie, sizeof wrong);
        wrong[i] = wrong[i] == '0' ? '1' : '0';
        assert_false(find_cookie(self, slice_from_string(wrong)));
    }
    assert_false(find_cookie(self, slice_of(self->cookie, SESSION_COOKIE_SIZE - 2)));
    assert_false(find_cookie(self, SLICE("")));
    assert_false(find_cookie(self, slice_of(self->cookie, SESSION_COOKIE_SIZE)));
    char upper[SESSION_COOKIE_SIZE];
    for (size_t i = 0; i < sizeof upper; i++) {
        upper[i] = (char)(self->cookie[i] >= 'a' ? self->cookie[i] - 32 : self->cookie[i]);
    }
    assert_false(find_cookie(self, slice_from_string(upper)));
    assert_true(find(self));
}

static bool see_cookie(void *context, const struct exchange_row *row)
{
    struct fixture *self = context;
    struct slice cookie = slice_from_string(self->cookie);
    assert_int_equal(slice_find_slice(row->key, cookie), row->key.len);
    assert_int_equal(slice_find_slice(row->value, cookie), row->value.len);
    return true;
}

static void the_store_does_not_hold_the_cookie(void **state)
{
    struct fixture *self = *state;
    struct slice all = { NULL, 0 };
    assert_true(exchange_store_scan(self->plane.store, EXCHANGE_SESSION, all, all, 0,
                                    &self->plane.arena, see_cookie, self, &self->plane.fault));
}

static void it_ends_when_it_is_not_used(void **state)
{
    struct fixture *self = *state;
    now += SESSION_IDLE_S * SECOND;
    assert_true(find(self)); /* at the last moment; used now */
    now += SESSION_IDLE_S * SECOND;
    assert_true(find(self));
    now += (SESSION_IDLE_S + 1) * SECOND;
    assert_false(find(self));
    assert_int_equal(self->plane.fault.code, FAULT_UNAUTHENTICATED);
}

static void use_is_noted_once_a_minute(void **state)
{
    struct fixture *self = *state;
    now += 59 * SECOND;
    assert_true(find(self)); /* not noted */
    now += (SESSION_IDLE_S - 59) * SECOND;
    assert_true(find(self));
    now += SESSION_IDLE_S * SECOND;
    assert_true(find(self));
}

static void it_ends_after_twelve_hours_whatever_is_done(void **state)
{
    struct fixture *self = *state;
    for (int t = 0; t < SESSION_TOTAL_S; t += 600) {
        assert_true(find(self));
        now += 600 * SECOND;
    }
    assert_true(find(self));
    now += SECOND;
    assert_false(find(self));
}

static void a_clock_that_goes_back_ends_it(void **state)
{
    struct fixture *self = *state;
    now -= 59 * SECOND;
    assert_true(find(self));
    now -= 10 * SECOND;
    assert_false(find(self));
}

static void signing_out_beats_a_touch(void **state)
{
    struct fixture *self = *state;
    struct slice cookie = slice_from_string(self->cookie);
    for (int round = 0; round < 50; round++) {
        struct subject found;
        now += 61 * SECOND;
        /* the touch is submitted and not waited for; the end comes right behind or before it */
        assert_true(session_find(self->keeper, cookie, now, &self->plane.arena, &found,
                                 &self->plane.fault));
        assert_true(session_end(self->keeper, cookie, &self->plane.arena, &self->plane.fault));
        assert_false(find(self));
        assert_true(session_end(self->keeper, cookie, &self->plane.arena, &self->plane.fault));
        assert_true(session_open(self->keeper, &subject, self->cookie, &self->plane.arena,
                                 &self->plane.fault));
    }
    /* read before the end, touched after it: the row must not come back */
    now += 61 * SECOND;
    assert_true(find(self));
    assert_true(session_end(self->keeper, cookie, &self->plane.arena, &self->plane.fault));
    assert_false(find(self));
}

static void form_tokens_belong_to_one_session(void **state)
{
    struct fixture *self = *state;
    struct slice cookie = slice_from_string(self->cookie);
    char token[DIGEST_HEX_SIZE + 1], other[DIGEST_HEX_SIZE + 1];
    session_form_token(self->keeper, cookie, token);
    struct slice text = slice_from_string(token);
    assert_true(session_form_token_valid(self->keeper, cookie, text));
    session_form_token(self->keeper, SLICE("another"), other);
    assert_string_not_equal(token, other);
    assert_false(session_form_token_valid(self->keeper, SLICE("another"), text));
    assert_false(session_form_token_valid(self->keeper, cookie, slice_from_string(other)));
    assert_false(session_form_token_valid(self->keeper, cookie, SLICE("")));
    assert_false(session_form_token_valid(self->keeper, cookie, slice_sub(text, 0, text.len - 1)));
    assert_false(session_form_token_valid(self->keeper, cookie, cookie));
    /* of the key before: still good; of a key that is gone: not */
    struct secret_key newest = { 3, { 'c' } };
    self->keys.keys[1] = self->keys.keys[0];
    self->keys.keys[0] = newest;
    assert_true(session_form_token_valid(self->keeper, cookie, text));
    self->keys.keys[1] = newest;
    assert_false(session_form_token_valid(self->keeper, cookie, text));
}

static void a_row_that_cannot_be_read_is_no_session(void **state)
{
    struct fixture *self = *state;
    struct digest key = digest_of_one(slice_from_string(self->cookie));
    static const char *const rows[] = {
        "",
        "x",
        "{}",
        "[]",
        ("{\"user\":\"a\",\"role\":\"king\",\"org\":\"RX9\",\"opened\":1700000000000000,"
         "\"used\":1700000000000000}"),
        "{\"user\":\"a\",\"role\":\"gp\",\"org\":\"RX9\",\"opened\":\"1\",\"used\":1}",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct exchange_step step = { EXCHANGE_PUT,
                                      { EXCHANGE_SESSION,
                                        { (const char *)key.bytes, sizeof key.bytes },
                                        slice_from_string(rows[i]) } };
        struct exchange_write write = { .arena = &self->plane.arena, .steps = &step, .count = 1 };
        assert_true(exchange_store_commit(self->plane.store, &write, &self->plane.fault));
        assert_false(find(self));
        assert_int_equal(self->plane.fault.code, FAULT_UNAUTHENTICATED);
    }
}

static bool count_row(void *context, const struct exchange_row *row)
{
    (void)row;
    ++*(unsigned *)context;
    return true;
}

static unsigned rows_kept(struct fixture *self)
{
    unsigned count = 0;
    struct slice all = { NULL, 0 };
    assert_true(exchange_store_scan(self->plane.store, EXCHANGE_SESSION, all, all, 0,
                                    &self->plane.arena, count_row, &count, &self->plane.fault));
    return count;
}

static void what_is_over_is_cleared_away(void **state)
{
    struct fixture *self = *state;
    char later[SESSION_COOKIE_SIZE];
    now += 60 * SECOND;
    assert_true(
        session_open(self->keeper, &subject, later, &self->plane.arena, &self->plane.fault));
    assert_true(session_prune(self->keeper, now, &self->plane.arena, &self->plane.fault));
    assert_int_equal(rows_kept(self), 2);
    now += (SESSION_IDLE_S - 30) * SECOND; /* the first is over, the later one is not */
    assert_true(session_prune(self->keeper, now, &self->plane.arena, &self->plane.fault));
    assert_int_equal(rows_kept(self), 1);
    assert_false(find(self));
    assert_true(find_cookie(self, slice_from_string(later)));
}

static void demo_users_have_roles_and_organisations(void **state)
{
    (void)state;
    size_t count;
    const struct subject *users = session_demo_users(&count);
    unsigned roles = 0;
    assert_true(count >= 5);
    for (size_t i = 0; i < count; i++) {
        assert_true(users[i].demo && users[i].user.len > 0 && users[i].organisation.len > 0);
        assert_int_not_equal(users[i].role, ROLE_SYSTEM);
        roles |= 1u << users[i].role;
    }
    assert_int_equal(roles, (1u << ROLE_SYSTEM) - 1); /* each role of people once at least */
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_session_is_known_by_its_cookie_alone),
        CASE(the_store_does_not_hold_the_cookie),
        CASE(it_ends_when_it_is_not_used),
        CASE(use_is_noted_once_a_minute),
        CASE(it_ends_after_twelve_hours_whatever_is_done),
        CASE(a_clock_that_goes_back_ends_it),
        CASE(signing_out_beats_a_touch),
        CASE(form_tokens_belong_to_one_session),
        CASE(a_row_that_cannot_be_read_is_no_session),
        CASE(what_is_over_is_cleared_away),
        cmocka_unit_test(demo_users_have_roles_and_organisations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
