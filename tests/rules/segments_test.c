/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/segments.h"

#include "base/money.h"
#include "profile/profile.h"
#include "tests/support/filters.h"
#include "tests/support/test.h"

static struct arena arena;

static int clear(void **state)
{
    arena_free(&arena);
    return 0;
}

static struct shopper_facts regular(void)
{
    return (struct shopper_facts){.arrival = {.source = arrival_word(TEXT("Dealsite")),
                                              .medium = arrival_word(TEXT("cpc")),
                                              .campaign = arrival_word(TEXT("spring sale")),
                                              .country = arrival_country(TEXT("SE")),
                                              .device = DEVICE_MOBILE},
                                  .history = true,
                                  .returning = true,
                                  .days_since_last = 3,
                                  .days_since_order = 40,
                                  .orders = 2,
                                  .spend_micros = 19 * MONEY_UNIT + 900000};
}

static void assert_holds(const struct shopper_facts *who, const char *const *yes,
                         const char *const *no)
{
    for (; *yes != NULL; yes++)
        if (!filter_shopper(filter_of(&arena, *yes, FILTER_SHOPPERS), who))
            fail_msg("does not hold: %s", *yes);
    for (; *no != NULL; no++)
        if (filter_shopper(filter_of(&arena, *no, FILTER_SHOPPERS), who))
            fail_msg("holds: %s", *no);
}

static void a_shopper_is_compared(void **state)
{
    static const char *const yes[] = {"returning",
                                      "source = dealsite",
                                      "campaign.source in (coupons, DEALSITE, a, b)",
                                      "medium != email",
                                      "campaign.medium not in (email, social)",
                                      "campaign = 'Spring Sale' and campaign.name is known",
                                      "device = Mobile",
                                      "device in (mobile, tablet)",
                                      "country = se",
                                      "country in (DK, FI, NO, SE)",
                                      "days_since_last_visit = 3",
                                      "days_since_order > 30 and days_since_order <= 40",
                                      "orders >= 2 and spend = 19.90",
                                      NULL};
    static const char *const no[] = {"returning = false",
                                     "source = deal",
                                     "source not in (coupons, dealsite)",
                                     "device != mobile",
                                     "country in (DE, DK)",
                                     "country != SE",
                                     "days_since_last_visit > 3",
                                     "orders = 0",
                                     "spend < 19.90",
                                     NULL};
    struct shopper_facts who = regular();

    assert_holds(&who, yes, no);
}

static void without_consent_history_is_not_known(void **state)
{
    static const char *const yes[] = {"orders is unknown", "not returning",   "spend is unknown",
                                      "source = dealsite", "device is known", NULL};
    static const char *const no[] = {"returning",
                                     "returning = false",
                                     "orders = 0",
                                     "orders != 0",
                                     "spend >= 0",
                                     "days_since_last_visit >= 0",
                                     "days_since_order >= 0",
                                     NULL};
    struct shopper_facts who = regular();

    who.history = false;
    assert_holds(&who, yes, no);
}

static void of_a_stranger_no_order_is_known_and_no_campaign(void **state)
{
    static const char *const yes[] = {"orders = 0",
                                      "spend = 0",
                                      "returning = false",
                                      "source is unknown and medium is unknown",
                                      "country is unknown and device is unknown",
                                      "days_since_order is unknown",
                                      NULL};
    static const char *const no[] = {"source != google", "country != SE", "device = desktop",
                                     "days_since_last_visit < 100", NULL};
    struct shopper_facts who = {.history = true, .days_since_last = -1, .days_since_order = -1};

    assert_holds(&who, yes, no);
}

static void a_segment_stands_for_its_filter(void **state)
{
    struct problems problems = {0};
    struct segment segments[] = {
        {TEXT("loyal"), filter_of(&arena, "orders >= 2", FILTER_SHOPPERS)},
        {TEXT("nordic"), filter_of(&arena, "country in (SE, NO)", FILTER_SHOPPERS)}};
    struct filter_reader reader = {&arena, &arena, &problems, segments, 2};
    struct yaml_node n = {.kind = YAML_SCALAR,
                          .line = 1,
                          .column = 1,
                          .value = TEXT("segment loyal and not segment 'nordic'")};
    struct shopper_facts who = regular();

    const struct filter *f = filter_parse(&reader, &n, FILTER_SHOPPERS);
    assert_non_null(f);
    assert_text(filter_text(f), "segment loyal and not segment nordic");
    assert_false(filter_shopper(f, &who));
    who.arrival.country = arrival_country(TEXT("DE"));
    assert_true(filter_shopper(f, &who));
    who.orders = 1;
    assert_false(filter_shopper(f, &who));
    assert_null(segment_find(segments, 2, TEXT("Loyal")));
}

/* Segments that name segments may not grow without bound: each counts with all it stands for. */
static void segments_of_segments_are_bounded(void **state)
{
    struct problems problems = {0};
    struct segment segments[SEGMENTS_MAX];
    struct filter_reader reader = {&arena, &arena, &problems, segments, 1};

    segments[0] = (struct segment){TEXT("s0"), filter_of(&arena, "returning", FILTER_SHOPPERS)};
    for (size_t i = 1; problems.count == 0; i++) {
        assert_in_range(i, 1, 12);
        struct yaml_node n = {.kind = YAML_SCALAR, .line = 1, .column = 1};
        n.value = text_from(arena_printf(&arena, "segment s%zu or segment s%zu", i - 1, i - 1));
        segments[i] = (struct segment){text_from(arena_printf(&arena, "s%zu", i)),
                                       filter_parse(&reader, &n, FILTER_SHOPPERS)};
        reader.segment_count = i + 1;
    }
    assert_string_equal(problems.first->message,
                        "a filter may consist of 500 tests, nots, ands and ors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_shopper_is_compared, clear),
        cmocka_unit_test_teardown(without_consent_history_is_not_known, clear),
        cmocka_unit_test_teardown(of_a_stranger_no_order_is_known_and_no_campaign, clear),
        cmocka_unit_test_teardown(a_segment_stands_for_its_filter, clear),
        cmocka_unit_test_teardown(segments_of_segments_are_bounded, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
