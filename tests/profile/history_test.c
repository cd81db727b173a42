/* SPDX-License-Identifier: Apache-2.0 */
/* What segments ask of a profile: where a shopper came from, whether they were here before, what they
 * ordered. */
#include "base/money.h"
#include "profile/profile.h"
#include "tests/support/profiles.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(1700000000000);
enum { HOUR = 3600 * 1000 };

static void fold(struct profiles *p, int64_t time_ms, uint32_t flags, struct arrival arrival)
{
    struct profile_event e = {.key = test_key(1),
                              .time_ms = time_ms,
                              .type = EVENT_page_view,
                              .flags = flags,
                              .arrival = arrival};
    bool began;

    (void)profiles_fold(p, &e, &began);
}

static void page(struct profiles *p, int64_t time_ms, uint32_t flags)
{
    fold(p, time_ms, flags, (struct arrival){0});
}

static void buy(struct profiles *p, int64_t time_ms, uint32_t flags, struct profile_order order)
{
    struct profile_event e = {.key = test_key(1),
                              .time_ms = time_ms,
                              .type = EVENT_purchase,
                              .flags = flags,
                              .order = order};
    bool began;

    (void)profiles_fold(p, &e, &began);
}

static void who_had_a_session_before_returns(void **state)
{
    struct profiles *p = profiles_new();

    assert_false(test_look(p, 1, noon).returning);
    page(p, noon, ALLOWED);
    page(p, noon + 60000, ALLOWED);
    struct profile out = test_look(p, 1, noon + 61000);
    assert_false(out.returning);
    assert_int_equal(out.last_visit_ms, 0);
    out = test_look(p, 1, noon + HOUR); /* a request that no event came before */
    assert_true(out.returning);
    assert_int_equal(out.last_visit_ms, noon + 60000);
    page(p, noon + 2 * HOUR, ALLOWED);
    out = test_look(p, 1, noon + 2 * HOUR + 1);
    assert_true(out.returning);
    assert_int_equal(out.last_visit_ms, noon + 60000);
    page(p, noon + 30000, ALLOWED); /* late, of the former session */
    out = test_look(p, 1, noon + 2 * HOUR + 1);
    assert_int_equal(out.last_visit_ms, noon + 60000);
    for (int i = 3; i < 300; i++)
        page(p, noon + (int64_t)i * HOUR, ALLOWED);
    assert_true(test_look(p, 1, noon + 299 * (int64_t)HOUR).returning);
    profiles_free(p);
}

static void sessions_without_consent_are_not_counted(void **state)
{
    struct profiles *p = profiles_new();

    page(p, noon, 0);
    page(p, noon + 2 * HOUR, 0);
    page(p, noon + 2 * HOUR + 1000, ALLOWED | STATED);
    struct profile out = test_look(p, 1, noon + 2 * HOUR + 2000);
    assert_false(out.returning);
    assert_int_equal(out.last_visit_ms, 0);
    page(p, noon + 4 * HOUR, ALLOWED);
    out = test_look(p, 1, noon + 4 * HOUR);
    assert_true(out.returning);
    assert_int_equal(out.last_visit_ms, noon + 2 * HOUR + 1000);
    profiles_free(p);
}

static void the_last_campaign_is_kept_whole(void **state)
{
    struct profiles *p = profiles_new();

    fold(p, noon, ALLOWED, (struct arrival){.source = 7, .medium = 8, .country = 21});
    fold(p, noon + 1000, ALLOWED, (struct arrival){0});
    struct profile out = test_look(p, 1, noon + 1000);
    assert_int_equal(out.source, 7);
    assert_int_equal(out.medium, 8);
    assert_int_equal(out.country, 21);
    fold(p, noon + 2000, ALLOWED, (struct arrival){.source = 9});
    fold(p, noon + 500, ALLOWED, (struct arrival){.source = 6, .country = 22}); /* late */
    out = test_look(p, 1, noon + 3000);
    assert_int_equal(out.source, 9);
    assert_int_equal(out.medium, 0); /* not the other campaign's */
    assert_int_equal(out.country, 21);
    profiles_free(p);
}

