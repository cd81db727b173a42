/* SPDX-License-Identifier: Apache-2.0 */
/* evaluation: what the two ways of evaluating share: the walk through sessions not seen before.
 * Private to paths/evaluate*.c. */
#ifndef PATHS_EVALUATION_H
#define PATHS_EVALUATION_H

#include "journal/event.h"
#include "paths/evaluate.h"
#include "paths/recommend.h"

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
    struct recommend_from from;
    uint32_t min_prefix;
};

/* Walk every session, each a new visitor, asking for 20 products at each place. */
MUST_USE enum status walk_run(struct walk *w, struct rung_figures *out, uint64_t *predictions,
                              struct error *err);

#endif
