/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: products that go together, from what shoppers did: also_viewed and also_bought.
 *
 * also_viewed: co-view within a session, weighted by distance in the session and by age, normalised
 * by both products' frequency so that bestsellers do not win by size. also_bought: bought in the same
 * order, and bought after viewing; verified purchases only. Each pair carries how many distinct
 * shoppers support it, since that decides membership (never order).
 *
 * Lifetime   a generation's (mapped, immutable). Any number of readers. */
#ifndef INDEXES_PAIRS_H
#define INDEXES_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "indexes/sessions.h"
#include "journal/numbers.h"

enum pair_kind { PAIR_VIEWED, PAIR_BOUGHT, PAIR_KIND_COUNT };

enum { PAIRS_PER_PRODUCT_MAX = 64, PAIR_SUPPORT_MAX = 65535 };

struct pair {
    product_number product;
    float score;          /* > 0, falling along a list */
    uint16_t support;     /* distinct shoppers, at most PAIR_SUPPORT_MAX */
    uint16_t reserved;    /* 0 */
};

/* Write the file for one kind. Pairs with fewer than `support_min` distinct shoppers are left out.
 * Memory is bounded by products and the newest sessions' clicks. Deterministic. */
MUST_USE enum status pairs_build(const struct session_set *set, enum pair_kind kind,
                                 uint32_t support_min, const char *path, struct error *err);

struct pairs;
MUST_USE enum status pairs_open(struct pairs **out, const char *path, struct error *err);
void pairs_close(struct pairs **p); /* for SCOPED */

/* Best first. A product beyond the index has none. */
size_t pairs_of(const struct pairs *p, product_number product, const struct pair **out);
uint64_t pairs_count(const struct pairs *p);

#endif
