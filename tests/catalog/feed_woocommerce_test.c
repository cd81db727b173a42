/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/feed.h"

#include "base/time.h"
#include "tests/support/feed.h"
#include "tests/support/test.h"

/* As the export writes it, with its byte order mark, of a shop like the one WooCommerce's own sample
 * makes. */
#define SAMPLE_HEADER                                                                              \
    "\xEF\xBB\xBF"                                                                                 \
    "ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\"Is featured?\",\"Visibility in "     \
    "catalog\",\"Short description\",Description,\"Date sale price starts\",\"Date sale price "    \
    "ends\",\"Tax status\",\"In stock?\",Stock,\"Backorders allowed?\",\"Weight (kg)\",\"Sale "    \
    "price\",\"Regular price\",Categories,Tags,Images,Parent,\"Grouped "                           \
    "products\",Upsells,Cross-sells,\"External URL\",Position,Brands,\"Attribute 1 "               \
    "name\",\"Attribute 1 value(s)\",\"Attribute 1 visible\",\"Attribute 1 global\",\"Attribute "  \
    "2 name\",\"Attribute 2 value(s)\",\"Attribute 2 visible\",\"Attribute 2 global\",\"Meta: "    \
    "_wpcom_is_markdown\"\n"

static const char sample[] = SAMPLE_HEADER
    "45,variable,woo-hoodie,,Hoodie,1,0,visible,\"A hoodie.\",\"<p>Warm &amp; soft.</p>\\n<ul>"
    "<li>Cotton</li></ul>\",,,taxable,1,,0,1.5,,,\"Clothing, Clothing > Hoodies, Sale\\, "
    "winter\",\"warm, red\\, blue\",\"https://x.test/hoodie-2.jpg, "
    "https://x.test/hoodie-blue.jpg\",,,,,,0,Wooish,Color,\"Blue, Green, "
    "Red\",1,1,Logo,\"Yes, No\",1,0,1\n"
    "48,simple,woo-beanie,0123456789012,\"Tom &amp; Jerry Beanie\",1,1,visible,,,,,taxable,1,12,"
    "0,.2,18,20,\"Clothing > Accessories\",,https://x.test/beanie.jpg,,,,,,0,,Color,Red,1,1,,,,,1\n"
    "73,\"simple, downloadable, virtual\",woo-album,,Album,1,0,visible,\"A virtual "
    "product.\",,,,taxable,1,,0,,,15,Uncategorized,,,,,,,,0,,,,,,,,,,\n"
    "79,variation,woo-hoodie-red,,\"Hoodie - Red, No\",1,0,visible,,A red "
    "one.,,,taxable,1,3,0,,42,45,,,https://x.test/hoodie-2.jpg,woo-hoodie,,,,,1,,Color,Red,,1,"
    "Logo,No,,0,\n"
    "80,variation,,,\"Hoodie - Green, No\",-1,0,visible,,,,,taxable,1,,0,,,45,,,,woo-hoodie,,,,,"
    "2,,Color,Green,,1,Logo,No,,0,\n"
    "87,grouped,logo-collection,,\"Logo Collection\",1,0,visible,\"Sold "
    "together.\",,,,taxable,1,,0,,,,Clothing,,,,\"woo-beanie, id:73\",,,,0,,,,,,,,,,\n"
    "89,external,wp-pennant,,\"WordPress "
    "Pennant\",1,0,visible,,,,,taxable,1,,0,,,11.05,Decor,,,,,,,https://mercantile.test/pennant,"
    "0,,,,,,,,,,\n"
    "90,\"variation, virtual\",woo-hoodie-blue-logo,,\"Hoodie - Blue, "
    "Yes\",1,0,visible,,,,,taxable,0,parent,0,,,45,,,,id:45,,,,,0,,Color,Blue,,1,Logo,Yes,,0,\n";

#define HOODIE                                                                                     \
    " title=Hoodie description=Warm & soft. Cotton url=/?p=45 image=https://x.test/hoodie-2.jpg "  \
    "brand=Wooish category=Clothing > Hoodies currency=USD Color=Blue, Green, Red Logo=Yes, No "   \
    "categories=Clothing, Clothing > Hoodies, Sale, winter tags=warm, red, blue\n"
