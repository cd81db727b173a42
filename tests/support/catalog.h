/* SPDX-License-Identifier: Apache-2.0 */
/* catalog: folding products and stock into a catalog of a test. */
#ifndef TESTS_SUPPORT_CATALOG_H
#define TESTS_SUPPORT_CATALOG_H

#include "catalog/catalog.h"

/* For SCOPED. */
void catalog_done(struct catalog **c);
#define CATALOG SCOPED(catalog_done) struct catalog

void fold(struct catalog *c, enum record_kind kind, struct text body);
void put(struct catalog *c, const struct product *p);
void stock(struct catalog *c, const char *item_id, int64_t count, enum availability a);

/* oak-table, which costs 249, in "Home > Tables". */
struct product table(void);
/* In stock, without sale price and cost. */
struct variant variant(const char *item_id, int64_t price, int64_t stock);

enum sellable sellable(const struct catalog *c, const char *item_id);

/* Save `c` and load it into `loaded`, which is fresh. */
void save_and_load(const struct catalog *c, struct catalog *loaded);

#endif
