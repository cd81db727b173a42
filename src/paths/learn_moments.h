/* SPDX-License-Identifier: Apache-2.0 */
/* learn_moments: questions asked at moments of the past, and what the shopper's next actions say of the
 * answers. Private to paths/learn*.
 *
 * A moment lies right behind an event. The surfaces that a shop would show then are asked: a product
 * page and its category after a view, the cart after something was put there, home after anything. */
#ifndef PATHS_LEARN_MOMENTS_H
#define PATHS_LEARN_MOMENTS_H

#include "paths/recommend.h"
#include "paths/retrace.h"
#include "train/examples.h"
#include "train/gains.h"

struct moments {
    const struct state *state;
    const struct generation *generation;
    const struct retraced *actions;
    const struct gains *gains;
    enum rung rung_max; /* for moments_gains */
    bool protocol;      /* as ranker_plan has it */
    uint32_t support;
};

/* Ask one of the surfaces for its candidates, and add them as an example. */
MUST_USE enum status moments_example(const struct moments *moments, const struct moment *m,
                                     struct examples *out, struct arena *a, struct error *err);

/* Ask `surface` for its answer on every rung up to rung_max. */
struct moment_gains {
    bool asked; /* false: the surface is not shown at such a moment */
    float of
        [RUNG_COUNT]; /* of what the answer held and the shopper turned to in the rest of the session */
};
MUST_USE enum status moments_gains(const struct moments *moments, const struct moment *m,
                                   const struct surface *surface, struct moment_gains *out,
                                   struct arena *a, struct error *err);

/* What the shopper did with `products` from action `first` on: gains[i] is that of products[i], 0: nothing.
 * Of looks only those in the first event count. */
void moments_followed(const struct moments *moments, const struct surface *surface, uint32_t first,
                      const product_number *products, uint32_t count, float *gains);

#endif
