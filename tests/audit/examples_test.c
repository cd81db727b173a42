/* SPDX-License-Identifier: Apache-2.0 */
/* What a finding shows must be something the shop can look up. */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/money.h"
#include "base/time.h"
#include "tests/support/test.h"

static struct catalog *catalog; /* of the test that runs */

static int begin(void **state)
{
    catalog = catalog_new();
    return 0;
}

static int end(void **state)
{
    catalog_free(catalog);
    return 0;
}

static struct audit *audit_begin(void)
{
    return audit_new(&(struct audit_options){
        .catalog = catalog, .program = program_builtin(), .now_ms = INT64_C(1790000000000)});
}

static void put(const struct product *p)
{
    SCOPED(buffer_free) struct buffer body = {0};

    product_encode(p, &body);
    (void)catalog_fold(catalog,
                       &(struct record){.kind = RECORD_PRODUCT, .body = buffer_text(&body)});
}

/* One line of an order, as an import of lines has it. */
static void buy(struct audit *a, const char *id, const char *order, const char *item, int64_t price)
{
    struct event_item line = {.item_id = text_from(item), .quantity = 1, .price = price};
    struct event e = {.id = text_from(id),
                      .type = EVENT_purchase,
                      .flags = EVENT_VERIFIED,
                      .time_ms = INT64_C(1789000000000),
                      .anonymous_id = TEXT("v-1"),
                      .transaction_id = text_from(order),
                      .value = MONEY_NONE,
                      .items = &line,
                      .item_count = 1,
                      .currency = TEXT("EUR"),
                      .scroll_percent = -1};

    audit_event(a, &e, e.time_ms);
}

static void an_order_is_named_by_its_number_and_item(void **state)
{
    SCOPED(audit_free) struct audit *a = audit_begin();

    buy(a, "row-0123456789abcdef0123456789abcdef-1", "536365", "85123A", 0);
    const struct tally *t = &audit_finish(a)->tallies[CHECK_price_zero];
    assert_int_equal(t->example_count, 1);
    assert_true(
        text_is(t->examples[0], "purchase, order 536365, item 85123A, of 2026-09-10T00:26"));
}

static void the_lines_of_an_order_are_counted_as_lines(void **state)
{
    SCOPED(audit_free) struct audit *a = audit_begin();
    struct event_item lines[2] = {{.item_id = TEXT("a"), .quantity = 1, .price = MONEY_UNIT},
                                  {.item_id = TEXT("b"), .quantity = 1, .price = MONEY_UNIT}};
    struct event e = {.type = EVENT_purchase,
                      .time_ms = INT64_C(1789000000000),
                      .anonymous_id = TEXT("v-1"),
                      .transaction_id = TEXT("7"),
                      .value = MONEY_NONE,
                      .items = lines,
                      .item_count = 2,
                      .scroll_percent = -1};

    e.id = TEXT("e-1");
    audit_event(a, &e, e.time_ms);
    e.id = TEXT("e-2");
    audit_event(a, &e, e.time_ms);
    const struct report *r = audit_finish(a);
    assert_int_equal(r->tallies[CHECK_purchase_repeated].of, 4);
    assert_int_equal(r->tallies[CHECK_purchase_repeated].count, 2);
    assert_int_equal(r->orders, 1);
}

static void examples_are_distinct(void **state)
{
    struct variant variants[3];
    struct product p = product_blank();

    for (int i = 0; i < 3; i++) {
        variants[i] = (struct variant){.price = MONEY_NONE,
                                       .sale_price = MONEY_NONE,
                                       .cost = MONEY_NONE,
                                       .stock = STOCK_UNTRACKED};
        variants[i].item_id = text_from(i == 0 ? "phone/64" : i == 1 ? "phone/128" : "phone/256");
        variants[i].gtin = TEXT("MWP82LL/A");
    }
    p.item_id = TEXT("phone");
    p.title = TEXT("Phone");
    p.variants = variants;
    p.variant_count = 3;
    put(&p);
    SCOPED(audit_free) struct audit *a = audit_begin();
    for (int i = 0; i < 4; i++)
        buy(a, "e", "7", "unknown", MONEY_UNIT);
    const struct report *r = audit_finish(a);
    assert_int_equal(r->tallies[CHECK_gtin_unsound].count, 3);
    assert_int_equal(r->tallies[CHECK_gtin_unsound].example_count, 1);
    assert_int_equal(r->tallies[CHECK_sku_missing].count, 3);
    assert_int_equal(r->tallies[CHECK_sku_missing].example_count, 1);
    assert_int_equal(r->tallies[CHECK_item_unknown].count, 4);
    assert_int_equal(r->tallies[CHECK_item_unknown].example_count, 1);
}

