/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/landing.h"

static category_number category_of(const struct catalog *catalog, product_number n)
{
    return n == PRODUCT_NONE ? 0 : catalog_category(catalog, catalog_product_of(catalog, n));
}

/* Is it in the catalog, rather than merely named by events? */
static bool is_known(const struct catalog *catalog, product_number n)
{
    return n != PRODUCT_NONE && catalog_sellable(catalog, n) != NOT_KNOWN;
}

/* What all products of the list that the shop knows lie in; 0: nothing. */
static category_number common(const struct catalog *catalog, const product_number *products,
                              uint32_t count)
{
    category_number all = 0;
    bool begun = false;

    for (uint32_t i = 0; i < count; i++) {
        category_number one = category_of(catalog, products[i]);
        if (!is_known(catalog, products[i]))
            continue;
        if (!begun)
            all = one;
        begun = true;
        while (all != 0 && !catalog_category_within(catalog, one, all))
            all = catalog_category_parent(catalog, all);
    }
    return all;
}

category_number landing_of(const struct catalog *catalog, enum event_type type,
                           const product_number *products, uint32_t count, bool ours)
{
    if (type == EVENT_view_item && count > 0)
        return category_of(catalog, products[0]);
    return type == EVENT_view_item_list && !ours ? common(catalog, products, count) : 0;
}

category_number landing_cohort(const struct catalog *catalog, category_number landing)
{
    return catalog_category_cut(catalog, landing, LANDING_NAMES);
}
