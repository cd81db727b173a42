/* SPDX-License-Identifier: Apache-2.0 */
/* model: an ensemble of regression trees: a row's score is the base score plus the value of the
 * leaf it reaches in each tree.
 *
 * Trees are trained with XGBoost, read once from the JSON it saves, and from then on kept in a file
 * of ours. A node sends a row right when its feature's value is at least the node's threshold, left
 * when it is below, and where the node says when it is missing (NaN). Infinities compare as such.
 *
 * Scores are sums of floats in the order of the trees, the base score first, as XGBoost 1.7 adds
 * them: the same bits on every processor and by every path.
 *
 * Owns       its mapped file, or what was read, and the tables made from it.
 * Threads    an open model never changes: any number of threads may use it, each with an arena.
 * Lifetime   a generation's.
 * Durability model_save's file appears whole or not at all. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/text.h"

enum {
    MODEL_TREES_MAX = 4096,
    MODEL_LEAVES_MAX = 256, /* of one tree */
    MODEL_FEATURES_MAX = 1024,
    MODEL_SPLITS_MAX = 500000,          /* distinct ones */
    MODEL_NAME_MAX = 128,               /* bytes of a feature's name */
    MODEL_JSON_MAX = 256 * 1024 * 1024, /* bytes */
    MODEL_BLOCK = 64,
};

struct model;

/* Read the JSON that XGBoosterSaveModelToBuffer writes for {"format":"json"}. ERR_INVALID names what
 * it is that we do not take: another booster than gbtree, several outputs, splits by category, an
 * objective whose base score we do not know how to add, more than the bounds above. ERR_CORRUPT: it
 * is no such JSON. Equal texts give equal models. */
MUST_USE enum status model_read_xgboost(struct model **out, struct text json, struct error *err);

/* Write the model's file. Equal models give equal bytes. ERR_IO. */
MUST_USE enum status model_save(const struct model *m, const char *path, struct error *err);

/* Map the file and check every byte of it. ERR_NOT_FOUND, ERR_IO; ERR_CORRUPT naming the file and
 * what is wrong when it is not as model_save wrote it. */
MUST_USE enum status model_open(struct model **out, const char *path, struct error *err);

void model_close(struct model **m); /* a NULL model is fine; for SCOPED */

uint32_t model_features(const struct model *m); /* features are numbered below this */
uint32_t model_trees(const struct model *m);
uint64_t model_bytes(const struct model *m); /* that it holds, mapped or in memory */

/* NULL when the features have no names. Lives as long as the model. */
const char *model_feature_name(const struct model *m, uint32_t feature);

/* Rows to score, feature by feature: the value of feature f of row i is values[f * stride + i].
 * `stride` is a multiple of MODEL_BLOCK and at least `count`: what stands behind the last row is
 * read and makes no difference. */
struct model_rows {
    const float *values; /* model_features(m) * stride */
    size_t stride, count;
};

/* scores[i] becomes the score of row i. What it needs meanwhile comes from `a`: about 64 bytes for
 * each distinct split of the model. */
void model_score(const struct model *m, const struct model_rows *rows, float *scores,
                 struct arena *a);

/* By which instructions rows are scored. model_score takes the best; tests and benches choose. */
enum model_path { MODEL_PLAIN, MODEL_AVX2, MODEL_AVX512, MODEL_PATH_COUNT };

const char *model_path_name(enum model_path path);
bool model_path_there(enum model_path path); /* whether this processor has it */
enum model_path model_path_best(void);       /* the last that is there */

/* `path` must be there. */
void model_score_by(const struct model *m, enum model_path path, const struct model_rows *rows,
                    float *scores, struct arena *a);

/* Why row number `row` has its score: shares[f] is what feature f gave, shares[model_features(m)]
 * what a row of which nothing is known would get; together they are the score, to rounding.
 * Exact Shapley values where a feature that is not known leaves a row to go both ways, by the
 * weights of the rows seen in training (Lundberg, Erion, Lee: Consistent individualized feature
 * attribution for tree ensembles, 2018, section 3, "path dependent"). */
void model_explain(const struct model *m, const struct model_rows *rows, size_t row, float *shares,
                   struct arena *a);

#endif
