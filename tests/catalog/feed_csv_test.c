/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/feed.h"

#include <stdio.h>

#include "base/money.h"
#include "tests/support/feed.h"
#include "tests/support/test.h"

static void a_csv_is_read_by_its_map(void **state)
{
    struct feed_options options =
        feed_options_for(FEED_CSV, "item_id=StockCode,title=Description,price=UnitPrice,"
                                   "currency==GBP,attributes=attr_*,attributes.origin=Land");

    assert_feed(TEXT("StockCode,Description,UnitPrice,attr_wood,attr_seats,Land,stock\n"
                     "85123A,WHITE HEART,2.55,oak,,UK,3\n"
                     "71053,LANTERN,\"3,39\",,6,,\n"),
                &options,
                "2 85123A title=WHITE HEART price=2.55 currency=GBP stock=3 wood=oak origin=UK\n"
                "3 71053 title=LANTERN price=3.39 currency=GBP seats=6\n");
}

static void every_field_of_a_csv_is_understood(void **state)
{
    struct feed_options options = feed_options_for(FEED_CSV, NULL);

    assert_feed(
        TEXT("item_id,title,description,url,image,brand,category,price,sale_price,cost,currency,"
             "stock,availability,published,gtin,age_min\n"
             "a,A,<p>Solid</p><p>oak</p>,/a,/a.png,Nord,Home>Tables,20 EUR,EUR 15,9.5,EUR,12.0,"
             "Out of stock,no,400,16\n"),
        &options,
        "2 a title=A description=Solid oak url=/a image=/a.png brand=Nord category=Home>Tables "
        "price=20.00 sale_price=15.00 cost=9.50 currency=EUR stock=12 out_of_stock unpublished "
        "gtin=400 age_min=16\n");
}

static void amounts_in_cents_are_divided_exactly(void **state)
{
    struct feed_options options = feed_options_for(FEED_CSV, "price=cents/100,cost=mills/1000000");

    assert_feed(TEXT("item_id,cents,mills\na,1999,1\nb,1999.12345,0.1\n"), &options,
                "2 a title=a price=19.99 cost=0.000001\n"
                "3 refused bad_money price: price must be an amount such as 19.90, not "
                "'1999.12345'\n");
}

static void bad_values_are_refused_by_field_and_line(void **state)
{
    struct feed_options options = feed_options_for(FEED_CSV, NULL);

    assert_feed(TEXT("item_id,price,sale_price,currency,stock,availability,published,age_min\n"
                     ",1\n"
                     "a,0\n"
                     "a,-2\n"
                     "a,1.2.3\n"
                     "a,\"1,234\"\n"
                     "a,1,-1\n"
                     "a,1,,euro\n"
                     "a,1 EUR,1 USD\n"
                     "a,1,,,1.5\n"
                     "a,1,,,,maybe\n"
                     "a,1,,,,,perhaps\n"
                     "a,1,,,,,,old\n"
                     "a,\xFF\n"),
                &options,
                "2 refused missing item_id: item_id is missing\n"
                "3 refused bad_money price: price must be above zero\n"
                "4 refused bad_money price: price must be above zero\n"
                "5 refused bad_money price: price must be an amount such as 19.90, not '1.2.3'\n"
                "6 refused bad_money price: price must be an amount such as 19.90, not '1,234'\n"
                "7 refused bad_money sale_price: sale_price must not be negative\n"
                "8 refused bad_currency currency: currency must be three capital letters such as "
                "EUR, not 'euro'\n"
                "9 refused bad_currency sale_price: sale_price is in USD, another amount in EUR\n"
                "10 refused wrong_type stock: stock must be a whole number, not '1.5'\n"
                "11 refused wrong_type availability: availability must be in_stock, out_of_stock, "
                "preorder or backorder, not 'maybe'\n"
                "12 refused wrong_type published: published must be true or false, not 'perhaps'\n"
                "13 refused wrong_type age_min: age_min must be a number of years, not 'old'\n"
                "14 refused bad_text : the row is not valid text; give the encoding if the file is "
                "not UTF-8\n");
}

static const char repeated[] = "item_id,title,price,attributes.x\n"
                               "a,First,1,\n"
                               "b,Other,5,\n"
                               "a,,2,\n"
                               "a,Refused,0,\n"
                               "a,Last,,\n";

static void rows_of_one_item_merge_and_later_values_that_are_there_win(void **state)
{
    struct feed_options options = feed_options_for(FEED_CSV, NULL);

    assert_feed(text_from(repeated), &options,
                "3 b title=Other price=5.00\n"
                "5 refused bad_money price: price must be above zero\n"
                "2 a title=Last price=2.00\n");
}

static void a_pipe_gives_the_same_products_at_its_end(void **state)
{
    struct feed_options options = feed_options_for(FEED_CSV, NULL);
    SCOPED(buffer_free) struct buffer out = {0};
    struct transcript t = {0};
    struct error err = {0};

    enum status status = transcript_read(&t, text_from(repeated), true, &options, &err);
    out = t.out;
    assert_int_equal(status, OK);
    assert_string_equal(buffer_text(&out).data,
                        "5 refused bad_money price: price must be above zero\n"
                        "2 a title=Last price=2.00\n"
                        "3 b title=Other price=5.00\n");
}

