/* SPDX-License-Identifier: Apache-2.0 */
#include "indexes/popularity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/time.h"
#include "indexes/decay.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(1700000000000);

/* Fold a product record; its number is its place among the products mentioned. */
static void put_product(struct catalog *c, uint32_t number, const char *category)
{
    SCOPED(buffer_free) struct buffer body = {0};
    struct product p = product_blank();
    static uint64_t position;
    char id[32];

    snprintf(id, sizeof(id), "p%u", number);
    p.item_id = text_from(id);
    p.title = TEXT("A product");
    p.category = text_from(category);
    p.price = 1000000;
    product_encode(&p, &body);
    struct record r = {.position = {++position},
                       .kind = RECORD_PRODUCT,
                       .time_ms = noon,
                       .body = buffer_text(&body)};
    catalog_fold(c, &r);
    assert_int_equal(catalog_find(c, p.item_id), number);
}

/* `count` products over Top > A .. Top > J. */
static struct catalog *make_catalog(uint32_t count)
{
    struct catalog *c = catalog_new();
    char category[32];

    for (uint32_t i = 0; i < count; i++) {
        snprintf(category, sizeof(category), "Top > %c", 'A' + (char)(i % 10));
        put_product(c, i, category);
    }
    return c;
}

static size_t top(const struct popularity *p, enum popularity_list list, category_number category,
                  const struct popular **out)
{
    *out = NULL;
    return popularity_top(p, list, category, out);
}

static void powers_of_two_are_those_of_the_library(void **state)
{
    for (double x = -300; x < 300; x += 0.37)
        assert_true(fabs(decay_power(x) / exp2(x) - 1) < 1e-14);
    assert_true(decay_power(0) == 1);
    assert_true(decay_power(-3) == 0.125);
    assert_true(decay_power(-1e9) > 0);
}

static void readers_see_nothing_before_the_tick(void **state)
{
    struct catalog *c = make_catalog(3);
    struct popularity *p = popularity_new();
    const struct popular *list;

    popularity_fold(p, 1, EVENT_view_item, 1, noon);
    popularity_session(p, noon);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 0);
    assert_int_equal(popularity_sessions_month(p), 0);
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 1);
    assert_int_equal(list[0].product, 1);
    assert_int_equal(popularity_sessions_month(p), 1);
    popularity_free(p);
    catalog_free(c);
}

static void purchases_replace_views_once_there_are_any(void **state)
{
    struct catalog *c = make_catalog(3);
    struct popularity *p = popularity_new();
    const struct popular *list;

    for (int i = 0; i < 9; i++)
        popularity_fold(p, 0, EVENT_view_item, 1, noon);
    popularity_fold(p, 1, EVENT_view_item, 1, noon);
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 2);
    assert_int_equal(list[0].product, 0);
    popularity_fold(p, 2, EVENT_purchase, 1, noon);
    popularity_fold(p, 1, EVENT_purchase, 4, noon);
    popularity_fold(p, 0, EVENT_refund, 3, noon);
    popularity_fold(p, 0, EVENT_add_to_cart, 3, noon);
    popularity_tick(p, c);
    assert_int_equal(popularity_purchases(p), 2);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 2);
    assert_int_equal(list[0].product, 1);
    assert_int_equal(list[1].product, 2);
    popularity_free(p);
    catalog_free(c);
}

static void a_product_counts_in_its_category_and_all_above(void **state)
{
    struct catalog *c = make_catalog(20);
    struct popularity *p = popularity_new();
    const struct popular *list;

    popularity_fold(p, 1, EVENT_view_item, 1, noon);
    popularity_fold(p, 11, EVENT_view_item, 1, noon + MS_HOUR);
    popularity_fold(p, 2, EVENT_view_item, 1, noon + MS_HOUR);
    popularity_tick(p, c);
    category_number b = catalog_category_find(c, TEXT("Top > B"));
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, b, &list), 2);
    assert_int_equal(list[0].product, 11);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, catalog_category_parent(c, b), &list), 3);
    assert_int_equal(
        top(p, POPULARITY_BESTSELLERS, catalog_category_find(c, TEXT("Top > E")), &list), 0);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 4000000, &list), 0);
    popularity_free(p);
    catalog_free(c);
}

