/* SPDX-License-Identifier: Apache-2.0 */
#include "paths/import.h"

#include <stdio.h>

#include "base/file.h"
#include "ingest/occurrences.h"
#include "paths/lines.h"

#include "tests/support/shop.h"

static const char three[] =
    "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v\",\"items\":[{\"item_id\":\"A\"}]}\n"
    "\n"
    "{\"id\":\"2\",\"type\":\"view_item\",\"anonymous_id\":\"v\",\"items\":[{\"item_id\":\"B\"}]}"
    "\r\n"
    "{\"id\":\"3\",\"type\":\"view_item\",\"anonymous_id\":\"v\",\"items\":[{}]}\n";

static void every_line_is_stored_or_refused_and_the_same_file_again_changes_nothing(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    struct import_counts first = test_import(t.shop, "events", three, "from=jsonl");
    assert_int_equal(first.received, 3);
    assert_int_equal(first.stored, 2);
    assert_int_equal(first.refused, 1);
    uint64_t position = t.shop->state->position.number;
    assert_int_equal(t.shop->state->tick.number, position); /* an import ends with a tick */

    struct import_counts second = test_import(t.shop, "events", three, "from=jsonl");
    assert_int_equal(second.duplicate, 2);
    assert_int_equal(second.refused, 1);
    assert_int_equal(t.shop->state->position.number, position);
    test_shop_close(&t);
}

static void repeated_lines_without_an_id_count_and_repeated_imports_of_them_do_not(void **state)
{
    static const char file[] =
        "{\"type\":\"page_view\",\"anonymous_id\":\"v\",\"time\":\"2026-11-01\"}\n"
        "{\"type\":\"page_view\",\"anonymous_id\":\"v\",\"time\":\"2026-11-01\"}\n"
        "{\"type\":\"page_view\",\"anonymous_id\":\"v\",\"time\":\"2026-11-01\",\"id\":null}\n"
        "{\"type\":\"page_view\",\"anonymous_id\":\"v\",\"time\":\"2026-11-01\",\"id\":null}\n"
        "{\"type\":\"page_view\",\"anonymous_id\":\"v\",\"time\":\"2026-11-01\"}";
    struct test_shop t;

    test_shop_open(&t);
    assert_int_equal(test_import(t.shop, "events", file, "from=jsonl").stored, 5);
    assert_int_equal(test_import(t.shop, "events", file, "from=jsonl").duplicate, 5);
    test_shop_close(&t);
}

static void keep_line(void *context, const struct refused_item *item)
{
    *(uint64_t *)context = *(uint64_t *)context * 1000 + item->line;
}

static void refused_lines_are_kept_with_their_numbers(void **state)
{
    SCOPED(store_close) struct store *store = NULL;
    struct test_shop t;
    struct error err = {0};
    uint64_t lines = 0;

    test_shop_open(&t);
    assert_int_equal(test_import(t.shop, "events", "no json\n\n[1]\n", "from=jsonl").refused, 2);
    assert_int_equal(store_open(&store, t.dir, STORE_READ, NULL, &err), OK);
    assert_int_equal(ledger_refused_each(store, 0, 10, keep_line, &lines, &err), OK);
    assert_int_equal(lines, 1003);
    test_shop_close(&t);
}

static void a_line_that_is_too_long_is_refused_and_the_next_one_read(void **state)
{
    SCOPED(buffer_free) struct buffer file = {0};
    struct test_shop t;

    test_shop_open(&t);
    buffer_add_string(&file, "{\"id\":\"long\",\"type\":\"");
    for (int i = 0; i < 1000000; i++)
        buffer_add_char(&file, 'x');
    buffer_add_string(&file, "\",\"anonymous_id\":\"v\"}\n");
    buffer_add_string(&file, "{\"id\":\"1\",\"type\":\"page_view\",\"anonymous_id\":\"v\"}\n");
    struct import_counts counts = test_import(t.shop, "events", file.data, "from=jsonl");
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.stored, 1);
    test_shop_close(&t);
}

/* Sets the flag at the second report. */
struct stopper {
    volatile sig_atomic_t stop;
    int reports;
};

static void stop_soon(void *context, const struct import_counts *counts)
{
    struct stopper *s = context;

    assert_int_equal(counts->received, counts->stored + counts->duplicate + counts->refused);
    s->stop = ++s->reports >= 2;
}

static void write_events(const char *path, int count)
{
    SCOPED(file_close) FILE *out = fopen(path, "wb");

    for (int i = 0; i < count; i++)
        fprintf(out, "{\"id\":\"e-%d\",\"type\":\"page_view\",\"anonymous_id\":\"v-%d\"}\n", i,
                i % 100);
}

