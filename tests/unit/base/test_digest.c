/* Vectors: SHA-256 from FIPS 180-4's examples, HMAC-SHA-256 from RFC 4231. */
#include "support/check.h"

#include "base/digest.h"

static int start(void **state)
{
    (void)state;
    return digest_start() && digest_start() ? 0 : -1;
}

static void assert_hex(struct digest digest, const char *expected)
{
    char hex[DIGEST_HEX_SIZE + 1];
    digest_to_hex(&digest, hex);
    assert_string_equal(hex, expected);
}

static void test_sha256(void **state)
{
    (void)state;
    assert_hex(digest_of_one(SLICE("abc")),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hex(digest_of_one((struct slice){ NULL, 0 }),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hex(digest_of_one(SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = malloc(1000000);
    memset(million, 'a', 1000000);
    assert_hex(digest_of_one(slice_of(million, 1000000)),
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

static void test_parts_are_one_text(void **state)
{
    (void)state;
    struct slice parts[] = { SLICE("a"), { NULL, 0 }, SLICE("bc") };
    struct digest whole = digest_of_one(SLICE("abc"));
    struct digest joined = digest_of(parts, 3);
    assert_true(digest_equal(&whole, &joined));
    joined.bytes[31] ^= 1;
    assert_false(digest_equal(&whole, &joined));
}

static void test_hmac(void **state)
{
    (void)state;
    char key[131];
    memset(key, 0x0b, 20);
    struct slice hi = SLICE("Hi There");
    assert_hex(digest_hmac(slice_of(key, 20), &hi, 1),
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    struct slice what[] = { SLICE("what do ya want "), SLICE("for nothing?") };
    assert_hex(digest_hmac(SLICE("Jefe"), what, 2),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    struct slice large = SLICE("Test Using Larger Than Block-Size Key - Hash Key First");
    assert_hex(digest_hmac(slice_of(key, sizeof key), &large, 1),
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    struct digest none = digest_hmac((struct slice){ NULL, 0 }, NULL, 0);
    assert_hex(none, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_hex(void **state)
{
    (void)state;
    struct digest digest = digest_of_one(SLICE("abc"));
    struct digest back = { { 0 } };
    char hex[DIGEST_HEX_SIZE + 1];
    digest_to_hex(&digest, hex);
    assert_true(digest_from_hex(slice_of(hex, DIGEST_HEX_SIZE), &back));
    assert_true(digest_equal(&digest, &back));
    assert_false(digest_from_hex(slice_of(hex, DIGEST_HEX_SIZE - 1), &back));
    hex[5] = 'G';
    assert_false(digest_from_hex(slice_of(hex, DIGEST_HEX_SIZE), &back));
    hex[5] = 'A'; /* lower case is the one form */
    assert_false(digest_from_hex(slice_of(hex, DIGEST_HEX_SIZE), &back));
    assert_true(digest_equal(&digest, &back));
}

static void test_hash64(void **state)
{
    (void)state;
    assert_true(hash64(SLICE("abc"), 0) == UINT64_C(0x78af5f94892f3950)); /* XXH3, published */
    assert_true(hash64(SLICE("abc"), 0) != hash64(SLICE("abc"), 1));
    assert_true(hash64(SLICE("abc"), 0) != hash64(SLICE("abd"), 0));
    assert_true(hash64((struct slice){ NULL, 0 }, 0) == hash64(SLICE(""), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256), cmocka_unit_test(test_parts_are_one_text),
        cmocka_unit_test(test_hmac),   cmocka_unit_test(test_hex),
        cmocka_unit_test(test_hash64),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
