/* SPDX-License-Identifier: Apache-2.0 */
/* choice: how the made-up shoppers choose.
 *
 * A shopper has a taste for each of 8 styles (normal, 0 mean, deviation 1), one or two favourite
 * departments, a budget (normal on the logarithm of price) and comes back at random. In each
 * session a shopper wants one kind of thing (a leaf category). Step by step, 12 products come to
 * mind: 8 of that leaf, 2 of a leaf that goes with it, 2 from anywhere; popular ones come to mind
 * more often. One of them is viewed, with the probabilities of a multinomial logit (McFadden 1974)
 * over
 *
 *   utility = quality + 0.9 * taste(style) + 0.6 * [style of the last view]
 *             - 0.7 * |ln price - budget|
 *
 * or the session ends (1 step in 6). A viewed product goes to the cart with probability
 * 1 / (1 + exp(3.0 - utility)); then what goes with it is wanted next, and 6 times of 10 the one
 * product that the shop shows with it is viewed, which goes to the cart with 0.5 for 3.0. A cart is
 * bought at the end of the session with probability 0.55. A third of the sessions begin with a
 * search for the leaf's name.
 *
 * Everything is a function of the seed. */
#ifndef DEMO_CHOICE_H
#define DEMO_CHOICE_H

#include <stdint.h>

#include "base/random.h"
#include "demo/goods.h"

enum { CHOICE_STEPS_MAX = 30, CHOICE_CART_MAX = 6 };

enum step_kind { STEP_SEARCH, STEP_VIEW, STEP_CART, STEP_UNCART, STEP_BUY };

struct step {
    enum step_kind kind;
    uint32_t product; /* STEP_VIEW, STEP_CART, STEP_UNCART: index into the goods */
    uint32_t after_s; /* seconds since the session began */
};

/* One session of one shopper. */
struct visit {
    struct step steps[CHOICE_STEPS_MAX * 3];
    uint32_t step_count;
    uint32_t leaf;                  /* what was wanted */
    uint32_t cart[CHOICE_CART_MAX]; /* what STEP_BUY buys */
    uint32_t cart_count;
};

/* The visit `session` of shopper `shopper` under `seed`. */
void choice_visit(const struct goods *goods, uint64_t seed, uint32_t shopper, uint32_t session,
                  struct visit *out);

#endif
