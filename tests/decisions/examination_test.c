/* SPDX-License-Identifier: Apache-2.0 */
#include "decisions/examination.h"

#include <math.h>

#include "base/random.h"
#include "tests/support/test.h"

enum { SHOWN = 8, POOL = 12, PRODUCTS = SHOWN + POOL, ANSWERS = 2000000 };

/* Products by their rank at the time; the shop ranks them the wrong way round: the more a product is
 * liked, the lower it stands. */
static double liked(product_number product)
{
    return 0.10 + 0.02 * product;
}

/* What shoppers in this world look at. */
static double looked_at(uint32_t slot)
{
    return 1 / pow(slot + 1.0, 0.9);
}

static struct decision answer(struct random *r)
{
    struct decision d = {.item_count = SHOWN, .explore_ppm = 100000, .explore_pool = POOL};
    product_number next = 0;

    if (random_below(r, EXPLORE_ALWAYS_PPM) < d.explore_ppm)
        d.explored_slot = 1 + random_below(r, SHOWN);
    for (uint32_t i = 0; i < SHOWN; i++)
        d.items[i].product = i + 1 == d.explored_slot ? SHOWN + random_below(r, POOL) : next++;
    return d;
}

/* Clicks of each product, as they are and as they count; and what exploring says of slots. */
struct world {
    double clicks[PRODUCTS], weighed[PRODUCTS], shown[PRODUCTS];
    struct examination examination;
};

static void live(struct world *w, uint64_t seed, bool weigh)
{
    struct random r;

    random_seed(&r, seed);
    for (int i = 0; i < ANSWERS; i++) {
        const struct decision d = answer(&r);
        for (uint32_t k = 0; k < SHOWN; k++) {
            product_number p = d.items[k].product;
            bool click = random_unit(&r) < looked_at(k) * liked(p);
            w->shown[p]++;
            if (!weigh && k + 1 == d.explored_slot)
                examination_add(&w->examination, &d, click);
            if (!click)
                continue;
            w->clicks[p]++;
            w->weighed[p] += weigh ? examination_weight(&w->examination, &d, k) : 0;
        }
    }
}

/* Pairs of the products ranked then that `value` puts in the order in which they are liked. */
static uint32_t right_pairs(const double *value)
{
    uint32_t right = 0;

    for (product_number a = 0; a < SHOWN; a++)
        for (product_number b = a + 1; b < SHOWN; b++)
            right += value[b] > value[a];
    return right;
}

static void clicks_weighed_by_examination_give_the_right_order_and_bare_clicks_the_wrong(
    void **state)
{
    struct world w = {.examination = examination_prior()};
    double shares[PRODUCTS];

    live(&w, 5, false);
    examination_estimate(&w.examination);
    live(&w, 6, true);
    for (int i = 0; i < PRODUCTS; i++)
        shares[i] = w.clicks[i] / w.shown[i];
    assert_int_equal(right_pairs(w.weighed), SHOWN * (SHOWN - 1) / 2);
    assert_true(right_pairs(w.clicks) < 3);
    assert_true(right_pairs(shares) < 3);
}

static void exploring_finds_out_how_much_slots_are_looked_at(void **state)
{
    struct world w = {.examination = examination_prior()};

    live(&w, 5, false);
    examination_estimate(&w.examination);
    for (uint32_t i = 0; i < SHOWN; i++)
        assert_true(fabs(w.examination.of_slot[i] - looked_at(i)) < 0.08);
}

static void without_exploring_the_prior_holds(void **state)
{
    struct examination e = examination_prior();
    struct decision d = {.item_count = SHOWN};

    examination_add(&e, &d, false);
    examination_estimate(&e);
    assert_true(e.of_slot[0] == 1);
    assert_true(fabs(e.of_slot[3] - 0.5) < 1e-9);
    assert_true(examination_weight(&e, &d, 0) == 1);
    assert_true(fabs(examination_weight(&e, &d, 3) - 2) < 1e-9);
}

static void a_weight_is_bounded_and_slots_never_rise(void **state)
{
    struct examination e = examination_prior();
    struct decision d = {
        .item_count = SHOWN, .explore_ppm = 20000, .explore_pool = 20, .explored_slot = 4};

    for (int i = 0; i < 500; i++)
        examination_add(&e, &d, i % 2 == 0); /* the fourth is all that is clicked */
    examination_estimate(&e);
    for (uint32_t i = 1; i < DECISION_ITEMS_MAX; i++)
        assert_true(e.of_slot[i] > 0 && e.of_slot[i] <= e.of_slot[i - 1]);
    assert_true(examination_weight(&e, &d, 3) == EXAMINATION_WEIGHT_MAX);
    assert_true(examination_weight(&e, &d, 0) < 1.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            clicks_weighed_by_examination_give_the_right_order_and_bare_clicks_the_wrong),
        cmocka_unit_test(exploring_finds_out_how_much_slots_are_looked_at),
        cmocka_unit_test(without_exploring_the_prior_holds),
        cmocka_unit_test(a_weight_is_bounded_and_slots_never_rise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
