/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/time.h"
#include "tests/support/profiles.h"
#include "tests/support/test.h"

static const int64_t noon = INT64_C(1700000000000);

static void an_id_is_another_shopper_as_visitor_than_as_user(void **state)
{
    struct shopper_key visitor = shopper_key_of(TEXT("x-1"), (struct text){0});
    struct shopper_key user = shopper_key_of((struct text){0}, TEXT("x-1"));
    struct shopper_key both = shopper_key_of(TEXT("x-1"), TEXT("u-9"));

    assert_memory_not_equal(&visitor, &user, sizeof(visitor));
    assert_memory_equal(&visitor, &both, sizeof(visitor));
    assert_true(shopper_key_none(shopper_key_of((struct text){0}, (struct text){0})));
    /* pairs that a fast hash with two seeds takes for one */
    visitor = shopper_key_of(TEXT("c-5"), (struct text){0});
    user = shopper_key_of((struct text){0}, TEXT("c-7"));
    assert_memory_not_equal(&visitor, &user, sizeof(user));
    visitor = shopper_key_of(TEXT("7234567870123456"), (struct text){0});
    user = shopper_key_of((struct text){0}, TEXT("1234567890123456"));
    assert_memory_not_equal(&visitor, &user, sizeof(user));
    assert_true(visitor.hash[0] != user.hash[0]);
    assert_false(shopper_key_none(visitor));
}

static void actions_come_newest_first_with_their_kind(void **state)
{
    struct profiles *p = profiles_new();
    product_number cart[] = {7, PRODUCT_NONE, 8};
    struct profile_event e = {.key = test_key(1),
                              .time_ms = noon + 1500,
                              .type = EVENT_add_to_cart,
                              .flags = ALLOWED,
                              .products = cart,
                              .product_count = 3};
    bool began;

    assert_true(test_view(p, 1, 5, noon, ALLOWED));
    assert_int_equal(profiles_fold(p, &e, &began), 0);
    assert_false(began);
    struct profile out = test_look(p, 1, noon + 2000);
    assert_int_equal(out.count, 3);
    assert_int_equal(out.actions[0].product, 8);
    assert_int_equal(out.actions[1].product, 7);
    assert_int_equal(out.actions[2].product, 5);
    assert_int_equal(out.actions[0].kind, ACTION_CART);
    assert_int_equal(out.actions[2].kind, ACTION_VIEW);
    assert_int_equal(out.actions[2].time_s, noon / 1000);
    assert_int_equal(out.last_ms, noon + 1500);
    assert_int_equal(out.session_count, 3);
    profiles_free(p);
}

static void only_the_newest_actions_are_kept(void **state)
{
    struct profiles *p = profiles_new();

    for (uint32_t i = 0; i < 3 * PROFILE_ACTIONS_MAX; i++) {
        test_view(p, 1, i, noon + i, ALLOWED);
        struct profile out = test_look(p, 1, noon + i);
        uint32_t expected = i + 1 < PROFILE_ACTIONS_MAX ? i + 1 : PROFILE_ACTIONS_MAX;
        assert_int_equal(out.count, expected);
        assert_int_equal(out.session_count, expected);
        for (uint32_t k = 0; k < expected; k++)
            assert_int_equal(out.actions[k].product, i - k);
    }
    profiles_free(p);
}

