/* SPDX-License-Identifier: Apache-2.0 */
/* state: what a catalog holds. Private to catalog/.
 *
 * One row for each number, of what choosing reads (40 bytes), and the encoded
 * products in one heap. Categories and brands are numbered from 1 in order of first appearance. */
#ifndef CATALOG_STATE_H
#define CATALOG_STATE_H

#include "base/intern.h"
#include "catalog/catalog.h"

enum row_kind {
    ROW_MENTIONED, /* only events named it */
    ROW_VARIANT,   /* stands for `product` */
    ROW_PRODUCT,   /* has a record of its own */
};

struct row {
    uint64_t body_at;   /* in the heap */
    int64_t price;      /* what catalog_price gives */
    uint32_t body_size; /* 0: no record */
    product_number product;
    category_number category;
    brand_number brand;
    uint8_t kind : 4;                 /* enum row_kind */
    uint8_t sellable : 4;             /* enum sellable */
    uint8_t age_min;                  /* years; 0: none */
    uint16_t margin, discount, stock; /* what catalog_offer gives; ROW_UNKNOWN: not known */
};

_Static_assert(sizeof(struct row) == 40, "rows are saved as they are");

/* Shares of the price in ten thousandths: the margin from -1 on, the discount from 0 on. */
enum { ROW_SHARES = 10000, ROW_UNKNOWN = UINT16_MAX };

struct categories {
    struct intern paths; /* category n is text n - 1 */
    category_number *parents;
    size_t parents_room;
    uint8_t *sensitive;
    size_t sensitive_room;
    struct intern sensitive_paths; /* in lower case */
    struct buffer scratch;
};

struct catalog {
    struct intern ids;
    struct row *rows; /* as many as ids */
    size_t rows_room;
    char *heap;
    size_t heap_size, heap_room;
    size_t garbage; /* bytes of the heap no row points to */
    uint32_t unknown, known, sellable;
    struct categories categories;
    struct intern brands;
    uint64_t changes; /* number of the next; the last ones are kept, in turn */
    product_number changed[CATALOG_CHANGES_KEPT];
    struct arena arena;    /* of one fold */
    struct buffer scratch; /* of one fold */
};

/* Note a change of `n`, PRODUCT_NONE: of any number of products. */
void catalog_note_change(struct catalog *c, product_number n);

/* The number of a path, given one with those above it when it is new; 0 when nothing is in it. */
category_number categories_add(struct categories *c, struct text path);
void categories_free(struct categories *c);
/* Find every category's `sensitive` anew. */
void categories_judge(struct categories *c);

#endif
