/* SPDX-License-Identifier: Apache-2.0 */
/* Scores: against XGBoost's own, against walking down each tree, and of one path against another. */
#include "model/model.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "model/parts.h"
#include "tests/support/test.h"
#include "tests/support/trees.h"

/* The path by which model_score goes. */
static void scores_of(const struct model *m, const struct made_rows *r, float *scores)
{
    SCOPED(arena_free) struct arena a = {0};
    struct model_rows rows = made_rows_turned(r);

    model_score(m, &rows, scores, &a);
    mem_free((void *)(uintptr_t)rows.values);
}

/* Make a third of the values such as few expect: missing, infinite, zeros and their neighbours, or
 * values of other rows, which thresholds are made of, and theirs. */
static void make_hostile(struct made_rows *r, const struct made_rows *trained, uint64_t seed)
{
    static const float odd[] = {NAN,          INFINITY,      -INFINITY,   -0.0F,   0.0F,
                                FLT_TRUE_MIN, -FLT_TRUE_MIN, FLT_MIN / 2, FLT_MAX, -FLT_MAX};
    struct random random;

    random_seed(&random, seed);
    for (size_t i = 0; i < (size_t)r->count * r->features; i++) {
        uint32_t row = random_below(&random, trained->count);
        float seen = trained->values[(size_t)row * r->features + i % r->features];
        switch (random_below(&random, 12)) {
        case 0: r->values[i] = odd[random_below(&random, COUNT(odd))]; break;
        case 1: r->values[i] = seen; break;
        case 2: r->values[i] = nextafterf(seen, INFINITY); break;
        case 3: r->values[i] = nextafterf(seen, -INFINITY); break;
        default: break;
        }
    }
}

struct shape {
    const char *parameters;
    uint32_t rounds, rows, features;
};

static struct model *train(const struct shape *s, struct made_rows *r, struct trained *t)
{
    made_rows_make(r, s->rows, s->features, 11);
    trained_make(t, r, s->parameters, s->rounds);
    return trained_model(t);
}

/* Beyond the contract, which is 1e-5: XGBoost adds the same floats in the same order. */
static void assert_equals_xgboost(const struct shape *s)
{
    SCOPED(made_rows_free) struct made_rows r = {0}, asked = {0};
    SCOPED(trained_free) struct trained t = {0};
    SCOPED(model_close) struct model *m = train(s, &r, &t);
    float scores[600];

    made_rows_make(&asked, COUNT(scores), s->features, 12);
    make_hostile(&asked, &r, 13);
    scores_of(m, &asked, scores);
    const float *theirs = trained_scores(&t, &asked);
    for (size_t i = 0; i < COUNT(scores); i++) {
        if (scores[i] != theirs[i])
            print_error("%s: row %zu\n", s->parameters, i);
        assert_true(scores[i] == theirs[i]);
    }
}

static void scores_are_xgboosts_for_every_shape_of_tree(void **state)
{
    static const struct shape shapes[] = {
        {"tree_method=hist max_depth=6", 30, 2000, 12},
        {"tree_method=hist max_depth=1", 30, 1000, 5},
        {"tree_method=approx max_depth=5", 10, 1000, 45},
        {"tree_method=hist grow_policy=lossguide max_depth=0 max_leaves=33", 20, 2000, 45},
        {"tree_method=hist grow_policy=lossguide max_depth=0 max_leaves=100 eta=0.1", 20, 3000, 20},
        {"tree_method=hist grow_policy=lossguide max_depth=0 max_leaves=256 min_child_weight=0", 10,
         4000, 8},
        {"tree_method=exact max_depth=5 gamma=2", 20, 1000, 9}, /* leaves nodes that were pruned */
        {"tree_method=hist gamma=1e9", 3, 500, 4},              /* trees of one leaf */
        {"tree_method=hist num_parallel_tree=4 subsample=0.5", 5, 500, 4},
    };

    for (size_t i = 0; i < COUNT(shapes); i++)
        assert_equals_xgboost(&shapes[i]);
}

