/* SPDX-License-Identifier: Apache-2.0 */
/* The order of leaves: against every other there is. */
#include "base/memory.h"
#include "base/random.h"
#include "model/draft.h"
#include "model/parts.h"
#include "tests/support/test.h"

enum { LEAVES_MAX = 8 };

/* A random tree whose conditions all differ. */
static struct draft_node *grow(struct random *r, uint32_t leaves)
{
    struct draft_node *nodes = mem_new(TREE_NODES_MAX, sizeof(*nodes));
    uint16_t count = 1;

    while (count < 2 * leaves - 1) {
        uint32_t i = random_below(r, count);
        if (nodes[i].left != DRAFT_LEAF)
            continue;
        nodes[i] =
            (struct draft_node){.left = count, .right = (uint16_t)(count + 1), .value = count};
        count = (uint16_t)(count + 2);
    }
    return nodes;
}

/* What a bit of the leaf numbers below a node is: 0, 1, or neither everywhere. */
enum bit { ZERO, ONE, MIXED };

/* Bits below node `i` when its leaves are numbered from *number on and the right child comes first
 * where `turns` has a bit; adds to *selects. */
static void walk(const struct draft_node *nodes, uint32_t i, uint32_t turns, uint32_t *number,
                 uint32_t *selects, enum bit out[3])
{
    enum bit left[3], right[3];
    bool turned = (turns >> i & 1) != 0;

    if (nodes[i].left == DRAFT_LEAF) {
        for (int b = 0; b < 3; b++)
            out[b] = (*number >> b & 1) != 0 ? ONE : ZERO;
        ++*number;
        return;
    }
    walk(nodes, turned ? nodes[i].right : nodes[i].left, turns, number, selects,
         turned ? right : left);
    walk(nodes, turned ? nodes[i].left : nodes[i].right, turns, number, selects,
         turned ? left : right);
    for (int b = 0; b < 3; b++) {
        bool same = left[b] == right[b] && left[b] != MIXED;
        out[b] = same ? left[b] : MIXED;
        *selects += !same && !(left[b] == ZERO && right[b] == ONE);
    }
}

static struct model *model_of_tree(struct draft_node *nodes, uint32_t leaves)
{
    uint16_t leaf_counts[] = {(uint16_t)leaves};
    const struct draft d = {.feature_count = 1,
                            .tree_count = 1,
                            .leaf_counts = leaf_counts,
                            .nodes = nodes,
                            .node_count = 2 * (size_t)leaves - 1};
    struct model *m = NULL;

    assert_int_equal(model_from_draft(&m, &d, NULL), OK);
    return m;
}

static void no_order_of_the_leaves_needs_fewer_selects(void **state)
{
    struct random r;

    random_seed(&r, 1);
    for (int i = 0; i < 60; i++) {
        uint32_t leaves = 1 + random_below(&r, LEAVES_MAX), fewest = UINT32_MAX;
        SCOPED(mem_free_scoped) struct draft_node *nodes = grow(&r, leaves);
        SCOPED(model_close) struct model *m = model_of_tree(nodes, leaves);
        for (uint32_t turns = 0; turns < 1U << (2 * leaves - 1); turns++) {
            uint32_t number = 0, selects = 0;
            enum bit bits[3];
            walk(nodes, 0, turns, &number, &selects, bits);
            fewest = selects < fewest ? selects : fewest;
        }
        assert_int_equal(m->programs[0].select_count, fewest);
    }
}

static void a_complete_tree_needs_fewer_selects_than_it_has_nodes(void **state)
{
    enum { LEAVES = 128 };
    SCOPED(mem_free_scoped) struct draft_node *nodes = mem_new(TREE_NODES_MAX, sizeof(*nodes));

    for (uint16_t i = 0; i < LEAVES - 1; i++)
        nodes[i] = (struct draft_node){
            .left = (uint16_t)(2 * i + 1), .right = (uint16_t)(2 * i + 2), .value = i};
    SCOPED(model_close) struct model *m = model_of_tree(nodes, LEAVES);
    assert_int_equal(m->programs[0].select_count, LEAVES - 7 - 1);
}

static void zeros_of_either_sign_are_one_threshold(void **state)
{
    struct draft_node nodes[] = {{.left = 1, .right = 2, .value = 0.0F},
                                 {.left = 3, .right = 4, .value = -0.0F},
                                 {0},
                                 {0},
                                 {0}};
    SCOPED(model_close) struct model *m = model_of_tree(nodes, 3);

    assert_int_equal(m->condition_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_order_of_the_leaves_needs_fewer_selects),
        cmocka_unit_test(a_complete_tree_needs_fewer_selects_than_it_has_nodes),
        cmocka_unit_test(zeros_of_either_sign_are_one_threshold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
