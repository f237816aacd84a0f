/*
 * session.c: sessions as rows under the digest of their cookie.
 *
 * A thief of the database gains no session: it holds SHA-256 of 256 random bits. The row carries
 * the subject and two times. `used` moves at most once a minute, and its write is not waited for:
 * losing it in a crash ends a session a minute early. Form tokens are HMACs of the cookie under
 * the session key, so they need no storage and are bound to one session.
 */
#include "governance/session.h"

#include <errno.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/vector.h"

#define MINUTE ((walltime)60 * 1000000)

struct session_keeper {
    struct exchange_store *store;
    const struct key_ring *keys;
};

/* The demo's people work where synth/ has them work (src/synth/data/organisation.csv). */
static const struct subject demo_users[] = {
    { SLICE_INIT("dr.marlowe"), SLICE_INIT("Dr H Marlowe"), ROLE_GP, SLICE_INIT("K99001"), true },
    { SLICE_INIT("dr.okafor"), SLICE_INIT("Dr A Okafor"), ROLE_EMERGENCY_DOCTOR, SLICE_INIT("RZZ"),
      true },
    { SLICE_INIT("nurse.pereira"), SLICE_INIT("S Pereira, community nurse"), ROLE_NURSE,
      SLICE_INIT("RZY"), true },
    { SLICE_INIT("j.whitlock"), SLICE_INIT("J Whitlock, social worker"), ROLE_SOCIAL_WORKER,
      SLICE_INIT("999"), true },
    { SLICE_INIT("reception"), SLICE_INIT("M Dunne, receptionist"), ROLE_RECEPTIONIST,
      SLICE_INIT("K99001"), true },
};

const struct subject *session_demo_users(size_t *ret_count)
{
    *ret_count = ARRAY_LENGTH(demo_users);
    return demo_users;
}

struct session_keeper *session_keeper_new(struct exchange_store *store, const struct key_ring *keys)
{
    struct session_keeper *keeper = os_malloc(sizeof *keeper);
    if (keeper != NULL) {
        *keeper = (struct session_keeper){ store, keys };
    }
    return keeper;
}

void session_keeper_free(struct session_keeper *keeper)
{
    os_free(keeper);
}

static struct slice digest_slice(const struct digest *digest)
{
    return slice_of((const char *)digest->bytes, sizeof digest->bytes);
}

static void write_row(const struct subject *subject, walltime opened, walltime used,
                      struct strbuf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_member_write(&writer, "user", subject->user);
    json_member_write(&writer, "name", subject->name);
    json_member_write(&writer, "role", slice_from_string(governance_role_word(subject->role)));
    json_member_write(&writer, "org", subject->organisation);
    json_member_write_bool(&writer, "demo", subject->demo);
    json_member_write_u64(&writer, "opened", (uint64_t)opened);
    json_member_write_u64(&writer, "used", (uint64_t)used);
    json_end_object(&writer);
}

static bool read_row(struct slice value, struct arena *arena, struct subject *ret_subject,
                     walltime *ret_opened, walltime *ret_used)
{
    struct json json;
    struct fault ignored;
    uint64_t opened, used;
    if (!json_parse(arena, value, &json, &ignored) ||
        !slice_to_u64(json_number(&json, json_member(&json, 0, SLICE("opened"))), &opened) ||
        !slice_to_u64(json_number(&json, json_member(&json, 0, SLICE("used"))), &used)) {
        return false;
    }
    struct subject subject = {
        .user = json_member_string(&json, 0, SLICE("user"), arena),
        .name = json_member_string(&json, 0, SLICE("name"), arena),
        .organisation = json_member_string(&json, 0, SLICE("org"), arena),
        .demo = json_is(&json, json_member(&json, 0, SLICE("demo")), JSON_TRUE),
    };
    if (!governance_role_find(json_member_string(&json, 0, SLICE("role"), arena), &subject.role)) {
        return false;
    }
    *ret_subject = subject;
    *ret_opened = (walltime)opened;
    *ret_used = (walltime)used;
    return true;
}

