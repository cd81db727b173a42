/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/record.h"

#include "base/money.h"
#include "tests/support/shop.h"

static const char view[] = "{\"id\":\"e-1\",\"type\":\"view_item\",\"anonymous_id\":\"v-1\","
                           "\"time\":\"2026-11-22T09:59:00Z\",\"items\":[{\"item_id\":\"A\"}]}";

static void an_id_counts_once_within_a_batch_across_batches_and_across_restarts(void **state)
{
    struct test_shop t;
    struct buffer both = {0};

    test_shop_open(&t);
    buffer_printf(&both, "{\"events\":[%s,%s]}", view, view);
    struct import_counts counts = test_record(t.shop, both.data, TEST_NOW);
    assert_int_equal(counts.stored, 1);
    assert_int_equal(counts.duplicate, 1);
    assert_int_equal(test_record(t.shop, view, TEST_NOW).duplicate, 1);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(test_record(t.shop, view, TEST_NOW).duplicate, 1);
    assert_int_equal(t.shop->state->events, 1);
    buffer_free(&both);
    test_shop_close(&t);
}

static void keep_refused(void *context, const struct refused_item *item)
{
    snprintf(context, 64, "%.*s/%.*s", (int)item->code.size, item->code.data, (int)item->field.size,
             item->field.data);
}

