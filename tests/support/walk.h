/* SPDX-License-Identifier: Apache-2.0 */
/* walk: made shoppers who walk among products of like number, the popular ones more often; for benches
 * that need sessions with some sense in them. */
#ifndef TESTS_SUPPORT_WALK_H
#define TESTS_SUPPORT_WALK_H

#include <stdint.h>

#include "base/random.h"
#include "journal/product.h"

enum { WALK_CATEGORY_SIZE = 50 }; /* products of like number */

/* Few products get most of it: the fourth power of a uniform number. Below `products`. */
uint32_t walk_popular(struct random *r, uint32_t products);

/* One of the products of like number, or, one time in ten, a popular one. */
uint32_t walk_near(struct random *r, uint32_t products, uint32_t product);

/* Texts of walk_product. */
struct walk_names {
    char id[32], title[64], category[64];
};

/* Product number `i`: a category each WALK_CATEGORY_SIZE, one in twenty out of stock. Its texts are in
 * `names`. */
struct product walk_product(uint32_t i, struct walk_names *names);

#endif
