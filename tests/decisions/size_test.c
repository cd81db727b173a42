/* SPDX-License-Identifier: Apache-2.0 */
/* How much decisions take on disk, and how long they stay there. */
#include "decisions/decisions.h"

#include "store/store.h"
#include "tests/support/shop.h"

/* A full answer of 20 products for a visitor with a UUID, out of a million products. */
static struct decision sample(void)
{
    struct decision d = {.now_ms = 1790000000123,
                         .surface = TEXT("pdp-also"),
                         .anonymous_id = TEXT("6c84fb90-12c4-11e1-840d-7b25c5ee775a"),
                         .item_id = TEXT("oak-table-140"),
                         .cart = {TEXT("lamp-1"), TEXT("vase-2")},
                         .cart_count = 2,
                         .limit = 20,
                         .position = {123456789},
                         .generation = 12,
                         .program_version = 3,
                         .seed = 0xfedcba9876543210,
                         .language = TEXT("de-AT"),
                         .took_us = 345,
                         .digest = 0xfedcba98,
                         .rung = 3,
                         .deadline_step = NOT_CUT,
                         .item_count = 20};

    for (uint32_t i = 0; i < d.item_count; i++)
        d.items[i] = (struct decision_item){.product = 999999 - i * 31337,
                                            .source = (uint8_t)(i % 11),
                                            .evidence_kind = (uint8_t)(i % 8),
                                            .evidence_reference = 900000 + i % 3 * 7};
    return d;
}

/* Bytes of the pages that a table and its indexes take. */
static uint64_t table_bytes(struct store *store)
{
    SCOPED(stmt_close) sqlite3_stmt *stmt = NULL;
    struct error err = {0};

    assert_int_equal(
        stmt_open(&stmt, store, "SELECT sum(pgsize) FROM dbstat WHERE name GLOB 'decision*'", &err),
        OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    return (uint64_t)stmt_i64(stmt, 0);
}

/* Of 20 products each, on disk, with all that the store adds. */
static void a_thousand_decisions_take_under_400_bytes_each_on_disk(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    struct decisions_figures figures;
    struct test_shop t;
    struct error err = {0};
    struct decision d = sample();
    char id[REQUEST_ID_SIZE];

    test_shop_open(&t);
    assert_int_equal(decisions_measure(t.shop->store, &figures, &err), OK);
    assert_true(figures.count == 0 && figures.oldest_ms == 0 && figures.bytes_each == 0);
    for (uint32_t i = 0; i < 1000; i++) {
        d.position.number = 1000000 + i * 7;
        d.now_ms += 100;
        decisions_keep(t.shop->decisions, &d, id);
    }
    test_shop_close(&t);
    assert_int_equal(store_open(&store, t.dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(decisions_measure(store, &figures, &err), OK);
    assert_int_equal(figures.count, 1000);
    assert_int_equal(figures.oldest_ms, sample().now_ms + 100);
    assert_true(figures.bytes_each > 200 && figures.bytes_each + 60 > table_bytes(store) / 1000);
    assert_true(table_bytes(store) < 400 * 1000);
}

static void pruning_goes_on_where_it_stopped(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    struct test_shop t;
    struct error err = {0};
    struct decision d = sample();
    char id[REQUEST_ID_SIZE];
    uint32_t forgotten;

    test_shop_open(&t);
    for (uint32_t i = 0; i < DECISIONS_PRUNED_MAX + 3; i++)
        decisions_keep(t.shop->decisions, &d, id);
    test_shop_close(&t);
    assert_int_equal(store_open(&store, t.dir, STORE_WRITE, NULL, &err), OK);
    assert_int_equal(decisions_prune(store, d.now_ms + 1, &forgotten, &err), OK);
    assert_int_equal(forgotten, DECISIONS_PRUNED_MAX);
    assert_int_equal(decisions_prune(store, d.now_ms + 1, &forgotten, &err), OK);
    assert_int_equal(forgotten, 3);
    assert_int_equal(decisions_prune(store, d.now_ms + 1, &forgotten, &err), OK);
    assert_int_equal(forgotten, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_decisions_take_under_400_bytes_each_on_disk),
        cmocka_unit_test(pruning_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