static void rows_of_a_group_become_variants_of_one_product(void **state)
{
    struct feed_options options =
        feed_options_for(FEED_CSV, "item_group_id=parent,attributes.size=size");

    assert_feed(TEXT("item_id,parent,title,brand,price,stock,size\n"
                     "s-1,shirt,Shirt S,Nord,10,1,S\n"
                     "mug,,Mug,,3,,\n"
                     "s-2,shirt,Shirt M,Sued,12,0,M\n"
                     "s-1,shirt,Shirt S new,,11,2,S\n"),
                &options,
                "3 mug title=Mug price=3.00\n"
                "2 shirt title=Shirt S brand=Nord\n"
                "  + s-1 title=Shirt S new price=11.00 stock=2 size=S\n"
                "  + s-2 title=Shirt M price=12.00 stock=0 size=M\n");
}

static void a_csv_changes_only_what_it_gives(void **state)
{
    struct catalog *catalog = catalog_new();
    struct feed_options options = feed_options_for(FEED_CSV, NULL);
    SCOPED(buffer_free) struct buffer body = {0};
    SCOPED(buffer_free) struct buffer out = {0};
    struct transcript t = {.catalog = catalog};
    struct product p = product_blank();
    struct error err = {0};

    p.item_id = TEXT("a");
    p.title = TEXT("Kept");
    p.price = 9 * MONEY_UNIT;
    p.sale_price = 8 * MONEY_UNIT;
    p.stock = 4;
    p.attributes = (struct attribute[]){{TEXT("wood"), TEXT("oak")}, {TEXT("seats"), TEXT("4")}};
    p.attribute_count = 2;
    product_encode(&p, &body);
    catalog_fold(catalog, &(struct record){.kind = RECORD_PRODUCT, .body = buffer_text(&body)});
    options.csv.map[0] =
        (struct csv_pair){.field = TEXT("attributes.seats"), .column = TEXT("seats")};
    options.csv.map_count = 1;
    enum status status =
        transcript_read(&t, TEXT("item_id,price,sale_price,title,seats\na,7,,,6\nnew,1,,New,\n"),
                        false, &options, &err);
    out = t.out;
    catalog_free(catalog);
    assert_int_equal(status, OK);
    assert_string_equal(buffer_text(&out).data,
                        "2 a title=Kept price=7.00 stock=4 wood=oak seats=6\n"
                        "3 new title=New price=1.00\n");
}

static void a_csv_without_item_ids_is_no_csv_of_products(void **state)
{
    struct feed_options options = feed_options_for(FEED_CSV, NULL);
    struct transcript t = {0};
    struct error err = {0};

    assert_int_equal(transcript_read(&t, TEXT("a,b\n1,2\n"), false, &options, &err), ERR_INVALID);
    assert_string_equal(err.message, "the file has no column item_id; say which one it is with "
                                     "item_id=COLUMN in the map");
    assert_int_equal(t.calls, 0);
}

static void the_sink_can_stop_a_feed(void **state)
{
    struct feed_options options = feed_options_for(FEED_CSV, NULL);
    struct error err = {0};

    for (size_t n = 1; n <= 4; n++) {
        SCOPED(buffer_free) struct buffer out = {0};
        struct transcript t = {.stop_after = n};
        enum status status = transcript_read(&t, TEXT("item_id,price\na,1\n,1\nb,2\nc,3\nd,4\n"),
                                             false, &options, &err);

        out = t.out;
        assert_int_equal(status, OK);
        assert_int_equal(t.calls, n);
    }
}

static void the_currency_of_the_command_stands_where_the_file_names_none(void **state)
{
    struct feed_options options = feed_options_for(FEED_CSV, NULL);

    options.currency = TEXT("GBP");
    assert_feed(TEXT("item_id,price\na,1\nb,2 EUR\n"), &options,
                "2 a title=a price=1.00 currency=GBP\n3 b title=b price=2.00 currency=EUR\n");
}

static void formats_are_found_by_their_words(void **state)
{
    static const char *words[] = {"jsonl", "csv", "shopify", "google", "woocommerce"};
    enum feed_format format;

    for (size_t i = 0; i < COUNT(words); i++) {
        assert_true(feed_format_find(text_from(words[i]), &format));
        assert_int_equal(format, i);
    }
    assert_false(feed_format_find(TEXT("excel"), &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_csv_is_read_by_its_map),
        cmocka_unit_test(every_field_of_a_csv_is_understood),
        cmocka_unit_test(amounts_in_cents_are_divided_exactly),
        cmocka_unit_test(bad_values_are_refused_by_field_and_line),
        cmocka_unit_test(rows_of_one_item_merge_and_later_values_that_are_there_win),
        cmocka_unit_test(a_pipe_gives_the_same_products_at_its_end),
        cmocka_unit_test(rows_of_a_group_become_variants_of_one_product),
        cmocka_unit_test(a_csv_changes_only_what_it_gives),
        cmocka_unit_test(a_csv_without_item_ids_is_no_csv_of_products),
        cmocka_unit_test(the_sink_can_stop_a_feed),
        cmocka_unit_test(the_currency_of_the_command_stands_where_the_file_names_none),
        cmocka_unit_test(formats_are_found_by_their_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