static void sales_halve_every_thirty_days(void **state)
{
    struct catalog *c = make_catalog(3);
    struct popularity *p = popularity_new();
    const struct popular *list;

    popularity_fold(p, 0, EVENT_purchase, 7, noon);
    popularity_fold(p, 1, EVENT_purchase, 2, noon + INT64_C(60) * MS_DAY);
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 2);
    assert_int_equal(list[0].product, 1);
    assert_true(fabsf(powf(list[0].score / list[1].score, 4) - 8.0F / 7) < 1e-5F);
    popularity_free(p);
    catalog_free(c);
}

static void sales_of_long_ago_keep_their_order(void **state)
{
    struct catalog *c = make_catalog(3);
    struct popularity *p = popularity_new();
    const struct popular *list;

    popularity_fold(p, 2, EVENT_purchase, 2, noon);
    popularity_fold(p, 1, EVENT_purchase, 3, noon);
    popularity_fold(p, 0, EVENT_view_item, 1, noon + INT64_C(15) * 365 * MS_DAY);
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 2);
    assert_int_equal(list[0].product, 1);
    popularity_free(p);
    catalog_free(c);
}

static void one_big_order_makes_no_bestseller_and_no_trend(void **state)
{
    struct catalog *c = make_catalog(2);
    struct popularity *p = popularity_new();
    const struct popular *list;

    popularity_fold(p, 0, EVENT_purchase, 80995, noon);
    for (int i = 0; i < 12; i++)
        popularity_fold(p, 1, EVENT_purchase, 1, noon);
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 2);
    assert_int_equal(list[0].product, 1);
    assert_int_equal(top(p, POPULARITY_TRENDING, 0, &list), 1);
    assert_int_equal(list[0].product, 1);
    popularity_free(p);
    catalog_free(c);
}

static void what_rises_is_trending_and_what_is_merely_big_is_not(void **state)
{
    struct catalog *c = make_catalog(4);
    struct popularity *p = popularity_new();
    const struct popular *list;

    for (int day = 0; day < 30; day++) {
        for (int i = 0; i < 100; i++)
            popularity_fold(p, 0, EVENT_view_item, 1, noon + (int64_t)day * MS_DAY + i);
        for (int i = 0; i < (day < 29 ? 2 : 20); i++)
            popularity_fold(p, 1, EVENT_view_item, 1, noon + (int64_t)day * MS_DAY + i);
    }
    popularity_fold(p, 2, EVENT_view_item, 1, noon + INT64_C(29) * MS_DAY); /* once is chance */
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_TRENDING, 0, &list), 2);
    assert_int_equal(list[0].product, 1);
    assert_int_equal(list[1].product, 0);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 3);
    assert_int_equal(list[0].product, 0);
    popularity_free(p);
    catalog_free(c);
}

static void a_product_that_moves_leaves_its_old_category(void **state)
{
    struct catalog *c = make_catalog(1000);
    struct popularity *p = popularity_new();
    const struct popular *list;

    for (uint32_t i = 0; i < 1000; i++)
        for (uint32_t k = 0; k <= i / 10; k++)
            popularity_fold(p, i, EVENT_view_item, 1, noon);
    popularity_tick(p, c);
    category_number a = catalog_category_find(c, TEXT("Top > A"));
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, a, &list), 64);
    assert_int_equal(list[0].product, 990);
    put_product(c, 990, "Top > B");
    popularity_product_changed(p, 990);
    popularity_product_changed(p, 123456); /* nothing is known of it */
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, a, &list), 64);
    assert_int_equal(list[0].product, 980);
    assert_int_equal(list[63].product, 350); /* moved up from behind the list's end */
    category_number b = catalog_category_find(c, TEXT("Top > B"));
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, b, &list), 64);
    assert_int_equal(list[0].product, 990);
    assert_int_equal(list[1].product, 991);
    popularity_free(p);
    catalog_free(c);
}

