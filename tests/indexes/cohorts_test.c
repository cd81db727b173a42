/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/cohorts.h"

#include "base/time.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(1700000000000);
static const struct arrival phone = {.source = 7, .device = 2};
static const struct arrival desk = {.source = 7, .device = 1};
static const struct arrival elsewhere = {.source = 8, .device = 1};

/* The shop's: product 0 sold 16, 1 sold 8, and so on; scores are fourth roots. */
static const struct popular shop[] = {{0, 2.0F}, {1, 1.68F}, {2, 1.41F}, {3, 1.19F}};

static void seen(struct cohorts *c, struct arrival a, product_number product, int times)
{
    for (int i = 0; i < times; i++)
        cohorts_fold(c, &a, product, noon);
}

static const struct cohort_list whole = {shop, COUNT(shop), 0}, nowhere = {0};

static product_number first(const struct cohorts *c, struct arrival a)
{
    struct cohort_seller out[COHORT_SELLERS_MAX];

    return cohorts_order(c, &a, &nowhere, &whole, out) > 0 ? out[0].product : PRODUCT_NONE;
}

static void what_a_cohort_likes_comes_first_for_it_alone(void **state)
{
    struct cohorts *c = cohorts_new();
    struct cohort_seller out[COHORT_SELLERS_MAX];

    seen(c, phone, 3, 60);
    seen(c, elsewhere, 2, 60);
    seen(c, elsewhere, 77, 60); /* no bestseller of the shop */
    cohorts_tick(c, false);
    assert_int_equal(cohorts_order(c, &phone, &nowhere, &whole, out), COUNT(shop));
    assert_int_equal(out[0].product, 3);
    assert_int_equal(out[1].product, 0); /* the rest as the shop has it */
    assert_int_equal(out[2].product, 1);
    assert_int_equal(out[3].product, 2);
    assert_int_equal(first(c, elsewhere), 2);
    assert_int_equal(first(c, (struct arrival){.source = 9}), PRODUCT_NONE);
    assert_int_equal(first(c, (struct arrival){0}), PRODUCT_NONE);
    cohorts_free(c);
}

static void the_narrowest_cohort_with_events_enough_is_gone_by(void **state)
{
    struct cohorts *c = cohorts_new();

    seen(c, phone, 3, 60);
    seen(c, desk, 1, COHORT_EVENTS_MIN - 1);
    cohorts_tick(c, false);
    assert_int_equal(first(c, phone), 3);
    assert_int_equal(first(c, desk), 3); /* too few on a desk: the source's */
    seen(c, desk, 1, 60);
    cohorts_tick(c, false);
    assert_int_equal(first(c, desk), 1);
    assert_int_equal(first(c, (struct arrival){.device = 2}), 3);
    assert_int_equal(first(c, (struct arrival){.source = 99, .device = 1}), 1); /* the device's */
    cohorts_free(c);
}

static void by_where_they_landed_before_how_they_came(void **state)
{
    static const struct arrival lamps = {.source = 7, .device = 2, .landing = 5};
    struct cohorts *c = cohorts_new();

    assert_int_equal(cohorts_known(c, &lamps), 0);
    seen(c, phone, 3, 60);
    cohorts_tick(c, false);
    assert_int_equal(cohorts_known(c, &lamps), COHORT_CAMPAIGN | COHORT_DEVICE);
    seen(c, (struct arrival){.landing = 5}, 2, 60);
    seen(c, (struct arrival){.landing = 6}, 1, 60);
    cohorts_tick(c, false);
    assert_int_equal(cohorts_known(c, &lamps), COHORT_LANDING);
    assert_int_equal(first(c, lamps), 2);
    assert_int_equal(first(c, (struct arrival){.landing = 6}), 1);
    assert_int_equal(first(c, (struct arrival){.landing = 7}), PRODUCT_NONE);
    seen(c, (struct arrival){.device = 2, .landing = 5}, 1, 60);
    cohorts_tick(c, false);
    assert_int_equal(cohorts_known(c, &lamps), COHORT_DEVICE | COHORT_LANDING);
    assert_int_equal(first(c, lamps), 1);
    seen(c, (struct arrival){.source = 7, .landing = 5}, 3, 60);
    cohorts_tick(c, false);
    assert_int_equal(cohorts_known(c, &lamps), COHORT_CAMPAIGN | COHORT_LANDING);
    seen(c, lamps, 2, 40);
    cohorts_tick(c, false);
    assert_int_equal(cohorts_known(c, &lamps), COHORT_CAMPAIGN | COHORT_DEVICE | COHORT_LANDING);
    assert_int_equal(first(c, lamps), 2);
    assert_int_equal(first(c, phone), 3); /* of all who came so, wherever they landed */
    cohorts_free(c);
}

/* Of the category: product 9 sold 16, 0 sold 4. */
static void what_sells_where_they_landed_stands_among_the_shops(void **state)
{
    static const struct popular there[] = {{9, 2.0F}, {0, 1.41F}};
    static const struct cohort_list landing = {there, COUNT(there), 5};
    static const struct arrival lamps = {.landing = 5};
    struct cohorts *c = cohorts_new();
    struct cohort_seller out[COHORT_SELLERS_MAX];

    cohorts_tick(c, false);
    assert_int_equal(cohorts_order(c, &lamps, &landing, &whole, out), 5);
    assert_int_equal(out[0].product, 9); /* 20 of 25, against 5 + 13 */
    assert_int_equal(out[0].category, 5);
    assert_int_equal(out[1].product, 0);
    assert_int_equal(out[1].category, 5); /* it sells there, too */
    assert_int_equal(out[2].product, 1);
    assert_int_equal(out[2].category, 0);
    seen(c, lamps, 3, 60);
    seen(c, lamps, 77, 60); /* neither's bestseller */
    cohorts_tick(c, false);
    assert_int_equal(cohorts_order(c, &lamps, &landing, &whole, out), 5);
    assert_int_equal(out[0].product, 3);
    assert_int_equal(out[0].category, 0);
    assert_int_equal(out[1].product, 9);
    cohorts_free(c);
}

