/* SPDX-License-Identifier: Apache-2.0 */
/* evaluate: how accurate the recommend path is, per rung, on sessions it has not seen.
 *
 * Two files of session_id,item_id,time: learns from the first in a temporary shop, walks through
 * the sessions of the second and, at every position from min_prefix on, asks recommend_from for 20
 * products. Nothing is learned from the second file. Figures as in the session-recommendation
 * papers: Recall@20, MRR@20, NDCG@20 with the single next product as the right answer.
 *
 * Beside accuracy: coverage; intra-list diversity, the mean distance of two products of one answer (one
 * minus the intra-list similarity of Ziegler, McNee, Konstan, Lausen, WWW 2005), by category (0 the same,
 * a half a parent or a sibling, else 1) and by vector (1 - likeness, indexes/likeness.h); and novelty,
 * the mean self-information of a shown product, -log2 of the share of the training sessions that hold it
 * (Vargas, Castells, RecSys 2011), one session added to both counts. */
#ifndef PATHS_EVALUATE_H
#define PATHS_EVALUATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "candidates/candidates.h"
#include "paths/recommend.h"
#include "paths/shop.h"
#include "train/loss.h"

enum {
    EVALUATE_AT = 20,
    EVALUATE_VARIETIES_MAX = 8,
    EVALUATE_SESSIONS_MAX = 20000, /* of the shop's own; of more, evenly spread ones are tested */
};

struct evaluate_options {
    const char *train_path, *test_path;           /* NULL: the shop's own journal, split by time */
    uint32_t min_prefix;                          /* 1 */
    uint32_t min_support;                         /* 1 with files */
    int rung;                                     /* enum rung, or -1: all */
    uint32_t variety_ppm[EVALUATE_VARIETIES_MAX]; /* also walk with these, above 0, in millionths */
    uint32_t variety_count;
    bool no_cohorts;                   /* bestsellers in the shop's own order for everybody */
    bool ablate;                       /* with files: what each source is worth, too */
    const volatile sig_atomic_t *stop; /* not 0: ends with ERR_UNAVAILABLE; may be NULL */
    void (*progress)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *context;
};

struct rung_figures {
    bool present;
    double recall, mrr, ndcg;
    double coverage;                 /* share of sellable products that were ever among the 20 */
    double ild_category, ild_vector; /* intra-list diversity; NAN: nothing to tell it by */
    double novelty;                  /* bits; NAN without a generation */
    double us_mean, us_p50, us_p99;  /* microseconds an answer, one thread */
    double step_us[RECOMMEND_STEPS_MAX]; /* mean of each step, see recommend_step */
};

/* On every ABLATED_EVERY-th session of the test. */
enum { ABLATED_EVERY = 4 };
struct ablation {
    bool present;
    struct rung_figures all; /* the rung learned */
    struct rung_figures
        without[SOURCE_COUNT]; /* the same, that source not asked; trees as they were */
    struct rung_figures alone[SOURCE_COUNT]; /* that source only, in its own order */
    struct rung_figures loss[LOSS_COUNT];    /* the rung learned, trees boosted for that loss */
};

struct evaluation {
    uint64_t predictions;
    uint64_t train_sessions, train_clicks, train_products, test_sessions;
    struct rung_figures rungs[RUNG_COUNT];
    struct rung_figures
        served[RUNG_COUNT]; /* own journal only: with the shop's own support threshold */
    struct rung_figures varied[EVALUATE_VARIETIES_MAX]
                              [RUNG_COUNT]; /* by options' variety_ppm; of the
                                                                     own journal as served */
    bool own;
    struct ablation ablation;
};

MUST_USE enum status evaluate_files(const struct evaluate_options *options, struct evaluation *out,
                                    struct error *err);
/* The shop's own journal: learns from all but the last seventh of its days, tests on the sessions
 * that ended in those. ERR_NOT_FOUND when there is too little. The shop is only read. */
MUST_USE enum status evaluate_shop(struct shop *shop, const struct evaluate_options *options,
                                   struct evaluation *out, struct error *err);

#endif
