/* Words, upsert, what is refused, corrupt rows, snapshots that outlive changes from many threads.
 */
#include "support/plane_fixture.h"

#include <errno.h>
#include <pthread.h>

#include "fault/failing_os.h"

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

static bool set(struct plane_fixture *self, const char *ods, struct slice name)
{
    struct organisation organisation = {
        .ods = slice_from_string(ods), .name = name, .status = ORGANISATION_LIVE, .since = 77
    };
    return register_set(self->reg, &organisation, &self->arena, &self->fault);
}

static void words_lead_there_and_back(void **state)
{
    (void)state;
    static const char *const statuses[] = { "planned", "live", "left" };
    for (size_t i = 0; i < ARRAY_LENGTH(statuses); i++) {
        enum organisation_status status;
        assert_true(organisation_status_find(slice_from_string(statuses[i]), &status));
        assert_int_equal(status, i);
        assert_string_equal(organisation_status_word(status), statuses[i]);
    }
    enum organisation_status status = ORGANISATION_LEFT;
    enum organisation_type type = ORGANISATION_TYPE_COUNCIL;
    assert_false(organisation_status_find(SLICE("Live"), &status));
    assert_false(organisation_status_find(SLICE(""), &status));
    assert_false(organisation_type_find(SLICE("practices"), &type));
    assert_int_equal(status, ORGANISATION_LEFT);
    assert_int_equal(type, ORGANISATION_TYPE_COUNCIL);
    assert_true(organisation_type_find(SLICE("ambulance"), &type));
    assert_string_equal(organisation_type_word(type), "ambulance");
    assert_string_equal(organisation_type_people(type), "Ambulance service");
    assert_string_equal(source_kind_word(SOURCE_KIND_GPCONNECT), "gpconnect");
}

static void an_organisation_is_added_changed_and_kept(void **state)
{
    struct plane_fixture *self = *state;
    assert_true(set(self, "RX9", SLICE("Vale \"Royal\" \\ Trust")));
    assert_true(set(self, "A81001", SLICE("The Surgery")));
    assert_true(set(self, "RX9", SLICE("Vale Trust")));
    for (int round = 0; round < 2; round++) { /* in memory, and from the rows */
        const struct register_snapshot *snapshot = register_get(self->reg);
        assert_int_equal(snapshot->count, 2);
        assert_slice(snapshot->at[0].ods, "A81001");
        const struct organisation *one = register_find(snapshot, SLICE("RX9"));
        assert_non_null(one);
        assert_slice(one->name, "Vale Trust");
        assert_int_equal(one->status, ORGANISATION_LIVE);
        assert_int_equal(one->since, 77);
        assert_null(register_find(snapshot, SLICE("RX8")));
        assert_null(register_find(snapshot, SLICE("")));
        assert_null(register_find(snapshot, SLICE("Z")));
        register_put(self->reg, snapshot);
        plane_fixture_close(self);
        plane_fixture_open(self);
    }
}

static void what_is_unfit_is_refused(void **state)
{
    struct plane_fixture *self = *state;
    static const char *const codes[] = {
        "", "RX", "rx9", "RX 9", "RX9/", "RX9ABCDEFGH", "R\303\2349",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(codes); i++) {
        assert_false(set(self, codes[i], SLICE("Name")));
        assert_int_equal(self->fault.code, FAULT_INVALID);
    }
    static const struct slice names[] = { SLICE_INIT(""),         SLICE_INIT(" \t "),
                                          SLICE_INIT("a\nb"),     SLICE_INIT("a\0b"),
                                          SLICE_INIT("z\x7f"),    SLICE_INIT("z\xc2\x85"),
                                          SLICE_INIT("\xff\xfe"), SLICE_INIT("a\x1b[31m") };
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        assert_false(set(self, "RX9", names[i]));
        assert_int_equal(self->fault.code, FAULT_INVALID);
        assert_slice(self->fault.where, "RX9");
    }
    char long_name[202];
    memset(long_name, 'n', sizeof long_name);
    assert_false(set(self, "RX9", slice_of(long_name, 201)));
    assert_true(set(self, "RX9", slice_of(long_name, 200)));
    assert_true(set(self, "RX9", SLICE("Caf\303\251 Trust")));
    struct organisation live = { .ods = SLICE("RX8"),
                                 .name = SLICE("Live"),
                                 .source = SOURCE_KIND_FHIR };
    assert_false(register_set(self->reg, &live, &self->arena, &self->fault));
    assert_int_equal(self->fault.code, FAULT_NOT_SUPPORTED);
}

static void put_row(struct plane_fixture *self, const char *key, const char *value)
{
    struct exchange_step step = {
        EXCHANGE_PUT, { EXCHANGE_ORGANISATION, slice_from_string(key), slice_from_string(value) }
    };
    struct exchange_write write = { .arena = &self->arena, .steps = &step, .count = 1 };
    assert_true(exchange_store_commit(self->store, &write, &self->fault));
}

