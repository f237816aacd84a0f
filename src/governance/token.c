/*
 * token.c: JWS compact serialisation, HS256 alone.
 *
 * RFC 7515 sections 3.1, 5.2; RFC 7519; RFC 8725 (the header chooses nothing: the key says which
 * algorithm there is). The MAC is checked, in constant time, before any claim is parsed. Every
 * failure gives the same fault, so that a caller learns nothing from trying.
 */
#include "governance/token.h"

#include "base/base64url.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"

#define ISSUER "evenlode"
#define SKEW_S 60

static struct digest sign(const struct secret_key *key, struct slice signed_part)
{
    return digest_hmac(slice_of((const char *)key->bytes, sizeof key->bytes), &signed_part, 1);
}

static void write_claims(const struct subject *subject, int64_t issued, uint32_t seconds,
                         const char *id, struct strbuf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_member_write(&writer, "iss", SLICE(ISSUER));
    json_member_write(&writer, "sub", subject->user);
    json_member_write(&writer, "name", subject->name);
    json_member_write(&writer, "role", slice_from_string(governance_role_word(subject->role)));
    json_member_write(&writer, "org", subject->organisation);
    json_member_write_u64(&writer, "iat", (uint64_t)issued);
    json_member_write_u64(&writer, "exp", (uint64_t)issued + seconds);
    json_member_write(&writer, "jti", slice_from_string(id));
    json_end_object(&writer);
}

bool token_make(const struct key_ring *keys, const struct subject *subject, uint32_t seconds,
                struct arena *arena, struct slice *ret_token, struct fault *fault)
{
    uint64_t id;
    char id_text[17];
    if (seconds < 1 || seconds > 43200) {
        return fault_set(fault, arena, FAULT_INVALID,
                         "a token lives from 1 second to 12 hours (43,200 seconds)");
    }
    if (!utf8_valid(subject->user) || !utf8_valid(subject->name) ||
        !utf8_valid(subject->organisation) ||
        slice_find(subject->user, '\0') != subject->user.len) {
        return fault_set(fault, arena, FAULT_INVALID, "a token's texts are UTF-8");
    }
    if (subject->organisation.len == 0) {
        return fault_set(fault, arena, FAULT_INVALID, "a token needs an organisation");
    }
    if (subject->user.len == 0 || subject->user.len > 128) {
        return fault_set(fault, arena, FAULT_INVALID, "a token needs a user, of at most 128 bytes");
    }
    if (os_random(&id, sizeof id) != 0) {
        return fault_set(fault, arena, FAULT_IO, "the system gives no random bytes");
    }
    snprintf(id_text, sizeof id_text, "%016llx", (unsigned long long)id);

    struct strbuf claims;
    strbuf_init(&claims, TOKEN_MOST);
    write_claims(subject, os_now() / 1000000, seconds, id_text, &claims);
    bool fits = !claims.failed;
    struct slice head =
        arena_printf(arena, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%u\"}", keys->keys[0].id);
    struct slice head_text = base64url_encode(head, arena);
    struct slice claims_text = base64url_encode(strbuf_slice(&claims), arena);
    strbuf_release(&claims);
    struct slice signed_part =
        arena_printf(arena, "%.*s.%.*s", SLICE_PRINT(head_text), SLICE_PRINT(claims_text));
    struct digest mac = sign(&keys->keys[0], signed_part);
    struct slice mac_text =
        base64url_encode(slice_of((const char *)mac.bytes, sizeof mac.bytes), arena);
    struct slice token =
        arena_printf(arena, "%.*s.%.*s", SLICE_PRINT(signed_part), SLICE_PRINT(mac_text));
    if (arena->exhausted) {
        return fault_no_memory(fault, arena);
    }
    if (!fits || token.len > TOKEN_MOST) {
        return fault_set(fault, arena, FAULT_INVALID,
                         "the token would be longer than %d characters", TOKEN_MOST);
    }
    *ret_token = token;
    return true;
}

static const struct secret_key *find_key(const struct key_ring *keys, uint64_t id)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->keys[i].id == id) {
            return &keys->keys[i];
        }
    }
    return NULL;
}