static void what_became_sensitive_is_listed_no_more(void **state)
{
    struct catalog *c = make_catalog(20);
    struct popularity *p = popularity_new();
    struct text sensitive[] = {TEXT("Top > B")};
    const struct popular *list;

    for (uint32_t i = 0; i < 20; i++)
        popularity_fold(p, i, EVENT_view_item, 1, noon);
    popularity_fold(p, 20, EVENT_view_item, 1, noon); /* without a record */
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 20);
    catalog_sensitive_set(c, sensitive, 1);
    popularity_catalog_changed(p);
    popularity_tick(p, c);
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, 0, &list), 18);
    for (int i = 0; i < 18; i++)
        assert_int_not_equal(list[i].product % 10, 1);
    category_number b = catalog_category_find(c, TEXT("Top > B"));
    assert_int_equal(top(p, POPULARITY_BESTSELLERS, b, &list), 0);
    popularity_free(p);
    catalog_free(c);
}

static void sessions_of_the_last_thirty_days_are_counted(void **state)
{
    struct catalog *c = make_catalog(1);
    struct popularity *p = popularity_new();

    for (int day = 0; day < 40; day++)
        for (int i = 0; i < 3; i++)
            popularity_session(p, noon + (int64_t)day * MS_DAY);
    popularity_tick(p, c);
    assert_int_equal(popularity_sessions_month(p), 90);
    popularity_session(p, noon + INT64_C(20) * MS_DAY); /* late, within the month */
    popularity_session(p, noon);                        /* too late to count */
    popularity_fold(p, 0, EVENT_page_view, 1, noon + INT64_C(44) * MS_DAY);
    popularity_tick(p, c);
    assert_int_equal(popularity_sessions_month(p), 76);
    popularity_session(p, noon + INT64_C(1000) * MS_DAY);
    popularity_tick(p, c);
    assert_int_equal(popularity_sessions_month(p), 1);
    popularity_free(p);
    catalog_free(c);
}

static void assert_near(float value, double expected)
{
    assert_true(fabs((double)value - expected) <= 1e-6 * expected);
}

static void assert_count(const struct decayed_count *c, double day, double fortnight, double month)
{
    assert_near(c->day, day);
    assert_near(c->fortnight, fortnight);
    assert_near(c->month, month);
}

static void assert_same_appeal(struct appeal a, struct appeal b)
{
    assert_memory_equal(&a, &b, sizeof(a));
}

static void counts_of_a_product_change_at_ticks_only(void **state)
{
    struct catalog *c = make_catalog(3);
    struct popularity *p = popularity_new();
    const struct appeal none = {.views = {0}};

    popularity_fold(p, 1, EVENT_view_item, 1, noon);
    popularity_fold(p, 1, EVENT_view_item, 1, noon);
    popularity_fold(p, 1, EVENT_add_to_cart, 5, noon); /* once, however many */
    popularity_fold(p, 1, EVENT_purchase, 5, noon);
    popularity_fold(p, 1, EVENT_purchase, 99, noon);
    popularity_fold(p, 1, EVENT_refund, 5, noon);
    assert_same_appeal(popularity_appeal(p, 1), none);
    popularity_tick(p, c);
    struct appeal a = popularity_appeal(p, 1);
    assert_count(&a.views, 2, 2, 2);
    assert_count(&a.carts, 1, 1, 1);
    assert_count(&a.purchases, 2, 2, 5 + 10); /* units by the month */
    assert_same_appeal(popularity_appeal(p, 0), none);
    assert_same_appeal(popularity_appeal(p, 2), none);
    assert_same_appeal(popularity_appeal(p, PRODUCT_NONE), none);
    popularity_fold(p, 1, EVENT_view_item, 1, noon + MS_DAY);
    popularity_fold(p, 2, EVENT_add_to_cart, 1, noon + MS_DAY);
    popularity_product_changed(p, 1);
    assert_same_appeal(popularity_appeal(p, 1), a);
    assert_same_appeal(popularity_appeal(p, 2), none);
    popularity_tick(p, c);
    a = popularity_appeal(p, 1);
    assert_count(&a.views, 1 + 2 * 0.5, 1 + 2 * exp2(-1.0 / 14), 1 + 2 * exp2(-1.0 / 30));
    assert_count(&a.carts, 0.5, exp2(-1.0 / 14), exp2(-1.0 / 30));
    a = popularity_appeal(p, 2);
    assert_count(&a.carts, 1, 1, 1);
    assert_count(&a.views, 0, 0, 0);
    popularity_free(p);
    catalog_free(c);
}

