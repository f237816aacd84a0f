/*
 * web.c: from an address to its function.
 *
 * A table of exact addresses and prefixes, in order. An address that exists with another method is
 * 405 with Allow, one that does not is 404, in the form of its face: an OperationOutcome under
 * /orgs/, a page elsewhere.
 */
#include "web/web.h"

#include "base/limits.h"
#include "web/web_internal.h"

struct route {
    const char *method; /* NULL: any; the function looks */
    const char *path;   /* ending in '*': a prefix */
    web_handler *handler;
};

static const struct route routes[] = {
    { NULL, "/orgs/*", fhir_api_handle },
    { "GET", "/", web_get_home },
    { "GET", "/organisations", web_get_organisations },
    { "GET", "/choices", web_get_choices },
    { "GET", "/questions", web_get_questions },
    { "GET", "/about-the-data", web_get_about_data },
    { "GET", "/assets/*", web_get_asset },
    { "GET", "/healthz", web_get_health },
    { "GET", "/metrics", web_get_metrics },
    { "GET", "/sign-in", web_get_sign_in },
    { "POST", "/sign-in", web_post_sign_in },
    { "POST", "/sign-out", web_post_sign_out },
    { "GET", "/patients", web_get_patients },
    { "POST", "/patients", web_post_patients },
    { "GET", "/record/*", web_get_record },
};

static bool path_matches(const char *pattern, struct slice path)
{
    struct slice want = slice_from_string(pattern);
    if (slice_ends_with(want, SLICE("*"))) {
        return slice_starts_with(path, slice_sub(want, 0, want.len - 1));
    }
    return slice_equal(path, want);
}

/* RFC 9110 section 15.5.6: says which methods there are; http_respond_fault() drops fields */
static void refuse_method(struct web *web, struct http_request *request, const char *allowed)
{
    struct fault fault;
    fault_set(&fault, &request->arena, FAULT_METHOD, "this address does not take %.*s",
              SLICE_PRINT(request->method));
    http_response_header(request, "Allow", slice_from_string(allowed));
    web_fault(request, 405, &fault, web);
}

static void count_end(struct http_request *request UNUSED, const struct http_end *end,
                      void *context)
{
    web_count(context, end->status);
}

void web_handle(struct http_request *request, void *context)
{
    struct web *web = context;
    const char *other_method = NULL;
    struct fault fault;
    if (!http_request_on_end(request, count_end, web)) {
        fault_no_memory(&fault, &request->arena);
        http_respond_fault(request, &fault);
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(routes); i++) {
        if (!path_matches(routes[i].path, request->path)) {
            continue;
        }
        if (routes[i].method == NULL ||
            slice_equal(request->method, slice_from_string(routes[i].method))) {
            routes[i].handler(web, request);
            return;
        }
        other_method = routes[i].method;
    }
    if (other_method != NULL) {
        refuse_method(web, request, other_method);
        return;
    }
    fault_set(&fault, &request->arena, FAULT_NOT_FOUND, "there is nothing at this address");
    http_respond_fault(request, &fault);
}

static bool is_api(struct slice path)
{
    return slice_starts_with(path, SLICE("/orgs/")) || slice_starts_with(path, SLICE("/fhir/"));
}

void web_limits(struct http_request *request, struct http_request_limits *limits,
                void *context UNUSED)
{
    if (!is_api(request->path)) {
        limits->body = LIMIT_FORM_BODY;
    } else if (slice_ends_with(request->path, SLICE("/fhir/R4")) ||
               slice_ends_with(request->path, SLICE("/fhir/R4/"))) {
        limits->body = LIMIT_BUNDLE_BODY;
        limits->arena = LIMIT_TRANSACTION_ARENA;
    }
}

void web_fault(struct http_request *request, unsigned status, const struct fault *fault,
               void *context)
{
    struct slice path = request->path.len > 0 ? request->path : request->raw_path;
    struct page_frame frame;
    struct strbuf out;
    struct fault ignored;
    if (is_api(path)) {
        fhir_api_fault(request, status, fault);
        return;
    }
    web_frame(context, request, NULL, (struct slice){ NULL, 0 }, &frame);
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    bool ok = page_fault(&frame, fault, request->id, &request->arena, &out, &ignored);
    size_t len;
    char *body = ok ? strbuf_take(&out, &len) : NULL;
    strbuf_release(&out);
    for (const struct page_header *header = page_headers; body != NULL && header->name != NULL;
         header++) {
        http_response_header(request, header->name, header->value);
    }
    http_respond(request, status, body == NULL ? SLICE("text/plain; charset=utf-8") : PAGE_TYPE,
                 body == NULL ? http_body_copied(fault->message)
                              : http_body_owned(slice_of(body, len), os_free, body));
}