static void late_events_take_their_place_by_time_and_ties_by_arrival(void **state)
{
    struct profiles *p = profiles_new();

    test_view(p, 1, 10, noon + 100, ALLOWED);
    test_view(p, 1, 30, noon + 300, ALLOWED);
    test_view(p, 1, 20, noon + 200, ALLOWED);
    test_view(p, 1, 21, noon + 200, ALLOWED);
    test_view(p, 1, 5, noon + 50, ALLOWED);
    struct profile out = test_look(p, 1, noon + 400);
    product_number expected[] = {30, 21, 20, 10, 5};
    assert_int_equal(out.count, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(out.actions[i].product, expected[i]);
    assert_int_equal(out.session_count, 5);
    assert_int_equal(out.last_ms, noon + 300);
    profiles_free(p);
}

static void a_full_profile_passes_over_what_is_older_than_all(void **state)
{
    struct profiles *p = profiles_new();

    for (uint32_t i = 0; i < PROFILE_ACTIONS_MAX; i++)
        test_view(p, 1, i, noon + 10 * i, ALLOWED);
    test_view(p, 1, 99, noon - 1, ALLOWED);
    test_view(p, 1, 98, noon + 5, ALLOWED);
    struct profile out = test_look(p, 1, noon + 1000);
    assert_int_equal(out.count, PROFILE_ACTIONS_MAX);
    assert_int_equal(out.actions[PROFILE_ACTIONS_MAX - 1].product, 98);
    assert_int_equal(out.actions[PROFILE_ACTIONS_MAX - 2].product, 1);
    profiles_free(p);
}

static void buy(struct profiles *p, product_number product, int64_t time_ms)
{
    struct profile_event e = {.key = test_key(1),
                              .time_ms = time_ms,
                              .type = EVENT_purchase,
                              .flags = ALLOWED | EVENT_VERIFIED,
                              .products = &product,
                              .product_count = 1};
    bool began;

    (void)profiles_fold(p, &e, &began);
}

static void purchases_outlast_what_was_looked_at_since(void **state)
{
    struct profiles *p = profiles_new();

    for (uint32_t i = 0; i < 20; i++) /* more than are kept for themselves */
        buy(p, 100 + i, noon + i);
    for (uint32_t i = 0; i < 500; i++)
        test_view(p, 1, 1000 + i, noon + 1000 + i, ALLOWED);
    struct profile out = test_look(p, 1, noon + 2000);
    uint32_t looks = PROFILE_ACTIONS_MAX - PROFILE_PURCHASES_KEPT;
    assert_int_equal(out.count, PROFILE_ACTIONS_MAX);
    for (uint32_t i = 0; i < looks; i++)
        assert_int_equal(out.actions[i].product, 1499 - i);
    for (uint32_t i = 0; i < PROFILE_PURCHASES_KEPT; i++)
        assert_int_equal(out.actions[looks + i].product, 119 - i);
    assert_int_equal(out.session_count, PROFILE_ACTIONS_MAX);
    profiles_free(p);
}

/* Action number i is at that millisecond; of every `each` one is a purchase. */
static void act(struct profiles *p, uint32_t i, uint32_t each)
{
    if (i % each == 0)
        buy(p, i, noon + i);
    else
        test_view(p, 1, i, noon + i, ALLOWED);
}

static void the_same_actions_are_kept_in_whatever_order_they_come(void **state)
{
    enum { ACTIONS = 90 };
    struct random r;

    random_seed(&r, 4);
    for (uint32_t round = 0; round < 300; round++) {
        struct profiles *in_order = profiles_new(), *mixed = profiles_new();
        uint32_t order[ACTIONS], each = 1 + round % 12;
        for (uint32_t i = 0; i < ACTIONS; i++) {
            uint32_t k = random_below(&r, i + 1);
            order[i] = order[k];
            order[k] = i;
            act(in_order, i, each);
        }
        for (uint32_t i = 0; i < ACTIONS; i++)
            act(mixed, order[i], each);
        struct profile a = test_look(in_order, 1, noon + 500), b = test_look(mixed, 1, noon + 500);
        assert_int_equal(b.count, PROFILE_ACTIONS_MAX);
        for (uint32_t i = 0; i < PROFILE_ACTIONS_MAX; i++)
            assert_int_equal(a.actions[i].product, b.actions[i].product);
        profiles_free(in_order);
        profiles_free(mixed);
    }
}

static void a_session_ends_after_half_an_hour_of_silence(void **state)
{
    struct profiles *p = profiles_new();

    assert_true(test_view(p, 1, 1, noon, ALLOWED));
    assert_false(test_view(p, 1, 2, noon + SESSION_GAP_MS - 1000, ALLOWED));
    int64_t last = noon + SESSION_GAP_MS - 1000;
    assert_int_equal(test_look(p, 1, last + SESSION_GAP_MS - 1).session_count, 2);
    assert_int_equal(test_look(p, 1, last + SESSION_GAP_MS).session_count, 0);
    assert_false(test_look(p, 1, last + SESSION_GAP_MS).actions[0].in_session);
    assert_true(test_view(p, 1, 3, last + SESSION_GAP_MS, ALLOWED));
    struct profile out = test_look(p, 1, last + SESSION_GAP_MS);
    assert_int_equal(out.count, 3);
    assert_int_equal(out.session_count, 1);
    assert_true(out.actions[0].in_session);
    assert_false(out.actions[1].in_session);
    profiles_free(p);
}

static void a_profile_says_when_its_session_began(void **state)
{
    struct profiles *p = profiles_new();

    assert_int_equal(test_look(p, 1, noon).session_start_ms, 0);
    test_view(p, 1, 1, noon + 2000, ALLOWED);
    test_view(p, 1, 2, noon + 61900, ALLOWED);
    assert_int_equal(test_look(p, 1, noon + 90000).session_start_ms, noon + 2000);
    test_view(p, 1, 3, noon, ALLOWED); /* late, of the same session */
    assert_int_equal(test_look(p, 1, noon + 90000).session_start_ms, noon);
    assert_int_equal(test_look(p, 1, noon + 90000).last_ms, noon + 61900);
    assert_int_equal(test_look(p, 1, noon + 61000 + SESSION_GAP_MS).session_start_ms, 0);
    test_view(p, 1, 4, noon + 2 * SESSION_GAP_MS, ALLOWED);
    struct profile out = test_look(p, 1, noon + 2 * SESSION_GAP_MS);
    assert_int_equal(out.session_start_ms, noon + 2 * SESSION_GAP_MS);
    test_view(p, 2, 4, noon, 0); /* sessions are everybody's */
    assert_int_equal(test_look(p, 2, noon).session_start_ms, noon);
    profiles_free(p);
}

static void devices_are_known_by_their_words(void **state)
{
    assert_int_equal(device_of(TEXT("desktop")), DEVICE_DESKTOP);
    assert_int_equal(device_of(TEXT("Mobile")), DEVICE_MOBILE);
    assert_int_equal(device_of(TEXT("TABLET")), DEVICE_TABLET);
    assert_int_equal(device_of(TEXT("smart tv")), DEVICE_UNKNOWN);
    assert_int_equal(device_of(TEXT("")), DEVICE_UNKNOWN);
    assert_int_equal(device_of((struct text){0}), DEVICE_UNKNOWN);
}

/* Any event tells it, whether or not it is an action. */
static void fold_device(struct profiles *p, enum device_kind device, int64_t time_ms,
                        uint32_t flags)
{
    const struct profile_event e = {.key = test_key(1),
                                    .time_ms = time_ms,
                                    .type = EVENT_page_view,
                                    .flags = flags,
                                    .arrival = {.device = (uint8_t)device}};
    bool began;

    (void)profiles_fold(p, &e, &began);
}

static void the_device_is_that_of_the_newest_event_that_tells_one(void **state)
{
    struct profiles *p = profiles_new();

    assert_int_equal(test_look(p, 1, noon).device, DEVICE_UNKNOWN);
    fold_device(p, DEVICE_MOBILE, noon, ALLOWED);
    fold_device(p, DEVICE_UNKNOWN, noon + 1000, ALLOWED);
    assert_int_equal(test_look(p, 1, noon).device, DEVICE_MOBILE);
    fold_device(p, DEVICE_DESKTOP, noon - 1000, ALLOWED); /* late */
    assert_int_equal(test_look(p, 1, noon).device, DEVICE_MOBILE);
    fold_device(p, DEVICE_TABLET, noon + 1000, ALLOWED);
    assert_int_equal(test_look(p, 1, noon).device, DEVICE_TABLET);
    fold_device(p, DEVICE_DESKTOP, noon + 2000, 0);
    assert_int_equal(test_look(p, 1, noon).device, DEVICE_TABLET);
    fold_device(p, DEVICE_DESKTOP, noon + 3000, STATED);
    assert_int_equal(test_look(p, 1, noon).device, DEVICE_UNKNOWN);
    profiles_free(p);
}

static void another_session_id_begins_another_session(void **state)
{
    struct profiles *p = profiles_new();
    product_number product = 4;
    struct profile_event e = {.key = test_key(1),
                              .session_hash = 11,
                              .time_ms = noon,
                              .type = EVENT_view_item,
                              .flags = ALLOWED,
                              .products = &product,
                              .product_count = 1};
    bool began;

    (void)profiles_fold(p, &e, &began);
    assert_true(began);
    e.time_ms += 1000;
    (void)profiles_fold(p, &e, &began);
    assert_false(began);
    e.session_hash = 12;
    e.time_ms += 1000;
    (void)profiles_fold(p, &e, &began);
    assert_true(began);
    assert_int_equal(test_look(p, 1, e.time_ms).session_count, 1);
    e.session_hash = 11; /* of the former session, sent late */
    e.time_ms = noon + 500;
    (void)profiles_fold(p, &e, &began);
    assert_false(began);
    assert_int_equal(test_look(p, 1, noon + 2000).session_count, 1);
    assert_int_equal(test_look(p, 1, noon + 2000).count, 4);
    profiles_free(p);
}

static void a_stated_refusal_erases_and_a_later_consent_opens_again(void **state)
{
    struct profiles *p = profiles_new();

    test_view(p, 1, 1, noon, ALLOWED);
    test_view(p, 1, 2, noon + 1, STATED);
    struct profile out = test_look(p, 1, noon + 2);
    assert_false(out.personal);
    assert_int_equal(out.count, 0);
    test_view(p, 1, 3, noon + 3, ALLOWED); /* a default does not overrule what was stated */
    out = test_look(p, 1, noon + 4);
    assert_false(out.personal);
    assert_int_equal(out.count, 0);
    test_view(p, 1, 4, noon + 5, ALLOWED | STATED);
    out = test_look(p, 1, noon + 6);
    assert_true(out.personal);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.actions[0].product, 4);
    profiles_free(p);
}

