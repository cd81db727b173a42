/* SPDX-License-Identifier: Apache-2.0 */
/* catalog: every product as it is now, a fold of the journal's product, stock and unpublish
 * records.
 *
 * Item ids of products and variants get numbers by first mention, in product records and in events
 * alike (catalog_mention), and keep them for ever. A variant's number leads to its product's: that
 * of the record that named it last. A published product's own id stands for itself, whatever
 * other records call a variant; that of an unpublished one, which had no variants, becomes the variant
 * of the next record that names it so. A stock record changes a product or a variant; an unpublish record a
 * product; naming anything else they change nothing. At most CATALOG_UNKNOWN_MAX ids that only
 * events named are numbered; further ones stay unknown until a product record names them.
 *
 * A bundle is a product that names its parts: products, variants or bundles, in whatever order their
 * records come. A change of a part is a change of every bundle that holds it. A bundle of which a part
 * is not known or not published is not sold (PART_MISSING), nor is one that holds itself through
 * others.
 *
 * Memory     the encoded products in one heap, a row of 40 bytes for each number, and 24 for each
 *            part of a bundle.
 * Threads    one folder, or any number of readers (the shop's state lock sees to it). */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"
#include "base/fetch.h"
#include "base/intern.h"
#include "journal/checkpoint.h"
#include "journal/numbers.h"
#include "journal/product.h"
#include "journal/record.h"

enum { CATALOG_UNKNOWN_MAX = 1000000, CATALOG_CHANGES_KEPT = 4096 };

typedef uint32_t brand_number; /* 0: none */

struct catalog;

struct catalog *catalog_new(void);
void catalog_free(struct catalog *c); /* NULL is fine */

/* Fold one record; kinds that are not the catalog's are ignored. Returns the product that a product
 * record is of, PRODUCT_NONE for any other record. */
product_number catalog_fold(struct catalog *c, const struct record *r);

/* The same for many records: bundles are judged once, by catalog_settle, however many of the records
 * change their parts. Until then what the catalog says of bundles may be of before; from then on all is as if
 * each record had been folded by catalog_fold. Call it before anything else asks or saves the catalog. */
product_number catalog_fold_later(struct catalog *c, const struct record *r);
void catalog_settle(struct catalog *c);

/* The product an item id stands for (a variant's id gives its product), or PRODUCT_NONE. */
product_number catalog_find(const struct catalog *c, struct text item_id);

/* The same, giving an unknown id a number of its own (within the bound, else PRODUCT_NONE). */
product_number catalog_mention(struct catalog *c, struct text item_id);

/* The same with catalog_id_hash(item_id) at hand, which says nothing about a catalog. */
uint64_t catalog_id_hash(struct text item_id);
product_number catalog_find_hashed(const struct catalog *c, struct text item_id, uint64_t hash);
product_number catalog_mention_hashed(struct catalog *c, struct text item_id, uint64_t hash);

/* The number of an id itself, of a variant its own; PRODUCT_NONE when it was never mentioned. */
product_number catalog_number(const struct catalog *c, struct text item_id);

/* Give the next number to an id whose name is forgotten (journal/erased.h). */
void catalog_skip(struct catalog *c);

/* Forget the names of those that are merely mentioned, so that nothing finds their numbers again; of
 * anything else there nothing. Once through the catalog, however many. */
void catalog_forget(struct catalog *c, const struct intern *item_ids);

/* Whether no product record ever named it, as product or as variant, and its name is known. */
bool catalog_merely_mentioned(const struct catalog *c, product_number n);

/* Bring into the cache what those will touch, in steps to be made some ids apart: each needs what
 * the one before brought. FETCH_NEXT returns the number the id will most likely have (PRODUCT_NONE:
 * it is new), for whoever has more to fetch of it; the others return PRODUCT_NONE. */
product_number catalog_fetch(const struct catalog *c, uint64_t hash, enum fetch step);

/* What a number stands for now: a variant's number becomes its product's. */
product_number catalog_product_of(const struct catalog *c, product_number n);

/* Bring into the cache what is asked of product `n` soon: its row. */
void catalog_fetch_product(const struct catalog *c, product_number n);

/* Numbers are below this. */
product_number catalog_count(const struct catalog *c);
/* Products with a record (not variants, not merely mentioned ids). */
uint32_t catalog_known(const struct catalog *c);
uint32_t catalog_sellable_count(const struct catalog *c);

struct text catalog_item_id(const struct catalog *c, product_number n);

/* Why a product may not be shown, SELLABLE when it may. SENSITIVE is for those who ask
 * catalog_sensitive as well; catalog_sellable never gives it. */
enum sellable {
    SELLABLE,
    NOT_KNOWN,
    NOT_PUBLISHED,
    NOT_PRICED,
    NOT_IN_STOCK,
    PART_MISSING, /* a bundle: a part is not known, not published, or holds the bundle again */
    SENSITIVE,
};
const char *sellable_word(enum sellable s); /* "out_of_stock", "unpublished", "no_price", ... */

/* By published, a price above zero, and stock: untracked or above 0 with availability in_stock;
 * preorder and backorder sell without stock. A product with variants is in stock when one of them
 * is; a bundle when it is itself and each part has the quantity. Constant time. */
enum sellable catalog_sellable(const struct catalog *c, product_number n);

/* Years that whoever is shown it must have, for itself and for its parts; 0: none. Constant time. */
uint32_t catalog_age_min(const struct catalog *c, product_number n);

