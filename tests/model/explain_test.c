/* SPDX-License-Identifier: Apache-2.0 */
/* Shares: against XGBoost's SHAP values, and against Shapley's definition over all subsets. */
#include <math.h>

#include "base/memory.h"
#include "model/model.h"
#include "tests/support/test.h"
#include "tests/support/trees.h"

static double total_of(const float *shares, uint32_t features)
{
    double total = 0;

    for (uint32_t f = 0; f <= features; f++)
        total += shares[f];
    return total;
}

static void assert_close(double a, double b)
{
    if (!(fabs(a - b) <= 1e-4 * fmax(1, fabs(b))))
        print_error("%.9g and %.9g\n", a, b);
    assert_true(fabs(a - b) <= 1e-4 * fmax(1, fabs(b)));
}

static void shares_are_xgboosts_and_add_up_to_the_score(void **state)
{
    static const char *const parameters[] = {
        "objective=binary:logistic tree_method=hist max_depth=6",
        "objective=reg:squarederror base_score=2 tree_method=exact max_depth=4 gamma=1",
        "objective=rank:ndcg tree_method=hist grow_policy=lossguide max_depth=0 max_leaves=64",
        "tree_method=hist gamma=1e9",
    };
    enum { TRAINED = 2000, ASKED = 40, FEATURES = 9 };

    for (size_t i = 0; i < COUNT(parameters); i++) {
        SCOPED(made_rows_free) struct made_rows r = {0}, asked = {0};
        SCOPED(trained_free) struct trained t = {0};
        SCOPED(arena_free) struct arena a = {0};
        float shares[FEATURES + 1], scores[ASKED];
        made_rows_make(&r, TRAINED, FEATURES, 21);
        made_rows_make(&asked, ASKED, FEATURES, 22);
        trained_make(&t, &r, parameters[i], 30);
        SCOPED(model_close) struct model *m = trained_model(&t);
        struct model_rows rows = made_rows_turned(&asked);
        model_score(m, &rows, scores, &a);
        const float *theirs = trained_shares(&t, &asked);
        for (size_t row = 0; row < ASKED; row++) {
            model_explain(m, &rows, row, shares, &a);
            for (uint32_t f = 0; f <= FEATURES; f++)
                assert_close(shares[f], theirs[row * (FEATURES + 1) + f]);
            assert_close(total_of(shares, FEATURES), scores[row]);
        }
        mem_free((void *)(uintptr_t)rows.values);
    }
}

/* What a tree gives on average to the row when only the features in `known` are. */
static double expected(const struct made_tree *t, uint32_t node, const float *values,
                       uint32_t known)
{
    const struct made_node *n = &t->nodes[node];

    if (n->left == 0)
        return n->value;
    float value = values[(size_t)n->feature * MODEL_BLOCK];
    bool left = isnan(value) ? n->default_left : value < n->value;
    if ((known >> n->feature & 1) != 0)
        return expected(t, left ? n->left : n->right, values, known);
    double lefts = t->nodes[n->left].cover, all = lefts + t->nodes[n->right].cover;
    double share = all > 0 ? lefts / all : 0.5;
    return share * expected(t, n->left, values, known) +
           (1 - share) * expected(t, n->right, values, known);
}

/* Shapley's value: the mean over all orders of the features of what `feature` adds in its turn. */
static double shapley(const struct made_tree *t, const float *values, uint32_t features,
                      uint32_t feature)
{
    double sum = 0;

    for (uint32_t known = 0; known < 1U << features; known++) {
        if ((known >> feature & 1) != 0)
            continue;
        int size = __builtin_popcount(known);
        double weight = tgamma(size + 1) * tgamma((double)features - size) / tgamma(features + 1.0);
        sum += weight *
               (expected(t, 0, values, known | 1U << feature) - expected(t, 0, values, known));
    }
    return sum;
}