static void a_default_that_refuses_keeps_no_product_and_erases_none(void **state)
{
    struct profiles *p = profiles_new();

    assert_true(test_view(p, 1, 1, noon, 0)); /* the session counts all the same */
    struct profile out = test_look(p, 1, noon);
    assert_false(out.personal);
    assert_int_equal(out.count, 0);
    test_view(p, 2, 1, noon, ALLOWED | STATED);
    test_view(p, 2, 2, noon + 1, 0);
    out = test_look(p, 2, noon + 2);
    assert_true(out.personal);
    assert_int_equal(out.count, 1);
    profiles_free(p);
}

static void a_stranger_is_personal_by_the_default(void **state)
{
    struct profiles *p = profiles_new();
    struct profile out;

    profiles_read(p, test_key(3), noon, false, &out);
    assert_int_equal(out.number, SHOPPER_NONE);
    assert_false(out.personal);
    profiles_read(p, test_key(3), noon, true, &out);
    assert_true(out.personal);
    assert_int_equal(profiles_count(p), 0);
    profiles_free(p);
}

static void past_the_bound_the_one_silent_for_longest_goes(void **state)
{
    struct profiles *p = profiles_new_bounded(100);

    for (uint32_t i = 0; i < 100; i++)
        test_view(p, i, i, noon + i, ALLOWED);
    test_view(p, 0, 500, noon + 200, ALLOWED); /* now the silent one is 1 */
    test_view(p, 100, 7, noon + 201, ALLOWED);
    assert_int_equal(profiles_count(p), 100);
    assert_int_equal(test_look(p, 1, noon).number, SHOPPER_NONE);
    assert_int_equal(test_look(p, 0, noon).count, 2);
    assert_int_equal(test_look(p, 100, noon).number, 100); /* numbers are not given twice */
    for (uint32_t i = 101; i < 5000; i++) {
        test_view(p, i, i, noon + 1000 + i, ALLOWED);
        assert_int_equal(test_look(p, i, noon).actions[0].product, i);
        if (i <= 200)
            continue;
        assert_int_equal(test_look(p, i - 99, noon).actions[0].product, i - 99);
        assert_int_equal(test_look(p, i - 100, noon).number, SHOPPER_NONE);
    }
    profiles_free(p);
}

