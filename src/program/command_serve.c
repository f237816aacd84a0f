/*
 * command_serve.c: init, serve, demo.
 *
 * The demo is nothing of its own: a directory is made, the synthetic county is written to files in
 * it, loaded by the same loader that loads everything, and served.
 */
#include "base/file_text.h"
#include "intake/load.h"
#include "net/http_server.h"
#include "program/about_data.h"
#include "program/command_synth.h"
#include "program/commands.h"
#include "program/demo_people.h"
#include "program/server.h"

/* as many as are loaded within 20 seconds for 2,000 people */
#define DEMO_DEFAULT_YEARS 2

int command_init(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    const char *path = arguments->values[INIT_DATA];
    if (path == NULL) {
        fault_set(&fault, context->arena, FAULT_INVALID, "--data DIR is needed");
        return command_fail(context, &fault);
    }
    if (!data_directory_create(path, false, context->arena, &fault)) {
        return command_fail(context, &fault);
    }
    command_print(context, OUTPUT_MESSAGE, "made %s\n", path);
    return 0;
}

/* -- opening for serving ----------------------------------------------------------------------- */

static bool open_to_serve(struct command_context *context, const char *path,
                          const struct config *config, struct exchange *ret_exchange,
                          struct fault *fault)
{
    struct data_directory directory;
    long holder = 0;
    switch (data_directory_open(path, context->arena, &directory, &holder, fault)) {
    case DIRECTORY_FAULT:
        return false;
    case DIRECTORY_SERVED:
        return fault_set(fault, context->arena, FAULT_BUSY,
                         "%s is owned by process %ld: one process owns a data directory", path,
                         holder);
    case DIRECTORY_OURS:
        break;
    }
    return exchange_open(ret_exchange, &directory, config, context->arena, fault);
}

static int serve_and_close(struct command_context *context, struct exchange *exchange)
{
    struct fault fault = FAULT_INIT;
    if (exchange->directory.demo) {
        demo_people_tell(context, exchange->directory.path);
    }
    int status = server_run(context, exchange);
    if (!exchange_close(exchange, context->arena, &fault) && status == 0) {
        status = command_fail(context, &fault);
    }
    return status;
}

static void apply_listen(struct config *config, const char *listen, const char *base_url,
                         struct arena *arena)
{
    if (listen != NULL) {
        config->listen = listen;
        config->base_url = arena_printf(arena, "http://%s", listen).ptr;
    }
    if (base_url != NULL) {
        config->base_url = base_url;
    }
}

int command_serve(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct config config;
    struct exchange exchange;
    if (arguments->values[SERVE_DATA] == NULL) {
        fault_set(&fault, context->arena, FAULT_INVALID, "--data DIR is needed");
        return command_fail(context, &fault);
    }
    if (!config_read(arguments->values[SERVE_CONFIG], context->arena, &config, &fault)) {
        return command_fail(context, &fault);
    }
    apply_listen(&config, arguments->values[SERVE_LISTEN], arguments->values[SERVE_BASE_URL],
                 context->arena);
    log_set_level(config.log_level);
    if (!open_to_serve(context, arguments->values[SERVE_DATA], &config, &exchange, &fault)) {
        return command_fail(context, &fault);
    }
    return serve_and_close(context, &exchange);
}

/* -- demo -------------------------------------------------------------------------------------- */

/* Organization.type: one of its codings has a word of the register */
static enum organisation_type organisation_type_of(const struct json *json, struct arena *arena)
{
    enum organisation_type type = ORGANISATION_TYPE_OTHER;
    json_each_element(json, json_member(json, 0, SLICE("type")), concept)
    {
        json_each_element(json, json_member(json, concept, SLICE("coding")), coding)
        {
            struct slice code = json_member_string(json, coding, SLICE("code"), arena);
            if (organisation_type_find(code, &type)) {
                return type;
            }
        }
    }
    return type;
}

