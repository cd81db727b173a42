/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: products that go together, from what shoppers did: also_viewed and also_bought.
 *
 *   score(a, b) = sum over their meetings of w / (f(a)^(1-q) * f(b)^q)
 *
 * also_viewed: a meeting is both in one session, at most 10 steps apart, among its newest 50
 * clicks; w = e^-((steps - 1) / 3), times 0.8 where b came before a, halved for every 60 days of
 * the session's age (counted from the newest session); f counts sessions; q = 0.15.
 *
 * also_bought: a meeting is both in one order (w = 1), or b bought after a look at a in that
 * session (w = 0.3), at most 100 clicks apart, halved every 180 days; f counts purchases; q = 0.3.
 * Verified purchases only: the set holds no others.
 *
 * f(b)^q is what keeps bestsellers from winning by size. Distances, weights and q of also_viewed
 * were chosen on the last 5% of the sessions of two training files (diginetica, retailrocket) for
 * the next product after the last one: q = 0 would be no better by more than 0.002 of Recall@20.
 *
 * Each pair carries how many distinct shoppers support it, since that decides membership, never
 * order. A supporter of also_bought bought both in one order; looking first and buying later adds
 * to the score only, so that "often bought with" is true of every pair.
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
    float score;       /* > 0, falling along a list */
    uint16_t support;  /* distinct shoppers, at most PAIR_SUPPORT_MAX */
    uint16_t reserved; /* 0 */
};

/* Write the file for one kind. Pairs with fewer than `support_min` distinct shoppers are left out.
 * Memory: some 20 bytes a click and 60 a product. Deterministic. ERR_LIMIT past 2^32 - 1 clicks. */
MUST_USE enum status pairs_build(const struct session_set *set, enum pair_kind kind,
                                 uint32_t support_min, const char *path, struct error *err);

struct pairs;
MUST_USE enum status pairs_open(struct pairs **out, const char *path, struct error *err);
void pairs_close(struct pairs **p); /* for SCOPED */

/* Best first. A product beyond the index has none. */
size_t pairs_of(const struct pairs *p, product_number product, const struct pair **out);
uint64_t pairs_count(const struct pairs *p);

#endif