static void shares_are_shapleys_by_his_definition(void **state)
{
    enum { FEATURES = 5, CASES = 200 };
    static const float thresholds[] = {-1, 0, 1};
    static struct made_tree tree;
    struct random r;

    random_seed(&r, 31);
    for (int i = 0; i < CASES; i++) {
        SCOPED(buffer_free) struct buffer json = {0};
        SCOPED(arena_free) struct arena a = {0};
        float values[FEATURES * MODEL_BLOCK], shares[FEATURES + 1];
        made_tree_grow(&tree, &r, 1 + random_below(&r, 24), FEATURES,
                       (struct made_thresholds){thresholds, COUNT(thresholds)});
        if (i % 4 == 0) /* nodes where nobody came in training */
            for (uint32_t n = 1; n < tree.node_count; n++)
                tree.nodes[n].cover *= (float)random_below(&r, 2);
        made_json(&tree, 1, FEATURES, &json);
        SCOPED(model_close) struct model *m = model_of_json(buffer_text(&json));
        for (size_t k = 0; k < COUNT(values); k++)
            values[k] = random_below(&r, 4) == 0 ? NAN : (float)random_normal(&r);
        size_t row = random_below(&r, MODEL_BLOCK);
        model_explain(m, &(struct model_rows){values, MODEL_BLOCK, MODEL_BLOCK}, row, shares, &a);
        for (uint32_t f = 0; f < FEATURES; f++)
            assert_close(shares[f], shapley(&tree, values + row, FEATURES, f));
        assert_close(shares[FEATURES], 0.5 + expected(&tree, 0, values + row, 0));
    }
}

/* A chain that asks for another feature at each step: the longest way there is. */
static void shares_of_the_deepest_tree_add_up(void **state)
{
    enum { FEATURES = MODEL_LEAVES_MAX - 1 };
    static struct made_tree tree;
    static float values[FEATURES * MODEL_BLOCK];
    SCOPED(buffer_free) struct buffer json = {0};
    SCOPED(arena_free) struct arena a = {0};
    float shares[FEATURES + 1], scores[MODEL_BLOCK];

    tree.node_count = 2 * FEATURES + 1;
    for (uint32_t i = 0; i < tree.node_count; i++) {
        tree.nodes[i].cover = (float)(tree.node_count - i);
        tree.nodes[i].value = i % 2 != 0 ? (float)(i % 13) : 0.5F;
        if (i % 2 == 0 && i + 1 < tree.node_count)
            tree.nodes[i] =
                (struct made_node){i + 1, i + 2, i / 2, 0.5F, true, tree.nodes[i].cover};
    }
    made_json(&tree, 1, FEATURES, &json);
    SCOPED(model_close) struct model *m = model_of_json(buffer_text(&json));
    for (size_t f = 0; f < FEATURES; f++)
        for (size_t i = 0; i < MODEL_BLOCK; i++)
            values[f * MODEL_BLOCK + i] = f < 4 * i ? 1 : 0;
    struct model_rows rows = {values, MODEL_BLOCK, MODEL_BLOCK};
    model_score(m, &rows, scores, &a);
    for (size_t row = 0; row < MODEL_BLOCK; row++) {
        model_explain(m, &rows, row, shares, &a);
        for (uint32_t f = 0; f <= FEATURES; f++)
            assert_true(isfinite(shares[f]));
        assert_close(total_of(shares, FEATURES), scores[row]);
    }
}

static void a_feature_no_tree_asks_for_has_no_share(void **state)
{
    static const struct made_tree tree = {
        .node_count = 3,
        .nodes = {{1, 2, 1, 0.5F, true, 4}, {.value = 1, .cover = 1}, {.value = 5, .cover = 3}}};
    SCOPED(buffer_free) struct buffer json = {0};
    SCOPED(arena_free) struct arena a = {0};
    float values[3 * MODEL_BLOCK] = {0}, shares[4];

    made_json(&tree, 1, 3, &json);
    SCOPED(model_close) struct model *m = model_of_json(buffer_text(&json));
    model_explain(m, &(struct model_rows){values, MODEL_BLOCK, 1}, 0, shares, &a);
    assert_true(shares[0] == 0 && shares[1] == -3 && shares[2] == 0 && shares[3] == 4.5F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_xgboosts_and_add_up_to_the_score),
        cmocka_unit_test(shares_are_shapleys_by_his_definition),
        cmocka_unit_test(shares_of_the_deepest_tree_add_up),
        cmocka_unit_test(a_feature_no_tree_asks_for_has_no_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
