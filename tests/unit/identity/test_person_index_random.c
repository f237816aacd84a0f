/*
 * Random histories of Patients in three stores against a model that is looked at as a whole each
 * time: who has the same number and birth is one person, the practice speaks, else the latest.
 * EVENLODE_SEED repeats a history.
 */
#include "index_words.h"

#include "base/instant.h"
#include "base/utf8.h"

#define STORES   3
#define PATIENTS 5
#define STEPS    120

static const char *const stores[STORES] = { "A10", "B10", "C10" };
static const char *const births[] = { "1970-01-01", "1971-01-01", "1970-01", NULL };
static const char *const families[] = { "Smith", "Sm\xc3\xacth", "Jones", "Ng" };

struct model_patient {
    bool stored; /* as the store has it */
    bool linked; /* as the index has been told */
    bool dirty;
    unsigned changed; /* order of its last change */
    unsigned came;    /* order in which the index was told of it */
    unsigned number, birth, family, practice;
    unsigned told_number, told_birth, told_family, told_practice;
};

struct model {
    struct model_patient patients[STORES][PATIENTS];
    const char *numbers[4];
    uint64_t random;
    unsigned clock;
    unsigned came;
};

static unsigned draw(struct model *model, unsigned below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return (unsigned)(model->random % below);
}

static void change_one(struct plane_fixture *self, struct model *model)
{
    unsigned s = draw(model, STORES);
    unsigned p = draw(model, PATIENTS);
    struct model_patient *patient = &model->patients[s][p];
    char id[4];
    (void)snprintf(id, sizeof id, "p%u", p);
    patient->dirty = true;
    patient->changed = ++model->clock;
    if (draw(model, 5) == 0) {
        fixture_delete(self, stores[s], FHIR_PATIENT, id);
        patient->stored = false;
        return;
    }
    patient->stored = true;
    patient->number = draw(model, ARRAY_LENGTH(model->numbers));
    patient->birth = draw(model, ARRAY_LENGTH(births));
    patient->family = draw(model, ARRAY_LENGTH(families));
    patient->practice = draw(model, STORES + 1);
    words_put(self, &(struct patient_words){ stores[s], id, model->numbers[patient->number],
                                             births[patient->birth], families[patient->family],
                                             patient->practice < STORES ? stores[patient->practice]
                                                                        : NULL });
}

static void tell_one(struct model *model, struct model_patient *patient)
{
    patient->dirty = false;
    patient->linked = patient->stored;
    patient->came = ++model->came;
    patient->told_number = patient->number;
    patient->told_birth = patient->birth;
    patient->told_family = patient->family;
    patient->told_practice = patient->practice;
}

static void link_store(struct plane_fixture *self, struct model *model, unsigned s)
{
    struct record_store *store = store_pool_get(self->stores, slice_from_string(stores[s]), false,
                                                &self->arena, &self->fault);
    if (store == NULL) {
        return;
    }
    store_pool_put(self->stores, store);
    fixture_link(self, stores[s]);
    for (;;) { /* in order of their last changes */
        struct model_patient *next = NULL;
        for (unsigned p = 0; p < PATIENTS; p++) {
            struct model_patient *one = &model->patients[s][p];
            if (one->dirty && (next == NULL || one->changed < next->changed)) {
                next = one;
            }
        }
        if (next == NULL) {
            return;
        }
        tell_one(model, next);
    }
}

static bool has_key(const struct model *model, const struct model_patient *patient)
{
    return model->numbers[patient->told_number] != NULL && patient->told_birth < 2;
}

static bool together(const struct model *model, const struct model_patient *a,
                     const struct model_patient *b)
{
    return a == b || (has_key(model, a) && has_key(model, b) && a->told_number == b->told_number &&
                      a->told_birth == b->told_birth);
}

static bool better(const struct model_patient *a, unsigned store_of_a,
                   const struct model_patient *b, unsigned store_of_b)
{
    bool a_leads = a->told_practice == store_of_a;
    bool b_leads = b->told_practice == store_of_b;
    return a_leads != b_leads ? a_leads : a->came > b->came;
}

/* the text that words_index() must give */
static void describe(const struct model *model, struct strbuf *patients, struct strbuf *expected)
{
    const struct model_patient *firsts[STORES * PATIENTS];
    size_t count = 0;
    for (unsigned i = 0; i < STORES * PATIENTS; i++) {
        const struct model_patient *one = &model->patients[i / PATIENTS][i % PATIENTS];
        size_t person = 0;
        if (one->linked) {
            while (person < count && !together(model, firsts[person], one)) {
                person++;
            }
            if (person == count) {
                firsts[count++] = one;
            }
            person++;
        }
        strbuf_addf(patients, "%s%s/p%u", i == 0 ? "" : " ", stores[i / PATIENTS], i % PATIENTS);
        strbuf_addf(expected, "%s/p%u=%zu ", stores[i / PATIENTS], i % PATIENTS, person);
    }
    strbuf_add_byte(expected, '|');
    for (size_t person = 0; person < count; person++) {
        const struct model_patient *leader = NULL;
        unsigned store_of_leader = 0;
        for (unsigned i = 0; i < STORES * PATIENTS; i++) {
            const struct model_patient *one = &model->patients[i / PATIENTS][i % PATIENTS];
            if (one->linked && together(model, firsts[person], one) &&
                (leader == NULL || better(one, i / PATIENTS, leader, store_of_leader))) {
                leader = one;
                store_of_leader = i / PATIENTS;
            }
        }
        strbuf_addf(expected, " %zu:%s", person + 1, families[leader->told_family]);
    }
}

