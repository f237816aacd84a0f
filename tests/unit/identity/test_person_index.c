/* Linked by number and birth, kept apart otherwise; moved, deleted, led anew; found; interrupted.
 */
#include "index_words.h"

#include <errno.h>

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

#define N1 "9434765919"
#define N2 "9434765870"

static void put(struct plane_fixture *self, const char *ods, const char *id, const char *number,
                const char *birth, const char *family, const char *practice)
{
    words_put(self, &(struct patient_words){ ods, id, number, birth, family, practice });
}

static void figures(struct plane_fixture *self, uint64_t persons, uint64_t links, uint64_t apart)
{
    struct person_index_figures now;
    assert_true(person_index_figures(self->people, &now, &self->fault));
    assert_int_equal(now.persons, persons);
    assert_int_equal(now.links, links);
    assert_int_equal(now.kept_apart, apart);
}

static void the_same_number_and_birth_are_one_person(void **state)
{
    struct plane_fixture *self = *state;
    put(self, "A10", "a", N1, "1970-01-01", "Smith", NULL);
    put(self, "A10", "b", N1, "1970-01-01", "Smyth", NULL); /* twice in one store, one batch */
    put(self, "A10", "c", N1, "1970-01-02", "Smith", NULL); /* another birth */
    put(self, "A10", "d", N1, "1970-01", "Smith", NULL);    /* not to the day */
    put(self, "A10", "e", N1, NULL, "Smith", NULL);
    put(self, "A10", "f", NULL, "1970-01-01", "Smith", NULL);
    put(self, "A10", "g", "9434765918", "1970-01-01", "Smith", NULL); /* wrong digit */
    put(self, "A10", "h", NULL, NULL, "Smith", NULL);
    put(self, "A10", "i", NULL, NULL, "Smith", NULL);
    put(self, "B10", "a", "943 476 5919", "1970-01-01", "Smithe", NULL);
    fixture_link(self, "A10");
    fixture_link(self, "B10");
    assert_string_equal(
        words_index(self, "A10/a A10/b B10/a A10/c A10/d A10/e A10/f A10/g A10/h A10/i A10/z"),
        "A10/a=1 A10/b=1 B10/a=1 A10/c=2 A10/d=3 A10/e=4 A10/f=5 A10/g=6 A10/h=7 A10/i=8 A10/z=0 | "
        "1:Smithe 2:Smith 3:Smith 4:Smith 5:Smith 6:Smith 7:Smith 8:Smith");
    figures(self, 8, 10, 1);
}

static void links_say_how_and_when(void **state)
{
    struct plane_fixture *self = *state;
    struct slice person;
    struct person_links links;
    put(self, "B10", "q", N1, "1970-01-01", "Smith", "B10");
    put(self, "A10", "p", N1, "1970-01-01", "Smith", NULL);
    put(self, "A10", "x", NULL, NULL, "Stone", NULL);
    fixture_link(self, "A10");
    fixture_link(self, "B10");
    assert_true(person_index_of_patient(self->people, SLICE("A10"), SLICE("p"), &self->arena,
                                        &person, &self->fault));
    assert_int_equal(person.len, PERSON_ID_SIZE - 1);
    assert_true(person_index_get(self->people, person, &self->arena, &links, &self->fault));
    assert_int_equal(links.count, 2);
    assert_slice(links.at[0].ods, "A10");
    assert_slice(links.at[0].patient_id, "p");
    assert_slice(links.at[1].ods, "B10");
    assert_int_equal(links.at[0].method, LINK_NUMBER_AND_BIRTH);
    assert_true(links.at[0].linked > 0);
    assert_int_equal(links.link_version, 2);
    assert_slice(links.entry.nhs_number, N1);
    assert_slice(links.entry.practice, "B10");
    assert_true(links.entry.has_birth);
    assert_true(person_index_of_patient(self->people, SLICE("A10"), SLICE("x"), &self->arena,
                                        &person, &self->fault));
    assert_true(person_index_get(self->people, person, &self->arena, &links, &self->fault));
    assert_int_equal(links.at[0].method, LINK_ALONE);
    static const struct slice strangers[] = { SLICE_INIT(""), SLICE_INIT("nobody"),
                                              SLICE_INIT("a\0b") };
    for (size_t i = 0; i < ARRAY_LENGTH(strangers); i++) {
        assert_false(
            person_index_get(self->people, strangers[i], &self->arena, &links, &self->fault));
        assert_int_equal(self->fault.code, FAULT_NOT_FOUND);
        assert_false(person_index_of_patient(self->people, SLICE("A10"), strangers[i], &self->arena,
                                             &person, &self->fault));
        assert_int_equal(self->fault.code, FAULT_NOT_FOUND);
    }
}