static void few_events_move_little(void **state)
{
    struct cohorts *c = cohorts_new();

    seen(c, phone, 3,
         COHORT_EVENTS_MIN); /* 20 of its own against 26 of the 50 the shop counts as */
    cohorts_tick(c, false);
    assert_int_equal(first(c, phone), 0);
    seen(c, phone, 3, COHORT_EVENTS_MIN);
    cohorts_tick(c, false);
    assert_int_equal(first(c, phone), 3);
    cohorts_free(c);
}

static void readers_see_what_was_so_at_the_tick(void **state)
{
    struct cohorts *c = cohorts_new();

    seen(c, phone, 3, 60);
    assert_int_equal(first(c, phone), PRODUCT_NONE);
    cohorts_tick(c, false);
    seen(c, phone, 2, 600);
    assert_int_equal(first(c, phone), 3);
    cohorts_tick(c, false);
    assert_int_equal(first(c, phone), 2);
    cohorts_free(c);
}

static void what_is_old_is_worth_half_every_month(void **state)
{
    struct cohorts *c = cohorts_new();

    seen(c, phone, 3, 200);
    cohorts_fold(c, &phone, 2, noon + 90 * (int64_t)MS_DAY);
    seen(c, phone, 2, 40); /* late, and counted whole */
    cohorts_tick(c, false);
    assert_int_equal(first(c, phone), 2);
    cohorts_free(c);
}

static void purchases_count_once_there_are_any(void **state)
{
    struct cohorts *c = cohorts_new();

    assert_int_equal(cohorts_counted(c), EVENT_view_item);
    seen(c, phone, 3, 60);
    cohorts_tick(c, true);
    assert_int_equal(cohorts_counted(c), EVENT_purchase);
    assert_int_equal(first(c, phone), PRODUCT_NONE); /* anew */
    seen(c, phone, 2, 60);
    cohorts_tick(c, true);
    assert_int_equal(first(c, phone), 2);
    cohorts_free(c);
}

static void made_up_campaigns_push_out_the_silent_and_no_more(void **state)
{
    struct cohorts *c = cohorts_new();

    seen(c, phone, 3, 60);
    for (uint32_t i = 0; i < 10 * COHORTS_MAX; i++) {
        const struct arrival made_up = {
            .source = 1000 + i, .device = (uint8_t)(1 + i % 3), .landing = 1 + i % 500};
        seen(c, made_up, i % 100, 1);
        if (i % 50 == 0)
            seen(c, elsewhere, 2, 60); /* goes on */
    }
    cohorts_tick(c, false);
    assert_int_equal(first(c, elsewhere), 2);
    assert_int_equal(first(c, (struct arrival){.source = 7}), PRODUCT_NONE);
    cohorts_free(c);
}

static void many_products_push_out_the_least(void **state)
{
    struct cohorts *c = cohorts_new();

    seen(c, phone, 3, 100);
    for (product_number n = 10; n < 10 + 2 * COHORT_PRODUCTS_MAX; n++)
        seen(c, phone, n, 1);
    cohorts_tick(c, false);
    assert_int_equal(first(c, phone), 3);
    cohorts_free(c);
}

static void they_come_back_from_a_checkpoint_and_go_on(void **state)
{
    char dir[TEST_PATH_SIZE];
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    SCOPED(checkpoint_close) struct checkpoint *from = NULL;
    struct cohorts *c = cohorts_new(), *loaded = cohorts_new();
    struct error err = {0};

    seen(c, phone, 3, 60);
    cohorts_tick(c, false);
    seen(c, phone, 2, 100);
    assert_int_equal(checkpoint_begin(&w, test_dir(dir), (struct position){1}, &err), OK);
    cohorts_save(c, w);
    assert_int_equal(checkpoint_commit(&w, 1, &err), OK);
    assert_int_equal(checkpoint_open(&from, dir, (struct position){1}, &err), OK);
    assert_int_equal(cohorts_load(loaded, from, &err), OK);
    assert_int_equal(first(loaded, phone), 3);
    cohorts_tick(loaded, false);
    assert_int_equal(first(loaded, phone), 2);
    seen(loaded, phone, 1, 200);
    cohorts_tick(loaded, false);
    assert_int_equal(first(loaded, phone), 1);
    cohorts_free(c);
    cohorts_free(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_cohort_likes_comes_first_for_it_alone),
        cmocka_unit_test(the_narrowest_cohort_with_events_enough_is_gone_by),
        cmocka_unit_test(by_where_they_landed_before_how_they_came),
        cmocka_unit_test(what_sells_where_they_landed_stands_among_the_shops),
        cmocka_unit_test(few_events_move_little),
        cmocka_unit_test(readers_see_what_was_so_at_the_tick),
        cmocka_unit_test(what_is_old_is_worth_half_every_month),
        cmocka_unit_test(purchases_count_once_there_are_any),
        cmocka_unit_test(made_up_campaigns_push_out_the_silent_and_no_more),
        cmocka_unit_test(many_products_push_out_the_least),
        cmocka_unit_test(they_come_back_from_a_checkpoint_and_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