static void scores_are_xgboosts_from_every_base_score(void **state)
{
    static const char *const parameters[] = {
        "objective=reg:squarederror base_score=3.25",
        "objective=binary:logistic base_score=0.2",
        "objective=binary:logitraw base_score=0.9",
        "objective=reg:logistic base_score=0.01",
        "objective=count:poisson base_score=0.3",
        "objective=reg:tweedie base_score=7",
        "objective=rank:ndcg",
        "objective=rank:pairwise base_score=-2",
        "objective=rank:map",
        "objective=reg:squarederror",
    };

    for (size_t i = 0; i < COUNT(parameters); i++)
        assert_equals_xgboost(&(struct shape){parameters[i], 5, 400, 6});
}

static void a_feature_may_have_more_thresholds_than_a_column(void **state)
{
    const struct shape s = {"tree_method=exact max_depth=8 min_child_weight=0", 30, 4000, 2};
    SCOPED(made_rows_free) struct made_rows r = {0};
    SCOPED(trained_free) struct trained t = {0};
    SCOPED(model_close) struct model *m = train(&s, &r, &t);

    assert_true(m->condition_count > 2 * COLUMN_THRESHOLDS_MAX);
    assert_true(m->column_count > 2);
    assert_equals_xgboost(&s);
}

static void the_missing_go_where_each_node_learned(void **state)
{
    const struct shape s = {"tree_method=hist max_depth=6", 20, 3000, 8};
    SCOPED(made_rows_free) struct made_rows r = {0};
    SCOPED(trained_free) struct trained t = {0};
    SCOPED(model_close) struct model *m = train(&s, &r, &t);
    float scores[3000];
    uint32_t ways[2] = {0};

    for (uint32_t c = 0; c < m->column_count; c++)
        if (m->columns[c].feature % 4 == 3) /* those that miss values */
            ways[m->columns[c].missing_right]++;
    assert_true(ways[0] > 0 && ways[1] > 0);
    scores_of(m, &r, scores);
    const float *theirs = trained_scores(&t, &r);
    for (uint32_t i = 0; i < r.count; i++)
        assert_true(scores[i] == theirs[i]);
}

static void assert_equals_walking(uint32_t leaves, uint32_t features, uint64_t seed)
{
    enum { TREES = 7, ROWS = 130, STRIDE = 192 };
    static const float odd[] = {0,       -0.0F,    1,    -1,          FLT_TRUE_MIN, -FLT_TRUE_MIN,
                                FLT_MAX, -FLT_MAX, 0.1F, FLT_MIN / 2, INFINITY,     -INFINITY,
                                NAN};
    const struct made_thresholds thresholds = {odd, 10}; /* the finite ones */
    SCOPED(buffer_free) struct buffer json = {0};
    SCOPED(arena_free) struct arena a = {0};
    struct made_tree trees[TREES];
    struct random random;

    random_seed(&random, seed);
    for (int t = 0; t < TREES; t++)
        made_tree_grow(&trees[t], &random, leaves, features, thresholds);
    made_json(trees, TREES, features, &json);
    SCOPED(model_close) struct model *m = model_of_json(buffer_text(&json));
    float *values = arena_array(&a, (size_t)features * STRIDE, sizeof(*values)), scores[ROWS];
    for (size_t i = 0; i < (size_t)features * STRIDE; i++)
        values[i] = odd[random_below(&random, COUNT(odd))];
    for (enum model_path path = 0; path < MODEL_PATH_COUNT; path++) {
        if (!model_path_there(path))
            continue;
        model_score_by(m, path, &(struct model_rows){values, STRIDE, ROWS}, scores, &a);
        for (int i = 0; i < ROWS; i++) {
            float expected = 0.5F;
            for (int t = 0; t < TREES; t++)
                expected += made_tree_value(&trees[t], values + i, STRIDE);
            assert_true(scores[i] == expected);
        }
    }
}