/* a line of the county's register: a FHIR Organization whose id is its ODS code */
static bool read_organisation(struct exchange *exchange, struct slice line, struct arena *arena,
                              struct fault *fault)
{
    struct json json;
    if (!json_parse(arena, line, &json, fault)) {
        return false;
    }
    struct organisation organisation = {
        .ods = json_member_string(&json, 0, SLICE("id"), arena),
        .name = json_member_string(&json, 0, SLICE("name"), arena),
        .type = organisation_type_of(&json, arena),
        .status = ORGANISATION_LIVE,
        .source = SOURCE_KIND_HOSTED,
        .since = os_now(),
    };
    return register_set(exchange->reg, &organisation, arena, fault);
}

static void tell_fault(void *context, const struct fault *fault)
{
    command_fail(context, fault);
}

/* an organisation that has nothing to send; a file that is not there is for the load to tell */
static bool sends_nothing(const char *file)
{
    struct stat status;
    return os_stat(file, &status) == 0 && status.st_size == 0;
}

/* every organisation's file into its store, all in one load */
static bool load_county(struct command_context *context, struct exchange *exchange,
                        const struct register_snapshot *snapshot, const char *directory,
                        struct load_report *ret_report, struct fault *fault)
{
    struct arena *arena = context->arena;
    const char **files = arena_array(arena, snapshot->count, const char *);
    struct slice *odses = arena_array(arena, snapshot->count, struct slice);
    const struct decision *job =
        decision_for_job(exchange->governance, SLICE("load"), arena, fault);
    if (job == NULL) {
        return false;
    }
    if (files == NULL || odses == NULL) {
        return fault_no_memory(fault, arena);
    }
    size_t count = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        odses[count] = snapshot->at[i].ods;
        files[count] =
            arena_printf(arena, "%s/%.*s.ndjson", directory, SLICE_PRINT(odses[count])).ptr;
        if (files[count] == NULL) {
            return fault_no_memory(fault, arena);
        }
        count += !sends_nothing(files[count]);
    }
    struct load_setting setting = {
        .stores = exchange->stores,
        .exchange = exchange->store,
        .reg = exchange->reg,
        .people = exchange->people,
        .job = job,
        .file_ods = odses,
        .base_url = slice_from_string(exchange->config.base_url),
        .threads = exchange->config.threads,
        .files = files,
        .file_count = count,
        .tell = tell_fault,
        .context = context,
    };
    return !arena->exhausted ? intake_load(&setting, ret_report, arena, fault)
                             : fault_no_memory(fault, arena);
}

static bool read_register(struct command_context *context, struct exchange *exchange,
                          const char *directory, struct fault *fault)
{
    struct slice text, line;
    const char *list = arena_printf(context->arena, "%s/organisations.ndjson", directory).ptr;
    if (list == NULL || !file_text_map(list, context->arena, &text, fault)) {
        return list != NULL ? false : fault_no_memory(fault, context->arena);
    }
    struct slice rest = text;
    bool ok = true;
    while (ok && slice_split(&rest, '\n', &line)) {
        ok = slice_trim(line).len == 0 || read_organisation(exchange, line, context->arena, fault);
    }
    file_text_unmap(text);
    return ok;
}

static bool fill_demo(struct command_context *context, struct exchange *exchange,
                      const char *directory, struct fault *fault)
{
    struct load_report report;
    if (!read_register(context, exchange, directory, fault)) {
        return false;
    }
    const struct register_snapshot *snapshot = register_get(exchange->reg);
    bool ok = load_county(context, exchange, snapshot, directory, &report, fault);
    register_put(exchange->reg, snapshot);
    if (ok) {
        command_print(context, OUTPUT_MESSAGE,
                      "loaded %llu resources, linked to %llu people, in %.1f s\n",
                      (unsigned long long)report.stored + report.known,
                      (unsigned long long)report.persons, (double)report.took_us / 1e6);
    }
    return ok;
}