static void an_active_shopper_takes_less_than_300_bytes(void **state)
{
    struct profiles *p = profiles_new();

    test_crowd(p, (struct crowd){20000, 100000, 1, 0}); /* 5 events each at first */
    assert_in_range(profiles_bytes(p) / profiles_count(p), 60, 199);
    test_crowd(p,
               (struct crowd){20000, 200000, 2, 0}); /* then 15, the busiest with full profiles */
    assert_in_range(profiles_bytes(p) / profiles_count(p), 100, 299);
    profiles_free(p);
}

static void save(const struct profiles *p, const char *dir, uint64_t position)
{
    SCOPED(checkpoint_abandon) struct checkpoint_writer *w = NULL;

    assert_int_equal(checkpoint_begin(&w, dir, (struct position){position}, NULL), OK);
    profiles_save(p, w);
    assert_int_equal(checkpoint_commit(&w, 9, NULL), OK);
}

static void load(struct profiles *p, const char *dir, uint64_t position)
{
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;

    assert_int_equal(checkpoint_open(&c, dir, (struct position){position}, NULL), OK);
    assert_int_equal(profiles_load(p, c, NULL), OK);
}

static void assert_same(const struct profiles *a, const struct profiles *b, uint32_t shoppers)
{
    assert_int_equal(profiles_count(a), profiles_count(b));
    for (uint32_t i = 0; i < shoppers; i++) {
        struct profile x = test_look(a, i, noon), y = test_look(b, i, noon);
        assert_int_equal(x.number, y.number);
        assert_int_equal(x.personal, y.personal);
        assert_int_equal(x.count, y.count);
        assert_int_equal(x.last_ms, y.last_ms);
        assert_int_equal(x.session_start_ms, y.session_start_ms);
        assert_int_equal(x.device, y.device);
        for (uint32_t k = 0; k < x.count; k++) {
            assert_int_equal(x.actions[k].product, y.actions[k].product);
            assert_int_equal(x.actions[k].time_s, y.actions[k].time_s);
        }
        assert_int_equal(x.shown_count, y.shown_count);
        for (uint32_t k = 0; k < x.shown_count; k++)
            assert_memory_equal(&x.shown[k], &y.shown[k], sizeof(x.shown[k]));
    }
}

