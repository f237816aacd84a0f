/*
 * public_handlers.c: pages for everybody, assets, health and figures.
 *
 * /metrics is Prometheus text (exposition format 0.0.4): counts and states, nothing of anybody.
 */
#include "web/web_internal.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/limits.h"
#include "web/asset.h"

struct web_counters {
    _Atomic uint64_t by_class[6]; /* answers by the first digit of their status; 0: none was made */
    monotime start;
};

struct web_counters *web_counters_new(void)
{
    struct web_counters *counters = os_malloc(sizeof *counters);
    if (counters != NULL) {
        memset(counters, 0, sizeof *counters);
        counters->start = os_monotonic();
    }
    return counters;
}

void web_counters_free(struct web_counters *counters)
{
    os_free(counters);
}

void web_count(struct web *web, unsigned status)
{
    unsigned class = status / 100;
    atomic_fetch_add_explicit(&web->counters->by_class[class < 6 ? class : 0], 1,
                              memory_order_relaxed);
}

/* -- pages ------------------------------------------------------------------------------------- */

typedef bool public_page(const struct page_frame *frame, struct arena *arena, struct strbuf *out,
                         struct fault *fault);
typedef bool register_page(const struct page_frame *frame, const struct register_snapshot *snapshot,
                           struct arena *arena, struct strbuf *out, struct fault *fault);

/* a public page shows who is signed in, when somebody is */
static void frame_of(struct web *web, struct http_request *request, struct page_frame *ret_frame)
{
    struct subject subject;
    struct slice cookie = { NULL, 0 };
    struct fault ignored;
    bool known = web_session_subject(web, request, &subject, &cookie, &ignored);
    web_frame(web, request, known ? &subject : NULL, cookie, ret_frame);
}

static void show(struct web *web, struct http_request *request, public_page *page)
{
    struct page_frame frame;
    struct strbuf out;
    struct fault fault;
    frame_of(web, request, &frame);
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    bool ok = page(&frame, &request->arena, &out, &fault);
    web_respond_page(request, 200, &out, ok, &fault);
}

static void show_register(struct web *web, struct http_request *request, register_page *page)
{
    struct page_frame frame;
    struct strbuf out;
    struct fault fault;
    frame_of(web, request, &frame);
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    const struct register_snapshot *snapshot = register_get(web->reg);
    bool ok = page(&frame, snapshot, &request->arena, &out, &fault);
    register_put(web->reg, snapshot);
    web_respond_page(request, 200, &out, ok, &fault);
}

void web_get_home(struct web *web, struct http_request *request)
{
    show_register(web, request, page_home);
}

void web_get_organisations(struct web *web, struct http_request *request)
{
    show_register(web, request, page_organisations);
}

void web_get_choices(struct web *web, struct http_request *request)
{
    show(web, request, page_choices);
}

void web_get_questions(struct web *web, struct http_request *request)
{
    show(web, request, page_questions);
}

/* one file with its own style, so under its own policy; the other fields are those of all pages */
void web_get_about_data(struct web *web, struct http_request *request)
{
    struct fault fault;
    if (web->about_data.len == 0) {
        fault_set(&fault, &request->arena, FAULT_NOT_FOUND, "this exchange has no made-up county");
        http_respond_fault(request, &fault);
        return;
    }
    for (const struct page_header *header = page_headers; header->name != NULL; header++) {
        bool policy = strcmp(header->name, "Content-Security-Policy") == 0;
        http_response_header(request, header->name,
                             policy ? web->about_data_policy : header->value);
    }
    http_respond(request, 200, PAGE_TYPE, http_body_kept(web->about_data));
}

void web_get_asset(struct web *web UNUSED, struct http_request *request)
{
    const struct asset *asset = asset_find(request->path);
    struct fault fault;
    if (asset == NULL) {
        fault_set(&fault, &request->arena, FAULT_NOT_FOUND, "there is no such file");
        http_respond_fault(request, &fault);
        return;
    }
    http_response_header(request, "Cache-Control", SLICE(ASSET_CACHE_CONTROL));
    http_respond(request, 200, asset->type, http_body_kept(asset->body));
}

/* -- health and figures ------------------------------------------------------------------------ */

/* alive, and able to keep its promise: without a working audit nothing can be shown */
void web_get_health(struct web *web, struct http_request *request)
{
    uint64_t count;
    struct digest root;
    bool failed;
    audit_status(web->audit, &count, &root, &failed);
    http_respond(request, failed ? 503 : 200, SLICE("text/plain; charset=utf-8"),
                 http_body_kept(failed ? SLICE("the audit log has failed\n") : SLICE("ok\n")));
}

static uint64_t resident_bytes(void)
{
    char text[128];
    struct slice rest, pages;
    uint64_t count = 0;
    int fd = os_open("/proc/self/statm", 0, 0);
    ssize_t got = fd < 0 ? -1 : os_pread(fd, text, sizeof text, 0);
    if (fd >= 0) {
        os_close(fd);
    }
    rest = slice_of(text, got < 0 ? 0 : (size_t)got);
    if (got <= 0 || !slice_split(&rest, ' ', &pages) || !slice_split(&rest, ' ', &pages) ||
        !slice_to_u64(pages, &count)) {
        return 0;
    }
    return count * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void add_metric(struct strbuf *out, const char *name, const char *kind, const char *help,
                       uint64_t value)
{
    strbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, kind, name,
                (unsigned long long)value);
}

static void add_responses(struct strbuf *out, struct web_counters *counters)
{
    strbuf_add_string(out, "# HELP evenlode_responses_total answers by class of status\n"
                           "# TYPE evenlode_responses_total counter\n");
    for (unsigned class = 1; class < 6; class ++) {
        strbuf_addf(out, "evenlode_responses_total{class=\"%uxx\"} %llu\n", class,
                    (unsigned long long)atomic_load_explicit(&counters->by_class[class],
                                                             memory_order_relaxed));
    }
}

void web_get_metrics(struct web *web, struct http_request *request)
{
    struct strbuf out;
    uint64_t entries;
    struct digest root;
    bool failed;
    size_t len;
    audit_status(web->audit, &entries, &root, &failed);
    const struct register_snapshot *snapshot = register_get(web->reg);
    uint64_t organisations = snapshot->count;
    register_put(web->reg, snapshot);
    strbuf_init(&out, LIMIT_RESPONSE_BODY);
    add_responses(&out, web->counters);
    add_metric(&out, "evenlode_requests_active", "gauge", "requests being answered",
               http_server_active(web->server));
    add_metric(&out, "evenlode_pages_ahead", "gauge",
               "pages whose sources are read while their audit entry is written",
               atomic_load(&web->pages_ahead));
    add_metric(&out, "evenlode_audit_entries", "counter", "durable entries of the audit log",
               entries);
    add_metric(&out, "evenlode_audit_failed", "gauge", "1: nothing can be shown", failed);
    add_metric(&out, "evenlode_organisations", "gauge", "in the register", organisations);
    add_metric(&out, "process_resident_memory_bytes", "gauge", "resident set", resident_bytes());
    add_metric(&out, "evenlode_uptime_seconds", "gauge", "since the server started",
               (uint64_t)(monotime_since(os_monotonic(), web->counters->start) / 1000000));
    char *body = strbuf_take(&out, &len);
    strbuf_release(&out);
    http_respond(request, body == NULL ? 503 : 200, SLICE("text/plain; version=0.0.4"),
                 body == NULL ? HTTP_NO_BODY : http_body_owned(slice_of(body, len), os_free, body));
}
