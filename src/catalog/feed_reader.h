/* SPDX-License-Identifier: Apache-2.0 */
/* feed_reader: what the readers of the formats share. Private to catalog/. */
#ifndef CATALOG_FEED_READER_H
#define CATALOG_FEED_READER_H

#include "catalog/draft.h"
#include "catalog/feed.h"

struct gather;
struct woocommerce;

struct feed {
    FILE *in;
    const struct feed_options *options;
    const struct feed_sink *sink;
    struct arena arena;    /* of one row or line */
    struct arena columns;  /* what is known of the file */
    struct draft draft;    /* of one row */
    struct gather *gather; /* csv, google and woocommerce: rows of one product may stand apart */
    struct woocommerce *woocommerce; /* what its rows call each other */
    bool quiet;                      /* a first reading, which only counts */
    bool stopped;                    /* the sink wants no more */
};

/* Check a whole product, give it to the sink or refuse it. `raw` is kept with a refusal. */
void feed_give(struct feed *f, struct product *p, struct text raw, uint64_t line);
void feed_refuse(struct feed *f, const struct feed_refusal *why, struct text raw, uint64_t line);
/* A row that csv_next refused. */
void feed_refuse_row(struct feed *f, const struct csv *csv, const struct error *why);

/* Call `row` for each row of the file, with the feed's arena empty; rows that cannot be read are
 * refused. ERR_IO. */
MUST_USE enum status feed_rows(struct feed *f, struct csv *csv, void (*row)(void *context),
                               void *context, struct error *err);
/* The number of rows read so far, of which nothing can be given yet: tell the sink now and then. */
void feed_reading(struct feed *f, uint64_t rows);

/* Where our fields stand in a file, by its map. */
struct feed_columns {
    size_t fields[DRAFT_FIELDS]; /* SIZE_MAX: nowhere */
    uint8_t tens[DRAFT_FIELDS];
    size_t attributes[CSV_COLUMNS_MAX];
    struct text names[CSV_COLUMNS_MAX];
    size_t attribute_count;
};
/* Lives as long as `f`. */
struct feed_columns *feed_columns_find(struct feed *f, const struct csv *csv);
/* What the row gives, over what f->draft has. False: refused. */
bool feed_columns_draft(struct feed *f, const struct csv *csv, const struct feed_columns *c);

/* The readers. */
MUST_USE enum status feed_jsonl(struct feed *f, struct error *err);
MUST_USE enum status feed_csv(struct feed *f, struct error *err);
MUST_USE enum status feed_shopify(struct feed *f, struct error *err);
MUST_USE enum status feed_google(struct feed *f, struct error *err);
MUST_USE enum status feed_woocommerce(struct feed *f, struct error *err);

/* woocommerce: a list such as "Clothing > Hoodies, Shirts\, long" without the backslashes before
 * commas. Texts are made in `a`. */
struct text woocommerce_list(struct text list, struct arena *a);
/* The first of a list, and `rest` behind it; at the end `rest` becomes absent. */
struct text woocommerce_list_cut(struct text *rest, struct arena *a);
/* HTML, in which line ends are written "\n", and what was written so before "\\n". */
struct text woocommerce_html(struct text html, struct arena *a);

/* google: one item's fields, from either writing, into f->draft. Unknown names are passed over.
 * `name` has no "g:" and may be written "image link". False: refused. */
struct google_item {
    struct text sale_dates;
    bool adult;
    bool typed; /* its product_type is known: the first counts, as with Google */
};
bool google_field(struct feed *f, struct google_item *item, struct text name, struct text value);
/* After its last field: hand the draft on. */
void google_item_end(struct feed *f, const struct google_item *item, struct text raw,
                     uint64_t line);
MUST_USE enum status feed_google_xml(struct feed *f, struct error *err);

/* gather: rows that belong to one product, brought together.
 *
 * `read` reads the whole input and calls gather_row for each row that is not refused (refusing
 * again in the second reading what it refused in the first). */
MUST_USE enum status gather_run(struct feed *f, enum status (*read)(struct feed *, struct error *),
                                struct error *err);
/* The row in f->draft. */
void gather_row(struct feed *f, struct text raw, uint64_t line);

#endif
