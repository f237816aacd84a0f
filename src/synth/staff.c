/*
 * staff.c: hiring, and who holds a role.
 *
 * Whoever wrote something down is asked for by words of their role ("Radiologist", "General
 * Internal"), a dozen times a life and more. Looking through the words of all roles each time took
 * a tenth of a county's making, so all runs of whole words of each role are entered into a table
 * once, one table a kind of organisation: organisations of a kind have the same posts in the same
 * order.
 */
#include "synth/world.h"

#include "base/hash_table.h"
#include "base/vector.h"

#define MOST_WORDS 12 /* of a role */

/* who of an organisation's staff has those words in their role, by their place in its list */
struct holders {
    VECTOR(uint16_t) places;
};

struct synth_roles {
    struct slice kind;
    struct hash_table by_words; /* to struct holders */
    struct synth_roles *next;
};

/* -- hiring ------------------------------------------------------------------------------------ */

static const struct synth_heritage *staff_heritage(struct synth_random *random)
{
    uint32_t drawn = synth_random_below(random, 100);
    uint32_t other =
        drawn < 62 ? SYNTH_HERITAGE_BRITISH : synth_random_below(random, SYNTH_HERITAGE_COUNT);
    return &synth_heritage_table[other];
}

static void hire(struct synth_world *world, struct synth_org_info *organisation,
                 const struct synth_staff *row, uint32_t number, struct arena *arena)
{
    struct synth_random random;
    synth_random_start(&random, world->seed, SYNTH_STREAM_STAFF, world->staff_count);
    const struct synth_heritage *heritage = staff_heritage(&random);
    char sex = synth_random_chance(&random, row->prefix.len > 0 ? 50 : 75, 100) ? 'F' : 'M';
    int32_t born = synth_random_between(&random, 1962, 1996);
    struct synth_pool pool = { .used = 0 };
    struct slice given = synth_names_forename(&world->names, heritage, sex, born, &random, &pool);
    struct slice family = synth_names_surname(&world->names, heritage, sex, &random, &pool);
    world->staff[world->staff_count++] = (struct synth_staff_member){
        .id = arena_printf(arena, "%.*s-%02u", SLICE_PRINT(organisation->ods), number),
        .prefix = row->prefix.len > 0 ? row->prefix
                  : sex == 'F'        ? SLICE("Ms")
                                      : SLICE("Mr"),
        .given = arena_copy(arena, given),
        .family = arena_copy(arena, family),
        .role = row->role,
    };
    organisation->staff_count++;
}

static void hire_for(struct synth_world *world, struct synth_org_info *organisation,
                     struct arena *arena)
{
    organisation->staff_first = (uint16_t)world->staff_count;
    for (size_t s = 0; s < SYNTH_STAFF_COUNT; s++) {
        const struct synth_staff *row = &synth_staff_table[s];
        for (int32_t n = 0; slice_equal(row->kind, organisation->kind) && n < row->count; n++) {
            hire(world, organisation, row, organisation->staff_count + 1u, arena);
        }
    }
}

/* -- roles ------------------------------------------------------------------------------------- */

static bool enter(struct synth_roles *roles, struct slice words, uint16_t place,
                  struct arena *arena)
{
    bool fresh;
    struct hash_slot *slot = hash_table_put(&roles->by_words, words, &fresh);
    if (slot == NULL) {
        return false;
    }
    if (fresh) {
        slot->value.pointer = arena_new(arena, struct holders);
    }
    struct holders *holders = slot->value.pointer;
    if (holders != NULL && holders->places.count > 0 &&
        holders->places.at[holders->places.count - 1] == place) {
        return true; /* the same words twice in one role */
    }
    uint16_t *added = holders != NULL ? vector_push(&holders->places, arena) : NULL;
    if (added == NULL) {
        return false;
    }
    *added = place;
    return true;
}

/* where the words of a role begin; behind the last, where one more would */
static size_t word_starts(struct slice role, size_t ret_starts[MOST_WORDS + 1])
{
    size_t count = 0;
    ret_starts[count++] = 0;
    for (size_t i = 0; i < role.len; i++) {
        if (role.ptr[i] == ' ') {
            assert(count < MOST_WORDS);
            ret_starts[count++] = i + 1;
        }
    }
    ret_starts[count] = role.len + 1;
    return count;
}

static bool enter_role(struct synth_roles *roles, struct slice role, uint16_t place,
                       struct arena *arena)
{
    size_t starts[MOST_WORDS + 1] = { 0 };
    size_t words = word_starts(role, starts);
    if (!enter(roles, SLICE(""), place, arena)) { /* anybody */
        return false;
    }
    for (size_t first = 0; first < words; first++) {
        for (size_t behind = first + 1; behind <= words; behind++) {
            struct slice run = slice_sub(role, starts[first], starts[behind] - starts[first] - 1);
            if (!enter(roles, run, place, arena)) {
                return false;
            }
        }
    }
    return true;
}

static struct synth_roles *roles_of_kind(struct synth_world *world, struct slice kind)
{
    struct synth_roles *roles = world->roles;
    while (roles != NULL && !slice_equal(roles->kind, kind)) {
        roles = roles->next;
    }
    return roles;
}

static struct synth_roles *roles_make(struct synth_world *world,
                                      const struct synth_org_info *organisation,
                                      struct arena *arena)
{
    struct synth_roles *roles = arena_new(arena, struct synth_roles);
    if (roles == NULL) {
        return NULL;
    }
    roles->kind = organisation->kind;
    roles->next = world->roles;
    hash_table_init(&roles->by_words, arena);
    for (uint16_t place = 0; place < organisation->staff_count; place++) {
        struct slice role = world->staff[organisation->staff_first + place].role;
        if (!enter_role(roles, role, place, arena)) {
            return NULL;
        }
    }
    world->roles = roles;
    return roles;
}

bool synth_staff_make(struct synth_world *world, struct arena *arena)
{
    world->staff =
        arena_array(arena, (size_t)world->organisation_count * 64, struct synth_staff_member);
    if (world->staff == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < world->organisation_count; i++) {
        struct synth_org_info *organisation = &world->organisations[i];
        hire_for(world, organisation, arena);
        organisation->roles = roles_of_kind(world, organisation->kind);
        if (organisation->roles == NULL) {
            organisation->roles = roles_make(world, organisation, arena);
        }
        if (organisation->roles == NULL) {
            return false;
        }
    }
    return true;
}

uint16_t synth_world_staff(const struct synth_world *world, synth_org organisation,
                           struct slice role, uint64_t number)
{
    const struct synth_org_info *info = &world->organisations[organisation];
    const struct hash_slot *slot = hash_table_find(&info->roles->by_words, role);
    if (slot == NULL) {
        return info->staff_first;
    }
    const struct holders *holders = slot->value.pointer;
    uint64_t drawn = synth_random_mix(number, organisation) % holders->places.count;
    return (uint16_t)(info->staff_first + holders->places.at[drawn]);
}
