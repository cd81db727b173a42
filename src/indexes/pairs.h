/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: products that go together, from what shoppers did: also_viewed, also_bought and complement.
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
 * complement: a meeting is b put in the cart or bought after a was put in the cart in that session;
 * what was there before a does not count, nor does what comes again. At most 20 additions apart,
 * w = e^-((additions - 1) / 3), halved every 180 days; f counts sessions that added it; q = 0.5;
 * the score of a pair with s supporters is s / (s + 3) of that. Substitutes for a are left out.
 *
 * f(b)^q is what keeps bestsellers from winning by size. Distances, weights and q of also_viewed
 * were chosen on the last 5% of the sessions of two training files (diginetica, retailrocket) for
 * the next product after the last one: q = 0 would be no better by more than 0.002 of Recall@20.
 *
 * Those of complement were chosen on UCI Online Retail: learned from the first 80% of the invoices,
 * asked for every next line of the following 10% given up to 8 before it (40,154 questions).
 * Recall@8, and in brackets where the next line is not of the 2% bestsellers:
 *
 *   q = 0    0.240 (0.225)   0.3  0.239 (0.231)   0.7  0.219 (0.220)
 *       0.15 0.242 (0.230)   0.5  0.233 (0.229)   1    0.180 (0.189), which is lift
 *
 * so 0.5 loses a little of what bestsellers show anyway and nothing elsewhere. s / (s + 3) makes
 * it 0.234. Without the weight by distance it would be 0.164; to count what came before half as
 * much would give 0.244, but does not say what goes with what is in the cart. On the untouched last
 * 10% the choice gives 0.236 (0.228). Taobao's clickstream has 59 such questions, too few to tell.
 *
 * Each pair carries how many distinct shoppers support it, since that decides membership, never
 * order. A supporter of also_bought bought both in one order; looking first and buying later adds
 * to the score only, so that "often bought with" is true of every pair.
 *
 * Lifetime   a generation's (mapped, immutable). Any number of readers. */
#ifndef INDEXES_PAIRS_H
#define INDEXES_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "indexes/sessions.h"
#include "journal/numbers.h"

enum pair_kind { PAIR_VIEWED, PAIR_BOUGHT, PAIR_COMPLEMENT, PAIR_KIND_COUNT };

enum { PAIRS_PER_PRODUCT_MAX = 64, PAIR_SUPPORT_MAX = 65535 };

struct pair {
    product_number product;
    float score;       /* > 0, falling along a list */
    uint16_t support;  /* distinct shoppers, at most PAIR_SUPPORT_MAX */
    uint16_t reserved; /* 0 */
};

struct pairs_options {
    enum pair_kind kind;
    uint32_t support_min; /* pairs with fewer distinct shoppers are left out */
    /* Whether `b` would do in the place of `a`: such pairs are left out. Asked only of pairs that
     * would be among the best; must always say the same. NULL: nothing is left out. */
    bool (*substitute)(void *context, product_number a, product_number b);
    void *context;
};

/* Write the file for one kind. Memory: some 20 bytes a click and 60 a product. Deterministic.
 * ERR_LIMIT past 2^32 - 1 clicks. */
MUST_USE enum status pairs_build(const struct session_set *set, const struct pairs_options *options,
                                 const char *path, struct error *err);

struct pairs;
MUST_USE enum status pairs_open(struct pairs **out, const char *path, struct error *err);
void pairs_close(struct pairs **p); /* for SCOPED */

/* Best first. A product beyond the index has none. */
size_t pairs_of(const struct pairs *p, product_number product, const struct pair **out);
uint64_t pairs_count(const struct pairs *p);

#endif
