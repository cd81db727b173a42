/* SPDX-License-Identifier: Apache-2.0 */
/* evaluation: what the two ways of evaluating share: a folder to work in, and the walk through
 * sessions not seen before. Private to paths/evaluate*.c. */
#ifndef PATHS_EVALUATION_H
#define PATHS_EVALUATION_H

#include "journal/event.h"
#include "paths/evaluate.h"
#include "paths/recommend.h"

enum { EVALUATION_DIR_SIZE = 4096 };

/* A fresh folder under $TMPDIR or /tmp; gone with all in it once closed. */
struct evaluation_dir {
    char path[EVALUATION_DIR_SIZE]; /* "": none */
};
MUST_USE enum status evaluation_dir_open(struct evaluation_dir *d, struct error *err);
void evaluation_dir_close(struct evaluation_dir *d); /* for SCOPED */

/* Is that rung asked for? */
bool evaluation_wants(const struct evaluate_options *options, enum rung rung);

/* Is a rung wanted that stands on a generation? */
bool evaluation_learns(const struct evaluate_options *options);

/* Was it told to stop? Then `err` says so. */
bool evaluation_stopped(const struct evaluate_options *options, struct error *err);

struct test_click {
    product_number product; /* PRODUCT_NONE: not among the products learned from */
    enum event_type type;
    int64_t time_ms;
};

/* Sessions to walk through: session s has the clicks starts[s] .. starts[s + 1] - 1. */
struct test_set {
    struct test_click *clicks;
    uint64_t *starts;
    uint32_t session_count;
};
void test_set_free(struct test_set *t); /* for SCOPED */

struct walk {
    const struct evaluate_options *options;
    const struct test_set *test;
    struct state *state; /* each session becomes a visitor of its own here */
    const struct generation *generation;
    bool as_served;                            /* not by the published protocol */
    uint32_t support;                          /* distinct shoppers behind a product */
    struct rung_figures (*varied)[RUNG_COUNT]; /* for options->variety_ppm; NULL: without */
    uint32_t round; /* of the walks over one state: its visitors are not another's */
};

/* How a walk asks. */
struct asking {
    const char *name; /* for progress */
    enum rung rung;
    bool in_order; /* as recommend_from has these two */
    uint32_t sources_out;
    uint32_t variety_ppm;
    uint32_t every; /* that many sessions one is walked; 1: all */
};

/* What is summed up over the answers of one walk. */
struct diversity {
    const struct walk *walk;
    double *information; /* of each product; NULL: not known */
    product_number product_count;
    double category, vector, novelty;
    uint64_t category_lists, vector_lists, items;
};
void diversity_begin(struct diversity *d, const struct walk *w); /* `w` outlives it */
void diversity_end(struct diversity *d);                         /* for SCOPED */
void diversity_add(struct diversity *d, const struct answer *answer);
void diversity_figures(const struct diversity *d, struct rung_figures *out);

/* Walk, asking for EVALUATE_AT products at each place. `w->round` moves on. */
MUST_USE enum status walk_asking(struct walk *w, const struct asking *ask, struct rung_figures *out,
                                 uint64_t *predictions, struct error *err);

/* The same for every rung that is wanted, all sessions; and again for every variety. */
MUST_USE enum status walk_rungs(struct walk *w, struct rung_figures out[RUNG_COUNT],
                                uint64_t *predictions, struct error *err);

/* What each source and each loss is worth on w->generation, which has trees; `by_loss`: those of the
 * other losses. */
MUST_USE enum status walk_ablated(struct walk *w, struct model *const by_loss[LOSS_COUNT],
                                  struct ablation *out, struct error *err);

#endif
