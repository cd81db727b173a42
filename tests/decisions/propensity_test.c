/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/random.h"
#include "decisions/decisions.h"
#include "tests/support/test.h"

enum { SHOWN = 5, POOL = 7, ANSWERS = 2000000 };

/* Products are numbered by their rank, from 0; the policy, drawn as its contract says. */
static struct decision answer(struct random *r, uint32_t shown, uint32_t pool, uint32_t ppm)
{
    struct decision d = {.item_count = shown, .explore_ppm = ppm, .explore_pool = pool};
    product_number next = 0;

    if (pool > 0 && random_below(r, EXPLORE_ALWAYS_PPM) < ppm)
        d.explored_slot = 1 + random_below(r, shown);
    for (uint32_t i = 0; i < shown; i++)
        d.items[i].product = i + 1 == d.explored_slot ? shown + random_below(r, pool) : next++;
    return d;
}

static void propensities_are_how_often_a_product_stands_where_it_stood(void **state)
{
    static uint32_t times[SHOWN][SHOWN + POOL];
    static bool checked[SHOWN][SHOWN + POOL];
    struct random r;
    size_t checks = 0;

    random_seed(&r, 11);
    for (int i = 0; i < ANSWERS; i++) {
        struct decision d = answer(&r, SHOWN, POOL, 300000);
        for (uint32_t k = 0; k < SHOWN; k++)
            times[k][d.items[k].product]++;
    }
    for (int i = 0; i < 2000; i++) {
        struct decision d = answer(&r, SHOWN, POOL, 300000);
        for (uint32_t k = 0; k < SHOWN; k++) {
            double p = decision_propensity(&d, k);
            double often = (double)times[k][d.items[k].product] / ANSWERS;
            assert_true(p > 0 && p <= 1);
            assert_true(fabs(often - p) < 4 * sqrt(p * (1 - p) / ANSWERS));
            checks += !checked[k][d.items[k].product];
            checked[k][d.items[k].product] = true;
        }
    }
    /* at each slot the one ranked there, the one before it, and each of the pool */
    assert_int_equal(checks, SHOWN + (SHOWN - 1) + SHOWN * POOL);
}

static void propensities_at_a_slot_add_up_to_one(void **state)
{
    struct decision ranked = {.item_count = 8, .explore_ppm = 120000, .explore_pool = 40};
    struct decision explored = ranked, above = ranked;

    above.explored_slot = 1;
    for (uint32_t slot = 1; slot <= 8; slot++) {
        explored.explored_slot = slot;
        double moved = slot > 1 ? decision_propensity(&above, slot - 1) : 0;
        double sum = decision_propensity(&ranked, slot - 1) + moved +
                     40 * decision_propensity(&explored, slot - 1);
        assert_true(fabs(sum - 1) < 1e-12);
    }
}

/* Pins at slots 2 and 5 of six: the others are as if they were a list of four. */
static void pinned_products_are_certain_and_the_rest_is_as_without_them(void **state)
{
    struct decision whole = {.item_count = 6, .explore_ppm = 120000, .explore_pool = 40};
    struct decision rest = {.item_count = 4, .explore_ppm = 120000, .explore_pool = 40};
    static const uint32_t slots[] = {1, 3, 4, 6}; /* of the rest, in the whole */

    whole.items[1].evidence_kind = whole.items[4].evidence_kind = DECISION_KIND_PINNED;
    for (uint32_t explored = 0; explored <= 4; explored++) {
        rest.explored_slot = explored;
        whole.explored_slot = explored == 0 ? 0 : slots[explored - 1];
        assert_true(decision_propensity(&whole, 1) == 1);
        assert_true(decision_propensity(&whole, 4) == 1);
        for (uint32_t i = 0; i < 4; i++)
            assert_true(decision_propensity(&whole, slots[i] - 1) == decision_propensity(&rest, i));
    }
}

static void what_could_not_be_otherwise_is_certain(void **state)
{
    struct decision d = {.item_count = 3, .explore_ppm = 500000}; /* nothing was left to explore */

    for (uint32_t i = 0; i < 3; i++)
        assert_true(decision_propensity(&d, i) == 1);
    d = (struct decision){.item_count = 3, .explore_pool = 9}; /* nobody explored then */
    for (uint32_t i = 0; i < 3; i++)
        assert_true(decision_propensity(&d, i) == 1);
}

static void always_exploring_leaves_the_last_place_to_exploration(void **state)
{
    struct decision d = {
        .item_count = 4, .explore_ppm = EXPLORE_ALWAYS_PPM, .explore_pool = 1, .explored_slot = 4};

    assert_true(decision_propensity(&d, 0) == 0.75);
    assert_true(decision_propensity(&d, 3) == 0.25);
    d.explored_slot = 1;
    assert_true(decision_propensity(&d, 3) == 0.75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(propensities_are_how_often_a_product_stands_where_it_stood),
        cmocka_unit_test(propensities_at_a_slot_add_up_to_one),
        cmocka_unit_test(pinned_products_are_certain_and_the_rest_is_as_without_them),
        cmocka_unit_test(what_could_not_be_otherwise_is_certain),
        cmocka_unit_test(always_exploring_leaves_the_last_place_to_exploration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
