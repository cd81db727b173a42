/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "tests/support/profiles.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(1700000000000);

static void assert_shown(const struct profiles *p, uint64_t who, const product_number *products,
                         uint32_t count)
{
    struct profile out = test_look(p, who, noon);

    assert_int_equal(out.shown_count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(out.shown[i].product, products[i]);
}

static void what_was_shown_is_kept_newest_first_with_how_often(void **state)
{
    struct profiles *p = profiles_new();

    test_show(p, 1, 10, 3, noon);
    assert_shown(p, 1, (product_number[]){10, 11, 12}, 3);
    test_show(p, 1, 12, 2, noon + 5000);
    assert_shown(p, 1, (product_number[]){12, 13, 10, 11}, 4);
    struct profile out = test_look(p, 1, noon + 5000);
    assert_int_equal(out.shown[0].times, 2);
    assert_int_equal(out.shown[0].last_s, noon / 1000 + 5);
    assert_int_equal(out.shown[1].times, 1);
    assert_int_equal(out.shown[2].times, 1);
    assert_int_equal(out.shown[2].last_s, noon / 1000);
    assert_int_equal(out.count, 0); /* to be shown something is no action */
    assert_int_equal(out.last_ms, 0);
    assert_int_equal(out.session_start_ms, noon);
    for (int i = 0; i < 70000; i++)
        test_show(p, 1, 11, 1, noon + 6000);
    out = test_look(p, 1, noon + 6000);
    assert_int_equal(out.shown[0].product, 11);
    assert_int_equal(out.shown[0].times, 65535);
    profiles_free(p);
}

static void only_the_products_shown_last_are_kept(void **state)
{
    struct profiles *p = profiles_new();
    product_number twice[] = {7, PRODUCT_NONE, 7, 8};
    struct profile_event e = {.key = test_key(1),
                              .time_ms = noon,
                              .type = EVENT_view_item_list,
                              .flags = ALLOWED,
                              .products = twice,
                              .product_count = 4};
    bool began;

    test_show(p, 2, 100, 200, noon); /* of a long list its beginning */
    struct profile out = test_look(p, 2, noon);
    assert_int_equal(out.shown_count, PROFILE_SHOWN_MAX);
    for (uint32_t i = 0; i < PROFILE_SHOWN_MAX; i++)
        assert_int_equal(out.shown[i].product, 100 + i);
    test_show(p, 2, 500, 3, noon + 1000);
    out = test_look(p, 2, noon);
    assert_int_equal(out.shown_count, PROFILE_SHOWN_MAX);
    assert_int_equal(out.shown[2].product, 502);
    assert_int_equal(out.shown[3].product, 100);
    assert_int_equal(out.shown[PROFILE_SHOWN_MAX - 1].product, 100 + PROFILE_SHOWN_MAX - 4);
    (void)profiles_fold(p, &e, &began); /* one list shows a product once */
    assert_shown(p, 1, (product_number[]){7, 8}, 2);
    assert_int_equal(test_look(p, 1, noon).shown[0].times, 1);
    profiles_free(p);
}

static void what_is_looked_at_is_no_longer_ignored(void **state)
{
    static const enum event_type types[] = {EVENT_view_item, EVENT_add_to_cart, EVENT_purchase,
                                            EVENT_add_to_wishlist};
    struct profiles *p = profiles_new();
    bool began;

    test_show(p, 1, 10, 6, noon);
    for (product_number i = 0; i < COUNT(types); i++) {
        struct profile_event e = {.key = test_key(1),
                                  .time_ms = noon + 900, /* within the same second */
                                  .type = types[i],
                                  .flags = ALLOWED,
                                  .products = (product_number[]){11 + i},
                                  .product_count = 1};
        (void)profiles_fold(p, &e, &began);
    }
    assert_shown(p, 1, (product_number[]){10, 15}, 2);
    assert_int_equal(test_look(p, 1, noon).count, COUNT(types));
    test_show(p, 1, 11, 1, noon + 5000); /* and shown anew it begins anew */
    assert_shown(p, 1, (product_number[]){11, 10, 15}, 3);
    assert_int_equal(test_look(p, 1, noon).shown[0].times, 1);
    test_view(p, 1, 10, noon + 6000, ALLOWED);
    test_view(p, 1, 11, noon + 6000, ALLOWED);
    test_view(p, 1, 15, noon + 6000, ALLOWED);
    assert_shown(p, 1, NULL, 0);
    profiles_free(p);
}

static void what_was_shown_and_comes_late_takes_its_place(void **state)
{
    struct profiles *p = profiles_new();

    test_show(p, 1, 20, 1, noon + 20000);
    test_show(p, 1, 10, 1, noon + 10000);
    test_show(p, 1, 20, 1, noon + 5000); /* once more, not later */
    assert_shown(p, 1, (product_number[]){20, 10}, 2);
    struct profile out = test_look(p, 1, noon + 20000);
    assert_int_equal(out.shown[0].times, 2);
    assert_int_equal(out.shown[0].last_s, noon / 1000 + 20);
    test_view(p, 1, 20, noon + 15000, ALLOWED); /* shown again since */
    assert_shown(p, 1, (product_number[]){20, 10}, 2);
    test_view(p, 1, 30, noon + 30000, ALLOWED);
    test_show(p, 1, 30, 1, noon + 25000); /* looked at since */
    assert_shown(p, 1, (product_number[]){20, 10}, 2);
    test_show(p, 1, 30, 1, noon + 35000);
    assert_shown(p, 1, (product_number[]){30, 20, 10}, 3);
    test_show(p, 1, 100, PROFILE_SHOWN_MAX, noon + 40000);
    test_show(p, 1, 40, 1, noon + 39000); /* older than all that are kept */
    assert_int_equal(test_look(p, 1, noon).shown[PROFILE_SHOWN_MAX - 1].product,
                     100 + PROFILE_SHOWN_MAX - 1);
    profiles_free(p);
}

static void a_refusal_erases_what_was_shown(void **state)
{
    struct profiles *p = profiles_new();
    struct profile_event e = {.key = test_key(1),
                              .time_ms = noon,
                              .type = EVENT_view_item_list,
                              .products = (product_number[]){4},
                              .product_count = 1};
    bool began;

    (void)profiles_fold(p, &e, &began); /* without consent */
    assert_shown(p, 1, NULL, 0);
    test_show(p, 2, 10, 5, noon);
    test_view(p, 2, 1, noon + 1000, STATED);
    assert_shown(p, 2, NULL, 0);
    test_show(p, 2, 10, 5, noon + 2000); /* a default does not overrule what was stated */
    assert_shown(p, 2, NULL, 0);
    test_view(p, 2, 3, noon + 3000, ALLOWED | STATED);
    test_show(p, 2, 10, 2, noon + 4000);
    assert_shown(p, 2, (product_number[]){10, 11}, 2);
    profiles_free(p);
}

/* Actions and lists come and go in every order, against plain arrays. */
static void actions_and_lists_share_a_block_and_do_not_meet(void **state)
{
    struct profiles *p = profiles_new();
    product_number shown[PROFILE_SHOWN_MAX + 1], actions[PROFILE_ACTIONS_MAX + 1];
    uint32_t shown_count = 0, action_count = 0;
    struct random r;

    random_seed(&r, 1);
    for (uint32_t i = 0; i < 20000; i++) {
        product_number product = random_below(&r, 30);
        bool looks = random_below(&r, 100) < (i / 500 % 2 == 0 ? 20 : 80);
        uint32_t at = 0;
        while (at < shown_count && shown[at] != product)
            at++;
        if (at < shown_count)
            memmove(shown + at, shown + at + 1, (--shown_count - at) * sizeof(*shown));
        if (looks) {
            memmove(actions + 1, actions, PROFILE_ACTIONS_MAX * sizeof(*actions));
            actions[0] = product;
            action_count += action_count < PROFILE_ACTIONS_MAX;
            test_view(p, 1, product, noon + i * 1000, ALLOWED);
        } else {
            memmove(shown + 1, shown, PROFILE_SHOWN_MAX * sizeof(*shown));
            shown[0] = product;
            shown_count += shown_count < PROFILE_SHOWN_MAX;
            test_show(p, 1, product, 1, noon + i * 1000);
        }
        if (i % 3000 == 2999) {
            test_view(p, 1, 0, noon + i * 1000, STATED);                 /* refused, */
            test_view(p, 1, product, noon + i * 1000, ALLOWED | STATED); /* and allowed again */
            shown_count = 0;
            action_count = 1;
            actions[0] = product;
        }
        struct profile out = test_look(p, 1, noon);
        assert_int_equal(out.count, action_count);
        for (uint32_t k = 0; k < action_count; k++)
            assert_int_equal(out.actions[k].product, actions[k]);
        assert_shown(p, 1, shown, shown_count);
    }
    profiles_free(p);
}

static void a_shopper_who_was_shown_eight_products_takes_less_than_300_bytes(void **state)
{
    struct profiles *p = profiles_new(), *q = profiles_new();

    test_crowd(p, (struct crowd){20000, 100000, 1, 8}); /* some 5 actions, and every third a list */
    assert_in_range(profiles_bytes(p) / profiles_count(p), 200, 299);
    test_crowd(q, (struct crowd){20000, 100000, 1, 0});
    assert_in_range(profiles_bytes(q) / profiles_count(q), 60,
                    180); /* who was shown none pays none */
    profiles_free(p);
    profiles_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_shown_is_kept_newest_first_with_how_often),
        cmocka_unit_test(only_the_products_shown_last_are_kept),
        cmocka_unit_test(what_is_looked_at_is_no_longer_ignored),
        cmocka_unit_test(what_was_shown_and_comes_late_takes_its_place),
        cmocka_unit_test(a_refusal_erases_what_was_shown),
        cmocka_unit_test(actions_and_lists_share_a_block_and_do_not_meet),
        cmocka_unit_test(a_shopper_who_was_shown_eight_products_takes_less_than_300_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
