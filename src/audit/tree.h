/*
 * tree.h: the head of an RFC 6962 Merkle tree that only grows.
 *
 * RFC 6962 §2.1 (Certificate Transparency): leaf = SHA-256(0x00 || data), inner node =
 * SHA-256(0x01 || left || right), the left subtree is the largest full one. Of a growing tree only
 * the roots of its full subtrees are needed: one for each bit set in the count. Plain data; may be
 * copied.
 */
#ifndef EVENLODE_AUDIT_TREE_H
#define EVENLODE_AUDIT_TREE_H

#include "base/digest.h"

#define AUDIT_TREE_LEVELS 64

struct audit_tree {
    uint64_t count; /* leaves */
    struct digest
        subtree[AUDIT_TREE_LEVELS]; /* [k]: root of 2^k leaves, if bit k of count is set */
};

void audit_tree_init(struct audit_tree *tree);
/* adds a leaf hash; about one inner hash each on average */
void audit_tree_push(struct audit_tree *tree, const struct digest *leaf);
/* of no leaves: SHA-256 of nothing */
struct digest audit_tree_root(const struct audit_tree *tree);
/* leaf hash over our leaf data, which is itself a digest: SHA-256(0x00 || SHA-256(salt || entry))
 */
struct digest audit_leaf(struct slice salt, struct slice entry);

#endif