static void what_was_saved_loads_and_goes_on_alike(void **state)
{
    char dir[TEST_PATH_SIZE];
    struct profiles *p = profiles_new_bounded(2000), *q = profiles_new_bounded(2000);

    test_dir(dir);
    save(q, dir, 1); /* nothing at all */
    load(q, dir, 1);
    assert_int_equal(profiles_count(q), 0);
    test_crowd(p, (struct crowd){3000, 20000, 1, 5});
    save(p, dir, 2);
    load(q, dir, 2);
    assert_same(p, q, 3000);
    test_crowd(p, (struct crowd){3000, 20000, 2, 5});
    test_crowd(q, (struct crowd){3000, 20000, 2, 5});
    assert_same(p, q, 3000);
    profiles_free(p);
    profiles_free(q);
}

static void sections_that_do_not_fit_are_refused(void **state)
{
    char dir[TEST_PATH_SIZE];
    struct profiles *p = profiles_new_bounded(100), *q = profiles_new_bounded(50);
    SCOPED(checkpoint_close) struct checkpoint *c = NULL;
    struct error err = {0};

    test_dir(dir);
    test_crowd(p, (struct crowd){100, 1000, 1, 0});
    save(p, dir, 1);
    assert_int_equal(checkpoint_open(&c, dir, (struct position){1}, NULL), OK);
    assert_int_equal(profiles_load(q, c, &err), ERR_CORRUPT); /* more than may be held */
    assert_int_equal(profiles_count(q), 0);
    test_view(q, 1, 1, noon, ALLOWED);
    assert_int_equal(profiles_count(q), 1);
    profiles_free(p);
    profiles_free(q);
}

static int key_order(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct shopper_key));
}

/* Whatever short ids a shop gives its customers, no visitor's id leads to the record of one. */
static void visitors_and_customers_share_no_key(void **state)
{
    enum { NUMBERS = 200000 };
    struct shopper_key *keys = mem_new((size_t)2 * NUMBERS, sizeof(*keys));
    char id[16];
    (void)state;

    for (int i = 0; i < NUMBERS; i++) {
        (void)snprintf(id, sizeof(id), i % 2 ? "%d" : "c-%d", i / 2);
        keys[2 * i] = shopper_key_of(text_from(id), (struct text){0});
        keys[2 * i + 1] = shopper_key_of((struct text){0}, text_from(id));
    }
    qsort(keys, (size_t)2 * NUMBERS, sizeof(*keys), key_order);
    for (int i = 1; i < 2 * NUMBERS; i++)
        assert_true(shopper_key_none(keys[i]) || key_order(&keys[i - 1], &keys[i]) != 0);
    mem_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_another_shopper_as_visitor_than_as_user),
        cmocka_unit_test(actions_come_newest_first_with_their_kind),
        cmocka_unit_test(only_the_newest_actions_are_kept),
        cmocka_unit_test(late_events_take_their_place_by_time_and_ties_by_arrival),
        cmocka_unit_test(a_full_profile_passes_over_what_is_older_than_all),
        cmocka_unit_test(purchases_outlast_what_was_looked_at_since),
        cmocka_unit_test(the_same_actions_are_kept_in_whatever_order_they_come),
        cmocka_unit_test(a_session_ends_after_half_an_hour_of_silence),
        cmocka_unit_test(a_profile_says_when_its_session_began),
        cmocka_unit_test(devices_are_known_by_their_words),
        cmocka_unit_test(the_device_is_that_of_the_newest_event_that_tells_one),
        cmocka_unit_test(another_session_id_begins_another_session),
        cmocka_unit_test(a_stated_refusal_erases_and_a_later_consent_opens_again),
        cmocka_unit_test(a_default_that_refuses_keeps_no_product_and_erases_none),
        cmocka_unit_test(a_stranger_is_personal_by_the_default),
        cmocka_unit_test(past_the_bound_the_one_silent_for_longest_goes),
        cmocka_unit_test(an_active_shopper_takes_less_than_300_bytes),
        cmocka_unit_test(what_was_saved_loads_and_goes_on_alike),
        cmocka_unit_test(sections_that_do_not_fit_are_refused),
        cmocka_unit_test(visitors_and_customers_share_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