static uint64_t model_persons(const struct model *model, uint64_t *ret_links, uint64_t *ret_apart)
{
    uint64_t persons = 0;
    uint64_t keyed[4] = { 0 };
    *ret_links = 0;
    for (unsigned i = 0; i < STORES * PATIENTS; i++) {
        const struct model_patient *one = &model->patients[i / PATIENTS][i % PATIENTS];
        bool first = one->linked;
        for (unsigned k = 0; k < i; k++) {
            const struct model_patient *other = &model->patients[k / PATIENTS][k % PATIENTS];
            first = first && !(other->linked && together(model, one, other));
        }
        *ret_links += one->linked;
        persons += first;
        keyed[one->told_number] += first && has_key(model, one);
    }
    *ret_apart = 0;
    for (size_t n = 0; n < ARRAY_LENGTH(keyed); n++) {
        *ret_apart += keyed[n] > 1 ? keyed[n] - 1 : 0;
    }
    return persons;
}

static void compare_names(struct plane_fixture *self, const struct model *model)
{
    for (unsigned f = 0; f < ARRAY_LENGTH(families); f++) {
        for (unsigned b = 0; b < 2; b++) {
            const struct model_patient *seen[STORES * PATIENTS];
            size_t expected = 0;
            struct slice folded = utf8_search_key(slice_from_string(families[f]), &self->arena);
            for (unsigned i = 0; i < STORES * PATIENTS; i++) {
                const struct model_patient *one = &model->patients[i / PATIENTS][i % PATIENTS];
                struct slice theirs =
                    utf8_search_key(slice_from_string(families[one->told_family]), &self->arena);
                bool fits = one->linked && one->told_birth == b && slice_equal(folded, theirs);
                for (size_t k = 0; fits && k < expected; k++) {
                    fits = !together(model, seen[k], one);
                }
                if (fits) {
                    seen[expected++] = one;
                }
            }
            struct instant birth;
            struct person_entry *found;
            size_t count;
            bool more;
            assert_true(instant_parse_date(slice_from_string(births[b]), &birth));
            assert_true(person_index_by_name(self->people, slice_from_string(families[f]),
                                             (struct slice){ NULL, 0 }, &birth, 100, &self->arena,
                                             &found, &count, &more, &self->fault));
            assert_int_equal(count, expected);
        }
    }
}

static void compare(struct plane_fixture *self, const struct model *model, uint64_t seed)
{
    struct strbuf patients, expected;
    struct person_index_figures figures;
    uint64_t links, apart;
    strbuf_init(&patients, KIB(4));
    strbuf_init(&expected, KIB(4));
    describe(model, &patients, &expected);
    const char *names = arena_string(&self->arena, strbuf_slice(&patients));
    const char *wanted = arena_string(&self->arena, strbuf_slice(&expected));
    const char *index = words_index(self, names);
    if (strcmp(index, wanted) != 0) {
        fail_msg("EVENLODE_SEED=%llu\nexpected %s\nfound    %s", (unsigned long long)seed, wanted,
                 index);
    }
    uint64_t persons = model_persons(model, &links, &apart);
    assert_true(person_index_figures(self->people, &figures, &self->fault));
    assert_int_equal(figures.persons, persons);
    assert_int_equal(figures.links, links);
    assert_int_equal(figures.kept_apart, apart);
    compare_names(self, model);
    strbuf_release(&patients);
    strbuf_release(&expected);
}

static void run_history(uint64_t seed)
{
    struct plane_fixture self;
    struct model model = { .random = seed * 0x9e3779b97f4a7c15u + 1 };
    plane_fixture_init(&self, FIXTURE_MEMORY);
    model.numbers[0] = "9434765919";
    model.numbers[1] = "9434765870";
    model.numbers[2] = NULL;
    model.numbers[3] = NULL;
    for (unsigned step = 0; step < STEPS; step++) {
        change_one(&self, &model);
        if (draw(&model, 3) == 0) {
            link_store(&self, &model, draw(&model, STORES));
            compare(&self, &model, seed);
        }
        plane_fixture_clear(&self);
    }
    plane_fixture_release(&self);
}

static void random_histories_agree_with_the_model(void **state)
{
    (void)state;
    const char *fixed = getenv("EVENLODE_SEED");
    uint64_t first = fixed != NULL ? strtoull(fixed, NULL, 10) : (uint64_t)time(NULL);
    unsigned histories = fixed != NULL ? 1 : 12;
    print_message("seeds from EVENLODE_SEED=%llu\n", (unsigned long long)first);
    for (unsigned i = 0; i < histories; i++) {
        run_history(first + i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_histories_agree_with_the_model) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
