/*
 * exchange_fixture.c: setting up in the order of program/exchange.c, and a client of few lines.
 *
 * The client asks for Connection: close and reads to the end, so an answer is whole when the peer
 * has closed; what the server does with connections is tested in tests/wire/http.
 */
#include "support/exchange_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/memory/record_store_memory.h"
#include "store/sqlite/exchange_store_sqlite.h"
#include "store/sqlite/record_store_sqlite.h"
#include "web/fhir_api.h"

static void need(bool ok, const char *what, const struct fault *fault)
{
    if (!ok) {
        fprintf(stderr, "fixture: %s: ", what);
        fwrite(fault->message.ptr, 1, fault->message.len, stderr);
        abort();
    }
}

static void add_organisation(struct exchange_fixture *fixture, const char *ods,
                             enum organisation_type type, enum organisation_status status)
{
    struct fault fault = FAULT_INIT;
    struct organisation organisation = { .ods = slice_from_string(ods),
                                         .name = slice_from_string(ods),
                                         .type = type,
                                         .status = status,
                                         .source = SOURCE_KIND_HOSTED };
    need(register_set(fixture->web.reg, &organisation, &fixture->arena, &fault), "register",
         &fault);
}

static void make_keys(struct exchange_fixture *fixture, struct slice purpose, struct key_ring *ring)
{
    struct fault fault = FAULT_INIT;
    need(keys_create(fixture->directory, purpose, &fixture->arena, &fault) &&
             keys_load(fixture->directory, purpose, ring, &fixture->arena, &fault),
         "keys", &fault);
}

static void open_tables(struct exchange_fixture *fixture)
{
    char path[TEST_PATH];
    struct fault fault = FAULT_INIT;
    test_path(path, fixture->directory, "exchange.sqlite");
    fixture->committer = committer_new(2);
    fixture->store =
        exchange_store_sqlite_open(path, true, fixture->committer, &fixture->arena, &fault);
    need(fixture->store != NULL, "exchange store", &fault);
    fixture->web.reg = register_open(fixture->store, &fault, &fixture->arena);
    need(fixture->web.reg != NULL, "register", &fault);
    fixture->web.people = person_index_open(fixture->store, &fixture->arena, &fault);
    need(fixture->web.people != NULL, "person index", &fault);
}

static void open_stores(struct exchange_fixture *fixture, enum fixture_stores stores)
{
    struct fault fault = FAULT_INIT;
    struct store_opener opener = stores == FIXTURE_MEMORY
                                     ? record_store_memory_opener()
                                     : record_store_sqlite_opener(fixture->directory);
    fixture->web.stores = store_pool_new(&opener, fixture->committer, LIMIT_STORES_OPEN);
    test_path(fixture->audit_directory, fixture->directory, "audit");
    need(audit_open(fixture->audit_directory, fixture->committer, &fixture->web.audit,
                    &fixture->arena, &fault),
         "audit", &fault);
    fixture->workers = worker_pool_new(2);
    need(fixture->web.stores != NULL && fixture->workers != NULL, "stores", &fault);
}

static void open_governance(struct exchange_fixture *fixture)
{
    struct fault fault = FAULT_INIT;
    struct web *web = &fixture->web;
    const struct governance_config config = { web->reg, web->people, web->stores, web->audit };
    make_keys(fixture, SLICE("token"), &fixture->token_keys);
    make_keys(fixture, SLICE("session"), &fixture->session_keys);
    web->governance = governance_new(&config);
    web->sessions = session_keeper_new(fixture->store, &fixture->session_keys);
    web->token_keys = &fixture->token_keys;
    web->tokens = token_cache_new(web->token_keys);
    web->workers = fixture->workers;
    const struct patient_linker_config linking = { web->governance, web->people, web->stores,
                                                   web->workers };
    web->linker = patient_linker_new(&linking);
    need(web->governance != NULL && web->sessions != NULL && web->linker != NULL &&
             web->tokens != NULL,
         "governance", &fault);
}

static void handle(struct http_request *request, void *context)
{
    fhir_api_handle(context, request);
}

static void limits(struct http_request *request, struct http_request_limits *set,
                   void *context UNUSED)
{
    if (slice_ends_with(request->path, SLICE("/fhir/R4"))) {
        set->body = LIMIT_BUNDLE_BODY;
        set->arena = LIMIT_TRANSACTION_ARENA;
    }
}

static void fault_as_outcome(struct http_request *request, unsigned status,
                             const struct fault *fault, void *context UNUSED)
{
    fhir_api_fault(request, status, fault);
}

static void serve(struct exchange_fixture *fixture, unsigned request_ms)
{
    struct fault fault = FAULT_INIT;
    struct http_server_config config;
    http_server_config_init(&config);
    config.listen = "127.0.0.1:0";
    config.handler = handle;
    config.limits = limits;
    config.fault_responder = fault_as_outcome;
    config.context = &fixture->web;
    config.request_ms = request_ms > 0 ? request_ms : config.request_ms;
    need(http_server_start(&config, &fixture->server, &fixture->arena, &fault), "server", &fault);
    snprintf(fixture->base_url, sizeof fixture->base_url, "http://127.0.0.1:%u",
             http_server_port(fixture->server));
    fixture->web.base_url = slice_from_string(fixture->base_url);
}