static void an_import_that_is_stopped_keeps_what_it_counted_and_goes_on_later(void **state)
{
    SCOPED(file_close) FILE *in = NULL;
    struct test_shop t;
    struct stopper stopper = {0};
    char path[TEST_PATH_SIZE];
    struct error err = {0};
    struct import_counts counts;

    test_shop_open(&t);
    write_events(test_path(path, t.dir, "events.jsonl"), 60000);
    in = fopen(path, "rb");
    struct import_options options = {.in = in,
                                     .name = "events.jsonl",
                                     .from = TEXT("jsonl"),
                                     .now_ms = TEST_NOW,
                                     .stop = &stopper.stop,
                                     .progress = stop_soon,
                                     .context = &stopper};
    assert_int_equal(import_events(t.shop, &options, &counts, &err), OK);
    assert_true(counts.stored > 0 && counts.stored < 60000);
    assert_int_equal(counts.received, counts.stored);
    uint64_t kept = counts.stored;
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(t.shop->state->events, kept);

    rewind(in);
    stopper = (struct stopper){.reports = -1000};
    assert_int_equal(import_events(t.shop, &options, &counts, &err), OK);
    assert_int_equal(counts.received, 60000);
    assert_int_equal(counts.duplicate, kept);
    assert_int_equal(counts.stored, 60000 - kept);
    test_shop_close(&t);
}

static void a_dry_run_counts_the_same_and_writes_nothing(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    (void)test_record(t.shop,
                      "{\"id\":\"1\",\"type\":\"view_item\",\"anonymous_id\":\"v\","
                      "\"items\":[{\"item_id\":\"A\"}]}",
                      TEST_NOW);
    test_shop_reopen(&t, SHOP_DRY);
    struct import_counts dry = test_import(t.shop, "events", three, "from=jsonl");
    test_shop_reopen(&t, SHOP_WRITE);
    assert_int_equal(t.shop->state->position.number, 1);
    assert_int_equal(test_ledger(&t).received, 1);
    struct import_counts real = test_import(t.shop, "events", three, "from=jsonl");
    assert_int_equal(dry.stored, real.stored);
    assert_int_equal(dry.duplicate, real.duplicate);
    assert_int_equal(dry.refused, real.refused);
    test_shop_close(&t);
}

static void a_format_nobody_knows_is_told(void **state)
{
    struct test_shop t;
    struct error err = {0};
    struct import_counts counts;

    test_shop_open(&t);
    struct import_options options = {.in = stdin, .name = "x", .from = TEXT("xls")};
    assert_int_equal(import_events(t.shop, &options, &counts, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "xls"));
    assert_int_equal(import_catalog(t.shop, &options, &counts, &err), ERR_INVALID);
    test_shop_close(&t);
}

static void options_are_known_by_name_and_judged(void **state)
{
    struct import_options o = {0};
    struct error err = {0};

    assert_int_equal(import_option(&o, "time_format", "%d/%m/%Y", &err), OK);
    assert_int_equal(import_option(&o, "time-zone", "Europe/London", &err), OK);
    assert_int_equal(import_option(&o, "delimiter", "tab", &err), OK);
    assert_int_equal(o.csv.delimiter, '\t');
    assert_int_equal(import_option(&o, "full", NULL, &err), OK);
    assert_true(o.full);
    assert_int_equal(import_option(&o, "currency", "euro", &err), ERR_INVALID);
    assert_int_equal(import_option(&o, "time-zone", "Atlantis", &err), ERR_INVALID);
    assert_int_equal(import_option(&o, "speed", "high", &err), ERR_NOT_FOUND);
}

static const char goods[] = "id,name,price\nA,Table,249.00\nB,Chair,49.00\nC,Lamp,19.00\n"
                            "D,Rug,99.00\nE,Desk,199.00\nF,,x\n";
static struct import_counts import_goods(struct shop *shop, const char *content, const char *more)
{
    char flags[256];

    snprintf(flags, sizeof(flags), "from=csv;map=item_id=id,title=name,price=price;currency=EUR%s",
             more);
    return test_import(shop, "catalog", content, flags);
}

