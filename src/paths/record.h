/* SPDX-License-Identifier: Apache-2.0 */
/* record: the path of an event that comes in.
 *
 *   judge      shape, limits, time, consent, hashing       ingest/   (the caller's thread)
 *   queue      wait for the writer                         journal/
 *   duplicates count an id once                            ingest/
 *   append     into the journal, with the ledger's counts  journal/, ingest/
 *   commit     durable                                     store/
 *   fold       catalog, profiles, popularity, ...          paths/state.c
 *   answer     one outcome per item                        the caller's `done` */
#ifndef PATHS_RECORD_H
#define PATHS_RECORD_H

#include "base/attributes.h"
#include "base/error.h"
#include "ingest/batch.h"
#include "ingest/ledger.h"
#include "paths/shop.h"

/* Hand a judged batch to the writer. `done` is called on the writer's thread once every entry's
 * outcome is durable (OK: entries hold STORED, DUPLICATE or REFUSED), or the write failed. The
 * batch stays the caller's and must live until then. ERR_LIMIT when the queue is full: nothing is
 * called. */
typedef void record_done(void *context, struct batch *batch, enum status status,
                         const struct error *err);
MUST_USE enum status record_submit(struct shop *shop, struct batch *batch, record_done *done,
                                   void *context, struct error *err);

/* The same, waiting. */
MUST_USE enum status record_run(struct shop *shop, struct batch *batch, struct error *err);

/* Products: journal what differs from the catalog. `stored` and `same` count them. */
struct product_batch;
struct product_batch *product_batch_new(void);
void product_batch_free(struct product_batch *b); /* NULL is fine */
void product_batch_clear(struct product_batch *b);
void product_batch_add(struct product_batch *b, const struct product *p); /* RECORD_PRODUCT */
void product_batch_stock(struct product_batch *b, const struct stock_change *c); /* RECORD_STOCK */
void product_batch_unpublish(struct product_batch *b, struct text item_id); /* RECORD_UNPUBLISH */
size_t product_batch_count(const struct product_batch *b);
uint64_t product_batch_bytes(const struct product_batch *b);
MUST_USE enum status record_products(struct shop *shop, struct product_batch *b, int64_t now_ms,
                                     uint64_t *stored, uint64_t *same, struct error *err);

#endif
