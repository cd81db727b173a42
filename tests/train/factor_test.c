/* SPDX-License-Identifier: Apache-2.0 */
#include "train/factor.h"

#include <math.h>

#include "base/random.h"
#include "tests/support/sessions.h"
#include "tests/support/test.h"

enum { ROOMS = 4, OF_ROOM = 15, PRODUCTS = ROOMS * OF_ROOM };

/* Shoppers who each stay in one room of a shop: products r * OF_ROOM .. + OF_ROOM - 1. */
static void browse(struct set_maker *m, uint32_t sessions)
{
    struct random r;

    random_seed(&r, 3);
    for (uint32_t s = 0; s < sessions; s++) {
        uint32_t room = random_below(&r, ROOMS);
        set_session(m, s, s);
        for (int i = 0; i < 6; i++)
            set_click(m, room * OF_ROOM + random_below(&r, OF_ROOM), ACTION_VIEW, 0);
    }
    m->set.product_count = PRODUCTS;
}

static double cosine(const struct factor *f, product_number a, product_number b)
{
    double dot = 0;

    for (uint32_t k = 0; k < FACTOR_SIZE; k++)
        dot += (double)f->vectors[a * FACTOR_SIZE + k] * f->vectors[b * FACTOR_SIZE + k];
    return dot;
}

static void products_looked_at_together_lie_near_each_other(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    double within = 0, across = 0;

    browse(&m, 600);
    SCOPED(factor_free) struct factor f = factor_products(&m.set, 3);
    for (product_number a = 0; a < PRODUCTS; a++) {
        assert_true(fabs(cosine(&f, a, a) - 1) < 1e-4);
        for (product_number b = 0; b < a; b++)
            *(a / OF_ROOM == b / OF_ROOM ? &within : &across) += cosine(&f, a, b);
    }
    within /= ROOMS * OF_ROOM * (OF_ROOM - 1) / 2.0;
    across /= PRODUCTS * (PRODUCTS - OF_ROOM) / 2.0;
    assert_true(within > across + 0.2);
}

static void a_product_of_too_few_shoppers_has_no_vector(void **state)
{
    static const product_number both[] = {0, 1}, one[] = {2, 2, 2};
    SCOPED(set_maker_free) struct set_maker m = {0};

    for (shopper_number s = 0; s < 3; s++)
        set_views(&m, s, s, both, 2);
    for (int i = 0; i < 5; i++) { /* two shoppers, one of them often */
        set_views(&m, 10, 10 + i, (const product_number[]){1, 3}, 2);
        set_views(&m, 11, 20 + i, (const product_number[]){3, 1}, 2);
    }
    for (shopper_number s = 20; s < 25; s++)
        set_views(&m, s, s + 10, one, 3); /* known, but beside nothing */
    m.set.product_count = 6;
    SCOPED(factor_free) struct factor f = factor_products(&m.set, 3);
    const uint32_t shoppers[] = {3, 5, 0, 0, 0, 0};
    assert_int_equal(f.product_count, 6);
    assert_memory_equal(f.shoppers, shoppers, sizeof(shoppers));
    for (product_number p = 0; p < 6; p++)
        assert_true(fabs(cosine(&f, p, p) - (shoppers[p] > 0)) < 1e-4);
}

/* What came from product 3, which too few looked at, must not show in the vector of another. */
static void nothing_comes_from_a_product_of_too_few_shoppers(void **state)
{
    SCOPED(set_maker_free) struct set_maker with = {0}, without = {0};

    for (int i = 0; i < 2; i++) {
        struct set_maker *m = i == 0 ? &with : &without;
        browse(m, 200);
        set_session(m, 900, 900);
        set_click(m, 0, ACTION_VIEW, 0);
        if (i == 0)
            set_click(m, PRODUCTS, ACTION_VIEW, 0);
        m->set.product_count = PRODUCTS + 1;
    }
    SCOPED(factor_free) struct factor x = factor_products(&with.set, 3);
    SCOPED(factor_free) struct factor y = factor_products(&without.set, 3);
    assert_memory_equal(x.vectors, y.vectors, sizeof(float) * (PRODUCTS + 1) * FACTOR_SIZE);
}

