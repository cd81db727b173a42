/* SPDX-License-Identifier: Apache-2.0 */
/* draft: an ensemble as a trainer gives it, before conditions are numbered and leaves put in order. */
#ifndef MODEL_DRAFT_H
#define MODEL_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "model/parts.h"

enum { DRAFT_LEAF = 0 }; /* no child is a tree's first node */

struct draft_node {
    uint16_t left, right; /* in the same tree; DRAFT_LEAF, both, for a leaf */
    uint16_t feature;
    bool missing_right;
    float value; /* of a leaf; else the threshold: what is below goes left */
    float cover; /* weight of the rows that came here in training, 0 or more */
};

/* Of each tree the first node is the root, and every other comes behind its parent. */
struct draft {
    uint32_t feature_count;
    uint32_t tree_count;
    uint16_t *leaf_counts; /* tree_count; a tree has twice as many nodes less one */
    struct draft_node *nodes;
    size_t node_count;
    struct buffer names; /* as SECTION_NAMES */
    float base;
};
void draft_free(struct draft *d);

/* A model that no file backs. Equal drafts give equal models. ERR_INVALID beyond MODEL_SPLITS_MAX. */
MUST_USE enum status model_from_draft(struct model **out, const struct draft *d, struct error *err);

/* Choose which child of each node comes first, so that bits of leaf numbers are constant over large
 * subtrees and few selects are left. Writes to `out` the tree's nodes in preorder by their place in
 * `nodes`, and to right_first[i] whether the right child of the node in place i comes first. */
void draft_order(const struct draft_node *nodes, uint32_t node_count, uint16_t *out,
                 bool *right_first);

#endif