static void a_changed_key_moves_the_link(void **state)
{
    struct plane_fixture *self = *state;
    put(self, "A10", "p", N1, "1970-01-01", "One", NULL);
    put(self, "B10", "q", N1, "1970-01-01", "Two", NULL);
    put(self, "B10", "r", N2, "1980-01-01", "Three", NULL);
    fixture_link(self, "A10");
    fixture_link(self, "B10");
    assert_string_equal(words_index(self, "A10/p B10/q B10/r"),
                        "A10/p=1 B10/q=1 B10/r=2 | 1:Two 2:Three");
    put(self, "B10", "q", N2, "1980-01-01", "Four", NULL); /* both change at once */
    fixture_link(self, "B10");
    assert_string_equal(words_index(self, "A10/p B10/q B10/r"),
                        "A10/p=1 B10/q=2 B10/r=2 | 1:One 2:Four");
    put(self, "B10", "q", N2, "1980-01-02", "Five", NULL); /* kept apart from r */
    fixture_link(self, "B10");
    assert_string_equal(words_index(self, "A10/p B10/q B10/r"),
                        "A10/p=1 B10/q=2 B10/r=3 | 1:One 2:Five 3:Three");
    figures(self, 3, 3, 1);
    put(self, "B10", "q", NULL, "1980-01-02", "Six", NULL); /* the number is withdrawn */
    fixture_link(self, "B10");
    figures(self, 3, 3, 0);
    put(self, "B10", "q", N1, "1970-01-01", "Seven", NULL); /* and back */
    fixture_link(self, "B10");
    assert_string_equal(words_index(self, "A10/p B10/q B10/r"),
                        "A10/p=1 B10/q=1 B10/r=2 | 1:Seven 2:Three");
    figures(self, 2, 3, 0);
}

static void two_changes_between_catching_up_are_one(void **state)
{
    struct plane_fixture *self = *state;
    put(self, "A10", "p", N1, "1970-01-01", "One", NULL);
    put(self, "A10", "p", N1, "1970-01-01", "Two", NULL);
    put(self, "A10", "q", N1, "1970-01-01", "Three", NULL);
    put(self, "A10", "p", N2, "1970-01-01", "Four", NULL);
    fixture_link(self, "A10");
    assert_string_equal(words_index(self, "A10/p A10/q"), "A10/p=1 A10/q=2 | 1:Four 2:Three");
    fixture_delete(self, "A10", FHIR_PATIENT, "p");
    put(self, "A10", "p", N1, "1970-01-01", "Five", NULL);
    fixture_delete(self, "A10", FHIR_PATIENT, "q");
    fixture_link(self, "A10");
    assert_string_equal(words_index(self, "A10/p A10/q"), "A10/p=1 A10/q=0 | 1:Five");
    figures(self, 1, 1, 0);
}

