/*
 * fhir_api_capability.c: GET metadata. FHIR R4 http.html#capabilities, capabilitystatement.html.
 *
 * Written from the tables that requests are answered by: a search parameter stands here because
 * fhir/search_parameter.h finds it and its expression is compiled. Public: it says what the program
 * does and nothing of any record, so it needs no decision.
 */
#include "base/limits.h"
#include "fhir/search_parameter.h"
#include "web/fhir_api_call.h"

#define SOFTWARE_VERSION "0.1.0"
#define STATEMENT_DATE   "2026-11-23"

static const char *const kinds[] = {
    [SEARCH_TOKEN] = "token",   [SEARCH_STRING] = "string",     [SEARCH_DATE] = "date",
    [SEARCH_NUMBER] = "number", [SEARCH_QUANTITY] = "quantity", [SEARCH_REFERENCE] = "reference",
    [SEARCH_URI] = "uri",
};

static void add_codes(struct json_writer *json, const char *key, const char *const *codes,
                      size_t count)
{
    json_member_begin_array(json, key);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(json);
        json_member_write(json, "code", slice_from_string(codes[i]));
        json_end_object(json);
    }
    json_end_array(json);
}

static void add_parameters(struct json_writer *json, fhir_type type)
{
    const struct fhir_parameter *parameter;
    json_member_begin_array(json, "searchParam");
    for (size_t n = 0; (parameter = fhir_parameter_at(type, n)) != NULL; n++) {
        if (!parameter->is_supported || parameter->kind >= ARRAY_LENGTH(kinds) ||
            kinds[parameter->kind] == NULL) {
            continue;
        }
        json_begin_object(json);
        json_member_write(json, "name", fhir_parameter_code(parameter));
        json_member_write(json, "type", slice_from_string(kinds[parameter->kind]));
        json_end_object(json);
    }
    json_end_array(json);
}

static void add_operations(struct json_writer *json)
{
    json_member_begin_array(json, "operation");
    json_begin_object(json);
    json_member_write(json, "name", SLICE("everything"));
    json_member_write(json, "definition",
                      SLICE("http://hl7.org/fhir/OperationDefinition/Patient-everything"));
    json_end_object(json);
    json_end_array(json);
}

static void add_type(struct json_writer *json, fhir_type type)
{
    static const char *const interactions[] = { "read",       "vread",  "update",
                                                "delete",     "create", "history-instance",
                                                "search-type" };
    json_begin_object(json);
    json_member_write(json, "type", fhir_type_name(type));
    add_codes(json, "interaction", interactions, ARRAY_LENGTH(interactions));
    json_member_write(json, "versioning", SLICE("versioned"));
    json_member_write_bool(json, "readHistory", true);
    json_member_write_bool(json, "updateCreate", true);
    json_member_write_bool(json, "conditionalCreate", false);
    json_member_write(json, "conditionalRead", SLICE("full-support"));
    json_member_write_bool(json, "conditionalUpdate", false);
    json_member_write(json, "conditionalDelete", SLICE("not-supported"));
    add_parameters(json, type);
    if (type == FHIR_PATIENT) {
        add_operations(json);
    }
    json_end_object(json);
}

static void add_security(struct json_writer *json)
{
    json_member_begin_object(json, "security");
    json_member_write(
        json, "description",
        SLICE("A bearer token in the Authorization header (RFC 6750). Every access is "
              "decided and audited before anything is shown."));
    json_end_object(json);
}

static void add_rest(struct json_writer *json)
{
    static const char *const interactions[] = { "transaction" };
    json_member_begin_array(json, "rest");
    json_begin_object(json);
    json_member_write(json, "mode", SLICE("server"));
    add_security(json);
    json_member_begin_array(json, "resource");
    for (unsigned type = 1; type <= FHIR_TYPE_COUNT; type++) {
        add_type(json, (fhir_type)type);
    }
    json_end_array(json);
    add_codes(json, "interaction", interactions, ARRAY_LENGTH(interactions));
    json_end_object(json);
    json_end_array(json);
}

static void write_statement(struct json_writer *json, struct slice base)
{
    static const char *const formats[] = { "application/fhir+json", "json" };
    json_begin_object(json);
    json_member_write(json, "resourceType", SLICE("CapabilityStatement"));
    json_member_write(json, "status", SLICE("active"));
    json_member_write(json, "date", SLICE(STATEMENT_DATE));
    json_member_write(json, "kind", SLICE("instance"));
    json_member_begin_object(json, "software");
    json_member_write(json, "name", SLICE("Evenlode"));
    json_member_write(json, "version", SLICE(SOFTWARE_VERSION));
    json_end_object(json);
    json_member_begin_object(json, "implementation");
    json_member_write(json, "description", SLICE("The record store of one organisation"));
    json_member_write(json, "url", base);
    json_end_object(json);
    json_member_write(json, "fhirVersion", SLICE("4.0.1"));
    json_member_begin_array(json, "format");
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
        json_write_string(json, slice_from_string(formats[i]));
    }
    json_end_array(json);
    add_rest(json);
    json_end_object(json);
}

void fhir_api_capabilities(struct fhir_call *call)
{
    struct json_writer json;
    struct strbuf body;
    strbuf_init(&body, LIMIT_RESPONSE_BODY);
    json_writer_init(&json, &body);
    write_statement(&json, call->base);
    fhir_call_show(call, 200, &body, 0);
}
