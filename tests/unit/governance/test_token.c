/* Tokens that are good, and more than sixty that are not; all of these are signed or cut by hand.
 */
#include "support/plane_fixture.h"

#include <errno.h>

#include "base/base64url.h"
#include "fault/failing_os.h"
#include "governance/token.h"

#define NOW       ((walltime)1700000000 * 1000000)
#define GOOD_HEAD "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"7\"}"
#define CLAIMS(rest)                                                                               \
    "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"role\":\"gp\",\"org\":\"RX9\"" rest "}"
#define TIMES       ",\"iat\":1700000000,\"exp\":1700003600"
#define GOOD_CLAIMS CLAIMS(TIMES)

struct fixture {
    struct arena arena;
    struct key_ring keys;
    struct fault fault;
    struct subject subject;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ .keys = { .count = 2 } };
    assert_true(digest_start());
    arena_init(&fixture.arena, MIB(4));
    for (size_t k = 0; k < 2; k++) {
        fixture.keys.keys[k].id = (uint32_t)(7 - k);
        memset(fixture.keys.keys[k].bytes, (int)('a' + k), 32);
    }
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    arena_release(&self->arena);
    return 0;
}

static bool verify(struct fixture *self, struct slice token)
{
    self->fault = (struct fault)FAULT_INIT;
    return token_verify(&self->keys, token, NOW, &self->arena, &self->subject, &self->fault);
}

static struct slice encode(struct fixture *self, struct slice text)
{
    return base64url_encode(text, &self->arena);
}

/* head.claims.MAC under key `k` of the ring */
static struct slice sign(struct fixture *self, struct slice head, struct slice claims, size_t k)
{
    struct slice both =
        arena_printf(&self->arena, "%.*s.%.*s", SLICE_PRINT(head), SLICE_PRINT(claims));
    struct digest mac = digest_hmac(
        slice_of((const char *)self->keys.keys[k].bytes, sizeof self->keys.keys[k].bytes), &both,
        1);
    struct slice text = encode(self, slice_of((const char *)mac.bytes, sizeof mac.bytes));
    return arena_printf(&self->arena, "%.*s.%.*s", SLICE_PRINT(both), SLICE_PRINT(text));
}

static struct slice token_of(struct fixture *self, struct slice head, struct slice claims)
{
    return sign(self, encode(self, head), encode(self, claims), 0);
}

static void a_token_says_who_it_is_for(void **state)
{
    struct fixture *self = *state;
    struct slice token;
    struct subject subject = { .user = SLICE("dr. \"x\" \xc3\xa9"),
                               .name = SLICE("Dr X"),
                               .role = ROLE_SYSTEM,
                               .organisation = SLICE("RX9") };
    assert_true(token_make(&self->keys, &subject, 3600, &self->arena, &token, &self->fault));
    walltime now = os_now();
    assert_true(token_verify(&self->keys, token, now, &self->arena, &self->subject, &self->fault));
    assert_slice(self->subject.user, "dr. \"x\" \xc3\xa9");
    assert_slice(self->subject.name, "Dr X");
    assert_slice(self->subject.organisation, "RX9");
    assert_int_equal(self->subject.role, ROLE_SYSTEM);
    assert_false(self->subject.demo);
    assert_false(token_verify(&self->keys, token, now + (walltime)3601 * 1000000, &self->arena,
                              &self->subject, &self->fault));
    assert_false(token_verify(&self->keys, token, now - (walltime)3600 * 1000000, &self->arena,
                              &self->subject, &self->fault));
    /* two tokens are never the same */
    struct slice other;
    assert_true(token_make(&self->keys, &subject, 3600, &self->arena, &other, &self->fault));
    assert_false(slice_equal(token, other));
}

static void a_rotated_key_still_verifies_and_a_dropped_one_does_not(void **state)
{
    struct fixture *self = *state;
    struct slice old = sign(self, encode(self, SLICE("{\"alg\":\"HS256\",\"kid\":\"6\"}")),
                            encode(self, SLICE(GOOD_CLAIMS)), 1);
    assert_true(verify(self, token_of(self, SLICE(GOOD_HEAD), SLICE(GOOD_CLAIMS))));
    assert_true(verify(self, old));
    self->keys.count = 1;
    assert_false(verify(self, old));
}

