/* SPDX-License-Identifier: Apache-2.0 */
/* gains: what a shopper's action was worth to the shop, in expectation and by a surface's objective.
 *
 * A purchase is worth the product's margin, its revenue, or one order; a cart or a view the same times
 * the share of such actions that this shop's sessions turn into a purchase. Prices and costs are the
 * catalog's. A product without a known cost has the mean margin of those with one; where no cost is
 * known at all, margin is revenue. */
#ifndef TRAIN_GAINS_H
#define TRAIN_GAINS_H

#include "catalog/catalog.h"
#include "indexes/sessions.h"
#include "profile/profile.h"

enum gain_kind { GAIN_MARGIN, GAIN_REVENUE, GAIN_ORDERS };

struct gains {
    const struct catalog *catalog;
    float margin;           /* mean share of known ones; 1 when none is known */
    float of_view, of_cart; /* purchases to be expected of one */
};

/* From all sessions. The shares are smoothed: 0.02 of 500 views and 0.25 of 50 carts are there from the
 * start. */
struct gains gains_of(const struct session_set *set, const struct catalog *catalog);

/* What an action on `product` is worth; never below 0. Of price: a product without one is worth 1. */
float gain_of(const struct gains *g, enum gain_kind kind, product_number product,
              enum action_kind action);

#endif