static category_number landed(const struct profiles *p, int64_t now_ms)
{
    struct arrival arrival = {0};
    category_number open = test_look(p, 1, now_ms).landing;

    profiles_arrival(p, test_key(1), &arrival);
    assert_true(open == 0 || open == arrival.landing);
    return open;
}

static void a_session_lands_where_it_first_comes_to_a_category(void **state)
{
    struct profiles *p = profiles_new();

    page(p, noon, ALLOWED);
    assert_int_equal(landed(p, noon), 0);
    fold(p, noon + 1000, ALLOWED, (struct arrival){.landing = 4});
    fold(p, noon + 2000, ALLOWED, (struct arrival){.landing = 5});
    assert_int_equal(landed(p, noon + 3000), 4);
    assert_int_equal(landed(p, noon + 2000 + SESSION_GAP_MS),
                     0); /* a new visit, wherever it begins */
    page(p, noon + 2 * HOUR, ALLOWED);
    assert_int_equal(landed(p, noon + 2 * HOUR), 0);
    fold(p, noon + HOUR, ALLOWED,
         (struct arrival){.landing = 7}); /* late, of no session that is open */
    assert_int_equal(landed(p, noon + 2 * HOUR), 0);
    fold(p, noon + 2 * HOUR, ALLOWED, (struct arrival){.landing = 6});
    assert_int_equal(landed(p, noon + 2 * HOUR), 6);
    profiles_free(p);
}

static void where_they_landed_needs_consent_and_is_forgotten_with_the_rest(void **state)
{
    struct profiles *p = profiles_new();
    const struct arrival landing = {.landing = 4};

    fold(p, noon, 0, landing);
    assert_int_equal(landed(p, noon), 0);
    fold(p, noon + 1000, ALLOWED | STATED, landing);
    assert_int_equal(landed(p, noon + 1000), 4);
    profiles_forget(p, test_key(1));
    assert_int_equal(landed(p, noon + 1000), 0);
    fold(p, noon + 2000, ALLOWED, landing);
    assert_int_equal(landed(p, noon + 2000), 4);
    fold(p, noon + 3000, STATED, landing);
    assert_int_equal(landed(p, noon + 3000), 0);
    fold(p, noon + 4000, ALLOWED | STATED, landing);
    assert_true(profiles_remove(p, test_key(1)));
    page(p, noon + 5000, ALLOWED);
    assert_int_equal(landed(p, noon + 5000), 0);
    profiles_free(p);
}

static void orders_the_shop_vouches_for_are_counted(void **state)
{
    struct profiles *p = profiles_new();
    struct profile_order rows = {
        .counts = true, .hash = 5, .value = MONEY_NONE, .items = 3 * MONEY_UNIT};

    buy(p, noon, ALLOWED, rows);
    buy(p, noon, ALLOWED, rows); /* the second row of the same order */
    struct profile out = test_look(p, 1, noon);
    assert_int_equal(out.orders, 1);
    assert_int_equal(out.spend_micros, 6 * MONEY_UNIT);
    assert_int_equal(out.last_order_ms, noon);
    struct profile_order whole = {.counts = true, .hash = 6, .value = 10 * MONEY_UNIT, .items = 1};
    buy(p, noon - HOUR, ALLOWED, whole);
    buy(p, noon - HOUR, ALLOWED, whole); /* told twice, by the shop's server and by its mail */
    out = test_look(p, 1, noon);
    assert_int_equal(out.orders, 2);
    assert_int_equal(out.spend_micros, 16 * MONEY_UNIT);
    assert_int_equal(out.last_order_ms, noon);
    buy(p, noon, ALLOWED, (struct profile_order){.value = MONEY_UNIT}); /* not vouched for */
    assert_int_equal(test_look(p, 1, noon).orders, 2);
    for (int i = 0; i < 300; i++)
        buy(p, noon, ALLOWED, (struct profile_order){.counts = true, .value = INT64_MAX / 2});
    out = test_look(p, 1, noon);
    assert_int_equal(out.orders, 255);
    assert_true(out.spend_micros == INT64_MAX);
    profiles_free(p);
}