static void scores_are_those_of_walking_down_trees_of_every_size(void **state)
{
    static const uint32_t sizes[] = {1,  2,  3,  4,   5,   16,  17,  31, 32,
                                     33, 64, 65, 127, 128, 129, 255, 256};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_equals_walking(sizes[i], 1, i);
        assert_equals_walking(sizes[i], 5, i);
        assert_equals_walking(sizes[i], MODEL_FEATURES_MAX, i);
    }
}

static void all_paths_agree_to_the_bit_for_any_number_of_rows(void **state)
{
    static const uint32_t counts[] = {1,   63,  64,  65,  128, 192, 256,
                                      300, 384, 448, 511, 512, 513, 1100};
    const struct shape s = {
        "tree_method=hist grow_policy=lossguide max_depth=0 max_leaves=70 min_child_weight=0", 40,
        3000, 45};
    SCOPED(made_rows_free) struct made_rows r = {0};
    SCOPED(trained_free) struct trained t = {0};
    SCOPED(model_close) struct model *m = train(&s, &r, &t);
    SCOPED(arena_free) struct arena a = {0};
    float best[1100], scores[1100];

    for (size_t i = 0; i < COUNT(counts); i++) {
        SCOPED(made_rows_free) struct made_rows asked = {0};
        made_rows_make(&asked, counts[i], s.features, i);
        make_hostile(&asked, &r, i);
        scores_of(m, &asked, best);
        struct model_rows rows = made_rows_turned(&asked);
        for (enum model_path path = 0; path < MODEL_PATH_COUNT; path++) {
            if (!model_path_there(path))
                continue;
            memset(scores, 0, sizeof(scores));
            model_score_by(m, path, &rows, scores, &a);
            assert_memory_equal(scores, best, counts[i] * sizeof(*scores));
        }
        mem_free((void *)(uintptr_t)rows.values);
    }
}

static void what_stands_behind_the_last_row_makes_no_difference(void **state)
{
    enum { ROWS = 70, STRIDE = 128, FEATURES = 6 };
    const struct shape s = {"tree_method=hist", 10, 500, FEATURES};
    SCOPED(made_rows_free) struct made_rows r = {0};
    SCOPED(trained_free) struct trained t = {0};
    SCOPED(model_close) struct model *m = train(&s, &r, &t);
    SCOPED(arena_free) struct arena a = {0};
    float values[FEATURES * STRIDE], scores[ROWS + 1], again[ROWS + 1];

    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = r.values[i];
    for (enum model_path path = 0; path < MODEL_PATH_COUNT; path++) {
        if (!model_path_there(path))
            continue;
        struct model_rows rows = {values, STRIDE, ROWS};
        scores[ROWS] = again[ROWS] = 42;
        model_score_by(m, path, &rows, scores, &a);
        for (size_t f = 0; f < FEATURES; f++)
            for (size_t i = ROWS; i < STRIDE; i++)
                values[f * STRIDE + i] = i % 2 != 0 ? NAN : 1e30F;
        model_score_by(m, path, &rows, again, &a);
        assert_memory_equal(scores, again, sizeof(scores));
        assert_true(scores[ROWS] == 42);
        model_score_by(m, path, &(struct model_rows){values, 0, 0}, again, &a);
        assert_memory_equal(scores, again, sizeof(scores));
    }
}

static void plain_c_is_always_there(void **state)
{
    assert_true(model_path_there(MODEL_PLAIN));
    assert_string_equal(model_path_name(MODEL_PLAIN), "plain");
    assert_string_equal(model_path_name(MODEL_AVX2), "avx2");
    assert_string_equal(model_path_name(MODEL_AVX512), "avx512");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_xgboosts_for_every_shape_of_tree),
        cmocka_unit_test(scores_are_xgboosts_from_every_base_score),
        cmocka_unit_test(a_feature_may_have_more_thresholds_than_a_column),
        cmocka_unit_test(the_missing_go_where_each_node_learned),
        cmocka_unit_test(scores_are_those_of_walking_down_trees_of_every_size),
        cmocka_unit_test(all_paths_agree_to_the_bit_for_any_number_of_rows),
        cmocka_unit_test(what_stands_behind_the_last_row_makes_no_difference),
        cmocka_unit_test(plain_c_is_always_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
