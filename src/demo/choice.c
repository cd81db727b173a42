/* SPDX-License-Identifier: Apache-2.0 */
#include "demo/choice.h"

#include <math.h>
#include <stdbool.h>

#include "base/hash.h"

enum { CONSIDERED = 12, MATES = 3 };

/* A shopper's taste, drawn from the shopper's own seed, so that every visit finds the same person.
 */
struct taste {
    double style[GOODS_STYLES];
    uint32_t departments[2]; /* a leaf of each favourite department */
    double budget;           /* on the logarithm of price, against a leaf's median */
};

static struct taste taste_of(uint64_t seed, uint32_t shopper)
{
    struct taste t;
    struct random r;

    random_seed(&r, hash_u64(seed ^ hash_u64(shopper)));
    for (int i = 0; i < GOODS_STYLES; i++)
        t.style[i] = random_normal(&r);
    for (int i = 0; i < 2; i++)
        t.departments[i] = random_below(&r, goods_leaf_count);
    t.budget = 0.35 * random_normal(&r);
    return t;
}

/* A leaf: half the time near a favourite (leaves of a department stand together), else anywhere. */
static uint32_t leaf_wanted(const struct taste *t, struct random *r)
{
    if (random_unit(r) < 0.7) {
        uint32_t near = t->departments[random_below(r, 2)] + random_below(r, 5);

        return near % goods_leaf_count;
    }
    return random_below(r, goods_leaf_count);
}

/* A product of a leaf; low places, which are better known, come to mind more often. */
static uint32_t comes_to_mind(const struct goods *g, uint32_t leaf, struct random *r)
{
    uint32_t start = g->leaf_starts[leaf], count = g->leaf_starts[leaf + 1] - start;
    double u = random_unit(r);

    return g->by_leaf[start + (uint32_t)(u * u * (double)count)];
}

static double utility(const struct good *x, const struct taste *t, const struct good *last)
{
    double budget = log(goods_leaves[x->leaf].price) + t->budget;

    return x->quality + 0.9 * t->style[x->style] +
           (last != NULL && last->style == x->style ? 0.6 : 0.0) -
           0.7 * fabs((double)x->log_price - budget);
}

/* One draw of a multinomial logit over what came to mind. */
static uint32_t choose(const struct goods *g, const struct taste *t, uint32_t leaf,
                       const struct good *last, struct random *r)
{
    uint32_t considered[CONSIDERED];
    double weight[CONSIDERED], sum = 0, u;

    for (int i = 0; i < CONSIDERED; i++) {
        uint32_t from = i < 8    ? leaf
                        : i < 10 ? g->leaf_goes_with[leaf]
                                 : random_below(r, goods_leaf_count);

        considered[i] = comes_to_mind(g, from, r);
        weight[i] =
            g->all[considered[i]].published ? exp(utility(&g->all[considered[i]], t, last)) : 0.0;
        sum += weight[i];
    }
    u = random_unit(r) * sum;
    for (int i = 0; i < CONSIDERED; i++) {
        u -= weight[i];
        if (u < 0)
            return considered[i];
    }
    return considered[0];
}

/* What the shop shows with a product, and many take along: one of the best-known of the leaf that
 * goes with its own. */
static uint32_t mate_of(const struct goods *g, uint32_t product)
{
    uint32_t leaf = g->leaf_goes_with[g->all[product].leaf];
    uint32_t start = g->leaf_starts[leaf], count = g->leaf_starts[leaf + 1] - start;

    uint32_t mate = count < MATES ? product : g->by_leaf[start + product % MATES];

    return g->all[mate].published ? mate : product;
}

static void add_step(struct visit *v, enum step_kind kind, uint32_t product, uint32_t after_s)
{
    v->steps[v->step_count++] = (struct step){kind, product, after_s};
}

/* Whether it went to the cart. */
static bool maybe_cart(const struct goods *g, const struct taste *t, uint32_t product, bool mate,
                       struct visit *v, struct random *r)
{
    const struct good *x = &g->all[product];

    if (!x->in_stock || v->cart_count == CHOICE_CART_MAX)
        return false;
    for (uint32_t i = 0; i < v->cart_count; i++)
        if (v->cart[i] == product)
            return false;
    if (random_unit(r) >= 1 / (1 + exp((mate ? 0.5 : 3.0) - utility(x, t, NULL))))
        return false;
    v->cart[v->cart_count++] = product;
    return true;
}

void choice_visit(const struct goods *goods, uint64_t seed, uint32_t shopper, uint32_t session,
                  struct visit *out)
{
    struct taste t = taste_of(seed, shopper);
    const struct good *last = NULL;
    uint32_t leaf, now_s = 0;
    bool carted = false;
    struct random r;

    random_seed(&r, hash_u64(seed ^ hash_u64(((uint64_t)session << 32 | shopper) + 1)));
    *out = (struct visit){.leaf = leaf_wanted(&t, &r)};
    leaf = out->leaf;
    if (random_unit(&r) < 1.0 / 3)
        add_step(out, STEP_SEARCH, 0, now_s);
    for (int i = 0; i < CHOICE_STEPS_MAX; i++) {
        bool mate = carted && random_unit(&r) < 0.6;
        uint32_t product = mate ? mate_of(goods, (uint32_t)(last - goods->all))
                                : choose(goods, &t, leaf, last, &r);

        now_s += 10 + (uint32_t)(35 * random_exponential(&r));
        add_step(out, STEP_VIEW, product, now_s);
        last = &goods->all[product];
        carted = maybe_cart(goods, &t, product, mate, out, &r);
        if (carted) {
            now_s += 8;
            add_step(out, STEP_CART, product, now_s);
            leaf = goods->leaf_goes_with[last->leaf];
        }
        if (random_below(&r, 6) == 0)
            break;
    }
    if (out->cart_count > 1 && random_unit(&r) < 0.15)
        add_step(out, STEP_UNCART, out->cart[--out->cart_count], now_s + 5);
    if (out->cart_count > 0 && random_unit(&r) < 0.55)
        add_step(out, STEP_BUY, 0, now_s + 90);
}