static void a_refusal_erases_the_history(void **state)
{
    struct profiles *p = profiles_new();
    struct profile_order order = {.counts = true, .value = MONEY_UNIT};

    fold(p, noon, ALLOWED, (struct arrival){7, 8, 9, 21, DEVICE_MOBILE, 0});
    page(p, noon + HOUR, ALLOWED);
    buy(p, noon + HOUR, ALLOWED, order);
    page(p, noon + HOUR + 1000, STATED);
    buy(p, noon + HOUR + 2000, 0, order);
    page(p, noon + 3 * HOUR, 0);
    page(p, noon + 3 * HOUR + 1000, ALLOWED | STATED);
    struct profile out = test_look(p, 1, noon + 3 * HOUR + 2000);
    assert_true(out.personal);
    assert_false(out.returning);
    assert_int_equal(out.last_visit_ms, 0);
    assert_int_equal(out.orders, 0);
    assert_int_equal(out.spend_micros, 0);
    assert_int_equal(out.last_order_ms, 0);
    assert_int_equal(out.source | out.medium, 0);
    assert_int_equal(out.country, 0);
    assert_int_equal(out.device, DEVICE_UNKNOWN);
    profiles_free(p);
}

static void a_checkpoint_keeps_the_history(void **state)
{
    char dir[TEST_PATH_SIZE];
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct checkpoint_writer *w = NULL;
    struct profiles *p = profiles_new(), *q = profiles_new();

    fold(p, noon, ALLOWED, (struct arrival){7, 8, 9, 21, DEVICE_TABLET, 0});
    fold(p, noon + HOUR, ALLOWED, (struct arrival){.landing = 4});
    buy(p, noon + HOUR, ALLOWED,
        (struct profile_order){.counts = true, .hash = 4, .value = MONEY_UNIT});
    assert_int_equal(checkpoint_begin(&w, test_dir(dir), (struct position){1}, NULL), OK);
    profiles_save(p, w);
    assert_int_equal(checkpoint_commit(&w, 1, NULL), OK);
    assert_int_equal(checkpoint_open(&c, dir, (struct position){1}, NULL), OK);
    assert_int_equal(profiles_load(q, c, NULL), OK);
    buy(q, noon + HOUR, ALLOWED,
        (struct profile_order){.counts = true, .hash = 4, .value = MONEY_UNIT});
    struct profile x = test_look(p, 1, noon + HOUR), y = test_look(q, 1, noon + HOUR);
    assert_int_equal(y.orders, 1);
    assert_int_equal(y.spend_micros, MONEY_UNIT);
    assert_int_equal(y.last_order_ms, noon + HOUR);
    assert_true(y.returning);
    assert_int_equal(y.last_visit_ms, x.last_visit_ms);
    assert_int_equal(y.source, 7);
    assert_int_equal(y.medium, 8);
    assert_int_equal(y.country, 21);
    assert_int_equal(y.device, DEVICE_TABLET);
    assert_int_equal(y.landing, 4);
    profiles_free(p);
    profiles_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_had_a_session_before_returns),
        cmocka_unit_test(sessions_without_consent_are_not_counted),
        cmocka_unit_test(the_last_campaign_is_kept_whole),
        cmocka_unit_test(a_session_lands_where_it_first_comes_to_a_category),
        cmocka_unit_test(where_they_landed_needs_consent_and_is_forgotten_with_the_rest),
        cmocka_unit_test(orders_the_shop_vouches_for_are_counted),
        cmocka_unit_test(a_refusal_erases_the_history),
        cmocka_unit_test(a_checkpoint_keeps_the_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