static void what_was_refused_names_file_and_line(void **state)
{
    SCOPED(audit_free) struct audit *a = audit_begin();
    struct refused_item item = {.origin = TEXT("orders.csv"),
                                .line = 17,
                                .code = TEXT("invalid"),
                                .field = TEXT("price"),
                                .message = TEXT("price must be above zero")};

    audit_refused(a, &item);
    const struct tally *t = &audit_finish(a)->tallies[CHECK_refused_invalid];
    assert_true(
        text_is(t->examples[0], "orders.csv line 17: invalid (price): price must be above zero"));
}

static size_t times(const char *text, const char *what)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        count++;
    return count;
}

static void programs_get_every_pair_up_to_a_bound(void **state)
{
    static const size_t doubles[] = {40, 700};

    for (size_t i = 0; i < COUNT(doubles); i++) {
        SCOPED(audit_free) struct audit *a = audit_begin();
        SCOPED(buffer_free) struct buffer csv = {0}, json = {0}, text = {0};
        struct error err = {0};
        buffer_add_string(&csv, "first name,last name,email\n");
        for (size_t k = 0; k < 2 * doubles[i]; k++)
            buffer_printf(&csv, "Anna,Berg,a%zu@mail.example\n", k / 2);
        FILE *in = fmemopen(csv.data, csv.size, "r");
        assert_int_equal(audit_customers(a, in, &err), OK);
        fclose(in);
        const struct report *r = audit_finish(a);
        report_json(r, &json);
        report_text(r, &text);
        size_t most = AUDIT_EXAMPLES + AUDIT_MORE;
        assert_int_equal(r->tallies[CHECK_customer_same_email].count, doubles[i]);
        assert_int_equal(times(json.data, "\"lines "), doubles[i] < most ? doubles[i] : most);
        assert_int_equal(times(text.data, "- lines "), AUDIT_EXAMPLES);
    }
}

static void one_thing_is_told_in_the_singular(void **state)
{
    SCOPED(audit_free) struct audit *a = audit_begin();
    SCOPED(buffer_free) struct buffer text = {0};

    buy(a, "e-1", "7", "oak", MONEY_UNIT);
    report_text(audit_finish(a), &text);
    assert_non_null(strstr(text.data, "\n1 event of 1 visitor in 1 session; 1 order, "));
    assert_null(strstr(text.data, " 1 days"));
}

/* Two types that fall on the same day make one day. */
static void days_are_counted_once_whatever_falls_on_them(void **state)
{
    SCOPED(audit_free) struct audit *a = audit_begin();

    for (int day = 0; day < 40; day++)
        for (int i = 0; i < (day == 30 ? 2 : 100); i++)
            for (int k = 0; k < 2; k++) {
                struct event e = {.type = k == 0 ? EVENT_page_view : EVENT_search,
                                  .time_ms = (INT64_C(20000) + day) * MS_DAY + i * 60000,
                                  .id = TEXT("e"),
                                  .anonymous_id = TEXT("v"),
                                  .search_term = TEXT("oak"),
                                  .value = MONEY_NONE,
                                  .scroll_percent = -1};
                audit_event(a, &e, e.time_ms);
            }
    const struct report *r = audit_finish(a);
    assert_int_equal(r->tallies[CHECK_type_fell].count, 1);
    assert_true(r->tallies[CHECK_type_fell].of <= 40);
    assert_int_equal(r->tallies[CHECK_type_fell].example_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_order_is_named_by_its_number_and_item, begin, end),
        cmocka_unit_test_setup_teardown(the_lines_of_an_order_are_counted_as_lines, begin, end),
        cmocka_unit_test_setup_teardown(examples_are_distinct, begin, end),
        cmocka_unit_test_setup_teardown(what_was_refused_names_file_and_line, begin, end),
        cmocka_unit_test_setup_teardown(programs_get_every_pair_up_to_a_bound, begin, end),
        cmocka_unit_test_setup_teardown(one_thing_is_told_in_the_singular, begin, end),
        cmocka_unit_test_setup_teardown(days_are_counted_once_whatever_falls_on_them, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