#define RED   " title=Red / No price=45.00 sale_price=42.00 stock=3 Color=Red Logo=No\n"
#define GREEN " title=Green / No price=45.00 out_of_stock Color=Green Logo=No\n"
#define BLUE  " title=Blue / Yes price=45.00 out_of_stock Color=Blue Logo=Yes\n"
#define BEANIE                                                                                     \
    " title=Tom & Jerry Beanie url=/?p=48 image=https://x.test/beanie.jpg category=Clothing > "    \
    "Accessories price=20.00 sale_price=18.00 currency=USD stock=12 gtin=0123456789012 Color=Red " \
    "featured=yes\n"
#define ALBUM                                                                                      \
    " title=Album description=A virtual product. url=/?p=73 price=15.00 currency=USD "             \
    "type=simple, downloadable, virtual\n"
#define COLLECTION                                                                                 \
    " title=Logo Collection description=Sold together. url=/?p=87 category=Clothing currency=USD " \
    "type=grouped\n"
#define PENNANT                                                                                    \
    " title=WordPress Pennant url=/?p=89 category=Decor price=11.05 currency=USD type=external\n"

static void an_export_becomes_products_with_their_variations(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);

    options.currency = TEXT("USD");
    assert_feed(text_from(sample), &options,
                "3 48" BEANIE "4 73" ALBUM "7 87" COLLECTION "8 89" PENNANT "2 45" HOODIE
                "  + 79" RED "  + 80" GREEN "  + 90" BLUE);
}

static void a_map_makes_the_sku_the_item_id_where_there_is_one(void **state)
{
    struct feed_options options =
        feed_options_for(FEED_WOOCOMMERCE, "item_id=SKU,attributes.weight=\"Weight (kg)\"");

    options.currency = TEXT("USD");
    assert_feed(TEXT("ID,Type,SKU,Name,Published,Regular price,Parent,Weight (kg)\n"
                     "45,variable,hoodie,H,1,,,1.5\n"
                     "79,variation,hoodie-red,R,1,45,id:45,\n"
                     "80,variation,,G,1,45,hoodie,\n"),
                &options,
                "2 hoodie title=H url=/?p=45 currency=USD weight=1.5\n"
                "  + hoodie-red title=R price=45.00\n  + 80 title=G price=45.00\n");
}

static void what_cannot_be_read_twice_gives_the_same(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);
    struct transcript once = {0}, twice = {0};
    struct error err = {0};

    assert_int_equal(transcript_read(&once, text_from(sample), true, &options, &err), OK);
    assert_int_equal(transcript_read(&twice, text_from(sample), false, &options, &err), OK);
    SCOPED(buffer_free) struct buffer first = once.out;
    SCOPED(buffer_free) struct buffer second = twice.out;
    assert_int_equal(once.calls, 5);
    assert_string_equal(buffer_text(&first).data, buffer_text(&second).data);
}

static void variations_find_their_parent_before_and_behind_them(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);

    assert_feed(TEXT("ID,Type,SKU,Name,Published,Regular price,Parent,Categories\n"
                     "5,variation,,A - S,1,1,a,Wrong\n"
                     "4,variable,a,A,0,,,Right\n"
                     "6,variation,,A - M,1,2,id:4,\n"
                     "7,variation,,B - S,1,2,b,\n"
                     "8,variation,,C - S,1,2,,\n"
                     "9,variable,c,C,1,dear,,\n"
                     "10,variation,,C - S,1,2,c,\n"
                     "6,simple,,D,1,2,,\n"),
                &options,
                "2 4 title=A url=/?p=4 category=Right unpublished\n"
                "  + 5 title=A - S price=1.00\n  + 6 title=A - M price=2.00\n"
                "5 refused missing Parent: its Parent 'b' is not in the file, or was refused\n"
                "6 refused missing Parent: the variation has no Parent\n"
                "7 refused bad_money price: price must be an amount such as 19.90, not 'dear'\n"
                "8 refused missing Parent: its Parent 'c' is not in the file, or was refused\n"
                "9 refused wrong_type ID: the item_id 6 is that of line 4\n");
}

