/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: received = stored + duplicate + refused, in the same transaction as the events, and the
 * refused items themselves, up to a bound.
 *
 * Owns       the tables `counter` and `refused` of store.db.
 * Threads    writing on the writer's thread; reading with any connection. */
#ifndef INGEST_LEDGER_H
#define INGEST_LEDGER_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "ingest/batch.h"
#include "store/store.h"

struct ledger_counts {
    uint64_t received, stored, duplicate;
    uint64_t invalid, conflict, no_consent; /* refused = their sum */
};

uint64_t ledger_refused(const struct ledger_counts *c);

/* Inside the writer's transaction: add the counts of a judged batch and keep its refused items;
 * the oldest go while all kept bodies exceed `bytes_max`. */
MUST_USE enum status ledger_add(struct store *store, const struct batch *b, uint64_t bytes_max,
                                struct error *err);

/* Inside the writer's transaction: add the counts of items that are no events, products. Their sums
 * are as those of a batch. */
MUST_USE enum status ledger_count(struct store *store, const struct ledger_counts *counts,
                                  struct error *err);

MUST_USE enum status ledger_read(struct store *store, struct ledger_counts *out, struct error *err);

struct refused_item {
    uint64_t number;
    int64_t time_ms;
    struct text origin, code, field, message, body;
    uint64_t line;
    bool verified;
};
/* Calls `each` for kept items numbered above `after`, oldest first, at most `limit`. */
MUST_USE enum status ledger_refused_each(struct store *store, uint64_t after, uint64_t limit,
                                         void (*each)(void *context, const struct refused_item *),
                                         void *context, struct error *err);
/* The number of the newest kept item, 0 for none. */
MUST_USE enum status ledger_refused_last(struct store *store, uint64_t *out, struct error *err);

/* Inside the writer's transaction: forget one that was handed in again, and take its count back,
 * since it was counted anew then: received = stored + duplicate + refused goes on to hold. */
MUST_USE enum status ledger_refused_remove(struct store *store, uint64_t number, struct error *err);

/* Inside the writer's transaction: forget one for good. It was received and refused, and stays
 * counted so. */
MUST_USE enum status ledger_refused_erase(struct store *store, uint64_t number, struct error *err);

#endif
