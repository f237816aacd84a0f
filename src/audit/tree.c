/*
 * tree.c: a binary counter whose digits are subtree roots.
 *
 * Adding a leaf is adding one to a binary number: each carry joins two subtrees of equal size. The
 * root joins what stands in the digits from the lowest to the highest, which is the definition's
 * split at the largest power of two, read from the other end.
 *
 * The personal part is kept out of the tree by one more hash: what is hashed into it is
 * SHA-256(salt || entry), and the salt is random, so that the tree stays provable after an entry's
 * text has been erased, and a guess of an entry cannot be tested against its leaf.
 */
#include "audit/tree.h"

static struct slice of_digest(const struct digest *digest)
{
    return slice_of((const char *)digest->bytes, DIGEST_SIZE);
}

static struct digest join(const struct digest *left, const struct digest *right)
{
    const struct slice parts[] = { SLICE("\x01"), of_digest(left), of_digest(right) };
    return digest_of(parts, 3);
}

void audit_tree_init(struct audit_tree *tree)
{
    *tree = (struct audit_tree){ 0 };
}

void audit_tree_push(struct audit_tree *tree, const struct digest *leaf)
{
    struct digest node = *leaf;
    unsigned level = 0;
    for (; tree->count >> level & 1; level++) {
        node = join(&tree->subtree[level], &node);
    }
    tree->subtree[level] = node;
    tree->count++;
}

struct digest audit_tree_root(const struct audit_tree *tree)
{
    if (tree->count == 0) {
        return digest_of_one((struct slice){ NULL, 0 });
    }
    unsigned level = (unsigned)__builtin_ctzll(tree->count);
    struct digest root = tree->subtree[level];
    for (level++; level < AUDIT_TREE_LEVELS; level++) {
        if (tree->count >> level & 1) {
            root = join(&tree->subtree[level], &root);
        }
    }
    return root;
}

struct digest audit_leaf(struct slice salt, struct slice entry)
{
    const struct slice inner[] = { salt, entry };
    struct digest data = digest_of(inner, 2);
    const struct slice outer[] = { SLICE("\x00"), of_digest(&data) };
    return digest_of(outer, 2);
}
