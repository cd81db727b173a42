/* SPDX-License-Identifier: Apache-2.0 */
/* popularity: what sells and what is looked at, overall, by category and of one product, decayed; a
 * fold of events.
 *
 * Events count at once; what readers see changes at ticks only, so that an answer can be replayed.
 * Bestsellers: units of verified purchases, at most 10 of one order line, halved every 30 days of
 * event time. Trending: the last day against the last two weeks, of purchases (whatever their
 * quantity), or of views while the shop has no purchases.
 * The caller leaves out what one shopper buys too often (paths/state.c). Sensitive products are never counted. What is put in the cart is counted too, for popularity_appeal
 * alone. Forward decay (Cormode et al., ICDE 2009) keeps a counter
 * one number.
 *
 * Memory     113 bytes a product, and 1 KiB a category for its lists.
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef INDEXES_POPULARITY_H
#define INDEXES_POPULARITY_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "journal/checkpoint.h"
#include "journal/event.h"
#include "journal/numbers.h"

enum { POPULARITY_LIST_MAX = 200 }; /* products of one list; lists of categories hold 64 */

enum popularity_list { POPULARITY_BESTSELLERS, POPULARITY_TRENDING };

struct popular {
    product_number product;
    float score; /* comparable within its list only */
};

/* How much happened to a product, as if it had happened now: each event counts a half for every day,
 * two weeks or 30 days that it lies back from the newest event. */
struct decayed_count {
    float day, fortnight, month;
};

/* Views, carts and order lines count once each; purchases by the month count units, as bestsellers do.
 */
struct appeal {
    struct decayed_count views, carts, purchases;
};

struct popularity;

struct popularity *popularity_new(void);
void popularity_free(struct popularity *p); /* NULL is fine */

/* Count an event of `type` on `product`: a view or cart once, a purchase `quantity` times (at most
 * 10); other types only move event time. Unverified purchases must not get here. */
void popularity_fold(struct popularity *p, product_number product, enum event_type type,
                     int64_t quantity, int64_t time_ms);

/* Bring into the cache what folding an event on `product` will touch. */
void popularity_fetch(const struct popularity *p, product_number product);

/* A session began (for traffic thresholds). */
void popularity_session(struct popularity *p, int64_t time_ms);

/* The catalog's record of `product` was folded: its category is looked at anew at the next tick. */
void popularity_product_changed(struct popularity *p, product_number product);

/* What is sensitive changed: every product is looked at anew at the next tick. */
void popularity_catalog_changed(struct popularity *p);

/* Counters take their new values; lists are made anew where something changed. A product counts in
 * its category and all above. */
void popularity_tick(struct popularity *p, const struct catalog *catalog);

/* As of the last tick, best first; `category` 0 is the whole shop. Valid until the next tick. */
size_t popularity_top(const struct popularity *p, enum popularity_list list,
                      category_number category, const struct popular **out);

/* What is known of one product, as of the last tick: the same bits from a checkpoint, a replay or a
 * server that never stopped. Zeros for one without events. Constant time. */
struct appeal popularity_appeal(const struct popularity *p, product_number product);
/* Bring into the cache what that touches. */
void popularity_fetch_appeal(const struct popularity *p, product_number product);

/* Sessions that began within 30 days (by the hour) before the newest event, as of the last tick. */
uint64_t popularity_sessions_month(const struct popularity *p);
/* Folded purchases, as of the last tick. */
uint64_t popularity_purchases(const struct popularity *p);

void popularity_save(const struct popularity *p, struct checkpoint_writer *w);
/* Into a fresh one. ERR_CORRUPT when the sections do not fit this program; `p` is then as new. */
MUST_USE enum status popularity_load(struct popularity *p, const struct checkpoint *c,
                                     struct error *err);

#endif
