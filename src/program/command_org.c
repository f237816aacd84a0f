/*
 * command_org.c: the register of organisations for operators.
 */
#include "program/commands.h"
#include "program/exchange.h"

/* names a field of the register by its option; NULL leaves it as it is */
static bool apply(struct organisation *organisation, const struct arguments *arguments,
                  struct arena *arena, struct fault *fault)
{
    struct slice type = slice_from_string(arguments->values[ORG_TYPE]);
    struct slice status = slice_from_string(arguments->values[ORG_STATUS]);
    if (arguments->values[ORG_NAME] != NULL) {
        organisation->name = slice_from_string(arguments->values[ORG_NAME]);
    }
    if (type.ptr != NULL && !organisation_type_find(type, &organisation->type)) {
        return fault_set(
            fault, arena, FAULT_INVALID,
            "--type is practice, hospital, community, ambulance, council, urgent or other");
    }
    enum organisation_status before = organisation->status;
    if (status.ptr != NULL && !organisation_status_find(status, &organisation->status)) {
        return fault_set(fault, arena, FAULT_INVALID, "--status is planned, live or left");
    }
    if (organisation->status != before || organisation->since == 0) {
        organisation->since = os_now();
    }
    return true;
}

static bool note_act(struct command_context *context, const char *act, struct fault *fault)
{
    struct subject operator= { .user = SLICE("operator"),
                               .name = SLICE("command line"),
                               .role = ROLE_SYSTEM,
                               .organisation = SLICE("") };
    return governance_audit_act(context->exchange->governance, &operator, slice_from_string(act),
                                SLICE("complete"), context->arena, fault);
}

static int set(struct command_context *context, const struct arguments *arguments, bool add)
{
    struct organisation_register *reg = context->exchange->reg;
    struct fault fault = FAULT_INIT;
    struct slice ods = slice_from_string(arguments->values[ORG_ODS]);
    struct organisation organisation = { .ods = ods,
                                         .status = ORGANISATION_PLANNED,
                                         .type = ORGANISATION_TYPE_OTHER,
                                         .source = SOURCE_KIND_HOSTED };
    const struct register_snapshot *snapshot = register_get(reg);
    const struct organisation *known = register_find(snapshot, ods);
    bool ok = true;
    if (ods.len == 0) {
        ok = fault_set(&fault, context->arena, FAULT_INVALID, "--ods CODE is needed");
    } else if (add && known != NULL) {
        ok = fault_set(&fault, context->arena, FAULT_CONFLICT, "%.*s is in the register already",
                       SLICE_PRINT(ods));
        fault_hint(&fault, context->arena, "change it with: evenlode org set");
    } else if (!add && known == NULL) {
        ok = fault_set(&fault, context->arena, FAULT_NOT_FOUND, "%.*s is not in the register",
                       SLICE_PRINT(ods));
    }
    if (known != NULL) {
        organisation = *known;
        organisation.name = arena_copy(context->arena, known->name);
        organisation.ods = ods;
    }
    register_put(reg, snapshot);
    ok = ok && apply(&organisation, arguments, context->arena, &fault) &&
         register_set(reg, &organisation, context->arena, &fault) &&
         note_act(context, add ? "org-add" : "org-set", &fault);
    return ok ? 0 : command_fail(context, &fault);
}

int command_org_add(struct command_context *context, const struct arguments *arguments)
{
    return set(context, arguments, true);
}

int command_org_set(struct command_context *context, const struct arguments *arguments)
{
    return set(context, arguments, false);
}

static void print_line(struct command_context *context, const struct organisation *organisation)
{
    command_print(context, OUTPUT_RESULT, "%.*s\t%s\t%s\t%s\t%.*s\n",
                  SLICE_PRINT(organisation->ods), organisation_status_word(organisation->status),
                  organisation_type_word(organisation->type),
                  source_kind_word(organisation->source), SLICE_PRINT(organisation->name));
}

int command_org_list(struct command_context *context, const struct arguments *arguments UNUSED)
{
    const struct register_snapshot *snapshot = register_get(context->exchange->reg);
    for (size_t i = 0; i < snapshot->count; i++) {
        print_line(context, &snapshot->at[i]);
    }
    register_put(context->exchange->reg, snapshot);
    return 0;
}

static bool show_store(struct command_context *context, struct slice ods, struct fault *fault)
{
    struct record_store_figures figures;
    struct store_pool *stores = context->exchange->stores;
    struct record_store *store = store_pool_get(stores, ods, false, context->arena, fault);
    if (store == NULL) {
        return fault->code == FAULT_NOT_FOUND;
    }
    bool ok = record_store_figures(store, &figures, fault);
    store_pool_put(stores, store);
    if (ok) {
        command_print(context, OUTPUT_RESULT, "resources\t%llu\npatients\t%llu\nbytes\t%llu\n",
                      (unsigned long long)figures.resources, (unsigned long long)figures.patients,
                      (unsigned long long)figures.bytes_on_disk);
    }
    return ok;
}

int command_org_show(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct slice ods = slice_from_string(arguments->values[ORG_ODS]);
    const struct register_snapshot *snapshot = register_get(context->exchange->reg);
    const struct organisation *known = register_find(snapshot, ods);
    if (known != NULL) {
        print_line(context, known);
    } else {
        fault_set(&fault, context->arena, FAULT_NOT_FOUND, "%.*s is not in the register",
                  SLICE_PRINT(ods));
    }
    bool ok = known != NULL;
    register_put(context->exchange->reg, snapshot);
    ok = ok && show_store(context, ods, &fault);
    return ok ? 0 : command_fail(context, &fault);
}