static void a_variation_that_is_refused_takes_nothing_with_it(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, "url=Link");
    SCOPED(buffer_free) struct buffer content = {0};

    buffer_add_string(&content, "ID,Type,Name,Published,Regular price,Parent,Link\n"
                                "1,variable,A,1,,,/a\n2,variation,S,1,-5,id:1,\n"
                                "3,variation,M,1,5,id:1,\n4,simple,B,1,1,,/");
    for (int i = 0; i < PRODUCT_URL_MAX; i++)
        buffer_add_char(&content, 'b');
    assert_feed(buffer_text(&content), &options,
                "3 refused bad_money price: price must not be negative\n"
                "2 1 title=A url=/a\n  + 3 title=M price=5.00\n"
                "5 refused too_long url: url is longer than 2048 bytes\n");
}

static void a_product_is_in_the_first_of_its_deepest_categories(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);

    assert_feed(TEXT("ID,Type,Name,Published,Regular price,Categories\n"
                     "1,simple,N,1,1,\"Top, Pots\\, pans > Iron, Sale > Winter\"\n"
                     "2,simple,N,1,1,\"Uncategorized, Top\"\n"),
                &options,
                "2 1 title=N url=/?p=1 category=Pots, pans > Iron price=1.00 "
                "categories=Top, Pots, pans > Iron, Sale > Winter\n"
                "3 2 title=N url=/?p=2 category=Top price=1.00\n");
}

static void a_variation_lends_its_product_nothing_and_is_no_parent(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, "brand=Maker");

    assert_feed(TEXT("ID,Type,SKU,Name,Published,Regular price,Parent,Maker\n"
                     "2,variation,s,S,1,5,id:1,Other\n1,variable,,A,1,,,\n"
                     "3,variation,,M,1,5,id:2,\n4,variation,,L,1,5,s,\n"),
                &options,
                "2 1 title=A url=/?p=1\n  + 2 title=S price=5.00\n"
                "4 refused missing Parent: its Parent 'id:2' is not in the file, or was refused\n"
                "5 refused missing Parent: its Parent 's' is not in the file, or was refused\n");
}

static void stock_says_what_can_be_had(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);

    assert_feed(TEXT("ID,Type,Name,Published,Regular price,In stock?,Stock,Backorders allowed?\n"
                     "1,simple,N,1,1,1,,0\n2,simple,N,1,1,0,,0\n3,simple,N,1,1,backorder,-2,1\n"
                     "4,simple,N,1,1,1,'-1,notify\n5,simple,N,1,1,1,7,1\n6,simple,N,1,1,1,2.5,0\n"
                     "7,simple,N,1,1,1,many,0\n8,simple,N,1,1,maybe,,0\n"),
                &options,
                "2 1 title=N url=/?p=1 price=1.00\n"
                "3 2 title=N url=/?p=2 price=1.00 out_of_stock\n"
                "4 3 title=N url=/?p=3 price=1.00 stock=-2 backorder\n"
                "5 4 title=N url=/?p=4 price=1.00 stock=-1 backorder\n"
                "6 5 title=N url=/?p=5 price=1.00 stock=7\n"
                "7 6 title=N url=/?p=6 price=1.00 stock=2\n"
                "8 refused wrong_type Stock: Stock must be a number\n"
                "9 refused wrong_type In stock?: In stock? must be 1, 0 or backorder\n");
}

static void drafts_private_and_hidden_products_are_not_published(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);

    assert_feed(TEXT("ID,Type,Name,Published,Visibility in catalog,Regular price\n"
                     "1,simple,N,1,catalog,1\n2,simple,N,0,visible,1\n3,simple,N,-1,visible,1\n"
                     "4,simple,N,'-1,visible,1\n5,simple,N,2,visible,1\n6,simple,N,1,hidden,1\n"
                     "7,simple,N,1,search,1\n8,simple,N,often,visible,1\n"),
                &options,
                "2 1 title=N url=/?p=1 price=1.00\n"
                "3 2 title=N url=/?p=2 price=1.00 unpublished\n"
                "4 3 title=N url=/?p=3 price=1.00 unpublished\n"
                "5 4 title=N url=/?p=4 price=1.00 unpublished\n"
                "6 5 title=N url=/?p=5 price=1.00 unpublished\n"
                "7 6 title=N url=/?p=6 price=1.00 unpublished\n"
                "8 7 title=N url=/?p=7 price=1.00 unpublished\n"
                "9 refused wrong_type Published: Published must be 1, 0, -1 or 2\n");
}

