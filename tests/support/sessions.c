/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/sessions.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/time.h"

void set_session(struct set_maker *m, shopper_number shopper, int64_t end_ms)
{
    struct session_set *s = &m->set;
    size_t count = (size_t)s->session_count + 1;

    s->starts = mem_grow(s->starts, &m->starts_room, count + 1, sizeof(*s->starts));
    s->end_ms = mem_grow(s->end_ms, &m->ends_room, count, sizeof(*s->end_ms));
    s->shoppers = mem_grow(s->shoppers, &m->shoppers_room, count, sizeof(*s->shoppers));
    s->end_ms[count - 1] = end_ms;
    s->shoppers[count - 1] = shopper;
    s->starts[count] = s->click_count;
    s->session_count++;
}

void set_click(struct set_maker *m, product_number product, enum action_kind kind, uint32_t order)
{
    struct session_set *s = &m->set;
    size_t count = s->click_count + 1;

    s->products = mem_grow(s->products, &m->products_room, count, sizeof(*s->products));
    s->kinds = mem_grow(s->kinds, &m->kinds_room, count, sizeof(*s->kinds));
    s->orders = mem_grow(s->orders, &m->orders_room, count, sizeof(*s->orders));
    s->products[count - 1] = product;
    s->kinds[count - 1] = (uint8_t)kind;
    s->orders[count - 1] = order;
    s->click_count = count;
    s->starts[s->session_count] = count;
    if (product >= s->product_count)
        s->product_count = product + 1;
}

void set_views(struct set_maker *m, shopper_number shopper, int64_t end_ms,
               const product_number *products, size_t count)
{
    set_session(m, shopper, end_ms);
    for (size_t i = 0; i < count; i++)
        set_click(m, products[i], ACTION_VIEW, 0);
}

void set_maker_free(struct set_maker *m)
{
    session_set_free(&m->set);
    *m = (struct set_maker){0};
}

/* A product around `place`, the first ones most of all. */
static product_number made_product(struct random *r, double place, product_number products)
{
    double u = place + random_normal(r) / sqrt(products);

    u -= floor(u);
    return (product_number)(pow(u, 3) * products) % products;
}

void set_make(struct set_maker *m, uint64_t clicks, product_number products, uint64_t seed)
{
    struct random r;
    int64_t start = INT64_C(1700000000000);

    random_seed(&r, seed);
    while (m->set.click_count < clicks) {
        double done = (double)m->set.click_count / (double)clicks;
        int64_t end_ms = start + (int64_t)(done * 90 * MS_DAY);
        uint32_t count = 1 + (uint32_t)(5 * random_exponential(&r));
        double place = random_unit(&r);
        product_number product = 0;
        set_session(m, (shopper_number)(random_unit(&r) * (double)clicks / 12), end_ms);
        for (uint32_t i = 0; i < count; i++) {
            if (i == 0 || random_below(&r, 6) != 0)
                product = made_product(&r, place, products);
            set_click(m, product, ACTION_VIEW, 0);
        }
        if (random_below(&r, 20) == 0)
            set_click(m, product, ACTION_BUY, 1);
        if (random_below(&r, 40) == 0)
            set_click(m, made_product(&r, place, products), ACTION_BUY, 1);
    }
    m->set.product_count = products;
}
