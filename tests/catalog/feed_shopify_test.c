/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/feed.h"

#include "tests/support/feed.h"
#include "tests/support/test.h"

#define HEADER                                                                                     \
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 "   \
    "Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory "    \
    "Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Barcode,Image "   \
    "Src,Image Position,Wood (product.metafields.custom.wood),Related (product.metafields."        \
    "shopify--discovery.related),Cost per item,Status\n"

static void rows_of_a_handle_become_one_product_with_variants(void **state)
{
    struct feed_options options = feed_options_for(FEED_SHOPIFY, NULL);

    options.currency = TEXT("USD");
    assert_feed(
        TEXT(HEADER
             "oak,Oak table,\"<p>Solid,</p>\n<p>oiled</p>\",Nord,Home > Tables,Dining,\"oak, "
             "big\",true,Width,140 "
             "cm,Colour,natural,'T140,shopify,3,deny,249.00,299.00,'400,b.png,2,"
             "oak wood,x,140.00,active\n"
             "oak,,,,,,,,,160 cm,,natural,,shopify,0,continue,279.00,,,a.png,1,,,,\n"
             "oak,,,,,,,,,,,,,,,,,,,c.png,3,,,,\n"
             "oak,,,,,,,,,160 cm,,black,,,5,deny,289.00,200.00,,,,,,,\n"
             "mug,Mug,,,Uncategorized,Cups,,false,Title,Default "
             "Title,,,,,,deny,3.00,,,,,,,,active\n"),
        &options,
        "2 oak title=Oak table description=Solid, oiled url=/products/oak image=a.png brand=Nord "
        "category=Home > Tables currency=USD tags=oak, big type=Dining Wood=oak wood\n"
        "  + T140 title=140 cm / natural price=299.00 sale_price=249.00 cost=140.00 stock=3 "
        "gtin=400 "
        "Width=140 cm Colour=natural\n"
        "  + oak/160 cm / natural title=160 cm / natural price=279.00 stock=0 backorder Width=160 "
        "cm "
        "Colour=natural\n"
        "  + oak/160 cm / black title=160 cm / black price=289.00 Width=160 cm Colour=black\n"
        "7 mug title=Mug url=/products/mug category=Cups currency=USD unpublished\n"
        "  + mug/Default Title price=3.00\n");
}

static void drafts_and_archived_products_are_not_published(void **state)
{
    struct feed_options options = feed_options_for(FEED_SHOPIFY, NULL);

    assert_feed(
        TEXT("Handle,Title,Published,Variant Price,Status\n"
             "a,A,true,1,active\nb,B,true,1,draft\nc,C,true,1,archived\nd,D,false,1,active\n"
             "e,E,,1,\n"),
        &options,
        "2 a title=A url=/products/a\n  + a/ price=1.00\n"
        "3 b title=B url=/products/b unpublished\n  + b/ price=1.00\n"
        "4 c title=C url=/products/c unpublished\n  + c/ price=1.00\n"
        "5 d title=D url=/products/d unpublished\n  + d/ price=1.00\n"
        "6 e title=E url=/products/e\n  + e/ price=1.00\n");
}

static void variants_that_share_a_sku_or_options_still_get_ids_of_their_own(void **state)
{
    struct feed_options options = feed_options_for(FEED_SHOPIFY, NULL);

    assert_feed(TEXT("Handle,Title,Variant SKU,Option1 Value,Variant Price\n"
                     "a,A,S,x,1\na,,S,y,1\na,,,y,1\na,,,z,1\n"
                     "b,B,S,x,1\n"),
                &options,
                "2 a title=A url=/products/a\n  + S title=x price=1.00\n"
                "  + a/y title=y price=1.00\n  + a/y#2 title=y price=1.00\n"
                "  + a/z title=z price=1.00\n"
                "6 b title=B url=/products/b\n  + S title=x price=1.00\n");
}

static void a_bad_row_is_refused_and_its_product_kept(void **state)
{
    struct feed_options options = feed_options_for(FEED_SHOPIFY, NULL);

    assert_feed(TEXT("Handle,Title,Variant Price,Variant Inventory Tracker,Variant Inventory Qty\n"
                     "a,A,1,shopify,2\n"
                     "a,,cheap,shopify,2\n"
                     "a,,2,shopify,many\n"
                     ",,2,,\n"
                     "a,\xFF,2,,\n"),
                &options,
                "3 refused bad_money Variant Price: Variant Price must be an amount such as 19.90\n"
                "4 refused wrong_type Variant Inventory Qty: Variant Inventory Qty must be a whole "
                "number\n"
                "5 refused missing Handle: Handle is missing\n"
                "6 refused bad_text : the row is not valid text; give the encoding if the file is "
                "not UTF-8\n"
                "2 a title=A url=/products/a\n  + a/ price=1.00 stock=2\n");
}

static void a_handle_longer_than_our_ids_ends_in_a_hash(void **state)
{
    struct feed_options options = feed_options_for(FEED_SHOPIFY, NULL);
    SCOPED(buffer_free) struct buffer content = {0};
    SCOPED(buffer_free) struct buffer out = {0};
    struct transcript t = {0};
    struct error err = {0};

    buffer_add_string(&content, "Handle,Title,Variant Price\n");
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 130; i++)
            buffer_add_char(&content, 'h');
        buffer_printf(&content, "%d,T,1\n", k);
    }
    enum status status = transcript_read(&t, buffer_text(&content), false, &options, &err);
    out = t.out;
    assert_int_equal(status, OK);
    assert_int_equal(t.calls, 2);
    assert_null(strstr(buffer_text(&out).data, "refused"));
}

static void other_files_are_no_export_of_shopify(void **state)
{
    struct feed_options options = feed_options_for(FEED_SHOPIFY, NULL);
    struct transcript t = {0};
    struct error err = {0};

    assert_int_equal(transcript_read(&t, TEXT("Handle,Price\na,1\n"), false, &options, &err),
                     ERR_INVALID);
    assert_string_equal(err.message, "this is not a product export of Shopify: its first line must "
                                     "have Handle, Title and Variant Price");
    assert_int_equal(t.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_handle_become_one_product_with_variants),
        cmocka_unit_test(drafts_and_archived_products_are_not_published),
        cmocka_unit_test(variants_that_share_a_sku_or_options_still_get_ids_of_their_own),
        cmocka_unit_test(a_bad_row_is_refused_and_its_product_kept),
        cmocka_unit_test(a_handle_longer_than_our_ids_ends_in_a_hash),
        cmocka_unit_test(other_files_are_no_export_of_shopify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
