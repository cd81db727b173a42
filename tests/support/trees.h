/* SPDX-License-Identifier: Apache-2.0 */
/* trees: made rows, and trees trained on them with XGBoost, for tests and benches. What fails ends
 * the program. */
#ifndef TESTS_SUPPORT_TREES_H
#define TESTS_SUPPORT_TREES_H

#include <xgboost/c_api.h>

#include "base/random.h"
#include "model/model.h"

/* Rows as XGBoost wants them: the value of feature f of row i is values[i * features + f]. */
struct made_rows {
    uint32_t count, features;
    float *values;
    float *labels; /* 0 or 1 */
};

/* Features are by turns counts, ratios, logarithms and ratios that are missing in a fifth of the
 * rows; whether a label is 1 hangs on many of them, and on chance. The same seed makes the same. */
void made_rows_make(struct made_rows *r, uint32_t count, uint32_t features, uint64_t seed);
void made_rows_free(struct made_rows *r);

/* The same rows feature by feature, as model_score wants them; what stands behind them is NaN. The
 * caller frees `values` with mem_free. */
struct model_rows made_rows_turned(const struct made_rows *r);

struct trained {
    BoosterHandle booster;
    DMatrixHandle rows;
};

/* `parameters` are "name=value" separated by spaces, beyond those that make XGBoost use one thread.
 * Rows are groups of 10 for objectives that rank. */
void trained_make(struct trained *t, const struct made_rows *r, const char *parameters,
                  uint32_t rounds);
void trained_free(struct trained *t);

/* The model as JSON, to the end of `out`. */
void trained_json(const struct trained *t, struct buffer *out);

/* Margins by XGBoosterPredictFromDense. Its result lives until the booster's next prediction. */
const float *trained_scores(const struct trained *t, const struct made_rows *r);

/* SHAP values by XGBoosterPredictFromDMatrix: features + 1 for each row. Infinities are refused. */
const float *trained_shares(const struct trained *t, const struct made_rows *r);

/* The trained model as ours. */
struct model *trained_model(const struct trained *t);

/* A node of a tree made by hand: `left` 0 for a leaf. */
struct made_node {
    uint32_t left, right, feature;
    float value; /* the threshold, or the leaf's */
    bool default_left;
    float cover;
};

enum { MADE_NODES_MAX = 2 * MODEL_LEAVES_MAX + 1 };

struct made_tree {
    struct made_node nodes[MADE_NODES_MAX];
    uint32_t node_count;
};

/* Values to draw from. */
struct made_thresholds {
    const float *values;
    uint32_t count;
};

/* A random tree of `leaves`, grown at random leaves by splits at one of `thresholds`. */
void made_tree_grow(struct made_tree *t, struct random *r, uint32_t leaves, uint32_t features,
                    struct made_thresholds thresholds);

/* As XGBoost would save them, with objective reg:squarederror and base score 0.5. */
void made_json(const struct made_tree *trees, uint32_t count, uint32_t features,
               struct buffer *out);

/* The same with names of the features; NULL: none. */
void made_json_named(const struct made_tree *trees, uint32_t count, const char *const *names,
                     uint32_t features, struct buffer *out);

/* What a row gets from one tree, walking down it. values[f * stride] is of feature f. */
float made_tree_value(const struct made_tree *t, const float *values, size_t stride);

/* The model of such a JSON text. */
struct model *model_of_json(struct text json);

#endif
