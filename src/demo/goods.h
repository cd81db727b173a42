/* SPDX-License-Identifier: Apache-2.0 */
/* goods: what the made-up shop sells: products with names, categories, brands, prices, costs, stock
 * and variants, drawn from word lists by a seed.
 *
 * Lifetime   heap; goods_free. Immutable once made. */
#ifndef DEMO_GOODS_H
#define DEMO_GOODS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "journal/product.h"

enum { GOODS_STYLES = 8 };

/* One row of the assortment: a leaf category. */
struct leaf {
    const char *department;
    const char *name;      /* "Dining tables": the category is "Furniture > Dining tables" */
    const char *noun;      /* "dining table" */
    double price;          /* median, in euros */
    const char *goes_with; /* name of the leaf that goes with it */
    const char *sizes;     /* variants' titles, separated by '|'; "" none */
    const char *materials; /* 6, separated by '|' */
};

extern const struct leaf goods_leaves[];
extern const uint32_t goods_leaf_count;

struct good {
    uint32_t leaf;
    uint8_t style, brand, material;
    bool published, in_stock;
    float quality; /* what makes it popular: normal, deviation 0.8 */
    float log_price;
    int64_t price, sale_price, cost; /* micros, MONEY_NONE */
    int32_t stock;
};

struct goods {
    struct good *all;
    uint32_t count;
    uint32_t *by_leaf;        /* indexes into all, grouped by leaf */
    uint32_t *leaf_starts;    /* goods_leaf_count + 1 */
    uint32_t *leaf_goes_with; /* goods_leaf_count */
};

struct goods *goods_new(uint64_t seed, uint32_t count);
void goods_free(struct goods *g); /* NULL is fine */

/* "oak-dining-table-0042" into `out`; returns its length. */
enum { GOOD_ID_SIZE = 64 };
size_t good_item_id(const struct goods *g, uint32_t good, char out[GOOD_ID_SIZE]);

/* The whole product, in `a`. */
struct product good_product(const struct goods *g, uint32_t good, struct arena *a);

#endif
