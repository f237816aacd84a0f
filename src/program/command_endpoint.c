/*
 * command_endpoint.c: evenlode synth endpoint: one synthetic organisation as a live FHIR server.
 *
 * For tests of live sources, on loopback alone: it asks nobody who they are. Answers are made from
 * the lives on demand (synth/endpoint.h), so nothing is stored, and what it says is what the files
 * of the same county say. Offered: metadata, Patient?identifier=, Patient/[id],
 * Patient/[id]/$everything. Everything carries the label HTEST.
 */
#include <signal.h>

#include "base/limits.h"
#include "fhir/bundle.h"
#include "fhir/outcome.h"
#include "net/http_server.h"
#include "program/commands.h"
#include "synth/endpoint.h"
#include "synth/synth.h"

struct serving {
    struct synth_world world;
    struct endpoint endpoint;
};

#define FHIR_JSON SLICE("application/fhir+json; charset=utf-8")

/* -- answers ----------------------------------------------------------------------------------- */

static void fail(struct http_request *request, enum fault_code code, const char *message)
{
    struct fault fault = FAULT_INIT;
    struct strbuf out;
    fault_set(&fault, &request->arena, code, "%s", message);
    strbuf_init(&out, LIMIT_FAULT_ARENA);
    fhir_outcome_of_fault(&fault, &out);
    http_respond(request, (unsigned)fault_http_status(code), FHIR_JSON,
                 http_body_copied(strbuf_slice(&out)));
    strbuf_release(&out);
}

static void respond(struct http_request *request, struct strbuf *out)
{
    if (out->failed || request->arena.exhausted) {
        fail(request, FAULT_NO_MEMORY, "the answer is too large");
    } else {
        http_respond(request, 200, FHIR_JSON, http_body_copied(strbuf_slice(out)));
    }
    strbuf_release(out);
}

static void metadata(struct http_request *request)
{
    http_respond(request, 200, FHIR_JSON,
                 http_body_kept(SLICE(
                     "{\"resourceType\":\"CapabilityStatement\",\"status\":\"active\","
                     "\"experimental\":true,\"date\":\"2026-11-20\",\"kind\":\"instance\","
                     "\"software\":{\"name\":\"Evenlode synth endpoint: synthetic people only\"},"
                     "\"implementation\":{\"description\":\"Nobody in these records exists\"},"
                     "\"fhirVersion\":\"4.0.1\",\"format\":[\"json\"],\"rest\":[{\"mode\":"
                     "\"server\",\"resource\":[{\"type\":\"Patient\",\"interaction\":[{\"code\":"
                     "\"read\"},{\"code\":\"search-type\"}],\"searchParam\":[{\"name\":"
                     "\"identifier\",\"type\":\"token\"}],\"operation\":[{\"name\":"
                     "\"everything\",\"definition\":\"http://hl7.org/fhir/OperationDefinition/"
                     "Patient-everything\"}]}]}]}")));
}

/*
 * Where the client found this server, NULL when it does not say: a port that the system chose is
 * known only when requests may already be under way.
 */
#define HOST_MOST 128
static const char *base_of(struct http_request *request)
{
    struct slice host;
    if (!http_request_header(request, "Host", &host) || host.len > HOST_MOST) {
        return NULL;
    }
    return arena_printf(&request->arena, "http://%.*s", SLICE_PRINT(host)).ptr;
}

/* the Patient of a row with its url, in the request's arena; an empty resource without memory */
static struct fhir_bundle_item patient_of(struct http_request *request,
                                          const struct serving *serving, const char *base,
                                          const struct endpoint_row *row)
{
    struct json json;
    struct strbuf out;
    struct fault fault = FAULT_INIT;
    struct arena *arena = &request->arena;
    struct fhir_bundle_item item = { .mode = FHIR_MODE_MATCH };
    strbuf_init(&out, LIMIT_RESOURCE_BODY);
    if (endpoint_answer(&serving->endpoint, row, base, false, arena, &out)) {
        struct slice text = arena_copy(arena, strbuf_slice(&out));
        if (text.ptr != NULL && json_parse(arena, text, &json, &fault)) {
            item.resource = json_raw(&json, json_path(&json, 0, "entry", "resource", NULL));
            item.full_url =
                json_string(&json, json_path(&json, 0, "entry", "fullUrl", NULL), arena);
        }
    }
    strbuf_release(&out);
    return item;
}

/* of *count rows from `row` on those that the organisation knows; false without memory */
static bool keep_known(struct http_request *request, const struct serving *serving,
                       const struct endpoint_row *row, size_t *count,
                       const struct endpoint_row **ret_found)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        bool known;
        if (!endpoint_knows(&serving->endpoint, row + i, &request->arena, &known)) {
            return false;
        }
        if (known) {
            ret_found[kept++] = row + i;
        }
    }
    *count = kept;
    return true;
}

static void search(struct http_request *request, const struct serving *serving, const char *base)
{
    struct strbuf out;
    struct fhir_bundle_writer writer;
    struct slice value = { NULL, 0 };
    size_t count = 0;
    for (size_t i = 0; i < request->query_count; i++) {
        if (slice_equal(request->query[i].name, SLICE("identifier"))) {
            value = request->query[i].value;
        }
    }
    size_t bar = slice_find(value, '|');
    struct slice system = slice_sub(value, 0, bar < value.len ? bar : 0);
    struct slice number = bar < value.len ? slice_from(value, bar + 1) : value;
    if (number.len == 0) {
        fail(request, FAULT_INVALID, "identifier is needed: [system|]NHS number");
        return;
    }
    const struct endpoint_row *row = NULL;
    if (system.len == 0 || slice_equal(system, SLICE("https://fhir.nhs.uk/Id/nhs-number"))) {
        row = endpoint_find_number(&serving->endpoint, number, &count);
    }
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    fhir_bundle_begin(&writer, &out, "searchset", count, NULL, 0);
    for (size_t i = 0; i < count; i++) {
        struct fhir_bundle_item item = patient_of(request, serving, base, row + i);
        out.failed = out.failed || item.resource.len == 0;
        fhir_bundle_add(&writer, &item);
    }
    fhir_bundle_end(&writer);
    respond(request, &out);
}

