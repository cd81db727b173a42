/* SPDX-License-Identifier: Apache-2.0 */
/* product: one product as the journal keeps it, whole, with its variants.
 *
 * Attribute names are those of Google's Merchant feed. Texts point into memory of whoever filled
 * it. */
#ifndef JOURNAL_PRODUCT_H
#define JOURNAL_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum {
    PRODUCT_VARIANTS_MAX = 2048,
    PRODUCT_ATTRIBUTES_MAX = 200,
    PRODUCT_PARTS_MAX = 100,
    PART_QUANTITY_MAX = 10000,
    PRODUCT_TITLE_MAX = 512, /* bytes; longer ones are cut at a code point */
    PRODUCT_DESCRIPTION_MAX =
        8192, /* more than any reader takes; the audit says where it is too much */
    PRODUCT_URL_MAX = 2048,
    PRODUCT_BODY_MAX = 262144, /* bytes of one encoded product */
};

#define STOCK_UNTRACKED INT64_MIN

enum availability { IN_STOCK, OUT_OF_STOCK, PREORDER, BACKORDER };

/* "in_stock", ... ; Google's spellings with spaces are read too. */
bool availability_find(struct text word, enum availability *out);
const char *availability_word(enum availability a);

struct attribute {
    struct text name, value;
};

struct variant {
    struct text item_id;
    struct text title;
    int64_t price;      /* micros; MONEY_NONE: the product's */
    int64_t sale_price; /* MONEY_NONE: none */
    int64_t cost;       /* MONEY_NONE: unknown */
    int64_t stock;      /* STOCK_UNTRACKED: sellable */
    enum availability availability;
    struct text gtin;
    struct attribute *attributes;
    uint32_t attribute_count;
};

/* What a bundle consists of: so many of a product or a variant. */
struct bundle_part {
    struct text item_id;
    uint32_t quantity; /* 1..PART_QUANTITY_MAX */
};

struct product {
    struct text item_id, title, description, url, image, brand;
    struct text category; /* a path, "Home > Tables" */
    struct text currency;
    int64_t price, sale_price, cost; /* micros or MONEY_NONE */
    int64_t stock;                   /* STOCK_UNTRACKED: not tracked */
    enum availability availability;
    bool published;
    struct text gtin;
    int32_t age_min;           /* years, 0 none */
    struct bundle_part *parts; /* of a bundle, each id once; none: it is no bundle */
    uint32_t part_count;
    struct attribute *attributes;
    uint32_t attribute_count;
    struct variant *variants;
    uint32_t variant_count;
};

/* A fresh product: amounts MONEY_NONE, stock untracked, in stock, published. */
struct product product_blank(void);

void product_encode(const struct product *p, struct buffer *out);
/* Texts point into `body`; arrays into `a`. ERR_CORRUPT. */
MUST_USE enum status product_decode(struct text body, struct arena *a, struct product *out,
                                    struct error *err);

/* RECORD_STOCK: what POST /v1/stock changes, of a product or a variant. */
struct stock_change {
    struct text item_id;
    int64_t stock; /* STOCK_UNTRACKED */
    enum availability availability;
};
void stock_encode(const struct stock_change *c, struct buffer *out);
MUST_USE enum status stock_decode(struct text body, struct stock_change *out, struct error *err);

#endif
