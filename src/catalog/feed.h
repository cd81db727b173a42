/* SPDX-License-Identifier: Apache-2.0 */
/* feed: product files of the formats shops have, read as a stream of whole products.
 *
 *   jsonl        our own products, one object a line; or anybody's flat objects with a mapping
 *   csv          with a mapping field=column (base/csv.h)
 *   shopify      Shopify's product export: one row per variant and image, joined by Handle
 *   woocommerce  WooCommerce's product export: one row per product and variation, joined by Parent
 *   google       Google Merchant's feed, TSV or XML (told apart by the first byte)
 *
 * Fields a mapping may name: item_id title description url image brand category price sale_price
 * cost currency stock availability published gtin age_min item_group_id, attributes.NAME (one
 * attribute) and attributes=PREFIX* (every column that begins so; the attribute is named without
 * the prefix). Amounts are "19.90", "19,90", "19.90 EUR" or "EUR 19.90"; price=price/100 reads
 * cents.
 *
 * Several rows of one item in a csv or google file become one product: values of later rows win,
 * empty ones change nothing (but an empty sale_price ends the sale). Rows with an item_group_id are
 * variants of the product of that id, whose own fields come from its first row. So that a product
 * is given once, when its last row is read, such a file is read twice: first to count each item's
 * rows. A file that cannot be read twice (a pipe) gives its products at its end.
 *
 * A csv changes only what it gives: fields it lacks stay as `before` has them. The other formats
 * give whole products. In a csv a price must be above zero; elsewhere zero is a product not for
 * sale yet.
 *
 * Rows of a woocommerce file name each other, forwards too, so it is read once more before that: for
 * who calls whom what. One that cannot be read twice goes into a temporary file first. A map lays
 * over what its columns say.
 *
 * Memory is flat: one product at a time, 40 bytes and the id for each item of a csv, google or
 * woocommerce file (of that 60 and the SKU more), and the products whose rows stand apart. HTML becomes text. Bad rows are refused by line with the
 * reason; they never stop a feed. */
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

enum { FEED_JSON_PRODUCTS_MAX = 1000 };

enum feed_format { FEED_JSONL, FEED_CSV, FEED_SHOPIFY, FEED_GOOGLE, FEED_WOOCOMMERCE };
bool feed_format_find(struct text word, enum feed_format *out);

struct feed_options {
    enum feed_format format;
    struct csv_options csv; /* encoding, delimiter, map (of jsonl too: keys instead of columns) */
    struct text currency;   /* --currency: where the file names none; absent: the program's */
    struct text time_zone;  /* woocommerce: of the dates of sales; absent: UTC */
    int64_t now_ms; /* google, woocommerce: a sale with dates counts when now lies between them */
};

struct feed_sink {
    void *context;
    /* False stops the feed (Ctrl-C). `raw` are the bytes of the row, for keeping what is refused.
     * All texts are valid during the call alone. */
    bool (*product)(void *context, const struct product *p, uint64_t line);
    bool (*refused)(void *context, const char *code, const char *field, const char *message,
                    struct text raw, uint64_t line);
    /* csv: the product as the catalog has it now; false when it has none. May be NULL. */
    bool (*before)(void *context, struct text item_id, struct arena *a, struct product *out);
    /* Called now and then while nothing can be given yet; false stops the feed. May be NULL. */
    bool (*reading)(void *context);
};

/* Read `in` to its end. ERR_INVALID when the file is not of that format at all (wrong header, no
 * XML); ERR_IO. */
MUST_USE enum status feed_read(FILE *in, const struct feed_options *options,
                               const struct feed_sink *sink, struct error *err);

/* {"products": [...]} or one product, as PUT /v1/products takes it: same sink; the line is the
 * index from 1. ERR_INVALID, ERR_LIMIT over 1,000. */
MUST_USE enum status feed_read_json(struct text body, const struct feed_sink *sink,
                                    struct error *err);

/* Why a product is refused. Codes: not_json, not_an_object, missing, wrong_type, too_long,
 * too_many, bad_money, bad_currency, bad_text. */
struct feed_refusal {
    const char *code;
    char field[64];
    char message[160];
};

/* Apply the keys of a JSON object to `p` (PATCH /v1/products/{id}); its item_id must be p's or
 * missing. Texts and arrays are copied into `a`. False: refused, `p` is then half changed. */
bool feed_patch(struct text body, struct arena *a, struct product *p, struct feed_refusal *why);

/* Shared checks of every format: titles, descriptions and attributes cut to their bounds, a missing
 * title becomes the item id; ids, URLs and counts over their bounds, bad currencies and negative
 * money refused. False with code, field and message filled. */
bool product_check(struct product *p, struct feed_refusal *why);

/* Would both be recorded as the same bytes? */
bool product_same(const struct product *a, const struct product *b);

/* HTML as plain text: no tags, scripts or styles, character references resolved, white space
 * collapsed, a space between blocks. At most PRODUCT_DESCRIPTION_MAX bytes. */
struct text html_text(struct text html, struct arena *a);

#endif