void exchange_fixture_start(struct exchange_fixture *fixture, enum fixture_stores stores,
                            unsigned request_ms)
{
    memset(fixture, 0, sizeof *fixture);
    struct fault fault = FAULT_INIT;
    need(digest_start(), "digest", &fault);
    test_directory_make(fixture->directory);
    arena_init(&fixture->arena, MIB(1024));
    open_tables(fixture);
    open_stores(fixture, stores);
    open_governance(fixture);
    add_organisation(fixture, "FX1", ORGANISATION_TYPE_HOSPITAL, ORGANISATION_LIVE);
    add_organisation(fixture, "FX2", ORGANISATION_TYPE_PRACTICE, ORGANISATION_LIVE);
    add_organisation(fixture, "FX3", ORGANISATION_TYPE_COUNCIL, ORGANISATION_LIVE);
    add_organisation(fixture, "FX9", ORGANISATION_TYPE_OTHER, ORGANISATION_PLANNED);
    serve(fixture, request_ms);
}

void exchange_fixture_stop(struct exchange_fixture *fixture)
{
    struct fault fault = FAULT_INIT;
    http_server_free(fixture->server);
    worker_pool_free(fixture->workers);
    fhir_api_finish(&fixture->web);
    patient_linker_free(fixture->web.linker);
    token_cache_free(fixture->web.tokens);
    session_keeper_free(fixture->web.sessions);
    governance_free(fixture->web.governance);
    need(audit_close(fixture->web.audit, &fixture->arena, &fault), "audit", &fault);
    store_pool_free(fixture->web.stores);
    person_index_close(fixture->web.people);
    register_close(fixture->web.reg);
    exchange_store_close(fixture->store);
    committer_free(fixture->committer);
    keys_release(&fixture->token_keys);
    keys_release(&fixture->session_keys);
    arena_release(&fixture->arena);
    test_directory_remove(fixture->directory);
}

struct slice fixture_token(struct exchange_fixture *fixture, enum governance_role role,
                           const char *ods)
{
    struct fault fault = FAULT_INIT;
    struct slice token = { NULL, 0 };
    struct subject subject = {
        .user = arena_printf(&fixture->arena, "%s.%s", governance_role_word(role), ods),
        .name = SLICE("A Tester"),
        .role = role,
        .organisation = slice_from_string(ods),
    };
    need(token_make(&fixture->token_keys, &subject, 3600, &fixture->arena, &token, &fault), "token",
         &fault);
    return token;
}

/* -- the client ----------------------------------------------------------------------------------
 */

static int open_connection(const struct exchange_fixture *fixture)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(http_server_port(fixture->server)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("fixture: connect");
        abort();
    }
    return fd;
}

static void send_all(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* the answer tells why */
        }
        bytes = slice_from(bytes, (size_t)sent);
    }
}

static struct slice receive_all(int fd, struct arena *arena)
{
    struct strbuf all;
    char piece[65536];
    ssize_t got;
    strbuf_init(&all, MIB(256));
    while ((got = recv(fd, piece, sizeof piece, 0)) > 0) {
        strbuf_add(&all, slice_of(piece, (size_t)got));
    }
    struct slice copy = arena_copy(arena, strbuf_slice(&all));
    strbuf_release(&all);
    return copy;
}

static struct fixture_answer take_apart(struct slice text)
{
    struct fixture_answer answer = { 0 };
    uint64_t status = 0;
    size_t end = slice_find_slice(text, SLICE("\r\n\r\n"));
    if (!slice_to_u64(slice_sub(text, SLICE("HTTP/1.1 ").len, 3), &status)) {
        status = 0;
    }
    answer.status = (unsigned)status;
    answer.head = slice_sub(text, 0, end + 2);
    answer.body = slice_from(text, end + 4);
    return answer;
}

struct fixture_answer fixture_request(struct exchange_fixture *fixture, const char *method,
                                      const char *path, struct slice token, const char *fields,
                                      struct slice body)
{
    struct strbuf request;
    strbuf_init(&request, MIB(256));
    strbuf_addf(&request, "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n", method, path);
    if (token.len > 0) {
        strbuf_addf(&request, "Authorization: Bearer %.*s\r\n", SLICE_PRINT(token));
    }
    if (body.ptr != NULL) {
        strbuf_addf(&request, "Content-Length: %zu\r\n", body.len);
    }
    strbuf_addf(&request, "%s\r\n", fields == NULL ? "" : fields);
    strbuf_add(&request, body);
    int fd = open_connection(fixture);
    send_all(fd, strbuf_slice(&request));
    strbuf_release(&request);
    struct slice text = receive_all(fd, &fixture->arena);
    close(fd);
    return take_apart(text);
}

struct slice fixture_field(const struct fixture_answer *answer, const char *name)
{
    struct slice rest = answer->head, line;
    struct slice want = slice_from_string(name);
    while (slice_split(&rest, '\n', &line)) {
        size_t colon = slice_find(line, ':');
        if (colon < line.len && slice_equal_ascii_case(slice_sub(line, 0, colon), want)) {
            return slice_trim(slice_from(line, colon + 1));
        }
    }
    return (struct slice){ NULL, 0 };
}

struct counting {
    struct arena *arena;
    enum audit_kind kind;
    size_t count;
};

static bool count_entry(void *context, const struct audit_record *record)
{
    struct counting *counting = context;
    struct audit_entry entry;
    struct fault fault;
    if (audit_entry_read(record->entry, counting->arena, &entry, &fault)) {
        counting->count += entry.kind == counting->kind;
    }
    return true;
}

size_t fixture_audit_count(struct exchange_fixture *fixture, enum audit_kind kind)
{
    struct fault fault = FAULT_INIT;
    struct arena arena;
    arena_init(&arena, MIB(256));
    struct counting counting = { &arena, kind, 0 };
    need(audit_flush(fixture->web.audit, &arena, &fault) &&
             audit_scan(fixture->audit_directory, count_entry, &counting, &arena, &fault),
         "audit", &fault);
    arena_release(&arena);
    return counting.count;
}