static void counts_of_a_silent_product_decay_at_ticks(void **state)
{
    static const int days[] = {1, 30, 59, 61, 200, 1500, 1900, 4000};
    struct catalog *c = make_catalog(3);
    struct popularity *p = popularity_new();
    struct appeal a;

    popularity_fold(p, 0, EVENT_view_item, 1, noon);
    popularity_fold(p, 2, EVENT_view_item, 1, noon - MS_DAY); /* late */
    popularity_tick(p, c);
    a = popularity_appeal(p, 2);
    assert_count(&a.views, 0.5, exp2(-1.0 / 14), exp2(-1.0 / 30));
    for (size_t i = 0; i < COUNT(days); i++) {
        a = popularity_appeal(p, 0);
        popularity_fold(p, 1, EVENT_view_item, 1, noon + days[i] * INT64_C(86400000));
        assert_same_appeal(popularity_appeal(p, 0), a); /* though the landmarks may have moved */
        popularity_tick(p, c);
        a = popularity_appeal(p, 0);
        assert_near(a.views.month, exp2(-days[i] / 30.0));
        if (days[i] < 1000) /* then it is too little for a float */
            assert_near(a.views.fortnight, exp2(-days[i] / 14.0));
        if (days[i] < 100)
            assert_near(a.views.day, exp2(-days[i]));
    }
    popularity_fold(p, 1, EVENT_view_item, 1, noon + INT64_C(2000000) * MS_DAY);
    popularity_tick(p, c);
    a = popularity_appeal(p, 0);
    assert_true(a.views.day == 0 && a.views.month == 0);
    a = popularity_appeal(p, 1);
    assert_count(&a.views, 1, 1, 1);
    popularity_free(p);
    catalog_free(c);
}

/* Events of a made shop, from `from_day` to `to_day`, some late, with a tick now and then. */
static void make_events(struct popularity *p, const struct catalog *c, int from_day, int to_day,
                        uint64_t seed)
{
    struct random r;

    random_seed(&r, seed);
    for (int day = from_day; day < to_day; day++) {
        for (int i = 0; i < 60; i++) {
            double u = random_unit(&r);
            int64_t late = random_below(&r, 10) == 0 ? (int64_t)random_below(&r, 9) * MS_DAY : 0;
            popularity_fold(p, (product_number)(u * u * 1000),
                            random_below(&r, 3) == 0 && day > 5 ? EVENT_purchase : EVENT_view_item,
                            1 + random_below(&r, 3),
                            noon + (int64_t)day * MS_DAY + i * MS_MINUTE - late);
        }
        if (random_below(&r, 3) == 0)
            popularity_tick(p, c);
    }
    popularity_tick(p, c);
}

static void assert_same_lists(const struct popularity *p, const struct popularity *q,
                              const struct catalog *c)
{
    for (category_number k = 0; k <= catalog_category_count(c); k++)
        for (int kind = 0; kind < 2; kind++) {
            const struct popular *x, *y;
            size_t count = top(p, kind, k, &x);
            assert_int_equal(top(q, kind, k, &y), count);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(x[i].product, y[i].product);
                assert_memory_equal(&x[i].score, &y[i].score, sizeof(float));
            }
        }
}

static void carts_change_no_list(void **state)
{
    struct catalog *c = make_catalog(1000);
    struct popularity *p = popularity_new(), *q = popularity_new();

    for (int month = 0; month < 10; month++) {
        make_events(p, c, 30 * month, 30 * (month + 1), (uint64_t)month);
        make_events(q, c, 30 * month, 30 * (month + 1), (uint64_t)month);
        for (product_number i = 0; i < 1500; i += 3)
            popularity_fold(q, i, EVENT_add_to_cart, 1, noon + INT64_C(30) * month * MS_DAY);
        popularity_tick(q, c);
        assert_same_lists(p, q, c);
    }
    assert_true(popularity_appeal(q, 3).carts.month > 0);
    popularity_free(p);
    popularity_free(q);
    catalog_free(c);
}