/* What the price tag says: sale price when there is one below the price, else the price; of the
 * cheapest variant in stock (of all, when none is) when the product itself has none. MONEY_NONE
 * when there is no price above zero. */
int64_t catalog_price(const struct catalog *c, product_number n);
/* That price tag as a product has it, and what goes with it, exactly. MONEY_NONE: none, or not known.
 */
struct price_tag {
    int64_t price, full, cost; /* full: what it would cost without a sale */
};
struct price_tag catalog_price_tag(const struct product *p);
/* May something with this stock and availability be sold? */
bool catalog_in_stock(int64_t stock, enum availability a);
/* The product's, or its variants' added up; STOCK_UNTRACKED when that of one of them is. */
int64_t product_stock(const struct product *p);
/* The product's, or the best of its variants'; OUT_OF_STOCK when it cannot be sold. */
enum availability product_availability(const struct product *p);
/* From the best on: in stock, preorder, backorder, out of stock. */
bool availability_worse(enum availability a, enum availability than);

/* What goes with that price tag, for choosing; constant time. Shares are of the price, to four digits.
 * NAN: not known; stock that is not tracked is not known, and that of variants is added up. */
struct offer {
    float margin;   /* (price - cost) / price, never below -1 */
    float discount; /* taken off the full price, 0..1 */
    float stock;    /* at most 65,534 */
};
struct offer catalog_offer(const struct catalog *c, product_number n);
category_number catalog_category(const struct catalog *c, product_number n);
brand_number catalog_brand(const struct catalog *c, product_number n);

/* The whole product; texts point into the catalog, arrays into `a`. False when not known. */
bool catalog_get(const struct catalog *c, product_number n, struct arena *a, struct product *out);

/* The same as it is to be had. Of a bundle, that is what its parts say laid over it: no more stock,
 * and no better availability, than they allow; where it states no cost, theirs added up, when each
 * is known (of a part with variants the highest); the highest age. Its price is its own. */
bool catalog_get_offered(const struct catalog *c, product_number n, struct arena *a,
                         struct product *out);

/* What the bundle `n` consists of: products, at whatever depth, each once, at most `max` of them.
 * Returns how many; 0 when it is no bundle. */
enum { CATALOG_PARTS_MAX = 400, CATALOG_BUNDLE_DEPTH = 4 }; /* bundles in bundles */
uint32_t catalog_parts(const struct catalog *c, product_number n, product_number *out,
                       uint32_t max);

/* The first part for whose sake bundle `n` cannot be sold: its own number, and why: NOT_KNOWN,
 * NOT_PUBLISHED, NOT_IN_STOCK (or less than the quantity), or PART_MISSING: it is a bundle that lacks
 * a part, holds `n` again, or holds bundles deeper than CATALOG_BUNDLE_DEPTH, or more than
 * CATALOG_PARTS_MAX parts. False: there is none. Decodes into `a`. */
bool catalog_part_lacking(const struct catalog *c, product_number n, struct arena *a,
                          product_number *part, enum sellable *why);

/* The same as it is kept, encoded; absent when not known. */
struct text catalog_body(const struct catalog *c, product_number n);

/* Is `p` exactly what is kept under its id? Then importing it again need not be recorded. */
bool catalog_holds(const struct catalog *c, const struct product *p);

/* Category paths: "Home > Tables" lies below "Home". Spaces around the parts do not count, letters' case
 * does; parts beyond the sixteenth are cut off. A product is in one category. */
category_number catalog_category_find(const struct catalog *c, struct text path);
struct text catalog_category_path(const struct catalog *c, category_number n);
category_number catalog_category_parent(const struct catalog *c, category_number n); /* 0: top */
/* What its path comes to when only the first `names` names count; the whole path for 0. */
category_number catalog_category_cut(const struct catalog *c, category_number n, uint32_t names);
bool catalog_category_within(const struct catalog *c, category_number n, category_number above);
uint32_t catalog_category_count(const struct catalog *c); /* numbers are 1..count */
brand_number catalog_brand_find(const struct catalog *c,
                                struct text name); /* 0: no product has it */
struct text catalog_brand_name(const struct catalog *c, brand_number n);

/* The program's sensitive categories (paths, with all below them; letters' case does not count);
 * replaces the former list; the same list again changes nothing. Products in them, and bundles
 * with a part in them, answer true to catalog_sensitive and are dropped wherever behaviour is built or
 * used. Checkpoints do not keep the list: set it again after
 * loading. */
void catalog_sensitive_set(struct catalog *c, const struct text *paths, size_t count);
bool catalog_sensitive(const struct catalog *c, product_number n);
bool catalog_category_sensitive(const struct catalog *c, category_number n);

/* For whoever keeps something beside a catalog that follows from its products. Changes are numbered
 * in a row; numbers of two catalogs are never the same. The number of the next change: */
uint64_t catalog_changes(const struct catalog *c);
/* What change `number` changed, one of the last CATALOG_CHANGES_KEPT: the product whose record was
 * kept anew, or the bundle that holds it; PRODUCT_NONE when it may have been any (what is sensitive, a checkpoint loaded). */
product_number catalog_changed(const struct catalog *c, uint64_t number);
/* Does it tell of every change from number `from` on what it changed? */
bool catalog_tells(const struct catalog *c, uint64_t from);

void catalog_save(const struct catalog *c, struct checkpoint_writer *w);
/* Into a fresh catalog. After ERR_CORRUPT it is fit only for catalog_free. */
MUST_USE enum status catalog_load(struct catalog *c, const struct checkpoint *from,
                                  struct error *err);

#endif