/* How near `p` lies to the products of a room, on average. */
static double to_room(const struct factor *f, product_number p, uint32_t room)
{
    double sum = 0;

    for (product_number other = room * OF_ROOM; other < (room + 1) * OF_ROOM; other++)
        sum += cosine(f, p, other) / OF_ROOM;
    return sum;
}

static void newer_sessions_count_more(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    struct random r;

    random_seed(&r, 4);
    for (uint32_t s = 0; s < 60; s++) { /* first in room 0, then, as often, in room 1 */
        uint32_t room = s < 30 ? 0 : 1;
        set_session(&m, 1000 + s, s);
        set_click(&m, PRODUCTS, ACTION_VIEW, 0);
        for (int i = 0; i < 3; i++)
            set_click(&m, room * OF_ROOM + random_below(&r, OF_ROOM), ACTION_VIEW, 0);
        browse(&m, 20);
    }
    m.set.product_count = PRODUCTS + 1;
    SCOPED(factor_free) struct factor f = factor_products(&m.set, 3);
    assert_true(to_room(&f, PRODUCTS, 1) > to_room(&f, PRODUCTS, 0) + 0.05);
    assert_true(to_room(&f, PRODUCTS, 0) > to_room(&f, PRODUCTS, 2));
}

static void nearer_clicks_count_more(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    struct random r;

    random_seed(&r, 4);
    browse(&m, 600);
    for (uint32_t s = 0; s < 60; s++) { /* rooms 0 to 2, 1, 4 and 6 clicks away */
        static const uint32_t rooms[] = {0, 3, 3, 1, 3, 2};
        set_session(&m, 1000 + s, 1000);
        set_click(&m, PRODUCTS, ACTION_VIEW, 0);
        for (size_t i = 0; i < COUNT(rooms); i++)
            set_click(&m, rooms[i] * OF_ROOM + random_below(&r, OF_ROOM), ACTION_VIEW, 0);
    }
    m.set.product_count = PRODUCTS + 1;
    SCOPED(factor_free) struct factor f = factor_products(&m.set, 3);
    assert_true(to_room(&f, PRODUCTS, 0) > to_room(&f, PRODUCTS, 1) + 0.05);
    assert_true(to_room(&f, PRODUCTS, 0) > to_room(&f, PRODUCTS, 2) + 0.05);
}

static void the_same_sessions_give_the_same_bits(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};

    set_make(&m, 60000, 3000, 1); /* enough for two threads */
    SCOPED(factor_free) struct factor x = factor_products(&m.set, 3);
    SCOPED(factor_free) struct factor y = factor_products(&m.set, 3);
    assert_memory_equal(x.vectors, y.vectors, sizeof(float) * 3000 * FACTOR_SIZE);
    assert_memory_equal(x.shoppers, y.shoppers, sizeof(uint32_t) * 3000);
}

static void no_sessions_give_no_vectors(void **state)
{
    struct session_set set = {.product_count = 3};
    SCOPED(factor_free) struct factor f = factor_products(&set, 3);

    for (product_number p = 0; p < 3; p++) {
        assert_int_equal(f.shoppers[p], 0);
        assert_true(cosine(&f, p, p) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_looked_at_together_lie_near_each_other),
        cmocka_unit_test(a_product_of_too_few_shoppers_has_no_vector),
        cmocka_unit_test(nothing_comes_from_a_product_of_too_few_shoppers),
        cmocka_unit_test(newer_sessions_count_more),
        cmocka_unit_test(nearer_clicks_count_more),
        cmocka_unit_test(the_same_sessions_give_the_same_bits),
        cmocka_unit_test(no_sessions_give_no_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