static bool put_row(struct session_keeper *keeper, const struct digest *key,
                    const struct subject *subject, walltime opened, walltime used,
                    struct arena *arena, struct fault *fault)
{
    struct strbuf value;
    strbuf_init(&value, LIMIT_EXCHANGE_VALUE);
    write_row(subject, opened, used, &value);
    struct exchange_step step = { EXCHANGE_PUT,
                                  { EXCHANGE_SESSION, digest_slice(key), strbuf_slice(&value) } };
    struct exchange_write write = { .arena = arena, .steps = &step, .count = 1 };
    bool ok = value.failed ? fault_no_memory(fault, arena)
                           : exchange_store_commit(keeper->store, &write, fault);
    strbuf_release(&value);
    return ok;
}

bool session_open(struct session_keeper *keeper, const struct subject *subject,
                  char ret_cookie[SESSION_COOKIE_SIZE], struct arena *arena, struct fault *fault)
{
    struct digest secret;
    if (os_random(secret.bytes, sizeof secret.bytes) != 0) {
        return fault_errno(fault, arena, errno, "the system gives no random bytes");
    }
    char cookie[SESSION_COOKIE_SIZE];
    digest_to_hex(&secret, cookie);
    struct digest key = digest_of_one(slice_of(cookie, DIGEST_HEX_SIZE));
    walltime now = os_now();
    if (!put_row(keeper, &key, subject, now, now, arena, fault)) {
        return false;
    }
    memcpy(ret_cookie, cookie, sizeof cookie);
    return true;
}

/* -- last use: written without waiting ------------------------------------------------------- */

/*
 * Put only where the row is still as it was read: a session that was ended meanwhile must not come
 * back to life.
 */
struct touch {
    struct exchange_write write;
    struct exchange_step steps[2];
    struct arena arena;
    struct digest key;
    struct slice old;
    struct strbuf value;
};

static void touch_done(struct exchange_write *write)
{
    struct touch *touch = write->context;
    if (!write->ok && write->fault.code != FAULT_CONFLICT) {
        log_event(LOG_WARNING, "session.use-not-noted");
    }
    arena_release(&touch->arena);
    strbuf_release(&touch->value);
    os_free(touch);
}

static void touch_start(struct session_keeper *keeper, const struct digest *key, struct slice old,
                        const struct subject *subject, walltime opened, walltime now)
{
    struct touch *touch = os_malloc(sizeof *touch);
    if (touch == NULL) {
        return; /* the session ends early: the safe side */
    }
    *touch = (struct touch){ .key = *key };
    arena_init(&touch->arena, LIMIT_FAULT_ARENA);
    strbuf_init(&touch->value, LIMIT_EXCHANGE_VALUE);
    touch->old = arena_copy(&touch->arena, old);
    write_row(subject, opened, now, &touch->value);
    if (touch->value.failed || touch->arena.exhausted) {
        arena_release(&touch->arena);
        strbuf_release(&touch->value);
        os_free(touch);
        return;
    }
    struct slice row_key = digest_slice(&touch->key);
    touch->steps[0] =
        (struct exchange_step){ EXCHANGE_EXPECT, { EXCHANGE_SESSION, row_key, touch->old } };
    touch->steps[1] =
        (struct exchange_step){ EXCHANGE_PUT,
                                { EXCHANGE_SESSION, row_key, strbuf_slice(&touch->value) } };
    touch->write = (struct exchange_write){ .arena = &touch->arena,
                                            .steps = touch->steps,
                                            .count = 2,
                                            .done = touch_done,
                                            .context = touch };
    exchange_store_submit(keeper->store, &touch->write);
}

/* not used for a quarter of an hour, older than half a day, or from a clock that has gone back */
static bool is_over(walltime opened, walltime used, walltime now)
{
    return now < opened - MINUTE || now - opened > SESSION_TOTAL_S * (walltime)1000000 ||
           now - used > SESSION_IDLE_S * (walltime)1000000;
}

