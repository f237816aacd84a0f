/*
 * http_client.c: libcurl's multi interface with one request in it.
 *
 * The easy interface would do, but for stop_fd: curl_multi_poll() waits for it beside the
 * connection. The easy handle is kept and reset for each request, the connections live on in the
 * multi handle.
 */
#include "net/http_client.h"

#include <curl/curl.h>

#include "base/limits.h"
#include "base/os.h"
#include "base/strbuf.h"

#define HTTP_CLIENT_MAGIC 0x68747470U
#define POLL_MS           1000

struct http_client {
    unsigned magic;
    struct http_client_options options;
    CURLM *multi;
    CURL *easy;
    struct strbuf body;
};

const char *http_client_outcome_word(enum http_client_outcome outcome)
{
    static const char *const words[] = {
#define X(name, word) word,
        HTTP_CLIENT_OUTCOMES(X)
#undef X
    };
    return words[outcome];
}

struct http_client *http_client_new(const struct http_client_options *options)
{
    struct http_client *client = os_malloc(sizeof(*client));
    if (client == NULL) {
        return NULL;
    }
    *client = (struct http_client){ .magic = HTTP_CLIENT_MAGIC, .options = *options };
    if (options->connect_us <= 0) {
        client->options.connect_us = LIMIT_HTTP_CLIENT_CONNECT_US;
    }
    if (options->answer_us <= 0) {
        client->options.answer_us = LIMIT_HTTP_CLIENT_ANSWER_US;
    }
    strbuf_init(&client->body,
                options->answer_bytes > 0 ? options->answer_bytes : LIMIT_HTTP_CLIENT_ANSWER);
    bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    client->multi = ready ? curl_multi_init() : NULL;
    client->easy = ready ? curl_easy_init() : NULL;
    if (client->multi == NULL || client->easy == NULL) {
        http_client_free(client);
        return NULL;
    }
    return client;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL) {
        return;
    }
    CHECK_OBJ(client, HTTP_CLIENT_MAGIC);
    curl_easy_cleanup(client->easy);
    curl_multi_cleanup(client->multi);
    curl_global_cleanup();
    strbuf_release(&client->body);
    client->magic = 0;
    os_free(client);
}

/* a short count ends the transfer with CURLE_WRITE_ERROR */
static size_t keep(char *bytes, size_t one, size_t count, void *context)
{
    struct http_client *client = context;
    strbuf_add(&client->body, slice_of(bytes, one * count));
    return client->body.failed ? 0 : one * count;
}

static struct curl_slist *header_list(const struct http_client_request *request)
{
    /* without this libcurl asks for leave before it sends a large body, and waits for it */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list != NULL && i < request->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(list, request->headers[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
        }
        list = longer;
    }
    return list;
}

static void prepare(struct http_client *client, const struct http_client_request *request,
                    struct curl_slist *headers)
{
    CURL *easy = client->easy;
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(client->options.connect_us / 1000));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(client->options.answer_us / 1000));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, client);
    if (request->body.len > 0) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.ptr);
    }
}

static enum http_client_outcome outcome_of(const struct http_client *client, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return HTTP_CLIENT_ANSWERED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return HTTP_CLIENT_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_CLIENT_SILENT;
    case CURLE_WRITE_ERROR:
        return client->body.failed ? HTTP_CLIENT_TOO_LARGE : HTTP_CLIENT_CLOSED;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
        return HTTP_CLIENT_UNUSABLE;
    case CURLE_OUT_OF_MEMORY:
        return HTTP_CLIENT_NO_MEMORY;
    default:
        return HTTP_CLIENT_CLOSED;
    }
}

/* until the transfer is over or stop_fd becomes readable */
static enum http_client_outcome run(struct http_client *client)
{
    struct curl_waitfd stop = { .fd = client->options.stop_fd, .events = CURL_WAIT_POLLIN };
    unsigned extra = client->options.stop_fd >= 0 ? 1 : 0;
    int running = 1;
    while (curl_multi_perform(client->multi, &running) == CURLM_OK && running > 0) {
        stop.revents = 0;
        if (curl_multi_poll(client->multi, &stop, extra, POLL_MS, NULL) != CURLM_OK) {
            return HTTP_CLIENT_NO_MEMORY;
        }
        if (stop.revents != 0) {
            return HTTP_CLIENT_STOPPED;
        }
    }
    int left;
    const CURLMsg *message = curl_multi_info_read(client->multi, &left);
    return message != NULL && message->msg == CURLMSG_DONE
               ? outcome_of(client, message->data.result)
               : HTTP_CLIENT_NO_MEMORY;
}

enum http_client_outcome http_client_send(struct http_client *client,
                                          const struct http_client_request *request,
                                          unsigned *ret_status)
{
    CHECK_OBJ(client, HTTP_CLIENT_MAGIC);
    long status = 0;
    enum http_client_outcome outcome = HTTP_CLIENT_NO_MEMORY;
    struct curl_slist *headers = header_list(request);
    strbuf_clear(&client->body);
    if (headers == NULL) {
        return outcome;
    }
    prepare(client, request, headers);
    if (curl_multi_add_handle(client->multi, client->easy) == CURLM_OK) {
        outcome = run(client);
        curl_multi_remove_handle(client->multi, client->easy);
    }
    curl_slist_free_all(headers);
    if (outcome == HTTP_CLIENT_ANSWERED) {
        curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
        *ret_status = (unsigned)status;
    }
    return outcome;
}

struct slice http_client_body(const struct http_client *client)
{
    return strbuf_slice(&client->body);
}