static void tokens_for_nobody_are_not_made(void **state)
{
    struct fixture *self = *state;
    struct slice token = { NULL, 0 };
    char *text = arena_alloc(&self->arena, 3000);
    memset(text, 'u', 3000);
    const struct {
        struct subject subject;
        uint32_t seconds;
    } cases[] = {
        { { .user = SLICE(""), .organisation = SLICE("RX9") }, 60 },
        { { .user = slice_of(text, 129), .organisation = SLICE("RX9") }, 60 },
        { { .user = SLICE("u"), .organisation = SLICE("") }, 60 },
        { { .user = SLICE("u"), .organisation = SLICE("RX9") }, 0 },
        { { .user = SLICE("u"), .organisation = SLICE("RX9") }, 43201 },
        { { .user = SLICE("\xff"), .organisation = SLICE("RX9") }, 60 },
        { { .user = SLICE("a\0b"), .organisation = SLICE("RX9") }, 60 },
        { { .user = SLICE("u"), .name = SLICE("\xc3"), .organisation = SLICE("RX9") }, 60 },
        { { .user = SLICE("u"), .name = slice_of(text, 3000), .organisation = SLICE("RX9") }, 60 },
        { { .user = SLICE("u"), .name = slice_of(text, 1600), .organisation = SLICE("RX9") }, 60 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_false(token_make(&self->keys, &cases[i].subject, cases[i].seconds, &self->arena,
                                &token, &self->fault));
        assert_int_equal(self->fault.code, FAULT_INVALID);
        assert_null(token.ptr);
    }
    failing_os_install();
    failing_os_fail(FAIL_RANDOM, 1, false, EIO);
    struct subject subject = { .user = SLICE("u"), .organisation = SLICE("RX9") };
    assert_false(token_make(&self->keys, &subject, 60, &self->arena, &token, &self->fault));
    failing_os_remove();
    /* what is made is verified, up to the longest */
    unsigned made = 0;
    for (size_t len = 1000; len < 1600; len += 7) {
        subject.name = slice_of(text, len);
        if (token_make(&self->keys, &subject, 60, &self->arena, &token, &self->fault)) {
            made++;
            assert_true(token.len <= TOKEN_MOST);
            assert_true(token_verify(&self->keys, token, os_now(), &self->arena, &self->subject,
                                     &self->fault));
        }
        arena_clear(&self->arena);
        text = arena_alloc(&self->arena, 3000);
        memset(text, 'u', 3000);
    }
    assert_in_range(made, 10, 80);
}

/* -- what is wrong: each is signed with the right key ---------------------------------------------
 */

static const char *const heads[] = {
    "{\"alg\":\"none\",\"kid\":\"7\"}",
    "{\"alg\":\"None\",\"kid\":\"7\"}",
    "{\"alg\":\"NONE\",\"kid\":\"7\"}",
    "{\"alg\":\"nOnE\",\"kid\":\"7\"}",
    "{\"alg\":\"\",\"kid\":\"7\"}",
    "{\"alg\":null,\"kid\":\"7\"}",
    "{\"alg\":[\"HS256\"],\"kid\":\"7\"}",
    "{\"kid\":\"7\"}",
    "{\"alg\":\"hs256\",\"kid\":\"7\"}",
    "{\"alg\":\"HS256 \",\"kid\":\"7\"}",
    "{\"alg\":\"HS384\",\"kid\":\"7\"}",
    "{\"alg\":\"HS512\",\"kid\":\"7\"}",
    "{\"alg\":\"RS256\",\"kid\":\"7\"}",
    "{\"alg\":\"ES256\",\"kid\":\"7\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"7\"}",
    "{\"alg\":\"HS256\"}",
    "{\"alg\":\"HS256\",\"kid\":\"\"}",
    "{\"alg\":\"HS256\",\"kid\":\"8\"}",
    "{\"alg\":\"HS256\",\"kid\":\"6\"}", /* signed with key 7 */
    "{\"alg\":\"HS256\",\"kid\":7}",
    "{\"alg\":\"HS256\",\"kid\":\"+7\"}",
    "{\"alg\":\"HS256\",\"kid\":\"7 \"}",
    "{\"alg\":\"HS256\",\"kid\":\"-1\"}",
    "{\"alg\":\"HS256\",\"kid\":\"4294967303\"}", /* 7 in 32 bits */
    "{\"alg\":\"HS256\",\"kid\":\"../../etc/passwd\"}",
    "{\"alg\":\"HS256\",\"kid\":\"7\",\"crit\":[\"exp\"]}",
    "{\"alg\":\"HS256\",\"kid\":\"7\",\"crit\":[]}",
    "{\"alg\":\"HS256\",\"kid\":\"7\",\"crit\":null}",
    "{\"alg\":\"HS256\",\"alg\":\"none\",\"kid\":\"7\"}",
    "{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"7\"}",
    "{\"alg\":\"HS256\",\"kid\":\"6\",\"kid\":\"7\"}",
    "{\"alg\":\"HS256\",\"kid\":\"7\"} ,",
    "[{\"alg\":\"HS256\",\"kid\":\"7\"}]",
    "\"HS256\"",
    "{}",
    "",
    "{\"alg\":\"HS256\",\"kid\":\"7\"",
    "{\"jwk\":{\"kty\":\"oct\",\"k\":\"YWFh\"},\"alg\":\"HS256\"}",
};

static const char *const claims[] = {
    CLAIMS(""),
    CLAIMS(",\"iat\":1700000000"),
    CLAIMS(",\"exp\":1700003600"),
    CLAIMS(",\"iat\":1699990000,\"exp\":1700000000"), /* over in this second */
    CLAIMS(",\"iat\":1699990000,\"exp\":1699999999"),
    CLAIMS(",\"iat\":1699990000,\"exp\":0"),
    CLAIMS(",\"iat\":1699990000,\"exp\":-1"),
    CLAIMS(",\"iat\":1700000061,\"exp\":1700003600"), /* of the future, past the skew */
    CLAIMS(",\"iat\":1800000000,\"exp\":1800003600"),
    CLAIMS(",\"iat\":\"1700000000\",\"exp\":\"1700003600\""),
    CLAIMS(",\"iat\":1.7e9,\"exp\":1.8e9"),
    CLAIMS(",\"iat\":1700000000.0,\"exp\":1700003600"),
    CLAIMS(",\"iat\":1700000000,\"exp\":99999999999999999999999"),
    CLAIMS(",\"iat\":1700000000,\"exp\":true"),
    CLAIMS(TIMES ",\"exp\":1800000000"), /* twice */
    CLAIMS(TIMES ",\"role\":\"system\""),
    CLAIMS(TIMES ",\"ro\\u006ce\":\"system\""), /* twice, once escaped */
    "{\"iss\":\"evenlode\",\"role\":\"gp\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"\",\"role\":\"gp\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":5,\"role\":\"gp\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"a\\u0000b\",\"role\":\"gp\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"role\":\"gp\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"role\":\"gp\",\"org\":\"\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"role\":\"\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"role\":\"GP\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"role\":\"admin\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"role\":[\"gp\"],\"org\":\"RX9\"" TIMES "}",
    "{\"sub\":\"anna\",\"role\":\"gp\",\"org\":\"RX9\"" TIMES "}",
    "{\"iss\":\"other\",\"sub\":\"anna\",\"role\":\"gp\",\"org\":\"RX9\"" TIMES "}",
    "[" GOOD_CLAIMS "]",
    "null",
    "",
    GOOD_CLAIMS "x",
    "\xef\xbb\xbf" GOOD_CLAIMS,
    "{\"iss\":\"evenlode\",\"sub\":\"\xff\",\"role\":\"gp\",\"org\":\"RX9\"" TIMES "}",
};

static void refused(struct fixture *self, struct slice token, const char *what)
{
    self->subject = (struct subject){ .user = SLICE("unchanged") };
    if (verify(self, token)) {
        fail_msg("taken: %s", what);
    }
    assert_int_equal(self->fault.code, FAULT_UNAUTHENTICATED);
    assert_slice(self->fault.message, "the token is not valid"); /* says nothing else */
    assert_slice(self->subject.user, "unchanged");
}

static void signed_nonsense_is_refused(void **state)
{
    struct fixture *self = *state;
    for (size_t i = 0; i < ARRAY_LENGTH(heads); i++) {
        refused(self, token_of(self, slice_from_string(heads[i]), SLICE(GOOD_CLAIMS)), heads[i]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(claims); i++) {
        refused(self, token_of(self, SLICE(GOOD_HEAD), slice_from_string(claims[i])), claims[i]);
    }
    assert_true(ARRAY_LENGTH(heads) + ARRAY_LENGTH(claims) >= 60);
    /* a token in a token */
    struct slice inner = token_of(self, SLICE(GOOD_HEAD), SLICE(GOOD_CLAIMS));
    refused(self, token_of(self, SLICE(GOOD_HEAD), inner), "nested");
    assert_true(verify(self, inner));
    assert_slice(self->subject.user, "anna");
}

static void one_wrong_character_is_refused(void **state)
{
    struct fixture *self = *state;
    struct slice token = token_of(self, SLICE(GOOD_HEAD), SLICE(GOOD_CLAIMS));
    for (size_t i = 0; i < token.len; i++) {
        static const char others[] = "A.=+/-_ \n\0\x80";
        for (size_t k = 0; k < sizeof others - 1; k++) {
            struct slice copy = arena_copy(&self->arena, token);
            if (copy.ptr[i] != others[k]) {
                ((char *)copy.ptr)[i] = others[k];
                refused(self, copy, "one character");
            }
        }
        refused(self, slice_sub(token, 0, i), "cut");
        if (i > 0) {
            refused(self, slice_from(token, i), "without its beginning");
        }
        arena_clear(&self->arena);
        token = token_of(self, SLICE(GOOD_HEAD), SLICE(GOOD_CLAIMS));
    }
}

static void other_shapes_are_refused(void **state)
{
    struct fixture *self = *state;
    struct arena *arena = &self->arena;
    struct slice token = token_of(self, SLICE(GOOD_HEAD), SLICE(GOOD_CLAIMS));
    struct slice rest = token;
    struct slice head, body, mac;
    assert_true(slice_split(&rest, '.', &head) && slice_split(&rest, '.', &body) &&
                slice_split(&rest, '.', &mac));
    static const char *const formats[] = { "%.*s.",  ".%.*s", "%.*s..", " %.*s",
                                           "%.*s ",  "%.*s=", "%.*s\n", "%.*s.x",
                                           "x.%.*s", "%.*sA", "%.*s==", "\"%.*s\"" };
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        refused(self, arena_printf(arena, formats[i], SLICE_PRINT(token)), formats[i]);
#pragma GCC diagnostic pop
    }
    refused(self, arena_printf(arena, "%.*s.%.*s.", SLICE_PRINT(head), SLICE_PRINT(body)),
            "no MAC");
    refused(self, arena_printf(arena, "%.*s.%.*s", SLICE_PRINT(head), SLICE_PRINT(body)),
            "two parts");
    refused(self, arena_printf(arena, "%.*s..%.*s", SLICE_PRINT(head), SLICE_PRINT(mac)),
            "no claims");
    refused(self, sign(self, head, body, 1), "signed with another key");
    refused(self, slice_sub(token, 0, token.len - 1), "a shorter MAC");
    refused(self, SLICE(""), "nothing");
    refused(self, SLICE("."), "dots");
    refused(self, SLICE(".."), "dots");
    refused(self, SLICE("a.b.c"), "letters");
    /* the last character of 43 carries two bits that mean nothing: only one spelling is taken */
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct slice copy = arena_copy(arena, token);
    const char *last = strchr(digits, copy.ptr[copy.len - 1]);
    ((char *)copy.ptr)[copy.len - 1] = digits[(last - digits) ^ 1];
    refused(self, copy, "trailing bits");
    /* too long, rightly signed */
    struct strbuf text;
    strbuf_init(&text, KIB(8));
    strbuf_add_string(&text,
                      "{\"iss\":\"evenlode\",\"sub\":\"anna\",\"role\":\"gp\",\"org\":\"RX9\","
                      "\"name\":\"");
    for (int i = 0; i < 2000; i++) {
        strbuf_add_byte(&text, 'n');
    }
    strbuf_add_string(&text, "\"" TIMES "}");
    refused(self, token_of(self, SLICE(GOOD_HEAD), strbuf_slice(&text)), "too long");
    strbuf_release(&text);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_token_says_who_it_is_for),
        CASE(a_rotated_key_still_verifies_and_a_dropped_one_does_not),
        CASE(tokens_for_nobody_are_not_made),
        CASE(signed_nonsense_is_refused),
        CASE(one_wrong_character_is_refused),
        CASE(other_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
