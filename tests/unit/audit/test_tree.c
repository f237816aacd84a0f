/* The tree against the definition of RFC 6962 §2.1 and the test data of Certificate Transparency.
 */
#include "support/check.h"

#include "audit/tree.h"

static struct slice bytes_of(const struct digest *digest)
{
    return slice_of((const char *)digest->bytes, DIGEST_SIZE);
}

static struct digest plain_leaf(struct slice data)
{
    const struct slice parts[] = { SLICE("\x00"), data };
    return digest_of(parts, 2);
}

static void test_published_roots(void **state)
{
    (void)state;
    static const struct slice leaves[] = {
        SLICE_INIT(""),
        SLICE_INIT("\x00"),
        SLICE_INIT("\x10"),
        SLICE_INIT("\x20\x21"),
        SLICE_INIT("\x30\x31"),
        SLICE_INIT("\x40\x41\x42\x43"),
        SLICE_INIT("\x50\x51\x52\x53\x54\x55\x56\x57"),
        SLICE_INIT("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"),
    };
    static const char *const roots[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    struct audit_tree tree;
    audit_tree_init(&tree);
    for (size_t i = 0;; i++) {
        char hex[DIGEST_HEX_SIZE + 1];
        struct digest root = audit_tree_root(&tree);
        digest_to_hex(&root, hex);
        assert_string_equal(hex, roots[i]);
        if (i == ARRAY_LENGTH(leaves)) {
            break;
        }
        struct digest leaf = plain_leaf(leaves[i]);
        audit_tree_push(&tree, &leaf);
    }
}

/* MTH as RFC 6962 writes it: split at the largest power of two below the count */
static struct digest by_definition(const struct digest *leaves, size_t count)
{
    if (count == 1) {
        return leaves[0];
    }
    size_t left = 1;
    while (left * 2 < count) {
        left *= 2;
    }
    struct digest a = by_definition(leaves, left);
    struct digest b = by_definition(leaves + left, count - left);
    const struct slice parts[] = { SLICE("\x01"), bytes_of(&a), bytes_of(&b) };
    return digest_of(parts, 3);
}

static void test_against_the_definition(void **state)
{
    (void)state;
    static struct digest leaves[520];
    struct audit_tree tree;
    audit_tree_init(&tree);
    for (size_t i = 0; i < ARRAY_LENGTH(leaves); i++) {
        leaves[i] = digest_of_one(slice_of((const char *)&i, sizeof i));
        audit_tree_push(&tree, &leaves[i]);
        struct digest root = audit_tree_root(&tree);
        struct digest wanted = by_definition(leaves, i + 1);
        assert_int_equal(tree.count, i + 1);
        assert_true(digest_equal(&root, &wanted));
    }
}

static void test_leaf(void **state)
{
    (void)state;
    struct digest inner = digest_of_one(SLICE("saltsaltsaltsalt{}"));
    struct digest wanted = plain_leaf(bytes_of(&inner));
    struct digest leaf = audit_leaf(SLICE("saltsaltsaltsalt"), SLICE("{}"));
    assert_true(digest_equal(&leaf, &wanted));
}

static int start(void **state)
{
    (void)state;
    return digest_start() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_roots),
        cmocka_unit_test(test_against_the_definition),
        cmocka_unit_test(test_leaf),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