static void lists_kept_by_ticks_are_those_made_anew(void **state)
{
    struct catalog *c = make_catalog(1000);
    struct popularity *p = popularity_new(), *q = popularity_new();

    /* 400 days: the landmark of a day's half-life moves several times */
    make_events(p, c, 0, 400, 1);
    make_events(q, c, 0, 400, 1);
    popularity_catalog_changed(q);
    popularity_tick(q, c);
    assert_same_lists(p, q, c);
    popularity_fold(p, 3, EVENT_purchase, 1, noon + INT64_C(4000) * MS_DAY);
    popularity_fold(q, 3, EVENT_purchase, 1, noon + INT64_C(4000) * MS_DAY);
    popularity_tick(p, c);
    popularity_catalog_changed(q);
    popularity_tick(q, c);
    assert_same_lists(p, q, c);
    popularity_free(p);
    popularity_free(q);
    catalog_free(c);
}

static void what_was_saved_loads_and_goes_on_alike(void **state)
{
    struct catalog *c = make_catalog(1000);
    struct popularity *p = popularity_new(), *q = popularity_new();
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    SCOPED(checkpoint_close) struct checkpoint *saved = NULL;
    char dir[TEST_PATH_SIZE];

    make_events(p, c, 0, 100, 1);
    for (product_number i = 0; i < 1000; i += 7)
        popularity_fold(p, i, EVENT_add_to_cart, 1, noon + INT64_C(99) * MS_DAY);
    popularity_tick(p, c);
    popularity_fold(p, 5, EVENT_purchase, 1000,
                    noon + INT64_C(100) * MS_DAY); /* waits for a tick */
    test_dir(dir);
    assert_int_equal(checkpoint_begin(&w, dir, (struct position){1}, NULL), OK);
    popularity_save(p, w);
    assert_int_equal(checkpoint_commit(&w, 1, NULL), OK);
    assert_int_equal(checkpoint_open(&saved, dir, (struct position){1}, NULL), OK);
    assert_int_equal(popularity_load(q, saved, NULL), OK);
    assert_same_lists(p, q, c);
    assert_true(popularity_appeal(q, 7).carts.day > 0);
    for (product_number i = 0; i < 1000; i++)
        assert_same_appeal(popularity_appeal(p, i), popularity_appeal(q, i));
    make_events(p, c, 100, 200, 2);
    make_events(q, c, 100, 200, 2);
    assert_same_lists(p, q, c);
    for (product_number i = 0; i < 1000; i++)
        assert_same_appeal(popularity_appeal(p, i), popularity_appeal(q, i));
    assert_int_equal(popularity_purchases(p), popularity_purchases(q));
    popularity_free(p);
    popularity_free(q);
    catalog_free(c);
}

static void a_checkpoint_without_it_is_refused(void **state)
{
    struct popularity *p = popularity_new();
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;
    SCOPED(checkpoint_close) struct checkpoint *saved = NULL;
    char dir[TEST_PATH_SIZE];
    struct error err = {0};

    test_dir(dir);
    assert_int_equal(checkpoint_begin(&w, dir, (struct position){1}, NULL), OK);
    assert_int_equal(checkpoint_commit(&w, 1, NULL), OK);
    assert_int_equal(checkpoint_open(&saved, dir, (struct position){1}, NULL), OK);
    assert_int_equal(popularity_load(p, saved, &err), ERR_CORRUPT);
    popularity_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_of_two_are_those_of_the_library),
        cmocka_unit_test(readers_see_nothing_before_the_tick),
        cmocka_unit_test(purchases_replace_views_once_there_are_any),
        cmocka_unit_test(a_product_counts_in_its_category_and_all_above),
        cmocka_unit_test(sales_halve_every_thirty_days),
        cmocka_unit_test(sales_of_long_ago_keep_their_order),
        cmocka_unit_test(one_big_order_makes_no_bestseller_and_no_trend),
        cmocka_unit_test(what_rises_is_trending_and_what_is_merely_big_is_not),
        cmocka_unit_test(a_product_that_moves_leaves_its_old_category),
        cmocka_unit_test(what_became_sensitive_is_listed_no_more),
        cmocka_unit_test(sessions_of_the_last_thirty_days_are_counted),
        cmocka_unit_test(counts_of_a_product_change_at_ticks_only),
        cmocka_unit_test(counts_of_a_silent_product_decay_at_ticks),
        cmocka_unit_test(carts_change_no_list),
        cmocka_unit_test(lists_kept_by_ticks_are_those_made_anew),
        cmocka_unit_test(what_was_saved_loads_and_goes_on_alike),
        cmocka_unit_test(a_checkpoint_without_it_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
