/* SPDX-License-Identifier: Apache-2.0 */
/* cohorts: what sells to those who come the same way: by the same campaign, with the same kind of device,
 * landing in the same category; by all of it, by two, by one. For shoppers of whom nothing else is known.
 * A fold of events.
 *
 * The order of bestsellers is theirs: what a cohort buys more of moves up. A cohort that has few events
 * moves little, since what sells anyway counts as COHORT_PRIOR events of each: the whole shop's, or
 * half of them the shop's and half those of the category they landed in. Purchases, or views while the
 * shop has no purchases, of the last weeks: halved at the turn of every 30 days of event time. Events count
 * at once; what readers see changes at ticks only, so that an answer can be replayed.
 *
 * Bounds     the COHORTS_MAX cohorts heard of last, COHORT_PRODUCTS_MAX products each (Space-Saving: Metwally,
 *            Agrawal and El Abbadi, ICDT 2005): whoever makes campaigns up pushes out cohorts, never memory.
 *            Words of campaigns are hashes; no shopper is in here.
 * Memory     4.2 MiB; in a checkpoint what is in use.
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef INDEXES_COHORTS_H
#define INDEXES_COHORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "indexes/popularity.h"
#include "journal/arrival.h"
#include "journal/checkpoint.h"
#include "journal/numbers.h"

enum {
    COHORTS_MAX = 2048,
    COHORT_PRODUCTS_MAX = 128,
    COHORT_EVENTS_MIN = 20, /* events that make a cohort one to go by */
    COHORT_PRIOR = 50,
    COHORT_SELLERS_MAX = 2 * POPULARITY_LIST_MAX,
};

/* What a cohort has in common: of each the sum. */
enum { COHORT_CAMPAIGN = 1, COHORT_DEVICE = 2, COHORT_LANDING = 4 };

/* A list of bestsellers, as popularity_top gives it, of a category or of the whole shop (0). */
struct cohort_list {
    const struct popular *products;
    size_t count;
    category_number category;
};

struct cohort_seller {
    product_number product;
    category_number category; /* among whose bestsellers it is; 0: the shop's */
};

struct cohorts;

struct cohorts *cohorts_new(void);
void cohorts_free(struct cohorts *c); /* NULL is fine */

/* The event type that counts now: EVENT_purchase or EVENT_view_item. */
enum event_type cohorts_counted(const struct cohorts *c);

/* Count such an event on `product`, of somebody who arrived so; of whom nothing is known counts
 * nowhere. `landing` is the category as cohorts are told apart by it: the caller cuts its path. */
void cohorts_fold(struct cohorts *c, const struct arrival *arrival, product_number product,
                  int64_t time_ms);

/* Counters take their new values. When what counts changes they begin anew. */
void cohorts_tick(struct cohorts *c, bool by_purchases);

/* What the narrowest cohort of `arrival` that has events enough has in common, of COHORT_; 0: there is none.
 * As of the last tick. */
unsigned cohorts_known(const struct cohorts *c, const struct arrival *arrival);

/* The bestsellers of the category they landed in (an empty list: of none) and of the `shop`, each once, in
 * the order of that cohort, best first; how many. What is in both lists counts as the category's. 0: there
 * is neither such a cohort nor such a category, and the shop's own order stands. As of the last tick. */
size_t cohorts_order(const struct cohorts *c, const struct arrival *arrival,
                     const struct cohort_list *landing, const struct cohort_list *shop,
                     struct cohort_seller out[COHORT_SELLERS_MAX]);

void cohorts_save(const struct cohorts *c, struct checkpoint_writer *w);
/* Into fresh ones. ERR_CORRUPT when the sections do not fit this program; `c` is then as new. */
MUST_USE enum status cohorts_load(struct cohorts *c, const struct checkpoint *from,
                                  struct error *err);

#endif