static void a_catalog_twice_changes_nothing(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    struct import_counts first = import_goods(t.shop, goods, "");
    assert_int_equal(first.received, 6);
    assert_int_equal(first.stored, 5);
    assert_int_equal(first.refused, 1);
    struct import_counts second = import_goods(t.shop, goods, "");
    assert_int_equal(second.duplicate, 5);
    assert_int_equal(second.refused, 1);
    assert_int_equal(catalog_sellable_count(t.shop->state->catalog), 5);
    struct ledger_counts c = test_ledger(&t);
    assert_int_equal(c.received, 12);
    assert_int_equal(c.stored, 5);
    assert_int_equal(ledger_refused(&c), 2);
    test_shop_close(&t);
}

static void products_that_come_after_their_events_are_listed_at_once(void **state)
{
    struct test_shop t;
    const struct popular *top;

    test_shop_open(&t);
    (void)test_import(t.shop, "events", three, "from=jsonl");
    assert_int_equal(popularity_top(t.shop->state->popularity, POPULARITY_TRENDING, 0, &top), 0);
    (void)import_goods(t.shop, goods, "");
    assert_int_equal(t.shop->state->since_tick, 0);
    assert_int_equal(popularity_top(t.shop->state->popularity, POPULARITY_BESTSELLERS, 0, &top), 2);
    test_shop_close(&t);
}

static void a_dry_run_of_a_catalog_sees_what_the_file_changed_before(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    test_shop_reopen(&t, SHOP_DRY);
    struct import_counts counts =
        test_import(t.shop, "catalog",
                    "{\"item_id\":\"A\",\"price\":1}\n{\"item_id\":\"A\",\"price\":1}\n"
                    "{\"item_id\":\"A\",\"price\":2}\n",
                    "from=jsonl;currency=EUR");
    assert_int_equal(counts.stored, 2);
    assert_int_equal(counts.duplicate, 1);
    test_shop_close(&t);
}

static void a_csv_changes_only_the_fields_it_gives(void **state)
{
    struct test_shop t;
    SCOPED(arena_free) struct arena a = {0};
    struct product p;

    test_shop_open(&t);
    (void)import_goods(t.shop, goods, "");
    struct import_counts counts = test_import(t.shop, "catalog", "id,price\nA,200.00\n",
                                              "from=csv;map=item_id=id,price=price");
    assert_int_equal(counts.stored, 1);
    product_number n = catalog_find(t.shop->state->catalog, TEXT("A"));
    assert_true(catalog_get(t.shop->state->catalog, n, &a, &p));
    assert_text(p.title, "Table");
    assert_int_equal(p.price, 200000000);
    test_shop_close(&t);
}

static void a_full_import_unpublishes_what_the_file_lacks(void **state)
{
    struct test_shop t;

    test_shop_open(&t);
    (void)import_goods(t.shop, goods, "");
    struct import_counts counts = import_goods(
        t.shop, "id,name,price\nA,Table,249.00\nB,Chair,49.00\nC,Lamp,19.00\nD,Rug,99.00\n",
        ";full=");
    assert_int_equal(counts.unpublished, 1);
    assert_int_equal(counts.duplicate, 4);
    product_number n = catalog_find(t.shop->state->catalog, TEXT("E"));
    assert_int_equal(catalog_sellable(t.shop->state->catalog, n), NOT_PUBLISHED);
    test_shop_close(&t);
}

static void a_product_whose_row_is_refused_is_not_lacking(void **state)
{
    static const char lines[] = "{\"item_id\":\"A\",\"title\":\"Table\",\"price\":\"1\"}\n"
                                "{\"item_id\": \"B\",\"title\":\"Chair\",\"price\":\"ten\"}\n"
                                "{\"title\":\"no comma\" \"item_id\":\"C\"}\n";
    struct test_shop t;

    test_shop_open(&t);
    (void)import_goods(t.shop, goods, "");
    struct import_counts counts = import_goods(
        t.shop, "id,name,price\nA,Table,1\nB,Chair,ten\n C ,Lamp,x\nD,Rug,1\n", ";full=");
    assert_int_equal(counts.refused, 2);
    assert_int_equal(counts.unpublished, 1); /* E */
    counts = test_import(t.shop, "catalog", lines, "from=jsonl;currency=EUR;full=;yes=");
    assert_int_equal(counts.refused, 2);
    assert_int_equal(counts.unpublished, 1); /* D */
    test_shop_close(&t);
}