static void another_event_under_a_known_id_is_a_conflict_and_kept(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    struct test_shop t;
    struct error err = {0};
    char refused[64] = "";

    test_shop_open(&t);
    assert_int_equal(test_record(t.shop, view, TEST_NOW).stored, 1);
    assert_int_equal(test_record(t.shop,
                                 "{\"id\":\"e-1\",\"type\":\"page_view\",\"anonymous_id\":\"v-1\"}",
                                 TEST_NOW)
                         .refused,
                     1);
    assert_int_equal(test_ledger(&t).conflict, 1);
    assert_int_equal(store_open(&store, t.dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(ledger_refused_each(store, 0, 10, keep_refused, refused, &err), OK);
    assert_string_equal(refused, "conflict/id");
    test_shop_close(&t);
}

static void what_was_received_is_stored_duplicate_or_refused(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    (void)test_record(t.shop, view, TEST_NOW);
    (void)test_record(t.shop, view, TEST_NOW);
    (void)test_record(t.shop, "{\"id\":\"e-2\",\"anonymous_id\":\"v\"}", TEST_NOW);
    (void)test_record(t.shop,
                      "{\"id\":\"e-3\",\"type\":\"page_view\",\"anonymous_id\":\"v\","
                      "\"consent\":{\"analytics\":false}}",
                      TEST_NOW);
    struct ledger_counts c = test_ledger(&t);
    assert_int_equal(c.received, 4);
    assert_int_equal(c.stored, 1);
    assert_int_equal(c.duplicate, 1);
    assert_int_equal(c.invalid, 1);
    assert_int_equal(c.no_consent, 1);
    test_shop_close(&t);
}

static uint64_t record_types(struct shop *shop, int from, int to)
{
    struct buffer json = {0};

    buffer_add_string(&json, "{\"events\":[");
    for (int i = from; i < to; i++)
        buffer_printf(&json, "%s{\"id\":\"t-%d\",\"type\":\"type_%d\",\"anonymous_id\":\"v\"}",
                      i > from ? "," : "", i, i);
    buffer_add_string(&json, "]}");
    uint64_t refused = test_record(shop, json.data, TEST_NOW).refused;
    buffer_free(&json);
    return refused;
}

static void the_hundred_and_first_type_of_a_shops_own_is_refused(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    assert_int_equal(record_types(t.shop, 0, 60), 0);
    assert_int_equal(record_types(t.shop, 60, 103), 3);
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(record_types(t.shop, 200, 201), 1);
    assert_int_equal(
        test_record(t.shop, "{\"id\":\"x\",\"type\":\"type_7\",\"anonymous_id\":\"v\"}", TEST_NOW)
            .stored,
        1);
    assert_int_equal(t.shop->state->unknown_types.count, UNKNOWN_TYPES_MAX);
    test_shop_close(&t);
}

static struct product table(const char *price)
{
    struct product p = product_blank();

    p.item_id = TEXT("oak-table");
    p.title = TEXT("Oak table");
    p.currency = TEXT("EUR");
    p.stock = 3;
    assert_true(money_parse(text_from(price), &p.price));
    return p;
}

/* Records what stands in `batch`, and empties it; how many were journalled. */
static uint64_t stored(struct test_shop *t, struct product_batch *batch)
{
    uint64_t count = UINT64_MAX, same = UINT64_MAX, all = product_batch_count(batch);
    struct error err = {0};

    if (record_products(t->shop, batch, TEST_NOW, &count, &same, &err) != OK)
        fail_msg("%s", err.message);
    assert_int_equal(count + same, all);
    product_batch_clear(batch);
    return count;
}

static void a_product_that_is_as_it_was_is_not_recorded_again(void **state)
{
    struct test_shop t;
    struct product_batch *batch = product_batch_new();
    struct product same = table("249.00"), other = table("259.00");

    test_shop_open(&t);
    product_batch_add(batch, &same);
    assert_int_equal(stored(&t, batch), 1);
    product_batch_add(batch, &same);
    assert_int_equal(stored(&t, batch), 0);
    product_batch_add(batch, &other);
    assert_int_equal(stored(&t, batch), 1);
    test_shop_reopen(&t, SHOP_WRITE);
    product_batch_add(batch, &other);
    assert_int_equal(stored(&t, batch), 0);
    assert_int_equal(catalog_price(t.shop->state->catalog,
                                   catalog_find(t.shop->state->catalog, TEXT("oak-table"))),
                     259000000);
    product_batch_free(batch);
    test_shop_close(&t);
}

static void changing_a_product_and_changing_it_back_in_one_batch_ends_as_it_was(void **state)
{
    struct test_shop t;
    struct product_batch *batch = product_batch_new();
    struct product first = table("249.00"), other = table("259.00");

    test_shop_open(&t);
    product_batch_add(batch, &first);
    assert_int_equal(stored(&t, batch), 1);
    product_batch_add(batch, &other);
    product_batch_add(batch, &first);
    assert_int_equal(stored(&t, batch), 2);
    assert_int_equal(catalog_price(t.shop->state->catalog,
                                   catalog_find(t.shop->state->catalog, TEXT("oak-table"))),
                     249000000);
    product_batch_free(batch);
    test_shop_close(&t);
}

static void stock_is_recorded_when_it_differs(void **state)
{
    struct test_shop t;
    struct product_batch *batch = product_batch_new();
    struct product p = table("249.00");
    struct stock_change change = {TEXT("oak-table"), 0, OUT_OF_STOCK};
    struct stock_change nothing = {TEXT("nobody-knows"), 1, IN_STOCK};

    test_shop_open(&t);
    product_batch_add(batch, &p);
    product_batch_stock(batch, &change);
    assert_int_equal(stored(&t, batch), 2);
    product_batch_stock(batch, &change);
    product_batch_stock(batch, &nothing);
    assert_int_equal(stored(&t, batch), 0);
    product_number n = catalog_find(t.shop->state->catalog, TEXT("oak-table"));
    assert_int_equal(catalog_sellable(t.shop->state->catalog, n), NOT_IN_STOCK);
    product_batch_free(batch);
    test_shop_close(&t);
}

static void unpublishing_is_recorded_once(void **state)
{
    struct test_shop t;
    struct product_batch *batch = product_batch_new();
    struct product p = table("249.00");

    test_shop_open(&t);
    product_batch_add(batch, &p);
    assert_int_equal(stored(&t, batch), 1);
    product_batch_unpublish(batch, p.item_id);
    assert_int_equal(stored(&t, batch), 1);
    product_batch_unpublish(batch, p.item_id);
    assert_int_equal(stored(&t, batch), 0);
    product_batch_free(batch);
    test_shop_close(&t);
}

static void products_count_in_the_ledger(void **state)
{
    struct test_shop t;
    struct product_batch *batch = product_batch_new();
    struct product p = table("249.00");

    test_shop_open(&t);
    for (int i = 0; i < 2; i++) {
        product_batch_add(batch, &p);
        (void)stored(&t, batch);
    }
    struct ledger_counts c = test_ledger(&t);
    assert_int_equal(c.received, 2);
    assert_int_equal(c.stored, 1);
    assert_int_equal(c.duplicate, 1);
    product_batch_free(batch);
    test_shop_close(&t);
}

static void add_event(struct batch *b, const struct ingest_context *context, int i)
{
    char line[2300], padding[2001];

    memset(padding, 'x', sizeof(padding) - 1);
    padding[sizeof(padding) - 1] = '\0';
    snprintf(
        line, sizeof(line),
        "{\"id\":\"b-%d\",\"type\":\"page_view\",\"anonymous_id\":\"v\",\"page\":{\"url\":\"%s\"}}",
        i, padding);
    ingest_json_line(text_from(line), (uint64_t)i + 1, 0, context, b);
}

static void a_batch_that_could_not_be_written_is_pending_again(void **state)
{
    struct test_shop t;
    struct error err = {0};
    struct batch batch;

    test_shop_open(&t);
    test_shop_close(&t);
    t.settings.disk_bytes_max = 1048576;
    test_shop_reopen(&t, SHOP_WRITE);
    struct ingest_context context = shop_ingest_context(t.shop, TEST_NOW, true);
    batch_init(&batch, "test", TEST_NOW, true);
    for (int i = 0; i < 1000; i++)
        add_event(&batch, &context, i);
    assert_int_equal(record_run(t.shop, &batch, &err), ERR_UNAVAILABLE);
    for (size_t i = 0; i < batch.count; i++)
        assert_int_equal(batch.entries[i].outcome, ENTRY_PENDING);
    assert_int_equal(t.shop->state->position.number, 0);

    t.settings.disk_bytes_max = 1048576000;
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(record_run(t.shop, &batch, &err), OK);
    for (size_t i = 0; i < batch.count; i++)
        assert_int_equal(batch.entries[i].outcome, ENTRY_STORED);
    assert_int_equal(test_ledger(&t).received, 1000);
    batch_free(&batch);
    test_shop_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_counts_once_within_a_batch_across_batches_and_across_restarts),
        cmocka_unit_test(another_event_under_a_known_id_is_a_conflict_and_kept),
        cmocka_unit_test(what_was_received_is_stored_duplicate_or_refused),
        cmocka_unit_test(the_hundred_and_first_type_of_a_shops_own_is_refused),
        cmocka_unit_test(a_product_that_is_as_it_was_is_not_recorded_again),
        cmocka_unit_test(changing_a_product_and_changing_it_back_in_one_batch_ends_as_it_was),
        cmocka_unit_test(stock_is_recorded_when_it_differs),
        cmocka_unit_test(unpublishing_is_recorded_once),
        cmocka_unit_test(products_count_in_the_ledger),
        cmocka_unit_test(a_batch_that_could_not_be_written_is_pending_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
