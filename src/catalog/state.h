/* SPDX-License-Identifier: Apache-2.0 */
/* state: what a catalog holds. Private to catalog/.
 *
 * One row for each number, of what choosing reads (40 bytes), and the encoded
 * products in one heap. Categories and brands are numbered from 1 in order of first appearance.
 * What bundles consist of is linked both ways, by numbers. */
#ifndef CATALOG_STATE_H
#define CATALOG_STATE_H

#include "base/intern.h"
#include "catalog/catalog.h"

enum row_kind {
    ROW_MENTIONED, /* only events named it */
    ROW_VARIANT,   /* stands for `product` */
    ROW_PRODUCT,   /* has a record of its own */
    ROW_PART,      /* bundles named it, as a part, and no other record */
};

struct row {
    uint64_t body_at;   /* in the heap */
    int64_t price;      /* what catalog_price gives */
    uint32_t body_size; /* 0: no record */
    product_number product;
    category_number category;
    brand_number brand;
    uint8_t kind : 2;                 /* enum row_kind */
    uint8_t sensitive_part : 1;       /* of a bundle: the category of one of its parts is */
    uint8_t waiting : 1;              /* to be judged anew: catalog_settle */
    uint8_t had_variants : 1;         /* numbers of variants lead, or once led, to it */
    uint8_t sellable : 3;             /* enum sellable */
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

/* A part of a bundle: an entry in two lists, each link by its place + 1, 0: none. */
struct link {
    product_number bundle, part; /* the part's own number, of a variant the variant's */
    uint32_t quantity;
    uint32_t next;                /* of the bundle, in its record's order; of free links, too */
    uint32_t next_held, previous; /* of the part */
};

struct bundles {
    struct link *links;
    size_t links_room;
    uint32_t count, free; /* links there are, and the first free one */
    uint32_t *parts;      /* by number: the first link of the bundle */
    uint32_t *holders;    /* by number: the first link to the part */
    size_t parts_room, holders_room;
    product_number *waiting; /* bundles to be judged anew */
    size_t waiting_count, waiting_room;
    struct arena arena; /* of one bundle */
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
    struct bundles bundles;
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

/* Find what the row says of price, offer, age and being sold, by the product as it is to be had: a
 * bundle's with its parts laid over. `whole` is false when a part of a bundle is missing. */
void row_judge(struct row *row, const struct product *p, bool whole);

/* --- bundles.c: before a product's record replaces the former one, while it is taken, and after --- */

/* Remember the bundles that hold the product or a variant of it, as it is kept now. */
void bundles_disturb(struct catalog *c, product_number n);
void bundles_unlink(struct catalog *c, product_number bundle);
/* Parts are linked in order. */
void bundles_link(struct catalog *c, product_number bundle, product_number part, uint32_t quantity);
/* Remember the product, when it is a bundle, and those that hold it as it is kept now. What is remembered
 * is judged anew by catalog_settle, with every bundle above it, at whatever depth. */
void bundles_wait(struct catalog *c, product_number n);
/* All bundles: which categories are sensitive has changed. */
void bundles_judge(struct catalog *c);
void bundles_free(struct bundles *b);

#endif