bool session_find(struct session_keeper *keeper, struct slice cookie, walltime now,
                  struct arena *arena, struct subject *ret_subject, struct fault *fault)
{
    struct slice value;
    bool found = false;
    struct digest key = digest_of_one(cookie);
    if (cookie.len == DIGEST_HEX_SIZE &&
        !exchange_store_get(keeper->store, EXCHANGE_SESSION, digest_slice(&key), arena, &value,
                            &found, fault)) {
        return false;
    }
    walltime opened, used;
    struct subject subject;
    if (!found || !read_row(value, arena, &subject, &opened, &used) || is_over(opened, used, now)) {
        return fault_set(fault, arena, FAULT_UNAUTHENTICATED, "you are not signed in");
    }
    if (now - used > MINUTE) {
        touch_start(keeper, &key, value, &subject, opened, now);
    }
    *ret_subject = subject;
    return true;
}

bool session_end(struct session_keeper *keeper, struct slice cookie, struct arena *arena,
                 struct fault *fault)
{
    struct digest key = digest_of_one(cookie);
    struct exchange_step step = { EXCHANGE_DELETE,
                                  { EXCHANGE_SESSION, digest_slice(&key), { NULL, 0 } } };
    struct exchange_write write = { .arena = arena, .steps = &step, .count = 1 };
    return exchange_store_commit(keeper->store, &write, fault);
}

/* -- clearing away ----------------------------------------------------------------------------- */

struct pruning {
    walltime now;
    struct arena *arena;
    VECTOR(struct exchange_step) steps;
};

/* a row that cannot be read is no session either */
static bool prune_row(void *context, const struct exchange_row *row)
{
    struct pruning *pruning = context;
    struct subject subject;
    walltime opened, used;
    if (read_row(row->value, pruning->arena, &subject, &opened, &used) &&
        !is_over(opened, used, pruning->now)) {
        return true;
    }
    struct exchange_step *step = vector_push(&pruning->steps, pruning->arena);
    if (step == NULL) {
        return false;
    }
    *step = (struct exchange_step){ EXCHANGE_DELETE, *row };
    return true;
}

bool session_prune(struct session_keeper *keeper, walltime now, struct arena *arena,
                   struct fault *fault)
{
    struct pruning pruning = { .now = now, .arena = arena };
    struct slice all = { NULL, 0 };
    if (!exchange_store_scan(keeper->store, EXCHANGE_SESSION, all, all, 0, arena, prune_row,
                             &pruning, fault)) {
        return false;
    }
    if (arena->exhausted) {
        return fault_no_memory(fault, arena);
    }
    struct exchange_write write = { .arena = arena,
                                    .steps = pruning.steps.at,
                                    .count = pruning.steps.count };
    return write.count == 0 || exchange_store_commit(keeper->store, &write, fault);
}

static struct digest form_mac(const struct secret_key *key, struct slice cookie)
{
    const struct slice parts[] = { SLICE("form"), cookie };
    return digest_hmac(slice_of((const char *)key->bytes, sizeof key->bytes), parts, 2);
}

void session_form_token(const struct session_keeper *keeper, struct slice cookie,
                        char ret_token[DIGEST_HEX_SIZE + 1])
{
    struct digest mac = form_mac(&keeper->keys->keys[0], cookie);
    digest_to_hex(&mac, ret_token);
}

bool session_form_token_valid(const struct session_keeper *keeper, struct slice cookie,
                              struct slice token)
{
    struct digest given;
    bool valid = false;
    if (!digest_from_hex(token, &given)) {
        return false;
    }
    for (size_t i = 0; i < keeper->keys->count; i++) {
        struct digest mac = form_mac(&keeper->keys->keys[i], cookie);
        valid |= digest_equal(&mac, &given);
    }
    return valid;
}
