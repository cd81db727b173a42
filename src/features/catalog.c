/* SPDX-License-Identifier: Apache-2.0 */
/* What the shop says of the product, and how that fits the session and the shopper. */
#include <math.h>

#include "base/money.h"
#include "features/filling.h"

/* Products the session or the shopper turned to, by category and brand. */
struct taste {
    category_number categories[PROFILE_ACTIONS_MAX + SEEDS_MAX];
    brand_number brands[PROFILE_ACTIONS_MAX + SEEDS_MAX];
    uint32_t count;
};

static void taste_add(struct taste *t, const struct catalog *catalog, product_number product)
{
    t->categories[t->count] = catalog_category(catalog, product);
    t->brands[t->count++] = catalog_brand(catalog, product);
}

static struct taste taste_of_session(const struct filling *f)
{
    struct taste t = {.count = 0};

    for (uint32_t i = 0; i < f->distinct_count; i++)
        taste_add(&t, f->in->catalog, f->distinct[i]);
    return t;
}

static struct taste taste_of_shopper(const struct filling *f)
{
    const struct profile *p = f->in->profile;
    struct taste t = {.count = 0};

    for (uint32_t i = p->session_count; i < p->count; i++) {
        if (!catalog_sensitive(f->in->catalog, p->actions[i].product))
            taste_add(&t, f->in->catalog, p->actions[i].product);
    }
    return t;
}

/* Share of `count` numbers that are `own`; missing when either is not known. */
static float share_of(const uint32_t *numbers, uint32_t count, uint32_t own)
{
    uint32_t same = 0;

    if (count == 0 || own == 0)
        return NAN;
    for (uint32_t i = 0; i < count; i++)
        same += numbers[i] == own;
    return (float)same / (float)count;
}

static float same_as(uint32_t own, uint32_t other)
{
    return own == 0 || other == 0 ? NAN : own == other;
}

static void fill_taste(const struct filling *f)
{
    const struct catalog *catalog = f->in->catalog;
    const struct taste session = taste_of_session(f), shopper = taste_of_shopper(f);

    for (uint32_t i = 0; i < f->count; i++) {
        category_number category = catalog_category(catalog, f->products[i]);
        brand_number brand = catalog_brand(catalog, f->products[i]);
        bool last = session.count > 0;
        row_of(f, FEATURE_same_category)[i] = same_as(category, last ? session.categories[0] : 0);
        row_of(f, FEATURE_same_brand)[i] = same_as(brand, last ? session.brands[0] : 0);
        row_of(f, FEATURE_category_session)[i] =
            share_of(session.categories, session.count, category);
        row_of(f, FEATURE_brand_session)[i] = share_of(session.brands, session.count, brand);
        row_of(f, FEATURE_category_shopper)[i] =
            share_of(shopper.categories, shopper.count, category);
        row_of(f, FEATURE_brand_shopper)[i] = share_of(shopper.brands, shopper.count, brand);
    }
}

static float price_of(const struct filling *f, product_number product)
{
    int64_t price = catalog_price(f->in->catalog, product);

    return price == MONEY_NONE ? NAN : (float)((double)price / (double)MONEY_UNIT);
}

/* Mean price of the session's products; missing when none has one. */
static float session_price(const struct filling *f)
{
    float sum = 0, count = 0;

    for (uint32_t i = 0; i < f->distinct_count; i++) {
        float price = price_of(f, f->distinct[i]);
        if (isnan(price))
            continue;
        sum += price;
        count++;
    }
    return count > 0 ? sum / count : NAN;
}

void fill_catalog(const struct filling *f)
{
    float usual = session_price(f);

    for (uint32_t i = 0; i < f->count; i++) {
        const struct offer offer = catalog_offer(f->in->catalog, f->products[i]);
        float price = price_of(f, f->products[i]);
        row_of(f, FEATURE_price)[i] = price;
        row_of(f, FEATURE_price_ratio)[i] = price / usual;
        row_of(f, FEATURE_discount)[i] = offer.discount;
        row_of(f, FEATURE_margin)[i] = offer.margin;
        row_of(f, FEATURE_stock)[i] = offer.stock;
    }
    fill_taste(f);
}