static void record(struct http_request *request, const struct serving *serving, const char *base,
                   struct slice id, bool everything)
{
    struct strbuf out;
    const struct endpoint_row *row = endpoint_find_id(&serving->endpoint, id);
    size_t count = row != NULL ? 1 : 0;
    if (!keep_known(request, serving, row, &count, &row)) {
        fail(request, FAULT_NO_MEMORY, "the answer is too large");
        return;
    }
    if (count == 0) {
        fail(request, FAULT_NOT_FOUND, "no patient has that id");
        return;
    }
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    if (!everything) {
        struct fhir_bundle_item item = patient_of(request, serving, base, row);
        strbuf_add(&out, item.resource);
        out.failed = out.failed || item.resource.len == 0;
    } else if (!endpoint_answer(&serving->endpoint, row, base, true, &request->arena, &out)) {
        out.failed = true;
    }
    respond(request, &out);
}

static void handle(struct http_request *request, void *context)
{
    const struct serving *serving = context;
    struct slice path = request->path;
    struct slice id = slice_from(path, strlen("/Patient/"));
    const char *base = base_of(request);
    if (!slice_equal(request->method, SLICE("GET"))) {
        fail(request, FAULT_METHOD, "this server only reads");
    } else if (base == NULL) {
        fail(request, FAULT_INVALID, "Host is needed, and not that long");
    } else if (slice_equal(path, SLICE("/metadata"))) {
        metadata(request);
    } else if (slice_equal(path, SLICE("/Patient"))) {
        search(request, serving, base);
    } else if (!slice_starts_with(path, SLICE("/Patient/"))) {
        fail(request, FAULT_NOT_FOUND, "nothing is served here");
    } else if (slice_ends_with(id, SLICE("/$everything"))) {
        record(request, serving, base, slice_sub(id, 0, id.len - strlen("/$everything")), true);
    } else {
        record(request, serving, base, id, false);
    }
}

/* -- serving ----------------------------------------------------------------------------------- */

static bool is_loopback(struct slice listen)
{
    return slice_starts_with(listen, SLICE("127.0.0.1:")) ||
           slice_starts_with(listen, SLICE("[::1]:"));
}

static bool find_organisation(const struct serving *serving, struct slice ods,
                              synth_org *ret_organisation)
{
    for (uint32_t i = 0; i < serving->world.organisation_count; i++) {
        if (slice_equal(serving->world.organisations[i].ods, ods)) {
            *ret_organisation = (synth_org)i;
            return true;
        }
    }
    return false;
}

static bool serve(struct command_context *context, struct serving *serving, const char *listen,
                  struct fault *fault)
{
    struct http_server *server;
    struct http_server_config config;
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    http_server_config_init(&config);
    config.listen = listen;
    config.handler = handle;
    config.context = serving;
    if (!http_server_start(&config, &server, context->arena, fault)) {
        return false;
    }
    struct slice host = slice_from_string(listen);
    host.len = (size_t)(strrchr(listen, ':') - listen);
    command_print(context, OUTPUT_RESULT, "serving http://%.*s:%u\n", SLICE_PRINT(host),
                  http_server_port(server));
    sigwait(&signals, &number);
    http_server_drain(server);
    http_server_free(server);
    return true;
}

static bool make(struct command_context *context, const struct arguments *arguments,
                 struct serving *serving, struct fault *fault)
{
    uint64_t people, seed, years;
    synth_org organisation;
    const char *const *values = arguments->values;
    struct slice ods = slice_from_string(values[ENDPOINT_ORG]);
    if (!command_number(context, "people", values[ENDPOINT_PEOPLE], 2000, &people, fault) ||
        !command_number(context, "seed", values[ENDPOINT_SEED], 1, &seed, fault) ||
        !command_number(context, "years", values[ENDPOINT_YEARS], SYNTH_DEFAULT_YEARS, &years,
                        fault)) {
        return false;
    }
    if (people == 0 || people > SYNTH_MAX_PEOPLE || years == 0 || years > 20) {
        return fault_set(fault, context->arena, FAULT_INVALID, "--people or --years out of range");
    }
    if (!synth_world_make(&serving->world, seed, people, (int32_t)years, SYNTH_DEFAULT_TODAY,
                          context->arena, fault)) {
        return false;
    }
    if (!find_organisation(serving, ods, &organisation)) {
        return fault_set(fault, context->arena, FAULT_NOT_FOUND,
                         "--org names no organisation of this county");
    }
    return endpoint_make(&serving->world, organisation, &serving->endpoint, context->arena, fault);
}

int command_synth_endpoint(struct command_context *context, const struct arguments *arguments)
{
    struct fault fault = FAULT_INIT;
    const char *listen = arguments->values[ENDPOINT_LISTEN];
    struct serving *serving = arena_new(context->arena, struct serving);
    listen = listen != NULL ? listen : "127.0.0.1:0";
    bool ok = serving != NULL || fault_no_memory(&fault, context->arena);
    if (ok && !is_loopback(slice_from_string(listen))) {
        ok = fault_set(&fault, context->arena, FAULT_INVALID,
                       "--listen must be a loopback address: it asks nobody who they are");
    }
    ok = ok && make(context, arguments, serving, &fault) && serve(context, serving, listen, &fault);
    return ok ? 0 : command_fail(context, &fault);
}