static void a_sale_with_dates_counts_between_them_in_the_shops_zone(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);
    static const char content[] =
        "ID,Type,Name,Published,Sale price,Regular price,Date sale price starts,Date sale price "
        "ends\n"
        "1,simple,N,1,\"8,50\",\"9,90\",2026-11-26 9:00:00,\n"
        "2,simple,N,1,8,9,,2026-11-25 23:59:59\n"
        "3,simple,N,1,8,9,2026-11-01,2026-11-26\n"
        "4,simple,N,1,8,9,soon,\n";

    assert_true(time_parse(TEXT("2026-11-26T08:30:00Z"), &options.now_ms));
    options.time_zone = TEXT("Europe/Berlin"); /* 9:30 there */
    assert_feed(text_from(content), &options,
                "2 1 title=N url=/?p=1 price=9.90 sale_price=8.50\n"
                "3 2 title=N url=/?p=2 price=9.00\n"
                "4 3 title=N url=/?p=3 price=9.00 sale_price=8.00\n"
                "5 4 title=N url=/?p=4 price=9.00\n");
    options.time_zone = (struct text){0};
    assert_feed(text_from(content), &options,
                "2 1 title=N url=/?p=1 price=9.90\n"
                "3 2 title=N url=/?p=2 price=9.00\n"
                "4 3 title=N url=/?p=3 price=9.00 sale_price=8.00\n"
                "5 4 title=N url=/?p=4 price=9.00\n");
}

static void line_ends_brands_and_bundles_are_read_as_they_are_written(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);

    assert_feed(
        TEXT("ID,Type,Name,Published,Description,Regular price,Cost of goods,Attribute 1 "
             "name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s)\n"
             "1,bundle,'=N,1,one\\ntwo C:\\\\new,9,4.5,Brand,Nord,Size,\"1\\,5 l, 2 l\"\n"),
        &options,
        "2 1 title==N description=one two C:\\new url=/?p=1 brand=Nord price=9.00 cost=4.50 "
        "Brand=Nord Size=1,5 l, 2 l type=bundle is_bundle=yes\n");
}

static void other_files_are_no_export_of_woocommerce(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);
    struct transcript t = {0};
    struct error err = {0};

    assert_int_equal(transcript_read(&t,
                                     TEXT("ID,Typ,Artikelnummer,Name,Veröffentlicht\n"
                                          "1,simple,a,A,1\n"),
                                     false, &options, &err),
                     ERR_INVALID);
    assert_string_equal(
        err.message,
        "this is not a product export of WooCommerce in English: its first line lacks the column "
        "Type; export all columns with your WordPress profile's language set to English, or read "
        "the file with --from csv --map");
    assert_int_equal(t.calls, 0);
}

static void a_sink_that_wants_no_more_gets_no_more(void **state)
{
    struct feed_options options = feed_options_for(FEED_WOOCOMMERCE, NULL);
    struct transcript t = {.stop_after = 2};
    struct error err = {0};

    assert_int_equal(transcript_read(&t, text_from(sample), false, &options, &err), OK);
    assert_int_equal(t.calls, 2);
    buffer_free(&t.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_export_becomes_products_with_their_variations),
        cmocka_unit_test(a_map_makes_the_sku_the_item_id_where_there_is_one),
        cmocka_unit_test(what_cannot_be_read_twice_gives_the_same),
        cmocka_unit_test(variations_find_their_parent_before_and_behind_them),
        cmocka_unit_test(a_variation_that_is_refused_takes_nothing_with_it),
        cmocka_unit_test(a_product_is_in_the_first_of_its_deepest_categories),
        cmocka_unit_test(a_variation_lends_its_product_nothing_and_is_no_parent),
        cmocka_unit_test(stock_says_what_can_be_had),
        cmocka_unit_test(drafts_private_and_hidden_products_are_not_published),
        cmocka_unit_test(a_sale_with_dates_counts_between_them_in_the_shops_zone),
        cmocka_unit_test(line_ends_brands_and_bundles_are_read_as_they_are_written),
        cmocka_unit_test(other_files_are_no_export_of_woocommerce),
        cmocka_unit_test(a_sink_that_wants_no_more_gets_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
