/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit reads of a data directory: events, stock, decisions and the ledger, beside an open shop. */
#include "paths/audit_shop.h"

#include "tests/support/shop.h"

struct told {
    uint64_t events, refused_reasons, conflicts, asked, stale, unknown;
    uint32_t must;
};

static void take(void *context, const struct report *r)
{
    struct told *t = context;

    t->events = r->events;
    t->must = r->must_count;
    t->conflicts = r->tallies[CHECK_refused_conflict].count;
    t->refused_reasons = r->refused_count;
    t->stale = r->tallies[CHECK_stock_stale].count;
    t->unknown = r->tallies[CHECK_item_unknown].count;
    for (uint32_t i = 0; i < r->surface_count; i++)
        if (text_is(r->surfaces[i].name, "pdp"))
            t->asked = r->surfaces[i].asked;
}

static struct told audited(const struct test_shop *t)
{
    struct audit_shop_options options = {.data_dir = t->dir, .now_ms = TEST_NOW};
    struct told told = {0};
    struct error err = {0};

    if (audit_shop(&options, take, &told, &err) != OK)
        fail_msg("%s", err.message);
    return told;
}

static void an_audit_reads_everything_a_running_shop_has_recorded(void **state)
{
    struct test_shop t;
    struct error err = {0};
    char request_id[REQUEST_ID_SIZE];
    struct decision asked = {
        .surface = TEXT("pdp"), .anonymous_id = TEXT("v-1"), .now_ms = TEST_NOW};

    test_shop_open(&t);
    struct told before = audited(&t);
    assert_int_equal(before.events, 0);
    assert_true(before.must >= 2); /* no events, no catalog */
    (void)test_import(t.shop, "catalog",
                      "{\"item_id\":\"A\",\"title\":\"Oak table\",\"price\":\"9\",\"stock\":2}\n",
                      "from=jsonl;currency=EUR");
    (void)test_record(t.shop,
                      "{\"events\":[{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v-1\","
                      "\"items\":[{\"item_id\":\"A\"}]},"
                      "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v-2\","
                      "\"items\":[{\"item_id\":\"B\"}]},"
                      "{\"id\":\"2\",\"type\":\"purchase\",\"anonymous_id\":\"v-1\",\"currency\":"
                      "\"EUR\",\"transaction_id\":\"o-1\",\"items\":[{\"item_id\":\"A\","
                      "\"quantity\":2,\"price\":\"9\"},{\"item_id\":\"gone\"}]}]}",
                      TEST_NOW + 60000);
    decisions_keep(t.shop->decisions, &asked, request_id);
    assert_int_equal(decisions_flush(t.shop->decisions, &err), OK);
    struct told told = audited(&t);
    assert_int_equal(told.events, 2);
    assert_int_equal(told.conflicts, 1);
    assert_int_equal(told.refused_reasons, 1);
    assert_int_equal(told.unknown, 1);
    assert_int_equal(told.asked, 1);
    assert_int_equal(told.stale, 1);
    /* told anew, it is fresh again */
    (void)test_import(t.shop, "catalog",
                      "{\"item_id\":\"A\",\"title\":\"Oak table\",\"price\":\"9\",\"stock\":1}\n",
                      "from=jsonl;currency=EUR");
    assert_int_equal(audited(&t).stale, 0);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_audit_reads_everything_a_running_shop_has_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