static void a_corrupt_row_is_named(void **state)
{
    struct plane_fixture *self = *state;
    static const char *const rows[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"name\":\"x\",\"type\":\"practice\",\"status\":\"live\",\"source\":\"hosted\"}",
        "{\"name\":\"x\",\"type\":\"castle\",\"status\":\"live\",\"source\":\"hosted\",\"since\":"
        "1}",
        "{\"name\":\"x\",\"type\":\"practice\",\"status\":1,\"source\":\"hosted\",\"since\":1}",
        "{\"name\":\"x\",\"type\":\"practice\",\"status\":\"live\",\"source\":\"x\",\"since\":1}",
        "{\"name\":\"x\",\"type\":\"practice\",\"status\":\"live\",\"source\":\"hosted\",\"since\":"
        "-1}",
    };
    put_row(self, "A10",
            "{\"name\":\"x\",\"type\":\"other\",\"status\":\"live\",\"source\":"
            "\"hosted\",\"since\":1,\"later\":[true]}"); /* a later version's member */
    struct organisation_register *reg = register_open(self->store, &self->fault, &self->arena);
    assert_non_null(reg);
    register_close(reg);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        put_row(self, "B10", rows[i]);
        assert_null(register_open(self->store, &self->fault, &self->arena));
        assert_int_equal(self->fault.code, FAULT_CORRUPT);
        assert_slice(self->fault.where, "B10");
    }
}

/* -- threads ----------------------------------------------------------------------------------- */

#define CHANGES 300

struct racing {
    struct plane_fixture *self;
    _Atomic bool over;
    _Atomic unsigned wrong;
    _Atomic unsigned looked;
};

/* whatever moment a reader sees, it is whole: RX1 and RX2 are changed in turn, RX1 first */
static void *read_on(void *argument)
{
    struct racing *racing = argument;
    while (!racing->over) {
        const struct register_snapshot *snapshot = register_get(racing->self->reg);
        const struct organisation *one = register_find(snapshot, SLICE("RX1"));
        const struct organisation *two = register_find(snapshot, SLICE("RX2"));
        bool whole = one != NULL && two != NULL && one->since - two->since <= 1 &&
                     one->since >= two->since && one->name.len == 4;
        racing->wrong += !whole;
        racing->looked++;
        register_put(racing->self->reg, snapshot);
    }
    return NULL;
}

static bool set_since(struct racing *racing, const char *ods, walltime since, struct arena *arena)
{
    struct fault fault;
    struct organisation organisation = { .ods = slice_from_string(ods),
                                         .name = SLICE("Same"),
                                         .since = since };
    return register_set(racing->self->reg, &organisation, arena, &fault);
}

static void *change_another(void *argument)
{
    struct racing *racing = argument;
    struct arena arena;
    arena_init(&arena, MIB(8));
    for (int i = 0; i < CHANGES; i++) {
        char ods[8];
        (void)snprintf(ods, sizeof ods, "Z%02d", i % 40);
        racing->wrong += !set_since(racing, ods, i, &arena);
        arena_reset(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void readers_see_whole_moments(void **state)
{
    struct plane_fixture *self = *state;
    struct racing racing = { .self = self };
    pthread_t readers[3], changer;
    assert_true(set_since(&racing, "RX1", 0, &self->arena));
    assert_true(set_since(&racing, "RX2", 0, &self->arena));
    for (size_t i = 0; i < ARRAY_LENGTH(readers); i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &racing), 0);
    }
    assert_int_equal(pthread_create(&changer, NULL, change_another, &racing), 0);
    for (walltime i = 1; i <= CHANGES; i++) {
        assert_true(set_since(&racing, "RX1", i, &self->arena));
        assert_true(set_since(&racing, "RX2", i, &self->arena));
        arena_reset(&self->arena);
    }
    pthread_join(changer, NULL);
    racing.over = true;
    for (size_t i = 0; i < ARRAY_LENGTH(readers); i++) {
        pthread_join(readers[i], NULL);
    }
    assert_int_equal(racing.wrong, 0);
    assert_true(racing.looked > 0);
    const struct register_snapshot *snapshot = register_get(self->reg);
    assert_int_equal(snapshot->count, 42);
    register_put(self->reg, snapshot);
}

static void each_allocation_may_fail(void **state)
{
    struct plane_fixture *self = *state;
    assert_true(set(self, "RX9", SLICE("Before")));
    unsigned refused = 0;
    bool more = true;
    for (uint64_t k = 1; more; k++) {
        failing_os_install();
        failing_os_fail(FAIL_MALLOC, k, false, ENOMEM);
        bool ok = set(self, "RX9", SLICE("After"));
        more = failing_os_failures() > 0;
        failing_os_remove();
        refused += !ok;
        const struct register_snapshot *snapshot = register_get(self->reg);
        assert_int_equal(snapshot->count, 1);
        register_put(self->reg, snapshot);
        plane_fixture_clear(self);
    }
    assert_true(refused > 0);
    const struct register_snapshot *snapshot = register_get(self->reg);
    assert_slice(snapshot->at[0].name, "After");
    register_put(self->reg, snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_lead_there_and_back),
        cmocka_unit_test_setup_teardown(an_organisation_is_added_changed_and_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_unfit_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_corrupt_row_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(readers_see_whole_moments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
