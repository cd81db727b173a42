/* SPDX-License-Identifier: Apache-2.0 */
/* csv: rows of a file as events, by a mapping of our fields to the file's columns (base/csv.h).
 *
 * Each row is one event with at most one item, and one entry of the batch. Rows that share a
 * transaction_id are one order: whoever counts orders counts distinct transaction ids.
 *
 * Fields are those of an event's JSON: id type time anonymous_id user_id session_id currency value
 * transaction_id search_term request_id filters page.url page.referrer scroll_percent, of its item
 * item_id quantity price index, of its context user_agent device locale time_zone country and
 * campaign.source campaign.medium campaign.name (each with or without "context." before it), and
 * properties.NAME or properties=PREFIX*. price=price/100 reads cents. A column that is named like a
 * field need not be mapped.
 *
 * type      Without one every row is a view_item. Besides our own words these are understood:
 *
 *               view pv detail detail_view product_view view_product         view_item
 *               click                                                        select_item
 *               cart addtocart add_cart add-to-cart                          add_to_cart
 *               remove removefromcart remove-from-cart                       remove_from_cart
 *               fav favorite favourite wishlist                              add_to_wishlist
 *               buy order transaction sale checkout_complete                 purchase
 *               return cancel                                                refund
 *
 *           any other word is kept as a type of the shop's own.
 * time      In time_format, else as time_parse reads it; local to time_zone when it names no offset.
 *           Rows without a time are refused.
 * who       Without anonymous_id and user_id the session_id stands for the visitor, and without
 *           that "order:" and the transaction_id.
 * refund    A purchase of a negative quantity, or one whose transaction_id is 'C' before a number in
 *           a file whose orders are plain numbers (a cancelled invoice); its quantity is then
 *           positive.
 * id        Without one a row gets an id from its mapped fields and how often the same stood in the
 *           file before, so that repeated lines count and repeated imports do not. Where the times
 *           of a file never fall, which one reading before tells, remembering that takes no memory;
 *           elsewhere 8 bytes a distinct row.
 *
 * Threads    a reader belongs to one thread. */
#ifndef INGEST_CSV_H
#define INGEST_CSV_H

#include <stdint.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/csv.h"
#include "base/error.h"
#include "ingest/batch.h"
#include "ingest/ingest.h"

struct csv_events_options {
    struct csv_options csv;
    struct text time_format; /* absent: time_parse */
    struct text time_zone;   /* absent: UTC */
    struct text currency;    /* of amounts whose row names none; may be absent */
};

struct csv_events;

/* `in` stays the caller's; options and context must outlive the reader. ERR_INVALID when a mapped
 * column or a column for the time or for the shopper is missing, or the zone is not known. */
MUST_USE enum status csv_events_open(struct csv_events **out, FILE *in,
                                     const struct csv_events_options *options,
                                     const struct ingest_context *context, struct error *err);
void csv_events_close(struct csv_events **events); /* for SCOPED */

/* Read one row: adds exactly one entry, accepted or refused, to `batch`. ERR_NOT_FOUND at the end,
 * ERR_IO. */
MUST_USE enum status csv_events_next(struct csv_events *events, struct batch *batch,
                                     struct error *err);

uint64_t csv_events_bytes(const struct csv_events *events); /* of the file, read so far */

#endif
