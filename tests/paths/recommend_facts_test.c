/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"
#include "base/time.h"
#include "paths/recommend_steps.h"
#include "tests/support/test.h"

static const int64_t now = INT64_C(1790000000000);

static const struct profile known = {.personal = true,
                                     .device = DEVICE_TABLET,
                                     .country = 21,
                                     .source = 7,
                                     .medium = 8,
                                     .returning = true,
                                     .last_visit_ms = INT64_C(1790000000000) - MS_DAY,
                                     .orders = 2,
                                     .spend_micros = 30 * MONEY_UNIT,
                                     .last_order_ms = INT64_C(1790000000000) - 3 * MS_DAY + 1};

static void what_was_done_is_known(void **state)
{
    struct shopper_facts facts = shopper_facts_of(&known, &(struct arrival){0}, now);

    assert_true(facts.history);
    assert_true(facts.returning);
    assert_int_equal(facts.days_since_last, 1);
    assert_int_equal(facts.days_since_order, 2); /* whole ones */
    assert_int_equal(facts.orders, 2);
    assert_int_equal(facts.spend_micros, 30 * MONEY_UNIT);
    assert_int_equal(facts.arrival.device, DEVICE_TABLET);
    assert_int_equal(facts.arrival.country, 21);
    assert_int_equal(facts.arrival.source, 7);
    assert_int_equal(facts.arrival.medium, 8);
}

static void what_the_request_says_goes_first(void **state)
{
    const struct arrival asked = {
        .medium = 5, .campaign = 6, .country = 22, .device = DEVICE_MOBILE};
    struct shopper_facts facts = shopper_facts_of(&known, &asked, now);

    assert_int_equal(facts.arrival.device, DEVICE_MOBILE);
    assert_int_equal(facts.arrival.country, 22);
    assert_int_equal(facts.arrival.source, 0); /* not another campaign's */
    assert_int_equal(facts.arrival.medium, 5);
    assert_int_equal(facts.arrival.campaign, 6);
}

static void without_consent_only_the_request_counts(void **state)
{
    const struct arrival asked = {.source = 5, .country = 22};
    struct profile refused = known;

    refused.personal = false;
    struct shopper_facts facts = shopper_facts_of(&refused, &asked, now);
    assert_false(facts.history);
    assert_false(facts.returning);
    assert_int_equal(facts.orders, 0);
    assert_int_equal(facts.days_since_last, -1);
    assert_int_equal(facts.arrival.source, 5);
    assert_int_equal(facts.arrival.country, 22);
    assert_int_equal(facts.arrival.device, DEVICE_UNKNOWN);
}

static void of_a_stranger_it_is_known_that_nothing_was_done(void **state)
{
    const struct profile stranger = {.number = SHOPPER_NONE, .personal = true};
    struct shopper_facts facts = shopper_facts_of(&stranger, &(struct arrival){0}, now);

    assert_true(facts.history);
    assert_false(facts.returning);
    assert_int_equal(facts.orders, 0);
    assert_int_equal(facts.days_since_last, -1);
    assert_int_equal(facts.days_since_order, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_done_is_known),
        cmocka_unit_test(what_the_request_says_goes_first),
        cmocka_unit_test(without_consent_only_the_request_counts),
        cmocka_unit_test(of_a_stranger_it_is_known_that_nothing_was_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
