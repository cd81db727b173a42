/* SPDX-License-Identifier: Apache-2.0 */
/* feed: product files of the formats shops have, read as a stream of whole products.
 *
 *   jsonl        our own products, one object a line
 *   csv          with a mapping field=column (base/csv.h)
 *   shopify      Shopify's product export: one row per variant and image, joined by Handle
 *   google       Google Merchant's feed, TSV or XML (told apart by the first byte)
 *
 * Memory is flat: one product at a time. Rows of a product that stand apart in a CSV upsert one
 * after the other. HTML becomes text. Bad rows are refused by line with the reason; they never stop
 * a feed. */
#ifndef CATALOG_FEED_H
#define CATALOG_FEED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/csv.h"
#include "base/error.h"
#include "journal/product.h"

enum feed_format { FEED_JSONL, FEED_CSV, FEED_SHOPIFY, FEED_GOOGLE };
bool feed_format_find(struct text word, enum feed_format *out);

struct feed_options {
    enum feed_format format;
    struct csv_options csv; /* encoding, delimiter, map */
    struct text currency;   /* --currency: where the file names none; absent: the program's */
};

struct feed_sink {
    void *context;
    /* False stops the feed (Ctrl-C). `raw` are the bytes of the row, for keeping what is refused.
     */
    bool (*product)(void *context, const struct product *p, uint64_t line);
    bool (*refused)(void *context, const char *code, const char *field, const char *message,
                    struct text raw, uint64_t line);
};

/* Read `in` to its end. ERR_INVALID when the file is not of that format at all (wrong header). */
MUST_USE enum status feed_read(FILE *in, const struct feed_options *options,
                               const struct feed_sink *sink, struct error *err);

/* {"products": [...]} or one product, as PUT /v1/products takes it: same sink; the line is the
 * index from 1. ERR_INVALID, ERR_LIMIT over 1,000. */
MUST_USE enum status feed_read_json(struct text body, const struct feed_sink *sink,
                                    struct error *err);

/* Shared checks of every format: lengths cut or refused, ids and currency valid, money not
 * negative, at most PRODUCT_VARIANTS_MAX variants. False with code, field and message filled. */
struct feed_refusal {
    const char *code;
    char field[64];
    char message[160];
};
bool product_check(struct product *p, struct feed_refusal *why);

#endif
