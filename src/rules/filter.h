/* SPDX-License-Identifier: Apache-2.0 */
/* filter: one language for "which products" and "which shoppers" in rules and segments.
 *
 *     brand = Acme and price >= 20 and not category within "Home > Tables"
 *     attribute.wood in (oak, ash) or margin < 30%
 *     campaign.source in (dealsite, coupons) and orders = 0
 *     segment deal-hunters
 *
 * What is not known makes every comparison false, also != and "not in": `price > 5` and `price <= 5` are
 * both false of a product without a price. `not` turns around what it stands before, so that
 * `not price > 5` holds where the price is not known: write `price <= 5`, or `price is known and ...`.
 *
 * Texts compare without regard to capitals; ids by their bytes. Money is in the shop's currency.
 * A field with several values (an attribute, also of variants) is equal when one of them is, unequal when
 * none is. Every comparison of numbers is exact.
 *
 * Lifetime   a filter is immutable and lives in the arena it was parsed into.
 * Threads    any number of readers. */
#ifndef RULES_FILTER_H
#define RULES_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/yaml.h"
#include "catalog/catalog.h"

enum filter_about { FILTER_PRODUCTS = 1, FILTER_SHOPPERS = 2 }; /* whose fields stand in it */

enum {
    FILTER_DEPTH_MAX = 16, /* parentheses and nots within each other */
    FILTER_NODES_MAX =
        500, /* tests, nots, ands and ors; those of a segment's filter count where it is
                               named */
    FILTER_SET_MAX = 1000,  /* values between parentheses */
    FILTER_VALUE_MAX = 512, /* bytes of one value */
    FILTERS_MAX = 256,      /* different product filters of one program */
};

struct filter;
struct segment;
struct shopper_facts;

/* The product filters of a program, each once: a filter's number is its place. */
struct filter_list {
    const struct filter **filters;
    size_t count;
};

struct filter_reader {
    struct arena *keep;    /* filters live here */
    struct arena *scratch; /* problems live here */
    struct problems *problems;
    const struct segment *segments; /* those that may be named */
    size_t segment_count;
};

/* The filter a scalar says. NULL when there is a mistake in it, which then is a problem with its line
 * and column (of the scalar, with the character within, when the scalar has many lines), naming the
 * nearest known word. */
const struct filter *filter_parse(struct filter_reader *reader, const struct yaml_node *n,
                                  enum filter_about about);

/* Its one way of being written: two filters that are written the same hold for the same. Parsing it gives
 * the same filter. Lives as long as the filter. */
struct text filter_text(const struct filter *f);

/* The number of a product filter in `list`, into which it is put unless one is there that is written the
 * same. False, with a problem at `where`, when there are FILTERS_MAX others. The list grows in
 * reader->keep. */
bool filter_number(struct filter_reader *reader, struct filter_list *list,
                   const struct yaml_node *where, const struct filter *f, uint32_t *number);

/* Does it hold for a product? Decodes the product (marks.h is for many). Of a number the catalog has no
 * record of nothing is known. */
bool filter_product(const struct filter *f, const struct catalog *c, product_number n,
                    struct arena *scratch);

bool filter_shopper(const struct filter *f, const struct shopper_facts *who);

/* Markdown: the language and its fields. */
void filter_document(struct buffer *out);

#endif