static void the_registered_practice_speaks_else_the_latest(void **state)
{
    struct plane_fixture *self = *state;
    put(self, "K10", "p", N1, "1970-01-01", "Practice", "K10");
    put(self, "H10", "p", N1, "1970-01-01", "Hospital", "K10");
    put(self, "H20", "p", N1, "1970-01-01", "Clinic", "K10");
    static const char *const all = "K10/p H10/p H20/p";
    for (int i = 0; i < 3; i++) { /* in whatever order they come */
        static const char *const stores[] = { "K10", "H10", "H20" };
        for (int k = 0; k < 3; k++) {
            fixture_link(self, stores[(k + i) % 3]);
        }
        assert_string_equal(words_index(self, all), "K10/p=1 H10/p=1 H20/p=1 | 1:Practice");
    }
    /* somebody else leaves: the practice still speaks */
    fixture_delete(self, "H20", FHIR_PATIENT, "p");
    fixture_link(self, "H20");
    assert_string_equal(words_index(self, "K10/p"), "K10/p=1 | 1:Practice");
    put(self, "H20", "p", N1, "1970-01-01", "Clinic", "K10");
    fixture_link(self, "H20");
    assert_string_equal(words_index(self, all), "K10/p=1 H10/p=1 H20/p=1 | 1:Practice");
    /* the patient moves to another practice, which the old one has been told */
    put(self, "K10", "p", N1, "1970-01-01", "Moved", "K20");
    fixture_link(self, "K10");
    assert_string_equal(words_index(self, all), "K10/p=1 H10/p=1 H20/p=1 | 1:Moved");
    put(self, "H10", "p", N1, "1970-01-01", "Later", "K20");
    fixture_link(self, "H10");
    assert_string_equal(words_index(self, all), "K10/p=1 H10/p=1 H20/p=1 | 1:Later");
    struct person_entry *found;
    size_t count;
    assert_true(person_index_by_number(self->people, SLICE(N1), &self->arena, &found, &count,
                                       &self->fault));
    assert_slice(found[0].practice, "K20");
    /* the leader goes: the latest of the others */
    fixture_delete(self, "H10", FHIR_PATIENT, "p");
    fixture_link(self, "H10");
    assert_string_equal(words_index(self, "K10/p H20/p"), "K10/p=1 H20/p=1 | 1:Moved");
    fixture_delete(self, "K10", FHIR_PATIENT, "p");
    fixture_delete(self, "H20", FHIR_PATIENT, "p");
    fixture_link(self, "K10");
    fixture_link(self, "H20");
    figures(self, 0, 0, 0);
    assert_true(person_index_by_number(self->people, SLICE(N1), &self->arena, &found, &count,
                                       &self->fault));
    assert_int_equal(count, 0);
}

/* -- finding ----------------------------------------------------------------------------------- */

static size_t by_name(struct plane_fixture *self, const char *family, const char *given,
                      const char *born, uint32_t limit, bool *ret_more)
{
    struct instant birth;
    struct person_entry *found;
    size_t count;
    assert_true(instant_parse_date(slice_from_string(born), &birth));
    if (!person_index_by_name(self->people, slice_from_string(family), slice_from_string(given),
                              &birth, limit, &self->arena, &found, &count, ret_more,
                              &self->fault)) {
        return SIZE_MAX;
    }
    return count;
}

