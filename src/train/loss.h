/* SPDX-License-Identifier: Apache-2.0 */
/* loss: what a ranking of examples is worth, and where boosting should go next.
 *
 * XGBoost 1.7 ranks by small whole grades with one weight a group; gains here are money, so gradients
 * are computed here and boosted with XGBoosterBoostOneIter. They are rounded to 2^-20: sums of such
 * numbers are exact in the doubles XGBoost adds them in, so that no order of adding, and no number of
 * threads, makes another tree.
 *
 * Threads    pure. */
#ifndef TRAIN_LOSS_H
#define TRAIN_LOSS_H

#include "train/examples.h"

/* A group's targets t are its gains as shares of their sum, s its scores.
 *
 *   softmax    -sum of t_i log p_i, p the softmax of s (ListNet's top one: Cao et al., ICML 2007)
 *   pairwise   sum over t_i > t_j of (t_i - t_j) log(1 + e^(s_j - s_i)) (RankNet: Burges et al., ICML
 *              2005)
 *   ndcg       the same, each pair weighed by what changing places would change NDCG by (LambdaMART:
 *              Burges 2010) */
enum loss { LOSS_SOFTMAX, LOSS_PAIRWISE, LOSS_NDCG, LOSS_COUNT };
const char *loss_word(enum loss loss);
bool loss_find(struct text word, enum loss *out);

/* gradients[i] and curvatures[i] for each row, at these scores. A group weighs its gain against the
 * mean of all groups, from a fifth to five times. */
void loss_gradients(enum loss loss, const struct examples *e, const float *scores, float *gradients,
                    float *curvatures);

/* Mean loss (softmax, whatever was boosted: smooth and bounded below) of the groups, so weighed. */
double loss_mean(const struct examples *e, const float *scores);

#endif
