/* SPDX-License-Identifier: Apache-2.0 */
#include "train/gains.h"

#include <math.h>

#include "base/memory.h"
#include "base/money.h"

static const double views_prior = 500, view_share_prior = 0.02;
static const double carts_prior = 50, cart_share_prior = 0.25;

static float mean_margin(const struct catalog *catalog)
{
    double sum = 0, count = 0;

    for (product_number p = 0; p < catalog_count(catalog); p++) {
        float margin = catalog_offer(catalog, p).margin;
        if (catalog_product_of(catalog, p) != p || isnan(margin))
            continue;
        sum += (double)margin;
        count++;
    }
    return count > 0 && sum > 0 ? (float)(sum / count) : 1;
}

/* How far a product got within one session. */
enum { SAW = 1, CARTED = 2, BOUGHT = 4 };

struct counts {
    double views, views_bought, carts, carts_bought;
};

static void count_product(struct counts *c, uint8_t far)
{
    bool bought = (far & BOUGHT) != 0;

    c->views += (far & SAW) != 0;
    c->views_bought += (far & SAW) != 0 && bought;
    c->carts += (far & CARTED) != 0;
    c->carts_bought += (far & CARTED) != 0 && bought;
}

static struct counts count_sessions(const struct session_set *set)
{
    struct counts c = {.views = 0};
    uint8_t *far = mem_new(set->product_count, sizeof(*far)); /* of the session at hand */

    for (uint32_t s = 0; s < set->session_count; s++) {
        for (uint64_t i = set->starts[s]; i < set->starts[s + 1]; i++) {
            uint8_t step = set->kinds[i] == ACTION_BUY    ? BOUGHT
                           : set->kinds[i] == ACTION_CART ? CARTED
                                                          : SAW;
            far[set->products[i]] |= step;
        }
        for (uint64_t i = set->starts[s]; i < set->starts[s + 1]; i++) {
            count_product(&c, far[set->products[i]]);
            far[set->products[i]] = 0; /* once a session */
        }
    }
    mem_free(far);
    return c;
}

struct gains gains_of(const struct session_set *set, const struct catalog *catalog)
{
    struct counts c = count_sessions(set);
    double of_view = (c.views_bought + views_prior * view_share_prior) / (c.views + views_prior);
    double of_cart = (c.carts_bought + carts_prior * cart_share_prior) / (c.carts + carts_prior);

    return (struct gains){.catalog = catalog,
                          .margin = mean_margin(catalog),
                          .of_view = (float)of_view,
                          .of_cart = (float)(of_cart > of_view ? of_cart : of_view)};
}

/* Of a sold one. */
static float worth_of(const struct gains *g, enum gain_kind kind, product_number product)
{
    int64_t price = catalog_price(g->catalog, product);
    float margin = catalog_offer(g->catalog, product).margin;

    if (kind == GAIN_ORDERS || price == MONEY_NONE)
        return 1;
    float revenue = (float)((double)price / (double)MONEY_UNIT);
    if (kind == GAIN_REVENUE)
        return revenue;
    margin = isnan(margin) ? g->margin : margin;
    return margin > 0 ? revenue * margin : 0;
}

float gain_of(const struct gains *g, enum gain_kind kind, product_number product,
              enum action_kind action)
{
    float worth = worth_of(g, kind, product);

    switch (action) {
    case ACTION_BUY: return worth;
    case ACTION_CART: return worth * g->of_cart;
    default: return worth * g->of_view;
    }
}