static void names_are_found_folded_and_whole(void **state)
{
    struct plane_fixture *self = *state;
    bool more;
    fixture_put(
        self, "A10", FHIR_PATIENT, "p",
        "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1970-01-01\",\"name\":[{"
        "\"family\":\"M\xc3\xbcller-Lef\xc3\xa8vre\",\"given\":[\"Ren\xc3\xa9"
        "e\"]},{"
        "\"use\":\"maiden\",\"family\":\"O\xe2\x80\x99Neill\"}]}");
    for (int i = 0; i < 7; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "s%d", i);
        put(self, "A10", id, NULL, "1970-01-01", "Smith", NULL);
    }
    fixture_link(self, "A10");
    assert_int_equal(by_name(self, "muller-lefevre", "", "1970-01-01", 10, &more), 1);
    assert_int_equal(by_name(self, "  M\xc3\x9cLLER-LEFEVRE ", "RENE", "1970-01-01", 10, &more), 1);
    assert_int_equal(by_name(self, "O\xe2\x80\x99NEILL", "", "1970-01-01", 10, &more), 1);
    assert_int_equal(by_name(self, "muller-lefevre", "rex", "1970-01-01", 10, &more), 0);
    assert_int_equal(by_name(self, "muller", "", "1970-01-01", 10, &more), 0); /* whole name */
    assert_int_equal(by_name(self, "muller-lefevre", "", "1970-01-02", 10, &more), 0);
    assert_int_equal(by_name(self, "smith", "", "1970-01-01", 7, &more), 7);
    assert_false(more);
    assert_int_equal(by_name(self, "smith", "", "1970-01-01", 6, &more), 6);
    assert_true(more);
    static const struct {
        const char *family;
        const char *born;
    } unfit[] = { { "", "1970-01-01" }, { "  ", "1970-01-01" }, { "smith", "1970-01" } };
    for (size_t i = 0; i < ARRAY_LENGTH(unfit); i++) {
        assert_true(by_name(self, unfit[i].family, "", unfit[i].born, 5, &more) == SIZE_MAX);
        assert_int_equal(self->fault.code, FAULT_INVALID);
    }
    /* a name that is left behind is no longer found */
    put(self, "A10", "p", NULL, "1970-01-01", "Newman", NULL);
    fixture_link(self, "A10");
    assert_int_equal(by_name(self, "muller-lefevre", "", "1970-01-01", 10, &more), 0);
    assert_int_equal(by_name(self, "newman", "", "1970-01-01", 10, &more), 1);
}

static void numbers_find_all_who_have_it(void **state)
{
    struct plane_fixture *self = *state;
    struct person_entry *found;
    size_t count;
    put(self, "A10", "p", N1, "1970-01-01", "One", NULL);
    put(self, "B10", "q", N1, "1971-01-01", "Two", NULL);
    fixture_link(self, "A10");
    fixture_link(self, "B10");
    assert_true(person_index_by_number(self->people, SLICE(N1), &self->arena, &found, &count,
                                       &self->fault));
    assert_int_equal(count, 2);
    static const struct slice nobody[] = { SLICE_INIT(N2), SLICE_INIT(""), SLICE_INIT("943476591"),
                                           SLICE_INIT("9434\0") };
    for (size_t i = 0; i < ARRAY_LENGTH(nobody); i++) {
        assert_true(person_index_by_number(self->people, nobody[i], &self->arena, &found, &count,
                                           &self->fault));
        assert_int_equal(count, 0);
    }
}

/* -- catching up ------------------------------------------------------------------------------- */

static void more_than_a_batch_is_linked_at_once(void **state)
{
    struct plane_fixture *self = *state;
    struct record_change *changes =
        arena_array(&self->arena, LIMIT_LINK_BATCH * 2 + 7, struct record_change);
    for (uint32_t i = 0; i < LIMIT_LINK_BATCH * 2 + 7; i++) {
        struct slice id = arena_printf(&self->arena, "p%u", i);
        changes[i] = (struct record_change){
            .kind = CHANGE_UPDATE,
            .type = FHIR_PATIENT,
            .id = id,
            .body = arena_printf(&self->arena,
                                 "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"identifier\":[{"
                                 "\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":"
                                 "\"%s\"}],\"birthDate\":\"1970-01-01\"}",
                                 id.ptr, i % 2 == 0 ? N1 : N2),
        };
    }
    struct record_store *store =
        store_pool_get(self->stores, SLICE("A10"), true, &self->arena, &self->fault);
    struct store_write write = { .arena = &self->arena,
                                 .changes = changes,
                                 .count = LIMIT_LINK_BATCH * 2 + 7 };
    assert_true(record_store_commit(store, fixture_job(self, "load"), &write, &self->fault));
    store_pool_put(self->stores, store);
    fixture_link(self, "A10");
    figures(self, 2, LIMIT_LINK_BATCH * 2 + 7, 0);
    struct person_index_figures before, after;
    assert_true(person_index_figures(self->people, &before, &self->fault));
    fixture_link(self, "A10"); /* nothing new: not even a link version */
    assert_true(person_index_figures(self->people, &after, &self->fault));
    assert_memory_equal(&before, &after, sizeof before);
}