static const struct secret_key *key_of(const struct key_ring *keys, const struct json *head,
                                       struct arena *arena)
{
    uint64_t id;
    struct slice kid = json_member_string(head, 0, SLICE("kid"), arena);
    if (!slice_equal(json_member_string(head, 0, SLICE("alg"), arena), SLICE("HS256")) ||
        json_member(head, 0, SLICE("crit")) != JSON_NONE || !slice_to_u64(kid, &id)) {
        return NULL;
    }
    return find_key(keys, id);
}

/* the three parts, and nothing behind them */
static bool take_apart(struct slice token, struct slice *ret_head, struct slice *ret_claims,
                       struct slice *ret_mac, struct slice *ret_signed)
{
    struct slice rest = token;
    if (!slice_split(&rest, '.', ret_head) || !slice_split(&rest, '.', ret_claims) ||
        !slice_split(&rest, '.', ret_mac) || rest.ptr != NULL) {
        return false;
    }
    *ret_signed = slice_sub(token, 0, ret_head->len + 1 + ret_claims->len);
    return true;
}

static bool parse_part(struct slice part, struct arena *arena, struct json *ret_json)
{
    struct slice text;
    struct fault ignored;
    return base64url_decode(part, arena, &text) && json_parse(arena, text, ret_json, &ignored) &&
           json_is(ret_json, 0, JSON_OBJECT);
}

static bool mac_is_right(const struct secret_key *key, struct slice signed_part, struct slice mac,
                         struct arena *arena)
{
    struct slice given;
    struct digest expected = sign(key, signed_part);
    return base64url_decode(mac, arena, &given) &&
           slice_equal_constant_time(given,
                                     slice_of((const char *)expected.bytes, sizeof expected.bytes));
}

static bool read_term(const struct json *claims, struct token_term *ret_term)
{
    return slice_to_u64(json_number(claims, json_member(claims, 0, SLICE("iat"))),
                        &ret_term->issued) &&
           slice_to_u64(json_number(claims, json_member(claims, 0, SLICE("exp"))),
                        &ret_term->expires);
}

bool token_term_holds(const struct token_term *term, const struct key_ring *keys, walltime now)
{
    uint64_t seconds = (uint64_t)(now / 1000000);
    return find_key(keys, term->key) != NULL && term->issued <= seconds + SKEW_S &&
           seconds < term->expires;
}

static bool read_subject(const struct json *claims, struct arena *arena,
                         struct subject *ret_subject)
{
    struct subject subject = {
        .user = json_member_string(claims, 0, SLICE("sub"), arena),
        .name = json_member_string(claims, 0, SLICE("name"), arena),
        .organisation = json_member_string(claims, 0, SLICE("org"), arena),
    };
    if (subject.user.len == 0 || subject.organisation.len == 0 ||
        !slice_equal(json_member_string(claims, 0, SLICE("iss"), arena), SLICE(ISSUER)) ||
        !governance_role_find(json_member_string(claims, 0, SLICE("role"), arena), &subject.role)) {
        return false;
    }
    *ret_subject = subject;
    return true;
}

bool token_verify_term(const struct key_ring *keys, struct slice token, walltime now,
                       struct arena *arena, struct subject *ret_subject,
                       struct token_term *ret_term, struct fault *fault)
{
    struct slice head_part, claims_part, mac, signed_part;
    struct json head, claims;
    struct token_term term;
    const struct secret_key *key = NULL;
    if (token.len <= TOKEN_MOST &&
        take_apart(token, &head_part, &claims_part, &mac, &signed_part) &&
        parse_part(head_part, arena, &head)) {
        key = key_of(keys, &head, arena);
    }
    if (key == NULL || !mac_is_right(key, signed_part, mac, arena) ||
        !parse_part(claims_part, arena, &claims) || !read_term(&claims, &term)) {
        return fault_set(fault, arena, FAULT_UNAUTHENTICATED, "the token is not valid");
    }
    term.key = key->id;
    if (!token_term_holds(&term, keys, now) || !read_subject(&claims, arena, ret_subject)) {
        return fault_set(fault, arena, FAULT_UNAUTHENTICATED, "the token is not valid");
    }
    *ret_term = term;
    return true;
}

bool token_verify(const struct key_ring *keys, struct slice token, walltime now,
                  struct arena *arena, struct subject *ret_subject, struct fault *fault)
{
    struct token_term term;
    return token_verify_term(keys, token, now, arena, ret_subject, &term, fault);
}
