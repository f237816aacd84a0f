/*
 * fhir_api.c: the entrance of the API.
 *
 * In this order: address and method, the organisation, the format of the answer, who asks, then the
 * interaction's own beginning. What comes before "who asks" says nothing that is not public: which
 * addresses there can be and which organisations take part.
 */
#include "web/fhir_api.h"

#include "web/fhir_api_call.h"
#include "web/web_subject.h"

static fhir_call_begin *const interactions[] = {
    [INTERACTION_CAPABILITIES] = fhir_api_capabilities,
    [INTERACTION_READ] = fhir_api_read,
    [INTERACTION_VREAD] = fhir_api_read,
    [INTERACTION_HISTORY] = fhir_api_history,
    [INTERACTION_SEARCH] = fhir_api_search,
    [INTERACTION_EVERYTHING] = fhir_api_everything,
    [INTERACTION_CREATE] = fhir_api_write,
    [INTERACTION_UPDATE] = fhir_api_write,
    [INTERACTION_DELETE] = fhir_api_write,
    [INTERACTION_TRANSACTION] = fhir_api_write,
};

/* with a header field of its own, which http_respond_fault() would drop */
static void refuse_with(struct http_request *request, const struct fault *fault, const char *name,
                        struct slice value)
{
    http_response_header(request, name, value);
    fhir_api_fault(request, (unsigned)fault_http_status(fault->code), fault);
}

static bool organisation_is_live(struct web *web, struct slice ods)
{
    const struct register_snapshot *snapshot = register_get(web->reg);
    const struct organisation *organisation = register_find(snapshot, ods);
    bool live = organisation != NULL && organisation->status == ORGANISATION_LIVE;
    register_put(web->reg, snapshot);
    return live;
}

static bool negotiate(struct fhir_call *call, struct fault *fault)
{
    struct http_request *request = call->request;
    struct slice accept = { NULL, 0 };
    struct slice prefer = { NULL, 0 };
    http_request_query(request, SLICE("_format"), &call->format);
    http_request_header_list(request, "Accept", &accept);
    if (http_request_header_list(request, "Prefer", &prefer)) {
        call->prefer = negotiate_prefer(prefer);
    }
    if (negotiate_answer(call->format, accept, &call->answer_type)) {
        return true;
    }
    fault_set(fault, &request->arena, FAULT_NOT_ACCEPTABLE, "only JSON is offered");
    return fault_hint(fault, &request->arena, "ask for application/fhir+json");
}

static void enter(struct fhir_call *call)
{
    struct fault fault;
    if (!organisation_is_live(call->web, call->route.ods)) {
        fault_set(&fault, &call->request->arena, FAULT_NOT_FOUND,
                  "no organisation with this code takes part");
        http_respond_fault(call->request, &fault);
    } else if (!negotiate(call, &fault)) {
        http_respond_fault(call->request, &fault);
    } else if (call->route.interaction != INTERACTION_CAPABILITIES &&
               !web_bearer_subject(call->web, call->request, &call->subject, &fault)) {
        refuse_with(call->request, &fault, "WWW-Authenticate", SLICE("Bearer"));
    } else {
        interactions[call->route.interaction](call);
    }
}

void fhir_api_handle(struct web *web, struct http_request *request)
{
    const char *allow = NULL;
    struct fault fault;
    struct fhir_call *call = arena_new(&request->arena, struct fhir_call);
    if (call == NULL) {
        fault_no_memory(&fault, &request->arena);
        http_respond_fault(request, &fault);
        return;
    }
    call->web = web;
    call->request = request;
    if (!fhir_route_find(request->method, request->path, &request->arena, &call->route, &allow,
                         &fault)) {
        if (fault.code == FAULT_METHOD) {
            refuse_with(request, &fault, "Allow", slice_from_string(allow));
        } else {
            http_respond_fault(request, &fault);
        }
        return;
    }
    call->base = arena_printf(&request->arena, "%.*s/orgs/%.*s/fhir/R4", SLICE_PRINT(web->base_url),
                              SLICE_PRINT(call->route.ods));
    if (call->base.ptr == NULL) {
        fhir_call_no_memory(call);
        return;
    }
    enter(call);
}
