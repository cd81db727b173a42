/* SPDX-License-Identifier: Apache-2.0 */
/* learn: the path of a new generation: read what shoppers did, build the files, learn to rank, judge
 * every rung by sessions held back, publish. */
#ifndef PATHS_LEARN_H
#define PATHS_LEARN_H

#include "base/attributes.h"
#include "base/error.h"
#include "indexes/generation.h"
#include "paths/shop.h"
#include "program/program.h"
#include "train/gate.h"
#include "train/ranker_fit.h"
#include "train/train.h"

struct learn_options {
    const char *data_dir;
    const struct settings *settings;
    int64_t now_ms;
    train_progress *progress; /* may be NULL */
    void *context;
};

/* What was judged of one surface. */
struct learned_surface {
    char name[GATE_NAME_SIZE];
    enum objective objective;
    struct gate gate;
};

struct learn_result {
    struct generation_summary generation;
    char currency[8];        /* of the figures of margin and revenue */
    enum rung rung_max;      /* the highest that traffic lets a surface try */
    uint64_t traffic_needed; /* sessions a month for the next one; 0: there is none */
    struct error ranker_why; /* why no trees were learned; OK: they were, or none were tried */
    struct ranker_figures ranker;
    struct learned_surface *surfaces;
    size_t surface_count; /* 0: there is no choice between rungs yet */
};
void learn_result_free(struct learn_result *r); /* for SCOPED */

/* Build a generation from the journal as it is now, through a reading connection of its own; works
 * beside a running server. What the rung learned stands on is built only when a surface earned more by
 * it on sessions held back. Publishing (shop_use_generation, or asking the server to) is the caller's.
 */
MUST_USE enum status learn(const struct learn_options *options, struct learn_result *out,
                           struct error *err);

/* What a checkpoint process does: fold to the end, save. */
MUST_USE enum status learn_checkpoint(const char *data_dir, const struct settings *settings,
                                      struct error *err);

#endif
