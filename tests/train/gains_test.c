/* SPDX-License-Identifier: Apache-2.0 */
#include "train/gains.h"

#include <math.h>

#include "base/money.h"
#include "tests/support/sessions.h"
#include "tests/support/test.h"

static void put(struct catalog *c, const char *id, int64_t price, int64_t cost)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct product p = product_blank();

    p.item_id = p.title = text_from(id);
    p.price = price == MONEY_NONE ? price : price * MONEY_UNIT;
    p.cost = cost == MONEY_NONE ? cost : cost * MONEY_UNIT;
    product_encode(&p, &body);
    const struct record r = {.kind = RECORD_PRODUCT, .body = buffer_text(&body)};
    (void)catalog_fold(c, &r);
}

/* 0: 10, half of it margin; 1: 20, a tenth; 2: 30, cost unknown; 3: without a price. */
static struct catalog *shop(void)
{
    struct catalog *c = catalog_new();

    put(c, "half", 10, 5);
    put(c, "tenth", 20, 18);
    put(c, "unknown", 30, MONEY_NONE);
    put(c, "unpriced", MONEY_NONE, MONEY_NONE);
    return c;
}

static void assert_near(float a, double b)
{
    if (fabs((double)a - b) > 1e-6 * (1 + fabs(b)))
        fail_msg("%.8f is not %.8f", (double)a, b);
}

static void a_purchase_is_worth_margin_revenue_or_an_order(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    struct catalog *c = shop();

    set_session(&m, 0, 0);
    const struct gains g = gains_of(&m.set, c);
    assert_near(gain_of(&g, GAIN_MARGIN, 0, ACTION_BUY), 5);
    assert_near(gain_of(&g, GAIN_MARGIN, 1, ACTION_BUY), 2);
    assert_near(gain_of(&g, GAIN_MARGIN, 2, ACTION_BUY), 30 * 0.3); /* the mean of 0.5 and 0.1 */
    assert_near(gain_of(&g, GAIN_REVENUE, 1, ACTION_BUY), 20);
    assert_near(gain_of(&g, GAIN_ORDERS, 1, ACTION_BUY), 1);
    assert_near(gain_of(&g, GAIN_MARGIN, 3, ACTION_BUY), 1);
    assert_near(gain_of(&g, GAIN_REVENUE, 3, ACTION_BUY), 1);
    catalog_free(c);
}

/* Three of four sessions view product 0, one of these and the fourth buy it; two put it in the cart. */
static void a_view_or_cart_is_worth_the_share_that_this_shop_turns_into_a_purchase(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    struct catalog *c = shop();

    set_session(&m, 0, 1);
    set_click(&m, 0, ACTION_VIEW, 0);
    set_click(&m, 0, ACTION_VIEW, 0); /* the second look of a session counts no more */
    set_click(&m, 0, ACTION_CART, 0);
    set_click(&m, 0, ACTION_BUY, 1);
    set_session(&m, 1, 2);
    set_click(&m, 0, ACTION_VIEW, 0);
    set_click(&m, 0, ACTION_CART, 0);
    set_session(&m, 2, 3);
    set_click(&m, 0, ACTION_VIEW, 0);
    set_session(&m, 3, 4);
    set_click(&m, 0, ACTION_BUY, 2); /* unseen: no share of views */
    const struct gains g = gains_of(&m.set, c);
    double of_view = (1 + 500 * 0.02) / (3 + 500), of_cart = (1 + 50 * 0.25) / (2 + 50);

    assert_near(g.of_view, of_view);
    assert_near(g.of_cart, of_cart);
    assert_near(gain_of(&g, GAIN_REVENUE, 0, ACTION_VIEW), 10 * of_view);
    assert_near(gain_of(&g, GAIN_REVENUE, 0, ACTION_CART), 10 * of_cart);
    assert_near(gain_of(&g, GAIN_MARGIN, 0, ACTION_VIEW), 5 * of_view);
    catalog_free(c);
}

static void without_any_known_cost_margin_is_revenue(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    struct catalog *c = catalog_new();

    put(c, "a", 10, MONEY_NONE);
    set_session(&m, 0, 0);
    const struct gains g = gains_of(&m.set, c);
    assert_near(gain_of(&g, GAIN_MARGIN, 0, ACTION_BUY), 10);
    catalog_free(c);
}

static void what_sells_below_its_cost_gains_nothing_and_never_less(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    struct catalog *c = catalog_new();

    put(c, "loss", 10, 14);
    put(c, "good", 10, 1);
    set_session(&m, 0, 0);
    const struct gains g = gains_of(&m.set, c);
    assert_near(gain_of(&g, GAIN_MARGIN, 0, ACTION_BUY), 0);
    assert_near(gain_of(&g, GAIN_REVENUE, 0, ACTION_BUY), 10);
    catalog_free(c);
}

static void a_cart_is_never_worth_less_than_a_view(void **state)
{
    SCOPED(set_maker_free) struct set_maker m = {0};
    struct catalog *c = shop();

    for (uint32_t s = 0; s < 2000; s++) {
        set_session(&m, s, s);
        set_click(&m, 0, s % 2 == 0 ? ACTION_VIEW : ACTION_CART, 0);
        if (s % 2 == 0)
            set_click(&m, 0, ACTION_BUY, s + 1);
    }
    const struct gains g = gains_of(&m.set, c);
    assert_near(g.of_view, (1000 + 500 * 0.02) / (1000 + 500));
    assert_true(g.of_cart == g.of_view);
    catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_purchase_is_worth_margin_revenue_or_an_order),
        cmocka_unit_test(a_view_or_cart_is_worth_the_share_that_this_shop_turns_into_a_purchase),
        cmocka_unit_test(without_any_known_cost_margin_is_revenue),
        cmocka_unit_test(what_sells_below_its_cost_gains_nothing_and_never_less),
        cmocka_unit_test(a_cart_is_never_worth_less_than_a_view),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