static void a_full_import_that_lacks_more_than_a_fifth_wants_yes(void **state)
{
    struct test_shop t;
    struct error err = {0};
    struct import_counts counts;

    test_shop_open(&t);
    (void)import_goods(t.shop, goods, "");
    static char two[] = "id,name,price\nA,Table,249.00\nB,Chair,49.00\nC,Lamp,19.00\n";
    SCOPED(file_close) FILE *in = fmemopen(two, sizeof(two) - 1, "rb");
    struct import_options options = {
        .in = in, .name = "goods.csv", .from = TEXT("csv"), .full = true, .now_ms = TEST_NOW};
    assert_int_equal(import_option(&options, "map", "item_id=id,title=name,price=price", &err), OK);
    assert_int_equal(import_option(&options, "currency", "EUR", &err), OK);
    assert_int_equal(import_catalog(t.shop, &options, &counts, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.message, "2 of 5"));
    assert_int_equal(catalog_sellable_count(t.shop->state->catalog), 5);
    assert_int_equal(import_goods(t.shop, two, ";full=;yes=").unpublished, 2);
    assert_int_equal(catalog_sellable_count(t.shop->state->catalog), 3);
    test_shop_close(&t);
}

static void lines_of_any_length_across_blocks_come_whole_or_cut(void **state)
{
    SCOPED(lines_clear) struct lines lines = {0};
    SCOPED(buffer_free) struct buffer file = {0};
    struct text line;

    buffer_add_string(&file, "\xEF\xBB\xBF"
                             "first\n");
    for (int i = 0; i < LINES_BLOCK + 10; i++)
        buffer_add_char(&file, 'a');
    buffer_add_string(&file, "\r\n\nlast");
    SCOPED(file_close) FILE *in = fmemopen(file.data, file.size, "rb");
    lines_init(&lines, in, 100);
    assert_true(lines_next(&lines, &line));
    assert_text(line, "first");
    assert_true(lines_next(&lines, &line));
    assert_int_equal(line.size, 101);
    assert_true(lines_next(&lines, &line));
    assert_text(line, "");
    assert_true(lines_next(&lines, &line));
    assert_text(line, "last");
    assert_int_equal(lines.number, 4);
    assert_int_equal(lines.bytes, file.size);
    assert_false(lines_next(&lines, &line));
    assert_false(lines_next(&lines, &line));
}

static void occurrences_are_counted_for_each_hash_through_growth(void **state)
{
    SCOPED(occurrences_clear) struct occurrences seen = {0};

    for (uint64_t round = 0; round < 3; round++)
        for (uint64_t i = 0; i < 20000; i++)
            assert_int_equal(occurrences_add(&seen, i * UINT64_C(0x9E3779B97F4A7C15)), round);
}

static void an_id_of_the_object_itself_is_told_from_others(void **state)
{
    assert_true(json_has_id(TEXT("{\"id\":\"1\"}")));
    assert_true(json_has_id(TEXT("{ \"a\" : {\"id\":null}, \"id\" : 7}")));
    assert_false(json_has_id(TEXT("{\"a\":{\"id\":\"1\"}}")));
    assert_false(json_has_id(TEXT("{\"a\":\"id\",\"b\":\"\\\"id\\\":1\"}")));
    assert_false(json_has_id(TEXT("{\"id\": null}")));
    assert_false(json_has_id(TEXT("{\"id\"")));
    assert_false(json_has_id(TEXT("{\"id")));
    assert_false(json_has_id(TEXT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_is_stored_or_refused_and_the_same_file_again_changes_nothing),
        cmocka_unit_test(repeated_lines_without_an_id_count_and_repeated_imports_of_them_do_not),
        cmocka_unit_test(refused_lines_are_kept_with_their_numbers),
        cmocka_unit_test(a_line_that_is_too_long_is_refused_and_the_next_one_read),
        cmocka_unit_test(an_import_that_is_stopped_keeps_what_it_counted_and_goes_on_later),
        cmocka_unit_test(a_dry_run_counts_the_same_and_writes_nothing),
        cmocka_unit_test(a_format_nobody_knows_is_told),
        cmocka_unit_test(options_are_known_by_name_and_judged),
        cmocka_unit_test(a_catalog_twice_changes_nothing),
        cmocka_unit_test(products_that_come_after_their_events_are_listed_at_once),
        cmocka_unit_test(a_dry_run_of_a_catalog_sees_what_the_file_changed_before),
        cmocka_unit_test(a_csv_changes_only_the_fields_it_gives),
        cmocka_unit_test(a_full_import_unpublishes_what_the_file_lacks),
        cmocka_unit_test(a_product_whose_row_is_refused_is_not_lacking),
        cmocka_unit_test(a_full_import_that_lacks_more_than_a_fifth_wants_yes),
        cmocka_unit_test(lines_of_any_length_across_blocks_come_whole_or_cut),
        cmocka_unit_test(occurrences_are_counted_for_each_hash_through_growth),
        cmocka_unit_test(an_id_of_the_object_itself_is_told_from_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
