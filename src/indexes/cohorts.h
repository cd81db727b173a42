/* SPDX-License-Identifier: Apache-2.0 */
/* cohorts: what sells to those who come the same way: by the campaign that led here and the device, by
 * the campaign alone, by the device alone. For shoppers of whom nothing else is known. A fold of events.
 *
 * Only the order of the shop's own bestsellers is theirs: what a cohort buys more of moves up. A cohort that
 * has few events moves little, since the whole shop counts as COHORT_PRIOR events of each. Purchases, or
 * views while the shop has no purchases, of the last weeks: halved at the turn of every 30 days of event
 * time. Events count at once; what readers see changes at ticks only, so that an answer can be replayed.
 *
 * Bounds     the COHORTS_MAX cohorts heard of last, COHORT_PRODUCTS_MAX products each (Space-Saving: Metwally,
 *            Agrawal and El Abbadi, ICDT 2005): whoever makes campaigns up pushes out cohorts, never memory.
 *            Words of campaigns are hashes; no shopper is in here.
 * Memory     1 MiB.
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
    COHORTS_MAX = 512,
    COHORT_PRODUCTS_MAX = 128,
    COHORT_EVENTS_MIN = 20, /* events that make a cohort one to go by */
    COHORT_PRIOR = 50,
};

struct cohorts;

struct cohorts *cohorts_new(void);
void cohorts_free(struct cohorts *c); /* NULL is fine */

/* The event type that counts now: EVENT_purchase or EVENT_view_item. */
enum event_type cohorts_counted(const struct cohorts *c);

/* Count such an event on `product`, of somebody who arrived so; who said nothing counts nowhere. */
void cohorts_fold(struct cohorts *c, const struct arrival *arrival, product_number product,
                  int64_t time_ms);

/* Counters take their new values. When what counts changes they begin anew. */
void cohorts_tick(struct cohorts *c, bool by_purchases);

/* The shop's `list` of bestsellers in the order of the narrowest cohort of `arrival` that has events enough,
 * into `out` (room for `count`), best first, scores as in the list. False: there is no such cohort. As of
 * the last tick. */
bool cohorts_order(const struct cohorts *c, const struct arrival *arrival,
                   const struct popular *list, size_t count, struct popular *out);

void cohorts_save(const struct cohorts *c, struct checkpoint_writer *w);
/* Into fresh ones. ERR_CORRUPT when the sections do not fit this program; `c` is then as new. */
MUST_USE enum status cohorts_load(struct cohorts *c, const struct checkpoint *from,
                                  struct error *err);

#endif
