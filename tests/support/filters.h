/* SPDX-License-Identifier: Apache-2.0 */
/* filters: filters and products out of a few words, and random ones, for tests of rules/. */
#ifndef TESTS_SUPPORT_FILTERS_H
#define TESTS_SUPPORT_FILTERS_H

#include "base/random.h"
#include "catalog/catalog.h"
#include "rules/filter.h"
#include "rules/segments.h"

/* The filter; fails the test when it has a mistake. Lives in `a`. */
const struct filter *filter_of(struct arena *a, const char *text, enum filter_about about);

/* Fold the product, or unpublish it. */
void catalog_put(struct catalog *c, const struct product *p);

/* A product of some brand, category, price and so on, each of which may be missing. Its arrays live in `a`.
 */
struct product random_product(struct random *r, struct arena *a, uint32_t number);

/* The text of a filter over products that may be nested some deep. */
void random_filter(struct random *r, int depth, struct buffer *out);

#endif
