/* SPDX-License-Identifier: Apache-2.0 */
/* landing: at which category a session begins: that of the first product that is looked at, or of the
 * first list, when all of it that the shop knows is of one category: so a category's page is told from a mixed shelf, and no
 * event need name it. What we put on the page ourselves is no landing. Private to paths/.
 *
 * Threads    pure functions. */
#ifndef PATHS_LANDING_H
#define PATHS_LANDING_H

#include "catalog/catalog.h"
#include "journal/event.h"

/* Names of its path by which cohorts tell a category: departments and what they are divided into. */
enum { LANDING_NAMES = 2 };

/* Where an event of that type with these products (PRODUCT_NONE: not known) would land its shopper; 0:
 * nowhere. `ours`: it names the decision that its products come from. */
category_number landing_of(const struct catalog *catalog, enum event_type type,
                           const product_number *products, uint32_t count, bool ours);

/* The category as cohorts tell it from others. */
category_number landing_cohort(const struct catalog *catalog, category_number landing);

#endif
