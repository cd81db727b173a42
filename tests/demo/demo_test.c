/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/money.h"
#include "demo/choice.h"
#include "demo/goods.h"
#include "tests/support/test.h"

/* Of every product, as it would be journaled. */
static uint64_t goods_digest(const struct goods *g)
{
    struct arena arena = {.blocks = NULL};
    struct buffer bytes = {.data = NULL};
    uint64_t digest;

    for (uint32_t i = 0; i < g->count; i++) {
        struct product p = good_product(g, i, &arena);

        product_encode(&p, &bytes);
    }
    digest = hash_text(buffer_text(&bytes), 0);
    buffer_free(&bytes);
    arena_free(&arena);
    return digest;
}

static void the_same_seed_makes_the_same_goods(void **state)
{
    struct goods *a = goods_new(7, 500), *b = goods_new(7, 500), *c = goods_new(8, 500);

    (void)state;
    assert_true(goods_digest(a) == goods_digest(b));
    assert_true(goods_digest(a) != goods_digest(c));
    goods_free(a);
    goods_free(b);
    goods_free(c);
}

static void goods_are_sold_with_a_margin_and_have_distinct_ids(void **state)
{
    struct goods *g = goods_new(20261122, 2000);
    struct arena arena = {.blocks = NULL};
    uint32_t with_variants = 0, out_of_stock = 0;

    (void)state;
    for (uint32_t i = 0; i < g->count; i++) {
        struct product p = good_product(g, i, &arena);
        char id[GOOD_ID_SIZE], next[GOOD_ID_SIZE];

        assert_true(p.price > p.cost && p.cost > 0);
        assert_true(p.sale_price == MONEY_NONE || p.sale_price < p.price);
        with_variants += p.variant_count > 0;
        out_of_stock += p.availability == OUT_OF_STOCK;
        (void)good_item_id(g, i, id);
        (void)good_item_id(g, (i + 1) % g->count, next);
        assert_string_not_equal(id, next);
    }
    assert_true(with_variants > g->count / 10);
    assert_true(out_of_stock > 0 && out_of_stock < g->count / 10);
    arena_free(&arena);
    goods_free(g);
}

static void a_visit_is_a_function_of_seed_shopper_and_session(void **state)
{
    struct goods *g = goods_new(7, 500);
    struct visit a, b;

    (void)state;
    choice_visit(g, 7, 12, 34, &a);
    choice_visit(g, 7, 12, 34, &b);
    assert_int_equal(a.step_count, b.step_count);
    for (uint32_t i = 0; i < a.step_count; i++)
        assert_true(a.steps[i].kind == b.steps[i].kind && a.steps[i].product == b.steps[i].product);
    goods_free(g);
}

/* What the model promises: shoppers prefer their style, buy what they put in the cart, and never
 * see what is not published. */
static void shoppers_choose_by_the_stated_model(void **state)
{
    struct goods *g = goods_new(7, 2000);
    uint32_t views = 0, carts = 0, buys = 0, good_quality = 0;

    (void)state;
    for (uint32_t session = 0; session < 3000; session++) {
        struct visit v;

        choice_visit(g, 7, session / 2, session, &v);
        assert_true(v.step_count > 0 && v.step_count <= COUNT(v.steps));
        for (uint32_t i = 0; i < v.step_count; i++) {
            const struct step *s = &v.steps[i];

            assert_true(i == 0 || s->after_s >= v.steps[i - 1].after_s);
            buys += s->kind == STEP_BUY;
            carts += s->kind == STEP_CART;
            if (s->kind != STEP_VIEW)
                continue;
            views++;
            good_quality += g->all[s->product].quality > 0;
            assert_true(g->all[s->product].published);
        }
    }
    assert_true(buys > 100 && carts > buys && views > 10 * buys);
    assert_true(good_quality > views * 6 / 10);
    goods_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_makes_the_same_goods),
        cmocka_unit_test(goods_are_sold_with_a_margin_and_have_distinct_ids),
        cmocka_unit_test(a_visit_is_a_function_of_seed_shopper_and_session),
        cmocka_unit_test(shoppers_choose_by_the_stated_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