#define LOADED_KEY SLICE("demo loaded")

static bool is_loaded(struct exchange *exchange, struct arena *arena, bool *ret_loaded,
                      struct fault *fault)
{
    struct slice value;
    return exchange_store_get(exchange->store, EXCHANGE_SETTING, LOADED_KEY, arena, &value,
                              ret_loaded, fault);
}

static bool note_loaded(struct exchange *exchange, struct arena *arena, struct fault *fault)
{
    struct exchange_step step = { EXCHANGE_PUT, { EXCHANGE_SETTING, LOADED_KEY, SLICE("yes") } };
    struct exchange_write write = { .arena = arena, .steps = &step, .count = 1 };
    return exchange_store_commit(exchange->store, &write, fault);
}

static bool exists(struct arena *arena, const char *directory, const char *name)
{
    struct stat status;
    struct slice path = arena_printf(arena, "%s/%s", directory, name);
    return path.ptr != NULL && os_stat(path.ptr, &status) == 0;
}

/* what an earlier run has made stays; what it was interrupted in is completed */
static bool fill_open_demo(struct command_context *context, struct exchange *exchange,
                           const struct synth_options *options, struct fault *fault)
{
    bool loaded;
    struct synth_options copy = *options;
    if (!exchange->directory.demo) {
        fault_set(fault, context->arena, FAULT_CONFLICT, "%s is not a demo directory",
                  exchange->directory.path);
        return fault_hint(fault, context->arena, "serve it with: evenlode serve --data %s",
                          exchange->directory.path);
    }
    if (!is_loaded(exchange, context->arena, &loaded, fault)) {
        return false;
    }
    return loaded || ((exists(context->arena, exchange->directory.path, "county") ||
                       command_synth_run(context, &copy, fault)) &&
                      about_data_make(context, exchange->directory.path, options, fault) &&
                      fill_demo(context, exchange, copy.out.ptr, fault) &&
                      note_loaded(exchange, context->arena, fault));
}

static bool make_demo(struct command_context *context, const struct arguments *arguments,
                      const struct config *config, struct exchange *ret_exchange,
                      struct fault *fault)
{
    const char *path = arguments->values[DEMO_DATA];
    struct synth_options options = { .out = arena_printf(context->arena, "%s/county", path),
                                     .formats = SLICE("fhir") };
    if (!command_number(context, "people", arguments->values[DEMO_PEOPLE], 2000, &options.people,
                        fault) ||
        !command_number(context, "seed", arguments->values[DEMO_SEED], 1, &options.seed, fault) ||
        !command_synth_years(context, arguments->values[DEMO_YEARS], DEMO_DEFAULT_YEARS,
                             &options.years, fault)) {
        return false;
    }
    /* before the work, not after it: half a minute would be lost on a port that is taken */
    if (!http_server_may_listen(config->listen, context->arena, fault)) {
        return false;
    }
    if (!exists(context->arena, path, "evenlode") &&
        !data_directory_create(path, true, context->arena, fault)) {
        return false;
    }
    if (!open_to_serve(context, path, config, ret_exchange, fault)) {
        return false;
    }
    if (fill_open_demo(context, ret_exchange, &options, fault)) {
        return true;
    }
    struct fault ignored;
    (void)exchange_close(ret_exchange, context->arena, &ignored);
    return false;
}

int command_demo(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    struct config config;
    struct exchange exchange;
    if (arguments->values[DEMO_DATA] == NULL) {
        fault_set(&fault, context->arena, FAULT_INVALID, "--data DIR is needed");
        return command_fail(context, &fault);
    }
    if (!config_read(NULL, context->arena, &config, &fault)) {
        return command_fail(context, &fault);
    }
    apply_listen(&config, arguments->values[DEMO_LISTEN], NULL, context->arena);
    if (!make_demo(context, arguments, &config, &exchange, &fault)) {
        return command_fail(context, &fault);
    }
    return serve_and_close(context, &exchange);
}
