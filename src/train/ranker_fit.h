/* SPDX-License-Identifier: Apache-2.0 */
/* ranker_fit: trees from examples, with XGBoost.
 *
 * Trees of depth 6, each weighing 0.05, at most 300; boosting ends when later examples have not been
 * ranked better for 30 trees, and the best number stays. Each tree sees 0.7 of the features. XGBoost
 * takes the examples in batches and keeps them in bins of one byte. How the numbers were found:
 * docs/decisions/ranking.md. The same examples give the same trees, whatever the number of threads. */
#ifndef TRAIN_RANKER_FIT_H
#define TRAIN_RANKER_FIT_H

#include "base/attributes.h"
#include "base/error.h"
#include "model/model.h"
#include "train/examples.h"
#include "train/loss.h"
#include "train/train.h"

enum { RANKER_TREES_MAX = 300, RANKER_GROUPS_MIN = 200 /* to learn from; 50 to stop by */ };

struct ranker_figures {
    size_t fit_groups, stop_groups, fit_rows;
    uint32_t trees;
    double loss_before, loss_after; /* mean of the examples to stop by: without trees, with them */
};

struct ranker_task {
    const struct examples *fit, *stop; /* to fit to, and later ones to stop by */
    enum loss loss;
};

/* Fit and stop as the task says. ERR_NOT_FOUND when there are too few; ERR_LIMIT when
 * XGBoost cannot, with its reason. */
MUST_USE enum status ranker_fit(const struct ranker_task *task, const struct train_options *options,
                                struct model **out, struct ranker_figures *figures,
                                struct error *err);

#endif
