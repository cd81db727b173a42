/* SPDX-License-Identifier: Apache-2.0 */
/* learn_ranker: learns to rank from the shop's newest sessions, and judges every rung by the very
 * newest. Private to paths/.
 *
 * Indexes are built from all sessions but the newest LEARN_SHARE, so that examples meet indexes about
 * as fresh as serving will; those sessions are then walked again, step by step. Of them the first part
 * gives examples to fit trees to, the next part examples to stop by, and the last part judges. */
#ifndef PATHS_LEARN_RANKER_H
#define PATHS_LEARN_RANKER_H

#include "model/model.h"
#include "paths/state.h"
#include "train/gate.h"
#include "train/loss.h"
#include "train/ranker_fit.h"
#include "train/train.h"

enum { LEARN_MOMENTS_MAX = 50000, GATE_ANSWERS_MAX = 5000 /* of a surface */ };

struct ranker_plan {
    const char *data_dir;              /* of the journal */
    struct state *state;               /* loaded to its end; is retraced */
    const struct session_set *set;     /* what there is to learn from */
    int64_t until_ms;                  /* later events did not happen; INT64_MAX: all did */
    const struct train_options *train; /* how indexes are built; data_dir is not looked at */
    enum rung rung_max;                /* the highest rung traffic allows to be tried */
    bool protocol; /* evaluate on files: the next click alone counts, seen before or not; nothing is
                      judged */
    bool all_losses; /* evaluate --ablate: trees by every loss, to compare them */
};

struct ranker_outcome {
    struct model *model;               /* NULL: none was learned */
    struct model *by_loss[LOSS_COUNT]; /* with all_losses: those of losses not served */
    struct error why;                  /* why not; OK when one was, or none was wanted */
    struct ranker_figures figures;
    struct gate *gates; /* of each surface of the program, in its order */
    size_t gate_count;  /* 0: nothing was judged */
};
void ranker_outcome_free(struct ranker_outcome *o); /* for SCOPED */

/* Fails only for what learning cannot do without: reading the journal, writing files. Too little to
 * learn from is an outcome. */
MUST_USE enum status learn_ranker(const struct ranker_plan *plan, struct ranker_outcome *out,
                                  struct error *err);

#endif