static void one_absurd_patient_stops_nobody(void **state)
{
    struct plane_fixture *self = *state;
    char *name = arena_alloc(&self->arena, 60001);
    memset(name, '"', 60000);
    for (int i = 0; i < 60000; i += 2) {
        name[i] = '\\';
    }
    name[60000] = '\0';
    put(self, "A10", "p", N1, "1970-01-01", name, NULL);
    put(self, "A10", "q", N1, "1970-01-01", "After", NULL);
    fixture_link(self, "A10");
    assert_string_equal(words_index(self, "A10/p A10/q"), "A10/p=1 A10/q=1 | 1:After");
}

/*
 * Each call of each kind fails once in the middle of a batch that links, moves and deletes. What is
 * there afterwards is the state before or the state after; catching up again gives the state after.
 */
static void an_interruption_is_completed(void **state)
{
    (void)state;
    static const enum failing_call kinds[] = { FAIL_PREAD, FAIL_PWRITE, FAIL_FDATASYNC, FAIL_MALLOC,
                                               FAIL_RANDOM };
    static const char *const all = "A10/p A10/q A10/r B10/s";
    static const char *const before = "A10/p=1 A10/q=2 A10/r=0 B10/s=1 | 1:Four 2:Two";
    static const char *const after = "A10/p=1 A10/q=0 A10/r=2 B10/s=2 ";
    unsigned interrupted = 0;
    for (size_t kind = 0; kind < ARRAY_LENGTH(kinds); kind++) {
        bool more = true;
        /* allocations are many and alike: a stride keeps the test short */
        for (uint64_t k = 1; more; k += kinds[kind] == FAIL_MALLOC ? 3 : 1) {
            struct plane_fixture self;
            plane_fixture_init(&self, FIXTURE_SQLITE);
            put(&self, "A10", "p", N1, "1970-01-01", "One", NULL);
            put(&self, "A10", "q", N2, "1980-01-01", "Two", NULL);
            put(&self, "B10", "s", N1, "1970-01-01", "Four", NULL);
            fixture_link(&self, "A10");
            fixture_link(&self, "B10");
            put(&self, "A10", "p", NULL, "1970-01-01", "Five", NULL);
            fixture_delete(&self, "A10", FHIR_PATIENT, "q");
            put(&self, "A10", "r", N1, "1970-01-01", "Three", NULL);
            assert_string_equal(words_index(&self, all), before);
            const struct decision *job = fixture_job(&self, "link");
            struct record_store *store =
                store_pool_get(self.stores, SLICE("A10"), false, &self.arena, &self.fault);
            failing_os_install();
            failing_os_fail(kinds[kind], k, false, EIO);
            bool ok = person_index_catch_up(self.people, store, job, &self.arena, &self.fault);
            more = failing_os_failures() > 0;
            failing_os_remove();
            store_pool_put(self.stores, store);
            interrupted += !ok;
            if (!ok) {
                assert_int_not_equal(self.fault.code, FAULT_NONE);
            }
            plane_fixture_close(&self);
            plane_fixture_open(&self);
            const char *now = words_index(&self, all);
            bool is_after = strncmp(now, after, strlen(after)) == 0;
            assert_true(ok ? is_after : is_after || strcmp(now, before) == 0);
            fixture_link(&self, "A10");
            fixture_link(&self, "B10");
            assert_string_equal(words_index(&self, all),
                                "A10/p=1 A10/q=0 A10/r=2 B10/s=2 | 1:Five 2:Three");
            figures(&self, 2, 3, 0);
            plane_fixture_release(&self);
        }
    }
    assert_true(interrupted > 20);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(the_same_number_and_birth_are_one_person),
        CASE(links_say_how_and_when),
        CASE(a_changed_key_moves_the_link),
        CASE(two_changes_between_catching_up_are_one),
        CASE(the_registered_practice_speaks_else_the_latest),
        CASE(names_are_found_folded_and_whole),
        CASE(numbers_find_all_who_have_it),
        CASE(more_than_a_batch_is_linked_at_once),
        CASE(one_absurd_patient_stops_nobody),
        cmocka_unit_test(an_interruption_is_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
