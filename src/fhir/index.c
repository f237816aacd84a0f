/*
 * index.c: one walk over a resource along its type's tree of search expressions.
 *
 * A Patient has 30 search parameters whose expressions share their beginnings. Evaluated one by
 * one they would walk the resource 30 times; merged into a tree at build time
 * (tools/fhir_search.mjs) they cost one hash lookup for each member of those objects that lie on
 * some expression's path, and whatever is not on a path is skipped in one step. Conditions look
 * back along the path walked, so the walk keeps it. The tree is as deep as the longest expression,
 * which bounds the recursion.
 */
#include "fhir/index_take.h"

#define INDEX_DEPTH 12

struct walk {
    struct index_take take;
    const struct fhir_search_type *type;
    bool has_flag; /* the parameter that is false when absent has its value */
    /* An element's condition is asked once for each action and each item below it: remembered, so
     * that a long list inside a large object costs no more than both together. */
    struct {
        uint16_t condition;
        bool holds;
        json_ix ix;
    } known[8];
    unsigned depth;
    struct {
        json_ix ix;
        uint32_t position; /* within its list */
    } path[INDEX_DEPTH];
};

static bool judge(struct walk *walk, const struct fhir_index_condition *condition, json_ix ix)
{
    if (condition->kind == FHIR_CONDITION_TYPE) {
        return index_reference_type(&walk->take, ix) == condition->name;
    }
    json_ix member = json_member(walk->take.json, ix, fhir_string(condition->name));
    return json_is(walk->take.json, member, JSON_STRING) &&
           json_string_equal(walk->take.json, member, fhir_string(condition->value));
}

static bool condition_holds(struct walk *walk, uint16_t number)
{
    const struct fhir_index_condition *condition = &fhir_index_conditions[number];
    assert(condition->up < walk->depth);
    unsigned at = walk->depth - 1 - condition->up;
    if (condition->kind == FHIR_CONDITION_FIRST) {
        return walk->path[at].position == 0;
    }
    json_ix ix = walk->path[at].ix;
    unsigned place = number % ARRAY_LENGTH(walk->known);
    if (walk->known[place].condition != number || walk->known[place].ix != ix) {
        walk->known[place].holds = judge(walk, condition, ix);
        walk->known[place].condition = number;
        walk->known[place].ix = ix;
    }
    return walk->known[place].holds;
}

static void act(struct walk *walk, const struct fhir_index_action *action, json_ix ix)
{
    if (action->condition != 0 && !condition_holds(walk, action->condition)) {
        return;
    }
    walk->take.parameter = &fhir_parameters[action->parameter];
    if ((action->flags & FHIR_ACTION_PRESENT) != 0) {
        walk->has_flag = true;
        index_take_flag(&walk->take, !json_is(walk->take.json, ix, JSON_FALSE));
    } else {
        index_take_element(&walk->take, action->structure, ix);
    }
}

static void walk_members(struct walk *walk, const struct fhir_index_node *node, json_ix object);

static void walk_element(struct walk *walk, const struct fhir_index_node *node, json_ix ix,
                         uint32_t position)
{
    if (json_is(walk->take.json, ix, JSON_NULL) || walk->take.has_failed) {
        return; /* the place of a primitive that has only an extension */
    }
    assert(walk->depth < INDEX_DEPTH);
    walk->path[walk->depth].ix = ix;
    walk->path[walk->depth].position = position;
    walk->depth++;
    for (unsigned i = 0; i < node->action_count; i++) {
        act(walk, &fhir_index_actions[node->first_action + i], ix);
    }
    if (node->mask != 0) {
        walk_members(walk, node, ix);
    }
    walk->depth--;
}

static void walk_members(struct walk *walk, const struct fhir_index_node *node, json_ix object)
{
    const struct json *json = walk->take.json;
    const struct fhir_index_child *children = &fhir_index_children[node->first_child];
    json_each_member(json, object, key, value)
    {
        /* no FHIR name needs an escape; one that has it all the same is an unknown element */
        struct slice name =
            slice_of(json->text.ptr + json->nodes[key].offset, json->nodes[key].length);
        int place = fhir_set_find(node->slot, node->mask, children, sizeof(*children), name);
        if (place < 0) {
            continue;
        }
        const struct fhir_index_node *child = &fhir_index_nodes[children[place].node];
        if (!json_is(json, value, JSON_ARRAY)) {
            walk_element(walk, child, value, 0);
            continue;
        }
        uint32_t position = 0;
        json_each_element(json, value, item)
        {
            walk_element(walk, child, item, position++);
        }
    }
}

bool fhir_index(const struct json *json, json_ix resource, fhir_type type, struct arena *arena,
                struct index_values *ret_values, struct fault *fault)
{
    assert(type != FHIR_TYPE_NONE && type <= FHIR_TYPE_COUNT);
    struct walk walk = { .take = { .json = json,
                                   .resource = resource,
                                   .arena = arena,
                                   .values = ret_values,
                                   .fault = fault },
                         .type = &fhir_search_types[type] };
    walk_members(&walk, &fhir_index_nodes[walk.type->root], resource);
    if (walk.type->absent != 0 && !walk.has_flag) {
        walk.take.parameter = &fhir_parameters[walk.type->absent - 1];
        index_take_flag(&walk.take, false);
    }
    return !walk.take.has_failed;
}
