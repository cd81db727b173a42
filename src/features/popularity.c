/* SPDX-License-Identifier: Apache-2.0 */
/* The product by what happened to it lately, in all sessions, as of the last tick. */
#include <math.h>

#include "features/filling.h"

/* Of a half-life: a count that halves every n days is about n / ln 2 times the count of one day. */
static const float day = 1, fortnight = 14, month = 30, ln2 = 0.6931472F;

/* What is there before anything was seen: as if of 20 views one had ended in the cart, and of 50 one in
 * a purchase; and a product sold in a hundred days. */
static const float views_before = 20, carts_before = 1, purchases_before = 0.4F,
                   sold_before = 0.01F;

/* Of the shorter time against what the longer one lets expect; 1: as ever. */
static float trend(float shorter, float shorter_days, float longer, float longer_days)
{
    return (shorter + 1) / (longer * shorter_days / longer_days + 1);
}

void fill_popularity(const struct filling *f)
{
    const float *stock = row_of(f, FEATURE_stock); /* by fill_catalog, which comes before */

    for (uint32_t i = 0; i < f->count; i++) {
        const struct appeal a = popularity_appeal(f->in->popularity, f->products[i]);
        float sold_a_day = a.purchases.month * ln2 / month;
        row_of(f, FEATURE_views_day)[i] = a.views.day;
        row_of(f, FEATURE_views_fortnight)[i] = a.views.fortnight;
        row_of(f, FEATURE_views_month)[i] = a.views.month;
        row_of(f, FEATURE_carts_fortnight)[i] = a.carts.fortnight;
        row_of(f, FEATURE_purchases_fortnight)[i] = a.purchases.fortnight;
        row_of(f, FEATURE_purchases_month)[i] = a.purchases.month;
        row_of(f, FEATURE_trend_day)[i] = trend(a.views.day, day, a.views.fortnight, fortnight);
        row_of(f, FEATURE_trend_fortnight)[i] =
            trend(a.views.fortnight, fortnight, a.views.month, month);
        row_of(f, FEATURE_cart_share)[i] =
            (a.carts.fortnight + carts_before) / (a.views.fortnight + views_before);
        row_of(f, FEATURE_purchase_share)[i] =
            (a.purchases.fortnight + purchases_before) / (a.views.fortnight + views_before);
        row_of(f, FEATURE_stock_cover)[i] = stock[i] / (sold_a_day + sold_before);
    }
}
