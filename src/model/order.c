/* SPDX-License-Identifier: Apache-2.0 */
/* Which child of a node comes first, by dynamic programming over subtrees and the number of their
 * first leaf: leaves of a subtree are numbered without gaps, so these two say which bits of its
 * leaves' numbers are constant. On trees grown leaf by leaf this leaves a third fewer selects than
 * taking the left child first. */
#include <assert.h>

#include "base/memory.h"
#include "model/draft.h"

struct order {
    const struct draft_node *nodes;
    uint16_t leaves[TREE_NODES_MAX]; /* below a node */
    /* 0 unknown; else 1 + twice the fewest selects of the node's subtree when its first leaf has
     * that number, plus whether the right child comes first then */
    uint16_t known[TREE_NODES_MAX][MODEL_LEAVES_MAX];
};

/* The bits that differ among the numbers first .. first + count - 1, and all below them. */
static uint32_t differing(uint32_t first, uint32_t count)
{
    uint32_t bits = first ^ (first + count - 1);

    return bits == 0 ? 0 : (2U << (31 - __builtin_clz(bits))) - 1;
}

/* Selects of one node whose subtrees have these leaves: one for each bit that is not constant on
 * both sides, and for those where the left has 1 and the right 0. */
static uint32_t selects_of(uint32_t left, uint32_t left_count, uint32_t right, uint32_t right_count)
{
    uint32_t bits = differing(left, left_count) | differing(right, right_count) | (left & ~right);

    return (uint32_t)__builtin_popcount(bits);
}

static uint32_t fewest(struct order *o, uint32_t node, uint32_t first)
{
    uint32_t left = o->nodes[node].left, right = o->nodes[node].right;
    uint16_t *known = &o->known[node][first];

    if (left == DRAFT_LEAF)
        return 0;
    if (*known != 0)
        return (*known - 1U) / 2;
    uint32_t lefts = o->leaves[left], rights = o->leaves[right];
    uint32_t left_first = fewest(o, left, first) + fewest(o, right, first + lefts) +
                          selects_of(first, lefts, first + lefts, rights);
    uint32_t right_first = fewest(o, right, first) + fewest(o, left, first + rights) +
                           selects_of(first + rights, lefts, first, rights);
    bool turned = right_first < left_first;
    *known = (uint16_t)(1 + 2 * (turned ? right_first : left_first) + turned);
    return (*known - 1U) / 2;
}

void draft_order(const struct draft_node *nodes, uint32_t node_count, uint16_t *out,
                 bool *right_first)
{
    struct order *o = mem_new(1, sizeof(*o));
    struct {
        uint16_t node, first;
    } due[MODEL_LEAVES_MAX + 1];
    uint32_t due_count = 1, written = 0;

    o->nodes = nodes;
    for (uint32_t i = node_count; i-- > 0;)
        o->leaves[i] = nodes[i].left == DRAFT_LEAF
                           ? 1
                           : (uint16_t)(o->leaves[nodes[i].left] + o->leaves[nodes[i].right]);
    fewest(o, 0, 0);
    due[0].node = due[0].first = 0;
    while (due_count > 0) {
        uint16_t node = due[--due_count].node, first = due[due_count].first;
        const struct draft_node *n = &nodes[node];
        out[written++] = node;
        right_first[node] = false;
        if (n->left == DRAFT_LEAF)
            continue;
        right_first[node] = (o->known[node][first] - 1U) % 2 != 0;
        uint16_t early = right_first[node] ? n->right : n->left;
        uint16_t late = right_first[node] ? n->left : n->right;
        due[due_count].node = late;
        due[due_count++].first = (uint16_t)(first + o->leaves[early]);
        due[due_count].node = early;
        due[due_count++].first = first;
    }
    assert(written == node_count);
    mem_free(o);
}
